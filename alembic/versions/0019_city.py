"""Orders in which a whole city's employers are listed: by who is behind, by share."""

import sqlalchemy as sa

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

TOTALS = sa.text("kind = 'total' AND word = ''")
ORDERS = {
    "ix_figure_cell_behind": "(complete - owing)",
    "ix_figure_cell_share": (
        "(CASE\n    WHEN (owing > 0) THEN ((complete * 1000) / owing)\n    ELSE 1001\nEND)"
    ),
}


def upgrade() -> None:
    """Make the orders."""
    for name, value in ORDERS.items():
        op.create_index(
            name, "figure_cell", ["year", sa.text(value), "organisation_id"],
            sqlite_where=TOTALS, postgresql_where=TOTALS,
        )  # fmt: skip


def downgrade() -> None:
    """Take them away."""
    for name in ORDERS:
        op.drop_index(name, table_name="figure_cell")
