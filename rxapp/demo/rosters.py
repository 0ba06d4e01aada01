"""Classes of the training centre: one posted, one whose roster waits, one that is held today."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlmodel import Session

from rxapp import clock
from rxapp.demo import accounts
from rxapp.demo.claims import acting_for
from rxapp.demo.people import DemoPerson, Record
from rxapp.models.projects import Enrolment, Project, ProjectDay
from rxapp.rules.hours import Hours
from rxapp.rules.projects import Form, Status
from rxapp.rules.subjects import Subject
from rxapp.services import policies, roster_lines, roster_posting, roster_taking
from rxapp.services.actors import Actor

A_DAY = Hours.of(8)
PEOPLE = 12


def write_rosters(
    session: Session, units: Mapping[str, int], everybody: Mapping[int, DemoPerson]
) -> None:
    """Hold three classes at the training centre, approved long before they began."""
    people = _attending(everybody)
    clerk = acting_for(session, units["training"])
    if clerk.person_id is None or not people:
        return
    opens = policies.get_policy(session, clock.today().year).learn_from
    if opens is not None and clock.today() >= opens:
        _post(session, units, clerk, people)
    waiting = _hold(session, units, "专业技术人员信息化能力培训班", ended=3, length=3)
    _enrol(session, clerk, waiting, people[: PEOPLE // 2])
    today = _hold(session, units, "科研诚信与知识产权专题班", ended=-1, length=3)
    _book(session, today, people)


def _post(session: Session, units: Mapping[str, int], clerk: Actor, people: Sequence[int]) -> None:
    posted = _hold(session, units, "农业实用技术研修班", ended=25, length=2)
    _enrol(session, clerk, posted, people)
    roster_lines.attend_all(session, clerk, project_id=posted)
    summary = roster_posting.get_summary(session, clerk, project_id=posted)
    roster_posting.post(session, clerk, project_id=posted, stamp=summary.stamp)
    while roster_posting.write_some(session):
        pass


def _attending(everybody: Mapping[int, DemoPerson]) -> list[int]:
    """People who have all their hours already and no part of their own."""
    documented = {part.person for part in accounts.parts(clock.today().year)}
    found = [
        id
        for id, person in everybody.items()
        if person.record is Record.COMPLETE and person not in documented
    ]
    return found[:PEOPLE]


def _hold(
    session: Session, units: Mapping[str, int], title: str, *, ended: int, length: int
) -> int:
    last = clock.today() - timedelta(days=ended)
    days = [last - timedelta(days=back) for back in range(length - 1, -1, -1)]
    now = clock.now()
    row = Project(
        organisation_id=units["training"], office_id=units["bureau"], title=title,
        status=Status.APPROVED, subject=Subject.PROFESSIONAL, form=Form.FACE_TO_FACE,
        starts_on=days[0], ends_on=days[-1], place="运河市样例路8号培训楼", capacity=60,
        hours=Hours(A_DAY.tenths * length), edition=1,
        approved_at=clock.business_now() - timedelta(days=60),
        first_filed_at=now - timedelta(days=70), created_at=now, saved_at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    session.add_all(ProjectDay(project_id=row.id or 0, day=day, hours=A_DAY) for day in days)
    session.flush()
    return row.id or 0


def _book(session: Session, project_id: int, people: Sequence[int]) -> None:
    now = clock.now()
    session.add_all(Enrolment(project_id=project_id, person_id=person, at=now) for person in people)
    session.get_one(Project, project_id).enrolled = len(people)
    session.flush()


def _enrol(session: Session, clerk: Actor, project_id: int, people: Sequence[int]) -> None:
    _book(session, project_id, people)
    roster_taking.take_enrolled(session, clerk, project_id=project_id)
