"""A town with a training centre: classes that were approved, or not, and who attended them."""

import tempfile
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.adapters.database import transaction
from rxapp.models.credits import Credit
from rxapp.models.messages import Message
from rxapp.models.people import Membership, Person
from rxapp.models.projects import Enrolment, Project, ProjectDay
from rxapp.models.rosters import Roster, RosterLine
from rxapp.rules.hours import Hours
from rxapp.rules.permissions import Capacity
from rxapp.rules.projects import Form, Status
from rxapp.rules.subjects import Subject
from rxapp.services import organisations, roster_imports, roster_posting, sign_ins
from rxapp.services.actors import SYSTEM, Actor
from tests.factories import make_cookie, make_person
from tests.services.test_people import Place

SENT = "姓名,身份证号码,出勤日期,学时,考核结果"


def make_class(
    session: Session, organisation_id: int, *, office_id: int | None = None,
    title: str = "样例培训班", ended: int = 10, length: int = 2, a_day: str = "8",
    hours: str = "", approved: int | None = 30, **columns: Any,
) -> Project:  # fmt: skip
    """A class of `length` days that ended `ended` days ago, approved `approved` days ago."""
    last = clock.today() - timedelta(days=ended)
    held = [last - timedelta(days=length - 1 - place) for place in range(length)]
    # Told by the business calendar, as the bureau's word is.
    at = clock.business_now() - timedelta(days=approved) if approved is not None else None
    status = Status.APPROVED if approved is not None else Status.SUBMITTED
    columns = {"status": status, "edition": 1 if at else 0} | columns
    total = Hours.of(hours) if hours else Hours.total([Hours.of(a_day)] * length)
    project = Project(
        organisation_id=organisation_id, office_id=office_id, title=title,
        subject=Subject.PROFESSIONAL, form=Form.FACE_TO_FACE, starts_on=held[0],
        ends_on=held[-1], place="样例路1号", hours=total, capacity=100,
        approved_at=at, created_at=clock.now(), saved_at=clock.now(),
        **columns,
    )  # fmt: skip
    session.add(project)
    session.flush()
    for day in held:
        session.add(ProjectDay(project_id=project.id or 0, day=day, hours=Hours.of(a_day)))
    session.flush()
    return project


def enrol(session: Session, project_id: int, people: Iterable[int]) -> None:
    """Let people take a place."""
    for person in people:
        session.add(Enrolment(project_id=project_id, person_id=person, at=clock.now()))
    session.flush()


class Hall(Place):
    """The town of forty people at the clinic, with a training centre and two clerks."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        with transaction(write=True, on=engine) as session:
            self.base = self._add(session, "样例培训中心", Capacity.BASE, self.town.bureau)
            self.other_base = self._add(session, "样例进修学校", Capacity.BASE, self.town.bureau)
            self.county = self._add(
                session, "样例县人社局", Capacity.COUNTY_BUREAU, self.town.bureau
            )
            self.county_base = self._add(session, "样例县培训站", Capacity.BASE, self.county)
            self.teacher = self._clerk(session, "澹台茯苓", self.base)
            self.second = self._clerk(session, "公孙杜若", self.base)
            self.stranger = self._clerk(session, "尉迟苍术", self.other_base)
            self.inspector = self._clerk(session, "端木菖蒲", self.county)
            for person in self.ids[:10]:
                session.get_one(Person, person).activated_at = clock.now()
            self.project = make_class(
                session, self.base, office_id=self.town.bureau
            ).id or 0  # fmt: skip

    def _add(self, session: Session, name: str, capacity: Capacity, above: int) -> int:
        return organisations.add_organisation(
            session, SYSTEM, name=name, capacities=frozenset({capacity}), parent_id=above
        )

    def _clerk(self, session: Session, name: str, office: int) -> int:
        person = make_person(session, name, organisation_id=office)
        session.add(
            Membership(person_id=person.id or 0, organisation_id=office, begins_at=clock.now())
        )
        session.flush()
        return person.id or 0

    def class_of(self, organisation_id: int = 0, **given: Any) -> int:
        with transaction(write=True, on=self.engine) as session:
            made = make_class(
                session, organisation_id or self.base, office_id=self.town.bureau, **given
            )
            return made.id or 0

    def actor(self, person: int) -> Actor:
        """Somebody, looked up once, to act from several threads."""
        with transaction(write=True, on=self.engine) as session:
            cookie = make_cookie(session, session.get_one(Person, person))
            found = sign_ins.find_actor(session, cookie)
            sign_ins.pass_factor(session, found.sign_in_id)
            return sign_ins.find_actor(session, cookie)

    def bring(self, *rows: str, project: int = 0, by: int = 0) -> roster_imports.Looked:
        """Look a table through and take what is right, as the page does."""
        project, by = project or self.project, by or self.teacher
        offered = self.act(by, roster_imports.open_class, project_id=project)
        drafts = read("\n".join((SENT, *rows)).encode(), offered)
        looked = self.act(by, roster_imports.look, project_id=project, drafts=drafts)
        for entries in roster_imports.batched(looked.entries):
            self.act(by, roster_imports.take, project_id=project, entries=entries)
        return looked

    def post(self, project: int = 0, by: int = 0) -> str:
        """Say the word on a roster, as the page does after its summary; nobody writes yet."""
        project, by = project or self.project, by or self.teacher
        summary = self.act(by, roster_posting.get_summary, project_id=project)
        return self.act(by, roster_posting.post, project_id=project, stamp=summary.stamp)

    def write(self) -> None:
        """Let the lines be written, all of them."""
        while True:
            with transaction(write=True, on=self.engine) as session:
                if not roster_posting.write_some(session):
                    return

    def lines(self, project: int = 0) -> list[RosterLine]:
        with Session(self.engine, expire_on_commit=False) as session:
            wanted = RosterLine.project_id == (project or self.project)
            found = select(RosterLine).where(wanted).order_by(col(RosterLine.id))
            return list(session.exec(found))

    def line(self, person: int, project: int = 0) -> RosterLine:
        return next(line for line in self.lines(project) if line.person_id == person)

    def roster(self, project: int = 0) -> Roster:
        with Session(self.engine, expire_on_commit=False) as session:
            return session.get_one(Roster, project or self.project)

    def ledger(self, person: int) -> list[tuple[str, int]]:
        with Session(self.engine) as session:
            rows = session.exec(
                select(Credit).where(Credit.person_id == person).order_by(col(Credit.id))
            )
            return [(row.source_key, row.hours.tenths) for row in rows]

    def told(self, person: int) -> list[str]:
        with Session(self.engine) as session:
            rows = session.exec(
                select(Message).where(Message.person_id == person).order_by(col(Message.id))
            )
            return [f"{row.title} {row.body}" for row in rows]

    def days(self, project: int = 0) -> Sequence[date]:
        with Session(self.engine) as session:
            wanted = ProjectDay.project_id == (project or self.project)
            return list(
                session.exec(
                    select(col(ProjectDay.day)).where(wanted).order_by(col(ProjectDay.day))
                )
            )

    def change(self, project: int = 0, **columns: Any) -> None:
        """Change a class behind everybody's back."""
        with transaction(write=True, on=self.engine) as session:
            row = session.get_one(Project, project or self.project)
            for name, value in columns.items():
                setattr(row, name, value)


def read(content: bytes, offered: Any, name: str = "名册.csv") -> list[roster_imports.Draft]:
    """What is understood of a file, without the database."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table"
        path.write_bytes(content)
        return roster_imports.read(path, name=name, offered=offered)


def days_ago(days: int) -> datetime:
    return clock.now() - timedelta(days=days)
