"""What is told to those who watch from outside, and to whom."""

import asyncio
import re
from typing import Any

import httpx
import pytest
import structlog
from sqlalchemy import text
from starlette.applications import Starlette

from rxapp import routes
from rxapp.adapters import database, disk, schema
from rxapp.adapters.database import transaction
from rxapp.gate import throttles
from rxapp.http import outside
from rxapp.http.site import ROUTES
from rxapp.services import job_log, readiness
from tests.gate.cast import CAST, installed, settle

KEY = "k" * 16 + "-for-tests"


@pytest.fixture(scope="module", autouse=True)
def town(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with installed(tmp_path_factory.mktemp("outside"), RXAPP_RESERVE_MEGABYTES="0"):
        yield settle()


@pytest.fixture(autouse=True)
def afresh(monkeypatch: pytest.MonkeyPatch) -> None:
    throttles.forget_all()
    monkeypatch.setattr(outside, "_ready", outside._Once(readiness.look, 0))


def ask(path: str, client: str = "127.0.0.1", **headers: str) -> httpx.Response:
    """Ask from an address, with headers."""
    given = {"host": "127.0.0.1:3000"} | {k.replace("_", "-"): v for k, v in headers.items()}

    async def one() -> httpx.Response:
        transport = httpx.ASGITransport(Starlette(routes=ROUTES), client=(client, 5))
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as asker:
            return await asker.get(path, headers=given)

    return asyncio.run(one())


def test_all_is_well() -> None:
    answer = ask(routes.READY, "8.8.8.8")
    assert (answer.status_code, answer.json()) == (
        200, {"database": "ok", "redis": "unused", "disk": "ok", "jobs": "ok"},
    )  # fmt: skip
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("what", "word"),
    [("database", "away"), ("database", "other_schema"), ("redis", "away"), ("disk", "full"),
     ("jobs", "stuck")],
)  # fmt: skip
def test_each_thing_that_is_amiss_makes_it_unready(
    what: str, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> str:
        raise OSError("secret words")

    monkeypatch.setattr(job_log, "stuck", lambda: ["sealing"] if word == "stuck" else [])
    if word == "away":
        monkeypatch.setattr(readiness, f"_{what}", away)
    if word == "other_schema":
        monkeypatch.setattr(schema, "head", lambda: "9999")
    if word == "full":
        monkeypatch.setattr(readiness, "_disk", lambda: "full")
    answer = ask(routes.READY)
    assert answer.status_code == 503
    assert answer.json()[what] == word
    assert "secret" not in answer.text


def test_the_reserve_of_the_disk_is_what_counts(tmp_path, monkeypatch) -> None:
    with installed(tmp_path, RXAPP_RESERVE_MEGABYTES="10"):
        monkeypatch.setattr(disk, "free_bytes", lambda _folder: 10 * 1024 * 1024)
        assert readiness._disk() == "ok"
        monkeypatch.setattr(disk, "free_bytes", lambda _folder: 10 * 1024 * 1024 - 1)
        assert readiness._disk() == "full"


def test_many_who_ask_at_once_are_told_by_one_look(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[int] = []

    def look() -> readiness.Readiness:
        looks.append(1)
        return readiness.Readiness({"database": "ok"})

    async def many() -> None:
        once = outside._Once(look, 60)
        await asyncio.gather(*(once() for _ in range(20)))
        await once()

    asyncio.run(many())
    assert looks == [1]


def test_this_machine_is_told_the_figures() -> None:
    answer = ask(routes.METRICS)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=1.0.0")
    for line in ("rxapp_database_up 1.0", 'rxapp_queue_age_seconds{queue="claims"} 0.0'):
        assert line in answer.text
    assert ask(routes.METRICS, "::1", host="[::1]:3000").status_code == 200


@pytest.mark.parametrize(
    "given",
    [
        {"client": "10.0.0.8"},
        {"client": "unix"},
        {"x_forwarded_for": "127.0.0.1"},
        {"x_forwarded_proto": "https"},
        {"x_real_ip": "127.0.0.1"},
        {"forwarded": "for=127.0.0.1"},
        {"via": "1.1 x"},
        {"host": "xuexi.example.cn"},
        {"host": "127.0.0.1.evil.example:3000"},
        {"authorization": f"Bearer {KEY}"},
    ],
)
def test_nobody_else_without_the_key(given: dict[str, str]) -> None:
    with structlog.testing.capture_logs() as lines:
        answer = ask(routes.METRICS, **given)
    assert answer.status_code == 404
    assert "rxapp" not in answer.text
    assert [line["event"] for line in lines] == ["metrics refused"]
    assert KEY not in f"{lines}"


def test_a_proxy_that_nobody_announced_is_not_this_machine(tmp_path) -> None:
    for hops, status in (("0", 404), ("1", 200)):
        with installed(
            tmp_path / hops, RXAPP_PUBLIC_URL="https://x.cn", RXAPP_TRUSTED_PROXY_HOPS=hops
        ):
            assert ask(routes.METRICS).status_code == status


def test_the_key_opens_from_anywhere_and_no_other(tmp_path) -> None:
    with installed(tmp_path, RXAPP_METRICS_KEY=KEY):
        for given in (f"Bearer {KEY}", f"bearer  {KEY} "):
            assert ask(routes.METRICS, "10.0.0.8", authorization=given).status_code == 200
        wrong = (KEY, f"Basic {KEY}", f"Bearer {KEY}x", "Bearer ", f"Bearer {KEY[:-1]}")
        for given in wrong:
            assert ask(routes.METRICS, "10.0.0.8", authorization=given).status_code == 404


def test_guessing_is_throttled_without_a_word_more(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(
        throttles, "METRICS_WRONG", throttles.Limit("metrics-wrong", "3/15minutes", "慢")
    )
    with installed(tmp_path, RXAPP_METRICS_KEY=KEY), structlog.testing.capture_logs() as lines:
        for _ in range(5):
            assert ask(routes.METRICS, "10.0.0.8", authorization="Bearer x").status_code == 404
        told = {"authorization": f"Bearer {KEY}"}
        assert ask(routes.METRICS, "10.0.0.8", **told).status_code == 404
        # Another address is not held up by it.
        assert ask(routes.METRICS, "10.0.0.9", **told).status_code == 200
    assert len([line for line in lines if line["event"] == "metrics refused"]) == 3


def test_no_label_names_anybody_or_grows_with_anything(town: Any) -> None:
    said = ask(routes.METRICS).text
    for person in town.people.values():
        assert not any(each and each in said for each in person.canaries)
    labels = re.findall(r'(\w+)="([^"]*)"', said)
    assert {name for name, _ in labels} <= {
        "le", "route", "status", "kind", "outcome", "where", "handler", "use_case", "job", "queue",
        "revision", "what",
    }  # fmt: skip
    words = {value for name, value in labels if name != "le"}
    assert [word for word in words if re.search(r"[0-9]{5,}|\?|@", word)] == []
    assert len(CAST) > 10


def test_without_the_database_the_rest_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(**_: Any) -> Any:
        raise OSError

    monkeypatch.setattr("rxapp.services.outside.transaction", away)
    said = ask(routes.METRICS).text
    assert "rxapp_database_up 0.0" in said
    assert "rxapp_disk_free_bytes" in said
    assert "rxapp_queue_age_seconds" not in said


def test_an_older_schema_is_told_apart() -> None:
    assert readiness._database() == "ok"
    with transaction(write=True) as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    try:
        assert readiness._database() == "other_schema"
    finally:
        with transaction(write=True) as session:
            session.execute(
                text("UPDATE alembic_version SET version_num = :head"), {"head": schema.head()}
            )
    assert database.engine() is not None
