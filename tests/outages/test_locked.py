"""Somebody else writes to the embedded database for long: a sentence soon, reading goes on."""

import threading
import time
from pathlib import Path

import pytest
from pysqlite3 import dbapi2

from tests.outages import books
from tests.outages.served import HOME, refused, site, wait_until

pytestmark = pytest.mark.usefixtures("pages")
SOON = 24


def test_a_database_that_somebody_else_writes_to(tmp_path: Path) -> None:
    with site(tmp_path) as made:
        line, other = made.line(), dbapi2.connect(str(tmp_path / "data" / "rxapp.db"))  # pyright: ignore
        other.isolation_level = None
        other.execute("BEGIN IMMEDIATE")
        begun = time.monotonic()
        beats = [threading.Thread(target=made.save) for _ in range(20)]
        for each in beats:
            each.start()
        for act in made.acts().values():
            refused(act())
        assert max(made.health() for _ in range(10)) < 2
        # What is there can be read.
        assert "home_state" in line.ask(HOME, "home_state")
        assert time.monotonic() - begun < SOON
        for each in beats:
            each.join()
        other.execute("ROLLBACK")
        other.close()
        assert made.beat(again=True).status_code == 200
        for act in made.acts().values():
            wait_until(lambda act=act: act().status_code in (200, 409))
        assert books.find_all() == []
