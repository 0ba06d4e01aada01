"""Drafts: in whose hand one is, and what the drafts of one batch share.

A draft is in the person's own hand, or in that of the clerk who enters it for him; the other does
not see it until it is handed over. Drafts of one batch (the lines of an old paper certificate, one
achievement of many people) have their files in common.
"""

from sqlalchemy import ColumnElement, or_
from sqlmodel import Session, col, select

from rxapp.models.applications import Evidence
from rxapp.models.claims import Claim, ClaimFile
from rxapp.models.people import Person
from rxapp.rules.claims import Status
from rxapp.rules.permissions import Permission
from rxapp.services import evidence, scopes
from rxapp.services.actors import Actor


def is_in_own_hand() -> ColumnElement[bool]:
    """Not a draft that a clerk is still entering."""
    return or_(col(Claim.entered_by).is_(None), col(Claim.status) != Status.DRAFT)


def find_entered(session: Session, actor: Actor, claim_id: int) -> Claim | None:
    """A draft the actor enters for one of his own office's people; None for any other."""
    if not actor.may(Permission.REVIEW):
        return None
    return session.exec(
        select(Claim)
        .join(Person, col(Person.id) == Claim.person_id)
        .where(
            Claim.id == claim_id, Claim.status == Status.DRAFT,
            Claim.entered_by == actor.person_id,
            col(Person.organisation_id).in_(scopes.office_ids(actor, Permission.REVIEW)),
        )
    ).first()  # fmt: skip


def list_together(session: Session, row: Claim) -> list[Claim]:
    """A claim, and before it is sent in, the other drafts of its batch in the same hand."""
    if row.status is not Status.DRAFT or not row.batch:
        return [row]
    others = session.exec(
        select(Claim)
        .where(
            Claim.batch == row.batch, Claim.status == Status.DRAFT, Claim.id != row.id,
            col(Claim.entered_by).is_not_distinct_from(row.entered_by),
        )
        .order_by(col(Claim.id))
    ).all()  # fmt: skip
    return [row, *others]


def add_file(session: Session, row: Claim, *, evidence_id: int, need: str) -> None:
    """Give a file to a claim and to the drafts that share its files."""
    for each in list_together(session, row):
        session.add(ClaimFile(claim_id=each.id or 0, evidence_id=evidence_id, need=need))
    session.flush()


def share_files(session: Session, row: Claim, *, to: Claim) -> None:
    """Give a claim's files to another one of its batch."""
    links = session.exec(
        select(ClaimFile).where(ClaimFile.claim_id == row.id).order_by(col(ClaimFile.id))
    ).all()
    session.add_all(
        ClaimFile(claim_id=to.id or 0, evidence_id=link.evidence_id, need=link.need)
        for link in links
    )
    session.flush()


def take_file(session: Session, row: Claim, *, evidence_id: int) -> list[str]:
    """Take a file off a claim and the drafts that share it; returns the files to discard."""
    ids = [each.id for each in list_together(session, row)]
    links = session.exec(
        select(ClaimFile).where(
            col(ClaimFile.claim_id).in_(ids), ClaimFile.evidence_id == evidence_id
        )
    ).all()
    for link in links:
        session.delete(link)
    session.flush()
    return _forget_unused(session, [evidence_id] if links else [])


def drop_files(session: Session, row: Claim) -> list[str]:
    """Take all files off one claim alone; returns the files to discard."""
    links = session.exec(select(ClaimFile).where(ClaimFile.claim_id == row.id)).all()
    for link in links:
        session.delete(link)
    session.flush()
    return _forget_unused(session, [link.evidence_id for link in links])


def _forget_unused(session: Session, ids: list[int]) -> list[str]:
    used = set(
        session.exec(select(ClaimFile.evidence_id).where(col(ClaimFile.evidence_id).in_(ids)))
    )
    gone = [session.get(Evidence, id) for id in ids if id not in used]
    return evidence.forget(session, [row for row in gone if row is not None])
