"""A whole installation moved into another database: everything, or nothing that could be served."""

import os
import random
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest
from pysqlite3 import dbapi2
from sqlalchemy import Engine, text

from rxapp.adapters.database import make_engine
from rxapp.adapters.moving_postgres import PostgresSide
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
def look() -> Iterator[Callable[[str], Engine]]:
    """Ask a database; every connection ends at once, so that nobody is in the way."""
    made = []

    def engine(url: str) -> Engine:
        made.append(make_engine(url))
        return made[-1]

    yield engine
    for each in made:
        each.dispose()


@pytest.fixture
def without_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Random rows keep no ledger; that the checks are asked has a test of its own."""
    monkeypatch.setattr(checking, "check_all", lambda **_: [])


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


def rows_of(engine: Engine) -> int:
    with engine.connect() as line:
        return sum(
            line.execute(text(f"SELECT count(*) FROM {table.name}")).scalar_one()
            for table in all_tables()
        )


@pytest.mark.parametrize("seed", [1, 2])
def test_random_rows_of_every_table_go_there_and_back(
    seed: int, old: str, empty: str, tmp_path: Path, look, without_checks: None
) -> None:
    source = look(old)
    fill(source, random.Random(seed))
    before = everything(source)
    assert [name for name, rows in before.items() if not rows] == []
    source.dispose()
    done = move(old, empty, again=False)
    assert done == moving.Moved(len(before), sum(map(len, before.values())))
    there = look(empty)
    assert everything(there) == before
    there.dispose()
    back = f"sqlite:///{tmp_path / 'back.db'}"
    move(empty, back, again=False)
    assert everything(look(back)) == before


def test_the_new_database_counts_on_and_has_its_guards_again(
    old: str, new: str, sqlite_template: Path, postgres_url: str, postgres_template: str, look,
    without_checks: None,
) -> None:  # fmt: skip
    source = look(old)
    fill(source, random.Random(3), most=2)
    with source.connect() as line:
        last = line.execute(text("SELECT max(id) FROM audit_event")).scalar_one()
    source.dispose()
    move(old, new)
    engine = look(new)
    with engine.begin() as line:
        made = line.execute(
            text(
                "INSERT INTO audit_event (at, action, object_kind, detail)"
                f" VALUES ('{MADE}', 'account:signed_in', '', '{{}}') RETURNING id"
            )
        )
        assert made.scalar_one() == last + 1
    with pytest.raises(Exception, match="append-only"), engine.begin() as line:
        line.execute(text("DELETE FROM audit_event"))
    fresh = servers.create_database(postgres_url, f"fresh_{uuid4().hex}", postgres_template)
    shape = (
        "SELECT tgrelid::regclass::text, tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal"
        " UNION SELECT conrelid::regclass::text, conname || pg_get_constraintdef(oid),"
        " CASE WHEN convalidated THEN 'v' END::\"char\" FROM pg_constraint ORDER BY 1, 2"
    )
    with engine.connect() as line, look(fresh).connect() as other:
        shapes = [sorted(map(tuple, each.execute(text(shape)))) for each in (line, other)]
    assert shapes[0] == shapes[1]
    assert len(shapes[0]) > 300


def test_it_is_refused_while_the_old_one_is_in_use(old: str, new: str, look) -> None:
    add_office(old)
    served = look(old)
    with served.connect() as line:
        line.execute(text("SELECT 1 FROM organisation")).all()
    # Nothing is under way, but the service has the file open.
    with pytest.raises(Conflict, match="停止服务"):
        move(old, new)
    served.dispose()
    move(old, new)
    served = look(new)
    with served.connect() as line:
        line.execute(text("SELECT 1 FROM organisation")).all()
    with pytest.raises(Conflict, match="停止服务"):
        move(new, f"{old}2", again=False)
    served.dispose()
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
    old: str, new: str, look, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_office(old)
    database_marks.require_usable(look(old))
    for each in (old,):
        look(each).dispose()
    move(old, new)
    database_marks.require_usable(look(new))
    with pytest.raises(Conflict, match="已经迁到另一个数据库"):
        database_marks.require_usable(look(old))
    other = f"{old}3"
    with pytest.raises(Conflict, match="已经迁到另一个数据库"):
        move(old, other, again=False)
    monkeypatch.setattr(moving.database, "engine", lambda: look(old))
    assert moving.undo()
    database_marks.require_usable(look(old))
    assert not moving.undo()


def test_a_target_that_is_not_empty_is_left_alone(
    old: str, empty: str, look, tmp_path: Path
) -> None:
    engine = look(empty)
    with engine.begin() as line:
        line.execute(text("CREATE TABLE theirs (id int)"))
    with pytest.raises(Conflict, match="不是空的"):
        move(old, empty)
    assert not database_marks.find(engine)
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


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"name": "'密' || char(0)"}, "name 含有空字符"),
        ({"name": f"'{'密' * 201}'"}, "name 超过"),
        ({"parent_id": "'密'"}, "parent_id 不是整数"),
        ({"name": "x'00ff'"}, "name 不是文字"),
    ],
)
def test_what_the_new_one_cannot_hold_is_named_and_nothing_moves(
    changed: dict[str, str], said: str, old: str, new: str, look,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    add_office(old)
    add_office(old, id=2, **changed)
    # Where a text stands in a number, it points to nothing as well.
    monkeypatch.setattr(moving.SqliteSide, "find_broken", lambda _: None)
    with pytest.raises(moving.Unmovable) as caught:
        move(old, new)
    assert len(caught.value.faults) == 1
    assert said in caught.value.faults[0]
    assert "数据表 organisation，主键 2：" in caught.value.faults[0]
    assert "密" not in caught.value.faults[0]
    with pytest.raises(Conflict, match="--again"):
        database_marks.require_usable(look(new))
    database_marks.require_usable(look(old))


@pytest.mark.parametrize(
    ("at", "days", "said"),
    [
        (MADE, r'{"a": "\u0000"}', "days 含有空字符"),
        (MADE, r'{"a": "\ud800"}', "days 含有空字符"),
        (MADE, "[NaN]", "days 不是有效"),
        ("-0044-03-15 00:00:00", "{}", "at 不是时间"),
    ],
)
def test_odd_json_and_times_are_named(at: str, days: str, said: str, old: str, new: str) -> None:
    insert = (
        "INSERT INTO audit_event (at, action, object_kind, detail)"
        " VALUES ('{}', 'account:signed_in', '', '{}')"
    )
    do(old, insert.format(MADE, r'{"a": "\\u0000", "b": "\ud83d\ude00"}'))
    do(old, insert.format(at, days))
    with pytest.raises(moving.Unmovable) as caught:
        move(old, new)
    said = said.replace("days", "detail")
    assert [said in fault and "主键 2" in fault for fault in caught.value.faults] == [True]


def test_a_long_text_arrives(old: str, new: str, look) -> None:
    long = "济宁😀" * 1_000_000
    with closing(dbapi2.connect(old.removeprefix("sqlite:///"))) as line:
        line.execute(
            "INSERT INTO audit_event (at, action, object_kind, detail)"
            f" VALUES ('{MADE}', 'account:signed_in', '', ?)", (f'{{"a": "{long}"}}',),
        )  # fmt: skip
        line.commit()
    move(old, new)
    with look(new).connect() as line:
        assert line.execute(text("SELECT detail ->> 'a' FROM audit_event")).scalar_one() == long


@pytest.mark.parametrize("said", ["目标数据库中没有这一行", "字段 name 的内容不一致"])
def test_a_difference_is_named_and_the_new_one_is_not_served(
    said: str, old: str, new: str, look, monkeypatch: pytest.MonkeyPatch
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
        database_marks.require_usable(look(new))
    database_marks.require_usable(look(old))
    monkeypatch.setattr(PostgresSide, "load", load)
    look(new).dispose()
    move(old, new)
    database_marks.require_usable(look(new))


def test_what_the_checks_find_keeps_the_new_one_from_being_served(
    old: str, new: str, look, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def check(*, on: Engine) -> list[Finding]:
        asked.append(on.dialect.name)
        return [Finding(True, "好。"), Finding(False, "有1处不符。")]

    monkeypatch.setattr(checking, "check_all", check)
    with pytest.raises(moving.Unmovable) as caught:
        move(old, new)
    assert caught.value.faults == ["有1处不符。"]
    assert asked == ["postgresql"]
    assert database_marks.find(look(new)).state is MarkState.UNUSABLE


STEPS = ("准备目标数据库", "写入 organisation", "写入 showing", "核对 person", "核对目标数据库")


@pytest.mark.parametrize("step", [*STEPS, "last"])
def test_killed_at_any_step_it_is_not_served_and_is_done_again(
    step: str, old: str, new: str, look
) -> None:
    add_office(old)

    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def tell(now: str, _rows: int) -> None:
        if now == step:
            die()

    child = os.fork()
    if child == 0:
        try:
            if step == "last":
                moving.database_marks.remove = lambda _: die()
            move(old, new, tell=tell)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    engine = look(new)
    if step != STEPS[0]:
        with pytest.raises(Conflict, match="没有完成"):
            database_marks.require_usable(engine)
        with pytest.raises(Conflict, match="没有完成"):
            move(old, new, again=False)
    if step.startswith("写入"):
        assert rows_of(engine) == _seeded(look, old)
    engine.dispose()
    if step != "last":
        database_marks.require_usable(look(old))
        look(old).dispose()
    move(old, new)
    database_marks.require_usable(look(new))
    with look(new).connect() as line:
        assert line.execute(text("SELECT count(*) FROM organisation")).scalar_one() == 1


def _seeded(look, old: str) -> int:
    """What the schema itself brings along: all rows of the old one but the one made here."""
    engine = look(old)
    try:
        return rows_of(engine) - 1
    finally:
        engine.dispose()


def test_every_table_of_the_product_moves() -> None:
    assert {layout.table for layout in layouts()} == {table.name for table in all_tables()}
    for layout, table in zip(layouts(), all_tables(), strict=True):
        assert [column.name for column in layout.columns] == list(table.columns.keys())
        assert layout.key
