"""A filing or an annual plan that waits goes up when its bureau can no longer act on it.

Suspended, closed, merged, or left without a clerk: as with claims, looked for every hour.
"""

from sqlmodel import Session, col, select

from rxapp.models.projects import Project, ProjectEdition, TrainingPlan
from rxapp.rules.projects import Status
from rxapp.services import audit, plans, project_moves, queues, routing
from rxapp.services.actors import Actor
from rxapp.services.project_moves import FILINGS, PLANS, find_bureau

AT_ONCE = 100
OFFICES = 20


def run_due(session: Session, actor: Actor) -> int:
    """Hand up what waits at bureaus that cannot act any more; returns how many things went."""
    moved = 0
    for office_id in _list_unable(session, FILINGS):
        for edition_id, project_id in _list_filings(session, office_id):
            moved += _hand_up_filing(session, actor, edition_id, project_id)
    for office_id in _list_unable(session, PLANS):
        for plan in _list_plans(session, office_id):
            moved += _hand_up_plan(session, actor, plan)
    return moved


def _list_unable(session: Session, queue: str) -> list[int]:
    return [id or 0 for id in session.exec(routing.waiting_in_vain(queue).limit(OFFICES))]


def _list_filings(session: Session, office_id: int) -> list[tuple[int, int]]:
    found = session.exec(
        select(ProjectEdition.id, ProjectEdition.project_id)
        .where(ProjectEdition.office_id == office_id, ProjectEdition.status == Status.SUBMITTED)
        .order_by(col(ProjectEdition.id))
        .limit(AT_ONCE)
    )
    return [(id or 0, project_id) for id, project_id in found]


def _hand_up_filing(session: Session, actor: Actor, edition_id: int, project_id: int) -> bool:
    # The class first, as whoever decides on it does: of both, one waits for the other.
    row = session.get_one(Project, project_id, with_for_update=True, populate_existing=True)
    edition = session.get_one(ProjectEdition, edition_id, populate_existing=True)
    before = edition.office_id or 0
    office_id = find_bureau(session, row.organisation_id, filer=edition.filed_by or 0)
    if edition.status is not Status.SUBMITTED or office_id == before:
        return False
    edition.office_id = row.office_id = office_id
    session.add_all((edition, row))
    _count(session, FILINGS, before, office_id)
    audit.record(
        session, actor, audit.Action.PROJECT_HANDED_UP, kind=project_moves.KIND, id=row.id,
        edition=edition.edition, before=before, office=office_id,
    )  # fmt: skip
    return True


def _list_plans(session: Session, office_id: int) -> list[TrainingPlan]:
    return list(
        session.exec(
            select(TrainingPlan)
            .where(TrainingPlan.office_id == office_id, TrainingPlan.status == Status.SUBMITTED)
            .order_by(col(TrainingPlan.id))
            .limit(AT_ONCE)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )


def _hand_up_plan(session: Session, actor: Actor, row: TrainingPlan) -> bool:
    before = row.office_id or 0
    office_id = find_bureau(session, row.organisation_id, filer=row.submitted_by or 0)
    if office_id == before:
        return False
    row.office_id = office_id
    session.add(row)
    _count(session, PLANS, before, office_id)
    audit.record(
        session, actor, audit.Action.PLAN_HANDED_UP, kind=plans.KIND, id=row.id, before=before,
        office=office_id,
    )  # fmt: skip
    return True


def _count(session: Session, queue: str, before: int, after: int) -> None:
    session.flush()
    queues.shift(session, before, queue, -1)
    queues.shift(session, after, queue, +1)
