"""监督检查: samples and findings, and what is counted beside them for those who supervise."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op
from rxapp.models.columns import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
TABLES = ("learner_day", "repeated_file", "reviewer_day", "inspection_item", "inspection")


def upgrade() -> None:
    """Make the tables, and the index samples are drawn by."""
    _create_inspections()
    _create_signals()
    granted = sa.text("status = 'granted'")
    op.create_index(
        "ix_claim_granted", "claim", ["organisation_id", "ended_at", "rule_id", "number", "id"],
        sqlite_where=granted, postgresql_where=granted,
    )  # fmt: skip


def downgrade() -> None:
    """Take everything away again."""
    op.drop_index("ix_claim_granted", "claim")
    for table in TABLES:
        op.drop_table(table)


def _create_inspections() -> None:
    op.create_table(
        "inspection",
        sa.Column("id", sa.Integer(), primary_key=True),
        _to("office_id", "organisation"),
        _to("drawn_by", "person"),
        sa.Column("drawn_at", UtcDateTime(), nullable=False),
        sa.Column("seed", sa.String(40), nullable=False),
        sa.Column("scope", JSON, nullable=False),
        sa.Column("granted_from", sa.Date(), nullable=False),
        sa.Column("granted_until", sa.Date(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("percent", sa.Integer(), nullable=True),
        sa.Column("stratify", sa.String(40), nullable=False),
        _number("population"),
        _number("strata"),
        _number("drawn"),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("note", sa.String(400), nullable=False),
        _to("closed_by", "person", nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("request_hash", sa.String(64), nullable=True, unique=True),
        _number("version"),
    )
    op.create_index("ix_inspection_office", "inspection", ["office_id", "id"])
    op.create_table(
        "inspection_item",
        sa.Column("id", sa.Integer(), primary_key=True),
        _to("inspection_id", "inspection"),
        _number("place"),
        _to("claim_id", "claim"),
        sa.Column("stratum", sa.String(40), nullable=False),
        sa.Column("finding", sa.String(40), nullable=True),
        sa.Column("right_hours", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(400), nullable=False),
        _to("by_id", "person", nullable=True),
        sa.Column("at", UtcDateTime(), nullable=True),
        sa.Column("case_id", sa.Integer(), nullable=True),
        _number("version"),
        sa.UniqueConstraint("inspection_id", "claim_id"),
        sa.UniqueConstraint("inspection_id", "place"),
    )
    op.create_index("ix_inspection_item_claim_id", "inspection_item", ["claim_id"])


def _create_signals() -> None:
    op.create_table(
        "reviewer_day",
        _to("office_id", "organisation", primary_key=True),
        sa.Column("day", sa.Date(), primary_key=True),
        _to("person_id", "person", primary_key=True),
        *(
            _number(name)
            for name in (
                "decisions", "passes", "timed", "seconds", "minute", "in_minute", "peak",
                "peak_minute",
            )
        ),
    )  # fmt: skip
    op.create_index("ix_reviewer_day_person", "reviewer_day", ["person_id", "day"])
    _index_where(
        "ix_reviewer_day_burst", "reviewer_day", ["day", "person_id", "office_id"], "peak >= 6"
    )
    op.create_table(
        "repeated_file",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("source_sha256", sa.String(64), nullable=False),
        _to("claim_id", "claim"),
        _to("organisation_id", "organisation"),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.UniqueConstraint("source_sha256", "claim_id"),
    )
    op.create_index("ix_repeated_file_claim_id", "repeated_file", ["claim_id"])
    op.create_index("ix_repeated_file_organisation_id", "repeated_file", ["organisation_id"])
    op.create_table(
        "learner_day",
        _to("person_id", "person", primary_key=True),
        sa.Column("day", sa.Date(), primary_key=True),
        *(_number(name) for name in ("answers", "quick", "hour_bits", "hours")),
    )
    _index_where(
        "ix_learner_day_odd", "learner_day", ["day", "person_id"], "quick >= 5 OR hours >= 20"
    )


def _index_where(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(
        name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where)
    )


def _to(
    name: str, table: str, *, nullable: bool = False, primary_key: bool = False
) -> sa.Column[int]:
    return sa.Column(
        name, sa.Integer(), sa.ForeignKey(f"{table}.id"), nullable=nullable,
        primary_key=primary_key, autoincrement=False,
    )  # fmt: skip


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)
