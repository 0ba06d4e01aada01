"""What is kept no longer than it is needed for: the schedule is `docs/retention.md`.

Each step may run again at any time, and by any process: what is gone is gone.
"""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import delete, tuple_, update
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.adapters import backup_work, file_store
from rxapp.adapters.database import transaction
from rxapp.adapters.locks import Lock, is_alone
from rxapp.models.applications import Application
from rxapp.models.collecting import Collection, CollectionFault
from rxapp.models.learning import Watch
from rxapp.models.messages import Message, Outgoing
from rxapp.models.notices import NoticeRead
from rxapp.models.people import OneTimeCode, SignIn
from rxapp.services import (
    audit,
    claim_rerouting,
    collections,
    course_leftovers,
    course_uploads,
    evidence,
    filing_rerouting,
    moving_files,
    pseudonyms,
    roster_files,
    transfers,
    unnamed_files,
)
from rxapp.services.actors import SYSTEM

SIGN_INS = timedelta(days=180)
CODES = timedelta(days=30)
OUTGOING = timedelta(days=30)
WORKBOOKS = timedelta(days=30)
MESSAGES = timedelta(days=3 * 365)
# Longer than a notice can be unread.
NOTICES_READ = timedelta(days=180)
APPLICATIONS = timedelta(days=2 * 365)
AT_ONCE = 500


def run_once() -> dict[str, int]:
    """Release who is due and remove what is past its time; returns how many of each.

    Nothing when another process is at it, or while a backup is being made: what a row named at the
    moment of the backup must not go before it was read.
    """
    # Not begun without the store: what is let go of must go there too.
    file_store.require_reachable()
    with backup_work.removing() as allowed:
        done = _run() if allowed else {}
        done |= _remove_unnamed() if done else {}
    # Whoever ran before: what lies in this machine's folders only this machine can bring over.
    moving_files.bring_left()
    return done


def _run() -> dict[str, int]:
    files: list[str] = []
    books: list[str] = []
    with transaction(write=True) as session:
        if not is_alone(session, Lock.RETENTION):
            return {}
        done = {"transfers": transfers.lapse_due(session, SYSTEM)}
        done["claims"] = claim_rerouting.run_due(session, SYSTEM)
        done["filings"] = filing_rerouting.run_due(session, SYSTEM)
        unclaimed = evidence.remove_unclaimed(session, SYSTEM)
        files += unclaimed
        done["pseudonyms"], forgotten = pseudonyms.run_due(session, SYSTEM)
        files += forgotten
        done["evidence"] = len(unclaimed)
        books += _forget_workbooks(session)
        books += roster_files.forget(session)
        done["workbooks"] = len(books)
        pieces = course_uploads.remove_abandoned(session, SYSTEM)
        done["uploads"] = len(pieces)
        films = course_leftovers.forget_due(session, SYSTEM)
        done["films"] = len(films)
        done |= {name: step(session) for name, step in STEPS.items()}
        if any(done.values()):
            audit.record(session, SYSTEM, audit.Action.RETENTION_RAN, kind="retention", counts=done)
    # Only once the rows are surely gone: a file without a row harms nobody, the reverse does. What
    # is left because we are killed here goes a day later.
    evidence.discard(files)
    course_uploads.discard(pieces)
    for name in books:
        file_store.remove(name, root=collections.folder())
    course_leftovers.discard(films)
    return done


def _remove_unnamed() -> dict[str, int]:
    done = {"unnamed": unnamed_files.remove_due()}
    if any(done.values()):
        with transaction(write=True) as session:
            audit.record(session, SYSTEM, audit.Action.RETENTION_RAN, kind="retention", counts=done)
    return done


def _forget_sign_ins(session: Session) -> int:
    before = clock.now() - SIGN_INS
    ids = list(
        session.exec(select(SignIn.id).where(col(SignIn.expires_at) < before).limit(AT_ONCE))
    )
    # The last sitting of somebody who has not learned since: the next one begins anew anyway.
    _delete(session, Watch, col(Watch.sign_in_id).in_(ids))
    return _delete(session, SignIn, col(SignIn.id).in_(ids))


def _forget_codes(session: Session) -> int:
    before = clock.now() - CODES
    ids = select(col(OneTimeCode.id)).where(col(OneTimeCode.expires_at) < before).limit(AT_ONCE)
    return _delete(session, OneTimeCode, col(OneTimeCode.id).in_(ids))


def _forget_outgoing(session: Session) -> int:
    before = clock.now() - OUTGOING
    ids = select(col(Outgoing.id)).where(
        col(Outgoing.state) != "waiting", col(Outgoing.made_at) < before
    )
    return _delete(session, Outgoing, col(Outgoing.id).in_(ids.limit(AT_ONCE)))


def _forget_messages(session: Session) -> int:
    before = clock.now() - MESSAGES
    ids = select(col(Message.id)).where(col(Message.read_at).is_not(None), col(Message.at) < before)
    return _delete(session, Message, col(Message.id).in_(ids.limit(AT_ONCE)))


def _forget_notices_read(session: Session) -> int:
    before = clock.now() - NOTICES_READ
    key = tuple_(col(NoticeRead.person_id), col(NoticeRead.notice_id))
    old = select(NoticeRead.person_id, NoticeRead.notice_id).where(col(NoticeRead.at) < before)
    return _delete(session, NoticeRead, key.in_(old.limit(AT_ONCE)))


def _empty_applications(session: Session) -> int:
    """What was typed goes; that it was asked, who decided and when, stays."""
    before = clock.now() - APPLICATIONS
    ids = select(col(Application.id)).where(
        col(Application.ended_at) < before, col(Application.sealed) != ""
    )
    done = session.execute(
        update(Application)
        .where(col(Application.id).in_(ids.limit(AT_ONCE)))
        .values(sealed="")
        .execution_options(synchronize_session=False)
    )
    return done.rowcount  # type: ignore[attr-defined]


def _forget_workbooks(session: Session) -> list[str]:
    before = clock.now() - WORKBOOKS
    rows = session.exec(
        select(Collection)
        .where(col(Collection.ended_at) < before, Collection.file != "")
        .limit(AT_ONCE)
    ).all()
    gone = [row.file for row in rows]
    for row in rows:
        _delete(session, CollectionFault, col(CollectionFault.collection_id) == row.id)
        row.file = ""
        session.add(row)
    session.flush()
    kept = set(session.exec(select(Collection.file).where(col(Collection.file).in_(gone))).all())
    return [name for name in gone if name not in kept]


STEPS: dict[str, Callable[[Session], int]] = {
    "sign_ins": _forget_sign_ins,
    "codes": _forget_codes,
    "outgoing": _forget_outgoing,
    "messages": _forget_messages,
    "notices_read": _forget_notices_read,
    "applications": _empty_applications,
}


def _delete(session: Session, table, condition) -> int:  # type: ignore[no-untyped-def]
    done = session.execute(
        delete(table).where(condition).execution_options(synchronize_session=False)
    )
    return done.rowcount  # type: ignore[attr-defined]
