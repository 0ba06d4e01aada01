"""Until when a class can be filed, and whether one comes in time (article 5)."""

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from rxapp import clock
from rxapp.errors import Invalid
from rxapp.models.projects import Project
from rxapp.rules.permissions import Permission
from rxapp.rules.project_forms import read_date, read_days
from rxapp.rules.projects import Status
from rxapp.rules.working_days import ARTICLE, Deadline
from rxapp.services import calendars
from rxapp.services.actors import Actor
from rxapp.services.project_moves import Editions


@dataclass(frozen=True)
class Asked:
    """Until when a class that begins on a day can be filed; `unsure` asks the reviewer to look."""

    starts_on: str
    latest: str
    sentence: str
    unsure: bool
    late: bool


@dataclass(frozen=True)
class Judged:
    """The day a filing counts as filed on, and the last day it could be."""

    filed_on: date
    deadline: Deadline


def ask_deadline(session: Session, actor: Actor, *, starts_on: str) -> Asked:
    """Until when a class can be filed; Invalid when it is too late already (article 5)."""
    actor.require(Permission.PROJECT_FILE)
    day = read_date(starts_on)
    if day is None:
        raise Invalid({"starts_on": "请填写开班日期，例如 2020-09-01。"})
    deadline = calendars.judge(session, day)
    if fault := too_late(deadline, clock.today()):
        raise Invalid({"starts_on": fault})
    late = deadline.is_late(clock.today())
    return Asked(
        f"{day}", f"{deadline.latest}", calendars.say(deadline), deadline.by_weekends, late
    )


def judge(session: Session, starts_on: date, known: Editions) -> Judged:
    """By what the start of a filing is judged."""
    last = known.last
    if last and last.status is Status.RETURNED and last.starts_on == starts_on:
        # Sent back to be put right, it was filed when it first came.
        used = {int(year): version for year, version in last.calendars.items()}
        return Judged(last.filed_on, Deadline(starts_on, last.latest_on, used))
    return Judged(clock.today(), calendars.judge(session, starts_on))


def fault_of_dates(row: Project, known: Editions, judged: Judged) -> str:
    """What is wrong with the dates of a filing: too late, or a class that has begun."""
    in_force, today = known.in_force, clock.today()
    if in_force and in_force.starts_on <= today:
        same = read_days(in_force.content.get("days", ""))[0]
        changed = read_days(row.content.get("days", ""))[0] != same
        return "培训班已经开班，培训日期和学时不能再更改。" if changed else ""
    if in_force and in_force.starts_on == judged.deadline.starts_on:
        return ""
    return too_late(judged.deadline, judged.filed_on)


def too_late(deadline: Deadline, filed_on: date) -> str:
    """The refusal of a filing that comes too late, with the article and the last day; or none."""
    said = calendars.say(deadline)
    if deadline.starts_on <= clock.today():
        return (
            f"开班日期应晚于今天。{ARTICLE}规定，培训项目应于开班5个工作日前备案，"
            f"事前不备案的项目不得认定学时。{said}"
        )
    # Where a year is not yet published nobody can be sure: the reviewer looks at it.
    if not deadline.is_late(filed_on) or deadline.by_weekends:
        return ""
    return (
        f"{ARTICLE}规定，培训项目应于开班5个工作日前备案。{said}现已超过，不能备案，"
        "请推迟开班日期。"
    )
