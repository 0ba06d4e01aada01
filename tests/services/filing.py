"""A town in which classes are filed: a base, an employer, a county and the city bureau."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.adapters.database import transaction
from rxapp.models.people import Membership
from rxapp.models.projects import Enrolment, Project, ProjectDay, ProjectEdition
from rxapp.rules.permissions import Capacity
from rxapp.services import (
    calendars,
    organisations,
    project_beginning,
    project_reviews,
    projects,
)
from rxapp.services.actors import SYSTEM
from tests.factories import make_person
from tests.services.test_tree import actor_of

FORM = {
    "title": "急诊护理新技术培训班", "subject": "professional", "field": "卫生健康",
    "form": "face_to_face", "place": "样例市培训中心一号楼", "audience": "全市护理专业技术人员",
    "teachers": "欧阳鸢尾 主任护师\n司徒木槿 副主任护师",
    "syllabus": "急诊分诊、心肺复苏、静脉输液新技术。",
    "capacity": "30", "cost": "12000", "fund": "8000.5", "contact": "皇甫青黛",
    "phone": "0537-1234567",
}  # fmt: skip


class Filing:
    """Everybody who takes part; `act` runs one use case as one of them."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        with transaction(write=True, on=engine) as session:
            calendars.ensure_shipped(session, SYSTEM)
            self.city = _place(session, "样例市人社局", Capacity.CITY_BUREAU, None)
            self.county = _place(session, "样例县人社局", Capacity.COUNTY_BUREAU, self.city)
            self.guild = _place(session, "样例市卫健委", Capacity.DEPARTMENT, self.city)
            self.base = _place(session, "样例市培训中心", Capacity.BASE, self.guild)
            self.other_base = _place(session, "样例市第二培训中心", Capacity.BASE, self.city)
            self.mill = _place(session, "样例磨坊", Capacity.EMPLOYER, self.county)
            self.city_clerk = self.clerk(session, "轩辕辛夷", self.city)
            self.county_clerk = self.clerk(session, "端木菖蒲", self.county)
            self.guild_clerk = self.clerk(session, "夏侯泽兰", self.guild)
            self.teacher = self.clerk(session, "澹台茯苓", self.base)
            self.other_teacher = self.clerk(session, "东方白芷", self.other_base)
            self.mill_clerk = self.clerk(session, "皇甫青黛", self.mill)
            self.lena = make_person(session, "欧阳鸢尾", organisation_id=self.mill).id or 0
            self.olga = make_person(session, "司徒木槿", organisation_id=self.mill).id or 0

    def clerk(self, session: Session, name: str, office: int) -> int:
        person = make_person(session, name, organisation_id=office)
        session.add(
            Membership(person_id=person.id or 0, organisation_id=office, begins_at=clock.now())
        )
        session.flush()
        return person.id or 0

    def act(self, person: int, use_case: Any, *args: Any, **given: Any) -> Any:
        with transaction(write=True, on=self.engine) as session:
            return use_case(session, actor_of(session, person), *args, **given)

    def draft(self, person: int = 0, start: date | None = None, **typed: str) -> int:
        """A class filled in, not yet filed."""
        who, day = person or self.teacher, start or self.soon()
        id = self.act(who, project_beginning.begin, starts_on=f"{day}")
        form = FORM | {"days": f"{day} 8\n{day + timedelta(days=1)} 4.5"} | typed
        self.save(id, who, **form)
        return id

    def save(self, id: int, person: int = 0, **typed: str) -> int:
        return self.act(
            person or self.teacher, projects.save, project_id=id, typed=typed,
            version=self.row(id).version,
        )  # fmt: skip

    def submit(self, id: int, person: int = 0) -> str:
        return self.act(
            person or self.teacher, projects.submit, project_id=id, version=self.row(id).version
        )

    def filed(self, person: int = 0, start: date | None = None, **typed: str) -> int:
        id = self.draft(person, start, **typed)
        self.submit(id, person)
        return id

    def decide(self, id: int, act: str = "approve", note: str = "", person: int = 0) -> str:
        """The bureau's word on the newest filing of a class."""
        return self.act(
            person or self.city_clerk, project_reviews.decide, edition_id=self.edition(id).id,
            act=act, note=note,
        )  # fmt: skip

    def approved(self, start: date | None = None, **typed: str) -> int:
        id = self.filed(0, start, **typed)
        self.decide(id)
        return id

    def soon(self) -> date:
        """A day that is far enough away for a class to be filed today."""
        return clock.today() + timedelta(days=40)

    def row(self, id: int) -> Project:
        with Session(self.engine) as session:
            return session.get_one(Project, id)

    def edition(self, id: int, number: int = 0) -> ProjectEdition:
        """A filing of a class, the newest when no number is given."""
        found = select(ProjectEdition).where(ProjectEdition.project_id == id)
        if number:
            found = found.where(ProjectEdition.edition == number)
        with Session(self.engine) as session:
            return session.exec(found.order_by(col(ProjectEdition.edition).desc())).all()[0]

    def days(self, id: int) -> dict[str, str]:
        with Session(self.engine) as session:
            rows = session.exec(
                select(ProjectDay).where(ProjectDay.project_id == id).order_by(col(ProjectDay.day))
            )
            return {f"{row.day}": f"{row.hours}" for row in rows}

    def placed(self, id: int) -> set[int]:
        """Who has a place in a class."""
        with Session(self.engine) as session:
            return set(
                session.exec(
                    select(Enrolment.person_id).where(
                        Enrolment.project_id == id, col(Enrolment.ended_at).is_(None)
                    )
                )
            )

    def count(self, table: Any, *conditions: Any) -> int:
        with Session(self.engine) as session:
            return len(session.exec(select(table).where(*conditions)).all())

    def change(self, table: Any, id: int, **columns: Any) -> None:
        """Change a row behind everybody's back."""
        with Session(self.engine) as session, session.begin():
            row = session.get_one(table, id)
            for name, value in columns.items():
                setattr(row, name, value)


def _place(session: Session, name: str, capacity: Capacity, above: int | None) -> int:
    return organisations.add_organisation(
        session, SYSTEM, name=name, capacities=frozenset({capacity}), parent_id=above
    )
