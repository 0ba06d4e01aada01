"""The fewest hours that complete a year, and until when they can come."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from rxapp.rules.behind import gaps_in_words, least_to_go, until_in_words
from rxapp.rules.hours import Hours
from rxapp.rules.subjects import Subject
from rxapp.rules.years import policy_2016_2019, policy_2020_on, standing

POLICY = policy_2020_on(2020)
tenths = st.integers(0, 1000)


def of(required: int, elective: int, professional: int):  # type: ignore[no-untyped-def]
    held = {
        Subject.PUBLIC_REQUIRED: Hours(required), Subject.PUBLIC_ELECTIVE: Hours(elective),
        Subject.PROFESSIONAL: Hours(professional),
    }  # fmt: skip
    return standing(POLICY, held, owes_from=2016)


@given(tenths, tenths, tenths)
def test_so_many_hours_complete_the_year_and_one_tenth_less_never_does(
    required: int, elective: int, professional: int
) -> None:
    to_go = least_to_go(of(required, elective, professional)).tenths
    assert (to_go == 0) == of(required, elective, professional).complete
    if to_go == 0:
        return
    # Given where they are missed, the hours suffice.
    r, e, p = max(0, 200 - required), max(0, 100 - elective), max(0, 600 - professional)
    public = max(r + e, 300 - required - elective)
    rest = to_go - public - p
    assert rest >= 0
    assert of(required + public - e, elective + e, professional + p + rest).complete
    # Spread in any of a few ways, fewer do not.
    less = to_go - 1
    for first in {0, min(less, r), less}:
        for second in {0, min(less - first, e), less - first}:
            short = of(required + first, elective + second, professional + less - first - second)
            assert not short.complete


def test_a_period_lacks_one_sum() -> None:
    policy = policy_2016_2019(2019)
    found = standing(policy, {}, owes_from=2018, period_total=Hours.of(100))
    assert least_to_go(found) == Hours.of(80)
    assert gaps_in_words(found) == "合计还差80学时"


def test_it_is_said_in_words() -> None:
    assert gaps_in_words(of(120, 100, 400)) == (
        "公需必修还差8学时、公需科目还差8学时、专业科目还差20学时、总学时还差28学时，至少还需28学时"
    )


def test_until_when_follows_the_windows() -> None:
    def told(day: date, *, claims: bool = True) -> str:
        return until_in_words(POLICY, day, claims_open=claims)

    assert told(date(2020, 7, 1)) == "课程学习2020年7月15日开始，学时申报2020年7月15日开始"
    assert told(date(2020, 8, 1), claims=False) == "课程学习到2020年12月31日止"
    assert told(date(2020, 12, 31)) == "课程学习到2020年12月31日止，在其他地方取得的学时可以申报"
    assert told(date(2021, 1, 1)) == "在其他地方取得的学时可以申报"
    assert told(date(2021, 1, 1), claims=False).startswith("学习和申报均已结束")
    period = policy_2016_2019(2018)
    assert until_in_words(period, date(2020, 8, 1), claims_open=False) == "补学到2020年12月31日止"
