"""Certificates over plain HTTP: issued once, fetched by the owner, checked by anyone."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import Engine
from sqlmodel import select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from rxapp.adapters import database, file_store
from rxapp.adapters.signing_keys import generate_keys
from rxapp.gate import cookies, throttles
from rxapp.gate.door import Door
from rxapp.gate.throttles import Limit
from rxapp.http import certificates as certificates_http
from rxapp.http import verify
from rxapp.models.certificates import Certificate
from rxapp.rules import certificate_numbers
from rxapp.rules.hours import Hours
from rxapp.rules.subjects import Subject
from rxapp.services import certificates, credits
from rxapp.services.actors import SYSTEM
from rxapp.settings import settings
from tests.factories import Clock, make_cookie, make_person, make_policies

ADDRESS = "https://certificates.example.org"
COMPLETE = {
    Subject.PUBLIC_REQUIRED: "20",
    Subject.PUBLIC_ELECTIVE: "10",
    Subject.PROFESSIONAL: "60",
}
OWNER, NEIGHBOUR, BEGINNER, STRANGER = "齐样例", "旁样例", "初样例", ""


class Site:
    """The routes behind the door, two people with a complete year and one without."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.cookies: dict[str, str] = {}
        with database.transaction(write=True) as session:
            make_policies(session)
            for name in (OWNER, NEIGHBOUR, BEGINNER):
                person = make_person(session, name)
                self.cookies[name] = make_cookie(session, person)
                for subject, hours in COMPLETE.items() if name != BEGINNER else ():
                    credits.grant(
                        session, SYSTEM, person_id=person.id or 0, year=2020, subject=subject,
                        hours=Hours.of(hours), source_kind="course", source_key=subject.value,
                        title="样例课程", rule="course/1", earned_on=date(2020, 8, 1),
                    )  # fmt: skip

    def client(self, who: str = STRANGER, address: str = "192.0.2.1") -> TestClient:
        app = Door(Starlette(routes=[*certificates_http.ROUTES, *verify.ROUTES]))
        held = {cookies.session_cookie(): self.cookies[who]} if who else {}
        return TestClient(app, cookies=held, client=(address, 5000))

    def press(self, who: str = OWNER) -> dict[str, object]:
        answer = self.client(who).post("/api/certificate/2020")
        assert answer.status_code == 200
        return answer.json()

    def alter(self, number: object, **changes: object) -> None:
        with database.transaction(write=True) as session:
            row = session.exec(select(Certificate).where(Certificate.number == number)).one()
            row.facts = {**row.facts, **changes}


@pytest.fixture
def site(sqlite_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    engine, clock = database.make_engine(sqlite_database), Clock()
    clock.put_in_charge(monkeypatch)
    monkeypatch.setattr(database, "engine", lambda: engine)
    monkeypatch.setenv("RXAPP_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("RXAPP_PUBLIC_URL", ADDRESS)
    settings.cache_clear()
    throttles.forget_all()
    generate_keys(settings().keys_dir, common_name="样例", sample=True, now=clock.real)
    yield Site(engine)
    engine.dispose()
    settings.cache_clear()
    throttles.forget_all()


@pytest.fixture
def unprinted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages that hold their number only."""
    monkeypatch.setattr(certificates, "render_pdf", lambda facts: b"%PDF " + facts.number.encode())
    monkeypatch.setattr(certificates, "sign_pdf", lambda pdf, *_, **__: pdf)


def test_a_press_issues_and_the_owner_fetches_the_file(site: Site) -> None:
    said = site.press()
    assert said == {
        "ok": True, "number": said["number"], "next": "/years/2020",
        "file": f"/files/certificate/{said['number']}.pdf",
    }  # fmt: skip
    answer = site.client(OWNER).get(str(said["file"]))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    name = quote("济宁市专业技术人员继续教育学时证明（2020年度）.pdf")
    assert answer.headers["content-disposition"] == f"attachment; filename*=utf-8''{name}"
    assert "no-store" in answer.headers["cache-control"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.content.startswith(b"%PDF-")
    with database.transaction() as session:
        row = session.exec(select(Certificate)).one()
    assert answer.content == file_store.find(row.file).read_bytes()


def test_a_second_press_answers_with_the_first(site: Site, unprinted: None) -> None:
    first = site.press()
    assert site.press() == first
    assert site.press(NEIGHBOUR) != first


def test_who_may_not_is_told_why(site: Site, unprinted: None) -> None:
    refused = site.client(BEGINNER).post("/api/certificate/2020")
    assert (refused.status_code, refused.json()["error"]) == (409, "conflict")
    assert "公需必修还差 20 学时" in refused.json()["message"]
    assert site.client(OWNER).post("/api/certificate/1999").status_code == 404
    assert site.client().post("/api/certificate/2020").status_code == 401
    foreign = {"origin": "https://elsewhere.example.org"}
    owner = site.client(OWNER)
    assert owner.post("/api/certificate/2020", headers=foreign).status_code == 403
    own = {"origin": ADDRESS}
    assert owner.post("/api/certificate/2020", headers=own).status_code == 200


def test_a_file_is_for_its_owner_only(site: Site, unprinted: None) -> None:
    file = str(site.press()["file"])
    assert site.client(OWNER).get(file).status_code == 200
    assert site.client(NEIGHBOUR).get(file).status_code == 404
    assert site.client().get(file).status_code == 401
    nothing = site.client(NEIGHBOUR).get(f"/files/certificate/{certificate_numbers.make(5)}.pdf")
    # Whether a number exists cannot be told from the answer.
    assert nothing.json() == site.client(NEIGHBOUR).get(file).json()


def test_anyone_checks_a_certificate(site: Site, unprinted: None) -> None:
    number = str(site.press()["number"])
    with database.transaction() as session:
        row = session.exec(select(Certificate)).one()
    answer = site.client().get(f"/api/verify/{number}", params={"s": row.signature})
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    said = answer.json()
    assert (said["genuine"], said["status"], said["sample"]) == (True, "有效", True)
    assert (said["number"], said["name"]) == (number, OWNER)
    assert said["masked_identity"] == "3708**************"
    assert said["sums"][-1] == {
        "key": "total", "label": "累计", "earned": "90", "required": "90",
    }  # fmt: skip
    assert said["lines"][0] == {
        "title": "样例课程（在线学习）", "subject": "公需必修", "hours": "20",
        "earned_on": "2020年8月1日",
    }  # fmt: skip
    printed = set(row.facts) - {"earned", "required", "lines", "format"}
    assert printed <= said.keys()
    assert "person_id" not in answer.text


def test_what_is_not_genuine_gets_a_plain_answer(site: Site, unprinted: None) -> None:
    number = str(site.press()["number"])
    client = site.client()
    unknown = client.get(f"/api/verify/{certificate_numbers.make(5)}")
    assert (unknown.status_code, unknown.json()["error"]) == (404, "not_found")
    assert "没有查到该编号的学时证明" in unknown.json()["message"]
    wrong = "0" if number[-1] != "0" else "1"
    mistyped = client.get(f"/api/verify/{number[:-1]}{wrong}")
    assert mistyped.status_code == 422
    assert "逐位核对" in mistyped.json()["message"]
    for code in ("0" * 12 + "." + "A" * 86, "", "x" * 5000):
        altered = client.get(f"/api/verify/{number}", params={"s": code})
        assert altered.status_code == 422
        assert "二维码可能被改动" in altered.json()["message"]
    assert client.get(f"/api/verify/{number}").json()["genuine"] is True
    site.alter(number, name="冒名者")
    forged = client.get(f"/api/verify/{number}")
    assert (forged.status_code, forged.json()["error"]) == (422, "not_genuine")
    assert forged.json()["genuine"] is False
    assert "冒名者" not in forged.text


def test_checking_is_limited_per_address(
    site: Site, unprinted: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttles, "VERIFY", Limit("verify", "3/minute", "查询过于频繁。"))
    path = f"/api/verify/{site.press()['number']}"
    client = site.client()
    assert [client.get(path).status_code for _ in range(5)] == [200, 200, 200, 429, 429]
    assert client.get(path).json()["message"] == "查询过于频繁。"
    assert site.client(address="192.0.2.2").get(path).status_code == 200


def test_issuing_is_limited_per_person(
    site: Site, unprinted: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttles, "CERTIFICATE", Limit("certificate", "3/minute", "过于频繁。"))
    client = site.client(OWNER)
    codes = [client.post("/api/certificate/2020").status_code for _ in range(4)]
    assert codes == [200, 200, 200, 429]
    elsewhere = site.client(OWNER, address="192.0.2.9")
    assert elsewhere.post("/api/certificate/2020").status_code == 429
    assert site.client(NEIGHBOUR).post("/api/certificate/2020").status_code == 200
