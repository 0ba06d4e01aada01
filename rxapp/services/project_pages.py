"""What the screens show of classes: one's own as a list, one with its form and its history."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.models.organisations import Organisation
from rxapp.models.people import Person
from rxapp.models.projects import Project, ProjectEdition
from rxapp.rules.permissions import Permission
from rxapp.rules.project_forms import LABELS, LONGEST, read_days, yuan
from rxapp.rules.projects import Act, Role, Status, acts_of
from rxapp.rules.working_days import Deadline
from rxapp.services import calendars, project_files, scopes
from rxapp.services.actors import Actor
from rxapp.services.project_files import ProjectFileView
from rxapp.services.project_moves import find_editions, find_own, list_editions
from rxapp.services.project_reviews import (
    find_filing,
    is_late,
    is_own,
    read_facts,
    tone_of,
)

PAGE = 30
LATE = "超过了最迟备案日，因工作日历尚未公布没有自动拒绝，请审核时核对。"


@dataclass(frozen=True)
class ProjectRow:
    """One class on its organiser's list."""

    id: int
    title: str
    number: str
    organiser: str
    kind: str
    dates: str
    hours: str
    places: str
    state: str
    tone: str
    todo: str


@dataclass(frozen=True)
class ProjectPage:
    """Some classes, the newest first; `next_before` is 0 at the end."""

    rows: list[ProjectRow]
    next_before: int


@dataclass(frozen=True)
class Fact:
    """One line of a filing; `before` is what holds where the filing changes it."""

    name: str
    label: str
    text: str
    before: str
    changed: bool


@dataclass(frozen=True)
class EditionLine:
    """One filing of a class, and what became of it."""

    edition: int
    filed: str
    filer: str
    starts: str
    calendar: str
    state: str
    tone: str
    decided: str
    note: str


@dataclass(frozen=True)
class ProjectView:
    """A class as its organiser sees it: what was typed, what holds, what can be done."""

    id: int
    version: int
    number: str
    title: str
    organiser: str
    bureau: str
    kind: str
    status: str
    state: str
    tone: str
    note: str
    typed: dict[str, str]
    facts: list[Fact]
    files: list[ProjectFileView]
    editions: list[EditionLine]
    deadline: str
    enrolled: str
    editable: bool
    in_force: bool
    pending: bool
    changed: bool
    begun: bool
    may_withdraw: bool
    may_cancel: bool
    may_remove: bool


@dataclass(frozen=True)
class FilingView:
    """A filing as the bureau sees it; `own` where somebody else has to decide."""

    id: int
    project_id: int
    number: str
    title: str
    organiser: str
    kind: str
    change: bool
    state: str
    tone: str
    waits: bool
    own: bool
    filed: str
    filer: str
    calendar: str
    late: str
    facts: list[Fact]
    files: list[ProjectFileView]
    editions: list[EditionLine]
    enrolled: str


def list_own(
    session: Session, actor: Actor, *, status: str = "", query: str = "", before: int = 0
) -> ProjectPage:
    """The classes of one's own organisations, the newest first."""
    actor.require(Permission.PROJECT_FILE)
    offices = scopes.office_ids(actor, Permission.PROJECT_FILE)
    statement = (
        select(Project, Organisation.name)
        .join(Organisation, col(Organisation.id) == Project.organisation_id)
        .where(col(Project.organisation_id).in_(offices))
        .order_by(col(Project.id).desc())
        .limit(PAGE + 1)
    )
    if status in set(Status):
        statement = statement.where(Project.status == status)
    if typed := " ".join(query[:60].split()):
        statement = statement.where(col(Project.title).contains(typed, autoescape=True))
    if before:
        statement = statement.where(col(Project.id) < before)
    found = session.exec(statement).all()
    pending = _pending_of(session, [row.id or 0 for row, _ in found])
    rows = [_row(row, name, pending) for row, name in found[:PAGE]]
    return ProjectPage(rows, rows[-1].id if len(found) > PAGE else 0)


def get_project(session: Session, actor: Actor, project_id: int) -> ProjectView:
    """One class of one's own organisation."""
    actor.require(Permission.PROJECT_FILE)
    row = find_own(session, actor, project_id)
    known = find_editions(session, row)
    held = known.in_force
    shown = known.pending or held
    acts = acts_of(row.status, Role.FILER)
    open_now = row.posted_at is None
    typed = {name: row.content.get(name, "") for name in LONGEST}
    changed = held is not None and any(
        typed[name] != held.content.get(name, "") for name in LONGEST
    )
    return ProjectView(
        id=row.id or 0, version=row.version, number=row.number or "",
        title=row.title or "未填写名称", organiser=_name(session, row.organisation_id),
        bureau=_name(session, row.office_id), kind=row.kind.label, status=row.status.value,
        state=_state(row, known.pending is not None), tone=tone_of(row.status), note=row.note,
        typed=typed, facts=list_facts(shown, held) if shown else [],
        files=project_files.list_of(session, row), editions=_lines(session, row),
        deadline=_deadline(session, row),
        enrolled=f"{row.enrolled}/{row.capacity}" if row.edition else "备案后开始报名",
        editable=Act.SUBMIT in acts and known.pending is None and open_now,
        in_force=row.status is Status.APPROVED, pending=known.pending is not None,
        changed=changed and known.pending is None,
        begun=row.edition > 0 and row.starts_on is not None and row.starts_on <= clock.today(),
        may_withdraw=known.pending is not None,
        may_cancel=Act.CANCEL in acts and open_now and row.number is not None,
        may_remove=row.status is Status.DRAFT and row.number is None,
    )  # fmt: skip


def get_filing(session: Session, actor: Actor, edition_id: int) -> FilingView:
    """One filing addressed to one's bureau, with what it changes and by what it was judged."""
    person_id = actor.require(Permission.PROJECT_REVIEW)
    edition, row = find_filing(session, actor, edition_id)
    held = find_editions(session, row).in_force
    before = held if held and held.edition < edition.edition else None
    waits = edition.status is Status.SUBMITTED
    return FilingView(
        id=edition.id or 0, project_id=row.id or 0, number=row.number or "",
        title=edition.content.get("title", row.title),
        organiser=_name(session, row.organisation_id), kind=row.kind.label,
        change=before is not None, state=_edition_state(edition), tone=tone_of(edition.status),
        waits=waits, own=waits and is_own(row, edition, person_id),
        filed=_moment(edition), filer=_person(session, edition.filed_by),
        calendar=calendars.say(_deadline_of(edition)),
        late=LATE if is_late(edition, before) else "", facts=list_facts(edition, before),
        files=project_files.list_of(session, row), editions=_lines(session, row),
        enrolled=f"{row.enrolled}",
    )  # fmt: skip


def list_facts(edition: ProjectEdition, before: ProjectEdition | None) -> list[Fact]:
    """What a filing says, line by line; beside a change, what holds until then."""
    now = _texts(edition)
    then = _texts(before) if before is not None else now
    return [
        Fact(
            name, label, now[name], then[name] if then[name] != now[name] else "",
            then[name] != now[name],
        )
        for name, label in (LABELS | {"total": "合计学时"}).items()
    ]  # fmt: skip


def dates_of(row: Project) -> str:
    """From when to when a class is held, in words."""
    if row.starts_on is None:
        return "未填写"
    if row.ends_on is None or row.ends_on == row.starts_on:
        return f"{row.starts_on}"
    return f"{row.starts_on}至{row.ends_on}"


def _texts(edition: ProjectEdition) -> dict[str, str]:
    facts = read_facts(edition)
    days = "\n".join(f"{each.day}　{each.hours}学时" for each in facts.days)
    teachers = "\n".join(f"{each.name}　{each.title}" for each in facts.teachers)
    return {
        "title": facts.title, "subject": facts.subject.label, "field": facts.field or "不限",
        "form": facts.form.label, "days": days, "place": facts.place,
        "audience": facts.audience, "teachers": teachers, "syllabus": facts.syllabus,
        "capacity": f"{facts.capacity}人", "cost": yuan(facts.cost), "fund": yuan(facts.fund),
        "contact": facts.contact, "phone": facts.phone, "total": f"{facts.hours}",
    }  # fmt: skip


def _pending_of(session: Session, ids: list[int]) -> frozenset[int]:
    return frozenset(
        session.exec(
            select(ProjectEdition.project_id).where(
                col(ProjectEdition.project_id).in_(ids),
                ProjectEdition.status == Status.SUBMITTED.value,
            )
        )
    )


def _row(row: Project, organiser: str, pending: frozenset[int]) -> ProjectRow:
    waits = row.id in pending
    todo = {Status.DRAFT: "继续填写", Status.RETURNED: "按意见修改"}.get(row.status, "查看")
    return ProjectRow(
        id=row.id or 0, title=row.title or "未填写名称", number=row.number or "", todo=todo,
        organiser=organiser, kind=row.kind.label, dates=dates_of(row), hours=f"{row.hours}",
        places=f"{row.enrolled}/{row.capacity}" if row.edition else "",
        state=_state(row, waits), tone=tone_of(row.status),
    )  # fmt: skip


def _state(row: Project, waits: bool) -> str:
    if row.status is Status.APPROVED and waits:
        return f"{row.status.label}，变更待审核"
    return row.status.label


def _lines(session: Session, row: Project) -> list[EditionLine]:
    return [
        EditionLine(
            edition=each.edition, filed=_moment(each), filer=_person(session, each.filed_by),
            starts=f"{each.starts_on}", calendar=calendars.say(_deadline_of(each)),
            state=_edition_state(each), tone=tone_of(each.status),
            decided=(
                f"{clock.local(each.decided_at):%Y-%m-%d %H:%M}　"
                f"{_person(session, each.decided_by)}"
                if each.decided_at else ""
            ),
            note=each.note,
        )
        for each in list_editions(session, row)
    ]  # fmt: skip


def _edition_state(edition: ProjectEdition) -> str:
    return "已撤回" if edition.status is Status.CANCELLED else edition.status.label


def _deadline_of(edition: ProjectEdition) -> Deadline:
    used = {int(year): version for year, version in edition.calendars.items()}
    return Deadline(edition.starts_on, edition.latest_on, used)


def _deadline(session: Session, row: Project) -> str:
    """Until when what is typed can be filed, by the calendar as it is now."""
    days, _ = read_days(row.content.get("days", ""))
    return calendars.say(calendars.judge(session, days[0].day)) if days else ""


def _moment(edition: ProjectEdition) -> str:
    return f"{clock.local(edition.filed_at):%Y-%m-%d %H:%M}"


def _name(session: Session, organisation_id: int | None) -> str:
    found = session.get(Organisation, organisation_id or 0)
    return found.name if found else ""


def _person(session: Session, person_id: int | None) -> str:
    found = session.get(Person, person_id or 0)
    return found.name if found else ""
