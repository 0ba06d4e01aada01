"""A mark that keeps a database from being served: moved away, or not wholly moved in."""

import sqlalchemy as sa

from alembic import op
from rxapp.models.columns import UtcDateTime

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; a move makes it before everything else, so it may be there."""
    op.create_table(
        "database_mark",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("move", sa.String(32), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        if_not_exists=True,
    )


def downgrade() -> None:
    """Take it away again."""
    op.drop_table("database_mark")
