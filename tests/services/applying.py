"""A small town in which people and organisations register, and the forms they fill in."""

import io
from typing import Any

from PIL import Image
from sqlalchemy import Engine
from sqlmodel import Session, select

from rxapp import clock
from rxapp.adapters import evidence_files
from rxapp.adapters.database import transaction
from rxapp.models.applications import Application
from rxapp.models.people import Membership, Person, SignIn
from rxapp.rules import identity
from rxapp.rules.permissions import Capacity
from rxapp.services import deciding, enrolments, evidence, organisations, registrations, sign_ins
from rxapp.services.actors import ANONYMOUS, SYSTEM, Actor
from tests.factories import make_cookie, make_person

NUMBER, OTHER_NUMBER = "370802198503079213", "370802199001012005"
MOBILE, OTHER_MOBILE = "13805370001", "13805370002"
PROFILE = {
    "field": "教育教学", "title_series": "中小学教师", "title_level": "中级",
    "education": "大学本科", "post": "数学教师",
}  # fmt: skip
CODE = "12370800MB2000001"


class Town:
    """City and county bureau, a department, two employers with their clerks, a third without."""

    def __init__(self, session: Session) -> None:
        self.city = _place(session, "样例市人社局", Capacity.CITY_BUREAU, None)
        self.county = _place(session, "样例县人社局", Capacity.COUNTY_BUREAU, self.city)
        self.guild = _place(session, "样例县教育局", Capacity.DEPARTMENT, self.county)
        self.school = _place(session, "样例县第一中学", Capacity.EMPLOYER, self.guild)
        self.forge = _place(session, "样例铁铺", Capacity.EMPLOYER, self.county)
        self.empty = _place(session, "样例县第二中学", Capacity.EMPLOYER, self.guild)
        self.city_clerk = clerk(session, "轩辕辛夷", self.city)
        self.county_clerk = clerk(session, "端木菖蒲", self.county)
        self.guild_clerk = clerk(session, "夏侯泽兰", self.guild)
        self.school_clerk = clerk(session, "皇甫青黛", self.school)
        self.second_clerk = clerk(session, "独孤紫菀", self.school)
        self.forge_clerk = clerk(session, "尉迟苍术", self.forge)


def clerk(session: Session, name: str, office: int) -> int:
    """Somebody whose staff rights for an office have begun."""
    person = make_person(session, name, organisation_id=office)
    session.add(Membership(person_id=person.id or 0, organisation_id=office, begins_at=clock.now()))
    session.flush()
    return person.id or 0


def actor_of(session: Session, person_id: int) -> Actor:
    """The person, signed in, a second factor given."""
    token = make_cookie(session, session.get_one(Person, person_id))
    hashed = sign_ins.token_hash(token)
    row = session.exec(select(SignIn).where(SignIn.token_hash == hashed)).one()
    row.factor_at = clock.now()
    session.add(row)
    session.flush()
    return sign_ins.find_actor(session, token)


def person_form(place: int, **typed: str) -> dict[str, str]:
    """What a professional types."""
    return {
        "identity_number": NUMBER, "name": "欧阳鸢尾", "mobile": MOBILE,
        "organisation_id": str(place), **PROFILE, **typed,
    }  # fmt: skip


def organisation_form(superior: int, papers: dict[str, str], **typed: str) -> dict[str, str]:
    """What an organisation's clerk types."""
    return {
        "name": "样例县(高新区)实验学校", "capacity_employer": "1",
        "credit_code": CODE + identity.credit_check_character(CODE), "address": "学苑路1号",
        "contact_name": "诸葛半夏", "contact_phone": "0537-1234567",
        "superior_id": str(superior), "clerk_name": "诸葛半夏", "identity_number": NUMBER,
        "mobile": MOBILE, **papers, **typed,
    }  # fmt: skip


def enrol(engine: Engine, form: dict[str, str]) -> Application:
    """Register a person, as the plain form does."""
    with Session(engine, expire_on_commit=False) as session, session.begin():
        receipt = enrolments.submit(
            session, ANONYMOUS, enrolment=enrolments.parse(form), password_hash="chosen"
        )
        return by_number(session, receipt.number)


def register(engine: Engine, form: dict[str, str]) -> Application:
    """Register an organisation, as the plain form does."""
    with Session(engine, expire_on_commit=False) as session, session.begin():
        registration = registrations.parse(session, ANONYMOUS, typed=form)
        receipt = registrations.submit(
            session, ANONYMOUS, registration=registration, password_hash="chosen"
        )
        return by_number(session, receipt.number)


def upload(engine: Engine, purpose: str, colour: str = "white") -> str:
    """Hand in a photograph; its ticket."""
    written = io.BytesIO()
    Image.new("RGB", (60, 40), colour).save(written, "JPEG")
    source = written.getvalue()
    with Session(engine) as session, session.begin():
        kept = evidence.keep(
            session, ANONYMOUS, purpose=purpose, name=f"C:\\照片\\{purpose}.jpg", source=source,
            made=evidence_files.accept(source),
        )  # fmt: skip
        return kept.ticket


def tickets(engine: Engine) -> dict[str, str]:
    """Both papers an organisation needs."""
    return {
        "licence": upload(engine, "licence"),
        "authorisation": upload(engine, "authorisation", "red"),
    }


def decide(
    engine: Engine, person: int, row: Application, verdict: str, note: str = "",
    **rest: Any,
) -> str:  # fmt: skip
    """Give a verdict as the clerk who has the application as it is now before him."""
    with transaction(write=True, on=engine) as session:
        actor = actor_of(session, person)
        version = rest.pop("version", 0) or session.get_one(Application, row.id).version
        return deciding.decide(
            session, actor, application_id=row.id or 0, verdict=verdict, note=note,
            version=version, **rest,
        )  # fmt: skip


def now_is(engine: Engine, row: Application) -> Application:
    """The application as it stands."""
    with Session(engine, expire_on_commit=False) as session:
        return session.get_one(Application, row.id)


def by_number(session: Session, number: str) -> Application:
    """The application with a receipt number."""
    return session.exec(select(Application).where(Application.number == number)).one()


def _place(session: Session, name: str, capacity: Capacity, above: int | None) -> int:
    return organisations.add_organisation(
        session, SYSTEM, name=name, capacities=frozenset({capacity}), parent_id=above
    )
