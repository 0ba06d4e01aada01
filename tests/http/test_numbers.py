"""Numbers in addresses: what fits no column is an address that leads nowhere, never a fault."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from rxapp.http.site import ROUTES
from tests.gate.cast import Town, installed, settle, sign_in

NUMBER = re.compile(r"\{[a-z_]+:number\}")
WITH_A_NUMBER = [
    route for route in ROUTES if isinstance(route, Route) and NUMBER.search(route.path)
]
REST = {"part": "file", "ticket": "x"}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    folder: Path = tmp_path_factory.mktemp("numbers")
    with installed(folder):
        yield settle()


def address(route: Route, word: str) -> str:
    return NUMBER.sub(word, route.path).format(**REST)


@pytest.mark.parametrize("route", WITH_A_NUMBER, ids=lambda route: route.path)
@pytest.mark.parametrize("word", ["9" * 20, "9" * 5000, "1e30", "-1", "1.5", "٣"])
def test_a_number_that_fits_nowhere_leads_nowhere(town: Town, route: Route, word: str) -> None:
    browser = TestClient(Starlette(routes=[route]), raise_server_exceptions=False)
    browser.cookies.set("rxapp", sign_in(town.city))
    method = sorted(route.methods or {"GET"})[0]
    assert browser.request(method, address(route, word)).status_code == 404
    # The largest that fits is asked for, and refused by the use case with its sentence.
    refused = browser.request(method, address(route, "9" * 9))
    assert refused.status_code in (403, 404)
    assert refused.json()["message"]


def test_no_route_takes_a_number_of_any_length() -> None:
    assert len(WITH_A_NUMBER) >= 10
    assert [r.path for r in ROUTES if ":int}" in getattr(r, "path", "")] == []
