"""驳回该单位的学时申报: all that an organisation has pending, in steps that survive a kill.

Each step is one transaction and takes what is still pending, so that whatever ended in between is
simply taken up again. They may be submitted once more when no order to put things right is open.
"""

from dataclasses import dataclass

from sqlmodel import Session, col, or_, select

from rxapp import clock, routes
from rxapp.models.cases import CaseDismissal
from rxapp.models.claims import Claim
from rxapp.models.organisations import Organisation
from rxapp.rules.cases import Entry, parse_grounds
from rxapp.rules.claims import Act, Status
from rxapp.services import case_measures, cases, claim_moves, messages
from rxapp.services.actors import Actor
from rxapp.services.claim_moves import Word

AT_ONCE = 100


@dataclass(frozen=True)
class Progress:
    """How many were dismissed so far, and whether more are pending."""

    count: int
    more: bool


def dismiss(
    session: Session, actor: Actor, *, case_id: int, organisation_id: int, reason: str, basis: str
) -> Progress:
    """Dismiss what an organisation has pending, or what lies before it; a first step of it.

    Asked again it goes on where it stopped.
    """
    row = cases.find_decided(session, actor, case_id)
    organisation = case_measures.find_concerned(session, actor, row, organisation_id)
    known = session.exec(
        select(CaseDismissal).where(
            CaseDismissal.case_id == row.id, CaseDismissal.organisation_id == organisation.id
        )
    ).first()
    if known is None:
        why, ground = parse_grounds(reason, basis)
        entry = cases.add_entry(
            session, actor, Entry.DISMISSED, case=row, text=why, basis=ground,
            organisation=organisation.id,
        )  # fmt: skip
        known = CaseDismissal(
            case_id=row.id or 0, organisation_id=organisation.id or 0, reason=why, basis=ground,
            by_id=actor.person_id or 0, office_id=entry.office_id or row.office_id, at=entry.at,
        )  # fmt: skip
        session.add(known)
        session.flush()
        case_measures.note_measure(session, actor, row, Entry.DISMISSED)
    return _go_on(session, actor, known, organisation)


def go_on(session: Session, actor: Actor, *, case_id: int) -> Progress:
    """Take the next step of what was begun and not finished; nothing when all is done."""
    row = cases.find(session, actor, case_id, lock=True)
    cases.require_free(session, actor, row)
    known = session.exec(
        select(CaseDismissal).where(
            CaseDismissal.case_id == row.id, col(CaseDismissal.done_at).is_(None)
        )
    ).first()
    if known is None:
        return Progress(0, False)
    organisation = session.get_one(Organisation, known.organisation_id)
    return _go_on(session, actor, known, organisation)


def _go_on(
    session: Session, actor: Actor, known: CaseDismissal, organisation: Organisation
) -> Progress:
    if known.done_at is not None:
        return Progress(known.count, False)
    claims = _pending(session, actor, known)
    for claim in claims:
        claim_moves.move(
            session, actor, claim, Act.DISMISS, version=claim.version,
            word=Word(note=known.reason, office_id=known.office_id),
        )  # fmt: skip
        messages.send(
            session, to=claim.person_id, title="学时申报已驳回", href=routes.claim(claim.id or 0),
            body=f"“{claim.title}”随所在单位的待审核申报一并驳回：{known.reason}"
            "。解除整改后可以再次提交，首次提交的日期保留。"[:600],
        )  # fmt: skip
    known.count += len(claims)
    if len(claims) < AT_ONCE:
        known.done_at = clock.now()
        cases.tell_office(
            session, organisation.id or 0, "待审核的学时申报已驳回",
            f"本单位待审核的{known.count}项学时申报已驳回：{known.reason}", routes.DESK_CASES,
        )  # fmt: skip
    session.add(known)
    session.flush()
    return Progress(known.count, known.done_at is None)


def _pending(session: Session, actor: Actor, known: CaseDismissal) -> list[Claim]:
    # Locked in one order: whoever decides on one of them is waited for, and then it is left out.
    where = or_(
        Claim.organisation_id == known.organisation_id, Claim.office_id == known.organisation_id
    )
    statement = (
        select(Claim)
        .where(
            where, Claim.status == Status.SUBMITTED, col(Claim.submitted_at) <= known.at,
            Claim.person_id != actor.person_id,
        )
        .order_by(col(Claim.id))
        .limit(AT_ONCE)
        .with_for_update()
        .execution_options(populate_existing=True)
    )  # fmt: skip
    return list(session.exec(statement))
