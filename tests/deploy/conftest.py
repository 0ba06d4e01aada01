"""One nginx for the tests of a module, in front of a service that remembers what reached it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.deploy.upstream import Upstream, upstream
from tests.fronting import Front, front


@pytest.fixture(scope="module")
def behind() -> Iterator[Upstream]:
    """The service behind nginx."""
    with upstream() as made:
        yield made


@pytest.fixture(scope="module")
def store() -> Iterator[Upstream]:
    """The store of objects behind nginx."""
    with upstream() as made:
        yield made


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of kept files."""
    return tmp_path_factory.mktemp("files")


@pytest.fixture(scope="module")
def nginx(
    behind: Upstream, store: Upstream, files: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Front]:
    """The shipped nginx in front of it."""
    folder = tmp_path_factory.mktemp("nginx")
    with front(folder, upstream=behind.port, files=files, store=store.port) as made:
        yield made


@pytest.fixture
def client(nginx: Front, behind: Upstream, store: Upstream) -> Iterator[httpx.Client]:
    """A client that trusts nginx; what was asked before is forgotten."""
    for each in (behind, store):
        each.asked.clear()
        each.begun.clear()
        each.answer = lambda asked: (200, {}, asked.path.encode())
    with httpx.Client(base_url=nginx.address, verify=nginx.trust(), timeout=20) as made:
        yield made
