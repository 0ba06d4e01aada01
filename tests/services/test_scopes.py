"""What an office sees: its own subtree, with the rights that very office gives."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from sqlmodel import select

from rxapp.adapters.database import transaction
from rxapp.errors import NotFound, NotPermitted
from rxapp.models.organisations import Organisation
from rxapp.rules.permissions import Capacity, Permission, permissions_of
from rxapp.services import people, scopes
from rxapp.services.actors import ANONYMOUS, Actor, Office
from tests import servers
from tests.factories import make_organisation
from tests.gate.cast import PLACES, Town, installed, settle

READ, ISSUE = Permission.PEOPLE_READ, Permission.CODE_ISSUE
NOWHERE = frozenset[str]()


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def town(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    """Everybody, once on each kind of database; nothing here is changed that another test reads."""
    url = ""
    if request.param == "postgres":
        template = request.getfixturevalue("postgres_template")
        server = request.getfixturevalue("postgres_url")
        url = servers.create_database(server, f"test_{uuid4().hex}", template)
    with installed(tmp_path_factory.mktemp("town"), RXAPP_DATABASE_URL=url):
        yield settle()


def _working_for(town: Town, *places: str) -> Actor:
    """Somebody with the rights of several offices at once."""
    with transaction() as session:
        rows = [session.get_one(Organisation, town.places[place]) for place in places]
        offices = tuple(Office(row.id or 0, row.path, row.name, row.capacities) for row in rows)
    held = frozenset(word for office in offices for word in office.capacities)
    return Actor(permissions_of(held, activated=True), person_id=1, offices=offices)


def _seen(actor: Actor, permission: Permission) -> frozenset[str]:
    with transaction() as session:
        return frozenset(
            session.exec(select(Organisation.name).where(scopes.within(actor, permission)))
        )


def test_an_office_sees_itself_and_what_lies_below(town: Town) -> None:
    names = {key: name for key, (name, *_) in PLACES.items()}
    below = {
        "city": {"city", "county", "guild", "school", "mill", "forge"},
        "county": {"county", "guild", "school", "mill", "forge"},
        "guild": {"guild", "school", "mill"},
        "mill": {"mill"},
    }
    for place, seen in below.items():
        assert _seen(_working_for(town, place), READ) == {names[each] for each in seen}


def test_an_office_gives_only_its_own_rights(town: Town) -> None:
    names = {key: name for key, (name, *_) in PLACES.items()}
    both = _working_for(town, "school", "forge")
    assert both.may(ISSUE)
    assert _seen(both, Permission.STAFF) == {names["school"], names["mill"], names["forge"]}
    assert _seen(both, ISSUE) == _seen(both, READ) == {names["forge"]}
    assert _seen(_working_for(town, "school"), ISSUE) == NOWHERE


def test_nobody_sees_nothing(town: Town) -> None:
    assert _seen(ANONYMOUS, READ) == NOWHERE
    assert _seen(_working_for(town), READ) == NOWHERE


def test_a_longer_number_is_not_below_a_shorter_one(town: Town) -> None:
    with transaction(write=True) as session:
        paths = ("/7/4/", "/7/4/9/", "/7/40/", "/7/3/", "/7/5/", "/7/4", "/7/4/10/2/")
        for number, path in enumerate(paths):
            make_organisation(session, f"边界{number}").path = path
    office = Office(1, "/7/4/", "x", frozenset({Capacity.EMPLOYER}))
    actor = Actor(permissions_of(office.capacities, activated=True), person_id=1, offices=(office,))
    with transaction() as session:
        seen = session.exec(select(Organisation.path).where(scopes.within(actor, READ))).all()
    assert set(seen) == {"/7/4/", "/7/4/9/", "/7/4/10/2/"}
    assert not scopes.is_above(actor, ISSUE, "/7/4/")
    assert scopes.is_above(actor, ISSUE, "/7/4/9/")
    assert not scopes.is_above(actor, ISSUE, "/7/40/")
    assert not scopes.is_above(actor, ISSUE, "/7/")


def test_above_means_by_an_office_with_that_right(town: Town) -> None:
    with transaction() as session:
        mill = session.get_one(Organisation, town.places["mill"]).path
    assert scopes.is_above(_working_for(town, "county"), ISSUE, mill)
    assert not scopes.is_above(_working_for(town, "school", "forge"), ISSUE, mill)
    assert scopes.is_above(_working_for(town, "school", "forge"), Permission.STAFF, mill)


def test_a_person_elsewhere_is_nobody(town: Town) -> None:
    actor = _working_for(town, "mill")
    with transaction() as session:
        assert scopes.get_person(session, actor, READ, town.fresh.id).name == town.fresh.name
        told = set()
        for id in (town.olga.id, 999_999, -1, 0):
            with pytest.raises(NotFound) as raised:
                scopes.get_person(session, actor, READ, id)
            told.add(raised.value.message)
    assert len(told) == 1


def test_the_list_of_people_keeps_to_the_subtree(town: Town) -> None:
    with transaction() as session:
        rows = people.list_people(session, _working_for(town, "mill")).rows
        everybody = people.list_people(session, _working_for(town, "city")).rows
        found = people.list_people(session, _working_for(town, "mill"), query=town.olga.name).rows
        with pytest.raises(NotPermitted):
            people.list_people(session, Actor(permissions_of(frozenset(), activated=True), 1))
    assert {row.organisation for row in rows} == {"样例磨坊"}
    assert found == []
    assert len(everybody) == len(town.people) > len(rows) > 3
    said = repr(everybody)
    for person in town.people.values():
        assert person.number not in said
        assert not person.mobile or person.mobile not in said


def test_a_search_is_taken_literally(town: Town) -> None:
    with transaction() as session:
        for typed in ("%", "_", "%%", "\\", "'; --"):
            assert people.list_people(session, _working_for(town, "city"), query=typed).rows == []
