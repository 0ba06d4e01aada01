"""学时折算: how an achievement becomes hours, by rules that are data (article 3.3).

A rule says how it computes and where it ends; `convert` applies one to what a person filled in
and says in words what it did. Money-exact: whole tenths of an hour, always rounded down.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from rxapp.errors import Invalid
from rxapp.rules.hours import ZERO, Hours
from rxapp.rules.subjects import Subject

MOST_UNITS = 10**8  # characters of a very long book; more is a slip of the finger
MOST_RANK = 99
MOST_DAYS = 366


class Method(StrEnum):
    """How a rule computes."""

    FIXED = "fixed"
    BY_LEVEL = "by_level"
    BY_RANK = "by_rank"  # by level, and by the person's place among the authors
    PER_UNIT = "per_unit"
    AS_FILED = "as_filed"  # the hours on the proof, within the caps

    @property
    def label(self) -> str:
        """The way in words."""
        return _METHOD_LABELS[self]


_METHOD_LABELS = {
    Method.FIXED: "固定学时",
    Method.BY_LEVEL: "按级别",
    Method.BY_RANK: "按级别和本人位次",
    Method.PER_UNIT: "按数量",
    Method.AS_FILED: "按证明材料上的学时",
}


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a rule; `by_rank` are the hours of the first, second, … person."""

    key: str
    label: str
    hours: Hours = ZERO
    by_rank: tuple[Hours, ...] = ()


@dataclass(frozen=True, slots=True)
class Unit:
    """What is counted: `hours` for every `size`; `whole` leaves out what is less than one."""

    label: str
    size: int
    hours: Hours
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Addition:
    """Hours that may come on top, between two bounds, such as for a paper at a conference."""

    label: str
    least: Hours
    most: Hours


@dataclass(frozen=True, slots=True)
class Caps:
    """Where a rule ends; none is no end. `category` counts all rules of one category in a year."""

    day: Hours | None = None
    year: Hours | None = None
    category: Hours | None = None
    achievement: Hours | None = None


@dataclass(frozen=True, slots=True)
class EvidenceNeed:
    """One kind of proof; one that is not required may be added, one `alone` stands for all."""

    key: str
    label: str
    required: bool = True
    alone: bool = False  # such as the pages of the old 证书, on which everything is said


@dataclass(frozen=True, slots=True)
class ConversionRule:
    """One version of one rule. `earned_from`, `earned_until` are years, both included.

    `spread_years`: an achievement counts once, to the year on its evidence or, as the person
    chooses, to one of the following years, so many in all.
    """

    key: str
    name: str
    category: str
    subjects: tuple[Subject, ...]
    method: Method
    evidence: tuple[EvidenceNeed, ...] = ()
    hours: Hours = ZERO
    levels: tuple[Level, ...] = ()
    unit: Unit | None = None
    addition: Addition | None = None
    first_persons: int | None = None
    caps: Caps = field(default_factory=Caps)
    highest_only: bool = False
    spread_years: int = 1
    earned_from: int | None = None
    earned_until: int | None = None
    registered: bool = False  # only what stands in the bureau's register (contests)
    basis: str = ""
    reference: bool = True  # 参考标准，待市人社局确认
    advice: str = ""  # what the form says above its fields
    version: int = 1


@dataclass(frozen=True, slots=True)
class Facts:
    """What the person filled in, already read as numbers; units in tenths."""

    subject: Subject
    level: str = ""
    rank: int = 1
    unit_tenths: int = 0
    filed: Hours = ZERO
    days: int = 1
    added: Hours = ZERO


@dataclass(frozen=True, slots=True)
class Used:
    """What already counts or waits beside this one, from the ledger and from open claims."""

    year: Hours = ZERO
    category: Hours = ZERO
    achievement: Hours = ZERO


@dataclass(frozen=True, slots=True)
class Conversion:
    """The hours, the rule in words, and each cap that took something away."""

    hours: Hours
    computed: Hours
    words: str
    limits: tuple[str, ...] = ()


def convert(rule: ConversionRule, facts: Facts, used: Used | None = None) -> Conversion:
    """The hours of an achievement under a rule; Invalid names every field that is wrong."""
    if faults := dict(_faults(rule, facts)):
        raise Invalid(faults)
    computed = _computed(rule, facts)
    hours, limits = _capped(rule, facts, computed, used or Used())
    return Conversion(hours, computed, _words(rule, facts, hours), limits)


def missing_evidence(rule: ConversionRule, there: Iterable[str]) -> tuple[EvidenceNeed, ...]:
    """The kinds of proof still lacking beside those `there`, given by their keys."""
    kinds = set(there)
    if any(need.alone and need.key in kinds for need in rule.evidence):
        return ()
    return tuple(need for need in rule.evidence if need.required and need.key not in kinds)


def asks_rank(rule: ConversionRule) -> bool:
    """Whether a rule needs to know the person's place among the authors."""
    return rule.method is Method.BY_RANK or rule.first_persons is not None


def _faults(rule: ConversionRule, facts: Facts) -> Iterable[tuple[str, str]]:
    if facts.subject not in rule.subjects:
        yield "subject", "这一类别不能计入所选的科目，请重新选择。"
    if rule.levels and _level(rule, facts) is None:
        yield "level", "请选择级别。"
    if rule.first_persons is not None and facts.rank > rule.first_persons:
        yield "rank", f"{rule.name}只有前{rule.first_persons}名可以折算学时。"
    level = _level(rule, facts)
    if rule.method is Method.BY_RANK and level and not 1 <= facts.rank <= len(level.by_rank):
        yield "rank", f"{level.label}{rule.name}只有前{len(level.by_rank)}名可以折算学时。"
    if rule.unit and not 0 < facts.unit_tenths <= MOST_UNITS * 10:
        yield "units", f"请填写{rule.unit.label}，应大于零。"
    if rule.method is Method.AS_FILED and facts.filed <= ZERO:
        yield "filed", "请填写证明材料上的学时，应大于零。"
    if rule.caps.day is not None and not 1 <= facts.days <= MOST_DAYS:
        yield "days", f"天数应为1至{MOST_DAYS}之间的整数。"
    if rule.addition and facts.added and not _fits(rule.addition, facts.added):
        least, most = rule.addition.least, rule.addition.most
        yield "added", f"{rule.addition.label}可另加{least}至{most}学时，没有的请留空。"


def _fits(addition: Addition, added: Hours) -> bool:
    return addition.least <= added <= addition.most


def _level(rule: ConversionRule, facts: Facts) -> Level | None:
    return next((level for level in rule.levels if level.key == facts.level), None)


def _computed(rule: ConversionRule, facts: Facts) -> Hours:
    level = _level(rule, facts)
    base = rule.hours
    if rule.method is Method.BY_RANK and level:
        base = level.by_rank[facts.rank - 1]
    elif rule.method is Method.BY_LEVEL and level:
        base = level.hours
    elif rule.method is Method.AS_FILED:
        base = facts.filed
    elif rule.method is Method.PER_UNIT and rule.unit:
        base = _per_unit(rule.unit, facts.unit_tenths)
    return base + facts.added


def _per_unit(unit: Unit, tenths: int) -> Hours:
    if unit.whole:
        return Hours(unit.hours.tenths * (tenths // (unit.size * 10)))
    return Hours(unit.hours.tenths * tenths // (unit.size * 10))


def _capped(
    rule: ConversionRule, facts: Facts, computed: Hours, used: Used
) -> tuple[Hours, tuple[str, ...]]:
    hours, limits = computed, []
    for most, already, words in _ends(rule, facts, computed, used):
        left = max(ZERO, most - already)
        if hours > left:
            hours = left
            limits.append(f"{words}，本次可计{left}学时")
    return hours, tuple(limits)


def _ends(
    rule: ConversionRule, facts: Facts, computed: Hours, used: Used
) -> Iterable[tuple[Hours, Hours, str]]:
    caps = rule.caps
    if caps.day is not None:
        most = Hours(caps.day.tenths * facts.days)
        yield most, ZERO, f"每天最多计{caps.day}学时，{facts.days}天最多{most}学时"
    if caps.achievement is not None:
        yield caps.achievement, used.achievement, f"每项最多计{caps.achievement}学时"
    if rule.highest_only:
        # Only the highest of a year counts: what is above the one that counted already.
        yield max(computed, used.year), used.year, "同一年度只计最高的一项"
    if caps.year is not None:
        yield caps.year, used.year, f"{rule.name}每年最多计{caps.year}学时，已有{used.year}学时"
    if caps.category is not None:
        said = f"{rule.category}每年最多计{caps.category}学时，已有{used.category}学时"
        yield caps.category, used.category, said


def _words(rule: ConversionRule, facts: Facts, hours: Hours) -> str:
    """“省级技能竞赛，折算 20 学时，专业科目”."""
    level = _level(rule, facts)
    parts = [f"{level.label if level else ''}{rule.name}"]
    if asks_rank(rule):
        parts.append(f"第{facts.rank}位")
    if rule.unit:
        whole, tenth = divmod(facts.unit_tenths, 10)
        amount = f"{whole}.{tenth}" if tenth else f"{whole}"
        parts.append(f"{rule.unit.label}{amount}")
    if facts.added and rule.addition:
        parts.append(f"{rule.addition.label}另加{facts.added}学时")
    subject = facts.subject.label + ("科目" if facts.subject is Subject.PROFESSIONAL else "")
    return "，".join([*parts, f"折算 {hours} 学时", subject])
