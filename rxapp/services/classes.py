"""培训班: what learners may choose from, all that one says, and the places they have."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.errors import Invalid, NotFound
from rxapp.models.organisations import Organisation
from rxapp.models.projects import Enrolment, Project
from rxapp.rules.permissions import Permission
from rxapp.rules.profiles import FIELDS
from rxapp.rules.project_forms import LONGEST_SPAN
from rxapp.rules.projects import Form, Status
from rxapp.rules.subjects import Subject
from rxapp.services.actors import Actor
from rxapp.services.project_moves import LARGEST_ID, find_editions
from rxapp.services.project_pages import Fact, dates_of, list_facts

PAGE = 20
MOST_OWN = 50
# What learners are told of a class; what it costs the organiser is not theirs to know.
TOLD = ("subject", "field", "form", "days", "total", "place", "audience", "teachers", "syllabus",
        "contact", "phone")  # fmt: skip


@dataclass(frozen=True)
class ClassRow:
    """One class to choose."""

    id: int
    title: str
    organiser: str
    subject: str
    field: str
    form: str
    dates: str
    hours: str
    left: str
    state: str
    tone: str


@dataclass(frozen=True)
class ClassPage:
    """Some classes, the next to begin first; `next_after` is empty at the end."""

    rows: list[ClassRow]
    next_after: str


@dataclass(frozen=True)
class ClassView:
    """One class with all a learner must know, and what may be done now."""

    id: int
    title: str
    organiser: str
    dates: str
    hours: str
    facts: list[Fact]
    capacity: int
    enrolled: int
    mine: bool
    may_enrol: bool
    may_leave: bool
    state: str
    tone: str
    said: str


def list_classes(
    session: Session, actor: Actor, *, query: str = "", subject: str = "", field: str = "",
    month: str = "", after: str = "",
) -> ClassPage:  # fmt: skip
    """The approved classes that have not ended, the next to begin first."""
    person_id = actor.require(Permission.LEARN)
    today = clock.today()
    statement = (
        select(Project, Organisation.name)
        .join(Organisation, col(Organisation.id) == Project.organisation_id)
        .where(
            Project.status == Status.APPROVED.value, col(Project.ends_on) >= today,
            # None is longer, so what ended long ago is never gone through.
            col(Project.starts_on) >= today - timedelta(days=LONGEST_SPAN),
            *_narrowed(query, subject, field, month),
        )
        .order_by(col(Project.starts_on), col(Project.id))
        .limit(PAGE + 1)
    )  # fmt: skip
    if after:
        statement = statement.where(_later_than(after))
    found = session.exec(statement).all()
    mine = _own_among(session, person_id, [row.id or 0 for row, _ in found])
    last = found[PAGE - 1][0] if len(found) > PAGE else None
    return ClassPage(
        rows=[_row(row, name, row.id in mine) for row, name in found[:PAGE]],
        next_after=f"{last.starts_on}|{last.id}" if last else "",
    )


def list_own(session: Session, actor: Actor) -> list[ClassRow]:
    """The classes one has a place in, the newest enrolment first."""
    person_id = actor.require(Permission.LEARN)
    found = session.exec(
        select(Project, Organisation.name)
        .join(Enrolment, col(Enrolment.project_id) == Project.id)
        .join(Organisation, col(Organisation.id) == Project.organisation_id)
        .where(Enrolment.person_id == person_id, col(Enrolment.ended_at).is_(None))
        .order_by(col(Enrolment.id).desc())
        .limit(MOST_OWN)
    )
    return [_row(row, name, True) for row, name in found]


def get_class(session: Session, actor: Actor, project_id: int) -> ClassView:
    """A class that was approved; one that was cancelled says so."""
    person_id = actor.require(Permission.LEARN)
    found = session.exec(
        select(Project, Organisation.name)
        .join(Organisation, col(Organisation.id) == Project.organisation_id)
        .where(
            Project.id == (project_id if 0 < project_id < LARGEST_ID else 0),
            col(Project.edition) > 0,
        )
    ).first()
    if found is None:
        raise NotFound("没有找到这个培训班，可能已取消。")
    row, organiser = found
    held = find_editions(session, row).in_force
    facts = {each.name: each for each in list_facts(held, None)} if held else {}
    mine = bool(_own_among(session, person_id, [row.id or 0]))
    before = row.status is Status.APPROVED and not _has_begun(row)
    state, tone = _standing(row, mine)
    return ClassView(
        id=row.id or 0, title=row.title, organiser=organiser, dates=dates_of(row),
        hours=f"{row.hours}", facts=[facts[name] for name in TOLD if name in facts],
        capacity=row.capacity, enrolled=row.enrolled, mine=mine,
        may_enrol=before and not mine and row.enrolled < row.capacity,
        may_leave=before and mine, state=state, tone=tone, said=_said(row, mine),
    )  # fmt: skip


def _narrowed(query: str, subject: str, field: str, month: str) -> list[ColumnElement[bool]]:
    found = [
        or_(
            col(Project.title).contains(word, autoescape=True),
            col(Organisation.name).contains(word, autoescape=True),
        )
        for word in query[:60].split()
    ]
    conditions: list[ColumnElement[bool]] = list(found)
    if subject in set(Subject):
        conditions.append(col(Project.subject) == Subject(subject))
    if field in FIELDS:
        conditions.append(col(Project.field) == field)
    if first := _first_of(month):
        later = (first + timedelta(days=32)).replace(day=1)
        conditions += [col(Project.starts_on) >= first, col(Project.starts_on) < later]
    return conditions


def _first_of(month: str) -> date | None:
    try:
        return date.fromisoformat(f"{month}-01") if len(month) == 7 else None
    except ValueError:
        return None


def _later_than(after: str) -> ColumnElement[bool]:
    day, _, last = after.partition("|")
    try:
        starts = date.fromisoformat(day)
    except ValueError:
        starts = None
    if starts is None or not (last.isascii() and last.isdigit() and len(last) < 10):
        raise Invalid(message="页码已失效，请重新查找。")
    same_day = and_(col(Project.starts_on) == starts, col(Project.id) > int(last))
    return or_(col(Project.starts_on) > starts, same_day)


def _own_among(session: Session, person_id: int, ids: list[int]) -> frozenset[int]:
    return frozenset(
        session.exec(
            select(Enrolment.project_id).where(
                Enrolment.person_id == person_id, col(Enrolment.project_id).in_(ids),
                col(Enrolment.ended_at).is_(None),
            )
        )
    )  # fmt: skip


def _has_begun(row: Project) -> bool:
    return row.starts_on is None or row.starts_on <= clock.today()


def _row(row: Project, organiser: str, mine: bool) -> ClassRow:
    state, tone = _standing(row, mine)
    return ClassRow(
        id=row.id or 0, title=row.title, organiser=organiser,
        subject=row.subject.label if row.subject else "", field=row.field,
        form=Form(row.form).label if row.form else "", dates=dates_of(row), hours=f"{row.hours}",
        left=f"余{max(row.capacity - row.enrolled, 0)}个名额", state=state, tone=tone,
    )  # fmt: skip


def _standing(row: Project, mine: bool) -> tuple[str, str]:
    if row.status is not Status.APPROVED:
        return "已取消", "bad"
    if row.ends_on is not None and row.ends_on < clock.today():
        return "已结束", "plain"
    if mine:
        return "已报名", "good"
    if _has_begun(row):
        return "已开班", "plain"
    return ("名额已满", "warn") if row.enrolled >= row.capacity else ("可报名", "accent")


def _said(row: Project, mine: bool) -> str:
    if row.status is not Status.APPROVED:
        return f"这个培训班已取消，原因：{row.note or '未填写'}。"
    if _has_begun(row):
        return "已经开班，报名已结束。"
    if mine:
        return "您已报名，请按时参加。不便参加的，开班前可以取消报名。"
    if row.enrolled >= row.capacity:
        return "名额已满。有人取消报名后可以再试。"
    return "开班前可以报名，报名后也可以取消。"
