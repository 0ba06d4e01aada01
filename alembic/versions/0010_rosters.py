"""签到和名册: who attended a class."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op
from rxapp.models.columns import UtcDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
TABLES = (
    "check_in", "check_in_day", "roster_file", "roster_correction", "roster_line", "roster",
)  # fmt: skip
POSTING = sa.text("state = 'posting'")


def upgrade() -> None:
    """Make the tables."""
    _create_roster()
    _create_line()
    _create_file()
    _create_check_ins()


def downgrade() -> None:
    """Take everything away again."""
    for table in TABLES:
        op.drop_table(table)


def _create_roster() -> None:
    op.create_table(
        "roster",
        sa.Column(
            "project_id", sa.Integer(), sa.ForeignKey("project.id"), primary_key=True,
            autoincrement=False,
        ),
        _text("state", 40),
        _to("posted_by", "person", nullable=True),
        _to("office_id", "organisation", nullable=True),
        _moment("posted_at", nullable=True),
        _number("people"),
        _number("hours"),
        _moment("ended_at", nullable=True),
    )  # fmt: skip
    op.create_index(
        "ix_roster_posting", "roster", ["project_id"], sqlite_where=POSTING,
        postgresql_where=POSTING,
    )  # fmt: skip


def _create_line() -> None:
    op.create_table(
        "roster_line",
        _id(),
        _to("project_id", "project"),
        _to("person_id", "person"),
        sa.Column("days", JSON, nullable=False),
        sa.Column("day_count", sa.Integer(), nullable=True),
        sa.Column("typed_hours", sa.Integer(), nullable=True),
        _number("hours"),
        _text("test", 40),
        _text("source", 40),
        _text("note", 200),
        _text("state", 40),
        _to("credit_id", "credit", nullable=True),
        _number("grants"),
        _to("by_id", "person", nullable=True),
        _moment("at"),
        _number("version"),
        sa.UniqueConstraint("project_id", "person_id"),
    )
    op.create_index("ix_roster_line_order", "roster_line", ["project_id", "id"])
    op.create_index("ix_roster_line_person_id", "roster_line", ["person_id"])
    op.create_index("ix_roster_line_credit_id", "roster_line", ["credit_id"])
    op.create_table(
        "roster_correction",
        _id(),
        _to("line_id", "roster_line"),
        _number("before"),
        _number("after"),
        _text("reason", 200),
        _to("by_id", "person", nullable=True),
        _to("office_id", "organisation", nullable=True),
        _moment("at"),
    )
    op.create_index("ix_roster_correction_line_id", "roster_correction", ["line_id"])


def _create_file() -> None:
    op.create_table(
        "roster_file",
        _id(),
        _to("project_id", "project"),
        _text("file", 80),
        _text("file_name", 120),
        _to("by_id", "person", nullable=True),
        _moment("at"),
        _number("added"),
        _number("changed"),
        _number("unchanged"),
        sa.Column("faults", JSON, nullable=False),
        _moment("taken_at", nullable=True),
    )
    op.create_index("ix_roster_file_project_id", "roster_file", ["project_id"])


def _create_check_ins() -> None:
    op.create_table(
        "check_in_day",
        _id(),
        _to("project_id", "project"),
        sa.Column("day", sa.Date(), nullable=False),
        _text("secret_cipher", 200),
        _to("opened_by", "person", nullable=True),
        _moment("opened_at"),
        _moment("closed_at", nullable=True),
        sa.UniqueConstraint("project_id", "day"),
    )
    op.create_table(
        "check_in",
        _id(),
        _to("project_id", "project"),
        _to("person_id", "person"),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("is_enrolled", sa.Boolean(), nullable=False),
        _moment("at"),
        sa.UniqueConstraint("project_id", "person_id", "day"),
    )
    op.create_index("ix_check_in_day", "check_in", ["project_id", "day"])
    op.create_index("ix_check_in_person_id", "check_in", ["person_id"])


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.Integer(), primary_key=True)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _text(name: str, longest: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(longest), nullable=False)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, UtcDateTime(), nullable=nullable)


def _to(name: str, table: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), sa.ForeignKey(f"{table}.id"), nullable=nullable)
