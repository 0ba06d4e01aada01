"""The form of a filing: what is asked, how it is read, and every fault said beside its field."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from rxapp.errors import Invalid
from rxapp.rules.hours import Hours
from rxapp.rules.profiles import FIELDS as PROFESSIONS
from rxapp.rules.projects import Form
from rxapp.rules.subjects import Subject

# Every field, its name on the screen, and the longest it may be.
LABELS = {
    "title": "培训项目名称", "subject": "科目", "field": "行业领域", "form": "培训形式",
    "days": "培训日期和学时", "place": "培训地点", "audience": "培训对象", "teachers": "师资",
    "syllabus": "培训内容", "capacity": "招收人数", "cost": "经费预算（元）",
    "fund": "其中职工教育经费（元）", "contact": "联系人", "phone": "联系电话",
}  # fmt: skip
LONGEST = {
    "title": 80, "subject": 20, "field": 20, "form": 20, "days": 1800, "place": 120,
    "audience": 200, "teachers": 800, "syllabus": 1800, "capacity": 6, "cost": 14, "fund": 14,
    "contact": 30, "phone": 30,
}  # fmt: skip
BOXES = ("days", "teachers", "syllabus")  # several lines
MOST_DAYS, MOST_PLACES, LONGEST_SPAN, MOST_TEACHERS = 60, 5000, 180, 30
FIRST_YEAR, LAST_YEAR = 2000, 2099

_DAY = re.compile(
    r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?[\s,:，：、]+([0-9]{1,3}(?:\.[0-9])?)\s*(?:学时)?"
)
_MONEY = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,2}))?")
_PHONE = re.compile(r"[0-9]{3,4}-?[0-9]{7,8}(?:-[0-9]{1,6})?|1[0-9]{10}")


@dataclass(frozen=True, slots=True)
class ClassDay:
    """One day of a class, with the hours given on it."""

    day: date
    hours: Hours


@dataclass(frozen=True, slots=True)
class Teacher:
    """Who teaches, and as what."""

    name: str
    title: str


@dataclass(frozen=True, slots=True)
class ProjectFacts:
    """What a filing says, read and found good; money in fen."""

    title: str
    subject: Subject
    field: str
    form: Form
    days: tuple[ClassDay, ...]
    place: str
    audience: str
    teachers: tuple[Teacher, ...]
    syllabus: str
    capacity: int
    cost: int
    fund: int
    contact: str
    phone: str

    @property
    def starts_on(self) -> date:
        """The first day."""
        return self.days[0].day

    @property
    def ends_on(self) -> date:
        """The last day."""
        return self.days[-1].day

    @property
    def hours(self) -> Hours:
        """The hours of all days together."""
        return Hours.total(each.hours for each in self.days)


@dataclass(frozen=True, slots=True)
class FormLimits:
    """What a filing is measured by: today, the hours a day may have, the places already taken."""

    today: date
    most_a_day: int = 8
    taken: int = 0


def tidy(typed: Mapping[str, str]) -> dict[str, str]:
    """Only known fields, none so long that it could not be shown again."""
    return {
        name: _storable(typed[name])[: most * 2] for name, most in LONGEST.items() if name in typed
    }


def parse(typed: Mapping[str, str], limits: FormLimits) -> ProjectFacts:
    """What a form says; Invalid names every wrong field."""
    reader = _Reader(typed, limits)
    days = reader.days()
    cost, fund = reader.money("cost"), reader.money("fund")
    if cost is not None and fund is not None and fund > cost:
        reader.faults["fund"] = "职工教育经费不能多于经费预算，请核对。"
    subject, form = reader.word("subject", Subject), reader.word("form", Form)
    facts: dict[str, Any] = {
        "title": reader.text("title", least=4), "field": reader.profession(subject),
        "place": reader.text("place", least=2), "audience": reader.text("audience", least=2),
        "teachers": reader.teachers(), "syllabus": reader.box("syllabus", least=10),
        "capacity": reader.capacity(), "contact": reader.text("contact", least=2),
        "phone": reader.phone(),
    }  # fmt: skip
    if reader.faults or subject is None or form is None:
        raise Invalid(reader.faults)
    return ProjectFacts(
        subject=Subject(subject), form=Form(form), days=days, cost=cost or 0, fund=fund or 0,
        **facts,
    )  # fmt: skip


def read_days(text: str) -> tuple[tuple[ClassDay, ...], list[str]]:
    """The days that stand one on a line, sorted, and what is wrong with which line."""
    found: dict[date, Hours] = {}
    faults = []
    lines = [line for line in enumerate(_narrow(text).split("\n"), start=1) if line[1].strip()]
    for number, line in lines:
        match = _DAY.fullmatch(line.strip())
        day = _date(match) if match else None
        if match is None or day is None:
            faults.append(f"第{number}行请写成“2020-09-01 8”的样子：日期，空一格，当天的学时。")
        elif day in found:
            faults.append(f"第{number}行的日期重复。")
        else:
            found[day] = Hours.of(match[4])
    return tuple(ClassDay(day, found[day]) for day in sorted(found)), faults


def write_days(days: tuple[ClassDay, ...]) -> str:
    """The days as they are typed, one on a line."""
    return "\n".join(f"{each.day} {each.hours}" for each in days)


def read_date(typed: str) -> date | None:
    """A date as a person writes it, or none."""
    match = _DAY.fullmatch(f"{_narrow(typed[:20]).strip()} 1")
    return _date(match) if match else None


def read_teachers(text: str) -> tuple[Teacher, ...]:
    """Teachers one on a line: the name, a space, the title."""
    lines = (line.split(None, 1) for line in _narrow(text).split("\n") if line.strip())
    return tuple(Teacher(parts[0], parts[1].strip() if len(parts) > 1 else "") for parts in lines)


def yuan(fen: int) -> str:
    """An amount as it is read: 1200 or 1200.50."""
    whole, rest = divmod(fen, 100)
    return f"{whole}.{rest:02d}" if rest else f"{whole}"


def _storable(text: str) -> str:
    # What no database keeps and no screen shows: zeros, halves of characters, hidden marks.
    return "".join(each for each in text if each.isprintable() or each in "\n\t")


def _narrow(text: str) -> str:
    return unicodedata.normalize("NFKC", text).replace("\r", "")


def _date(match: re.Match[str]) -> date | None:
    try:
        found = date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None
    # A slip of the finger is no date: days are counted back and on from it.
    return found if FIRST_YEAR <= found.year <= LAST_YEAR else None


class _Reader:
    """Reads the form, and gathers every fault instead of stopping at the first."""

    def __init__(self, typed: Mapping[str, str], limits: FormLimits) -> None:
        self.typed, self.limits = typed, limits
        self.faults: dict[str, str] = {}

    def text(self, name: str, *, least: int) -> str:
        found = " ".join(self.typed.get(name, "").split())
        if not least <= len(found) <= LONGEST[name] or not found.isprintable():
            self.faults[name] = f"请填写{LABELS[name]}，{least}至{LONGEST[name]}个字。"
        return found

    def box(self, name: str, *, least: int) -> str:
        lines = [" ".join(line.split()) for line in self.typed.get(name, "").split("\n")]
        found = "\n".join(lines).strip()
        if not least <= len(found) <= LONGEST[name] or not found.replace("\n", "").isprintable():
            self.faults[name] = f"请填写{LABELS[name]}，{least}至{LONGEST[name]}个字。"
        return found

    def word(self, name: str, words: type[Subject] | type[Form]) -> str | None:
        found = self.typed.get(name, "")
        if found in set(words):
            return found
        self.faults[name] = f"请选择{LABELS[name]}。"
        return None

    def profession(self, subject: str | None) -> str:
        found = self.typed.get("field", "")
        if found in PROFESSIONS or (not found and subject != Subject.PROFESSIONAL):
            return found
        self.faults["field"] = "专业科目请选择行业领域。"
        return ""

    def days(self) -> tuple[ClassDay, ...]:
        text = self.typed.get("days", "")
        days, faults = read_days(text[: LONGEST["days"]])
        most = Hours.of(self.limits.most_a_day)
        faults += [
            f"{each.day}的学时应大于零，每天不超过{most}学时。"
            for each in days
            if not Hours.ZERO < each.hours <= most
        ]
        if len(text) > LONGEST["days"] or len(days) > MOST_DAYS:
            faults.append(f"一个项目最多{MOST_DAYS}天，更长的请分期报备。")
        elif days:
            faults += self._span(days)
        elif not faults:
            faults.append("请填写培训日期和每天的学时，一行一天。")
        if faults:
            self.faults["days"] = "".join(faults[:3])
        return days

    def _span(self, days: tuple[ClassDay, ...]) -> list[str]:
        if days[-1].day - days[0].day > timedelta(days=LONGEST_SPAN):
            return [f"从开班到结束不超过{LONGEST_SPAN}天，更长的请分期报备。"]
        if days[-1].day.year > self.limits.today.year + 1:
            return ["培训日期不能晚于明年，请核对。"]
        return []

    def teachers(self) -> tuple[Teacher, ...]:
        text = self.box("teachers", least=2)
        found = read_teachers(text)
        if "teachers" in self.faults:
            self.faults["teachers"] = "请填写师资，一行一人：姓名，空一格，职称或职务。"
        elif len(found) > MOST_TEACHERS or not all(each.title for each in found):
            self.faults["teachers"] = (
                f"师资一行一人：姓名，空一格，职称或职务，最多{MOST_TEACHERS}人。"
            )
        return found

    def capacity(self) -> int:
        word = _narrow(self.typed.get("capacity", "")).strip()
        number = int(word) if word.isascii() and word.isdigit() and len(word) <= 5 else 0
        if not 1 <= number <= MOST_PLACES:
            self.faults["capacity"] = f"招收人数应为1至{MOST_PLACES}之间的整数。"
        elif number < self.limits.taken:
            self.faults["capacity"] = f"已有{self.limits.taken}人报名，招收人数不能少于这个数。"
        return number

    def money(self, name: str) -> int | None:
        match = _MONEY.fullmatch(_narrow(self.typed.get(name, "")).strip())
        if match is None:
            self.faults[name] = f"请填写{LABELS[name]}，数字，没有的填0。"
            return None
        return int(match[1]) * 100 + int((match[2] or "").ljust(2, "0"))

    def phone(self) -> str:
        found = _narrow(self.typed.get("phone", "")).strip().replace(" ", "")
        if not _PHONE.fullmatch(found):
            self.faults["phone"] = "请填写联系电话：手机号码，或区号和座机号码。"
        return found
