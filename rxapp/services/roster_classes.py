"""Whose class it is, what it can give, and whether hours may be posted for it at all."""

from datetime import date, timedelta

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, select

from rxapp import clock
from rxapp.adapters.upserts import insert_of
from rxapp.errors import Conflict, NotFound
from rxapp.models.organisations import Organisation
from rxapp.models.projects import Project, ProjectDay, ProjectEdition
from rxapp.models.rosters import Roster
from rxapp.rules import rosters
from rxapp.rules.city_values import CityValue
from rxapp.rules.hours import Hours
from rxapp.rules.permissions import Permission
from rxapp.rules.projects import Status
from rxapp.rules.rosters import ClassHours, RosterState
from rxapp.services import city_values, scopes
from rxapp.services.actors import Actor

LARGEST_ID = 10**9  # fits every database's column
NOT_FOUND = "没有找到这个培训项目，可能不在您的管理范围内。"
CANCELLED = "这个培训项目已经取消，不能登记学时。按照《通知》第五条，没有备案的培训不认定学时。"
UNAPPROVED = (
    "这个培训项目在开班前没有通过备案。按照《通知》第五条，事前不备案的项目不得认定继续教育学时。"
)
CLOSED = "学时已经登记，名册已关闭。需要改动的，请用更正，并写明理由。"


def find_own(session: Session, actor: Actor, project_id: int) -> Project:
    """A class of an organisation one serves, to write its roster; else NotFound."""
    actor.require(Permission.PROJECT_FILE)
    project = session.get(Project, project_id) if 0 < project_id < LARGEST_ID else None
    if project is None or not is_mine(actor, project):
        raise NotFound(NOT_FOUND)
    return project


def find_seen(session: Session, actor: Actor, project_id: int) -> Project:
    """A class of one's own organisation, or one below a bureau one serves; else NotFound."""
    actor.require(Permission.PROJECT_FILE)
    if not 0 < project_id < LARGEST_ID:
        raise NotFound(NOT_FOUND)
    found = session.exec(
        select(Project)
        .join(Organisation, col(Organisation.id) == Project.organisation_id)
        .where(Project.id == project_id, _seen(actor))
    ).first()
    if found is None:
        raise NotFound(NOT_FOUND)
    return found


def is_mine(actor: Actor, project: Project) -> bool:
    """Whether the actor serves the organiser itself."""
    return project.organisation_id in scopes.office_ids(actor, Permission.PROJECT_FILE)


def may_correct(actor: Actor, project: Project, unit: Organisation) -> bool:
    """Whether posted lines of this class are the actor's to put right."""
    return is_mine(actor, project) or scopes.is_above(actor, Permission.PROJECT_REVIEW, unit.path)


def refusal_of(session: Session, project: Project) -> str:
    """Why no hours can ever be posted for a class (article 5); empty when they can."""
    if project.status is Status.CANCELLED:
        return CANCELLED
    approved = _first_approved(session, project)
    before = approved is not None and project.starts_on and approved < project.starts_on
    return "" if project.status is Status.APPROVED and before else UNAPPROVED


def require_allowed(session: Session, project: Project) -> None:
    """Refuse a class that was not approved before it began, or was cancelled."""
    if refusal := refusal_of(session, project):
        raise Conflict(refusal)


def require_writable(session: Session, project: Project) -> Roster:
    """The roster of a class, held until the transaction ends; Conflict when it is closed.

    Whoever writes and whoever closes take turns, so that no line slips in behind a summary.
    """
    require_allowed(session, project)
    roster = hold(session, project.id or 0)
    if roster.state is not RosterState.OPEN or project.posted_at is not None:
        raise Conflict(CLOSED)
    return roster


def hold(session: Session, project_id: int) -> Roster:
    """The roster's row, made if there is none, and kept to oneself until the transaction ends."""
    insert = insert_of(session)
    session.execute(
        insert(Roster)
        .values(project_id=project_id, state=RosterState.OPEN, people=0, hours=Hours.ZERO)
        .on_conflict_do_nothing()
    )
    return session.get_one(Roster, project_id, with_for_update=True, populate_existing=True)


def offered_by(session: Session, project: Project) -> ClassHours:
    """What the class can give, each day within the city's limit."""
    rows = session.exec(
        select(col(ProjectDay.day), col(ProjectDay.hours))
        .where(ProjectDay.project_id == project.id)
        .order_by(col(ProjectDay.day))
    ).all()
    a_day = Hours.of(city_values.get_value(session, CityValue.CLASS_DAY_HOURS))
    return rosters.limit(dict(rows), project.hours, a_day=a_day)


def last_day(project: Project, offered: ClassHours) -> date | None:
    """The day a class ends, which gives its hours their year."""
    return max(offered.days, default=project.ends_on)


def too_early(project: Project, offered: ClassHours) -> str:
    """When a class that has not ended can be posted; empty once it has."""
    last = last_day(project, offered)
    if last is None or clock.today() > last:
        return ""
    return f"培训于{in_words(last)}结束，从{in_words(last + timedelta(days=1))}起可以登记学时。"


def dates_of(project: Project) -> str:
    """From when to when a class is held."""
    if project.starts_on is None or project.ends_on is None:
        return ""
    first, last = in_words(project.starts_on), in_words(project.ends_on)
    return first if first == last else f"{first}至{last}"


def in_words(day: date) -> str:
    """A day as people read it."""
    return f"{day.year}年{day.month}月{day.day}日"


def _seen(actor: Actor) -> ColumnElement[bool]:
    own = col(Project.organisation_id).in_(scopes.office_ids(actor, Permission.PROJECT_FILE))
    return own | scopes.within(actor, Permission.PROJECT_REVIEW)


def _first_approved(session: Session, project: Project) -> date | None:
    # A change that was approved while the class went on does not take the first approval away.
    editions = session.exec(
        select(func.min(ProjectEdition.decided_at)).where(
            ProjectEdition.project_id == project.id, ProjectEdition.status == Status.APPROVED
        )
    ).one()
    # A decision's instant is real, days are those of the business calendar; what stands beside the
    # class was told by that calendar already.
    shift = clock.business_now() - clock.now()
    moments = [editions + shift] if editions is not None else []
    if project.approved_at is not None:
        moments.append(project.approved_at)
    return clock.local(min(moments)).date() if moments else None
