"""The order in which a whole city's employers are listed: who is behind with most comes first."""

import sqlalchemy as sa

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

NAME, TABLE = "ix_figure_cell_behind", "figure_cell"
STATISTICS = "figure_cell_kinds"
TOTALS = sa.text("kind = 'total' AND word = ''")


def upgrade() -> None:
    """Make the order."""
    op.create_index(
        NAME, TABLE, ["year", sa.text("(complete - owing)"), "organisation_id"],
        sqlite_where=TOTALS, postgresql_where=TOTALS,
    )  # fmt: skip
    if op.get_bind().dialect.name == "postgresql":
        # A total has no word, and PostgreSQL takes the two for independent: it would expect a
        # hundredth of what there is.
        op.execute(f"CREATE STATISTICS {STATISTICS} (mcv) ON year, kind, word FROM {TABLE}")


def downgrade() -> None:
    """Take it away."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"DROP STATISTICS {STATISTICS}")
    op.drop_index(NAME, table_name=TABLE)
