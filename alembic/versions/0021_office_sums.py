"""What waits and what is taught, summed up for the offices above; and the order of rare kinds.

Whatever is there already is summed up here: a bureau's first look after the upgrade is right.
"""

from datetime import UTC, datetime

import sqlalchemy as sa

from alembic import op
from rxapp.models.columns import PathText, UtcDateTime

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

TABLES = ("office_figure", "office_mark", "office_day")
AMOUNTS = ("owing", "activated", "studying", "complete", "tenths")
TOTALS = sa.text("kind = 'total' AND word = ''")
SHARE = "ix_figure_cell_share"
OF_SHARE = "(CASE WHEN owing > 0 THEN complete * 1000 / owing ELSE 1001 END)"
WAITING = sa.text("status = 'submitted'")
# Name, table, columns: all of what waits alone.
ORDERS = (
    ("ix_claim_step", "claim", ("office_id", "step", "waiting_since", "id")),
    ("ix_claim_kind", "claim", ("office_id", "rule_id", "waiting_since", "id")),
    ("ix_claim_kind_late", "claim", ("rule_id", "waiting_since", "id")),
    ("ix_application_kind", "application", ("kind", "waiting_since")),
)
NEW, OLD = ("INSERT INTO office_mark (office_id) VALUES ({}.{})".format(row, "{}")
            for row in ("NEW", "OLD"))  # fmt: skip
CLASS = "organisation_id"
ROSTER = (
    "INSERT INTO office_mark (office_id) SELECT organisation_id FROM project"
    " WHERE project.id = {}.project_id"
)
DIFFER = "OLD.{0} IS DISTINCT FROM NEW.{0}"


def _any(*columns: str) -> str:
    return " OR ".join(DIFFER.format(each) for each in columns)


CLASSES = ("organisation_id", "status", "ends_on", "posted_at", "enrolled")
# Table, on what, when, what is marked. The database writes the marks, as those of people.
TRIGGERS = (
    ("queue_total", "INSERT", "NEW.queue = 'claims' AND NEW.waiting <> 0", NEW.format("office_id")),
    ("queue_total", "UPDATE OF waiting", "NEW.queue LIKE 'claims%' AND " + _any("waiting"),
     NEW.format("office_id")),
    ("queue_total", "DELETE", "OLD.queue LIKE 'claims%'", OLD.format("office_id")),
    ("claim", "UPDATE OF waiting_since",
     "NEW.status = 'submitted' AND NEW.office_id IS NOT NULL AND " + _any("waiting_since"),
     NEW.format("office_id")),
    ("organisation", "UPDATE OF path", _any("path"), NEW.format("id")),
    ("project", "INSERT", "", NEW.format(CLASS)),
    ("project", f"UPDATE OF {', '.join(CLASSES)}", _any(*CLASSES),
     f"{OLD.format(CLASS)}; {NEW.format(CLASS)}"),
    ("project", "DELETE", "", OLD.format(CLASS)),
    ("roster", "INSERT", "", ROSTER.format("NEW")),
    ("roster", "UPDATE OF posted_at, people", _any("posted_at", "people"), ROSTER.format("NEW")),
    ("roster", "DELETE", "", ROSTER.format("OLD")),
)  # fmt: skip
FILL_CLAIMS = """
INSERT INTO office_figure (office_id, year, kind, word, path, owing, activated, studying, complete,
                           tenths, oldest)
SELECT q.office_id, 0, 'claims', substr(q.queue, 8), o.path, q.waiting, 0, 0, 0, 0,
       (SELECT min(c.waiting_since) FROM claim c
         WHERE c.office_id = q.office_id AND c.status = 'submitted'
           AND (q.queue = 'claims' OR c.step = substr(q.queue, 8)))
  FROM queue_total q JOIN organisation o ON o.id = q.office_id
 WHERE q.waiting <> 0 AND (q.queue = 'claims' OR q.queue LIKE 'claims.%')
"""
FILL_CLASSES = """
INSERT INTO office_figure (office_id, year, kind, word, path, owing, activated, studying, complete,
                           tenths, oldest)
SELECT o.id, p.year, 'classes', '', o.path, count(*),
       sum(CASE WHEN p.ends_on < '{today}' THEN 1 ELSE 0 END),
       sum(CASE WHEN p.posted_at IS NOT NULL THEN 1 ELSE 0 END), sum(p.enrolled),
       sum(CASE WHEN r.posted_at IS NOT NULL THEN r.people ELSE 0 END), NULL
  FROM (SELECT *, CASE WHEN {year} BETWEEN 2016 AND 2019 THEN 2019 ELSE {year} END AS year
          FROM project WHERE status = 'approved' AND ends_on IS NOT NULL) p
  JOIN organisation o ON o.id = p.organisation_id LEFT JOIN roster r ON r.project_id = p.id
 GROUP BY o.id, p.year, o.path
"""
FILL_CELLS = """
INSERT INTO figure_cell (organisation_id, year, kind, word, owing, activated, studying, complete,
                         tenths)
SELECT above.id, f.year, f.kind, f.word, sum(f.owing), sum(f.activated), sum(f.studying),
       sum(f.complete), sum(f.tenths)
  FROM organisation above JOIN office_figure f ON f.path >= above.path
   AND f.path < substr(above.path, 1, length(above.path) - 1) || '0'
 GROUP BY above.id, f.year, f.kind, f.word
"""


def upgrade() -> None:
    """Make the tables, the marks and the orders, and sum up what is there."""
    _create_tables()
    for name, table, columns in ORDERS:
        op.create_index(name, table, list(columns), sqlite_where=WAITING, postgresql_where=WAITING)
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    year = "CAST(strftime('%Y', ends_on) AS INTEGER)" if on_sqlite else (
        "CAST(extract(year FROM ends_on) AS INTEGER)"
    )  # fmt: skip
    today = f"{datetime.now(UTC).date()}"
    op.execute(sa.text(FILL_CLAIMS))
    op.execute(sa.text(FILL_CLASSES.format(year=year, today=today)))
    # Without it a database that has not yet looked at the new table reads it once per office.
    op.create_index("ix_office_figure_path", "office_figure", ["path"])
    op.execute("ANALYZE office_figure")
    op.execute(sa.text(FILL_CELLS))
    op.create_index(
        SHARE, "figure_cell", ["year", sa.text(OF_SHARE), "organisation_id"],
        sqlite_where=TOTALS, postgresql_where=TOTALS,
    )  # fmt: skip
    if not on_sqlite:
        # Of a whole city the totals of one year are too few to be among the first hundred.
        op.execute("ALTER STATISTICS figure_cell_kinds SET STATISTICS 1000")
        op.execute("ANALYZE figure_cell")
    op.execute(f"INSERT INTO office_day (id, day) VALUES (1, '{today}')")
    for trigger in TRIGGERS:
        (_watch_sqlite if on_sqlite else _watch_postgresql)(*trigger)


def downgrade() -> None:
    """Take everything away again."""
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for table, event, _, _ in TRIGGERS:
        name = _name(table, event)
        op.execute(f"DROP TRIGGER {name}" + ("" if on_sqlite else f" ON {table}"))
        if not on_sqlite:
            op.execute(f"DROP FUNCTION {name}()")
    op.drop_index(SHARE, table_name="figure_cell")
    if not on_sqlite:
        op.execute("ALTER STATISTICS figure_cell_kinds SET STATISTICS -1")
    op.execute("DELETE FROM figure_cell WHERE kind IN ('claims', 'classes')")
    for name, table, _ in ORDERS:
        op.drop_index(name, table_name=table)
    for table in TABLES:
        op.drop_table(table)


def _create_tables() -> None:
    op.create_table(
        "office_mark",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("office_id", sa.Integer(), nullable=False),
    )
    op.create_index("ix_office_mark_office_id", "office_mark", ["office_id"])
    op.create_table(
        "office_day",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("day", sa.Date(), nullable=False),
    )
    op.create_table(
        "office_figure",
        sa.Column(
            "office_id", sa.Integer(), sa.ForeignKey("organisation.id"), primary_key=True,
            autoincrement=False,
        ),
        sa.Column("year", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String(10), primary_key=True),
        sa.Column("word", sa.String(60), primary_key=True),
        sa.Column("path", PathText, nullable=False),
        *[sa.Column(name, sa.Integer(), nullable=False) for name in AMOUNTS],
        sa.Column("oldest", UtcDateTime(), nullable=True),
    )  # fmt: skip
    op.create_index(
        "ix_office_figure_oldest", "office_figure", ["kind", "word", "oldest", "office_id", "path"]
    )


def _watch_sqlite(table: str, event: str, when: str, mark: str) -> None:
    only = f"WHEN {when} " if when else ""
    op.execute(
        f"CREATE TRIGGER {_name(table, event)} AFTER {event} ON {table} {only}BEGIN {mark}; END"
    )


def _watch_postgresql(table: str, event: str, when: str, mark: str) -> None:
    name = _name(table, event)
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {mark}; RETURN NULL; END $$"
    )
    only = f"WHEN ({when}) " if when else ""
    op.execute(
        f"CREATE TRIGGER {name} AFTER {event} ON {table} "
        f"FOR EACH ROW {only}EXECUTE FUNCTION {name}()"
    )


def _name(table: str, event: str) -> str:
    return f"office_of_{table}_{event.split()[0].lower()}"
