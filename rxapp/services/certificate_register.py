"""The register of issued certificates: found, held, and kept as they were signed."""

import json
from dataclasses import asdict
from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.adapters.certificate_facts import BucketHours, CertificateFacts, CreditLine, tidied
from rxapp.models.certificates import Certificate, CertificateStatus
from rxapp.models.people import Person
from rxapp.services import audit
from rxapp.services.actors import Actor


def hold(session: Session, person_id: int) -> None:
    """Wait for one's turn with a person's certificates and keep it until the transaction ends."""
    # Issuing and revoking for one person take turns: a reversal never slips past a new certificate.
    session.get_one(Person, person_id, with_for_update={"key_share": True}, populate_existing=True)


def find(session: Session, number: str) -> Certificate | None:
    """The certificate of a number in its printed form, or None."""
    return session.exec(select(Certificate).where(Certificate.number == number)).first()


def find_current(
    session: Session, person_id: int, year: int, ledger_digest: str
) -> Certificate | None:
    """The valid certificate that shows the ledger as it is now, or None."""
    valid = list_of_year(session, person_id, year, CertificateStatus.VALID)
    return next((row for row in valid if row.ledger_digest == ledger_digest), None)


def list_of_year(
    session: Session, person_id: int, year: int, *statuses: CertificateStatus
) -> list[Certificate]:
    """A person's certificates of a year with one of these statuses, the oldest version first."""
    asked = select(Certificate).where(
        Certificate.person_id == person_id,
        Certificate.year == year,
        col(Certificate.status).in_(statuses),
    )
    return list(session.exec(asked.order_by(col(Certificate.version))).all())


def record_in_audit(session: Session, actor: Actor, action: audit.Action, row: Certificate) -> None:
    """Record in the audit trail what was done to a certificate."""
    audit.record(
        session, actor, action, kind="certificate", id=row.id, at=clock.now(),
        person=row.person_id, year=row.year, version=row.version,
    )  # fmt: skip


def as_stored(facts: CertificateFacts) -> dict[str, Any]:
    """The printed fields as they are kept; the signature covers them."""
    printed = asdict(tidied(facts))
    for unprinted in ("verify_url", "seal_image"):
        del printed[unprinted]
    return json.loads(json.dumps(printed, default=date.isoformat))


def from_stored(stored: dict[str, Any]) -> CertificateFacts:
    """The printed fields of a kept record.

    An altered one may raise AttributeError, KeyError, TypeError or ValueError.
    """
    lines = [
        CreditLine(**{**line, "earned_on": date.fromisoformat(line["earned_on"])})
        for line in stored["lines"]
    ]
    parsed = {
        "earned": BucketHours(**stored["earned"]),
        "required": BucketHours(**stored["required"]),
        "lines": tuple(lines),
        "issued_on": date.fromisoformat(stored["issued_on"]),
        "verify_url": "",
    }
    return CertificateFacts(**{**stored, **parsed})
