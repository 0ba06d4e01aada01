"""The lines of a roster: read by the page, ticked day by day, typed, taken over from elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.errors import Conflict, Invalid, NotFound
from rxapp.models.organisations import Organisation
from rxapp.models.people import Person
from rxapp.models.projects import Project
from rxapp.models.rosters import RosterLine
from rxapp.rules import identity, rosters
from rxapp.rules.hours import ZERO, Hours
from rxapp.rules.permissions import Permission
from rxapp.rules.rosters import Attendance, ClassHours, LineState, Outcome, Source
from rxapp.services import audit, collecting, roster_classes, roster_overlaps
from rxapp.services.actors import Actor

PAGE = 50
NO_PERSON = "姓名与身份证号码不一致或未登记，请核对。"
ELSEWHERE = "这一行已在别处改动，没有保存。请先记下填写的内容，返回后重新打开这一行再改。"
TONES = {LineState.DRAFT: "plain", LineState.POSTED: "good", LineState.REVERSED: "bad"}


@dataclass(frozen=True)
class LineRow:
    """One line as the page shows it."""

    id: int
    version: int
    person_id: int
    name: str
    identity_mask: str
    unit: str
    source: str
    days: list[str]
    attended: str
    hours: str
    # Empty where the days alone say how many.
    typed_hours: str
    test: str
    test_label: str
    note: str
    overlaps: str
    state: str
    state_label: str
    tone: str
    own: bool


@dataclass(frozen=True)
class LinePage:
    """Some lines in the order they came; `next_after` is 0 at the end."""

    rows: list[LineRow]
    next_after: int


def list_lines(
    session: Session, actor: Actor, *, project_id: int, query: str = "", after: int = 0,
    most: int = PAGE,
) -> LinePage:  # fmt: skip
    """The lines of a roster one may see, with what overlaps beside each."""
    project = roster_classes.find_seen(session, actor, project_id)
    statement = _lines().where(RosterLine.project_id == project_id).limit(most + 1)
    if query.strip():
        typed = query.strip()
        statement = statement.where(
            col(Person.name).contains(typed, autoescape=True)
            | col(Person.initials).startswith(typed.lower(), autoescape=True)
        )
    if after:
        statement = statement.where(col(RosterLine.id) > after)
    found = session.exec(statement).all()
    rows = _rows(session, actor, project, found[:most])
    return LinePage(rows, rows[-1].id if len(found) > most else 0)


def get_line(session: Session, actor: Actor, line_id: int) -> LineRow:
    """One line of a roster one may see."""
    actor.require(Permission.PROJECT_FILE)
    line = find_line(session, line_id)
    project = roster_classes.find_seen(session, actor, line.project_id)
    found = session.exec(_lines().where(RosterLine.id == line_id)).all()
    return _rows(session, actor, project, found)[0]


def set_day(session: Session, actor: Actor, *, line_id: int, day: str, attended: bool) -> LineRow:
    """Note that somebody was there on a day, or was not; pressed twice it is the same."""
    actor.require(Permission.PROJECT_FILE)
    line, offered = _writable(session, actor, line_id)
    if day not in {each.isoformat() for each in offered.days}:
        raise NotFound("这一天不是培训的日期，请刷新后再试。")
    days = set(line.days) | {day} if attended else set(line.days) - {day}
    if days != set(line.days):
        line.days, line.day_count = sorted(days), None
        _recount(line, offered)
        _touch(session, actor, line)
    return get_line(session, actor, line_id)


def attend_all(session: Session, actor: Actor, *, project_id: int) -> int:
    """Note every day for everybody of whom nothing is noted yet; returns how many."""
    actor.require(Permission.PROJECT_FILE)
    project = roster_classes.find_own(session, actor, project_id)
    roster_classes.require_writable(session, project)
    offered = roster_classes.offered_by(session, project)
    done = session.execute(
        update(RosterLine)
        .where(
            col(RosterLine.project_id) == project_id, col(RosterLine.state) == LineState.DRAFT,
            col(RosterLine.hours) == ZERO, col(RosterLine.typed_hours).is_(None),
            # No days at all was said of somebody who was not there.
            col(RosterLine.day_count).is_(None),
        )
        .values(
            days=[day.isoformat() for day in sorted(offered.days)], day_count=None,
            hours=offered.most, by_id=actor.person_id, at=clock.now(),
            version=RosterLine.version + 1,
        )
        .execution_options(synchronize_session=False)
    ).rowcount  # type: ignore[attr-defined]  # fmt: skip
    if done:
        _note(session, actor, project_id, "attend_all", count=done)
    return done


def save_line(
    session: Session, actor: Actor, *, line_id: int, typed: Mapping[str, str], version: int
) -> LineRow:
    """Keep fewer hours than the days give, the test's result, and a note."""
    actor.require(Permission.PROJECT_FILE)
    line, offered = _writable(session, actor, line_id)
    hours = _typed_hours(line, offered, typed.get("hours", ""))
    test = rosters.parse_result(typed.get("test", ""))
    note = " ".join(typed.get("note", "").split())
    if len(note) > rosters.LONGEST_NOTE:
        raise Invalid({"note": f"备注不能超过{rosters.LONGEST_NOTE}个字。"})
    new = (hours, test, note)
    if new == (line.typed_hours, line.test, line.note):
        return get_line(session, actor, line_id)
    if line.version != version:
        raise Conflict(ELSEWHERE)
    line.typed_hours, line.test, line.note = new
    _recount(line, offered)
    _touch(session, actor, line)
    _note(session, actor, line.project_id, "saved", line=line_id)
    return get_line(session, actor, line_id)


def add_line(session: Session, actor: Actor, *, project_id: int, typed: Mapping[str, str]) -> str:
    """Put one person on the roster by name and number; returns the name.

    Whether the number or the name is wrong is not told apart.
    """
    actor.require(Permission.PROJECT_FILE)
    project = roster_classes.find_own(session, actor, project_id)
    roster_classes.require_writable(session, project)
    person = find_person(session, typed)
    put_down(session, actor, project_id, person)
    return person.name


def find_person(session: Session, typed: Mapping[str, str]) -> Person:
    """Whom a name and a number name together; Invalid does not tell which of them is wrong."""
    number = identity.parse_identity(typed.get("identity_number", ""), today=clock.today())
    hashed = collecting.identity_hash(number)
    person = session.exec(select(Person).where(Person.identity_hash == hashed)).first()
    if person is None or not identity.same_name(person.name, typed.get("name", "")):
        raise Invalid({"identity_number": NO_PERSON})
    return person


def put_down(
    session: Session, actor: Actor, project_id: int, person: Person
) -> tuple[RosterLine, bool]:
    """The line of a person on a roster that is held, and whether it is new."""
    known = session.exec(
        select(RosterLine).where(
            RosterLine.project_id == project_id, RosterLine.person_id == person.id
        )
    ).first()
    if known is not None:
        return known, False
    line = RosterLine(
        project_id=project_id, person_id=person.id or 0, source=Source.TYPED,
        by_id=actor.person_id, at=clock.now(),
    )  # fmt: skip
    session.add(line)
    session.flush()
    _note(session, actor, project_id, "added", line=line.id)
    return line, True


def remove_line(session: Session, actor: Actor, *, line_id: int) -> None:
    """Take somebody off a roster that is still open."""
    actor.require(Permission.PROJECT_FILE)
    line, _ = _writable(session, actor, line_id)
    _note(session, actor, line.project_id, "removed", line=line_id)
    session.delete(line)
    session.flush()


def find_line(session: Session, line_id: int) -> RosterLine:
    """A line by its number, or NotFound; whose it is, is asked by the caller."""
    line = session.get(RosterLine, line_id) if 0 < line_id < roster_classes.LARGEST_ID else None
    if line is None:
        raise NotFound(roster_classes.NOT_FOUND)
    return line


def attendance_of(line: RosterLine) -> Attendance:
    """What is known of one line."""
    return Attendance(frozenset(map(_day_of, line.days)), line.day_count, line.typed_hours)


def _writable(session: Session, actor: Actor, line_id: int) -> tuple[RosterLine, ClassHours]:
    line = find_line(session, line_id)
    project = roster_classes.find_own(session, actor, line.project_id)
    roster_classes.require_writable(session, project)
    session.refresh(line)
    return line, roster_classes.offered_by(session, project)


def _typed_hours(line: RosterLine, offered: ClassHours, typed: str) -> Hours | None:
    if not typed.strip():
        # Where only hours are known, nothing typed leaves nothing.
        return None
    known = attendance_of(line)
    bare = Attendance(known.days, known.count, Hours.of(typed))
    return rosters.require_within(Hours.of(typed), rosters.ceiling(offered, bare))


def _recount(line: RosterLine, offered: ClassHours) -> None:
    line.hours = rosters.counted(offered, attendance_of(line))


def _touch(session: Session, actor: Actor, line: RosterLine) -> None:
    line.version += 1
    line.by_id, line.at = actor.person_id, clock.now()
    session.add(line)
    session.flush()


def _note(session: Session, actor: Actor, project_id: int, how: str, **detail: Any) -> None:
    audit.record(
        session, actor, audit.Action.ROSTER_CHANGED, kind="project", id=project_id, how=how,
        **detail,
    )  # fmt: skip


def _lines():  # type: ignore[no-untyped-def]
    return (
        select(RosterLine, Person, Organisation.name)
        .join(Person, col(Person.id) == RosterLine.person_id)
        .join(Organisation, col(Organisation.id) == Person.organisation_id)
        .order_by(col(RosterLine.id))
    )


def _rows(session: Session, actor: Actor, project: Project, found: Sequence[Any]) -> list[LineRow]:
    offered = roster_classes.offered_by(session, project)
    people = {line.person_id: line.days for line, _, _ in found}
    overlaps = roster_overlaps.find(session, project.id or 0, people, tuple(offered.days))
    return [
        _row(line, person, unit, overlaps.get(line.person_id, []), offered,
             own=line.person_id == actor.person_id)
        for line, person, unit in found
    ]  # fmt: skip


def _row(
    line: RosterLine, person: Person, unit: str, overlaps: list[str], offered: ClassHours, *,
    own: bool,
) -> LineRow:  # fmt: skip
    return LineRow(
        id=line.id or 0, version=line.version, person_id=line.person_id, name=person.name,
        identity_mask=person.identity_mask, unit=unit, source=line.source.label,
        days=list(line.days), attended=attended_in_words(line, offered), hours=str(line.hours),
        typed_hours="" if line.typed_hours is None else str(line.typed_hours),
        test=line.test.value, test_label=line.test.label, note=line.note,
        overlaps=roster_overlaps.in_words(overlaps), state=line.state.value,
        state_label=line.state.label, tone=TONES[line.state], own=own,
    )  # fmt: skip


def attended_in_words(line: RosterLine, offered: ClassHours) -> str:
    """The days of a line as a list shows them."""
    if line.days and {each.isoformat() for each in offered.days} <= set(line.days):
        return "全部"
    if line.days:
        return "、".join(f"{day.month}月{day.day}日" for day in map(_day_of, line.days))
    if line.day_count is not None:
        return f"{line.day_count}天"
    return "只填了学时" if line.typed_hours else "没有记录"


def result_options() -> list[tuple[str, str]]:
    """The results one may choose from, as they are sent and as they are read."""
    return [(each.label, each.label) for each in Outcome]


def _day_of(word: str) -> date:
    return date.fromisoformat(word)
