"""The workbook of an office's year over plain HTTP: whose it is."""

import io
from collections.abc import Iterator

import pytest
from python_calamine import CalamineWorkbook
from sqlmodel import select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from rxapp import clock, routes
from rxapp.adapters.database import transaction
from rxapp.http import exports
from rxapp.models.audit import AuditEvent
from rxapp.services import folding
from tests.gate.cast import Inhabitant, Town, installed, settle, sign_in


@pytest.fixture
def town(tmp_path) -> Iterator[Town]:
    with installed(tmp_path):
        yield settle()


def post(who: Inhabitant | None, form: dict[str, str]):  # type: ignore[no-untyped-def]
    client = TestClient(Starlette(routes=exports.ROUTES))
    cookies = {"rxapp": sign_in(who)} if who else {}
    return client.post(routes.EXPORT_STATISTICS, data=form, cookies=cookies)


def exported() -> int:
    with transaction() as session:
        rows = session.exec(select(AuditEvent).where(AuditEvent.action == "list:exported")).all()
        return len(rows)


def test_the_workbook_is_for_the_office_and_those_above(town: Town) -> None:
    folding.fold_all()
    form = {"organisation_id": str(town.places["forge"]), "year": str(clock.today().year)}
    for who, status in (
        (None, 401), (town.lena, 403), (town.olga, 403), (town.clerk, 404), (town.teacher, 403),
        (town.department, 404), (town.former, 403), (town.fresh, 403),
    ):  # fmt: skip
        assert post(who, form).status_code == status
    assert exported() == 0
    for who in (town.other_clerk, town.county, town.city):
        answer = post(who, form)
        assert answer.status_code == 200
    assert exported() == 3
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    assert book.sheet_names == ["总体", "学时来源", "单位", "行业领域", "职称级别", "每周"]
    rows = book.get_sheet_by_name("单位").to_python()
    # Olga, the clerk, and the one who serves two offices.
    assert rows[1][:3] == ["样例铁铺", 3, 3]
    assert town.olga.name not in answer.text


@pytest.mark.parametrize("wrong", [{"organisation_id": "x"}, {"year": "1e9"}, {"year": "2018"}, {}])
def test_rubbish_is_answered_with_a_sentence(town: Town, wrong: dict[str, str]) -> None:
    form = {"organisation_id": str(town.places["forge"]), "year": "2020"} | wrong
    answer = post(town.other_clerk, form if wrong else {})
    assert answer.status_code == 404
    assert answer.json()["message"]
    assert exported() == 0
