"""What a person typed for a claim, read as the facts a rule of conversion asks for."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from rxapp.errors import Invalid
from rxapp.rules.conversion_catalogue import FILED_FROM
from rxapp.rules.conversions import (
    MOST_DAYS,
    MOST_RANK,
    MOST_UNITS,
    ConversionRule,
    Facts,
    Method,
    Unit,
    asks_rank,
)
from rxapp.rules.hours import ZERO, Hours
from rxapp.rules.subjects import Subject

LONGEST_NUMBER = 12


def parse_facts(rule: ConversionRule, typed: Mapping[str, str]) -> Facts:
    """What was typed for a rule; Invalid names every field that is missing or no number."""
    reader = _Reader(typed)
    facts = Facts(
        subject=reader.subject(rule),
        level=reader.level(rule) if rule.levels else "",
        rank=reader.whole("rank", "本人位次", MOST_RANK) if asks_rank(rule) else 1,
        unit_tenths=reader.units(rule.unit) if rule.unit else 0,
        filed=reader.hours("filed", "证明材料上的学时") if rule.method is Method.AS_FILED else ZERO,
        days=reader.whole("days", "天数", MOST_DAYS) if rule.caps.day else 1,
        added=reader.hours("added", rule.addition.label, blank=True) if rule.addition else ZERO,
    )
    if reader.faults:
        raise Invalid(reader.faults)
    return facts


def fields_of(rule: ConversionRule) -> tuple[str, ...]:
    """The fields a form asks for under a rule, in their order."""
    asked = {
        "subject": len(rule.subjects) > 1,
        "level": bool(rule.levels),
        "rank": asks_rank(rule),
        "units": rule.unit is not None,
        "filed": rule.method is Method.AS_FILED,
        "days": rule.caps.day is not None,
        "added": rule.addition is not None,
    }
    return tuple(name for name, wanted in asked.items() if wanted)


def asks_organiser(rule: ConversionRule) -> bool:
    """Whether it must be said who organised it: training, of years in which classes are filed.

    What an employer, department or base of the city held counts only as filed (article 5).
    """
    last = rule.earned_until
    return rule.method is Method.AS_FILED and (last is None or last >= FILED_FROM)


class _Reader:
    """Reads what was typed, and gathers every fault instead of stopping at the first."""

    def __init__(self, typed: Mapping[str, str]) -> None:
        self._typed = typed
        self.faults: dict[str, str] = {}

    def subject(self, rule: ConversionRule) -> Subject:
        if len(rule.subjects) == 1:
            return rule.subjects[0]
        found = next((s for s in rule.subjects if s.value == self._typed.get("subject")), None)
        if found is None:
            self.faults["subject"] = "请选择计入的科目。"
        return found or rule.subjects[0]

    def level(self, rule: ConversionRule) -> str:
        key = self._typed.get("level", "")
        if all(level.key != key for level in rule.levels):
            self.faults["level"] = "请选择级别。"
        return key

    def whole(self, name: str, label: str, most: int) -> int:
        bare = self._bare(name)
        number = int(bare) if bare.isascii() and bare.isdigit() and len(bare) < 5 else 0
        if not 1 <= number <= most:
            self.faults[name] = f"{label}应为1至{most}之间的整数。"
        return max(1, number)

    def hours(self, name: str, label: str, *, blank: bool = False) -> Hours:
        bare = self._bare(name)
        if blank and not bare:
            return ZERO
        try:
            found = Hours.of(bare)
        except Invalid:
            self.faults[name] = f"{label}请填写数字，最多一位小数，例如 20 或 1.5。"
            return ZERO
        if found <= ZERO:
            self.faults[name] = f"{label}应大于零。"
        return found

    def units(self, unit: Unit) -> int:
        bare = self._bare("units")
        whole, dot, tenth = bare.partition(".")
        good = bare.isascii() and len(bare) <= LONGEST_NUMBER and whole.isdigit()
        good = good and (not dot or (tenth.isdigit() and len(tenth) == 1))
        tenths = int(whole) * 10 + int(tenth or 0) if good else 0
        if not 0 < tenths <= MOST_UNITS * 10:
            self.faults["units"] = f"{unit.label}请填写大于零的数字，最多一位小数。"
        return tenths

    def _bare(self, name: str) -> str:
        # Phones in Chinese input mode type full-width digits; they mean the same.
        return unicodedata.normalize("NFKC", self._typed.get(name, "")[:60]).strip()
