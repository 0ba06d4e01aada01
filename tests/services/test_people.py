"""Finding people, their states, and full numbers shown for a reason."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import Session, select

from rxapp import clock
from rxapp.adapters.database import transaction
from rxapp.adapters.encryption import data_keys
from rxapp.errors import Conflict, Invalid, NotFound, NotPermitted
from rxapp.models.audit import AuditEvent
from rxapp.models.people import Disclosure, Person, StatusSpell
from rxapp.models.years import YearPolicyRow
from rxapp.rules.audit_words import LABELS
from rxapp.rules.identity import identity_check_character
from rxapp.rules.person_status import PersonStatus, Spell, owes, status_on
from rxapp.services import (
    audit_log,
    city_values,
    disclosures,
    people,
    person_pages,
    person_states,
    policies,
    standings,
)
from rxapp.services.actors import SYSTEM
from rxapp.services.audit import Action
from rxapp.services.audit_log import Wanted
from rxapp.services.people import CollectedPerson
from tests.factories import make_policies
from tests.services.test_tree import Town, actor_of

pytestmark = pytest.mark.usefixtures("installation")


def number(place: int) -> str:
    first = f"37089119900101{place:03d}"
    return first + identity_check_character(first)


DIGITS = "一二三四五六七八九十"


class Place:
    """A town with forty people at the clinic and one elsewhere."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        with transaction(write=True, on=engine) as session:
            make_policies(session)
            self.town = Town(session)
            self.ids = [
                self._collect(
                    session, place, f"褚{'一二三四五六七八九十'[place % 10]}", self.town.clinic
                )
                for place in range(40)
            ]
            self.far = self._collect(session, 900, "独孤紫菀", self.town.double)

    def _collect(self, session: Session, place: int, name: str, where: int) -> int:
        return (
            people.collect_person(
                session, SYSTEM,
                person=CollectedPerson(number(place), name, f"15400{place:06d}", where),
            )
            or 0
        )  # fmt: skip

    def act(self, person: int, use_case, *args, **given):  # type: ignore[no-untyped-def]
        with transaction(write=True, on=self.engine) as session:
            return use_case(session, actor_of(session, person), *args, **given)

    def found(self, person: int, **given) -> list[int]:  # type: ignore[no-untyped-def]
        return [row.id for row in self.act(person, people.list_people, **given).rows]


@pytest.fixture
def place(engine: Engine) -> Place:
    return Place(engine)


def test_pages_follow_each_other_without_gap_or_repeat(place: Place) -> None:
    seen: list[int] = []
    after, pages = "", 0
    while True:
        page = place.act(place.town.city, people.list_people, after=after)
        seen += [row.id for row in page.rows]
        pages, after = pages + 1, page.next_after
        if not after:
            break
    with Session(place.engine) as session:
        everybody = set(session.exec(select(Person.id)))
    assert pages == 2
    assert len(seen) == len(set(seen)) == len(everybody)


@pytest.mark.parametrize("typed", ["独孤", "独孤紫菀", "dugu", "dgzw", "DGZW", number(900)])
def test_somebody_is_found_by_name_pinyin_and_number(place: Place, typed: str) -> None:
    assert place.found(place.town.city, query=typed) == [place.far]
    # The same words find nobody for an office he does not belong to.
    assert place.found(place.town.employer, query=typed) == []


def test_filters_narrow_the_list(place: Place) -> None:
    clerk = place.town.employer
    assert place.found(clerk, status="activated") == [clerk]
    assert clerk not in place.found(clerk, status="waiting")
    assert place.found(clerk, status="retired") == []
    assert place.found(place.town.city, query="样例市东区医院") == [place.far]


def test_a_full_number_needs_a_reason_and_is_told_to_the_person(place: Place) -> None:
    given = {"person_id": place.ids[0], "what": "identity"}
    for reason in ("", "看", "  "):
        with pytest.raises(Invalid, match="理由"):
            place.act(place.town.employer, disclosures.show_number, **given, reason=reason)
    with pytest.raises(NotFound):
        place.act(
            place.town.employer, disclosures.show_number, person_id=place.far, what="identity",
            reason="核对职称材料",
        )  # fmt: skip
    with Session(place.engine) as session:
        assert session.exec(select(Disclosure)).all() == []
    shown = place.act(place.town.employer, disclosures.show_number, **given, reason="核对职称材料")
    assert shown == number(0)
    with Session(place.engine) as session:
        row = session.exec(select(Disclosure)).one()
        assert (row.person_id, row.by_id, row.office_id) == (
            place.ids[0], place.town.employer, place.town.clinic,
        )  # fmt: skip
        told = session.exec(
            select(AuditEvent).where(AuditEvent.action == Action.NUMBER_SHOWN)
        ).one()
        assert number(0) not in str(told.detail)
        session.get_one(Person, place.ids[0]).activated_at = clock.now()
        session.commit()
    mine = place.act(place.ids[0], disclosures.list_own)
    assert [(each.what, each.reason) for each in mine] == [("身份证号码", "核对职称材料")]


def test_a_state_has_its_day_and_the_years_after_are_not_owed(place: Place) -> None:
    who = place.ids[1]
    before = {y: s.owed for y, s in _standings(place, who).items()}
    assert all(before.values())
    long_ago = date(clock.today().year - 2, 6, 1)
    done = place.act(
        place.town.employer, person_states.set_status, person_id=who, status="retired",
        begins_on=long_ago.isoformat(), note="", version=1,
    )  # fmt: skip
    assert "退休" in done
    after = {y: s.owed for y, s in _standings(place, who).items()}
    assert {y for y in before if not after[y]} == {y for y in before if y >= long_ago.year}
    with pytest.raises(Conflict, match="已被其他人修改"):
        place.act(
            place.town.employer, person_states.set_status, person_id=who, status="active",
            begins_on=clock.today().isoformat(), note="", version=1,
        )  # fmt: skip
    place.act(
        place.town.employer, person_states.set_status, person_id=who, status="active",
        begins_on=clock.today().isoformat(), note="返聘", version=2,
    )  # fmt: skip
    with Session(place.engine) as session:
        spells = session.exec(select(StatusSpell).order_by(StatusSpell.id)).all()  # type: ignore[arg-type]
        assert [s.status for s in spells] == [PersonStatus.RETIRED, PersonStatus.ACTIVE]
        assert spells[0].ended_on == clock.today() - timedelta(days=1)


@pytest.mark.parametrize(
    ("status", "day", "said"),
    [
        ("retired", "2999-01-01", "晚于今天"), ("retired", "昨天", "开始的日期"),
        ("gone", "2020-01-01", "选择状态"), ("active", "2020-01-01", "已经是"),
    ],
)  # fmt: skip
def test_a_wrong_state_or_day_says_so(place: Place, status: str, day: str, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        place.act(
            place.town.employer, person_states.set_status, person_id=place.ids[0], status=status,
            begins_on=day, note="", version=1,
        )  # fmt: skip


def test_a_persons_page_is_for_the_offices_above_only(place: Place) -> None:
    seen = place.act(place.town.employer, person_pages.get_person, place.ids[0])
    assert (seen.name, number(0) in repr(seen)) == ("褚一", False)
    assert seen.standings
    with pytest.raises(NotFound):
        place.act(place.town.employer, person_pages.get_person, place.far)


def test_a_bureau_reads_the_log_of_its_own_subtree(place: Place) -> None:
    place.act(
        place.town.employer, disclosures.show_number, person_id=place.ids[0], what="mobile",
        reason="核对职称材料",
    )  # fmt: skip
    wanted = Wanted(action=Action.NUMBER_SHOWN)
    page = place.act(place.town.city, audit_log.list_events, wanted=wanted)
    assert [(row.action, row.who, row.office) for row in page.rows] == [
        ("查看完整号码", "皇甫青黛", "样例市（东区）医院")
    ]
    by_number = place.act(
        place.town.city, audit_log.list_events,
        wanted=Wanted(person=number(0), action=Action.NUMBER_SHOWN),
    )  # fmt: skip
    assert len(by_number.rows) == 1
    nobody = place.act(
        place.town.city, audit_log.list_events,
        wanted=Wanted(person=number(1), action=Action.NUMBER_SHOWN),
    )  # fmt: skip
    assert nobody.rows == []
    with pytest.raises(Invalid, match="日期"):
        place.act(place.town.city, audit_log.list_events, wanted=Wanted(first="昨天"))
    with pytest.raises(NotPermitted):
        place.act(place.town.employer, audit_log.list_events, wanted=Wanted())


def test_every_action_has_its_words() -> None:
    assert {action.value for action in Action} == LABELS.keys()


def test_a_period_is_set_within_its_limits_by_the_city_alone(place: Place) -> None:
    given = {"key": "transfer_release_days", "version": 0}
    for typed in ("0", "91", "十五", "", "1" * 9):
        with pytest.raises(Invalid, match="1至90"):
            place.act(place.town.city, city_values.set_value, **given, typed=typed)
    place.act(place.town.city, city_values.set_value, **given, typed="20")
    with pytest.raises(Conflict):
        place.act(place.town.city, city_values.set_value, **given, typed="30")
    views = place.act(place.town.city, city_values.list_values)
    assert {view.key: view.value for view in views}["transfer_release_days"] == "20"


def test_states_are_read_by_the_day() -> None:
    spells = [
        Spell(PersonStatus.ABROAD, date(2020, 3, 1), date(2021, 12, 30)),
        Spell(PersonStatus.ACTIVE, date(2021, 12, 31)),
    ]
    assert status_on(spells, date(2020, 2, 29)) is PersonStatus.ACTIVE
    assert status_on(spells, date(2020, 3, 1)) is PersonStatus.ABROAD
    assert [owes(spells, year) for year in (2019, 2020, 2021)] == [True, False, True]
    assert owes(spells, 2020, exempt=frozenset({PersonStatus.RETIRED}))


def _standings(place: Place, person_id: int):  # type: ignore[no-untyped-def]
    with Session(place.engine) as session:
        return standings.list_standings(session, person_id)


def test_numbers_lie_encrypted(place: Place) -> None:
    with Session(place.engine) as session:
        row = session.get_one(Person, place.ids[0])
        assert number(0) not in row.identity_cipher
        assert data_keys().decrypt(row.identity_cipher, context="identity") == number(0)


def test_a_years_hours_are_set_without_touching_whom_it_exempts(place: Place) -> None:
    with transaction(write=True, on=place.engine) as session:
        session.get_one(YearPolicyRow, 2020).exempt = "retired"
    with transaction(write=True, on=place.engine) as session:
        policies.set_policy(session, SYSTEM, policies.get_policy(session, 2020))
    with Session(place.engine) as session:
        assert policies.list_exempt(session, [2020]) == {2020: frozenset({PersonStatus.RETIRED})}


@given(
    st.lists(
        st.tuples(st.sampled_from(PersonStatus), st.dates(date(2014, 1, 1), date(2030, 12, 31))),
        max_size=6, unique_by=lambda pair: pair[1],
    ),
    st.integers(2016, 2029),
    st.sets(st.sampled_from(PersonStatus)),
)  # fmt: skip
def test_a_year_is_owed_by_the_state_of_its_last_day_alone(changes, year, exempt) -> None:  # type: ignore[no-untyped-def]
    ordered = sorted(changes, key=lambda pair: pair[1])
    ends = [day - timedelta(days=1) for _, day in ordered[1:]]
    spells = [
        Spell(status, day, end) for (status, day), end in zip(ordered, [*ends, None], strict=False)
    ]
    before = [status for status, day in ordered if day <= date(year, 12, 31)]
    expected = before[-1] if before else PersonStatus.ACTIVE
    assert status_on(spells, date(year, 12, 31)) is expected
    assert owes(spells, year, exempt=frozenset(exempt)) is (expected not in exempt)
