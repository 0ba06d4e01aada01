"""The courses of one's own offices, and the packages on their way in."""

from dataclasses import dataclass, field
from pathlib import PurePath

from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.models.courses import Course, CourseUpload
from rxapp.models.organisations import Organisation
from rxapp.rules.courses import Status
from rxapp.rules.permissions import Permission
from rxapp.services import course_content, course_scopes, scopes
from rxapp.services.actors import Actor
from rxapp.services.course_uploads import CANCELLED, CHECKING, DONE, PACKAGE

PAGE = 30


@dataclass(frozen=True)
class MadeRow:
    """One of one's own courses."""

    id: int
    title: str
    edition: int
    status: str
    state: str
    year: str
    hours: str
    office: str
    saved: str


@dataclass(frozen=True)
class MadePage:
    """Some of them, the newest first; `next_after` is 0 at the end."""

    rows: list[MadeRow]
    next_after: int


@dataclass(frozen=True)
class UploadView:
    """A film or package on its way in, as the page shows it."""

    id: int
    name: str
    status: str
    percent: int
    reason: str
    faults: list[str] = field(default_factory=list)
    course_id: int = 0


def list_own(session: Session, actor: Actor, *, status: str = "", after: int = 0) -> MadePage:
    """The courses of one's own offices, in one state or all, the newest first."""
    actor.require(Permission.COURSE_MAKE)
    statement = (
        select(Course, Organisation.name)
        .join(Organisation, col(Organisation.id) == Course.organisation_id, isouter=True)
        .where(course_scopes.own(actor))
        .order_by(col(Course.id).desc())
        .limit(PAGE + 1)
    )
    if status in set(Status):
        statement = statement.where(Course.status == Status(status))
    if after:
        statement = statement.where(col(Course.id) < after)
    found = session.exec(statement).all()
    rows = [_made_row(course, name) for course, name in found[:PAGE]]
    return MadePage(rows, rows[-1].id if len(found) > PAGE else 0)


def list_offices(_session: Session, actor: Actor) -> list[tuple[str, str]]:
    """The offices one makes courses for, each with its name."""
    actor.require(Permission.COURSE_MAKE)
    ids = scopes.office_ids(actor, Permission.COURSE_MAKE)
    return [(f"{each.organisation_id}", each.name) for each in actor.offices
            if each.organisation_id in ids]  # fmt: skip


def list_packages(session: Session, actor: Actor) -> list[UploadView]:
    """The packages one sent in lately, and what became of them."""
    person_id = actor.require(Permission.COURSE_MAKE)
    rows = session.exec(
        select(CourseUpload)
        .where(
            CourseUpload.kind == PACKAGE, CourseUpload.by_id == person_id,
            CourseUpload.reason != CANCELLED,
        )
        .order_by(col(CourseUpload.id).desc())
        .limit(10)
    ).all()  # fmt: skip
    return [upload_view(row) for row in rows]


def upload_view(row: CourseUpload) -> UploadView:
    """An upload as the page shows it."""
    return UploadView(
        id=row.id or 0, name=PurePath(row.name).stem, status=row.status,
        percent=100 if row.status in (DONE, CHECKING) else row.received * 100 // max(1, row.size),
        reason=row.reason, faults=list(row.faults) if len(row.faults) > 1 else [],
        course_id=row.course_id or 0,
    )  # fmt: skip


def _made_row(course: Course, office: str | None) -> MadeRow:
    return MadeRow(
        id=course.id or 0, title=course.title or "未命名课程", edition=course.edition,
        status=course.status.value, state=course.status.label,
        year=f"{course.year}" if course.year else "", hours=str(course.hours),
        office=office or course_content.BUREAUS_OWN,
        saved=f"{clock.local(course.saved_at):%Y-%m-%d}" if course.saved_at else "",
    )  # fmt: skip
