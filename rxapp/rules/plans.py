"""年度培训计划: one class of a plan as it is typed, and the columns of a table of them."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from rxapp.errors import Invalid
from rxapp.rules.hours import Hours
from rxapp.rules.profiles import FIELDS as PROFESSIONS
from rxapp.rules.projects import Form
from rxapp.rules.subjects import Subject

Word = TypeVar("Word", Subject, Form)
MOST_ITEMS, MOST_BYTES = 300, 1024 * 1024
LONGEST_TITLE, LONGEST_NOTE, MOST_PEOPLE, MOST_HOURS = 80, 200, 100_000, 720
# A title and a note may stand above the heading.
HEADING_WITHIN = 10
EXAMPLE = "示例"

# Each column of the table: its field, what it may be called, and how to fill it in.
COLUMNS = {
    "title": (("培训项目名称", "项目名称", "培训名称", "名称"), "必填，4至80个字", "护理培训班"),
    "subject": (("科目", "科目类别"), "必填，公需必修、公需选修或专业", "专业"),
    "field": (("行业领域", "行业", "专业领域"), "专业科目必填", "卫生健康"),
    "form": (("培训形式", "形式"), "必填，远程教育、集中面授或实地观摩", "集中面授"),
    "month": (("计划月份", "月份", "培训月份"), "必填，1至12", "9"),
    "hours": (("学时", "计划学时"), "必填，最多一位小数", "16"),
    "people": (("人数", "计划人数", "培训人数"), "必填", "60"),
    "note": (("备注", "说明"), "选填", ""),
}  # fmt: skip
NEEDED = tuple(name for name in COLUMNS if name not in ("note", "field"))
LABELS = {name: names[0] for name, (names, _, _) in COLUMNS.items()}
CHOICES = {
    "subject": tuple(each.label for each in Subject), "field": PROFESSIONS,
    "form": tuple(each.label for each in Form),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PlannedClass:
    """One class of a plan."""

    title: str
    subject: Subject
    field: str
    form: Form
    month: int
    hours: Hours
    people: int
    note: str


def parse(typed: Mapping[str, str]) -> PlannedClass:
    """One class as it was typed or stands in a row; Invalid names every wrong field."""
    said = {name: _plain(typed.get(name, "")) for name in COLUMNS}
    faults: dict[str, str] = {}
    subject, form = _one_of(said, "subject", Subject, faults), _one_of(said, "form", Form, faults)
    if not 4 <= len(said["title"]) <= LONGEST_TITLE or not said["title"].isprintable():
        faults["title"] = f"请填写培训项目名称，4至{LONGEST_TITLE}个字。"
    if said["field"] not in PROFESSIONS and (said["field"] or subject is Subject.PROFESSIONAL):
        faults["field"] = f"行业领域应为：{'、'.join(PROFESSIONS)}。"
    month = _whole(said, "month", 12, faults)
    people = _whole(said, "people", MOST_PEOPLE, faults)
    hours = _hours(said["hours"], faults)
    if len(said["note"]) > LONGEST_NOTE or not said["note"].isprintable():
        faults["note"] = f"备注不超过{LONGEST_NOTE}个字。"
    if faults or subject is None or form is None:
        raise Invalid(faults)
    return PlannedClass(
        said["title"], subject, said["field"], form, month, hours, people, said["note"]
    )


def find_places(heading: Sequence[str]) -> dict[str, int]:
    """Where each known column stands in a row that may be the heading."""
    known = {_folded(cell): place for place, cell in reversed(list(enumerate(heading)))}
    found: dict[str, int] = {}
    for name, (names, _, _) in COLUMNS.items():
        places = [known[_folded(each)] for each in names if _folded(each) in known]
        if places:
            found[name] = places[0]
    return found


def is_heading(places: Mapping[str, int]) -> bool:
    """Whether every needed column was found."""
    return all(name in places for name in NEEDED)


def missing(places: Mapping[str, int]) -> str:
    """The needed columns a heading lacks, in words."""
    return "、".join(LABELS[name] for name in NEEDED if name not in places)


def _one_of(
    said: Mapping[str, str], name: str, words: type[Word], faults: dict[str, str]
) -> Word | None:
    for each in words:
        if said[name] in (each.value, each.label):
            return each
    faults[name] = f"{LABELS[name]}应为：{'、'.join(each.label for each in words)}。"
    return None


def _whole(said: Mapping[str, str], name: str, most: int, faults: dict[str, str]) -> int:
    word = said[name].removesuffix("月").removesuffix("人")
    number = int(word) if word.isascii() and word.isdigit() and len(word) <= 6 else 0
    if not 1 <= number <= most:
        faults[name] = f"{LABELS[name]}应为1至{most}之间的整数。"
    return number


def _hours(word: str, faults: dict[str, str]) -> Hours:
    try:
        found = Hours.of(word)
    except Invalid:
        found = Hours.ZERO
    if not Hours.ZERO < found <= Hours.of(MOST_HOURS):
        faults["hours"] = f"学时应大于零、不超过{MOST_HOURS}，最多一位小数。"
    return found


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text[:400]).split())


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).strip("*:：")
