"""课程审核: the city bureau looks at a course, publishes it, returns it, later withdraws it."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.errors import NotFound, NotPermitted
from rxapp.models.courses import Course
from rxapp.models.organisations import Organisation
from rxapp.rules.courses import NEEDS_REASON, TRANSITIONS, Act, Status, parse_reason
from rxapp.rules.permissions import Permission
from rxapp.services import (
    course_content,
    course_editions,
    course_moves,
    course_scopes,
    queues,
    routing,
    scopes,
)
from rxapp.services.actors import Actor

PAGE = 30
SHOWN = (Status.SUBMITTED, Status.RETURNED, Status.PUBLISHED, Status.SUPERSEDED, Status.WITHDRAWN)
VERDICTS = {"publish": Act.PUBLISH, "return": Act.RETURN, "withdraw": Act.WITHDRAW}
OWN = "您参与制作了这门课程，应由本局其他有权发布的管理员审核发布。"
_SAID = {
    Act.PUBLISH: "已发布，学员现在可以学习。", Act.RETURN: "已退回，制作单位会收到消息。",
    Act.WITHDRAW: "已撤下：不再接受新学，已开始的可以学完，已记入的学时不变。",
}  # fmt: skip


@dataclass(frozen=True)
class ReviewRow:
    """One course as the bureau's list shows it."""

    id: int
    title: str
    edition: int
    teacher: str
    subject: str
    year: str
    hours: str
    status: str
    state: str
    since: str


@dataclass(frozen=True)
class ReviewPage:
    """Some of the list; `next_after` is 0 at the end."""

    rows: list[ReviewRow]
    next_after: int
    waiting: int


def list_queue(
    session: Session, actor: Actor, *, status: str = "submitted", after: int = 0
) -> ReviewPage:
    """The courses in one state: what waits, the oldest first; everything else, the newest first."""
    actor.require(Permission.COURSE_PUBLISH)
    if status not in set(SHOWN):
        raise NotFound()
    oldest_first = status == Status.SUBMITTED
    order = col(Course.id) if oldest_first else col(Course.id).desc()
    statement = (
        select(Course, Organisation.name)
        .join(Organisation, col(Organisation.id) == Course.organisation_id, isouter=True)
        .where(
            col(Course.status) == Status(status),
            course_scopes.reviewed(actor) | course_scopes.own(actor),
        )
        .order_by(order)
        .limit(PAGE + 1)
    )
    if after:
        statement = statement.where(
            col(Course.id) > after if oldest_first else col(Course.id) < after
        )
    found = session.exec(statement).all()
    rows = [_row(course, name or "") for course, name in found[:PAGE]]
    return ReviewPage(rows, rows[-1].id if len(found) > PAGE else 0, count_waiting(session, actor))


def count_waiting(session: Session, actor: Actor) -> int:
    """How many courses wait for one's own offices; 0 for who publishes none."""
    offices = scopes.office_ids(actor, Permission.COURSE_PUBLISH)
    return queues.count(session, offices, course_moves.COURSES) if offices else 0


def decide(
    session: Session, actor: Actor, *, course_id: int, verdict: str, reason: str, version: int
) -> str:
    """Publish, return or withdraw a course; the makers are told. Pressed twice it counts once.

    Nobody publishes a course he made some of, unless the bureau has nobody else: then it is written
    down as such. Publishing a new edition ends the one before it.
    """
    person_id = actor.require(Permission.COURSE_PUBLISH)
    act = VERDICTS.get(verdict)
    row = course_scopes.get_seen(session, actor, course_id)
    if act is None:
        raise NotFound()
    if _was_mine(session, row, act, person_id):
        return _SAID[act]
    why = parse_reason(reason) if act in NEEDS_REASON else ""
    own = act is Act.PUBLISH and person_id in row.makers
    if own and _has_other(session, actor, row):
        raise NotPermitted(OWN)
    if act is Act.PUBLISH:
        _publish(session, actor, row, version=version, own=own)
    else:
        course_moves.move(session, actor, row, act, version=version, reason=why)
    _tell(session, row, act, why)
    return _SAID[act]


def is_reviewer(_session: Session, actor: Actor) -> bool:
    """Whether one reviews courses at all."""
    return actor.may(Permission.COURSE_PUBLISH)


def may_publish(session: Session, actor: Actor, row: Course) -> bool:
    """Whether this person may publish this course."""
    if not actor.may(Permission.COURSE_PUBLISH):
        return False
    return actor.person_id not in row.makers or not _has_other(session, actor, row)


def _publish(session: Session, actor: Actor, row: Course, *, version: int, own: bool) -> None:
    content = course_content.get_content(session, row)
    course_content.require_whole(content)
    course_editions.require_family_year(session, row, f"{row.year}")
    before = session.exec(
        select(Course).where(
            Course.code == row.code, col(Course.id) != row.id, Course.status == Status.PUBLISHED
        )
    ).all()
    course_moves.move(
        session, actor, row, Act.PUBLISH, version=version, own=own, published_at=clock.now()
    )
    course_moves.freeze_reviews(session, row)
    for older in before:
        course_moves.move(session, actor, older, Act.SUPERSEDE, version=older.version)


def _was_mine(session: Session, row: Course, act: Act, person_id: int) -> bool:
    """Whether this very act was the last one, and this person's."""
    steps = course_moves.list_steps(session, row)
    leads_to = {status for (_, done), status in TRANSITIONS.items() if done is act}
    if not steps or row.status not in leads_to:
        return False
    last, _ = steps[-1]
    return last.act is act and last.by_id == person_id


def _has_other(session: Session, actor: Actor, row: Course) -> bool:
    offices = scopes.office_ids(actor, Permission.COURSE_PUBLISH)
    return any(routing.has_other_clerk(session, office, row.makers) for office in offices)


def _tell(session: Session, row: Course, act: Act, why: str) -> None:
    title = {Act.PUBLISH: "课程已发布", Act.RETURN: "课程已退回", Act.WITHDRAW: "课程已撤下"}[act]
    body = f"“{row.title}”{act.label}。" + (f"理由：{why}" if why else "")
    course_moves.tell_makers(session, row, title, body)


def _row(course: Course, organisation: str) -> ReviewRow:
    since = course.submitted_at or course.published_at
    return ReviewRow(
        id=course.id or 0, title=course.title, edition=course.edition,
        teacher=organisation or course.provider, subject=course.subject.label,
        year=f"{course.year}", hours=str(course.hours), status=course.status.value,
        state=course.status.label, since=f"{clock.local(since):%Y-%m-%d}" if since else "",
    )  # fmt: skip
