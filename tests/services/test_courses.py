"""Bringing courses in: a package is whole, honest about its length, told all faults at once."""

import copy
import json
import secrets
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import func, select

from rxapp.adapters import file_store
from rxapp.adapters.database import transaction
from rxapp.adapters.packages import Package, read_package
from rxapp.errors import Conflict, Invalid, NotFound, NotPermitted
from rxapp.models.audit import AuditEvent
from rxapp.models.courses import Course, Lesson, QuestionRow
from rxapp.rules.courses import Status
from rxapp.services import courses
from rxapp.services.actors import SYSTEM
from tests.factories import make_actor, make_course, make_organisation, make_person, run

CLIP = Path(__file__).parents[2] / "rxapp" / "demo" / "clips" / "sixiang.mp4"
OTHER_CLIP = CLIP.with_name("daode.mp4")


def manifest(**changes: Any) -> dict[str, Any]:
    """A faultless course of one lesson of 80 seconds and five questions."""
    questions = [
        {
            "kind": "single",
            "stem": f"第{number}个问题",
            "options": [{"text": "是", "right": True}, {"text": "否", "right": False}],
            "review_from": 0,
            "review_to": 30,
        }
        for number in range(1, 6)
    ]
    lesson = {"code": "L1", "title": "第一课", "video": "clips/a.mp4", "questions": questions}
    course = {
        "code": "2020-P1", "title": "样例课程", "year": 2020, "subject": "professional",
        "series": "样例系列", "hours": "1", "provider": "样例基地", "summary": "简介",
        "lessons": [lesson],
    }  # fmt: skip
    return copy.deepcopy(course | changes)


def pack(tmp_path: Path, said: object, **films: Path | bytes) -> Path:
    """The zip of a manifest and its films, `a` lying at clips/a.mp4."""
    path = tmp_path / "course.zip"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("manifest.json", json.dumps(said, ensure_ascii=False))
        for name, film in (films or {"a": CLIP}).items():
            held = film if isinstance(film, bytes) else film.read_bytes()
            package.writestr(f"clips/{name}.mp4", held)
    return path


def read(tmp_path: Path, path: Path, **options: Any) -> Package:
    return read_package(path, root=tmp_path / "files", **({"waive_length": True} | options))


def faults_of(tmp_path: Path, path: Path, **options: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as refusal:
        read(tmp_path, path, **options)
    assert not [file for file in (tmp_path / "files").rglob("*") if file.is_file()]
    return refusal.value.fields


def rows(engine: Engine, table: type) -> int:
    with transaction(on=engine) as session:
        return session.exec(select(func.count()).select_from(table)).one()


def test_a_package_becomes_a_course(city: Engine, tmp_path: Path) -> None:
    package = read(tmp_path, pack(tmp_path, manifest()))
    made = run(city, courses.add_course, SYSTEM, package=package)
    assert (made.created, made.title, made.hours, made.lessons) == (True, "样例课程", "1", 1)
    with transaction(on=city) as session:
        course, lesson = session.exec(select(Course)).one(), session.exec(select(Lesson)).one()
        assert (course.shortened, course.published_at is not None) == (True, True)
        assert lesson.length_ms == 80_000
        assert file_store.find(lesson.video_file, root=tmp_path / "files").read_bytes() == (
            CLIP.read_bytes()
        )
        questions = session.exec(select(QuestionRow)).all()
        assert len(questions) == 5
        assert questions[0].options == [
            {"id": "a", "text": "是", "right": True},
            {"id": "b", "text": "否", "right": False},
        ]
        assert (questions[0].review_from_ms, questions[0].review_to_ms) == (0, 30_000)


def test_the_same_package_again_changes_nothing(city: Engine, tmp_path: Path) -> None:
    first = run(
        city, courses.add_course, SYSTEM, package=read(tmp_path, pack(tmp_path, manifest()))
    )
    before = [rows(city, table) for table in (Course, Lesson, QuestionRow, AuditEvent)]
    again = run(
        city, courses.add_course, SYSTEM, package=read(tmp_path, pack(tmp_path, manifest()))
    )
    assert (again.course_id, again.created) == (first.course_id, False)
    assert [rows(city, table) for table in (Course, Lesson, QuestionRow, AuditEvent)] == before


@pytest.mark.parametrize("change", [{"title": "另一名称"}, {"hours": "2"}, {}])
def test_a_changed_package_of_the_same_code_is_refused(
    city: Engine, tmp_path: Path, change: dict[str, str]
) -> None:
    run(city, courses.add_course, SYSTEM, package=read(tmp_path, pack(tmp_path, manifest())))
    film = CLIP if change else OTHER_CLIP
    changed = read(tmp_path, pack(tmp_path, manifest(**change), a=film))
    with pytest.raises(Conflict, match="2020-P1"):
        run(city, courses.add_course, SYSTEM, package=changed)
    assert rows(city, Course) == 1
    other = read(tmp_path, pack(tmp_path, manifest(**change, code="2020-P2"), a=film))
    assert run(city, courses.add_course, SYSTEM, package=other).created


def test_a_draft_of_that_package_is_not_the_course(city: Engine, tmp_path: Path) -> None:
    package = read(tmp_path, pack(tmp_path, manifest()))
    with transaction(write=True, on=city) as session:
        base = make_organisation(session, "样例基地").id
        draft = make_course(
            session, package.manifest.code, published_at=None, digest=package.digest,
            organisation_id=base,
        ).id  # fmt: skip
    with pytest.raises(Conflict, match="已由样例基地正在制作的课程使用"):
        run(city, courses.add_course, SYSTEM, package=package)
    assert rows(city, Course) == 1
    # Nor is what it was published as: it may have been changed since.
    with transaction(write=True, on=city) as session:
        session.get_one(Course, draft).status = Status.PUBLISHED
    with pytest.raises(Conflict, match="已由样例基地提供"):
        run(city, courses.add_course, SYSTEM, package=package)
    assert rows(city, Course) == 1


def test_a_learner_brings_no_course_in(city: Engine, tmp_path: Path) -> None:
    package = read(tmp_path, pack(tmp_path, manifest()))
    with transaction(write=True, on=city) as session:
        learner = make_actor(session, make_person(session))
    with pytest.raises(NotPermitted):
        run(city, courses.add_course, learner, package=package)
    assert rows(city, Course) == 0


def test_hours_are_held_to_the_length_of_the_films(tmp_path: Path) -> None:
    path = pack(tmp_path, manifest())
    assert "最多可计 0 学时" in faults_of(tmp_path, path, waive_length=False)["hours"]
    assert read(tmp_path, path).shortened


def test_enough_film_earns_its_hours(tmp_path: Path) -> None:
    lessons = manifest()["lessons"]
    films = {}
    for number in range(4):
        # A film's bytes make it another film: a trailing empty box changes nothing else.
        films[f"f{number}"] = CLIP.read_bytes() + b"\x00\x00\x00\x09free" + bytes([number])
    parts = [
        lessons[0] | {"code": f"L{n}", "video": f"clips/f{n}.mp4", "title": f"第{n}课"}
        for n in range(4)
    ]
    path = pack(tmp_path, manifest(hours="0.1", lessons=parts), **films)
    assert not read(tmp_path, path, waive_length=False).shortened
    same = pack(tmp_path, manifest(hours="0.1", lessons=parts), **dict.fromkeys(films, CLIP))
    assert read(tmp_path, same, waive_length=True).shortened


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    said = manifest(code="课程 1", title=" ", year="2020", subject="x", hours="1.25")
    lesson = said["lessons"][0]
    lesson["title"] = ""
    lesson["questions"][1]["stem"] = ""
    lesson["questions"][2]["options"][0]["right"] = False
    lesson["questions"][3]["review_to"] = 90
    lesson["questions"][4]["kind"] = "essay"
    said["lessons"].append(lesson | {"video": "clips/missing.mp4", "questions": []})
    faults = faults_of(tmp_path, pack(tmp_path, said))
    assert {
        "code", "title", "year", "subject", "hours", "lessons.1.title",
        "lessons.1.questions.2.stem", "lessons.1.questions.3.right",
        "lessons.1.questions.4.review", "lessons.1.questions.5.kind",
        "lessons.1.code", "lessons.2.video", "lessons.2.questions",
    } <= faults.keys()  # fmt: skip
    assert "第1课时" in faults["lessons.1.questions.2.stem"]
    assert "第2" in faults["lessons.1.questions.2.stem"]
    assert all(sentence.endswith("。") for sentence in faults.values())


def test_too_few_questions_for_the_length(tmp_path: Path) -> None:
    said = manifest()
    del said["lessons"][0]["questions"][0]
    faults = faults_of(tmp_path, pack(tmp_path, said))
    assert "至少要有5道" in faults["lessons.1.questions"]


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_truncated_film_is_refused(tmp_path: Path, share: float) -> None:
    whole = CLIP.read_bytes()
    faults = faults_of(tmp_path, pack(tmp_path, manifest(), a=whole[: int(len(whole) * share)]))
    assert "lessons.1.video" in faults
    assert read(tmp_path, pack(tmp_path, manifest(), a=whole)).films["clips/a.mp4"]


@pytest.mark.parametrize(
    "film", [b"", b"not a film at all" * 100, b"\x89PNG\r\n\x1a\n" + bytes(64)]
)
def test_what_is_no_film_is_refused(tmp_path: Path, film: bytes) -> None:
    assert "视频" in faults_of(tmp_path, pack(tmp_path, manifest(), a=film))["lessons.1.video"]


@pytest.mark.parametrize("name", ["../evil.mp4", "/etc/evil.mp4", "a/../../b.mp4", "c:\\x.mp4"])
def test_harmful_names_are_refused(tmp_path: Path, name: str) -> None:
    path = pack(tmp_path, manifest())
    with zipfile.ZipFile(path, "a") as package:
        package.writestr(zipfile.ZipInfo(name), b"x")
    assert "不安全" in faults_of(tmp_path, path)["package"]


def test_a_link_is_refused(tmp_path: Path) -> None:
    path = pack(tmp_path, manifest())
    with zipfile.ZipFile(path, "a") as package:
        link = zipfile.ZipInfo("clips/link.mp4")
        link.external_attr = 0o120777 << 16
        package.writestr(link, "/etc/passwd")
    assert "链接" in faults_of(tmp_path, path)["package"]


def test_a_bomb_is_refused(tmp_path: Path) -> None:
    path = pack(tmp_path, manifest())
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as package:
        package.writestr("bomb.bin", bytes(20_000_000))
    assert "压缩" in faults_of(tmp_path, path)["package"]


def test_a_film_that_shrinks_like_no_film_is_refused(tmp_path: Path) -> None:
    path = pack(tmp_path, manifest())
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as package:
        package.writestr("clips/more.mp4", CLIP.read_bytes() + bytes(1 << 20))
    assert read(tmp_path, path).films
    shutil.rmtree(tmp_path / "files")
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as package:
        package.writestr("clips/bomb.mp4", secrets.token_bytes(1 << 20) + bytes(3 << 20))
    assert "压缩比例" in faults_of(tmp_path, path)["package"]


def test_entries_that_lie_over_one_another_are_refused(tmp_path: Path) -> None:
    path = pack(tmp_path, manifest())
    content = path.read_bytes()
    with zipfile.ZipFile(path) as package:
        entry, begin = package.getinfo("clips/a.mp4"), package.start_dir
    size = entry.compress_size.to_bytes(4, "little") * 2
    # The directory says that the manifest goes on into the film, byte for byte.
    at = content.index(b"PK\x01\x02", begin)
    path.write_bytes(content[: at + 20] + size + content[at + 28 :])
    assert "压缩比例" in faults_of(tmp_path, path)["package"]


def test_a_package_with_too_many_files_is_refused(tmp_path: Path) -> None:
    path = pack(tmp_path, manifest())
    with zipfile.ZipFile(path, "a") as package:
        for number in range(1_001):
            package.writestr(f"x/{number}", b"")
    assert "1000" in faults_of(tmp_path, path)["package"]


def test_what_is_no_package_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "course.zip"
    path.write_bytes(b"PK\x03\x04" + bytes(100))
    assert "package" in faults_of(tmp_path, path)
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("readme.txt", "x")
    assert "manifest.json" in faults_of(tmp_path, path)["package"]
    for content in ("[" * 100_000, "{", "[]", "null", '"x"'):
        with zipfile.ZipFile(path, "w") as package:
            package.writestr("manifest.json", content)
        assert faults_of(tmp_path, path).keys() <= {"package", "manifest"}


def test_a_damaged_entry_is_refused(tmp_path: Path) -> None:
    path = pack(tmp_path, manifest())
    held = bytearray(path.read_bytes())
    held[held.index(b"clips/a.mp4") + 5_000] ^= 0xFF
    path.write_bytes(held)
    assert "package" in faults_of(tmp_path, path)


def test_a_stream_that_does_not_unpack_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "course.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("manifest.json", json.dumps(manifest()))
        package.writestr("clips/a.mp4", CLIP.read_bytes())
    assert read(tmp_path, path).films
    shutil.rmtree(tmp_path / "files")
    content = bytearray(path.read_bytes())
    begin = content.index(b"clips/a.mp4") + len("clips/a.mp4")
    content[begin : begin + 64] = b"\xff" * 64
    path.write_bytes(content)
    assert "重新打包" in faults_of(tmp_path, path)["package"]


def test_an_odd_way_of_packing_is_refused(tmp_path: Path) -> None:
    path = pack(tmp_path, manifest())
    with zipfile.ZipFile(path, "a", zipfile.ZIP_LZMA) as package:
        package.writestr("more.txt", b"x" * 100)
    assert "压缩方式" in faults_of(tmp_path, path)["package"]


@pytest.mark.parametrize("letter", ["\0", "\x07", "\x7f", "\ud800"])
def test_letters_that_nobody_types_are_refused(tmp_path: Path, letter: str) -> None:
    said = manifest(title=f"名{letter}称", summary=f"一\n二{letter}")
    question = said["lessons"][0]["questions"][0]
    question["stem"] = f"题{letter}目"
    question["options"][0]["text"] = f"是{letter}的"
    path = tmp_path / "course.zip"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("manifest.json", json.dumps(said))
        package.writestr("clips/a.mp4", CLIP.read_bytes())
    faults = faults_of(tmp_path, path)
    where = "lessons.1.questions.1"
    for place in ("title", "summary", f"{where}.stem", f"{where}.options"):
        assert "无法识别的字符" in faults[place], place


def test_a_long_film_name_is_shortened_to_what_is_kept(city: Engine, tmp_path: Path) -> None:
    said = manifest(summary="第一段\n第二段")
    name = "b" * 100
    said["lessons"][0]["video"] = f"{name}.mp4"
    path = tmp_path / "course.zip"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("manifest.json", json.dumps(said))
        package.writestr(f"{name}.mp4", CLIP.read_bytes())
    run(city, courses.add_course, SYSTEM, package=read(tmp_path, path))
    with transaction(on=city) as session:
        kept = session.exec(select(Lesson.film_name)).one()
    assert (len(kept), kept[-5:]) == (100, "b.mp4")


def test_films_are_kept_once_and_nothing_else_is_left(tmp_path: Path) -> None:
    said = manifest()
    said["lessons"].append(said["lessons"][0] | {"code": "L2", "video": "clips/b.mp4"})
    package = read(tmp_path, pack(tmp_path, said, a=CLIP, b=CLIP))
    assert len({film.file for film in package.films.values()}) == 1
    kept = [file for file in (tmp_path / "files").rglob("*") if file.is_file()]
    assert [file.name for file in kept] == [package.films["clips/a.mp4"].file]


def test_progress_is_told_film_by_film(tmp_path: Path) -> None:
    said = manifest()
    said["lessons"].append(said["lessons"][0] | {"code": "L2", "video": "clips/b.mp4"})
    heard: list[tuple[int, int]] = []
    read(
        tmp_path, pack(tmp_path, said, a=CLIP, b=OTHER_CLIP),
        on_film=lambda done, all_: heard.append((done, all_)),
    )  # fmt: skip
    assert heard == [(1, 2), (2, 2)]


def test_the_store_knows_its_files_by_their_bytes(tmp_path: Path) -> None:
    name = file_store.put(CLIP, suffix=".mp4", root=tmp_path)
    assert file_store.put(CLIP, suffix=".mp4", root=tmp_path) == name
    assert file_store.is_sound(name, root=tmp_path)
    kept = file_store.find(name, root=tmp_path)
    kept.chmod(0o600)
    shutil.copyfile(OTHER_CLIP, kept)
    assert not file_store.is_sound(name, root=tmp_path)
    for wrong in ("../../etc/passwd", "x", f"{'0' * 64}.mp4", f"{'0' * 64}.mp4/.."):
        with pytest.raises(NotFound):
            file_store.find(wrong, root=tmp_path)
