"""One person's years for another system, over plain HTTP: by a key alone, one answer for a miss."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select
from starlette.applications import Starlette
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from rxapp import routes
from rxapp.adapters.database import transaction
from rxapp.gate import cookies, throttles
from rxapp.gate.door import Door
from rxapp.gate.throttles import Limit
from rxapp.http import standing_api
from rxapp.models.audit import AuditEvent
from rxapp.models.keys import StandingKey, StandingLookup
from rxapp.services import keys, sign_ins
from tests.gate.cast import Town, installed, settle, sign_in

TERMS = {
    "name": "职称评审系统", "first_year": "2016", "county": "all", "integrity": "0",
}  # fmt: skip


class Site:
    """The route behind the door, a town, and keys of it."""

    def __init__(self, town: Town) -> None:
        from rxapp import clock

        self.town, self.year = town, clock.today().year
        self.last_day = clock.local(clock.now()).date().isoformat()
        self.key = self.issue()

    def issue(self, place: str = "county", **typed: str) -> str:
        cookie = sign_in(self.town.city)
        given = TERMS | {"last_year": f"{self.year}", "expires_on": self.last_day} | typed
        with transaction(write=True) as session:
            actor = sign_ins.find_actor(session, cookie)
            return keys.issue(
                session, actor, organisation_id=self.town.places[place], typed=given
            ).key

    def client(self, address: str = "192.0.2.1", **options: Any) -> TestClient:
        app = Door(Starlette(routes=[*standing_api.ROUTES]))
        return TestClient(app, client=(address, 5000), **options)

    def ask(self, said: Any = None, *, key: str | None = None, **more: Any) -> Any:
        sent = self.question() if said is None else said
        content = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
        held = self.key if key is None else key
        return self.client(**more).post(
            routes.API_STANDING, content=content, headers={"Authorization": f"Bearer {held}"}
        )

    def question(self, **more: Any) -> dict[str, Any]:
        lena = self.town.lena
        return {"identity_number": lena.number, "name": lena.name, "years": [self.year]} | more


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with installed(tmp_path):
        yield Site(settle())


def count(table: Any) -> int:
    with transaction() as session:
        return len(session.exec(select(table)).all())


def test_with_a_key_number_and_name_the_years_are_told(site: Site) -> None:
    answer = site.ask()
    assert answer.status_code == 200
    (year,) = answer.json()["years"]
    assert (year["year"], year["owed"], year["complete"], year["total"]) == (
        site.year, True, False, "0",
    )  # fmt: skip
    assert "set-cookie" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"
    # Neither the number nor the name comes back.
    assert site.town.lena.number not in answer.text
    assert site.town.lena.name not in answer.text
    assert count(StandingLookup) == 1
    lower = site.question(identity_number=site.town.lena.number.lower())
    assert site.ask(lower).json() == answer.json()


def test_every_miss_is_answered_byte_by_byte_alike(site: Site) -> None:
    olga, lena = site.town.olga, site.town.lena
    narrow = site.issue("guild", county=str(site.town.places["county"]))
    answers = [
        site.ask(site.question(name=olga.name)),
        site.ask(site.question(identity_number=olga.number)),
        site.ask(site.question(identity_number="370802198501019991"[:17] + _check())),
        site.ask(site.question(identity_number=site.town.city.number), key=narrow),
        site.ask(
            site.question(identity_number=site.town.city.number, name=site.town.city.name),
            key=narrow,
        ),
    ]
    assert {each.status_code for each in answers} == {404}
    assert len({each.content for each in answers}) == 1
    assert len({str(sorted(each.headers.items())) for each in answers}) == 1
    assert answers[0].json() == {
        "error": "not_found", "message": "没有姓名和身份证号码都相符的人员。", "fields": {},
    }  # fmt: skip
    # The control beside them: the same person with both.
    city = site.question(identity_number=site.town.city.number, name=site.town.city.name)
    assert site.ask(city).status_code == 200
    assert site.ask(site.question(name=lena.name), key=narrow).status_code == 200
    assert count(StandingLookup) == 7


def _check() -> str:
    from rxapp.rules import identity

    return identity.identity_check_character("370802198501019991"[:17])


def test_without_a_key_that_holds_nothing_is_told(site: Site) -> None:
    revoked, expired = site.issue("guild"), site.issue("mill")
    with transaction(write=True) as session:
        from rxapp import clock

        rows = {row.organisation_id: row for row in session.exec(select(StandingKey))}
        rows[site.town.places["guild"]].revoked_at = clock.now()
        rows[site.town.places["mill"]].expires_at = clock.now()
    for key, said in (
        ("", "密钥不正确"), ("x" * 43, "密钥不正确"), ("x" * 5000, "密钥不正确"),
        (site.key[:-1], "密钥不正确"), (revoked, "已被撤销"), (expired, "已过期"),
    ):  # fmt: skip
        answer = site.ask(key=key)
        assert (answer.status_code, answer.json()["error"]) == (401, "signed_out")
        assert said in answer.json()["message"]
        assert answer.headers["www-authenticate"] == "Bearer"
    for header in ({}, {"Authorization": f"Basic {site.key}"}, {"Authorization": site.key}):
        answer = site.client().post(routes.API_STANDING, json=site.question(), headers=header)
        assert answer.status_code == 401
    assert count(StandingLookup) == 0
    assert site.ask().status_code == 200


def test_a_cookie_is_no_key(site: Site) -> None:
    for who in (site.town.city, site.town.lena):
        held = {cookies.session_cookie(): sign_in(who)}
        client = site.client(cookies=held)
        answer = client.post(routes.API_STANDING, json=site.question())
        assert answer.status_code == 401
        assert "set-cookie" not in answer.headers
        key = {"Authorization": f"Bearer {held[cookies.session_cookie()]}"}
        assert (
            client.post(routes.API_STANDING, json=site.question(), headers=key).status_code == 401
        )


def test_a_key_asks_only_what_it_may(site: Site) -> None:
    narrow = site.issue("guild", first_year=f"{site.year}")
    answer = site.ask(site.question(years=[site.year - 1, site.year]), key=narrow)
    assert (answer.status_code, answer.json()["error"]) == (403, "not_permitted")
    assert f"{site.year}至{site.year}年度" in answer.json()["message"]
    assert site.ask(key=narrow).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        b"", b"null", b"[]", b"1", b'"x"', b"{", b"\xff\xfe", b"[" * 4000, b'{"a":' * 700,
        b"NaN", b"1e22", b"{}",
    ],
)  # fmt: skip
def test_what_is_no_question_is_refused(site: Site, body: bytes) -> None:
    answer = site.ask(body)
    assert answer.status_code == 422
    assert answer.json()["message"].endswith("。")
    assert count(StandingLookup) == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"years": "[1e22]"}, {"years": "[NaN]"}, {"years": "[Infinity]"}, {"years": "null"},
        {"years": "[null]"}, {"years": "[2020.0]"}, {"years": "[true]"}, {"years": "[[2020]]"},
        {"years": "[" + "9" * 3000 + "]"}, {"years": "{}"}, {"years": "[-2020]"},
        {"name": "null"}, {"name": '{"a":{"b":[]}}'}, {"name": '"\\u0000"'}, {"name": "12"},
        {"identity_number": "null"}, {"identity_number": "370802198501010011"},
        {"identity_number": '"x"'}, {"more": "1"},
    ],
)  # fmt: skip
def test_each_field_is_of_its_kind(site: Site, wrong: dict[str, str]) -> None:
    whole = {name: json.dumps(said) for name, said in site.question().items()} | wrong
    body = "{" + ",".join(f'"{name}":{said}' for name, said in whole.items()) + "}"
    answer = site.ask(body.encode())
    assert answer.status_code == 422
    assert site.ask().status_code == 200


def test_only_a_small_post_comes_in(site: Site) -> None:
    client = site.client()
    assert site.ask(b"x" * 4097).status_code == 413
    assert client.get(routes.API_STANDING).status_code == 405
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS"):
        assert client.request(method, routes.API_STANDING).status_code == 405
    foreign = {"Authorization": f"Bearer {site.key}", "Origin": "https://elsewhere.example.org"}
    answer = client.post(routes.API_STANDING, json=site.question(), headers=foreign)
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers
    assert count(StandingLookup) == 0


def limited(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    limit = getattr(throttles, name)
    monkeypatch.setattr(
        throttles, name, Limit(limit.name, f"3/{limit.rate.split('/')[1]}", limit.message)
    )
    throttles.forget_all()


def codes(answers: list[Any]) -> list[int]:
    return [each.status_code for each in answers]


def test_a_key_is_limited_wherever_it_is_used(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    other = site.issue("guild")
    limited(monkeypatch, "STANDING_KEY")
    answers = [site.ask(address=f"192.0.2.{each}") for each in range(1, 5)]
    assert codes(answers) == [200, 200, 200, 429]
    assert answers[-1].headers["retry-after"] == "60"
    assert answers[-1].json()["error"] == "too_many"
    assert site.ask(key=other).status_code == 200
    assert count(StandingLookup) == 4


def test_an_address_is_limited_whatever_keys_it_has(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = site.issue("guild")
    limited(monkeypatch, "STANDING_ADDRESS")
    assert codes([site.ask(), site.ask(), site.ask(key=other), site.ask(key=other)]) == [
        200, 200, 200, 429,
    ]  # fmt: skip
    assert site.ask(address="192.0.2.9").status_code == 200


def test_guessing_keys_is_limited_and_right_ones_do_not_count(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited(monkeypatch, "STANDING_WRONG")
    assert codes([site.ask() for _ in range(5)]) == [200] * 5
    answers = [site.ask(key=f"guess-{each}") for each in range(4)]
    assert codes(answers) == [401, 401, 401, 429]
    assert answers[-1].headers["retry-after"] == "900"


def test_guessing_a_name_is_limited_alike_for_hits_and_misses(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for question in (
        {}, {"name": "无名氏"},
        {"identity_number": site.town.olga.number, "name": "无名氏"},
        {"identity_number": "37080219850101999" + _check(), "name": "无名氏"},
    ):  # fmt: skip
        limited(monkeypatch, "STANDING_PERSON")
        answers = [site.ask(site.question(**question)) for _ in range(4)]
        assert codes(answers)[-1] == 429
        assert len(set(codes(answers)[:3])) == 1
        assert answers[-1].headers["retry-after"] == "3600"


def test_neither_number_nor_name_nor_key_is_written_down(site: Site) -> None:
    with capture_logs() as logs:
        site.ask()
        site.ask(site.question(name=site.town.olga.name))
        site.ask(key="wrong-key-of-somebody")
        site.ask(b"{")
    with transaction() as session:
        events = [row.model_dump() for row in session.exec(select(AuditEvent))]
        rows = [row.model_dump() for row in session.exec(select(StandingLookup))]
        held = [row.model_dump() for row in session.exec(select(StandingKey))]
    assert len(logs) == 3
    written = str((logs, events, rows, held))
    secrets = (site.town.lena.number, *site.town.olga.canaries, site.key, "wrong-key-of-somebody")
    for secret in (site.town.lena.name, *secrets):
        assert secret not in written
    asked = [each for each in events if each["action"] == "standing:looked_up"]
    assert [each["detail"]["hit"] for each in asked] == [True, False]


def test_a_fault_of_ours_is_a_sentence(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise RuntimeError(site.town.lena.number)

    monkeypatch.setattr(standing_api.standing_lookups, "look_up", fail)
    answer = site.ask()
    assert (answer.status_code, answer.json()["error"]) == (500, "fault")
    assert site.town.lena.number not in answer.text
