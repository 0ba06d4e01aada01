"""Hours claimed: rules of conversion, claims with their proofs, every word said on them."""

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op
from rxapp.models.columns import UtcDateTime
from rxapp.rules.conversion_bodies import as_body
from rxapp.rules.conversion_catalogue import SHIPPED

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
TABLES = (
    "claim_lock", "claim_file", "claim_decision", "claim", "saved_phrase", "conversion_rule",
    "contest",
)  # fmt: skip


def upgrade() -> None:
    """Make the tables, keep what was said on a claim for good, ship the rules."""
    op.add_column(
        "organisation",
        sa.Column("reviews_claims", sa.Boolean(), nullable=False, server_default=sa.true()),
    )
    _create_rules()
    _create_claims()
    _create_words()
    _guard("claim_decision")
    _ship()


def downgrade() -> None:
    """Take everything away again."""
    for table in TABLES:
        op.drop_table(table)
    op.drop_column("organisation", "reviews_claims")


def _ship() -> None:
    rules = sa.table(
        "conversion_rule", sa.column("key"), sa.column("version"), sa.column("body", JSON),
        sa.column("is_on"), sa.column("published_at", UtcDateTime()), sa.column("note"),
    )  # fmt: skip
    now = datetime.now(UTC)
    op.bulk_insert(
        rules,
        [
            {
                "key": rule.key, "version": 1, "body": as_body(rule), "is_on": True,
                "published_at": now, "note": "",
            }
            for rule in SHIPPED
        ],
    )  # fmt: skip


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


def _create_rules() -> None:
    op.create_table(
        "conversion_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", JSON, nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("published_at", UtcDateTime(), nullable=True),
        sa.Column("published_by", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(400), nullable=False),
        sa.ForeignKeyConstraint(
            ["published_by"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key", "version"),
    )
    op.create_table(
        "contest",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("initials", sa.String(120), nullable=False),
        sa.Column("level", sa.String(20), nullable=False),
        sa.Column("organiser", sa.String(120), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("proposed_by", sa.Integer(), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(400), nullable=False),
        sa.Column("reason", sa.String(400), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decided_by"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_contest_initials", "contest", ["initials"], unique=False)
    op.create_index("ix_contest_name", "contest", ["name"], unique=False)
    op.create_index("ix_contest_proposed_by", "contest", ["proposed_by"], unique=False)
    op.create_index("ix_contest_status", "contest", ["status"], unique=False)
    op.create_index("ix_contest_year", "contest", ["year"], unique=False)
    op.create_index(
        "ux_contest_recognised",
        "contest",
        ["name", "year", "level"],
        unique=True,
        sqlite_where=sa.text("status = 'recognised'"),
        postgresql_where=sa.text("status = 'recognised'"),
    )
    op.create_table(
        "saved_phrase",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(200), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_saved_phrase_person_id", "saved_phrase", ["person_id"], unique=False)


def _create_claims() -> None:
    op.create_table(
        "claim",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(20), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("step", sa.String(40), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("rule_id", sa.Integer(), nullable=True),
        sa.Column("contest_id", sa.Integer(), nullable=True),
        sa.Column("typed", JSON, nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("earned_on", sa.Date(), nullable=True),
        sa.Column("subject", sa.String(40), nullable=True),
        sa.Column("hours", sa.Integer(), nullable=False),
        sa.Column("proof_hash", sa.String(64), nullable=False),
        sa.Column("batch", sa.String(40), nullable=False),
        sa.Column("entered_by", sa.Integer(), nullable=True),
        sa.Column("first_submitted_at", UtcDateTime(), nullable=True),
        sa.Column("submitted_at", UtcDateTime(), nullable=True),
        sa.Column("waiting_since", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("credit_id", sa.Integer(), nullable=True),
        sa.Column("grants", sa.Integer(), nullable=False),
        sa.Column("appealed", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("saved_at", UtcDateTime(), nullable=False),
        sa.Column("request_hash", sa.String(64), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contest_id"],
            ["contest.id"],
        ),
        sa.ForeignKeyConstraint(
            ["credit_id"],
            ["credit.id"],
        ),
        sa.ForeignKeyConstraint(
            ["entered_by"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["office_id"],
            ["organisation.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["rule_id"],
            ["conversion_rule.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
        sa.UniqueConstraint("request_hash"),
    )
    op.create_index("ix_claim_batch", "claim", ["batch"], unique=False)
    op.create_index("ix_claim_contest_id", "claim", ["contest_id"], unique=False)
    op.create_index("ix_claim_credit_id", "claim", ["credit_id"], unique=False)
    op.create_index("ix_claim_office_id", "claim", ["office_id"], unique=False)
    op.create_index("ix_claim_organisation_id", "claim", ["organisation_id"], unique=False)
    op.create_index("ix_claim_person", "claim", ["person_id", "id"], unique=False)
    op.create_index("ix_claim_proof", "claim", ["proof_hash"], unique=False)
    op.create_index("ix_claim_rule_id", "claim", ["rule_id"], unique=False)
    op.create_index("ix_claim_used", "claim", ["person_id", "year", "status"], unique=False)
    op.create_index(
        "ix_claim_waiting",
        "claim",
        ["office_id", "waiting_since", "id"],
        unique=False,
        sqlite_where=sa.text("status = 'submitted'"),
        postgresql_where=sa.text("status = 'submitted'"),
    )
    op.create_index(
        "ix_claim_late",
        "claim",
        ["waiting_since", "id"],
        unique=False,
        sqlite_where=sa.text("status = 'submitted'"),
        postgresql_where=sa.text("status = 'submitted'"),
    )
    op.create_index(
        "ix_claim_entered",
        "claim",
        ["entered_by", "id"],
        unique=False,
        sqlite_where=sa.text("entered_by IS NOT NULL"),
        postgresql_where=sa.text("entered_by IS NOT NULL"),
    )


def _create_words() -> None:
    op.create_table(
        "claim_decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("step", sa.String(40), nullable=False),
        sa.Column("act", sa.String(40), nullable=False),
        sa.Column("points", JSON, nullable=False),
        sa.Column("remarks", JSON, nullable=False),
        sa.Column("hours", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(400), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=True),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["by_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["claim_id"],
            ["claim.id"],
        ),
        sa.ForeignKeyConstraint(
            ["office_id"],
            ["organisation.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_claim_decision_by", "claim_decision", ["by_id", "at"], unique=False)
    op.create_index("ix_claim_decision_claim_id", "claim_decision", ["claim_id"], unique=False)
    op.create_table(
        "claim_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("evidence_id", sa.Integer(), nullable=False),
        sa.Column("need", sa.String(40), nullable=False),
        sa.ForeignKeyConstraint(
            ["claim_id"],
            ["claim.id"],
        ),
        sa.ForeignKeyConstraint(
            ["evidence_id"],
            ["evidence.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("claim_id", "evidence_id"),
    )
    op.create_index("ix_claim_file_evidence_id", "claim_file", ["evidence_id"], unique=False)
    op.create_table(
        "claim_lock",
        sa.Column("claim_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["by_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["claim_id"],
            ["claim.id"],
        ),
        sa.PrimaryKeyConstraint("claim_id"),
    )
