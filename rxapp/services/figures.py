"""Counting people anew: what each marked person counts as, and the sums moved by the difference.

The database marks a person in the transaction that changes anything his figures depend on. Here
the marks are taken, and what the person counted as before is taken out of the sums of his
organisation and all above it, and what he counts as now is put in: one transaction, so that after
a kill the marks are still there or the sums are moved.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from sqlalchemy import delete, func, text
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.adapters.upserts import insert_of
from rxapp.models.people import Person
from rxapp.models.statistics import (
    FigureMark,
    FigureSweep,
    FigureYear,
    PersonFigure,
)
from rxapp.rules import figures
from rxapp.rules.figures import Amounts, Figure
from rxapp.services import figure_facts

# One transaction counts so many: on SQLite everybody else waits meanwhile.
BATCH = 50
SPREAD = 5_000

CellKey = tuple[int, int, str, str]
COLUMNS = tuple(each.name for each in fields(Figure))
_figures = PersonFigure.__table__  # type: ignore[attr-defined]
_MOVE = text(
    "INSERT INTO figure_cell (organisation_id, year, kind, word, owing, activated, studying,"
    " complete, tenths) VALUES (:organisation_id, :year, :kind, :word, :owing, :activated,"
    " :studying, :complete, :tenths) ON CONFLICT (organisation_id, year, kind, word) DO UPDATE SET"
    " owing = figure_cell.owing + excluded.owing,"
    " activated = figure_cell.activated + excluded.activated,"
    " studying = figure_cell.studying + excluded.studying,"
    " complete = figure_cell.complete + excluded.complete,"
    " tenths = figure_cell.tenths + excluded.tenths"
)


def is_due(session: Session) -> bool:
    """Whether anybody is to be counted anew."""
    return (
        session.exec(select(FigureMark.id).limit(1)).first() is not None
        or session.exec(select(FigureSweep.id).limit(1)).first() is not None
        or _counted_year(session) != clock.today().year
    )


def spread(session: Session) -> bool:
    """Mark the next people of a sweep; False when nobody is left to mark.

    A year that has begun is owed by everybody, and so begins a sweep.
    """
    this_year = clock.today().year
    if _counted_year(session) != this_year:
        session.merge(FigureYear(id=1, year=this_year))
        session.add(FigureSweep())
        session.flush()
    sweep = session.exec(select(FigureSweep).order_by(col(FigureSweep.id))).first()
    if sweep is None:
        return False
    ids = session.exec(
        select(Person.id)
        .where(col(Person.id) > sweep.after_id)
        .order_by(col(Person.id))
        .limit(SPREAD)
    ).all()
    mark(session, (id for id in ids if id is not None))
    if len(ids) < SPREAD:
        session.delete(sweep)
    else:
        sweep.after_id = ids[-1] or 0
        session.add(sweep)
    session.flush()
    return True


def swept_to(session: Session) -> int | None:
    """Up to which person everybody has been marked; None while no sweep is under way."""
    if _counted_year(session) != clock.today().year:
        return 0
    return session.exec(select(func.min(FigureSweep.after_id))).one()


def mark(session: Session, people: Iterable[int]) -> None:
    """Let people be counted anew; what changes by itself is marked by the database."""
    rows = [{"person_id": id} for id in people]
    if rows:
        session.execute(FigureMark.__table__.insert(), rows)  # type: ignore[attr-defined]


def count_next(session: Session, *, after: int = 0) -> int:
    """Count the next marked people anew; returns the last of them, 0 when nobody is marked."""
    marked = session.exec(
        select(FigureMark.person_id)
        .where(FigureMark.person_id > after)
        .distinct()
        .order_by(col(FigureMark.person_id))
        .limit(BATCH)
    ).all()
    if not marked:
        return 0
    # First the marks, then the look: whatever changes after it leaves a mark of its own.
    session.execute(
        delete(FigureMark)
        .where(col(FigureMark.person_id).in_(marked))
        .execution_options(synchronize_session=False)
    )
    known, found = kept(session, marked), reckoned(session, marked)
    _keep(session, known, found)
    move(session, differences(known, found))
    return marked[-1]


def reckoned(session: Session, people: Iterable[int]) -> dict[tuple[int, int], Figure]:
    """What people count as now, from the ledger and their records, by person and year."""
    ids = list(people)
    facts = figure_facts.list_facts(session, ids)
    years = {line.year for each in facts.values() for line in each.lines}
    years |= {year for each in facts.values() for year in each.begun}
    book = figure_facts.get_book(session, years)
    return {
        (id, year): figure
        for id, each in facts.items()
        for year, figure in figures.reckon(each, book).items()
    }


def kept(session: Session, people: Iterable[int]) -> dict[tuple[int, int], Figure]:
    """What people counted as when they were last counted."""
    rows = session.execute(select(_figures).where(_figures.c.person_id.in_(list(people))))
    return {(row.person_id, row.year): figure_of(row) for row in rows}


def figure_of(row: Any) -> Figure:
    """A kept row as the rules know it."""
    return Figure(
        row.path, row.field, row.title_level, row.owing, row.activated_on, row.studying,
        row.complete, row.complete_on, row.hours, row.weeks,
    )  # fmt: skip


def differences(
    before: Mapping[tuple[int, int], Figure], now: Mapping[tuple[int, int], Figure]
) -> dict[CellKey, Amounts]:
    """By how much each sum moves from the one to the other."""
    by_path: dict[tuple[str, int, str, str], Amounts] = {}
    for person, year in before.keys() | now.keys():
        old, new = before.get((person, year)), now.get((person, year))
        if old != new:
            _collect(by_path, year, old, figures.minus)
            _collect(by_path, year, new, figures.plus)
    return to_every_office(by_path)


def to_every_office(
    by_path: Mapping[tuple[str, int, str, str], Amounts],
) -> dict[CellKey, Amounts]:
    """What the organisations at these paths add to their own sums and to those of all above."""
    found: dict[CellKey, Amounts] = {}
    for (path, year, kind, word), some in by_path.items():
        for office in figures.summed_at(path, kind):
            key = (office, year, kind, word)
            found[key] = figures.plus(found.get(key, figures.NOTHING), some)
    return {key: some for key, some in found.items() if some != figures.NOTHING}


def move(session: Session, moved: Mapping[CellKey, Amounts]) -> None:
    """Move the sums."""
    rows = [
        {
            "organisation_id": office, "year": year, "kind": kind, "word": word, "owing": some[0],
            "activated": some[1], "studying": some[2], "complete": some[3], "tenths": some[4],
        }
        for (office, year, kind, word), some in sorted(moved.items())
    ]  # fmt: skip
    if rows:
        session.execute(_MOVE, rows)


def _collect(
    by_path: dict[tuple[str, int, str, str], Amounts], year: int, of: Figure | None, way: Any
) -> None:
    if of is None:
        return
    for (kind, word), some in figures.amounts(of).items():
        key = (of.path, year, kind, word)
        by_path[key] = way(by_path.get(key, figures.NOTHING), some)


def _keep(
    session: Session,
    known: Mapping[tuple[int, int], Figure],
    found: Mapping[tuple[int, int], Figure],
) -> None:
    gone = [key for key in known if key not in found]
    for person, year in gone:
        session.execute(
            delete(PersonFigure).where(
                col(PersonFigure.person_id) == person, col(PersonFigure.year) == year
            )
        )
    rows = [
        {"person_id": person, "year": year, **{name: getattr(figure, name) for name in COLUMNS}}
        for (person, year), figure in found.items()
        if known.get((person, year)) != figure
    ]
    if not rows:
        return
    insert = insert_of(session)
    put = insert(_figures)
    changed = {name: put.excluded[name] for name in COLUMNS}
    session.execute(
        put.on_conflict_do_update(index_elements=["person_id", "year"], set_=changed), rows
    )


def _counted_year(session: Session) -> int | None:
    return session.exec(select(FigureYear.year)).first()
