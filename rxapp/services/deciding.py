"""An office decides on what lies before it: shown with its evidence, decided once, answered for."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, union_all
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.errors import Conflict, Invalid, NotFound, NotPermitted
from rxapp.models.applications import Application
from rxapp.models.organisations import Organisation
from rxapp.rules.applications import NEEDS_REASON, Kind, Status, Verdict, verdicts
from rxapp.rules.city_values import CityValue
from rxapp.rules.permissions import Permission
from rxapp.services import (
    applications,
    city_values,
    corrections,
    enrolments,
    evidence,
    queues,
    registrations,
    scopes,
    transfers,
    turns,
)
from rxapp.services.actors import Actor
from rxapp.services.applications import KindOfApplication, Line

LONGEST_NOTE = 400
PAGE = 30

KINDS: dict[Kind, KindOfApplication] = {
    Kind.ORGANISATION: registrations,
    Kind.PERSON: enrolments,
    Kind.TRANSFER: transfers,
    Kind.CORRECTION: corrections,
}


@dataclass(frozen=True)
class WaitingRow:
    """One application on a desk; `age` is in words, `late` when it waits too long."""

    id: int
    number: str
    kind: str
    title: str
    step: str
    office: str
    since: str
    age: str
    late: bool
    from_below: bool


@dataclass(frozen=True)
class Desk:
    """What waits for one's offices, oldest first."""

    rows: list[WaitingRow]
    next_after: str
    waiting: int


@dataclass(frozen=True)
class VerdictChoice:
    """One thing the office may do."""

    key: str
    label: str
    needs_reason: bool


@dataclass(frozen=True)
class DecisionLine:
    """One verdict that was given."""

    at: str
    step: str
    verdict: str
    office: str
    who: str
    note: str


@dataclass(frozen=True)
class ApplicationDetail:
    """All an office needs to decide."""

    id: int
    number: str
    kind: str
    title: str
    status: str
    step: str
    office: str
    since: str
    version: int
    lines: list[Line]
    decisions: list[DecisionLine]
    choices: list[VerdictChoice]
    may_pass_on: bool


def may_review(_session: Session, actor: Actor) -> bool:
    """Whether applications come to one's offices at all."""
    actor.require(Permission.STAFF)
    return actor.may(Permission.REVIEW)


def list_waiting(session: Session, actor: Actor, *, after: str = "") -> Desk:
    """What waits for one's offices, oldest first, with what waits too long below them."""
    actor.require(Permission.REVIEW)
    now = clock.now()
    warn = now - timedelta(days=city_values.get_value(session, CityValue.DESK_WARN_DAYS))
    statement = (
        select(Application, Organisation.name)
        .join(Organisation, col(Organisation.id) == Application.office_id)
        .where(col(Application.id).in_(_ids(session, actor, after)))
        .order_by(col(Application.waiting_since), col(Application.id))
    )
    found = session.exec(statement).all()
    mine = scopes.office_ids(actor, Permission.REVIEW)
    rows = [_row(row, office, now, warn, mine) for row, office in found[:PAGE]]
    last = found[PAGE - 1][0] if len(found) > PAGE else None
    return Desk(
        rows=rows,
        next_after=f"{last.waiting_since.isoformat()}|{last.id}" if last else "",
        waiting=queues.count(session, mine, queues.APPLICATIONS),
    )


def _ids(session: Session, actor: Actor, after: str) -> Any:
    """Which ones the page shows: each of the places lies in its own order already."""
    waits = [Application.status == Status.SUBMITTED, *([_later_than(after)] if after else [])]
    parts = [
        select(col(Application.id).label("id"), col(Application.waiting_since).label("since"))
        .where(place, *waits)
        .order_by(col(Application.waiting_since), col(Application.id))
        .limit(PAGE + 1)
        .subquery()
        for place in turns.places_before(session, actor)
    ]
    found = union_all(*(select(each.c.id, each.c.since) for each in parts)).subquery()
    return select(found.c.id).order_by(found.c.since, found.c.id).limit(PAGE + 1)


def get_application(session: Session, actor: Actor, application_id: int) -> ApplicationDetail:
    """One application before one's office (or once before it, or below it), with its history."""
    row, office = _find(session, actor, application_id)
    kind = KINDS[row.kind]
    choices = _choices(session, actor, row)
    return ApplicationDetail(
        id=row.id or 0,
        number=row.number,
        kind=row.kind.label,
        title=row.title,
        status=row.status.label,
        step=row.step.label,
        office=office,
        since=_moment(row.waiting_since),
        version=row.version,
        lines=kind.describe(session, row, applications.read(row)),
        decisions=[
            DecisionLine(
                _moment(made.at), made.step.label, made.verdict.label, by, who or "申请人",
                made.note,
            )
            for made, by, who in applications.list_decisions(session, row)
        ],
        choices=[c for c in choices if c.key != Verdict.PASS_ON],
        may_pass_on=any(c.key == Verdict.PASS_ON for c in choices),
    )  # fmt: skip


def list_evidence(
    session: Session, actor: Actor, application_id: int
) -> list[evidence.EvidenceView]:
    """The files that came with an application one may see."""
    row, _ = _find(session, actor, application_id)
    return evidence.list_of(session, row)


def decide(
    session: Session, actor: Actor, *, application_id: int, verdict: str, note: str, version: int,
    pass_to: int = 0,
) -> str:  # fmt: skip
    """Give one verdict on an application before one's office; returns the sentence to show.

    Invalid without a reason where one is needed, Conflict for whoever comes second, NotPermitted
    on one's own application or one that one has decided before.
    """
    row, _ = _find(session, actor, application_id, lock=True)
    if turns.was_mine(session, actor, row, verdict, version):
        return _sentence(row, Verdict(verdict))
    turns.require_turn(session, actor, row, version)
    given = _parse_verdict(row, verdict)
    reason = " ".join(note.split())
    if given in NEEDS_REASON and not reason:
        raise Invalid({"note": f"请填写{given.label}的理由，申请人会看到。"})
    if len(reason) > LONGEST_NOTE:
        raise Invalid({"note": f"理由不能超过{LONGEST_NOTE}个字，已填写的内容仍在。"})
    onward = KINDS[row.kind].carry_out(
        session, actor, row, applications.read(row), given, reason, pass_to or None
    )
    applications.move(
        session, actor, row, given, version=version, note=reason, office_id=onward.office_id,
        lapses_on=onward.lapses_on,
    )  # fmt: skip
    return _sentence(row, given)


def _find(
    session: Session, actor: Actor, application_id: int, *, lock: bool = False
) -> tuple[Application, str]:
    """The application and its office's name; `lock` lets one reviewer at a time decide."""
    actor.require(Permission.REVIEW)
    statement = (
        select(Application, Organisation.name)
        .join(Organisation, col(Organisation.id) == Application.office_id)
        .where(Application.id == application_id, scopes.within(actor, Permission.REVIEW))
    )
    found = session.exec(statement.with_for_update(of=Application) if lock else statement).first()
    if found is None:
        raise NotFound("没有找到该申请，可能已转到其他单位或不在您的管理范围内。")
    return found


def _later_than(after: str) -> ColumnElement[bool]:
    moment, _, last = after.partition("|")
    try:
        since, row_id = datetime.fromisoformat(moment), int(last)
    except ValueError:
        raise NotFound() from None
    return or_(
        col(Application.waiting_since) > since,
        and_(col(Application.waiting_since) == since, col(Application.id) > row_id),
    )


def _row(
    row: Application, office: str, now: datetime, warn: datetime, mine: list[int]
) -> WaitingRow:
    return WaitingRow(
        id=row.id or 0,
        number=row.number,
        kind=row.kind.label,
        title=row.title,
        step=row.step.label,
        office=office,
        since=_moment(row.waiting_since),
        age=_age(now - row.waiting_since),
        late=row.waiting_since < warn,
        from_below=row.office_id not in mine,
    )


def _choices(session: Session, actor: Actor, row: Application) -> list[VerdictChoice]:
    try:
        turns.require_turn(session, actor, row, row.version)
    except (Conflict, NotPermitted):
        return []
    return [
        VerdictChoice(each.value, each.label, each in NEEDS_REASON)
        for each in verdicts(row.kind, row.step)
    ]


def _parse_verdict(row: Application, verdict: str) -> Verdict:
    for each in verdicts(row.kind, row.step):
        if each.value == verdict:
            return each
    raise Conflict("该申请目前不能这样办理，请刷新后再试，已填写的内容仍在。")


def _sentence(row: Application, given: Verdict) -> str:
    return f"{row.title}的{row.kind.label}申请：{given.label}。受理编号 {row.number}"


def _moment(at: datetime) -> str:
    return f"{clock.local(at):%Y-%m-%d %H:%M}"


def _age(waited: timedelta) -> str:
    if waited.days:
        return f"已等待{waited.days}天"
    hours = waited.seconds // 3600
    return f"已等待{hours}小时" if hours else "刚刚提交"
