"""Matters of supervision: the table holds, terms end on their day, nothing without its grounds."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rxapp.errors import Invalid
from rxapp.rules.cases import (
    LONGEST_REASON,
    MOST_ORDER_DAYS,
    ORDER_TRANSITIONS,
    READS,
    TRANSITIONS,
    Act,
    Entry,
    Finding,
    OrderAct,
    OrderStatus,
    Side,
    Status,
    expires_on,
    is_in_force,
    parse_due,
    parse_grounds,
    parse_text,
    status_on,
)

DAYS = st.dates(date(2016, 1, 1), date(2090, 12, 31))
TODAY = date(2020, 8, 3)


def test_every_status_and_act_leads_where_the_table_says_and_nowhere_else() -> None:
    allowed = {
        "notified": {"answer", "withdraw"}, "answered": {"answer", "decide", "withdraw"},
        "expired": {"answer", "decide", "withdraw"}, "decided": {"close"}, "closed": set(),
        "withdrawn": set(),
    }  # fmt: skip
    for status in Status:
        assert {act for act in Act if (status, act) in TRANSITIONS} == allowed[status]
    # Nobody is decided on unheard, and what has ended stays so.
    assert (Status.NOTIFIED, Act.DECIDE) not in TRANSITIONS
    assert set(TRANSITIONS.values()) == {
        Status.ANSWERED, Status.DECIDED, Status.CLOSED, Status.WITHDRAWN,
    }  # fmt: skip


def test_an_order_ends_once() -> None:
    for status in OrderStatus:
        acts = {act for act in OrderAct if (status, act) in ORDER_TRANSITIONS}
        assert acts == (set() if status is OrderStatus.LIFTED else set(OrderAct))


def test_everything_has_its_word() -> None:
    for words in (Status, Finding, Entry, OrderStatus):
        labels = [each.label for each in words]
        assert all(labels)
        assert len(set(labels)) == len(labels)


def test_the_other_side_does_not_read_who_answers_for_the_review() -> None:
    assert READS[Side.BUREAU] == set(Entry)
    assert Entry.HELD not in READS[Side.PERSON] | READS[Side.ORGANISATION]
    assert Entry.REPORTED not in READS[Side.PERSON]
    assert {Entry.OPENED, Entry.ANSWERED, Entry.DECIDED, Entry.REVOKED} <= READS[Side.PERSON]


@given(DAYS, st.integers(-400, 400))
def test_a_matter_expires_only_after_its_last_day(answer_by: date, shift: int) -> None:
    today = answer_by + timedelta(days=shift)
    assert (status_on(Status.NOTIFIED, answer_by, today) is Status.EXPIRED) == (shift > 0)
    for other in set(Status) - {Status.NOTIFIED}:
        assert status_on(other, answer_by, today) is other


@given(DAYS)
def test_a_record_holds_three_years_and_not_a_day_more(decided: date) -> None:
    last = expires_on(decided)
    assert last.year == decided.year + 3
    leap = (decided.month, decided.day) == (2, 29)
    assert (last.month, last.day) == ((2, 28) if leap else (decided.month, decided.day))
    assert is_in_force(last, last, cancelled=False)
    assert not is_in_force(last, last + timedelta(days=1), cancelled=False)
    assert is_in_force(last, decided, cancelled=False)
    assert not is_in_force(last, decided, cancelled=True)


def test_a_leap_day_ends_on_the_last_of_february() -> None:
    assert expires_on(date(2020, 2, 29)) == date(2023, 2, 28)


@given(st.text(max_size=30), st.text(max_size=30))
def test_no_act_without_reason_and_basis(reason: str, basis: str) -> None:
    empty = {
        field
        for field, typed in (("reason", reason), ("basis", basis))
        if not "".join(typed.split())
    }
    if empty:
        with pytest.raises(Invalid) as caught:
            parse_grounds(reason, basis)
        assert set(caught.value.fields) == empty
        return
    kept = parse_grounds(reason, basis)
    # Only blanks are tidied: no character of what was said is lost.
    assert ["".join(each.split()) for each in kept] == [
        "".join(each.split()) for each in (reason, basis)
    ]


def test_too_long_is_told_not_cut() -> None:
    with pytest.raises(Invalid, match="400"):
        parse_grounds("长" * (LONGEST_REASON + 1), "依据")
    assert parse_text("一\n\n 二  三 \n", "text", "内容") == "一\n二 三"


@given(st.integers(-30, 800))
def test_an_order_is_for_days_to_come_and_at_most_a_year(days: int) -> None:
    typed = (TODAY + timedelta(days=days)).isoformat()
    if 1 <= days <= MOST_ORDER_DAYS:
        assert parse_due(typed, TODAY).isoformat() == typed
        return
    with pytest.raises(Invalid):
        parse_due(typed, TODAY)


@pytest.mark.parametrize("typed", ["", "明天", "2020-13-01", "20200801x", "2020-08-20"])
def test_an_order_is_only_ever_made_longer(typed: str) -> None:
    with pytest.raises(Invalid):
        parse_due(typed, TODAY, after=date(2020, 8, 20))
    assert parse_due("2020-08-21", TODAY, after=date(2020, 8, 20)) == date(2020, 8, 21)
