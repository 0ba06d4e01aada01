"""竞赛登记: a contest counts once it is recognised (article 3.3)."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from rxapp.errors import Invalid

LEVELS = {"national": "国家级", "provincial": "省级", "municipal": "市级", "county": "县级"}
FIRST_YEAR = 2016
LONGEST_NAME, LONGEST_NOTE = 120, 200


class ContestStatus(StrEnum):
    """Where a contest stands in the register."""

    PROPOSED = "proposed"
    RECOGNISED = "recognised"
    REFUSED = "refused"

    @property
    def label(self) -> str:
        """The state in words."""
        return _LABELS[self]


class Verdict(StrEnum):
    """What the bureau says to a contest."""

    RECOGNISE = "recognise"
    REFUSE = "refuse"


_LABELS = {
    ContestStatus.PROPOSED: "待认可",
    ContestStatus.RECOGNISED: "已认可",
    ContestStatus.REFUSED: "不予认可",
}
# What each verdict leads to; a refused one may be recognised after all, a recognised one no longer.
TRANSITIONS: dict[tuple[ContestStatus, Verdict], ContestStatus] = {
    (ContestStatus.PROPOSED, Verdict.RECOGNISE): ContestStatus.RECOGNISED,
    (ContestStatus.PROPOSED, Verdict.REFUSE): ContestStatus.REFUSED,
    (ContestStatus.REFUSED, Verdict.RECOGNISE): ContestStatus.RECOGNISED,
    (ContestStatus.RECOGNISED, Verdict.REFUSE): ContestStatus.REFUSED,
}


@dataclass(frozen=True, slots=True)
class ContestFacts:
    """What is said of a contest."""

    name: str
    level: str
    organiser: str
    year: int
    note: str


def parse(typed: Mapping[str, str], *, this_year: int) -> ContestFacts:
    """What was typed of a contest; Invalid names every wrong field."""
    name, organiser = fold(typed.get("name", "")), fold(typed.get("organiser", ""))
    note = " ".join(typed.get("note", "").split())
    word = unicodedata.normalize("NFKC", typed.get("year", "")[:20]).strip()
    year = int(word) if word.isascii() and word.isdigit() and len(word) == 4 else 0
    level = typed.get("level", "")
    faults: dict[str, str] = {}
    if not 4 <= len(name) <= LONGEST_NAME or not name.isprintable():
        faults["name"] = f"请填写竞赛的全称，4至{LONGEST_NAME}个字。"
    if level not in LEVELS:
        faults["level"] = "请选择竞赛的级别。"
    if not 4 <= len(organiser) <= LONGEST_NAME or not organiser.isprintable():
        faults["organiser"] = f"请填写组织竞赛的行业主管部门全称，4至{LONGEST_NAME}个字。"
    if not FIRST_YEAR <= year <= this_year:
        faults["year"] = f"举办年度应为{FIRST_YEAR}至{this_year}之间的年份。"
    if len(note) > LONGEST_NOTE:
        faults["note"] = f"说明不超过{LONGEST_NOTE}个字。"
    if faults:
        raise Invalid(faults)
    return ContestFacts(name, level, organiser, year, note)


def fold(typed: str) -> str:
    """A name as it is kept: of one width, without spaces, with the brackets of Chinese text."""
    narrow = unicodedata.normalize("NFKC", typed[: LONGEST_NAME * 2])
    return "".join(narrow.split()).replace("(", "（").replace(")", "）")
