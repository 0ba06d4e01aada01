"""备案: calendars, plans, classes and their editions, needs, and who enrolled."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op
from rxapp.models.columns import UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
TABLES = (
    "enrolment", "need_answer", "training_need", "project_file", "project_edition", "project_day",
    "project", "plan_item", "training_plan", "working_calendar",
)  # fmt: skip


def upgrade() -> None:
    """Make the tables."""
    _create_plans()
    _create_project()
    _create_parts()
    _create_needs()


def downgrade() -> None:
    """Take everything away again."""
    for table in TABLES:
        op.drop_table(table)


def _create_plans() -> None:
    op.create_table(
        "working_calendar",
        _id(),
        _number("year"),
        _number("version"),
        sa.Column("days", JSON, nullable=False),
        _text("note", 400),
        _to("set_by", "person", nullable=True),
        _moment("set_at"),
        sa.UniqueConstraint("year", "version"),
    )
    op.create_table(
        "training_plan",
        _id(),
        _to("organisation_id", "organisation"),
        _to("office_id", "organisation", nullable=True),
        _number("year"),
        _text("status", 40),
        _text("note", 400),
        _moment("submitted_at", nullable=True),
        _to("submitted_by", "person", nullable=True),
        _moment("decided_at", nullable=True),
        _to("decided_by", "person", nullable=True),
        sa.Column("faults", JSON, nullable=False),
        _number("version"),
        sa.UniqueConstraint("organisation_id", "year"),
    )
    op.create_index("ix_training_plan_office", "training_plan", ["office_id", "status", "id"])
    op.create_table(
        "plan_item",
        _id(),
        _to("plan_id", "training_plan"),
        _text("title", 120),
        _text("subject", 40),
        _text("field", 60),
        _text("form", 40),
        _number("month"),
        _number("hours"),
        _number("people"),
        _text("note", 400),
    )
    op.create_index("ix_plan_item_plan_id", "plan_item", ["plan_id"])


def _create_project() -> None:
    op.create_table(
        "project",
        _id(),
        sa.Column("number", sa.String(20), nullable=True, unique=True),
        _to("organisation_id", "organisation"),
        _to("office_id", "organisation", nullable=True),
        _text("kind", 40),
        sa.Column(
            "plan_item_id", sa.Integer(), sa.ForeignKey("plan_item.id"), nullable=True, unique=True
        ),
        _text("status", 40),
        _text("title", 120),
        sa.Column("subject", sa.String(40), nullable=True),
        _text("field", 60),
        sa.Column("form", sa.String(40), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        _text("place", 200),
        _number("hours"),
        _number("capacity"),
        _number("enrolled"),
        sa.Column("content", JSON, nullable=False),
        _number("edition"),
        _moment("first_filed_at", nullable=True),
        _moment("approved_at", nullable=True),
        _text("note", 400),
        _moment("posted_at", nullable=True),
        _to("posted_by", "person", nullable=True),
        _to("created_by", "person", nullable=True),
        _moment("created_at"),
        _moment("saved_at"),
        sa.Column("request_hash", sa.String(64), nullable=True, unique=True),
        _number("version"),
    )
    op.create_index("ix_project_organisation", "project", ["organisation_id", "id"])
    op.create_index("ix_project_office", "project", ["office_id", "status", "id"])
    op.create_index("ix_project_start", "project", ["status", "starts_on", "id"])


def _create_parts() -> None:
    op.create_table(
        "project_day",
        _id(),
        _to("project_id", "project"),
        sa.Column("day", sa.Date(), nullable=False),
        _number("hours"),
        sa.UniqueConstraint("project_id", "day"),
    )
    op.create_index("ix_project_day_day", "project_day", ["day"])
    op.create_table(
        "project_edition",
        _id(),
        _to("project_id", "project"),
        _number("edition"),
        _text("status", 40),
        sa.Column("content", JSON, nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("filed_on", sa.Date(), nullable=False),
        _moment("filed_at"),
        _to("filed_by", "person", nullable=True),
        sa.Column("latest_on", sa.Date(), nullable=False),
        sa.Column("calendars", JSON, nullable=False),
        _to("office_id", "organisation", nullable=True),
        _moment("decided_at", nullable=True),
        _to("decided_by", "person", nullable=True),
        _text("note", 400),
        sa.UniqueConstraint("project_id", "edition"),
    )
    op.create_index("ix_project_edition_office", "project_edition", ["office_id", "status", "id"])
    op.create_table(
        "project_file",
        _id(),
        _to("project_id", "project"),
        _to("evidence_id", "evidence"),
        sa.UniqueConstraint("project_id", "evidence_id"),
    )
    op.create_index("ix_project_file_evidence_id", "project_file", ["evidence_id"])
    op.create_table(
        "enrolment",
        _id(),
        _to("project_id", "project"),
        _to("person_id", "person"),
        _moment("at"),
        _moment("ended_at", nullable=True),
        sa.UniqueConstraint("project_id", "person_id"),
    )
    op.create_index("ix_enrolment_person", "enrolment", ["person_id", "id"])


def _create_needs() -> None:
    op.create_table(
        "training_need",
        _id(),
        _to("organisation_id", "organisation"),
        _text("title", 120),
        _text("subject", 40),
        _text("field", 60),
        _number("people"),
        sa.Column("wanted_by", sa.Date(), nullable=True),
        _text("note", 400),
        _text("status", 20),
        _to("created_by", "person", nullable=True),
        _moment("created_at"),
        _number("version"),
    )
    op.create_index("ix_training_need_organisation_id", "training_need", ["organisation_id"])
    op.create_index("ix_training_need_status", "training_need", ["status", "id"])
    op.create_table(
        "need_answer",
        _id(),
        _to("need_id", "training_need"),
        _to("project_id", "project"),
        _to("by_id", "person", nullable=True),
        _moment("at"),
        sa.UniqueConstraint("need_id", "project_id"),
    )
    op.create_index("ix_need_answer_project_id", "need_answer", ["project_id"])


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
