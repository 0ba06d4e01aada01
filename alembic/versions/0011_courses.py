"""Courses made, reviewed, published, followed by newer editions."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op
from rxapp.models.columns import UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
NAMES = {"uq": "%(table_name)s_%(column_0_name)s_key"}


def upgrade() -> None:
    """Make the tables; what is there was published, and is the bureau's."""
    _widen_course()
    _widen_lesson()
    _create_step()
    _create_upload()
    op.create_table(
        "film_leftover",
        sa.Column("file", sa.String(80), primary_key=True),
        sa.Column("at", UtcDateTime(), nullable=False),
    )


def downgrade() -> None:
    """Take everything away again."""
    for table in ("film_leftover", "course_upload", "course_step"):
        op.drop_table(table)
    with op.batch_alter_table("lesson") as batch:
        for column in ("imported", "poster_file", "film_name", "code"):
            batch.drop_column(column)
    op.drop_index("ix_course_status", "course")
    op.drop_index("ix_course_organisation", "course")
    with op.batch_alter_table("course") as batch:
        batch.drop_constraint("course_code_edition_key", type_="unique")
        for column in (
            "version", "submitted_by", "submitted_at", "saved_at", "created_by", "note",
            "office_id", "makers", "typed", "organisation_id", "status", "edition",
        ):  # fmt: skip
            batch.drop_column(column)
        batch.create_unique_constraint("course_code_key", ["code"])


def _widen_course() -> None:
    with op.batch_alter_table("course", naming_convention=NAMES) as batch:
        batch.drop_constraint("course_code_key", type_="unique")
        batch.add_column(_number("edition", "1"))
        batch.add_column(_text("status", 40, "published"))
        batch.add_column(_json("typed", "{}"))
        batch.add_column(_json("makers", "[]"))
        batch.add_column(_text("note", 400))
        batch.add_column(sa.Column("saved_at", UtcDateTime()))
        batch.add_column(sa.Column("submitted_at", UtcDateTime()))
        batch.add_column(_number("version", "1"))
        for column, table in (
            ("organisation_id", "organisation"), ("office_id", "organisation"),
            ("created_by", "person"), ("submitted_by", "person"),
        ):  # fmt: skip
            batch.add_column(sa.Column(column, sa.Integer()))
            batch.create_foreign_key(f"course_{column}_fkey", table, [column], ["id"])
        batch.create_unique_constraint("course_code_edition_key", ["code", "edition"])
    op.create_index("ix_course_status", "course", ["status", "id"])
    op.create_index("ix_course_organisation", "course", ["organisation_id", "id"])


def _widen_lesson() -> None:
    op.add_column("lesson", _text("code", 40))
    op.add_column("lesson", _text("film_name", 100))
    op.add_column("lesson", _text("poster_file", 80))
    op.add_column("lesson", _json("imported", "{}"))


def _create_step() -> None:
    op.create_table(
        "course_step",
        sa.Column("id", sa.Integer(), primary_key=True),
        _to("course_id", "course"),
        sa.Column("act", sa.String(40), nullable=False),
        sa.Column("note", sa.String(400), nullable=False),
        sa.Column("own", sa.Boolean(), nullable=False),
        _to("by_id", "person", nullable=True),
        _to("office_id", "organisation", nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
    )
    op.create_index("ix_course_step_course_id", "course_step", ["course_id"])


def _create_upload() -> None:
    op.create_table(
        "course_upload",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("kind", sa.String(20), nullable=False),
        _to("organisation_id", "organisation", nullable=True),
        _to("course_id", "course", nullable=True),
        _to("lesson_id", "lesson", nullable=True),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("mark", sa.String(40), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("file", sa.String(80), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("reason", sa.String(400), nullable=False),
        sa.Column("faults", JSON, nullable=False),
        sa.Column("worker", sa.String(40), nullable=False),
        sa.Column("lease_until", UtcDateTime()),
        sa.Column("tries", sa.Integer(), nullable=False),
        _to("by_id", "person"),
        sa.Column("begun_at", UtcDateTime(), nullable=False),
        sa.Column("touched_at", UtcDateTime(), nullable=False),
    )
    op.create_index("ix_course_upload_status", "course_upload", ["status", "id"])
    for column in ("organisation_id", "course_id", "lesson_id"):
        op.create_index(f"ix_course_upload_{column}", "course_upload", [column])


def _number(name: str, first: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False, server_default=first)


def _text(name: str, longest: int, first: str = "") -> sa.Column[str]:
    return sa.Column(name, sa.String(longest), nullable=False, server_default=first)


def _json(name: str, first: str) -> sa.Column[object]:
    return sa.Column(name, JSON, nullable=False, server_default=first)


def _to(name: str, table: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), sa.ForeignKey(f"{table}.id"), nullable=nullable)
