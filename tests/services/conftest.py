"""A database with the notice's years, and a clock that goes only when told to."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from rxapp.adapters import encryption, tickets
from rxapp.adapters.database import transaction
from rxapp.adapters.encryption import DataKeys
from rxapp.settings import settings
from tests.factories import Clock, make_policies


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """1 August 2020, nine in the morning, standing still."""
    made = Clock()
    made.put_in_charge(monkeypatch)
    return made


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> DataKeys:
    """Keys of this test's own."""
    made = DataKeys(cipher=b"c" * 32, lookup=b"l" * 32, ticket=b"t" * 32)
    monkeypatch.setattr(tickets, "data_keys", lambda: made)
    return made


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data directory of this test's own, with keys: what is encrypted can be read again."""
    monkeypatch.setenv("RXAPP_DATA_DIR", str(tmp_path / "data"))
    _forget()
    encryption.ensure(settings().keys_dir)
    yield settings().data_dir
    monkeypatch.undo()
    _forget()


def _forget() -> None:
    settings.cache_clear()
    encryption.data_keys.cache_clear()


@pytest.fixture
def city(engine: Engine, clock: Clock, keys: DataKeys) -> Engine:
    """The engine of a database in which the years have their policies."""
    with transaction(write=True, on=engine) as session:
        make_policies(session)
    return engine
