"""The real service over a real socket: what may be put on the wire, and what comes back."""

import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from sqlmodel import Session
from websockets.exceptions import InvalidHandshake

from rxapp.adapters.database import transaction
from rxapp.services import sign_ins
from tests.app import Line, served
from tests.gate.cast import PASSWORD, Inhabitant, Town, contents, installed, settle, sign_in, spoil
from tests.gate.tabs import BOOT, ROOT

pytestmark = pytest.mark.xdist_group("wire")

HOME = f"{ROOT}.rxapp___state___hours____home_state.load"
SHELL = f"{ROOT}.rxapp___state___shell____shell_state.load"
ACCOUNT = f"{ROOT}.rxapp___state___account____account_state.load"
DESK = f"{ROOT}.rxapp___state___people____people_state.load"
HYDRATE = f"{ROOT}.hydrate"
SIGN_IN = "/auth/sign-in"
FOREIGN = "http://evil.example"
AWAY = "_redirect"
SHELL_SHOWN = "shell_state.*signed_in_rx_state_"
LARGEST = 64 * 1024


@dataclass(frozen=True)
class Site:
    """A running service and the people in it."""

    address: str
    town: Town
    log: Path

    def line(self, cookie: str = "", **options: Any) -> Line:
        """A websocket that has not joined yet."""
        return Line(self.address, cookie=cookie, **options)

    def post(self, path: str, *, client: Any = httpx, **form: str) -> httpx.Response:
        """Send a form as our own pages do."""
        return client.post(self.address + path, data=form, headers={"Origin": self.address})


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, free_port: Any, pages: Path) -> Iterator[Site]:
    """The service, once for this module."""
    from rxapp.adapters import passwords

    folder, cost = tmp_path_factory.mktemp("site"), passwords.COST
    passwords.COST = 4
    with installed(folder, RXAPP_PORT=str(free_port())):
        town = settle()
        with served(folder / "service.log") as address:
            yield Site(address, town, folder / "service.log")
    passwords.COST = cost


def test_a_page_of_our_own_connects_and_is_served(site: Site) -> None:
    with site.line(sign_in(site.town.lena)) as line:
        line.join()
        line.ask(BOOT, "is_hydrated")
        assert site.town.lena.name in line.ask(ACCOUNT, "account_state.*identity_mask")


@pytest.mark.parametrize("origin", [FOREIGN, "null", "https://localhost"])
def test_a_foreign_page_is_not(site: Site, origin: str) -> None:
    with pytest.raises(InvalidHandshake):
        site.line(sign_in(site.town.lena), origin=origin)


def test_polling_is_shut(site: Site) -> None:
    for method in ("GET", "POST"):
        answer = httpx.request(method, f"{site.address}/_event/?EIO=4&transport=polling")
        assert answer.status_code == 404


def test_a_forged_connect_changes_nobody(site: Site) -> None:
    stolen = sign_in(site.town.lena)
    scope = {"headers": [["cookie", f"rxapp={stolen}"]], "client": ["6.6.6.6", 1]}
    with site.line() as line:
        line.join()
        for name in ("connect", "CONNECT", "disconnect", "connect_error"):
            line.emit(name, {"asgi.scope": scope, "QUERY_STRING": f"token={line.token}"}, None)
            line.emit(name, {"asgi.scope": scope, "HTTP_COOKIE": f"rxapp={stolen}"})
        assert AWAY in line.ask(ACCOUNT, AWAY)
        assert not _shown(line.rest(), site.town.lena)
    with site.line(stolen) as line:
        line.join()
        assert _shown(line.ask(ACCOUNT, "account_state"), site.town.lena)


@pytest.mark.parametrize("where", ["headers", "sid", "ip", "token", "client_state"])
def test_an_event_brings_no_identity_of_its_own(site: Site, where: str) -> None:
    stolen = sign_in(site.town.lena)
    given = {"cookie": f"rxapp={stolen}"} if where == "headers" else stolen
    router = {"pathname": "/me", "asPath": "/me", "query": {}, where: given}
    with site.line() as line:
        line.join()
        assert AWAY in line.ask(ACCOUNT, AWAY, router_data=router, **{where: given})
        assert not _shown(line.rest(0.1), site.town.lena)


def test_one_line_joins_once(site: Site) -> None:
    with site.line() as line:
        line.join()
        line.say(f"40{'/_event'},")
        line.until("^44/_event")
        line.ask(SHELL, SHELL_SHOWN)


def test_another_namespace_does_not_exist(site: Site) -> None:
    with site.line() as line:
        for namespace in ("/", "/admin", "/_event2"):
            line.say(f"40{namespace},")
        line.until("^44/_event2")
        line.join().ask(SHELL, SHELL_SHOWN)


@pytest.mark.parametrize(
    "boot",
    [{"name": f"{ROOT}.setvar", "payload": {"var_name": "is_hydrated", "value": True}},
     {"name": "no.such"}, "x", 5, [], {"name": HOME, "payload": 5}],
)  # fmt: skip
def test_a_bad_event_in_the_handshake_is_left_out(site: Site, boot: Any) -> None:
    with site.line() as line:
        line.join({"event": boot})
        line.ask(SHELL, SHELL_SHOWN)
        assert "is_hydrated" not in line.heard[1]


def test_a_good_event_in_the_handshake_is_taken(site: Site) -> None:
    with site.line() as line:
        line.join({"event": {"name": BOOT, "payload": {}, "router_data": {}}})
        line.until("is_hydrated", since=0)


@pytest.mark.parametrize("token", [" ", "a", "x_y_reflex___state____state", "长" * 10, "a" * 100])
def test_a_tab_with_an_odd_name_is_refused(site: Site, token: str) -> None:
    with site.line(token=token) as line:
        line.join()
        assert "44/_event" in line.rest(0.1)


def test_names_nobody_may_call_are_answered_by_nothing(site: Site) -> None:
    rows = contents()
    with site.line(sign_in(site.town.city)) as line:
        line.join()
        line.ask(BOOT, "is_hydrated_rx_state_.: ?true")
        seen = len(line.heard)
        for name in (f"{ROOT}.setvar", f"{HOME}x", "x", "", "__init__", f"{ROOT}.get_state"):
            line.event(name, {"var_name": "is_hydrated", "value": False})
        for name in ("no_such", "new_token", "__class__", "trigger_event", "on_event", ""):
            line.emit(name, {"name": HOME})
        line.emit("event")
        line.emit("event", {"name": HOME}, {"name": HOME})
        answer = line.ask(SHELL, SHELL_SHOWN)
        assert "home_state" not in answer
        assert len(line.heard) - seen <= 2
    assert _but_seen(contents()) == _but_seen(rows)


@pytest.mark.parametrize(
    "packet",
    ["42/_event,{not json", "42/_event,", "42/_event,[]", "42/_event," + "[" * 30_000, "4", "49",
     "9", "", b"\x04", "42/_event,[NaN]", '42/_event,["ping","x"]', '42/_event,["event",NaN]',
     "45999999-/_event,[]",
     "42/_event,9999999999999999999999[1]", "40/_event,[" * 3,
     '451-/_event,["event",{"_placeholder":true,"num":0}]', b"\x00\xff not an event"],
)  # fmt: skip
def test_rubbish_packets_hurt_only_their_sender(site: Site, packet: str | bytes) -> None:
    with site.line() as bad, site.line() as good:
        bad.join()
        bad.say(packet)
        bad.rest(0.05)
        good.join().ask(SHELL, SHELL_SHOWN)


@pytest.mark.parametrize("binary", [False, True])
def test_an_oversized_message_closes_the_line(site: Site, binary: bool) -> None:
    def padded(size: int) -> str:
        said = json.dumps(["event", {"name": SHELL, "payload": {}, "x": ""}])
        return "42/_event," + said[:-3] + "x" * (size - len(said) - 10) + said[-3:]

    with site.line() as line:
        line.join()
        line.say(padded(LARGEST - 1))
        line.until(SHELL_SHOWN, since=0)
        large = padded(LARGEST + 1)
        line.say(large.encode() if binary else large)
        assert line.is_cut_off()


def test_a_replayed_name_shows_nothing_of_its_owner(site: Site) -> None:
    with site.line(sign_in(site.town.clerk)) as owner:
        _look_around(owner, site.town)
        with site.line(token=owner.token) as thief:
            thief.join({"event": {"name": BOOT}})
            thief.until("new_token", since=0)
            _look_about(thief)
            assert not _shown(thief.rest(0.1), site.town.clerk, site.town.fresh)
        assert _shown(owner.ask(DESK, "people_state"), site.town.fresh)
    for cookie in ("", sign_in(site.town.olga)):
        for boot in (None, {"event": {"name": BOOT}}):
            with site.line(cookie, token=owner.token) as heir:
                heir.join(boot)
                _look_about(heir)
                heard = heir.rest(0.1)
            assert "is_hydrated" in heard
            assert not _shown(heard, site.town.clerk, site.town.fresh)


def test_a_tab_in_which_somebody_else_signs_in_shows_nothing_of_the_first(site: Site) -> None:
    with httpx.Client() as browser:
        first = _signed_in(site, browser, site.town.clerk)
        with site.line(first) as line:
            _look_around(line, site.town)
            assert site.post("/auth/sign-out", client=browser).status_code == 200
            ended = line.ask(HYDRATE, "is_hydrated") + line.ask(SHELL, SHELL_SHOWN)
            assert not _shown(ended, site.town.clerk, site.town.fresh)
        second = _signed_in(site, browser, site.town.olga)
    assert second != first
    with site.line(second, token=line.token) as line:
        line.join({"event": {"name": BOOT}})
        _look_about(line)
        line.ask(ACCOUNT, "account_state")
        heard = line.rest(0.1)
    assert _shown(heard, site.town.olga)
    assert not _shown(heard, site.town.clerk, site.town.fresh)
    assert first not in heard
    assert second not in heard


def test_a_sign_in_ended_elsewhere_ends_at_the_next_event(site: Site) -> None:
    cookie = sign_in(site.town.clerk)
    with site.line(cookie) as line:
        _look_around(line, site.town)
        spoil(cookie, ended_at=sign_ins.clock.now())
        after = line.ask(DESK, AWAY) + line.ask(HYDRATE, "is_hydrated")
        assert not _shown(after + line.ask(SHELL, SHELL_SHOWN), site.town.clerk, site.town.fresh)


@pytest.mark.parametrize("path", ["/_upload", "/_upload/x", "/auth/sign-in", "/api/watch/beat"])
def test_a_large_body_is_refused_before_it_is_sent(site: Site, path: str) -> None:
    status = _raw(site, path, f"Origin: {site.address}", "Content-Length: 1000000000")
    assert status in (404, 413)


@pytest.mark.parametrize(
    ("headers", "statuses"),
    [
        (["Transfer-Encoding: chunked"], {400, 413}),
        (["Transfer-Encoding: chunked", "Content-Length: 5"], {400, 411, 413}),
        ([], {413, 422}),
        (["Content-Length: -5"], {400, 413}),
    ],
)
def test_a_body_without_a_length_is_refused(
    site: Site, headers: list[str], statuses: set[int]
) -> None:
    assert _raw(site, SIGN_IN, f"Origin: {site.address}", *headers) in statuses
    form = ["Content-Type: application/x-www-form-urlencoded", "Content-Length: 0"]
    assert _raw(site, SIGN_IN, f"Origin: {site.address}", *form) == 422


@pytest.mark.parametrize(
    "path", ["/_upload/x.pdf", "/_upload", "/_health", "/ping", "/_all_routes"]
)
def test_reflexs_own_doors_are_shut(site: Site, path: str) -> None:
    assert httpx.get(site.address + path).status_code == 404


def test_a_foreign_page_posts_nothing(site: Site) -> None:
    form = {"identity_number": site.town.lena.number, "password": PASSWORD}
    for headers in ({"Origin": FOREIGN}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = httpx.post(site.address + SIGN_IN, data=form, headers=headers)
        assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)
        assert answer.json()["message"]
    assert site.post(SIGN_IN, **form).status_code == 200


def test_no_other_origin_is_told_anything(site: Site) -> None:
    for path in ("/healthz", "/api/verify/0000-0000", SIGN_IN, "/"):
        for method in ("GET", "OPTIONS"):
            wish = {"Origin": FOREIGN, "Access-Control-Request-Method": "POST"}
            answer = httpx.request(method, site.address + path, headers=wish)
            assert FOREIGN not in str(answer.headers)
            assert answer.headers.get("access-control-allow-origin") != "*"


@pytest.mark.parametrize(
    ("path", "status"),
    [("/healthz", 200), ("/api/verify/0000-0000", None), ("/files/certificate/x.pdf", None),
     ("/no/such/page", 404), ("/_upload/x", 404), ("/media/1/x", None)],
)  # fmt: skip
def test_every_answer_carries_the_security_headers(
    site: Site, path: str, status: int | None
) -> None:
    answer = httpx.get(site.address + path)
    assert status is None or answer.status_code == status
    _has_headers(answer)


def test_refusals_carry_them_too(site: Site) -> None:
    _has_headers(httpx.post(site.address + SIGN_IN, headers={"Origin": FOREIGN}))
    _has_headers(httpx.post(site.address + "/years"))
    _has_headers(site.post(SIGN_IN, identity_number="1", password="x"))


@pytest.mark.parametrize("path", ["/", "/sign-in", "/verify/x", "/years/2020"])
def test_pages_run_no_script_but_ours(site: Site, path: str) -> None:
    answer = httpx.get(site.address + path)
    assert answer.status_code == 200
    _has_headers(answer)
    scripts = answer.headers["content-security-policy"].split("script-src")[1].split(";")[0]
    assert "sha256-" in scripts
    assert "unsafe" not in scripts


def test_the_cookie_is_out_of_reach_of_scripts(site: Site) -> None:
    form = {"identity_number": site.town.lena.number, "password": PASSWORD}
    answer = site.post(SIGN_IN, **form)
    sent = answer.headers.get_list("set-cookie")
    assert sorted(line.partition("=")[0] for line in sent) == ["rxapp", "rxdevice"]
    assert all("httponly" in line.lower() and "samesite=lax" in line.lower() for line in sent)
    assert answer.headers["cache-control"] == "no-store"
    value = sent[0].partition("=")[2].partition(";")[0]
    with transaction() as session:
        assert not _stored(session, value)


def test_after_all_of_this_the_log_holds_no_secret(site: Site) -> None:
    lena, fresh = site.town.lena, site.town.fresh
    with httpx.Client() as browser:
        cookie = _signed_in(site, browser, lena)
        for number, password in ((lena.number, "Secret-guess-1"), (fresh.number, "Secret-guess-2")):
            site.post(SIGN_IN, client=browser, identity_number=number, password=password)
        cookie = _signed_in(site, browser, lena)
        site.post("/auth/password", client=browser, password=PASSWORD, new_password="x")
        with site.line(cookie) as line:
            line.join()
            _look_about(line)
            line.event("no.such", {"number": lena.number, "password": PASSWORD})
            line.emit("client_error", {"message": f"{lena.number} {lena.mobile}"})
            line.emit("event", lena.number)
            line.say('42/_event,["event",{"name":5,"x":"' + lena.number + '"}')
            line.rest(0.2)
    said = site.log.read_text()
    assert "event refused" in said
    assert "packet refused" in said
    for person in site.town.people.values():
        assert not any(secret in said for secret in person.canaries if secret)
    for secret in (PASSWORD, "Secret-guess", cookie, "rxapp="):
        assert secret not in said


def _look_around(line: Line, town: Town) -> None:
    """As a clerk: load everything, and hold somebody's one-time code."""
    line.join({"event": {"name": BOOT}})
    line.ask(SHELL, SHELL_SHOWN)
    line.ask(ACCOUNT, "account_state.*identity_mask")
    assert _shown(line.ask(DESK, "people_state"), town.fresh)
    assert _shown("\n".join(line.heard), town.clerk)


def _look_about(line: Line) -> None:
    for name, answer in ((HYDRATE, "is_hydrated"), (SHELL, SHELL_SHOWN)):
        line.ask(name, answer)
    for name in (ACCOUNT, DESK, HOME):
        line.event(name)
    line.ask(HYDRATE, "is_hydrated")


def _shown(heard: str, *people: Inhabitant) -> bool:
    return any(canary in heard for person in people for canary in person.canaries if canary)


def _signed_in(site: Site, browser: httpx.Client, person: Inhabitant) -> str:
    answer = site.post(SIGN_IN, client=browser, identity_number=person.number, password=PASSWORD)
    assert answer.status_code == 200, answer.text
    return browser.cookies["rxapp"]


def _raw(site: Site, path: str, *headers: str) -> int:
    """The status that comes back for the head of a request whose body never comes."""
    where = urlsplit(site.address)
    head = "\r\n".join((f"POST {path} HTTP/1.1", f"Host: {where.netloc}", *headers, "", ""))
    with socket.create_connection((where.hostname or "", where.port or 0), timeout=8) as line:
        line.sendall(head.encode())
        return int(line.recv(4096).split()[1])


def _has_headers(answer: httpx.Response) -> None:
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert len(answer.headers.get_list("content-security-policy")) == 1


def _but_seen(found: dict[str, tuple[int, str]]) -> dict[str, tuple[int, str]]:
    # The jobs with their notes and the sighting of a sign-in go on beside all this.
    beside = ("audit_seal", "sign_in", "audit_event", "job_run", "office_mark", "office_day")
    return {k: v for k, v in found.items() if k not in beside and "figure" not in k}


def _stored(session: Session, value: str) -> bool:
    rows = session.connection().exec_driver_sql("SELECT * FROM sign_in")
    return any(value in map(str, row) for row in rows)
