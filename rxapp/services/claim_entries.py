"""What a clerk is entering, and has entered, for the own office's people."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.errors import NotFound
from rxapp.models.claims import Claim
from rxapp.models.people import Person
from rxapp.rules.claims import Status
from rxapp.rules.permissions import Permission
from rxapp.services import claim_drafts, claims, contests, conversion_rules, scopes
from rxapp.services.actors import Actor

PAGE = 20
GONE = "没有找到这项代填的申报，可能已交本人确认或已删除。"


@dataclass(frozen=True)
class EnteredRow:
    """One claim that a clerk entered for somebody, and how it stands."""

    id: int
    name: str
    title: str
    category: str
    status: str
    tone: str
    at: str
    is_draft: bool


@dataclass(frozen=True)
class EnteredPage:
    """What a clerk entered, the newest first; `next_before` is 0 at the end."""

    rows: list[EnteredRow]
    next_before: int


@dataclass(frozen=True)
class PersonLine:
    """One person of an achievement: the claim, and whether it is still with the clerk."""

    id: int
    name: str
    identity_mask: str
    note: str


@dataclass(frozen=True)
class Entry:
    """Whom a draft is entered for, and the contest that was chosen, if its rule asks for one."""

    who: str
    registered: bool
    contest: str


def get_entry(session: Session, actor: Actor, claim_id: int) -> Entry:
    """Whom a draft is entered for, beside its form."""
    row = get_draft(session, actor, claim_id)
    person = session.get_one(Person, row.person_id)
    rule = conversion_rules.get_rule(session, row.rule_id)
    word = str(row.typed.get("contest", ""))
    chosen = contests.get_choice(session, int(word) if word.isdecimal() else 0)
    return Entry(f"{person.name}（{person.identity_mask}）", rule.registered, chosen.name)


def list_people(session: Session, actor: Actor, *, claim_id: int) -> list[PersonLine]:
    """Everybody the achievement is entered for, the first of them first."""
    row = get_draft(session, actor, claim_id)
    rows = claim_drafts.list_together(session, row)
    found = []
    for each in sorted(rows, key=lambda one: one.id or 0):
        person = session.get_one(Person, each.person_id)
        note = "" if person.activated_at else "账号未激活，激活后才能确认"
        found.append(PersonLine(each.id or 0, person.name, person.identity_mask, note))
    return found


def list_entered(session: Session, actor: Actor, *, before: int = 0) -> EnteredPage:
    """What the clerk entered for the own office's people, the newest first."""
    clerk = actor.require(Permission.REVIEW)
    statement = (
        select(Claim, Person.name)
        .join(Person, col(Person.id) == Claim.person_id)
        .where(
            Claim.entered_by == clerk,
            col(Person.organisation_id).in_(scopes.office_ids(actor, Permission.REVIEW)),
        )
        .order_by(col(Claim.id).desc())
        .limit(PAGE + 1)
    )
    if before:
        statement = statement.where(col(Claim.id) < before)
    found = session.exec(statement).all()
    rows = [_row(session, row, name) for row, name in found[:PAGE]]
    return EnteredPage(rows, rows[-1].id if len(found) > PAGE else 0)


def get_draft(session: Session, actor: Actor, claim_id: int) -> Claim:
    """A draft the actor is entering; NotFound for any other."""
    actor.require(Permission.REVIEW)
    row = claim_drafts.find_entered(session, actor, claim_id)
    if row is None:
        raise NotFound(GONE)
    return row


def _row(session: Session, row: Claim, name: str) -> EnteredRow:
    at = row.waiting_since or row.saved_at
    rule = conversion_rules.get_rule(session, row.rule_id)
    is_draft = row.status is Status.DRAFT
    return EnteredRow(
        row.id or 0, name, row.title or "未填写名称", rule.name,
        "填写中" if is_draft else row.status.label, claims.TONES.get(row.status, "plain"),
        f"{clock.local(at):%Y-%m-%d %H:%M}", is_draft,
    )  # fmt: skip
