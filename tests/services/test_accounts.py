"""Signing in, activating, codes, passwords, signing out: over plain HTTP, on both databases."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from rxapp import clock, routes
from rxapp.adapters import passwords
from rxapp.adapters.database import transaction
from rxapp.adapters.encryption import data_keys
from rxapp.errors import Conflict, Invalid, NotFound, NotPermitted
from rxapp.gate import throttles
from rxapp.http import account
from rxapp.models.audit import AuditEvent
from rxapp.models.organisations import Organisation, OrganisationStatus
from rxapp.models.people import Membership, OneTimeCode, Person, SignIn
from rxapp.rules.permissions import COLLECTED, LEARNER, Permission
from rxapp.services import accounts, activation, catalogue, codes, people, sign_ins, standings
from rxapp.services.actors import ANONYMOUS, SYSTEM, Actor
from rxapp.settings import settings
from tests.gate.cast import PASSWORD, Inhabitant, Town, installed, settle, sign_in

NEW = "Zhuyu-2026-shan"
WITH_X = "37080219910101004X"
PROFILE = {
    "field": "卫生健康", "title_series": "卫生技术", "title_level": "中级", "education": "大学本科",
    "post": "护士",
}  # fmt: skip


# What is decided in the database is tried on both kinds; what is decided before it, on one.
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
    monkeypatch.setattr(passwords, "COST", 4)
    monkeypatch.setattr(passwords, "_NOBODY", "$2b$04$" + "." * 53)
    database = request.getfixturevalue(f"{kind}_database")
    with installed(tmp_path, RXAPP_DATABASE_URL=database):
        yield settle()


@pytest.fixture
def device(town: Town) -> Callable[..., TestClient]:
    """Browsers, each with cookies of its own, at an address of one's choice."""

    def made(address: str = "10.0.0.1") -> TestClient:
        app = Starlette(routes=account.ROUTES)
        return TestClient(app, base_url="http://localhost:3000", client=(address, 5))

    return made


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The slow checks that were made."""
    made: list[bytes] = []
    check = passwords.bcrypt.checkpw

    def noting(password: bytes, hashed: bytes) -> bool:
        made.append(hashed)
        return check(password, hashed)

    monkeypatch.setattr(passwords.bcrypt, "checkpw", noting)
    return made


def enter(client: TestClient, number: str, password: str, **more: str) -> Any:
    form = {"identity_number": number, "password": password}
    return client.post(routes.AUTH_SIGN_IN, data=form | more)


def activation_form(person: Inhabitant, **changed: str) -> dict[str, str]:
    form = {"name": person.name, "mobile": person.mobile, "new_password": NEW,
            "new_password_again": NEW}  # fmt: skip
    return form | PROFILE | changed


def who(client: TestClient) -> Actor:
    """Whoever the browser's cookie stands for right now."""
    with transaction() as session:
        return sign_ins.find_actor(session, client.cookies.get("rxapp") or "")


def row_of(person: Inhabitant) -> Person:
    with transaction() as session:
        row = session.get_one(Person, person.id)
        session.expunge(row)
        return row


def code_for(person: Inhabitant, purpose: str = "activation") -> str:
    with transaction(write=True) as session:
        return codes.issue_as_operator(
            session, SYSTEM, identity_number=person.number, purpose=purpose
        )


# --- signing in ---------------------------------------------------------------------------------


@both
def test_the_right_password_opens_the_door(town, device) -> None:
    client = device()
    answer = enter(client, town.lena.number, PASSWORD)
    assert (answer.status_code, answer.json()) == (200, {"ok": True, "next": routes.HOME})
    actor = who(client)
    assert (actor.person_id, actor.permissions) == (town.lena.id, LEARNER)


def test_a_wrong_one_does_not(town, device) -> None:
    for password in ("", "x", PASSWORD + "x", PASSWORD.lower(), town.lena.number[-6:]):
        client = device()
        answer = enter(client, town.lena.number, password)
        assert (answer.status_code, answer.json()["message"]) == (422, account.WRONG)
        assert "set-cookie" not in answer.headers
        assert who(client) is ANONYMOUS


@both
def test_nothing_tells_whether_a_number_exists(town, device, checks) -> None:
    told, work = set(), set()
    for number in (WITH_X, town.lena.number, town.fresh.number, town.clerk.number):
        checks.clear()
        answer = enter(device(), number, "Not-the-password-1")
        told.add((answer.status_code, answer.text, tuple(sorted(answer.headers.items()))))
        work.add(len(checks))
    assert len(told) == 1
    assert work == {1}


def test_the_right_password_costs_the_same_work(town, device, checks) -> None:
    for person, password in ((town.lena, PASSWORD), (town.fresh, town.fresh.number[-6:])):
        checks.clear()
        assert enter(device(), person.number, password).status_code == 200
        assert len(checks) == 1


def test_the_shape_of_a_number_may_be_told(town, device, checks) -> None:
    answer = enter(device(), "123", "x")
    assert answer.status_code == 422
    assert set(answer.json()["fields"]) == {"identity_number"}
    assert checks == []


@pytest.mark.parametrize("typed", ["01004X", "01004x", "０１００４Ｘ", "０１００４ｘ", " 01004X "])
def test_the_first_password_is_the_last_six(town, device, typed: str) -> None:
    with transaction(write=True) as session:
        people.collect_person(
            session, SYSTEM,
            person=people.CollectedPerson(
                identity_number=WITH_X, name="樊篱笆", mobile="",
                organisation_id=town.places["mill"],
            ),
        )  # fmt: skip
    wide = WITH_X.translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789X"})
    for number in (WITH_X, WITH_X.lower(), wide, f" {WITH_X[:6]} {WITH_X[6:]} "):
        assert enter(device(), number, typed).json()["next"] == routes.ACTIVATE
    assert enter(device(), WITH_X, "01004Y").status_code == 422


@pytest.mark.parametrize(
    ("wanted", "leads"),
    [
        ("/years", "/years"), ("/learn/3?a=1", "/learn/3?a=1"), ("//evil.example", "/"),
        ("/\\evil.example", "/"), ("https://evil.example", "/"), ("javascript:alert(1)", "/"),
        ("/\t/evil.example", "/"), ("/\n/evil", "/"), ("/" + "x" * 300, "/"), ("", "/"),
    ],
)  # fmt: skip
def test_signing_in_leads_only_to_our_own_pages(town, device, wanted: str, leads: str) -> None:
    assert enter(device(), town.lena.number, PASSWORD, next=wanted).json()["next"] == leads


@both
def test_signing_in_again_ends_the_sign_in_before(town, device) -> None:
    client = device()
    enter(client, town.lena.number, PASSWORD)
    first = client.cookies["rxapp"]
    enter(client, town.olga.number, PASSWORD)
    assert who(client).person_id == town.olga.id
    with transaction() as session:
        assert sign_ins.find_actor(session, first) is ANONYMOUS


def test_only_the_hash_of_a_cookie_is_kept(town, device) -> None:
    client = device()
    enter(client, town.lena.number, PASSWORD)
    with transaction() as session:
        row = session.exec(select(SignIn)).one()
        assert row.token_hash == sign_ins.token_hash(client.cookies["rxapp"])
        assert client.cookies["rxapp"] not in repr(row)


# --- guessing -----------------------------------------------------------------------------------


def test_guessing_ends_after_six(town, device, checks) -> None:
    client = device()
    answers = [enter(client, town.lena.number, f"guess-{n}").status_code for n in range(8)]
    assert answers == [422] * 6 + [429] * 2
    assert len(checks) == 6
    refused = enter(client, town.lena.number, PASSWORD)
    assert refused.status_code == 429
    assert "15分钟" in refused.json()["message"]
    assert enter(device(), town.olga.number, PASSWORD).status_code == 200


def test_guessing_at_an_unknown_number_ends_alike(town, device) -> None:
    known, unknown = (
        [enter(device(at), number, "guess").text for _ in range(8)]
        for at, number in (("10.0.0.3", town.lena.number), ("10.0.0.4", WITH_X))
    )
    assert known == unknown


def test_a_hundred_guesses_at_once_are_six(town, device, checks) -> None:
    import httpx

    transport = httpx.ASGITransport(Starlette(routes=account.ROUTES), client=("10.0.0.9", 1))

    async def attack() -> list[int]:
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            form = {"identity_number": town.lena.number, "password": "guess"}
            calls = [client.post(routes.AUTH_SIGN_IN, data=form) for _ in range(60)]
            return [answer.status_code for answer in await asyncio.gather(*calls)]

    answers = asyncio.run(attack())
    assert (answers.count(422), answers.count(429)) == (6, 54)
    assert len(checks) == 6


@both
def test_the_owner_is_not_locked_out(town, device, monkeypatch) -> None:
    owner = device("10.0.0.2")
    assert enter(owner, town.lena.number, PASSWORD).status_code == 200
    monkeypatch.setattr(throttles, "SIGN_IN_ACCOUNT", throttles.Limit("all", "10/hour", "多。"))
    for host in range(4):
        for _ in range(5):
            enter(device(f"10.1.0.{host}"), town.lena.number, "guess")
    assert enter(device("10.1.0.99"), town.lena.number, PASSWORD).status_code == 429
    assert enter(owner, town.lena.number, PASSWORD).status_code == 200


def test_somebody_elses_device_cookie_opens_no_way_round(town, device) -> None:
    thief = device()
    enter(thief, town.olga.number, PASSWORD)
    answers = [enter(thief, town.lena.number, "guess").status_code for _ in range(7)]
    assert answers[-1] == 429
    forged = device("10.0.0.8")
    forged.cookies.set("rxdevice", "nonce.AAAA")
    assert [enter(forged, town.lena.number, "x").status_code for _ in range(7)][-1] == 429


def test_one_address_cannot_try_everybody(town, device, monkeypatch) -> None:
    monkeypatch.setattr(throttles, "SIGN_IN_ADDRESS", throttles.Limit("place", "4/minute", "多。"))
    others = [p for p in town.people.values() if p.key != "lena"][:5]
    answers = [enter(device("10.9.9.9"), p.number, "guess").status_code for p in others]
    assert answers == [422] * 4 + [429]
    assert enter(device("10.9.9.8"), town.lena.number, PASSWORD).status_code == 200


def test_signing_in_rightly_uses_up_nothing(town, device) -> None:
    answers = {enter(device(), town.lena.number, PASSWORD).status_code for _ in range(12)}
    assert answers == {200}


# --- before activation --------------------------------------------------------------------------


@both
def test_before_activation_nothing_else_is_reached(town, device) -> None:
    client = device()
    answer = enter(client, town.fresh.number, town.fresh.number[-6:], next="/years")
    assert answer.json()["next"] == routes.ACTIVATE
    assert "rxdevice" not in client.cookies
    actor = who(client)
    assert actor.permissions == COLLECTED
    assert row_of(town.fresh).password_hash is None
    form = {"password": town.fresh.number[-6:], "new_password": NEW, "new_password_again": NEW}
    assert client.post(routes.AUTH_PASSWORD, data=form).status_code == 403
    with transaction() as session:
        for use_case in (accounts.get_account, standings.get_home, people.list_people,
                         accounts.end_other_sign_ins, catalogue.list_courses):  # fmt: skip
            arguments = {"area": "public"} if use_case is catalogue.list_courses else {}
            with pytest.raises(NotPermitted):
                use_case(session, actor, **arguments)  # type: ignore[operator]
        seen = activation.get_activation(session, actor)
    assert town.fresh.name not in repr(seen)
    assert town.fresh.mobile not in repr(seen)
    assert town.fresh.number not in repr(seen)


def test_nobody_activates_without_having_signed_in(town, device) -> None:
    assert device().post(routes.AUTH_ACTIVATE, data=activation_form(town.fresh)).status_code == 401
    done = device()
    enter(done, town.lena.number, PASSWORD)
    assert done.post(routes.AUTH_ACTIVATE, data=activation_form(town.lena)).status_code == 403


@pytest.mark.parametrize("code", ["", "12345678"])
def test_whichever_is_wrong_the_sentence_is_one(town, device, code: str) -> None:
    client = _collected(device(), town.fresh)
    told = set()
    for changed in ({"name": "诸葛忍冬"}, {"mobile": "13900001111"},
                    {"name": "诸葛忍冬", "mobile": "13900001111"}):  # fmt: skip
        throttles.forget_all()
        form = activation_form(town.fresh, code=code, **changed)
        answer = client.post(routes.AUTH_ACTIVATE, data=form)
        told.add((answer.status_code, answer.text))
    assert len(told) == 1
    assert told.pop()[0] == 422
    row = row_of(town.fresh)
    assert (row.password_hash, row.activated_at, row.post) == (None, None, "")


@both
def test_activation_stores_the_record_and_closes_the_way_back(town, device) -> None:
    before, client = (_collected(device(), town.fresh) for _ in range(2))
    answer = client.post(routes.AUTH_ACTIVATE, data=activation_form(town.fresh))
    assert answer.json() == {"ok": True, "next": routes.HOME}
    assert who(client).permissions == LEARNER
    assert who(before) is ANONYMOUS
    row = row_of(town.fresh)
    assert {key: getattr(row, key) for key in PROFILE} == PROFILE
    assert (row.password_hash or "").startswith("$2b$")
    assert enter(device(), town.fresh.number, town.fresh.number[-6:]).status_code == 422
    assert enter(device(), town.fresh.number, NEW).json()["next"] == routes.HOME
    assert client.post(routes.AUTH_ACTIVATE, data=activation_form(town.fresh)).status_code == 403


@pytest.mark.parametrize("name", [" 上官 忍冬", "上官忍冬 "])
def test_a_name_may_be_spaced_otherwise(town, device, name: str) -> None:
    client = _collected(device(), town.fresh)
    form = activation_form(town.fresh, name=name, mobile=f"+86 {town.fresh.mobile}")
    assert client.post(routes.AUTH_ACTIVATE, data=form).status_code == 200


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"new_password": "short1", "new_password_again": "short1"}, "new_password"),
        ({"new_password": "aaaaaaaaaaaa", "new_password_again": "aaaaaaaaaaaa"}, "new_password"),
        ({"new_password": NEW, "new_password_again": NEW + "x"}, "new_password_again"),
        ({"new_password": "", "new_password_again": ""}, "new_password"),
        ({"post": ""}, "post"),
        ({"field": "炼金术"}, "field"),
        ({"education": ""}, "education"),
        ({"mobile": "123"}, "mobile"),
        ({"name": "x1"}, "name"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_stored(town, device, changed, field) -> None:
    client = _collected(device(), town.fresh)
    answer = client.post(routes.AUTH_ACTIVATE, data=activation_form(town.fresh, **changed))
    assert answer.status_code == 422
    assert list(answer.json()["fields"]) == [field]
    assert row_of(town.fresh).activated_at is None


def test_a_password_with_the_last_six_is_refused(town, device) -> None:
    client = _collected(device(), town.fresh)
    weak = f"Abc-{town.fresh.number[-6:]}"
    form = activation_form(town.fresh, new_password=weak, new_password_again=weak)
    assert "new_password" in client.post(routes.AUTH_ACTIVATE, data=form).json()["fields"]


def test_guessing_at_an_activation_ends_after_six(town, device) -> None:
    client = _collected(device(), town.fresh)
    wrong = [
        client.post(
            routes.AUTH_ACTIVATE, data=activation_form(town.fresh, mobile=f"1390000{n:04d}")
        )
        for n in range(7)
    ]
    assert [answer.status_code for answer in wrong] == [422] * 6 + [429]
    right = client.post(routes.AUTH_ACTIVATE, data=activation_form(town.fresh))
    assert right.status_code == 429


# --- codes --------------------------------------------------------------------------------------


@pytest.mark.parametrize("who_", ["no_mobile", "fresh"])
@both
def test_a_code_stands_in_for_a_missing_or_changed_mobile(town, device, who_) -> None:
    person = town.people[who_]
    client = _collected(device(), person)
    code = code_for(person)
    form = activation_form(person, mobile="13900001111", code=f" {code[:4]} {code[4:]} ")
    assert client.post(routes.AUTH_ACTIVATE, data=form).status_code == 200
    row = row_of(person)
    assert row.mobile_mask == "139****1111"
    assert data_keys().decrypt(row.mobile_cipher, context="mobile") == "13900001111"


@both
def test_any_other_code_does_not(town, device) -> None:
    client = _collected(device(), town.no_mobile)
    form = activation_form(town.no_mobile, mobile="13900001111")
    for spoilt in ("none", "wrong", "older", "expired", "others", "staff", "used"):
        throttles.forget_all()
        form["code"] = _spoilt_code(town, spoilt)
        assert client.post(routes.AUTH_ACTIVATE, data=form).status_code == 422, spoilt
        row = row_of(town.no_mobile)
        assert (row.password_hash, row.mobile_cipher) == (None, "")
    throttles.forget_all()
    form["code"] = code_for(town.no_mobile)
    assert client.post(routes.AUTH_ACTIVATE, data=form).status_code == 200


@both
def test_five_failures_spoil_a_code(town, device) -> None:
    client = _collected(device(), town.no_mobile)
    code = code_for(town.no_mobile)
    form = activation_form(town.no_mobile, mobile="13900001111", code="00000000")
    for _ in range(codes.FAILURES):
        throttles.forget_all()
        assert client.post(routes.AUTH_ACTIVATE, data=form).status_code == 422
    throttles.forget_all()
    right = client.post(routes.AUTH_ACTIVATE, data=form | {"code": code})
    assert right.status_code == 422
    assert row_of(town.no_mobile).activated_at is None


def test_four_do_not(town, device) -> None:
    client = _collected(device(), town.no_mobile)
    code = code_for(town.no_mobile)
    form = activation_form(town.no_mobile, mobile="13900001111", code="00000000")
    for _ in range(codes.FAILURES - 1):
        client.post(routes.AUTH_ACTIVATE, data=form)
    throttles.forget_all()
    assert client.post(routes.AUTH_ACTIVATE, data=form | {"code": code}).status_code == 200


def test_a_code_is_stored_as_a_keyed_hash_only(town) -> None:
    code = code_for(town.no_mobile)
    with transaction() as session:
        row = session.exec(select(OneTimeCode)).one()
    assert (len(code), code.isdigit()) == (codes.DIGITS, True)
    assert code not in repr(row)
    assert row.code_hash == data_keys().hash(code, context="code")


GIVERS = (
    # By whom, for whom, what for, and how it is refused.
    ("clerk", "fresh", "activation", None),
    ("county", "fresh", "activation", None),
    ("city", "fresh_clerk", "activation", None),
    ("county", "pending", "staff", None),
    ("clerk", "fresh_clerk", "activation", NotPermitted),
    ("clerk", "pending", "staff", NotPermitted),
    ("pending", "fresh", "activation", NotPermitted),
    ("former", "fresh", "activation", NotPermitted),
    ("lena", "fresh", "activation", NotPermitted),
    ("department", "fresh", "activation", None),
    ("teacher", "fresh", "activation", NotPermitted),
    ("two_offices", "fresh", "activation", NotFound),
    ("two_offices", "pending", "staff", NotFound),
    ("other_clerk", "fresh", "activation", NotFound),
    ("clerk", "olga", "activation", NotFound),
    ("clerk", "lena", "activation", Conflict),
    ("clerk", "lena", "staff", Conflict),
    ("city", "clerk", "staff", Conflict),
    ("clerk", "clerk", "staff", Conflict),
    ("clerk", "fresh", "else", NotFound),
)


@both
def test_who_may_give_a_code_to_whom(town) -> None:
    actors = {by: _actor(town.people[by]) for by, *_ in GIVERS}
    for by, of, purpose, refusal in GIVERS:
        arguments = {"person_id": town.people[of].id, "purpose": purpose}
        if refusal is None:
            code, name = _do(codes.issue, actors[by], **arguments)
            assert (len(code), name) == (codes.DIGITS, town.people[of].name)
            continue
        issued = _codes()
        with pytest.raises(refusal) as raised:
            _do(codes.issue, actors[by], **arguments)
        assert (type(raised.value), _codes()) == (refusal, issued), (by, of, purpose)


@both
def test_a_person_out_of_sight_looks_like_nobody(town) -> None:
    actor = _actor(town.clerk)
    told = set()
    for id in (town.olga.id, 999_999):
        with pytest.raises(NotFound) as raised:
            _do(codes.issue, actor, person_id=id, purpose="activation")
        told.add(raised.value.message)
    assert len(told) == 1


@both
def test_staff_rights_begin_with_a_code_from_above(town) -> None:
    assert not _actor(town.pending).may(Permission.STAFF)
    code, _ = _do(codes.issue, _actor(town.county), person_id=town.pending.id, purpose="staff")
    for wrong in ("", "00000000", code_for(town.fresh)):
        with pytest.raises(Invalid):
            _do(codes.begin_staff, _actor(town.pending), code=wrong)
    assert not _actor(town.pending).may(Permission.STAFF)
    with pytest.raises(Invalid):
        _do(codes.begin_staff, _actor(town.lena), code=code)
    assert _do(codes.begin_staff, _actor(town.pending), code=code) == "样例磨坊"
    assert _actor(town.pending).may(Permission.CODE_ISSUE)
    with pytest.raises(Invalid):
        _do(codes.begin_staff, _actor(town.pending), code=code)


@both
def test_rights_end_with_the_membership_and_with_the_office(town) -> None:
    assert _actor(town.clerk).may(Permission.STAFF)
    with transaction(write=True) as session:
        session.get_one(Organisation, town.places["mill"]).status = OrganisationStatus.SUSPENDED
    assert not _actor(town.clerk).may(Permission.STAFF)
    with transaction(write=True) as session:
        session.get_one(Organisation, town.places["mill"]).status = OrganisationStatus.ACTIVE
        for row in session.exec(select(Membership).where(Membership.person_id == town.clerk.id)):
            row.ended_at = clock.now()
    assert _actor(town.clerk).permissions == LEARNER


# --- passwords and signing out ------------------------------------------------------------------


@both
def test_a_new_password_ends_every_other_sign_in(town, device) -> None:
    here, there = (_signed_in(device(), town.lena) for _ in range(2))
    form = {"password": PASSWORD, "new_password": NEW, "new_password_again": NEW}
    assert here.post(routes.AUTH_PASSWORD, data=form).status_code == 200
    assert who(here).person_id == town.lena.id
    assert who(there) is ANONYMOUS
    assert enter(device(), town.lena.number, PASSWORD).status_code == 422
    assert enter(device(), town.lena.number, NEW).status_code == 200


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"password": "x"}, "password"), ({"password": ""}, "password"),
     ({"new_password": "x", "new_password_again": "x"}, "new_password"),
     ({"new_password_again": "x"}, "new_password_again")],
)  # fmt: skip
def test_a_password_is_not_changed_without_the_old_one(town, device, changed, field) -> None:
    client = _signed_in(device(), town.lena)
    before = row_of(town.lena).password_hash
    form = {"password": PASSWORD, "new_password": NEW, "new_password_again": NEW} | changed
    answer = client.post(routes.AUTH_PASSWORD, data=form)
    assert (answer.status_code, list(answer.json()["fields"])) == (422, [field])
    assert row_of(town.lena).password_hash == before


def test_guessing_at_the_old_password_ends_after_six(town, device) -> None:
    client = _signed_in(device(), town.lena)
    form = {"password": "guess", "new_password": NEW, "new_password_again": NEW}
    answers = [client.post(routes.AUTH_PASSWORD, data=form).status_code for _ in range(7)]
    assert answers == [422] * 6 + [429]


def test_signing_out_here_leaves_the_others(town, device) -> None:
    here, there = (_signed_in(device(), town.lena) for _ in range(2))
    cookie = here.cookies["rxapp"]
    answer = here.post(routes.AUTH_SIGN_OUT)
    assert answer.json()["next"] == routes.SIGN_IN
    assert "rxapp" not in here.cookies
    with transaction() as session:
        assert sign_ins.find_actor(session, cookie) is ANONYMOUS
    assert who(there).person_id == town.lena.id
    assert device().post(routes.AUTH_SIGN_OUT).status_code == 200


@both
def test_signing_out_everywhere_spares_this_device_and_other_people(town, device) -> None:
    here, *there = (_signed_in(device(), town.lena) for _ in range(4))
    other = _signed_in(device(), town.olga)
    assert _do(accounts.end_other_sign_ins, who(here)) == 3
    assert [who(each) for each in there] == [ANONYMOUS] * 3
    assert who(here).person_id == town.lena.id
    assert who(other).person_id == town.olga.id
    assert _do(accounts.end_other_sign_ins, who(here)) == 0


@both
def test_a_sign_in_ends_by_idling(town, monkeypatch) -> None:
    idle = timedelta(minutes=settings().sign_in_idle_minutes)
    cookie, start = sign_in(town.lena), clock.now()
    assert _at(monkeypatch, start + idle - timedelta(minutes=1), cookie).person_id == town.lena.id
    assert _at(monkeypatch, start + idle + timedelta(minutes=1), cookie) is ANONYMOUS


@both
def test_being_there_keeps_it_alive_until_the_absolute_end(town, monkeypatch) -> None:
    start, step = clock.now(), timedelta(minutes=settings().sign_in_idle_minutes - 1)
    end, moment = start + timedelta(hours=settings().sign_in_hours), start
    cookie = sign_in(town.lena)
    while (moment := moment + step) < end:
        actor = _at(monkeypatch, moment, cookie)
        assert actor.person_id == town.lena.id
        _do(sign_ins.keep_alive, actor)
    assert _at(monkeypatch, end + timedelta(seconds=1), cookie) is ANONYMOUS


@pytest.mark.parametrize("token", ["", "x", "x" * 43, "长", "\x00", "' OR 1=1 --"])
def test_rubbish_is_nobody(town, token: str) -> None:
    with transaction() as session:
        assert sign_ins.find_actor(session, token) is ANONYMOUS


# --- at rest and in the record ------------------------------------------------------------------


def test_numbers_and_mobiles_are_nowhere_in_the_files(town, device, sqlite_folder) -> None:
    client = _collected(device(), town.fresh)
    assert client.post(routes.AUTH_ACTIVATE, data=activation_form(town.fresh)).status_code == 200
    found = b"".join(path.read_bytes() for path in sqlite_folder.iterdir())
    assert town.fresh.name.encode() in found
    for person in town.people.values():
        for secret in (person.number, person.mobile, person.number[6:14] + person.number[14:17]):
            assert not secret or secret.encode() not in found


def test_what_is_encrypted_is_read_only_as_what_it_is(town) -> None:
    one, other = (data_keys().encrypt(town.lena.number, context="identity") for _ in range(2))
    assert one != other
    assert data_keys().decrypt(one, context="identity") == town.lena.number
    for value, context in (
        (one, "mobile"),
        (one[:-6] + "AAAAA=", "identity"),
        ("b2:x", "identity"),
    ):
        with pytest.raises(Exception):  # noqa: B017, PT011  (the library has its own names)
            data_keys().decrypt(value, context=context)


@both
def test_the_record_holds_ids_only(town, device) -> None:
    client = _collected(device(), town.no_mobile)
    code = code_for(town.no_mobile)
    form = activation_form(town.no_mobile, mobile="13900001111", code="00000000")
    client.post(routes.AUTH_ACTIVATE, data=form)
    client.post(routes.AUTH_ACTIVATE, data=form | {"code": code})
    enter(device(), town.lena.number, "guess")
    enter(device(), WITH_X, "guess")
    client.post(routes.AUTH_SIGN_OUT)
    with transaction() as session:
        rows = session.exec(select(AuditEvent)).all()
    words = {row.action for row in rows}
    assert {"account:signed_in", "account:sign_in_refused", "account:code_issued",
            "account:activation_refused", "account:code_used", "account:activated",
            "account:signed_out"} <= words  # fmt: skip
    said = repr([(row.detail, row.object_kind, row.object_id, row.actor_id) for row in rows])
    secrets = [*(s for p in town.people.values() for s in p.canaries if s), code, "13900001111"]
    assert not [secret for secret in secrets if secret in said]


def _collected(client: TestClient, person: Inhabitant) -> TestClient:
    assert enter(client, person.number, person.number[-6:]).status_code == 200
    return client


def _signed_in(client: TestClient, person: Inhabitant) -> TestClient:
    assert enter(client, person.number, PASSWORD).status_code == 200
    return client


def _actor(person: Inhabitant) -> Actor:
    cookie = sign_in(person)
    with transaction() as session:
        return sign_ins.find_actor(session, cookie)


def _do(use_case: Callable[..., Any], actor: Actor, **arguments: Any) -> Any:
    with transaction(write=True) as session:
        return use_case(session, actor, **arguments)


def _codes() -> int:
    with transaction() as session:
        return len(session.exec(select(OneTimeCode)).all())


def _at(monkeypatch: pytest.MonkeyPatch, moment: Any, cookie: str) -> Actor:
    monkeypatch.setattr(clock, "now", lambda: moment)
    with transaction() as session:
        return sign_ins.find_actor(session, cookie)


def _spoilt_code(town: Town, how: str) -> str:
    if how in ("none", "wrong"):
        return "" if how == "none" else "12345678"
    if how == "others":
        return code_for(town.fresh)
    if how == "staff":
        return code_for(town.pending, "staff")
    code = code_for(town.no_mobile)
    if how == "older":
        code_for(town.no_mobile)
    else:
        column = "used_at" if how == "used" else "expires_at"
        with transaction(write=True) as session:
            newest = select(OneTimeCode).order_by(col(OneTimeCode.id).desc())
            setattr(session.exec(newest).first(), column, clock.now())
    return code
