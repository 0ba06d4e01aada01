"""名册: the classes whose attendance one keeps, and what may be done with each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, func, select

from rxapp import clock
from rxapp.models.organisations import Organisation
from rxapp.models.people import Person
from rxapp.models.projects import Project
from rxapp.models.rosters import Roster, RosterLine
from rxapp.rules.permissions import Permission
from rxapp.rules.projects import Status
from rxapp.rules.rosters import ClassHours, LineState, RosterState
from rxapp.services import roster_classes, scopes
from rxapp.services.actors import Actor

PAGE = 30
OWN, REVIEWED = "own", "reviewed"


@dataclass(frozen=True)
class ClassRow:
    """A class in a list, and how far its roster is."""

    id: int
    title: str
    unit: str
    dates: str
    hours: str
    state: str
    tone: str


@dataclass(frozen=True)
class ClassPage:
    """Some classes, the newest first; `next_after` is 0 on the last page."""

    rows: list[ClassRow]
    next_after: int
    may_review: bool


@dataclass(frozen=True)
class DayChoice:
    """A day of the class, as it is sent and as it is read."""

    value: str
    label: str
    hours: str


@dataclass(frozen=True)
class RosterView:
    """One class with its roster, as its page shows it above the lines."""

    id: int
    title: str
    unit: str
    dates: str
    hours: str
    subject: str
    days: list[DayChoice]
    # Why nothing can be written here, or when it can be posted; empty when there is no reason.
    refusal: str
    too_early: str
    state: str
    state_label: str
    tone: str
    may_write: bool
    may_correct: bool
    is_day: bool
    people: int
    done: int
    to_do: int
    enrolled: int
    posted: str


def require_clerk(_session: Session, actor: Actor) -> int:
    """Refuse whoever keeps no roster at all."""
    return actor.require(Permission.PROJECT_FILE)


def list_classes(session: Session, actor: Actor, *, place: str = OWN, after: int = 0) -> ClassPage:
    """The approved classes of one's own organisation, or those one's own bureau approved."""
    actor.require(Permission.PROJECT_FILE)
    may_review = actor.may(Permission.PROJECT_REVIEW)
    reviewed = place == REVIEWED and may_review
    right = Permission.PROJECT_REVIEW if reviewed else Permission.PROJECT_FILE
    place_of = col(Project.office_id) if reviewed else col(Project.organisation_id)
    statement = (
        select(Project, Roster, Organisation.name)
        .join(Organisation, col(Organisation.id) == Project.organisation_id)
        .join(Roster, col(Roster.project_id) == Project.id, isouter=True)
        .where(place_of.in_(scopes.office_ids(actor, right)), Project.status == Status.APPROVED)
        .order_by(col(Project.id).desc())
        .limit(PAGE + 1)
    )
    if after:
        statement = statement.where(col(Project.id) < after)
    found = session.exec(statement).all()
    rows = [_row(*each) for each in found[:PAGE]]
    return ClassPage(rows, rows[-1].id if len(found) > PAGE else 0, may_review)


def get_roster(session: Session, actor: Actor, project_id: int) -> RosterView:
    """One class with its roster: for its organiser, and for the bureaus above, which may correct.

    What cannot be posted says why, before anything is written.
    """
    project = roster_classes.find_seen(session, actor, project_id)
    roster = session.get(Roster, project_id)
    offered = roster_classes.offered_by(session, project)
    mine = roster_classes.is_mine(actor, project)
    state = roster.state if roster else RosterState.OPEN
    refusal = roster_classes.refusal_of(session, project)
    unit = session.get_one(Organisation, project.organisation_id)
    label, tone = _state_of(project, roster)
    corrects = roster_classes.may_correct(actor, project, unit)
    early = roster_classes.too_early(project, offered)
    total, done, to_do = _counts(session, project_id)
    open_ = state is RosterState.OPEN and project.posted_at is None
    return RosterView(
        id=project_id, title=project.title, unit=unit.name, dates=roster_classes.dates_of(project),
        hours=str(project.hours), subject=project.subject.label if project.subject else "",
        days=day_choices(offered), refusal=refusal, too_early=early,
        state=state.value, state_label=label, tone=tone,
        may_write=mine and open_ and not refusal,
        may_correct=state is RosterState.CLOSED and corrects,
        is_day=clock.today() in offered.days, people=total, done=done, to_do=to_do,
        enrolled=project.enrolled, posted=_posted(session, roster),
    )  # fmt: skip


def day_choices(offered: ClassHours) -> list[DayChoice]:
    """The days of a class in their order."""
    return [
        DayChoice(day.isoformat(), f"{day.month}月{day.day}日", str(hours))
        for day, hours in sorted(offered.days.items())
    ]


def _row(project: Project, roster: Roster | None, unit: str) -> ClassRow:
    label, tone = _state_of(project, roster)
    return ClassRow(
        id=project.id or 0, title=project.title, unit=unit, dates=roster_classes.dates_of(project),
        hours=str(project.hours), state=label, tone=tone,
    )  # fmt: skip


def _state_of(project: Project, roster: Roster | None) -> tuple[str, str]:
    if roster is not None and roster.state is RosterState.POSTING:
        return "正在登记", "warn"
    if roster is not None and roster.state is RosterState.CLOSED:
        return f"已登记{roster.people}人", "good"
    if project.ends_on is not None and clock.today() > project.ends_on:
        return "待登记学时", "warn"
    begun = project.starts_on is not None and clock.today() >= project.starts_on
    return ("培训中", "accent") if begun else ("未开班", "plain")


def _counts(session: Session, project_id: int) -> tuple[int, int, int]:
    """How many lines there are, how many are posted, and how many are still to be."""
    rows: Sequence[Any] = session.execute(
        select(RosterLine.state, func.count())
        .where(RosterLine.project_id == project_id)
        .group_by(col(RosterLine.state))
    ).all()
    by_state: dict[LineState, int] = {state: count for state, count in rows}  # noqa: C416
    done = by_state.get(LineState.POSTED, 0)
    return sum(by_state.values()), done, by_state.get(LineState.DRAFT, 0)


def _posted(session: Session, roster: Roster | None) -> str:
    if roster is None or roster.posted_at is None:
        return ""
    by = session.get(Person, roster.posted_by or 0)
    at = f"{clock.local(roster.posted_at):%Y-%m-%d %H:%M}"
    return f"{by.name if by else '系统'}于{at}登记，共{roster.people}人{roster.hours}学时。"
