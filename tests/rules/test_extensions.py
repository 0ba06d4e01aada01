"""Windows extended: longer for whom it is for, never a day shorter, nothing backwards."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rxapp.errors import Invalid, NotPermitted
from rxapp.rules.extensions import Extension, Window, extend, parse_extension, windows_of
from rxapp.rules.windows import (
    SHANGHAI,
    closed_sentence,
    extended_sentence,
    may_begin_lesson,
    require_claim_may_be_submitted,
    require_lesson_may_continue,
)
from rxapp.rules.years import YearPolicy, policy_2016_2019, policy_2020_on

Y2017, Y2020 = policy_2016_2019(2017), policy_2020_on(2020)
CLOSED = replace(Y2017, claim_until=date(2021, 6, 30))
DAYS = st.dates(date(2020, 1, 1), date(2022, 12, 31))
POLICIES = st.sampled_from([Y2017, Y2020, CLOSED, YearPolicy(year=2030)])
EXTENSIONS = st.lists(
    st.builds(Extension, st.sampled_from(Window), DAYS, st.none() | DAYS), max_size=5
)
WINDOWS = [each.value for each in Window]


@given(POLICIES, EXTENSIONS)
def test_an_extension_never_shortens_and_opens_nothing_that_was_shut(policy, extensions):
    after = extend(policy, extensions)
    for window in WINDOWS:
        before_until, until = (getattr(each, f"{window}_until") for each in (policy, after))
        assert getattr(after, f"{window}_from") == getattr(policy, f"{window}_from")
        if before_until is None:
            assert until is None
        else:
            assert until >= before_until
            best = [each.last_day for each in extensions if each.window == window]
            assert until == max([before_until, *best])


@given(POLICIES, EXTENSIONS)
def test_nothing_but_the_last_days_differs(policy, extensions):
    after = extend(policy, extensions)
    last_days = {f"{each}_until": getattr(policy, f"{each}_until") for each in WINDOWS}
    assert replace(after, **last_days) == policy


@given(
    POLICIES, EXTENSIONS,
    st.datetimes(datetime(2020, 1, 1), datetime(2022, 12, 31), timezones=st.just(SHANGHAI)),  # noqa: DTZ001
    st.integers(0, 10**7),
)  # fmt: skip
def test_whatever_was_allowed_still_is(policy, extensions, now, ago):
    after, begun = extend(policy, extensions), now - timedelta(seconds=ago)
    assert may_begin_lesson(after, now) or not may_begin_lesson(policy, now)
    for rule, given_ in (
        (require_lesson_may_continue, {"begun_at": begun}),
        (require_claim_may_be_submitted, {"first_submitted_at": begun}),
    ):
        try:
            rule(policy, now, **given_)
        except NotPermitted:
            continue
        rule(after, now, **given_)


def test_taken_back_it_holds_until_the_day_is_over_and_what_was_sent_in_stays():
    day = date(2021, 8, 10)
    held = Extension(Window.CLAIM, date(2021, 9, 30), revoked_on=day)
    after = extend(CLOSED, [held])
    sent = datetime(2021, 8, 10, 22, tzinfo=SHANGHAI)
    require_claim_may_be_submitted(after, sent)
    # Returned in October, it stays correctable.
    late = datetime(2021, 10, 5, tzinfo=SHANGHAI)
    require_claim_may_be_submitted(after, late, first_submitted_at=sent)
    with pytest.raises(NotPermitted):
        require_claim_may_be_submitted(after, sent + timedelta(days=1))
    begun = extend(Y2020, [Extension(Window.LEARN, date(2021, 2, 1), date(2021, 1, 20))])
    night = datetime(2021, 1, 20, 23, tzinfo=SHANGHAI)
    require_lesson_may_continue(begun, night + timedelta(hours=2), begun_at=night)
    with pytest.raises(NotPermitted):
        require_lesson_may_continue(begun, night + timedelta(hours=4), begun_at=night)


def test_the_sentences_name_the_new_last_day():
    after = extend(Y2017, [Extension(Window.MAKEUP, date(2021, 1, 31))])
    inside = datetime(2021, 1, 20, tzinfo=SHANGHAI)
    assert closed_sentence(after, inside) == ""
    assert "2021年1月31日" in extended_sentence(Y2017, after)
    assert extended_sentence(Y2017, Y2017) == ""
    assert "2021年1月31日结束" in closed_sentence(after, inside + timedelta(days=20))
    assert "2020年12月31日结束" in closed_sentence(Y2017, inside)
    # Once the claims are shut as well nobody is sent there.
    assert "可进行学时申报" in closed_sentence(Y2017, inside)
    assert "学时申报" not in closed_sentence(CLOSED, inside + timedelta(days=200))


def test_only_a_window_with_an_end_can_be_extended():
    assert windows_of(Y2020) == (Window.LEARN,)
    assert windows_of(Y2017) == (Window.MAKEUP,)
    assert windows_of(CLOSED) == (Window.MAKEUP, Window.CLAIM)
    assert windows_of(YearPolicy(year=2030)) == ()


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({}, {"window", "until", "reason"}),
        ({"window": "claim", "until": "2021-01-31", "reason": "网络故障"}, {"window"}),
        ({"window": "learn", "until": "2021-01-31", "reason": "网络故障"}, {"window"}),
        ({"window": "makeup", "until": "2020-12-31", "reason": "网络故障"}, {"until"}),
        ({"window": "makeup", "until": "2021-13-31", "reason": "网络故障"}, {"until"}),
        ({"window": "makeup", "until": "2029-01-31", "reason": "网络故障"}, {"until"}),
        ({"window": "makeup", "until": "2021-01-31", "reason": "  故 "}, {"reason"}),
        ({"window": "makeup", "until": "2021-01-31", "reason": "长" * 201}, {"reason"}),
    ],
)
def test_what_is_wrong_is_named_field_by_field(typed, wrong):
    with pytest.raises(Invalid) as refusal:
        parse_extension(Y2017, typed, today=date(2020, 12, 20))
    assert set(refusal.value.fields) == wrong


def test_what_is_right_is_read():
    typed = {"window": "makeup", "until": "2021-01-31", "reason": " 泗水县  停电三天 "}
    extension, reason = parse_extension(Y2017, typed, today=date(2021, 1, 10))
    assert extension == Extension(Window.MAKEUP, date(2021, 1, 31))
    assert reason == "泗水县 停电三天"
    with pytest.raises(Invalid, match="已经过去"):
        parse_extension(Y2017, typed, today=date(2021, 2, 10))
