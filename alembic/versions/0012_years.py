"""Years edited and opened, windows extended with the reason."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op
from rxapp.models.columns import UtcDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
TABLES = ("year_opening", "window_extension", "policy_edition")


def upgrade() -> None:
    """Make the tables."""
    op.create_index("ix_person_owes", "person", ["owes_from"])
    op.create_table(
        "policy_edition",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changes", JSON, nullable=False),
        sa.Column("note", sa.String(200), nullable=False),
        _to("by_id", "person"),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.UniqueConstraint("year", "version"),
    )
    _guard("policy_edition")
    op.create_table(
        "window_extension",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("window", sa.String(40), nullable=False),
        _to("county_id", "organisation"),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        _to("by_id", "person"),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("revoked_on", sa.Date(), nullable=True),
        _to("revoked_by", "person"),
        sa.Column("revoke_reason", sa.String(200), nullable=False),
    )
    op.create_index("ix_window_extension_year", "window_extension", ["year"])
    op.create_table(
        "year_opening",
        sa.Column("year", sa.Integer(), primary_key=True, autoincrement=False),
        _to("by_id", "person"),
        sa.Column("at", UtcDateTime(), nullable=False),
    )


def downgrade() -> None:
    """Take everything away again."""
    for table in TABLES:
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION policy_edition_append_only()")
    op.drop_index("ix_person_owes", "person")


def _to(name: str, table: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), sa.ForeignKey(f"{table}.id"), nullable=True)


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
