"""Inserts that say what becomes of a row that is there already: each database has its own."""

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session


def insert_of(session: Session) -> Any:
    """The `insert` of this session's database, with `on_conflict_do_…`."""
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    return sqlite.insert if on_sqlite else postgresql.insert
