"""What was backed up, tested and brought back."""

import sqlalchemy as sa

from alembic import op
from rxapp.models.columns import UtcDateTime

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "backup_run",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("began_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sound", sa.Boolean(), nullable=False),
        sa.Column("sentence", sa.String(400), nullable=False),
    )
    op.create_index("ix_backup_run_kind", "backup_run", ["kind", "id"])


def downgrade() -> None:
    """Take it away again."""
    op.drop_table("backup_run")
