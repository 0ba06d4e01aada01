"""One person, two classes, one day: shown beside the line, never refused by itself."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from rxapp.models.projects import Project, ProjectDay
from rxapp.models.rosters import RosterLine
from rxapp.rules.hours import ZERO
from rxapp.rules.rosters import LineState

SHOWN = 3


def find(
    session: Session, project_id: int, people: Mapping[int, Collection[str]], days: Collection[date]
) -> dict[int, list[str]]:
    """For each of these people, with the days attended here, what else was on on one of them.

    Where the days of either are not known, every day of the class counts.
    """
    if not people or not days:
        return {}
    found: dict[int, list[str]] = {}
    for person, title, day, theirs in _others(session, project_id, list(people), days):
        here = people[person]
        both = (not here or day.isoformat() in here) and (not theirs or day.isoformat() in theirs)
        if both:
            found.setdefault(person, []).append(f"{day.month}月{day.day}日另有“{title}”")
    return found


def in_words(overlaps: list[str]) -> str:
    """The first few of them as one sentence."""
    more = f"等{len(overlaps)}处" if len(overlaps) > SHOWN else ""
    return "；".join(overlaps[:SHOWN]) + more


def _others(
    session: Session, project_id: int, people: list[int], days: Collection[date]
) -> list[Any]:
    rows: list[Any] = []
    for first in range(0, len(people), 500):
        rows += session.execute(
            select(  # type: ignore[call-overload]
                col(RosterLine.person_id),
                col(Project.title),
                col(ProjectDay.day),
                col(RosterLine.days),
            )
            .join(Project, col(Project.id) == RosterLine.project_id)
            .join(ProjectDay, col(ProjectDay.project_id) == RosterLine.project_id)
            .where(
                col(RosterLine.person_id).in_(people[first : first + 500]),
                RosterLine.project_id != project_id,
                RosterLine.state != LineState.REVERSED,
                col(RosterLine.hours) > ZERO,
                col(ProjectDay.day).in_(days),
            )
            .order_by(col(ProjectDay.day), col(RosterLine.id))
        ).all()
    return rows
