"""信息发布: news, its attachments, who has read it."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op
from rxapp.models.columns import UtcDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
TABLES = (
    "notice_mark", "notice_read", "notice_gram", "notice_file", "notice_county", "notice_edition",
    "notice",
)  # fmt: skip


def upgrade() -> None:
    """Make the tables; what was published once stays as it was."""
    _create_notice()
    _create_edition()
    _create_parts()
    _create_reading()
    _guard("notice_edition")


def downgrade() -> None:
    """Take everything away again."""
    for table in TABLES:
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION notice_edition_append_only()")


def _create_notice() -> None:
    op.create_table(
        "notice",
        _id(),
        _to("office_id", "organisation"),
        _text("status", 40),
        _number("edition"),
        _text("title", 100),
        _long("html"),
        _long("words"),
        _long("folded"),
        _number("kinds"),
        sa.Column("in_counties", sa.Boolean(), nullable=False),
        sa.Column("files", JSON, nullable=False),
        _moment("publish_at", nullable=True),
        sa.Column("pinned_until", sa.Date(), nullable=True),
        _moment("updated_at", nullable=True),
        _text("reason", 200),
        _moment("ended_at", nullable=True),
        sa.Column("draft", JSON, nullable=False),
        _to("created_by", "person", nullable=True),
        _moment("created_at"),
        _number("version"),
    )
    op.create_index("ix_notice_public", "notice", ["status", "publish_at", "id"])
    op.create_index("ix_notice_pinned", "notice", ["pinned_until"])
    op.create_index("ix_notice_office", "notice", ["office_id", "id"])


def _create_edition() -> None:
    op.create_table(
        "notice_edition",
        _id(),
        _to("notice_id", "notice"),
        _number("edition"),
        _text("title", 100),
        _long("body"),
        _long("html"),
        _text("renderer", 120),
        sa.Column("content", JSON, nullable=False),
        _to("by_id", "person", nullable=True),
        _moment("at"),
        sa.UniqueConstraint("notice_id", "edition"),
    )


def _create_parts() -> None:
    op.create_table(
        "notice_county",
        _to("notice_id", "notice", primary_key=True),
        _to("county_id", "organisation", primary_key=True),
    )
    op.create_index("ix_notice_county_county_id", "notice_county", ["county_id"])
    op.create_table(
        "notice_file",
        _id(),
        _to("notice_id", "notice"),
        _text("name", 100),
        _text("media_type", 100),
        _number("size"),
        _text("file", 80),
        _to("added_by", "person", nullable=True),
        _moment("added_at"),
    )
    op.create_index("ix_notice_file_notice_id", "notice_file", ["notice_id"])
    op.create_index("ix_notice_file_file", "notice_file", ["file"])
    # Many short rows that are only ever looked up by their key: the key is the table.
    op.create_table(
        "notice_gram",
        sa.Column("gram", sa.String(4), nullable=False, primary_key=True),
        _to("notice_id", "notice", primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_notice_gram_notice_id", "notice_gram", ["notice_id"])


def _create_reading() -> None:
    op.create_table(
        "notice_read",
        _to("person_id", "person", primary_key=True),
        _to("notice_id", "notice", primary_key=True),
        _moment("at"),
    )
    op.create_index("ix_notice_read_notice_id", "notice_read", ["notice_id"])
    op.create_table(
        "notice_mark", _to("person_id", "person", primary_key=True), _moment("read_until")
    )


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


def _id() -> sa.Column:
    return sa.Column("id", sa.Integer(), nullable=False, primary_key=True)


def _number(name: str) -> sa.Column:
    return sa.Column(name, sa.Integer(), nullable=False)


def _text(name: str, length: int) -> sa.Column:
    return sa.Column(name, sa.String(length), nullable=False)


def _long(name: str) -> sa.Column:
    return sa.Column(name, sa.String(), nullable=False)


def _moment(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, UtcDateTime(), nullable=nullable)


def _to(name: str, table: str, *, nullable: bool = False, primary_key: bool = False) -> sa.Column:
    return sa.Column(
        name, sa.Integer(), sa.ForeignKey(f"{table}.id"), nullable=nullable,
        primary_key=primary_key,
    )  # fmt: skip
