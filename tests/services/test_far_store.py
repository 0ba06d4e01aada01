"""A store that is far, slow or away: no transaction waits for it, what was sent in waits."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from rxapp import clock, routes
from rxapp.adapters import file_store, object_store
from rxapp.adapters.database import transaction
from rxapp.errors import Unavailable
from rxapp.gate import throttles
from rxapp.models.collecting import Collection
from rxapp.models.courses import CourseUpload, FilmLeftover, Lesson
from rxapp.models.notices import NoticeFile
from rxapp.services import (
    collecting_work,
    collections,
    course_leftovers,
    course_making,
    course_work,
    moving_files,
    notice_files,
    retention,
)
from rxapp.services.actors import SYSTEM
from rxapp.settings import settings
from tests.adapters.test_attachments import office
from tests.films import film
from tests.gate.cast import Town, installed, settle, sign_in
from tests.relay import Relay
from tests.servers import Bucket
from tests.services.doors import browser, found
from tests.services.test_course_uploads import Desk, lesson_of, upload_of, waiting_files

# Every test here has `bucket`, which fails whatever speaks to the store within a transaction.
TABLE = "姓名,身份证号码,单位名称\n样小明,370802198501010014,样例诊所\n".encode()


@pytest.fixture
def relay(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Relay]:  # fmt: skip
    """A town whose files lie on the store, and the line to it."""
    made = Relay(int(bucket.endpoint.rpartition(":")[2]))
    monkeypatch.setenv("RXAPP_S3_ENDPOINT", f"http://127.0.0.1:{made.port}")
    monkeypatch.setattr(object_store, "TRIES", 0)
    with installed(tmp_path / "town"):
        object_store._store.cache_clear()
        yield made
    made.cut()


@pytest.fixture
def town(relay: Relay) -> Town:
    throttles.forget_all()
    return settle()


def here() -> list[str]:
    """What lies in this machine's folders of kept files."""
    stores = ("files", "evidence", "notices", "collect")
    folders = (settings().data_dir / store for store in stores)
    return [path.name for folder in folders for path in folder.rglob("*") if path.is_file()]


def collect(town: Town, who: str, kind: str = "people") -> int:
    client = browser(cookie=sign_in(town.people[who]))
    asked = {"kind": kind, "name": "人员.csv"}
    return client.post(routes.COLLECT_UPLOAD, params=asked, content=TABLE).status_code


def on_the_store() -> int:
    store = object_store.store()
    assert store is not None
    return len(store.inner.list().collect())


def test_a_table_is_sealed_and_sent_before_its_row(town: Town) -> None:
    assert collect(town, "clerk") == 200
    (row,) = found(select(Collection))
    assert file_store.is_there(row.file, root=collections.folder())
    assert here() == []
    assert collecting_work.work_once("worker")
    # Whoever may not send it in has sent nothing to the store either.
    before = on_the_store()
    assert collect(town, "lena") == 403
    assert collect(town, "clerk", "organisations") == 403
    assert (len(found(select(Collection))), on_the_store()) == (1, before)


def test_a_table_that_is_refused_at_the_last_moment_leaves_nothing(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = on_the_store()

    def refuse(*_given: object) -> list[int]:
        raise Unavailable() if away else collections.Conflict("刚刚撤销。")

    monkeypatch.setattr(collections.scopes, "office_ids", refuse)
    away = False
    assert collect(town, "clerk") == 409
    assert on_the_store() == before
    # Where nobody knows whether the row is there the file stays.
    away = True
    assert collect(town, "clerk") == 503
    assert on_the_store() == before + 1


def test_an_attachment_is_sent_before_its_row(town: Town) -> None:
    from rxapp.services import notices

    notice = Desk(town, "county").do(notices.begin)
    client = browser(cookie=sign_in(town.people["county"]))
    sent = client.post(
        f"{routes.NOTICE_UPLOAD}?notice={notice}", files={"file": ("表.docx", office())}
    )
    assert sent.status_code == 200
    (row,) = found(select(NoticeFile))
    assert file_store.is_sound(row.file, root=notice_files.folder())
    assert here() == []


def test_of_two_processes_that_bring_the_same_files_over_neither_fails(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [file_store.put_near(f"{n}".encode(), suffix=".jpg", root=settings().files_dir)
             for n in range(3)]  # fmt: skip
    digest, seen = file_store.digest, list[Path]()

    def slow_digest(path: Path) -> str:
        if path.name in names and not seen:
            # The other one is there first, for this file and for the next.
            seen.append(path)
            assert moving_files.bring_left() >= len(names) - 1
        return digest(path)

    monkeypatch.setattr(file_store, "digest", slow_digest)
    moving_files.bring_left()
    assert seen
    assert all(file_store.look(name).path is None for name in names)
    assert list(file_store.names(settings().files_dir)) == []


def test_what_nothing_uses_goes_and_whoever_keeps_it_anew_has_it(
    town: Town, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    unused = file_store.put_bytes(b"unused", suffix=".mp4")
    used = found(select(Lesson))[0].video_file
    day = clock.now() - timedelta(days=1, minutes=1)
    with transaction(write=True) as session:
        session.add_all(FilmLeftover(file=each, at=day) for each in (unused, used))
    relay.cut()
    # Nothing is let go of while it cannot be removed.
    with pytest.raises(Unavailable):
        retention.run_once()
    assert {row.at for row in found(select(FilmLeftover))} == {day}
    relay.mend()
    with transaction(write=True) as session:
        assert course_leftovers.forget_due(session, SYSTEM) == [unused]
    assert found(select(FilmLeftover)) == []
    # Put there within the day, by whoever is about to use it.
    assert course_leftovers.discard([unused]) == 0
    assert file_store.is_there(unused)
    later = clock.now() + timedelta(days=1, minutes=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert course_leftovers.discard([unused]) == 1
    assert not file_store.is_there(unused)


def test_a_film_waits_for_a_store_that_is_away_and_goes_in_by_itself(
    town: Town, relay: Relay
) -> None:
    desk = Desk(town, "teacher")
    _, lesson = desk.lesson()
    upload = desk.send(lesson, film().read_bytes())
    relay.cut()
    for _ in range(course_work.MOST_TRIES + 2):
        # Longer than a file that is at fault itself would be tried.
        assert course_work.work_once("worker")
        assert not course_work.work_once("worker")
        row = upload_of(upload)
        assert (row.status, row.tries, row.lease_until > clock.now()) == ("checking", 0, True)
        shown = desk.do(course_making.get_lesson, lesson_id=lesson).upload
        assert "暂时连接不上，恢复后平台会自动继续" in shown.reason
        _let_pass(upload)
    assert len(waiting_files()) == 1
    _let_days_pass(upload)
    relay.mend()
    assert course_work.work_once("worker")
    assert (upload_of(upload).status, upload_of(upload).reason) == ("done", "")
    kept = lesson_of(lesson)
    assert file_store.is_sound(kept.video_file)
    assert file_store.is_sound(kept.poster_file)
    assert (here(), waiting_files()) == ([], [])
    assert desk.do(course_making.get_lesson, lesson_id=lesson).upload is None


def _let_pass(upload: int) -> None:
    """As if the minute had passed."""
    with transaction(write=True) as session:
        session.get_one(CourseUpload, upload).lease_until = clock.now() - timedelta(seconds=1)


def _let_days_pass(upload: int) -> None:
    """As if it had waited for days."""
    with transaction(write=True) as session:
        session.get_one(CourseUpload, upload).touched_at = clock.now() - timedelta(days=3)
    with pytest.raises(Unavailable):
        retention.run_once()
