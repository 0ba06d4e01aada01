"""培训班: the classes of a year below an office, who enrolled and whose hours were posted."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import case
from sqlmodel import Session, col, func, select

from rxapp import clock
from rxapp.models.organisations import Organisation
from rxapp.models.projects import Project
from rxapp.models.rosters import Roster
from rxapp.rules.projects import Status
from rxapp.services import statistics
from rxapp.services.actors import Actor

FIRST_OF_PERIOD, LAST_OF_PERIOD = 2016, 2019


@dataclass(frozen=True)
class Classes:
    """Classes whose last day is in the year; `enrolled` are the places taken in all of them.

    `attended` are the people whose hours were posted, class by class.
    """

    approved: int
    held: int
    posted: int
    enrolled: int
    attended: int


def count_classes(session: Session, actor: Actor, *, organisation_id: int, year: int) -> Classes:
    """The approved classes of an office and those below it."""
    place = statistics.get_place(session, actor, organisation_id)
    statistics.label_of(year)
    first = FIRST_OF_PERIOD if year == LAST_OF_PERIOD else year
    today = clock.today()
    found = session.exec(
        select(  # type: ignore[call-overload]
            func.count(col(Project.id)),
            func.sum(case((col(Project.ends_on) < today, 1), else_=0)),
            func.sum(case((col(Project.posted_at).is_not(None), 1), else_=0)),
            func.sum(col(Project.enrolled)),
            func.sum(case((col(Roster.posted_at).is_not(None), col(Roster.people)), else_=0)),
        )
        .join(Organisation, col(Organisation.id) == Project.organisation_id)
        .join(Roster, col(Roster.project_id) == Project.id, isouter=True)
        .where(
            col(Organisation.path) >= place.path, col(Organisation.path) < place.path[:-1] + "0",
            Project.status == Status.APPROVED, col(Project.ends_on) >= date(first, 1, 1),
            col(Project.ends_on) <= date(year, 12, 31),
        )
    ).one()  # fmt: skip
    return Classes(*(int(some or 0) for some in found))
