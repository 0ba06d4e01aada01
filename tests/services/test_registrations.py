"""单位注册: with its papers and its clerk before the level above, in the tree once approved."""

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from rxapp import clock
from rxapp.adapters import database, file_store
from rxapp.errors import AppError, Conflict, Invalid, NotFound
from rxapp.models.applications import Application, Evidence
from rxapp.models.audit import AuditEvent
from rxapp.models.organisations import Organisation, OrganisationChange, OrganisationStatus
from rxapp.models.people import Membership, Person
from rxapp.rules import identity
from rxapp.rules.applications import Kind, Status
from rxapp.rules.permissions import Capacity
from rxapp.services import deciding, evidence, organisation_search, receipts, registrations
from rxapp.services.actors import ANONYMOUS, SYSTEM
from tests.services.applying import (
    CODE,
    MOBILE,
    NUMBER,
    OTHER_MOBILE,
    Town,
    actor_of,
    decide,
    enrol,
    now_is,
    organisation_form,
    person_form,
    register,
    tickets,
    upload,
)

pytestmark = pytest.mark.usefixtures("installation")
NAME = "样例县（高新区）实验学校"
FULL_CODE = CODE + identity.credit_check_character(CODE)


@pytest.fixture
def town(engine: Engine) -> Town:
    with Session(engine) as session, session.begin():
        return Town(session)


def organisation(engine: Engine) -> Organisation:
    with Session(engine, expire_on_commit=False) as session:
        return session.exec(select(Organisation).where(Organisation.name == NAME)).one()


def memberships(engine: Engine, organisation_id: int | None) -> list[tuple[Person, Membership]]:
    with Session(engine, expire_on_commit=False) as session:
        return list(
            session.exec(
                select(Person, Membership)
                .join(Membership, Membership.person_id == Person.id)  # type: ignore[arg-type]
                .where(Membership.organisation_id == organisation_id)
            )
        )


def lines(engine: Engine, person: int, row: Application) -> dict[str, tuple[str, str]]:
    with Session(engine) as session, session.begin():
        shown = deciding.get_application(session, actor_of(session, person), row.id or 0)
        return {line.label: (line.text, line.note) for line in shown.lines}


def test_an_approved_organisation_stands_in_the_tree_with_its_clerk(
    engine: Engine, town: Town
) -> None:
    row = register(engine, organisation_form(town.guild, tickets(engine)))
    assert (row.kind, row.office_id, row.title) == (Kind.ORGANISATION, town.guild, NAME)
    with Session(engine) as session:
        assert session.exec(select(Organisation).where(Organisation.name == NAME)).first() is None

    decide(engine, town.guild_clerk, row, "approve")
    made = organisation(engine)
    assert (made.parent_id, made.credit_code) == (town.guild, FULL_CODE)
    assert made.path == f"/{town.city}/{town.county}/{town.guild}/{made.id}/"
    assert made.capacities == frozenset({Capacity.EMPLOYER})
    assert (made.address, made.contact_name) == ("学苑路1号", "诸葛半夏")
    assert "1234567" not in made.contact_cipher + made.contact_mask
    ((person, membership),) = memberships(engine, made.id)
    assert (person.name, person.organisation_id, person.password_hash) == (
        "诸葛半夏", made.id, "chosen",
    )  # fmt: skip
    assert membership.begins_at is not None
    assert now_is(engine, row).organisation_id == made.id
    with Session(engine) as session:
        change = session.exec(
            select(OrganisationChange).where(OrganisationChange.organisation_id == made.id)
        ).one()
        assert (change.kind, change.by_id) == ("registered", town.guild_clerk)


def test_its_new_clerk_enrols_people_at_once(engine: Engine, town: Town) -> None:
    decide(
        engine, town.guild_clerk,
        register(engine, organisation_form(town.guild, tickets(engine))), "approve",
    )  # fmt: skip
    made = organisation(engine)
    ((clerk, _),) = memberships(engine, made.id)
    form = person_form(made.id or 0, identity_number="370802199001012005", mobile=OTHER_MOBILE)
    row = enrol(engine, form)
    assert row.office_id == made.id
    decide(engine, clerk.id or 0, row, "approve")
    assert now_is(engine, row).status is Status.APPROVED


def test_a_known_clerk_keeps_account_and_password_and_waits_for_a_code(
    engine: Engine, town: Town
) -> None:
    decide(engine, town.school_clerk, enrol(engine, person_form(town.school)), "approve")
    with Session(engine) as session, session.begin():
        person = session.exec(select(Person).where(Person.name == "欧阳鸢尾")).one()
        person.password_hash = "kept"
    row = register(engine, organisation_form(town.guild, tickets(engine)))
    assert "沿用原账号" in lines(engine, town.guild_clerk, row)["管理员身份证号码"][1]
    decide(engine, town.guild_clerk, row, "approve")
    ((person, membership),) = memberships(engine, organisation(engine).id)
    assert (person.name, person.password_hash, person.organisation_id) == (
        "欧阳鸢尾", "kept", town.school,
    )  # fmt: skip
    assert (membership.begins_at, membership.named_by) == (None, town.guild_clerk)


def test_the_office_sees_the_papers_and_nobody_else_does(engine: Engine, town: Town) -> None:
    row = register(engine, organisation_form(town.guild, tickets(engine)))
    with Session(engine) as session, session.begin():
        guild = actor_of(session, town.guild_clerk)
        shown = deciding.list_evidence(session, guild, row.id or 0)
        assert [(e.label, e.name, e.used_before) for e in shown] == [
            ("单位证照", "licence.jpg", False), ("管理员授权书", "authorisation.jpg", False),
        ]  # fmt: skip
        wanted = shown[0].id
        for allowed in (guild, actor_of(session, town.county_clerk)):
            for part in ("preview", "file"):
                stored = evidence.get_file(session, allowed, evidence_id=wanted, part=part)
                assert file_store.find(stored.file, root=evidence.folder()).is_file()
        for stranger in (actor_of(session, town.forge_clerk), ANONYMOUS):
            with pytest.raises(NotFound):
                evidence.get_file(session, stranger, evidence_id=wanted, part="preview")
        with pytest.raises(NotFound):
            evidence.get_file(session, guild, evidence_id=wanted, part="../file")
        told = session.exec(select(AuditEvent).where(AuditEvent.action == "evidence:shown")).all()
        # Of the whole file only, each time.
        assert [event.object_id for event in told] == [wanted, wanted]


def test_the_same_paper_handed_in_twice_is_told(engine: Engine, town: Town) -> None:
    first = register(engine, organisation_form(town.guild, tickets(engine)))
    papers = tickets(engine) | {"licence": upload(engine, "licence", "blue")}
    second = register(engine, organisation_form(town.guild, papers, name="样例县另一学校"))
    with Session(engine) as session, session.begin():
        guild = actor_of(session, town.guild_clerk)
        used = [
            {
                e.purpose
                for e in deciding.list_evidence(session, guild, row.id or 0)
                if e.used_before
            }
            for row in (first, second)
        ]
    assert used == [{"authorisation"}, {"authorisation"}]


@pytest.mark.parametrize(
    ("spoil", "field", "said"),
    [
        ({"licence": ""}, "licence", "请上传单位证照"),
        ({"authorisation": "1-ffffffff-x"}, "authorisation", "已过期"),
        ({"authorisation": "一二"}, "authorisation", "已过期"),
        ({"credit_code": "12370800MB20000019"}, "credit_code", "最后一位"),
        ({"credit_code": ""}, "credit_code", "请填写"),
        ({"capacity_employer": ""}, "capacity_employer", "至少选择一项"),
        ({"superior_id": ""}, "superior_id", "查找并选择"),
        ({"clerk_name": "1"}, "clerk_name", ""),
        ({"identity_number": "370802198503079210"}, "identity_number", "最后一位"),
        ({"name": "校"}, "name", "2至100"),
        ({"name": "样例县第一中学"}, "name", "已有同名"),
    ],
)
def test_each_fault_has_its_sentence(
    engine: Engine, town: Town, spoil: dict[str, str], field: str, said: str
) -> None:
    form = organisation_form(town.guild, tickets(engine))
    with Session(engine) as session:
        registrations.parse(session, ANONYMOUS, typed=form)
        with pytest.raises(Invalid) as refused:
            registrations.parse(session, ANONYMOUS, typed={**form, **spoil})
    assert set(refused.value.fields) == {field}
    assert said in refused.value.fields[field]


def test_nobody_registers_as_a_bureau(engine: Engine, town: Town) -> None:
    bureaus = {"capacity_city_bureau": "1", "capacity_county_bureau": "1"}
    form = organisation_form(town.guild, tickets(engine), capacity_base="1", **bureaus)
    with Session(engine) as session:
        found = registrations.parse(session, ANONYMOUS, typed=form)
        assert found.capacities == ("employer", "base")
        with pytest.raises(Invalid) as refused:
            registrations.parse(session, ANONYMOUS, typed=form | {
                "capacity_employer": "", "capacity_base": "",
            })  # fmt: skip
    assert set(refused.value.fields) == {"capacity_employer"}


def test_a_paper_is_taken_up_once(engine: Engine, town: Town) -> None:
    papers = tickets(engine)
    register(engine, organisation_form(town.guild, papers))
    with pytest.raises(Invalid, match="已过期"):
        register(engine, organisation_form(town.guild, papers, name="样例县另一学校"))
    swapped = {"licence": papers["authorisation"], "authorisation": papers["licence"]}
    with pytest.raises(Invalid):
        register(engine, organisation_form(town.guild, swapped, name="样例县又一学校"))


def test_a_code_or_name_that_came_meanwhile_is_refused_at_the_desk(
    engine: Engine, town: Town
) -> None:
    first = register(engine, organisation_form(town.guild, tickets(engine)))
    second = register(
        engine,
        organisation_form(
            town.guild, tickets(engine), identity_number="370802199001012005", name="样例县分校"
        ),
    )
    decide(engine, town.guild_clerk, first, "approve")
    assert "已由" in lines(engine, town.guild_clerk, second)["统一社会信用代码"][1]
    with pytest.raises(Conflict, match="已经登记"):
        decide(engine, town.guild_clerk, second, "approve")
    assert now_is(engine, second).status is Status.SUBMITTED
    assert len(memberships(engine, organisation(engine).id)) == 1


@pytest.mark.parametrize("status", [OrganisationStatus.SUSPENDED, OrganisationStatus.CLOSED])
def test_a_superior_that_takes_no_part_has_its_own_sentence(
    engine: Engine, town: Town, status: OrganisationStatus
) -> None:
    with Session(engine) as session, session.begin():
        session.get_one(Organisation, town.guild).status = status
    with pytest.raises(Invalid, match="样例县教育局已暂停或注销"):
        register(engine, organisation_form(town.guild, tickets(engine)))
    with pytest.raises(Invalid, match="没有找到所选的上级单位"):
        register(engine, organisation_form(town.forge, tickets(engine)))


def test_passed_on_it_goes_below_the_right_superior(engine: Engine, town: Town) -> None:
    row = register(engine, organisation_form(town.guild, tickets(engine)))
    with pytest.raises(Invalid, match="没有找到所选的上级单位"):
        decide(engine, town.guild_clerk, row, "pass_on", "属县局", pass_to=town.school)
    decide(engine, town.guild_clerk, row, "pass_on", "属县局", pass_to=town.county)
    assert now_is(engine, row).office_id == town.county
    decide(engine, town.county_clerk, row, "approve")
    assert organisation(engine).parent_id == town.county


def test_an_office_standing_in_puts_it_where_it_was_asked_for(engine: Engine, town: Town) -> None:
    with Session(engine) as session, session.begin():
        for held in session.exec(
            select(Membership).where(Membership.person_id == town.guild_clerk)
        ):
            held.ended_at = clock.now()
    row = register(engine, organisation_form(town.guild, tickets(engine)))
    assert row.office_id == town.county
    decide(engine, town.county_clerk, row, "approve")
    assert organisation(engine).parent_id == town.guild


def test_passed_up_it_stands_below_the_office_that_took_it(engine: Engine, town: Town) -> None:
    row = register(engine, organisation_form(town.guild, tickets(engine)))
    decide(engine, town.guild_clerk, row, "pass_on", "不属本局", pass_to=town.city)
    decide(engine, town.city_clerk, row, "approve")
    assert organisation(engine).parent_id == town.city


def test_returned_it_keeps_its_papers_and_takes_a_better_one(engine: Engine, town: Town) -> None:
    row = register(engine, organisation_form(town.guild, tickets(engine)))
    decide(engine, town.guild_clerk, row, "return", "证照不清晰")
    better = {"licence": upload(engine, "licence", "green")}
    form = organisation_form(town.county, better)

    def send(mobile: str) -> None:
        with Session(engine) as session, session.begin():
            found = registrations.parse(session, ANONYMOUS, typed=form, evidence_needed=False)
            registrations.submit_again(
                session, ANONYMOUS, number=row.number, mobile=mobile, registration=found,
                password_hash="newer",
            )  # fmt: skip

    with pytest.raises(Invalid, match="不一致"):
        send(OTHER_MOBILE)
    send(MOBILE)
    assert now_is(engine, row).office_id == town.county
    with Session(engine, expire_on_commit=False) as session, session.begin():
        shown = deciding.list_evidence(session, actor_of(session, town.county_clerk), row.id or 0)
        kept = session.exec(select(Evidence).where(Evidence.application_id == row.id)).all()
    assert {each.purpose for each in shown} == {"licence", "authorisation"}
    newest = max(each.id or 0 for each in kept if each.purpose == "licence")
    assert (len(kept), newest in {each.id for each in shown}) == (3, True)


def test_what_nobody_took_up_is_gone_after_a_day(
    engine: Engine, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "engine", lambda: engine)
    papers = tickets(engine)
    row = register(engine, organisation_form(town.guild, papers))
    upload(engine, "other", "blue")
    # The same picture as one that was taken up: its file must stay.
    upload(engine, "licence")

    def sweep() -> list[str]:
        with Session(engine) as session, session.begin():
            names = evidence.remove_unclaimed(session, SYSTEM)
        evidence.discard(names)
        return names

    assert sweep() == []
    later = clock.now() + evidence.UNCLAIMED * 2
    monkeypatch.setattr(clock, "now", lambda: later)
    gone = sweep()
    assert len(gone) == 2
    with Session(engine) as session:
        left = session.exec(select(Evidence)).all()
    assert {each.application_id for each in left} == {row.id}
    assert len(left) == 2
    for each in left:
        assert file_store.find(each.file, root=evidence.folder()).is_file()
    for name in gone:
        with pytest.raises(AppError):
            file_store.find(name, root=evidence.folder())


def test_a_superior_is_found_by_name_initials_and_code(engine: Engine, town: Town) -> None:
    def found(query: str, wanted: str = organisation_search.SUPERIORS) -> list[str]:
        with Session(engine) as session:
            rows = organisation_search.find_choices(session, ANONYMOUS, query=query, wanted=wanted)
            return [row.name for row in rows]

    assert found("教育局") == found("ylxjyj") == ["样例县教育局"]
    assert found("第一中学") == []
    assert found("第一 中学", organisation_search.EMPLOYERS) == ["样例县第一中学"]
    with Session(engine) as session, session.begin():
        session.get_one(Organisation, town.guild).status = OrganisationStatus.CLOSED
    assert found("教育局") == []
    with pytest.raises(Invalid):
        found("教")


def test_the_receipt_names_no_person(engine: Engine, town: Town) -> None:
    row = register(engine, organisation_form(town.guild, tickets(engine)))
    decide(engine, town.guild_clerk, row, "return", "请补充")
    with Session(engine) as session:
        view = receipts.get_receipt(session, ANONYMOUS, number=row.number)
    for secret in ("夏侯泽兰", "诸葛半夏", NUMBER, MOBILE, NAME):
        assert secret not in repr(view)
    assert "样例县教育局" in repr(view)
