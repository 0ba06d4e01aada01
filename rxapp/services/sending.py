"""Handing over what goes out by text message and e-mail: later, again if need be, never lost."""

import json
from datetime import timedelta

import structlog
from sqlalchemy import update
from sqlmodel import col, select

from rxapp import clock
from rxapp.adapters.database import transaction
from rxapp.adapters.encryption import data_keys
from rxapp.adapters.outgoing import Outlet, outlet
from rxapp.models.messages import Outgoing

AT_ONCE = 50
# Whoever took a message and died keeps it from the others for so long only.
TAKEN_FOR = timedelta(minutes=2)
WAITS = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 180, 720, 1440))

log = structlog.get_logger()


def send_once() -> int:
    """Hand over what is due; returns how many were delivered. A message may go out twice after a
    crash in between, and is never lost.
    """
    out = outlet()
    if out is None:
        return 0
    return sum(_send(out, message_id) for message_id in _due())


def _due() -> list[int]:
    with transaction() as session:
        rows = session.exec(
            select(Outgoing.id)
            .where(Outgoing.state == "waiting", Outgoing.next_at <= clock.now())
            .order_by(col(Outgoing.id))
            .limit(AT_ONCE)
        )
        return [row for row in rows if row is not None]


def _send(out: Outlet, message_id: int) -> bool:
    taken = _take(message_id)
    if taken is None:
        return False
    channel, sealed, attempts = taken
    try:
        said = json.loads(data_keys().decrypt(sealed, context="outgoing"))
        out.deliver(channel, said["to"], said["text"])
    except Exception as fault:  # a gateway may fail in any way; its words could hold a number
        log.warning("not delivered", id=message_id, attempts=attempts, fault=type(fault).__name__)
        _put_off(message_id, attempts)
        return False
    # What was sent is not kept: it holds a number and what was said.
    _settle(message_id, state="sent", sealed="")
    return True


def _take(message_id: int) -> tuple[str, str, int] | None:
    """Take one message, so that no other worker sends it at the same time."""
    now = clock.now()
    with transaction(write=True) as session:
        taken = session.execute(
            update(Outgoing)
            .where(
                col(Outgoing.id) == message_id,
                col(Outgoing.state) == "waiting",
                col(Outgoing.next_at) <= now,
            )
            .values(next_at=now + TAKEN_FOR, attempts=Outgoing.attempts + 1)
        )
        if taken.rowcount != 1:  # type: ignore[attr-defined]
            return None
        row = session.get_one(Outgoing, message_id)
        return row.channel, row.sealed, row.attempts


def _put_off(message_id: int, attempts: int) -> None:
    if attempts > len(WAITS):
        _settle(message_id, state="failed")
        return
    _settle(message_id, next_at=clock.now() + WAITS[attempts - 1])


def _settle(message_id: int, **columns: object) -> None:
    with transaction(write=True) as session:
        session.execute(update(Outgoing).where(col(Outgoing.id) == message_id).values(**columns))
