"""Applications as such: laid before an office, moved by one verdict at a time, kept for good.

What each kind asks for and brings about is the business of `registrations` (organisations),
`enrolments` (people), `transfers` and `corrections`; who decides is that of `deciding`.
"""

import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.adapters.encryption import data_keys
from rxapp.errors import Conflict
from rxapp.models.applications import Application, Decision
from rxapp.models.organisations import Organisation
from rxapp.models.people import Person
from rxapp.rules import receipts
from rxapp.rules.applications import (
    FIRST_STEP,
    NOT_AN_OFFICE,
    TRANSITIONS,
    Kind,
    Status,
    Step,
    Verdict,
)
from rxapp.services import audit, queues
from rxapp.services.actors import Actor

_CONTEXT = "application"


@dataclass(frozen=True)
class Line:
    """One thing that was filled in; `note` is what the office should know about it."""

    label: str
    text: str
    note: str = ""


@dataclass(frozen=True)
class Onward:
    """Where a verdict leads besides the step: the office that is next, the day silence decides."""

    office_id: int | None = None
    lapses_on: date | None = None


class KindOfApplication(Protocol):
    """What each kind's module offers to `deciding`."""

    def describe(self, session: Session, row: Application, data: dict[str, Any], /) -> list[Line]:
        """What the office sees of it."""
        ...

    def carry_out(
        self, session: Session, actor: Actor, row: Application, data: dict[str, Any],
        verdict: Verdict, note: str, pass_to: int | None, /,
    ) -> Onward:  # fmt: skip
        """Bring about what a verdict brings about, before the application is moved by it.

        Refuses by raising; then nothing has changed.
        """
        ...


def submit(
    session: Session, actor: Actor, *, kind: Kind, office_id: int, title: str,
    data: dict[str, Any], step: Step | None = None, person_id: int | None = None,
    organisation_id: int | None = None, identity_hash: str = "", mobile_hash: str = "",
    request_key: str = "",
) -> Application:  # fmt: skip
    """Lay a new application before an office; its receipt number is in `number`.

    `data` (what was typed) is kept encrypted. `step` is the kind's first unless it begins later.
    Conflict while the same form (`request_key`) is being taken in by another request.
    """
    now = clock.now()
    row = Application(
        number=_draw_number(session), kind=kind, step=step or FIRST_STEP[kind],
        office_id=office_id, person_id=person_id, organisation_id=organisation_id,
        identity_hash=identity_hash, mobile_hash=mobile_hash, title=title[:120],
        sealed=_seal(data), submitted_at=now, waiting_since=now,
        request_hash=_request_hash(request_key) if request_key else None,
    )  # fmt: skip
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        raise Conflict("这份申请正在受理，请稍后再按一次提交，已填写的内容仍在。") from None
    queues.shift(session, office_id, queues.APPLICATIONS, +1)
    _note(session, actor, row, row.step, Verdict.SUBMIT, "")
    audit.record(
        session, actor, audit.Action.APPLICATION_SUBMITTED, kind="application", id=row.id,
        what=kind.value, office=office_id,
    )  # fmt: skip
    return row


def find_sent(session: Session, _actor: Actor, *, kind: Kind, request_key: str) -> str:
    """The receipt number of what was sent with this key already, or nothing."""
    if not request_key:
        return ""
    found = session.exec(
        select(Application.number).where(
            Application.request_hash == _request_hash(request_key), Application.kind == kind
        )
    ).first()
    return found or ""


def move(
    session: Session, actor: Actor, row: Application, verdict: Verdict, *, version: int,
    note: str = "", office_id: int | None = None, lapses_on: date | None = None,
    data: dict[str, Any] | None = None,
) -> None:  # fmt: skip
    """Move an application by one verdict, to `office_id` where another office is next.

    Of two who decide at once the second gets a Conflict that names the first, and when.
    """
    leads_to = TRANSITIONS.get((row.kind, row.step, verdict))
    if leads_to is None or row.version != version:
        raise Conflict(tell_who_decided(session, row))
    status, step = leads_to
    now, next_office = clock.now(), office_id or row.office_id
    ended = step is Step.DONE
    changed = session.execute(
        update(Application)
        .where(
            col(Application.id) == row.id, col(Application.version) == version,
            col(Application.status) == row.status,
        )
        .values(
            status=status, step=step, office_id=next_office, waiting_since=now,
            lapses_on=lapses_on, ended_at=now if ended else None, version=version + 1,
            sealed=_kept(row, data, status),
        )
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        session.refresh(row)
        raise Conflict(tell_who_decided(session, row))
    if row.status is Status.SUBMITTED:
        queues.shift(session, row.office_id, queues.APPLICATIONS, -1)
    if status is Status.SUBMITTED:
        queues.shift(session, next_office, queues.APPLICATIONS, +1)
    _note(session, actor, row, row.step, verdict, note)
    session.refresh(row)
    audit.record(
        session, actor, audit.Action.APPLICATION_DECIDED, kind="application", id=row.id,
        what=row.kind.value, verdict=verdict.value, office=next_office,
    )  # fmt: skip


def read(row: Application) -> dict[str, Any]:
    """What was typed."""
    return json.loads(data_keys().decrypt(row.sealed, context=_CONTEXT)) if row.sealed else {}


def find_by_number(session: Session, number: str) -> Application | None:
    """The application with a receipt number, as `receipts.parse` gives it."""
    return session.exec(select(Application).where(Application.number == number)).first()


def list_decisions(session: Session, row: Application) -> list[tuple[Decision, str, str]]:
    """Every verdict in order, with the names of the office and of who gave it ("" for nobody)."""
    rows = session.exec(
        select(Decision, Organisation.name, Person.name)
        .join(Organisation, col(Organisation.id) == Decision.office_id, isouter=True)
        .join(Person, col(Person.id) == Decision.by_id, isouter=True)
        .where(Decision.application_id == row.id)
        .order_by(col(Decision.id))
    ).all()
    return [(decision, office or "", who or "") for decision, office, who in rows]


def tell_who_decided(session: Session, row: Application) -> str:
    """The sentence for whoever came second: who decided, what, and when."""
    made = list_decisions(session, row)
    if not made or made[-1][0].verdict is Verdict.SUBMIT:
        return "该申请的内容已有更新，请刷新后再办理，已填写的内容仍在。"
    decision, office, who = made[-1]
    by = "".join((office, who)) or "申请人"
    when = f"{clock.local(decision.at):%Y-%m-%d %H:%M}"
    return f"该申请已由{by}于{when}办理（{decision.verdict.label}），您的操作没有生效。"


def _request_hash(key: str) -> str:
    return hashlib.sha256(key[:200].encode()).hexdigest()


def _note(
    session: Session, actor: Actor, row: Application, step: Step, verdict: Verdict, note: str
) -> None:
    by_office = actor.person_id is not None and verdict not in NOT_AN_OFFICE
    session.add(
        Decision(
            application_id=row.id or 0, step=step, verdict=verdict, note=note,
            office_id=_answering(actor, row) if by_office else None, by_id=actor.person_id,
            at=clock.now(),
        )
    )  # fmt: skip
    session.flush()


def _answering(actor: Actor, row: Application) -> int | None:
    """The office in whose name the actor decides: the addressed one, or his own above it."""
    own = [office.organisation_id for office in actor.offices]
    return row.office_id if row.office_id in own else actor.office_id


def _kept(row: Application, data: dict[str, Any] | None, status: Status) -> str:
    """What stays of what was typed; a chosen password waits with an open application only."""
    typed = read(row) if data is None else data
    if status is Status.SUBMITTED:
        return row.sealed if data is None else _seal(data)
    return _seal({key: value for key, value in typed.items() if key != "password_hash"})


def _seal(data: dict[str, Any]) -> str:
    return data_keys().encrypt(json.dumps(data, ensure_ascii=False), context=_CONTEXT)


def _draw_number(session: Session) -> str:
    while True:
        number = receipts.make(secrets.randbits(receipts.RANDOM_BITS))
        if find_by_number(session, number) is None:
            return number
