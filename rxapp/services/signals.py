"""Signals beside the samples: what may be worth a look. Never verdicts, and never acted upon alone.

They are read from what was counted with each act (`signal_marks`), inside one's own subtree, of a
month or of some days. What is not stored cannot be shown: single beats of watching are not kept,
so only answered quizzes and their hours tell of a robot.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from statistics import median

from sqlalchemy import ColumnElement, and_, func, literal_column, or_
from sqlmodel import Session, col, select

from rxapp import clock, routes
from rxapp.adapters.conditions import passed
from rxapp.errors import NotFound
from rxapp.models.claims import Claim, ClaimDecision
from rxapp.models.organisations import Organisation
from rxapp.models.people import Person
from rxapp.models.supervision import LearnerDay, RepeatedFile, ReviewerDay, ReviewerMonth
from rxapp.rules.permissions import Permission
from rxapp.services import scopes, supervision_scopes
from rxapp.services.actors import Actor
from rxapp.services.signal_marks import (
    QUICK_ANSWERS,
    QUICK_SECONDS,
    REVIEWED,
    WAKING_HOURS,
)
from rxapp.services.supervision_scopes import Period, Place

PAGE = 20
LONGEST_DAYS = 31
# The median is that of a reviewer's latest decisions in the month.
LATEST = 500
# As the indexes say it, word for word: only so do they fit.
BURSTS = literal_column("reviewer_day.peak >= 6")
ODD_DAYS = literal_column("(learner_day.quick >= 5 OR learner_day.hours >= 20)")


@dataclass(frozen=True)
class ReviewerRow:
    """How one reviewer decided for one office."""

    person_id: int
    name: str
    office: str
    decisions: str
    pass_rate: str
    mean: str
    median: str
    href: str
    sample_href: str


@dataclass(frozen=True)
class BurstRow:
    """Many decisions of one reviewer within one minute."""

    person_id: int
    name: str
    office: str
    at: str
    count: str
    decisions: str
    href: str
    sample_href: str


@dataclass(frozen=True)
class RepeatRow:
    """A claim that shares a file with others."""

    id: int
    title: str
    name: str
    unit: str
    status: str
    at: str
    others: str
    href: str


@dataclass(frozen=True)
class LearnerRow:
    """A day on which somebody answered as people rarely do."""

    person_id: int
    name: str
    unit: str
    day: str
    why: str
    href: str


@dataclass(frozen=True)
class ReviewerPage:
    """Reviewers, who decided most first; `next_after` is empty at the end."""

    rows: list[ReviewerRow]
    next_after: str


@dataclass(frozen=True)
class Marks:
    """The other signals of a period, the newest first, as many as fit a page."""

    bursts: list[BurstRow]
    repeats: list[RepeatRow]
    learners: list[LearnerRow]
    # Whether there are more than are shown.
    more: bool


def list_reviewers(
    session: Session, actor: Actor, *, typed: Mapping[str, str], after: str = ""
) -> ReviewerPage:
    """Who decided in a month, how often, how many passed, and in how many seconds."""
    place = _read_place(session, actor, typed)
    month = supervision_scopes.parse_month(typed.get("month", ""))
    most = (
        col(ReviewerMonth.decisions).desc(), col(ReviewerMonth.person_id).desc(),
        col(ReviewerMonth.office_id).desc(),
    )  # fmt: skip
    asked = (
        select(ReviewerMonth, Person.name, Organisation.name)
        .join(Organisation, col(Organisation.id) == ReviewerMonth.office_id)
        .join(Person, col(Person.id) == ReviewerMonth.person_id)
        .where(ReviewerMonth.month == month.first, _among(session, place))
        .order_by(*most)
        .limit(PAGE + 1)
    )
    found = session.exec(asked.where(_fewer(after)) if after else asked).all()
    known = _seconds(session, [row for row, _, _ in found[:PAGE]], month)
    rows = [_reviewer(row, name, office, known) for row, name, office in found[:PAGE]]
    last = found[PAGE - 1][0] if len(found) > PAGE else None
    return ReviewerPage(rows, f"{last.decisions}|{last.person_id}|{last.office_id}" if last else "")


def list_marks(session: Session, actor: Actor, *, typed: Mapping[str, str]) -> Marks:
    """Bursts of decisions, files in several claims, days of quick or sleepless answers."""
    place, period = _read(session, actor, typed)
    bursts = _bursts(session, place, period)
    repeats = _repeats(session, place, period)
    learners = _learners(session, place, period)
    more = max(len(bursts), len(repeats), len(learners)) > PAGE
    return Marks(bursts[:PAGE], repeats[:PAGE], learners[:PAGE], more)


def _read(session: Session, actor: Actor, typed: Mapping[str, str]) -> tuple[Place, Period]:
    place = _read_place(session, actor, typed)
    first, last = typed.get("first", ""), typed.get("last", "")
    if not first and not last:
        return place, supervision_scopes.usual_period()
    return place, supervision_scopes.parse_period(first, last, longest=LONGEST_DAYS)


def _read_place(session: Session, actor: Actor, typed: Mapping[str, str]) -> Place:
    actor.require(Permission.SUPERVISE)
    number = supervision_scopes.parse_number(typed.get("organisation", "") or "0")
    if number < 0:
        raise NotFound()
    return supervision_scopes.get_place(session, actor, number)


def _among(session: Session, place: Place) -> ColumnElement[bool]:
    """Few offices are asked one by one; of many the month is walked in its order."""
    few = session.exec(select(Organisation.id).where(place.within).limit(scopes.FEW + 1)).all()
    if len(few) <= scopes.FEW:
        return col(ReviewerMonth.office_id).in_([id for id in few if id is not None])
    return passed(place.within)


def _days(column: date, period: Period):  # type: ignore[no-untyped-def]
    return and_(col(column) >= period.first, col(column) <= period.last)


def _fewer(after: str) -> ColumnElement[bool]:
    parts = [supervision_scopes.parse_number(part) for part in after.split("|")]
    if len(parts) != 3 or min(parts) < 0:
        raise NotFound()
    count, person, office = parts
    decisions, by = col(ReviewerMonth.decisions), col(ReviewerMonth.person_id)
    same = or_(by < person, and_(by == person, col(ReviewerMonth.office_id) < office))
    # The first says the same once more, as a range the index knows.
    return and_(decisions <= count, or_(decisions < count, same))


def _reviewer(
    row: ReviewerMonth, name: str, office: str, known: Mapping[tuple[int, int], list[int]]
) -> ReviewerRow:
    seconds = known.get((row.person_id, row.office_id))
    return ReviewerRow(
        person_id=row.person_id, name=name, office=office, decisions=f"{row.decisions}",
        pass_rate=f"{row.passes * 100 // row.decisions}%",
        mean=f"{row.seconds // row.timed}秒" if row.timed else "",
        median=f"{median(seconds):.0f}秒" if seconds else "",
        href=routes.desk_person(row.person_id), sample_href=_sample_href(row.person_id),
    )  # fmt: skip


def _seconds(
    session: Session, reviewers: list[ReviewerMonth], month: Period
) -> dict[tuple[int, int], list[int]]:
    """How long the latest decisions of each took, where that is known; by person and office."""
    made = (
        select(
            col(ClaimDecision.by_id), col(ClaimDecision.office_id), col(ClaimDecision.seconds),
            func.row_number()
            .over(
                partition_by=(col(ClaimDecision.by_id), col(ClaimDecision.office_id)),
                order_by=col(ClaimDecision.at).desc(),
            )
            .label("place"),
        )
        .where(
            col(ClaimDecision.by_id).in_({row.person_id for row in reviewers}),
            col(ClaimDecision.act).in_(REVIEWED), ClaimDecision.seconds > 0,
            col(ClaimDecision.at) >= month.begins, col(ClaimDecision.at) < month.ends,
        )
        .subquery()
    )  # fmt: skip
    latest = select(made.c.by_id, made.c.office_id, made.c.seconds).where(made.c.place <= LATEST)
    found: dict[tuple[int, int], list[int]] = {}
    for person, office, seconds in session.exec(latest):
        found.setdefault((person, office), []).append(seconds)
    return found


def _bursts(session: Session, place: Place, period: Period) -> list[BurstRow]:
    rows = session.exec(
        select(ReviewerDay, Person.name, Organisation.name)
        .join(Organisation, col(Organisation.id) == ReviewerDay.office_id)
        .join(Person, col(Person.id) == ReviewerDay.person_id)
        .where(place.within, _days(ReviewerDay.day, period), BURSTS)
        .order_by(
            col(ReviewerDay.day).desc(), col(ReviewerDay.person_id), col(ReviewerDay.office_id)
        )
        .limit(PAGE + 1)
    ).all()
    return [
        BurstRow(
            person_id=row.person_id, name=name, office=office,
            at=f"{row.day} {row.peak_minute // 60:02d}:{row.peak_minute % 60:02d}",
            count=f"{row.peak}", decisions=f"{row.decisions}",
            href=routes.desk_person(row.person_id), sample_href=_sample_href(row.person_id),
        )
        for row, name, office in rows
    ]  # fmt: skip


def _repeats(session: Session, place: Place, period: Period) -> list[RepeatRow]:
    rows = session.exec(
        select(RepeatedFile, Claim, Person.name, Organisation.name)
        .join(Organisation, col(Organisation.id) == RepeatedFile.organisation_id)
        .join(Claim, col(Claim.id) == RepeatedFile.claim_id)
        .join(Person, col(Person.id) == Claim.person_id)
        .where(
            place.within, col(RepeatedFile.at) >= period.begins,
            col(RepeatedFile.at) < period.ends,
        )
        .order_by(col(RepeatedFile.id).desc())
        .limit(PAGE + 1)
    ).all()  # fmt: skip
    return [
        RepeatRow(
            id=row.id or 0, title=claim.title, name=name, unit=unit, status=claim.status.label,
            at=f"{clock.local(row.at):%Y-%m-%d}", others=_others(session, row),
            href=f"{routes.DESK_CLAIMS}?claim={claim.id}",
        )
        for row, claim, name, unit in rows
    ]  # fmt: skip


def _others(session: Session, row: RepeatedFile) -> str:
    """In how many claims of how many people a file is, here or elsewhere: numbers alone."""
    claims, people = session.exec(
        select(func.count(), func.count(func.distinct(Claim.person_id)))
        .select_from(RepeatedFile)
        .join(Claim, col(Claim.id) == RepeatedFile.claim_id)
        .where(RepeatedFile.source_sha256 == row.source_sha256)
    ).one()
    return f"{people}人的{claims}项申报用了同一份文件"


def _learners(session: Session, place: Place, period: Period) -> list[LearnerRow]:
    rows = session.exec(
        select(LearnerDay, Person.name, Organisation.name)
        .join(Person, col(Person.id) == LearnerDay.person_id)
        .join(Organisation, col(Organisation.id) == Person.organisation_id)
        .where(place.within, _days(LearnerDay.day, period), ODD_DAYS)
        .order_by(col(LearnerDay.day).desc(), col(LearnerDay.person_id))
        .limit(PAGE + 1)
    ).all()
    return [
        LearnerRow(
            person_id=row.person_id, name=name, unit=unit, day=f"{row.day}", why=_why(row),
            href=routes.desk_person(row.person_id),
        )
        for row, name, unit in rows
    ]  # fmt: skip


def _why(row: LearnerDay) -> str:
    said = []
    if row.quick >= QUICK_ANSWERS:
        said.append(f"回答弹题{row.answers}次，其中{row.quick}次用时不到{QUICK_SECONDS}秒")
    if row.hours >= WAKING_HOURS:
        said.append(f"当天有{row.hours}个小时在回答弹题")
    return "；".join(said)


def _sample_href(person_id: int) -> str:
    return f"{routes.DESK_SUPERVISION}?part=draw&reviewer={person_id}"
