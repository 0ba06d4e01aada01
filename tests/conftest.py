"""Fixtures every test may ask for; nothing is started or imported before a test asks."""

from __future__ import annotations

import asyncio
import re
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings

from tests import servers
from tests.emptied import Emptied

if TYPE_CHECKING:
    from playwright.sync_api import (
        Browser,
        BrowserContext,
        ConsoleMessage,
        Page,
        Request,
        WebError,
    )
    from sqlalchemy import Engine

# How fast examples are drawn says how busy the machine is, and nothing about the rule.
settings.register_profile("rxapp", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("rxapp")

PHONE = (390, 844)
DESKTOP = (1280, 800)
PATIENCE_MS = 20_000
HERE = {"localhost", "127.0.0.1"}

# Report-only policies and those the console leaves out are heard too.
REPORT_CSP = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP ${event.effectiveDirective} blocked ${event.blockedURI} ${event.sample}`));
"""


@pytest.fixture(scope="session")
def free_port() -> Callable[[], int]:
    """Ask for as many free ports of 127.0.0.1 as a test needs."""
    return servers.free_port


@pytest.fixture(scope="session")
def pages() -> Path:
    """The folder of the built pages; built now unless they are current."""
    from rxapp import server

    server.build()
    return server.BUILD


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A Redis server for this run; tests that write to it clear it themselves."""
    with servers.redis() as url:
        yield url


@pytest.fixture(scope="session")
def object_server() -> Iterator[servers.Bucket]:
    """A store of the S3 kind for this run; tests keep their files under prefixes of their own."""
    with servers.object_store() as bucket:
        yield bucket


@pytest.fixture
def bucket(
    object_server: servers.Bucket, monkeypatch: pytest.MonkeyPatch
) -> Iterator[servers.Bucket]:
    """The store as the settings name it, empty for this test."""
    from rxapp.adapters import object_store
    from rxapp.settings import settings

    def forget() -> None:
        settings.cache_clear()
        object_store._store.cache_clear()

    monkeypatch.setenv("RXAPP_FILES_TO", f"s3://{object_server.name}/{uuid4().hex}")
    monkeypatch.setenv("RXAPP_S3_ENDPOINT", object_server.endpoint)
    monkeypatch.setenv("RXAPP_S3_KEY_ID", object_server.key_id)
    monkeypatch.setenv("RXAPP_S3_SECRET", object_server.secret)
    forget()
    with _outside_transactions(monkeypatch):
        yield object_server
    monkeypatch.undo()
    forget()


@contextmanager
def _outside_transactions(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail whatever speaks to the store while this thread has a transaction open.

    A store that is slow would keep everybody waiting who wants to write.
    """
    from sqlalchemy import event
    from sqlalchemy.orm import Session

    from rxapp.adapters import object_store

    here = threading.local()

    def began(_session: object, transaction: Any) -> None:
        if transaction.parent is None:
            here.open = transaction

    def ended(_session: object, transaction: Any) -> None:
        if transaction is getattr(here, "open", None):
            here.open = None

    told = object_store.faults_told

    @contextmanager
    def alone() -> Iterator[None]:
        assert getattr(here, "open", None) is None, "the store was asked within a transaction"
        with told():
            yield

    monkeypatch.setattr(object_store, "faults_told", alone)
    event.listen(Session, "after_transaction_create", began)
    event.listen(Session, "after_transaction_end", ended)
    try:
        yield
    finally:
        event.remove(Session, "after_transaction_create", began)
        event.remove(Session, "after_transaction_end", ended)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL cluster for this run, as the URL of its administration database."""
    with servers.postgres() as url:
        yield url


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str) -> str:
    """The name of a migrated database that tests copy."""
    from rxapp.adapters.database import migrate

    migrate(servers.create_database(postgres_url, "template_rxapp"))
    servers.seal_template(postgres_url, "template_rxapp")
    return "template_rxapp"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file that tests copy, whole in one file."""
    from rxapp.adapters.database import migrate

    folder = tmp_path_factory.mktemp("template")
    migrate(f"sqlite:///{folder / 'migrated.db'}")
    return _one_file(folder / "migrated.db", folder / "template.db")


@pytest.fixture(scope="session")
def emptied(postgres_url: str, postgres_template: str) -> Iterator[Emptied]:
    """The PostgreSQL database that this worker's tests use one after the other."""
    database = Emptied(postgres_url, postgres_template)
    yield database
    database.drop()


@pytest.fixture
def postgres_database(emptied: Emptied) -> Iterator[str]:
    """The URL of a migrated PostgreSQL database in which nothing but this test writes."""
    yield emptied.fresh()
    emptied.empty()


@pytest.fixture(scope="session")
def sqlite_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where this worker's tests have their SQLite database, one after the other."""
    return tmp_path_factory.mktemp("database")


@pytest.fixture
def sqlite_database(sqlite_template: Path, sqlite_folder: Path) -> str:
    """The URL of a migrated SQLite database in which nothing but this test writes."""
    for left in sqlite_folder.iterdir():
        left.unlink()
    copy = sqlite_folder / "rxapp.db"
    shutil.copyfile(sqlite_template, copy)
    return f"sqlite:///{copy}"


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> str:
    """The URL of a migrated, empty database; the test runs once on each kind."""
    return request.getfixturevalue(f"{request.param}_database")


@pytest.fixture(scope="session")
def engines() -> Callable[[str], Engine]:
    """The project's own engine for a database; kept, for it remembers what it has compiled."""
    from rxapp.adapters.database import make_engine

    return cache(make_engine)


@pytest.fixture
def engine(database: str, engines: Callable[[str], Engine]) -> Iterator[Engine]:
    """The project's own engine on `database`; its connections end with the test."""
    engine = engines(database)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def chromium_path() -> Path:
    """The browser's program."""
    return servers.find_chromium()


@pytest.fixture(scope="session")
def browser(chromium_path: Path) -> Iterator[Browser]:
    """One Chromium for this run, with a user folder of its own that starts empty."""
    from playwright.sync_api import expect, sync_playwright

    # What does come may take its time on a busy machine; what does not fails all the same.
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_path, args=list(servers.CHROMIUM_FLAGS)
        )
        yield browser
        browser.close()


@pytest.fixture
def page_factory(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open pages, each in a context of its own; the test fails on any error a page reports.

    `page_factory(PHONE, "dark", allow=["404"], java_script_enabled=False)`: viewport in CSS pixels,
    colour scheme, patterns of console messages the test expects, and further context options.
    """
    contexts: list[BrowserContext] = []
    problems: list[str] = []

    def open_page(
        viewport: tuple[int, int] = DESKTOP,
        color_scheme: str = "light",
        *,
        allow: Sequence[str] = (),
        **options: Any,
    ) -> Page:
        context = browser.new_context(**_context_options(viewport, color_scheme) | options)
        context.add_init_script(REPORT_CSP)
        _collect_problems(context, problems, allow)
        contexts.append(context)
        return context.new_page()

    yield open_page
    # Closing lets the last messages arrive before they are judged.
    for context in contexts:
        context.close()
    assert not problems, "the page reported: " + "; ".join(problems)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item):
    with _own_event_loop(item):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item):
    with _own_event_loop(item):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None):
    # The last test's teardown also closes the browser, which needs its loop back.
    if nextitem is None:
        return (yield)
    with _own_event_loop(item):
        return (yield)


@contextmanager
def _own_event_loop(item: pytest.Item) -> Iterator[None]:
    """Let a test without a browser use asyncio.run().

    Between two calls Playwright leaves its event loop marked as running in this thread, so that
    asyncio.run() would refuse in every test that comes after the first one with a browser.
    """
    running = asyncio._get_running_loop()
    if running is None or "browser" in getattr(item, "fixturenames", ()):
        yield
        return
    asyncio._set_running_loop(None)
    try:
        yield
    finally:
        asyncio._set_running_loop(running)


def _context_options(viewport: tuple[int, int], color_scheme: str) -> dict[str, Any]:
    width, height = viewport
    return {
        "viewport": {"width": width, "height": height},
        "color_scheme": color_scheme,
        "has_touch": width < 600,
        "is_mobile": width < 600,
        "locale": "zh-CN",
        "timezone_id": "Asia/Shanghai",
    }


def _collect_problems(context: BrowserContext, problems: list[str], allow: Sequence[str]) -> None:
    def note(text: str) -> None:
        if not any(re.search(pattern, text) for pattern in allow):
            problems.append(text)

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            note(f"{message.text} ({message.location['url']})")

    def on_error(error: WebError) -> None:
        note(f"uncaught {error.error}")

    def on_request(request: Request) -> None:
        # Once installed nothing is asked of anybody else, fonts and scripts included.
        if request.url.startswith(("http", "ws")) and urlsplit(request.url).hostname not in HERE:
            note(f"asked elsewhere: {request.url}")

    context.on("request", on_request)
    context.on("console", on_console)
    context.on("weberror", on_error)


def _one_file(database: Path, copy: Path) -> Path:
    """Copy a database with what may still lie in its write-ahead log."""
    from pysqlite3 import dbapi2

    source, target = dbapi2.connect(str(database)), dbapi2.connect(str(copy))
    source.backup(target)
    source.close()
    target.close()
    return copy
