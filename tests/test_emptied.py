"""The database that tests use one after the other: each finds it as if it were the first."""

from collections.abc import Iterator

import psycopg
import pytest

from tests import servers
from tests.emptied import Emptied

TEMPLATE = (
    "CREATE TABLE fruit (id serial PRIMARY KEY, name text)",
    "CREATE TABLE bite (fruit_id integer REFERENCES fruit (id))",
    "INSERT INTO fruit (name) VALUES ('pear')",
    "CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'kept'; END $$",
    "CREATE TRIGGER keep BEFORE TRUNCATE ON fruit EXECUTE FUNCTION keep()",
)


@pytest.fixture
def orchard(postgres_url: str) -> Iterator[Emptied]:
    with _line(servers.create_database(postgres_url, "orchard")) as line:
        for statement in TEMPLATE:
            line.execute(statement.encode())
    servers.seal_template(postgres_url, "orchard")
    database = Emptied(postgres_url, "orchard")
    yield database
    database.drop()
    servers.drop_database(postgres_url, "orchard")


def test_what_a_test_wrote_is_gone_and_numbers_begin_anew(orchard: Emptied) -> None:
    url = orchard.fresh()
    left_open = _line(url)
    for _ in range(2):
        with _line(url) as line:
            assert line.execute("SELECT id, name FROM fruit").fetchall() == [(1, "pear")]
            line.execute("INSERT INTO fruit (name) VALUES ('plum'), ('fig')")
            line.execute("INSERT INTO bite VALUES (3)")
            assert line.execute("SELECT id FROM fruit").fetchall() == [(1,), (2,), (3,)]
            line.execute("DELETE FROM fruit WHERE name = 'plum'")
        orchard.empty()
        assert orchard.fresh() == url, "the same database goes on"
    with pytest.raises(psycopg.OperationalError):
        left_open.execute("SELECT 1")


@pytest.mark.parametrize(
    "change", ["DROP TRIGGER keep ON fruit", "ALTER TABLE fruit DISABLE TRIGGER keep",
               "ALTER TABLE bite ADD deep boolean", "CREATE TABLE leaf ()"],
)  # fmt: skip
def test_one_whose_shape_was_changed_is_not_used_again(orchard: Emptied, change: str) -> None:
    url = orchard.fresh()
    with _line(url) as line:
        line.execute(change.encode())
    orchard.empty()
    assert orchard.fresh() != url


def _line(url: str) -> psycopg.Connection:
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)
