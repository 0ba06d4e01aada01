"""Files in and lists out over plain HTTP: who may, who may not, and what it leaves behind."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import python_calamine
from sqlmodel import col, select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from rxapp.adapters import sheets_in
from rxapp.adapters.database import transaction
from rxapp.gate import cookies, throttles
from rxapp.http import collect, exports
from rxapp.models.audit import AuditEvent
from rxapp.models.collecting import Collection
from rxapp.models.people import Disclosure
from rxapp.rules import collected, identity
from rxapp.rules.collected import Kind
from rxapp.services import collecting_work, collections
from tests.gate.cast import Town, end_membership, installed, settle, sign_in

REASON = "年度核对学时需要完整名单"
MAY_NOT = ("lena", "fresh", "teacher", "pending", "former")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with installed(tmp_path_factory.mktemp("town")):
        yield settle()


@pytest.fixture(autouse=True)
def fresh_throttles() -> None:
    throttles.forget_all()


def visit(town: Town, key: str = "") -> TestClient:
    held = {cookies.session_cookie(): sign_in(town.people[key])} if key else {}
    app = Starlette(routes=[*collect.ROUTES, *exports.ROUTES])
    return TestClient(app, cookies=held, raise_server_exceptions=False)


def table(town: Town, *units: str) -> bytes:
    lines = ["姓名,身份证号码,单位名称"]
    for place, unit in enumerate(units, start=1):
        base = f"37080219850101{place:03d}"
        lines.append(f"样小明,{base}{identity.identity_check_character(base)},{unit}")
    return "\n".join(lines).encode()


def send(client: TestClient, content: bytes, kind: str = "people", name: str = "人员.csv"):  # type: ignore[no-untyped-def]
    return client.post("/api/collect", params={"kind": kind, "name": name}, content=content)


def rows(content: bytes) -> list[list[Any]]:
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    return book.get_sheet_by_index(0).to_python()


def runs() -> int:
    with transaction() as session:
        return len(session.exec(select(Collection)).all())


def disclosed() -> list[Disclosure]:
    with transaction() as session:
        return list(session.exec(select(Disclosure).order_by(col(Disclosure.id))))


def exported() -> list[AuditEvent]:
    with transaction() as session:
        found = select(AuditEvent).where(AuditEvent.action == "list:exported")
        return list(session.exec(found.order_by(col(AuditEvent.id))))


def test_a_file_sent_in_waits_to_be_looked_through(town: Town) -> None:
    before = runs()
    answer = send(visit(town, "clerk"), table(town, "样例磨坊", "没有的单位"))
    assert answer.status_code == 200
    run_id = int(answer.json()["next"].rpartition("/")[2])
    assert runs() == before + 1
    while collecting_work.work_once("worker"):
        pass
    faults = visit(town, "clerk").get(f"/files/collect/{run_id}/faults.xlsx")
    assert faults.status_code == 200
    assert "attachment" in faults.headers["content-disposition"]
    heading, row = rows(faults.content)
    assert heading[-2:] == ["原行号", "错误原因"]
    assert row[-2] == "3"
    for key in ("other_clerk", "county", *MAY_NOT, ""):
        denied = visit(town, key).get(f"/files/collect/{run_id}/faults.xlsx")
        assert denied.status_code in (401, 403, 404), key
        assert b"PK" not in denied.content[:2]


@pytest.mark.parametrize("key", [*MAY_NOT, ""])
def test_others_send_nothing_in(town: Town, key: str) -> None:
    before = runs()
    answer = send(visit(town, key), table(town, "样例磨坊"))
    assert answer.status_code in (401, 403)
    assert visit(town, key).get("/files/collect/template/people.xlsx").status_code in (401, 403)
    assert runs() == before


def test_what_cannot_be_used_has_its_sentence(town: Town) -> None:
    clerk, before = visit(town, "clerk"), runs()
    assert "请选择要导入的文件" in send(clerk, b"").json()["fields"]["file"]
    assert "只能导入" in send(clerk, b"x", name="a.exe").json()["fields"]["file"]
    assert "请选择导入的内容" in send(clerk, b"x", kind="cats").json()["fields"]["kind"]
    assert send(clerk, b"x", kind="organisations").status_code == 403
    assert send(visit(town, "department"), b"x", kind="organisations").status_code == 200
    assert runs() == before + 1


def test_more_than_fits_is_refused_while_it_comes(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collected, "MOST_BYTES", 1000)
    before = runs()
    answer = send(visit(town, "clerk"), b"x" * 2000)
    assert "32兆字节" in answer.json()["fields"]["file"]
    assert runs() == before


def test_uploads_without_end_are_cut_off(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = throttles.Limit("collecting", "2/minute", "慢")
    monkeypatch.setattr(throttles, "COLLECTING", slow)
    clerk = visit(town, "clerk")
    answers = [send(clerk, table(town, "样例磨坊")).status_code for _ in range(4)]
    assert answers == [200, 200, 429, 429]


def test_the_templates_are_tables(town: Town, tmp_path: Path) -> None:
    for kind in (Kind.PEOPLE, Kind.ORGANISATIONS):
        answer = visit(town, "clerk").get(f"/files/collect/template/{kind}.xlsx")
        assert answer.status_code == 200
        path = tmp_path / f"{kind}.xlsx"
        path.write_bytes(answer.content)
        assert sheets_in.open_sheet(path, name=path.name, kind=kind).count() == 0
    # A roster's template is had where rosters are.
    for other in ("cats", Kind.ROSTER):
        assert visit(town, "clerk").get(f"/files/collect/template/{other}.xlsx").status_code == 422


def test_the_sample_is_for_the_demo_only(town: Town) -> None:
    from rxapp.demo import faulty_file

    faulty_file.write(collections.sample_file())
    assert visit(town, "clerk").get("/files/collect/sample.xlsx").status_code == 404


def test_a_list_holds_the_own_subtree_masked_and_is_recorded(town: Town) -> None:
    before = len(exported())
    answer = visit(town, "clerk").post("/api/export/people", data={})
    assert answer.status_code == 200
    title, taken, heading, *found = rows(answer.content)
    assert "隐去" in str(title[0])
    assert f"共{len(found)}行" in str(taken[0])
    assert town.clerk.name in str(taken[0])
    assert heading[0] == "姓名"
    assert {row[3] for row in found} == {"样例磨坊"}
    inside = _unpacked(answer.content)
    for person in town.people.values():
        assert person.number.encode() not in inside
        assert not person.mobile or person.mobile.encode() not in inside
        assert (person.name.encode() in inside) == (person.name in {row[0] for row in found})
    assert town.lena.name in {row[0] for row in found}
    event = exported()[-1]
    assert len(exported()) == before + 1
    assert (event.actor_id, event.detail) == (town.clerk.id, {"count": len(found), "full": False})
    assert disclosed() == []


def test_full_numbers_take_a_reason_and_everybody_is_told(town: Town) -> None:
    clerk, before = visit(town, "clerk"), len(exported())
    for reason in ("", "  ", "短", "长" * 101):
        refused = clerk.post("/api/export/people", data={"full": "1", "reason": reason})
        assert refused.status_code == 422
        assert "理由" in refused.json()["fields"]["reason"]
    assert (len(exported()), disclosed()) == (before, [])
    answer = clerk.post("/api/export/people", data={"full": "1", "reason": REASON})
    found = rows(answer.content)[3:]
    assert town.lena.number in {row[1] for row in found}
    assert town.olga.number.encode() not in _unpacked(answer.content)
    told = disclosed()
    assert len(told) == len(found)
    assert {(row.what, row.reason, row.by_id) for row in told} == {("list", REASON, town.clerk.id)}
    assert town.lena.id in {row.person_id for row in told}
    assert exported()[-1].detail == {"count": len(found), "full": True}


def test_organisations_are_listed_below_oneself(town: Town) -> None:
    found = rows(visit(town, "department").post("/api/export/organisations").content)[3:]
    assert {row[0] for row in found} == {"样例县工业主管部门", "样例进修学校", "样例磨坊"}
    above = {row[0]: row[3] for row in found}
    assert above["样例磨坊"] == "样例进修学校"


@pytest.mark.parametrize("path", ["/api/export/people", "/api/export/organisations"])
def test_others_take_nothing_out(town: Town, path: str) -> None:
    before = len(exported())
    for key in (*MAY_NOT, ""):
        answer = visit(town, key).post(path, data={"full": "1", "reason": REASON})
        assert answer.status_code in (401, 403), key
        assert answer.headers["content-type"].startswith("application/json")
    assert len(exported()) == before
    assert visit(town, "clerk").post(path).status_code == 200


def test_a_right_taken_away_counts_at_once(town: Town) -> None:
    clerk = visit(town, "clerk")
    assert clerk.post("/api/export/people").status_code == 200
    end_membership(town.clerk, ended=True)
    try:
        assert clerk.post("/api/export/people").status_code == 403
        assert send(clerk, b"x").status_code == 403
    finally:
        end_membership(town.clerk, ended=False)


def _unpacked(content: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return b"".join(book.read(name) for name in book.namelist())
