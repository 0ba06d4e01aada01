"""A table of who attended: understood row by row, looked through, taken in on the clerk's word."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import update
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.adapters import sheets_in
from rxapp.errors import Invalid
from rxapp.models.people import Person
from rxapp.models.rosters import RosterLine
from rxapp.rules import identity, rosters
from rxapp.rules.collected import Kind
from rxapp.rules.hours import Hours
from rxapp.rules.permissions import Permission
from rxapp.rules.rosters import Attendance, ClassHours, Outcome, Source
from rxapp.services import collecting, roster_classes
from rxapp.services.actors import Actor
from rxapp.services.collecting import Fault, Lines, Reader

MOST_ROWS = 10_000
LOOKED_UP = 500
NO_PERSON = "姓名与身份证号码不一致或未登记"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Draft:
    """One row as it was understood."""

    line: int
    hash: str
    name: str
    attended: Attendance
    # None: the cell was empty, and says nothing.
    test: Outcome | None
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """A row that is right, with whom it is about."""

    person_id: int
    draft: Draft


@dataclass
class Looked:
    """What would become of a file's rows."""

    entries: list[Entry] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    added: int = 0
    changed: int = 0
    unchanged: int = 0


def open_class(session: Session, actor: Actor, *, project_id: int) -> ClassHours:
    """What the class can give, if its roster may still be written; asked before a file is read."""
    actor.require(Permission.PROJECT_FILE)
    project = roster_classes.find_own(session, actor, project_id)
    roster_classes.require_allowed(session, project)
    if project.posted_at is not None:
        raise Invalid({"file": roster_classes.CLOSED})
    return roster_classes.offered_by(session, project)


def read(path: Path, *, name: str, offered: ClassHours) -> list[Draft]:
    """Understand every row by itself, without the database; Invalid when it is no such table."""
    sheet = sheets_in.open_sheet(path, name=name, kind=Kind.ROSTER)
    drafts = []
    for row in sheet.rows():
        if len(drafts) >= MOST_ROWS:
            raise Invalid({"file": f"文件超过{MOST_ROWS}行，请分成几个文件导入。"})
        drafts.append(_read(Reader(Kind.ROSTER, row), offered))
    if not drafts:
        raise Invalid({"file": "表头之下没有内容，请填写后再上传。"})
    return drafts


def look(session: Session, actor: Actor, *, project_id: int, drafts: Sequence[Draft]) -> Looked:
    """Say what would become of each row; nothing is written."""
    actor.require(Permission.PROJECT_FILE)
    roster_classes.find_own(session, actor, project_id)
    looked = Looked(faults=[fault for draft in drafts for fault in draft.faults])
    seen = Lines()
    for some in batched(draft for draft in drafts if not draft.faults):
        known = _people(session, [draft.hash for draft in some])
        entries = []
        for draft in some:
            entry = _sort(draft, known, seen)
            entries.append(entry) if isinstance(entry, Entry) else looked.faults.append(entry)
        there = _lines(session, project_id, entries)
        for entry in entries:
            word = _compare(there.get(entry.person_id), entry.draft)
            setattr(looked, word, getattr(looked, word) + 1)
        looked.entries += entries
    looked.faults.sort(key=lambda fault: fault.line)
    return looked


def take(session: Session, actor: Actor, *, project_id: int, entries: Sequence[Entry]) -> None:
    """Write some rows as draft lines; those that are there already say what the file says."""
    actor.require(Permission.PROJECT_FILE)
    project = roster_classes.find_own(session, actor, project_id)
    roster_classes.require_writable(session, project)
    offered = roster_classes.offered_by(session, project)
    there = _lines(session, project_id, entries)
    new = [e for e in entries if e.person_id not in there]
    old = [e for e in entries if _compare(there.get(e.person_id), e.draft) == "changed"]
    session.add_all(_line(actor, project_id, entry, offered) for entry in new)
    session.flush()
    if old:
        session.execute(
            update(RosterLine),
            [_change(actor, there[e.person_id], e.draft, offered) for e in old],
        )


def batched(rows: Iterable[T]) -> Iterator[list[T]]:
    """The rows in steps of one look-up or one transaction each."""
    batch: list[T] = []
    for row in rows:
        batch.append(row)
        if len(batch) == LOOKED_UP:
            yield batch
            batch = []
    if batch:
        yield batch


def _read(reader: Reader, offered: ClassHours) -> Draft:
    number = reader.parsed("identity_number", _identity)
    name = reader.parsed("name", identity.parse_name)
    held = offered.days
    days, count = reader.parsed(
        "days", lambda typed: rosters.parse_days(typed, held), (frozenset[date](), None)
    )
    typed = reader.parsed("hours", Hours.of, None)
    values = reader.row.values
    if not values.get("days") and not values.get("hours"):
        reader.wrong("days", "出勤日期和学时至少填一项")
    attended = Attendance(days, count, typed)
    if typed is not None and not reader.faults:
        reader.parsed(
            "hours",
            lambda _: rosters.require_within(typed, rosters.ceiling(offered, attended)),
        )
    test = reader.parsed("test", rosters.parse_result, None)
    hashed = collecting.identity_hash(number) if number else ""
    return Draft(reader.row.line, hashed, name, attended, test, tuple(reader.faults))


def _identity(typed: str) -> str:
    return identity.parse_identity(typed, today=clock.today())


def _people(session: Session, hashes: Sequence[str]) -> dict[str, tuple[int, str]]:
    rows = session.exec(
        select(Person.identity_hash, Person.id, Person.name).where(
            col(Person.identity_hash).in_(hashes)
        )
    )
    return {hashed: (id or 0, name) for hashed, id, name in rows}


def _sort(draft: Draft, known: dict[str, tuple[int, str]], seen: Lines) -> Entry | Fault:
    earlier = seen.earlier(draft.hash, draft.line)
    if earlier is not None:
        return Fault(draft.line, "身份证号码", f"与本文件第{earlier}行的身份证号码重复")
    person_id, name = known.get(draft.hash, (0, ""))
    if not person_id or not identity.same_name(name, draft.name):
        return Fault(draft.line, "身份证号码", NO_PERSON)
    seen.note(draft.hash, draft.line)
    return Entry(person_id, draft)


def _lines(session: Session, project_id: int, entries: Sequence[Entry]) -> dict[int, RosterLine]:
    rows = session.exec(
        select(RosterLine).where(
            RosterLine.project_id == project_id,
            col(RosterLine.person_id).in_([entry.person_id for entry in entries]),
        )
    )
    return {row.person_id: row for row in rows}


def _compare(line: RosterLine | None, draft: Draft) -> str:
    if line is None:
        return "added"
    said = (_stored(draft), draft.attended.count, draft.attended.typed)
    kept_ = (line.days, line.day_count, line.typed_hours)
    same = said == kept_ and draft.test in (None, line.test)
    return "unchanged" if same else "changed"


def _stored(draft: Draft) -> list[str]:
    return sorted(day.isoformat() for day in draft.attended.days)


def _line(actor: Actor, project_id: int, entry: Entry, offered: ClassHours) -> RosterLine:
    draft = entry.draft
    return RosterLine(
        project_id=project_id, person_id=entry.person_id, days=_stored(draft),
        day_count=draft.attended.count, typed_hours=draft.attended.typed,
        hours=rosters.counted(offered, draft.attended), test=draft.test or Outcome.NONE,
        source=Source.IMPORT, by_id=actor.person_id, at=clock.now(),
    )  # fmt: skip


def _change(actor: Actor, line: RosterLine, draft: Draft, offered: ClassHours) -> dict[str, Any]:
    return {
        "id": line.id, "days": _stored(draft), "day_count": draft.attended.count,
        "typed_hours": draft.attended.typed, "hours": rosters.counted(offered, draft.attended),
        "test": draft.test or line.test, "source": Source.IMPORT, "by_id": actor.person_id,
        "at": clock.now(), "version": line.version + 1,
    }  # fmt: skip
