"""年度设置: previewed, changed with a note, kept for good; what was granted is never touched."""

from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DatabaseError
from sqlmodel import select

from rxapp.adapters.database import transaction
from rxapp.errors import Conflict, Invalid, NotFound, NotPermitted
from rxapp.models.certificates import Certificate
from rxapp.models.credits import Credit
from rxapp.models.years import YearPolicyRow
from rxapp.rules.hours import Hours
from rxapp.rules.subjects import Subject
from rxapp.services import credits, policies, standings, year_editing
from rxapp.services.actors import SYSTEM, Actor
from rxapp.services.year_editing import YearEditor, YearPreview
from tests.factories import SHANGHAI, Clock, at_once
from tests.services.counties import Counties

HOURS = {Subject.PUBLIC_REQUIRED: "20", Subject.PUBLIC_ELECTIVE: "10", Subject.PROFESSIONAL: "60"}


@pytest.fixture
def place(city: Engine) -> Counties:
    return Counties(city)


def editor(place: Counties, year: int = 2020) -> YearEditor:
    return place.bureau_does(year_editing.get_editor, year)


def preview(place: Counties, year: int = 2020, **typed: str) -> YearPreview:
    known = editor(place, year)
    return place.bureau_does(year_editing.preview, year=year, typed=known.typed | typed)


def save(place: Counties, year: int = 2020, note: str = "按会议纪要", **typed: str) -> int:
    known = editor(place, year)
    return place.bureau_does(
        year_editing.save, year=year, typed=known.typed | typed, note=note, version=known.version
    )


def complete(place: Counties, who: Actor, year: int = 2020) -> None:
    with transaction(write=True, on=place.engine) as session:
        for subject, hours in HOURS.items():
            credits.grant(
                session, SYSTEM, person_id=who.person_id or 0, year=year, subject=subject,
                hours=Hours.of(hours), source_kind="course", source_key=f"{year}{subject}",
                title="样例课程", rule="course/1", earned_on=date(2020, 8, 1),
            )  # fmt: skip


def test_the_years_of_the_period_are_one_line(place: Counties) -> None:
    lines = place.bureau_does(year_editing.list_years)
    assert [(line.year, line.label) for line in lines] == [
        (2020, "2020年度"), (2016, "2016—2019年度"),
    ]  # fmt: skip
    assert lines[0].asks == "公需30、专业60、合计90学时"
    assert lines[0].learning == "2020-07-15至2020-12-31"
    assert (lines[1].asks, lines[1].claiming) == ("年均不少于90学时", "2020-07-15至另行通知")
    assert editor(place, 2018).year == 2016


def test_a_preview_says_what_changes_for_whom_and_changes_nothing(place: Counties) -> None:
    complete(place, place.north)
    before = editor(place)
    seen = preview(place, professional="72", learn_until="2021-01-31")
    assert seen.changes == [
        ("专业科目", "60", "72"), ("课程学习截止", "2020-12-31", "2021-01-31"),
    ]  # fmt: skip
    assert seen.effect.owing == "5"
    assert seen.effect.sentence == "抽看了其中5人：0人由未完成变为已完成，1人由已完成变为未完成。"
    assert seen.effect.examples == ["北样例（北县人社局的单位）：由已完成变为未完成"]
    assert editor(place) == before
    assert "都没有变化" in preview(place, finish_grace="60").effect.sentence
    with pytest.raises(Invalid, match="没有需要保存的改动"):
        preview(place)


def test_a_preview_of_the_period_takes_its_years_together(place: Counties) -> None:
    for year in (2016, 2017, 2018):
        complete(place, place.south, year)
    assert preview(place, 2019, total="67.5").effect.examples == [
        "南样例（南县人社局的单位）：由未完成变为已完成"
    ]
    assert "没有变化" in preview(place, 2019, total="67.6").effect.sentence


def test_what_is_saved_holds_at_once_and_is_kept_with_its_note(place: Counties) -> None:
    first = editor(place).version
    assert save(place, professional="72") == first + 1
    known = editor(place)
    assert known.typed["professional"] == "72"
    assert [(each.version, each.by, each.note, each.changes) for each in known.editions] == [
        (first + 1, "局样例", "按会议纪要", ["专业科目：60 → 72"])
    ]
    year = place.act(place.north, standings.list_years)[0]
    assert "专业科目还差 72 学时" in year.missing
    events = [each for each in place.events("policy:set") if each.actor_id]
    assert [(each.object_id, each.detail) for each in events] == [
        (2020, {"version": first + 1, "fields": 1})
    ]


def test_the_period_is_changed_as_one(place: Counties) -> None:
    save(place, 2018, claim_until="2021-06-30", total="80")
    with transaction(on=place.engine) as session:
        found = policies.list_policies(session, range(2016, 2021))
    assert {found[year].claim_until for year in range(2016, 2020)} == {date(2021, 6, 30)}
    assert {found[year].total for year in range(2016, 2020)} == {Hours.of(80)}
    assert (found[2020].claim_until, found[2020].total) == (None, Hours.of(90))
    assert len(editor(place, 2019).editions) == 1


def test_what_was_granted_and_issued_stays(place: Counties, clock: Clock) -> None:
    complete(place, place.north)
    with transaction(write=True, on=place.engine) as session:
        session.add(
            Certificate(
                number="0000-0000-0000-0", person_id=place.north.person_id or 0, year=2020,
                version=1, facts={}, facts_digest="", signature="", ledger_digest="", file="",
                file_sha256="", issued_at=clock.real,
            )
        )  # fmt: skip

    def kept() -> list[Any]:
        with transaction(on=place.engine) as session:
            return [
                each.model_dump()
                for table in (Credit, Certificate)
                for each in session.exec(select(table)).all()
            ]

    before = kept()
    assert len(before) == 4
    save(place, professional="72")
    assert kept() == before
    assert not place.act(place.north, standings.list_years)[0].complete


def test_of_two_the_second_is_told_who_was_first(place: Counties) -> None:
    known = editor(place)

    def press(who: Actor, hours: str) -> Any:
        return place.act(
            who, year_editing.save, year=2020, typed=known.typed | {"professional": hours},
            note="同时修改", version=known.version,
        )  # fmt: skip

    ends = at_once([lambda: press(place.bureau, "61"), lambda: press(place.other_bureau, "62")])
    refused = [each for each in ends if isinstance(each, Conflict)]
    assert len(refused) == 1
    assert "已修改过这一年度的设置" in refused[0].message
    assert "已填写的内容仍在" in refused[0].message
    late = editor(place)
    with pytest.raises(Conflict, match="样例于2026-03-01"):
        press(place.bureau, "70")
    assert editor(place) == late


def test_each_fault_is_named_and_nothing_is_changed(place: Counties) -> None:
    before = editor(place)
    with pytest.raises(Invalid) as refusal:
        save(place, professional="很多", learn_until="")
    assert set(refusal.value.fields) == {"professional", "learn_until"}
    with pytest.raises(Invalid) as refusal:
        save(place, note=" ", professional="61")
    assert set(refusal.value.fields) == {"note"}
    with pytest.raises(NotFound):
        editor(place, 2021)
    assert editor(place) == before


def test_only_the_city_bureau_may(place: Counties) -> None:
    for who in (place.north, place.county_clerk):
        for use_case, given in (
            (year_editing.list_years, {}), (year_editing.get_editor, {"year": 2020}),
            (year_editing.preview, {"year": 2020, "typed": {}}),
            (year_editing.save, {"year": 2020, "typed": {}, "note": "", "version": 1}),
        ):  # fmt: skip
            with pytest.raises(NotPermitted):
                place.act(who, use_case, **given)


def test_the_changes_are_append_only(place: Counties) -> None:
    save(place, professional="72")
    with pytest.raises(DatabaseError, match="append-only"), place.engine.begin() as line:
        line.execute(text("UPDATE policy_edition SET note = 'x'"))


def test_an_edited_year_goes_on_where_nobody_opened_the_next(place: Counties, clock: Clock) -> None:
    save(place, professional="72")
    clock.business = datetime(2021, 1, 1, tzinfo=SHANGHAI)
    with transaction(write=True, on=place.engine) as session:
        policies.ensure_shipped(session, SYSTEM)
        assert session.get_one(YearPolicyRow, 2021).professional == Hours.of(72)
