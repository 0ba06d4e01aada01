"""How the service itself is: jobs, times of use cases, alerts; the oldest of each queue at once."""

import sqlalchemy as sa

from alembic import op
from rxapp.models.columns import UtcDateTime

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

# Index, table, column, of which rows.
OLDEST = (
    ("ix_application_late", "application", "waiting_since", "status = 'submitted'"),
    ("ix_project_edition_late", "project_edition", "filed_at", "status = 'submitted'"),
    ("ix_outgoing_late", "outgoing", "made_at", "state = 'waiting'"),
)


def upgrade() -> None:
    """Make the tables and indexes."""
    op.create_table(
        "job_run",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("began_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=False),
        sa.Column("took_ms", sa.Integer(), nullable=False),
        sa.Column("ok_at", UtcDateTime(), nullable=True),
        sa.Column("failing_since", UtcDateTime(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("fault", sa.String(120), nullable=False),
        sa.Column("number", sa.String(20), nullable=False),
        sa.Column("worker", sa.String(80), nullable=False),
    )
    op.create_table(
        "use_case_time",
        sa.Column("slot", UtcDateTime(), primary_key=True),
        sa.Column("use_case", sa.String(100), primary_key=True),
        sa.Column("bucket", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("count", sa.Integer(), nullable=False),
    )
    op.create_table(
        "alert",
        sa.Column("cause", sa.String(60), primary_key=True),
        sa.Column("sentence", sa.String(400), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("told_on", sa.Date(), nullable=False),
        sa.Column("quiet", sa.Boolean(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
    )
    for name, table, column, where in OLDEST:
        op.create_index(
            name, table, [column],
            sqlite_where=sa.text(where), postgresql_where=sa.text(where),
        )  # fmt: skip


def downgrade() -> None:
    """Take them away again."""
    for name, table, _column, _where in OLDEST:
        op.drop_index(name, table)
    for table in ("alert", "use_case_time", "job_run"):
        op.drop_table(table)
