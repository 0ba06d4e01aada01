"""What an achievement comes to: the notice's contests, every way of computing, every end."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rxapp.errors import Invalid
from rxapp.rules.conversion_bodies import as_body, from_body
from rxapp.rules.conversion_catalogue import FILED_ONLY, REFERENCE, SHIPPED
from rxapp.rules.conversion_examples import compare
from rxapp.rules.conversion_facts import asks_organiser, fields_of, parse_facts
from rxapp.rules.conversion_forms import SUBJECTS, parse, tidy, typed_of
from rxapp.rules.conversion_words import explain
from rxapp.rules.conversions import (
    Addition,
    Caps,
    ConversionRule,
    EvidenceNeed,
    Facts,
    Level,
    Method,
    Unit,
    Used,
    convert,
    missing_evidence,
)
from rxapp.rules.hours import ZERO, Hours
from rxapp.rules.subjects import Subject

RULES = {rule.key: rule for rule in SHIPPED}
P = Subject.PROFESSIONAL
some_hours = st.integers(0, 2000).map(Hours)
any_rule = st.sampled_from(SHIPPED)


def typed_for(rule: ConversionRule, **given: str) -> dict[str, str]:
    """A form filled in as a rule asks for it."""
    answers = {
        "subject": rule.subjects[0].value,
        "level": rule.levels[0].key if rule.levels else "",
        "rank": "1", "units": "1", "filed": "1", "days": "1", "added": "",
    }  # fmt: skip
    return {name: answers[name] for name in fields_of(rule)} | given


def hours(key: str, **given: str) -> str:
    rule = RULES[key]
    return str(convert(rule, parse_facts(rule, typed_for(rule, **given))).hours)


@pytest.mark.parametrize(
    ("level", "earned"),
    [("national", "30"), ("provincial", "20"), ("municipal", "10"), ("county", "5")],
)
def test_contests_count_as_the_notice_says(level: str, earned: str) -> None:
    assert hours("contest", level=level) == earned
    assert RULES["contest"].subjects == (P,)
    assert not RULES["contest"].reference


@pytest.mark.parametrize(
    ("key", "given", "earned"),
    [
        ("degree", {"units": "3"}, "45"),
        ("conference", {"level": "national"}, "12"),
        ("conference", {"level": "provincial", "added": "4"}, "12"),
        ("project", {"level": "national", "rank": "5"}, "32"),
        ("project", {"level": "provincial", "rank": "3"}, "40"),
        ("book", {"units": "52000"}, "26"),
        ("book", {"units": "12345"}, "6.1"),
        ("teaching", {"units": "7.5"}, "15"),
        ("lecture", {"units": "4"}, "12"),
        ("qualification", {}, "40"),
        ("study_points", {"units": "1999"}, "0"),
        ("study_points", {"units": "2000"}, "10"),
        ("study_points", {"units": "9000"}, "10"),
        ("offline_training", {"filed": "30", "days": "3"}, "24"),
        ("offline_training", {"filed": "20", "days": "3"}, "20"),
        ("overseas", {"units": "1"}, "30"),
    ],
)
def test_each_way_of_computing(key: str, given: dict[str, str], earned: str) -> None:
    assert hours(key, **given) == earned


def test_the_rule_is_said_in_words() -> None:
    rule = RULES["contest"]
    found = convert(rule, parse_facts(rule, {"level": "provincial"}))
    assert found.words == "省级技能竞赛，折算 20 学时，专业科目"
    book = RULES["book"]
    found = convert(book, parse_facts(book, {"units": "12345", "rank": "2"}))
    assert found.words == "著作，第2位，本人撰写字数12345，折算 6.1 学时，专业科目"


@pytest.mark.parametrize(
    ("key", "given", "fields"),
    [
        ("contest", {"level": "world"}, {"level"}),
        ("book", {"units": "0", "rank": "x"}, {"units", "rank"}),
        ("book", {"units": "1e22"}, {"units"}),
        ("book", {"units": "NaN"}, {"units"}),
        ("book", {"units": "-3"}, {"units"}),
        ("book", {"units": "٣"}, {"units"}),
        ("offline_training", {"filed": "1e22", "days": "0"}, {"filed", "days"}),
        ("offline_training", {"filed": "NaN"}, {"filed"}),
        ("offline_training", {"filed": "-5"}, {"filed"}),
        ("public_training", {"subject": "professional"}, {"subject"}),
    ],
)
def test_rubbish_names_its_fields(key: str, given: dict[str, str], fields: set[str]) -> None:
    with pytest.raises(Invalid) as caught:
        parse_facts(RULES[key], typed_for(RULES[key], **given))
    assert set(caught.value.fields) == fields


@pytest.mark.parametrize(
    ("key", "given", "field"),
    [
        ("paper", {"rank": "4"}, "rank"),
        ("project", {"level": "provincial", "rank": "4"}, "rank"),
        ("conference", {"added": "3"}, "added"),
        ("conference", {"added": "9"}, "added"),
    ],
)
def test_what_does_not_count_says_why(key: str, given: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        hours(key, **given)
    assert list(caught.value.fields) == [field]


def test_each_end_takes_what_is_above_it_and_says_so() -> None:
    rule = replace(
        RULES["offline_training"],
        caps=Caps(Hours.of(8), Hours.of(40), Hours.of(60), Hours.of(20)),
    )
    facts = Facts(P, filed=Hours.of(100), days=10)
    assert convert(rule, facts).hours == Hours.of(20)
    found = convert(rule, facts, Used(Hours.of(30), Hours.of(55), Hours.of(5)))
    assert found.hours == Hours.of(5)
    assert [line.split("，")[0] for line in found.limits] == [
        "每天最多计8学时", "每项最多计20学时", "线上线下培训每年最多计40学时",
        "2016—2019年培训每年最多计60学时",
    ]  # fmt: skip


def test_only_the_highest_of_a_year_counts() -> None:
    rule = RULES["award"]
    national = Facts(P, level="national")
    assert convert(rule, national).hours == Hours.of(60)
    assert convert(rule, national, Used(year=Hours.of(20))).hours == Hours.of(40)
    assert convert(rule, Facts(P, level="county"), Used(year=Hours.of(20))).hours == ZERO


@given(any_rule, some_hours, some_hours, some_hours, st.integers(1, 300))
def test_no_end_is_ever_passed(
    rule: ConversionRule, year: Hours, category: Hours, achievement: Hours, units: int
) -> None:
    facts = Facts(
        rule.subjects[0], level=rule.levels[0].key if rule.levels else "",
        unit_tenths=units * 10_000, filed=Hours(units * 10), days=max(1, units // 9),
    )  # fmt: skip
    used = Used(year, category, achievement)
    found = convert(rule, facts, used)
    assert ZERO <= found.hours <= found.computed
    assert (found.hours < found.computed) == bool(found.limits)
    for most, already in (
        (rule.caps.year, year), (rule.caps.category, category),
        (rule.caps.achievement, achievement),
    ):  # fmt: skip
        assert most is None or found.hours == ZERO or found.hours + already <= most
    # More beside it never makes more of it.
    assert found.hours <= convert(rule, facts).hours


@given(st.integers(1, 10**6), st.integers(1, 10**4), st.integers(1, 500))
def test_units_are_rounded_down_to_a_tenth(tenths: int, size: int, each: int) -> None:
    unit = Unit("数量", size, Hours(each))
    rule = ConversionRule("x", "样例", "样例", (P,), Method.PER_UNIT, unit=unit)
    found = convert(rule, Facts(P, unit_tenths=tenths)).hours.tenths
    assert found * size * 10 <= each * tenths < (found + 1) * size * 10


@given(any_rule)
def test_every_shipped_rule_can_be_filled_in(rule: ConversionRule) -> None:
    facts = parse_facts(rule, typed_for(rule))
    assert convert(rule, facts).computed >= ZERO
    assert any(need.required for need in rule.evidence)
    assert rule.basis


def test_ranks_follow_their_level() -> None:
    rule = ConversionRule(
        "x", "样例", "样例", (P,), Method.BY_RANK,
        levels=(Level("a", "甲级", by_rank=(Hours.of(3), Hours.of(2))),),
        addition=Addition("另加", Hours.of(1), Hours.of(1)),
    )  # fmt: skip
    assert convert(rule, Facts(P, "a", 2, added=Hours.of(1))).hours == Hours.of(3)
    for rank in (0, 3):
        with pytest.raises(Invalid):
            convert(rule, Facts(P, "a", rank))


@given(any_rule)
def test_a_rule_survives_being_stored(rule: ConversionRule) -> None:
    assert from_body(json.loads(json.dumps(as_body(rule)))) == rule


@pytest.mark.parametrize("spoilt", [{}, {"method": "magic"}, {"hours": "x"}, {"levels": [1]}])
def test_a_spoilt_body_is_refused(spoilt: dict[str, object]) -> None:
    body = as_body(RULES["contest"]) | spoilt if spoilt else {}
    with pytest.raises(Invalid):
        from_body(body)


REQUIRED = {
    "contest": "证书", "degree": "成绩单", "conference": "会议通知 单位证明",
    "project": "立项或结题文件", "paper": "期刊封面 目录 正文", "book": "封面和版权页 目录",
    "patent": "证书", "award": "证书", "teaching": "授课通知或课表 单位证明",
    "lecture": "讲座通知 单位证明", "public_training": "培训通知 结业证书或成绩单 单位证明",
    "offline_training": "培训通知 结业证书或成绩单 单位证明", "qualification": "证书",
    "overseas": "批准文件 单位证明", "report": "报告和采用证明", "aid": "派出文件 单位证明",
    "study_points": "积分截图", "other_training": "培训通知 结业证书或成绩单 单位证明",
}  # fmt: skip


def test_each_category_asks_for_its_proofs() -> None:
    asked = {r.key: " ".join(n.label for n in r.evidence if n.required) for r in SHIPPED}
    assert asked == REQUIRED


def test_the_pages_of_the_old_certificate_stand_for_all_others() -> None:
    rule = RULES["offline_training"]
    assert [need.key for need in missing_evidence(rule, ())] == [
        "notice", "completion", "employer_proof",
    ]  # fmt: skip
    assert [need.key for need in missing_evidence(rule, ("notice", "other"))] == [
        "completion", "employer_proof",
    ]  # fmt: skip
    assert missing_evidence(rule, ("old_pages",)) == ()
    # From 2020 on the old certificate is not used any more.
    assert len(missing_evidence(RULES["other_training"], ("old_pages",))) == 3


def test_all_but_the_contests_are_marked_as_reference() -> None:
    assert [rule.key for rule in SHIPPED if not rule.reference] == ["contest"]
    assert {rule.basis for rule in SHIPPED if "《通知》" not in rule.basis} == {REFERENCE}
    years = {rule.key: (rule.earned_from, rule.earned_until) for rule in SHIPPED}
    assert years["public_training"] == years["offline_training"] == (2016, 2019)
    assert years["other_training"] == (2020, None)
    assert [key for key, rule in RULES.items() if asks_organiser(rule)] == ["other_training"]
    assert RULES["other_training"].advice == FILED_ONLY


@pytest.mark.parametrize(
    ("level", "ranks"),
    [("national", "64 56 48 40 32"), ("provincial", "56 48 40")],
)
def test_projects_count_by_level_and_rank(level: str, ranks: str) -> None:
    for place, earned in enumerate(ranks.split(), 1):
        assert hours("project", level=level, rank=f"{place}") == earned


@pytest.mark.parametrize("typed", ["１２３４５", " 12345 "])
def test_full_width_digits_are_digits(typed: str) -> None:
    assert hours("book", units=typed) == "6.1"


@pytest.mark.parametrize("typed", ["0000000000012345", "1" * 13, "1.23", "1.", ".5", "1,000"])
def test_no_number_is_cut_short_or_guessed(typed: str) -> None:
    with pytest.raises(Invalid) as caught:
        hours("book", units=typed)
    assert list(caught.value.fields) == ["units"]


labels = st.text("甲乙丙丁戊己庚辛壬癸子丑寅卯", min_size=2, max_size=8)
more_than_nothing = st.integers(1, 5000).map(Hours)
perhaps_hours = st.none() | more_than_nothing


@st.composite
def rules(draw: st.DrawFn) -> ConversionRule:
    """Any rule a bureau could publish."""
    method = draw(st.sampled_from(Method))
    names = draw(st.lists(labels, min_size=1, max_size=5, unique=True))
    levels: tuple[Level, ...] = ()
    if method is Method.BY_LEVEL:
        levels = tuple(Level(f"k{n}", x, draw(more_than_nothing)) for n, x in enumerate(names))
    if method is Method.BY_RANK:
        ranks = st.lists(more_than_nothing, min_size=1, max_size=6)
        levels = tuple(
            Level(f"k{n}", x, by_rank=tuple(sorted(draw(ranks), reverse=True)))
            for n, x in enumerate(names)
        )
    unit = Unit(draw(labels), draw(st.integers(1, 10**5)), draw(more_than_nothing),
                draw(st.booleans()))  # fmt: skip
    ends = sorted(draw(st.lists(more_than_nothing, min_size=3, max_size=3)))
    first, last = sorted(draw(st.tuples(st.integers(2016, 2100), st.integers(2016, 2100))))
    chosen = draw(st.sets(st.sampled_from(Subject), min_size=1))
    return ConversionRule(
        "x", draw(labels), draw(labels), tuple(s for s in Subject if s in chosen), method,
        evidence=(
            EvidenceNeed("a", "必传材料"),
            EvidenceNeed("b", "可传材料", draw(st.booleans())),
            EvidenceNeed("c", "旧证", required=False, alone=draw(st.booleans())),
        ),
        hours=draw(more_than_nothing) if method is Method.FIXED else ZERO, levels=levels,
        unit=unit if method is Method.PER_UNIT else None,
        addition=draw(st.none() | st.just(Addition("另交论文", Hours.of(4), Hours.of(8)))),
        first_persons=draw(st.none() | st.integers(1, 99)),
        caps=Caps(
            draw(st.none() | st.just(ends[0])), draw(st.none() | st.just(ends[1])),
            draw(st.none() | st.just(ends[2])), draw(perhaps_hours),
        ),
        highest_only=draw(st.booleans()), spread_years=draw(st.integers(1, 5)),
        earned_from=draw(st.none() | st.just(first)), earned_until=draw(st.none() | st.just(last)),
        basis="样例文件", reference=draw(st.booleans()), advice=draw(st.just("") | labels),
    )  # fmt: skip


@st.composite
def achievements(draw: st.DrawFn) -> tuple[ConversionRule, Facts]:
    """Any rule with something that counts under it."""
    rule = draw(rules())
    level = draw(st.sampled_from(rule.levels)) if rule.levels else None
    most = min(rule.first_persons or 99, len(level.by_rank) if level and level.by_rank else 99)
    return rule, Facts(
        draw(st.sampled_from(rule.subjects)), level.key if level else "",
        draw(st.integers(1, most)), draw(st.integers(1, 10**7)), draw(more_than_nothing),
        draw(st.integers(1, 366)), Hours.of(5) if rule.addition and draw(st.booleans()) else ZERO,
    )  # fmt: skip


@given(achievements(), some_hours, some_hours, some_hours)
def test_no_published_rule_passes_any_of_its_ends(
    case: tuple[ConversionRule, Facts], year: Hours, category: Hours, achievement: Hours
) -> None:
    rule, facts = case
    found = convert(rule, facts, Used(year, category, achievement))
    caps = rule.caps
    assert ZERO <= found.hours <= found.computed
    assert (found.hours < found.computed) == bool(found.limits)
    for most, already in (
        (caps.year, year), (caps.category, category), (caps.achievement, achievement),
        (Hours(caps.day.tenths * facts.days) if caps.day else None, ZERO),
        (max(found.computed, year) if rule.highest_only else None, year),
    ):  # fmt: skip
        assert most is None or found.hours == ZERO or found.hours + already <= most


@given(achievements(), some_hours, st.integers(1, 10**6))
def test_more_is_never_less(case: tuple[ConversionRule, Facts], used: Hours, more: int) -> None:
    rule, facts = case
    found = convert(rule, facts, Used(year=used)).hours
    larger = replace(
        facts, unit_tenths=facts.unit_tenths + more, filed=facts.filed + Hours(more),
        days=min(366, facts.days + more), rank=max(1, facts.rank - more),
    )  # fmt: skip
    assert convert(rule, larger, Used(year=used)).hours >= found
    # With more beside it, or a lower end, it is never more.
    assert convert(rule, facts, Used(year=used + Hours(more), category=used)).hours <= found
    tighter = replace(rule, caps=replace(rule.caps, achievement=Hours(more)))
    if rule.caps.achievement is None:
        assert convert(tighter, facts, Used(year=used)).hours <= found


@given(st.lists(st.integers(1, 900), min_size=1, max_size=6))
def test_of_a_year_only_the_highest_counts_in_whatever_order(tenths: list[int]) -> None:
    rule = ConversionRule("x", "样例", "样例", (P,), Method.AS_FILED, highest_only=True)
    counted = ZERO
    for each in tenths:
        counted += convert(rule, Facts(P, filed=Hours(each)), Used(year=counted)).hours
    assert counted == Hours(max(tenths))


@given(rules())
def test_a_rule_survives_its_body_and_its_form(rule: ConversionRule) -> None:
    assert from_body(json.loads(json.dumps(as_body(rule)))) == rule
    typed = typed_of(rule)
    assert tidy(typed) == typed
    assert parse(typed, rule) == rule


@given(rules())
def test_every_rule_is_said_in_sentences_and_by_examples(rule: ConversionRule) -> None:
    said = explain(rule)
    assert all(each.endswith("。") and "None" not in each for each in said)
    made = compare(rule, rule)
    assert not any(each.changed for each in made)
    assert [each.after for each in compare(None, rule)] == [each.after for each in made]


def test_the_years_to_choose_from_are_said_precisely() -> None:
    for key, years in (("project", "一年"), ("degree", "3年中的一年")):
        said = f"计入取得的当年，或由本人选择计入其后{years}；一项成果只计一次。"
        assert said in explain(RULES[key])
    assert not any("其后" in said for said in explain(RULES["paper"]))


@pytest.mark.parametrize(
    ("key", "typed", "said"),
    [
        ("paper", {"name": "论"}, {"name": "2至30"}),
        ("paper", {"name": "论\u202e文"}, {"name": "特殊符号"}),
        ("paper", {"method": "magic"}, {"method": "请选择"}),
        ("paper", {"levels": ""}, {"levels": "一行一个"}),
        ("paper", {"levels": "国家级"}, {"levels": "第1行“国家级”没有写学时"}),
        ("paper", {"levels": "国家级 30\n省级 1e22"}, {"levels": "第2行“省级”：学时请填写数字"}),
        ("paper", {"levels": "国家级 NaN"}, {"levels": "请填写数字"}),
        ("paper", {"levels": "国家级 -3"}, {"levels": "大于零"}),
        ("paper", {"levels": "国家级 0"}, {"levels": "大于零"}),
        ("paper", {"levels": "国家级 30\n国家级 20"}, {"levels": "第2行“国家级”重复"}),
        ("paper", {"levels": "国家级 30 20"}, {"levels": "太多"}),
        ("paper", {"levels": "\n".join(f"第{n}级 1" for n in range(13))}, {"levels": "1至12个"}),
        ("paper", {"levels": "长" * 1001}, {"levels": "最多1000个字"}),
        ("project", {"levels": "国家级 64 560"}, {"levels": "位次靠后"}),
        ("paper", {"evidence": "封面（选填）"}, {"evidence": "至少要有一种"}),
        ("paper", {"evidence": "封面\n封面（选填）"}, {"evidence": "重复"}),
        ("paper", {"evidence": "\n".join("一二三四五六七八九")}, {"evidence": "1至8种"}),
        ("paper", {"first_persons": "0"}, {"first_persons": "1至99"}),
        ("paper", {"spread_years": "1e22"}, {"spread_years": "1至5"}),
        ("paper", {"cap_year": "-1"}, {"cap_year": "大于零"}),
        ("paper", {"cap_year": "60", "cap_category": "40"}, {"cap_year": "不能高于类别上限"}),
        ("paper", {"cap_day": "60", "cap_year": "40"}, {"cap_day": "不能高于每年上限"}),
        ("paper", {"earned_from": "2021", "earned_until": "2020"}, {"earned_until": "不能早于"}),
        ("paper", {"earned_from": "1999"}, {"earned_from": "2016至2100"}),
        ("qualification", {"hours": ""}, {"hours": "请填写数字"}),
        ("book", {"unit_size": "0"}, {"unit_size": "1至"}),
        ("book", {"unit_size": ""}, {"unit_size": "每多少计一次"}),
        (
            "book",
            {"unit_hours": "x", "unit_label": ""},
            {"unit_hours": "数字", "unit_label": "2至"},
        ),
        ("conference", {"addition_most": "3"}, {"addition_most": "不能少于"}),
        ("conference", {"addition_label": ""}, {"addition_label": "2至20"}),
        ("conference", {"addition_least": "NaN"}, {"addition_least": "数字"}),
        ("paper", {"basis": ""}, {"basis": "2至100"}),
        ("paper", {"advice": "长" * 301}, {"advice": "不超过300"}),
        ("paper", dict.fromkeys(SUBJECTS, ""), {"subjects": "至少勾选一个"}),
        ("contest", {"levels": "世界级 50"}, {"levels": "只分国家级"}),
        ("contest", {"method": "fixed", "hours": "5"}, {"method": "按级别"}),
    ],
)
def test_a_form_that_is_wrong_says_where(
    key: str, typed: dict[str, str], said: dict[str, str]
) -> None:
    with pytest.raises(Invalid) as caught:
        parse(typed_of(RULES[key]) | typed, RULES[key])
    assert set(caught.value.fields) == set(said)
    for field, words in said.items():
        assert words in caught.value.fields[field]


@given(st.dictionaries(st.sampled_from([*typed_of(SHIPPED[0])]), st.text(max_size=80)))
def test_rubbish_in_a_form_is_refused_or_is_a_rule(typed: dict[str, str]) -> None:
    try:
        rule = parse(tidy(typed_of(RULES["paper"]) | typed), RULES["paper"])
    except Invalid:
        return
    assert from_body(json.loads(json.dumps(as_body(rule)))) == rule


def test_lines_as_a_notice_has_them_are_read() -> None:
    typed = typed_of(RULES["paper"]) | {
        "levels": "　国家级　３０学时\r\n\r\n省级  20.5 \n",
        "evidence": "封面\n检索报告(选填)\n旧证（单独即可）",
    }
    rule = parse(tidy(typed), RULES["paper"])
    assert [(x.key, x.label, str(x.hours)) for x in rule.levels] == [
        ("national", "国家级", "30"), ("provincial", "省级", "20.5"),
    ]  # fmt: skip
    assert [(x.label, x.required, x.alone) for x in rule.evidence] == [
        ("封面", True, False), ("检索报告", False, False), ("旧证", False, True),
    ]  # fmt: skip
