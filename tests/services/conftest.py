"""A database with the notice's years, and a clock that goes only when told to."""

import pytest
from sqlalchemy import Engine

from rxapp.adapters import tickets
from rxapp.adapters.database import transaction
from rxapp.adapters.encryption import DataKeys
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
def city(engine: Engine, clock: Clock, keys: DataKeys) -> Engine:
    """The engine of a database in which the years have their policies."""
    with transaction(write=True, on=engine) as session:
        make_policies(session)
    return engine
