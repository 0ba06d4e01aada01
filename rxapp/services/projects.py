"""培训项目备案, the organiser's side: begun, kept at every change, filed, withdrawn, cancelled."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.errors import Conflict, Invalid, NotFound
from rxapp.models.projects import PlanItem, Project, ProjectEdition, TrainingPlan
from rxapp.rules import receipts
from rxapp.rules.city_values import CityValue
from rxapp.rules.hours import Hours
from rxapp.rules.permissions import Permission
from rxapp.rules.project_forms import (
    LONGEST_SPAN,
    ClassDay,
    FormLimits,
    ProjectFacts,
    parse,
    read_date,
    read_days,
    tidy,
    write_days,
)
from rxapp.rules.projects import WRITABLE, Act, Kind, Role, Status
from rxapp.rules.working_days import ARTICLE, Deadline, is_worked
from rxapp.services import (
    audit,
    calendars,
    city_values,
    class_messages,
    project_files,
    queues,
    scopes,
)
from rxapp.services.actors import Actor
from rxapp.services.project_moves import (
    ELSEWHERE,
    FILINGS,
    Editions,
    columns_of,
    find_bureau,
    find_editions,
    find_own,
    move,
    move_edition,
    next_edition,
)

LONGEST_REASON = 200
KIND = "project"


@dataclass(frozen=True)
class Asked:
    """Until when a class that begins on a day can be filed; `unsure` asks the reviewer to look."""

    starts_on: str
    latest: str
    sentence: str
    unsure: bool
    late: bool


@dataclass(frozen=True)
class _Judged:
    filed_on: date
    deadline: Deadline


def ask_deadline(session: Session, actor: Actor, *, starts_on: str) -> Asked:
    """Until when a class can be filed; Invalid when it is too late already (article 5)."""
    actor.require(Permission.PROJECT_FILE)
    day = read_date(starts_on)
    if day is None:
        raise Invalid({"starts_on": "请填写开班日期，例如 2020-09-01。"})
    deadline = calendars.judge(session, day)
    if fault := _too_late(deadline, clock.today()):
        raise Invalid({"starts_on": fault})
    late = deadline.is_late(clock.today())
    return Asked(
        f"{day}", f"{deadline.latest}", calendars.say(deadline), deadline.by_weekends, late
    )


def begin(
    session: Session, actor: Actor, *, starts_on: str, organisation_id: int = 0, item_id: int = 0
) -> int:
    """Begin the filing of a class that starts on a day; returns its id.

    Refused before the form is filled where it would be too late. One that was begun alike and
    never touched is taken up again; an item of a plan becomes one class only.
    """
    person_id = actor.require(Permission.PROJECT_FILE)
    item = _find_item(session, actor, item_id) if item_id else None
    if item is not None and (made := _made_of(session, item)):
        return made
    asked = ask_deadline(session, actor, starts_on=starts_on)
    office = _own_office(actor, _organisation_of(session, item) if item else organisation_id)
    most = city_values.get_value(session, CityValue.CLASS_DAY_HOURS)
    content = {"days": f"{asked.starts_on} {most}"} | (_from_item(item) if item else {})
    same = session.exec(
        select(Project).where(
            Project.organisation_id == office, Project.status == Status.DRAFT.value,
            Project.version == 1, Project.created_by == person_id, col(Project.number).is_(None),
        )
    ).all()  # fmt: skip
    for each in same:
        if each.content == content:
            return each.id or 0
    now = clock.now()
    row = Project(
        organisation_id=office, kind=Kind.PLAN if item else Kind.ONE_OFF,
        plan_item_id=item.id if item else None, content=content, created_by=person_id,
        created_at=now, saved_at=now, title=content.get("title", ""),
        starts_on=read_date(asked.starts_on),
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.record(session, actor, audit.Action.PROJECT_BEGUN, kind=KIND, id=row.id)
    return row.id or 0


def save(
    session: Session, actor: Actor, *, project_id: int, typed: Mapping[str, str], version: int
) -> int:
    """Keep what was typed, right or wrong; returns the version to go on from."""
    actor.require(Permission.PROJECT_FILE)
    row = find_own(session, actor, project_id, lock=True)
    kept = dict(row.content) | tidy(typed)
    if kept == row.content:
        return row.version
    if row.version != version:
        raise Conflict(ELSEWHERE)
    _require_writable(session, row)
    _write(session, row, kept)
    return row.version


def fill_days(
    session: Session, actor: Actor, *, project_id: int, until: str, hours: str, version: int
) -> int:
    """Add every working day from the first one to `until` with so many hours each."""
    actor.require(Permission.PROJECT_FILE)
    row = find_own(session, actor, project_id)
    days, _ = read_days(row.content.get("days", ""))
    last, most = read_date(until), limits_of(session, row).most_a_day
    faults: dict[str, str] = {}
    if not days:
        faults["until"] = "请先填写开班的第一天。"
    elif last is None or not days[0].day < last <= days[0].day + timedelta(days=LONGEST_SPAN):
        faults["until"] = f"结束日期应晚于第一天，相距不超过{LONGEST_SPAN}天。"
    try:
        each_day = Hours.of(hours)
    except Invalid:
        each_day = Hours.ZERO
    if not Hours.ZERO < each_day <= Hours.of(most):
        faults["day_hours"] = f"每天的学时应大于零，不超过{most}。"
    if faults or last is None:
        raise Invalid(faults)
    known = {each.day: each for each in days}
    years = calendars.list_calendars(session, {days[0].day.year, last.year})
    for place in range((last - days[0].day).days + 1):
        day = days[0].day + timedelta(days=place)
        if is_worked(day, years):
            known.setdefault(day, ClassDay(day, each_day))
    text = write_days(tuple(known[day] for day in sorted(known)))
    return save(session, actor, project_id=project_id, typed={"days": text}, version=version)


def list_organisers(_session: Session, actor: Actor) -> list[tuple[str, str]]:
    """The organisations one files for: id and name."""
    actor.require(Permission.PROJECT_FILE)
    mine = scopes.office_ids(actor, Permission.PROJECT_FILE)
    return [
        (f"{each.organisation_id}", each.name)
        for each in actor.offices
        if each.organisation_id in mine
    ]


def submit(session: Session, actor: Actor, *, project_id: int, version: int) -> str:
    """File a class as it was typed, or a change of it; returns its number, pressed twice the same.

    Invalid names every wrong field; a start that is too near is refused with the article.
    """
    person_id = actor.require(Permission.PROJECT_FILE)
    row = find_own(session, actor, project_id, lock=True)
    known = find_editions(session, row)
    if known.pending and row.version == version + 1 and known.pending.filed_by == person_id:
        return row.number or ""
    if known.pending is not None:
        raise Conflict("这个项目已经报备，正在等待审核，需要修改的请先撤回。")
    facts, judged = _read(session, row, known)
    in_force = known.in_force
    if in_force and tidy(in_force.content) == tidy(row.content):
        raise Invalid(message="内容与已备案的相同，没有需要报备的变更。")
    office_id = find_bureau(session, row.organisation_id, filer=person_id)
    values: dict[str, Any] = {} if in_force else columns_of(facts)
    now = clock.now()
    number = row.number or receipts.make(secrets.randbits(receipts.RANDOM_BITS))
    move(
        session, row, Act.SUBMIT, Role.FILER, version=version, office_id=office_id, number=number,
        first_filed_at=row.first_filed_at or now, note="", **values,
    )  # fmt: skip
    edition = ProjectEdition(
        project_id=row.id or 0, edition=next_edition(session, row), content=dict(row.content),
        starts_on=facts.starts_on, filed_on=judged.filed_on, filed_at=now, filed_by=person_id,
        latest_on=judged.deadline.latest, office_id=office_id,
        calendars={f"{year}": used for year, used in judged.deadline.calendars.items()},
    )  # fmt: skip
    session.add(edition)
    session.flush()
    queues.shift(session, office_id, FILINGS, +1)
    audit.record(
        session, actor, audit.Action.PROJECT_FILED, kind=KIND, id=row.id, edition=edition.edition
    )
    return number


def withdraw(session: Session, actor: Actor, *, project_id: int, version: int) -> None:
    """Take a filing back before it is decided on; what was approved before stays in force."""
    actor.require(Permission.PROJECT_FILE)
    row = find_own(session, actor, project_id, lock=True)
    pending = find_editions(session, row).pending
    if pending is None:
        raise Conflict(ELSEWHERE)
    move(session, row, Act.WITHDRAW, Role.FILER, version=version)
    move_edition(session, actor, pending, Act.WITHDRAW)
    audit.record(
        session, actor, audit.Action.PROJECT_WITHDRAWN, kind=KIND, id=row.id,
        edition=pending.edition,
    )  # fmt: skip


def cancel(session: Session, actor: Actor, *, project_id: int, reason: str, version: int) -> None:
    """Cancel a class with a reason, which those who enrolled and the bureau are told."""
    actor.require(Permission.PROJECT_FILE)
    row = find_own(session, actor, project_id, lock=True)
    if row.status is Status.CANCELLED and row.version == version + 1:
        return
    why = read_reason(reason)
    known = find_editions(session, row)
    was_approved = row.status is Status.APPROVED
    move(
        session, row, Act.CANCEL, Role.FILER, version=version, note=why, plan_item_id=None
    )  # fmt: skip
    if known.pending is not None:
        move_edition(session, actor, known.pending, Act.CANCEL, note=why)
    if was_approved:
        class_messages.tell_cancelled(session, row, why)
    audit.record(session, actor, audit.Action.PROJECT_CANCELLED, kind=KIND, id=row.id)


def discard_change(session: Session, actor: Actor, *, project_id: int, version: int) -> None:
    """Give up what was typed since the class was approved; what holds is shown again."""
    actor.require(Permission.PROJECT_FILE)
    row = find_own(session, actor, project_id, lock=True)
    known = find_editions(session, row)
    if known.in_force is None or known.pending is not None or row.version != version:
        raise Conflict(ELSEWHERE)
    _write(session, row, dict(known.in_force.content))


def remove(session: Session, actor: Actor, *, project_id: int, version: int) -> list[str]:
    """Delete a draft that was never filed; returns the names of files to discard."""
    actor.require(Permission.PROJECT_FILE)
    row = find_own(session, actor, project_id, lock=True)
    if row.number is not None or row.status is not Status.DRAFT or row.version != version:
        raise Conflict("已经报备过的项目不能删除。" if row.number else ELSEWHERE)
    files = project_files.drop_all(session, row)
    session.delete(row)
    session.flush()
    audit.record(session, actor, audit.Action.PROJECT_REMOVED, kind=KIND, id=project_id)
    return files


def limits_of(session: Session, row: Project) -> FormLimits:
    """What a filing is measured by now."""
    most = city_values.get_value(session, CityValue.CLASS_DAY_HOURS)
    return FormLimits(today=clock.today(), most_a_day=most, taken=row.enrolled)


def read_reason(reason: str) -> str:
    """The reason of an act that needs one, or Invalid."""
    why = " ".join(reason.split())
    if not 2 <= len(why) <= LONGEST_REASON or not why.isprintable():
        raise Invalid({"reason": f"请填写理由，2至{LONGEST_REASON}个字，会告知对方。"})
    return why


def _read(session: Session, row: Project, known: Editions) -> tuple[ProjectFacts, _Judged]:
    """The form and by what its start was judged; every fault of both in one Invalid."""
    faults: dict[str, str] = {}
    facts = None
    try:
        facts = parse(row.content, limits_of(session, row))
    except Invalid as error:
        faults = dict(error.fields)
    days, _ = read_days(row.content.get("days", ""))
    judged = _judge(session, days[0].day, known) if days else None
    if judged and (fault := _fault_of_dates(row, known, judged)):
        faults["days"] = fault
    if faults or facts is None or judged is None:
        raise Invalid(faults)
    return facts, judged


def _judge(session: Session, starts_on: date, known: Editions) -> _Judged:
    last = known.last
    if last and last.status is Status.RETURNED and last.starts_on == starts_on:
        # Sent back to be put right, it was filed when it first came.
        used = {int(year): version for year, version in last.calendars.items()}
        return _Judged(last.filed_on, Deadline(starts_on, last.latest_on, used))
    return _Judged(clock.today(), calendars.judge(session, starts_on))


def _fault_of_dates(row: Project, known: Editions, judged: _Judged) -> str:
    """What is wrong with the dates of a filing: too late, or a class that has begun."""
    in_force, today = known.in_force, clock.today()
    if in_force and in_force.starts_on <= today:
        same = read_days(in_force.content.get("days", ""))[0]
        changed = read_days(row.content.get("days", ""))[0] != same
        return "培训班已经开班，培训日期和学时不能再更改。" if changed else ""
    if in_force and in_force.starts_on == judged.deadline.starts_on:
        return ""
    return _too_late(judged.deadline, judged.filed_on)


def _too_late(deadline: Deadline, filed_on: date) -> str:
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


def _require_writable(session: Session, row: Project) -> None:
    if row.status not in WRITABLE or find_editions(session, row).pending is not None:
        raise Conflict("已报备的内容不能直接修改，需要修改的请先撤回。刚才填写的没有保存。")
    if row.posted_at is not None:
        raise Conflict("这个项目的学时已经计入，不能再更改。")


def _write(session: Session, row: Project, content: dict[str, str]) -> None:
    row.content, row.version, row.saved_at = content, row.version + 1, clock.now()
    if row.edition == 0:
        days, _ = read_days(content.get("days", ""))
        row.title = " ".join(content.get("title", "").split())[:120]
        row.starts_on = days[0].day if days else row.starts_on
    session.add(row)
    session.flush()


def _own_office(actor: Actor, organisation_id: int) -> int:
    offices = scopes.office_ids(actor, Permission.PROJECT_FILE)
    if organisation_id in offices:
        return organisation_id
    if organisation_id or not offices:
        raise NotFound("没有找到举办单位。")
    return offices[0]


def _find_item(session: Session, actor: Actor, item_id: int) -> PlanItem:
    item = session.exec(
        select(PlanItem)
        .join(TrainingPlan, col(TrainingPlan.id) == PlanItem.plan_id)
        .where(
            PlanItem.id == item_id, TrainingPlan.status == Status.APPROVED.value,
            col(TrainingPlan.organisation_id).in_(
                scopes.office_ids(actor, Permission.PROJECT_FILE)
            ),
        )
        .with_for_update()
    ).first()  # fmt: skip
    if item is None:
        raise NotFound("没有找到这项年度计划，计划审核通过后才能办理备案。")
    return item


def _made_of(session: Session, item: PlanItem) -> int:
    return session.exec(select(Project.id).where(Project.plan_item_id == item.id)).first() or 0


def _organisation_of(session: Session, item: PlanItem) -> int:
    return session.get_one(TrainingPlan, item.plan_id).organisation_id


def _from_item(item: PlanItem) -> dict[str, str]:
    return {
        "title": item.title, "subject": item.subject.value, "field": item.field,
        "form": item.form.value, "capacity": f"{item.people or ''}",
    }  # fmt: skip
