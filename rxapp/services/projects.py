"""培训项目备案, the organiser's side: begun, kept at every change, filed, withdrawn, cancelled."""

import secrets
from collections.abc import Mapping
from typing import Any

from sqlmodel import Session

from rxapp import clock
from rxapp.errors import Conflict, Invalid
from rxapp.models.projects import Project, ProjectEdition
from rxapp.rules import receipts
from rxapp.rules.city_values import CityValue
from rxapp.rules.permissions import Permission
from rxapp.rules.project_forms import (
    FormLimits,
    ProjectFacts,
    parse,
    read_days,
    tidy,
)
from rxapp.rules.projects import WRITABLE, Act, Role, Status
from rxapp.services import (
    audit,
    city_values,
    class_messages,
    project_files,
    queues,
)
from rxapp.services.actors import Actor
from rxapp.services.project_dates import Judged, fault_of_dates, judge
from rxapp.services.project_moves import (
    ELSEWHERE,
    FILINGS,
    KIND,
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
    if row.number is None:
        raise Conflict("没有报备过的草稿不需要取消，可以直接删除。")
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


def _read(session: Session, row: Project, known: Editions) -> tuple[ProjectFacts, Judged]:
    """The form and by what its start was judged; every fault of both in one Invalid."""
    faults: dict[str, str] = {}
    facts = None
    try:
        facts = parse(row.content, limits_of(session, row))
    except Invalid as error:
        faults = dict(error.fields)
    days, _ = read_days(row.content.get("days", ""))
    judged = judge(session, days[0].day, known) if days else None
    if judged and (fault := fault_of_dates(row, known, judged)):
        faults["days"] = fault
    if faults or facts is None or judged is None:
        raise Invalid(faults)
    return facts, judged


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
