"""名册: who attended which days of a class, what hours that is, and the code on the screen."""

import base64
import hashlib
import hmac
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from rxapp.errors import Invalid
from rxapp.rules.hours import ZERO, Hours

# The code on the teacher's screen changes with every window; the one before is still taken, for
# whoever was scanning just then. A photograph of it is worth nothing after two windows.
WINDOW_SECONDS = 15
CODE_LENGTH = 16

SHORTEST_REASON, LONGEST_REASON = 4, 200
LONGEST_NOTE = 100
MOST_DAYS = 366
_DAY = re.compile(r"(?:([0-9]{4})[-年/.])?([0-9]{1,2})[-月/.]([0-9]{1,2})日?")


class Source(StrEnum):
    """How a line came onto the roster."""

    IMPORT = "import"
    ENROLMENT = "enrolment"
    CHECK_IN = "check_in"
    TYPED = "typed"

    @property
    def label(self) -> str:
        """The source as screens name it."""
        return {
            Source.IMPORT: "导入", Source.ENROLMENT: "报名", Source.CHECK_IN: "签到",
            Source.TYPED: "录入",
        }[self]  # fmt: skip


class LineState(StrEnum):
    """Where one line of a roster stands; only a posted one has hours in the ledger."""

    DRAFT = "draft"
    POSTED = "posted"
    REVERSED = "reversed"

    @property
    def label(self) -> str:
        """The state as screens name it."""
        return {
            LineState.DRAFT: "未登记", LineState.POSTED: "已登记", LineState.REVERSED: "已撤销",
        }[self]  # fmt: skip


class RosterState(StrEnum):
    """Whether a roster is written, being posted, or closed."""

    OPEN = "open"
    POSTING = "posting"
    CLOSED = "closed"


class Outcome(StrEnum):
    """What the class's own test said; none where it held none."""

    NONE = "none"
    PASSED = "passed"
    FAILED = "failed"

    @property
    def label(self) -> str:
        """The result in words."""
        return {
            Outcome.NONE: "未考核", Outcome.PASSED: "合格", Outcome.FAILED: "不合格",
        }[self]  # fmt: skip


RESULT_WORDS = {
    "合格": Outcome.PASSED, "通过": Outcome.PASSED, "优秀": Outcome.PASSED,
    "良好": Outcome.PASSED, "及格": Outcome.PASSED,
    "不合格": Outcome.FAILED, "未通过": Outcome.FAILED, "不及格": Outcome.FAILED,
    "缺考": Outcome.FAILED,
    "未考核": Outcome.NONE, "": Outcome.NONE,
}  # fmt: skip


@dataclass(frozen=True)
class Attendance:
    """What is known of one person: the days, or only how many, or only hours that were typed."""

    days: frozenset[date] = frozenset()
    count: int | None = None
    typed: Hours | None = None


@dataclass(frozen=True)
class ClassHours:
    """What a class can give: each day within the day's limit, and at most so much in all."""

    days: Mapping[date, Hours]
    total: Hours

    @property
    def most(self) -> Hours:
        """What whoever attended every day gets."""
        return self._within(self.days.values())

    def of(self, attended: Collection[date]) -> Hours:
        """What these days give; a day that is none of the class's gives nothing."""
        return self._within(self.days[day] for day in set(attended) if day in self.days)

    def of_count(self, count: int) -> Hours:
        """What so many days surely give: which they were is not known, so those with the fewest."""
        return self._within(sorted(self.days.values())[: max(count, 0)])

    def _within(self, amounts) -> Hours:  # type: ignore[no-untyped-def]
        return min(Hours.total(amounts), self.total)


def limit(days: Mapping[date, Hours], total: Hours, *, a_day: Hours) -> ClassHours:
    """The hours a class can give, none of its days more than `a_day`."""
    return ClassHours({day: min(hours, a_day) for day, hours in days.items()}, max(total, ZERO))


def ceiling(offered: ClassHours, attended: Attendance) -> Hours:
    """The most that may be counted for this attendance."""
    if attended.days:
        return offered.of(attended.days)
    if attended.count is not None:
        return offered.of_count(attended.count)
    return ZERO if attended.typed is None else offered.most


def counted(offered: ClassHours, attended: Attendance) -> Hours:
    """What is counted: the days' hours, or less where less was typed; never more."""
    most = ceiling(offered, attended)
    return most if attended.typed is None else max(min(attended.typed, most), ZERO)


def require_within(typed: Hours, most: Hours) -> Hours:
    """Hours that were typed, if they are no more than what may be counted; else Invalid."""
    if typed < ZERO:
        raise Invalid({"hours": "学时不能小于0，请核对。"})
    if typed > most:
        raise Invalid({"hours": f"最多可认定{most}学时，请核对出勤情况或改少学时。"})
    return typed


def parse_days(typed: str, held: Collection[date]) -> tuple[frozenset[date], int | None]:
    """Days or a number of days as a cell holds them: 全部, 2, 9月1日、9月2日.

    Invalid for a day on which the class was not held, and for more days than it has.
    """
    bare = "".join(typed.split())
    if bare in ("全部", "全勤"):
        return frozenset(held), None
    if bare.removesuffix("天").isascii() and bare.removesuffix("天").isdigit():
        count = int(bare.removesuffix("天")[:4])
        if count > len(held):
            raise Invalid({"days": f"出勤天数不能超过培训的{len(held)}天。"})
        return (frozenset(held), None) if count == len(held) else (frozenset(), count)
    words = [word for word in re.split(r"[、，,;；\s]+", typed.strip()) if word]
    return frozenset(_the_day(word, held) for word in words[:MOST_DAYS]), None


def parse_result(typed: str) -> Outcome:
    """The result a cell names; a number is a mark out of a hundred."""
    bare = "".join(typed.split())
    if bare in RESULT_WORDS:
        return RESULT_WORDS[bare]
    if re.fullmatch(r"[0-9]{1,3}(\.[0-9]+)?", bare) and float(bare) <= 100:
        return Outcome.PASSED if float(bare) >= 60 else Outcome.FAILED
    raise Invalid({"test": "考核结果应为合格、不合格，或者0至100的分数。"})


def parse_reason(typed: str) -> str:
    """Why a posted line is put right, or Invalid."""
    reason = " ".join(typed.split())
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise Invalid({"reason": f"请填写更正的理由，{SHORTEST_REASON}至{LONGEST_REASON}个字。"})
    return reason


def window_at(seconds: float) -> int:
    """The window a moment lies in, by the server's clock."""
    return int(seconds // WINDOW_SECONDS)


def code_for(secret: bytes, *, project_id: int, day: date, window: int) -> str:
    """The code of one class, one day, one window; nobody without the secret can make it."""
    said = f"{project_id}:{day.isoformat()}:{window}".encode()
    mac = hmac.new(secret, said, hashlib.sha256).digest()
    return base64.b32encode(mac[:10]).decode().lower()


def is_fresh(code: str, secret: bytes, *, project_id: int, day: date, seconds: float) -> bool:
    """Whether a code belongs to this class and day and to this window or the one before."""
    now = window_at(seconds)
    good = [
        code_for(secret, project_id=project_id, day=day, window=window) for window in (now, now - 1)
    ]
    given = code.encode(errors="replace")
    # Both are always compared, so that time tells nothing.
    return sum(hmac.compare_digest(given, each.encode()) for each in good) > 0


def _the_day(word: str, held: Collection[date]) -> date:
    match = _DAY.fullmatch(word)
    found = [
        day
        for day in held
        if match
        and (day.month, day.day) == (int(match[2]), int(match[3]))
        and match[1] in (None, str(day.year))
    ]
    if len(found) != 1:
        raise Invalid({"days": f"“{word[:20]}”不是培训的日期，应为全部、天数或培训的日期。"})
    return found[0]
