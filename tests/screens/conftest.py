"""The real service with the demo city, and browsers in which its people are signed in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.screens import city as cities
from tests.screens.city import DESKTOP, City, Somebody, sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The demo city's data directory, made once for all workers; copied, never served."""
    own = tmp_path_factory.getbasetemp()
    return cities.prepare(own if worker_id == "master" else own.parent)


@pytest.fixture(scope="session")
def city(
    template: Path, tmp_path_factory: pytest.TempPathFactory, free_port: Callable[[], int]
) -> Iterator[City]:
    """This worker's service; tests leave the documented people in it as they are."""
    with cities.serving(template, tmp_path_factory.mktemp("service"), free_port) as served:
        yield served


@pytest.fixture
def own_city(template: Path, tmp_path: Path, free_port: Callable[[], int]) -> Iterator[City]:
    """A service of this test's own, for what cannot be undone."""
    with cities.serving(template, tmp_path, free_port) as served:
        yield served


@pytest.fixture
def visit(page_factory: Callable[..., Page]) -> Callable[..., Page]:
    """Open a page of a city: `visit(city, person)` is signed in, `visit(city)` is a stranger."""

    def open_page(
        where: City, who: Somebody | None = None, viewport: tuple[int, int] = DESKTOP,
        color_scheme: str = "light", **options: Any,
    ) -> Page:  # fmt: skip
        # A certificate of the test's own is behind https.
        options.setdefault("ignore_https_errors", where.address.startswith("https:"))
        page = page_factory(viewport, color_scheme, base_url=where.address, **options)
        if who is not None:
            sign_in(page, where, who)
        return page

    return open_page


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):
    report = yield
    if report.failed:
        for name in ("city", "own_city", "workers"):
            served = getattr(item, "funcargs", {}).get(name)
            if isinstance(served, City) and served.log.exists():
                report.sections.append((f"log of {name}", cities.tail(served.log)))
        report.sections.extend(_pages_left_open(item))
    return report


def _pages_left_open(item: pytest.Item) -> list[tuple[str, str]]:
    """What stood on each page when the test failed."""
    browser = item.funcargs.get("browser") if hasattr(item, "funcargs") else None
    pages = [page for context in browser.contexts for page in context.pages] if browser else []
    shown = []
    for page in pages:
        try:
            text = page.locator("body").inner_text(timeout=2000)
        except Exception as error:  # a page that hangs must not hide the failure itself
            text = f"{type(error).__name__}: {error}"
        shown.append((f"page {page.url}", text[:3000]))
    return shown
