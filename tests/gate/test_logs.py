"""The log: what happened, never what somebody typed or carries."""

import logging

import pytest
import structlog

from rxapp.gate import logs
from tests.gate.cast import installed

PASSWORD, NUMBER, MOBILE, COOKIE = (
    "Wutong-2020-xia",
    "37080219850210107X",
    "13805370103",
    "aB3_-" * 8,
)


@pytest.fixture(autouse=True)
def configured(tmp_path):
    before = structlog.get_config()
    factory = logging.getLogRecordFactory()
    with installed(tmp_path):
        logs.configure()
        yield
    structlog.configure(**before)
    logging.setLogRecordFactory(factory)


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
    assert logs.redacted(text) == text


@pytest.mark.parametrize("secret", [NUMBER, NUMBER.lower(), "370802850210107", MOBILE])
def test_numbers_go(secret: str) -> None:
    assert secret not in logs.redacted(f"号码{secret}，请核对")


def test_a_record_that_cannot_be_formed_is_left_to_its_handler() -> None:
    made = logging.getLogRecordFactory()("a.library", 30, "x.py", 1, "%d", ("x",), None)
    assert (made.msg, made.args) == ("%d", ("x",))
