"""竞赛登记, the bureau's side: what was proposed is recognised or refused, added, put right."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import update
from sqlmodel import Session, col, select

from rxapp import clock, routes
from rxapp.adapters import pinyin
from rxapp.errors import Conflict, Invalid, NotFound
from rxapp.models.claims import Contest
from rxapp.models.people import Person
from rxapp.rules.contests import LEVELS, TRANSITIONS, ContestStatus, Verdict, fold, parse
from rxapp.rules.permissions import Permission
from rxapp.services import audit, contests, messages
from rxapp.services.actors import Actor

PAGE, LONGEST_REASON = 30, 200
LARGEST_ID = 10**9  # fits every database's column
ELSEWHERE = "这项竞赛已由其他人办理，请刷新后再试，已填写的内容仍在。"
SAID = {
    ContestStatus.RECOGNISED: ("竞赛已认可", "已认可，可以申报学时。"),
    ContestStatus.REFUSED: ("竞赛未获认可", "未获认可，不能申报学时。"),
}


@dataclass(frozen=True)
class ContestLine:
    """One contest as the bureau sees it."""

    id: int
    version: int
    name: str
    level: str
    level_label: str
    organiser: str
    year: str
    status: str
    state: str
    note: str
    reason: str
    proposer: str
    at: str


@dataclass(frozen=True)
class RegisterPage:
    """Some of the register; `next_after` is empty at the end."""

    rows: list[ContestLine]
    next_after: str


def list_register(
    session: Session, actor: Actor, *, status: str = "", query: str = "", after: str = ""
) -> RegisterPage:
    """The register, the newest year first, in one state or all."""
    actor.require(Permission.POLICY_EDIT)
    statement = (
        select(Contest, Person.name)
        .join(Person, col(Person.id) == Contest.proposed_by, isouter=True)
        .order_by(col(Contest.year).desc(), col(Contest.id).desc())
        .limit(PAGE + 1)
    )
    if status in set(ContestStatus):
        statement = statement.where(Contest.status == status)
    if typed := fold(query):
        statement = statement.where(contests.matches(typed))
    if after:
        statement = statement.where(contests.later_than(after))
    rows = session.exec(statement).all()
    last = rows[PAGE - 1][0] if len(rows) > PAGE else None
    return RegisterPage([_line(*row) for row in rows[:PAGE]], contests.key_of(last))


def get_line(session: Session, actor: Actor, contest_id: int) -> ContestLine:
    """One contest, to be decided on or put right."""
    actor.require(Permission.POLICY_EDIT)
    row = _found(session, contest_id)
    proposer = session.get(Person, row.proposed_by or 0)
    return _line(row, proposer.name if proposer else None)


def decide(
    session: Session, actor: Actor, *, contest_id: int, verdict: str, reason: str, version: int
) -> str:
    """Recognise a contest, or not; the proposer is told. Pressed twice it counts once.

    A refusal needs a reason. What was granted for it stays.
    """
    person_id = actor.require(Permission.POLICY_EDIT)
    row = _found(session, contest_id)
    if verdict not in set(Verdict):
        raise NotFound()
    leads_to = TRANSITIONS.get((ContestStatus(row.status), Verdict(verdict)))
    wanted = {status for (_, said), status in TRANSITIONS.items() if said == verdict}
    if row.version == version + 1 and row.decided_by == person_id and row.status in wanted:
        return _told(row)
    if leads_to is None or row.version != version:
        raise Conflict(ELSEWHERE)
    why = " ".join(reason.split())
    if len(why) > LONGEST_REASON or (leads_to is ContestStatus.REFUSED and len(why) < 2):
        raise Invalid({"reason": f"请填写不予认可的理由，2至{LONGEST_REASON}个字。"})
    if leads_to is ContestStatus.RECOGNISED:
        _require_only_one(session, row)
    _guarded(
        session, row, version, status=leads_to.value, reason=why, decided_by=person_id
    )  # fmt: skip
    audit.record(
        session, actor, audit.Action.CONTEST_DECIDED, kind="contest", id=row.id, verdict=verdict
    )
    _tell(session, row)
    return _told(row)


def add(session: Session, actor: Actor, *, typed: Mapping[str, str]) -> int:
    """Put a recognised contest into the register; returns its id, the same for a second press."""
    person_id = actor.require(Permission.POLICY_EDIT)
    facts = parse(typed, this_year=clock.today().year)
    known = contests.find_same(session, facts)
    if known is not None and known.status == ContestStatus.RECOGNISED:
        if known.decided_by == person_id and known.proposed_by is None:
            return known.id or 0
        raise Conflict("同一年度、同一级别的这项竞赛已在登记中。")
    if known is not None:
        raise Conflict(f"这项竞赛已有记录（{ContestStatus(known.status).label}），请在列表中办理。")
    row = contests.add_row(session, facts, ContestStatus.RECOGNISED, decided_by=person_id)
    audit.record(session, actor, audit.Action.CONTEST_ADDED, kind="contest", id=row.id)
    return row.id or 0


def correct(
    session: Session, actor: Actor, *, contest_id: int, typed: Mapping[str, str], version: int
) -> None:
    """Put right what the register says of a contest; what was granted for it stays."""
    actor.require(Permission.POLICY_EDIT)
    row = _found(session, contest_id)
    facts = parse(dict(typed) | {"note": row.note}, this_year=clock.today().year)
    new = {"name": facts.name, "level": facts.level, "organiser": facts.organiser,
           "year": facts.year}  # fmt: skip
    changed = [name for name, value in new.items() if getattr(row, name) != value]
    if not changed:
        return
    if row.version != version:
        raise Conflict(ELSEWHERE)
    other = contests.find_same(session, facts, besides=contest_id)
    if other is not None and other.status == ContestStatus.RECOGNISED:
        raise Conflict("同一年度、同一级别的这项竞赛已在登记中，未作改动。")
    _guarded(session, row, version, **new, initials=pinyin.initials(facts.name))
    audit.record(
        session, actor, audit.Action.CONTEST_CORRECTED, kind="contest", id=row.id, fields=changed
    )


def _found(session: Session, contest_id: int) -> Contest:
    row = session.get(Contest, contest_id) if 0 < contest_id < LARGEST_ID else None
    if row is None:
        raise NotFound("没有找到这项竞赛。")
    return row


def _require_only_one(session: Session, row: Contest) -> None:
    same = session.exec(
        select(Contest.id).where(
            Contest.name == row.name, Contest.year == row.year, Contest.level == row.level,
            Contest.status == ContestStatus.RECOGNISED.value, Contest.id != row.id,
        )
    ).first()  # fmt: skip
    if same is not None:
        raise Conflict("同一年度、同一级别的这项竞赛已在登记中，请不予认可并说明。")


def _guarded(session: Session, row: Contest, version: int, **values: object) -> None:
    changed = session.execute(
        update(Contest)
        .where(
            col(Contest.id) == row.id, col(Contest.version) == version,
            col(Contest.status) == row.status,
        )
        .values(version=version + 1, **values)
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict(ELSEWHERE)
    session.refresh(row)


def _told(row: Contest) -> str:
    return f"“{row.name}”{SAID[ContestStatus(row.status)][1]}"


def _tell(session: Session, row: Contest) -> None:
    if row.proposed_by is None:
        return
    why = f"理由：{row.reason}。" if row.reason else ""
    messages.send(
        session, to=row.proposed_by, title=SAID[ContestStatus(row.status)][0],
        body=f"您申请登记的{row.year}年度{_told(row)}{why}", href=routes.CLAIM_CONTEST,
    )  # fmt: skip


def _line(row: Contest, proposer: str | None) -> ContestLine:
    return ContestLine(
        id=row.id or 0, version=row.version, name=row.name, level=row.level,
        level_label=LEVELS.get(row.level, row.level), organiser=row.organiser, year=f"{row.year}",
        status=row.status, state=ContestStatus(row.status).label, note=row.note,
        reason=row.reason, proposer=proposer or "人社局登记",
        at=f"{clock.local(row.at):%Y-%m-%d}",
    )  # fmt: skip
