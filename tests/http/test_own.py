"""One's own data over plain HTTP: the workbook, and another mobile number for the password."""

import io
from collections.abc import Iterator

import pytest
from python_calamine import CalamineWorkbook
from sqlmodel import col, select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from rxapp import routes
from rxapp.adapters.database import transaction
from rxapp.gate import cookies, throttles
from rxapp.http import account, exports
from rxapp.models.audit import AuditEvent
from rxapp.models.people import Person
from tests.gate.cast import PASSWORD, Inhabitant, Town, installed, settle, sign_in

MOBILE = "15400123456"


@pytest.fixture
def town(tmp_path) -> Iterator[Town]:
    with installed(tmp_path):
        yield settle()


def browser(who: Inhabitant | None) -> TestClient:
    held = {cookies.session_cookie(): sign_in(who)} if who else {}
    return TestClient(Starlette(routes=[*exports.ROUTES, *account.ROUTES]), cookies=held)


def mask_of(who: Inhabitant) -> str:
    with transaction() as session:
        return session.get_one(Person, who.id).mobile_mask


def test_the_workbook_is_ones_own_and_recorded(town: Town) -> None:
    assert browser(None).post(routes.EXPORT_OWN, data={}).status_code == 401
    answer = browser(town.lena).post(routes.EXPORT_OWN, data={"person_id": str(town.olga.id)})
    assert answer.status_code == 200
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    pages = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
    assert pages["个人资料"][1] == ["姓名", town.lena.name]
    assert town.lena.number not in str(pages)
    assert town.olga.name not in str(pages)
    with transaction() as session:
        events = session.exec(
            select(AuditEvent).where(col(AuditEvent.action) == "person:own_data_exported")
        ).all()
        assert [(event.actor_id, event.object_id) for event in events] == [
            (town.lena.id, town.lena.id)
        ]


def test_another_mobile_takes_the_password(town: Town) -> None:
    before, client = mask_of(town.lena), browser(town.lena)
    for form, field in (
        ({"mobile": MOBILE, "mobile_password": "wrong"}, "mobile_password"),
        ({"mobile": MOBILE}, "mobile_password"),
        ({"mobile": "123", "mobile_password": PASSWORD}, "mobile"),
    ):
        answer = client.post(routes.AUTH_MOBILE, data=form)
        assert (answer.status_code, list(answer.json()["fields"])) == (422, [field])
    assert browser(None).post(routes.AUTH_MOBILE, data={"mobile": MOBILE}).status_code == 401
    assert mask_of(town.lena) == before
    answer = client.post(routes.AUTH_MOBILE, data={"mobile": MOBILE, "mobile_password": PASSWORD})
    assert answer.json() == {"ok": True, "next": f"{routes.ME}?changed=mobile"}
    assert mask_of(town.lena) == "154****3456" != before


def test_guessing_the_password_has_an_end(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttles, "PASSWORD", throttles.Limit("password", "2/hour", "请稍后再试"))
    client = browser(town.lena)
    form = {"mobile": MOBILE, "mobile_password": "wrong"}
    answers = [client.post(routes.AUTH_MOBILE, data=form).status_code for _ in range(3)]
    assert answers == [422, 422, 429]
    # Nor does the right one get through now.
    right = form | {"mobile_password": PASSWORD}
    assert client.post(routes.AUTH_MOBILE, data=right).status_code == 429
