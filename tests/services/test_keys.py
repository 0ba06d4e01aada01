"""查询密钥: shown once, kept as a hash, revoked; what is asked with it is told the person."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import DatabaseError
from sqlmodel import select

from rxapp.adapters.database import transaction
from rxapp.adapters.encryption import data_keys
from rxapp.errors import AppError, Conflict, Invalid, NotPermitted, NotSignedIn
from rxapp.models.cases import IntegrityRecord, SupervisionCase
from rxapp.models.certificates import Certificate
from rxapp.models.keys import StandingKey, StandingLookup
from rxapp.models.organisations import Organisation, OrganisationStatus
from rxapp.models.people import Person
from rxapp.rules import identity
from rxapp.rules.audit_words import KINDS, LABELS
from rxapp.rules.cases import Finding
from rxapp.rules.hours import Hours
from rxapp.rules.keys import Question
from rxapp.rules.subjects import Subject
from rxapp.services import credits, keys, own_data, standing_lookups
from rxapp.services.actors import ANONYMOUS, SYSTEM, Actor
from tests.factories import Clock, make_policies
from tests.services.counties import NORTH, SOUTH, Counties

pytestmark = pytest.mark.usefixtures("installation")

TERMS = {
    "name": "职称评审系统", "first_year": "2016", "last_year": "2020", "county": "all",
    "integrity": "0", "expires_on": "2026-12-31",
}  # fmt: skip


def number_of(serial: int) -> str:
    base = f"37080219850101{serial:03d}"
    return base + identity.identity_check_character(base)


@pytest.fixture
def place(engine: Engine, clock: Clock, installation: object) -> Counties:
    with transaction(write=True, on=engine) as session:
        make_policies(session)
    made = Counties(engine)
    with transaction(write=True, on=engine) as session:
        for who, serial in ((made.north, 1), (made.south, 2)):
            row = session.get_one(Person, who.person_id)
            row.identity_hash = data_keys().hash(number_of(serial), context="identity")
    return made


def issue(place: Counties, organisation: int = 0, **typed: str) -> str:
    return place.bureau_does(
        keys.issue, organisation_id=organisation or place.panel, typed=TERMS | typed
    ).key


def ask(place: Counties, key: str, *, serial: int = 1, name: str = "北样例", **more: Any) -> Any:
    years = more.get("years", [2018, 2020])
    with transaction(on=place.engine) as session:
        holder = standing_lookups.find_holder(session, ANONYMOUS, key=key)
    said = {"identity_number": number_of(serial), "name": name, "years": years}
    question = standing_lookups.read(holder, said)
    return place.act(ANONYMOUS, standing_lookups.look_up, key=key, question=question)


def learn(place: Counties, who: Actor, year: int, subject: Subject, hours: str) -> None:
    with transaction(write=True, on=place.engine) as session:
        credits.grant(
            session, SYSTEM, person_id=who.person_id or 0, year=year, subject=subject,
            hours=Hours.of(hours), source_kind="course", source_key=f"{year}{subject}{hours}",
            title="样例课程", rule="course/1", earned_on=date(2020, 8, 1),
        )  # fmt: skip


def rows(place: Counties, table: Any) -> list[Any]:
    with transaction(on=place.engine) as session:
        found = list(session.exec(select(table)))
        session.expunge_all()
    return found


# --- keys ---


def test_a_key_is_shown_once_and_kept_as_a_hash(place: Counties) -> None:
    key = issue(place, integrity="1", county=str(place.county[NORTH]))
    assert len(key) >= 43
    (row,) = rows(place, StandingKey)
    assert key not in str(row.model_dump())
    (shown,) = place.bureau_does(keys.list_keys).rows
    assert key not in str(shown)
    assert (shown.organisation, shown.name, shown.state, shown.used) == (
        "职称评审委员会", "职称评审系统", "有效", "0次",
    )  # fmt: skip
    assert shown.scope == "北县人社局，2016—2020年度，含诚信档案"
    assert shown.expires_on == "2026-12-31"
    (recorded,) = place.events("key:issued")
    assert recorded.detail == {
        "organisation": place.panel, "county": place.county[NORTH], "years": [2016, 2020],
        "integrity": True,
    }  # fmt: skip
    assert LABELS["key:issued"]
    assert KINDS["standing_key"]


def test_two_of_one_name_are_one_press_too_many(place: Counties) -> None:
    first = issue(place)
    with pytest.raises(Conflict, match="用途相同的有效密钥"):
        issue(place)
    assert len(rows(place, StandingKey)) == 1
    issue(place, name="岗位聘用系统")
    issue(place, place.county[NORTH])
    place.bureau_does(keys.revoke, key_id=1, reason="更换密钥")
    assert issue(place) != first


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"name": " "}, {"name"}),
        ({"name": "长" * 61}, {"name"}),
        ({"first_year": "2015"}, {"first_year"}),
        ({"last_year": "2015"}, {"last_year"}),
        ({"first_year": "1e22", "expires_on": ""}, {"first_year", "expires_on"}),
        ({"expires_on": "2027-03-05"}, {"expires_on"}),
        ({"expires_on": "2026-02-28"}, {"expires_on"}),
        ({"county": ""}, {"county"}),
        ({"county": "999"}, {"county"}),
    ],
)
def test_what_is_wrong_is_named_field_by_field(
    place: Counties, typed: dict[str, str], wrong: set[str]
) -> None:
    with pytest.raises(Invalid) as refusal:
        issue(place, **typed)
    assert set(refusal.value.fields) == wrong
    assert rows(place, StandingKey) == []


def test_a_place_is_found_by_its_name(place: Counties) -> None:
    found = place.bureau_does(keys.find_places, query="评审")
    assert [(each.id, each.name) for each in found] == [(place.panel, "职称评审委员会")]
    assert place.bureau_does(keys.find_places, query="没有这个") == []
    with pytest.raises(Invalid):
        place.bureau_does(keys.find_places, query="职")
    with pytest.raises(Invalid, match="请选择使用密钥的机构"):
        issue(place, 9_999)


def test_a_key_that_no_longer_holds_opens_nothing(place: Counties, clock: Clock) -> None:
    key = issue(place)
    assert ask(place, key)
    for wrong in ("", "x", key[:-1], key + "x", key.upper()):
        with pytest.raises(NotSignedIn, match="密钥不正确"):
            ask(place, wrong)
    said = place.bureau_does(keys.revoke, key_id=1, reason="更换密钥")
    assert place.bureau_does(keys.revoke, key_id=1, reason="再按一次") == said
    with pytest.raises(NotSignedIn, match="已被撤销"):
        ask(place, key)
    assert [each.revoke_reason for each in place.bureau_does(keys.list_keys).rows] == ["更换密钥"]
    assert len(place.events("key:revoked")) == 1
    short = issue(place, expires_on="2026-03-01")
    assert ask(place, short)
    clock.real += timedelta(hours=15)
    with pytest.raises(NotSignedIn, match="已过期"):
        ask(place, short)
    suspended = issue(place, name="另一个")
    with transaction(write=True, on=place.engine) as session:
        session.get_one(Organisation, place.panel).status = OrganisationStatus.SUSPENDED
    with pytest.raises(NotSignedIn, match="暂停或注销"):
        ask(place, suspended)
    # The bureau is not told that it is valid, and may take it back all the same.
    listed = place.bureau_does(keys.list_keys).rows
    assert [(each.state, each.may_revoke) for each in listed] == [
        ("机构已暂停或注销", True), ("已过期", False), ("已撤销", False),
    ]  # fmt: skip
    place.bureau_does(keys.revoke, key_id=listed[0].id, reason="机构已暂停")
    assert place.bureau_does(keys.list_keys).rows[0].state == "已撤销"


def test_only_the_city_bureau_issues(place: Counties) -> None:
    for who in (place.north, place.county_clerk):
        for use_case, given in (
            (keys.list_keys, {}), (keys.find_places, {"query": "评审"}), (keys.list_counties, {}),
            (keys.issue, {"organisation_id": place.panel, "typed": TERMS}),
            (keys.revoke, {"key_id": 1, "reason": "不归我管"}),
        ):  # fmt: skip
            with pytest.raises(NotPermitted):
                place.act(who, use_case, **given)


# --- look-ups ---


def test_the_answer_is_that_of_the_persons_own_page(place: Counties) -> None:
    key = issue(place)
    learn(place, place.north, 2020, Subject.PUBLIC_REQUIRED, "20")
    learn(place, place.north, 2020, Subject.PROFESSIONAL, "12.5")
    learn(place, place.north, 2018, Subject.PROFESSIONAL, "360")
    said = ask(place, key)
    assert said == {
        "years": [
            {
                "year": 2018, "owed": True, "complete": True, "required": "0", "elective": "0",
                "public": "0", "professional": "360", "total": "360", "missing": [],
                "period": "2016-2019", "certificate": None,
            },
            {
                "year": 2020, "owed": True, "complete": False, "required": "20", "elective": "0",
                "public": "20", "professional": "12.5", "total": "32.5",
                "missing": [
                    {"bucket": "elective", "label": "公需选修", "hours": "10"},
                    {"bucket": "public", "label": "公需科目", "hours": "10"},
                    {"bucket": "professional", "label": "专业科目", "hours": "47.5"},
                    {"bucket": "total", "label": "总学时", "hours": "57.5"},
                ],
                "period": None, "certificate": None,
            },
        ],
        "period": {
            "period": "2016-2019", "total": "360", "needed": "360", "average": "90",
            "complete": True,
        },
    }  # fmt: skip
    assert ask(place, key, years=[2020])["period"] is None


def test_the_newest_valid_certificate_is_named(place: Counties, clock: Clock) -> None:
    key = issue(place)
    with transaction(write=True, on=place.engine) as session:
        for version, status in ((1, "updated"), (2, "valid")):
            session.add(
                Certificate(
                    number=f"0000-0000-0000-{version}", person_id=place.north.person_id or 0,
                    year=2020, version=version, facts={}, facts_digest="", signature="",
                    ledger_digest="", file="", file_sha256="", issued_at=clock.real, status=status,
                )
            )  # fmt: skip
    assert [each["certificate"] for each in ask(place, key)["years"]] == [
        None, "0000-0000-0000-2",
    ]  # fmt: skip


def test_years_not_owed_are_answered_too(place: Counties) -> None:
    key = issue(place)
    with transaction(write=True, on=place.engine) as session:
        session.get_one(Person, place.north.person_id).owes_from = 2020
    year = ask(place, key, years=[2017])["years"][0]
    assert (year["owed"], year["complete"], year["total"]) == (False, True, "0")


def test_number_and_name_must_both_match_and_every_miss_is_alike(place: Counties) -> None:
    key = issue(place)
    assert ask(place, key, name=" 北样例 ")
    for given in (
        {"name": "南样例"}, {"serial": 2}, {"serial": 7}, {"serial": 7, "name": "无名氏"},
    ):  # fmt: skip
        assert ask(place, key, **given) is None


def test_a_county_s_key_knows_that_county_alone(place: Counties) -> None:
    key = issue(place, county=str(place.county[SOUTH]))
    assert ask(place, key, serial=2, name="南样例")
    assert ask(place, key) is None


def test_the_same_work_is_done_for_every_miss(place: Counties) -> None:
    key = issue(place, integrity="1")
    counts = []
    asked: list[str] = []
    event.listen(place.engine, "before_cursor_execute", lambda *g: asked.append(str(g[2])))
    for given in ({}, {"name": "无名氏"}, {"serial": 7}, {"serial": 2}):
        asked.clear()
        ask(place, key, **given)
        counts.append([each.partition("(")[0][:60] for each in asked])
    assert len(counts[0]) > 8
    assert counts == [counts[0]] * 4


def test_a_key_asks_no_more_than_it_may(place: Counties) -> None:
    key = issue(place, first_year="2019", last_year="2020")
    with pytest.raises(NotPermitted, match="2019至2020年度"):
        ask(place, key, years=[2018, 2020])
    assert ask(place, key, years=[2019, 2020])
    assert "integrity_record" not in ask(place, key, years=[2020])
    # Not even past the check at the door.
    question = Question(number_of(1), "北样例", (2016,))
    with pytest.raises(NotPermitted):
        place.act(ANONYMOUS, standing_lookups.look_up, key=key, question=question)


def test_the_archive_is_told_only_where_the_key_says_so(place: Counties, clock: Clock) -> None:
    plain, full = issue(place), issue(place, name="诚信核查", integrity="1")
    assert ask(place, full)["integrity_record"] is False
    with transaction(write=True, on=place.engine) as session:
        _record(session, place, clock)
    assert ask(place, full)["integrity_record"] is True
    assert "integrity_record" not in ask(place, plain)
    clock.business += timedelta(days=3 * 366)
    assert ask(place, full, years=[2020])["integrity_record"] is False


def _record(session: Any, place: Counties, clock: Clock) -> None:
    county, clerk = place.county[NORTH], place.bureau.person_id or 0
    case = SupervisionCase(
        number="样例", office_id=county, opened_by=clerk, opened_at=clock.real,
        person_id=place.north.person_id, finding=Finding.FALSE, allegation="样例", basis="样例",
        answer_by=date(2020, 8, 11),
    )  # fmt: skip
    session.add(case)
    session.flush()
    session.add(
        IntegrityRecord(
            person_id=place.north.person_id or 0, case_id=case.id, reason="样例", basis="样例",
            office_id=county, decided_on=date(2020, 8, 1), decided_by=clerk,
            decided_at=clock.real, expires_on=date(2023, 8, 1),
        )
    )  # fmt: skip


def test_each_look_up_is_recorded_and_the_person_sees_it(place: Counties, clock: Clock) -> None:
    key = issue(place)
    ask(place, key)
    ask(place, key, name="无名氏")
    found = rows(place, StandingLookup)
    assert [(each.person_id, each.years) for each in found] == [
        (place.north.person_id, [2018, 2020]), (None, [2018, 2020]),
    ]  # fmt: skip
    events = place.events("standing:looked_up")
    assert [(each.object_kind, each.object_id, each.detail["hit"]) for each in events] == [
        ("person", place.north.person_id, True), ("standing_key", 1, False),
    ]  # fmt: skip
    assert {each.office_id for each in events} == {place.panel}
    written = str([each.model_dump() for each in events])
    assert number_of(1) not in written
    assert "样例" not in written
    (row,) = rows(place, StandingKey)
    assert (row.used, row.last_used_at) == (2, clock.real)
    seen = place.act(place.north, own_data.get_own_data)
    assert [(each.organisation, each.years) for each in seen.lookups] == [
        ("职称评审委员会", "2018、2020年度")
    ]
    assert place.act(place.south, own_data.get_own_data).lookups == []
    assert place.act(place.south, standing_lookups.list_own) == []
    assert "系统查询的记录" in {line.what for line in seen.kept}
    with pytest.raises(DatabaseError, match="append-only"), place.engine.begin() as line:
        line.execute(text("DELETE FROM standing_lookup"))


@pytest.mark.parametrize(
    "said",
    [
        {}, {"identity_number": "x", "name": "北样例"},
        {"identity_number": "x", "name": "北样例", "years": [2020], "more": 1},
        {"identity_number": 1, "name": "北样例", "years": [2020]},
        {"identity_number": None, "name": None, "years": None},
        {"identity_number": "x", "name": {"a": 1}, "years": [2020]},
        {"identity_number": number_of(1), "name": "北样例", "years": "2020"},
        {"identity_number": number_of(1), "name": "北样例", "years": []},
        {"identity_number": number_of(1), "name": "北样例", "years": [2020] * 11},
        {"identity_number": number_of(1), "name": "北样例", "years": [2020.0]},
        {"identity_number": number_of(1), "name": "北样例", "years": [True]},
        {"identity_number": number_of(1), "name": "北样例", "years": [1e22]},
        {"identity_number": number_of(1), "name": "北样例", "years": [10**22]},
        {"identity_number": number_of(1), "name": "北样例", "years": [float("nan")]},
        {"identity_number": number_of(1), "name": "北样例", "years": [[2020]]},
        {"identity_number": number_of(1), "name": "北样例", "years": [2015]},
        {"identity_number": number_of(1), "name": "北样例", "years": [2021]},
        {"identity_number": number_of(1), "name": "  ", "years": [2020]},
        {"identity_number": number_of(1), "name": "长" * 81, "years": [2020]},
        {"identity_number": number_of(1)[:-1] + "?", "name": "北样例", "years": [2020]},
        {"identity_number": "9" * 41, "name": "北样例", "years": [2020]},
    ],
)  # fmt: skip
def test_what_is_no_question_is_refused_with_a_sentence(place: Counties, said: Any) -> None:
    key = issue(place)
    with transaction(on=place.engine) as session:
        holder = standing_lookups.find_holder(session, ANONYMOUS, key=key)
    with pytest.raises(AppError) as refusal:
        standing_lookups.read(holder, said)
    assert isinstance(refusal.value, Invalid)
    assert refusal.value.message.endswith("。")
