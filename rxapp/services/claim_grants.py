"""A claim becomes hours, or stops being hours: ledger, certificate and message move together."""

from sqlmodel import Session, col, select

from rxapp import routes
from rxapp.errors import Conflict
from rxapp.models.certificates import Certificate
from rxapp.models.claims import Claim, ConversionRuleRow
from rxapp.rules.claims import Status
from rxapp.rules.hours import ZERO, Hours
from rxapp.services import (
    certificate_status,
    claim_forms,
    conversion_rules,
    credits,
    messages,
    policies,
)
from rxapp.services.actors import SYSTEM


def grant(session: Session, row: Claim, hours: Hours, *, told: str = "学时申报已通过") -> Hours:
    """Write a passed claim into the ledger; returns what was counted, at most `hours`.

    The caps are judged once more against what was granted meanwhile; nothing left is a Conflict.
    """
    counted = min(hours, _within_caps(session, row))
    if counted <= ZERO or row.year is None or row.subject is None or row.earned_on is None:
        raise Conflict("同类学时已达到上限，这项申报没有可以计入的学时，请退回或不予通过。")
    rule = session.get_one(ConversionRuleRow, row.rule_id)
    credit = credits.grant(
        session, SYSTEM, person_id=row.person_id, year=row.year, subject=row.subject,
        hours=counted, source_kind="claim", source_key=f"claim:{row.id}:{row.grants + 1}",
        title=row.title, rule=f"{rule.key}@{rule.version}", earned_on=row.earned_on,
    )  # fmt: skip
    row.credit_id, row.grants, row.hours = credit, row.grants + 1, counted
    session.add(row)
    session.flush()
    messages.send(
        session, to=row.person_id, title=told, href=routes.claim(row.id or 0),
        body=f"“{row.title}”已计入{row.year}年度{row.subject.label}{counted}学时。",
        also_text=True,
    )  # fmt: skip
    return counted


def take_away(session: Session, row: Claim, *, reason: str) -> None:
    """Reverse the ledger line of a granted claim; certificates that show it say so."""
    if row.credit_id is None or row.year is None:
        raise Conflict("这项申报没有计入学时，不需要撤销。")
    credits.reverse(session, SYSTEM, credit_id=row.credit_id, reason_code=reason)
    certificate_status.refresh_status(session, SYSTEM, person_id=row.person_id, year=row.year)
    row.credit_id = None
    session.add(row)
    session.flush()


def correct(session: Session, row: Claim, hours: Hours, *, reason: str) -> Hours:
    """Count fewer hours for a granted claim: its line is reversed, a new one takes its place.

    Certificates are judged once, when the right line stands: what is still earned is 已更新.
    """
    if row.credit_id is None or row.year is None:
        raise Conflict("这项申报没有计入学时，不需要更正。")
    credits.reverse(session, SYSTEM, credit_id=row.credit_id, reason_code=reason)
    counted = grant(session, row, hours, told="学时已更正")
    certificate_status.refresh_status(session, SYSTEM, person_id=row.person_id, year=row.year)
    return counted


def is_certified(session: Session, row: Claim) -> bool:
    """Whether a certificate that shows this claim was issued since it was granted."""
    if row.year is None or row.ended_at is None:
        return False
    years = {row.year, *policies.get_policy(session, row.year).period_years}
    found = session.exec(
        select(Certificate.id).where(
            Certificate.person_id == row.person_id, col(Certificate.year).in_(years),
            Certificate.issued_at >= row.ended_at,
        )
    ).first()  # fmt: skip
    return found is not None


def _within_caps(session: Session, row: Claim) -> Hours:
    """What the rule gives beside what was granted already; what only waits does not count."""
    rule = conversion_rules.get_rule(session, row.rule_id)
    return claim_forms.read(session, row, rule, counts=(Status.GRANTED,)).conversion.hours
