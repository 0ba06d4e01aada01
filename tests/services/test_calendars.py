"""工作日历: drafted day by day, looked at by its effect, published as a version kept for good."""

from datetime import date

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from rxapp import clock as real_clock
from rxapp.errors import Conflict, Invalid, NotFound, NotPermitted
from rxapp.models.projects import WorkingCalendar
from rxapp.services import calendar_editing, calendars
from tests.factories import Clock, at_once
from tests.services.filing import Filing
from tests.services.test_projects import go_to

pytestmark = pytest.mark.usefixtures("installation")


@pytest.fixture
def case(engine: Engine, clock: Clock) -> Filing:
    return Filing(engine)


def mark(
    case: Filing, day: str, kind: str = "off", name: str = "样例假日", year: int = 2020
) -> None:
    typed = {"day": day, "kind": kind, "name": name}
    case.act(case.city_clerk, calendar_editing.mark, year=year, typed=typed)


def view(case: Filing, year: int = 2020) -> calendar_editing.CalendarView:
    return case.act(case.city_clerk, calendar_editing.get_calendar, year=year)


def publish(case: Filing, note: str = "省政府通知", version: int = 0, year: int = 2020) -> int:
    return case.act(
        case.city_clerk, calendar_editing.publish, year=year, note=note,
        version=version or view(case, year).version,
    )  # fmt: skip


def latest(case: Filing, start: date) -> date:
    with Session(case.engine) as session:
        return calendars.judge(session, start).latest


def test_a_day_is_drafted_shown_and_published(case: Filing) -> None:
    id = case.filed(start=date(2020, 9, 10))
    mark(case, "2020-09-09")
    # A draft changes nothing yet.
    assert latest(case, date(2020, 9, 10)) == date(2020, 9, 3)
    shown = view(case)
    assert [(row.day, row.before, row.after) for row in shown.changes] == [
        ("2020-09-09", "上班", "休息（样例假日）")
    ]
    assert [(row.before, row.after) for row in shown.touched] == [("2020-09-03", "2020-09-02")]
    version = shown.version
    assert publish(case) == publish(case, version=version) == 2
    assert latest(case, date(2020, 9, 10)) == date(2020, 9, 2)
    assert case.edition(id).calendars == {"2020": 1}
    assert view(case).changes == []
    assert [row.version for row in view(case).versions] == [2, 1]
    assert case.count(WorkingCalendar, WorkingCalendar.year == 2020) == 2


def test_a_swapped_weekend_is_worked_and_a_day_may_follow_its_weekday_again(case: Filing) -> None:
    mark(case, "2020-09-05", "worked", "样例调休")
    mark(case, "2020-10-08", "plain", "")
    publish(case)
    assert latest(case, date(2020, 9, 10)) == date(2020, 9, 4)
    october = {cell.number: cell for week in view(case).months[9].weeks for cell in week}
    assert (october["8"].worked, october["8"].special) == (True, False)
    # Marked as it is already, a day is no change.
    mark(case, "2020-09-05", "worked", "样例调休")
    with pytest.raises(Invalid, match="没有需要发布"):
        publish(case)


def test_a_month_is_shown_week_by_week(case: Filing) -> None:
    grid = view(case).months[0]
    assert grid.title == "1月"
    assert all(len(week) == 7 for week in grid.weeks)
    named = [cell for week in grid.weeks for cell in week if cell.name]
    assert {cell.name for cell in named} >= {"元旦", "春节"}
    assert [cell.number for week in grid.weeks for cell in week if cell.number] == [
        f"{day}" for day in range(1, 32)
    ]


def test_a_year_not_yet_published_begins_with_version_one(case: Filing, clock: Clock) -> None:
    go_to(clock, date(2026, 11, 2))
    assert view(case, 2027).version == 0
    mark(case, "2027-01-01", name="元旦", year=2027)
    assert publish(case, year=2027) == 1
    assert latest(case, date(2027, 1, 6)) == date(2026, 12, 29)


def test_of_two_clerks_the_second_is_told(case: Filing) -> None:
    with Session(case.engine) as session, session.begin():
        second = case.clerk(session, "百里重楼", case.city)
    mark(case, "2020-09-09")
    said = at_once(
        [
            lambda who=who: case.act(
                who, calendar_editing.publish, year=2020, note="省政府通知", version=1
            )
            for who in (case.city_clerk, second)
        ]
    )
    kinds = sorted(type(each).__name__ for each in said)
    assert kinds in (["Invalid", "int"], ["Conflict", "int"])
    assert case.count(WorkingCalendar, WorkingCalendar.version == 2) == 1
    # A draft that another version overtook is not published over it.
    mark(case, "2020-09-08")
    with Session(case.engine) as session, session.begin():
        row = WorkingCalendar(year=2020, version=3, days={}, set_at=real_clock.now())
        session.add(row)
    assert view(case).stale
    with pytest.raises(Conflict, match="新的版本"):
        publish(case)
    case.act(case.city_clerk, calendar_editing.discard, year=2020)
    assert not view(case).stale


@pytest.mark.parametrize(
    ("day", "kind", "name", "fields"),
    [
        ("", "off", "假", {"day"}), ("2021-01-01", "off", "假", {"day"}),
        ("2020-02-30", "off", "假", {"day"}), ("2020-09-09", "", "假", {"kind"}),
        ("2020-09-09", "maybe", "假", {"kind"}), ("2020-09-09", "off", "", {"name"}),
        ("2020-09-09", "off", "长" * 21, {"name"}), ("x", "y", "", {"day", "kind", "name"}),
    ],
)  # fmt: skip
def test_bad_input_names_every_field(
    case: Filing, day: str, kind: str, name: str, fields: set[str]
) -> None:
    with pytest.raises(Invalid) as caught:
        mark(case, day, kind, name)
    assert set(caught.value.fields) == fields


def test_only_the_city_bureau_keeps_the_calendar(case: Filing) -> None:
    for person in (case.county_clerk, case.teacher, case.lena):
        for use_case, given in (
            (calendar_editing.get_calendar, {}), (calendar_editing.mark, {"typed": {}}),
            (calendar_editing.publish, {"note": "x", "version": 1}),
            (calendar_editing.discard, {}),
        ):  # fmt: skip
            with pytest.raises(NotPermitted):
                case.act(person, use_case, year=2020, **given)
    for year in (2019, 2022, 10**9):
        with pytest.raises(NotFound):
            view(case, year)
    mark(case, "2020-09-09")
    with pytest.raises(Invalid) as caught:
        publish(case, note="")
    assert set(caught.value.fields) == {"note"}
