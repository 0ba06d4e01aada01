"""Bringing a written-out database back, into a place where there is none yet."""

import contextlib
import json
import os
from collections.abc import Iterable
from typing import Any, Protocol

import psycopg
from psycopg import sql

from rxapp.adapters import database, postgres_guards
from rxapp.adapters.backup_stream import Found
from rxapp.adapters.database_dump import (
    SEQUENCES,
    SQLITE,
    WHOLE,
    columns_of,
    connect,
    copying,
    count_rows,
    file_of,
    kind_of,
    opened,
    remove_sqlite,
    tables_of,
)
from rxapp.errors import Conflict
from rxapp.rules.backup_manifest import BadBackup, Part

_FUNCTIONS = (
    "SELECT p.oid::regprocedure::text FROM pg_proc p"
    " WHERE p.pronamespace = current_schema()::regnamespace"
)
_STRANGE = "备份中有本版本不认识的数据表，不能使用这份备份。"


class Loader(Protocol):
    """Takes the parts of a database in the order they were written."""

    tables: dict[str, int]

    def take(self, found: Found) -> Part:
        """Load one part."""
        ...

    def finish(self) -> None:
        """All parts came: prove what the database itself can prove, and keep them."""
        ...

    def abandon(self) -> None:
        """Leave the place as empty as it was."""
        ...


def require_empty(url: str) -> None:
    """Conflict where a database is already."""
    if kind_of(url) == SQLITE:
        empty = not file_of(url).exists()
    else:
        with connect(url) as connection:
            empty = not tables_of(connection)
    if not empty:
        raise Conflict(
            "要恢复到的数据库不是空的，没有作任何改动。请换一个新建的空数据库再恢复；"
            "如果是上次恢复中断留下的，请先删除它再重新建立。"
        )


def loader(url: str, revision: str) -> Loader:
    """What loads into this empty database at this revision of the schema."""
    return _SqliteLoader(url) if kind_of(url) == SQLITE else _PostgresLoader(url, revision)


class _SqliteLoader:
    def __init__(self, url: str) -> None:
        self._target = file_of(url)
        self._part = self._target.with_name(self._target.name + ".restoring")
        self.tables: dict[str, int] = {}

    def take(self, found: Found) -> Part:
        if found.header.name != WHOLE or self.tables:
            raise BadBackup(_STRANGE)
        self._target.parent.mkdir(parents=True, exist_ok=True)
        remove_sqlite(self._part)
        with open(os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            for block in found.blocks():
                file.write(block)
            file.flush()
            os.fsync(file.fileno())
        self.tables = self._proved()
        return Part(WHOLE, found.size, found.sha256)

    def finish(self) -> None:
        if not self.tables:
            raise BadBackup("备份中没有数据库，不能使用这份备份。")
        self._part.rename(self._target)

    def abandon(self) -> None:
        remove_sqlite(self._part)
        remove_sqlite(self._target)

    def _proved(self) -> dict[str, int]:
        try:
            with opened(self._part) as restored:
                whole = restored.execute("PRAGMA integrity_check(1)").fetchone()[0] == "ok"
                orphan = restored.execute("PRAGMA foreign_key_check").fetchone()
            counted = count_rows(self._part)
        except database.SqliteError:
            whole, orphan, counted = False, None, {}
        if not whole:
            raise BadBackup("备份中的数据库文件已损坏，不能使用这份备份。")
        if orphan is not None:
            raise BadBackup(f"备份的数据表 {orphan[0]} 中有指向不存在内容的行，不能使用这份备份。")
        return counted


class _PostgresLoader:
    def __init__(self, url: str, revision: str) -> None:
        self._connection = connect(url)
        # The schema of that time, made by the migrations themselves; what they put in goes again.
        self._sequences: dict[str, int] = {}
        self.tables = {}
        try:
            database.migrate(url, to=revision)
            self._wanted = set(tables_of(self._connection))
            self._make_room()
        except BaseException:
            self.abandon()
            raise

    def _make_room(self) -> None:
        self._connection.execute("BEGIN")
        self._references = postgres_guards.put_aside(self._connection, self._wanted)

    def take(self, found: Found) -> Part:
        name = found.header.name
        if name == SEQUENCES and not found.header.columns:
            self._sequences = _sequences(found.content())
            return Part(name, found.size, found.sha256)
        if name not in self._wanted or name in self.tables:
            raise BadBackup(_STRANGE)
        if found.header.columns != columns_of(self._connection, name):
            raise BadBackup(f"备份中数据表 {name} 的各列与平台的不一致，不能使用这份备份。")
        with self._connection.cursor() as cursor:
            try:
                with cursor.copy(copying(name, found.header.columns, out=False)) as copy:
                    for block in found.blocks():
                        copy.write(block)
            except psycopg.DataError as fault:
                raise BadBackup(f"备份中数据表 {name} 的内容无法读入，不能使用。") from fault
            self.tables[name] = cursor.rowcount
        return Part(name, found.size, found.sha256)

    def finish(self) -> None:
        if missing := self._wanted - set(self.tables):
            raise BadBackup(f"备份中缺少数据表 {min(missing)}，不能使用这份备份。")
        for name, value in self._sequences.items():
            self._connection.execute(
                "SELECT setval(%s::regclass, %s)", (sql.Identifier(name).as_string(), value)
            )
        try:
            postgres_guards.put_back(self._connection, self._wanted, self._references)
        except psycopg.IntegrityError as fault:
            raise BadBackup(
                f"备份的数据表 {fault.diag.table_name} 中有指向不存在内容的行，不能使用这份备份。"
            ) from None
        self._connection.execute("COMMIT")
        self._connection.execute("ANALYZE")
        self._connection.close()

    def abandon(self) -> None:
        # Where the server is gone its own end of the transaction does the same.
        with contextlib.suppress(psycopg.OperationalError):
            self._connection.execute("ROLLBACK")
            clear(self._connection)
            self._connection.close()


def clear(connection: psycopg.Connection[Any]) -> None:
    """Drop every table and function of the current schema."""
    with connection.transaction():
        for table in tables_of(connection):
            connection.execute(sql.SQL("DROP TABLE {} CASCADE").format(sql.Identifier(table)))
        names: Iterable[tuple[str]] = connection.execute(_FUNCTIONS).fetchall()
        for (name,) in names:
            connection.execute(f"DROP FUNCTION {name}".encode())


def make_schema(connection: psycopg.Connection[Any], name: str) -> bool:
    """Make an empty schema beside the database's own; False where that is not allowed."""
    try:
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(name)))
    except psycopg.errors.InsufficientPrivilege:
        return False
    return True


def drop_schemas(connection: psycopg.Connection[Any], beginning: str) -> None:
    """Drop every schema whose name begins so, with all that is in it."""
    found = connection.execute(
        "SELECT nspname FROM pg_namespace WHERE starts_with(nspname, %s)", (beginning,)
    ).fetchall()
    for (name,) in found:
        connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(name)))


def _sequences(content: bytes) -> dict[str, int]:
    try:
        said = json.loads(content)
        return {str(name): int(value) for name, value in said.items()}
    except (ValueError, TypeError, AttributeError):
        raise BadBackup("备份中的编号记录不符合格式，不能使用这份备份。") from None
