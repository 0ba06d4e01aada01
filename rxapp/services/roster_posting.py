"""登记学时: one deliberate act with its summary; then line by line, so that nobody waits for it.

The clerk's word closes the roster. The lines are written by whoever comes by, some at a time, each
batch in one transaction; a line that is written is never written again.
"""

import hashlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import update
from sqlmodel import Session, col, select

from rxapp import clock, routes
from rxapp.adapters.database import transaction
from rxapp.errors import Conflict, Invalid
from rxapp.models.people import Person
from rxapp.models.projects import Project
from rxapp.models.rosters import Roster, RosterLine
from rxapp.rules import rosters
from rxapp.rules.hours import ZERO, Hours
from rxapp.rules.permissions import Permission
from rxapp.rules.projects import Status
from rxapp.rules.rosters import ClassHours, LineState, Outcome, RosterState
from rxapp.services import audit, credits, messages, roster_classes, roster_overlaps
from rxapp.services.actors import SYSTEM, Actor
from rxapp.services.roster_lines import attendance_of

log = structlog.get_logger()

BATCH = 25
PAUSE_SECONDS = 0.02
NAMED = 20


@dataclass(frozen=True)
class Summary:
    """What posting would bring, before it is said; `stamp` is what was looked at."""

    people: int
    hours: str
    tenths: int
    overlaps: list[str]
    overlapping: int
    without: list[str]
    without_count: int
    failed: list[str]
    failed_count: int
    # The clerk's own line, if it is among them: how many hours.
    own: str
    # How many more there are than places were filed; nobody is refused for it, it is recorded.
    beyond: int
    stamp: str


def get_summary(session: Session, actor: Actor, *, project_id: int) -> Summary:
    """What would be posted, and what would not: no days, failed; what overlaps; one's own line."""
    actor.require(Permission.PROJECT_FILE)
    project = roster_classes.find_own(session, actor, project_id)
    require_time(session, project)
    return _summary(session, actor, project, roster_classes.offered_by(session, project))


def post(session: Session, actor: Actor, *, project_id: int, stamp: str) -> str:
    """Post a roster as its summary said, and close it; said twice it counts once.

    Conflict when the class was not approved before it began (article 5), has not ended, was
    posted by somebody else, or the roster changed since it was looked at.
    """
    person_id = actor.require(Permission.PROJECT_FILE)
    project = roster_classes.find_own(session, actor, project_id)
    roster = roster_classes.hold(session, project_id)
    if roster.state is not RosterState.OPEN:
        return _told(session, actor, roster)
    require_time(session, project)
    offered = roster_classes.offered_by(session, project)
    _recount(session, project, offered)
    summary = _summary(session, actor, project, offered)
    if summary.stamp != stamp:
        raise Conflict("名册在您核对之后有改动，没有登记，请重新核对汇总。")
    if not summary.people:
        raise Invalid(message="名册中没有可以登记学时的人员，请先记录出勤。")
    _close(session, project, person_id)
    roster.state, roster.posted_by = RosterState.POSTING, person_id
    roster.office_id, roster.posted_at = project.organisation_id, clock.now()
    roster.people, roster.hours = summary.people, Hours(summary.tenths)
    session.add(roster)
    session.flush()
    audit.record(
        session, actor, audit.Action.ROSTER_POSTED, kind="project", id=project_id,
        people=summary.people, tenths=roster.hours.tenths, overlaps=summary.overlapping,
        own=bool(summary.own), edition=project.edition, beyond=summary.beyond,
    )  # fmt: skip
    return f"已开始登记，共{summary.people}人。名册已关闭。"


def work_once(stop: threading.Event | None = None) -> bool:
    """Go on with every roster that is being posted; False when there is none.

    One that cannot go on keeps none of the others waiting.
    """
    with transaction() as session:
        ids = [roster.project_id for roster in session.exec(_waiting())]
    gone = stop or threading.Event()
    for project_id in ids:
        try:
            _write_all(project_id, gone)
        except Exception:  # the fault of one class; it is tried again in the next round
            log.exception("roster cannot be posted", project=project_id)
    return bool(ids)


def write_some(session: Session, *, most: int = BATCH, project_id: int = 0) -> bool:
    """Write the next lines of one roster into the ledger, or close it; False when none waits.

    Of any roster where none is named. What another process is at is left to it.
    """
    waiting = _waiting().limit(1).with_for_update(skip_locked=True)
    if project_id:
        waiting = waiting.where(Roster.project_id == project_id)
    roster = session.exec(waiting).first()
    if roster is None:
        return False
    project = session.get_one(Project, roster.project_id)
    lines = session.exec(
        # By person: two rosters that share people must not wait for each other crosswise.
        select(RosterLine)
        .where(RosterLine.project_id == roster.project_id, *_eligible())
        .order_by(col(RosterLine.person_id))
        .limit(most)
    ).all()
    offered = roster_classes.offered_by(session, project)
    for line in lines:
        grant(session, project, line, offered, hours=line.hours)
    if len(lines) < most:
        _end(session, roster, project)
    return True


def grant(
    session: Session, project: Project, line: RosterLine, offered: ClassHours, *, hours: Hours,
    told: str = "培训学时已登记",
) -> None:  # fmt: skip
    """Write one line's hours into the ledger and tell the person; a line of its own each time."""
    last = roster_classes.last_day(project, offered)
    if last is None or project.subject is None:
        raise Conflict("这个培训项目没有日期或科目，不能登记学时。")
    number = line.grants + 1
    key = f"project:{project.id}" + (f":{number}" if number > 1 else "")
    credit_id = credits.grant(
        session, SYSTEM, person_id=line.person_id, year=last.year, subject=project.subject,
        hours=hours, source_kind="project", source_key=key, title=project.title,
        rule=f"project@{project.edition}", earned_on=last,
    )  # fmt: skip
    if credit_id is None:
        raise Conflict("这个人在这个培训项目中的学时已经登记过，没有再次登记。")
    line.state, line.credit_id, line.grants = LineState.POSTED, credit_id, number
    line.hours, line.version = hours, line.version + 1
    session.add(line)
    session.flush()
    messages.send(
        session, to=line.person_id, title=told, href=routes.year(last.year),
        body=f"“{project.title}”已计入{last.year}年度{project.subject.label}{hours}学时。",
    )  # fmt: skip


def require_time(session: Session, project: Project) -> None:
    """Refuse what was not approved in time, and what has not ended."""
    roster_classes.require_allowed(session, project)
    offered = roster_classes.offered_by(session, project)
    if early := roster_classes.too_early(project, offered):
        raise Conflict(f"{early}名册已保留。")


def _write_all(project_id: int, gone: threading.Event) -> None:
    while not gone.is_set():
        with transaction(write=True) as session:
            if not write_some(session, project_id=project_id):
                return
        # Whoever else wants to write goes first.
        gone.wait(PAUSE_SECONDS)


def _waiting():  # type: ignore[no-untyped-def]
    return (
        select(Roster).where(Roster.state == RosterState.POSTING).order_by(col(Roster.project_id))
    )


def _eligible() -> tuple[Any, ...]:
    return (
        col(RosterLine.state) == LineState.DRAFT, col(RosterLine.test) != Outcome.FAILED,
        col(RosterLine.hours) > ZERO,
    )  # fmt: skip


def _all(session: Session, project: Project) -> Sequence[Any]:
    return session.exec(
        select(RosterLine, Person.name)
        .join(Person, col(Person.id) == RosterLine.person_id)
        .where(RosterLine.project_id == project.id)
        .order_by(col(RosterLine.id))
    ).all()


def _recount(session: Session, project: Project, offered: ClassHours) -> None:
    """Count every line anew: the class or the city's limit may have changed since it was ticked."""
    changed = []
    for line, _ in _all(session, project):
        hours = rosters.counted(offered, attendance_of(line))
        if hours != line.hours:
            changed.append({"id": line.id, "hours": hours})
    if changed:
        session.execute(update(RosterLine), changed)
        session.expire_all()


def _summary(session: Session, actor: Actor, project: Project, offered: ClassHours) -> Summary:
    lines = [
        (line, name, rosters.counted(offered, attendance_of(line)))
        for line, name in _all(session, project)
    ]
    failed = [name for line, name, _ in lines if line.test is Outcome.FAILED]
    without = [name for line, name, hours in lines if line.test is not Outcome.FAILED and not hours]
    good = [each for each in lines if each[0].test is not Outcome.FAILED and each[2]]
    attended = {line.person_id: line.days for line, _, _ in good}
    overlaps = roster_overlaps.find(session, project.id or 0, attended, tuple(offered.days))
    names = {line.person_id: name for line, name, _ in good}
    told = [
        f"{names[person]}：{roster_overlaps.in_words(each)}" for person, each in overlaps.items()
    ]
    own = [hours for line, _, hours in good if line.person_id == actor.person_id]
    total = Hours.total(hours for _, _, hours in good)
    return Summary(
        people=len(good), hours=str(total), tenths=total.tenths,
        overlaps=told[:NAMED], overlapping=len(told),
        without=without[:NAMED], without_count=len(without), failed=failed[:NAMED],
        failed_count=len(failed), own=str(own[0]) if own else "",
        beyond=max(len(good) - project.capacity, 0),
        stamp=_stamp(lines),
    )  # fmt: skip


def _stamp(lines: Sequence[Any]) -> str:
    """What was looked at: whom, in which version, with how many hours; another roster differs."""
    seen = ";".join(
        f"{line.person_id},{line.id},{line.version},{hours.tenths}" for line, _, hours in lines
    )
    return hashlib.sha256(seen.encode()).hexdigest()


def _close(session: Session, project: Project, person_id: int) -> None:
    """Mark the class as posted, unless it was cancelled or posted this very moment."""
    done = session.execute(
        update(Project)
        .where(
            col(Project.id) == project.id, col(Project.posted_at).is_(None),
            col(Project.status) == Status.APPROVED,
        )
        .values(posted_at=clock.now(), posted_by=person_id, version=Project.version + 1)
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    if done.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict("这个培训项目刚刚有变动，没有登记学时，请刷新后再试。")
    session.refresh(project)


def _told(session: Session, actor: Actor, roster: Roster) -> str:
    if roster.posted_by == actor.person_id:
        return f"已开始登记，共{roster.people}人。名册已关闭。"
    by = session.get(Person, roster.posted_by or 0)
    at = f"{clock.local(roster.posted_at):%Y-%m-%d %H:%M}" if roster.posted_at else ""
    raise Conflict(f"学时已由{by.name if by else '其他人'}于{at}登记，请刷新后查看。")


def _end(session: Session, roster: Roster, project: Project) -> None:
    roster.state, roster.ended_at = RosterState.CLOSED, clock.now()
    session.add(roster)
    audit.record(
        session, SYSTEM, audit.Action.ROSTER_CLOSED, kind="project", id=project.id,
        people=roster.people,
    )  # fmt: skip
    if roster.posted_by is not None:
        messages.send(
            session, to=roster.posted_by, title="培训学时登记完毕",
            body=f"“{project.title}”共登记{roster.people}人{roster.hours}学时。",
            href=routes.desk_roster(project.id or 0),
        )  # fmt: skip
