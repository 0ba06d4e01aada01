"""The log: what happened, never what somebody typed or carries."""

import json
import logging
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import structlog

from rxapp.commands import serving
from rxapp.gate import logs, tracing
from rxapp.rules.redaction import redacted, redacted_trace
from tests.gate.cast import installed

PASSWORD, NUMBER, MOBILE, COOKIE = (
    "Wutong-2020-xia",
    "37080219850210107X",
    "13805370103",
    "aB3_-" * 8,
)
NAME, MAIL, KEY = "欧阳鸢尾", "yuanwei@example.cn", "9f" * 20
SECRETS = (PASSWORD, NUMBER, MOBILE, COOKIE, NAME, MAIL, KEY)


@contextmanager
def _configured(folder: Path, **variables: str) -> Iterator[None]:
    before = structlog.get_config()
    factory, hook, root = logging.getLogRecordFactory(), sys.excepthook, logging.getLogger()
    handlers, level = root.handlers[:], root.level
    with installed(folder, **variables):
        logs.configure()
        yield
    structlog.configure(**before)
    logging.setLogRecordFactory(factory)
    logging.captureWarnings(False)
    logging.raiseExceptions = True
    sys.excepthook, root.handlers = hook, handlers
    root.setLevel(level)
    tracing.none_here()


@pytest.fixture(autouse=True)
def configured(tmp_path, capsys):
    with _configured(tmp_path):
        yield


@pytest.fixture
def as_json(tmp_path, capsys):
    with _configured(tmp_path / "json", RXAPP_LOG_FORMAT="json"):
        yield


def _leak(password: str) -> None:
    carried = f"rxapp={COOKIE}; {password}"
    assert carried
    raise ValueError(
        f"cannot read {NAME} {NUMBER} {MOBILE} {MAIL} at /verify/x?name={PASSWORD}"
        f" Bearer {KEY}\nDETAIL:  Key (name)=({PASSWORD}) already exists."
    )


def test_where_the_service_is_said_in_the_way_of_the_log(capsys, as_json) -> None:
    serving._tell("http://127.0.0.1:3000", as_json=True)
    said = json.loads(capsys.readouterr().out)
    assert (said["event"], said["address"]) == ("serving", "http://127.0.0.1:3000")
    serving._tell("http://127.0.0.1:3000", as_json=False)
    assert capsys.readouterr().out == "服务地址：http://127.0.0.1:3000\n"


def test_json_has_one_object_a_line_with_its_number_and_nobody_s_data(capsys, as_json) -> None:
    number = tracing.begin()
    logger = structlog.get_logger()
    logger.info("request", route="/auth/sign-in", ms=2.5, person=7, ok=True)
    logger.warning("odd", told={"mobile": MOBILE, "cookie": f"rxapp={COOKIE}"}, n=int(MOBILE))
    try:
        _leak(PASSWORD)
    except ValueError:
        logger.exception("handler failed", handler="X.y")
        logging.getLogger("_granian").exception("Application callable raised an exception")
        logging.getLogger("a.library").error("asked %s", f"https://x.cn/a?b={PASSWORD}&c={MAIL}")
    # The test's own watch over warnings began after ours.
    logging.captureWarnings(False)
    logging.captureWarnings(True)
    warnings.warn(f"odd {NUMBER}", stacklevel=1)
    said = capsys.readouterr()
    lines = [json.loads(line) for line in said.out.splitlines()]
    assert [line["event"] for line in lines[:4]] == [
        "request", "odd", "handler failed", "Application callable raised an exception",
    ]  # fmt: skip
    assert len(lines) == 6
    assert {line["request"] for line in lines} == {number}
    assert all(line["timestamp"].endswith("Z") and line["level"] for line in lines)
    assert (lines[0]["ms"], lines[0]["person"], lines[0]["ok"]) == (2.5, 7, True)
    for line in lines[2:4]:
        assert "ValueError: cannot read …" in line["exception"]
        assert "_leak" in line["exception"]
    assert "https://x.cn/a?…" in lines[4]["event"]
    for secret in SECRETS:
        assert secret not in said.out
    assert said.err == ""


def test_in_text_a_library_s_line_has_the_number_too(capsys) -> None:
    number = tracing.begin()
    logging.getLogger("a.library").error("odd")
    structlog.get_logger().info("even")
    tracing.none_here()
    structlog.get_logger().info("beside")
    lines = capsys.readouterr().out.splitlines()
    assert [f"request={number}" in line for line in lines] == [True, True, False]


def test_what_a_database_says_of_a_row_goes() -> None:
    said = f"duplicate key value\nDETAIL:  Key (name, mail)=({NAME}, {MAIL}) already exists."
    assert (
        redacted_trace(said) == "duplicate key value\nDETAIL:  Key (name, mail)=(…) already exists."
    )
    said = f"DETAIL:  Failing row contains (7, {PASSWORD}, null)."
    assert redacted_trace(said) == "DETAIL:  Failing row contains (…)."


def _fail(password: str, number: str) -> None:
    carried = f"rxapp={COOKIE}"
    assert carried
    raise ValueError(f"cannot read {number}")


def test_a_trace_shows_the_fault_and_no_values(capsys) -> None:
    try:
        _fail(PASSWORD, NUMBER)
    except ValueError:
        structlog.get_logger().exception("handler failed", person=7, typed=f"{NUMBER} {MOBILE}")
    out = capsys.readouterr().out
    assert "ValueError: cannot read …" in out
    assert "_fail" in out
    assert "person=7" in out
    for secret in ("Wutong-2020-xia", PASSWORD, NUMBER, MOBILE, COOKIE):
        assert secret not in out


def test_libraries_log_likewise(capsys) -> None:
    stream = logging.StreamHandler()
    logger = logging.getLogger("a.library")
    logger.addHandler(stream)
    try:
        _fail(PASSWORD, NUMBER)
    except ValueError:
        logger.exception("headers were %s", {"cookie": f"a=1; rxapp={COOKIE}; b=2"})
    finally:
        logger.removeHandler(stream)
    err = capsys.readouterr().err
    assert "headers were {'cookie': 'a=1; rxapp=…; b=2'}" in err
    assert "ValueError: cannot read …" in err
    for secret in (PASSWORD, NUMBER, COOKIE):
        assert secret not in err


@pytest.mark.parametrize("text", ["2020-08-01 12:00", "person=1234567", "a" * 18, "1" * 20])
def test_other_words_stay(text: str) -> None:
    assert redacted(text) == text


@pytest.mark.parametrize("secret", [NUMBER, NUMBER.lower(), "370802850210107", MOBILE])
def test_numbers_go(secret: str) -> None:
    assert secret not in redacted(f"号码{secret}，请核对")


def test_a_record_that_cannot_be_formed_is_left_to_its_handler() -> None:
    made = logging.getLogRecordFactory()("a.library", 30, "x.py", 1, "%d", ("x",), None)
    assert (made.msg, made.args) == ("%d", ("x",))
