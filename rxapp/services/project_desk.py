"""What a desk says of classes: what waits for a bureau, what was sent back to an organiser."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from rxapp.models.projects import Project
from rxapp.rules.permissions import Permission
from rxapp.rules.projects import Status
from rxapp.services import queues, scopes
from rxapp.services.actors import Actor
from rxapp.services.project_moves import FILINGS, PLANS

MOST = 100


@dataclass(frozen=True)
class ProjectSummary:
    """How much of each waits."""

    may_file: bool
    may_review: bool
    filings: int
    plans: int
    returned: int


def get_summary(session: Session, actor: Actor) -> ProjectSummary:
    """What waits for one's bureau, and which of one's own filings were sent back."""
    actor.require(Permission.STAFF)
    reviewing = scopes.office_ids(actor, Permission.PROJECT_REVIEW)
    filing = scopes.office_ids(actor, Permission.PROJECT_FILE)
    return ProjectSummary(
        may_file=bool(filing), may_review=bool(reviewing),
        filings=queues.count(session, reviewing, FILINGS),
        plans=queues.count(session, reviewing, PLANS), returned=_returned(session, filing),
    )  # fmt: skip


def count_plans(session: Session, actor: Actor) -> int:
    """How many annual plans wait for one's bureau."""
    actor.require(Permission.PROJECT_REVIEW)
    return queues.count(session, scopes.office_ids(actor, Permission.PROJECT_REVIEW), PLANS)


def _returned(session: Session, offices: list[int]) -> int:
    found = session.exec(
        select(Project.id)
        .where(col(Project.organisation_id).in_(offices), Project.status == Status.RETURNED.value)
        .limit(MOST)
    )
    return len(found.all())
