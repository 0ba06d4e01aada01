"""A claim is moved by one act at a time; of two who act at once the second is told of the first."""

from dataclasses import dataclass, field

from sqlalchemy import update
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.errors import Conflict
from rxapp.models.claims import Claim, ClaimDecision
from rxapp.models.organisations import Organisation
from rxapp.models.people import Person
from rxapp.rules.claims import BY_THE_PERSON, REVIEWS, TRANSITIONS, Act, Status, Step
from rxapp.rules.hours import ZERO, Hours
from rxapp.services import audit, queues, signal_marks
from rxapp.services.actors import Actor
from rxapp.services.claim_routing import Turn

CLAIMS = "claims"
# What waits at each step of review is counted apart as well, for whoever supervises.
STEP_QUEUES = {step: f"{CLAIMS}.{step}" for step in REVIEWS}


@dataclass(frozen=True)
class Word:
    """What was said with an act: points answered for, words beside fields, hours, a reason."""

    note: str = ""
    points: tuple[str, ...] = ()
    remarks: dict[str, str] = field(default_factory=dict)
    hours: Hours = ZERO
    seconds: int = 0


def move(
    session: Session, actor: Actor, row: Claim, act: Act, *, version: int, word: Word | None = None,
    turn: Turn | None = None, **values: object,
) -> None:  # fmt: skip
    """Move a claim by one act; `turn` says where it leads when the chain of offices decides.

    `values` are columns to change with it. Conflict names whoever was first, and when.
    """
    leads_to = TRANSITIONS.get((row.status, row.step, act))
    if leads_to is None or row.version != version:
        raise Conflict(tell_who_was_first(session, row))
    status, step = leads_to[0], leads_to[1] or (turn.step if turn else Step.DONE)
    now = clock.now()
    office_id = turn.office_id if turn else row.office_id
    ended = step is Step.DONE
    changed = session.execute(
        update(Claim)
        .where(
            col(Claim.id) == row.id, col(Claim.version) == version,
            col(Claim.status) == row.status, col(Claim.step) == row.step,
        )
        .values(
            status=status, step=step, office_id=office_id, waiting_since=now,
            ended_at=now if ended else None, version=version + 1, **values,
        )
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        session.refresh(row)
        raise Conflict(tell_who_was_first(session, row))
    if row.status is Status.SUBMITTED and row.office_id:
        _count(session, row.office_id, row.step, -1)
    if status is Status.SUBMITTED and office_id:
        _count(session, office_id, step, +1)
    _note(session, actor, row, act, word or Word())
    session.refresh(row)


def parties(row: Claim) -> frozenset[int]:
    """Who does not decide on a claim: whose it is, and who entered it."""
    return frozenset({row.person_id, row.entered_by or row.person_id})


def list_decisions(session: Session, row: Claim) -> list[tuple[ClaimDecision, str, str]]:
    """Every word on a claim, the oldest first, each with the office's and the person's name."""
    rows = session.exec(
        select(ClaimDecision, Organisation.name, Person.name)
        .join(Organisation, col(Organisation.id) == ClaimDecision.office_id, isouter=True)
        .join(Person, col(Person.id) == ClaimDecision.by_id, isouter=True)
        .where(ClaimDecision.claim_id == row.id)
        .order_by(col(ClaimDecision.id))
    ).all()
    return [(made, office or "", who or "") for made, office, who in rows]


def tell_who_was_first(session: Session, row: Claim) -> str:
    """Who acted last, and when: for whoever comes second."""
    made = list_decisions(session, row)
    if not made:
        return "这项申报已在别处修改，请刷新后再试，已填写的内容仍在。"
    last, _, who = made[-1]
    at = f"{clock.local(last.at):%Y-%m-%d %H:%M}"
    return f"这项申报已由{who or '系统'}于{at}办理（{last.act.label}），请刷新后查看。"


def _count(session: Session, office_id: int, step: Step, by: int) -> None:
    queues.shift(session, office_id, CLAIMS, by)
    queues.shift(session, office_id, STEP_QUEUES[step], by)


def _note(session: Session, actor: Actor, row: Claim, act: Act, word: Word) -> None:
    made = ClaimDecision(
        claim_id=row.id or 0, status=row.status, step=row.step, act=act, note=word.note,
        points=list(word.points), remarks=word.remarks, hours=word.hours,
        seconds=word.seconds, office_id=_answering(actor, row, act), by_id=actor.person_id,
        at=clock.now(),
    )  # fmt: skip
    session.add(made)
    signal_marks.note_act(session, made)
    audit.record(
        session, actor, audit.Action.CLAIM_MOVED, kind="claim", id=row.id, act=act.value,
        step=row.step.value, tenths=word.hours.tenths,
    )  # fmt: skip


def _answering(actor: Actor, row: Claim, act: Act) -> int | None:
    """The office in whose name the actor speaks: the addressed one, or his own above it."""
    if act in BY_THE_PERSON:
        return None
    own = [office.organisation_id for office in actor.offices]
    return row.office_id if row.office_id in own or not own else actor.office_id
