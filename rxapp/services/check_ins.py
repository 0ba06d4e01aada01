"""签到: a code on the teacher's screen that changes every 15 seconds, scanned by those present."""

import base64
import secrets
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, func, select

from rxapp import clock, routes
from rxapp.adapters import qr
from rxapp.adapters.encryption import data_keys
from rxapp.errors import Conflict, Invalid
from rxapp.models.projects import Enrolment, Project
from rxapp.models.rosters import CheckIn, CheckInDay
from rxapp.rules import rosters
from rxapp.rules.permissions import Permission
from rxapp.services import audit, roster_classes
from rxapp.services.actors import Actor
from rxapp.settings import settings

CONTEXT = "check-in"
STALE = "二维码已过期或无效，没有签到。请对准老师屏幕上的二维码重新扫描。"
NOT_OPEN = "签到还没有开始或已经结束，没有签到，请向老师确认。"


@dataclass(frozen=True)
class DeskView:
    """The check-in of today, as the teacher's page shows it around the code."""

    project_id: int
    title: str
    day: str
    is_open: bool
    # Why there is none today; empty when there is.
    refusal: str


@dataclass(frozen=True)
class Code:
    """What the screen shows at this moment."""

    picture: str
    seconds: int
    count: int
    not_enrolled: int


@dataclass(frozen=True)
class Receipt:
    """What somebody who checked in is told."""

    title: str
    day: str
    at: str
    is_enrolled: bool


def get_desk(session: Session, actor: Actor, *, project_id: int) -> DeskView:
    """Whether people can check in today, and whether they may right now."""
    project = roster_classes.find_own(session, actor, project_id)
    row = _open_day(session, project_id)
    return DeskView(
        project_id=project_id, title=project.title, day=roster_classes.in_words(clock.today()),
        is_open=row is not None, refusal=_why_not(session, project),
    )  # fmt: skip


def open_day(session: Session, actor: Actor, *, project_id: int) -> None:
    """Let people check in for today; each opening has a secret of its own."""
    actor.require(Permission.PROJECT_FILE)
    project = roster_classes.find_own(session, actor, project_id)
    roster_classes.require_writable(session, project)
    if why := _why_not(session, project):
        raise Conflict(why)
    today = clock.today()
    row = session.exec(
        select(CheckInDay).where(CheckInDay.project_id == project_id, CheckInDay.day == today)
    ).first()
    if row is not None and row.closed_at is None:
        return
    row = row or CheckInDay(
        project_id=project_id, day=today, secret_cipher="", opened_at=clock.now()
    )
    fresh = base64.b64encode(secrets.token_bytes(32)).decode()
    row.secret_cipher = data_keys().encrypt(fresh, context=CONTEXT)
    row.opened_by, row.opened_at, row.closed_at = actor.person_id, clock.now(), None
    session.add(row)
    session.flush()
    audit.record(
        session, actor, audit.Action.CHECK_IN_OPENED, kind="project", id=project_id,
        day=today.isoformat(),
    )  # fmt: skip


def close_day(session: Session, actor: Actor, *, project_id: int) -> None:
    """Take no more check-ins today; the code on the screen is worth nothing from now on."""
    actor.require(Permission.PROJECT_FILE)
    roster_classes.find_own(session, actor, project_id)
    row = _open_day(session, project_id)
    if row is None:
        return
    row.closed_at = clock.now()
    session.add(row)
    audit.record(
        session, actor, audit.Action.CHECK_IN_CLOSED, kind="project", id=project_id,
        day=row.day.isoformat(),
    )  # fmt: skip


def get_code(session: Session, actor: Actor, *, project_id: int) -> Code:
    """The code of this moment as a picture, and how many are in; Conflict when it is not open."""
    actor.require(Permission.PROJECT_FILE)
    roster_classes.find_own(session, actor, project_id)
    row = _open_day(session, project_id)
    if row is None:
        raise Conflict(NOT_OPEN)
    seconds = clock.now().timestamp()
    code = rosters.code_for(
        _secret(row), project_id=project_id, day=row.day, window=rosters.window_at(seconds)
    )
    counts = dict[bool, int](
        session.exec(
            select(col(CheckIn.is_enrolled), func.count())
            .where(CheckIn.project_id == project_id, CheckIn.day == row.day)
            .group_by(col(CheckIn.is_enrolled))
        ).all()
    )
    return Code(
        picture=qr.picture(settings().address + routes.check_in(project_id, code)),
        seconds=rosters.WINDOW_SECONDS - int(seconds % rosters.WINDOW_SECONDS),
        count=sum(counts.values()), not_enrolled=counts.get(False, 0),
    )  # fmt: skip


def require_learner(_session: Session, actor: Actor) -> int:
    """Who stands there with the phone."""
    return actor.require(Permission.LEARN)


def arrive(session: Session, actor: Actor, *, project_id: int, code: str) -> Receipt:
    """Note that the person at the phone is there today; once a day, whoever scans again is told.

    Invalid for a code that is old or of another class, Conflict when nobody can check in now.
    """
    person_id = actor.require(Permission.LEARN)
    today = clock.today()
    fits = 0 < project_id < roster_classes.LARGEST_ID
    project = session.get(Project, project_id) if fits else None
    if project is None:
        raise Conflict(NOT_OPEN)
    if known := _known(session, project_id, person_id, today):
        return _receipt(project, known)
    row = _open_day(session, project_id)
    if row is None or roster_classes.refusal_of(session, project) or project.posted_at:
        raise Conflict(NOT_OPEN)
    moment = clock.now()
    fresh = rosters.is_fresh(
        code, _secret(row), project_id=project_id, day=today, seconds=moment.timestamp()
    )
    if not fresh:
        raise Invalid(message=STALE)
    return _receipt(project, _note(session, actor, project_id, person_id, today, moment))


def _note(
    session: Session, actor: Actor, project_id: int, person_id: int, day: date, at: datetime
) -> CheckIn:
    enrolled = session.exec(
        select(Enrolment.id).where(
            Enrolment.project_id == project_id, Enrolment.person_id == person_id,
            col(Enrolment.ended_at).is_(None),
        )
    ).first()  # fmt: skip
    row = CheckIn(
        project_id=project_id, person_id=person_id, day=day, at=at,
        is_enrolled=enrolled is not None,
    )  # fmt: skip
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        # Another window of the same person was first.
        known = _known(session, project_id, person_id, day)
        if known is None:
            raise
        return known
    audit.record(
        session, actor, audit.Action.CHECKED_IN, kind="project", id=project_id,
        day=day.isoformat(),
    )  # fmt: skip
    return row


def _known(session: Session, project_id: int, person_id: int, day: date) -> CheckIn | None:
    return session.exec(
        select(CheckIn).where(
            CheckIn.project_id == project_id, CheckIn.person_id == person_id, CheckIn.day == day
        )
    ).first()


def _open_day(session: Session, project_id: int) -> CheckInDay | None:
    """Today's check-in, as long as it is open; one that was forgotten ends with its day."""
    return session.exec(
        select(CheckInDay).where(
            CheckInDay.project_id == project_id, CheckInDay.day == clock.today(),
            col(CheckInDay.closed_at).is_(None),
        )
    ).first()  # fmt: skip


def _why_not(session: Session, project: Project) -> str:
    if refusal := roster_classes.refusal_of(session, project):
        return refusal
    if project.posted_at is not None:
        return roster_classes.CLOSED
    if clock.today() not in roster_classes.offered_by(session, project).days:
        return "今天不是培训的日期，只能在培训当天签到。"
    return ""


def _secret(row: CheckInDay) -> bytes:
    return base64.b64decode(data_keys().decrypt(row.secret_cipher, context=CONTEXT))


def _receipt(project: Project, row: CheckIn) -> Receipt:
    return Receipt(
        title=project.title, day=roster_classes.in_words(row.day),
        at=f"{clock.local(row.at):%H:%M}", is_enrolled=row.is_enrolled,
    )  # fmt: skip
