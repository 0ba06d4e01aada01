"""培训需求: what training employers ask for, and the classes bases answer with (article 6)."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import update
from sqlmodel import Session, col, select

from rxapp import clock, routes
from rxapp.errors import Conflict, Invalid, NotFound
from rxapp.models.organisations import Organisation
from rxapp.models.projects import NeedAnswer, Project, TrainingNeed
from rxapp.rules.permissions import Capacity, Permission
from rxapp.rules.profiles import FIELDS
from rxapp.rules.project_forms import read_date
from rxapp.rules.projects import Status
from rxapp.rules.subjects import Subject
from rxapp.services import audit, messages, routing
from rxapp.services.actors import Actor
from rxapp.services.project_moves import LARGEST_ID
from rxapp.services.project_pages import dates_of

PAGE, MOST_OPEN, MOST_ANSWERS = 20, 30, 20
OPEN, ANSWERED, CLOSED = "open", "answered", "closed"
STATES = {OPEN: ("征集中", "accent"), ANSWERED: ("已有答复", "good"), CLOSED: ("已关闭", "plain")}
LONGEST_TITLE, LONGEST_NOTE, MOST_PEOPLE = 80, 300, 100_000
# Who needs training, and who offers it.
ASKING = frozenset({Capacity.EMPLOYER, Capacity.DEPARTMENT})


@dataclass(frozen=True)
class AnswerRow:
    """A class with which a base answered."""

    project_id: int
    title: str
    organiser: str
    dates: str
    state: str


@dataclass(frozen=True)
class NeedRow:
    """What training an employer's people need, and what was answered."""

    id: int
    version: int
    title: str
    organiser: str
    subject: str
    field: str
    people: str
    wanted_by: str
    note: str
    at: str
    status: str
    state: str
    tone: str
    mine: bool
    answers: list[AnswerRow]


@dataclass(frozen=True)
class NeedPage:
    """Some needs, the newest first; `next_before` is 0 at the end."""

    rows: list[NeedRow]
    next_before: int


@dataclass(frozen=True)
class Desk:
    """What one may do about needs: post them, answer them, and with which classes."""

    may_post: bool
    may_answer: bool
    classes: list[tuple[str, str]]


def get_desk(session: Session, actor: Actor) -> Desk:
    """Whether one's offices post needs or answer them, and the classes to answer with."""
    actor.require(Permission.PROJECT_FILE)
    bases = _offices(actor, frozenset({Capacity.BASE}))
    found = session.exec(
        select(Project)
        .where(
            col(Project.organisation_id).in_(bases), Project.status == Status.APPROVED.value,
            col(Project.starts_on) > clock.today(),
        )
        .order_by(col(Project.id).desc())
        .limit(100)
    )  # fmt: skip
    choices = [(f"{row.id}", f"{row.title}（{dates_of(row)}）") for row in found]
    return Desk(bool(_offices(actor, ASKING)), bool(bases), choices)


def list_needs(
    session: Session, actor: Actor, *, place: str = "", before: int = 0
) -> NeedPage:  # fmt: skip
    """One's own needs; with `place` "open" all that bases may answer, the newest first."""
    actor.require(Permission.PROJECT_FILE)
    own = _offices(actor, ASKING)
    statement = (
        select(TrainingNeed, Organisation.name)
        .join(Organisation, col(Organisation.id) == TrainingNeed.organisation_id)
        .order_by(col(TrainingNeed.id).desc())
        .limit(PAGE + 1)
    )
    if place == OPEN and _offices(actor, frozenset({Capacity.BASE})):
        statement = statement.where(col(TrainingNeed.status).in_((OPEN, ANSWERED)))
    else:
        statement = statement.where(col(TrainingNeed.organisation_id).in_(own))
    if before:
        statement = statement.where(col(TrainingNeed.id) < before)
    found = session.exec(statement).all()
    answers = _answers(session, [row.id or 0 for row, _ in found])
    rows = [
        _row(row, name, own, answers.get(row.id or 0, [])) for row, name in found[:PAGE]
    ]  # fmt: skip
    return NeedPage(rows, rows[-1].id if len(found) > PAGE else 0)


def post(session: Session, actor: Actor, *, typed: Mapping[str, str]) -> int:
    """Say what training one's people need; the same need posted twice is one."""
    person_id = actor.require(Permission.PROJECT_FILE)
    offices = _offices(actor, ASKING)
    if not offices:
        raise NotFound("用人单位和主管部门可以发布培训需求。")
    wanted = _parse(typed)
    session.get(Organisation, offices[0], with_for_update={"key_share": True})
    open_ones = session.exec(
        select(TrainingNeed).where(
            TrainingNeed.organisation_id == offices[0], col(TrainingNeed.status) != CLOSED
        )
    ).all()
    for each in open_ones:
        if (each.title, each.people, each.note) == (wanted.title, wanted.people, wanted.note):
            return each.id or 0
    if len(open_ones) >= MOST_OPEN:
        raise Conflict(f"已有{MOST_OPEN}项需求没有关闭，请先关闭一些。")
    wanted.organisation_id, wanted.created_by = offices[0], person_id
    session.add(wanted)
    session.flush()
    audit.record(session, actor, audit.Action.NEED_POSTED, kind="need", id=wanted.id)
    return wanted.id or 0


def answer(session: Session, actor: Actor, *, need_id: int, project_id: int) -> None:
    """Answer a need with one of one's own approved classes; the employer's clerks are told once."""
    person_id = actor.require(Permission.PROJECT_FILE)
    need = _find(session, need_id, lock=True)
    bases = _offices(actor, frozenset({Capacity.BASE}))
    project = session.get(Project, project_id) if 0 < project_id < LARGEST_ID else None
    if project is None or project.organisation_id not in bases:
        raise NotFound("没有找到这个培训项目，请选择本单位已备案的项目。")
    today = clock.today()
    if project.status is not Status.APPROVED or (project.starts_on or today) <= today:
        raise Conflict("只能用已备案、尚未开班的项目答复，请重新选择。")
    known = session.exec(select(NeedAnswer).where(NeedAnswer.need_id == need.id)).all()
    if project.id in {each.project_id for each in known}:
        return
    if need.status == CLOSED or len(known) >= MOST_ANSWERS:
        raise Conflict("这项需求已关闭或答复已满，没有答复。")
    session.add(
        NeedAnswer(need_id=need.id or 0, project_id=project.id or 0, by_id=person_id,
                   at=clock.now())
    )  # fmt: skip
    need.status, need.version = ANSWERED, need.version + 1
    session.add(need)
    session.flush()
    for clerk in routing.list_clerks(session, need.organisation_id):
        messages.send(
            session, to=clerk, title="培训需求有答复",
            body=f"您单位的培训需求“{need.title}”有继续教育基地答复，可组织人员报名“{project.title}”。",
            href=routes.DESK_NEEDS,
        )  # fmt: skip
    audit.record(
        session, actor, audit.Action.NEED_ANSWERED, kind="need", id=need.id, project=project.id
    )


def close(session: Session, actor: Actor, *, need_id: int) -> None:
    """Close a need of one's own; pressed twice it is closed once."""
    actor.require(Permission.PROJECT_FILE)
    need = _find(session, need_id)
    if need.organisation_id not in _offices(actor, ASKING):
        raise NotFound("没有找到这项培训需求。")
    changed = session.execute(
        update(TrainingNeed)
        .where(col(TrainingNeed.id) == need.id, col(TrainingNeed.status) != CLOSED)
        .values(status=CLOSED, version=TrainingNeed.version + 1)
        .execution_options(synchronize_session=False)
    )
    if changed.rowcount == 1:  # type: ignore[attr-defined]
        audit.record(session, actor, audit.Action.NEED_CLOSED, kind="need", id=need.id)


def _offices(actor: Actor, capacities: frozenset[Capacity]) -> list[int]:
    return [each.organisation_id for each in actor.offices if each.capacities & capacities]


def _find(session: Session, need_id: int, *, lock: bool = False) -> TrainingNeed:
    known = need_id if 0 < need_id < LARGEST_ID else 0
    row = session.get(TrainingNeed, known, with_for_update=True if lock else None)
    if row is None:
        raise NotFound("没有找到这项培训需求。")
    return row


def _parse(typed: Mapping[str, str]) -> TrainingNeed:
    title, note = (" ".join(typed.get(name, "").split()) for name in ("title", "note"))
    people = unicodedata.normalize("NFKC", typed.get("people", "")[:10]).strip()
    day, subject, field = typed.get("wanted_by", ""), typed.get("subject", ""), typed.get("field")
    wanted_by = read_date(day) if day else None
    faults: dict[str, str] = {}
    if not 4 <= len(title) <= LONGEST_TITLE or not title.isprintable():
        faults["title"] = f"请填写需要的培训内容，4至{LONGEST_TITLE}个字。"
    if subject not in set(Subject):
        faults["subject"] = "请选择科目。"
    if field not in FIELDS and (field or subject == Subject.PROFESSIONAL):
        faults["field"] = "专业科目请选择行业领域。"
    number = int(people) if people.isascii() and people.isdigit() and len(people) <= 6 else 0
    if not 1 <= number <= MOST_PEOPLE:
        faults["people"] = f"人数应为1至{MOST_PEOPLE}之间的整数。"
    if day and (wanted_by is None or wanted_by <= clock.today()):
        faults["wanted_by"] = "希望完成的日期应晚于今天，例如 2020-12-01。"
    if len(note) > LONGEST_NOTE or not note.isprintable():
        faults["note"] = f"说明不超过{LONGEST_NOTE}个字。"
    if faults:
        raise Invalid(faults)
    return TrainingNeed(
        organisation_id=0, title=title, subject=Subject(subject), field=field or "",
        people=number, wanted_by=wanted_by, note=note, created_at=clock.now(),
    )  # fmt: skip


def _answers(session: Session, needs: list[int]) -> dict[int, list[AnswerRow]]:
    rows = session.exec(
        select(NeedAnswer.need_id, Project, Organisation.name)
        .join(Project, col(Project.id) == NeedAnswer.project_id)
        .join(Organisation, col(Organisation.id) == Project.organisation_id)
        .where(col(NeedAnswer.need_id).in_(needs))
        .order_by(col(NeedAnswer.id))
    )
    found: dict[int, list[AnswerRow]] = {}
    for need_id, row, name in rows:
        said = AnswerRow(row.id or 0, row.title, name, dates_of(row), row.status.label)
        found.setdefault(need_id, []).append(said)
    return found


def _row(
    row: TrainingNeed, organiser: str, own: list[int], answers: list[AnswerRow]
) -> NeedRow:  # fmt: skip
    state, tone = STATES[row.status]
    return NeedRow(
        id=row.id or 0, version=row.version, title=row.title, organiser=organiser,
        subject=row.subject.label, field=row.field or "不限", people=f"{row.people}人",
        wanted_by=f"{row.wanted_by}" if row.wanted_by else "不限", note=row.note,
        at=f"{clock.local(row.created_at):%Y-%m-%d}", status=row.status, state=state, tone=tone,
        mine=row.organisation_id in own, answers=answers,
    )  # fmt: skip
