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
    """Tell the city bureau's clerks and the operators when it is time; returns how many clerks."""
    if not is_watched():
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
        for address in settings().alert_addresses:
            messages.mail(session, to=address, text=f"【继续教育平台】{TITLE}。{said}")
        backup_runs.add(session, Run(Kind.ALARMED, "", now, 0, False, said))
        return len(clerks)


def is_watched() -> bool:
    """Whether backups are asked for here; a demo is only watched where they were set up."""
    return bool(settings().backup_to) or not settings().demo


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
