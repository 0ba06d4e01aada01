"""The official calendar in force: the newest version of each year, and what filings it allows."""

from collections.abc import Iterable
from datetime import date

from sqlmodel import Session, col, func, select

from rxapp import clock
from rxapp.adapters import official_calendar
from rxapp.errors import NotPermitted
from rxapp.models.projects import WorkingCalendar
from rxapp.rules.working_days import Deadline, YearCalendar, latest_filing_day
from rxapp.services import audit
from rxapp.services.actors import SYSTEM, Actor

SHIPPED_NOTE = "国务院办公厅公布的节假日安排"
# The one draft of a year stands under this version; what is published counts from 1.
DRAFT = 0


def judge(session: Session, starts_on: date) -> Deadline:
    """The last day on which a class that begins then can be filed, and by which calendars."""
    years = (starts_on.year - 1, starts_on.year)
    return latest_filing_day(starts_on, list_calendars(session, years))


def list_calendars(session: Session, years: Iterable[int]) -> dict[int, YearCalendar]:
    """The newest version of each of these years; a year not yet published is left out."""
    return {row.year: read(row) for row in list_rows(session, years)}


def list_rows(session: Session, years: Iterable[int]) -> list[WorkingCalendar]:
    """The rows of the newest versions."""
    newest = (
        select(WorkingCalendar.year, func.max(col(WorkingCalendar.version)).label("version"))
        .where(col(WorkingCalendar.year).in_(list(years)), col(WorkingCalendar.version) > DRAFT)
        .group_by(col(WorkingCalendar.year))
        .subquery()
    )
    return list(
        session.exec(
            select(WorkingCalendar)
            .join(
                newest,
                (col(WorkingCalendar.year) == newest.c.year)
                & (col(WorkingCalendar.version) == newest.c.version),
            )
            .order_by(col(WorkingCalendar.year))
        )
    )


def read(row: WorkingCalendar) -> YearCalendar:
    """A version as the rules count by it."""
    days = {date.fromisoformat(day): bool(said[0]) for day, said in row.days.items()}
    return YearCalendar(row.year, row.version, days)


def ensure_shipped(session: Session, actor: Actor) -> int:
    """Write the published years that are not there in any version; returns how many were."""
    if actor is not SYSTEM:
        raise NotPermitted()
    known = set(
        session.exec(select(WorkingCalendar.year).where(col(WorkingCalendar.version) > DRAFT))
    )
    missing = [year for year in official_calendar.published_years() if year not in known]
    for year in missing:
        days = {day: list(said) for day, said in official_calendar.days_of(year).items()}
        session.add(
            WorkingCalendar(year=year, days=days, note=SHIPPED_NOTE, set_at=clock.now())
        )  # fmt: skip
        audit.record(session, actor, audit.Action.CALENDAR_SET, kind="calendar", id=year, version=1)
    session.flush()
    return len(missing)


def say(deadline: Deadline) -> str:
    """The last day in words, and by what it was counted."""
    unknown = "、".join(f"{year}年" for year, version in deadline.calendars.items() if not version)
    known = "、".join(
        f"{year}年工作日历第{version}版" for year, version in sorted(deadline.calendars.items())
        if version
    )  # fmt: skip
    counted = f"按{known}计算" if known else ""
    unsure = f"{unknown}的工作日历尚未公布，按周一至周五计算" if unknown else ""
    said = "，".join(part for part in (counted, unsure) if part)
    return f"{spoken(deadline.starts_on)}开班的，最迟应于{spoken(deadline.latest)}备案（{said}）。"


def spoken(day: date) -> str:
    """A date as it is written in a sentence."""
    return f"{day.year}年{day.month}月{day.day}日"
