"""个人注册: applied for without an account, approved by the employer, told to nobody else."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from rxapp.errors import Conflict, Invalid, NotFound
from rxapp.models.applications import Application
from rxapp.models.messages import Message
from rxapp.models.organisations import Organisation, OrganisationStatus
from rxapp.models.people import Affiliation, Person
from rxapp.rules.applications import Status, Step
from rxapp.services import accounts, applications, deciding, enrolments, receipts
from rxapp.services.actors import ANONYMOUS
from tests.services.applying import (
    MOBILE,
    NUMBER,
    OTHER_MOBILE,
    OTHER_NUMBER,
    PROFILE,
    Town,
    actor_of,
    decide,
    enrol,
    now_is,
    person_form,
)

pytestmark = pytest.mark.usefixtures("installation")


@pytest.fixture
def town(engine: Engine) -> Town:
    with Session(engine) as session, session.begin():
        return Town(session)


def people(engine: Engine) -> list[Person]:
    with Session(engine, expire_on_commit=False) as session:
        return list(session.exec(select(Person).where(Person.name == "欧阳鸢尾")))


def lines(engine: Engine, person: int, row: Application) -> dict[str, tuple[str, str]]:
    with Session(engine) as session, session.begin():
        shown = deciding.get_application(session, actor_of(session, person), row.id or 0)
        return {line.label: (line.text, line.note) for line in shown.lines}


def test_an_approved_person_can_sign_in_and_belongs_to_the_employer(
    engine: Engine, town: Town
) -> None:
    row = enrol(engine, person_form(town.school))
    assert (row.office_id, row.status, row.step) == (town.school, Status.SUBMITTED, Step.EMPLOYER)
    assert people(engine) == []

    decide(engine, town.school_clerk, row, "approve")
    (person,) = people(engine)
    assert (person.organisation_id, person.password_hash) == (town.school, "chosen")
    assert person.activated_at is not None
    assert (person.field, person.post) == (PROFILE["field"], PROFILE["post"])
    assert (person.identity_mask, person.mobile_mask) == ("3708*************3", "138****0001")
    assert (person.pinyin, person.initials) == ("ouyangyuanwei", "oyyw")
    with Session(engine) as session:
        belongs = session.exec(select(Affiliation)).one()
        assert (belongs.person_id, belongs.how) == (person.id, "registered")
        told = session.exec(select(Message)).one()
        assert (told.person_id, told.title) == (person.id, "注册已通过")
        found = accounts.find_candidate(session, ANONYMOUS, identity_number=NUMBER)
        assert (found.person_id, found.password_hash) == (person.id, "chosen")
    done = now_is(engine, row)
    assert (done.status, done.person_id) == (Status.APPROVED, person.id)
    # The password is now the person's alone.
    assert "password_hash" not in applications.read(done)


def test_nothing_typed_lies_open_in_the_database(engine: Engine, town: Town) -> None:
    row = enrol(engine, person_form(town.school))
    assert NUMBER not in repr(row)
    assert MOBILE not in repr(row)
    assert applications.read(row)["identity_number"] == NUMBER


@pytest.mark.parametrize(
    ("typed", "field", "said"),
    [
        ({"identity_number": "37080219850307921"}, "identity_number", "17位"),
        ({"identity_number": "370802198503079210"}, "identity_number", "最后一位"),
        ({"identity_number": "370802209503079219"}, "identity_number", "晚于今天"),
        ({"name": "a1"}, "name", "数字或符号"),
        ({"mobile": "1380537"}, "mobile", "11位"),
        ({"organisation_id": ""}, "organisation_id", "查找并选择"),
        ({"organisation_id": "９"}, "organisation_id", "查找并选择"),
        ({"title_level": "院士"}, "title_level", "请选择"),
    ],
)
def test_each_fault_has_its_sentence(
    town: Town, typed: dict[str, str], field: str, said: str
) -> None:
    with pytest.raises(Invalid) as refused:
        enrolments.parse(person_form(town.school, **typed))
    assert set(refused.value.fields) == {field}
    assert said in refused.value.fields[field]


@pytest.mark.parametrize(
    "typed", ["370802850307921", "３７０８０２１９８５０３０７９２１３", "370802 19850307 9213"]
)
def test_other_ways_of_writing_a_number_are_understood(town: Town, typed: str) -> None:
    assert enrolments.parse(person_form(town.school, identity_number=typed)) == enrolments.parse(
        person_form(town.school)
    )


def test_a_known_number_gets_a_receipt_like_any_other_and_is_told_to_the_office_only(
    engine: Engine, town: Town
) -> None:
    decide(engine, town.school_clerk, enrol(engine, person_form(town.school)), "approve")
    again = enrol(engine, person_form(town.school))
    new = enrol(engine, person_form(town.school, identity_number=OTHER_NUMBER))
    with Session(engine) as session:
        views = [
            receipts.get_receipt(session, ANONYMOUS, number=row.number) for row in (again, new)
        ]
    assert views[0].turn == views[1].turn == "由样例县第一中学办理"
    assert [view.number for view in views] == [again.number, new.number]
    assert len({(v.kind, v.status, v.reason, len(v.steps)) for v in views}) == 1

    assert lines(engine, town.school_clerk, again)["身份证号码"][1] == enrolments.KNOWN
    assert lines(engine, town.school_clerk, new)["身份证号码"][1] == ""
    with pytest.raises(Conflict, match="不能重复注册"):
        decide(engine, town.school_clerk, again, "approve")
    assert len(people(engine)) == 1
    assert now_is(engine, again).status is Status.SUBMITTED
    decide(engine, town.school_clerk, again, "reject", "已登记，请直接登录")
    assert now_is(engine, again).status is Status.REJECTED


def test_one_number_on_two_desks_is_told_to_both(engine: Engine, town: Town) -> None:
    first = enrol(engine, person_form(town.school))
    assert lines(engine, town.school_clerk, first)["身份证号码"][1] == ""
    second = enrol(engine, person_form(town.forge))
    assert "正在办理" in lines(engine, town.school_clerk, first)["身份证号码"][1]
    assert "正在办理" in lines(engine, town.forge_clerk, second)["身份证号码"][1]
    decide(engine, town.school_clerk, first, "approve")
    assert lines(engine, town.forge_clerk, second)["身份证号码"][1] == enrolments.KNOWN
    # Whoever was approved is no longer warned about himself.
    assert lines(engine, town.school_clerk, first)["身份证号码"][1] == ""


def test_one_mobile_of_two_people_is_told_to_the_office_only(engine: Engine, town: Town) -> None:
    decide(engine, town.school_clerk, enrol(engine, person_form(town.school)), "approve")
    row = enrol(engine, person_form(town.school, identity_number=OTHER_NUMBER, name="司徒木槿"))
    assert "已有其他人员登记" in lines(engine, town.school_clerk, row)["手机号码"][1]
    decide(engine, town.school_clerk, row, "approve")
    own = enrol(
        engine, person_form(town.school, identity_number="370802850307921", mobile=OTHER_MOBILE)
    )
    assert lines(engine, town.school_clerk, own)["手机号码"][1] == ""


def test_without_an_employer_the_county_bureau_decides(engine: Engine, town: Town) -> None:
    row = enrol(engine, person_form(town.county))
    assert row.office_id == town.county
    decide(engine, town.county_clerk, row, "approve")
    assert people(engine)[0].organisation_id == town.county


def test_an_employer_without_a_clerk_is_stood_in_for(engine: Engine, town: Town) -> None:
    row = enrol(engine, person_form(town.empty))
    assert row.office_id == town.guild
    decide(engine, town.guild_clerk, row, "approve")
    assert people(engine)[0].organisation_id == town.empty


@pytest.mark.parametrize("status", [OrganisationStatus.SUSPENDED, OrganisationStatus.CLOSED])
def test_nobody_registers_with_an_employer_that_takes_no_part(
    engine: Engine, town: Town, status: OrganisationStatus
) -> None:
    with Session(engine) as session, session.begin():
        session.get_one(Organisation, town.school).status = status
    with pytest.raises(Invalid, match="样例县第一中学目前不能办理注册"):
        enrol(engine, person_form(town.school))
    with pytest.raises(Invalid, match="没有找到所选的单位"):
        enrol(engine, person_form(town.guild))
    assert enrol(engine, person_form(town.forge)).office_id == town.forge


def test_passed_on_it_lies_before_the_right_employer(engine: Engine, town: Town) -> None:
    row = enrol(engine, person_form(town.school))
    decide(engine, town.school_clerk, row, "pass_on", "在铁铺工作", pass_to=town.forge)
    moved = now_is(engine, row)
    assert (moved.office_id, moved.organisation_id) == (town.forge, town.forge)
    with pytest.raises(NotFound):
        decide(engine, town.school_clerk, row, "approve")
    decide(engine, town.forge_clerk, row, "approve")
    assert people(engine)[0].organisation_id == town.forge


def test_returned_it_is_corrected_and_sent_again_by_whoever_knows_the_mobile(
    engine: Engine, town: Town
) -> None:
    row = enrol(engine, person_form(town.school))
    decide(engine, town.school_clerk, row, "return", "请核对  岗位")
    with Session(engine) as session:
        view = receipts.get_receipt(session, ANONYMOUS, number=row.number)
        assert (view.turn, view.reason) == ("请您修改后重新提交", "请核对 岗位")
        with pytest.raises(Invalid, match="不一致"):
            receipts.open_again(session, ANONYMOUS, number=row.number, mobile=OTHER_MOBILE)
        typed = receipts.open_again(session, ANONYMOUS, number=row.number, mobile=MOBILE)
    assert typed["profile"] == PROFILE
    assert typed["name"] == "欧阳鸢尾"
    assert not {"identity_number", "password_hash"} & typed.keys()

    def send(mobile: str) -> None:
        form = person_form(town.forge, post="班主任")
        with Session(engine) as session, session.begin():
            enrolments.submit_again(
                session, ANONYMOUS, number=row.number, mobile=mobile,
                enrolment=enrolments.parse(form), password_hash="newer",
            )  # fmt: skip

    _refused(lambda: send(OTHER_MOBILE), Invalid)
    assert now_is(engine, row).status is Status.RETURNED
    send(MOBILE)
    assert now_is(engine, row).office_id == town.forge
    _refused(lambda: send(MOBILE), Conflict)
    decide(engine, town.forge_clerk, row, "approve")
    (person,) = people(engine)
    assert (person.post, person.password_hash) == ("班主任", "newer")


def test_withdrawn_it_waits_no_longer(engine: Engine, town: Town) -> None:
    row = enrol(engine, person_form(town.school))
    with Session(engine) as session, session.begin():
        with pytest.raises(Invalid, match="不一致"):
            receipts.withdraw(session, ANONYMOUS, number=row.number, mobile=OTHER_MOBILE)
        view = receipts.withdraw(session, ANONYMOUS, number=row.number, mobile=MOBILE)
        assert (view.status, view.open) == ("已撤回", False)
    with pytest.raises(Conflict):
        decide(engine, town.school_clerk, row, "approve")
    assert people(engine) == []


def test_an_unknown_receipt_number_leads_nowhere(engine: Engine, town: Town) -> None:
    row = enrol(engine, person_form(town.school))
    with Session(engine) as session:
        assert receipts.get_receipt(session, ANONYMOUS, number=row.number.lower()).open
        with pytest.raises(Invalid):
            receipts.get_receipt(session, ANONYMOUS, number=row.number[:-1])
        with pytest.raises((Invalid, NotFound)):
            receipts.get_receipt(session, ANONYMOUS, number="0000-0000-0000-0")


def _refused(call: Callable[[], None], error: type[Exception]) -> None:
    with pytest.raises(error):
        call()
