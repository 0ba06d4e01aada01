"""Telling the bureau, once a day, that its newest restore-tested backup is too old."""

from sqlalchemy import String, type_coerce
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.adapters.database import transaction
from rxapp.adapters.locks import Lock, is_alone
from rxapp.models.organisations import Organisation
from rxapp.models.people import Membership
from rxapp.rules import backups
from rxapp.rules.backups import Kind
from rxapp.rules.permissions import Capacity
from rxapp.services import backup_runs, messages
from rxapp.services.backup_runs import Run
from rxapp.settings import settings

TITLE = "备份过期提醒"


def run_once() -> int:
    """Tell the city bureau's clerks when it is time; returns how many were told.

    A demo is only watched where backups were set up.
    """
    if settings().demo and not settings().backup_to:
        return 0
    now = clock.now()
    with transaction() as session:
        if not backups.must_tell(backup_runs.known(session), now=now):
            return 0
    with transaction(write=True) as session:
        known = backup_runs.known(session)
        # Another worker may have told meanwhile.
        if not is_alone(session, Lock.BACKUP_ALARM) or not backups.must_tell(known, now=now):
            return 0
        said = backups.alarm_words(known, now=now)
        clerks = _clerks(session)
        for person_id in clerks:
            messages.send(session, to=person_id, title=TITLE, body=said, also_text=True)
        backup_runs.add(session, Run(Kind.ALARMED, "", now, 0, False, said))
        return len(clerks)


def _clerks(session: Session) -> list[int]:
    """Who answers for the city bureau now."""
    rows = session.exec(
        select(Membership.person_id)
        .join(Organisation, col(Organisation.id) == Membership.organisation_id)
        .where(
            col(Membership.begins_at).is_not(None), col(Membership.ended_at).is_(None),
            type_coerce(col(Organisation.capacities), String).contains(
                f"|{Capacity.CITY_BUREAU.value}|"
            ),
        )
    ).all()  # fmt: skip
    return sorted(set(rows))
