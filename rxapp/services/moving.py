"""Moving a whole installation's rows into another, empty database, proved row by row.

The rows are on one side only for everybody who serves: the new database carries a mark until all is
proved, the old one carries one from then on.
"""

import secrets
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, inspect, text
from sqlalchemy.engine import make_url

from rxapp.adapters import database, schema, serving_lock
from rxapp.adapters.moving_sides import Side, open_side, require_same_shape
from rxapp.errors import AppError, Conflict, Invalid, NotFound
from rxapp.rules.moves import SERVED, MarkState
from rxapp.rules.stored_values import Layout, Row, Unfit, compare, find_unfit, reader
from rxapp.services import checking, database_marks
from rxapp.services.table_layouts import STAYING, layouts

MOST_FAULTS = 20
Tell = Callable[[str, int], object]


class Unmovable(AppError):
    """The move did not come to a good end; each fault is one sentence."""

    def __init__(self, message: str, faults: list[str]) -> None:
        self.faults = faults
        super().__init__(message)


@dataclass(frozen=True)
class Moved:
    """What was moved."""

    tables: int
    rows: int


@dataclass
class _Move:
    source: Side
    target: Side
    tell: Tell
    tables: list[Layout] = field(default_factory=layouts)
    faults: list[str] = field(default_factory=list)
    name: str = field(default_factory=lambda: secrets.token_hex(16))


def move(*, source: str, target: str, again: bool, tell: Tell) -> Moved:
    """Move everything from one database address to another; tells the step and the rows done.

    Conflict when the source is in use, of another version, or moved already, and when the target is
    not empty. Unmovable names what the target cannot hold, or what was found different in it.
    """
    _require_two(source, target)
    if any(map(serving_lock.is_taken, (source, target))):
        raise Conflict(SERVED)
    with closing(open_side(source)) as old, closing(open_side(target)) as new:
        under_way = _Move(old, new, tell)
        with old.alone(under_way.tables):
            _require_movable(under_way)
            _prepare(under_way, target, again)
            rows = _load(under_way)
            _prove(under_way)
            # First the old one goes: killed between the two, neither is served.
            database_marks.put(old.engine, MarkState.MOVED, move=under_way.name)
        database_marks.remove(new.engine)
        return Moved(len(under_way.tables), rows)


def undo() -> bool:
    """Take the mark of having been moved away off the database of the settings."""
    engine = database.engine()
    mark = database_marks.find(engine)
    return mark is not None and mark.state is MarkState.MOVED and database_marks.remove(engine)


def _require_two(source: str, target: str) -> None:
    old, new = make_url(source), make_url(target)
    if old.set(drivername="x", query={}) == new.set(drivername="x", query={}):
        raise Invalid(message="迁出和迁入的是同一个数据库，请检查 RXAPP_DATABASE_URL 和 --to。")
    for each in (old, new):
        if each.get_backend_name() == "sqlite" and not each.database:
            raise Invalid(message="SQLite 的地址应写明文件，如 sqlite:////var/lib/rxapp/rxapp.db。")
    if old.get_backend_name() == "sqlite" and not Path(old.database or "").is_file():
        raise NotFound(f"没有找到原数据库文件：{old.database}。")


def _require_movable(move: _Move) -> None:
    if _revision(move.source.engine) != schema.head():
        raise Conflict("原数据库不是本版本的结构，没有迁移。请先运行 rxapp migrate，再试一次。")
    mark = database_marks.find(move.source.engine)
    theirs = database_marks.find(move.target.engine)
    # Killed in the last moment of an earlier try, both have the mark of that one move.
    last_try = mark and theirs and mark.move == theirs.move
    if mark is not None and not (mark.state is MarkState.MOVED and last_try):
        raise Conflict(mark.state.sentence)
    require_same_shape(move.source.engine, move.tables, STAYING)
    broken = move.source.find_broken()
    if broken is not None:
        raise Conflict(broken)


def _prepare(move: _Move, url: str, again: bool) -> None:
    engine = move.target.engine
    mark = database_marks.find(engine)
    if mark is None and inspect(engine).get_table_names():
        raise Conflict("目标数据库不是空的，没有迁移。请新建一个空的数据库，再试一次。")
    if mark is not None and (mark.state is MarkState.MOVED or not again):
        raise Conflict(mark.state.sentence)
    move.name = mark.move if mark else move.name
    move.tell("准备目标数据库", 0)
    # Before there is anything else in it.
    database_marks.put(engine, MarkState.LOADING, move=move.name)
    _migrate(move.target, url)
    require_same_shape(engine, move.tables, STAYING)


def _migrate(target: Side, url: str) -> None:
    # The lock of a SQLite file would be in its own way.
    target.close()
    database.migrate(url)


def _load(move: _Move) -> int:
    done = 0
    with move.target.loading(move.tables):
        for layout in move.tables:
            counted = _Counted(move, f"写入 {layout.table}")
            move.target.load(layout, counted.through(_readable(move, move.source, layout)))
            done += counted.rows
        if move.faults:
            raise Unmovable("原数据库中有目标数据库存不下的内容，没有迁移。", move.faults)
    return done


def _readable(move: _Move, side: Side, layout: Layout) -> Iterator[Row]:
    read = reader(layout)
    for raw in side.rows(layout):
        try:
            row = read(raw)
        except Unfit:
            found = [fault.sentence for fault in find_unfit(layout, raw)]
            move.faults += found[: MOST_FAULTS - len(move.faults)]
            continue
        yield row


def _prove(move: _Move) -> None:
    for layout in move.tables:
        _compare(move, layout)
    if not move.faults:
        move.tell("核对目标数据库", 0)
        found = checking.check_all(on=move.target.engine)
        move.faults += [finding.sentence for finding in found if not finding.sound][:MOST_FAULTS]
    if move.faults:
        database_marks.put(move.target.engine, MarkState.UNUSABLE, move=move.name)
        raise Unmovable(
            "迁入后的核对没有通过：目标数据库已标为不可用，原数据库没有变。", move.faults
        )


def _compare(move: _Move, layout: Layout) -> None:
    counted = _Counted(move, f"核对 {layout.table}")
    ours = counted.through(_readable(move, move.source, layout))
    for difference in compare(layout, ours, _readable(move, move.target, layout)):
        if difference is not None:
            move.faults.append(difference.sentence)
        if len(move.faults) >= MOST_FAULTS:
            return


@dataclass
class _Counted:
    move: _Move
    step: str
    rows: int = 0
    every: int = 20_000

    def through(self, rows: Iterator[Any]) -> Iterator[Any]:
        """The same rows, counted."""
        self.move.tell(self.step, 0)
        for row in rows:
            self.rows += 1
            if self.rows % self.every == 0:
                self.move.tell(self.step, self.rows)
            yield row


def _revision(engine: Engine) -> str | None:
    if not inspect(engine).has_table("alembic_version"):
        return None
    with engine.connect() as connection:
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
