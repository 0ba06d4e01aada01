"""A class is moved by one act at a time; of two who act at once the second is told of the first."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, update
from sqlmodel import Session, col, func, select

from rxapp import clock
from rxapp.errors import Conflict, NotFound
from rxapp.models.people import Person
from rxapp.models.projects import Project, ProjectDay, ProjectEdition
from rxapp.rules.permissions import BUREAUS, Permission
from rxapp.rules.project_forms import ClassDay, ProjectFacts
from rxapp.rules.projects import EDITIONS, TRANSITIONS, Act, Role, Status
from rxapp.services import queues, routing, scopes
from rxapp.services.actors import Actor

# Filings of classes, and annual plans, that wait for a bureau.
FILINGS, PLANS = "filings", "plans"
KIND = "project"
ELSEWHERE = "这个项目已在其他窗口或由其他人修改，请刷新后再试，刷新前填写的内容请先自行记下。"
LARGEST_ID = 10**9  # fits every database's column
# What changes nothing that holds: a change that waited when the hours were posted must not wait on.
STILL = frozenset({Act.WITHDRAW, Act.RETURN, Act.REJECT})


@dataclass(frozen=True)
class Editions:
    """The filings of a class that matter now: what holds, what waits, and the last one of all."""

    in_force: ProjectEdition | None = None
    pending: ProjectEdition | None = None
    last: ProjectEdition | None = None


def find_own(session: Session, actor: Actor, project_id: int, *, lock: bool = False) -> Project:
    """A class of one's own organisation; NotFound for any other."""
    statement = select(Project).where(
        Project.id == (project_id if 0 < project_id < LARGEST_ID else 0),
        col(Project.organisation_id).in_(scopes.office_ids(actor, Permission.PROJECT_FILE)),
    )
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    row = session.exec(statement).first()
    if row is None:
        raise NotFound("没有找到这个培训项目。")
    return row


def find_editions(session: Session, row: Project) -> Editions:
    """Which filings of a class hold, wait, and came last."""
    found = list_editions(session, row)
    pending = [each for each in found if each.status is Status.SUBMITTED]
    # A class that was cancelled keeps what it was approved as.
    held = [each for each in found if each.edition == row.edition]
    return Editions(
        in_force=held[0] if held else None,
        pending=pending[0] if pending else None,
        last=found[0] if found else None,
    )


def list_editions(session: Session, row: Project) -> list[ProjectEdition]:
    """Every filing of a class, the newest first."""
    return list(
        session.exec(
            select(ProjectEdition)
            .where(ProjectEdition.project_id == row.id)
            .order_by(col(ProjectEdition.edition).desc())
        )
    )


def find_bureau(session: Session, organisation_id: int, *, filer: int) -> int:
    """The bureau an organiser files with: the nearest above it, with somebody who did not file.

    The city bureau's own are reviewed there, by somebody else.
    """
    line = routing.line_upwards(session, organisation_id)
    above = line[1] if len(line) > 1 else line[0]
    return routing.find_office(
        session, above.id or 0, permission=Permission.PROJECT_REVIEW, besides=filer,
        capacities=BUREAUS,
    )  # fmt: skip


def move(
    session: Session, row: Project, act: Act, role: Role, *, version: int, most: int | None = None,
    **values: object,
) -> None:  # fmt: skip
    """Move a class by one act; Conflict when it is not as it was shown.

    `values` are columns to change with it; `most` is how many may have a place in it by now.
    """
    leads_to = TRANSITIONS.get((row.status, act, role))
    if leads_to is None or row.version != version:
        raise Conflict(ELSEWHERE)
    fits = [] if most is None else [col(Project.enrolled) <= most]
    if act not in STILL:
        fits.append(col(Project.posted_at).is_(None))
    changed = session.execute(
        update(Project)
        .where(
            col(Project.id) == row.id, col(Project.version) == version,
            col(Project.status) == row.status, *fits,
        )
        .values({"status": leads_to, "version": version + 1} | values)
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        session.refresh(row)
        raise Conflict(_why_not(row, most))
    session.refresh(row)


def move_edition(
    session: Session, actor: Actor, edition: ProjectEdition, act: Act, *, note: str = ""
) -> None:
    """Close the edition that waits; Conflict names who did so first, and when."""
    changed = session.execute(
        update(ProjectEdition)
        .where(
            col(ProjectEdition.id) == edition.id,
            col(ProjectEdition.status) == Status.SUBMITTED,
        )
        .values(status=EDITIONS[act], decided_at=clock.now(), decided_by=actor.person_id, note=note)
        .execution_options(synchronize_session=False)
    )
    session.refresh(edition)
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict(tell_who_was_first(session, edition))
    queues.shift(session, edition.office_id or 0, FILINGS, -1)


def tell_who_was_first(session: Session, edition: ProjectEdition) -> str:
    """Who closed an edition, and when: for whoever comes second."""
    who = session.get(Person, edition.decided_by or 0)
    at = f"{clock.local(edition.decided_at or edition.filed_at):%Y-%m-%d %H:%M}"
    done = "撤回或取消" if edition.status is Status.CANCELLED else edition.status.label
    return f"这项备案已由{who.name if who else '系统'}于{at}办理（{done}），请刷新后查看。"


def next_edition(session: Session, row: Project) -> int:
    """The number of the next filing of a class."""
    last = session.exec(
        select(func.max(col(ProjectEdition.edition))).where(ProjectEdition.project_id == row.id)
    ).one()
    return (last or 0) + 1


def columns_of(facts: ProjectFacts) -> dict[str, Any]:
    """What the table says of a class, from its form."""
    return {
        "title": facts.title, "subject": facts.subject, "field": facts.field, "form": facts.form,
        "starts_on": facts.starts_on, "ends_on": facts.ends_on, "place": facts.place,
        "hours": facts.hours, "capacity": facts.capacity,
    }  # fmt: skip


def put_days(session: Session, row: Project, days: tuple[ClassDay, ...]) -> None:
    """Let a class be held on these days; a day that stays keeps its row."""
    wanted = {each.day: each.hours for each in days}
    known = session.exec(select(ProjectDay).where(ProjectDay.project_id == row.id)).all()
    gone = [each.id for each in known if each.day not in wanted]
    session.execute(delete(ProjectDay).where(col(ProjectDay.id).in_(gone)))
    for each in known:
        if each.day in wanted:
            each.hours = wanted.pop(each.day)
            session.add(each)
    session.add_all(
        ProjectDay(project_id=row.id or 0, day=day, hours=hours) for day, hours in wanted.items()
    )
    session.flush()


def _why_not(row: Project, most: int | None) -> str:
    if row.posted_at is not None:
        return "这个项目的学时已经计入，不能再更改或取消。"
    if most is not None and row.enrolled > most:
        return f"已有{row.enrolled}人报名，多于变更后的招收人数{most}，不能通过，请退回修改。"
    return ELSEWHERE
