"""原证书录入: many lines, one set of pages, each line a claim of its own."""

import io
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.adapters import evidence_files
from rxapp.errors import Conflict, NotFound
from rxapp.models.applications import Evidence
from rxapp.models.claims import Claim, ClaimFile, ConversionRuleRow
from rxapp.models.years import YearPolicyRow
from rxapp.rules.claims import Status
from rxapp.services import claim_forms, claim_pages, claims, evidence, old_records
from tests.factories import at_once
from tests.services.claiming import Claims

pytestmark = pytest.mark.usefixtures("installation")
PROFESSIONAL = "offline_training:professional"
REQUIRED = "public_training:public_required"
LINE = {"kind": PROFESSIONAL, "title": "测量技术培训", "earned_on": "2018-05-20", "filed": "24",
        "days": "3"}  # fmt: skip


@pytest.fixture
def case(engine: Engine) -> Claims:
    return Claims(engine)


def line(case: Claims, person: int = 0, **typed: str) -> int:
    who = person or case.who
    id = case.act(who, old_records.add_line)
    version = case.row(id).version
    case.act(who, old_records.save_line, claim_id=id, typed=LINE | typed, version=version)
    return id


def page(case: Claims, id: int, colour: str = "white") -> int:
    return case.attach(id, "old_pages", colour=colour)


def book(case: Claims, person: int = 0) -> old_records.OldBook:
    return case.act(person or case.who, old_records.get_book)


def files(case: Claims, id: int) -> list[int]:
    with Session(case.engine) as session:
        return list(session.exec(select(ClaimFile.evidence_id).where(ClaimFile.claim_id == id)))


def send(case: Claims) -> dict[int, old_records.LineResult]:
    return {each.id: each for each in case.act(case.who, old_records.submit_all)}


def test_every_line_is_a_claim_proved_by_the_same_pages(case: Claims) -> None:
    first = line(case)
    shown = page(case, first)
    second = line(case, kind=REQUIRED, title="公需科目培训", earned_on="2017-06-30", filed="30")
    third = line(case, title="另一次培训", earned_on="2018-09-01", filed="8", days="1")
    # One file, seen from every line; the later page reaches the earlier lines as well.
    other = page(case, third, "red")
    for id in (first, second, third):
        assert sorted(files(case, id)) == sorted([shown, other])
    seen = book(case)
    assert [each.id for each in seen.lines] == [first, second, third]
    assert len(seen.need.files) == 2
    assert seen.sums == ["2017年度：公需必修30学时", "2018年度：专业科目32学时"]
    results = send(case)
    assert all(each.sent for each in results.values())
    assert len({each.said for each in results.values()}) == 3
    for id in (first, second, third):
        row = case.row(id)
        assert (row.status, row.batch) == (Status.SUBMITTED, f"old-{case.who}")
        detail = case.act(case.town.employer, claim_pages.get_detail, id)
        assert len(detail.files) == 2
        # Shared pages are no duplicate among the lines.
        assert not [said for said in detail.warnings if "证明材料" in said]
    with Session(case.engine) as session:
        assert len(session.exec(select(Evidence)).all()) == 2
    assert book(case).lines == []
    assert len(book(case).sent) == 3
    assert book(case).sums == seen.sums


def test_the_same_page_in_another_claim_is_still_a_duplicate(case: Claims) -> None:
    id = line(case)
    written = io.BytesIO()
    Image.new("RGB", (77, 77), "blue").save(written, "PNG")
    source = written.getvalue()
    made = evidence_files.accept(source)
    given = {"name": "证.png", "source": source, "made": made}
    case.act(case.who, claims.keep_file, claim_id=id, need="old_pages", **given)
    send(case)
    other = case.draft()
    case.act(case.who, claims.keep_file, claim_id=other, need="certificate", **given)
    with Session(case.engine) as session:
        assert claim_forms.list_warnings(session, session.get_one(Claim, other))


def test_a_line_that_is_wrong_stays_and_the_others_go(case: Claims) -> None:
    good = line(case)
    page(case, good)
    wrong = line(case, title="", earned_on="2021-01-01", filed="学时", kind=PROFESSIONAL)
    last = line(case, title="第三行", earned_on="2019-03-03")
    results = send(case)
    assert [results[id].sent for id in (good, wrong, last)] == [True, False, True]
    for word in ("名称", "2016至2019", "学时"):
        assert word in results[wrong].said
    row = case.row(wrong)
    assert (row.status, row.typed["filed"]) == (Status.DRAFT, "学时")
    # Pressed again, only what is left is tried; nothing is sent twice.
    again = send(case)
    assert list(again) == [wrong]
    numbers = [case.row(good).number, case.row(last).number]
    assert len(set(numbers)) == 2
    assert case.words(good) == case.words(last) == [("submit", "person")]
    case.act(
        case.who, old_records.save_line, claim_id=wrong, version=case.row(wrong).version,
        typed={"title": "第二行", "earned_on": "2016-01-01", "filed": "10", "days": "2"},
    )  # fmt: skip
    assert send(case)[wrong].sent
    with pytest.raises(Conflict):
        send(case)


def test_without_pages_nothing_is_sent(case: Claims) -> None:
    id = line(case)
    assert "继续教育证书》相关页" in send(case)[id].said
    assert case.row(id).status is Status.DRAFT


def test_two_presses_at_once_send_each_line_once(case: Claims) -> None:
    ids = [line(case, title=f"第{n}次培训", earned_on=f"2018-0{n + 1}-01") for n in range(4)]
    page(case, ids[0])
    at_once([lambda: case.act(case.who, old_records.submit_all) for _ in range(4)])
    assert [case.words(id) for id in ids] == [[("submit", "person")]] * 4


def test_two_presses_at_once_begin_one_line(case: Claims) -> None:
    begun = at_once([lambda: case.act(case.who, old_records.add_line) for _ in range(4)])
    assert len(set(begun)) == 1
    # An empty line of the certificate is not what a claim of its own begins with.
    assert case.act(case.who, claims.begin, rule_key="offline_training") not in begun


def test_the_kind_of_a_line_can_be_changed(case: Claims) -> None:
    id = line(case)
    version = case.row(id).version
    kept = case.act(
        case.who, old_records.save_line, claim_id=id, version=version,
        typed={"kind": "public_training:public_elective"},
    )  # fmt: skip
    assert kept > version
    (shown,) = book(case).lines
    assert (shown.kind, shown.asks_days) == ("public_training:public_elective", False)
    same = case.act(
        case.who, old_records.save_line, claim_id=id, version=kept,
        typed={"kind": "offline_training:public_elective"},
    )  # fmt: skip
    assert same == kept + 1
    for nonsense in ("contest:professional", "offline_training:public_required", "x", ""):
        case.act(
            case.who, old_records.save_line, claim_id=id, version=same, typed={"kind": nonsense}
        )
    assert book(case).lines[0].kind == "offline_training:public_elective"
    with pytest.raises(Conflict):
        case.act(
            case.who, old_records.save_line, claim_id=id, version=version, typed={"title": "旧"}
        )


def test_removing_a_line_leaves_the_pages_to_the_others(case: Claims) -> None:
    first = line(case)
    shown = page(case, first)
    second = line(case, title="第二行")
    assert case.act(case.who, old_records.remove_line, claim_id=first) == []
    assert files(case, second) == [shown]
    # A page taken off one line is taken off all of them, and goes for good.
    third = line(case, title="第三行")
    assert case.act(case.who, claims.detach, claim_id=second, evidence_id=shown)
    assert files(case, second) == files(case, third) == []
    with Session(case.engine) as session:
        assert session.get(Evidence, shown) is None


def test_a_line_added_after_sending_has_the_pages_too(case: Claims) -> None:
    first = line(case)
    shown = page(case, first)
    send(case)
    later = line(case, title="漏掉的一行", earned_on="2019-11-11")
    assert files(case, later) == [shown]
    assert send(case)[later].sent
    # What lies before an office is not touched by what a person does with a draft.
    last = line(case, title="再一行", earned_on="2019-12-12")
    case.act(case.who, claims.detach, claim_id=last, evidence_id=shown)
    assert files(case, first) == files(case, later) == [shown]


def test_nobody_reaches_the_lines_of_another(case: Claims) -> None:
    id = line(case)
    shown = page(case, id)
    for who in (case.town.employer, case.town.city, case.town.department):
        for use_case, given in (
            (old_records.save_line, {"typed": {"title": "别人"}, "version": 2}),
            (old_records.remove_line, {}),
        ):
            with pytest.raises(NotFound):
                case.act(who, use_case, claim_id=id, **given)
        assert book(case, who).lines == []
        with pytest.raises(NotFound):
            case.act(who, evidence.get_file, evidence_id=shown, part="file")
    assert case.act(case.who, evidence.get_file, evidence_id=shown, part="file")
    # An ordinary draft is no line of the certificate.
    draft = case.draft()
    with pytest.raises(NotFound):
        case.act(case.who, old_records.remove_line, claim_id=draft)


def test_a_line_returned_is_corrected_with_the_pages_it_has(case: Claims) -> None:
    id = line(case)
    page(case, id)
    send(case)
    case.decide(case.town.employer, id, "return", note="日期不清楚")
    form = case.act(case.who, claim_pages.get_form, id)
    pages = next(need for need in form.needs if need.key == "old_pages")
    assert len(pages.files) == 1
    case.send(id)
    assert case.row(id).status is Status.SUBMITTED
    # Another draft of the certificate does not touch it.
    with pytest.raises(Conflict):
        case.act(case.who, old_records.remove_line, claim_id=id)


def test_the_window_is_the_one_of_2016_to_2019(case: Claims) -> None:
    id = line(case)
    page(case, id)
    assert book(case).closed == ""
    with Session(case.engine) as session, session.begin():
        for row in session.exec(select(YearPolicyRow).where(col(YearPolicyRow.year) < 2020)):
            row.claim_until = clock.today().replace(year=clock.today().year - 1)
    assert "第四条第（三）项" in book(case).closed
    result = send(case)[id]
    assert not result.sent
    assert "第四条第（三）项" in result.said
    assert case.row(id).status is Status.DRAFT


def test_a_kind_that_is_switched_off_is_not_offered(case: Claims) -> None:
    with Session(case.engine) as session, session.begin():
        for row in session.exec(
            select(ConversionRuleRow).where(ConversionRuleRow.key == "public_training")
        ):
            row.is_on = False
    assert all(value.startswith("offline_training") for value, _ in book(case).kinds)


def test_there_is_an_end_to_the_lines(case: Claims, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(old_records, "MOST_LINES", 2)
    filled: list[Any] = [line(case), line(case)]
    assert len(set(filled)) == 2
    with pytest.raises(Conflict):
        line(case)
