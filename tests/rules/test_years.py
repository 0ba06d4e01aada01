"""What a year asks, and that a standing says exactly what is missing."""

import random
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rxapp.errors import Invalid
from rxapp.rules.hours import ZERO, Hours
from rxapp.rules.subjects import Subject
from rxapp.rules.years import (
    Bucket,
    Missing,
    YearPolicy,
    owed_total,
    policy_2016_2019,
    policy_2020_on,
    rings,
    standing,
    sum_by_subject,
)

R, E, P = Subject.PUBLIC_REQUIRED, Subject.PUBLIC_ELECTIVE, Subject.PROFESSIONAL
Y2020 = policy_2020_on(2020)
Y2017 = policy_2016_2019(2017)

near_twenty = st.integers(0, 450) | st.sampled_from([99, 100, 101, 199, 200, 201, 300])
near_sixty = st.integers(0, 1000) | st.sampled_from([599, 600, 601, 899, 900])
some_credits = st.lists(
    st.tuples(st.sampled_from(Subject), st.integers(-50, 300).map(Hours)), max_size=12
)
minimum = st.integers(0, 400).map(Hours)
any_policy = st.builds(
    lambda *n: replace(
        Y2020, required=n[0], elective=n[1], public=n[2], professional=n[3], total=n[4]
    ),
    *[minimum] * 5,
)


def held(required=0, elective=0, professional=0) -> dict[Subject, Hours]:
    return {R: Hours.of(required), E: Hours.of(elective), P: Hours.of(professional)}


def of_2020(*hours, today=None, owes_from=2020):
    return standing(Y2020, held(*hours), owes_from=owes_from, today=today)


# --- the shipped policies ---


def test_2020_opens_in_july_and_later_years_in_january():
    p = Y2020
    assert [str(h) for h in (p.required, p.elective, p.public, p.professional, p.total)] == [
        *("20", "10", "30", "60", "90")
    ]
    assert (p.learn_from, p.learn_until) == (date(2020, 7, 15), date(2020, 12, 31))
    later = policy_2020_on(2031)
    assert (later.learn_from, later.learn_until) == (date(2031, 1, 1), date(2031, 12, 31))
    assert (p.finish_grace, p.quiz_gap_seconds, p.beat_seconds) == (120, (300, 720), 10)
    assert (p.period, p.makeup_from, p.claim_until) == (None, None, None)


def test_2016_to_2019_is_one_period_with_a_make_up_window():
    p = Y2017
    assert (p.period, p.total, p.public) == ("2016-2019", Hours.of(90), ZERO)
    assert list(p.period_years) == [2016, 2017, 2018, 2019]
    assert p.learning_days == (date(2020, 7, 15), date(2020, 12, 31))
    assert p.claim_until is None
    assert (p.label, Y2020.label) == ("2016—2019年度", "2020年度")


def test_policies_are_not_made_for_the_wrong_years():
    for make, year in ((policy_2020_on, 2019), (policy_2016_2019, 2020), (policy_2016_2019, 2015)):
        with pytest.raises(Invalid):
            make(year)


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("year", {"year": 20}),
        ("total", {"total": Hours(-1)}),
        ("period", {"period": "2016"}),
        ("period", {"period": "2021-2022"}),
        ("learn_until", {"learn_until": date(2020, 7, 14)}),
        ("learn_until", {"learn_until": None}),
        ("learn_from", {"learn_from": None}),
        ("makeup_until", {"makeup_from": date(2020, 7, 15)}),
        ("claim_until", {"claim_until": date(2020, 7, 14)}),
        ("claim_from", {"claim_from": None, "claim_until": date(2020, 7, 14)}),
        ("quiz_gap_seconds", {"quiz_gap_seconds": (720, 300)}),
        ("quiz_gap_seconds", {"quiz_gap_seconds": (0, 300)}),
        ("beat_seconds", {"beat_seconds": 0}),
        ("finish_grace", {"finish_grace": -1}),
    ],
)
def test_a_policy_that_cannot_be_meant_is_refused(field, changes):
    with pytest.raises(Invalid) as refusal:
        replace(Y2020, **changes)
    assert list(refusal.value.fields) == [field]


# --- a year that stands alone ---


@given(near_twenty, near_twenty, near_sixty)
def test_complete_means_every_minimum_of_2020_is_reached(required, elective, professional):
    result = standing(
        Y2020, {R: Hours(required), E: Hours(elective), P: Hours(professional)}, owes_from=2020
    )
    expected = (
        required >= 200
        and elective >= 100
        and required + elective >= 300
        and professional >= 600
        and required + elective + professional >= 900
    )
    assert result.complete == expected == (result.missing == ()) == result.certifiable


@given(any_policy, near_twenty, near_twenty, near_sixty)
def test_missing_is_exactly_what_would_complete_it(policy, required, elective, professional):
    have = {R: Hours(required), E: Hours(elective), P: Hours(professional)}
    result = standing(policy, have, owes_from=2020)
    sums = {
        Bucket.REQUIRED: (required, policy.required),
        Bucket.ELECTIVE: (elective, policy.elective),
        Bucket.PUBLIC: (required + elective, policy.public),
        Bucket.PROFESSIONAL: (professional, policy.professional),
        Bucket.TOTAL: (required + elective + professional, policy.total),
    }
    assert result.missing == tuple(
        Missing(bucket, Hours(need.tenths - have))
        for bucket, (have, need) in sums.items()
        if have < need.tenths
    )
    assert result.complete == (not result.missing)


@given(any_policy, some_credits, st.sampled_from(Subject), st.integers(0, 500))
def test_adding_a_credit_never_makes_a_standing_worse(policy, lines, subject, more):
    before = standing(policy, sum_by_subject(lines), owes_from=2020)
    after = standing(policy, sum_by_subject([*lines, (subject, Hours(more))]), owes_from=2020)
    short_before = {m.bucket: m.hours for m in before.missing}
    assert all(m.hours <= short_before.get(m.bucket, ZERO) for m in after.missing)
    assert after.complete or not before.complete
    assert all(a.percent >= b.percent for a, b in zip(rings(after), rings(before), strict=True))


@given(some_credits, st.integers(0, 99))
def test_the_order_of_credits_is_irrelevant(lines, seed):
    shuffled = random.Random(seed).sample(lines, len(lines))
    assert standing(Y2020, sum_by_subject(lines), owes_from=2020) == standing(
        Y2020, sum_by_subject(shuffled), owes_from=2020
    )


@given(some_credits)
def test_a_credit_and_its_reversal_leave_no_trace(lines):
    undone = [*lines, *((subject, -hours) for subject, hours in lines)]
    assert sum_by_subject(undone) == dict.fromkeys(Subject, ZERO)


def test_electives_beyond_ten_count_to_public_but_not_to_required():
    result = of_2020(15, 15, 60)
    assert (result.public, result.total) == (Hours.of(30), Hours.of(90))
    assert result.missing == (Missing(Bucket.REQUIRED, Hours.of(5)),)


def test_public_is_held_to_its_own_minimum_where_a_bureau_raises_it():
    stricter = replace(Y2020, public=Hours.of(40))
    result = standing(stricter, held(20, 10, 60), owes_from=2020)
    assert result.missing == (Missing(Bucket.PUBLIC, Hours.of(10)),)


def test_a_minimum_of_zero_asks_for_nothing():
    result = standing(YearPolicy(year=2025), {R: Hours(-1)}, owes_from=2020)
    assert result.complete
    assert {r.percent for r in rings(result)} == {100}


def test_years_before_somebody_owes_are_not_owed():
    assert of_2020(owes_from=2020).owed
    before = of_2020(owes_from=2021)
    assert not before.owed
    assert not before.certifiable
    assert "不在您的应学年度内" in before.next_step


def test_a_year_not_owed_but_completed_can_be_certified():
    assert of_2020(20, 10, 60, owes_from=2021).certifiable
    idle = standing(YearPolicy(year=2020), {}, owes_from=2021)
    assert idle.complete
    assert not idle.certifiable


# --- the period ---


@given(
    st.dictionaries(st.integers(2014, 2021), st.integers(0, 1500), max_size=8),
    st.integers(2010, 2025),
)
def test_the_average_of_the_owed_years_is_exact(tenths_by_year, owes_from):
    totals = {year: Hours(tenths) for year, tenths in tenths_by_year.items()}
    together = owed_total(Y2017, totals, owes_from=owes_from)
    owed = [year for year in (2016, 2017, 2018, 2019) if year >= owes_from]
    exact = sum(tenths_by_year.get(year, 0) for year in owed)
    result = standing(Y2017, {}, owes_from=owes_from, period_total=together)
    assert together.tenths == exact
    assert result.complete == (exact >= 900 * len(owed)) == (result.missing == ())
    assert result.owed == (owes_from <= 2017)
    if owed:
        assert result.period_average == Hours(exact // len(owed))
    else:
        assert result.period_average is None


@pytest.mark.parametrize(("hours", "complete"), [("270", True), ("269.9", False)])
def test_a_tenth_decides_and_the_rounded_average_does_not_hide_it(hours, complete):
    result = standing(Y2017, {}, owes_from=2017, period_total=Hours.of(hours))
    assert result.complete is complete
    assert (result.period_average == Hours.of(90)) is complete
    assert rings(result)[0].percent == (100 if complete else 99)


def test_the_period_has_no_minimum_per_subject():
    result = standing(Y2017, held(professional=360), owes_from=2016, period_total=Hours.of(360))
    assert result.complete
    assert result.certifiable
    assert [r.label for r in rings(result)] == ["2016—2019年度合计"]


def test_somebody_who_owes_nothing_in_the_period_has_nothing_to_certify():
    result = standing(Y2017, {}, owes_from=2020, period_total=ZERO)
    assert result.complete
    assert not result.owed
    assert not result.certifiable
    assert "无需" in result.next_step


def test_a_period_cannot_be_judged_from_one_year():
    with pytest.raises(ValueError, match="period"):
        standing(Y2017, held(90), owes_from=2016)


# --- what to do next ---


@pytest.mark.parametrize(
    ("hours", "sentence"),
    [
        ((14, 0, 0), "公需必修还差 6 学时，先去学公需科目培训。"),
        ((20, "8.5", 0), "公需选修还差 1.5 学时，请在公需科目培训中自选选修课程。"),
        ((20, 10, 50), "专业科目还差 10 学时，可去学专业科目培训，也可进行学时申报。"),
        ((20, 10, 60), "2020年度学时已达到要求，可以打印学时证明。"),
    ],
)
def test_the_next_step_names_one_thing(hours, sentence):
    assert of_2020(*hours).next_step == sentence


def test_a_higher_total_is_asked_for_last():
    stricter = replace(Y2020, total=Hours.of(100))
    result = standing(stricter, held(20, 10, 60), owes_from=2020)
    assert result.next_step.startswith("总学时还差 10 学时")


@pytest.mark.parametrize(
    ("today", "part"),
    [
        (date(2020, 7, 14), "2020年7月15日开课"),
        (date(2020, 7, 15), "先去学公需科目培训"),
        (date(2020, 12, 31), "先去学公需科目培训"),
        (date(2021, 1, 1), "在线学习未开放"),
    ],
)
def test_the_next_step_fits_the_day(today, part):
    assert part in of_2020(14, today=today).next_step


def test_when_everything_is_over_the_next_step_says_whom_to_ask():
    ended = replace(Y2020, claim_until=date(2021, 6, 30))
    late = standing(ended, {}, owes_from=2020, today=date(2021, 7, 1))
    assert "联系单位管理员" in late.next_step
    in_time = standing(ended, {}, owes_from=2020, today=date(2021, 6, 30))
    assert "学时申报" in in_time.next_step


@pytest.mark.parametrize(
    ("today", "part"),
    [
        (date(2020, 7, 1), "课程2020年7月15日开课"),
        (date(2020, 8, 1), "可参加补学，也可进行学时申报"),
        (date(2021, 1, 1), "在其他地方取得的学时可进行学时申报"),
    ],
)
def test_the_next_step_of_a_period(today, part):
    result = standing(Y2017, {}, owes_from=2016, period_total=Hours.of(350), today=today)
    assert "2016—2019年度合计还差 10 学时" in result.next_step
    assert part in result.next_step


@given(
    any_policy, some_credits, st.integers(2019, 2022), st.dates(date(2020, 1, 1), date(2022, 1, 1))
)
def test_the_next_step_never_contradicts_the_standing(policy, lines, owes_from, today):
    result = standing(policy, sum_by_subject(lines), owes_from=owes_from, today=today)
    assert ("可以打印学时证明" in result.next_step) == result.certifiable
    assert ("还差" in result.next_step) == bool(result.owed and result.missing)
    if result.owed and result.missing:
        first = result.missing[0]
        assert f"{first.bucket.label}还差 {first.hours} 学时" in result.next_step
    if today < date(2020, 7, 15) or today > date(2020, 12, 31):
        assert "先去学" not in result.next_step
    assert result.next_step.endswith("。")


# --- rings ---


def test_three_rings_with_their_numbers():
    shown = rings(of_2020(20, 4, 60))
    assert [(r.label, str(r.have), str(r.need), r.percent) for r in shown] == [
        ("公需科目", "24", "30", 80),
        ("专业科目", "60", "60", 100),
        ("总学时", "84", "90", 93),
    ]


@given(any_policy, some_credits)
def test_a_ring_is_full_exactly_when_its_minimum_is_reached(policy, lines):
    result = standing(policy, sum_by_subject(lines), owes_from=2020)
    unmet = {m.bucket for m in result.missing}
    assert len(rings(result)) == 3
    for ring in rings(result):
        assert 0 <= ring.percent <= 100
        assert (ring.percent == 100) == (ring.bucket not in unmet)
