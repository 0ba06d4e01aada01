"""Plain HTTP of the desk's new lists and of the old certificate's lines: whose they are."""

import io
from collections.abc import Iterator

import pytest
from python_calamine import CalamineWorkbook
from sqlmodel import select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from rxapp import clock, routes
from rxapp.adapters.database import transaction
from rxapp.http import claims, exports
from rxapp.models.audit import AuditEvent
from rxapp.models.claims import Claim
from rxapp.services import old_records, sign_ins
from tests.gate.cast import Inhabitant, Town, installed, settle, sign_in


@pytest.fixture
def town(tmp_path) -> Iterator[Town]:
    with installed(tmp_path):
        yield settle()


def post(who: Inhabitant | None, path: str, form: dict[str, str]):  # type: ignore[no-untyped-def]
    client = TestClient(Starlette(routes=[*exports.ROUTES, *claims.ROUTES]))
    cookies = {"rxapp": sign_in(who)} if who else {}
    return client.post(path, data=form, cookies=cookies)


def exported() -> int:
    with transaction() as session:
        rows = session.exec(select(AuditEvent).where(AuditEvent.action == "list:exported")).all()
        return len(rows)


def test_the_list_is_for_the_offices_above(town: Town) -> None:
    form = {"organisation_id": str(town.places["forge"]), "year": str(clock.today().year)}
    for who, status in (
        (None, 401), (town.lena, 403), (town.olga, 403), (town.clerk, 404), (town.teacher, 403),
        (town.department, 404), (town.former, 403),
    ):  # fmt: skip
        assert post(who, routes.EXPORT_BEHIND, form).status_code == status
    assert exported() == 0
    for who in (town.other_clerk, town.county, town.city):
        answer = post(who, routes.EXPORT_BEHIND, form)
        assert answer.status_code == 200
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    rows = sheet.get_sheet_by_index(0).to_python()
    assert town.olga.name in [row[0] for row in rows]
    assert town.olga.number not in str(rows)
    assert exported() == 3


@pytest.mark.parametrize("wrong", [{"organisation_id": "x"}, {"year": "1e9"}, {"year": "1999"}, {}])
def test_rubbish_is_answered_with_a_sentence(town: Town, wrong: dict[str, str]) -> None:
    form = {"organisation_id": str(town.places["forge"]), "year": "2020"} | wrong
    answer = post(town.other_clerk, routes.EXPORT_BEHIND, form if wrong else {})
    assert answer.status_code == 404
    assert answer.json()["message"]


def test_a_line_is_kept_for_its_owner_alone(town: Town) -> None:
    cookie = sign_in(town.olga)
    with transaction(write=True) as session:
        line = old_records.add_line(session, sign_ins.find_actor(session, cookie))
    form = {
        "claim": f"{line}", "version": "1", f"{line}-title": "焊接培训", f"{line}-filed": "16",
        f"{line}-kind": "offline_training:professional", "note": "",
    }  # fmt: skip
    for who, status in ((None, 401), (town.lena, 404), (town.other_clerk, 404), (town.city, 404)):
        assert post(who, routes.CLAIM_LINE_SAVE, form).status_code == status
    answer = post(town.olga, routes.CLAIM_LINE_SAVE, form)
    assert answer.json() == {"ok": True, "version": 2}
    with transaction() as session:
        typed = session.get_one(Claim, line).typed
    assert (typed["title"], typed["filed"]) == ("焊接培训", "16")
    # The second window is told that it fell behind.
    assert (
        post(town.olga, routes.CLAIM_LINE_SAVE, form | {f"{line}-title": "别的"}).status_code == 409
    )
