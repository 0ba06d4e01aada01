"""Taking a credit back, with everything that hangs on it."""

from sqlmodel import Session

from rxapp.errors import NotFound
from rxapp.models.credits import Credit
from rxapp.services import certificate_status, credits
from rxapp.services.actors import Actor


def reverse_credit(session: Session, actor: Actor, *, credit_id: int, reason_code: str) -> int:
    """Reverse a credit and let no certificate stay valid that shows it; returns the new line's id.

    NotFound for an unknown line, Conflict when it was reversed before.
    """
    line = session.get(Credit, credit_id)
    if line is None:
        raise NotFound()
    reversal = credits.reverse(session, actor, credit_id=credit_id, reason_code=reason_code)
    certificate_status.refresh_status(session, actor, person_id=line.person_id, year=line.year)
    return reversal
