"""The schema: from nothing, from an older one with rows in it, and never apart from the models."""

from datetime import UTC, datetime

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session, SQLModel, select

import rxapp.models  # noqa: F401  (registers every table)
from alembic import command
from rxapp.adapters.database import ROOT, make_engine, migrate
from rxapp.models.audit import AuditEvent
from tests import servers


@pytest.fixture(params=["sqlite", "postgres"])
def empty(request: pytest.FixtureRequest, tmp_path) -> str:
    """The address of a database without any table."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    url = request.getfixturevalue("postgres_url")
    return servers.create_database(url, f"empty_{tmp_path.name.replace('-', '_')[:40]}".lower())


def upgrade_to(url: str, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "alembic"))
    config.attributes["url"] = url
    command.upgrade(config, revision)


def revision_of(engine: Engine) -> str:
    with engine.connect() as connection:
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()


def test_an_empty_database_becomes_the_newest_and_again_changes_nothing(empty: str) -> None:
    migrate(empty)
    engine = make_engine(empty)
    assert set(SQLModel.metadata.tables) <= set(inspect(engine).get_table_names())
    first = revision_of(engine)
    migrate(empty)
    assert revision_of(engine) == first == "0002"
    engine.dispose()


def test_an_older_database_keeps_its_rows_and_gets_the_guards(empty: str) -> None:
    upgrade_to(empty, "0001")
    engine = make_engine(empty)
    with Session(engine) as session:
        session.add(AuditEvent(at=datetime(2020, 7, 15, tzinfo=UTC), action="account:signed_in"))
        session.commit()
        # Before the guard a record could still be changed: the control for the refusal below.
        session.execute(text("UPDATE audit_event SET action = 'account:signed_out'"))
        session.commit()
    migrate(empty)
    with Session(engine) as session:
        assert session.exec(select(AuditEvent.action)).all() == ["account:signed_out"]
        with pytest.raises(DatabaseError, match="append-only"):
            session.execute(text("UPDATE audit_event SET action = 'x'"))
    engine.dispose()


def test_the_schema_is_that_of_the_models(empty: str) -> None:
    migrate(empty)
    engine = make_engine(empty)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, SQLModel.metadata) == []
    engine.dispose()
