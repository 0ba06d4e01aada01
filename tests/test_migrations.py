"""The schema: from nothing, from an older one with rows in it, and never apart from the models."""

from datetime import date

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
from rxapp.models.organisations import Organisation
from rxapp.models.people import Affiliation, Membership, Person
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
    assert revision_of(engine) == first == "0022"
    engine.dispose()


def test_an_older_database_keeps_its_rows_and_gets_the_guards(empty: str) -> None:
    upgrade_to(empty, "0001")
    engine = make_engine(empty)
    with Session(engine) as session:
        insert_into_first_schema(session)
        session.commit()
        # Before the guard a record could still be changed: the control for the refusal below.
        session.execute(text("UPDATE audit_event SET action = 'account:signed_out'"))
        session.commit()
    migrate(empty)
    with Session(engine) as session:
        assert session.exec(select(AuditEvent.action)).all() == ["account:signed_out"]
        with pytest.raises(DatabaseError, match="append-only"):
            session.execute(text("UPDATE audit_event SET action = 'x'"))
        session.rollback()
        person = session.exec(select(Person)).one()
        assert (person.pinyin, person.initials, person.status) == ("linxia", "lx", "active")
        assert session.exec(select(Organisation.initials)).one() == "yhzx"
        belonged = session.exec(select(Affiliation)).one()
        assert (belonged.organisation_id, belonged.begins_on) == (1, date(2020, 7, 15))
        assert session.exec(select(Membership.person_id)).one() == 1
    engine.dispose()


def insert_into_first_schema(session: Session) -> None:
    day = "2020-07-15 00:00:00"
    for statement in (
        f"INSERT INTO audit_event (at, action, object_kind, detail) "
        f"VALUES ('{day}', 'account:signed_in', '', '{{}}')",
        "INSERT INTO organisation (id, path, name, capacities, address, status) "
        "VALUES (1, '/1/', '运河中学', '|employer|', '', 'active')",
        "INSERT INTO person (id, name, identity_cipher, identity_hash, identity_mask, "
        "mobile_cipher, mobile_hash, mobile_mask, created_at, organisation_id, owes_from, "
        "field, title_series, title_level, education, post) "
        f"VALUES (1, '林夏', '', 'h', '3', '', '', '', '{day}', 1, 2016, '', '', '', '', '')",
        "INSERT INTO membership (id, person_id, organisation_id) VALUES (1, 1, 1)",
    ):
        session.execute(text(statement))


def test_the_schema_is_that_of_the_models(empty: str) -> None:
    migrate(empty)
    engine = make_engine(empty)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, SQLModel.metadata) == []
    engine.dispose()
