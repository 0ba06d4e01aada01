"""培训班: the classes of a year below an office, who enrolled and whose hours were posted."""

from dataclasses import dataclass

from sqlmodel import Session

from rxapp.rules import figures
from rxapp.services import statistics
from rxapp.services.actors import Actor


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
    statistics.get_place(session, actor, organisation_id)
    statistics.label_of(year)
    found = statistics.cells(session, organisation_id, year, figures.CLASSES)
    return Classes(*found.get("", figures.NOTHING))
