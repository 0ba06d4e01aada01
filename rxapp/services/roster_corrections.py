"""Putting a posted line right: a reversal with its reason, and at most one new line beside it."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import update
from sqlmodel import Session, col, select

from rxapp import clock, routes
from rxapp.errors import Conflict, Invalid
from rxapp.models.organisations import Organisation
from rxapp.models.people import Person
from rxapp.models.projects import Project
from rxapp.models.rosters import RosterCorrection, RosterLine
from rxapp.rules import rosters
from rxapp.rules.hours import ZERO, Hours
from rxapp.rules.permissions import Permission
from rxapp.rules.rosters import ClassHours, LineState, RosterState
from rxapp.services import (
    audit,
    certificate_status,
    credits,
    messages,
    reversals,
    roster_classes,
    roster_lines,
    roster_posting,
    scopes,
)
from rxapp.services.actors import SYSTEM, Actor
from rxapp.services.roster_lines import LineRow

LISTED = 50
# What the ledger says of a reversed line.
REVERSED = "project:corrected"


@dataclass(frozen=True)
class CorrectionRow:
    """What was put right, by whom and why."""

    id: int
    name: str
    change: str
    reason: str
    by: str
    at: str


def correct(
    session: Session, actor: Actor, *, line_id: int, hours: str, reason: str, version: int
) -> LineRow:
    """Count other hours for one person of a closed roster, or none; the person is told.

    For the organiser, and for the bureaus above. Net, a class counts once: what stood before is
    reversed in the same transaction.
    """
    actor.require(Permission.PROJECT_FILE)
    line = roster_lines.find_line(session, line_id)
    project = _correctable(session, actor, line.project_id)
    why = rosters.parse_reason(reason)
    offered = roster_classes.offered_by(session, project)
    if not hours.strip():
        # A field left empty takes nothing away: that is said outright.
        raise Invalid({"hours": "请填写更正后的学时，撤销的填0。"})
    wanted = rosters.require_within(Hours.of(hours), offered.most)
    before = line.hours if line.state is LineState.POSTED else ZERO
    if wanted == before:
        raise Invalid({"hours": "与现在登记的学时相同，没有更正。"})
    if line.version != version:
        raise Conflict(roster_lines.ELSEWHERE)
    _hold(session, line, version)
    _move(session, project, line, offered, wanted)
    _record(session, actor, project, line, before, wanted, why)
    return roster_lines.get_line(session, actor, line_id)


def supplement(
    session: Session, actor: Actor, *, project_id: int, typed: Mapping[str, str]
) -> LineRow:
    """Put somebody who was forgotten on a closed roster, with hours and a reason.

    A correction from no hours: for the same offices, within the same limits, told and recorded
    alike. Whoever is on the roster already is put right on the own line; pressed twice it is one.
    """
    actor.require(Permission.PROJECT_FILE)
    _correctable(session, actor, project_id)
    person = roster_lines.find_person(session, typed)
    line, new = roster_lines.put_down(session, actor, project_id, person)
    if not new and _is_said_again(session, actor, line, typed):
        return roster_lines.get_line(session, actor, line.id or 0)
    if not new:
        raise Invalid({"identity_number": f"{person.name}已在名册中，请在名册里找到这一行更正。"})
    return correct(
        session, actor, line_id=line.id or 0, hours=typed.get("hours", ""),
        reason=typed.get("reason", ""), version=line.version,
    )  # fmt: skip


def list_corrections(session: Session, actor: Actor, *, project_id: int) -> list[CorrectionRow]:
    """What was put right on a roster one may see, the newest first."""
    roster_classes.find_seen(session, actor, project_id)
    rows = session.exec(
        select(RosterCorrection, RosterLine.person_id)
        .join(RosterLine, col(RosterLine.id) == RosterCorrection.line_id)
        .where(RosterLine.project_id == project_id)
        .order_by(col(RosterCorrection.id).desc())
        .limit(LISTED)
    ).all()
    ids = {each for row, person in rows for each in (row.by_id or 0, person)}
    named = session.exec(select(Person.id, Person.name).where(col(Person.id).in_(ids)))
    names = {id: name for id, name in named}  # noqa: C416
    return [
        CorrectionRow(
            id=row.id or 0, name=names.get(person, ""),
            change=f"{row.before}学时改为{row.after}学时",
            reason=row.reason, by=names.get(row.by_id, "系统"),
            at=f"{clock.local(row.at):%Y-%m-%d %H:%M}",
        )
        for row, person in rows
    ]  # fmt: skip


def _is_said_again(
    session: Session, actor: Actor, line: RosterLine, typed: Mapping[str, str]
) -> bool:
    """Whether the same person put the line there with the same hours and reason just now."""
    last = session.exec(
        select(RosterCorrection)
        .where(RosterCorrection.line_id == line.id)
        .order_by(col(RosterCorrection.id).desc())
    ).first()
    return (
        last is not None
        and last.by_id == actor.person_id
        and last.before == ZERO
        and last.after == line.hours == Hours.of(typed.get("hours", ""))
        and last.reason == rosters.parse_reason(typed.get("reason", ""))
    )


def _correctable(session: Session, actor: Actor, project_id: int) -> Project:
    project = roster_classes.find_seen(session, actor, project_id)
    unit = session.get_one(Organisation, project.organisation_id)
    if not roster_classes.may_correct(actor, project, unit):
        raise Conflict("这个培训项目的学时由举办单位或上级人社局更正。")
    roster = roster_classes.hold(session, project_id)
    if roster.state is not RosterState.CLOSED:
        raise Conflict("学时还没有登记完毕，请稍后再更正。")
    return project


def _hold(session: Session, line: RosterLine, version: int) -> None:
    """Of two who put the same line right at once, the second changes nothing."""
    done = session.execute(
        update(RosterLine)
        .where(
            col(RosterLine.id) == line.id, col(RosterLine.version) == version,
            col(RosterLine.state) == line.state,
        )
        .values(version=version + 1)
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    if done.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict(roster_lines.ELSEWHERE)
    session.refresh(line)


def _move(
    session: Session, project: Project, line: RosterLine, offered: ClassHours, wanted: Hours
) -> None:
    old, line.credit_id = line.credit_id, None
    if wanted <= ZERO:
        line.state, line.hours = LineState.REVERSED, ZERO
        session.add(line)
        if old is not None:
            reversals.reverse_credit(session, SYSTEM, credit_id=old, reason_code=REVERSED)
            _tell_reversed(session, project, line)
        session.flush()
        return
    if old is not None:
        credits.reverse(session, SYSTEM, credit_id=old, reason_code=REVERSED)
    roster_posting.grant(session, project, line, offered, hours=wanted, told="培训学时已更正")
    last = roster_classes.last_day(project, offered)
    if old is not None and last is not None:
        # Judged once, when the right line stands: what is still earned is 已更新.
        certificate_status.refresh_status(session, SYSTEM, person_id=line.person_id, year=last.year)


def _tell_reversed(session: Session, project: Project, line: RosterLine) -> None:
    messages.send(
        session, to=line.person_id, title="培训学时已撤销", href=routes.YEARS,
        body=f"“{project.title}”登记的学时已撤销，有疑问的请向举办单位了解。",
    )  # fmt: skip


def _record(
    session: Session, actor: Actor, project: Project, line: RosterLine, before: Hours,
    after: Hours, why: str,
) -> None:  # fmt: skip
    own = project.organisation_id in scopes.office_ids(actor, Permission.PROJECT_FILE)
    session.add(
        RosterCorrection(
            line_id=line.id or 0, before=before, after=after, reason=why,
            by_id=actor.person_id, at=clock.now(),
            office_id=project.organisation_id if own else actor.office_id,
        )
    )  # fmt: skip
    audit.record(
        session, actor, audit.Action.ROSTER_CORRECTED, kind="project", id=project.id,
        line=line.id, before=before.tenths, after=after.tenths,
        own=line.person_id == actor.person_id,
    )  # fmt: skip
