"""The second factor: asked for after the password, each code once; a bureau waits for it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pyotp.totp import TOTP
from sqlmodel import select
from starlette.routing import Route
from starlette.testclient import TestClient

from rxapp import clock, routes
from rxapp.adapters.database import transaction
from rxapp.errors import Conflict, Invalid, NotPermitted
from rxapp.gate import throttles
from rxapp.http.site import ROUTES
from rxapp.models.audit import AuditEvent
from rxapp.models.people import RecoveryCode, SecondFactor, SignIn
from rxapp.rules.permissions import HALF_SIGNED_IN, LEARNER, Permission
from rxapp.services import accounts, codes, people, second_factors, sign_ins
from rxapp.settings import settings
from tests.factories import at_once
from tests.gate.cast import PASSWORD, SECRET, Inhabitant, Town, contents, sign_in
from tests.services.doors import acting, actor_of, browser, do, enter, found, inhabited, who

both = pytest.mark.parametrize("kind", ["sqlite", "postgres"])


@pytest.fixture
def kind() -> str:
    """The embedded database, unless a test asks for both."""
    return "sqlite"


@pytest.fixture
def town(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Town]:
    """Everybody, in a database of this test's own."""
    with inhabited(request.getfixturevalue(f"{kind}_database"), tmp_path, monkeypatch) as made:
        yield made


def code(steps: int = 0, secret: str = SECRET) -> str:
    """What the authenticator shows, or showed or will show some steps of 30 seconds away."""
    return TOTP(secret).at(int(clock.now().timestamp()) + 30 * steps)


def half_in(person: Inhabitant, address: str = "10.0.0.1") -> TestClient:
    client = browser(address)
    assert enter(client, person).json()["next"] == routes.SECOND_FACTOR
    return client


def give(client: TestClient, typed: str) -> Any:
    return client.post(routes.AUTH_FACTOR, data={"code": typed})


@both
def test_the_password_alone_opens_half_the_door(town) -> None:
    client = half_in(town.guarded)
    half = who(client)
    assert half.permissions == HALF_SIGNED_IN
    assert (half.name, half.activated, half.offices) == ("", False, ())
    assert client.cookies.get("rxdevice") is None
    answer = give(client, code())
    assert answer.json() == {"ok": True, "next": routes.HOME}
    whole = who(client)
    assert whole.may(Permission.AUDIT_READ)
    assert whole.may(Permission.LEARN)
    assert not whole.may(Permission.SECOND_FACTOR)
    assert client.cookies.get("rxdevice")


@both
def test_a_code_works_once_and_none_from_before_it(town) -> None:
    first, second = half_in(town.guarded), half_in(town.guarded)
    now = code()
    assert give(first, now).status_code == 200
    for typed in (now, code(-1)):
        refused = give(second, typed)
        assert refused.status_code == 422
        assert refused.json()["fields"]["code"] == second_factors.WRONG
        assert who(second).permissions == HALF_SIGNED_IN
    assert give(second, code(1)).status_code == 200
    words = {row.action for row in found(select(AuditEvent))}
    assert {"account:factor_passed", "account:factor_refused"} <= words


@both
def test_two_at_the_same_moment_share_no_code(town) -> None:
    halves = [sign_in(town.guarded, factor=False) for _ in range(2)]
    typed = code()

    def go(cookie: str) -> Any:
        return lambda: do(second_factors.answer, actor_of(cookie), code=typed)

    results = at_once([go(cookie) for cookie in halves])
    assert sorted(isinstance(each, Invalid) for each in results) == [False, True]


@pytest.mark.parametrize(
    ("steps", "right"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_a_phones_clock_may_be_half_a_minute_off(town, steps: int, right: bool) -> None:
    answer = give(half_in(town.guarded), code(steps))
    assert (answer.status_code == 200) == right


def test_a_code_may_be_typed_with_spaces_and_full_width(town) -> None:
    typed = code()
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in typed)
    assert give(half_in(town.guarded), f" {wide[:3]} {wide[3:]} ").status_code == 200


@pytest.mark.parametrize("typed", ["", "000000", "12345", "长" * 5000, "' OR 1=1 --", "\0" * 6])
def test_rubbish_is_no_code(town, typed: str) -> None:
    client = half_in(town.guarded)
    assert give(client, typed).status_code == 422
    assert who(client).permissions == HALF_SIGNED_IN


@both
def test_setting_up_gives_rights_at_once_and_asks_from_then_on(town) -> None:
    cookie, elsewhere = sign_in(town.city, factor=False), sign_in(town.city, factor=False)
    bare = actor_of(cookie)
    assert (bare.permissions, bare.needs_factor, bare.offices) == (LEARNER, True, ())
    with pytest.raises(NotPermitted):
        do(people.list_people, bare)
    setup = do(second_factors.begin_setup, bare)
    secret = setup.secret.replace(" ", "")
    assert setup.picture.startswith("data:image/svg+xml")
    assert setup.demo_code == ""
    with pytest.raises(Invalid):
        do(second_factors.confirm_setup, bare, code="000000")
    assert actor_of(cookie).needs_factor
    recovery = do(second_factors.confirm_setup, bare, code=code(0, secret))
    assert len(set(recovery)) == 10
    assert actor_of(cookie).may(Permission.POLICY_EDIT)
    assert do(people.list_people, actor_of(cookie)).rows
    assert actor_of(elsewhere).person_id is None
    _nothing_readable(secret, recovery)
    assert half_in(town.city)
    with pytest.raises(Conflict):
        do(second_factors.begin_setup, actor_of(cookie))


def _nothing_readable(secret: str, recovery: list[str]) -> None:
    kept = repr(found(select(SecondFactor))) + repr(found(select(RecoveryCode)))
    assert secret not in kept
    assert not [each for each in recovery if each.replace("-", "") in kept.replace("-", "")]


@both
def test_a_recovery_code_works_once_and_only_for_its_owner(town) -> None:
    cookie = sign_in(town.guarded)
    made = do(second_factors.renew_recovery_codes, actor_of(cookie), code=code())
    client = half_in(town.guarded)
    assert give(client, made[0].lower().replace("-", " ")).status_code == 200
    again = half_in(town.guarded)
    assert give(again, made[0]).status_code == 422
    other = sign_in(town.department)
    secret = do(second_factors.begin_setup, actor_of(other)).secret.replace(" ", "")
    theirs = do(second_factors.confirm_setup, actor_of(other), code=code(0, secret))
    assert give(again, theirs[0]).status_code == 422
    assert give(again, made[1]).status_code == 200
    assert do(second_factors.get_factor, who(again)).codes_left == 8
    renewed = do(second_factors.renew_recovery_codes, who(again), code=code(1))
    late = half_in(town.guarded)
    assert give(late, made[2]).status_code == 422
    assert give(late, renewed[2]).status_code == 200


def test_guessing_is_throttled_and_spares_the_owners_device(town) -> None:
    own = half_in(town.guarded)
    assert give(own, code()).status_code == 200
    device = own.cookies.get("rxdevice")
    guesser = half_in(town.guarded, "10.0.0.66")
    answers = [give(guesser, f"{guess:06d}").status_code for guess in range(8)]
    assert answers == [422] * 6 + [429] * 2
    assert give(guesser, code(1)).status_code == 429
    assert who(guesser).permissions == HALF_SIGNED_IN
    back = browser("10.0.0.1")
    back.cookies.set("rxdevice", device or "")
    enter(back, town.guarded)
    assert give(back, code(1)).status_code == 200


@both
def test_whoever_may_do_without_switches_it_off_with_password_and_code(town) -> None:
    client = browser()
    enter(client, town.department)
    secret = do(second_factors.begin_setup, who(client)).secret.replace(" ", "")
    do(second_factors.confirm_setup, who(client), code=code(-1, secret))
    for form, field in (
        ({"password": "wrong", "code": code(0, secret)}, "password"),
        ({"password": PASSWORD, "code": "000000"}, "code"),
    ):
        answer = client.post(routes.AUTH_FACTOR_REMOVE, data=form)
        assert (answer.status_code, list(answer.json()["fields"])) == (422, [field])
    right = {"password": PASSWORD, "code": code(0, secret)}
    assert client.post(routes.AUTH_FACTOR_REMOVE, data=right).status_code == 200
    assert enter(browser(), town.department).json()["next"] == routes.HOME


def test_a_bureaus_clerk_keeps_it(town) -> None:
    client = half_in(town.guarded)
    give(client, code())
    form = {"password": PASSWORD, "code": code(1)}
    answer = client.post(routes.AUTH_FACTOR_REMOVE, data=form)
    assert answer.status_code == 403
    assert "不能停用" in answer.json()["message"]
    assert half_in(town.guarded)


def test_who_is_no_clerk_is_not_offered_it(town) -> None:
    with pytest.raises(NotPermitted):
        do(second_factors.begin_setup, acting(town.lena))
    assert not do(second_factors.get_factor, acting(town.lena)).offered
    assert do(second_factors.get_factor, acting(town.clerk)).offered
    assert not do(second_factors.get_factor, acting(town.clerk)).required
    assert do(second_factors.get_factor, acting(town.county)).required


def test_an_employers_office_counts_without_it(town) -> None:
    assert acting(town.clerk).may(Permission.PEOPLE_READ)
    assert not acting(town.clerk).needs_factor
    assert not acting(town.county, factor=False).may(Permission.PEOPLE_READ)


def test_the_code_is_shown_in_the_demo_alone(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = request.getfixturevalue("sqlite_database")
    with inhabited(database, tmp_path, monkeypatch, RXAPP_DEMO="1") as town:
        half = half_in(town.guarded)
        for client in (half, half_in(town.guarded)):
            shown = do(second_factors.get_challenge, who(client)).demo_code
            assert give(client, shown).status_code == 200
    assert not settings().demo


def test_without_the_demo_no_code_is_shown(town) -> None:
    assert do(second_factors.get_challenge, who(half_in(town.guarded))).demo_code == ""


def test_half_signed_in_is_a_stranger_to_every_route(town) -> None:
    half, whole = half_in(town.guarded), half_in(town.guarded, "10.0.0.2")
    assert give(whole, code()).status_code == 200
    before, opened = contents(), 0
    own = (routes.AUTH_FACTOR, routes.AUTH_SIGN_OUT, routes.AUTH_SIGN_IN)
    for route in ROUTES:
        if not isinstance(route, Route) or route.path in own:
            continue
        throttles.forget_all()
        answers = [_ask(each, route) for each in (half, browser("10.0.0.3"), whole)]
        assert answers[0] == answers[1] or answers[0][0] == 403, route.path
        opened += answers[0] != answers[2]
    assert opened >= 5
    assert who(half).permissions == HALF_SIGNED_IN
    for table in ("person", "credit", "certificate", "membership", "second_factor"):
        assert before[table][0] == contents()[table][0]


def _ask(client: TestClient, route: Route) -> tuple[int, str]:
    parts = {"number": "X", "kind": "people", "part": "file", "ticket": "x"}
    path = route.path
    for name in route.param_convertors:
        kinds = (f"{{{name}:number}}", f"{{{name}}}")
        for each in kinds:
            path = path.replace(each, parts.get(name, "1"))
    method = "POST" if "POST" in (route.methods or ()) else "GET"
    answer = client.request(method, path, json={} if method == "POST" else None)
    return answer.status_code, answer.text


def test_a_sign_in_that_ends_takes_the_half_with_it(town) -> None:
    client = half_in(town.guarded)
    client.post(routes.AUTH_SIGN_OUT)
    assert who(client).person_id is None
    later = half_in(town.guarded)
    with transaction(write=True) as session:
        for row in session.exec(select(SignIn)):
            row.seen_at = clock.now() - timedelta(days=1)
    assert give(later, code()).status_code == 401


@both
def test_the_half_door_shuts_soon_and_the_whole_one_stays_open(
    town, monkeypatch: pytest.MonkeyPatch
) -> None:
    late, whole = half_in(town.guarded), half_in(town.guarded)
    assert give(whole, code()).status_code == 200
    later = clock.now() + sign_ins.HALF_AT_MOST
    monkeypatch.setattr(clock, "now", lambda: later)
    assert who(late).person_id is None
    assert give(late, code()).status_code == 401
    assert who(whole).may(Permission.LEARN)


def test_ones_own_sign_in_is_ended_and_nobody_elses(town) -> None:
    mine, other, theirs = sign_in(town.lena), sign_in(town.lena), sign_in(town.olga)
    assert not do(sign_ins.end_one, actor_of(mine), sign_in_id=actor_of(theirs).sign_in_id)
    assert actor_of(theirs).person_id
    assert do(accounts.end_sign_in, actor_of(mine), sign_in_id=actor_of(other).sign_in_id)
    assert actor_of(other).person_id is None
    assert actor_of(mine).person_id


def test_half_signed_in_use_cases_refuse(town) -> None:
    half = who(half_in(town.guarded))
    for use_case, more in (
        (accounts.get_account, {}), (people.list_people, {}),
        (codes.issue, {"person_id": town.olga.id, "purpose": "activation"}),
        (second_factors.begin_setup, {}), (second_factors.get_factor, {}),
    ):  # fmt: skip
        with pytest.raises(NotPermitted):
            do(use_case, half, **more)
