"""A small cast and the things they touch, made by plain functions."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count
from threading import Barrier
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from rxapp import clock
from rxapp.adapters.database import transaction
from rxapp.errors import AppError
from rxapp.models.courses import Course, Lesson, QuestionRow
from rxapp.models.learning import Showing
from rxapp.models.organisations import Organisation
from rxapp.models.people import Person
from rxapp.models.years import YearPolicyRow
from rxapp.rules.courses import Status
from rxapp.rules.hours import Hours
from rxapp.rules.permissions import Capacity
from rxapp.rules.quizzes import Kind
from rxapp.rules.subjects import Subject
from rxapp.services import policies, sign_ins
from rxapp.services.actors import SYSTEM, Actor

SHANGHAI = ZoneInfo("Asia/Shanghai")
AUGUST_2020 = datetime(2020, 8, 1, 9, 0, tzinfo=SHANGHAI)

_numbers = count(1)


class Clock:
    """A clock that goes only when told to: the machine's, the real one, the business one."""

    def __init__(self, business: datetime = AUGUST_2020) -> None:
        self.boot, self.ms = "boot-1", 1_000_000
        self.real = datetime(2026, 3, 1, 1, 0, tzinfo=UTC)
        self.business = business

    def pass_(self, seconds: float) -> None:
        """Let time pass on every clock alike."""
        self.ms += round(seconds * 1000)
        self.real += timedelta(seconds=seconds)
        self.business += timedelta(seconds=seconds)

    def restart(self) -> None:
        """Start the machine anew: its own clock begins again."""
        self.boot, self.ms = f"{self.boot}+", 0

    def put_in_charge(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let the project read this clock."""
        monkeypatch.setattr(clock, "tick", lambda: (self.boot, self.ms))
        monkeypatch.setattr(clock, "now", lambda: self.real)
        monkeypatch.setattr(clock, "business_now", lambda: self.business)
        monkeypatch.setattr(clock, "today", lambda: self.business.astimezone(SHANGHAI).date())


def make_organisation(session: Session, name: str = "样例单位", **columns: Any) -> Organisation:
    """An employer, unless its capacities say otherwise."""
    columns.setdefault("capacities", frozenset({Capacity.EMPLOYER}))
    row = Organisation(name=name, **columns)
    session.add(row)
    session.flush()
    row.path = f"/{row.id}/"
    session.flush()
    return row


def make_person(session: Session, name: str = "样例人员", **columns: Any) -> Person:
    """An activated professional who owes hours from 2020 on."""
    number = next(_numbers)
    if "organisation_id" not in columns:
        columns["organisation_id"] = make_organisation(session, f"样例单位{number}").id
    moment = clock.now()
    columns = {"owes_from": 2020, "activated_at": moment} | columns
    row = Person(
        name=name,
        identity_cipher="",
        identity_hash=f"identity-{number}",
        identity_mask="3708**************",
        created_at=moment,
        **columns,
    )
    session.add(row)
    session.flush()
    return row


def make_actor(session: Session, person: Person) -> Actor:
    """The person, signed in on a device of their own, with the second factor."""
    cookie = make_cookie(session, person)
    bare = sign_ins.find_actor(session, cookie)
    sign_ins.pass_factor(session, bare.sign_in_id)
    return sign_ins.find_actor(session, cookie)


def make_cookie(session: Session, person: Person) -> str:
    """The cookie of a new sign-in of the person."""
    token = sign_ins.begin(session, person, device="样例设备")
    session.flush()
    return token


def make_policies(session: Session, *, quiz_gap_seconds: tuple[int, int] = (20, 50)) -> None:
    """The notice's years, with quizzes close together."""
    policies.ensure_shipped(session, SYSTEM)
    for row in session.exec(select(YearPolicyRow)):
        row.quiz_gap_min_seconds, row.quiz_gap_max_seconds = quiz_gap_seconds
    session.flush()


def make_course(
    session: Session, code: str = "2020-A1", *, year: int = 2020,
    subject: Subject = Subject.PUBLIC_REQUIRED, hours: str = "4", lessons: int = 1,
    length_ms: int = 60_000, **columns: Any,
) -> Course:  # fmt: skip
    """A published course whose lessons have eight questions each; option "a" is always right."""
    shown = columns.get("published_at", True)
    columns = {
        "title": f"课程{code}", "series": "样例系列", "published_at": clock.now(),
        "status": Status.PUBLISHED if shown else Status.DRAFT,
    } | columns  # fmt: skip
    course = Course(code=code, year=year, subject=subject, hours=Hours.of(hours), **columns)
    session.add(course)
    session.flush()
    for position in range(1, lessons + 1):
        _make_lesson(session, course.id or 0, position, length_ms)
    return course


def lesson_ids(session: Session, course: Course) -> list[int]:
    """The course's lessons in their order."""
    found = select(Lesson.id).where(Lesson.course_id == course.id).order_by(Lesson.position)
    return [id for id in session.exec(found) if id is not None]


def right_options(session: Session, showing_id: int) -> list[str]:
    """What only the server knows: the shown ids of the right options."""
    shown = session.get_one(Showing, showing_id)
    return [passing for passing, stored in shown.options if stored == "a"]


def run(engine: Engine, use_case: Callable[..., Any], actor: Actor, **arguments: Any) -> Any:
    """One use case in one transaction, as the front door runs it."""
    with transaction(write=True, on=engine) as session:
        return use_case(session, actor, **arguments)


def at_once(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """Run every call in a thread of its own at the same moment; a refusal is its result."""
    gate = Barrier(len(calls))

    def go(call: Callable[[], Any]) -> Any:
        gate.wait()
        try:
            return call()
        except AppError as refusal:
            return refusal

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(go, calls))


def _make_lesson(session: Session, course_id: int, position: int, length_ms: int) -> None:
    lesson = Lesson(
        course_id=course_id, position=position, title=f"第{position}课",
        video_file=f"{'0' * 64}.mp4", length_ms=length_ms,
    )  # fmt: skip
    session.add(lesson)
    session.flush()
    for number in range(1, 9):
        options = [{"id": id, "text": f"选项{id}", "right": id == "a"} for id in "abcd"]
        session.add(
            QuestionRow(
                lesson_id=lesson.id,
                kind=Kind.SINGLE,
                stem=f"第{number}题",
                options=options,
                review_from_ms=1_000 * number,
                review_to_ms=1_000 * number + 5_000,
            )
        )
    session.flush()
