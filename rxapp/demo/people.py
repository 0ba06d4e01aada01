"""The demo city's people: drawn from a fixed seed, so that every installation has the same."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import count
from random import Random

from rxapp.demo.city import Unit
from rxapp.demo.names import RARE, draw_name
from rxapp.rules.identity import birth_date, identity_check_character, parse_name
from rxapp.services.activation import Profile
from rxapp.services.people import CollectedPerson

SEED = "the demo city"
FIRST_YEAR = 2016

_BORN_FIRST, _BORN_LAST = date(1960, 1, 1), date(1999, 12, 31)
_WITHOUT_EMPLOYER = 24
_WITHOUT_MOBILE = 20


class Record(StrEnum):
    """How far a person is this year."""

    COMPLETE = "complete"
    NEARLY = "nearly"
    LITTLE = "little"
    NOTHING = "nothing"
    LAST_COURSE = "last_course"


@dataclass(frozen=True)
class DemoPerson:
    """One made-up person; `unit` is the key of where the person belongs."""

    name: str
    identity_number: str
    mobile: str
    unit: str
    owes_from: int
    profile: Profile
    record: Record

    @property
    def activated(self) -> bool:
        """Whoever learned something has activated the account."""
        return self.record is not Record.NOTHING

    def collected(self, organisation_id: int) -> CollectedPerson:
        """The person as an employer would have reported it."""
        return CollectedPerson(
            self.identity_number, self.name, self.mobile, organisation_id, self.owes_from,
            **vars(self.profile),
        )  # fmt: skip


@dataclass(frozen=True)
class _Trade:
    series: str
    posts: tuple[str, ...]


_TRADES = {
    "卫生健康": _Trade("卫生技术", ("内科医师", "外科医师", "主管护师", "药师", "检验技师")),
    "教育教学": _Trade("中小学教师", ("语文教师", "数学教师", "英语教师", "专业课教师", "班主任")),
    "工程建设": _Trade("工程技术", ("项目工程师", "质量员", "造价工程师", "设计师", "安全员")),
    "农业技术": _Trade("农业技术", ("农艺师", "植保技术员", "育种研究员", "农技推广员")),
    "信息技术": _Trade("工程技术", ("软件工程师", "网络管理员", "数据工程师", "测试工程师")),
    "会计审计": _Trade("会计专业", ("会计", "审计员", "财务主管", "出纳")),
}
_LEVELS = {"正高级": 1, "副高级": 3, "中级": 6, "助理级": 5, "员级": 1}
_EDUCATION = {"博士研究生": 1, "硕士研究生": 3, "大学本科": 8, "大学专科": 4}
# A third each; among those barely begun some have not yet signed in at all.
_RECORDS = (Record.COMPLETE, Record.NEARLY, Record.LITTLE) * 2 + (
    Record.COMPLETE, Record.NEARLY, Record.NOTHING,
)  # fmt: skip


def generate(
    units: Sequence[Unit], *, number: int, year: int, taken: Sequence[str]
) -> tuple[DemoPerson, ...]:
    """So many people, spread over the employers and, a few, over the county bureaus.

    `year` is the business year, `taken` are the identity numbers of others.
    """
    rand = Random(SEED)
    numbers = _numbers(rand, set(taken))
    places = _places(rand, units, number)
    return tuple(
        _person(rand, place, unit, next(numbers), year) for place, unit in enumerate(places)
    )


def profile_of(rand: Random, field: str) -> Profile:
    """What somebody of this field would have filled in."""
    trade = _TRADES[field]
    return Profile(
        field=field,
        title_series=trade.series,
        title_level=_weighted(rand, _LEVELS),
        education=_weighted(rand, _EDUCATION),
        post=rand.choice(trade.posts),
    )


def _places(rand: Random, units: Sequence[Unit], number: int) -> list[Unit]:
    employers = [unit for unit in units if unit.is_employer]
    counties = [unit for unit in units if unit.fields and not unit.is_employer]
    # Everybody's first colleague is certain; the rest go where there are more already.
    some = employers + rand.choices(employers, k=number - len(employers) - _WITHOUT_EMPLOYER)
    places = some + [counties[place % len(counties)] for place in range(_WITHOUT_EMPLOYER)]
    rand.shuffle(places)
    return places


def _person(rand: Random, place: int, unit: Unit, number: str, year: int) -> DemoPerson:
    name = parse_name(RARE[place] if place < len(RARE) else draw_name(rand))
    mobile = "" if place % _WITHOUT_MOBILE == _WITHOUT_MOBILE - 1 else f"1540001{place:04d}"
    return DemoPerson(
        name=name,
        identity_number=number,
        mobile=mobile,
        unit=unit.key,
        owes_from=_owes_from(rand, birth_date(number).year, year),
        profile=profile_of(rand, rand.choice(unit.fields)),
        record=rand.choice(_RECORDS),
    )


def _owes_from(rand: Random, born: int, year: int) -> int:
    """The year somebody began to work, for most a recent one, never before the twenty-second."""
    recent = year - min(rand.randint(0, 4), rand.randint(0, 4))
    drawn = recent if rand.random() < 0.85 else FIRST_YEAR + rand.randint(0, 4)
    return min(max(drawn, FIRST_YEAR, born + 22), year)


def _numbers(rand: Random, taken: set[str]) -> Iterator[str]:
    days = (_BORN_LAST - _BORN_FIRST).days
    for _ in count():
        born = _BORN_FIRST + timedelta(days=rand.randint(0, days))
        first = f"37089{rand.randint(0, 3)}{born:%Y%m%d}{rand.randint(1, 999):03d}"
        number = first + identity_check_character(first)
        if number not in taken:
            taken.add(number)
            yield number


def _weighted(rand: Random, weights: dict[str, int]) -> str:
    return rand.choices(list(weights), list(weights.values()))[0]
