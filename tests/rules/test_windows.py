"""When lessons begin, end and claims are taken, each refusal beside what is allowed."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rxapp.errors import NotPermitted
from rxapp.rules.windows import (
    SHANGHAI,
    learning_window,
    may_begin_lesson,
    require_claim_may_be_submitted,
    require_lesson_may_begin,
    require_lesson_may_continue,
)
from rxapp.rules.years import YearPolicy, policy_2016_2019, policy_2020_on

SECOND = timedelta(seconds=1)
# Bounds and mistakes without a zone are what these tests need.
FIRST, LAST = datetime(2020, 1, 1), datetime(2022, 12, 31)  # noqa: DTZ001
Y2020, Y2021, Y2017 = policy_2020_on(2020), policy_2020_on(2021), policy_2016_2019(2017)


def at(year, month, day, hour=0, minute=0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=SHANGHAI)


def refusal_of(rule, *args, **kwargs) -> str:
    with pytest.raises(NotPermitted) as refusal:
        rule(*args, **kwargs)
    assert refusal.value.message.endswith("。")
    return refusal.value.message


@pytest.mark.parametrize(
    ("policy", "opens", "closes", "article"),
    [
        (Y2020, at(2020, 7, 15), at(2021, 1, 1), "第六条第3项"),
        (Y2021, at(2021, 1, 1), at(2022, 1, 1), "第三条"),
        (Y2017, at(2020, 7, 15), at(2021, 1, 1), "第六条第3项"),
    ],
)
def test_lessons_begin_between_the_days_of_their_year(policy, opens, closes, article):
    for moment in (opens, closes - SECOND):
        require_lesson_may_begin(policy, moment)
        assert may_begin_lesson(policy, moment)
    for moment in (opens - SECOND, closes, closes + timedelta(days=400)):
        assert f"《通知》{article}" in refusal_of(require_lesson_may_begin, policy, moment)
        assert not may_begin_lesson(policy, moment)


def test_before_it_opens_the_day_is_named():
    assert "7月15日开课" in refusal_of(require_lesson_may_begin, Y2020, at(2020, 7, 14))
    assert "不再开放" in refusal_of(require_lesson_may_begin, Y2017, at(2021, 1, 1))


def test_a_lesson_begun_in_time_may_be_finished_until_two():
    begun, two = at(2020, 12, 31, 23, 59), at(2021, 1, 1, 2)
    require_lesson_may_continue(Y2020, at(2021, 1, 1), begun_at=begun)
    require_lesson_may_continue(Y2020, two - SECOND, begun_at=begun)
    refusal_of(require_lesson_may_continue, Y2020, two, begun_at=begun)
    refusal_of(require_lesson_may_continue, Y2020, two - SECOND, begun_at=at(2021, 1, 1))
    refusal_of(require_lesson_may_continue, Y2020, two - SECOND, begun_at=None)
    refusal_of(require_lesson_may_continue, Y2020, two - SECOND, begun_at=at(2020, 7, 14))


def test_the_grace_is_policy_and_holds_for_make_up_lessons():
    begun, half_past = at(2020, 12, 31, 23), at(2021, 1, 1, 0, 30)
    require_lesson_may_continue(Y2017, half_past, begun_at=begun)
    strict = replace(Y2017, finish_grace=30)
    refusal_of(require_lesson_may_continue, strict, half_past, begun_at=begun)


def test_a_lesson_of_any_age_continues_inside_the_window():
    require_lesson_may_continue(Y2020, at(2020, 8, 1), begun_at=None)
    refusal_of(require_lesson_may_continue, Y2020, at(2020, 7, 14), begun_at=at(2020, 7, 14))


@given(
    st.sampled_from([Y2020, Y2021, Y2017]),
    st.datetimes(FIRST, LAST, timezones=st.just(UTC)),
    st.integers(0, 10**7),
)
def test_what_may_begin_may_continue_and_nothing_continues_past_the_grace(policy, now, ago):
    window = learning_window(policy)
    assert window is not None
    begun = now - timedelta(seconds=ago)
    try:
        require_lesson_may_continue(policy, now, begun_at=begun)
        continues = True
    except NotPermitted:
        continues = False
    begun_inside = window.opens <= begun < window.closes
    expected = window.opens <= now < window.closes or (
        window.closes <= now < window.finished_by and begun_inside
    )
    assert continues == expected
    assert continues or not may_begin_lesson(policy, now)


def test_the_same_moment_in_another_zone_is_judged_alike():
    last = datetime(2020, 12, 31, 15, 59, 59, tzinfo=UTC)
    require_lesson_may_begin(Y2020, last)
    refusal_of(require_lesson_may_begin, Y2020, last + SECOND)


def test_a_moment_without_zone_is_a_mistake():
    with pytest.raises(ValueError, match="time zone"):
        require_lesson_may_begin(Y2020, FIRST)


def test_a_year_without_learning_says_so():
    closed = YearPolicy(year=2030)
    assert learning_window(closed) is None
    assert "没有开放" in refusal_of(require_lesson_may_begin, closed, at(2030, 5, 1))
    refusal_of(require_lesson_may_continue, closed, at(2030, 5, 1), begun_at=at(2030, 5, 1))


def test_claims_of_the_period_stay_open_until_the_bureau_closes_them():
    require_claim_may_be_submitted(Y2017, at(2024, 2, 29))
    early = refusal_of(require_claim_may_be_submitted, Y2017, at(2020, 7, 14))
    assert "第四条第（三）项" in early
    assert "2020年7月15日" in early
    ended = replace(Y2017, claim_until=date(2021, 6, 30))
    require_claim_may_be_submitted(ended, at(2021, 6, 30, 23, 59))
    assert "2021年6月30日" in refusal_of(require_claim_may_be_submitted, ended, at(2021, 7, 1))


def test_a_returned_claim_is_judged_by_its_first_submission():
    ended, late = replace(Y2020, claim_until=date(2021, 6, 30)), at(2021, 8, 1)
    require_claim_may_be_submitted(ended, late, first_submitted_at=at(2021, 6, 30, 23))
    refusal_of(require_claim_may_be_submitted, ended, late)
    refusal_of(require_claim_may_be_submitted, ended, late, first_submitted_at=at(2021, 7, 1))


def test_closed_claims_name_the_article():
    message = refusal_of(require_claim_may_be_submitted, YearPolicy(year=2030), at(2030, 1, 1))
    assert "第三条第（三）项" in message
