"""延长期限: for a county or for all, at every door, never shorter, never backwards."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlmodel import select

from rxapp.adapters.database import transaction
from rxapp.errors import AppError, Conflict, Invalid, NotFound, NotPermitted
from rxapp.models.claims import Claim
from rxapp.models.learning import Watch
from rxapp.models.organisations import Organisation
from rxapp.models.years import WindowExtension
from rxapp.rules.audit_words import KINDS, LABELS
from rxapp.rules.playback import Beat
from rxapp.rules.subjects import Subject
from rxapp.services import (
    behind,
    catalogue,
    claim_forms,
    course_pages,
    extending,
    extensions,
    old_records,
    standings,
    tree,
    watching,
    year_editing,
)
from rxapp.services.actors import Actor
from tests.factories import (
    SHANGHAI,
    Clock,
    at_once,
    lesson_ids,
    make_actor,
    make_course,
    make_person,
)
from tests.services.counties import NORTH, SOUTH, Counties

JANUARY = datetime(2021, 1, 10, 9, tzinfo=SHANGHAI)


@pytest.fixture
def place(city: Engine) -> Counties:
    return Counties(city)


@pytest.fixture
def lesson(place: Counties) -> int:
    """A lesson of 2018, to be made up for."""
    with transaction(write=True, on=place.engine) as session:
        return lesson_ids(session, make_course(session, "2018-A1", year=2018))[0]


def extend(place: Counties, county: str = "", **typed: str) -> str:
    whole = {"year": "2018", "window": "makeup", "until": "2021-01-31", "reason": "大雪停电"}
    where = str(place.county[county]) if county else "all"
    return place.bureau_does(extending.extend, typed=whole | {"county": where} | typed)


def typed_wrongly(place: Counties, **typed: str) -> set[str]:
    right = {
        "year": "2018", "window": "makeup", "until": "2021-01-31", "reason": "大雪停电",
        "county": "all",
    }  # fmt: skip
    with pytest.raises(Invalid) as refusal:
        place.bureau_does(extending.extend, typed=right | typed)
    return set(refusal.value.fields)


def refused(place: Counties, who: Actor, use_case: Any, **given: Any) -> str:
    with pytest.raises(AppError) as refusal:
        place.act(who, use_case, **given)
    return refusal.value.message


def row(place: Counties) -> WindowExtension:
    with transaction(on=place.engine) as session:
        found = session.exec(select(WindowExtension)).all()
        session.expunge_all()
    return found[-1]


def test_before_in_and_after_the_window_every_door_says_the_same(
    place: Counties, lesson: int, clock: Clock
) -> None:
    who = place.north
    with transaction(on=place.engine) as session:
        course = session.get_one(watching.Lesson, lesson).course_id
    for moment, said in (
        (datetime(2020, 7, 14, 23, 59, tzinfo=SHANGHAI), "2020年7月15日开课"),
        (datetime(2021, 1, 1, tzinfo=SHANGHAI), "不再开放，依据《通知》第六条第3项"),
    ):
        clock.business = moment
        page = place.act(who, catalogue.list_courses, area="public", year=2018)
        assert said in page.closed
        assert [group.courses for group in page.groups] != []
        assert said in {each.year: each.closed for each in page.years}[2018]
        view = place.act(who, course_pages.get_course, course_id=course)
        assert (said in view.closed, view.may_go_on) == (True, False)
        assert said in place.act(who, course_pages.get_lesson, lesson_id=lesson).closed
        assert said in refused(place, who, watching.open, lesson_id=lesson)
        years = {each.year: each for each in place.act(who, standings.list_years)}
        assert said in years[2018].closed
        assert said in place.act(who, standings.get_year, 2018).row.closed
    for moment in (
        datetime(2020, 7, 15, tzinfo=SHANGHAI), datetime(2020, 12, 31, 23, 59, tzinfo=SHANGHAI),
    ):  # fmt: skip
        clock.business = moment
        assert place.act(who, catalogue.list_courses, area="public", year=2018).closed == ""
        assert place.act(who, course_pages.get_course, course_id=course).may_go_on
        assert place.act(who, course_pages.get_lesson, lesson_id=lesson).closed == ""
        assert place.act(who, standings.get_year, 2018).row.closed == ""
    assert place.act(who, watching.open, lesson_id=lesson).watch


def test_one_begun_in_time_is_finished_in_the_hours_after_and_counts_to_its_own_year(
    place: Counties, lesson: int, clock: Clock
) -> None:
    clock.business = datetime(2020, 12, 31, 23, 59, tzinfo=SHANGHAI)
    watch = place.act(place.north, watching.open, lesson_id=lesson).watch
    clock.pass_(600)
    assert place.act(place.north, course_pages.get_lesson, lesson_id=lesson).closed == ""
    assert "已于2020年12月31日结束" in (
        place.act(place.south, course_pages.get_lesson, lesson_id=lesson).closed
    )
    place.act(place.north, watching.beat, watch=watch, said=Beat(1, 5_000, True))
    clock.pass_(3 * 3600)
    said = refused(place, place.north, watching.beat, watch=watch, said=Beat(2, 9_000, True))
    assert "不再开放" in said
    assert "不再开放" in place.act(place.north, course_pages.get_lesson, lesson_id=lesson).closed


def test_a_county_learns_longer_and_the_next_one_does_not(
    place: Counties, lesson: int, clock: Clock
) -> None:
    said = extend(place, NORTH)
    assert said == "2016—2019年度的补学对北县人社局延长到2021年1月31日，即时生效。"
    clock.business = JANUARY
    page = place.act(place.north, catalogue.list_courses, area="public", year=2018)
    assert (page.closed, "2021年1月31日" in page.extended) == ("", True)
    other = place.act(place.south, catalogue.list_courses, area="public", year=2018)
    assert ("不再开放" in other.closed, other.extended) == (True, "")
    assert "可参加补学" in place.act(place.north, standings.get_year, 2017).row.next_step
    assert "在线学习未开放" in place.act(place.south, standings.get_year, 2017).row.next_step
    assert place.act(place.north, watching.open, lesson_id=lesson).watch
    assert "不再开放" in refused(place, place.south, watching.open, lesson_id=lesson)
    # A sitting keeps its own end, two hours after the last day.
    with transaction(on=place.engine) as session:
        ends = session.exec(select(Watch.ends_at)).one()
    assert ends == datetime(2021, 2, 1, 2, tzinfo=SHANGHAI)
    with transaction(on=place.engine) as session:
        until = {
            name: behind.until(extensions.policy_at(session, id, 2018))
            for name, id in place.employer.items()
        }
    assert "补学到2021年1月31日止" in until[NORTH]
    assert "补学" not in until[SOUTH]


def merge(place: Counties, county: str, into: int) -> None:
    with transaction(on=place.engine) as session:
        version = session.get_one(Organisation, place.county[county]).version
    place.bureau_does(
        tree.merge, organisation_id=place.county[county], into_id=into, note="撤并",
        version=version,
    )  # fmt: skip


def test_of_counties_that_merge_everybody_has_what_either_had(
    place: Counties, lesson: int, clock: Clock
) -> None:
    extend(place, NORTH)
    extend(place, SOUTH, year="2020", window="learn")
    with transaction(write=True, on=place.engine) as session:
        own = make_person(session, "县里样例", organisation_id=place.county[NORTH], owes_from=2016)
        clerk = make_actor(session, own)
    clock.business = JANUARY
    assert "不再开放" in refused(place, place.south, watching.open, lesson_id=lesson)
    merge(place, NORTH, place.county[SOUTH])
    for who in (place.north, place.south, clerk):
        assert place.act(who, watching.open, lesson_id=lesson).watch
        with transaction(on=place.engine) as session:
            policy = extensions.policy_of(session, who.person_id or 0, 2020)
        assert policy.learn_until == date(2021, 1, 31)
    # What a claim began under is followed to where it is now as well.
    with transaction(on=place.engine) as session:
        at = extensions.policy_at(session, place.county[NORTH], 2020)
    assert at.learn_until == date(2021, 1, 31)
    shown = place.bureau_does(extending.list_extensions).rows
    assert [each.area for each in shown] == [SOUTH, f"{NORTH}（已并入{SOUTH}）"]
    # A form opened before the merger means the county as it is now.
    assert f"对{SOUTH}延长" in extend(place, NORTH, until="2021-02-28")
    id = row(place).id
    place.bureau_does(extending.revoke, extension_id=id, reason="不需要了")


def test_a_county_merged_into_the_citys_own_bureau_opens_nothing_for_the_city(
    place: Counties, lesson: int, clock: Clock
) -> None:
    extend(place, NORTH)
    clock.business = JANUARY
    merge(place, NORTH, place.city_office)
    assert "不再开放" in refused(place, place.south, watching.open, lesson_id=lesson)


def test_all_of_the_city_learns_longer(place: Counties, lesson: int, clock: Clock) -> None:
    assert "对全市延长" in extend(place)
    clock.business = JANUARY
    for who in (place.north, place.south, place.county_clerk):
        assert place.act(who, watching.open, lesson_id=lesson).watch


def test_a_year_that_is_over_is_offered_as_long_as_it_can_be_learned(
    place: Counties, clock: Clock
) -> None:
    clock.business = JANUARY
    with transaction(write=True, on=place.engine) as session:
        make_course(session, "2020-Z", subject=Subject.PROFESSIONAL)
    extend(place, NORTH, year="2020", window="learn")
    for who, offered in ((place.north, True), (place.south, False)):
        page = place.act(who, catalogue.list_courses, area="professional")
        assert (2020 in [each.year for each in page.years]) is offered


def test_a_running_lesson_is_let_on_and_no_beat_asks_more(
    place: Counties, lesson: int, clock: Clock
) -> None:
    clock.business = datetime(2020, 12, 31, 20, tzinfo=SHANGHAI)
    watch = place.act(place.north, watching.open, lesson_id=lesson).watch
    extend(place, NORTH)
    asked: list[str] = []
    event.listen(place.engine, "before_cursor_execute", lambda *given: asked.append(str(given[2])))
    clock.pass_(5)
    place.act(place.north, watching.beat, watch=watch, said=Beat(1, 4_000, True))
    assert asked
    assert not [each for each in asked if "window_extension" in each]
    clock.pass_(7 * 3600)  # past the end the sitting was opened with
    place.act(place.north, watching.beat, watch=watch, said=Beat(2, 8_000, True))
    assert [each for each in asked if "window_extension" in each]


def draft_of(place: Counties, who: Actor, **columns: Any) -> Claim:
    with transaction(on=place.engine) as session:
        from rxapp.models.claims import ConversionRuleRow

        rule = session.exec(select(ConversionRuleRow.id)).first()
    return Claim(person_id=who.person_id or 0, rule_id=rule or 0, **columns)


def require(place: Counties, claim: Claim, year: int = 2018) -> None:
    with transaction(on=place.engine) as session:
        claim_forms.require_window(session, claim, year)


def test_claims_are_taken_longer_in_the_county_and_stay_with_their_office(
    place: Counties, clock: Clock
) -> None:
    close_claims(place)
    clock.business = JANUARY
    mine, theirs = draft_of(place, place.north), draft_of(place, place.south)
    for claim in (mine, theirs):
        with pytest.raises(NotPermitted, match="2020年12月20日结束"):
            require(place, claim)
    assert place.act(place.north, old_records.get_book).closed
    extend(place, NORTH, window="claim")
    require(place, mine)
    with pytest.raises(NotPermitted):
        require(place, theirs)
    assert place.act(place.north, old_records.get_book).closed == ""
    assert place.act(place.south, old_records.get_book).closed
    # Whoever moved away meanwhile can still put right what was returned.
    moved = draft_of(
        place, place.south, organisation_id=place.employer[NORTH], first_submitted_at=clock.real
    )
    clock.business = JANUARY + timedelta(days=60)
    with pytest.raises(NotPermitted):
        require(place, mine)
    moved.first_submitted_at = clock.real - timedelta(days=55)
    require(place, moved)


def close_claims(place: Counties) -> None:
    shown = place.bureau_does(year_editing.get_editor, 2016)
    place.bureau_does(
        year_editing.save, year=2016, typed=shown.typed | {"claim_until": "2020-12-20"},
        note="年底截止", version=shown.version,
    )  # fmt: skip


def test_taken_back_it_ends_with_the_day_and_not_before(
    place: Counties, lesson: int, clock: Clock
) -> None:
    extend(place, NORTH)
    clock.business = JANUARY
    id = row(place).id
    said = place.bureau_does(extending.revoke, extension_id=id, reason="已恢复供电")
    assert place.act(place.north, watching.open, lesson_id=lesson).watch
    clock.business = JANUARY + timedelta(days=1)
    assert "2021年1月10日结束" in refused(place, place.north, watching.open, lesson_id=lesson)
    # Pressed again it changes nothing, not even the day.
    assert place.bureau_does(extending.revoke, extension_id=id, reason="再按一次") == said
    kept = row(place)
    assert (kept.revoked_on, kept.revoke_reason) == (date(2021, 1, 10), "已恢复供电")
    assert [each.object_id for each in place.events("policy:extension_revoked")] == [id]


def test_pressed_twice_it_is_one_extension(place: Counties) -> None:
    calls: list[Callable[[], Any]] = [lambda: extend(place, NORTH)] * 2
    first, second = at_once(calls)
    assert first == second
    assert len(place.bureau_does(extending.list_extensions).rows) in (1, 2)
    extend(place, NORTH)
    recorded = place.events("policy:window_extended")
    assert len(recorded) == len(place.bureau_does(extending.list_extensions).rows)
    assert recorded[0].detail == {
        "year": 2016, "window": "makeup", "county": place.county[NORTH], "until": "2021-01-31",
    }  # fmt: skip
    assert LABELS["policy:window_extended"]
    assert KINDS["extension"]


def test_the_list_says_what_holds_for_whom_and_why(place: Counties, clock: Clock) -> None:
    extend(place, NORTH)
    extend(place, until="2021-01-05", reason="平台检修")
    shown = place.bureau_does(extending.list_extensions).rows
    assert [(each.area, each.until, each.reason, each.state) for each in shown] == [
        ("全市", "2021年1月5日", "平台检修", "有效"),
        (NORTH, "2021年1月31日", "大雪停电", "有效"),
    ]
    assert {each.by for each in shown} == {"局样例"}
    clock.business = JANUARY
    assert [each.state for each in place.bureau_does(extending.list_extensions).rows] == [
        "已到期", "有效",
    ]  # fmt: skip
    with pytest.raises(Conflict, match="已经到期"):
        place.bureau_does(extending.revoke, extension_id=shown[0].id, reason="不需要了")


def test_what_is_wrong_is_said_by_field(place: Counties) -> None:
    for typed, field in (
        ({"county": str(place.employer[NORTH])}, "county"), ({"county": ""}, "county"),
        ({"county": "9" * 30}, "county"), ({"year": "x"}, "year"), ({"until": ""}, "until"),
        ({"window": "claim"}, "window"), ({"reason": ""}, "reason"),
    ):  # fmt: skip
        assert typed_wrongly(place, **typed) == {field}
    with pytest.raises(NotFound):
        extend(place, year="1999")
    with pytest.raises(NotFound):
        place.bureau_does(extending.revoke, extension_id=99, reason="没有这项")
    extend(place, NORTH)
    with pytest.raises(Invalid):
        place.bureau_does(extending.revoke, extension_id=row(place).id, reason="")


def test_only_the_city_bureau_extends(place: Counties) -> None:
    for who in (place.north, place.county_clerk):
        with pytest.raises(NotPermitted):
            place.act(who, extending.extend, typed={})
        with pytest.raises(NotPermitted):
            place.act(who, extending.list_extensions)
        with pytest.raises(NotPermitted):
            place.act(who, extending.revoke, extension_id=1, reason="不归我管")
    assert place.bureau_does(extending.list_counties) == [
        (str(place.county[NORTH]), NORTH), (str(place.county[SOUTH]), SOUTH),
    ]  # fmt: skip
