"""What a technician forgets about the database: edition, schema, clock, calendar, demo accounts."""

from collections.abc import Iterator
from datetime import date, timedelta

from sqlalchemy import Connection, inspect, text

from rxapp import clock
from rxapp.adapters import database_facts, looking, schema
from rxapp.adapters.database_facts import DatabaseFacts
from rxapp.adapters.schema import Age
from rxapp.rules.findings import Finding, fault, fine, warning
from rxapp.services import ground, safety
from rxapp.services.ground import Held
from rxapp.settings import settings

OLDEST_POSTGRES = 14
CLOCK_APART = timedelta(seconds=5)
# So many connections one worker may open, and a few are left for the operator.
PER_WORKER, BESIDES = 30, 10
# Next year's days off are announced in late autumn; classes of January are filed in December.
CALENDAR_FROM = (11, 1)


def examine(demo_number: str) -> Iterator[Finding]:
    """Everything the database tells; one finding when it does not answer."""
    try:
        held = ground.held()
        yield from safety.moved(held)
        yield from safety.keys_missing(held)
        yield from safety.database(held)
        with looking.looking() as connection:
            if connection is not None:
                yield from _of(connection, held, demo_number)
    except looking.Away as away:
        yield fault(
            "database.away", f"数据库 {away} 连接不上，未检查其内容。",
            "请确认它正在运行、网络可达、RXAPP_DATABASE_URL 中的用户和密码正确。",
        )  # fmt: skip


def _of(connection: Connection, held: Held, demo_number: str) -> Iterator[Finding]:
    facts = database_facts.facts_of(connection)
    yield from _server(facts)
    yield from _clock(facts)
    yield from _revision(held)
    if held.people and held.schema.age is not Age.NEWER:
        yield from _demo(connection, demo_number)
        yield from _calendar(connection, clock.today())


def _server(facts: DatabaseFacts) -> Iterator[Finding]:
    version = ".".join(str(part) for part in facts.version)
    if facts.kind == "SQLite":
        yield fine("database.version", f"内置数据库 SQLite {version}。")
        return
    if facts.version[0] < OLDEST_POSTGRES:
        yield fault(
            "database.old", f"PostgreSQL {version} 版本过低。",
            f"请升级到 {OLDEST_POSTGRES} 或更高版本。",
        )  # fmt: skip
    else:
        yield fine("database.version", f"PostgreSQL {version}。")
    if not facts.durable:
        yield fault(
            "database.not_durable", "PostgreSQL 没有把提交写到磁盘，断电会丢失已保存的内容。",
            "请在 postgresql.conf 中设置 fsync = on 和 synchronous_commit = on，然后重启它。",
        )  # fmt: skip
    if facts.encoding != "UTF8":
        yield fault(
            "database.encoding", f"数据库的字符编码是 {facts.encoding}，存不了所有汉字。",
            "请用 createdb -E UTF8 -T template0 新建数据库。",
        )  # fmt: skip
    needed = settings().workers * PER_WORKER + BESIDES
    if facts.connections < needed:
        yield warning(
            "database.connections",
            f"PostgreSQL 最多允许 {facts.connections} 个连接，{settings().workers} 个进程最多需要"
            f" {needed} 个。",
            f"请在 postgresql.conf 中设置 max_connections = {needed} 或更多，然后重启它。",
        )


def _clock(facts: DatabaseFacts) -> Iterator[Finding]:
    if facts.now is None:
        return
    apart = abs(facts.now - clock.now())
    if apart > CLOCK_APART:
        yield fault(
            "clock.apart", f"本机与数据库服务器的时间相差 {int(apart.total_seconds())} 秒。",
            "请在两台机器上都运行 timedatectl set-ntp true，内网请配置同一个时间服务器。",
        )  # fmt: skip
    else:
        yield fine("clock", "本机与数据库服务器的时间一致。")


def _revision(held: Held) -> Iterator[Finding]:
    if held.schema.age is Age.CURRENT:
        yield fine("schema", f"数据库结构是最新的（{held.schema.revision}）。")
    elif held.schema.age is Age.OLDER:
        yield warning(
            "schema.older", f"数据库结构（{held.schema.revision}）比本程序（{schema.head()}）旧。",
            "下次启动会自动升级；也可以先停止服务再运行 rxapp migrate。",
        )  # fmt: skip


def _demo(connection: Connection, demo_number: str) -> Iterator[Finding]:
    keys = ground.read_keys()
    if keys is None or settings().demo:
        return
    found = connection.execute(
        text("SELECT 1 FROM person WHERE identity_hash = :hash"),
        {"hash": keys.hash(demo_number, context="identity")},
    ).first()
    if found:
        yield fault(
            "demo.accounts", "数据库中有演示账号，其密码是公开的。",
            "请另用空的数据目录和数据库，先运行 rxapp init。",
        )  # fmt: skip


def _calendar(connection: Connection, today: date) -> Iterator[Finding]:
    if "working_calendar" not in inspect(connection).get_table_names():
        return
    known = set(
        connection.execute(text("SELECT year FROM working_calendar WHERE version > 0")).scalars()
    )
    mend = "请升级到带有该年日历的版本，或由市级管理员在“工作日历”中按国务院办公厅通知录入并发布。"
    wanted = [today.year]
    if (today.month, today.day) >= CALENDAR_FROM:
        wanted.append(today.year + 1)
    missing = [year for year in wanted if year not in known]
    for year in missing:
        said = f"没有{year}年的工作日历，该年的备案期限按周一至周五计算，可能不准。"
        level = fault if year == today.year else warning
        yield level("calendar.missing", said, mend)
    if not missing:
        yield fine("calendar", "工作日历齐全。")
