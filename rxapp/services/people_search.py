"""Finding people within one's offices at a cost that does not grow with the city.

Two ways lead to the same people: through the tree of one's offices, or along the index of what is
looked for. The shorter one is walked: a small office is gone through whole, a large one finds its
share soon along any index. Which it was stands in the mark of the page, so that all pages of one
look go the same way.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.adapters.conditions import checked
from rxapp.adapters.encryption import data_keys
from rxapp.errors import Invalid, NotFound
from rxapp.models.organisations import Organisation
from rxapp.models.people import Person
from rxapp.rules import identity, profiles
from rxapp.rules.permissions import Permission
from rxapp.rules.person_status import PersonStatus
from rxapp.services import scopes
from rxapp.services.actors import Actor

# From four characters on, what was typed may also be part of an employer's name.
LONG_ENOUGH = 4
SMALL_OFFICES, LARGE_OFFICES = 60, 1000
PEOPLE_EACH = 40
# So many of the tree are tried before anything is counted.
PROBED = 400

Found = tuple[Person, str, str]


@dataclass(frozen=True)
class Sought:
    """What to look for; empty means everything.

    `query` is a name or its beginning, its pinyin or initials, a full identity number, or a part
    of an employer's name; `status` a state, or whether the account is activated.
    """

    query: str = ""
    status: str = ""
    title: str = ""
    organisation_id: int = 0


@dataclass(frozen=True)
class FoundPage:
    """Some people, each with the employer's name and path; `next_after` is empty at the end."""

    rows: list[Found]
    next_after: str


@dataclass(frozen=True)
class _Way:
    """One condition, and the column along whose index it is walked; none walks along the ids."""

    condition: ColumnElement[bool] | None = None
    column: Any = None


@dataclass(frozen=True)
class _Mark:
    """Where a page begins: on which way, through the tree or along the index, after whom."""

    way: int = 0
    through_tree: bool | None = None
    path: str = ""
    last: int = 0


def find(
    session: Session, actor: Actor, sought: Sought, *, after: str, limit: int,
    permission: Permission = Permission.PEOPLE_READ,
) -> FoundPage:  # fmt: skip
    """The next people of one's own offices and below, at most `limit`."""
    filters = _filters(session, actor, sought, permission)
    ways = _ways(sought)
    mark, rows = _read(after, len(ways)), []
    while mark.way < len(ways):
        way = ways[mark.way]
        through_tree = mark.through_tree
        if through_tree is None:
            wanted = [each for each in (*filters, way.condition) if each is not None]
            through_tree = _is_shorter_through_tree(session, actor, permission, wanted, limit)
        walked = _Walk(way, filters, through_tree, scopes.within(actor, permission))
        rows += walked.list_after(session, mark, limit + 1 - len(rows))
        if len(rows) > limit:
            person, _, path = rows[limit - 1]
            return FoundPage(rows[:limit], _written(mark.way, through_tree, path, person.id or 0))
        mark = _Mark(mark.way + 1)
    return FoundPage(rows, "")


def name_of(session: Session, organisation_id: int) -> str:
    """The name of an organisation that was found to be in scope."""
    return session.exec(select(Organisation.name).where(Organisation.id == organisation_id)).one()


@dataclass(frozen=True)
class _Walk:
    way: _Way
    filters: list[ColumnElement[bool]]
    through_tree: bool
    scope: ColumnElement[bool]

    def list_after(self, session: Session, mark: _Mark, limit: int) -> list[Found]:
        statement = (
            select(Person, Organisation.name, Organisation.path)
            .join(Organisation, col(Organisation.id) == Person.organisation_id)
            .limit(limit)
        )
        looked_for = [each for each in (*self.filters, self.way.condition) if each is not None]
        # What does not lead is only checked: left to itself, a database without statistics takes
        # the longer way, and a list of many people a hundred times as long. PostgreSQL has them,
        # and would take what is checked so for something that nearly nobody is.
        only = checked if session.get_bind().dialect.name == "sqlite" else _plain
        if self.through_tree:
            statement = statement.where(self.scope, *[only(each) for each in looked_for])
        else:
            statement = statement.where(only(self.scope), *looked_for)
        # Ranges over the very columns of the order: no page costs more than another, however deep.
        if self.through_tree:
            path = col(Organisation.path)
            later = or_(path > mark.path, and_(path == mark.path, col(Person.id) > mark.last))
            statement = statement.where(path >= mark.path, later).order_by(path, col(Person.id))
        elif self.way.column is None:
            statement = statement.where(col(Person.id) > mark.last).order_by(col(Person.id))
        else:
            statement = statement.order_by(self.way.column, col(Person.id))
            if mark.last:
                statement = statement.where(_behind(session, self.way.column, mark.last))
        return list(session.exec(statement).all())


def _plain(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return condition


def _behind(session: Session, column: Any, last: int) -> ColumnElement[bool]:
    value = session.exec(select(column).where(Person.id == last)).first()
    if value is None:
        raise NotFound()
    return and_(column >= value, or_(column > value, col(Person.id) > last))


def _is_shorter_through_tree(
    session: Session, actor: Actor, permission: Permission, wanted: list[ColumnElement[bool]],
    limit: int,
) -> bool:  # fmt: skip
    if not wanted:
        return True
    below = scopes.within(actor, permission)
    offices = _count(session, select(Organisation.id).where(below), LARGE_OFFICES)
    if not SMALL_OFFICES < offices < LARGE_OFFICES:
        return offices <= SMALL_OFFICES
    people = offices * PEOPLE_EACH
    return _fills_a_page(session, below, wanted, limit) or (
        _count(session, select(Person.id).where(*wanted), people) >= people
    )


def _fills_a_page(
    session: Session, below: ColumnElement[bool], wanted: list[ColumnElement[bool]], limit: int
) -> bool:
    """Whether the first people of the tree are enough already: what most fulfil is not counted."""
    first = (
        select(case((and_(*wanted), 1), else_=0).label("fits"))
        .join(Organisation, col(Organisation.id) == Person.organisation_id)
        .where(below)
        .order_by(col(Organisation.path), col(Person.id))
        .limit(PROBED)
        .subquery()
    )
    return (session.exec(select(func.sum(first.c.fits))).one() or 0) > limit


def _count(session: Session, statement: Any, most: int) -> int:
    return session.exec(select(func.count()).select_from(statement.limit(most).subquery())).one()


def _filters(
    session: Session, actor: Actor, sought: Sought, permission: Permission
) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if sought.status in set(PersonStatus):
        found.append(col(Person.status) == PersonStatus(sought.status))
    elif sought.status in ("activated", "waiting"):
        there = col(Person.activated_at)
        found.append(there.is_not(None) if sought.status == "activated" else there.is_(None))
    if sought.title:
        level = sought.title in profiles.LEVELS and sought.title not in profiles.SERIES
        titled = Person.title_level if level else Person.title_series
        found.append(col(titled) == sought.title)
    if sought.organisation_id:
        found.append(col(Person.organisation_id) == _own(session, actor, sought, permission))
    return found


def _own(session: Session, actor: Actor, sought: Sought, permission: Permission) -> int:
    here = session.exec(
        select(Organisation.id).where(
            Organisation.id == sought.organisation_id, scopes.within(actor, permission)
        )
    ).first()
    if here is None:
        raise NotFound("没有找到该单位，可能不在您的管理范围内。")
    return here


def _ways(sought: Sought) -> list[_Way]:
    typed = "".join(sought.query.split())
    if not typed:
        return [_Way()]
    try:
        number = identity.parse_identity(typed, today=clock.today())
        return [_Way(col(Person.identity_hash) == data_keys().hash(number, context="identity"))]
    except Invalid:
        pass
    if typed.isascii() and typed.isalpha():
        spelled = begins(col(Person.pinyin), typed.lower())
        initials = begins(col(Person.initials), typed.lower())
        # One after the other, because an index serves one of them at a time.
        return [
            _Way(spelled, col(Person.pinyin)),
            _Way(and_(initials, ~spelled), col(Person.initials)),
        ]
    named = begins(col(Person.name), typed)
    ways = [_Way(named, col(Person.name))]
    if len(typed) >= LONG_ENOUGH:
        works = col(Person.organisation_id).in_(
            select(col(Organisation.id)).where(
                col(Organisation.name).contains(typed, autoescape=True)
            )
        )
        ways.append(_Way(and_(works, ~named)))
    return ways


def begins(column: Any, typed: str) -> ColumnElement[bool]:
    """Whether a word begins with what was typed, as an index finds it on either database."""
    # The last character of all, so that everything that goes on from what was typed lies below.
    return and_(column >= typed, column < f"{typed}\U0010ffff")


def _written(way: int, through_tree: bool, path: str, last: int) -> str:
    return f"{way}{'t' if through_tree else 'i'}|{path if through_tree else ''}|{last}"


def _read(after: str, ways: int) -> _Mark:
    """The mark of a page; whatever else is sent means the first page."""
    head, _, rest = after.partition("|")
    path, _, last = rest.partition("|")
    way, kind = head[:-1], head[-1:]
    good = way.isascii() and way.isdigit() and kind in ("t", "i") and last.isascii()
    if not good or not last.isdigit() or len(last) > 12 or int(way) >= ways or len(path) > 120:
        return _Mark()
    return _Mark(int(way), kind == "t", path, int(last))
