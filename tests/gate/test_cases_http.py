"""Matters of supervision over HTTP and the wire: opened, answered, read by whom they concern."""

import asyncio
import io
from itertools import count
from typing import Any

import pypdfium2
import pytest
from PIL import Image
from sqlmodel import col, select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from rxapp import clock, routes
from rxapp.adapters.database import transaction
from rxapp.gate import cookies, throttles
from rxapp.gate.door import Door
from rxapp.http import cases, evidence
from rxapp.models.cases import CaseEntry, CaseFile, RectificationOrder, SupervisionCase
from rxapp.models.claims import Claim, ConversionRuleRow
from rxapp.rules.cases import OrderStatus, Status
from rxapp.rules.claims import Status as ClaimStatus
from rxapp.rules.claims import Step
from rxapp.rules.hours import Hours
from rxapp.rules.subjects import Subject
from tests.gate.cast import Inhabitant, Town, contents, sign_in
from tests.gate.tabs import stage
from tests.gate.test_objects import named

FORM = {"finding": "false", "allegation": "证书编号查无此证", "basis": "工作通知第四条"}
_numbers = count(1)


@pytest.fixture(autouse=True)
def _fresh(town: Town) -> None:
    throttles.forget_all()


def browser(who: Inhabitant | None = None) -> TestClient:
    site: Any = Door(Starlette(routes=[*cases.ROUTES, *evidence.ROUTES]))
    return TestClient(site, cookies={cookies.session_cookie(): sign_in(who)} if who else {})


def granted(town: Town, who: Inhabitant, place: str = "mill") -> int:
    """A claim that was granted; its id."""
    number = next(_numbers)
    with transaction(write=True) as session:
        rule = session.exec(
            select(ConversionRuleRow.id).where(ConversionRuleRow.key == "qualification")
        ).one()
        row = Claim(
            number=f"TEST-{number}", person_id=who.id, status=ClaimStatus.GRANTED, step=Step.DONE,
            organisation_id=town.places[place], office_id=town.places["guild"], rule_id=rule,
            title=f"注册测绘师{number}", year=clock.today().year, subject=Subject.PROFESSIONAL,
            earned_on=clock.today(), hours=Hours.of(40), created_at=clock.now(),
            saved_at=clock.now(), submitted_at=clock.now(),
        )  # fmt: skip
        session.add(row)
        session.flush()
        return row.id or 0


def ticket(of: TestClient, colour: str = "white") -> str:
    written = io.BytesIO()
    Image.new("RGB", (60, 40), colour).save(written, "JPEG")
    answer = of.post(
        routes.EVIDENCE_UPLOAD, data={"purpose": "case"},
        files={"file": ("证明.jpg", written.getvalue())},
    )  # fmt: skip
    return answer.json()["ticket"]


def opened(town: Town, **typed: str) -> int:
    """A matter that a bureau opened through the form; its id."""
    about = {"claim": str(granted(town, town.lena))} if "organisation" not in typed else {}
    answer = browser(town.city).post(routes.CASE_OPEN, data=FORM | about | typed)
    assert answer.status_code == 200, answer.text
    path = answer.json()["next"]
    assert path.startswith("/desk/cases/")
    return int(path.removeprefix("/desk/cases/").partition("?")[0])


def everybody_but(town: Town, *allowed: str) -> list[Inhabitant | None]:
    return [None, *(who for key, who in town.people.items() if key not in allowed)]


def test_only_a_bureau_opens_a_matter_and_only_in_its_subtree(town: Town) -> None:
    claim = str(granted(town, town.lena))
    form = FORM | {"claim": claim}
    before = contents()["supervision_case"]
    for who in everybody_but(town, "city", "county", "guarded"):
        answer = browser(who).post(routes.CASE_OPEN, data=form)
        assert answer.status_code in (401, 403), who
    half = TestClient(
        Door(Starlette(routes=[*cases.ROUTES])),  # pyright: ignore
        cookies={cookies.session_cookie(): sign_in(town.city, factor=False)},
    )
    assert half.post(routes.CASE_OPEN, data=form).status_code == 403
    assert contents()["supervision_case"] == before
    answer = browser(town.county).post(routes.CASE_OPEN, data=form)
    assert answer.status_code == 200
    with transaction() as session:
        row = session.exec(select(SupervisionCase).order_by(col(SupervisionCase.id).desc())).first()
        assert row
        assert (row.office_id, row.person_id) == (town.places["county"], town.lena.id)
    # The city's own bureau lies above the county's.
    own = FORM | {"organisation": "样例市人社局", "finding": "careless"}
    assert browser(town.county).post(routes.CASE_OPEN, data=own).status_code == 422


@pytest.mark.parametrize(
    "form",
    [
        {}, {"claim": "x"}, {"claim": "9" * 40}, {"number": "nonsense"},
        {"organisation": "x" * 900},
        {"finding": "in_order", "claim": "1"}, {"allegation": "长" * 2001, "claim": "1"},
    ],
)  # fmt: skip
def test_rubbish_is_refused_with_a_sentence(town: Town, form: dict[str, str]) -> None:
    before = contents()["supervision_case"]
    answer = browser(town.city).post(routes.CASE_OPEN, data=form)
    assert answer.status_code == 422
    assert answer.json()["fields"]
    assert contents()["supervision_case"] == before


def test_who_is_heard_answers_and_nobody_else(town: Town) -> None:
    id = opened(town)
    form = {"case": str(id), "text": "证书属实"}
    before = contents()["case_entry"]
    for who in everybody_but(town, "lena"):
        for path in (routes.CASE_ANSWER, routes.CASE_REPLY):
            assert browser(who).post(path, data=form).status_code in (401, 403, 404), who
    for bad in ({"case": str(id)}, {"case": "0", "text": "x"}, {"text": "x"}, {}):
        assert browser(town.lena).post(routes.CASE_ANSWER, data=bad).status_code in (404, 422)
    assert contents()["case_entry"] == before
    mine = browser(town.lena)
    answer = mine.post(routes.CASE_ANSWER, data=form | {"file_1": ticket(mine)})
    assert answer.json() == {"ok": True, "next": f"/me/cases/{id}?new=1"}
    with transaction() as session:
        row = session.get_one(SupervisionCase, id)
        assert row.status is Status.ANSWERED
        file = session.exec(select(CaseFile.evidence_id).where(CaseFile.case_id == id)).one()
    for part in ("preview", "file"):
        path = routes.evidence_file(file, part)
        for who in everybody_but(town, "lena", "city"):
            assert browser(who).get(path).status_code in (401, 404), who
        for who in (town.lena, town.city):
            shown = browser(who).get(path)
            assert shown.headers["content-type"] == "image/jpeg"


def test_an_organisation_is_heard_by_its_own_clerk(town: Town) -> None:
    id = opened(town, organisation="样例磨坊", finding="careless")
    form = {"case": str(id), "text": "已逐项核实"}
    for who in everybody_but(town, "clerk"):
        assert browser(who).post(routes.CASE_REPLY, data=form).status_code in (401, 403, 404)
    answer = browser(town.clerk).post(routes.CASE_REPLY, data=form)
    assert answer.json()["next"] == f"/desk/cases/{id}?new=2"


def ordered(town: Town, case: int) -> int:
    """An order to the mill; its id."""
    with transaction(write=True) as session:
        row = RectificationOrder(
            number=f"ORDER-{next(_numbers)}", organisation_id=town.places["mill"], case_id=case,
            office_id=town.places["city"], reason="审核不严", basis="工作通知第四条",
            due_on=clock.today(), ordered_by=town.city.id, ordered_at=clock.now(),
        )  # fmt: skip
        session.add(row)
        session.flush()
        return row.id or 0


def test_only_the_organisation_reports_on_its_order(town: Town) -> None:
    order = ordered(town, opened(town))
    form = {"order": str(order), "text": "已重新核对"}
    before = contents()["rectification_order"]
    for who in everybody_but(town, "clerk"):
        assert browser(who).post(routes.ORDER_REPORT, data=form).status_code in (401, 403, 404)
    assert browser(town.clerk).post(routes.ORDER_REPORT, data={"order": "x"}).status_code == 404
    assert contents()["rectification_order"] == before
    answer = browser(town.clerk).post(routes.ORDER_REPORT, data=form)
    assert answer.json()["next"] == f"/desk/cases?order={order}&new=1"
    with transaction(write=True) as session:
        session.get_one(RectificationOrder, order).status = OrderStatus.LIFTED
    with transaction() as session:
        lines = session.exec(select(CaseEntry.kind).where(CaseEntry.order_id == order)).all()
        assert [each.value for each in lines] == ["reported"]


def test_the_whole_file_is_for_its_bureau_and_who_is_heard(town: Town) -> None:
    id = opened(town)
    browser(town.lena).post(routes.CASE_ANSWER, data={"case": str(id), "text": "证书属实𠮷"})
    for who in everybody_but(town, "lena", "city"):
        assert browser(who).get(routes.case_paper(id)).status_code in (401, 403, 404), who
    assert browser(town.city).get(routes.case_paper(10**6)).status_code == 404
    for who in (town.lena, town.city):
        answer = browser(who).get(routes.case_paper(id))
        assert answer.headers["content-type"] == "application/pdf"
        assert "no-store" in answer.headers["cache-control"]
        document = pypdfium2.PdfDocument(answer.content)
        said = "".join(page.get_textpage().get_text_bounded() for page in document)
        whole = "".join(said.split())
        for word in (
            town.lena.name,
            "证书编号查无此证",
            "证书属实",
            "注册测绘师",
            "谁审核，谁负责",
        ):
            assert word in whole
        assert town.lena.number not in whole


def test_the_pages_show_a_matter_to_nobody_else(town: Town) -> None:
    id = opened(town, allegation="只给当事人看的话")
    about = opened(town, organisation="样例磨坊", finding="careless", allegation="只给磨坊看的话")
    order = ordered(town, about)
    claim = str(granted(town, town.lena))
    looks = (
        ("CasesState.load", "/desk/cases", {"claim": claim}, "注册测绘师",
         ("city", "county"), ("clerk", "department", "teacher")),
        ("CaseState.load", "/desk/cases/[case_id]", {"case_id": str(id)}, "只给当事人看的话",
         ("city",), ("county", "clerk", "other_clerk", "department")),
        ("CaseState.load", "/desk/cases/[case_id]", {"case_id": str(about)}, "只给磨坊看的话",
         ("city", "clerk"), ("county", "other_clerk", "department", "teacher")),
        ("MyCaseState.load", "/me/cases/[case_id]", {"case_id": str(id)}, "只给当事人看的话",
         ("lena",), ("olga", "clerk", "city", "county")),
        ("CasesState.load", "/desk/cases", {"order": str(order)}, "审核不严",
         ("city", "clerk"), ("county", "other_clerk", "department")),
    )  # fmt: skip

    async def play() -> None:
        async with stage() as made:
            for handler, path, address, secret, may, may_not in looks:
                for key in (*may, *may_not):
                    throttles.forget_all()
                    tab = await made.opened(sign_in(town.people[key]))
                    answer = await tab.send(named(handler), {}, path, **address)
                    assert (secret in answer) == (key in may), (handler, key, answer[:2000])

    asyncio.run(play())


def test_look_ups_have_an_end_for_each_reader(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttles, "INTEGRITY", throttles.Limit("few", "2/hour", "查询过于频繁"))
    form = {"form": {"name": town.lena.name, "identity_number": town.lena.number}}

    async def play() -> None:
        async with stage() as made:
            said = []
            for _ in range(3):
                # Signing in anew does not begin the count anew.
                tab = await made.opened(sign_in(town.city))
                said.append(await tab.send(named("IntegrityState.look_up"), form))
            assert ["没有有效的诚信档案记录" in each for each in said] == [True, True, False]
            assert "查询过于频繁" in said[2]
            other = await made.opened(sign_in(town.county))
            assert "没有有效的" in await other.send(named("IntegrityState.look_up"), form)

    asyncio.run(play())
