"""The town, once for all tests of the front door."""

from collections.abc import Iterator

import pytest

from rxapp.adapters import passwords
from rxapp.gate import throttles
from tests.gate.cast import Town, installed, settle


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Everybody, in a database of this module's own."""
    cost = passwords.COST, passwords._NOBODY
    passwords.COST, passwords._NOBODY = 4, "$2b$04$" + "." * 53
    with installed(tmp_path_factory.mktemp("town")):
        yield settle()
    passwords.COST, passwords._NOBODY = cost


@pytest.fixture(autouse=True)
def fresh_throttles() -> None:
    """Every test begins with nothing counted."""
    throttles.forget_all()
