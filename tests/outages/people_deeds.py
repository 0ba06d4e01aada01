"""What learners, claimants and those who decide do, each by the steps of the page."""

from io import BytesIO
from random import Random
from typing import Any

from PIL import Image
from sqlmodel import col, func, select

from rxapp.adapters import database, evidence_files
from rxapp.adapters.database import transaction
from rxapp.http.acting import run_as
from rxapp.http.beats import Waiting, count_together
from rxapp.models.claims import Claim, ClaimFile
from rxapp.models.courses import Course, Lesson
from rxapp.models.learning import LessonProgress, Watch
from rxapp.rules.claims import POINTS, REVIEWS, Status, Step
from rxapp.rules.playback import Beat
from rxapp.services import claim_reviews, claims, watching
from tests.factories import right_options
from tests.outages.deeds import Deed, Given, as_person
from tests.outages.world import FASTER, YEAR, World

ALL_POINTS = tuple(point for step in REVIEWS for point in POINTS[step])
OPEN = (Status.DRAFT, Status.RETURNED, Status.SUBMITTED)
MOST_OPEN = 6


# ---- lessons --------------------------------------------------------------------------------

# What this window was given when it opened; whoever comes after the kill opens anew.
_windows: dict[int, tuple[str, int]] = {}


def _next_lesson(person: int) -> int | None:
    done = select(LessonProgress.lesson_id).where(
        LessonProgress.person_id == person, col(LessonProgress.completed_at).is_not(None)
    )
    with transaction() as session:
        return session.exec(
            select(Lesson.id)
            .join(Course, col(Course.id) == Lesson.course_id)
            .where(Course.year == YEAR, col(Course.code).like("%-K%"), col(Lesson.id).not_in(done))
            .order_by(col(Lesson.id))
        ).first()


def choose_open(world: World, drawn: Random) -> tuple[Given, list[str]] | None:
    person = drawn.choice(world.learners)
    lesson = _next_lesson(person)
    if lesson is None or _windows.get(person, ("", 0))[1] == lesson:
        return None
    fact = f"lesson_progress WHERE person_id = {person} AND lesson_id = {lesson}"
    return {"person": person, "lesson": lesson}, [fact]


def open_lesson(world: World, person: int, lesson: int) -> list[str]:
    opened = as_person(world, person, watching.open, lesson_id=lesson)
    _windows[person] = opened.watch, lesson
    return []


def choose_beats(world: World, drawn: Random) -> tuple[Given, list[str]] | None:
    """Of everybody who watches, where beats are counted together; else of one of them."""
    if not _windows:
        return None
    together = database.engine().dialect.name == "sqlite"
    people = list(_windows) if together else [drawn.choice(list(_windows))]
    said = [each for person in people if (each := _beat_of(person))]
    return ({"said": said}, []) if said else None


def _beat_of(person: int) -> list[Any] | None:
    token, lesson = _windows[person]
    with transaction() as session:
        progress = session.get(LessonProgress, (person, lesson))
        seq = session.exec(select(Watch.last_seq).where(Watch.person_id == person)).one()
    if progress is None or progress.completed_at or _is_asked(progress):
        return None
    # As far as it may be by now; what is too far is sent back and counts nothing.
    return [person, token, lesson, seq + 1, progress.credited_ms + 30 * FASTER]


def _is_asked(progress: LessonProgress) -> bool:
    due = progress.quiz_due_ms
    return due is not None and progress.credited_ms >= due and progress.showing_id is not None


def count_beats(world: World, said: list[list[Any]]) -> list[str]:
    beats = [(person, token, Beat(seq, ms, True)) for person, token, _, seq, ms in said]
    if database.engine().dialect.name == "sqlite":
        waiting: list[Any] = [Waiting(world.cookies[p], t, b, None) for p, t, b in beats]  # type: ignore[arg-type]
        views = count_together(waiting)
    else:
        views = [
            run_as(world.cookies[p], watching.beat, True, watch=t, said=b) for p, t, b in beats
        ]
    for view in views:
        if isinstance(view, Exception):
            raise view
    return [
        f"lesson_progress WHERE person_id = {person} AND lesson_id = {lesson}"
        f" AND credited_ms >= {view.credited_ms}"
        for (person, _, lesson, _, _), view in zip(said, views, strict=True)
    ] + [
        f"credit WHERE person_id = {person} AND source_key LIKE 'course:%'"
        for (person, *_), view in zip(said, views, strict=True)
        if view.course_completed
    ]


def choose_answer(world: World, drawn: Random) -> tuple[Given, list[str]] | None:
    for person, (token, lesson) in sorted(_windows.items(), key=lambda _: drawn.random()):
        with transaction() as session:
            progress = session.get(LessonProgress, (person, lesson))
            if progress is None or progress.showing_id is None:
                continue
            chosen = right_options(session, progress.showing_id)
            fact = f"showing WHERE id = {progress.showing_id} AND answered_at IS NOT NULL"
            given = {"person": person, "watch": token, "showing": progress.showing_id}
            return given | {"chosen": chosen}, [fact]
    return None


def answer(world: World, person: int, watch: str, showing: int, chosen: list[str]) -> list[str]:
    as_person(world, person, watching.answer, watch=watch, showing=showing, chosen=chosen)
    return []


# ---- claims ---------------------------------------------------------------------------------


def choose_claim(world: World, drawn: Random) -> tuple[Given, list[str]] | None:
    with transaction() as session:
        open_ones = session.exec(
            select(func.count()).select_from(Claim).where(col(Claim.status).in_(OPEN))
        ).one()
    if open_ones >= MOST_OPEN:
        return None
    person = drawn.choice(world.claimants)
    return {"person": person}, [f"claim WHERE person_id = {person}"]


def begin_claim(world: World, person: int) -> list[str]:
    id = as_person(world, person, claims.begin, rule_key="qualification")
    return [f"claim WHERE id = {id} AND person_id = {person}"]


def choose_next(world: World, drawn: Random) -> tuple[Given, list[str]] | None:
    """The next word on a claim: its owner's or that of whoever's turn it is."""
    with transaction() as session:
        rows = session.exec(
            select(Claim).where(col(Claim.status).in_((*OPEN, Status.GRANTED)))
        ).all()
        proved = set(session.exec(select(ClaimFile.claim_id)))
    drawn_rows = sorted(rows, key=lambda row: (row.status is Status.GRANTED, drawn.random()))
    for row in drawn_rows:
        act = _next_of(row, proved)
        if act:
            given = {"claim": row.id, "owner": row.person_id, "version": row.version, "act": act}
            if act == "attach":
                return given, [f"claim_file WHERE claim_id = {row.id}"]
            return given, [f"claim WHERE id = {row.id} AND version > {row.version}"]
    return None


def _next_of(row: Claim, proved: set[int]) -> str:
    id = row.id or 0
    if row.status in (Status.DRAFT, Status.RETURNED):
        if not row.typed:
            return "save"
        return "submit" if id in proved else "attach"
    if row.step is Step.EMPLOYER:
        return "return" if id % 5 == 0 and row.version < 5 else "pass"
    if row.step is Step.AUTHORITY:
        return "reject" if id % 7 == 0 else "grant"
    return "take back" if id % 4 == 0 and row.grants == 1 else ""


def take_next(world: World, claim: int, owner: int, version: int, act: str) -> list[str]:
    given = {"claim_id": claim, "version": version}
    decide = {**given, "points": ALL_POINTS, "note": "核对后"}
    if act == "save":
        typed = {"title": f"第{claim}项资格", "earned_on": f"{YEAR}-01-{claim % 28 + 1:02d}"}
        as_person(world, owner, claims.save, **given, typed=typed)
    elif act == "attach":
        _attach(world, claim, owner)
    elif act == "submit":
        if not as_person(world, owner, claims.find_sent, write=False, **given):
            as_person(world, owner, claims.submit, **given)
    elif act in ("pass", "return"):
        as_person(world, world.town.employer, claim_reviews.decide, act=act, **decide)
    elif act == "take back":
        as_person(
            world, world.town.department, claim_reviews.take_back, claim_id=claim, note="点错了"
        )
    else:
        word = "pass" if act == "grant" else act
        as_person(world, world.town.department, claim_reviews.decide, act=word, **decide)
    return []


def _attach(world: World, claim: int, owner: int) -> None:
    as_person(world, owner, claims.require_room, write=False, claim_id=claim, need="certificate")
    written = BytesIO()
    # Of a size of its own, so that no two claims share a file by accident.
    Image.new("RGB", (40 + claim, 40), "teal").save(written, "PNG")
    made = evidence_files.accept(written.getvalue())
    as_person(
        world, owner, claims.keep_file, claim_id=claim, need="certificate", name="证.png",
        source=written.getvalue(), made=made,
    )  # fmt: skip


PEOPLE: dict[str, Deed] = {
    "open": Deed(choose_open, open_lesson, weight=4),
    "beats": Deed(choose_beats, count_beats, weight=8),
    "answer": Deed(choose_answer, answer, weight=4),
    "begin claim": Deed(choose_claim, begin_claim, weight=2),
    "claim": Deed(choose_next, take_next, weight=10),
}
