"""A roster as a workbook: numbers masked, recorded."""

from sqlmodel import Session, col, func, select

from rxapp import clock
from rxapp.models.organisations import Organisation
from rxapp.models.people import Person
from rxapp.models.rosters import RosterLine
from rxapp.rules.rosters import ClassHours
from rxapp.services import audit, roster_classes
from rxapp.services.actors import Actor
from rxapp.services.exporting import CHUNK, Chunk, Cover, Place, Row
from rxapp.services.roster_lines import attended_in_words

HEADING = (
    "姓名", "身份证号码", "工作单位", "出勤日期", "学时", "考核结果", "来源", "状态", "备注",
)  # fmt: skip


def open_list(session: Session, actor: Actor, *, project_id: int) -> Cover:
    """The head of the list: which class, how many people."""
    project = roster_classes.find_seen(session, actor, project_id)
    count = session.exec(
        select(func.count(col(RosterLine.id))).where(RosterLine.project_id == project_id)
    ).one()
    unit = session.get_one(Organisation, project.organisation_id).name
    taken = f"{unit}　{actor.name}　{clock.business_now():%Y-%m-%d %H:%M}"
    title = f"{project.title}　{roster_classes.dates_of(project)}名册（号码已隐去中间各位）"
    return Cover(title, count, taken, HEADING)


def list_rows(session: Session, actor: Actor, *, project_id: int, after: Place) -> Chunk:
    """The next lines of the roster."""
    project = roster_classes.find_seen(session, actor, project_id)
    found = session.exec(
        select(RosterLine, Person, Organisation.name)
        .join(Person, col(Person.id) == RosterLine.person_id)
        .join(Organisation, col(Organisation.id) == Person.organisation_id)
        .where(RosterLine.project_id == project_id, col(RosterLine.id) > after[1])
        .order_by(col(RosterLine.id))
        .limit(CHUNK)
    ).all()
    offered = roster_classes.offered_by(session, project)
    rows = [_row(offered, *each) for each in found]
    ids = [line.id or 0 for line, _, _ in found]
    return Chunk(rows, ids, ("", ids[-1]) if len(found) == CHUNK else None)


def note_list(session: Session, actor: Actor, *, project_id: int, count: int) -> None:
    """Record that the list was taken out."""
    roster_classes.find_seen(session, actor, project_id)
    audit.record(
        session, actor, audit.Action.LIST_EXPORTED, kind="project", id=project_id, count=count
    )


def _row(offered: ClassHours, line: RosterLine, person: Person, unit: str) -> Row:
    return (
        person.name, person.identity_mask, unit, attended_in_words(line, offered),
        str(line.hours), line.test.label, line.source.label, line.state.label, line.note,
    )  # fmt: skip
