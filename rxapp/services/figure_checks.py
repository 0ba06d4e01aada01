"""The sums of the city proved against the ledger, and made anew from it."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import delete
from sqlmodel import Session, col, select

from rxapp.models.organisations import Organisation
from rxapp.models.people import Person
from rxapp.models.statistics import (
    FigureCell,
    FigureMark,
    FigureSweep,
    OfficeFigure,
    OfficeMark,
    PersonFigure,
)
from rxapp.rules import figures as rules
from rxapp.rules.figures import Amounts, Figure
from rxapp.services import figures, office_figures
from rxapp.services.figures import CellKey

CHUNK = 1_000


@dataclass(frozen=True)
class WrongFigure:
    """Somebody who counts otherwise than the ledger says."""

    person_id: int
    year: int


@dataclass(frozen=True)
class WrongCell:
    """A sum that is not what the people below come to."""

    organisation_id: int
    year: int
    kind: str
    word: str


def find_wrong_figure(session: Session) -> WrongFigure | None:
    """The first person who is kept otherwise than the ledger and the records say."""
    for ids in _people(session):
        kept, found = figures.kept(session, ids), figures.reckoned(session, ids)
        for person, year in sorted(kept.keys() | found.keys()):
            if kept.get((person, year)) != found.get((person, year)):
                return WrongFigure(person, year)
    return None


def find_wrong_office(session: Session) -> int | None:
    """The first office that is kept otherwise than its queues and its classes say."""
    marked = set(session.exec(select(OfficeMark.office_id)))
    last = 0
    while ids := session.exec(
        select(Organisation.id)
        .where(col(Organisation.id) > last)
        .order_by(col(Organisation.id))
        .limit(CHUNK)
    ).all():
        last = ids[-1] or 0
        those = [id for id in ids if id is not None and id not in marked]
        kept, found = office_figures.kept(session, those), office_figures.reckoned(session, those)
        for key in sorted(kept.keys() | found.keys()):
            if kept.get(key) != found.get(key):
                return key[0]
    return None


def find_wrong_cell(session: Session) -> WrongCell | None:
    """The first sum that is not what everybody and every office below counts as, added up."""
    wanted = _sums(session)
    kept = {
        (row.organisation_id, row.year, row.kind, row.word): (
            row.owing, row.activated, row.studying, row.complete, row.tenths,
        )
        for row in session.exec(select(FigureCell).execution_options(yield_per=CHUNK))
    }  # fmt: skip
    for key in sorted(wanted.keys() | kept.keys()):
        if wanted.get(key, rules.NOTHING) != kept.get(key, rules.NOTHING):
            return WrongCell(*key)
    return None


def begin_recount(session: Session) -> None:
    """Let everybody and every office be counted anew."""
    session.add(FigureSweep())
    session.flush()
    offices = session.exec(select(Organisation.id)).all()
    office_figures.mark(session, (id for id in offices if id is not None))


def rebuild_cells(session: Session) -> int:
    """Make every sum anew from what people count as; returns how many there are."""
    sums = _sums(session)
    session.execute(delete(FigureCell))
    figures.move(session, sums)
    return len(sums)


def _sums(session: Session) -> dict[CellKey, Amounts]:
    by_path: dict[tuple[str, int, str, str], Amounts] = {}
    rows = session.exec(select(PersonFigure).execution_options(yield_per=CHUNK))
    for row in rows:
        figure: Figure = figures.figure_of(row)
        for (kind, word), some in rules.amounts(figure).items():
            key = (figure.path, row.year, kind, word)
            by_path[key] = rules.plus(by_path.get(key, rules.NOTHING), some)
        session.expunge(row)
    own = session.exec(select(OfficeFigure).execution_options(yield_per=CHUNK))
    offices = {office_figures.key_of(row): office_figures.own_of(row) for row in own}
    return figures.to_every_office(by_path) | office_figures.differences({}, offices)


def _people(session: Session) -> Iterator[list[int]]:
    """Everybody who is not yet to be counted, because of a mark or a sweep."""
    last, swept = 0, figures.swept_to(session)
    while True:
        people = select(Person.id).where(col(Person.id) > last)
        if swept is not None:
            people = people.where(col(Person.id) <= swept)
        found = session.exec(people.order_by(col(Person.id)).limit(CHUNK))
        ids = [id for id in found if id is not None]
        if not ids:
            return
        marked = set(
            session.exec(select(FigureMark.person_id).where(col(FigureMark.person_id).in_(ids)))
        )
        yield [id for id in ids if id not in marked]
        last = ids[-1]
