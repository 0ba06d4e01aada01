"""工作日历, the bureau's side: a year day by day, changes drafted, looked at, published.

A published version is never changed; every publication is the next one. The draft of a year is
kept under version 0, with the version it was begun on.
"""

import calendar as months
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.errors import Conflict, Invalid, NotFound
from rxapp.models.people import Person
from rxapp.models.projects import Project, WorkingCalendar
from rxapp.rules.permissions import Permission
from rxapp.rules.project_forms import read_date
from rxapp.rules.projects import Status
from rxapp.rules.working_days import YearCalendar, latest_filing_day
from rxapp.services import audit, calendars
from rxapp.services.actors import Actor
from rxapp.services.calendars import DRAFT

FIRST_YEAR, LONGEST_NAME, LONGEST_NOTE, MOST_TOUCHED = 2020, 20, 200, 20
# Whether a day is worked, and its name; none is as its weekday says.
Said = list[Any] | None
ELSEWHERE = "这一年的日历已由其他人发布新的版本，请刷新后核对，未发布的改动仍在。"


@dataclass(frozen=True)
class DayCell:
    """One day of a month; `number` is empty outside it."""

    number: str
    worked: bool
    special: bool
    drafted: bool
    name: str


@dataclass(frozen=True)
class MonthGrid:
    """A month, week by week from Monday."""

    title: str
    weeks: list[list[DayCell]]


@dataclass(frozen=True)
class ChangeRow:
    """One day the draft changes."""

    day: str
    before: str
    after: str


@dataclass(frozen=True)
class TouchedRow:
    """A class not yet begun whose last filing day the draft would move."""

    title: str
    starts: str
    before: str
    after: str


@dataclass(frozen=True)
class VersionRow:
    """One version that was published."""

    version: int
    at: str
    who: str
    note: str


@dataclass(frozen=True)
class CalendarView:
    """A year's calendar: as it holds, with the draft on it, and what that would change."""

    year: int
    version: int
    stale: bool
    months: list[MonthGrid]
    changes: list[ChangeRow]
    touched: list[TouchedRow]
    versions: list[VersionRow]
    years: list[str]


def get_calendar(session: Session, actor: Actor, *, year: int = 0) -> CalendarView:
    """A year day by day; this year's when none is named."""
    actor.require(Permission.POLICY_EDIT)
    wanted = _require_year(year or clock.today().year)
    rows = _rows(session, wanted)
    newest, draft = _split(rows)
    held = _days(newest)
    drafted = held | _changes(draft)
    return CalendarView(
        year=wanted, version=newest.version if newest else 0,
        stale=draft is not None and _base(draft) != (newest.version if newest else 0),
        months=[_month(wanted, number, held, drafted) for number in range(1, 13)],
        changes=[
            ChangeRow(day, _said(day, held.get(day)), _said(day, drafted.get(day)))
            for day in sorted(_changes(draft)) if held.get(day) != drafted.get(day)
        ],
        touched=_touched(session, wanted, newest, drafted) if draft else [],
        versions=[_version(session, row) for row in rows if row.version > DRAFT],
        years=[f"{each}" for each in range(FIRST_YEAR, clock.today().year + 2)],
    )  # fmt: skip


def mark(session: Session, actor: Actor, *, year: int, typed: Mapping[str, str]) -> None:
    """Draft one day as worked, off, or as its weekday says; kept until it is published."""
    actor.require(Permission.POLICY_EDIT)
    wanted = _require_year(year)
    day, said = _parse(typed, wanted)
    draft = _lock_draft(session, wanted)
    newest, _ = _split(_rows(session, wanted))
    if draft is None:
        draft = WorkingCalendar(
            year=wanted, version=DRAFT, set_at=clock.now(), days={"base": _number(newest)}
        )
    changes = _changes(draft) | {f"{day}": said}
    kept = {each: word for each, word in changes.items() if _days(newest).get(each) != word}
    draft.days = {"base": _base(draft), "changes": kept}
    draft.set_by, draft.set_at = actor.person_id, clock.now()
    session.add(draft)
    session.flush()


def discard(session: Session, actor: Actor, *, year: int) -> None:
    """Throw the draft of a year away; what holds stays."""
    actor.require(Permission.POLICY_EDIT)
    draft = _lock_draft(session, _require_year(year))
    if draft is not None:
        session.delete(draft)
        session.flush()


def publish(session: Session, actor: Actor, *, year: int, note: str, version: int) -> int:
    """Let the draft hold from now on; returns the new version, the same for a second press.

    What was filed keeps the version it was judged by. Conflict when another version was published
    meanwhile.
    """
    actor.require(Permission.POLICY_EDIT)
    wanted = _require_year(year)
    draft = _lock_draft(session, wanted)
    newest, _ = _split(_rows(session, wanted))
    held = _number(newest)
    if draft is None and newest and held == version + 1 and newest.set_by == actor.person_id:
        return held
    if draft is None or not _changes(draft):
        raise Invalid(message="没有需要发布的改动。")
    if held != version or _base(draft) != held:
        raise Conflict(ELSEWHERE)
    why = " ".join(note.split())
    if not 2 <= len(why) <= LONGEST_NOTE or not why.isprintable():
        raise Invalid({"note": f"请填写依据或说明，2至{LONGEST_NOTE}个字。"})
    days = {day: said for day, said in (_days(newest) | _changes(draft)).items() if said}
    session.delete(draft)
    session.flush()
    row = WorkingCalendar(
        year=wanted, version=held + 1, days=dict(sorted(days.items())), note=why,
        set_by=actor.person_id, set_at=clock.now(),
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.record(
        session, actor, audit.Action.CALENDAR_SET, kind="calendar", id=wanted, version=row.version
    )
    return row.version


def _require_year(year: int) -> int:
    if not FIRST_YEAR <= year <= clock.today().year + 1:
        raise NotFound("没有这一年的工作日历。")
    return year


def _rows(session: Session, year: int) -> list[WorkingCalendar]:
    return list(
        session.exec(
            select(WorkingCalendar)
            .where(WorkingCalendar.year == year)
            .order_by(col(WorkingCalendar.version).desc())
        )
    )


def _split(rows: list[WorkingCalendar]) -> tuple[WorkingCalendar | None, WorkingCalendar | None]:
    published = [row for row in rows if row.version > DRAFT]
    drafts = [row for row in rows if row.version == DRAFT]
    return (published[0] if published else None), (drafts[0] if drafts else None)


def _lock_draft(session: Session, year: int) -> WorkingCalendar | None:
    return session.exec(
        select(WorkingCalendar)
        .where(WorkingCalendar.year == year, WorkingCalendar.version == DRAFT)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()


def _number(row: WorkingCalendar | None) -> int:
    return row.version if row else 0


def _days(row: WorkingCalendar | None) -> dict[str, Said]:
    return {day: list(said) for day, said in row.days.items()} if row else {}


def _base(draft: WorkingCalendar) -> int:
    return int(draft.days["base"])


def _changes(draft: WorkingCalendar | None) -> dict[str, Said]:
    return dict(draft.days.get("changes", {})) if draft else {}


def _parse(typed: Mapping[str, str], year: int) -> tuple[date, Said]:
    day, kind = read_date(typed.get("day", "")), typed.get("kind", "")
    name = " ".join(typed.get("name", "").split())
    faults: dict[str, str] = {}
    if day is None or day.year != year:
        faults["day"] = f"请填写{year}年的一天。"
    if kind not in ("worked", "off", "plain"):
        faults["kind"] = "请选择上班、休息，或恢复为按周一至周五。"
    if kind != "plain" and (not 1 <= len(name) <= LONGEST_NAME or not name.isprintable()):
        faults["name"] = f"请填写名称，例如“国庆节”或“国庆节调休”，不超过{LONGEST_NAME}个字。"
    if faults or day is None:
        raise Invalid(faults)
    return day, None if kind == "plain" else [kind == "worked", name]


def _month(
    year: int, number: int, held: dict[str, Said], drafted: dict[str, Said]
) -> MonthGrid:  # fmt: skip
    weeks = months.Calendar().monthdatescalendar(year, number)
    return MonthGrid(
        f"{number}月",
        [[_cell(day, number, held, drafted) for day in week] for week in weeks],
    )


def _cell(
    day: date, month: int, held: dict[str, Said], drafted: dict[str, Said]
) -> DayCell:  # fmt: skip
    if day.month != month:
        return DayCell("", False, False, False, "")
    said = drafted.get(f"{day}")
    worked = day.weekday() < 5 if said is None else bool(said[0])
    changed = held.get(f"{day}") != said
    return DayCell(f"{day.day}", worked, said is not None, changed, said[1] if said else "")


def _said(day: str, said: Said) -> str:
    if said is not None:
        return f"{'上班' if said[0] else '休息'}（{said[1]}）"
    return "上班" if date.fromisoformat(day).weekday() < 5 else "休息"


def _touched(
    session: Session, year: int, newest: WorkingCalendar | None, drafted: dict[str, Said]
) -> list[TouchedRow]:
    """Classes of the year not yet begun, filed or being filled in, whose last day would move."""
    now = calendars.list_calendars(session, (year - 1, year, year + 1))
    days = {date.fromisoformat(day): bool(said[0]) for day, said in drafted.items() if said}
    then = now | {year: YearCalendar(year, _number(newest) + 1, days)}
    first = max(clock.today(), date(year, 1, 1)) + timedelta(days=1)
    open_ones = (Status.DRAFT.value, Status.SUBMITTED.value, Status.RETURNED.value)
    rows = session.exec(
        select(Project)
        .where(
            col(Project.status).in_(open_ones), col(Project.starts_on) >= first,
            col(Project.starts_on) <= date(year + 1, 2, 28),
        )
        .order_by(col(Project.starts_on), col(Project.id))
        .limit(500)
    )  # fmt: skip
    found = []
    for row in rows:
        starts = row.starts_on or first
        before, after = latest_filing_day(starts, now), latest_filing_day(starts, then)
        if before.latest != after.latest:
            found.append(
                TouchedRow(row.title or "未填写名称", f"{starts}", f"{before.latest}",
                           f"{after.latest}")
            )  # fmt: skip
    return found[:MOST_TOUCHED]


def _version(session: Session, row: WorkingCalendar) -> VersionRow:
    who = session.get(Person, row.set_by or 0)
    return VersionRow(
        row.version, f"{clock.local(row.set_at):%Y-%m-%d %H:%M}", who.name if who else "系统",
        row.note,
    )  # fmt: skip
