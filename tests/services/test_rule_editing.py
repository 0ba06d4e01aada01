"""折算规则 edited: drafted, previewed, published, switched; what was granted never changes."""

from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.errors import Conflict, Invalid, NotFound, NotPermitted
from rxapp.models.audit import AuditEvent
from rxapp.models.claims import ConversionRuleRow
from rxapp.models.organisations import Organisation
from rxapp.models.people import Person
from rxapp.rules.audit_words import KINDS, LABELS
from rxapp.rules.claims import Status
from rxapp.rules.conversion_catalogue import SHIPPED
from rxapp.rules.hours import Hours
from rxapp.rules.permissions import Capacity
from rxapp.services import claims, conversion_rules, rule_editing, rule_pages
from tests.factories import at_once
from tests.services.claiming import Claims

pytestmark = pytest.mark.usefixtures("installation")
KEY = "qualification"
NEW = {
    "name": "技术标准制定", "category": "科研成果", "method": "by_rank",
    "levels": "国家标准 60 50 40\n行业标准 40 30", "evidence": "标准文本\n其他材料（选填）",
    "basis": "市人社局会议纪要", "spread_years": "2", "cap_year": "60",
}  # fmt: skip


@pytest.fixture
def case(engine: Engine) -> Claims:
    return Claims(engine)


def bureau(case: Claims, use_case: Any, *args: Any, **given: Any) -> Any:
    return case.act(case.town.city, use_case, *args, **given)


def editor(case: Claims, key: str = KEY) -> rule_pages.RuleEditor:
    return bureau(case, rule_pages.get_editor, key)


def draft(case: Claims, key: str = KEY, **typed: str) -> int:
    shown = editor(case, key)
    return bureau(
        case, rule_editing.save, key=key, typed=typed, newest=shown.newest, saved=shown.saved
    )


def publish(case: Claims, key: str = KEY, note: str = "按会议纪要调整", **typed: str) -> int:
    if typed:
        draft(case, key, **typed)
    shown = editor(case, key)
    return bureau(
        case, rule_editing.publish, key=key, note=note, newest=shown.newest, saved=shown.saved
    )


def switch(case: Claims, on: bool, key: str = KEY, note: str = "暂停一段时间") -> int:
    return bureau(
        case, rule_editing.switch, key=key, on=on, note=note, newest=editor(case, key).newest
    )


def offered(case: Claims) -> dict[str, str]:
    with Session(case.engine) as session:
        return {row.key: row.name for row in conversion_rules.list_offered(session)}


def listed(case: Claims, key: str) -> rule_pages.RuleLine:
    groups = bureau(case, rule_pages.list_rules)
    return next(line for group in groups for line in group.rules if line.key == key)


def rows(case: Claims, key: str = KEY) -> list[tuple[int, bool, int, str]]:
    with Session(case.engine) as session:
        found = session.exec(
            select(ConversionRuleRow)
            .where(ConversionRuleRow.key == key)
            .order_by(col(ConversionRuleRow.version))
        )
        return [(row.version, row.is_on, int(row.body.get("hours", -1)), row.note) for row in found]


def actions(case: Claims) -> list[str]:
    with Session(case.engine) as session:
        return list(
            session.exec(
                select(AuditEvent.action)
                .where(AuditEvent.object_kind == "conversion_rule")
                .order_by(col(AuditEvent.id))
            )
        )


def test_every_shipped_rule_is_listed_by_category(case: Claims) -> None:
    groups = bureau(case, rule_pages.list_rules)
    lines = [line for group in groups for line in group.rules]
    assert sorted(line.key for line in lines) == sorted(rule.key for rule in SHIPPED)
    categories = [group.category for group in groups]
    assert len(categories) == len(set(categories))
    assert all(line.category == group.category for group in groups for line in group.rules)
    marks = {line.key: line.reference for line in lines}
    assert (marks.pop("contest"), set(marks.values())) == (False, {True})
    assert all(line.is_on and line.version == 1 and not line.has_draft for line in lines)


def test_a_draft_changes_nothing_until_it_is_published(case: Claims) -> None:
    before = case.submitted()
    assert draft(case, hours="30") == 1
    assert editor(case).typed["hours"] == "30"
    assert listed(case, KEY).has_draft
    second = case.submitted(title="第二项")
    assert case.row(second).hours == Hours.of(40)
    assert publish(case) == 2
    assert rows(case) == [(1, True, 400, ""), (2, True, 300, "按会议纪要调整")]
    third = case.submitted(title="第三项")
    assert case.row(third).hours == Hours.of(30)
    # What waits stays under the version it was sent in under, and what is granted stays.
    for id in (before, second, third):
        case.decide(case.town.employer, id)
        case.decide(case.town.department, id)
    assert [hours for _, hours in case.ledger()] == [400, 400, 300]
    publish(case, hours="20")
    assert [hours for _, hours in case.ledger()] == [400, 400, 300]
    assert all(case.row(id).status is Status.GRANTED for id in (before, second, third))
    assert actions(case) == ["rule:drafted", "rule:published"] * 2
    assert set(actions(case)) <= set(LABELS)
    assert "conversion_rule" in KINDS


def test_the_history_says_who_when_why_and_what_held(case: Claims) -> None:
    publish(case, hours="30")
    switch(case, False)
    versions = editor(case).versions
    assert [(each.version, each.is_on, each.note) for each in versions] == [
        (3, False, "暂停一段时间"), (2, True, "按会议纪要调整"), (1, True, ""),
    ]  # fmt: skip
    assert [each.who for each in versions] == ["轩辕辛夷", "轩辕辛夷", "系统预置"]
    assert [each.words[0] for each in versions] == [
        "每项计30学时。",
        "每项计30学时。",
        "每项计40学时。",
    ]


def test_what_is_wrong_is_kept_and_told_field_by_field(case: Claims) -> None:
    wrong = {
        "name": " ", "hours": "1e22", "cap_year": "-3", "cap_day": "NaN", "earned_from": "2020",
        "earned_until": "2019", "evidence": "", "spread_years": "9", "basis": "长" * 101,
        "subject_professional": "",
    }  # fmt: skip
    draft(case, **wrong)
    with pytest.raises(Invalid) as caught:
        publish(case)
    assert set(caught.value.fields) == {
        "name", "hours", "cap_year", "cap_day", "earned_until", "evidence", "spread_years",
        "basis", "subjects",
    }  # fmt: skip
    with pytest.raises(Invalid) as caught:
        bureau(case, rule_pages.preview, KEY)
    assert len(caught.value.fields) == 9
    typed = editor(case).typed
    assert {name: typed[name] for name in wrong} == wrong
    assert [version for version, *_ in rows(case)] == [0, 1]
    assert offered(case)[KEY] == "取得职业资格"


def test_two_windows_do_not_overwrite_each_other(case: Claims) -> None:
    shown = editor(case)
    given = {"key": KEY, "newest": shown.newest, "saved": shown.saved}
    assert bureau(case, rule_editing.save, typed={"hours": "30"}, **given) == 1
    with pytest.raises(Conflict, match="其他窗口"):
        bureau(case, rule_editing.save, typed={"hours": "20"}, **given)
    with pytest.raises(Conflict):
        bureau(case, rule_editing.publish, note="说明", **given)
    with pytest.raises(Conflict):
        bureau(case, rule_editing.discard, key=KEY, saved=9)
    publish(case)
    for use_case, more in (
        (rule_editing.save, {"typed": {"hours": "20"}}), (rule_editing.publish, {"note": "说明"})
    ):  # fmt: skip
        with pytest.raises(Conflict):
            bureau(case, use_case, **given | {"saved": 1, "newest": 7}, **more)
    with pytest.raises(Conflict):
        bureau(case, rule_editing.switch, key=KEY, on=False, note="说明", newest=1)
    assert editor(case).typed["hours"] == "30"


def test_of_many_at_once_one_draft_and_one_version_remain(case: Claims) -> None:
    def save(hours: int) -> Any:
        return bureau(
            case, rule_editing.save, key=KEY, typed={"hours": f"{hours}"}, newest=1, saved=0
        )

    said = at_once([lambda hours=hours: save(hours) for hours in range(21, 25)])
    assert sorted(type(each).__name__ for each in said) == ["Conflict"] * 3 + ["int"]
    saved = editor(case).saved
    press = [
        lambda: bureau(case, rule_editing.publish, key=KEY, note="说明", newest=1, saved=saved)
    ]
    said = at_once(press * 4)
    assert {each for each in said if isinstance(each, int)} == {2}
    assert [version for version, *_ in rows(case)] == [1, 2]


def test_a_second_press_publishes_and_switches_once(case: Claims) -> None:
    draft(case, hours="30")
    given = {"key": KEY, "note": "说明", "newest": 1}
    assert {bureau(case, rule_editing.publish, saved=1, **given) for _ in range(3)} == {2}
    given["newest"] = 2
    assert {bureau(case, rule_editing.switch, on=False, **given) for _ in range(3)} == {3}
    assert len(rows(case)) == 3
    assert bureau(case, rule_editing.discard, key=KEY, saved=1) is None


def test_a_version_needs_a_note_and_a_change(case: Claims) -> None:
    draft(case, hours="30")
    for note in ("", " ", "改", "长" * 201):
        with pytest.raises(Invalid) as caught:
            publish(case, note=note)
        assert set(caught.value.fields) == {"note"}
        with pytest.raises(Invalid) as caught:
            switch(case, False, note=note)
        assert set(caught.value.fields) == {"switch_note"}
    draft(case, hours="40")
    with pytest.raises(Invalid, match="没有需要发布的改动"):
        publish(case)
    bureau(case, rule_editing.discard, key=KEY, saved=editor(case).saved)
    with pytest.raises(Conflict, match="没有需要发布的改动"):
        publish(case)
    assert editor(case).saved == 0


def test_switched_off_is_not_offered_and_switched_on_it_is_again(case: Claims) -> None:
    waits = case.draft()
    sent = case.submitted(title="已提交的一项")
    switch(case, False)
    assert KEY not in offered(case)
    with pytest.raises(NotFound):
        case.act(case.who, claims.begin, rule_key=KEY)
    with pytest.raises(NotFound, match="停用"):
        case.send(waits)
    assert case.row(waits).status is Status.DRAFT
    case.decide(case.town.employer, sent)
    case.decide(case.town.department, sent)
    assert case.row(sent).status is Status.GRANTED
    assert switch(case, False) == 2
    switch(case, True)
    assert KEY in offered(case)
    assert case.send(waits)
    assert actions(case) == ["rule:switched", "rule:switched"]
    # Published while it is off, it stays off.
    switch(case, False)
    publish(case, hours="30")
    assert KEY not in offered(case)


def test_the_preview_shows_examples_and_real_claims_under_both(case: Claims) -> None:
    case.submitted("paper", level="provincial", rank="2")
    case.draft("paper", level="provincial", rank="1", title="没有提交的一篇")
    draft(case, "paper", levels="国家级 30\n省部级 24\n市级 10\n县级 5", first_persons="2")
    seen = bureau(case, rule_pages.preview, "paper")
    found = {line.label: (line.before, line.after, line.changed) for line in seen.examples}
    assert found["省部级，第1位"] == ("20学时", "24学时", True)
    assert found["国家级，第1位"] == ("30学时", "30学时", False)
    assert found["国家级，第3位"] == ("30学时", "不折算", True)
    assert found["县级，第1位"] == ("不折算", "5学时", True)
    assert [(line.label, line.before, line.after) for line in seen.claims] == [
        (f"褚＊，{clock.today().year}年度，审核中", "20学时", "24学时")
    ]
    assert seen.changed == sum(line.changed for line in (*seen.examples, *seen.claims))
    assert seen.words[0].startswith("国家级30学时、省部级24学时")
    # Looking changes nothing.
    assert [version for version, *_ in rows(case, "paper")] == [0, 1]


def test_a_renamed_level_keeps_what_old_claims_know_it_as(case: Claims) -> None:
    publish(case, "paper", levels="国家级 30\n省部级 24\n市级 10", evidence="封面\n目录\n全文")
    with Session(case.engine) as session:
        _, rule = conversion_rules.get_offered(session, "paper")
    assert [(level.key, level.label) for level in rule.levels] == [
        ("national", "国家级"), ("provincial", "省部级"), ("municipal", "市级"),
    ]  # fmt: skip
    assert [need.key for need in rule.evidence] == ["cover", "contents", "article"]
    publish(case, "paper", levels="县级 5\n国家级 30\n市级 10", evidence="目录\n全文\n期刊检索页")
    with Session(case.engine) as session:
        _, rule = conversion_rules.get_offered(session, "paper")
    # What is new has a key of its own, wherever it stands.
    assert [level.key for level in rule.levels] == ["level1", "national", "municipal"]
    assert [need.key for need in rule.evidence] == ["contents", "article", "proof3"]


def test_a_new_rule_from_scratch_and_as_a_copy(case: Claims) -> None:
    key = bureau(case, rule_editing.begin)
    assert bureau(case, rule_editing.begin) == key
    with pytest.raises(Invalid):
        publish(case, key)
    assert key not in offered(case)
    line = listed(case, key)
    assert (line.version, line.is_on, line.has_draft) == (0, False, True)
    assert publish(case, key, **NEW) == 1
    assert offered(case)[key] == "技术标准制定"
    id = case.submitted(key, level="level1", rank="2", title="一项国家标准")
    assert case.row(id).hours == Hours.of(50)
    copy = bureau(case, rule_editing.begin, copy_of=key)
    assert copy != key
    assert editor(case, copy).typed == editor(case, key).typed | {"name": "技术标准制定（副本）"}
    bureau(case, rule_editing.discard, key=copy, saved=1)
    with pytest.raises(NotFound):
        editor(case, copy)
    with pytest.raises(Conflict, match="竞赛"):
        bureau(case, rule_editing.begin, copy_of="contest")
    with pytest.raises(NotFound):
        bureau(case, rule_editing.begin, copy_of="nothing")
    with pytest.raises(NotFound):
        editor(case, "../etc")


def test_drafts_of_new_rules_do_not_pile_up(case: Claims) -> None:
    for place in range(rule_editing.MOST_OPEN_DRAFTS):
        draft(case, bureau(case, rule_editing.begin), name=f"第{place}条")
    with pytest.raises(Conflict, match="先发布或放弃"):
        bureau(case, rule_editing.begin)


def test_contests_keep_their_four_levels(case: Claims) -> None:
    publish(case, "contest", levels="国家级 40\n省级 20")
    with pytest.raises(Invalid) as caught:
        publish(case, "contest", levels="世界级 90\n国家级 40", method="fixed", hours="1")
    assert set(caught.value.fields) == {"method"}
    with pytest.raises(Invalid, match="只分国家级"):
        publish(case, "contest", levels="世界级 90\n国家级 40", method="by_level")


def test_only_the_city_bureau_edits(case: Claims) -> None:
    draft(case, hours="30")
    with Session(case.engine) as session, session.begin():
        session.get_one(Organisation, case.town.double).capacities = frozenset(
            {Capacity.COUNTY_BUREAU}
        )
        session.get_one(Person, case.far).activated_at = clock.now()
    case.serve(case.far, case.town.double)
    before = rows(case)
    work: list[tuple[Any, dict[str, Any]]] = [
        (rule_pages.list_rules, {}), (rule_pages.get_editor, {"key": KEY}),
        (rule_pages.preview, {"key": KEY}), (rule_editing.read_draft, {"key": KEY}),
        (rule_editing.begin, {}),
        (rule_editing.save, {"key": KEY, "typed": {"hours": "9"}, "newest": 1, "saved": 1}),
        (rule_editing.discard, {"key": "paper", "saved": 0}),
        (rule_editing.switch, {"key": "paper", "on": False, "note": "说明", "newest": 1}),
        (rule_editing.publish, {"key": KEY, "note": "说明", "newest": 1, "saved": 2}),
    ]  # fmt: skip
    for person in (case.who, case.town.employer, case.town.department, case.far):
        for use_case, given in work:
            with pytest.raises(NotPermitted):
                case.act(person, use_case, **given)
    assert rows(case) == before
    for use_case, given in work:
        bureau(case, use_case, **given)
    assert [version for version, *_ in rows(case)] == [1, 2]
    assert "paper" not in offered(case)
