"""信息更正: two offices agree, everything is keyed anew, nobody else's number is taken."""

import io

import pytest
from PIL import Image
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.adapters import evidence_files, file_store
from rxapp.adapters.database import transaction
from rxapp.adapters.encryption import data_keys
from rxapp.adapters.signing_keys import generate_keys
from rxapp.errors import Conflict, Invalid
from rxapp.models.applications import Application
from rxapp.models.certificates import Certificate, CertificateStatus
from rxapp.models.people import Person
from rxapp.rules.applications import Kind, Status, Step
from rxapp.rules.hours import Hours
from rxapp.rules.subjects import Subject
from rxapp.services import (
    certificates,
    corrections,
    credits,
    deciding,
    evidence,
    moving_files,
    people,
)
from rxapp.services.actors import ANONYMOUS, SYSTEM
from rxapp.settings import settings
from tests.servers import Bucket
from tests.services.test_people import Place, number

pytestmark = pytest.mark.usefixtures("installation")

YEAR_2020 = (
    (Subject.PUBLIC_REQUIRED, "20"), (Subject.PUBLIC_ELECTIVE, "10"), (Subject.PROFESSIONAL, "60"),
)  # fmt: skip


class Case(Place):
    """Somebody of the clinic whose name and number were collected wrongly."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.who = self.ids[0]
        with transaction(write=True, on=engine) as session:
            session.get_one(Person, self.who).activated_at = session.get_one(
                Person, self.town.city
            ).activated_at

    def ask(self, **typed: str) -> str:
        picture = io.BytesIO()
        Image.new("RGB", (40, 40), "white").save(picture, "PNG")
        source = picture.getvalue()
        with transaction(write=True, on=self.engine) as session:
            kept = evidence.keep(
                session, ANONYMOUS, purpose="identity", name="证.png", source=source,
                made=evidence_files.accept(source),
            )  # fmt: skip
        return self.act(self.who, corrections.ask, typed={"identity": kept.ticket} | typed)

    def row(self) -> Application:
        with Session(self.engine, expire_on_commit=False) as session:
            return session.exec(
                select(Application).where(Application.kind == Kind.CORRECTION)
            ).one()

    def decide(self, clerk: int, verdict: str = "approve", note: str = "") -> str:
        row = self.row()
        return self.act(
            clerk, deciding.decide, application_id=row.id, verdict=verdict, note=note,
            version=row.version,
        )  # fmt: skip


@pytest.fixture
def case(engine: Engine) -> Case:
    return Case(engine)


def test_name_and_number_are_put_right_everywhere(case: Case) -> None:
    case.ask(name="褚青岚", identity_number=number(77))
    case.decide(case.town.employer)
    # The employer's word alone changes nothing.
    assert (case.row().step, case.row().office_id) == (Step.BUREAU, case.town.bureau)
    assert case.found(case.town.city, query="褚青岚") == []
    case.decide(case.town.city)
    assert case.row().status is Status.APPROVED
    for typed in ("褚青岚", "cql", number(77)):
        assert case.found(case.town.city, query=typed) == [case.who]
    assert case.found(case.town.city, query=number(0)) == []
    with Session(case.engine) as session:
        row = session.get_one(Person, case.who)
        assert data_keys().decrypt(row.identity_cipher, context="identity") == number(77)
        assert people.find_by_number(session, number(77)).id == case.who


def test_somebody_elses_number_is_told_to_staff_alone(case: Case) -> None:
    case.ask(identity_number=number(5))
    assert "登记" not in repr(case.act(case.who, corrections.get_own))
    seen = case.act(case.town.employer, deciding.get_application, case.row().id)
    assert any("其他人员登记" in line.note for line in seen.lines)
    case.decide(case.town.employer)
    with pytest.raises(Conflict, match="其他人员登记"):
        case.decide(case.town.city)
    with Session(case.engine) as session:
        assert people.find_by_number(session, number(0)).id == case.who


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({}, "与现登记的不同"), ({"identity_number": "123"}, "18位"), ({"name": "1"}, "姓名"),
        ({"name": "褚一"}, "与现登记的不同"),
    ],
)  # fmt: skip
def test_nothing_to_put_right_is_refused(case: Case, typed: dict[str, str], said: str) -> None:
    with pytest.raises(Invalid) as refused:
        case.ask(**typed)
    assert said in str(refused.value.fields)


def test_a_proof_is_needed_and_one_request_at_a_time(case: Case) -> None:
    with pytest.raises(Invalid) as refused:
        case.act(case.who, corrections.ask, typed={"name": "褚青岚"})
    assert "identity" in refused.value.fields
    case.ask(name="褚青岚")
    with pytest.raises(Conflict, match="正在办理"):
        case.ask(name="褚青岚")
    assert case.act(case.who, corrections.withdraw_own).status == "已撤回"


def test_a_certificate_is_issued_anew_with_the_right_name(bucket: Bucket, case: Case) -> None:
    with transaction(write=True, on=case.engine) as session:
        for subject, hours in YEAR_2020:
            credits.grant(
                session, SYSTEM, person_id=case.who, year=2020, subject=subject,
                hours=Hours.of(hours), source_kind="course", source_key=f"course:{subject}",
                title="样例课程", rule="course", earned_on=clock.today(),
            )  # fmt: skip
    generate_keys(
        settings().keys_dir, common_name=settings().bureau_name, sample=True, now=clock.now()
    )
    draft = case.act(case.who, certificates.prepare, year=2020)
    assert isinstance(draft, certificates.Draft)
    case.act(case.who, certificates.issue, draft=draft, file=certificates.render(draft))
    case.ask(name="褚青岚")
    case.decide(case.town.employer)
    case.decide(case.town.city)
    with Session(case.engine) as session:
        found = session.exec(
            select(Certificate)
            .where(Certificate.person_id == case.who)
            .order_by(col(Certificate.version))
        ).all()
    assert [(row.status, row.facts["name"]) for row in found] == [
        (CertificateStatus.UPDATED, "褚一"), (CertificateStatus.VALID, "褚青岚"),
    ]  # fmt: skip
    # What the person has issued himself afterwards is that same one.
    again = case.act(case.who, certificates.prepare, year=2020)
    assert isinstance(again, certificates.CertificateView)
    assert again.number == found[1].number
    # Printed within the transaction, it lies here until it is brought to the store.
    kept = file_store.find(found[1].file)
    assert file_store.is_sound(found[1].file)
    assert moving_files.bring_soon() > 0
    assert moving_files.bring_soon() == 0
    assert not kept.exists()
    assert file_store.is_sound(found[1].file)
