"""Windows held open longer than the year's policy says, with the reason (延长期限)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from rxapp.errors import Invalid
from rxapp.rules.years import YearPolicy

SHORTEST_REASON, LONGEST_REASON = 4, 200
FURTHEST = timedelta(days=366)


class Window(StrEnum):
    """What a year's window is for."""

    LEARN = "learn"
    MAKEUP = "makeup"
    CLAIM = "claim"

    @property
    def label(self) -> str:
        return {"learn": "课程学习", "makeup": "补学", "claim": "学时申报"}[self.value]


@dataclass(frozen=True, slots=True)
class Extension:
    """A window open until a later day; `revoked_on` is the day it was taken back, if it was."""

    window: Window
    until: date
    revoked_on: date | None = None

    @property
    def last_day(self) -> date:
        """The last day it helps: taken back, the day itself still counts."""
        return min(self.until, self.revoked_on or self.until)


def extend(policy: YearPolicy, extensions: Iterable[Extension]) -> YearPolicy:
    """The policy with each window open as long as its longest extension; never a day shorter.

    A window that was never opened, or has no end, is left as it is.
    """
    later: dict[str, date] = {}
    for each in extensions:
        name = f"{each.window}_until"
        opens: date | None = getattr(policy, f"{each.window}_from")
        closes: date | None = later.get(name) or getattr(policy, name)
        if opens and closes and each.last_day > closes:
            later[name] = each.last_day
    return replace(policy, **later) if later else policy  # type: ignore[arg-type]


def windows_of(policy: YearPolicy) -> tuple[Window, ...]:
    """The windows of a year that have an end, and so can be extended."""
    learning = Window.MAKEUP if policy.period else Window.LEARN
    return tuple(
        each for each in (learning, Window.CLAIM) if getattr(policy, f"{each}_until") is not None
    )


def parse_extension(
    policy: YearPolicy, typed: Mapping[str, str], *, today: date
) -> tuple[Extension, str]:
    """The extension that was typed and its reason; Invalid names every wrong field."""
    faults: dict[str, str] = {}
    window = next((each for each in windows_of(policy) if each == typed.get("window")), None)
    if window is None:
        faults["window"] = f"{policy.label}没有这项期限，或者没有截止日期，不需要延长。"
    until = parse_day(typed.get("until", ""))
    if until is None:
        faults["until"] = "请填写延长到哪一天。"
    elif window is not None and (fault := _until_fault(policy, window, until, today)):
        faults["until"] = fault
    reason = " ".join(typed.get("reason", "").split())
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        faults["reason"] = f"请填写延长的理由，{SHORTEST_REASON}至{LONGEST_REASON}个字。"
    if faults or window is None or until is None:
        raise Invalid(faults)
    return Extension(window, until), reason


def parse_day(typed: str) -> date | None:
    """A day as a date field sends it, or None."""
    try:
        return date.fromisoformat(typed.strip()) if len(typed.strip()) == 10 else None
    except ValueError:
        return None


def _until_fault(policy: YearPolicy, window: Window, until: date, today: date) -> str:
    closes = getattr(policy, f"{window}_until")
    if until <= closes:
        return f"{window.label}本来就到{closes:%Y-%m-%d}止，应延长到更晚的日期。"
    if until < today:
        return "延长到的日期已经过去，请填写今天或以后的日期。"
    if until > max(closes, today) + FURTHEST:
        return "一次最多延长一年，请核对日期。"
    return ""
