"""How Alembic finds the database and the tables."""

from sqlalchemy import event
from sqlmodel import SQLModel

import rxapp.models  # noqa: F401  (registers every table)
from alembic import context
from rxapp.adapters.database import make_engine
from rxapp.models.columns import CapacitySet, HoursColumn, UtcDateTime, Word
from rxapp.settings import settings

PLAIN = {
    HoursColumn: "sa.Integer()",
    UtcDateTime: "UtcDateTime()",
    CapacitySet: "sa.String(120)",
}


def render(kind: str, item: object, _context: object) -> str | bool:
    """Write our own column kinds as the plain ones they are, so old migrations never change."""
    if kind == "type" and isinstance(item, Word):
        return "sa.String(40)"
    if kind == "type" and type(item) in PLAIN:
        return PLAIN[type(item)]
    return False


def run() -> None:
    """Bring the database of `alembic.ini`'s caller to the wanted revision."""
    url = context.config.attributes.get("url") or settings().database
    engine = make_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "begin", lambda c: c.exec_driver_sql("PRAGMA defer_foreign_keys=ON"))
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=SQLModel.metadata,
            render_as_batch=True,
            render_item=render,
            compare_type=False,
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
