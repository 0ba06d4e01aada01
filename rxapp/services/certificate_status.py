"""What becomes of an issued certificate: 有效, then 已更新 or 已撤销 as the ledger changes."""

from sqlmodel import Session

from rxapp import clock
from rxapp.errors import NotPermitted
from rxapp.models.certificates import Certificate, CertificateStatus
from rxapp.services import audit, certificate_register, policies, standings
from rxapp.services.actors import SYSTEM, Actor


def refresh_status(session: Session, actor: Actor, *, person_id: int, year: int) -> int:
    """After a reversal, no certificate that shows it stays valid; returns how many changed.

    What is no longer earned is 已撤销, what is still earned but printed otherwise 已更新. In a
    period the average is shared: a reversal in one year shows in the certificates of the others.
    """
    if actor is not SYSTEM:
        raise NotPermitted()
    certificate_register.hold(session, person_id)
    shared = policies.get_policy(session, year).period_years
    found = standings.list_standings(session, person_id)
    changed = 0
    for each in sorted({year, *shared}):
        if each in found and found[each].certifiable:
            changed += _outdate(session, actor, person_id, each)
        else:
            changed += revoke_for_person_year(session, actor, person_id=person_id, year=each)
    return changed


def revoke_for_person_year(session: Session, actor: Actor, *, person_id: int, year: int) -> int:
    """Revoke every certificate of a person's year; returns how many were not revoked before."""
    if actor is not SYSTEM:
        raise NotPermitted()
    certificate_register.hold(session, person_id)
    # An updated one is revoked too: its holder must not be sent to a newer one that is void.
    unrevoked = (CertificateStatus.VALID, CertificateStatus.UPDATED)
    rows = certificate_register.list_of_year(session, person_id, year, *unrevoked)
    for row in rows:
        change(session, actor, row, CertificateStatus.REVOKED)
    return len(rows)


def change(session: Session, actor: Actor, row: Certificate, status: CertificateStatus) -> None:
    """Give a certificate another status from now on, and record it."""
    row.status, row.status_at = status, clock.now()
    session.add(row)
    revoked = status is CertificateStatus.REVOKED
    action = audit.Action.CERTIFICATE_REVOKED if revoked else audit.Action.CERTIFICATE_UPDATED
    certificate_register.record_in_audit(session, actor, action, row)


def _outdate(session: Session, actor: Actor, person_id: int, year: int) -> int:
    rows = certificate_register.list_of_year(session, person_id, year, CertificateStatus.VALID)
    for row in rows:
        change(session, actor, row, CertificateStatus.UPDATED)
    return len(rows)
