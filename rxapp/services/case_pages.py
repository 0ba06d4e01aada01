"""A matter as its bureau sees it, as who is heard sees it, and the lists that lead to it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, or_
from sqlmodel import Session, col, select

from rxapp import clock, routes
from rxapp.errors import AppError, NotFound
from rxapp.models.cases import CaseDismissal, SupervisionCase
from rxapp.models.claims import Claim
from rxapp.models.organisations import Organisation
from rxapp.models.people import Person
from rxapp.rules.cases import (
    OF_CLAIMS,
    OF_ORGANISATIONS,
    TRANSITIONS,
    Act,
    Entry,
    Finding,
    Side,
    Status,
)
from rxapp.rules.claims import Status as ClaimStatus
from rxapp.rules.permissions import Permission
from rxapp.services import case_claims, case_lines, case_measures, cases, scopes
from rxapp.services.actors import Actor
from rxapp.services.case_claims import ClaimBrief
from rxapp.services.case_lines import LineView

PAGE = 30
TONES = {
    Status.NOTIFIED: "accent", Status.ANSWERED: "warn", Status.EXPIRED: "bad",
    Status.DECIDED: "warn", Status.CLOSED: "good", Status.WITHDRAWN: "plain",
}  # fmt: skip


@dataclass(frozen=True)
class CaseRow:
    """One matter of a list."""

    id: int
    number: str
    subject: str
    about: str
    finding: str
    status: str
    tone: str
    answer_by: str
    opened: str
    href: str


@dataclass(frozen=True)
class CasePage:
    """Some matters, the newest first; `next_before` is 0 at the end."""

    rows: list[CaseRow]
    next_before: int


@dataclass(frozen=True)
class May:
    """What the one who looks may do now."""

    answer: bool = False
    decide: bool = False
    withdraw: bool = False
    close: bool = False
    revoke: bool = False
    correct: bool = False
    record: bool = False
    act: bool = False
    why_not: str = ""


@dataclass(frozen=True)
class CaseDetail:
    """One matter with all that was said in it."""

    id: int
    version: int
    number: str
    subject: str
    unit: str
    identity_mask: str
    office: str
    opened: str
    finding: str
    allegation: str
    basis: str
    status: str
    tone: str
    answer_by: str
    found: str
    paper: str
    claim: ClaimBrief | None
    lines: list[LineView]
    may: May
    # What to choose from: value and label.
    findings: list[tuple[str, str]]
    organisations: list[tuple[str, str]]
    words: list[tuple[str, str]]
    # A dismissal that was begun and not finished: how far it came.
    unfinished: str


def list_cases(session: Session, actor: Actor, *, status: str = "", before: int = 0) -> CasePage:
    """The matters of one's bureau and those below, or those about one's own organisation."""
    actor.require(Permission.STAFF)
    statement = (
        select(SupervisionCase)
        .join(Organisation, col(Organisation.id) == SupervisionCase.office_id)
        .where(_seen(actor), *_in_status(status))
        .order_by(col(SupervisionCase.id).desc())
        .limit(PAGE + 1)
    )
    if before:
        statement = statement.where(col(SupervisionCase.id) < before)
    found = session.exec(statement).all()
    rows = _rows(session, found[:PAGE], routes.desk_case)
    return CasePage(rows, rows[-1].id if len(found) > PAGE else 0)


def list_own(session: Session, actor: Actor) -> list[CaseRow]:
    """The matters in which one is heard oneself."""
    person_id = actor.require(Permission.LEARN)
    found = session.exec(
        select(SupervisionCase)
        .where(SupervisionCase.person_id == person_id)
        .order_by(col(SupervisionCase.id).desc())
        .limit(100)
    ).all()
    return _rows(session, found, routes.my_case)


def get_case(session: Session, actor: Actor, case_id: int) -> CaseDetail:
    """A matter for its bureau with all it may do, or for the organisation that is heard."""
    actor.require(Permission.STAFF)
    if actor.may(Permission.SUPERVISE):
        try:
            row = cases.find(session, actor, case_id)
            return _detail(session, actor, row, Side.BUREAU, _may(session, actor, row))
        except NotFound:
            pass
    row = cases.find_of_office(session, actor, case_id)
    return _detail(session, actor, row, Side.ORGANISATION, _may_answer(row))


def get_own(session: Session, actor: Actor, case_id: int) -> CaseDetail:
    """A matter for the person who is heard in it."""
    row = cases.find_own(session, actor, case_id)
    return _detail(session, actor, row, Side.PERSON, _may_answer(row))


def get_side(session: Session, actor: Actor, case_id: int) -> tuple[SupervisionCase, Side]:
    """A matter and the side on which the actor stands to it; NotFound when on none."""
    actor.require(Permission.LEARN)
    for side, permission, find in (
        (Side.BUREAU, Permission.SUPERVISE, cases.find),
        (Side.ORGANISATION, Permission.STAFF, cases.find_of_office),
        (Side.PERSON, Permission.LEARN, cases.find_own),
    ):
        if actor.may(permission):
            try:
                return find(session, actor, case_id), side
            except NotFound:
                continue
    raise NotFound(cases.NOT_FOUND)


def subject_of(session: Session, row: SupervisionCase) -> tuple[str, str, str]:
    """Who is heard: name, unit, masked number; an organisation has only a name."""
    if row.person_id is None:
        return session.get_one(Organisation, row.organisation_id).name, "", ""
    person = session.get_one(Person, row.person_id)
    unit = session.get_one(Organisation, person.organisation_id)
    return person.name, unit.name, person.identity_mask


def _seen(actor: Actor) -> ColumnElement[bool]:
    mine = scopes.office_ids(actor, Permission.STAFF)
    return or_(
        scopes.within(actor, Permission.SUPERVISE),
        col(SupervisionCase.organisation_id).in_(mine),
    )


def _in_status(status: str) -> list[ColumnElement[bool]]:
    if status not in set(Status):
        return []
    today, stored = clock.today(), col(SupervisionCase.status)
    if status == Status.EXPIRED:
        return [stored == Status.NOTIFIED, col(SupervisionCase.answer_by) < today]
    found: list[ColumnElement[bool]] = [stored == Status(status)]
    if status == Status.NOTIFIED:
        found.append(col(SupervisionCase.answer_by) >= today)
    return found


def _rows(
    session: Session, found: Sequence[SupervisionCase], href: Callable[[int], str]
) -> list[CaseRow]:
    # Read at once, whatever the rows are about; held while each is looked up by its key.
    people = _those(session, Person, (row.person_id for row in found))
    units = [each.organisation_id for each in people] + [row.organisation_id for row in found]
    known = (
        _those(session, Organisation, units),
        _those(session, Claim, (row.claim_id for row in found)),
    )
    rows = [_row(session, row, href(row.id or 0)) for row in found]
    del known
    return rows


def _those(session: Session, table: type[Any], ids: Iterable[int | None]) -> Sequence[Any]:
    return session.exec(select(table).where(col(table.id).in_({id for id in ids if id}))).all()


def _row(session: Session, row: SupervisionCase, href: str) -> CaseRow:
    name, unit, _ = subject_of(session, row)
    claim = session.get(Claim, row.claim_id or 0)
    standing = cases.standing(row)
    return CaseRow(
        id=row.id or 0, number=row.number, subject=f"{name}（{unit}）" if unit else name,
        about=claim.title if claim else "学时审核工作", finding=row.finding.label,
        status=standing.label, tone=TONES[standing], answer_by=cases.day_text(row.answer_by),
        opened=f"{clock.local(row.opened_at):%Y-%m-%d %H:%M}", href=href,
    )  # fmt: skip


def _detail(
    session: Session, actor: Actor, row: SupervisionCase, side: Side, may: May
) -> CaseDetail:
    name, unit, mask = subject_of(session, row)
    standing, lines = cases.standing(row), case_lines.list_lines(session, row, side)
    allowed = (Finding.IN_ORDER, *(OF_CLAIMS if row.claim_id else OF_ORGANISATIONS))
    office = session.get_one(Organisation, row.office_id)
    return CaseDetail(
        id=row.id or 0, version=row.version, number=row.number, subject=name, unit=unit,
        identity_mask=mask, office=office.name, finding=row.finding.label,
        opened=f"{clock.local(row.opened_at):%Y-%m-%d %H:%M}", allegation=row.allegation,
        basis=row.basis, status=standing.label, tone=TONES[standing],
        answer_by=cases.day_text(row.answer_by), found=row.found.label if row.found else "",
        paper=routes.case_paper(row.id or 0), claim=case_claims.find_brief(session, row),
        lines=lines, may=may,
        findings=[(each.value, each.label) for each in allowed] if may.decide else [],
        organisations=_organisations(session, actor, row) if may.act else [],
        words=case_claims.list_words(session, row) if may.act else [],
        unfinished=_unfinished(session, row) if may.act else "",
    )  # fmt: skip


def _may_answer(row: SupervisionCase) -> May:
    return May(answer=(cases.standing(row), Act.ANSWER) in TRANSITIONS)


def _may(session: Session, actor: Actor, row: SupervisionCase) -> May:
    try:
        cases.require_free(session, actor, row)
    except AppError as error:
        return May(why_not=error.message)
    standing = cases.standing(row)
    acts = {act for act in Act if (standing, act) in TRANSITIONS}
    proven = standing is Status.DECIDED and row.found is not Finding.IN_ORDER
    claim = session.get(Claim, row.claim_id or 0)
    granted = proven and claim is not None and claim.status is ClaimStatus.GRANTED
    return May(
        decide=Act.DECIDE in acts, withdraw=Act.WITHDRAW in acts, close=Act.CLOSE in acts,
        act=proven, revoke=granted, correct=granted,
        record=proven and row.found is Finding.FALSE and row.person_id is not None
        and case_measures.find_entry(session, row, Entry.RECORDED) is None,
    )  # fmt: skip


def _organisations(session: Session, actor: Actor, row: SupervisionCase) -> list[tuple[str, str]]:
    found = case_measures.list_concerned(session, actor, row)
    return [(str(each.id), each.name) for each in found]


def _unfinished(session: Session, row: SupervisionCase) -> str:
    begun = session.exec(
        select(CaseDismissal).where(
            CaseDismissal.case_id == row.id, col(CaseDismissal.done_at).is_(None)
        )
    ).first()
    return f"驳回待审核的申报尚未完成，已驳回{begun.count}项。" if begun else ""
