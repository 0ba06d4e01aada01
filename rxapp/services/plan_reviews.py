"""年度培训计划, the bureau's side: what was reported, looked through, approved or returned."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from rxapp import clock, routes
from rxapp.errors import Conflict, NotFound, NotPermitted
from rxapp.models.organisations import Organisation
from rxapp.models.people import Person
from rxapp.models.projects import TrainingPlan
from rxapp.rules.permissions import Permission
from rxapp.rules.projects import Act, Status
from rxapp.services import audit, messages, queues, scopes
from rxapp.services.actors import Actor
from rxapp.services.plans import KIND, PlanView, move, view_of
from rxapp.services.project_moves import LARGEST_ID, PLANS
from rxapp.services.project_reviews import age_of
from rxapp.services.projects import read_reason

PAGE = 30
VERDICTS = {Act.APPROVE: Status.APPROVED, Act.RETURN: Status.RETURNED}


@dataclass(frozen=True)
class WaitingPlan:
    """One plan on a bureau's list."""

    id: int
    organiser: str
    year: str
    since: str
    age: str


@dataclass(frozen=True)
class PlanReview:
    """A plan before the bureau; `own` where somebody else has to decide."""

    plan: PlanView
    waits: bool
    own: bool


@dataclass(frozen=True)
class PlanPage:
    """Some plans, the one reported first at the top; `next_after` is 0 at the end."""

    rows: list[WaitingPlan]
    next_after: int
    waiting: int


def list_waiting(session: Session, actor: Actor, *, after: int = 0) -> PlanPage:
    """The plans that wait for one's bureau."""
    actor.require(Permission.PROJECT_REVIEW)
    mine = scopes.office_ids(actor, Permission.PROJECT_REVIEW)
    found = session.exec(
        select(TrainingPlan, Organisation.name)
        .join(Organisation, col(Organisation.id) == TrainingPlan.organisation_id)
        .where(
            col(TrainingPlan.office_id).in_(mine),
            TrainingPlan.status == Status.SUBMITTED.value, col(TrainingPlan.id) > after,
        )
        .order_by(col(TrainingPlan.id))
        .limit(PAGE + 1)
    ).all()  # fmt: skip
    rows = [_row(row, name) for row, name in found[:PAGE]]
    return PlanPage(
        rows, rows[-1].id if len(found) > PAGE else 0, queues.count(session, mine, PLANS)
    )


def get_plan(session: Session, actor: Actor, plan_id: int) -> PlanReview:
    """One plan addressed to one's bureau."""
    person_id = actor.require(Permission.PROJECT_REVIEW)
    row = _find(session, actor, plan_id)
    waits = row.status is Status.SUBMITTED
    return PlanReview(view_of(session, row), waits, waits and row.submitted_by == person_id)


def decide(
    session: Session, actor: Actor, *, plan_id: int, act: str, note: str, version: int
) -> str:
    """Approve a plan or return it; pressed twice it counts once, whoever reported it is told."""
    person_id = actor.require(Permission.PROJECT_REVIEW)
    row = _find(session, actor, plan_id)
    session.refresh(row, with_for_update=True)
    wanted = {each.value: status for each, status in VERDICTS.items()}.get(act)
    if wanted is None:
        raise NotFound()
    if row.decided_by == person_id and row.status is wanted and row.version == version + 1:
        return _told(session, row)
    if row.status is not Status.SUBMITTED:
        raise Conflict(_who_was_first(session, row))
    if row.submitted_by == person_id:
        raise NotPermitted("本人上报的计划由本局其他人员审核。")
    why = read_reason(note) if wanted is Status.RETURNED else " ".join(note.split())[:200]
    office_id = row.office_id or 0
    move(
        session, row, (Status.SUBMITTED,), version, status=wanted, note=why,
        decided_at=clock.now(), decided_by=person_id,
    )  # fmt: skip
    queues.shift(session, office_id, PLANS, -1)
    audit.record(session, actor, audit.Action.PLAN_DECIDED, kind=KIND, id=row.id, act=act)
    if row.submitted_by is not None:
        messages.send(
            session, to=row.submitted_by, title="年度培训计划已审核",
            body=_told(session, row) + (f"意见：{why}" if why else ""),
            href=f"{routes.DESK_PLANS}?plan={row.id}",
        )  # fmt: skip
    return _told(session, row)


def _find(session: Session, actor: Actor, plan_id: int) -> TrainingPlan:
    row = session.exec(
        select(TrainingPlan).where(
            TrainingPlan.id == (plan_id if 0 < plan_id < LARGEST_ID else 0),
            col(TrainingPlan.office_id).in_(scopes.office_ids(actor, Permission.PROJECT_REVIEW)),
            col(TrainingPlan.status) != Status.DRAFT.value,
        )
    ).first()
    if row is None:
        raise NotFound("没有找到这份年度培训计划，可能已撤回，或不在您的审核范围内。")
    return row


def _told(session: Session, row: TrainingPlan) -> str:
    name = session.exec(
        select(Organisation.name).where(Organisation.id == row.organisation_id)
    ).one()
    said = "已审核通过" if row.status is Status.APPROVED else "已退回"
    return f"{name}{row.year}年度培训计划{said}。"


def _who_was_first(session: Session, row: TrainingPlan) -> str:
    who = session.get(Person, row.decided_by or 0)
    at = f"{clock.local(row.decided_at):%Y-%m-%d %H:%M}" if row.decided_at else ""
    return f"这份计划已由{who.name if who else '其他人员'}{at}办理，请刷新后查看。"


def _row(row: TrainingPlan, name: str) -> WaitingPlan:
    at = row.submitted_at or clock.now()
    return WaitingPlan(
        row.id or 0, name, f"{row.year}", f"{clock.local(at):%Y-%m-%d %H:%M}",
        age_of(clock.now() - at),
    )  # fmt: skip
