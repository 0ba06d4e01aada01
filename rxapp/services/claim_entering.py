"""代为填报: a clerk enters a claim for somebody of the own office, who confirms or refuses it.

One achievement of many people is entered once: every further person gets a draft of his own that
follows the first, and each of them confirms for himself.
"""

import secrets
from collections.abc import Collection
from dataclasses import dataclass

from sqlmodel import Session, col, select

from rxapp import clock, routes
from rxapp.errors import AppError, Conflict, Invalid, NotFound, NotPermitted
from rxapp.models.claims import Claim
from rxapp.models.people import Person
from rxapp.rules.claims import Act, Status
from rxapp.rules.permissions import Permission
from rxapp.rules.person_status import CLOSED
from rxapp.services import (
    claim_drafts,
    claim_entries,
    claim_forms,
    claim_moves,
    claims,
    conversion_rules,
    messages,
    people_lists,
    scopes,
)
from rxapp.services.actors import Actor
from rxapp.services.claim_moves import Word

# Of one achievement; and what a clerk has open at all.
MOST_PEOPLE, MOST_OPEN = 100, 500


@dataclass(frozen=True)
class LineResult:
    """What became of one line of a list, or of one person's claim."""

    who: str
    good: bool
    said: str
    claim_id: int = 0


def begin(session: Session, actor: Actor, *, person_id: int, rule_key: str) -> int:
    """Begin a claim for somebody of the own office; an untouched one is taken up again."""
    clerk = actor.require(Permission.REVIEW)
    person = people_lists.get_own_person(session, actor, person_id)
    _require_fit(person, clerk)
    rule_id, _ = conversion_rules.get_offered(session, rule_key)
    open_ = session.exec(
        select(Claim).where(Claim.entered_by == clerk, Claim.status == Status.DRAFT)
    ).all()
    for row in open_:
        if row.person_id == person_id and row.rule_id == rule_id and not row.typed:
            return row.id or 0
    if len(open_) >= MOST_OPEN:
        raise Conflict(f"未交出的代填申报已有{len(open_)}项，请先交本人确认或删除一些。")
    row = _add(session, clerk, person_id, rule_id, batch=f"many-{secrets.token_hex(12)}")
    return row.id or 0


def add_people(
    session: Session, actor: Actor, *, claim_id: int, listed: str = "",
    ticked: Collection[int] = (),
) -> list[LineResult]:  # fmt: skip
    """Enter the same achievement for more people: ticked, or listed one a line; a result each."""
    row = claim_entries.get_draft(session, actor, claim_id)
    session.refresh(row, with_for_update=True)
    lines = people_lists.read(session, actor, listed=listed, ticked=ticked)
    if not lines:
        raise Invalid({"listed": "请粘贴名单，每行一人，或勾选人员。"})
    known = {each.person_id for each in claim_drafts.list_together(session, row)}
    known |= _already_in(session, row)
    results = []
    for line in lines:
        results.append(_add_one(session, actor, row, line, known))
    return results


def remove(session: Session, actor: Actor, *, claim_id: int) -> list[str]:
    """Delete a draft that was not handed over; returns the files to discard."""
    claim_entries.get_draft(session, actor, claim_id)
    return claims.remove(session, actor, claim_id=claim_id)


def hand_over(session: Session, actor: Actor, *, claim_id: int, version: int) -> list[LineResult]:
    """Give the claim, and those of the same achievement, to the people to confirm; a result each.

    What is wrong stays with the clerk and says why; what was handed over before stays so.
    """
    row = claim_drafts.find_entered(session, actor, claim_id)
    if row is None:
        return _tell_again(session, actor, claim_id)
    session.refresh(row, with_for_update=True)
    if row.version != version:
        raise Conflict(claims.ELSEWHERE)
    together = claim_drafts.list_together(session, row)
    return [_hand_over(session, actor, each, like=row) for each in together]


def confirm(session: Session, actor: Actor, *, claim_id: int, version: int) -> str:
    """The person says that it is true: it is sent in; returns its receipt number."""
    row = claims.get_own(session, actor, claim_id)
    if row.entered_by is None:
        raise NotFound(claim_entries.GONE)
    return claims.submit(session, actor, claim_id=claim_id, version=version)


def refuse(session: Session, actor: Actor, *, claim_id: int, version: int) -> None:
    """The person says that it is not true: it is withdrawn, and the clerk is told."""
    row = claims.get_own(session, actor, claim_id)
    if row.entered_by is None:
        raise NotFound(claim_entries.GONE)
    claims.withdraw(session, actor, claim_id=claim_id, version=version)


def _require_fit(person: Person, clerk: int) -> None:
    if person.id == clerk:
        raise NotPermitted("本人的申报请在“学时申报”中填报，不能代为填报。")
    if person.status in CLOSED:
        raise NotPermitted(f"该人员已登记为{person.status.label}，不能代为填报。")


def _add(session: Session, clerk: int, person_id: int, rule_id: int, *, batch: str) -> Claim:
    now = clock.now()
    row = Claim(
        person_id=person_id, rule_id=rule_id, batch=batch, entered_by=clerk, created_at=now,
        saved_at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def _already_in(session: Session, row: Claim) -> set[int]:
    """Who was handed this achievement before and did not refuse it."""
    return set(
        session.exec(
            select(Claim.person_id).where(
                Claim.batch == row.batch, Claim.status != Status.WITHDRAWN
            )
        )
    )


def _add_one(
    session: Session, actor: Actor, row: Claim, line: people_lists.Line, known: set[int]
) -> LineResult:
    person = line.person
    if person is None:
        return LineResult(line.who, False, line.fault)
    try:
        _require_fit(person, actor.person_id or 0)
    except NotPermitted as error:
        return LineResult(line.who, False, error.message)
    if person.id in known:
        return LineResult(line.who, True, "已在名单中")
    if len(known) >= MOST_PEOPLE:
        return LineResult(line.who, False, f"一项成果最多{MOST_PEOPLE}人，请另外填报。")
    made = _add(session, row.entered_by or 0, person.id or 0, row.rule_id or 0, batch=row.batch)
    claim_drafts.share_files(session, row, to=made)
    known.add(person.id or 0)
    return LineResult(line.who, True, "已加入")


def _hand_over(session: Session, actor: Actor, row: Claim, *, like: Claim) -> LineResult:
    person = session.get_one(Person, row.person_id)
    try:
        # Whoever moved on meanwhile belongs to another clerk.
        people_lists.get_own_person(session, actor, row.person_id)
        with session.begin_nested():
            if row.id != like.id:
                row.typed, row.rule_id, row.title = dict(like.typed), like.rule_id, like.title
                session.add(row)
                session.flush()
            _move(session, actor, row)
    except AppError as error:
        session.refresh(row)
        fields = error.fields if isinstance(error, Invalid) else {}
        said = " ".join(dict.fromkeys(fields.values())) or error.message
        return LineResult(person.name, False, said, row.id or 0)
    return LineResult(person.name, True, "已交本人确认", row.id or 0)


def _move(session: Session, actor: Actor, row: Claim) -> None:
    rule = claims.move_to_offered(session, row, row.version)
    filled = claims.read_whole(session, row, rule)
    claim_forms.require_window(session, row, filled.year)
    hours = filled.conversion.hours
    claim_moves.move(
        session, actor, row, Act.HAND_OVER, version=row.version, word=Word(hours=hours),
        title=filled.title, year=filled.year, earned_on=filled.earned_on, hours=hours,
        subject=filled.facts.subject, proof_hash=filled.proof_hash, contest_id=filled.contest_id,
    )  # fmt: skip
    messages.send(
        session, to=row.person_id, title="请确认代为填报的学时申报",
        href=routes.claim(row.id or 0), also_text=True,
        body=f"单位管理员代您填报了“{filled.title}”，{hours}学时。请核对，属实的确认提交，"
        "不属实的拒绝。",
    )  # fmt: skip


def _tell_again(session: Session, actor: Actor, claim_id: int) -> list[LineResult]:
    """The second press on what was handed over: the same word once more."""
    clerk = actor.require(Permission.REVIEW)
    rows = session.exec(
        select(Person.name)
        .join(Claim, col(Claim.person_id) == Person.id)
        .where(
            Claim.id == claim_id, Claim.entered_by == clerk, Claim.status != Status.DRAFT,
            col(Person.organisation_id).in_(scopes.office_ids(actor, Permission.REVIEW)),
        )
    ).all()  # fmt: skip
    if not rows:
        raise NotFound(claim_entries.GONE)
    return [LineResult(name, True, "已交本人确认") for name in rows]
