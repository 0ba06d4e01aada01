"""The audit log as a workbook: a bureau's only, of its own subtree, and recorded."""

import io
from collections.abc import Iterator

import pytest
from python_calamine import CalamineWorkbook
from sqlmodel import select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from rxapp import routes
from rxapp.adapters.database import transaction
from rxapp.http import exports
from rxapp.models.audit import AuditEvent
from tests.gate.cast import Inhabitant, Town, installed, settle, sign_in


@pytest.fixture
def town(tmp_path) -> Iterator[Town]:
    with installed(tmp_path):
        yield settle()


def ask(who: Inhabitant | None):  # type: ignore[no-untyped-def]
    client = TestClient(Starlette(routes=exports.ROUTES))
    cookies = {"rxapp": sign_in(who)} if who else {}
    return client.post(routes.EXPORT_AUDIT, data={"kind": "person"}, cookies=cookies)


def exported() -> int:
    with transaction() as session:
        rows = session.exec(select(AuditEvent).where(AuditEvent.action == "audit:exported")).all()
        return len(rows)


def test_only_a_bureau_takes_the_log_out(town: Town) -> None:
    for who, status in ((None, 401), (town.lena, 403), (town.clerk, 403), (town.department, 403)):
        assert ask(who).status_code == status
    assert exported() == 0
    answer = ask(town.city)
    assert answer.status_code == 200
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    rows = sheet.get_sheet_by_index(0).to_python()
    assert rows[2] == ["序号", "时间", "操作", "操作人", "单位", "对象"]
    assert len(rows) > 10
    assert town.lena.number not in str(rows)
    assert exported() == 1
