"""A year's requirements and windows as the bureau types them, and what a change comes to."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from rxapp.errors import Invalid
from rxapp.rules.extensions import parse_day
from rxapp.rules.hours import Hours
from rxapp.rules.years import YearPolicy

MOST_HOURS = Hours.of(1000)
LONGEST_GAP = 3600
LONGEST_NUMBER = 6
HOURS = {
    "required": "公需必修", "elective": "公需选修", "public": "公需科目",
    "professional": "专业科目", "total": "合计",
}  # fmt: skip
DAYS = {
    "learn_from": "课程学习开始", "learn_until": "课程学习截止", "makeup_from": "补学开始",
    "makeup_until": "补学截止", "claim_from": "学时申报开始", "claim_until": "学时申报截止",
}  # fmt: skip
NUMBERS = {
    "finish_grace": "截止后延长完成（分钟）", "gap_min": "弹题间隔最短（秒）",
    "gap_max": "弹题间隔最长（秒）",
}  # fmt: skip
LIMITS = {"finish_grace": (0, 24 * 60), "gap_min": (10, LONGEST_GAP), "gap_max": (10, LONGEST_GAP)}
# Years that are averaged have no minimum of each subject and are only made up for.
_OF_A_PERIOD = frozenset({"total", "makeup_from", "makeup_until", "claim_from", "claim_until"})
_MADE_UP = frozenset({"makeup_from", "makeup_until"})
AVERAGE = "年均合计"
NEVER = "未设"


def labels_of(policy: YearPolicy) -> dict[str, str]:
    """The fields of a year's form and what they are called, in their order."""
    every = HOURS | DAYS | NUMBERS
    if policy.period:
        asked = {k: v for k, v in every.items() if k in _OF_A_PERIOD or k in NUMBERS}
        return asked | {"total": AVERAGE}
    return {k: v for k, v in every.items() if k not in _MADE_UP}


def typed_of(policy: YearPolicy) -> dict[str, str]:
    """The form of a policy as it holds."""
    low, high = policy.quiz_gap_seconds
    numbers = {"finish_grace": policy.finish_grace, "gap_min": low, "gap_max": high}
    return {
        name: str(numbers[name]) if name in numbers else _plain(getattr(policy, name))
        for name in labels_of(policy)
    }


def parse(policy: YearPolicy, typed: Mapping[str, str]) -> YearPolicy:
    """The policy that was typed over another; Invalid names every wrong field."""
    faults: dict[str, str] = {}
    wanted: dict[str, Any] = {}
    for name, label in labels_of(policy).items():
        try:
            wanted[name] = _read(name, label, typed.get(name, "").strip())
        except Invalid as error:
            faults |= error.fields
    low, high = policy.quiz_gap_seconds
    gap = (wanted.pop("gap_min", low), wanted.pop("gap_max", high))
    try:
        after = replace(policy, **wanted, quiz_gap_seconds=gap)
    except Invalid as error:
        renamed = {"quiz_gap_seconds": "gap_max"}
        raise Invalid({renamed.get(k, k): v for k, v in error.fields.items()} | faults) from None
    if faults:
        raise Invalid(faults)
    return after


def changes(before: YearPolicy, after: YearPolicy) -> list[tuple[str, str, str]]:
    """What differs: what it is called, what it was, what it becomes."""
    old, new = typed_of(before), typed_of(after)
    return [
        (label, old[name] or NEVER, new[name] or NEVER)
        for name, label in labels_of(before).items()
        if old[name] != new[name]
    ]


def next_year(policy: YearPolicy) -> YearPolicy:
    """The policy carried over to the year after, every day of it a year later.

    The windows of 2020 began only with the platform (article 6.3): later years begin in January.
    """
    moved = {name: _later(getattr(policy, name)) for name in DAYS}
    after = replace(policy, year=policy.year + 1, **moved)  # type: ignore[arg-type]
    if policy.year != 2020 or policy.period:
        return after
    first = date(after.year, 1, 1)
    return replace(
        after,
        learn_from=first if after.learn_from else None,
        claim_from=first if after.claim_from else None,
    )


def _later(day: date | None) -> date | None:
    if day is None:
        return None
    # The 29th of February has no like in the year after.
    return day.replace(year=day.year + 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


def _read(name: str, label: str, text: str) -> Hours | date | int | None:
    if name in HOURS:
        return _hours(name, label, text)
    if name in NUMBERS:
        return _number(name, label, text)
    if not text:
        return None
    found = parse_day(text)
    if found is None or not 2000 <= found.year <= 2199:
        raise Invalid({name: f"请填写{label}的日期，或者留空。"})
    return found


def _hours(name: str, label: str, text: str) -> Hours:
    try:
        found = Hours.of(text)
    except Invalid as error:
        raise Invalid({name: error.message}) from None
    if not Hours(0) <= found <= MOST_HOURS:
        raise Invalid({name: f"{label}应为0至{MOST_HOURS}学时。"})
    return found


def _number(name: str, label: str, text: str) -> int:
    least, most = LIMITS[name]
    plain = text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER
    if not (plain and least <= int(text) <= most):
        raise Invalid({name: f"{label}应为{least}至{most}之间的整数。"})
    return int(text)


def _plain(value: Hours | date | None) -> str:
    return "" if value is None else str(value)
