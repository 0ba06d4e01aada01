"""One PostgreSQL database that test after test finds as a fresh copy of the template would be.

To copy a database of a hundred tables takes longer than most tests; to empty it does not.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from uuid import uuid4

import psycopg

from tests import servers

WAIT_SECONDS = 10

OTHERS = """
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
TABLES = """
    SELECT quote_ident(relname), pg_relation_size(oid) > 0 FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY relname
"""
COUNTED = """
    SELECT quote_ident(sequencename), start_value, last_value FROM pg_sequences
    WHERE schemaname = 'public' ORDER BY sequencename
"""
SHAPE = """
    SELECT md5(string_agg(said, ' ' ORDER BY said)) FROM (
        SELECT concat(relname, relkind) FROM pg_class WHERE relnamespace = 'public'::regnamespace
        UNION ALL SELECT concat(attrelid::regclass, '.', attname, atttypid, attnotnull)
            FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
            WHERE relnamespace = 'public'::regnamespace AND attnum > 0
        UNION ALL SELECT concat(tgrelid::regclass, tgname, tgenabled) FROM pg_trigger
            WHERE NOT tgisinternal
        UNION ALL SELECT concat(conrelid::regclass, conname) FROM pg_constraint
            WHERE connamespace = 'public'::regnamespace
        UNION ALL SELECT concat(proname, md5(prosrc)) FROM pg_proc
            WHERE pronamespace = 'public'::regnamespace
    ) AS parts (said)
"""


@dataclass
class Emptied:
    """The database of one worker, and what its template left in it."""

    server_url: str
    template: str
    url: str = ""
    name: str = ""

    def fresh(self) -> str:
        """The URL of the database, made if there is none."""
        if not self.url:
            self.name = f"test_{uuid4().hex}"
            self.url = servers.create_database(self.server_url, self.name, self.template)
            with self._line() as line:
                self._shape = _value(line, SHAPE)
                self._counted = line.execute(COUNTED).fetchall()
                tables = line.execute(TABLES).fetchall()
                self._rows = {table: _copied(line, table) for table, written in tables if written}
                self._all = ", ".join(table for table, _ in tables)
        return self.url

    def empty(self) -> None:
        """Take away what a test wrote; a database it changed the shape of is dropped."""
        with self._line() as line:
            _be_alone(line)
            if _value(line, SHAPE) == self._shape:
                self._restore(line)
                return
        self.drop()

    def drop(self) -> None:
        """Remove the database; the next test gets another."""
        if self.url:
            servers.drop_database(self.server_url, self.name)
            self.url = ""

    def _restore(self, line: psycopg.Connection) -> None:
        moved = set(line.execute(COUNTED).fetchall()) - set(self._counted)
        began = {name: (start, last) for name, start, last in self._counted}
        with line.transaction():
            # No trigger fires. Truncated, not deleted from: holes that rows left would be filled
            # first, and what was written last would be read first.
            line.execute("SET LOCAL session_replication_role = replica")
            line.execute(f"TRUNCATE {self._all}".encode())
            for table, rows in self._rows.items():
                with line.cursor().copy(f"COPY {table} FROM STDIN".encode()) as into:
                    into.write(rows)
            for name, _, _ in moved:
                start, last = began[name]
                line.execute("SELECT setval(%s, %s, %s)", (name, last or start, last is not None))

    def _line(self) -> psycopg.Connection:
        return psycopg.connect(self.url.replace("+psycopg", ""), autocommit=True)


def _be_alone(line: psycopg.Connection) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while _value(line, OTHERS):
        assert time.monotonic() < deadline, "a connection of the test does not end"
        time.sleep(0.005)


def _value(line: psycopg.Connection, sql: str) -> object:
    row = line.execute(sql.encode()).fetchone()
    return row[0] if row else None


def _copied(line: psycopg.Connection, table: str) -> bytes:
    with line.cursor().copy(f"COPY {table} TO STDOUT".encode()) as out:
        return b"".join(bytes(part) for part in out)
