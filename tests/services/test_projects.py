"""培训项目备案: filed five working days ahead, decided once, changed by editions (article 5)."""

from datetime import date, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from rxapp import clock
from rxapp.errors import Conflict, Invalid, NotFound, NotPermitted
from rxapp.models.audit import AuditEvent
from rxapp.models.messages import Message
from rxapp.models.organisations import Organisation
from rxapp.models.people import Membership
from rxapp.models.projects import Project, ProjectEdition, WorkingCalendar
from rxapp.rules.projects import TRANSITIONS, Act, Role, Status
from rxapp.services import (
    calendars,
    class_places,
    project_beginning,
    project_dates,
    project_desk,
    project_moves,
    project_pages,
    project_reviews,
    projects,
)
from tests.factories import Clock, at_once
from tests.services.filing import FORM, Filing
from tests.services.test_tree import actor_of

pytestmark = pytest.mark.usefixtures("installation")


@pytest.fixture
def case(engine: Engine, clock: Clock) -> Filing:
    """Saturday, 1 August 2020: 3 August is the first day anybody works."""
    return Filing(engine)


def waiting(case: Filing, person: int) -> int:
    return case.act(person, project_desk.get_summary).filings


def test_a_class_is_filed_reviewed_and_in_force(case: Filing) -> None:
    id = case.draft()
    assert case.row(id).number is None
    number = case.submit(id)
    row, edition = case.row(id), case.edition(id)
    assert (row.status, row.number, row.edition) == (Status.SUBMITTED, number, 0)
    assert (edition.edition, edition.filed_on, edition.calendars) == (
        1, date(2020, 8, 1), {"2020": 1},
    )  # fmt: skip
    assert edition.latest_on == date(2020, 9, 3)
    assert waiting(case, case.city_clerk) == 1
    assert case.days(id) == {}
    assert case.decide(id).startswith("“急诊护理新技术培训班”已备案")
    row = case.row(id)
    assert (row.status, row.edition, f"{row.hours}") == (Status.APPROVED, 1, "12.5")
    assert case.days(id) == {"2020-09-10": "8", "2020-09-11": "4.5"}
    assert (row.starts_on, row.ends_on, row.capacity) == (
        date(2020, 9, 10), date(2020, 9, 11), 30,
    )  # fmt: skip
    assert waiting(case, case.city_clerk) == 0
    with Session(case.engine) as session:
        told = session.exec(select(Message).where(Message.person_id == case.teacher)).one()
        done = session.exec(
            select(AuditEvent.action).where(AuditEvent.object_kind == "project")
        ).all()
    assert (told.title, told.href) == ("培训项目已备案", f"/desk/projects/{id}")
    assert done == ["project:begun", "project:filed", "project:decided"]


@pytest.mark.parametrize(
    ("today", "start", "latest"),
    [
        ("2020-01-22", "2020-02-06", "2020年1月22日"),
        ("2020-04-26", "2020-05-06", "2020年4月26日"),
        ("2020-09-28", "2020-10-12", "2020年9月28日"),
        ("2025-01-26", "2025-02-08", "2025年1月26日"),
        ("2025-09-28", "2025-10-11", "2025年9月28日"),
        ("2026-02-10", "2026-02-24", "2026年2月10日"),
        ("2026-04-29", "2026-05-09", "2026年4月29日"),
    ],
)
def test_too_late_is_refused_before_the_form_with_the_last_day_and_the_article(
    case: Filing, clock: Clock, today: str, start: str, latest: str
) -> None:
    go_to(clock, date.fromisoformat(today))
    said = case.act(case.teacher, project_dates.ask_deadline, starts_on=start)
    assert latest in said.sentence
    assert case.act(case.teacher, project_beginning.begin, starts_on=start)
    go_to(clock, date.fromisoformat(today) + timedelta(days=1))
    for use_case in (project_dates.ask_deadline, project_beginning.begin):
        with pytest.raises(Invalid) as caught:
            case.act(case.teacher, use_case, starts_on=start)
        assert "《通知》第五条" in caught.value.fields["starts_on"]
        assert latest in caught.value.fields["starts_on"]
    assert case.count(Project) == 1


def go_to(clock: Clock, day: date) -> None:
    clock.business = clock.business.replace(year=day.year, month=day.month, day=day.day)


def test_a_start_that_came_too_near_while_it_was_typed_is_refused_at_the_end(
    case: Filing, clock: Clock
) -> None:
    id = case.draft(start=date(2020, 8, 20))
    go_to(clock, date(2020, 8, 14))
    with pytest.raises(Invalid) as caught:
        case.submit(id)
    assert "2020年8月13日" in caught.value.fields["days"]
    assert "《通知》第五条" in caught.value.fields["days"]
    assert case.row(id).status is Status.DRAFT
    # Nothing typed is lost; a later start goes in.
    case.save(id, days="2020-08-21 8")
    case.submit(id)


def test_an_unpublished_year_is_never_refused_but_marked(case: Filing, clock: Clock) -> None:
    go_to(clock, date(2027, 3, 1))
    late = case.filed(start=date(2027, 3, 4))
    good = case.filed(start=date(2027, 3, 8))
    views = {
        id: case.act(case.city_clerk, project_reviews_view, case.edition(id).id)
        for id in (late, good)
    }
    assert "没有自动拒绝" in views[late].late
    assert views[good].late == ""
    for view in views.values():
        assert "2027年的工作日历尚未公布" in view.calendar
    rows = case.act(case.city_clerk, project_reviews.list_filings).rows
    assert [row.unsure for row in rows] == [True, True]
    # Afterwards is afterwards, whatever the calendar.
    with pytest.raises(Invalid, match="事前不备案"):
        case.act(case.teacher, project_beginning.begin, starts_on="2027-03-01")


project_reviews_view = project_pages.get_filing


def test_a_planned_class_is_held_to_the_rule_like_any_other(case: Filing) -> None:
    from rxapp.models.projects import PlanItem, TrainingPlan
    from rxapp.rules.hours import Hours
    from rxapp.rules.projects import Form, Kind
    from rxapp.rules.subjects import Subject

    with Session(case.engine) as session, session.begin():
        plan = TrainingPlan(organisation_id=case.base, year=2020, status=Status.APPROVED)
        session.add(plan)
        session.flush()
        item = PlanItem(
            plan_id=plan.id or 0, title="计划内的培训班", subject=Subject.PROFESSIONAL,
            field="卫生健康", form=Form.FACE_TO_FACE, month=9, hours=Hours.of(8), people=40,
        )  # fmt: skip
        session.add(item)
        session.flush()
        item_id = item.id
    with pytest.raises(Invalid, match="第五条"):
        case.act(case.teacher, project_beginning.begin, starts_on="2020-08-05", item_id=item_id)
    id = case.act(case.teacher, project_beginning.begin, starts_on="2020-09-10", item_id=item_id)
    assert (
        case.act(case.teacher, project_beginning.begin, starts_on="2020-09-11", item_id=item_id)
        == id
    )
    row = case.row(id)
    assert (row.kind, row.content["title"], row.content["capacity"]) == (
        Kind.PLAN, "计划内的培训班", "40",
    )  # fmt: skip
    with pytest.raises(NotFound):
        case.act(
            case.other_teacher, project_beginning.begin, starts_on="2020-09-10", item_id=item_id
        )


def test_who_files_with_whom(case: Filing) -> None:
    assert case.edition(case.filed()).office_id == case.city
    assert case.edition(case.filed(case.guild_clerk)).office_id == case.city
    assert case.edition(case.filed(case.mill_clerk)).office_id == case.county
    assert case.edition(case.filed(case.county_clerk)).office_id == case.city
    own = case.filed(case.city_clerk)
    assert case.edition(own).office_id == case.city
    # The city bureau's own is reviewed there, by somebody else than who filed it.
    with pytest.raises(NotPermitted, match="其他人员"):
        case.decide(own)
    with Session(case.engine) as session, session.begin():
        second = case.clerk(session, "百里重楼", case.city)
    case.decide(own, person=second)
    assert case.row(own).status is Status.APPROVED


def test_what_is_anothers_cannot_be_seen_or_touched(case: Filing) -> None:
    id = case.filed()
    edition = case.edition(id)
    for person in (case.other_teacher, case.mill_clerk, case.city_clerk):
        for use_case, given in (
            (project_pages.get_project, {}),
            (projects.withdraw, {"version": 3}), (projects.submit, {"version": 3}),
            (projects.cancel, {"version": 3, "reason": "不办了"}),
            (projects.save, {"version": 3, "typed": {"title": "别人的"}}),
        ):  # fmt: skip
            name = {"project_id": id}
            with pytest.raises(NotFound):
                case.act(person, use_case, **name, **given)
    for unknown in (0, -1, 10**12):
        with pytest.raises(NotFound):
            case.act(case.teacher, project_pages.get_project, unknown)
    with pytest.raises(NotFound):
        case.decide(id, person=case.county_clerk)
    for person in (case.teacher, case.lena):
        with pytest.raises(NotPermitted):
            case.decide(id, person=person)
    with pytest.raises(NotPermitted):
        case.act(case.lena, project_beginning.begin, starts_on="2020-09-10")
    assert case.edition(id).status is edition.status is Status.SUBMITTED
    assert case.act(case.other_teacher, project_pages.list_own).rows == []
    assert [row.id for row in case.act(case.teacher, project_pages.list_own).rows] == [id]


@pytest.mark.parametrize(
    ("act", "status"),
    [("approve", Status.APPROVED), ("return", Status.RETURNED), ("reject", Status.REJECTED)],
)
def test_a_word_counts_once_and_the_second_is_told_of_the_first(
    case: Filing, act: str, status: Status
) -> None:
    with Session(case.engine) as session, session.begin():
        second = case.clerk(session, "百里重楼", case.city)
    id = case.filed()
    if act != "approve":
        for reason in ("", " ", "否", "长" * 201):
            with pytest.raises(Invalid) as caught:
                case.decide(id, act, reason)
            assert set(caught.value.fields) == {"reason"}
    assert case.decide(id, act, "请核对师资") == case.decide(id, act, "请核对师资")
    assert case.row(id).status is status
    with pytest.raises(Conflict, match="轩辕辛夷"):
        case.decide(id, "approve" if act != "approve" else "reject", "晚了一步", person=second)
    with pytest.raises(NotFound):
        case.decide(id, "magic")
    assert case.count(Message, Message.person_id == case.teacher) == 1
    assert waiting(case, case.city_clerk) == 0


def test_of_two_reviewers_at_once_one_decides(case: Filing) -> None:
    with Session(case.engine) as session, session.begin():
        second = case.clerk(session, "百里重楼", case.city)
    id = case.filed()
    edition = case.edition(id).id
    said = at_once(
        [
            lambda who=who, act=act: case.act(
                who, project_reviews.decide, edition_id=edition, act=act, note="同时办理"
            )
            for who, act in ((case.city_clerk, "approve"), (second, "return"))
        ]
    )
    assert sorted(type(each).__name__ for each in said) == ["Conflict", "str"]
    assert case.row(id).status in (Status.APPROVED, Status.RETURNED)
    assert waiting(case, case.city_clerk) == 0


def test_withdrawing_and_deciding_at_once_end_in_one_state(case: Filing) -> None:
    id = case.filed()
    row, edition = case.row(id), case.edition(id).id
    said = at_once(
        [
            lambda: case.act(case.teacher, projects.withdraw, project_id=id, version=row.version),
            lambda: case.act(
                case.city_clerk, project_reviews.decide, edition_id=edition, act="approve", note=""
            ),
        ]
    )
    assert sum(isinstance(each, Conflict) for each in said) == 1
    pair = (case.row(id).status, case.edition(id).status)
    assert pair in ((Status.DRAFT, Status.CANCELLED), (Status.APPROVED, Status.APPROVED))
    assert waiting(case, case.city_clerk) == 0


def test_submitted_twice_it_is_one_filing(case: Filing) -> None:
    id = case.draft()
    version = case.row(id).version
    numbers = at_once(
        [
            lambda: case.act(case.teacher, projects.submit, project_id=id, version=version)
            for _ in range(3)
        ]
    )
    assert len(set(numbers)) == 1
    assert case.count(ProjectEdition) == 1
    assert waiting(case, case.city_clerk) == 1


def test_what_was_returned_keeps_the_day_it_was_first_filed_on(case: Filing, clock: Clock) -> None:
    id = case.filed(start=date(2020, 8, 12))
    case.decide(id, "return", "请补充师资")
    go_to(clock, date(2020, 8, 10))
    case.save(id, teachers="欧阳鸢尾 主任护师")
    case.submit(id)
    assert case.edition(id).filed_on == date(2020, 8, 1)
    assert case.act(case.city_clerk, project_reviews_view, case.edition(id).id).late == ""
    case.decide(id, "return", "再补充")
    # Another start is another filing.
    case.save(id, days="2020-08-13 8")
    with pytest.raises(Invalid, match="第五条"):
        case.submit(id)
    # So is one that was taken back.
    case.save(id, days="2020-08-12 8")
    case.submit(id)
    case.act(case.teacher, projects.withdraw, project_id=id, version=case.row(id).version)
    with pytest.raises(Invalid, match="第五条"):
        case.submit(id)


def test_a_change_is_a_new_edition_and_the_approved_one_holds_meanwhile(
    case: Filing, clock: Clock
) -> None:
    id = case.approved()
    case.act(case.lena, class_places.enrol, project_id=id)
    with pytest.raises(Invalid, match="没有需要报备"):
        case.submit(id)
    case.save(id, place="样例市培训中心二号楼", days="2020-09-15 8")
    case.submit(id)
    row = case.row(id)
    assert (row.status, row.edition, row.place) == (Status.APPROVED, 1, FORM["place"])
    assert case.days(id) == {"2020-09-10": "8", "2020-09-11": "4.5"}
    view = case.act(case.city_clerk, project_reviews_view, case.edition(id).id)
    assert {fact.name for fact in view.facts if fact.changed} == {"place", "days", "total"}
    assert view.change
    case.decide(id, "return", "场地没有证明")
    assert case.row(id).place == FORM["place"]
    case.submit(id)
    case.decide(id)
    row = case.row(id)
    assert (row.edition, row.place, row.starts_on) == (3, "样例市培训中心二号楼", date(2020, 9, 15))
    assert case.days(id) == {"2020-09-15": "8"}
    with Session(case.engine) as session:
        told = session.exec(select(Message.title).where(Message.person_id == case.lena)).all()
    assert told == ["培训安排有变更"]
    assert [each.status for each in editions(case, id)] == [
        Status.APPROVED, Status.RETURNED, Status.APPROVED,
    ]  # fmt: skip


def editions(case: Filing, id: int) -> list[ProjectEdition]:
    with Session(case.engine) as session:
        return project_moves.list_editions(session, session.get_one(Project, id))


def test_a_changed_start_is_judged_anew(case: Filing, clock: Clock) -> None:
    id = case.approved(start=date(2020, 9, 10))
    go_to(clock, date(2020, 9, 7))
    # The same start with another teacher needs no five days, an earlier or later start does.
    for days in ("2020-09-09 8", "2020-09-11 8"):
        case.save(id, days=days)
        with pytest.raises(Invalid, match="第五条"):
            case.submit(id)
    case.save(id, days="2020-09-10 8", teachers="诸葛半夏 主任医师")
    case.submit(id)
    assert case.act(case.city_clerk, project_reviews_view, case.edition(id).id).late == ""
    case.decide(id)
    assert case.days(id) == {"2020-09-10": "8"}


def test_a_class_that_has_begun_keeps_its_dates(case: Filing, clock: Clock) -> None:
    id = case.approved(start=date(2020, 9, 10))
    go_to(clock, date(2020, 9, 10))
    case.save(id, days="2020-09-10 8\n2020-09-12 8")
    with pytest.raises(Invalid, match="已经开班"):
        case.submit(id)
    case.save(id, days="2020-09-10 8\n2020-09-11 4.5", place="样例市培训中心三号楼")
    case.submit(id)
    case.decide(id)
    assert case.row(id).place == "样例市培训中心三号楼"


def test_what_was_not_approved_before_it_began_is_not_approved_any_more(
    case: Filing, clock: Clock
) -> None:
    id = case.filed(start=date(2020, 9, 10))
    go_to(clock, date(2020, 9, 10))
    with pytest.raises(Conflict, match="第五条"):
        case.decide(id)
    case.decide(id, "return", "请更改开班日期")
    assert case.row(id).status is Status.RETURNED


def test_a_change_of_dates_is_not_approved_once_the_class_has_begun(
    case: Filing, clock: Clock
) -> None:
    id = case.approved(start=date(2020, 9, 10))
    case.save(id, days="2020-09-20 8")
    case.submit(id)
    go_to(clock, date(2020, 9, 10))
    with pytest.raises(Conflict, match="已到开班日期"):
        case.decide(id)
    case.decide(id, "reject", "已经开班")
    assert case.days(id) == {"2020-09-10": "8", "2020-09-11": "4.5"}
    assert case.row(id).status is Status.APPROVED


def test_a_cancelled_class_tells_those_who_enrolled(case: Filing) -> None:
    id = case.approved()
    case.act(case.lena, class_places.enrol, project_id=id)
    case.act(case.olga, class_places.enrol, project_id=id)
    case.act(case.olga, class_places.leave, project_id=id)
    with pytest.raises(Invalid):
        cancel(case, id, "")
    cancel(case, id, "场地停电")
    cancel(case, id, "场地停电", version=case.row(id).version - 1)
    assert case.row(id).status is Status.CANCELLED
    with Session(case.engine) as session:
        told = session.exec(select(Message.person_id, Message.body)).all()
    by_person = {who: body for who, body in told if "取消" in body}
    assert set(by_person) == {case.lena, case.city_clerk}
    assert "场地停电" in by_person[case.lena]
    with pytest.raises(Conflict, match="已取消"):
        case.act(case.olga, class_places.enrol, project_id=id)


def cancel(case: Filing, id: int, reason: str, version: int = 0) -> None:
    case.act(
        case.teacher, projects.cancel, project_id=id, reason=reason,
        version=version or case.row(id).version,
    )  # fmt: skip


def test_a_class_whose_hours_are_posted_is_closed(case: Filing) -> None:
    id = case.approved()
    case.change(Project, id, posted_at=clock.now())
    with pytest.raises(Conflict, match="已经计入"):
        case.save(id, place="别处的教室")
    with pytest.raises(Conflict, match="已经计入"):
        cancel(case, id, "不办了")
    assert not case.act(case.teacher, project_pages.get_project, id).editable


@pytest.mark.parametrize("way", ["withdraw", "return", "reject"])
def test_a_change_that_waits_when_the_hours_are_posted_does_not_wait_for_ever(
    case: Filing, way: str
) -> None:
    id = case.approved()
    held = dict(case.row(id).content)
    case.save(id, place="别处的教室")
    case.submit(id)
    case.change(Project, id, posted_at=clock.now())
    with pytest.raises(Conflict, match="已经计入"):
        case.decide(id)
    if way == "withdraw":
        case.act(case.teacher, projects.withdraw, project_id=id, version=case.row(id).version)
    else:
        case.decide(id, way, "学时已登记，不再变更")
    page = case.act(case.city_clerk, project_reviews.list_filings)
    assert (page.rows, page.waiting) == ([], 0)
    assert case.row(id).status is Status.APPROVED
    assert (case.row(id).edition, case.row(id).place) == (1, held["place"])


def test_two_windows_do_not_overwrite_each_other(case: Filing) -> None:
    id = case.draft()
    version = case.row(id).version
    given = {"project_id": id, "version": version}
    assert case.act(case.teacher, projects.save, typed={"place": "甲教室"}, **given) == version + 1
    with pytest.raises(Conflict, match="其他窗口"):
        case.act(case.teacher, projects.save, typed={"place": "乙教室"}, **given)
    # What is there already is no change.
    again = case.act(case.teacher, projects.save, typed={"place": "甲教室"}, **given)
    assert again == version + 1
    case.submit(id)
    with pytest.raises(Conflict, match="先撤回"):
        case.save(id, place="丙教室")


def test_a_draft_begun_twice_is_one_and_can_be_removed(case: Filing) -> None:
    one = case.act(case.teacher, project_beginning.begin, starts_on="2020-09-10")
    assert case.act(case.teacher, project_beginning.begin, starts_on="2020年9月10日") == one
    case.act(case.teacher, projects.remove, project_id=one, version=1)
    assert case.count(Project) == 0
    filed = case.filed()
    with pytest.raises(Conflict):
        case.act(case.teacher, projects.remove, project_id=filed, version=3)


def test_what_was_filed_and_taken_back_need_not_stay_a_draft_for_ever(case: Filing) -> None:
    never = case.draft()
    assert not case.act(case.teacher, project_pages.get_project, never).may_cancel
    with pytest.raises(Conflict, match="可以直接删除"):
        cancel(case, never, "不办了")
    id = case.filed(title="另一个护理培训班")
    case.act(case.teacher, projects.withdraw, project_id=id, version=case.row(id).version)
    shown = case.act(case.teacher, project_pages.get_project, id)
    assert (shown.may_remove, shown.may_cancel) == (False, True)
    cancel(case, id, "不办了")
    assert case.row(id).status is Status.CANCELLED
    assert case.row(never).status is Status.DRAFT


@pytest.mark.parametrize("slip", ["0001-01-01", "0020-09-01", "9999-12-31"])
def test_a_slip_of_the_finger_in_a_year_is_said_and_the_page_still_opens(
    case: Filing, slip: str
) -> None:
    with pytest.raises(Invalid, match="开班日期"):
        case.act(case.teacher, project_dates.ask_deadline, starts_on=slip)
    id = case.draft()
    case.save(id, days=f"{slip} 8")
    assert case.act(case.teacher, project_pages.get_project, id).typed["days"] == f"{slip} 8"
    with pytest.raises(Invalid) as caught:
        case.submit(id)
    assert set(caught.value.fields) == {"days"}
    for until in (slip, "2020-09-30"):
        with pytest.raises(Invalid):
            case.act(
                case.teacher, project_beginning.fill_days, project_id=id, until=until, hours="8",
                version=case.row(id).version,
            )  # fmt: skip


def test_the_same_days_written_otherwise_are_the_same_days(case: Filing, clock: Clock) -> None:
    id = case.approved(date(2020, 9, 10))
    clock.business = clock.business.replace(month=9, day=10)
    case.save(id, days="2020年9月10日 8\n2020.9.11 4.5 ", place="别处的教室")
    case.submit(id)
    case.decide(id)
    assert case.row(id).place == "别处的教室"


def test_what_was_returned_and_filed_anew_in_the_next_year_can_be_read(
    case: Filing, clock: Clock
) -> None:
    clock.business = clock.business.replace(month=12, day=20)
    id = case.filed(start=date(2021, 12, 20), days="2021-12-20 8")
    case.decide(id, "return", "请补充最后一天")
    clock.business = clock.business.replace(year=2021, month=1, day=5)
    case.save(id, days="2021-12-20 8\n2022-01-05 8")
    case.submit(id)
    assert case.act(case.city_clerk, project_reviews.list_filings).rows[0].hours == "16"
    case.decide(id)
    assert case.row(id).ends_on == date(2022, 1, 5)


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("act", list(Act))
def test_an_act_that_is_in_no_table_changes_nothing(case: Filing, status: Status, act: Act) -> None:
    id = case.filed()
    case.change(Project, id, status=status)
    before = case.row(id)
    for role in Role:
        with Session(case.engine) as session, session.begin():
            row = session.get_one(Project, id)
            allowed = (status, act, role) in TRANSITIONS
            if allowed:
                project_moves.move(session, row, act, role, version=row.version)
                assert row.status is TRANSITIONS[status, act, role]
                session.rollback()
                continue
            with pytest.raises(Conflict):
                project_moves.move(session, row, act, role, version=row.version)
    assert (case.row(id).status, case.row(id).version) == (status, before.version)


def test_a_filing_keeps_the_calendar_it_was_judged_by(case: Filing) -> None:
    id = case.filed(start=date(2020, 9, 10))
    with Session(case.engine) as session, session.begin():
        session.add(
            WorkingCalendar(
                year=2020, version=2, days={"2020-09-09": [False, "样例假日"]}, set_at=clock.now()
            )
        )
    view = case.act(case.city_clerk, project_reviews_view, case.edition(id).id)
    assert "2020年9月3日备案（按2020年工作日历第1版计算）" in view.calendar
    other = case.filed(start=date(2020, 9, 10))
    edition = case.edition(other)
    assert (edition.latest_on, edition.calendars) == (date(2020, 9, 2), {"2020": 2})


def test_a_suspended_bureau_is_skipped(case: Filing) -> None:
    from rxapp.models.organisations import OrganisationStatus

    case.change(Organisation, case.county, status=OrganisationStatus.SUSPENDED)
    assert case.edition(case.filed(case.mill_clerk)).office_id == case.city


def test_a_clerk_who_left_files_nothing(case: Filing) -> None:
    id = case.draft()
    with Session(case.engine) as session, session.begin():
        row = session.exec(select(Membership).where(Membership.person_id == case.teacher)).one()
        row.ended_at = clock.now()
    with pytest.raises(NotPermitted):
        case.submit(id)


def test_the_lists_are_paged_by_key(case: Filing) -> None:
    for place in range(35):
        case.act(
            case.teacher,
            project_beginning.begin,
            starts_on=f"{case.soon() + timedelta(days=place)}",
        )
    first = case.act(case.teacher, project_pages.list_own)
    rest = case.act(case.teacher, project_pages.list_own, before=first.next_before)
    ids = [row.id for row in (*first.rows, *rest.rows)]
    assert len(first.rows) == 30
    assert ids == sorted(ids, reverse=True)
    assert len(set(ids)) == 35
    assert rest.next_before == 0


def test_calendars_are_shipped_once(case: Filing) -> None:
    with Session(case.engine) as session, session.begin():
        from rxapp.services.actors import SYSTEM

        assert calendars.ensure_shipped(session, SYSTEM) == 0
        with pytest.raises(NotPermitted):
            calendars.ensure_shipped(session, actor_of(session, case.city_clerk))
    assert case.count(WorkingCalendar, WorkingCalendar.year == 2020) == 1
