"""The same form sent twice is one application."""

import sqlalchemy as sa

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the key; applications from before have none."""
    op.add_column("application", sa.Column("request_hash", sa.String(64), nullable=True))
    op.create_index("ix_application_request_hash", "application", ["request_hash"], unique=True)


def downgrade() -> None:
    """Take the key away."""
    op.drop_index("ix_application_request_hash", table_name="application")
    op.drop_column("application", "request_hash")
