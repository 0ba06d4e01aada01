"""The list of people: every page once, nobody from outside, whichever way the list is walked."""

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.errors import NotFound
from rxapp.models.organisations import Organisation
from rxapp.models.people import Person
from rxapp.rules.person_status import PersonStatus
from rxapp.services import people, people_search
from tests.services.test_people import Place

pytestmark = pytest.mark.usefixtures("installation")

LOOKS = (
    {}, {"query": "褚"}, {"query": "chu"}, {"query": "c"}, {"query": "cy"},
    {"query": "样例市（东区）医院"}, {"status": "retired"}, {"status": "active"},
    {"status": "activated"}, {"status": "waiting"}, {"title": "中级"}, {"title": "工程技术"},
    {"title": "正高级"}, {"status": "waiting", "title": "中级", "query": "褚"},
)  # fmt: skip
# The sizes between which the shorter way is looked for, and how many are tried for it.
WAYS = {
    "tree": (10**6, 10**6 + 1, 400), "index": (-1, 0, 400), "by size": (1, 100, 400),
    "by few": (1, 100, 5),
}  # fmt: skip


@pytest.fixture
def place(engine: Engine) -> Place:
    made = Place(engine)
    with Session(engine) as session, session.begin():
        for number, id in enumerate(made.ids):
            row = session.get_one(Person, id)
            row.title_series, row.title_level = "工程技术", ("中级", "助理级")[number % 2]
            if number % 5 == 0:
                row.status, row.status_on = PersonStatus.RETIRED, clock.today()
            if number % 7 == 0:
                row.activated_at = clock.now()
    return made


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    small, large, probed = WAYS[request.param]
    monkeypatch.setattr(people_search, "PROBED", probed)
    monkeypatch.setattr(people_search, "SMALL_OFFICES", small)
    monkeypatch.setattr(people_search, "LARGE_OFFICES", large)
    monkeypatch.setattr(people, "PAGE", 4)
    return request.param


def walked(place: Place, clerk: int, **sought) -> list[int]:  # type: ignore[no-untyped-def]
    seen: list[int] = []
    after = ""
    while True:
        page = place.act(clerk, people.list_people, **sought, after=after)
        assert len(page.rows) <= people.PAGE
        seen += [row.id for row in page.rows]
        after = page.next_after
        if not after:
            return seen


def expected(place: Place, office: int, sought: dict[str, str]) -> set[int]:
    """The same said plainly, over everybody of the office."""
    with Session(place.engine) as session:
        path = session.get_one(Organisation, office).path
        rows = session.exec(
            select(Person, Organisation)
            .join(Organisation, col(Organisation.id) == Person.organisation_id)
            .where(col(Organisation.path).startswith(path))
        ).all()
        return {row.id or 0 for row, unit in rows if _fits(row, unit, **sought)}


def _fits(
    row: Person, unit: Organisation, query: str = "", status: str = "", title: str = ""
) -> bool:
    named = any(word.startswith(query) for word in (row.name, row.pinyin, row.initials))
    there = {"activated": row.activated_at is not None, "waiting": row.activated_at is None}
    return (
        (named or (len(query) >= 4 and query in unit.name))
        and there.get(status, status in ("", row.status.value))
        and title in ("", row.title_series, row.title_level)
    )


@pytest.mark.parametrize("sought", LOOKS, ids=str)
def test_every_page_together_is_everybody_once(
    place: Place, way: str, sought: dict[str, str]
) -> None:
    for clerk, office in (
        (place.town.city, place.town.bureau), (place.town.department, place.town.health),
        (place.town.employer, place.town.clinic),
    ):  # fmt: skip
        seen = walked(place, clerk, **sought)
        assert len(seen) == len(set(seen))
        assert set(seen) == expected(place, office, sought)
    # Not all looks may find nobody, or nothing would be proved.
    found = expected(place, place.town.bureau, sought)
    assert bool(found) == (sought != {"title": "正高级"})


def test_one_organisations_people(place: Place, way: str) -> None:
    clinic = place.town.clinic
    seen = walked(place, place.town.city, organisation_id=clinic)
    assert set(seen) == {*place.ids, place.town.employer}
    assert place.far not in seen
    # Neither that of another office nor one that is not there.
    for elsewhere in (place.town.double, place.town.bureau, 987_654):
        with pytest.raises(NotFound):
            walked(place, place.town.employer, organisation_id=elsewhere)


@pytest.mark.parametrize(
    "after",
    ["x", "|", "9t||1", "0i||99999999", "0t|/1/|x", "-1i||3", "0i||-1", "²t||²", "0i|" * 50],
)
def test_rubbish_as_a_mark_is_harmless(place: Place, way: str, after: str) -> None:
    for sought in ({}, {"query": "chu"}):
        try:
            page = place.act(place.town.employer, people.list_people, after=after, **sought)
        except NotFound:
            continue
        shown = {row.id for row in page.rows}
        assert shown <= expected(place, place.town.clinic, sought)


def test_a_mark_of_another_office_shows_nobody_from_there(place: Place, way: str) -> None:
    """Pages are found within the scope of who asks, not of who was given the mark."""
    mark = place.act(place.town.city, people.list_people, query="chu").next_after
    assert mark
    page = place.act(place.town.department, people.list_people, query="chu", after=mark)
    shown = {row.id for row in page.rows}
    assert shown <= expected(place, place.town.health, {"query": "chu"})
