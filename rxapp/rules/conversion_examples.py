"""What a rule gives for made-up achievements, so that a bureau sees what a change would do."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rxapp.errors import Invalid
from rxapp.rules.conversion_facts import fields_of, parse_facts
from rxapp.rules.conversions import ConversionRule, Level, Method, convert
from rxapp.rules.hours import Hours

MOST_EXAMPLES = 40
FILED = (("8", "1"), ("40", "5"), ("120", "10"))
UNITS = (5, 10, 25, 100)  # tenths of a unit's size


@dataclass(frozen=True, slots=True)
class Example:
    """One made-up achievement, and what it comes to; None where it does not count at all."""

    label: str
    before: Hours | None
    after: Hours | None

    @property
    def changed(self) -> bool:
        """Whether the change makes a difference to it."""
        return self.before != self.after


def compare(before: ConversionRule | None, after: ConversionRule) -> list[Example]:
    """The achievements either version speaks of, each under both; the first version has none."""
    made: dict[tuple[tuple[str, str], ...], str] = {}
    for rule in (after, before):
        if rule is not None:
            made = {tuple(typed.items()): label for label, typed in _made_up(rule)} | made
    found = [
        Example(label, _hours(before, dict(typed)) if before else None, _hours(after, dict(typed)))
        for typed, label in made.items()
    ]
    return [each for each in found if each.before or each.after][:MOST_EXAMPLES]


def _hours(rule: ConversionRule, typed: dict[str, str]) -> Hours | None:
    # What the other version does not ask for is at its plainest here.
    plain = {"subject": rule.subjects[0].value, "rank": "1", "days": "1"}
    given = plain | typed
    try:
        return convert(rule, parse_facts(rule, given)).hours
    except Invalid:
        return None


def _made_up(rule: ConversionRule) -> Iterator[tuple[str, dict[str, str]]]:
    for label, typed in _plain(rule):
        if rule.first_persons is not None and rule.method is not Method.BY_RANK:
            yield f"{label}，第1位", typed | {"rank": "1"}
            yield f"{label}，第{rule.first_persons}位", typed | {"rank": f"{rule.first_persons}"}
            after = rule.first_persons + 1
            yield f"{label}，第{after}位", typed | {"rank": f"{after}"}
        else:
            yield label, typed
        if rule.addition:
            more = f"{rule.addition.most}"
            said = f"{label}，{rule.addition.label}另加{more}学时"
            yield said, typed | {"rank": "1", "added": more}


def _plain(rule: ConversionRule) -> Iterable[tuple[str, dict[str, str]]]:
    asked = fields_of(rule)
    if rule.method is Method.AS_FILED:
        for hours, days in FILED:
            long = f"，{days}天" if "days" in asked else ""
            yield f"证明材料上{hours}学时{long}", {"filed": hours, "days": days}
    elif rule.method is Method.PER_UNIT and rule.unit:
        for tenths in UNITS:
            whole, tenth = divmod(rule.unit.size * tenths, 10)
            amount = f"{whole}.{tenth}" if tenth else f"{whole}"
            yield f"{rule.unit.label}{amount}", {"units": amount}
    elif rule.levels:
        for level in rule.levels:
            yield from _of_level(rule, level)
    else:
        yield "一项", {}


def _of_level(rule: ConversionRule, level: Level) -> Iterator[tuple[str, dict[str, str]]]:
    named = {"level": level.key}
    if rule.method is not Method.BY_RANK:
        yield level.label, named
        return
    for rank in range(1, len(level.by_rank) + 2):
        yield f"{level.label}第{rank}名", named | {"rank": f"{rank}"}
