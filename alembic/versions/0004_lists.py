"""Whatever a large office looks for among its people is one stretch of an index."""

import sqlalchemy as sa

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# Each was an index of one column; with the id behind it, it is an order to page along.
WIDENED = ("name", "pinyin", "initials")
ORDERS = {
    "name": "name", "pinyin": "pinyin", "initials": "initials", "status": "status",
    "level": "title_level", "series": "title_series",
}  # fmt: skip


def upgrade() -> None:
    """Make the orders, and take away what they make superfluous."""
    for name, column in ORDERS.items():
        op.create_index(f"ix_person_{name}_order", "person", [column, "id"])
    unactivated = sa.text("activated_at IS NULL")
    op.create_index(
        "ix_person_unactivated", "person", ["id"],
        sqlite_where=unactivated, postgresql_where=unactivated,
    )  # fmt: skip
    for name in WIDENED:
        op.drop_index(f"ix_person_{name}", table_name="person")


def downgrade() -> None:
    """Put the narrow indexes back."""
    for name in WIDENED:
        op.create_index(f"ix_person_{name}", "person", [name])
    op.drop_index("ix_person_unactivated", table_name="person")
    for name in ORDERS:
        op.drop_index(f"ix_person_{name}_order", table_name="person")
