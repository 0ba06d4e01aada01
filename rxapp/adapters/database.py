"""The database: one engine, short transactions, the same code on SQLite and PostgreSQL."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
import pysqlite3
from pysqlite3 import dbapi2
from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import StaticPool
from sqlmodel import Session, create_engine

from alembic import command
from rxapp.adapters import schema
from rxapp.adapters.outages import Away, Watchman
from rxapp.settings import settings

SqliteError = dbapi2.DatabaseError  # type: ignore[attr-defined]
ROOT = Path(__file__).resolve().parents[2]

# One writer at a time on SQLite: waiting in line here is fair and quick, waiting in the database is
# a sleeping poll. PostgreSQL needs no such line.
_writer = threading.Lock()

# Whoever serves people waits for the database only so long (seconds); a command waits to the end.
_patience: float | None = None
_watchman = Watchman()
CONNECT_SECONDS = 5
# By then the server itself has ended the statement, unless it does not answer at all.
GRACE_SECONDS = 2
# A server that vanished without a word is noticed by the machine below, too.
_KEEPALIVES = {"keepalives_idle": 15, "keepalives_interval": 5, "keepalives_count": 3}


def lose_patience_after(seconds: float | None) -> None:
    """From now on nobody in this process waits longer for a statement, or for his turn to write."""
    global _patience
    _patience = seconds


def make_engine(url: str, *, alone: bool = False) -> Engine:
    """An engine for `url`; SQLite comes with the pragmas that keep it safe and quick.

    `alone`: one connection, and on SQLite nobody else can have the file open beside it.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _alone(url) if alone else _sqlite_engine(url)
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    made = create_engine(
        parsed, pool_size=10, max_overflow=20, pool_timeout=CONNECT_SECONDS, pool_pre_ping=True,
        hide_parameters=True, connect_args={"connect_timeout": CONNECT_SECONDS, **_KEEPALIVES},
    )  # fmt: skip
    event.listen(made, "do_connect", _connect)
    event.listen(made, "connect", _plan_for_who_asks)
    event.listen(made, "connect", _limit_statements)
    return made


@cache
def engine() -> Engine:
    """The engine of this process."""
    return make_engine(settings().database)


def forget_engine() -> None:
    """Close this process's connections, so that none is shared with a worker forked from it."""
    if engine.cache_info().currsize:
        engine().dispose()
        engine.cache_clear()


@contextmanager
def one_moment(*, on: Engine | None = None) -> Iterator[Session]:
    """A transaction that only reads, and reads the database as it was when it began.

    SQLite's every transaction does; PostgreSQL's would see between two looks what others did.
    """
    with transaction(on=on) as session:
        if session.get_bind().dialect.name == "postgresql":
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        yield session


@contextmanager
def transaction(*, write: bool = False, on: Engine | None = None) -> Iterator[Session]:
    """One transaction: committed at the end, rolled back whole on any error.

    `write=True` takes SQLite's write lock at once, so that a read followed by a write can never be
    refused half-way.
    """
    bound = on or engine()
    if bound.dialect.name != "sqlite":
        _watchman.require(lambda: _look(bound))
    elif write:
        _watchman.require(lambda: _look_at_writing(bound))
        with (
            _writing(bound) as connection,
            Session(connection, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session
        return
    with Session(bound, expire_on_commit=False) as session, session.begin():
        yield session


def migrate(url: str | None = None, *, to: str = "head") -> None:
    """Bring a database, empty or older, to the newest schema or to the revision `to`."""
    target = url or settings().database
    parsed = make_url(target)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    config = schema.config()
    config.attributes["url"] = target
    command.upgrade(config, to)


def revision_of(url: str | None = None) -> str | None:
    """The revision a database is at; None for one that was never prepared."""
    target = url or settings().database
    parsed = make_url(target)
    if parsed.get_backend_name() == "sqlite" and not Path(parsed.database or "").exists():
        return None
    made = make_engine(target)
    try:
        with made.connect() as connection:
            return schema.of(connection).revision or None
    finally:
        made.dispose()


def _alone(url: str) -> Engine:
    made = _sqlite_engine(url, poolclass=StaticPool)
    # Before anything else is asked of the file: only then SQLite takes the lock for good.
    event.listen(made, "connect", _lock_others_out, insert=True)
    return made


def _lock_others_out(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA busy_timeout=3000")
    connection.execute("PRAGMA locking_mode=EXCLUSIVE")


@contextmanager
def _writing(bound: Engine) -> Iterator[Connection]:
    """A connection of SQLite's one writer, once it is our turn."""
    if not _writer.acquire(timeout=-1 if _patience is None else _patience):
        _watchman.lost()
        raise Away
    try:
        with bound.connect() as connection:
            yield connection.execution_options(rxapp_write=True)
    finally:
        _writer.release()


def _look(bound: Engine) -> None:
    with bound.connect():
        pass


def _look_at_writing(bound: Engine) -> None:
    with _writing(bound) as connection, connection.begin():
        pass


class _Impatient(psycopg.Connection[Any]):
    """A connection that is given up when its server does not answer: stopped or cut off."""

    def wait(self, gen: Any, *given: Any, timeout: float | None = None, **more: Any) -> Any:
        """As ever, but not for ever."""
        if timeout is None and _patience is not None:
            timeout = _patience + GRACE_SECONDS
        try:
            return super().wait(gen, *given, timeout=timeout, **more)
        except psycopg.errors._WaitTimeout:
            _watchman.lost()
            # What was asked may still be under way there: nobody may go on with this connection.
            self.pgconn.finish()
            raise psycopg.OperationalError("the server did not answer in time") from None


def _connect(_dialect: object, _record: object, given: list[Any], more: dict[str, Any]) -> Any:
    try:
        return _Impatient.connect(*given, **more)
    except psycopg.errors.ConnectionTimeout:
        _watchman.lost()
        raise


def _plan_for_who_asks(connection: Any, _record: object) -> None:
    # After five times a statement would be planned once for everybody: what suits an employer's
    # clerk walks through a whole city for its bureau.
    with connection.cursor() as cursor:
        cursor.execute("SET plan_cache_mode = force_custom_plan")
    connection.commit()


def _limit_statements(connection: Any, _record: object) -> None:
    if _patience is None:
        return
    with connection.cursor() as cursor:
        cursor.execute(f"SET statement_timeout = {int(_patience * 1000)}")
    connection.commit()


def _sqlite_engine(url: str, **options: Any) -> Engine:
    made = create_engine(
        url,
        module=pysqlite3,
        **options,
        connect_args={"check_same_thread": False},
        # A failed statement is logged without the names and numbers it carried.
        hide_parameters=True,
    )
    event.listen(made, "connect", _set_pragmas)
    event.listen(made, "begin", _begin)
    return made


def _set_pragmas(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={30_000 if _patience is None else int(_patience * 1000)}",
        "cache_size=-65536",
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection) -> None:  # type: ignore[no-untyped-def]
    write = connection.get_execution_options().get("rxapp_write", False)
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
    except OperationalError as error:
        if write and _patience is not None and _is_busy(error):
            _watchman.lost()
        raise


def _is_busy(error: OperationalError) -> bool:
    return getattr(error.orig, "sqlite_errorname", "") == "SQLITE_BUSY"
