"""Matters of supervision: the hearing, what followed from it, orders, archive, responsibility."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op
from rxapp.models.columns import UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
TABLES = (
    "case_file",
    "case_entry",
    "responsibility_record",
    "rectification_order",
    "integrity_record",
    "case_dismissal",
    "supervision_case",
)


def upgrade() -> None:
    """Make the tables; what was said in a matter is kept for good."""
    _create_supervision_case()
    _create_case_dismissal()
    _create_integrity_record()
    _create_rectification_order()
    _create_responsibility_record()
    _create_case_entry()
    _create_case_file()
    _guard("case_entry")


def downgrade() -> None:
    """Take everything away again."""
    for table in TABLES:
        op.drop_table(table)


def _guard(table: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only()"
    )


def _create_supervision_case() -> None:
    op.create_table(
        "supervision_case",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(20), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("opened_by", sa.Integer(), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("claim_id", sa.Integer(), nullable=True),
        sa.Column("item_id", sa.Integer(), nullable=True),
        sa.Column("finding", sa.String(40), nullable=False),
        sa.Column("allegation", sa.String(2000), nullable=False),
        sa.Column("basis", sa.String(200), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("answer_by", sa.Date(), nullable=False),
        sa.Column("answer", sa.String(2000), nullable=False),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("found", sa.String(40), nullable=True),
        sa.Column("decision", sa.String(2000), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("request_hash", sa.String(64), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"]),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"]),
        sa.ForeignKeyConstraint(["office_id"], ["organisation.id"]),
        sa.ForeignKeyConstraint(["opened_by"], ["person.id"]),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
        sa.UniqueConstraint("request_hash"),
    )
    op.create_index("ix_supervision_case_claim_id", "supervision_case", ["claim_id"], unique=False)
    op.create_index("ix_supervision_case_item_id", "supervision_case", ["item_id"], unique=False)
    op.create_index(
        "ix_supervision_case_office", "supervision_case", ["office_id", "id"], unique=False
    )
    op.create_index(
        "ix_supervision_case_organisation",
        "supervision_case",
        ["organisation_id", "id"],
        unique=False,
    )
    op.create_index(
        "ix_supervision_case_person", "supervision_case", ["person_id", "id"], unique=False
    )


def _create_case_dismissal() -> None:
    op.create_table(
        "case_dismissal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(400), nullable=False),
        sa.Column("basis", sa.String(200), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["case_id"], ["supervision_case.id"]),
        sa.ForeignKeyConstraint(["office_id"], ["organisation.id"]),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("case_id", "organisation_id"),
    )
    op.create_index(
        "ix_case_dismissal_organisation_id", "case_dismissal", ["organisation_id"], unique=False
    )


def _create_integrity_record() -> None:
    op.create_table(
        "integrity_record",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=True),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(400), nullable=False),
        sa.Column("basis", sa.String(200), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("cancelled_by", sa.Integer(), nullable=True),
        sa.Column("cancelled_at", UtcDateTime(), nullable=True),
        sa.Column("cancel_reason", sa.String(400), nullable=False),
        sa.ForeignKeyConstraint(["cancelled_by"], ["person.id"]),
        sa.ForeignKeyConstraint(["case_id"], ["supervision_case.id"]),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"]),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"]),
        sa.ForeignKeyConstraint(["office_id"], ["organisation.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("case_id"),
    )
    op.create_index(
        "ix_integrity_record_person_id", "integrity_record", ["person_id"], unique=False
    )


def _create_rectification_order() -> None:
    op.create_table(
        "rectification_order",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(20), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(400), nullable=False),
        sa.Column("basis", sa.String(200), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("ordered_by", sa.Integer(), nullable=False),
        sa.Column("ordered_at", UtcDateTime(), nullable=False),
        sa.Column("moved", sa.Integer(), nullable=False),
        sa.Column("report", sa.String(2000), nullable=False),
        sa.Column("reported_at", UtcDateTime(), nullable=True),
        sa.Column("lifted_by", sa.Integer(), nullable=True),
        sa.Column("lifted_at", UtcDateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["supervision_case.id"]),
        sa.ForeignKeyConstraint(["lifted_by"], ["person.id"]),
        sa.ForeignKeyConstraint(["office_id"], ["organisation.id"]),
        sa.ForeignKeyConstraint(["ordered_by"], ["person.id"]),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
    )
    op.create_index(
        "ix_rectification_order_case_id", "rectification_order", ["case_id"], unique=False
    )
    op.create_index(
        "ix_rectification_order_open",
        "rectification_order",
        ["organisation_id"],
        unique=True,
        sqlite_where=sa.text("status <> 'lifted'"),
        postgresql_where=sa.text("status <> 'lifted'"),
    )
    op.create_index(
        "ix_rectification_order_organisation",
        "rectification_order",
        ["organisation_id", "id"],
        unique=False,
    )


def _create_responsibility_record() -> None:
    op.create_table(
        "responsibility_record",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(400), nullable=False),
        sa.Column("basis", sa.String(200), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["supervision_case.id"]),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"]),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"]),
        sa.ForeignKeyConstraint(["decision_id"], ["claim_decision.id"]),
        sa.ForeignKeyConstraint(["office_id"], ["organisation.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("case_id", "decision_id"),
    )
    op.create_index(
        "ix_responsibility_record_office_id", "responsibility_record", ["office_id"], unique=False
    )
    op.create_index(
        "ix_responsibility_record_person_id", "responsibility_record", ["person_id"], unique=False
    )


def _create_case_entry() -> None:
    op.create_table(
        "case_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("order_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("side", sa.String(40), nullable=False),
        sa.Column("text", sa.String(2000), nullable=False),
        sa.Column("basis", sa.String(200), nullable=False),
        sa.Column("detail", JSON, nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("office_id", sa.Integer(), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("request_hash", sa.String(64), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["case_id"], ["supervision_case.id"]),
        sa.ForeignKeyConstraint(["office_id"], ["organisation.id"]),
        sa.ForeignKeyConstraint(["order_id"], ["rectification_order.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("request_hash"),
    )
    op.create_index("ix_case_entry_case_id", "case_entry", ["case_id"], unique=False)
    op.create_index("ix_case_entry_order_id", "case_entry", ["order_id"], unique=False)


def _create_case_file() -> None:
    op.create_table(
        "case_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("order_id", sa.Integer(), nullable=True),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("evidence_id", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(40), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["supervision_case.id"]),
        sa.ForeignKeyConstraint(["entry_id"], ["case_entry.id"]),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence.id"]),
        sa.ForeignKeyConstraint(["order_id"], ["rectification_order.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("evidence_id"),
    )
    op.create_index("ix_case_file_case_id", "case_file", ["case_id"], unique=False)
    op.create_index("ix_case_file_entry_id", "case_file", ["entry_id"], unique=False)
    op.create_index("ix_case_file_order_id", "case_file", ["order_id"], unique=False)
