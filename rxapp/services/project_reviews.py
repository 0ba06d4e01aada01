"""备案审核: what lies before a bureau, oldest first, and its one word on each filing."""

from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import Session, col, select

from rxapp import clock, routes
from rxapp.errors import Conflict, NotFound, NotPermitted
from rxapp.models.organisations import Organisation
from rxapp.models.projects import Project, ProjectEdition
from rxapp.rules.city_values import CityValue
from rxapp.rules.permissions import Permission
from rxapp.rules.project_forms import FormLimits, ProjectFacts, parse
from rxapp.rules.projects import (
    EDITIONS,
    NEEDS_REASON,
    VERDICTS,
    Act,
    Role,
    Status,
)
from rxapp.rules.working_days import ARTICLE
from rxapp.services import (
    audit,
    calendars,
    city_values,
    class_messages,
    messages,
    queues,
    scopes,
)
from rxapp.services.actors import Actor
from rxapp.services.project_moves import (
    FILINGS,
    KIND,
    LARGEST_ID,
    columns_of,
    find_editions,
    move,
    move_edition,
    put_days,
    tell_who_was_first,
)
from rxapp.services.projects import read_reason

PAGE = 30
PLACES = ("waiting", "done")
# What is told to those who enrolled when a change of it is approved.
TELLING = ("days", "place", "teachers", "form", "title")


@dataclass(frozen=True)
class FilingRow:
    """One filing on a bureau's list."""

    id: int
    title: str
    organiser: str
    starts: str
    hours: str
    what: str
    since: str
    age: str
    late: bool
    unsure: bool
    state: str
    tone: str


@dataclass(frozen=True)
class FilingPage:
    """Some filings; `next_after` is 0 at the end."""

    rows: list[FilingRow]
    next_after: int
    waiting: int


def list_filings(
    session: Session, actor: Actor, *, place: str = "waiting", after: int = 0
) -> FilingPage:
    """What waits for one's bureau, the oldest first; or what it decided, the newest first."""
    actor.require(Permission.PROJECT_REVIEW)
    mine = scopes.office_ids(actor, Permission.PROJECT_REVIEW)
    waits = place != "done"
    key = col(ProjectEdition.id)
    decided = (Status.APPROVED.value, Status.RETURNED.value, Status.REJECTED.value)
    statement = (
        select(ProjectEdition, Project, Organisation.name)
        .join(Project, col(Project.id) == ProjectEdition.project_id)
        .join(Organisation, col(Organisation.id) == Project.organisation_id)
        .where(
            col(ProjectEdition.office_id).in_(mine),
            col(ProjectEdition.status).in_((Status.SUBMITTED.value,) if waits else decided),
        )
        .order_by(key if waits else key.desc())
        .limit(PAGE + 1)
    )
    if after:
        statement = statement.where(key > after if waits else key < after)
    found = session.exec(statement).all()
    now = clock.now()
    warn = timedelta(days=city_values.get_value(session, CityValue.DESK_WARN_DAYS))
    rows = [
        _row(edition, row, name, now - edition.filed_at, warn)
        for edition, row, name in found[:PAGE]
    ]
    return FilingPage(
        rows=rows,
        next_after=rows[-1].id if len(found) > PAGE else 0,
        waiting=queues.count(session, mine, FILINGS),
    )


def find_filing(session: Session, actor: Actor, edition_id: int) -> tuple[ProjectEdition, Project]:
    """A filing addressed to one's bureau; NotFound for any other."""
    found = session.exec(
        select(ProjectEdition, Project)
        .join(Project, col(Project.id) == ProjectEdition.project_id)
        .where(
            ProjectEdition.id == (edition_id if 0 < edition_id < LARGEST_ID else 0),
            col(ProjectEdition.office_id).in_(scopes.office_ids(actor, Permission.PROJECT_REVIEW)),
        )
    ).first()
    if found is None:
        raise NotFound("没有找到这项备案，可能不在您的审核范围内。")
    return found[0], found[1]


def decide(session: Session, actor: Actor, *, edition_id: int, act: str, note: str) -> str:
    """Approve, return or reject a filing; pressed twice it counts once, the filer is told.

    Nobody reviews a filing of his own. To return or reject needs a reason.
    """
    person_id = actor.require(Permission.PROJECT_REVIEW)
    edition, row = find_filing(session, actor, edition_id)
    if act not in VERDICTS:
        raise NotFound()
    verdict = Act(act)
    # Who acts on the class now waits for whoever does already.
    session.refresh(row, with_for_update=True)
    session.refresh(edition)
    if edition.decided_by == person_id and edition.status is EDITIONS[verdict]:
        return _told(row, edition)
    if edition.status is not Status.SUBMITTED:
        raise Conflict(tell_who_was_first(session, edition))
    if is_own(row, edition, person_id):
        raise NotPermitted("本人填报的备案由本局其他人员审核。")
    why = read_reason(note) if verdict in NEEDS_REASON else " ".join(note.split())[:200]
    if verdict is Act.APPROVE:
        _approve(session, row, edition, why)
    else:
        # Refused at first, the item of the plan may be filed anew.
        freed = {"plan_item_id": None} if verdict is Act.REJECT and row.edition == 0 else {}
        move(session, row, verdict, Role.REVIEWER, version=row.version, note=why, **freed)
    move_edition(session, actor, edition, verdict, note=why)
    audit.record(
        session, actor, audit.Action.PROJECT_DECIDED, kind=KIND, id=row.id, act=verdict.value,
        edition=edition.edition,
    )  # fmt: skip
    said = _told(row, edition)
    if edition.filed_by is not None:
        messages.send(
            session, to=edition.filed_by, title=f"培训项目{edition.status.label}",
            body=said + (f"意见：{why}" if why else ""), href=routes.desk_project(row.id or 0),
        )  # fmt: skip
    return said


def is_own(row: Project, edition: ProjectEdition, person_id: int) -> bool:
    """Whether somebody would review what he filed, or began, himself."""
    return person_id in (edition.filed_by, row.created_by)


def is_late(edition: ProjectEdition, in_force: ProjectEdition | None) -> bool:
    """Whether a filing came after its last day, as it may where a calendar is not published."""
    kept = in_force is not None and in_force.starts_on == edition.starts_on
    return not kept and edition.filed_on > edition.latest_on


def _approve(session: Session, row: Project, edition: ProjectEdition, note: str) -> None:
    before = find_editions(session, row).in_force
    _require_not_begun(edition, before)
    facts = read_facts(edition)
    move(
        session, row, Act.APPROVE, Role.REVIEWER, version=row.version, most=facts.capacity,
        note=note, edition=edition.edition,
        # Compared with the days of classes, so it is told by the business calendar.
        approved_at=row.approved_at or clock.business_now(), **columns_of(facts),
    )  # fmt: skip
    put_days(session, row, facts.days)
    _tell_enrolled(session, row, edition, before)


def _require_not_begun(edition: ProjectEdition, before: ProjectEdition | None) -> None:
    today = clock.today()
    if before is None and edition.starts_on <= today:
        raise Conflict(
            f"培训班已到开班日期，开班前没有完成备案，按{ARTICLE}不能再准予备案。"
            "请退回，由举办单位更改开班日期后重新报备。"
        )
    if before is None or read_facts(before).days == read_facts(edition).days:
        return
    if min(before.starts_on, edition.starts_on) <= today:
        raise Conflict("培训班已到开班日期，培训日期和学时不能再变更，请退回或不予备案。")


def read_facts(edition: ProjectEdition) -> ProjectFacts:
    """What a filing says."""
    # It was found good when it was filed; the limits may be stricter by now. What was returned and
    # filed anew keeps its first day, perhaps of the year before: the start says the year.
    return parse(edition.content, FormLimits(today=edition.starts_on, most_a_day=24))


def _tell_enrolled(
    session: Session, row: Project, edition: ProjectEdition, before: ProjectEdition | None
) -> None:
    if before is None or not row.enrolled:
        return
    if all(before.content.get(name) == edition.content.get(name) for name in TELLING):
        return
    class_messages.tell_enrolled(
        session, row, title="培训安排有变更",
        body=f"您报名的“{row.title}”的安排有变更，请打开查看新的时间和地点；不便参加的，开班前可以取消报名。",
    )  # fmt: skip


def _told(row: Project, edition: ProjectEdition) -> str:
    what = "" if edition.edition == 1 else "的变更"
    title = edition.content.get("title") or row.title
    return f"“{title}”{what}{edition.status.label}。"


def _row(
    edition: ProjectEdition, row: Project, organiser: str, waited: timedelta, warn: timedelta
) -> FilingRow:
    changed = row.edition > 0 and row.edition < edition.edition
    return FilingRow(
        id=edition.id or 0,
        title=edition.content.get("title", row.title),
        organiser=organiser,
        starts=calendars.spoken(edition.starts_on),
        hours=f"{read_facts(edition).hours}",
        what="变更备案" if changed else row.kind.label,
        since=f"{clock.local(edition.filed_at):%Y-%m-%d %H:%M}",
        age=age_of(waited),
        late=waited > warn,
        unsure=0 in edition.calendars.values(),
        state=edition.status.label,
        tone=tone_of(edition.status),
    )


def tone_of(status: Status) -> str:
    """The colour a state is shown in."""
    return {
        Status.APPROVED: "good", Status.REJECTED: "bad", Status.CANCELLED: "plain",
        Status.DRAFT: "plain", Status.RETURNED: "warn",
    }.get(status, "accent")  # fmt: skip


def age_of(waited: timedelta) -> str:
    """How long something has waited, in words."""
    if waited.days:
        return f"已等待{waited.days}天"
    hours = waited.seconds // 3600
    return f"已等待{hours}小时" if hours else "刚刚提交"
