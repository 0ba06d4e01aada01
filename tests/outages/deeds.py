"""What people and the work beside them do: each deed chosen by looking, done once, told after.

A deed comes with facts (`table WHERE condition`, of any database) that hold once it is done. What
was done by several steps is done here by the same steps as the plain routes take.
"""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from sqlalchemy import text
from sqlmodel import col, func, select

from rxapp import clock
from rxapp.adapters import pieces
from rxapp.adapters.database import transaction
from rxapp.errors import Conflict
from rxapp.http.acting import run_as
from rxapp.models.collecting import Collection, CollectionStatus
from rxapp.models.courses import CourseUpload, Lesson
from rxapp.models.rosters import Roster
from rxapp.rules.hours import Hours
from rxapp.rules.rosters import RosterState
from rxapp.rules.subjects import Subject
from rxapp.services import (
    certificates,
    collecting_work,
    collections,
    course_uploads,
    course_work,
    credits,
    folding,
    messages,
    roster_posting,
    sealing,
    sending,
)
from rxapp.services.actors import SYSTEM
from tests.outages.world import TABLES, YEAR, World

PIECE = 1500
Given = dict[str, Any]
Tell = Callable[..., None]


@dataclass(frozen=True)
class Deed:
    """One thing to do: `choose` says with what (None when there is nothing), `do` does it."""

    choose: Callable[[World, Random], tuple[Given, list[str]] | None]
    do: Callable[..., list[str]]
    weight: int = 1
    # Whether whoever was interrupted presses again.
    again: bool = True


def as_person(world: World, person: int, use_case: Any, /, write: bool = True, **given: Any) -> Any:
    """As the doors do it: by cookie, in a transaction of its own."""
    return run_as(world.cookies[person], use_case, write, **given)


def count(statement: Any) -> int:
    with transaction() as session:
        return session.exec(statement).one()


# ---- certificates and hours -----------------------------------------------------------------


def choose_grant(world: World, drawn: Random) -> tuple[Given, list[str]]:
    person, key = drawn.choice(world.certified), f"course:{drawn.getrandbits(60)}"
    return {"person": person, "key": key}, [
        f"credit WHERE person_id = {person} AND source_key = '{key}'"
    ]


def grant(_world: World, person: int, key: str) -> list[str]:
    with transaction(write=True) as session:
        credits.grant(
            session, SYSTEM, person_id=person, year=YEAR, subject=Subject.PROFESSIONAL,
            hours=Hours.of("1"), source_kind="course", source_key=key, title="样例课程",
            rule="course/1", earned_on=clock.today(),
        )  # fmt: skip
    return []


def choose_certificate(world: World, drawn: Random) -> tuple[Given, list[str]]:
    person = drawn.choice(world.certified)
    return {"person": person}, [f"certificate WHERE person_id = {person} AND status = 'valid'"]


def certificate(world: World, person: int) -> list[str]:
    made = as_person(world, person, certificates.prepare, write=False, year=YEAR)
    if isinstance(made, certificates.Draft):
        file = certificates.render(made)
        made = as_person(world, person, certificates.issue, draft=made, file=file)
    return [f"certificate WHERE number = '{made.number}'"]


# ---- rosters --------------------------------------------------------------------------------


def choose_roster(world: World, drawn: Random) -> tuple[Given, list[str]] | None:
    with transaction() as session:
        begun = set(session.exec(select(Roster.project_id).where(Roster.state != RosterState.OPEN)))
    free = [project for project in world.classes if project not in begun]
    if not free:
        return None
    return {"project": free[0]}, [f"roster WHERE project_id = {free[0]} AND state <> 'open'"]


def post_roster(world: World, project: int) -> list[str]:
    teacher = world.teacher
    summary = as_person(world, teacher, roster_posting.get_summary, write=False, project_id=project)
    as_person(world, teacher, roster_posting.post, project_id=project, stamp=summary.stamp)
    return []


def choose_lines(_world: World, _drawn: Random) -> tuple[Given, list[str]] | None:
    wanted = select(func.count()).select_from(Roster).where(Roster.state == RosterState.POSTING)
    return ({}, []) if count(wanted) else None


def write_lines(_world: World) -> list[str]:
    with transaction(write=True) as session:
        roster_posting.write_some(session, most=4)
    return [at_least("roster_line WHERE state = 'posted'")]


def at_least(rows: str) -> str:
    """That there are as many of these rows as now."""
    with transaction() as session:
        found = session.execute(text(f"SELECT count(*) FROM {rows}")).scalar()
    return f"(SELECT count(*) AS n FROM {rows}) AS counted WHERE n >= {found}"


# ---- tables of people -----------------------------------------------------------------------


def choose_table(world: World, _drawn: Random) -> tuple[Given, list[str]] | None:
    sent = count(select(func.count()).select_from(Collection))
    return ({"place": sent}, []) if sent < TABLES else None


def send_table(world: World, place: int) -> list[str]:
    id = as_person(
        world, world.town.employer, collections.begin, kind="people",
        file=collections.seal(world.tables[place], file_name=f"{place}.xlsx"),
        file_name=f"{place}.xlsx",
    )  # fmt: skip
    return [f"collection WHERE id = {id}"]


def choose_confirm(_world: World, _drawn: Random) -> tuple[Given, list[str]] | None:
    with transaction() as session:
        waits = session.exec(
            select(Collection.id).where(Collection.status == CollectionStatus.CHECKED)
        ).first()
    if waits is None:
        return None
    return {"run": waits}, [f"collection WHERE id = {waits} AND status <> 'checked'"]


def confirm(world: World, run: int) -> list[str]:
    as_person(world, world.town.employer, collections.confirm, run_id=run, whole=False)
    return []


def choose_work(_world: World, _drawn: Random) -> tuple[Given, list[str]] | None:
    going = (CollectionStatus.CHECKING, CollectionStatus.APPLYING)
    open_ones = select(func.count()).select_from(Collection)
    return ({}, []) if count(open_ones.where(col(Collection.status).in_(going))) else None


def work_on_tables(_world: World) -> list[str]:
    collecting_work.work_once("worker")
    return [at_least("person WHERE name LIKE '公孙%'")]


# ---- films ----------------------------------------------------------------------------------


def choose_upload(world: World, _drawn: Random) -> tuple[Given, list[str]] | None:
    with transaction() as session:
        filmed = set(session.exec(select(Lesson.id).where(Lesson.video_file != "")))
        open_ones = set(session.exec(select(CourseUpload.lesson_id)))
    free = [id for id in world.lessons_to_film if id not in filmed | open_ones]
    if not free:
        return None
    return {"lesson": free[0]}, [f"course_upload WHERE lesson_id = {free[0]}"]


def begin_upload(world: World, lesson: int) -> list[str]:
    as_person(
        world, world.teacher, course_uploads.begin, kind="film", target_id=lesson, name="片.mp4",
        size=len(world.film), mark="m",
    )  # fmt: skip
    return []


def _receiving() -> CourseUpload | None:
    with transaction() as session:
        wanted = CourseUpload.status == course_uploads.RECEIVING
        return session.exec(select(CourseUpload).where(wanted)).first()


def choose_piece(world: World, _drawn: Random) -> tuple[Given, list[str]] | None:
    row = _receiving()
    if row is None or row.received == row.size:
        return None
    end = min(row.received + PIECE, row.size)
    fact = f"course_upload WHERE id = {row.id} AND received >= {end}"
    return {"upload": row.id, "offset": row.received}, [fact]


def send_piece(world: World, upload: int, offset: int) -> list[str]:
    given = {"upload_id": upload}
    place = as_person(world, world.teacher, course_uploads.get_place, write=False, **given)
    with course_uploads.one_at_a_time(place):
        here = as_person(world, world.teacher, course_uploads.get_place, write=False, **given)
        if offset != here.received:
            raise Conflict("already there")
        content = world.film[offset : offset + PIECE]
        pieces.write(here.path, offset, content)
        as_person(
            world, world.teacher, course_uploads.count_piece, **given, offset=offset,
            length=len(content),
        )  # fmt: skip
    return []


def choose_finish(_world: World, _drawn: Random) -> tuple[Given, list[str]] | None:
    row = _receiving()
    if row is None or row.received < row.size:
        return None
    return {"upload": row.id}, [f"course_upload WHERE id = {row.id} AND status <> 'receiving'"]


def finish_upload(world: World, upload: int) -> list[str]:
    as_person(world, world.teacher, course_uploads.finish, upload_id=upload)
    return []


def choose_look(_world: World, _drawn: Random) -> tuple[Given, list[str]] | None:
    waits = CourseUpload.status == course_uploads.CHECKING
    return ({}, []) if count(select(func.count()).select_from(CourseUpload).where(waits)) else None


def look_at_film(_world: World) -> list[str]:
    course_work.work_once("worker")
    return [at_least("lesson WHERE film_name <> ''")]


# ---- messages, seals, sums ------------------------------------------------------------------


def choose_message(world: World, drawn: Random) -> tuple[Given, list[str]]:
    return {"person": drawn.choice(world.ids), "title": f"通知{drawn.getrandbits(60)}"}, []


def send_message(_world: World, person: int, title: str) -> list[str]:
    with transaction(write=True) as session:
        messages.send(session, to=person, title=title, body="请查看。", also_text=True)
    return [f"message WHERE person_id = {person} AND title = '{title}'"]


def always(_world: World, _drawn: Random) -> tuple[Given, list[str]]:
    return {}, []


def hand_over(_world: World) -> list[str]:
    sending.send_once()
    return [at_least("outgoing WHERE state = 'sent'")]


def seal(_world: World) -> list[str]:
    sealing.seal_once()
    return [at_least("audit_seal")]


def fold(_world: World) -> list[str]:
    folding.fold_once()
    return []


DEEDS: dict[str, Deed] = {
    "grant": Deed(choose_grant, grant),
    "certificate": Deed(choose_certificate, certificate, weight=2),
    "post roster": Deed(choose_roster, post_roster),
    "write lines": Deed(choose_lines, write_lines, weight=3, again=False),
    "send table": Deed(choose_table, send_table, again=False),
    "confirm table": Deed(choose_confirm, confirm),
    "work on tables": Deed(choose_work, work_on_tables, weight=3, again=False),
    "begin upload": Deed(choose_upload, begin_upload),
    "piece": Deed(choose_piece, send_piece, weight=3),
    "finish upload": Deed(choose_finish, finish_upload),
    "look at film": Deed(choose_look, look_at_film, again=False),
    "message": Deed(choose_message, send_message, again=False),
    "hand over": Deed(always, hand_over, again=False),
    "seal": Deed(always, seal, weight=2, again=False),
    "fold": Deed(always, fold, weight=2, again=False),
}
