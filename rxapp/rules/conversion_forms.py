"""A rule of conversion as a bureau types it: one field or box a thing, and what is wrong with it.

Levels and proofs stand one on a line, as they stand in a notice; a line that stays, or is only
renamed in its place, stays what old claims know it as.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from rxapp.errors import Invalid
from rxapp.rules.conversion_lines import Lines
from rxapp.rules.conversions import Addition, Caps, ConversionRule, Method, Unit
from rxapp.rules.hours import ZERO, Hours
from rxapp.rules.subjects import Subject

FIRST_YEAR, LAST_YEAR = 2016, 2100
MOST_SPREAD, MOST_PERSONS, LARGEST_UNIT = 5, 99, 10**7
SUBJECTS = {f"subject_{subject.value}": subject for subject in Subject}
# What is ticked or not; everything else is typed.
TICKS = (*SUBJECTS, "unit_whole", "highest_only", "reference")
# Every field typed into, and the longest it may be.
TEXTS = {
    "name": 30, "category": 20, "method": 20, "hours": 12, "levels": 1000, "unit_label": 20,
    "unit_size": 12, "unit_hours": 12, "addition_label": 20, "addition_least": 12,
    "addition_most": 12, "first_persons": 4, "cap_day": 12, "cap_year": 12, "cap_category": 12,
    "cap_achievement": 12, "spread_years": 4, "earned_from": 8, "earned_until": 8,
    "evidence": 1000, "basis": 100, "advice": 300,
}  # fmt: skip
BOXES = ("levels", "evidence")  # several lines


def typed_of(rule: ConversionRule) -> dict[str, str]:
    """The form of a rule as it stands."""
    unit, extra, caps = rule.unit, rule.addition, rule.caps
    typed = {
        "name": rule.name, "category": rule.category, "method": rule.method.value,
        "hours": _text(rule.hours or None), "levels": Lines.of_levels(rule),
        "unit_label": unit.label if unit else "", "unit_size": f"{unit.size}" if unit else "",
        "unit_hours": _text(unit.hours) if unit else "",
        "addition_label": extra.label if extra else "",
        "addition_least": _text(extra.least) if extra else "",
        "addition_most": _text(extra.most) if extra else "",
        "first_persons": _text(rule.first_persons), "cap_day": _text(caps.day),
        "cap_year": _text(caps.year), "cap_category": _text(caps.category),
        "cap_achievement": _text(caps.achievement), "spread_years": f"{rule.spread_years}",
        "earned_from": _text(rule.earned_from), "earned_until": _text(rule.earned_until),
        "evidence": Lines.of_evidence(rule), "basis": rule.basis, "advice": rule.advice,
    }  # fmt: skip
    ticked = {name: _tick(subject in rule.subjects) for name, subject in SUBJECTS.items()}
    return typed | ticked | {
        "unit_whole": _tick(bool(unit and unit.whole)), "highest_only": _tick(rule.highest_only),
        "reference": _tick(rule.reference),
    }  # fmt: skip


def tidy(typed: Mapping[str, str]) -> dict[str, str]:
    """Only known fields, none so long that it could not be shown again."""
    whole = {name: text.replace("\r\n", "\n") for name, text in typed.items()}
    kept = {name: whole[name][: most * 2] for name, most in TEXTS.items() if name in typed}
    return kept | {name: _tick(bool(typed[name])) for name in TICKS if name in typed}


def parse(typed: Mapping[str, str], base: ConversionRule) -> ConversionRule:
    """The rule a form means, of the key and kind of `base`; Invalid names every wrong field."""
    reader = _Reader(typed)
    method = reader.method()
    lines = Lines(base, reader.faults)
    rule = ConversionRule(
        key=base.key, registered=base.registered, version=base.version,
        name=reader.text("name", "名称", least=2),
        category=reader.text("category", "类别", least=2),
        subjects=reader.subjects(), method=method,
        hours=reader.hours("hours", "每项学时") or ZERO if method is Method.FIXED else ZERO,
        levels=lines.levels(reader.box("levels"), method),
        unit=reader.unit() if method is Method.PER_UNIT else None,
        addition=reader.addition(),
        first_persons=reader.whole("first_persons", "只计前几名", (1, MOST_PERSONS)),
        caps=reader.caps(), highest_only=reader.ticked("highest_only"),
        spread_years=reader.whole("spread_years", "可选年度数", (1, MOST_SPREAD)) or 1,
        earned_from=reader.whole("earned_from", "起始年度", (FIRST_YEAR, LAST_YEAR)),
        earned_until=reader.whole("earned_until", "截止年度", (FIRST_YEAR, LAST_YEAR)),
        evidence=lines.evidence(reader.box("evidence")),
        basis=reader.text("basis", "依据", least=2), reference=reader.ticked("reference"),
        advice=reader.text("advice", "填报须知"),
    )  # fmt: skip
    reader.compare(rule)
    if reader.faults:
        raise Invalid(reader.faults)
    return rule


def _text(value: Hours | int | None) -> str:
    return "" if value is None else f"{value}"


def _tick(on: bool) -> str:
    return "1" if on else ""


@dataclass
class _Reader:
    """Reads the form, and gathers every fault instead of stopping at the first."""

    typed: Mapping[str, str]

    def __post_init__(self) -> None:
        self.faults: dict[str, str] = {}

    def box(self, name: str) -> str:
        text = self.typed.get(name, "")
        if len(text) > TEXTS[name]:
            self.faults[name] = f"最多{TEXTS[name]}个字，请精简。"
        return text[: TEXTS[name]]

    def text(self, name: str, label: str, *, least: int = 0) -> str:
        found = " ".join(self.typed.get(name, "").split())
        if not least <= len(found) <= TEXTS[name] or not found.isprintable():
            limits = f"{least}至{TEXTS[name]}" if least else f"不超过{TEXTS[name]}"
            self.faults[name] = f"{label}应为{limits}个字，不能有特殊符号。"
        return found

    def ticked(self, name: str) -> bool:
        return bool(self.typed.get(name))

    def method(self) -> Method:
        word = self.typed.get("method", "")
        if word not in set(Method):
            self.faults["method"] = "请选择折算方式。"
            return Method.AS_FILED  # asks for nothing more
        return Method(word)

    def subjects(self) -> tuple[Subject, ...]:
        found = tuple(subject for name, subject in SUBJECTS.items() if self.ticked(name))
        if not found:
            self.faults["subjects"] = "请至少勾选一个计入的科目。"
        return found

    def whole(self, name: str, label: str, limits: tuple[int, int]) -> int | None:
        bare = self._bare(name)
        if not bare:
            return None
        number = int(bare) if re.fullmatch("[0-9]{1,8}", bare) else -1
        if not limits[0] <= number <= limits[1]:
            self.faults[name] = f"{label}应为{limits[0]}至{limits[1]}之间的整数，没有的请留空。"
            return None
        return number

    def hours(self, name: str, label: str, *, blank: bool = False) -> Hours | None:
        bare = self._bare(name)
        if not bare and blank:
            return None
        try:
            found = Hours.of(bare)
        except Invalid:
            self.faults[name] = f"{label}请填写数字，最多一位小数，例如 20 或 1.5。"
            return None
        if found <= ZERO:
            self.faults[name] = f"{label}应大于零" + ("，没有的请留空。" if blank else "。")
            return None
        return found

    def unit(self) -> Unit | None:
        label = self.text("unit_label", "计量的内容", least=2)
        size = self.whole("unit_size", "每多少计一次", (1, LARGEST_UNIT))
        if not self._bare("unit_size"):
            self.faults["unit_size"] = "请填写每多少计一次，例如每 10000 字。"
        hours = self.hours("unit_hours", "每次学时")
        return Unit(label, size, hours, self.ticked("unit_whole")) if size and hours else None

    def addition(self) -> Addition | None:
        names = ("addition_label", "addition_least", "addition_most")
        if not any(self._bare(name) for name in names):
            return None
        label = self.text("addition_label", "另加的内容", least=2)
        least, most = self.hours(names[1], "最少另加"), self.hours(names[2], "最多另加")
        if least and most and least > most:
            self.faults["addition_most"] = "最多另加的学时不能少于最少另加的学时。"
        return Addition(label, least, most) if least and most else None

    def caps(self) -> Caps:
        labels = {"day": "每天上限", "year": "每年上限", "category": "类别上限",
                  "achievement": "每项上限"}  # fmt: skip
        ends = {end: self.hours(f"cap_{end}", text, blank=True) for end, text in labels.items()}
        return Caps(**ends)

    def compare(self, rule: ConversionRule) -> None:
        """What is right by itself and wrong beside another field."""
        first, last, caps = rule.earned_from, rule.earned_until, rule.caps
        if first and last and first > last:
            self.faults["earned_until"] = "截止年度不能早于起始年度。"
        if caps.day and caps.year and caps.day > caps.year:
            self.faults["cap_day"] = "每天上限不能高于每年上限。"
        if caps.year and caps.category and caps.year > caps.category:
            self.faults["cap_year"] = "每年上限不能高于类别上限。"
        if rule.registered and rule.method is not Method.BY_LEVEL:
            self.faults.setdefault("method", "竞赛须按级别折算。")

    def _bare(self, name: str) -> str:
        # Phones in Chinese input mode type full-width digits; they mean the same.
        typed = unicodedata.normalize("NFKC", self.typed.get(name, "")[:60])
        return typed.strip()
