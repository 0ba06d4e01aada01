"""A conversion rule as the plain data it is stored and compared as, and back."""

from collections.abc import Mapping
from typing import Any

from rxapp.errors import Invalid
from rxapp.rules.conversions import (
    Addition,
    Caps,
    ConversionRule,
    EvidenceNeed,
    Level,
    Method,
    Unit,
)
from rxapp.rules.hours import Hours
from rxapp.rules.subjects import Subject

_PLAIN = (
    "key", "name", "category", "first_persons", "highest_only", "spread_years", "earned_from",
    "earned_until", "registered", "basis", "reference", "advice", "version",
)  # fmt: skip
_ENDS = ("day", "year", "category", "achievement")


def as_body(rule: ConversionRule) -> dict[str, Any]:
    """The rule as JSON; hours are whole tenths."""
    return {name: getattr(rule, name) for name in _PLAIN} | {
        "subjects": [subject.value for subject in rule.subjects],
        "method": rule.method.value,
        "hours": rule.hours.tenths,
        "evidence": [[need.key, need.label, need.required, need.alone] for need in rule.evidence],
        "levels": [
            [level.key, level.label, level.hours.tenths, [each.tenths for each in level.by_rank]]
            for level in rule.levels
        ],
        "unit": _unit_body(rule.unit),
        "addition": _addition_body(rule.addition),
        "caps": {end: _tenths(getattr(rule.caps, end)) for end in _ENDS},
    }


def from_body(body: Mapping[str, Any]) -> ConversionRule:
    """The rule of a stored body; Invalid when it is none."""
    try:
        return ConversionRule(
            **{name: body[name] for name in _PLAIN},
            subjects=tuple(Subject(word) for word in body["subjects"]),
            method=Method(body["method"]),
            hours=Hours(body["hours"]),
            evidence=tuple(EvidenceNeed(*need) for need in body["evidence"]),
            levels=tuple(_level(*level) for level in body["levels"]),
            unit=_unit(body["unit"]),
            addition=_addition(body["addition"]),
            caps=Caps(**{end: _hours(body["caps"][end]) for end in _ENDS}),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Invalid(message="折算规则的内容无法识别，请联系运行维护人员。") from error


def _unit_body(unit: Unit | None) -> list[Any] | None:
    return [unit.label, unit.size, unit.hours.tenths, unit.whole] if unit else None


def _unit(body: list[Any] | None) -> Unit | None:
    return Unit(body[0], body[1], Hours(body[2]), body[3]) if body else None


def _addition_body(addition: Addition | None) -> list[Any] | None:
    if addition is None:
        return None
    return [addition.label, addition.least.tenths, addition.most.tenths]


def _addition(body: list[Any] | None) -> Addition | None:
    return Addition(body[0], Hours(body[1]), Hours(body[2])) if body else None


def _level(key: str, label: str, tenths: int, by_rank: list[int]) -> Level:
    return Level(key, label, Hours(tenths), tuple(Hours(each) for each in by_rank))


def _tenths(hours: Hours | None) -> int | None:
    return None if hours is None else hours.tenths


def _hours(tenths: int | None) -> Hours | None:
    return None if tenths is None else Hours(tenths)
