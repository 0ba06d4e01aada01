"""The city at a glance: totals kept beside the ledger, and the marks that keep them in step."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op
from rxapp.models.columns import PathText

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
TABLES = ("figure_cell", "person_figure", "figure_year", "figure_sweep", "figure_mark")
MARK_PERSON = "INSERT INTO figure_mark (person_id) VALUES (NEW.person_id)"
MARK_SELF = "INSERT INTO figure_mark (person_id) VALUES (NEW.id)"
MARK_STAFF = (
    "INSERT INTO figure_mark (person_id) SELECT id FROM person WHERE organisation_id = NEW.id"
)
MARK_ALL = "INSERT INTO figure_sweep (after_id) VALUES (0)"
# Every change on which a person's figures depend: name, table, on what, what is marked. The
# database writes the marks, so that no use case, present or future, can forget one.
TRIGGERS = (
    ("credit", "INSERT", (), MARK_PERSON),
    ("lesson_progress", "INSERT", (), MARK_PERSON),
    ("status_spell", "INSERT", (), MARK_PERSON),
    ("status_spell", "UPDATE", ("status", "begins_on", "ended_on"), MARK_PERSON),
    ("person", "INSERT", (), MARK_SELF),
    (
        "person", "UPDATE",
        ("organisation_id", "activated_at", "status_on", "field", "title_level", "owes_from",
         "pseudonymised_at"),
        MARK_SELF,
    ),
    ("organisation", "UPDATE", ("path",), MARK_STAFF),
    ("year_policy", "INSERT", (), MARK_ALL),
    (
        "year_policy", "UPDATE",
        ("period", "required", "elective", "public", "professional", "total", "exempt"),
        MARK_ALL,
    ),
)  # fmt: skip


def upgrade() -> None:
    """Make the tables and the marks; whoever is there already is counted first of all."""
    op.create_table(
        "figure_mark",
        sa.Column("id", sa.Integer(), primary_key=True),
        _number("person_id"),
    )
    op.create_index("ix_figure_mark_person_id", "figure_mark", ["person_id"])
    op.create_table(
        "figure_sweep", sa.Column("id", sa.Integer(), primary_key=True), _number("after_id")
    )
    op.create_table("figure_year", _key("id"), _number("year"))
    _create_person_figure()
    _create_cell()
    op.execute(MARK_ALL)
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for table, verb, columns, mark in TRIGGERS:
        (_watch_sqlite if on_sqlite else _watch_postgresql)(table, verb, columns, mark)


def downgrade() -> None:
    """Take everything away again."""
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for table, verb, _, _ in TRIGGERS:
        name = _name(table, verb)
        op.execute(f"DROP TRIGGER {name}" + ("" if on_sqlite else f" ON {table}"))
        if not on_sqlite:
            op.execute(f"DROP FUNCTION {name}()")
    for table in TABLES:
        op.drop_table(table)


def _create_person_figure() -> None:
    op.create_table(
        "person_figure",
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("person.id"), primary_key=True),
        _key("year"),
        sa.Column("path", PathText, nullable=False),
        sa.Column("field", sa.String(40), nullable=False),
        sa.Column("title_level", sa.String(40), nullable=False),
        sa.Column("owing", sa.Boolean(), nullable=False),
        sa.Column("activated_on", sa.Date(), nullable=True),
        sa.Column("studying", sa.Boolean(), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("complete_on", sa.Date(), nullable=True),
        sa.Column("hours", JSON, nullable=False),
        sa.Column("weeks", JSON, nullable=False),
    )


def _create_cell() -> None:
    op.create_table(
        "figure_cell",
        sa.Column(
            "organisation_id", sa.Integer(), sa.ForeignKey("organisation.id"), primary_key=True
        ),
        _key("year"),
        sa.Column("kind", sa.String(10), primary_key=True),
        sa.Column("word", sa.String(60), primary_key=True),
        *[_number(name) for name in ("owing", "activated", "studying", "complete", "tenths")],
    )


def _watch_sqlite(table: str, verb: str, columns: tuple[str, ...], mark: str) -> None:
    when = f"WHEN {_differ(columns)} " if columns else ""
    of = f" OF {', '.join(columns)}" if columns else ""
    op.execute(
        f"CREATE TRIGGER {_name(table, verb)} AFTER {verb}{of} ON {table} {when}BEGIN {mark}; END"
    )


def _watch_postgresql(table: str, verb: str, columns: tuple[str, ...], mark: str) -> None:
    name = _name(table, verb)
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {mark}; RETURN NULL; END $$"
    )
    when = f"WHEN ({_differ(columns)}) " if columns else ""
    of = f" OF {', '.join(columns)}" if columns else ""
    op.execute(
        f"CREATE TRIGGER {name} AFTER {verb}{of} ON {table} "
        f"FOR EACH ROW {when}EXECUTE FUNCTION {name}()"
    )


def _differ(columns: tuple[str, ...]) -> str:
    return " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in columns)


def _name(table: str, verb: str) -> str:
    return f"figure_of_{table}_{verb.lower()}"


def _key(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), primary_key=True, autoincrement=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)
