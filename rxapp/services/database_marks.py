"""Whether a database may be used, by the marks that a move leaves on it."""

from pathlib import Path

from sqlalchemy import Engine, delete, inspect
from sqlmodel import select

from rxapp import clock
from rxapp.adapters.database import transaction
from rxapp.errors import Conflict
from rxapp.models.marks import DatabaseMark
from rxapp.rules.moves import MarkState


def require_usable(on: Engine) -> None:
    """Conflict, with what to do, for a database that was moved away or not wholly moved in."""
    mark = find(on)
    if mark is not None:
        raise Conflict(mark.state.sentence)


def find(on: Engine) -> DatabaseMark | None:
    """The mark on a database, if there is one; an older schema has no place for any."""
    if on.dialect.name == "sqlite" and not Path(on.url.database or "").is_file():
        return None
    if not inspect(on).has_table(str(DatabaseMark.__tablename__)):
        return None
    with transaction(on=on) as session:
        return session.exec(select(DatabaseMark)).first()


def put(on: Engine, state: MarkState, *, move: str) -> None:
    """Mark a database, even one that has no table yet; an older mark gives way."""
    DatabaseMark.metadata.tables["database_mark"].create(on, checkfirst=True)
    with transaction(write=True, on=on) as session:
        session.execute(delete(DatabaseMark))
        session.add(DatabaseMark(state=state, move=move, at=clock.now()))


def remove(on: Engine) -> bool:
    """Take the mark away; False when there is none."""
    if find(on) is None:
        return False
    with transaction(write=True, on=on) as session:
        session.execute(delete(DatabaseMark))
    return True
