"""`rxapp doctor` and the store: tried on a real one, and each way in which one can fail."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from rxapp.adapters import object_store
from rxapp.rules.findings import Finding, Level
from rxapp.services import doctor_store
from rxapp.settings import settings
from tests import servers
from tests.installation import diagnosis, run
from tests.test_doctor import data, shown, template

__all__ = ["data", "shown", "template"]
CODE = "<Error><Code>{}</Code><Message>x</Message></Error>"
OLD = datetime.now(UTC) - timedelta(minutes=10)


Found = dict[str, Finding]


@pytest.fixture
def use(
    object_server: servers.Bucket, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., None]]:
    """Settings of a sound store, and what is changed in them."""
    monkeypatch.setattr(object_store, "TRIES", 0)
    sound = {
        "FILES_TO": f"s3://{object_server.name}/doctor", "S3_ENDPOINT": object_server.endpoint,
        "S3_KEY_ID": object_server.key_id, "S3_SECRET": object_server.secret,
    }  # fmt: skip

    def put(**changed: str) -> None:
        for name, value in (sound | changed).items():
            monkeypatch.setenv(f"RXAPP_{name}", value)
        settings.cache_clear()
        object_store._store.cache_clear()

    yield put
    monkeypatch.undo()
    settings.cache_clear()
    object_store._store.cache_clear()


@pytest.fixture
def store(use: Callable[..., None], object_server: servers.Bucket) -> Callable[..., Found]:
    """What is found amiss with these settings of a store that is sound otherwise."""

    def found(**changed: str) -> Found:
        use(**changed)
        said = list(doctor_store.examine())
        assert object_server.secret not in repr(said)
        return {each.code: each for each in said if each.level is not Level.FINE}

    return found


class _Odd(BaseHTTPRequestHandler):
    """A store that answers as a test wants."""

    def _answer(self) -> None:
        wanted: dict[str, tuple[int, str]] = self.server.wanted  # type: ignore[attr-defined]
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, said = wanted.get(self.command, (200, ""))
        content = said.encode()
        self.send_response_only(status)
        self.send_header("Date", format_datetime(self.server.at, usegmt=True))  # type: ignore[attr-defined]
        self.send_header("Last-Modified", format_datetime(OLD, usegmt=True))
        self.send_header("ETag", '"x"')
        self.send_header("Content-Length", f"{len(content)}")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_PUT = do_GET = do_HEAD = do_DELETE = do_POST = _answer

    def log_message(self, *_said: object) -> None:
        """Nothing."""


@pytest.fixture
def odd() -> Iterator[Any]:
    """Such a store."""
    made: Any = ThreadingHTTPServer(("127.0.0.1", 0), _Odd)
    made.wanted, made.at = {}, datetime.now(UTC)
    threading.Thread(target=made.serve_forever, args=(0.05,), daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


def test_a_sound_store_has_no_fault_and_keeps_nothing_of_the_trial(data: Path, use: Any) -> None:
    use()
    assert diagnosis() == {}
    assert "能写入、读取、列出和删除" in run("doctor").stdout
    use(S3_SECRET="wrong")
    assert set(diagnosis()) == {"store.key"}
    for half in ({"S3_SECRET": ""}, {"S3_ENDPOINT": "127.0.0.1:9000"}):
        use(**half)
        said = diagnosis()
        assert set(said) == {"settings.wrong"}
        assert "RXAPP_S3_" in said["settings.wrong"]["sentence"]
    use()
    held = object_store.store()
    assert held is not None
    assert list(held.names("rxapp-doctor")) == []


@pytest.mark.parametrize(
    ("changed", "code", "mend"),
    [
        ({"S3_ENDPOINT": "http://127.0.0.1:9"}, "store.away", "RXAPP_S3_ENDPOINT"),
        ({"FILES_TO": "s3://nobodys"}, "store.bucket", "新建存储桶"),
        ({"S3_KEY_ID": "AKIAWRONG"}, "store.key", "RXAPP_S3_KEY_ID"),
        ({"S3_SECRET": "wrong"}, "store.key", "RXAPP_S3_SECRET"),
        ({"FILES_TO": ""}, "store.unused", "RXAPP_FILES_TO"),
        ({"BACKUP_STORE_FILES": "0"}, "store.left_out", "版本"),
        ({"BACKUP_TO": "s3://city/backups"}, "store.one_bucket", "另一个存储"),
    ],
)
def test_what_is_set_wrongly_is_named_with_its_mend(
    store: Any, changed: dict[str, str], code: str, mend: str
) -> None:
    found = store(**changed)
    assert set(found) == {code}
    assert mend in found[code].mend


@pytest.mark.parametrize(
    ("wanted", "code", "word"),
    [
        ({"PUT": (403, CODE.format("AccessDenied"))}, "store.rights", "写入"),
        ({"GET": (403, CODE.format("AccessDenied"))}, "store.rights", "读取"),
        ({"PUT": (403, CODE.format("RequestTimeTooSkewed"))}, "store.clock", "时间相差"),
        ({"GET": (200, "somebody else's")}, "store.changed", "读取"),
    ],
)
def test_what_a_store_does_not_do_is_named(
    store: Any, odd: Any, wanted: dict[str, tuple[int, str]], code: str, word: str
) -> None:
    odd.wanted = wanted
    found = store(S3_ENDPOINT=f"http://127.0.0.1:{odd.server_port}")
    assert set(found) == {code}
    assert word in found[code].sentence


def test_nginx_as_delivered_asks_the_store_by_http_only(store: Any) -> None:
    through = {"INTERNAL_REDIRECT": "1", "TRUSTED_PROXY_HOPS": "1"}
    assert store(**through) == {}
    found = store(**through, S3_ENDPOINT="https://127.0.0.1:9")
    assert set(found) == {"store.redirect", "store.away"}


def test_clocks_that_drift_apart_are_told_in_time(store: Any, odd: Any) -> None:
    odd.wanted, odd.at = {"PUT": (403, CODE.format("RequestTimeTooSkewed"))}, OLD
    found = store(S3_ENDPOINT=f"http://127.0.0.1:{odd.server_port}")
    assert set(found) == {"store.clock", "store.clock_apart"}
    assert "秒" in found["store.clock_apart"].sentence


def test_plain_http_is_for_the_inner_network(
    store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    for address, codes in (("10.1.2.3", set()), ("8.8.8.8", {"store.plain"})):
        there = SimpleNamespace(getaddrinfo=lambda *_, at=address: [(0, 0, 0, "", (at, 0))])
        with monkeypatch.context() as patch:
            patch.setattr(doctor_store, "socket", there)
            assert set(store()) == codes
