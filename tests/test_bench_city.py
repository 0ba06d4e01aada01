"""The made-up city of the bench: sound by every proof, and opened along indexes alone."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from bench.city import desk_looks, plans
from bench.city.sizes import Sizes
from rxapp.adapters.database import make_engine
from tests import servers

ROOT = Path(__file__).resolve().parents[1]
SCALE = 0.0005
KEYS = """
SELECT c.conrelid::regclass::text, a.attname, c.confrelid::regclass::text, b.attname
  FROM pg_constraint c
  JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
  JOIN pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = c.confkey[1]
 WHERE c.contype = 'f'
"""


@dataclass(frozen=True)
class Made:
    """A city in a database of its own, and the environment of its installation."""

    database: str
    environment: dict[str, str]

    def run(self, *words: str) -> str:
        """What a module of the installation prints."""
        done = subprocess.run(
            [sys.executable, "-m", *words], cwd=ROOT, env=self.environment,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def city(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    """A city of 250 people."""
    name = f"bench_city_{os.getpid()}"
    database = servers.create_database(postgres_url, name)
    kept = {word: value for word, value in os.environ.items() if not word.startswith("RXAPP_")}
    made = Made(
        database.replace("+psycopg", ""),
        kept | {
            "RXAPP_DATA_DIR": str(tmp_path_factory.mktemp("bench-city")),
            "RXAPP_DATABASE_URL": database, "RXAPP_DEMO": "1", "RXAPP_TODAY": "2026-12-10",
            "RXAPP_MESSAGES": "none",
        },
    )  # fmt: skip
    made.run("bench.city.filling", str(SCALE))
    yield made
    servers.drop_database(postgres_url, name)


def test_every_proof_finds_it_sound(city: Made) -> None:
    said = city.run("rxapp.cli", "check")
    assert "异常" not in said, said
    assert said.count("正常　") >= 6, said
    with psycopg.connect(city.database) as line:
        wanted = Sizes(SCALE)
        counted = line.execute(
            "SELECT (SELECT count(*) FROM person), (SELECT count(*) FROM organisation),"
            " (SELECT count(*) FROM claim), (SELECT count(*) FROM credit)"
        ).fetchone()
        assert counted is not None
        people, organisations, claims, credits = counted
        assert (people, organisations) == (wanted.people, wanted.organisations)
        assert 0.95 < claims / (8 * people) <= 1
        assert 0.9 < credits / (40 * people) < 1.1


def test_every_foreign_key_leads_somewhere(city: Made) -> None:
    # They were not asked while the rows came in.
    with psycopg.connect(city.database) as line:
        keys = line.execute(KEYS).fetchall()
        assert len(keys) > 100
        for table, column, other, key in keys:
            lost = line.execute(
                f'SELECT count(*) FROM "{table}" t WHERE t."{column}" IS NOT NULL AND NOT EXISTS'
                f' (SELECT 1 FROM "{other}" o WHERE o."{key}" = t."{column}")'.encode()
            ).fetchone()
            assert lost == (0,), f"{table}.{column}"


def test_the_indexes_are_those_of_the_schema(city: Made, postgres_database: str) -> None:
    def indexes(address: str) -> set[str]:
        with psycopg.connect(address.replace("+psycopg", "")) as line:
            found = line.execute("SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'")
            return {each for (each,) in found}

    assert indexes(city.database) == indexes(postgres_database)


def test_nothing_large_is_walked_through(city: Made) -> None:
    told = json.loads(city.run("bench.city.plans", str(SCALE)).splitlines()[-1])
    assert told["walked"] == []
    # Two pages of each rare thing lie there by now, and whatever people do can be done.
    assert len(told["done"]) == 7
    with psycopg.connect(city.database) as line:
        planted = line.execute(
            "SELECT count(*), count(DISTINCT office_id) FROM claim"
            " WHERE number LIKE 'ZZ%' AND waiting_since < now() - interval '30 days'"
        ).fetchone()
    assert planted is not None
    assert planted[0] >= 2 * 2 * 30
    assert planted[1] >= 4
    said = city.run("rxapp.cli", "check")
    assert "异常" not in said, said
    # What no index leads to is told.
    engine = make_engine(city.database)
    without = "SELECT id FROM credit WHERE title = %(title)s"
    assert plans.walked(engine, [(without, {"title": "x"})]) == {"credit"}
    engine.dispose()


def test_every_use_case_of_a_screen_is_looked_at() -> None:
    used: set[str] = set()
    for path in (ROOT / "rxapp" / "state").glob("*.py"):
        used |= set(re.findall(r"_use\(\s*([a-z_]+\.[a-z_]+)", path.read_text(encoding="utf-8")))
    looked_at = {ask.use_case for ask in desk_looks.everything()}
    assert len(used) > 100
    assert used - looked_at - desk_looks.ELSEWHERE == set()
    assert not looked_at & desk_looks.ELSEWHERE
