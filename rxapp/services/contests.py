"""竞赛登记, for everyone: recognised contests found, one that is missing proposed (article 3.3)."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.adapters import pinyin
from rxapp.errors import Conflict, Invalid
from rxapp.models.claims import Contest
from rxapp.rules.contests import LEVELS, ContestFacts, ContestStatus, fold, parse
from rxapp.rules.permissions import Permission
from rxapp.services import accounts, audit
from rxapp.services.actors import Actor

PAGE, MOST_CHOICES, MOST_SIMILAR, MOST_OPEN = 20, 10, 10, 10


@dataclass(frozen=True)
class ContestChoice:
    """A recognised contest to claim for; id 0 is none."""

    id: int
    name: str
    level_label: str
    organiser: str
    year: str


@dataclass(frozen=True)
class ContestPage:
    """Some of the register, the newest year first; `next_after` is empty at the end."""

    rows: list[ContestChoice]
    next_after: str


@dataclass(frozen=True)
class OwnProposal:
    """What became of a contest one proposed."""

    id: int
    name: str
    level: str
    year: str
    at: str
    status: str
    state: str
    reason: str


def find(session: Session, actor: Actor, *, query: str) -> list[ContestChoice]:
    """At most ten recognised contests by name, initials or year, the newest first."""
    actor.require(Permission.LEARN)
    typed = fold(query)
    if len(typed) < 2:
        raise Invalid({"q": "请至少输入两个字，或竞赛名称的拼音首字母。"})
    statement = _recognised().where(matches(typed)).limit(MOST_CHOICES)
    return [_choice(row) for row in session.exec(statement)]


def get_choice(session: Session, contest_id: int) -> ContestChoice:
    """A recognised contest as it was chosen before; id 0 when it is none (any longer)."""
    row = find_recognised(session, f"{contest_id}")
    return _choice(row) if row else ContestChoice(0, "", "", "", "")


def find_recognised(session: Session, word: str) -> Contest | None:
    """The recognised contest a typed id means."""
    # Nine digits fit every database's column; more was never an id of ours.
    good = word.isascii() and word.isdigit() and len(word) <= 9
    row = session.get(Contest, int(word)) if good else None
    return row if row is not None and row.status == ContestStatus.RECOGNISED else None


def search(
    session: Session, actor: Actor, *, query: str = "", year: str = "", level: str = "",
    after: str = "",
) -> ContestPage:  # fmt: skip
    """The recognised contests that fit, a page at a time."""
    actor.require(Permission.LEARN)
    statement = _recognised().limit(PAGE + 1)
    if typed := fold(query):
        statement = statement.where(matches(typed))
    if is_year(year):
        statement = statement.where(Contest.year == int(year))
    if level in LEVELS:
        statement = statement.where(Contest.level == level)
    if after:
        statement = statement.where(later_than(after))
    rows = list(session.exec(statement))
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    return ContestPage([_choice(row) for row in rows[:PAGE]], key_of(last))


def find_similar(session: Session, actor: Actor, *, typed: Mapping[str, str]) -> list[OwnProposal]:
    """What the register knows that looks like a contest about to be proposed; none when new."""
    person_id = actor.require(Permission.LEARN)
    facts = parse(typed, this_year=clock.today().year)
    rows = session.exec(
        select(Contest)
        .where(
            Contest.year == facts.year, _alike(facts.name),
            or_(col(Contest.status) == ContestStatus.RECOGNISED.value,
                col(Contest.proposed_by) == person_id),
        )
        .order_by(col(Contest.id))
        .limit(MOST_SIMILAR)
    )  # fmt: skip
    return [_proposal(row) for row in rows]


def propose(session: Session, actor: Actor, *, typed: Mapping[str, str]) -> int:
    """Propose a contest that is not in the register; returns its id, the same for a second press.

    Invalid names every wrong field; Conflict when it is known already or ten proposals wait.
    """
    person = accounts.own_person(session, actor, Permission.LEARN)
    facts = parse(typed, this_year=clock.today().year)
    # Of two presses, and of two windows at the limit, the second waits for the first. Not held
    # by its key, so that whatever merely points to the person need not wait.
    session.refresh(person, with_for_update={"key_share": True})
    known = find_same(session, facts)
    if known is not None and known.status == ContestStatus.RECOGNISED:
        raise Conflict("这项竞赛已在登记中，申报时直接选择即可，不需要再申请。")
    if known is not None and known.status == ContestStatus.PROPOSED:
        if known.proposed_by == person.id:
            return known.id or 0
        raise Conflict("这项竞赛已有人申请登记，正在等待认可，认可后申报时即可选择。")
    if known is not None:
        raise Conflict(
            f"这项竞赛未获认可，理由：{known.reason or '未填写'}。如有异议请向市人社局提出。"
        )
    waiting = session.exec(
        select(func.count()).where(
            Contest.proposed_by == person.id, Contest.status == ContestStatus.PROPOSED.value
        )
    ).one()
    if waiting >= MOST_OPEN:
        raise Conflict(f"您有{waiting}项竞赛正在等待认可，请等待答复后再申请。")
    row = add_row(session, facts, ContestStatus.PROPOSED, proposed_by=person.id)
    audit.record(session, actor, audit.Action.CONTEST_PROPOSED, kind="contest", id=row.id)
    return row.id or 0


def list_own(session: Session, actor: Actor) -> list[OwnProposal]:
    """One's own newest proposals, and what became of them."""
    person_id = actor.require(Permission.LEARN)
    rows = session.exec(
        select(Contest)
        .where(Contest.proposed_by == person_id)
        .order_by(col(Contest.id).desc())
        .limit(PAGE)
    )
    return [_proposal(row) for row in rows]


def find_same(session: Session, facts: ContestFacts, *, besides: int = 0) -> Contest | None:
    """The contest of the same name, level and year; a recognised one first."""
    rows = session.exec(
        select(Contest).where(
            Contest.name == facts.name, Contest.year == facts.year, Contest.level == facts.level,
            Contest.id != besides,
        )
    ).all()  # fmt: skip
    order = (ContestStatus.RECOGNISED, ContestStatus.PROPOSED, ContestStatus.REFUSED)
    return min(rows, key=lambda row: order.index(ContestStatus(row.status)), default=None)


def add_row(
    session: Session, facts: ContestFacts, status: ContestStatus, *,
    proposed_by: int | None = None, decided_by: int | None = None,
) -> Contest:  # fmt: skip
    """Write a contest into the register."""
    row = Contest(
        name=facts.name, initials=pinyin.initials(facts.name), level=facts.level,
        organiser=facts.organiser, year=facts.year, status=status.value, note=facts.note,
        proposed_by=proposed_by, decided_by=decided_by, at=clock.now(),
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def matches(typed: str) -> ColumnElement[bool]:
    """Whether a contest is meant by what was typed (as `fold` gives it)."""
    conditions = [col(Contest.name).contains(typed, autoescape=True)]
    if typed.isascii() and typed.isalnum():
        conditions.append(col(Contest.initials).contains(typed.lower(), autoescape=True))
    if is_year(typed):
        conditions.append(col(Contest.year) == int(typed))
    return or_(*conditions)


def is_year(word: str) -> bool:
    """Whether a word is a year of four digits."""
    return len(word) == 4 and word.isascii() and word.isdigit()


def key_of(row: Contest | None) -> str:
    """Where the next page begins."""
    return f"{row.year}|{row.id}" if row else ""


def later_than(after: str) -> ColumnElement[bool]:
    """What comes after a page that ended there, the newest year first."""
    year, _, last = after.partition("|")
    if not is_year(year) or not (last.isascii() and last.isdigit() and len(last) < 10):
        raise Invalid(message="页码已失效，请重新查找。")
    same_year = (col(Contest.year) == int(year)) & (col(Contest.id) < int(last))
    return or_(col(Contest.year) < int(year), same_year)


def _recognised():  # type: ignore[no-untyped-def]
    return (
        select(Contest)
        .where(Contest.status == ContestStatus.RECOGNISED.value)
        .order_by(col(Contest.year).desc(), col(Contest.id).desc())
    )


def _alike(name: str) -> ColumnElement[bool]:
    # Without what years and ordinals put before it, a name is the same from year to year.
    core = name[-8:]
    return or_(
        col(Contest.name).contains(core, autoescape=True),
        col(Contest.initials) == pinyin.initials(name),
    )


def _choice(row: Contest) -> ContestChoice:
    return ContestChoice(
        row.id or 0, row.name, LEVELS.get(row.level, row.level), row.organiser, f"{row.year}"
    )


def _proposal(row: Contest) -> OwnProposal:
    return OwnProposal(
        row.id or 0, row.name, LEVELS.get(row.level, row.level), f"{row.year}",
        f"{clock.local(row.at):%Y-%m-%d}", row.status, ContestStatus(row.status).label, row.reason,
    )  # fmt: skip
