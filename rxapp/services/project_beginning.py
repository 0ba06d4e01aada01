"""A class begun: by its first day, from an item of the plan or by itself."""

from datetime import timedelta

from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.errors import Invalid, NotFound
from rxapp.models.projects import PlanItem, Project, TrainingPlan
from rxapp.rules.city_values import CityValue
from rxapp.rules.hours import Hours
from rxapp.rules.permissions import Permission
from rxapp.rules.project_forms import (
    LONGEST_SPAN,
    ClassDay,
    read_date,
    read_days,
    write_days,
)
from rxapp.rules.projects import Kind, Status
from rxapp.rules.working_days import is_worked
from rxapp.services import audit, calendars, city_values, scopes
from rxapp.services.actors import Actor
from rxapp.services.project_dates import ask_deadline
from rxapp.services.project_moves import KIND, find_own
from rxapp.services.projects import limits_of, save


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
