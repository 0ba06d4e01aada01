"""Places in a class: as many as there are, one each, until it begins; what learners may see."""

from datetime import date, timedelta

import pytest
from sqlalchemy import Engine

from rxapp.errors import Conflict, Invalid, NotFound, NotPermitted
from rxapp.models.audit import AuditEvent
from rxapp.models.people import Person
from rxapp.models.projects import Enrolment
from rxapp.services import class_places, classes, project_pages
from tests.factories import Clock, at_once, make_person
from tests.services.filing import Filing
from tests.services.test_projects import cancel, go_to

pytestmark = pytest.mark.usefixtures("installation")


@pytest.fixture
def case(engine: Engine, clock: Clock) -> Filing:
    return Filing(engine)


def people(case: Filing, number: int) -> list[int]:
    from sqlmodel import Session

    with Session(case.engine) as session, session.begin():
        return [
            make_person(session, f"学员{place}", organisation_id=case.mill).id or 0
            for place in range(number)
        ]


def test_the_last_place_goes_to_one_however_many_press_at_once(case: Filing) -> None:
    id = case.approved(capacity="3")
    crowd = people(case, 8)
    said = at_once(
        [lambda who=who: case.act(who, class_places.enrol, project_id=id) for who in crowd]
    )
    assert sorted(type(each).__name__ for each in said) == ["Conflict"] * 5 + ["NoneType"] * 3
    assert all("名额已满" in str(each) for each in said if each)
    assert case.row(id).enrolled == len(case.placed(id)) == 3
    # Whoever was refused has left nothing behind.
    assert case.count(Enrolment) == 3


def test_one_person_pressing_many_times_has_one_place(case: Filing) -> None:
    id = case.approved(capacity="3")
    at_once([lambda: case.act(case.lena, class_places.enrol, project_id=id) for _ in range(4)])
    assert (case.row(id).enrolled, case.placed(id)) == (1, {case.lena})
    at_once([lambda: case.act(case.lena, class_places.leave, project_id=id) for _ in range(4)])
    assert (case.row(id).enrolled, case.placed(id)) == (0, set())
    case.act(case.lena, class_places.enrol, project_id=id)
    assert (case.row(id).enrolled, case.placed(id)) == (1, {case.lena})
    assert case.count(AuditEvent, AuditEvent.action == "project:enrolled") == 2
    assert case.count(AuditEvent, AuditEvent.action == "project:left") == 1


def test_a_place_given_up_is_somebody_elses(case: Filing) -> None:
    id = case.approved(capacity="1")
    case.act(case.lena, class_places.enrol, project_id=id)
    with pytest.raises(Conflict, match="名额已满"):
        case.act(case.olga, class_places.enrol, project_id=id)
    case.act(case.lena, class_places.leave, project_id=id)
    case.act(case.olga, class_places.enrol, project_id=id)
    assert case.placed(id) == {case.olga}


def test_places_are_taken_and_given_up_until_it_begins(case: Filing, clock: Clock) -> None:
    id = case.approved(start=date(2020, 9, 10))
    go_to(clock, date(2020, 9, 9))
    case.act(case.lena, class_places.enrol, project_id=id)
    go_to(clock, date(2020, 9, 10))
    with pytest.raises(Conflict, match="已经开班"):
        case.act(case.olga, class_places.enrol, project_id=id)
    with pytest.raises(Conflict, match="已经开班"):
        case.act(case.lena, class_places.leave, project_id=id)
    assert case.placed(id) == {case.lena}


@pytest.mark.parametrize("what", ["draft", "filed"])
def test_what_was_never_approved_is_nobodys(case: Filing, what: str) -> None:
    id = getattr(case, what)()
    for use_case in (class_places.enrol, class_places.leave):
        with pytest.raises(NotFound):
            case.act(case.lena, use_case, project_id=id)
    with pytest.raises(NotFound):
        case.act(case.lena, classes.get_class, id)
    assert case.act(case.lena, classes.list_classes).rows == []


def test_whoever_has_not_activated_takes_no_place(case: Filing) -> None:
    id = case.approved()
    case.change(Person, case.olga, activated_at=None)
    with pytest.raises(NotPermitted):
        case.act(case.olga, class_places.enrol, project_id=id)


def test_capacity_never_falls_below_the_places_taken(case: Filing) -> None:
    id = case.approved(capacity="2")
    case.save(id, capacity="1")
    case.submit(id)
    for who in (case.lena, case.olga):
        case.act(who, class_places.enrol, project_id=id)
    with pytest.raises(Conflict, match="已有2人报名"):
        case.decide(id)
    case.decide(id, "return", "已有人报名")
    with pytest.raises(Invalid) as caught:
        case.submit(id)
    assert "已有2人报名" in caught.value.fields["capacity"]


def titles(case: Filing, **given: str) -> list[str]:
    return [row.title for row in case.act(case.lena, classes.list_classes, **given).rows]


def test_classes_are_found_by_subject_field_month_and_words(case: Filing, clock: Clock) -> None:
    case.approved(start=date(2020, 9, 10), title="急诊护理新技术培训班")
    case.approved(
        start=date(2020, 9, 20), title="网络安全专题培训", subject="public_elective", field=""
    )
    case.approved(start=date(2020, 10, 15), title="小麦病虫害防治培训", field="农业技术")
    every = ["急诊护理新技术培训班", "网络安全专题培训", "小麦病虫害防治培训"]
    assert titles(case) == every
    assert titles(case, subject="public_elective") == every[1:2]
    assert titles(case, field="农业技术") == every[2:]
    assert titles(case, month="2020-09") == every[:2]
    assert titles(case, query="护理 培训中心") == every[:1]
    assert titles(case, query="%") == []
    assert titles(case, subject="x", field="y", month="2020-99") == every
    go_to(clock, date(2020, 9, 12))
    # Ended yesterday.
    assert titles(case) == every[1:]


def test_a_list_is_paged_without_gap_or_repeat(case: Filing) -> None:
    for place in range(25):
        case.approved(start=case.soon() + timedelta(days=place // 5), title=f"第{place}期培训班")
    first = case.act(case.lena, classes.list_classes)
    rest = case.act(case.lena, classes.list_classes, after=first.next_after)
    assert (len(first.rows), rest.next_after) == (20, "")
    assert len({row.id for row in (*first.rows, *rest.rows)}) == 25
    for rubbish in ("x", "2020-09-10", "2020-09-10|x", "|1", "2020-99-99|1"):
        with pytest.raises(Invalid):
            case.act(case.lena, classes.list_classes, after=rubbish)


def test_a_learner_is_told_what_is_in_force(case: Filing) -> None:
    id = case.approved()
    case.save(id, place="还没有批准的地点")
    case.submit(id)
    view = case.act(case.lena, classes.get_class, id)
    said = {fact.name: fact.text for fact in view.facts}
    assert said["place"] == "样例市培训中心一号楼"
    assert "欧阳鸢尾　主任护师" in said["teachers"]
    assert "cost" not in said
    assert (view.may_enrol, view.may_leave, view.state) == (True, False, "可报名")
    case.act(case.lena, class_places.enrol, project_id=id)
    view = case.act(case.lena, classes.get_class, id)
    assert (view.may_enrol, view.may_leave, view.state) == (False, True, "已报名")
    assert [row.id for row in case.act(case.lena, classes.list_own)] == [id]
    assert case.act(case.olga, classes.list_own) == []
    cancel(case, id, "场地停电")
    view = case.act(case.lena, classes.get_class, id)
    assert (view.may_enrol, view.may_leave, view.state) == (False, False, "已取消")
    assert "场地停电" in view.said
    assert case.act(case.teacher, project_pages.get_project, id).enrolled == "1/30"
