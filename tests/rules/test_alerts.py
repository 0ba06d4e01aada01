"""What is told, when, and how often."""

from datetime import date

from rxapp.rules.alerts import Cause, Kind, Known, Turn, turns

TODAY, YESTERDAY = date(2026, 12, 2), date(2026, 12, 1)
FULL = Cause("disk", "满了。")


def kinds(found: list[Cause], *known: Known) -> list[Kind]:
    return [turn.kind for turn in turns(found, known, TODAY)]


def test_it_is_told_when_it_begins_and_not_again_on_that_day() -> None:
    assert turns([FULL], [], TODAY) == [Turn(Kind.TOLD, "disk", "满了。")]
    assert kinds([FULL], Known("disk", "满了。", TODAY)) == []


def test_it_is_told_again_on_each_day_it_lasts() -> None:
    assert kinds([FULL], Known("disk", "满了。", YESTERDAY)) == [Kind.TOLD]


def test_that_it_is_over_is_told_once() -> None:
    assert turns([], [Known("disk", "满了。", TODAY)], TODAY) == [Turn(Kind.OVER, "disk", "满了。")]
    assert kinds([], Known("disk", "满了。", TODAY, is_over=True)) == []


def test_what_comes_and_goes_is_told_once_a_day() -> None:
    assert kinds([FULL], Known("disk", "满了。", TODAY, is_over=True)) == [Kind.AGAIN]
    # Nobody was told that it came again, so nobody is told that it went.
    assert kinds([], Known("disk", "满了。", TODAY, quiet=True)) == [Kind.GONE]
    assert kinds([FULL], Known("disk", "满了。", YESTERDAY, quiet=True)) == [Kind.TOLD]
    assert kinds([FULL], Known("disk", "满了。", YESTERDAY, is_over=True)) == [Kind.TOLD]


def test_each_cause_stands_for_itself() -> None:
    other = Cause("job:sealing", "失败。")
    assert kinds([FULL, other], Known("disk", "满了。", TODAY)) == [Kind.TOLD]
