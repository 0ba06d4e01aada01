"""The record of who did what: written with the change, sealed into a chain within a second."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import func, or_
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from rxapp import clock
from rxapp.models.audit import AuditEvent, AuditSeal
from rxapp.rules import chain
from rxapp.services.actors import Actor

LOOK_BACK = 5000
# The sealer comes by every second, so a gap in what it sealed does not last.
SEALED_WITHIN = timedelta(minutes=5)


class Action(StrEnum):
    """Every kind of thing that is recorded."""

    SIGNED_IN = "account:signed_in"
    SIGN_IN_REFUSED = "account:sign_in_refused"
    SIGNED_OUT = "account:signed_out"
    SIGN_INS_ENDED = "account:sign_ins_ended"
    ACTIVATED = "account:activated"
    ACTIVATION_REFUSED = "account:activation_refused"
    PASSWORD_CHANGED = "account:password_changed"
    CODE_ISSUED = "account:code_issued"
    CODE_REFUSED = "account:code_refused"
    CODE_USED = "account:code_used"
    CLERK_NAMED = "account:clerk_named"
    STAFF_BEGUN = "account:staff_begun"
    PASSWORD_RESET = "account:password_reset"
    FACTOR_SET = "account:factor_set"
    FACTOR_REMOVED = "account:factor_removed"
    FACTOR_PASSED = "account:factor_passed"
    FACTOR_REFUSED = "account:factor_refused"
    CLERK_INVITED = "account:clerk_invited"
    CLERK_REMOVED = "account:clerk_removed"
    HANDED_OVER = "account:handed_over"
    DENIED = "gate:denied"
    PERSON_COLLECTED = "person:collected"
    PERSON_CHANGED = "person:changed"
    PERSON_CORRECTED = "person:corrected"
    PERSON_MOVED = "person:moved"
    PERSON_STATUS = "person:status"
    PERSON_PSEUDONYMISED = "person:pseudonymised"
    NUMBER_SHOWN = "person:number_shown"
    REMINDED = "person:reminded"
    OWN_DATA_EXPORTED = "person:own_data_exported"
    ORGANISATION_ADDED = "organisation:added"
    ORGANISATION_CHANGED = "organisation:changed"
    ORGANISATION_MOVED = "organisation:moved"
    ORGANISATION_MERGED = "organisation:merged"
    ORGANISATION_STATUS = "organisation:status"
    APPLICATION_SUBMITTED = "application:submitted"
    APPLICATION_DECIDED = "application:decided"
    CLAIM_MOVED = "claim:moved"
    RULE_DRAFTED = "rule:drafted"
    RULE_DISCARDED = "rule:discarded"
    RULE_PUBLISHED = "rule:published"
    RULE_SWITCHED = "rule:switched"
    CONTEST_PROPOSED = "contest:proposed"
    CONTEST_ADDED = "contest:added"
    CONTEST_CORRECTED = "contest:corrected"
    CONTEST_DECIDED = "contest:decided"
    NOTICE_BEGUN = "notice:begun"
    NOTICE_PUBLISHED = "notice:published"
    NOTICE_WITHDRAWN = "notice:withdrawn"
    NOTICE_DROPPED = "notice:dropped"
    NOTICE_FILE_ADDED = "notice:file_added"
    NOTICE_FILE_REMOVED = "notice:file_removed"
    INSPECTION_DRAWN = "inspection:drawn"
    INSPECTION_FOUND = "inspection:found"
    INSPECTION_CLOSED = "inspection:closed"
    CASE_OPENED = "case:opened"
    CASE_MOVED = "case:moved"
    CASE_MEASURE = "case:measure"
    ORDER_MOVED = "order:moved"
    INTEGRITY_RECORDED = "integrity:recorded"
    INTEGRITY_CANCELLED = "integrity:cancelled"
    INTEGRITY_LOOKED_UP = "integrity:looked_up"
    RESPONSIBILITY_RECORDED = "responsibility:recorded"
    ROSTER_CHANGED = "roster:changed"
    ROSTER_IMPORTED = "roster:imported"
    ROSTER_POSTED = "roster:posted"
    ROSTER_CLOSED = "roster:closed"
    ROSTER_CORRECTED = "roster:corrected"
    CHECK_IN_OPENED = "check_in:opened"
    CHECK_IN_CLOSED = "check_in:closed"
    CHECKED_IN = "check_in:made"
    EVIDENCE_ADDED = "evidence:added"
    EVIDENCE_SHOWN = "evidence:shown"
    IMPORT_CHECKED = "import:checked"
    IMPORT_STARTED = "import:started"
    IMPORT_ENDED = "import:ended"
    LIST_EXPORTED = "list:exported"
    AUDIT_EXPORTED = "audit:exported"
    RETENTION_RAN = "retention:ran"
    VALUE_SET = "policy:value_set"
    POLICY_SET = "policy:set"
    WINDOW_EXTENDED = "policy:window_extended"
    EXTENSION_REVOKED = "policy:extension_revoked"
    YEAR_OPENED = "policy:year_opened"
    KEY_ISSUED = "key:issued"
    KEY_REVOKED = "key:revoked"
    STANDING_LOOKED_UP = "standing:looked_up"
    CALENDAR_SET = "policy:calendar_set"
    PROJECT_BEGUN = "project:begun"
    PROJECT_FILED = "project:filed"
    PROJECT_WITHDRAWN = "project:withdrawn"
    PROJECT_DECIDED = "project:decided"
    PROJECT_CANCELLED = "project:cancelled"
    PROJECT_REMOVED = "project:removed"
    PROJECT_HANDED_UP = "project:handed_up"
    PROJECT_MATERIAL = "project:material"
    PROJECT_ENROLLED = "project:enrolled"
    PROJECT_LEFT = "project:left"
    PLAN_ITEM_ADDED = "plan:item_added"
    PLAN_ITEM_REMOVED = "plan:item_removed"
    PLAN_HANDED_UP = "plan:handed_up"
    PLAN_FILED = "plan:filed"
    PLAN_WITHDRAWN = "plan:withdrawn"
    PLAN_IMPORTED = "plan:imported"
    PLAN_DECIDED = "plan:decided"
    NEED_POSTED = "need:posted"
    NEED_ANSWERED = "need:answered"
    NEED_CLOSED = "need:closed"
    COURSE_IMPORTED = "course:imported"
    COURSE_BEGUN = "course:begun"
    COURSE_DISCARDED = "course:discarded"
    COURSE_MOVED = "course:moved"
    COURSE_FILM = "course:film"
    COURSE_EXPORTED = "course:exported"
    LESSON_OPENED = "lesson:opened"
    QUIZ_ANSWERED = "quiz:answered"
    LESSON_FINISHED = "lesson:finished"
    CREDIT_GRANTED = "credit:granted"
    CREDIT_REVERSED = "credit:reversed"
    CERTIFICATE_ISSUED = "certificate:issued"
    CERTIFICATE_UPDATED = "certificate:updated"
    CERTIFICATE_REVOKED = "certificate:revoked"


def record(
    session: Session,
    actor: Actor,
    action: Action,
    *,
    kind: str = "",
    id: int | None = None,
    at: datetime | None = None,
    **detail: Any,
) -> None:
    """Record one action in the transaction of the change itself.

    `detail` holds ids, words and counts only: never a name or a number of a person.
    """
    session.add(
        AuditEvent(
            at=at or clock.now(),
            actor_id=actor.person_id,
            office_id=actor.office_id,
            action=action.value,
            object_kind=kind,
            object_id=id,
            detail=detail,
        )
    )


def has_unsealed(session: Session) -> bool:
    """Whether anything waits to be sealed; looks at the recent end only."""
    return session.exec(_unsealed(session).limit(1)).first() is not None


def seal(session: Session, *, limit: int = 5000) -> int:
    """Link up to `limit` committed events into the chain; returns how many were linked.

    One sealer runs at a time (the caller holds the write lock or an advisory lock), so no decision
    ever waits behind the chain.
    """
    # Without a limit PostgreSQL sends the whole chain for its last link.
    newest = select(AuditSeal).order_by(col(AuditSeal.position).desc()).limit(1)
    last = session.exec(newest).first()
    position, digest = (last.position, last.digest) if last else (0, chain.GENESIS)
    unsealed = session.exec(_unsealed(session).limit(limit)).all()
    for event in unsealed:
        position += 1
        digest = chain.link(digest, _payload(event))
        session.add(AuditSeal(position=position, event_id=event.id or 0, digest=digest))
    return len(unsealed)


def find_broken(session: Session) -> int | None:
    """The id of the first event that does not fit the chain, or None when it is sound.

    An event left out while later ones were sealed does not fit either; new ones merely wait.
    """
    digest = chain.GENESIS
    expected = 1
    rows = session.exec(
        select(AuditSeal, AuditEvent)
        .join(AuditEvent, col(AuditEvent.id) == AuditSeal.event_id, isouter=True)
        .order_by(col(AuditSeal.position))
        .execution_options(yield_per=2000)
    )
    for sealed, event in rows:
        if event is None or sealed.position != expected:
            return sealed.event_id
        digest = _linked(digest, event)
        if digest != sealed.digest:
            return sealed.event_id
        expected += 1
    return session.exec(_left_out(session)).first()


def _left_out(session: Session) -> SelectOfScalar[Any]:
    newest = session.exec(select(func.max(col(AuditSeal.event_id)))).one() or 0
    settled = or_(
        col(AuditEvent.at) < clock.now() - SEALED_WITHIN,
        col(AuditEvent.id) <= newest - LOOK_BACK,
    )
    return (
        select(AuditEvent.id)
        .join(AuditSeal, col(AuditSeal.event_id) == AuditEvent.id, isouter=True)
        .where(col(AuditSeal.event_id).is_(None), col(AuditEvent.id) < newest, settled)
        .order_by(col(AuditEvent.id))
    )


def _unsealed(session: Session) -> SelectOfScalar[AuditEvent]:
    # Ids are given before they are committed, so a lower one may appear late: look back a little.
    newest = session.exec(select(func.max(col(AuditSeal.event_id)))).one() or 0
    sealed = select(AuditSeal.event_id).where(col(AuditSeal.event_id) > newest - LOOK_BACK)
    return (
        select(AuditEvent)
        .where(col(AuditEvent.id) > newest - LOOK_BACK, col(AuditEvent.id).not_in(sealed))
        .order_by(col(AuditEvent.id))
    )


def _linked(digest: str, event: AuditEvent) -> str:
    try:
        return chain.link(digest, _payload(event))
    except (TypeError, ValueError):  # nothing of ours is written so: somebody else wrote it
        return ""


def _payload(event: AuditEvent) -> dict[str, Any]:
    payload: dict[str, Any] = {
        "id": event.id,
        "at": event.at.isoformat(),
        "actor": event.actor_id,
        "action": event.action,
        "kind": event.object_kind,
        "object": event.object_id,
        "detail": event.detail,
    }
    # Left out when empty: records from before offices were noted keep their seal.
    return payload if event.office_id is None else payload | {"office": event.office_id}
