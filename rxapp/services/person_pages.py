"""One person's page, for the offices above: who, where, how far, what happened."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.models.applications import Application
from rxapp.models.audit import AuditEvent
from rxapp.models.organisations import Organisation
from rxapp.models.people import Affiliation, Membership, Person
from rxapp.rules.audit_words import LABELS
from rxapp.rules.permissions import Permission
from rxapp.rules.person_status import CLOSED
from rxapp.services import codes, person_states, scopes, standings
from rxapp.services.actors import Actor

LINES = 50


@dataclass(frozen=True)
class StandingLine:
    """One year: what is there and whether it is enough."""

    year: str
    public: str
    professional: str
    total: str
    state: str


@dataclass(frozen=True)
class HistoryLine:
    """One thing that happened, in words."""

    at: str
    what: str


@dataclass(frozen=True)
class PersonDetail:
    """All an office sees of one person."""

    id: int
    name: str
    identity_mask: str
    mobile_mask: str
    organisation: str
    status: str
    account: str
    field: str
    title: str
    education: str
    post: str
    serves: str
    may_edit: bool
    may_close: bool
    may_issue: bool
    activation_code: bool
    staff_code: bool
    reset_code: bool
    version: int
    standings: list[StandingLine]
    history: list[HistoryLine]
    applications: list[HistoryLine]
    audit: list[HistoryLine]


def get_person(session: Session, actor: Actor, person_id: int) -> PersonDetail:
    """One person of one's own office or below; NotFound for everybody else."""
    actor.require(Permission.PEOPLE_READ)
    row = scopes.get_person(session, actor, Permission.PEOPLE_READ, person_id)
    served = codes.list_served(session, [person_id]).get(person_id, [])
    offered = codes.offered(actor, row, served)
    there = row.pseudonymised_at is None
    return PersonDetail(
        id=person_id,
        name=row.name,
        identity_mask=row.identity_mask,
        mobile_mask=row.mobile_mask or "未采集",
        organisation=_name(session, row.organisation_id),
        status=row.status.label + (f"（自{row.status_on}）" if row.status_on else ""),
        account="已激活" if row.activated_at else "未激活",
        field=row.field or "未填写",
        title=" ".join(p for p in (row.title_series, row.title_level) if p) or "未填写",
        education=row.education or "未填写",
        post=row.post or "未填写",
        serves=_serves(session, person_id),
        may_edit=there and actor.may(Permission.PEOPLE_EDIT) and person_id != actor.person_id,
        may_close=there and actor.may(Permission.PEOPLE_CLOSE) and row.status in CLOSED,
        may_issue=offered.activation or offered.staff or offered.reset,
        activation_code=offered.activation,
        staff_code=offered.staff,
        reset_code=offered.reset,
        version=row.version,
        standings=list_standings(session, person_id),
        history=list_history(session, row),
        applications=list_applications(session, person_id),
        audit=_audit(session, person_id),
    )


def list_standings(session: Session, person_id: int) -> list[StandingLine]:
    """Every year of a person, the newest first."""
    found = standings.list_standings(session, person_id)
    return [
        StandingLine(
            f"{year}年度", f"{each.public}", f"{each.professional}", f"{each.total}",
            "已完成" if each.complete else "未完成" if each.owed else "无需完成",
        )
        for year, each in sorted(found.items(), reverse=True)
    ]  # fmt: skip


def list_history(session: Session, person: Person) -> list[HistoryLine]:
    """Where a person belonged and in what state, the newest first."""
    belonged = session.exec(
        select(Affiliation, Organisation.name)
        .join(Organisation, col(Organisation.id) == Affiliation.organisation_id)
        .where(Affiliation.person_id == person.id)
    ).all()
    lines = [
        HistoryLine(
            f"{row.begins_on}", f"进入{name}{f'，至{row.ended_on}' if row.ended_on else ''}"
        )
        for row, name in belonged
    ]
    lines += [
        HistoryLine(f"{row.begins_on}", f"{row.status.label}{f'：{row.note}' if row.note else ''}")
        for row in person_states.list_spells(session, person.id or 0)
    ]
    return sorted(lines, key=lambda line: line.at, reverse=True)


def list_applications(session: Session, person_id: int) -> list[HistoryLine]:
    """The newest applications of a person or about him."""
    rows = session.exec(
        select(Application)
        .where(Application.person_id == person_id)
        .order_by(col(Application.id).desc())
        .limit(LINES)
    ).all()
    return [
        HistoryLine(
            _moment(row.submitted_at), f"{row.kind.label}（{row.number}）：{row.status.label}"
        )
        for row in rows
    ]


def _audit(session: Session, person_id: int) -> list[HistoryLine]:
    rows = session.exec(
        select(AuditEvent, Person.name)
        .join(Person, col(Person.id) == AuditEvent.actor_id, isouter=True)
        .where(AuditEvent.object_kind == "person", AuditEvent.object_id == person_id)
        .order_by(col(AuditEvent.id).desc())
        .limit(LINES)
    ).all()
    return [
        HistoryLine(
            _moment(event.at),
            f"{LABELS.get(event.action, event.action)}，{who or '系统'}",
        )
        for event, who in rows
    ]


def _serves(session: Session, person_id: int) -> str:
    rows = session.exec(
        select(Organisation.name, Membership.begins_at)
        .join(Organisation, col(Organisation.id) == Membership.organisation_id)
        .where(Membership.person_id == person_id, col(Membership.ended_at).is_(None))
    ).all()
    return "、".join(f"{name}{'' if begun else '（尚未启用）'}" for name, begun in rows) or "无"


def _name(session: Session, organisation_id: int) -> str:
    found = session.get(Organisation, organisation_id)
    return found.name if found else ""


def _moment(at: datetime) -> str:
    return f"{clock.local(at):%Y-%m-%d %H:%M}"
