"""A whole installation moved into another database: everything, or nothing that could be served."""

import os
import random
import shutil
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NoReturn
from uuid import uuid4

import pytest
from pysqlite3 import dbapi2
from sqlalchemy import Engine, text
from sqlalchemy.exc import DatabaseError

from rxapp.adapters.database import make_engine
from rxapp.adapters.moving_postgres import PostgresSide
from rxapp.adapters.moving_sqlite import SqliteSide
from rxapp.errors import Conflict, Invalid, NotFound
from rxapp.rules.moves import MarkState
from rxapp.services import checking, database_marks, moving
from rxapp.services.checking import Finding
from rxapp.services.table_layouts import layouts
from tests import servers
from tests.services.rows import all_tables, everything, fill

MADE = "2020-08-01 01:00:00.000000"


def quiet(_step: str, _rows: int) -> None:
    """Tell nobody."""


def move(
    source: str, target: str, *, again: bool = True, tell: moving.Tell = quiet
) -> moving.Moved:
    return moving.move(source=source, target=target, again=again, tell=tell)


@pytest.fixture
def old(sqlite_template: Path, tmp_path: Path) -> str:
    """The address of a migrated SQLite database."""
    shutil.copyfile(sqlite_template, tmp_path / "rxapp.db")
    return f"sqlite:///{tmp_path / 'rxapp.db'}"


@pytest.fixture
def new(postgres_url: str, postgres_template: str) -> Iterator[str]:
    """The address of a PostgreSQL database in which an earlier move was cut off at its beginning.

    Its tables are there, which saves each test the making of them.
    """
    name = f"moved_{uuid4().hex}"
    url = servers.create_database(postgres_url, name, postgres_template)
    engine = make_engine(url)
    database_marks.put(engine, MarkState.LOADING, move="0" * 32)
    engine.dispose()
    yield url
    servers.drop_database(postgres_url, name)


@pytest.fixture
def empty(postgres_url: str) -> Iterator[str]:
    """The address of an empty PostgreSQL database, owned by somebody with few rights."""
    name = f"moved_{uuid4().hex}"
    url = servers.create_database(postgres_url, name)
    _owned_by_a_plain_role(postgres_url, name)
    yield url.replace("postgres@", "mover@")
    servers.drop_database(postgres_url, name)


def _owned_by_a_plain_role(server: str, name: str) -> None:
    engine = make_engine(server)
    with engine.connect() as line:
        line = line.execution_options(isolation_level="AUTOCOMMIT")
        if not line.execute(text("SELECT 1 FROM pg_roles WHERE rolname = 'mover'")).scalar():
            line.execute(text("CREATE ROLE mover LOGIN"))
        line.execute(text(f'ALTER DATABASE "{name}" OWNER TO mover'))
    engine.dispose()


@pytest.fixture
def without_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Random rows keep no ledger; that the checks are asked has a test of its own."""
    monkeypatch.setattr(checking, "check_all", lambda **_: [])


@contextmanager
def asked(url: str) -> Iterator[Engine]:
    """A database to ask; every connection has ended afterwards, so that nobody is in the way."""
    engine = make_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


def require_usable(url: str) -> None:
    with asked(url) as engine:
        database_marks.require_usable(engine)


def do(url: str, *statements: str) -> None:
    """Change a SQLite file by hand, and let go of it."""
    with closing(dbapi2.connect(url.removeprefix("sqlite:///"))) as line:
        for statement in statements:
            line.execute(statement)
        line.commit()


def add_office(url: str, *, id: int = 1, title: str = "'通知'", **changed: str) -> None:
    """One organisation, by hand."""
    values = {
        "id": str(id), "path": f"'/{id}/'", "name": title, "capacities": "'|employer|'",
        "address": "''", "status": "'active'",
    } | changed  # fmt: skip
    with closing(dbapi2.connect(url.removeprefix("sqlite:///"))) as line:
        for column in line.execute("PRAGMA table_info(organisation)").fetchall():
            if column[3] and column[4] is None and column[1] not in values:
                values[column[1]] = "''" if "CHAR" in column[2] else "0"
        line.execute(
            f"INSERT INTO organisation ({', '.join(values)}) VALUES ({', '.join(values.values())})"
        )
        line.commit()


def add_event(url: str, *, at: str = MADE, detail: str = "{}") -> None:
    """One record of the log, by hand."""
    do(
        url,
        "INSERT INTO audit_event (at, action, object_kind, detail)"
        f" VALUES ('{at}', 'account:signed_in', '', '{detail}')",
    )


def rows_of(engine: Engine) -> int:
    with engine.connect() as line:
        return sum(
            line.execute(text(f"SELECT count(*) FROM {table.name}")).scalar_one()
            for table in all_tables()
        )


def test_random_rows_of_every_table_go_there_and_back(
    old: str, empty: str, tmp_path: Path, without_checks: None
) -> None:
    with asked(old) as engine:
        fill(engine, random.Random(20200801))
        before = everything(engine)
    assert [name for name, rows in before.items() if not rows] == []
    done = move(old, empty, again=False)
    assert done == moving.Moved(len(before), sum(map(len, before.values())))
    with asked(empty) as engine:
        assert everything(engine) == before
    back = f"sqlite:///{tmp_path / 'back.db'}"
    move(empty, back, again=False)
    with asked(back) as engine:
        assert everything(engine) == before


def test_the_new_database_counts_on_and_has_its_guards_again(
    old: str, new: str, postgres_url: str, postgres_template: str
) -> None:
    event = (
        "INSERT INTO audit_event (at, action, object_kind, detail)"
        f" VALUES ('{MADE}', 'account:signed_in', '', '{{}}')"
    )
    do(old, event, event)
    move(old, new)
    with asked(new) as engine:
        with engine.begin() as line:
            assert line.execute(text(f"{event} RETURNING id")).scalar_one() == 3
        with pytest.raises(DatabaseError, match="append-only"), engine.begin() as line:
            line.execute(text("DELETE FROM audit_event"))
        shape = _shape(engine)
    with asked(servers.create_database(postgres_url, "fresh", postgres_template)) as engine:
        assert _shape(engine) == shape
    assert len(shape) > 300


def _shape(engine: Engine) -> list[tuple[str, ...]]:
    wanted = (
        "SELECT tgrelid::regclass::text, tgname, tgenabled::text FROM pg_trigger"
        " WHERE NOT tgisinternal UNION"
        " SELECT conrelid::regclass::text, conname || pg_get_constraintdef(oid),"
        " convalidated::text FROM pg_constraint WHERE connamespace = 'public'::regnamespace"
    )
    with engine.connect() as line:
        return sorted(tuple(row) for row in line.execute(text(wanted)))


def test_it_is_refused_while_the_old_one_is_in_use(old: str, new: str) -> None:
    add_office(old)
    # Nothing is under way, but the service has the database open.
    with asked(old) as served:
        rows_of(served)
        with pytest.raises(Conflict, match="停止服务"):
            move(old, new)
    move(old, new)
    with asked(new) as served:
        rows_of(served)
        with pytest.raises(Conflict, match="停止服务"):
            move(new, f"{old}2", again=False)
    move(new, f"{old}2", again=False)


def test_nobody_comes_in_meanwhile(old: str, new: str) -> None:
    add_office(old)
    seen = []

    def tell(step: str, _rows: int) -> None:
        with closing(dbapi2.connect(old.removeprefix("sqlite:///"), timeout=0)) as line:
            try:
                seen.append(line.execute("SELECT * FROM organisation").fetchall())
            except dbapi2.OperationalError as error:
                seen.append(str(error))

    move(old, new, tell=tell)
    assert set(seen) == {"database is locked"}
    assert len(seen) > 100


def test_the_old_one_is_not_served_again_unless_asked_to(
    old: str, new: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_office(old)
    require_usable(old)
    move(old, new)
    require_usable(new)
    with pytest.raises(Conflict, match="已经迁到另一个数据库"):
        require_usable(old)
    with pytest.raises(Conflict, match="已经迁到另一个数据库"):
        move(old, f"{old}3", again=False)
    with asked(old) as engine:
        monkeypatch.setattr(moving.database, "engine", lambda: engine)
        assert moving.undo()
        database_marks.require_usable(engine)
        assert not moving.undo()


def test_a_target_that_is_not_empty_is_left_alone(old: str, empty: str, tmp_path: Path) -> None:
    with asked(empty) as engine, engine.begin() as line:
        line.execute(text("CREATE TABLE theirs (id int)"))
    with pytest.raises(Conflict, match="不是空的"):
        move(old, empty)
    require_usable(empty)
    with pytest.raises(Invalid, match="同一个"):
        move(old, old, again=False)
    with pytest.raises(NotFound):
        move(f"sqlite:///{tmp_path / 'no.db'}", empty, again=False)
    with pytest.raises(Invalid):
        move(old, "mysql://localhost/x", again=False)


def test_an_older_or_odd_old_database_is_refused(old: str, new: str) -> None:
    do(old, "CREATE TABLE theirs (id int)")
    with pytest.raises(Conflict, match="theirs"):
        move(old, new)
    do(old, "DROP TABLE theirs", "UPDATE alembic_version SET version_num = '0009'")
    with pytest.raises(Conflict, match="rxapp migrate"):
        move(old, new)


def test_a_row_that_points_to_nothing_is_named(old: str, new: str) -> None:
    add_office(old, parent_id="77")
    with pytest.raises(Conflict, match="organisation 第1行"):
        move(old, new)


def test_what_the_new_one_cannot_hold_is_named_and_nothing_moves(
    old: str, new: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("'密' || char(0)", f"'{'密' * 121}'", "x'00ff'")
    add_office(old)
    for id, name in enumerate(names, 2):
        add_office(old, id=id, name=name)
    add_office(old, id=5, parent_id="'密'")
    # The control: what only looks like it.
    add_event(old, detail=r'{"a": "\\u0000", "b": "\ud83d\ude00"}')
    for detail in (r'{"a": "\u0000密"}', r'{"a": "\ud800"}', "[NaN]", "{"):
        add_event(old, detail=detail)
    add_event(old, at="-0044-03-15 00:00:00")
    # A word where a number belongs points to nothing as well.
    monkeypatch.setattr(SqliteSide, "find_broken", lambda _: None)
    with pytest.raises(moving.Unmovable) as caught:
        move(old, new)
    assert sorted(caught.value.faults) == [
        "数据表 audit_event，主键 2：字段 detail 含有空字符或不完整的字符",
        "数据表 audit_event，主键 3：字段 detail 含有空字符或不完整的字符",
        "数据表 audit_event，主键 4：字段 detail 不是有效的 JSON",
        "数据表 audit_event，主键 5：字段 detail 不是有效的 JSON",
        "数据表 audit_event，主键 6：字段 at 不是时间",
        "数据表 organisation，主键 2：字段 name 含有空字符",
        "数据表 organisation，主键 3：字段 name 超过120个字",
        "数据表 organisation，主键 4：字段 name 不是文字",
        "数据表 organisation，主键 5：字段 parent_id 不是整数",
    ]
    with pytest.raises(Conflict, match="--again"):
        require_usable(new)
    require_usable(old)


def test_a_long_text_arrives(old: str, new: str) -> None:
    long = "济宁😀" * 1_000_000
    add_event(old, detail=f'{{"a": "{long}"}}')
    move(old, new)
    with asked(new) as engine, engine.connect() as line:
        assert line.execute(text("SELECT detail ->> 'a' FROM audit_event")).scalar_one() == long


@pytest.mark.parametrize("said", ["目标数据库中没有这一行", "字段 name 的内容不一致"])
def test_a_difference_is_named_and_the_new_one_is_not_served(
    said: str, old: str, new: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_office(old)
    add_office(old, id=2)
    load = PostgresSide.load

    def spoiled(layout, rows):  # type: ignore[no-untyped-def]
        place = [column.name for column in layout.columns].index("name")
        for row in rows:
            if row[0] == 1:
                yield row
            elif "内容" in said:
                yield (*row[:place], "另一个", *row[place + 1 :])

    def wrongly(side, layout, rows) -> None:  # type: ignore[no-untyped-def]
        load(side, layout, spoiled(layout, rows) if layout.table == "organisation" else rows)

    monkeypatch.setattr(PostgresSide, "load", wrongly)
    with pytest.raises(moving.Unmovable) as caught:
        move(old, new)
    assert caught.value.faults == [f"数据表 organisation，主键 2：{said}"]
    with pytest.raises(Conflict, match="没有通过"):
        require_usable(new)
    require_usable(old)
    monkeypatch.setattr(PostgresSide, "load", load)
    move(old, new)
    require_usable(new)


def test_what_the_checks_find_keeps_the_new_one_from_being_served(
    old: str, new: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def check(*, on: Engine) -> list[Finding]:
        seen.append(on.dialect.name)
        return [Finding(True, "好。"), Finding(False, "有1处不符。")]

    monkeypatch.setattr(checking, "check_all", check)
    with pytest.raises(moving.Unmovable) as caught:
        move(old, new)
    assert caught.value.faults == ["有1处不符。"]
    assert seen == ["postgresql"]
    with pytest.raises(Conflict, match="没有通过"):
        require_usable(new)


@pytest.mark.parametrize("step", ["写入 showing", "核对 person", "核对目标数据库", "last"])
def test_killed_at_any_step_it_is_not_served_and_is_done_again(
    step: str, old: str, new: str
) -> None:
    add_office(old)
    if os.fork() == 0:
        _move_and_die_at(step, old, new)
    assert os.waitstatus_to_exitcode(os.wait()[1]) == -signal.SIGKILL
    with pytest.raises(Conflict, match="没有完成"):
        require_usable(new)
    with pytest.raises(Conflict, match="没有完成"):
        move(old, new, again=False)
    if step == "写入 showing":
        assert offices_of(new) == 0
    if step != "last":
        require_usable(old)
    move(old, new)
    require_usable(new)
    assert offices_of(new) == 1


def _move_and_die_at(step: str, old: str, new: str) -> NoReturn:
    def tell(now: str, _rows: int) -> None:
        if now == step:
            os.kill(os.getpid(), signal.SIGKILL)

    try:
        if step == "last":
            moving.database_marks.remove = lambda _: tell("last", 0)
        move(old, new, tell=tell)
    finally:
        os._exit(1)


def offices_of(url: str) -> int:
    with asked(url) as engine, engine.connect() as line:
        return line.execute(text("SELECT count(*) FROM organisation")).scalar_one()


def test_every_table_of_the_product_moves() -> None:
    assert {layout.table for layout in layouts()} == {table.name for table in all_tables()}
    for layout, table in zip(layouts(), all_tables(), strict=True):
        assert [column.name for column in layout.columns] == list(table.columns.keys())
        assert layout.key
