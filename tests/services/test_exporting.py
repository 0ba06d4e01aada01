"""Lists taken out: every row once, in pieces, and only of one's own subtree."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlmodel import select

from rxapp.adapters.database import transaction
from rxapp.errors import Invalid, NotPermitted, NotSignedIn
from rxapp.models.people import Disclosure
from rxapp.rules.permissions import Permission
from rxapp.services import collecting, exporting
from rxapp.services.actors import ANONYMOUS, Actor
from rxapp.services.exporting import START, Chunk
from tests import servers
from tests.gate.cast import CAST, Town, installed, settle

REASON = "年度核对学时"


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def town(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    url = ""
    if request.param == "postgres":
        template = request.getfixturevalue("postgres_template")
        server = request.getfixturevalue("postgres_url")
        url = servers.create_database(server, f"test_{uuid4().hex}", template)
    folder: Path = tmp_path_factory.mktemp("town")
    with installed(folder, RXAPP_DATABASE_URL=url):
        yield settle()


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "CHUNK", 2)


def clerk(town: Town, key: str) -> Actor:
    with transaction() as session:
        return collecting.find_clerk(session, town.people[key].id)


def whole(actor: Actor, *, full: bool = False) -> list[Chunk]:
    found, place = [], START
    while place is not None:
        with transaction() as session:
            chunk = exporting.list_people(session, actor, full=full, after=place)
        found.append(chunk)
        place = chunk.next
    return found


def test_every_person_of_the_subtree_is_there_once(town: Town) -> None:
    for key, places in (
        ("clerk", {"mill"}), ("department", {"guild", "school", "mill"}),
        ("county", {"county", "guild", "school", "mill", "forge"}),
    ):  # fmt: skip
        actor = clerk(town, key)
        chunks = whole(actor)
        ids = [id for chunk in chunks for id in chunk.ids]
        expected = {town.people[each].id for each, (_, home, _) in CAST.items() if home in places}
        assert (len(ids), set(ids)) == (len(expected), expected), key
        assert all(len(chunk.rows) <= 2 for chunk in chunks)
        with transaction() as session:
            said = exporting.describe(session, actor, kind="people")
            assert f"共{len(ids)}人" in said
            assert exporting.open_people(session, actor, full=False, reason="").count == len(ids)


def test_many_are_not_counted_before_a_list_is_made(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    actor = clerk(town, "county")
    with transaction() as session:
        whole_people, whole_units = (
            exporting.describe(session, actor, kind=kind) for kind in ("people", "organisations")
        )
        assert "共" in whole_people
        assert whole_units == "本单位及下级单位共5个单位。"
        monkeypatch.setattr(exporting, "MOST_COUNTED", 4)
        assert "超过4人" in exporting.describe(session, actor, kind="people")
        assert "超过4个单位" in exporting.describe(session, actor, kind="organisations")
        assert exporting.open_organisations(session, actor).count == 5


def test_numbers_are_masked_unless_the_list_is_full(town: Town) -> None:
    actor = clerk(town, "clerk")
    masked, full = repr(whole(actor)), repr(whole(actor, full=True))
    assert town.lena.number not in masked
    assert town.lena.mobile not in masked
    assert town.lena.number in full
    assert town.lena.mobile in full
    assert town.olga.number not in full


def test_a_full_list_takes_a_reason_and_the_right(town: Town) -> None:
    actor = clerk(town, "clerk")
    without = Actor(
        actor.permissions - {Permission.PEOPLE_REVEAL}, actor.person_id, offices=actor.offices
    )
    with transaction(write=True) as session:
        for reason in ("", "短", "长" * 101):
            with pytest.raises(Invalid):
                exporting.open_people(session, actor, full=True, reason=reason)
        for denied in (without, clerk(town, "teacher"), clerk(town, "lena")):
            with pytest.raises(NotPermitted):
                exporting.open_people(session, denied, full=True, reason=REASON)
            with pytest.raises(NotPermitted):
                exporting.list_people(session, denied, full=True, after=START)
        with pytest.raises(NotSignedIn):
            exporting.open_organisations(session, ANONYMOUS)
        assert exporting.open_people(session, actor, full=True, reason=REASON).count
        ids = [town.lena.id, town.fresh.id]
        exporting.note_people(session, actor, count=2, full=True, reason=REASON, ids=ids)
        told = session.exec(select(Disclosure)).all()
        assert {(row.person_id, row.reason) for row in told} == {(id, REASON) for id in ids}
