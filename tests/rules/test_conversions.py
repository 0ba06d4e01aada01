"""What an achievement comes to: the notice's contests, every way of computing, every end."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rxapp.errors import Invalid
from rxapp.rules.conversion_bodies import as_body, from_body
from rxapp.rules.conversion_catalogue import SHIPPED
from rxapp.rules.conversion_facts import fields_of, parse_facts
from rxapp.rules.conversions import (
    Addition,
    Caps,
    ConversionRule,
    Facts,
    Level,
    Method,
    Unit,
    Used,
    convert,
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
