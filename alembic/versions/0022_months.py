"""Reviewers by the month and an organisation's own people as sums; more orders; ticks that last.

Whatever is there already is summed up here: a bureau's first look after the upgrade is right.
"""

import sqlalchemy as sa

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

COUNTED = ("decisions", "passes", "timed", "seconds")
PERIOD = "ix_reviewer_day_period"
UNACTIVATED, BUREAUS = "activated_at IS NULL", "capacities LIKE '%bureau|%'"
# Name, table, columns, of which rows.
ORDERS = (
    ("ix_audit_event_action_order", "audit_event", ("action", "id"), ""),
    ("ix_audit_event_kind_order", "audit_event", ("object_kind", "id"), ""),
    ("ix_person_level_status", "person", ("title_level", "status", "id"), ""),
    ("ix_person_series_status", "person", ("title_series", "status", "id"), ""),
    ("ix_person_unactivated_level", "person", ("title_level", "id"), UNACTIVATED),
    ("ix_person_unactivated_series", "person", ("title_series", "id"), UNACTIVATED),
    ("ix_organisation_status_order", "organisation", ("status", "path"), ""),
    ("ix_organisation_bureau", "organisation", ("name",), BUREAUS),
    ("ix_supervision_case_status", "supervision_case", ("status", "id"), ""),
)  # fmt: skip
OLD = "ix_audit_event_action"
FILL_MONTHS = """
INSERT INTO reviewer_month (office_id, month, person_id, decisions, passes, timed, seconds)
SELECT office_id, {month}, person_id, sum(decisions), sum(passes), sum(timed), sum(seconds)
  FROM reviewer_day GROUP BY office_id, {month}, person_id
"""
# The last number of a path is the organisation at it.
AT = (
    "CAST(rtrim(substr(f.path, length(rtrim(rtrim(f.path, '/'), '0123456789')) + 1), '/')"
    " AS INTEGER)"
)
FILL_OWN = """
INSERT INTO figure_cell (organisation_id, year, kind, word, owing, activated, studying, complete,
                         tenths)
SELECT {at}, f.year, 'own', '', sum(CASE WHEN f.owing THEN 1 ELSE 0 END),
       sum(CASE WHEN f.owing AND f.activated_on IS NOT NULL THEN 1 ELSE 0 END),
       sum(CASE WHEN f.owing AND f.studying THEN 1 ELSE 0 END),
       sum(CASE WHEN f.owing AND f.complete THEN 1 ELSE 0 END),
       sum((SELECT coalesce(sum(CAST(h.value AS INTEGER)), 0) FROM {each}(f.hours) h))
  FROM person_figure f GROUP BY {at}, f.year
"""


def upgrade() -> None:
    """Make the table and fill it; sum up everybody's own organisation."""
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    op.create_table(
        "reviewer_month",
        sa.Column(
            "office_id", sa.Integer(), sa.ForeignKey("organisation.id"), primary_key=True,
            autoincrement=False,
        ),
        sa.Column("month", sa.Date(), primary_key=True),
        sa.Column(
            "person_id", sa.Integer(), sa.ForeignKey("person.id"), primary_key=True,
            autoincrement=False,
        ),
        *[sa.Column(name, sa.Integer(), nullable=False) for name in COUNTED],
    )  # fmt: skip
    month = "strftime('%Y-%m-01', day)" if on_sqlite else "CAST(date_trunc('month', day) AS DATE)"
    op.execute(FILL_MONTHS.format(month=month))
    op.create_index(
        "ix_reviewer_month_most", "reviewer_month",
        ["month", "decisions", "person_id", "office_id"],
    )  # fmt: skip
    op.drop_index(PERIOD, table_name="reviewer_day")
    if not on_sqlite:
        # Milliseconds since the machine started: in 32 bits for 24 days and no longer.
        op.alter_column("watch", "tick_ms", type_=sa.BigInteger())
    for name, table, columns, only in ORDERS:
        of = sa.text(only) if only else None
        op.create_index(name, table, list(columns), sqlite_where=of, postgresql_where=of)
    op.drop_index(OLD, table_name="audit_event")
    op.execute(FILL_OWN.format(at=AT, each="json_each" if on_sqlite else "jsonb_each_text"))
    if not on_sqlite:
        op.execute("ANALYZE reviewer_month")


def downgrade() -> None:
    """Take everything away again."""
    op.execute("DELETE FROM figure_cell WHERE kind = 'own'")
    if op.get_bind().dialect.name != "sqlite":
        op.alter_column(
            "watch", "tick_ms", type_=sa.Integer(), postgresql_using="least(tick_ms, 2147483647)"
        )
    op.create_index(OLD, "audit_event", ["action"])
    for name, table, _, _ in ORDERS:
        op.drop_index(name, table_name=table)
    op.create_index(PERIOD, "reviewer_day", ["day", "office_id", "person_id", *COUNTED])
    op.drop_table("reviewer_month")
