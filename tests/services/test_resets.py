"""A forgotten password: the office's code, the mobile on record, one answer for all mistakes."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from rxapp import clock, routes
from rxapp.adapters import passwords
from rxapp.adapters.database import transaction
from rxapp.adapters.encryption import data_keys
from rxapp.errors import Conflict, NotFound, NotPermitted
from rxapp.gate import throttles
from rxapp.http import reset as reset_route
from rxapp.models.audit import AuditEvent
from rxapp.models.messages import Message, Outgoing
from rxapp.models.people import OneTimeCode, Person, SecondFactor
from rxapp.rules.permissions import HALF_SIGNED_IN
from rxapp.services import codes, resets
from tests.gate.cast import PASSWORD, Inhabitant, Town, sign_in
from tests.services.doors import acting, actor_of, browser, do, enter, found, inhabited, who

NEW = "Zhuyu-2026-shan"
NOBODY = "37080219910101004X"


@pytest.fixture
def town(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    """Everybody, in a database of this test's own."""
    with inhabited(database, tmp_path, monkeypatch) as made:
        yield made


def give_code(by: Inhabitant, to: Inhabitant) -> str:
    return do(codes.issue, acting(by), person_id=to.id, purpose="reset")[0]


def form_of(person: Inhabitant, code: str, **changed: str) -> dict[str, str]:
    return {
        "identity_number": person.number, "mobile": person.mobile, "code": code,
        "new_password": NEW, "new_password_again": NEW,
    } | changed  # fmt: skip


def send(client: TestClient, form: dict[str, str]) -> Any:
    return client.post(routes.AUTH_RESET, data=form)


def test_a_code_and_the_mobile_give_a_new_password_and_end_every_sign_in(town) -> None:
    before = sign_in(town.lena)
    code = give_code(town.clerk, town.lena)
    answer = send(browser(), form_of(town.lena, code))
    assert answer.json() == {"ok": True, "next": f"{routes.RESET}?done=1"}
    assert actor_of(before).person_id is None
    assert enter(browser(), town.lena).status_code == 422
    client = browser()
    assert enter(client, town.lena, NEW).status_code == 200
    assert who(client).person_id == town.lena.id
    again = form_of(town.lena, code, new_password="Other-2026-x", new_password_again="Other-2026-x")
    assert send(browser(), again).status_code == 422
    _told(town.lena)


def _told(person: Inhabitant) -> None:
    told = found(select(Message).where(Message.person_id == person.id))
    assert [each.title for each in told] == ["密码已重置"]
    sent = [data_keys().decrypt(row.sealed, context="outgoing") for row in found(select(Outgoing))]
    assert len(sent) == 1
    assert person.mobile in sent[0]
    done = found(select(AuditEvent).where(AuditEvent.action == "account:password_reset"))
    assert [row.object_id for row in done] == [person.id]


def test_the_second_factor_stays(town) -> None:
    code = do(codes.issue, acting(town.city), person_id=town.guarded.id, purpose="reset")[0]
    assert send(browser(), form_of(town.guarded, code)).status_code == 200
    client = browser()
    assert enter(client, town.guarded, NEW).json()["next"] == routes.SECOND_FACTOR
    assert who(client).permissions == HALF_SIGNED_IN
    assert len(found(select(SecondFactor))) == 1


def test_every_way_of_being_wrong_gets_the_same_answer_in_the_same_time(
    town, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow: list[str] = []
    real = passwords.hash_password
    monkeypatch.setattr(
        reset_route.passwords, "hash_password", lambda typed: slow.append(typed) or real(typed)
    )
    code = give_code(town.clerk, town.lena)
    other = give_code(town.other_clerk, town.olga)
    wrong = [
        form_of(town.lena, "12345678"),
        form_of(town.lena, other),
        form_of(town.lena, code, mobile="13900001111"),
        form_of(town.lena, code, identity_number=NOBODY),
        form_of(town.fresh, code),
        form_of(town.clerk, code),
    ]
    answers = [send(browser(f"10.1.0.{n}"), form) for n, form in enumerate(wrong)]
    assert {(each.status_code, each.text) for each in answers} == {
        (422, answers[0].text)
    }  # fmt: skip
    assert answers[0].json()["message"] == resets.WRONG
    assert len(slow) == len(wrong)
    with transaction() as session:
        held = session.get_one(Person, town.lena.id).password_hash
    assert passwords.check_password(PASSWORD, held)
    # Only who knew the mobile used up tries; the right one still works.
    failures = found(select(OneTimeCode.failures).where(OneTimeCode.person_id == town.lena.id))
    assert failures == [2]
    assert send(browser(), form_of(town.lena, code)).status_code == 200


def test_guessing_codes_comes_to_an_end(town) -> None:
    code = give_code(town.clerk, town.lena)
    client = browser()
    answers = [send(client, form_of(town.lena, f"{n:08d}")).status_code for n in range(7)]
    assert answers == [422] * 6 + [429]
    throttles.forget_all()
    assert send(browser(), form_of(town.lena, code)).status_code == 422
    fresh = give_code(town.clerk, town.lena)
    throttles.forget_all()
    assert send(browser(), form_of(town.lena, fresh)).status_code == 200


def test_a_code_ends_after_a_day(town, monkeypatch: pytest.MonkeyPatch) -> None:
    code = give_code(town.clerk, town.lena)
    real = clock.now()
    monkeypatch.setattr(clock, "now", lambda: real + timedelta(hours=24, seconds=1))
    assert send(browser(), form_of(town.lena, code)).status_code == 422
    monkeypatch.setattr(clock, "now", lambda: real + timedelta(hours=23))
    assert send(browser(), form_of(town.lena, code)).status_code == 200


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"identity_number": "123"}, "identity_number"), ({"mobile": "1"}, "mobile"),
        ({"code": " "}, "code"), ({"new_password": "1234", "new_password_again": "1234"},
        "new_password"), ({"new_password_again": "x"}, "new_password_again"),
    ],
)  # fmt: skip
def test_what_cannot_be_right_is_said_field_by_field(town, changed, field) -> None:
    code = give_code(town.clerk, town.lena)
    answer = send(browser(), form_of(town.lena, code) | changed)
    assert (answer.status_code, list(answer.json()["fields"])) == (422, [field])
    assert send(browser(), form_of(town.lena, code)).status_code == 200


def test_who_may_give_a_code_to_whom(town) -> None:
    assert give_code(town.clerk, town.lena)
    assert give_code(town.county, town.lena)
    assert give_code(town.department, town.clerk)
    assert give_code(town.city, town.county)
    for by, to, why in (
        (town.other_clerk, town.lena, NotFound), (town.clerk, town.olga, NotFound),
        (town.clerk, town.pending, NotPermitted), (town.clerk, town.clerk, NotPermitted),
        (town.county, town.county, NotPermitted), (town.clerk, town.fresh, Conflict),
        (town.lena, town.lena, NotPermitted),
    ):  # fmt: skip
        with pytest.raises(why):
            give_code(by, to)


def test_a_reset_code_opens_nothing_else(town) -> None:
    code = give_code(town.department, town.pending)
    with pytest.raises(Exception, match="激活码不正确"):
        do(codes.begin_staff, acting(town.pending), code=code)
    begin = do(codes.issue, acting(town.department), person_id=town.pending.id, purpose="staff")[0]
    assert send(browser(), form_of(town.pending, begin)).status_code == 422
    assert do(codes.begin_staff, acting(town.pending), code=begin)
