"""Keys of other systems, and what they asked."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op
from rxapp.models.columns import UtcDateTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "standing_key",
        sa.Column("id", sa.Integer(), primary_key=True),
        _to("organisation_id", "organisation", nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("key_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("first_year", sa.Integer(), nullable=False),
        sa.Column("last_year", sa.Integer(), nullable=False),
        _to("county_id", "organisation"),
        sa.Column("integrity", sa.Boolean(), nullable=False),
        _moment("expires_at", nullable=False),
        _to("issued_by", "person", nullable=False),
        _moment("issued_at", nullable=False),
        _moment("revoked_at"),
        _to("revoked_by", "person"),
        sa.Column("revoke_reason", sa.String(200), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        _moment("last_used_at"),
    )
    op.create_index("ix_standing_key_organisation_id", "standing_key", ["organisation_id"])
    op.create_table(
        "standing_lookup",
        sa.Column("id", sa.Integer(), primary_key=True),
        _to("key_id", "standing_key", nullable=False),
        _to("person_id", "person"),
        sa.Column("years", JSON, nullable=False),
        _moment("at", nullable=False),
    )
    op.create_index("ix_standing_lookup_key_id", "standing_lookup", ["key_id"])
    op.create_index("ix_standing_lookup_person", "standing_lookup", ["person_id", "id"])
    _guard("standing_lookup")


def downgrade() -> None:
    """Take everything away again."""
    op.drop_table("standing_lookup")
    op.drop_table("standing_key")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION standing_lookup_append_only()")


def _moment(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, UtcDateTime(), nullable=nullable)


def _to(name: str, table: str, *, nullable: bool = True) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), sa.ForeignKey(f"{table}.id"), nullable=nullable)


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
