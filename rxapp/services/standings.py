"""Where a person stands: the rings, every year owed, and what is still missing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func
from sqlmodel import Session, col, select

from rxapp import clock, routes
from rxapp.errors import NotFound
from rxapp.models.courses import Course, Lesson
from rxapp.models.credits import Credit
from rxapp.models.learning import LessonProgress
from rxapp.models.people import Person
from rxapp.rules.hours import Hours
from rxapp.rules.permissions import Permission
from rxapp.rules.person_status import owes
from rxapp.rules.windows import closed_sentence, may_begin_lesson
from rxapp.rules.years import (
    Bucket,
    Missing,
    Ring,
    YearPolicy,
    YearStanding,
    owed_total,
    rings,
    standing,
)
from rxapp.services import credits, extensions, lesson_progress, person_states, policies
from rxapp.services.actors import Actor
from rxapp.services.credits import CreditRow

RESUMED_AT_MOST = 3
CLAIMS_OPEN = True
_PUBLIC = frozenset({Bucket.REQUIRED, Bucket.ELECTIVE, Bucket.PUBLIC})


@dataclass(frozen=True)
class RingView:
    """One ring, with its number in text; `key` is public, professional, total or period."""

    key: str
    label: str
    have: str
    need: str
    percent: int


@dataclass(frozen=True)
class ResumeRow:
    """A course that was begun and can be gone on with."""

    course_id: int
    title: str
    year: int
    hours: str
    percent: int
    lesson_id: int


@dataclass(frozen=True)
class HomeView:
    """The learner's first screen."""

    year: int
    rings: tuple[RingView, ...]
    next_step: str
    next_href: str
    next_action: str
    complete: bool
    resume: tuple[ResumeRow, ...]
    certificate_years: tuple[int, ...]


@dataclass(frozen=True)
class YearRow:
    """One year of 年度完成情况; `average` is a sentence in 2016—2019 and empty otherwise."""

    year: int
    label: str
    owed: bool
    required: str
    elective: str
    public: str
    professional: str
    total: str
    missing: tuple[str, ...]
    complete: bool
    certifiable: bool
    average: str
    next_step: str
    # Why what is missing cannot be learned now, with the article; empty where it can or need not.
    closed: str


@dataclass(frozen=True)
class YearDetail:
    """One year with its rings and every line of the record."""

    row: YearRow
    rings: tuple[RingView, ...]
    credits: tuple[CreditRow, ...]


def get_home(session: Session, actor: Actor) -> HomeView:
    """This year's rings, the next step and what can be gone on with."""
    person_id = actor.require(Permission.LEARN)
    year = clock.today().year
    found = list_standings(session, person_id)
    now = found[year]
    href, action = _leads_to(now)
    return HomeView(
        year=year,
        rings=_rings(now),
        next_step=now.next_step,
        next_href=href,
        next_action=action,
        complete=now.complete,
        resume=_to_resume(session, person_id, tuple(found)),
        certificate_years=tuple(y for y in sorted(found, reverse=True) if found[y].certifiable),
    )


def list_years(session: Session, actor: Actor) -> tuple[YearRow, ...]:
    """Every year the person owes or has hours in, newest first."""
    person_id = actor.require(Permission.LEARN)
    found = list_standings(session, person_id)
    closed = _closed_years(session, person_id, found)
    return tuple(_row(found[year], closed) for year in sorted(found, reverse=True))


def get_year(session: Session, actor: Actor, year: int) -> YearDetail:
    """One year with each credit and its source; NotFound for a year not owed and without hours."""
    person_id = actor.require(Permission.LEARN)
    found = list_standings(session, person_id)
    if year not in found:
        raise NotFound("这一年度不在您的应学年度内，也没有学时记录。")
    closed = _closed_years(session, person_id, {year: found[year]})
    return YearDetail(
        row=_row(found[year], closed),
        rings=_rings(found[year]),
        credits=credits.list_credits(session, actor, year=year),
    )


def list_standings(
    session: Session, person_id: int, *, besides: Iterable[int] = ()
) -> dict[int, YearStanding]:
    """The standing of every year a person owes or has hours in, this year always among them.

    `besides` are further years that are asked for, owed or not.
    """
    today = clock.today()
    person = session.get_one(Person, person_id)
    owes_from = person.owes_from
    held = credits.totals(session, person_id)
    owed = range(max(owes_from, policies.FIRST_YEAR), today.year + 1)
    years = sorted({*owed, *held, today.year, *besides})
    found = extensions.policies_of(session, person_id, years)
    sums = {year: Hours.total(by_subject.values()) for year, by_subject in held.items()}
    excused = excused_of(session, person, years)
    return {year: _standing(found[year], held, sums, owes_from, excused, today) for year in years}


def excused_of(session: Session, person: Person, years: Iterable[int]) -> frozenset[int]:
    """The years not owed, for on their last day the person was in a state their policy exempts."""
    # Nearly everybody has always been at work, and is spared the question.
    if person.status_on is None:
        return frozenset()
    spells = person_states.spells_of(session, person.id or 0)
    exempt = policies.list_exempt(session, years)
    return frozenset(year for year in years if not owes(spells, year, exempt=exempt[year]))


def _standing(
    policy: YearPolicy, held: dict, sums: dict[int, Hours], owes_from: int,
    excused: frozenset[int], today: date,
) -> YearStanding:  # fmt: skip
    return standing(
        policy,
        held.get(policy.year, {}),
        owes_from=owes_from,
        period_total=(
            owed_total(policy, sums, owes_from=owes_from, excused=excused)
            if policy.period
            else None
        ),
        today=today,
        excused=excused,
        claims_open=CLAIMS_OPEN,
    )


def _leads_to(of: YearStanding) -> tuple[str, str]:
    """The page on which the next step can be taken, and what its button says."""
    if of.complete:
        return routes.year(of.year), "查看年度完成情况"
    if any(gap.bucket in _PUBLIC for gap in of.missing):
        return routes.PUBLIC_COURSES, "去学公需科目"
    return routes.PROFESSIONAL_COURSES, "去学专业科目"


def _rings(of: YearStanding) -> tuple[RingView, ...]:
    return tuple(_ring(ring) for ring in rings(of))


def _ring(ring: Ring) -> RingView:
    return RingView(ring.bucket.value, ring.label, str(ring.have), str(ring.need), ring.percent)


def _closed_years(
    session: Session, person_id: int, found: dict[int, YearStanding]
) -> dict[int, str]:
    """Why the years in which something owed is missing cannot be learned now."""
    short = [year for year, of in found.items() if of.owed and of.missing]
    now = clock.business_now()
    mine = extensions.policies_of(session, person_id, short) if short else {}
    return {year: closed_sentence(policy, now) for year, policy in mine.items()}


def _row(of: YearStanding, closed: dict[int, str]) -> YearRow:
    return YearRow(
        year=of.year,
        label=f"{of.year}年度",
        owed=of.owed,
        required=str(of.required),
        elective=str(of.elective),
        public=str(of.public),
        professional=str(of.professional),
        total=str(of.total),
        missing=tuple(_gap_sentence(gap) for gap in of.missing),
        complete=of.complete,
        certifiable=of.certifiable,
        average=_average(of),
        next_step=of.next_step,
        closed=closed.get(of.year, ""),
    )


def _gap_sentence(gap: Missing) -> str:
    # In a period the hours are counted together, so the same gap stands beside each of its years.
    whose = "2016—2019年" if gap.bucket is Bucket.PERIOD else ""
    return f"{whose}{gap.bucket.label}还差 {gap.hours} 学时"


def _average(of: YearStanding) -> str:
    if of.period is None or of.period_average is None:
        return ""
    period = of.period.replace("-", "—")
    return f"{period}年度合计 {of.period_total} 学时，年均 {of.period_average} 学时"


def _to_resume(session: Session, person_id: int, years: tuple[int, ...]) -> tuple[ResumeRow, ...]:
    courses = _begun_courses(session, person_id, _open_years(session, person_id, years))
    lessons = lesson_progress.list_lessons(
        session, person_id, [course.id or 0 for course in courses]
    )
    return tuple(
        ResumeRow(course.id or 0, course.title, course.year, str(course.hours), percent, lesson_id)
        for course in courses
        if (lesson_id := lesson_progress.next_lesson_id(lessons[course.id or 0]))
        and (percent := lesson_progress.percent_of(lessons[course.id or 0])) < 100
    )


def _open_years(session: Session, person_id: int, years: tuple[int, ...]) -> list[int]:
    now = clock.business_now()
    found = extensions.policies_of(session, person_id, years)
    return [year for year, policy in found.items() if may_begin_lesson(policy, now)]


def _begun_courses(session: Session, person_id: int, years: list[int]) -> list[Course]:
    # A course that was credited is finished; without the ledger every old one would be counted.
    credited = select(Credit.id).where(
        Credit.person_id == person_id, Credit.source_key == "course:" + col(Course.code)
    )
    latest = func.max(LessonProgress.updated_at)
    begun = (
        select(col(Lesson.course_id), latest.label("latest"))
        .join(LessonProgress, col(LessonProgress.lesson_id) == Lesson.id)
        .where(LessonProgress.person_id == person_id)
        .group_by(col(Lesson.course_id))
        .subquery()
    )
    return list(
        session.exec(
            select(Course)
            .join(begun, begun.c.course_id == Course.id)
            .where(col(Course.year).in_(years), ~credited.exists())
            .order_by(begun.c.latest.desc())
            .limit(RESUMED_AT_MOST)
        ).all()
    )
