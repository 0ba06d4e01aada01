"""A town whose bureau supervises: claims granted, matters opened, people and offices heard."""

from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.adapters.database import transaction
from rxapp.models.cases import CaseEntry, RectificationOrder, SupervisionCase
from rxapp.models.claims import Claim
from rxapp.models.messages import Message
from rxapp.models.organisations import Organisation
from rxapp.models.people import Person
from rxapp.rules.claims import Status as ClaimStatus
from rxapp.rules.permissions import Capacity
from rxapp.services import case_hearing, case_opening, cases, organisations
from rxapp.services.actors import SYSTEM
from tests.services.applying import upload
from tests.services.claiming import Claims

GROUNDS = {"reason": "证书系伪造", "basis": "继续教育工作通知第四条"}
YEAR = clock.today().year


class Supervision(Claims):
    """The clinic and its people, a second clerk of the bureau, a county with its own bureau."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        with transaction(write=True, on=engine) as session:
            self.county = organisations.add_organisation(
                session, SYSTEM, name="样例县人社局", parent_id=self.town.bureau,
                capacities=frozenset({Capacity.COUNTY_BUREAU}),
            )  # fmt: skip
            self.mill = organisations.add_organisation(
                session, SYSTEM, name="样例磨坊", parent_id=self.county,
                capacities=frozenset({Capacity.EMPLOYER}),
            )  # fmt: skip
            for person in self.ids[:10]:
                session.get_one(Person, person).activated_at = clock.now()
        self.second, self.inspector = self.ids[8], self.ids[9]
        self.serve(self.second, self.town.bureau)
        self.serve(self.inspector, self.county)

    def granted(self, title: str = "注册测绘师", person: int = 0, **typed: str) -> int:
        """A claim that both levels passed: forty hours."""
        id = self.submitted(title=title, person=person, **typed)
        self.decide(self.town.employer, id)
        self.decide(self.town.department, id)
        return id

    def opened(self, claim: int = 0, by: int = 0, **typed: str) -> int:
        """A matter about a claim, or about the clinic."""
        about = {"claim": str(claim)} if claim else {"organisation": "样例市（东区）医院"}
        form = about | {
            "finding": "false" if claim else "careless", "allegation": "证书编号查无此证",
            "basis": "继续教育工作通知第四条",
        }  # fmt: skip
        return self.act(by or self.town.city, case_opening.open_case, typed=form | typed)

    def answered(self, case: int, **typed: str) -> int:
        return self.act(
            self.who, case_hearing.answer, typed={"case": str(case), "text": "证书属实"} | typed
        )

    def judged(self, case: int, found: str = "false", by: int = 0) -> str:
        return self.act(
            by or self.town.city, cases.decide, case_id=case, found=found, text="经核实不属实",
            basis="继续教育工作通知第四条", version=self.matter(case).version,
        )  # fmt: skip

    def proven(self, claim: int, found: str = "false") -> int:
        """A matter about a claim, heard and decided."""
        case = self.opened(claim)
        self.answered(case)
        self.judged(case, found)
        return case

    def matter(self, id: int) -> SupervisionCase:
        with Session(self.engine, expire_on_commit=False) as session:
            return session.get_one(SupervisionCase, id)

    def order(self, id: int) -> RectificationOrder:
        with Session(self.engine, expire_on_commit=False) as session:
            return session.get_one(RectificationOrder, id)

    def office(self, id: int) -> Organisation:
        with Session(self.engine, expire_on_commit=False) as session:
            return session.get_one(Organisation, id)

    def lines(self, case: int) -> list[str]:
        with Session(self.engine) as session:
            rows = session.exec(
                select(CaseEntry).where(CaseEntry.case_id == case).order_by(col(CaseEntry.id))
            )
            return [row.kind.value for row in rows]

    def told(self, person: int) -> list[str]:
        with Session(self.engine) as session:
            rows = session.exec(
                select(Message).where(Message.person_id == person).order_by(col(Message.id))
            )
            return [f"{row.title} {row.body}" for row in rows]

    def waiting(self, office: int) -> int:
        """What really lies before an office."""
        with Session(self.engine) as session:
            return len(
                session.exec(
                    select(Claim.id).where(
                        Claim.office_id == office, Claim.status == ClaimStatus.SUBMITTED
                    )
                ).all()
            )

    def ticket(self, colour: str = "white") -> str:
        return upload(self.engine, "case", colour)


def at_day(monkeypatch: pytest.MonkeyPatch, day: Any) -> None:
    """Let the business calendar stand on a day."""
    monkeypatch.setattr(clock, "today", lambda: day)
