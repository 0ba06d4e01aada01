"""Where and when a bureau looks: a place of its own subtree, a period, one reviewer."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, and_
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.errors import Invalid, NotFound
from rxapp.models.organisations import Organisation
from rxapp.models.people import Person
from rxapp.models.supervision import ReviewerDay
from rxapp.rules.permissions import Permission
from rxapp.services import organisation_search, scopes
from rxapp.services.actors import Actor, Office
from rxapp.services.organisation_search import OrganisationChoice

MOST_PLACES = 10
USUAL_DAYS = 30
# So many months back reviewers can be looked at.
MONTHS = 36


@dataclass(frozen=True)
class Place:
    """A subtree that is looked at, and the bureau that looks; id 0 is the bureau's whole."""

    id: int
    path: str
    name: str
    office_id: int

    @property
    def within(self) -> ColumnElement[bool]:
        """The predicate on `Organisation.path` that holds inside."""
        path = col(Organisation.path)
        return and_(path >= self.path, path < self.path[:-1] + "0")


@dataclass(frozen=True)
class Period:
    """Days of the city's calendar, both included."""

    first: date
    last: date

    @property
    def begins(self) -> datetime:
        """The first instant."""
        return datetime.combine(self.first, time(), tzinfo=clock.SHANGHAI)

    @property
    def ends(self) -> datetime:
        """The first instant after it."""
        return datetime.combine(self.last + timedelta(days=1), time(), tzinfo=clock.SHANGHAI)

    def __str__(self) -> str:
        return f"{self.first}至{self.last}"


def get_place(session: Session, actor: Actor, organisation_id: int) -> Place:
    """A place of one's own subtree, 0 for all of it; NotFound for any other."""
    actor.require(Permission.SUPERVISE)
    bureaus = _bureaus(actor)
    if not organisation_id:
        first = bureaus[0]
        return Place(0, first.path, first.name, first.organisation_id)
    row = session.exec(
        select(Organisation).where(
            Organisation.id == organisation_id, scopes.within(actor, Permission.SUPERVISE)
        )
    ).first()
    if row is None:
        raise NotFound("没有找到该单位，可能不在您的管理范围内。")
    # Of two bureaus served, the nearer one.
    above = max((each for each in bureaus if row.path.startswith(each.path)), key=_depth)
    return Place(organisation_id, row.path, row.name, above.organisation_id)


def find_places(session: Session, actor: Actor, *, query: str) -> list[OrganisationChoice]:
    """At most ten of one's own subtree whose name, initials or code fit."""
    actor.require(Permission.SUPERVISE)
    typed = organisation_search.fold(query)
    if len(typed) < organisation_search.SHORTEST:
        raise Invalid({"q": "请至少输入两个字，或单位名称的拼音首字母、统一社会信用代码。"})
    above = select(col(Organisation.id), col(Organisation.name)).subquery()
    rows = session.exec(
        select(Organisation.id, Organisation.name, above.c.name)
        .join(above, above.c.id == Organisation.parent_id, isouter=True)
        .where(scopes.within(actor, Permission.SUPERVISE), organisation_search.matches(typed))
        .order_by(col(Organisation.name), col(Organisation.id))
        .limit(MOST_PLACES)
    )
    return [OrganisationChoice(id or 0, name, up or "") for id, name, up in rows]


def get_reviewer(session: Session, actor: Actor, person_id: int) -> str:
    """The name of somebody who decided for an office of one's subtree; NotFound for others."""
    actor.require(Permission.SUPERVISE)
    found = session.exec(
        select(Person.name)
        .join(ReviewerDay, col(ReviewerDay.person_id) == Person.id)
        .join(Organisation, col(Organisation.id) == ReviewerDay.office_id)
        .where(Person.id == person_id, scopes.within(actor, Permission.SUPERVISE))
    ).first()
    if found is None:
        raise NotFound("没有找到该审核人，可能不在您的管理范围内。")
    return found


def parse_period(first: str, last: str, *, longest: int) -> Period:
    """Two typed days; Invalid for what is none, the wrong way round, in the future or too long."""
    begin, end = _day(first, "first"), _day(last, "last")
    if end < begin:
        raise Invalid({"last": "截止日期不能早于起始日期。"})
    if end > today():
        raise Invalid({"last": "截止日期不能晚于今天。"})
    if (end - begin).days >= longest:
        raise Invalid({"first": f"一次最多查看{longest}天，请缩短期间。"})
    return Period(begin, end)


def parse_month(typed: str) -> Period:
    """A month as “2026-11”, or this one for nothing; Invalid for any that is not offered."""
    known = {value for value, _ in list_months()}
    month = typed.strip() or _month(today())
    if month not in known:
        raise Invalid({"month": "请从列出的月份中选择。"})
    first = date.fromisoformat(f"{month}-01")
    return Period(first, _next_month(first) - timedelta(days=1))


def list_months() -> list[tuple[str, str]]:
    """The months that can be looked at, the newest first, and how a screen calls each."""
    found, first = [], today().replace(day=1)
    for _ in range(MONTHS):
        found.append((_month(first), f"{first.year}年{first.month}月"))
        first = (first - timedelta(days=1)).replace(day=1)
    return found


def usual_period() -> Period:
    """The last thirty days."""
    return Period(today() - timedelta(days=USUAL_DAYS - 1), today())


def today() -> date:
    """The real day: decisions are dated by the real clock, like everything that is stored."""
    return clock.local(clock.now()).date()


def parse_number(typed: str) -> int:
    """A whole number as it was typed, -1 when it is none."""
    word = typed.strip()
    return int(word) if word.isascii() and word.isdigit() and len(word) <= 9 else -1


def _bureaus(actor: Actor) -> list[Office]:
    ids = scopes.office_ids(actor, Permission.SUPERVISE)
    return [office for office in actor.offices if office.organisation_id in ids]


def _month(day: date) -> str:
    return f"{day:%Y-%m}"


def _next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


def _depth(office: Office) -> int:
    return len(office.path)


def _day(typed: str, field: str) -> date:
    try:
        found = date.fromisoformat(typed.strip())
    except ValueError:
        raise Invalid({field: "日期应写成2020-07-15这样。"}) from None
    if not 2000 <= found.year <= 2999:
        raise Invalid({field: "日期应写成2020-07-15这样。"})
    return found
