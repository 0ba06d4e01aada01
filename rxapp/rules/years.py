"""What a year asks of a professional, what the ledger holds, and what is still missing."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from rxapp.errors import Invalid
from rxapp.rules.hours import ZERO, Hours
from rxapp.rules.subjects import Subject

_PERIOD_NAME = re.compile(r"([0-9]{4})-([0-9]{4})")


class Bucket(StrEnum):
    """The sums that are held against a minimum."""

    REQUIRED = "required"
    ELECTIVE = "elective"
    PUBLIC = "public"
    PROFESSIONAL = "professional"
    TOTAL = "total"
    PERIOD = "period"

    @property
    def label(self) -> str:
        return _BUCKET_LABELS[self]


_BUCKET_LABELS = {
    Bucket.REQUIRED: "公需必修",
    Bucket.ELECTIVE: "公需选修",
    Bucket.PUBLIC: "公需科目",
    Bucket.PROFESSIONAL: "专业科目",
    Bucket.TOTAL: "总学时",
    Bucket.PERIOD: "合计",
}


@dataclass(frozen=True, slots=True)
class YearPolicy:
    """One year's minimums and windows, as data (articles 3, 4.1 and 6.3).

    A minimum of zero asks for nothing. In a `period` such as "2016-2019" `total` is the
    yearly average and the other minimums are zero. Dates are days in Asia/Shanghai and
    include their last day; no `learn_from` or `makeup_from` or `claim_from` means closed,
    no `claim_until` an open end. Raises Invalid with a sentence per field.
    """

    year: int
    required: Hours = ZERO
    elective: Hours = ZERO
    public: Hours = ZERO
    professional: Hours = ZERO
    total: Hours = ZERO
    period: str | None = None
    learn_from: date | None = None
    learn_until: date | None = None
    finish_grace: int = 120  # minutes after the midnight that ends learn_until
    makeup_from: date | None = None
    makeup_until: date | None = None
    claim_from: date | None = None
    claim_until: date | None = None
    quiz_gap_seconds: tuple[int, int] = (300, 720)
    beat_seconds: int = 10

    def __post_init__(self) -> None:
        if faults := dict(_policy_faults(self)):
            raise Invalid(faults)

    @property
    def label(self) -> str:
        """The year, or the period it belongs to, as a sentence names it."""
        return f"{(self.period or str(self.year)).replace('-', '—')}年度"

    @property
    def learning_days(self) -> tuple[date, date] | None:
        """The first and last day a lesson can be begun; a period has only its make-up days."""
        first = self.makeup_from if self.period else self.learn_from
        last = self.makeup_until if self.period else self.learn_until
        return (first, last) if first and last else None

    @property
    def period_years(self) -> range:
        """The years averaged together; empty for a year that stands alone."""
        match = _PERIOD_NAME.fullmatch(self.period or "")
        return range(int(match[1]), int(match[2]) + 1) if match else range(0)

    def owed_years(self, owes_from: int, excused: frozenset[int] = frozenset()) -> tuple[int, ...]:
        """The years of the period that somebody owes who owes hours from `owes_from` on.

        `excused` years are not owed: the person was retired, abroad or gone.
        """
        return tuple(y for y in self.period_years if y >= owes_from and y not in excused)


@dataclass(frozen=True, slots=True)
class Requirement:
    """One minimum and what is held against it."""

    bucket: Bucket
    have: Hours
    need: Hours

    @property
    def short(self) -> Hours:
        """How much is missing; zero when reached."""
        # A need of zero asks for nothing, even of a sum that reversals took below zero.
        return max(ZERO, self.need - self.have) if self.need else ZERO


@dataclass(frozen=True, slots=True)
class Missing:
    """A minimum that is not reached and by how much."""

    bucket: Bucket
    hours: Hours


@dataclass(frozen=True, slots=True)
class YearStanding:
    """What a person has, owes and is missing in a year (年度完成情况).

    `complete` holds exactly when nothing is missing, owed or not. In a period the minimum
    is that of all owed years together; `period_average` is rounded down to a tenth.
    """

    year: int
    period: str | None
    owed: bool
    required: Hours
    elective: Hours
    professional: Hours
    public: Hours
    total: Hours
    period_total: Hours | None
    period_average: Hours | None
    requirements: tuple[Requirement, ...]
    missing: tuple[Missing, ...]
    complete: bool
    next_step: str

    @property
    def certifiable(self) -> bool:
        """Whether the year's certificate can be issued (article 4.5).

        A year nobody owes and nobody learned in is complete but there is nothing to certify.
        """
        return self.complete and (self.owed or self.total > ZERO)


@dataclass(frozen=True, slots=True)
class Ring:
    """One ring of the first screen: `percent` is whole, 0 to 100, and 100 only when reached."""

    bucket: Bucket
    label: str
    have: Hours
    need: Hours
    percent: int


def policy_2020_on(year: int) -> YearPolicy:
    """The requirements of 2020 and every later year (articles 3, 4.1 and 6.3)."""
    if year < 2020:
        raise Invalid({"year": "2020年以前的年度按2016—2019年度的要求执行。"})
    opens = date(2020, 7, 15) if year == 2020 else date(year, 1, 1)
    return YearPolicy(
        year=year,
        required=Hours.of(20),
        elective=Hours.of(10),
        public=Hours.of(30),
        professional=Hours.of(60),
        total=Hours.of(90),
        learn_from=opens,
        learn_until=date(year, 12, 31),
        claim_from=opens,
    )


def policy_2016_2019(year: int) -> YearPolicy:
    """The requirements of one of the years 2016 to 2019 (articles 4.1, 4.3 and 6.3)."""
    return YearPolicy(
        year=year,
        total=Hours.of(90),
        period="2016-2019",
        makeup_from=date(2020, 7, 15),
        makeup_until=date(2020, 12, 31),
        claim_from=date(2020, 7, 15),
    )


def sum_by_subject(credits: Iterable[tuple[Subject, Hours]]) -> dict[Subject, Hours]:
    """The hours of each subject in the lines of a ledger, reversals included."""
    sums = dict.fromkeys(Subject, ZERO)
    for subject, hours in credits:
        sums[subject] += hours
    return sums


def owed_total(
    policy: YearPolicy, totals_by_year: Mapping[int, Hours], *, owes_from: int,
    excused: frozenset[int] = frozenset(),
) -> Hours:  # fmt: skip
    """The hours of the owed years of a period together: the `period_total` of a standing."""
    owed = policy.owed_years(owes_from, excused)
    return Hours.total(totals_by_year.get(year, ZERO) for year in owed)


def standing(
    policy: YearPolicy,
    credits_by_subject: Mapping[Subject, Hours],
    *,
    owes_from: int,
    period_total: Hours | None = None,
    today: date | None = None,
    claims_open: bool = True,
    excused: frozenset[int] = frozenset(),
) -> YearStanding:
    """What a person has and is missing in a year (articles 3 and 4.1).

    `period_total` is needed for a year in a period (see `owed_total`; ValueError without).
    `today` makes the next step fit the windows; without it they are taken to be open.
    `claims_open` is whether this installation takes claims at all; `excused`
    are years not owed for a state such as retirement.
    """
    held = _Held.of(credits_by_subject)
    requirements = _requirements(policy, held, policy.owed_years(owes_from, excused), period_total)
    missing = tuple(Missing(r.bucket, r.short) for r in requirements if r.short)
    owed = policy.year >= owes_from and policy.year not in excused
    return YearStanding(
        year=policy.year,
        period=policy.period,
        owed=owed,
        required=held.required,
        elective=held.elective,
        professional=held.professional,
        public=held.public,
        total=held.total,
        period_total=period_total if policy.period else None,
        period_average=_average(policy.owed_years(owes_from, excused), period_total),
        requirements=requirements,
        missing=missing,
        complete=not missing,
        next_step=_next_step(policy, owed, missing, held.total, today, claims_open),
    )


def rings(standing: YearStanding) -> tuple[Ring, ...]:
    """The rings of a year: public, professional and total; in a period the one sum of its years."""
    shown = (Bucket.PUBLIC, Bucket.PROFESSIONAL, Bucket.TOTAL, Bucket.PERIOD)
    return tuple(_ring(standing, r) for r in standing.requirements if r.bucket in shown)


@dataclass(frozen=True, slots=True)
class _Held:
    required: Hours
    elective: Hours
    professional: Hours

    @classmethod
    def of(cls, credits_by_subject: Mapping[Subject, Hours]) -> _Held:
        return cls(
            required=credits_by_subject.get(Subject.PUBLIC_REQUIRED, ZERO),
            elective=credits_by_subject.get(Subject.PUBLIC_ELECTIVE, ZERO),
            professional=credits_by_subject.get(Subject.PROFESSIONAL, ZERO),
        )

    @property
    def public(self) -> Hours:
        return self.required + self.elective

    @property
    def total(self) -> Hours:
        return self.public + self.professional


def _requirements(
    policy: YearPolicy, held: _Held, owed: Collection[int], period_total: Hours | None
) -> tuple[Requirement, ...]:
    if policy.period:
        if period_total is None:
            raise ValueError("a year in a period is judged by the period's total")
        # sum / years >= average, without dividing: exact in whole tenths.
        need = Hours(policy.total.tenths * len(owed))
        return (Requirement(Bucket.PERIOD, period_total, need),)
    return (
        Requirement(Bucket.REQUIRED, held.required, policy.required),
        Requirement(Bucket.ELECTIVE, held.elective, policy.elective),
        Requirement(Bucket.PUBLIC, held.public, policy.public),
        Requirement(Bucket.PROFESSIONAL, held.professional, policy.professional),
        Requirement(Bucket.TOTAL, held.total, policy.total),
    )


def _average(owed: Collection[int], period_total: Hours | None) -> Hours | None:
    years = len(owed)
    return Hours(period_total.tenths // years) if years and period_total is not None else None


def _next_step(
    policy: YearPolicy,
    owed: bool,
    missing: tuple[Missing, ...],
    total: Hours,
    today: date | None,
    claims_open: bool,
) -> str:
    if not owed and (missing or total <= ZERO):
        return f"{policy.year}年度不在您的应学年度内，无需学习。"
    if not missing:
        return f"{policy.label}学时已达到要求，可以打印学时证明。"
    return _how_to_earn(policy, missing[0], today, claims_open)


def _how_to_earn(policy: YearPolicy, gap: Missing, today: date | None, claims_open: bool) -> str:
    whose = policy.label if policy.period else ""
    short = f"{whose}{gap.bucket.label}还差 {gap.hours} 学时"
    days = policy.learning_days
    if days and (today is None or days[0] <= today <= days[1]):
        claim = "，也可进行学时申报" if claims_open and gap.bucket in _CLAIMED else ""
        return f"{short}，{_WHERE_TO_LEARN[gap.bucket]}{claim}。"
    if days and today and today < days[0]:
        return f"{short}，课程{_day(days[0])}开课，届时请先学习。"
    return _without_learning(policy, short, today, claims_open)


def _without_learning(policy: YearPolicy, short: str, today: date | None, claims_open: bool) -> str:
    if not claims_open:
        return f"{short}，在线学习未开放，在其他地方取得的学时可在学时申报开通后申报。"
    opens, closes = policy.claim_from, policy.claim_until
    if opens and today and today < opens:
        return f"{short}，{_day(opens)}起可进行学时申报。"
    if opens and (today is None or closes is None or today <= closes):
        return f"{short}，在线学习未开放，在其他地方取得的学时可进行学时申报。"
    return f"{short}，学习和申报均已结束，有疑问请联系单位管理员。"


_WHERE_TO_LEARN = {
    Bucket.REQUIRED: "先去学公需科目培训",
    Bucket.ELECTIVE: "请在公需科目培训中自选选修课程",
    Bucket.PUBLIC: "请在公需科目培训中继续选课",
    Bucket.PROFESSIONAL: "可去学专业科目培训",
    Bucket.TOTAL: "公需科目、专业科目的课程都可以学",
    Bucket.PERIOD: "可参加补学",
}
_CLAIMED = frozenset({Bucket.PROFESSIONAL, Bucket.PERIOD})


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _ring(standing: YearStanding, requirement: Requirement) -> Ring:
    have, need = max(0, requirement.have.tenths), requirement.need.tenths
    percent = 100 if have >= need else have * 100 // need
    label = requirement.bucket.label
    if requirement.bucket is Bucket.PERIOD and standing.period:
        label = f"{standing.period.replace('-', '—')}年度{label}"
    return Ring(requirement.bucket, label, requirement.have, requirement.need, percent)


def _policy_faults(policy: YearPolicy) -> Iterable[tuple[str, str]]:
    if not 2000 <= policy.year <= 2199:
        yield "year", "年度应为四位年份，请核对。"
    if policy.period is not None and policy.year not in policy.period_years:
        yield "period", "合并计算的年度应写成“2016-2019”，并包含本年度。"
    yield from _minimum_faults(policy)
    yield from _window_faults(policy)
    low, high = policy.quiz_gap_seconds
    if not 0 < low <= high:
        yield "quiz_gap_seconds", "弹题间隔应大于零，且最短不超过最长。"
    if policy.beat_seconds <= 0:
        yield "beat_seconds", "计时间隔应大于零秒。"
    if not 0 <= policy.finish_grace <= 24 * 60:
        yield "finish_grace", "延长完成的时间应在零至24小时之间。"


def _minimum_faults(policy: YearPolicy) -> Iterable[tuple[str, str]]:
    for name in ("required", "elective", "public", "professional", "total"):
        if getattr(policy, name) < ZERO:
            yield name, "学时要求不能小于零。"


def _window_faults(policy: YearPolicy) -> Iterable[tuple[str, str]]:
    for name, open_end in (("learn", False), ("makeup", False), ("claim", True)):
        opens, closes = getattr(policy, f"{name}_from"), getattr(policy, f"{name}_until")
        if opens is None and closes is not None:
            yield f"{name}_from", "填写了截止日期，还应填写开始日期。"
        elif opens is not None and closes is None and not open_end:
            yield f"{name}_until", "填写了开始日期，还应填写截止日期。"
        elif opens is not None and closes is not None and closes < opens:
            yield f"{name}_until", "截止日期不能早于开始日期。"
