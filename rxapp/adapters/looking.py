"""Looking into the database without leaving a trace: nothing is made, nothing is changed."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from pysqlite3 import dbapi2
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from rxapp.settings import settings

CONNECT_SECONDS = 3


class Away(Exception):
    """The database does not answer; says where it was looked for, without a password."""


def where(url: str | None = None) -> str:
    """The database as it may be named in a sentence."""
    parsed = make_url(url or settings().database)
    if parsed.get_backend_name() == "sqlite":
        return parsed.database or ""
    return f"{parsed.host or 'localhost'}:{parsed.port or 5432}/{parsed.database}"


@contextmanager
def looking(url: str | None = None) -> Iterator[Connection | None]:
    """A connection that only reads; None where there is no database file. Raises Away."""
    parsed = make_url(url or settings().database)
    embedded = parsed.get_backend_name() == "sqlite"
    if embedded and not Path(parsed.database or "").exists():
        yield None
        return
    engine = _file_engine(Path(parsed.database or "")) if embedded else _server_engine(parsed)
    try:
        with _connected(engine) as connection:
            yield connection
    finally:
        engine.dispose()


@contextmanager
def _connected(engine: Engine) -> Iterator[Connection]:
    try:
        connection = engine.connect()
    except (DBAPIError, OSError):
        raise Away(where()) from None
    with connection:
        if engine.dialect.name == "postgresql":
            connection = connection.execution_options(postgresql_readonly=True)
        yield connection


def _file_engine(path: Path) -> Engine:
    log, index = (path.with_name(f"{path.name}{end}") for end in ("-wal", "-shm"))
    in_use = log.exists() and (index.exists() or log.stat().st_size > 0)
    # A database at rest is read as it lies: opened otherwise it would leave files beside it, and
    # as another user's they would keep the service out.
    rest = "" if in_use else "&immutable=1"
    address = f"file:{quote(str(path.absolute()))}?mode=ro{rest}"
    return create_engine(
        "sqlite://", poolclass=NullPool, hide_parameters=True,
        creator=lambda: dbapi2.connect(address, uri=True, timeout=5),  # pyright: ignore
    )  # fmt: skip


def _server_engine(parsed: URL) -> Engine:
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    return create_engine(
        parsed, poolclass=NullPool, hide_parameters=True,
        connect_args={"connect_timeout": CONNECT_SECONDS},
    )  # fmt: skip
