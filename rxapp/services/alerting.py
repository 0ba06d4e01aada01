"""Telling the city bureau's clerks and the operators what needs somebody, once a day each."""

from datetime import datetime, timedelta

from sqlalchemy.exc import OperationalError, TimeoutError
from sqlmodel import Session, col, select

from rxapp import clock, routes
from rxapp.adapters.database import transaction
from rxapp.adapters.locks import Lock, is_alone
from rxapp.adapters.outages import Away
from rxapp.models.operations import Alert
from rxapp.models.organisations import Organisation
from rxapp.rules import alerts
from rxapp.rules.alerts import Cause, Kind, Known, Turn
from rxapp.rules.permissions import Capacity
from rxapp.services import alerting_away, messages, routing, store_watch, troubles
from rxapp.settings import settings

# What may come and go by itself within so long, as when a part is started anew.
PATIENCE = timedelta(minutes=2)
PASSING = ("ready:", "store:")
AWAY = "database:away"
TITLES = {Kind.TOLD: "平台运行需要处理", Kind.OVER: "平台运行已恢复"}

_first_seen: dict[str, datetime] = {}


def look_once() -> int:
    """Look at everything and tell what is new; returns how many were told of."""
    store_watch.look_once()
    try:
        with transaction() as session:
            found = _lasting(troubles.list_troubles(session))
        with transaction(write=True) as session:
            told = tell(session, found) if is_alone(session, Lock.ALERTING) else 0
    except (Away, OperationalError, TimeoutError):
        if _lasts(AWAY):
            alerting_away.tell()
        raise
    _first_seen.pop(AWAY, None)
    alerting_away.tell_it_is_over()
    return told


def tell(session: Session, found: list[Cause]) -> int:
    """Tell what began, what lasts into another day and what is over, and keep that it was told."""
    today = clock.local(clock.now()).date()
    known = [_known(row) for row in session.exec(select(Alert))]
    turns = alerts.turns(found, known, today)
    for turn in turns:
        _keep(session, turn)
        if turn.kind in TITLES:
            _send(session, turn)
    return sum(turn.kind in TITLES for turn in turns)


def _lasting(found: list[Cause]) -> list[Cause]:
    keys = {each.key for each in found}
    for key in [key for key in _first_seen if key not in keys and key != AWAY]:
        del _first_seen[key]
    return [each for each in found if not each.key.startswith(PASSING) or _lasts(each.key)]


def _lasts(key: str) -> bool:
    now = clock.now()
    return now - _first_seen.setdefault(key, now) >= PATIENCE


def _known(row: Alert) -> Known:
    return Known(row.cause, row.sentence, row.told_on, row.ended_at is not None, row.quiet)


def _keep(session: Session, turn: Turn) -> None:
    now = clock.now()
    row = session.get(Alert, turn.key)
    if turn.kind in (Kind.OVER, Kind.GONE):
        assert row is not None
        row.ended_at = now
    else:
        begins = row is None or row.ended_at is not None
        row = row or Alert(cause=turn.key, sentence="", since=now, told_on=clock.local(now).date())
        row.since, row.ended_at = now if begins else row.since, None
        row.sentence, row.quiet = turn.sentence[:400], turn.kind is Kind.AGAIN
        row.told_on = clock.local(now).date()
    session.add(row)


def _send(session: Session, turn: Turn) -> None:
    title = TITLES[turn.kind]
    body = turn.sentence if turn.kind is Kind.TOLD else f"已恢复正常：{turn.sentence}"
    for clerk in _clerks(session):
        messages.send(
            session, to=clerk, title=title, body=body[:600], href=routes.DESK_OPERATIONS,
            also_text=True,
        )  # fmt: skip
    for address in settings().alert_addresses:
        messages.mail(session, to=address, text=f"【继续教育平台】{title}。{body}")


def _clerks(session: Session) -> list[int]:
    top = session.exec(select(Organisation).where(col(Organisation.parent_id).is_(None))).all()
    bureaus = [each for each in top if Capacity.CITY_BUREAU in each.capacities]
    found = (routing.list_clerks(session, each.id or 0) for each in bureaus)
    return sorted({clerk for clerks in found for clerk in clerks})
