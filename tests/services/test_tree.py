"""The tree as its offices keep it: moved, merged, suspended, closed; nothing is forgotten."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from rxapp import clock
from rxapp.errors import Conflict, Invalid, NotFound, NotPermitted
from rxapp.models.audit import AuditEvent
from rxapp.models.organisations import Organisation, OrganisationChange, OrganisationStatus
from rxapp.models.people import Affiliation, Membership, Person
from rxapp.rules.applications import Kind, Status
from rxapp.rules.permissions import Capacity
from rxapp.services import (
    applications,
    organisation_pages,
    organisation_search,
    organisations,
    queues,
    sign_ins,
    tree,
)
from rxapp.services.actors import SYSTEM, Actor
from tests.factories import make_cookie, make_person

Use = Callable[..., object]


class Town:
    """A bureau with two departments, three employers, and one clerk at most of them."""

    def __init__(self, session: Session) -> None:
        self.bureau = self._add(session, "样例市人社局", Capacity.CITY_BUREAU, None)
        self.health = self._add(session, "样例市卫生健康委员会", Capacity.DEPARTMENT, self.bureau)
        self.school = self._add(session, "样例市教育局", Capacity.DEPARTMENT, self.bureau)
        self.clinic = self._add(session, "样例市（东区）医院", Capacity.EMPLOYER, self.health)
        self.ward = self._add(session, "样例市医院东院", Capacity.EMPLOYER, self.clinic)
        self.double = self._add(session, "样例市东区医院", Capacity.EMPLOYER, self.school)
        self.city = self._clerk(session, "轩辕辛夷", self.bureau)
        self.department = self._clerk(session, "夏侯泽兰", self.health)
        self.employer = self._clerk(session, "皇甫青黛", self.clinic)

    def _add(self, session: Session, name: str, capacity: Capacity, above: int | None) -> int:
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


pytestmark = pytest.mark.usefixtures("installation")


@pytest.fixture
def town(engine: Engine) -> Town:
    with Session(engine) as session, session.begin():
        return Town(session)


@pytest.fixture
def act(engine: Engine) -> Use:
    def run_as(person: int, use_case, **arguments):  # type: ignore[no-untyped-def]
        with Session(engine, expire_on_commit=False) as session, session.begin():
            actor = actor_of(session, person)
            return use_case(session, actor, **arguments)

    return run_as


def actor_of(session: Session, person_id: int) -> Actor:
    """The person, signed in with a second factor."""
    token = make_cookie(session, session.get_one(Person, person_id))
    sign_in = session.exec(
        select(sign_ins.SignIn).where(sign_ins.SignIn.token_hash == sign_ins.token_hash(token))
    ).one()
    sign_in.factor_at = clock.now()
    session.add(sign_in)
    session.flush()
    return sign_ins.find_actor(session, token)


def version(engine: Engine, organisation_id: int) -> int:
    with Session(engine) as session:
        return session.get_one(Organisation, organisation_id).version


def get(engine: Engine, organisation_id: int) -> Organisation:
    with Session(engine, expire_on_commit=False) as session:
        return session.get_one(Organisation, organisation_id)


def test_a_move_takes_the_whole_branch_along_and_is_remembered(
    engine: Engine, town: Town, act: Use
) -> None:
    act(
        town.city, tree.move, organisation_id=town.clinic, to_id=town.school, note="划转", version=1
    )
    clinic, ward = get(engine, town.clinic), get(engine, town.ward)
    assert clinic.path == f"/{town.bureau}/{town.school}/{town.clinic}/"
    assert ward.path == f"{clinic.path}{town.ward}/"
    assert (clinic.parent_id, ward.parent_id) == (town.school, town.clinic)
    with Session(engine) as session:
        change = session.exec(select(OrganisationChange)).one()
        assert (change.kind, change.by_id, change.note) == ("moved", town.city, "划转")
        assert change.before["parent"] == town.health
        told = session.exec(
            select(AuditEvent).where(AuditEvent.action == "organisation:moved")
        ).one()
        assert (told.actor_id, told.object_id, told.office_id) == (
            town.city, town.clinic, town.bureau,
        )  # fmt: skip


def test_a_branch_never_hangs_below_itself(engine: Engine, town: Town, act: Use) -> None:
    before = get(engine, town.health).path
    with pytest.raises(Invalid, match="下级单位"):
        act(
            town.city, tree.move, organisation_id=town.health, to_id=town.health, note="", version=1
        )
    with pytest.raises(Invalid, match="不是主管部门"):
        act(
            town.city, tree.move, organisation_id=town.health, to_id=town.double, note="", version=1
        )
    assert get(engine, town.health).path == before


def test_only_the_level_above_keeps_an_organisation(engine: Engine, town: Town, act: Use) -> None:
    given = {"organisation_id": town.clinic, "note": "核查", "version": 1}
    for person, refusal in (
        (town.employer, NotPermitted), (town.department, None),
    ):  # fmt: skip
        if refusal:
            with pytest.raises(refusal):
                act(person, tree.suspend, **given)
            assert get(engine, town.clinic).status is OrganisationStatus.ACTIVE
        else:
            act(person, tree.suspend, **given)
            assert get(engine, town.clinic).status is OrganisationStatus.SUSPENDED
    with pytest.raises(NotFound):
        act(town.department, tree.suspend, organisation_id=town.double, note="核查", version=1)
    with pytest.raises(NotPermitted):
        # His own department: the level above has that right.
        act(town.department, tree.suspend, organisation_id=town.health, note="核查", version=1)


def test_of_two_clerks_the_second_is_told(engine: Engine, town: Town, act: Use) -> None:
    given = {"organisation_id": town.clinic, "note": "核查", "version": 1}
    act(town.department, tree.suspend, **given)
    with pytest.raises(Conflict, match="已被其他人修改"):
        act(town.city, tree.suspend, **given)


def test_what_waits_at_a_suspended_office_goes_upwards(
    engine: Engine, town: Town, act: Use
) -> None:
    with Session(engine) as session, session.begin():
        row = applications.submit(
            session, SYSTEM, kind=Kind.PERSON, office_id=town.clinic, title="样例人员", data={}
        )
        waiting = row.id
        assert queues.count(session, [town.clinic], queues.APPLICATIONS) == 1
    act(town.department, tree.suspend, organisation_id=town.clinic, note="核查", version=1)
    with Session(engine) as session:
        again = session.get_one(applications.Application, waiting)
        assert (again.office_id, again.status) == (town.health, Status.SUBMITTED)
        assert queues.count(session, [town.clinic], queues.APPLICATIONS) == 0
        assert queues.count(session, [town.health], queues.APPLICATIONS) == 1


def test_a_merger_brings_people_branches_clerks_and_code_along(
    engine: Engine, town: Town, act: Use
) -> None:
    with Session(engine) as session, session.begin():
        moved = make_person(session, "独孤紫菀", organisation_id=town.clinic).id or 0
        session.get_one(Organisation, town.clinic).credit_code = "12370890DEM00001X1"
    act(
        town.city, tree.merge, organisation_id=town.clinic, into_id=town.double, note="重复登记",
        version=1,
    )  # fmt: skip
    merged, kept = get(engine, town.clinic), get(engine, town.double)
    assert (merged.status, merged.merged_into_id) == (OrganisationStatus.MERGED, town.double)
    assert (merged.credit_code, kept.credit_code) == (None, "12370890DEM00001X1")
    assert get(engine, town.ward).path == f"{kept.path}{town.ward}/"
    with Session(engine) as session:
        assert session.get_one(Person, moved).organisation_id == town.double
        spell = session.exec(select(Affiliation).where(Affiliation.person_id == moved)).all()
        assert [(each.organisation_id, each.how) for each in spell] == [(town.double, "merged")]
        clerk = session.exec(select(Membership).where(Membership.person_id == town.employer)).one()
        assert (clerk.organisation_id, clerk.ended_at) == (town.double, None)


def test_nobody_is_left_behind_by_closing(engine: Engine, town: Town, act: Use) -> None:
    with pytest.raises(Conflict, match="1名人员、1个下级单位"):
        act(town.department, tree.close, organisation_id=town.clinic, note="撤销", version=1)
    act(town.department, tree.close, organisation_id=town.ward, note="撤销", version=1)
    assert get(engine, town.ward).status is OrganisationStatus.CLOSED


def test_a_code_and_a_name_are_given_once(engine: Engine, town: Town, act: Use) -> None:
    with pytest.raises(Invalid, match="同名"):
        act(
            town.department, tree.edit, organisation_id=town.clinic, version=1,
            typed={"name": "样例市东区医院"},
        )  # fmt: skip
    # Brackets of either width are the same name.
    act(
        town.department, tree.edit, organisation_id=town.clinic, version=1,
        typed={"name": "样例市(西区)医院", "contact_phone": "0537-1234567"},
    )  # fmt: skip
    row = get(engine, town.clinic)
    assert (row.name, row.initials) == ("样例市（西区）医院", "ylsxqyy")
    assert "1234567" not in row.contact_cipher


def test_an_office_lists_its_own_branch_in_the_order_of_the_tree(town: Town, act: Use) -> None:
    page = act(town.department, organisation_pages.list_organisations)
    assert [row.id for row in page.rows] == [town.health, town.clinic, town.ward]  # type: ignore[attr-defined]
    everything = act(town.city, organisation_pages.list_organisations)
    assert len(everything.rows) == 6  # type: ignore[attr-defined]
    with pytest.raises(NotFound):
        act(town.department, lambda s, a: organisation_pages.get_organisation(s, a, town.double))


@pytest.mark.parametrize("typed", ["东区医院", "ylsdqyy", "YLSDQYY", "样例市 东区医院"])
def test_an_organisation_is_found_by_name_and_initials(
    engine: Engine, town: Town, typed: str
) -> None:
    with Session(engine) as session:
        found = organisation_search.find_choices(
            session, SYSTEM, query=typed, wanted=organisation_search.EMPLOYERS
        )
        assert town.double in [each.id for each in found]
        departments = organisation_search.find_choices(
            session, SYSTEM, query="样例市", wanted=organisation_search.SUPERIORS
        )
        assert {each.id for each in departments} == {town.bureau, town.health, town.school}
        with pytest.raises(Invalid):
            organisation_search.find_choices(
                session, SYSTEM, query="医", wanted=organisation_search.EMPLOYERS
            )
