"""A year as the bureau types it, and carried over to the next."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rxapp.errors import Invalid
from rxapp.rules.hours import Hours
from rxapp.rules.new_year import codes_in_year, is_opened_from, year_to_open
from rxapp.rules.year_forms import changes, labels_of, next_year, parse, typed_of
from rxapp.rules.years import policy_2016_2019, policy_2020_on

Y2020, PERIOD = policy_2020_on(2020), policy_2016_2019(2016)


@pytest.mark.parametrize("policy", [Y2020, PERIOD, policy_2020_on(2024)])
def test_what_is_shown_is_read_back_as_it_was(policy):
    typed = typed_of(policy)
    assert set(typed) == set(labels_of(policy))
    assert parse(policy, typed) == policy
    assert changes(policy, parse(policy, typed)) == []


@given(
    st.integers(0, 10_000), st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 1440),
    st.integers(10, 1000), st.integers(0, 1000),
)  # fmt: skip
def test_every_possible_year_can_be_typed(tenths, day, grace, low, more):
    wanted = replace(
        Y2020, professional=Hours(tenths), learn_from=day, learn_until=day, claim_from=None,
        finish_grace=grace, quiz_gap_seconds=(low, low + more),
    )  # fmt: skip
    assert parse(Y2020, typed_of(wanted)) == wanted


def test_a_change_is_told_in_words():
    after = parse(Y2020, typed_of(Y2020) | {"professional": "72.5", "claim_until": "2021-06-30"})
    assert changes(Y2020, after) == [
        ("专业科目", "60", "72.5"),
        ("学时申报截止", "未设", "2021-06-30"),
    ]
    assert [row[0] for row in changes(PERIOD, replace(PERIOD, total=Hours.of(80)))] == ["年均合计"]


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"public": "很多"}, {"public"}),
        ({"public": "-1"}, {"public"}),
        ({"public": "1000.1"}, {"public"}),
        ({"public": "1e22", "total": "NaN"}, {"public", "total"}),
        ({"learn_until": ""}, {"learn_until"}),
        ({"learn_until": "2020-07-14"}, {"learn_until"}),
        ({"learn_from": "15/07/2020"}, {"learn_from"}),
        ({"claim_from": "", "claim_until": "2021-01-01"}, {"claim_from"}),
        ({"gap_min": "300", "gap_max": "200"}, {"gap_max"}),
        ({"gap_min": "5"}, {"gap_min"}),
        ({"finish_grace": "1441"}, {"finish_grace"}),
        ({"finish_grace": "٣"}, {"finish_grace"}),
        ({"finish_grace": "000120" + "9" * 5000}, {"finish_grace"}),
        ({"gap_min": "0003001", "gap_max": "9" * 5000}, {"gap_min", "gap_max"}),
        ({"public": "9" * 5000}, {"public"}),
    ],
)
def test_what_is_wrong_is_named_field_by_field(typed, wrong):
    with pytest.raises(Invalid) as refusal:
        parse(Y2020, typed_of(Y2020) | typed)
    assert set(refusal.value.fields) == wrong


def test_a_period_has_no_minimum_of_a_subject_to_change():
    assert "public" not in labels_of(PERIOD)
    assert parse(PERIOD, typed_of(PERIOD) | {"public": "30"}) == PERIOD


def test_the_next_year_asks_the_same_a_year_later():
    typed = typed_of(Y2020) | {"professional": "72", "claim_until": "2021-03-31"}
    after = next_year(parse(Y2020, typed))
    assert (after.year, after.professional, after.public) == (2021, Hours.of(72), Hours.of(30))
    # The first year began in July with the platform; whole years begin in January.
    assert (after.learn_from, after.learn_until) == (date(2021, 1, 1), date(2021, 12, 31))
    assert (after.claim_from, after.claim_until) == (date(2021, 1, 1), date(2022, 3, 31))
    leap = replace(policy_2020_on(2024), learn_until=date(2024, 2, 29))
    assert next_year(leap).learn_until == date(2025, 2, 28)


@pytest.mark.parametrize(
    ("today", "year", "closed"),
    [
        (date(2020, 8, 3), 2021, True),
        (date(2020, 10, 31), 2021, True),
        (date(2020, 11, 1), 2021, False),
        (date(2021, 3, 1), 2021, False),
        (date(2021, 11, 1), 2022, False),
    ],
)
def test_a_year_is_opened_from_november_on(today, year, closed):
    assert year_to_open(today) == year
    assert bool(is_opened_from(today)) is closed


@given(st.text("abc-0129", min_size=1, max_size=33))
def test_codes_stay_short_and_move_with_the_year(rest):
    assert codes_in_year(f"2020-{rest}", 2020, 2021)[0] == f"2021-{rest}"
    for code in (rest, rest * 2, f"2020-{rest}"):
        found = codes_in_year(code, 2020, 2021)
        assert len(set(found)) == len(found) >= 4
        assert all(each.startswith("2021-") and len(each) <= 40 for each in found)
    # Without its year at the head a code never meets the one that has it.
    assert not set(codes_in_year(rest, 2020, 2021)) & set(codes_in_year(f"2020-{rest}", 2020, 2021))
