"""A waiting claim goes up when its office can no longer act: suspended, closed, without a clerk."""

from sqlmodel import Session, col, select

from rxapp.models.claims import Claim
from rxapp.models.organisations import Organisation
from rxapp.rules.claims import Act, Status, Step
from rxapp.services import claim_moves, claim_routing, routing
from rxapp.services.actors import Actor
from rxapp.services.claim_moves import CLAIMS, Word
from rxapp.services.claim_routing import Turn

AT_ONCE = 100
OFFICES = 20
NOTE = "所在环节的单位目前不能办理，转上级单位办理"


def run_due(session: Session, actor: Actor) -> int:
    """Hand up what waits at offices that cannot act any more; returns how many claims went."""
    moved = 0
    suspended = col(Organisation.reviews_claims).is_(False)
    unable = routing.waiting_in_vain(CLAIMS, suspended).limit(OFFICES)
    for office_id in session.exec(unable).all():
        for claim in list_waiting(session, office_id or 0, AT_ONCE):
            moved += hand_up(session, actor, claim, Word(note=NOTE))
    return moved


def list_waiting(session: Session, office_id: int, most: int) -> list[Claim]:
    """The next claims before an office, held until the transaction ends."""
    return list(
        session.exec(
            select(Claim)
            .where(Claim.office_id == office_id, Claim.status == Status.SUBMITTED)
            .order_by(col(Claim.id))
            .limit(most)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )


def hand_up(session: Session, actor: Actor, claim: Claim, word: Word) -> bool:
    """Hand one claim to whoever acts instead; False when there is nobody else."""
    turn = _turn(session, claim)
    if turn.office_id == claim.office_id:
        return False
    claim_moves.move(
        session, actor, claim, Act.HAND_UP, version=claim.version, turn=turn, word=word,
        # It has waited since it came, whoever has it now.
        waiting_since=claim.waiting_since,
    )  # fmt: skip
    return True


def _turn(session: Session, claim: Claim) -> Turn:
    place, besides = claim.organisation_id or claim.office_id or 0, claim_moves.parties(claim)
    if claim.step is Step.APPEAL:
        return claim_routing.find_appeal(session, claim.office_id or 0, besides=besides)
    if claim.step is Step.AUTHORITY:
        return claim_routing.find_second(session, place, besides=besides)
    return claim_routing.find_first(session, place, besides=besides)
