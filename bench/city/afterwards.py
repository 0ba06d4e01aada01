"""Around the COPY: indexes away and made again, sums, the tables' statistics, published notices."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import psycopg

from bench.city.life import SEED
from bench.city.sizes import Sizes

# Indexes of these are made after the rows are there.
LARGE = (
    "person", "affiliation", "sign_in", "message", "credit", "year_total", "claim",
    "claim_decision", "claim_file", "evidence", "certificate", "person_figure", "figure_cell",
    "lesson_progress", "showing", "roster_line", "enrolment", "audit_event", "audit_seal",
)  # fmt: skip
# What waits, what was decided and what was answered, counted as the services count it.
SUMS = """
INSERT INTO queue_total (office_id, queue, waiting)
SELECT office_id, 'claims', count(*) FROM claim WHERE status = 'submitted' GROUP BY 1;
INSERT INTO queue_total (office_id, queue, waiting)
SELECT office_id, 'claims.' || step, count(*) FROM claim WHERE status = 'submitted' GROUP BY 1, 2;
INSERT INTO queue_total (office_id, queue, waiting)
SELECT office_id, 'applications', count(*) FROM application WHERE status = 'submitted' GROUP BY 1;
INSERT INTO reviewer_day (office_id, day, person_id, decisions, passes, timed, seconds, minute,
                          in_minute, peak, peak_minute)
SELECT office_id, (at AT TIME ZONE 'Asia/Shanghai')::date, by_id, count(*),
       count(*) FILTER (WHERE act = 'pass'), count(*), sum(seconds), 0, 1,
       CASE WHEN by_id % 500 = 1 THEN 7 ELSE 1 END, 0
  FROM claim_decision WHERE office_id IS NOT NULL GROUP BY 1, 2, 3;
INSERT INTO reviewer_month (office_id, month, person_id, decisions, passes, timed, seconds)
SELECT office_id, date_trunc('month', day)::date, person_id, sum(decisions), sum(passes),
       sum(timed), sum(seconds)
  FROM reviewer_day GROUP BY 1, 2, 3;
INSERT INTO learner_day (person_id, day, answers, quick, hour_bits, hours)
SELECT person_id, (shown_at AT TIME ZONE 'Asia/Shanghai')::date, count(*),
       CASE WHEN person_id % 1000 = 0 THEN 6 ELSE 0 END, 1, 1
  FROM showing GROUP BY 1, 2;
INSERT INTO notice_mark (person_id, read_until)
SELECT id, now() - interval '9 days' FROM person WHERE id % 3 = 0;
DELETE FROM figure_mark;
DELETE FROM figure_sweep;
DELETE FROM office_mark;
INSERT INTO office_mark (office_id) SELECT id FROM organisation;
"""
NOTICE = """请各单位在月底前核对本单位人员名单，离职、退休的及时登记。

- 名单有缺漏的，在“批量导入”补充；
- 有待办申请的，请在五天内办理；
- 核对后填写附件回执，报上级单位。
"""

Held = list[tuple[str, str]]
"""Indexes: the statement that makes each again, and its table."""


def seal(address: str) -> tuple[int, str]:
    """Seal what preparing wrote; returns the last position and its seal."""
    from rxapp.services import sealing

    sealing.seal_all()
    with psycopg.connect(address) as connection:
        found = connection.execute(
            "SELECT position, digest FROM audit_seal ORDER BY position DESC LIMIT 1"
        ).fetchone()
        last = connection.execute("SELECT max(id) FROM audit_event").fetchone()
    assert found
    assert last
    assert found[0] == last[0], "the log begins at 1 without a gap"
    return found[0], found[1]


def document() -> tuple[str, str]:
    """Put the one certificate and the one film there are into the store; the PDF's name."""
    from rxapp.adapters import file_store

    name = file_store.put_bytes(f"%PDF-1.4 {SEED}".encode(), suffix=".pdf")
    return name, name.partition(".")[0]


def film() -> str:
    """Put the one film there is into the store."""
    from rxapp.adapters import file_store
    from rxapp.adapters.database import ROOT

    return file_store.put(next((ROOT / "rxapp/demo/clips").glob("*.mp4")), suffix=".mp4")


def drop_indexes(address: str) -> Held:
    """Take away every index of the large tables but the primary keys."""
    held: Held = []
    with psycopg.connect(address) as connection:
        for table in LARGE:
            for name, definition in _constraints(connection, table):
                connection.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"'.encode())
                made = f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" {definition}'
                held.append((made, table))
            for name, definition in _indexes(connection, table):
                connection.execute(f'DROP INDEX "{name}"'.encode())
                held.append((definition, table))
    return held


def _constraints(connection: psycopg.Connection, table: str) -> list[tuple[str, str]]:
    return connection.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conrelid = %s::regclass AND contype = 'u'",
        (table,),
    ).fetchall()


def _indexes(connection: psycopg.Connection, table: str) -> list[tuple[str, str]]:
    return connection.execute(
        "SELECT c.relname, pg_get_indexdef(c.oid) FROM pg_index i"
        " JOIN pg_class c ON c.oid = i.indexrelid"
        " WHERE i.indrelid = %s::regclass AND NOT i.indisprimary AND NOT EXISTS"
        " (SELECT 1 FROM pg_constraint k WHERE k.conindid = c.oid)",
        (table,),
    ).fetchall()


def make_indexes(address: str, held: Held, hands: int) -> None:
    """Make them all again, several at a time."""

    def make(statement: str) -> None:
        with psycopg.connect(address) as connection:
            connection.execute("SET maintenance_work_mem = '512MB'")
            connection.execute(statement.encode())

    # Constraints lock their table: they come first, one after the other.
    for statement, _ in held:
        if statement.startswith("ALTER"):
            make(statement)
    with ThreadPoolExecutor(hands) as others:
        list(others.map(make, (each for each, _ in held if not each.startswith("ALTER"))))


def sums(address: str, year: int) -> None:
    """Count what waits and what was done on each day."""
    with psycopg.connect(address) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET work_mem = '256MB'")
        for statement in SUMS.split(";\n"):
            if statement.strip():
                connection.execute(statement.encode())
        connection.execute("DELETE FROM figure_year")
        connection.execute("INSERT INTO figure_year (id, year) VALUES (1, %s)", (year,))
        for table, column in _numbered(connection):
            connection.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', '{column}'),"
                f' (SELECT coalesce(max("{column}"), 0) + 1 FROM "{table}"), false)'.encode()
            )


def _numbered(connection: psycopg.Connection) -> list[tuple[str, str]]:
    return connection.execute(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND column_default LIKE 'nextval%'"
    ).fetchall()


def settle(address: str) -> None:
    """Let the database know its tables, and mark every page as seen by all."""
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")


def count_offices() -> None:
    """Let the product sum up what waits and what is taught."""
    from rxapp.services import folding

    folding.fold_all()


def publish(sizes: Sizes) -> None:
    """Publish notices through the door every bureau uses; they stand here longer already."""
    from bench.lists import clerk_of
    from rxapp.adapters.database import transaction
    from rxapp.models.notices import Notice
    from rxapp.models.organisations import Organisation
    from rxapp.services import notices

    for place in range(sizes.at_least(800)):
        office = [1, *sizes.counties][place % (1 + len(sizes.counties))]
        with transaction(write=True) as session:
            actor = clerk_of(session.get_one(Organisation, office), sizes.clerks[office][0])
            id = notices.begin(session, actor)
            typed = {"title": f"样例通知第{place}号", "body": NOTICE, "audience": "everyone"}
            notices.save(
                session, actor, notice_id=id, typed=typed, kinds=(), counties=(), version=1
            )
            row = session.get_one(Notice, id)
            notices.publish(session, actor, notice_id=id, version=row.version)


def count(address: str) -> tuple[dict[str, int], int]:
    """How many rows the tables hold, the largest first, and the megabytes of the database."""
    with psycopg.connect(address) as connection:
        rows = connection.execute(
            "SELECT relname, reltuples::bigint FROM pg_class WHERE relkind = 'r' AND"
            " relnamespace = 'public'::regnamespace AND reltuples > 0 ORDER BY reltuples DESC"
        ).fetchall()
        size = connection.execute("SELECT pg_database_size(current_database()) >> 20").fetchone()
    return dict(rows), size[0] if size else 0


def today_of(year: int) -> date:
    """The business day of a city: a day of its December."""
    return date(year, 12, 10)
