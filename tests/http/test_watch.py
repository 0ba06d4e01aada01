"""Watching over plain HTTP: what a page may send, what it is told, and who gets the video."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from rxapp.adapters import database, file_store, tickets
from rxapp.adapters.encryption import DataKeys
from rxapp.errors import AppError
from rxapp.gate import cookies
from rxapp.http import beats, video, watch
from rxapp.models.courses import Lesson
from rxapp.models.learning import LessonProgress
from rxapp.models.people import SignIn
from rxapp.rules.playback import Beat
from rxapp.services import watching
from tests.factories import (
    Clock,
    lesson_ids,
    make_cookie,
    make_course,
    make_person,
    make_policies,
)

CLIP = Path(__file__).parents[2] / "rxapp" / "demo" / "clips" / "sixiang.mp4"


class Site:
    """The routes on a database of their own, and two people with cookies."""

    def __init__(self, engine: Engine, clock: Clock, files: Path) -> None:
        self.engine, self.clock = engine, clock
        with database.transaction(write=True) as session:
            make_policies(session)
            self.lesson = lesson_ids(session, make_course(session))[0]
            name = file_store.put(CLIP, suffix=".mp4", root=files)
            session.get_one(Lesson, self.lesson).video_file = name
            self.cookies = [make_cookie(session, make_person(session)) for _ in range(2)]

    def client(self, who: int | None = 0) -> TestClient:
        app = Starlette(routes=[*watch.ROUTES, *video.ROUTES])
        held = {} if who is None else {cookies.session_cookie(): self.cookies[who]}
        return TestClient(app, cookies=held)

    def progress(self) -> LessonProgress | None:
        with Session(self.engine) as session:
            return session.get(LessonProgress, (1, self.lesson))

    def end_sign_ins(self) -> None:
        with database.transaction(write=True) as session:
            for row in session.exec(select(SignIn)):
                row.ended_at = self.clock.real


@pytest.fixture
def site(sqlite_database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Site]:
    engine = database.make_engine(sqlite_database)
    keys = DataKeys(cipher=b"c" * 32, lookup=b"l" * 32, ticket=b"t" * 32)
    clock = Clock()
    clock.put_in_charge(monkeypatch)
    monkeypatch.setattr(database, "engine", lambda: engine)
    monkeypatch.setattr(tickets, "data_keys", lambda: keys)
    monkeypatch.setattr(file_store, "_root", lambda _root: tmp_path)
    yield Site(engine, clock, tmp_path)
    engine.dispose()


def opened(client: TestClient, site: Site) -> dict:
    answer = client.post("/api/watch/open", json={"lesson_id": site.lesson})
    assert answer.status_code == 200
    return answer.json()


def test_a_page_opens_and_beats(site: Site) -> None:
    with site.client() as client:
        sitting = opened(client, site)
        assert sitting.keys() == {
            "watch", "video", "credited_ms", "length_ms", "beat_ms", "completed", "quiz",
            "wait_ms", "shortened",
        }  # fmt: skip
        site.clock.pass_(10)
        beat = {"watch": sitting["watch"], "seq": 1, "position_ms": 10_000, "playing": True}
        told = client.post("/api/watch/beat", json=beat)
        assert told.status_code == 200
        assert told.headers["cache-control"] == "no-store"
        assert told.json() == {
            "verdict": "credited", "credited_ms": 10_000, "length_ms": 60_000,
            "seek_to_ms": None, "quiz": None, "wait_ms": 0, "completed": False,
            "course_completed": False, "hours": None, "message": "正在计入学习时间。",
        }  # fmt: skip
        asked = client.post("/api/watch/quiz", json={"watch": sitting["watch"]})
        assert asked.json() == {"quiz": None, "wait_ms": 0}


@pytest.mark.parametrize(
    "wrong",
    [
        {"seq": 0}, {"seq": "1"}, {"seq": True}, {"seq": 1e400}, {"position_ms": -1},
        {"position_ms": float("nan")}, {"position_ms": None}, {"playing": 1}, {"watch": 7},
        {"watch": ""}, {"watch": "x" * 65}, {"position_ms": 10**30}, {"seq": [1]},
    ],
)  # fmt: skip
def test_a_beat_of_another_shape_changes_nothing(site: Site, wrong: dict) -> None:
    import json

    with site.client() as client:
        sitting = opened(client, site)
        site.clock.pass_(10)
        beat = {"watch": sitting["watch"], "seq": 1, "position_ms": 10_000, "playing": True}
        refused = client.post("/api/watch/beat", content=json.dumps(beat | wrong))
        assert refused.status_code == 422
        assert refused.json()["error"] == "invalid"
        assert site.progress().credited_ms == 0  # type: ignore[union-attr]
        assert client.post("/api/watch/beat", json=beat).json()["credited_ms"] == 10_000


def test_refusals_have_their_own_words(site: Site) -> None:
    with site.client(None) as nobody, site.client() as first, site.client(1) as second:
        refused = nobody.post("/api/watch/open", json={"lesson_id": site.lesson})
        assert (refused.status_code, refused.json()["error"]) == (401, "signed_out")
        refused = first.post("/api/watch/open", json={"lesson_id": 999})
        assert (refused.status_code, refused.json()["error"]) == (404, "not_found")
        assert first.post("/api/watch/open", content="[]").status_code == 422
        assert first.post("/api/watch/open", content="x" * 5_000).status_code == 422
        sitting = opened(first, site)
        beat = {"watch": sitting["watch"], "seq": 1, "position_ms": 0, "playing": True}
        refused = second.post("/api/watch/beat", json=beat)
        assert (refused.status_code, refused.json()["error"]) == (409, "superseded")
        assert first.post("/api/watch/beat", json=beat).status_code == 200
        assert first.get("/api/watch/beat").status_code == 405


def test_a_quiz_is_answered(site: Site) -> None:
    with site.client() as client:
        sitting, position, quiz = opened(client, site), 0, None
        for seq in range(1, 7):
            site.clock.pass_(10)
            position += 10_000
            beat = {
                "watch": sitting["watch"], "seq": seq, "position_ms": position, "playing": True,
            }  # fmt: skip
            quiz = client.post("/api/watch/beat", json=beat).json()["quiz"]
            if quiz:
                break
        assert quiz is not None
        assert quiz.keys() == {"showing", "kind", "stem", "options"}
        assert all(option.keys() == {"id", "text"} for option in quiz["options"])
        chosen = [next(o["id"] for o in quiz["options"] if o["text"] == "选项b")]
        said = {"watch": sitting["watch"], "showing": quiz["showing"], "chosen": chosen}
        told = client.post("/api/watch/answer", json=said).json()
        assert (told["right"], told["wait_ms"], told["quiz"]) == (False, 5_000, None)
        assert told["review"].keys() == {"from_ms", "to_ms"}
        for wrong in (None, "x", {}, [7], ["zzzz"], []):
            refused = client.post("/api/watch/answer", json=said | {"chosen": wrong})
            # The showing is answered: whatever is sent now is told the same.
            assert refused.json()["right"] is False


def test_the_video_comes_in_ranges_to_its_own_sign_in(site: Site) -> None:
    with site.client() as client, site.client(1) as other, site.client(None) as nobody:
        address = opened(client, site)["video"]
        part = client.get(address, headers={"Range": "bytes=0-99"})
        assert part.status_code == 206
        assert part.content == CLIP.read_bytes()[:100]
        assert part.headers["content-type"] == "video/mp4"
        assert part.headers["x-content-type-options"] == "nosniff"
        assert part.headers["cache-control"] == "private, no-store"
        assert part.headers["content-disposition"] == "inline"
        assert client.get(address, headers={"Range": "bytes=9999999-"}).status_code == 416
        assert other.get(address).status_code == 403
        assert nobody.get(address).status_code == 403
        assert client.get(address[:-1] + ("A" if address[-1] != "A" else "B")).status_code == 403
        site.end_sign_ins()
        assert client.get(address, headers={"Range": "bytes=0-99"}).status_code == 403


def test_a_ticket_runs_out(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    with site.client() as client:
        address = opened(client, site)["video"]
        later = tickets.time.time() + tickets.LIFETIME_SECONDS + 1
        assert client.get(address).status_code == 200
        monkeypatch.setattr(tickets.time, "time", lambda: later)
        assert client.get(address).status_code == 403


def test_a_refused_beat_in_a_batch_undoes_only_itself(site: Site) -> None:
    with site.client() as first, site.client(1) as second:
        watches = [opened(client, site)["watch"] for client in (first, second)]
    site.clock.pass_(10)
    beats_said = [
        (site.cookies[0], watches[0], Beat(1, 10_000, True)),
        (site.cookies[1], watches[0], Beat(1, 10_000, True)),
        ("nobody", watches[0], Beat(2, 10_000, True)),
        (site.cookies[1], watches[1], Beat(1, 9_000, True)),
        (site.cookies[0], watches[0], Beat(1, 10_000, True)),
    ]

    async def all_at_once() -> list:
        line = beats.Line()
        return await asyncio.gather(
            *(line.count(*said) for said in beats_said), return_exceptions=True
        )

    told = asyncio.run(all_at_once())
    assert [getattr(one, "verdict", type(one).__name__) for one in told] == [
        "credited", "Superseded", "NotSignedIn", "credited", "duplicate",
    ]  # fmt: skip
    assert [told[index].credited_ms for index in (0, 3, 4)] == [10_000, 9_000, 10_000]


def test_a_batch_that_breaks_is_counted_one_by_one(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    with site.client() as first, site.client(1) as second:
        watches = [opened(client, site)["watch"] for client in (first, second)]
    site.clock.pass_(10)
    real = watching.beat

    def breaks(session, actor, *, watch, said):  # type: ignore[no-untyped-def]
        told = real(session, actor, watch=watch, said=said)
        if said.seq == 7:
            raise ZeroDivisionError
        return told

    monkeypatch.setattr(watching, "beat", breaks)
    monkeypatch.setattr(watching, "beat_together", lambda _session, _said: 1 / 0)

    async def both() -> list:
        line = beats.Line()
        return await asyncio.gather(
            line.count(site.cookies[0], watches[0], Beat(1, 10_000, True)),
            line.count(site.cookies[1], watches[1], Beat(7, 10_000, True)),
            return_exceptions=True,
        )

    told = asyncio.run(both())
    assert told[0].credited_ms == 10_000
    assert isinstance(told[1], ZeroDivisionError)
    assert not isinstance(told[1], AppError)
    assert site.progress().credited_ms == 10_000  # type: ignore[union-attr]
