"""The states a professional can be in, and what each means for the hours owed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class PersonStatus(StrEnum):
    """Where a person stands; only the first owes hours unless a year's policy says otherwise."""

    ACTIVE = "active"
    LEFT = "left"
    RETIRED = "retired"
    ABROAD = "abroad"
    DECEASED = "deceased"

    @property
    def label(self) -> str:
        """The state in words."""
        return _LABELS[self]


_LABELS = {
    PersonStatus.ACTIVE: "在岗",
    PersonStatus.LEFT: "离职",
    PersonStatus.RETIRED: "退休",
    PersonStatus.ABROAD: "出国（境）工作",
    PersonStatus.DECEASED: "去世",
}

# The shipped policy: who is in one of these on a year's last day does not owe that year.
EXEMPT = frozenset(
    {PersonStatus.LEFT, PersonStatus.RETIRED, PersonStatus.ABROAD, PersonStatus.DECEASED}
)


# Who is gone: serves no office any longer, and may lose name and numbers.
CLOSED = frozenset({PersonStatus.LEFT, PersonStatus.DECEASED})
CLOSE_REASONS = {"asked": "本人或亲属申请", "mistaken": "登记有误", "deceased": "已去世"}
# Who works for no employer any longer is nobody's clerk.
SERVES_NOBODY = CLOSED | {PersonStatus.RETIRED}


@dataclass(frozen=True, slots=True)
class Spell:
    """A state from one day to another, both included; no end means it lasts."""

    status: PersonStatus
    begins_on: date
    ended_on: date | None = None


def status_on(spells: Iterable[Spell], day: date) -> PersonStatus:
    """The state on a day; whoever has no spell then is at work."""
    for spell in spells:
        if spell.begins_on <= day and (spell.ended_on is None or day <= spell.ended_on):
            return spell.status
    return PersonStatus.ACTIVE


def owes(spells: Iterable[Spell], year: int, *, exempt: frozenset[PersonStatus] = EXEMPT) -> bool:
    """Whether a year is owed: the state on its last day is not one that its policy exempts."""
    return status_on(spells, date(year, 12, 31)) not in exempt
