"""Films and packages on their way in: piece by piece, gone on with, looked at, taken in once."""

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from datetime import time, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import xlsxwriter
from PIL import Image
from sqlmodel import select

from rxapp import clock, routes
from rxapp.adapters import disk, file_store, films, packages
from rxapp.adapters.database import transaction
from rxapp.errors import Conflict, Invalid
from rxapp.gate import throttles
from rxapp.models.courses import Course, CourseUpload, FilmLeftover, Lesson
from rxapp.models.messages import Message
from rxapp.rules.courses import Status
from rxapp.services import (
    course_drafts,
    course_lists,
    course_making,
    course_moves,
    course_questions,
    course_reviews,
    course_uploads,
    course_work,
    retention,
    sign_ins,
)
from rxapp.settings import settings
from tests import aged, servers
from tests.films import CLIP, film
from tests.gate.cast import Town, installed, settle, sign_in
from tests.services.course_maker import FACTS, question
from tests.services.doors import browser

PIECE = 4096


@pytest.fixture(params=["sqlite", "postgres"])
def town(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Town]:
    """A town whose school makes courses."""
    url = ""
    if request.param == "postgres":
        template = request.getfixturevalue("postgres_template")
        server = request.getfixturevalue("postgres_url")
        url = servers.create_database(server, f"test_{uuid4().hex}", template)
    with installed(tmp_path / "town", RXAPP_DATABASE_URL=url):
        made = settle()
        throttles.forget_all()
        yield made


class Desk:
    """Somebody with a browser and with buttons."""

    def __init__(self, town: Town, key: str) -> None:
        self.cookie = sign_in(town.people[key])
        self.client = browser(cookie=self.cookie)

    def do(self, use_case: Callable[..., Any], **given: Any) -> Any:
        with transaction(write=True) as session:
            return use_case(session, sign_ins.find_actor(session, self.cookie), **given)

    def lesson(self) -> tuple[int, int]:
        id = self.do(course_drafts.begin)
        for name, value in (FACTS | {"year": f"{clock.today().year}"}).items():
            self.do(course_drafts.keep, course_id=id, name=name, value=value)
        return id, self.do(course_drafts.add_lesson, course_id=id, title="第一课")

    def begin(self, target: int, size: int, /, **changes: str) -> Any:
        form = {"kind": "film", "target": str(target), "name": "片.mp4", "size": str(size),
                "mark": "a-b"}  # fmt: skip
        return self.client.post(routes.COURSE_UPLOAD, data=form | changes)

    def piece(self, upload: int, offset: int, content: bytes) -> Any:
        return self.client.post(
            f"{routes.COURSE_PIECE}?upload={upload}&offset={offset}", content=content
        )

    def finish(self, upload: int) -> Any:
        return self.client.post(routes.COURSE_FINISH, data={"upload": str(upload)})

    def send(self, target: int, content: bytes, /, **changes: str) -> int:
        """A whole file, in pieces; returns the upload's id."""
        begun = self.begin(target, len(content), **changes).json()
        at = begun["received"]
        while at < len(content):
            at = self.piece(begun["upload"], at, content[at : at + PIECE]).json()["received"]
        assert self.finish(begun["upload"]).json()["status"] == "checking"
        return begun["upload"]


def work() -> None:
    while course_work.work_once("worker"):
        pass


def upload_of(id: int) -> CourseUpload:
    with transaction() as session:
        return session.get_one(CourseUpload, id)


def lesson_of(id: int) -> Lesson:
    with transaction() as session:
        return session.get_one(Lesson, id)


def waiting_files() -> list[Path]:
    return list(settings().uploads_dir.glob("*")) if settings().uploads_dir.exists() else []


def test_a_film_comes_in_piece_by_piece(town: Town) -> None:
    desk = Desk(town, "teacher")
    _, lesson = desk.lesson()
    content = film().read_bytes()
    assert len(content) > 2 * PIECE
    desk.send(lesson, content)
    (waits,) = waiting_files()
    assert waits.stat().st_mode & 0o077 == 0
    panel = desk.do(course_making.get_lesson, lesson_id=lesson)
    assert panel.upload is not None
    assert panel.upload.status == "checking"
    work()
    kept = lesson_of(lesson)
    assert (kept.length_ms, kept.film_name) == (300_000, "片.mp4")
    assert file_store.find(kept.video_file).read_bytes() == content
    assert Image.open(file_store.find(kept.poster_file)).size == (64, 64)
    assert waiting_files() == []
    shown = desk.client.get(routes.course_file(lesson, "film"), headers={"Range": "bytes=0-9"})
    assert (shown.status_code, shown.content) == (206, content[:10])


def test_it_goes_on_where_it_stopped_from_any_device(town: Town) -> None:
    desk = Desk(town, "teacher")
    _, lesson = desk.lesson()
    content = film().read_bytes()
    first = desk.begin(lesson, len(content)).json()
    desk.piece(first["upload"], 0, content[:PIECE])
    other = Desk(town, "teacher")
    again = other.begin(lesson, len(content)).json()
    assert (again["upload"], again["received"]) == (first["upload"], PIECE)
    asked = other.client.get(f"{routes.COURSE_ASK}?upload={again['upload']}").json()
    assert asked["received"] == PIECE
    other.send(lesson, content)
    work()
    assert file_store.find(lesson_of(lesson).video_file).read_bytes() == content


def test_a_piece_in_the_wrong_place_is_refused_and_told_where(town: Town) -> None:
    desk = Desk(town, "teacher")
    _, lesson = desk.lesson()
    content = film().read_bytes()
    upload = desk.begin(lesson, len(content)).json()["upload"]
    for offset in (PIECE, 1):
        answer = desk.piece(upload, offset, content[offset : offset + PIECE])
        assert (answer.status_code, answer.json()["received"]) == (409, 0)
    desk.piece(upload, 0, content[:PIECE])
    # Sent again after a lost answer: nothing is written twice.
    answer = desk.piece(upload, 0, b"x" * PIECE)
    assert (answer.status_code, answer.json()["received"]) == (409, PIECE)
    assert waiting_files()[0].read_bytes() == content[:PIECE]


def test_two_windows_do_not_mix_their_pieces(town: Town) -> None:
    desk = Desk(town, "teacher")
    _, lesson = desk.lesson()
    upload = desk.begin(lesson, 10 * PIECE).json()["upload"]
    place = desk.do(course_uploads.get_place, upload_id=upload)
    with course_uploads.one_at_a_time(place):
        answer = desk.piece(upload, 0, b"x" * PIECE)
        assert (answer.status_code, answer.json()["received"]) == (409, 0)
        assert "另一个窗口" in answer.json()["message"]
    assert desk.piece(upload, 0, b"y" * PIECE).json()["received"] == PIECE


def test_another_film_takes_the_place_of_one_half_sent(town: Town) -> None:
    desk = Desk(town, "teacher")
    _, lesson = desk.lesson()
    first = desk.begin(lesson, 9000).json()["upload"]
    second = desk.begin(lesson, 9000, mark="c-d").json()["upload"]
    assert second != first
    assert desk.piece(first, 0, b"x" * PIECE).status_code == 409
    assert desk.piece(second, 0, b"x" * PIECE).status_code == 200


@pytest.mark.parametrize("key", ["city", "county", "clerk", "lena", "former"])
def test_a_stranger_sends_nothing_and_sees_nothing(town: Town, key: str) -> None:
    desk, stranger = Desk(town, "teacher"), Desk(town, key)
    id, lesson = desk.lesson()
    upload = desk.begin(lesson, 9000).json()["upload"]
    answers = [
        stranger.begin(lesson, 9000),
        stranger.piece(upload, 0, b"x"),
        stranger.client.get(f"{routes.COURSE_ASK}?upload={upload}"),
        stranger.finish(upload),
        stranger.client.post(routes.COURSE_CANCEL, data={"upload": str(upload)}),
        stranger.client.post(f"{routes.COURSE_QUESTIONS}?lesson={lesson}&name=a.csv", content=b"x"),
        stranger.client.post(f"{routes.COURSE_POSTER}?lesson={lesson}", content=b"x"),
        stranger.client.get(routes.course_file(lesson, "film")),
        stranger.client.get(routes.course_package(id)),
    ]
    assert {answer.status_code for answer in answers} <= {403, 404}
    assert upload_of(upload).received == 0
    assert browser().get(routes.course_file(lesson, "film")).status_code == 401
    assert desk.piece(upload, 0, b"x").status_code == 200


def test_what_cannot_be_used_is_refused_before_it_is_sent(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "free_bytes", lambda _: 1024**4)
    desk = Desk(town, "teacher")
    _, lesson = desk.lesson()
    for changes, size, sentence in (
        ({"name": "片.avi"}, 9, "MP4（H.264视频、AAC音频）"),
        ({}, 0, "文件是空的"),
        ({}, 2 * 1024**3 + 1, "超过2GB"),
        ({"kind": "package", "name": "包.rar", "target": "0"}, 9, "zip"),
    ):
        answer = desk.begin(lesson, size, **changes)
        assert answer.status_code == 422
        assert sentence in answer.json()["fields"]["file"]
    assert desk.begin(lesson, 2 * 1024**3).status_code == 200
    assert desk.begin(lesson, 9, kind="cats").status_code == 404
    assert desk.begin(10**6, 9).status_code == 404


def test_so_many_are_under_way_at_once_and_no_more(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(course_uploads, "MOST_OF_ONE", 2)
    monkeypatch.setattr(course_uploads, "MOST_OPEN", 3)
    desk = Desk(town, "teacher")
    id, first = desk.lesson()
    second, third = (desk.do(course_drafts.add_lesson, course_id=id, title=t) for t in "二三")
    uploads = [desk.begin(each, 9000).json()["upload"] for each in (first, second)]
    refused = desk.begin(third, 9000)
    assert refused.status_code == 422
    assert "您已有2个文件正在上传或检查（如“片”、“片”）" in refused.json()["fields"]["file"]
    # Going on, and taking the place of one's own, are nothing more than before.
    assert desk.begin(first, 9000).json()["upload"] == uploads[0]
    replaced = desk.begin(second, 9000, mark="c-d").json()["upload"]
    with transaction(write=True) as session:
        row = session.get_one(CourseUpload, replaced)
        row.by_id = town.people["lena"].id
        session.add(row)
    assert desk.begin(third, 9000).status_code == 200
    fourth = desk.do(course_drafts.add_lesson, course_id=id, title="四")
    with transaction(write=True) as session:
        row = session.get_one(CourseUpload, uploads[0])
        row.by_id = town.people["lena"].id
        session.add(row)
    assert "本单位已有3个文件" in desk.begin(fourth, 9000).json()["fields"]["file"]
    desk.client.post(routes.COURSE_CANCEL, data={"upload": str(replaced)})
    assert desk.begin(fourth, 9000).status_code == 200


def test_the_last_of_the_disk_is_left_to_everything_else(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    reserve, size = settings().reserve_megabytes * 1024**2, 9000
    monkeypatch.setattr(disk, "free_bytes", lambda _: reserve + 2 * size)
    desk = Desk(town, "teacher")
    id, lesson = desk.lesson()
    other = desk.do(course_drafts.add_lesson, course_id=id, title="第二课")
    refused = desk.begin(lesson, size + 1)
    assert refused.status_code == 422
    assert "清理或扩充存储空间" in refused.json()["fields"]["file"]
    assert waiting_files() == []
    upload = desk.begin(lesson, size).json()["upload"]
    # What was promised to one is not promised to another.
    assert desk.begin(other, size).status_code == 422
    monkeypatch.setattr(disk, "free_bytes", lambda _: reserve)
    assert "存储空间不足" in desk.piece(upload, 0, b"x").json()["fields"]["file"]
    assert upload_of(upload).received == 0
    monkeypatch.setattr(disk, "free_bytes", lambda _: 1024**4)
    assert desk.piece(upload, 0, b"x").status_code == 200


def test_letters_that_no_database_keeps_are_left_out(town: Town) -> None:
    desk = Desk(town, "teacher")
    _, lesson = desk.lesson()
    upload = desk.begin(lesson, 9, name="片\0段.mp4", mark="a\0b").json()["upload"]
    row = upload_of(upload)
    assert (row.name, row.mark) == ("片段.mp4", "ab")
    assert desk.begin(lesson, 9, name="片段.mp4", mark="ab").json()["upload"] == upload


def test_more_than_was_announced_is_not_taken(town: Town) -> None:
    desk = Desk(town, "teacher")
    _, lesson = desk.lesson()
    upload = desk.begin(lesson, 100).json()["upload"]
    assert desk.piece(upload, 0, b"x" * 101).status_code == 422
    assert desk.piece(upload, 0, b"").status_code == 422
    assert desk.piece(upload, 0, bytes(course_uploads.PIECE + 1)).status_code == 422
    assert desk.finish(upload).status_code == 422
    assert desk.piece(upload, 0, b"x" * 100).json()["received"] == 100
    assert desk.piece(upload, 100, b"x").status_code == 422


@pytest.mark.parametrize(
    "content",
    [
        b"not a film at all" * 1000,
        b"\x89PNG\r\n\x1a\n" + bytes(10_000),
        CLIP.read_bytes()[: CLIP.stat().st_size // 2],
    ],
    ids=["text", "picture", "truncated"],
)
def test_what_is_no_whole_film_is_refused_and_the_old_one_stays(town: Town, content: bytes) -> None:
    desk = Desk(town, "teacher")
    _, lesson = desk.lesson()
    desk.send(lesson, film().read_bytes())
    work()
    before = lesson_of(lesson)
    upload = desk.send(lesson, content)
    work()
    assert upload_of(upload).status == "failed"
    panel = desk.do(course_making.get_lesson, lesson_id=lesson)
    assert panel.upload is not None
    assert "视频" in panel.upload.reason
    assert lesson_of(lesson).video_file == before.video_file
    assert waiting_files() == []


def test_a_film_of_another_kind_says_how_to_convert_it(town: Town) -> None:
    desk = Desk(town, "teacher")
    _, lesson = desk.lesson()
    upload = desk.send(lesson, film(codec="mpeg4").read_bytes())
    work()
    assert "转换为 MP4（H.264视频、AAC音频）" in upload_of(upload).reason


def test_a_film_that_kills_its_reader_is_given_up(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(town, "teacher")
    _, lesson = desk.lesson()
    upload = desk.send(lesson, film().read_bytes())

    def dies(*_: object) -> int:
        raise OSError("the disk is full")

    monkeypatch.setattr(films, "measure_and_draw", dies)
    for _ in range(course_work.MOST_TRIES):
        with pytest.raises(OSError, match="disk"):
            course_work.work_once("worker")
        with transaction(write=True) as session:
            row = session.get_one(CourseUpload, upload)
            assert row.status == "checking"
            row.lease_until = None
            session.add(row)
    assert not course_work.work_once("worker")
    assert "故障" in upload_of(upload).reason
    assert [body for _, body, _ in messages_of(town, "teacher")] == [
        f"“片”检查未通过：{course_work.BROKEN}"
    ]


def test_a_course_sent_in_meanwhile_keeps_its_film(town: Town) -> None:
    desk = Desk(town, "teacher")
    id, lesson = desk.lesson()
    desk.send(lesson, film().read_bytes())
    work()
    for number in range(1, 6):
        desk.do(course_questions.add, lesson_id=lesson, typed=question(number))
    before = lesson_of(lesson).video_file
    upload = desk.send(lesson, film(shade=30).read_bytes())
    with transaction(write=True) as session:
        course = session.get_one(Course, id)
        course.status = Status.SUBMITTED
        session.add(course)
    work()
    assert "已提交审核" in upload_of(upload).reason
    assert lesson_of(lesson).video_file == before


def submit(desk: Desk, id: int) -> str:
    with transaction() as session:
        version = session.get_one(Course, id).version
    return desk.do(course_moves.submit, course_id=id, version=version)


def test_a_course_waits_for_its_film_before_it_is_sent_in(town: Town) -> None:
    desk = Desk(town, "teacher")
    id, lesson = desk.lesson()
    desk.send(lesson, film().read_bytes())
    work()
    for number in range(1, 6):
        desk.do(course_questions.add, lesson_id=lesson, typed=question(number))
    half = desk.begin(lesson, 9000, name="新片.mp4", mark="c-d").json()["upload"]

    def told() -> tuple[list[str], bool]:
        view = desk.do(course_making.get_course, course_id=id)
        return [each.sentence for each in view.missing], view.checking

    with pytest.raises(Conflict, match="“新片”还没有上传完整"):
        submit(desk, id)
    (sentence,), checking = told()
    assert ("第1课时：视频“新片”" in sentence, checking) == (True, False)
    desk.client.post(routes.COURSE_CANCEL, data={"upload": str(half)})
    assert told() == ([], False)
    upload = desk.send(lesson, film(shade=30).read_bytes())
    with pytest.raises(Conflict, match="正在检查"):
        submit(desk, id)
    assert told()[1]
    with transaction() as session:
        assert session.get_one(Course, id).status is Status.DRAFT
    work()
    assert upload_of(upload).status == "done"
    assert "已提交" in submit(desk, id)


def messages_of(town: Town, key: str) -> list[tuple[str, str, str]]:
    with transaction() as session:
        found = select(Message).where(Message.person_id == town.people[key].id)
        return [(each.title, each.body, each.href) for each in session.exec(found).all()]


def test_whoever_sent_a_film_hears_that_it_was_not_taken(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(town, "teacher")
    id, lesson = desk.lesson()
    desk.send(lesson, b"not a film at all" * 1000, name="讲座.mp4")
    work()
    ((title, body, href),) = messages_of(town, "teacher")
    assert (title, href) == ("视频没有换上", f"{routes.desk_course(id)}?lesson={lesson}")
    assert body.startswith("“讲座”检查未通过：视频")
    desk.send(0, b"no package" * 1000, kind="package", name="课.zip", target="0")
    work()
    title, body, href = messages_of(town, "teacher")[-1]
    assert (title, href) == ("课程包没有导入", routes.DESK_COURSES)
    # One that was taken in, or whose lesson went while it was looked at, is no bad news.
    desk.send(lesson, film().read_bytes())
    work()
    desk.send(lesson, film(shade=30).read_bytes())
    with monkeypatch.context() as patched:
        measure = films.measure_and_draw

        def meanwhile(*given: Path) -> int:
            desk.do(course_drafts.remove_lesson, lesson_id=lesson)
            return measure(*given)

        patched.setattr(films, "measure_and_draw", meanwhile)
        work()
    assert len(messages_of(town, "teacher")) == 2


def test_what_is_abandoned_goes_after_a_day_and_nothing_else(town: Town) -> None:
    desk = Desk(town, "teacher")
    _, lesson = desk.lesson()
    desk.send(lesson, film().read_bytes())
    work()
    first = lesson_of(lesson).video_file
    desk.send(lesson, film(shade=30).read_bytes())
    work()
    half = desk.begin(lesson, 9000, mark="c-d").json()["upload"]
    desk.piece(half, 0, b"x" * PIECE)
    retention.run_once()
    assert len(waiting_files()) == 1
    assert file_store.is_there(first)
    day = clock.now() - timedelta(days=1, minutes=1)
    with transaction(write=True) as session:
        for row in session.exec(select(CourseUpload)).all():
            row.touched_at = day
            session.add(row)
        for row in session.exec(select(FilmLeftover)).all():
            row.at = day
            session.add(row)
    aged.age(first)
    retention.run_once()
    assert waiting_files() == []
    assert not file_store.is_there(first)
    kept = lesson_of(lesson)
    assert file_store.is_sound(kept.video_file)
    assert file_store.is_sound(kept.poster_file)
    with transaction() as session:
        assert not session.exec(select(FilmLeftover)).all()
        assert not session.exec(select(CourseUpload)).all()


def test_a_picture_is_made_anew(town: Town) -> None:
    desk = Desk(town, "teacher")
    _, lesson = desk.lesson()
    picture = io.BytesIO()
    Image.new("RGB", (320, 180), "teal").save(picture, "PNG")
    source = picture.getvalue() + b"<script>"
    answer = desk.client.post(f"{routes.COURSE_POSTER}?lesson={lesson}", content=source)
    assert answer.status_code == 200
    shown = desk.client.get(routes.course_file(lesson, "poster"))
    assert shown.headers["content-type"] == "image/jpeg"
    assert b"<script>" not in shown.content
    for wrong in (b"%PDF-1.4", b"no picture"):
        refused = desk.client.post(f"{routes.COURSE_POSTER}?lesson={lesson}", content=wrong)
        assert refused.status_code == 422


# --- packages ---


def whole_course(town: Town, desk: Desk) -> int:
    """A course of two lessons, published."""
    id, lesson = desk.lesson()
    second = desk.do(course_drafts.add_lesson, course_id=id, title="第二课")
    for each, shade in ((lesson, 90), (second, 30)):
        desk.send(each, film(shade=shade).read_bytes())
        work()
        for number in range(1, 6):
            desk.do(course_questions.add, lesson_id=each, typed=question(number))
    with transaction() as session:
        version = session.get_one(Course, id).version
    desk.do(course_moves.submit, course_id=id, version=version)
    Desk(town, "city").do(
        course_reviews.decide, course_id=id, verdict="publish", reason="", version=version + 2
    )
    return id


def exported(desk: Desk, id: int, folder: Path) -> Path:
    answer = desk.client.get(routes.course_package(id))
    assert answer.status_code == 200
    path = folder / f"{uuid4().hex}.zip"
    path.write_bytes(answer.content)
    return path


def test_a_course_goes_out_and_comes_in_again_equal(town: Town, tmp_path: Path) -> None:
    desk = Desk(town, "teacher")
    id = whole_course(town, desk)
    out = exported(desk, id, tmp_path)
    assert out.read_bytes() == exported(Desk(town, "city"), id, tmp_path).read_bytes()
    first = packages.read_package(out, root=tmp_path / "elsewhere")
    upload = desk.send(0, out.read_bytes(), kind="package", name="课.zip", target="0")
    work()
    row = upload_of(upload)
    assert (row.status, row.reason) == ("done", "")
    with transaction() as session:
        copy = session.get_one(Course, row.course_id or 0)
        assert (copy.status, copy.edition, copy.code) == (
            Status.DRAFT, 2, session.get_one(Course, id).code,
        )  # fmt: skip
        assert copy.published_at is None
    again = packages.read_package(exported(desk, copy.id or 0, tmp_path), root=tmp_path / "third")
    assert again.manifest == first.manifest
    assert {n: f.file for n, f in again.films.items()} == {
        n: f.file for n, f in first.films.items()
    }
    assert again.digest == first.digest


def test_a_package_of_somebody_elses_code_is_refused(town: Town, tmp_path: Path) -> None:
    desk = Desk(town, "teacher")
    id = whole_course(town, desk)
    out = exported(desk, id, tmp_path)
    other = Desk(town, "county")
    upload = other.send(0, out.read_bytes(), kind="package", name="课.zip", target="0")
    work()
    assert "其他单位" in upload_of(upload).reason
    with transaction() as session:
        assert len(session.exec(select(Course).where(Course.series == "水利")).all()) == 1


def test_a_package_of_another_year_is_no_edition(town: Town, tmp_path: Path) -> None:
    desk = Desk(town, "teacher")
    out = exported(desk, whole_course(town, desk), tmp_path)
    made = io.BytesIO()
    with zipfile.ZipFile(out) as source, zipfile.ZipFile(made, "w") as archive:
        for name in source.namelist():
            content = source.read(name)
            if name == "manifest.json":
                content = json.dumps(json.loads(content) | {"year": 2019}).encode()
            archive.writestr(name, content)
    upload = desk.send(0, made.getvalue(), kind="package", name="课.zip", target="0")
    work()
    assert "本课程已有版本计入" in upload_of(upload).reason
    with transaction() as session:
        assert len(session.exec(select(Course).where(Course.series == "水利")).all()) == 1


def hostile(out: Path, how: str) -> bytes:
    """A package spoiled in one way."""
    with zipfile.ZipFile(out) as source:
        held = {name: source.read(name) for name in source.namelist()}
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in held.items():
            archive.writestr(name, content)
        if how == "bomb":
            archive.writestr("bomb.bin", bytes(30_000_000))
        if how == "climbing":
            archive.writestr(zipfile.ZipInfo("../evil.mp4"), b"x")
        if how == "link":
            link = zipfile.ZipInfo("lessons/link.mp4")
            link.external_attr = 0o120777 << 16
            archive.writestr(link, "/etc/passwd")
        if how == "two":
            with pytest.warns(UserWarning, match="Duplicate"):
                archive.writestr("manifest.json", b"{}")
    content = bytearray(made.getvalue())
    if how == "locked":
        # The flag of an encrypted entry, in its own head and in the directory.
        for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            at = content.index(mark)
            content[at + place] |= 1
    if how == "cut":
        del content[len(content) // 2 :]
    return bytes(content)


@pytest.mark.parametrize("how", ["bomb", "climbing", "link", "two", "locked", "cut"])
def test_hostile_packages_are_refused_and_leave_nothing(
    town: Town, tmp_path: Path, how: str
) -> None:
    desk = Desk(town, "county")
    teacher = Desk(town, "teacher")
    out = exported(teacher, whole_course(town, teacher), tmp_path)
    before = sorted(path.name for path in settings().files_dir.rglob("*") if path.is_file())
    upload = desk.send(0, hostile(out, how), kind="package", name="课.zip", target="0")
    work()
    row = upload_of(upload)
    assert (row.status, row.course_id) == ("failed", None)
    assert "重新打包" in row.reason
    after = sorted(path.name for path in settings().files_dir.rglob("*") if path.is_file())
    assert after == before
    assert waiting_files() == []


@pytest.mark.parametrize("lacking", ["limit", "room"])
def test_a_package_unpacks_to_what_there_is_room_for(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lacking: str
) -> None:
    desk = Desk(town, "teacher")
    out = exported(desk, whole_course(town, desk), tmp_path).read_bytes()
    uploads = [
        desk.send(0, out, kind="package", name="课.zip", target="0", mark=mark)
        for mark in ("a-b", "c-d")
    ]
    with monkeypatch.context() as patched:
        if lacking == "limit":
            patched.setattr(course_uploads, "most_bytes", lambda _: 1000)
        else:
            free = settings().reserve_megabytes * 1024**2 + len(out)
            patched.setattr(disk, "free_bytes", lambda _: free)
        assert course_work.work_once("worker")
    work()
    failed, done = (upload_of(each) for each in uploads)
    assert failed.status == "failed"
    assert ("解开后超过" if lacking == "limit" else "存储空间不足") in failed.reason
    assert (done.status, done.reason) == ("done", "")


def test_all_faults_of_a_package_are_listed(town: Town, tmp_path: Path) -> None:
    desk = Desk(town, "teacher")
    out = exported(desk, whole_course(town, desk), tmp_path)
    with zipfile.ZipFile(out) as source:
        said = json.loads(source.read("manifest.json"))
        films_held = {n: source.read(n) for n in source.namelist() if n.endswith(".mp4")}
    said["title"], said["hours"] = "", "50"
    del said["lessons"][1]["questions"][0]
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("manifest.json", json.dumps(said))
        for name, content in films_held.items():
            archive.writestr(name, content)
    upload = desk.send(0, made.getvalue(), kind="package", name="课.zip", target="0")
    work()
    faults = " ".join(upload_of(upload).faults)
    for sentence in ("课程名称", "最多可计", "至少要有5道"):
        assert sentence in faults
    (view,) = desk.do(course_lists.list_packages)
    assert len(view.faults) == 3


def test_an_unfinished_course_is_not_taken_out(town: Town) -> None:
    desk = Desk(town, "teacher")
    id, _ = desk.lesson()
    assert desk.client.get(routes.course_package(id)).status_code == 409


# --- tables of questions ---


def test_right_rows_are_taken_and_wrong_ones_told_by_row_and_column(town: Town) -> None:
    desk = Desk(town, "teacher")
    _, lesson = desk.lesson()
    table = "\n".join(
        [
            "题型,题目,选项A,选项B,选项C,正确答案,复习开始,复习结束",
            "单选题,示例：不导入的,一,二,,A,,",
            "单选题,首都在哪里？,北京,上海,广州,A,,",
            "多选题,哪些是直辖市？,北京,上海,广州,AB,0:10,0:40",
            "判断题,重庆是直辖市。,,,,对,,",
            "填空题,写错的题型,一,二,,A,,",
            "单选题,没有答案的,一,二,,,,",
            "单选题,答案不在选项中的,一,二,,D,,",
            "单选题,首都在哪里？,北京,上海,,B,,",
            "单选题,时间写错的,一,二,,A,十分钟,",
        ]
    )
    path = f"{routes.COURSE_QUESTIONS}?lesson={lesson}&name=题.csv"
    answer = desk.client.post(path, content=table.encode("gb18030"))
    assert answer.json() == {"ok": True, "added": 3}
    panel = desk.do(course_making.get_lesson, lesson_id=lesson)
    assert [each.stem for each in panel.questions] == [
        "首都在哪里？", "哪些是直辖市？", "重庆是直辖市。",
    ]  # fmt: skip
    assert [each.right for each in panel.questions] == ["A", "A、B", "A"]
    assert panel.questions[1].review == "0:10–0:40"
    told = {(each.line, each.column) for each in panel.faults}
    assert told == {
        ("第6行", "题型"), ("第7行", "正确答案"), ("第8行", "正确答案"), ("第9行", "题目"),
        ("第10行", "复习开始"),
    }  # fmt: skip
    # Sent again as it is: what is there stays, what was wrong is told again.
    assert desk.client.post(path, content=table.encode()).json()["added"] == 0
    panel = desk.do(course_making.get_lesson, lesson_id=lesson)
    assert (len(panel.questions), "已有3题" in panel.imported) == (3, True)


def test_the_template_is_a_table_that_is_read(town: Town) -> None:
    desk = Desk(town, "teacher")
    _, lesson = desk.lesson()
    book = desk.client.get(routes.COURSE_TEMPLATE)
    assert book.content[:2] == b"PK"
    path = f"{routes.COURSE_QUESTIONS}?lesson={lesson}&name=题.xlsx"
    answer = desk.client.post(path, content=book.content)
    assert "没有题目" in answer.json()["fields"]["file"]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("题.doc", b"x", ".xlsx"),
        ("题.xlsx", b"x", "工作簿"),
        ("题.csv", b"a,b\n1,2", "表头"),
        ("题.csv", b"\xff\x00\x80", "编码"),
        ("题.csv", b"\xff\xfe\x00", "编码"),
        ("题.csv", b"", "空"),
        ("题.csv", b"x" * (2 * 1024 * 1024 + 1), "2兆字节"),
    ],
)
def test_what_is_no_table_of_questions_is_refused(
    town: Town, name: str, content: bytes, sentence: str
) -> None:
    desk = Desk(town, "teacher")
    _, lesson = desk.lesson()
    path = f"{routes.COURSE_QUESTIONS}?lesson={lesson}&name={name}"
    answer = desk.client.post(path, content=content)
    assert answer.status_code == 422
    assert sentence in answer.json()["fields"]["file"]


def test_a_question_that_is_wrong_says_so_by_field(town: Town) -> None:
    desk = Desk(town, "teacher")
    _, lesson = desk.lesson()
    for changes, name in (
        ({"stem": " "}, "stem"), ({"right": ""}, "right"), ({"right": "AB"}, "right"),
        ({"option_B": "", "option_C": ""}, "options"), ({"option_B": "甲"}, "options"),
        ({"kind": "multiple"}, "right"), ({"review_to": "99"}, "review"),
        ({"option_A": ""}, "options"),
    ):  # fmt: skip
        typed = question(1, **changes)
        if name == "review":
            typed |= {"review_from": "200"}
        with pytest.raises(Invalid) as refusal:
            desk.do(course_questions.add, lesson_id=lesson, typed=typed)
        assert name in refusal.value.fields, (changes, refusal.value.fields)
    first = desk.do(course_questions.add, lesson_id=lesson, typed=question(1))
    assert desk.do(course_questions.add, lesson_id=lesson, typed=question(1)) == first
    with pytest.raises(Invalid, match="同样的题目"):
        desk.do(course_questions.add, lesson_id=lesson, typed=question(1, right="B"))
    typed = desk.do(course_questions.get_typed, question_id=first)
    assert (typed["right"], typed["option_A"], typed["review_to"]) == ("A", "甲", "")
    desk.do(course_questions.change, question_id=first, typed=typed | {"right": "B"})
    assert desk.do(course_questions.get_typed, question_id=first)["right"] == "B"


def test_a_workbook_with_times_and_a_second_sheet_is_read(town: Town, tmp_path: Path) -> None:
    path = tmp_path / "题.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("说明").write(0, 0, "请看下一页")
        sheet = book.add_worksheet("弹题")
        sheet.write_row(
            2, 0, ["题型", "题目", "选项A", "选项B", "正确答案", "复习开始", "复习结束"]
        )
        clock_face = book.add_format({"num_format": "h:mm"})
        sheet.write_row(3, 0, ["单选题", "一共几天？", 30, 31, "A"])
        for column, minute, second in ((5, 1, 5), (6, 2, 30)):
            sheet.write_datetime(3, column, time(minute, second), clock_face)
        sheet.write_row(4, 0, ["判断题", "一年有十二个月。", "", ""])
        sheet.write_boolean(4, 4, False)
    desk = Desk(town, "teacher")
    _, lesson = desk.lesson()
    to = f"{routes.COURSE_QUESTIONS}?lesson={lesson}"
    answer = desk.client.post(f"{to}&name=题.xlsx", content=path.read_bytes())
    assert answer.json() == {"ok": True, "added": 2}
    first, second = desk.do(course_making.get_lesson, lesson_id=lesson).questions
    assert ([each.text for each in first.options], first.review) == (["30", "31"], "1:05–2:30")
    assert [each.text for each in second.options if each.right] == ["错误"]
    table = "题型\t题目\t正确答案\n判断题\t水是湿的。\t对\n"
    answer = desk.client.post(f"{to}&name=题.csv", content=table.encode("utf-16"))
    assert answer.json() == {"ok": True, "added": 1}
