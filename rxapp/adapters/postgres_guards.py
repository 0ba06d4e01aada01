"""Filling a PostgreSQL database with rows as they were, without its guards.

References are dropped and triggers put aside: those that keep what may never change, and those that
mark what did, for what is brought in is no news. The rights of the database's owner are enough.
"""

from collections.abc import Iterable
from typing import Any

import psycopg
from psycopg import sql

# Table and name as they may stand in a statement, and what the reference says.
Reference = tuple[str, str, str]

_REFERENCES = (
    "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid)"
    " FROM pg_constraint WHERE contype = 'f'"
    " AND connamespace = current_schema()::regnamespace ORDER BY 1, 2"
)


def put_aside(connection: psycopg.Connection[Any], tables: Iterable[str]) -> list[Reference]:
    """Empty these tables and put their guards aside, within a transaction of the caller's."""
    names = sorted(tables)
    references = connection.execute(_REFERENCES).fetchall()
    for table, name, _ in references:
        connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}".encode())
    _alter(connection, names, "DISABLE TRIGGER USER")
    listed = sql.SQL(", ").join(map(sql.Identifier, names))
    connection.execute(sql.SQL("TRUNCATE {}").format(listed))
    return references


def put_back(
    connection: psycopg.Connection[Any], tables: Iterable[str], references: list[Reference]
) -> None:
    """Bring the guards back; psycopg.IntegrityError where a row points to nothing."""
    _alter(connection, sorted(tables), "ENABLE TRIGGER USER")
    for table, name, definition in references:
        connection.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}".encode())


def _alter(connection: psycopg.Connection[Any], tables: list[str], what: str) -> None:
    for table in tables:
        named = sql.Identifier(table).as_string(connection)
        connection.execute(f"ALTER TABLE {named} {what}".encode())
