"""Films and packages on their way in: piece by piece, gone on with, looked at, taken in once."""

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from PIL import Image
from sqlmodel import select

from rxapp import clock, routes
from rxapp.adapters import file_store, films, packages
from rxapp.adapters.database import transaction
from rxapp.errors import Invalid
from rxapp.gate import throttles
from rxapp.models.courses import Course, CourseUpload, FilmLeftover, Lesson
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
from tests import servers
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


def test_what_cannot_be_used_is_refused_before_it_is_sent(town: Town) -> None:
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


def test_a_course_sent_in_meanwhile_keeps_its_film(town: Town) -> None:
    desk = Desk(town, "teacher")
    id, lesson = desk.lesson()
    desk.send(lesson, film().read_bytes())
    work()
    for number in range(1, 6):
        desk.do(course_questions.add, lesson_id=lesson, typed=question(number))
    before = lesson_of(lesson).video_file
    upload = desk.send(lesson, film(shade=30).read_bytes())
    with transaction() as session:
        version = session.get_one(Course, id).version
    desk.do(course_moves.submit, course_id=id, version=version)
    work()
    assert "已提交审核" in upload_of(upload).reason
    assert lesson_of(lesson).video_file == before


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
        ("题.csv", b"\xff\xfe\x00\x80", "编码"),
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
