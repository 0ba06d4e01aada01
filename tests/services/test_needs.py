"""培训需求: posted by employers, answered by bases with a class of theirs (article 6)."""

import pytest
from sqlalchemy import Engine

from rxapp.errors import Conflict, Invalid, NotFound, NotPermitted
from rxapp.models.messages import Message
from rxapp.models.projects import NeedAnswer, TrainingNeed
from rxapp.services import needs
from tests.factories import Clock, at_once
from tests.services.filing import Filing

pytestmark = pytest.mark.usefixtures("installation")
NEED = {
    "title": "静脉输液新技术培训", "subject": "professional", "field": "卫生健康", "people": "40",
    "wanted_by": "2020-12-01", "note": "最好在周末",
}  # fmt: skip


@pytest.fixture
def case(engine: Engine, clock: Clock) -> Filing:
    return Filing(engine)


def post(case: Filing, person: int = 0, **typed: str) -> int:
    return case.act(person or case.mill_clerk, needs.post, typed=NEED | typed)


def answer(case: Filing, need: int, project: int, person: int = 0) -> None:
    case.act(person or case.teacher, needs.answer, need_id=need, project_id=project)


def seen(case: Filing, person: int, **given: str) -> list[tuple[int, str, int]]:
    rows = case.act(person, needs.list_needs, **given).rows
    return [(row.id, row.status, len(row.answers)) for row in rows]


def test_a_need_is_posted_answered_and_told(case: Filing) -> None:
    id = post(case)
    assert post(case) == id
    assert seen(case, case.mill_clerk) == [(id, "open", 0)]
    assert seen(case, case.teacher, place="open") == [(id, "open", 0)]
    project = case.approved()
    for _ in range(2):
        answer(case, id, project)
    assert seen(case, case.mill_clerk) == [(id, "answered", 1)]
    assert case.count(Message, Message.person_id == case.mill_clerk) == 1
    assert case.count(NeedAnswer) == 1
    case.act(case.mill_clerk, needs.close, need_id=id)
    case.act(case.mill_clerk, needs.close, need_id=id)
    assert seen(case, case.teacher, place="open") == []
    assert seen(case, case.mill_clerk) == [(id, "closed", 1)]
    with pytest.raises(Conflict, match="已关闭"):
        answer(case, id, case.approved(title="另一个培训班"))


def test_the_same_answer_at_once_is_one(case: Filing) -> None:
    id, project = post(case), case.approved()
    at_once([lambda: answer(case, id, project) for _ in range(3)])
    assert case.count(NeedAnswer) == 1
    assert case.count(Message, Message.person_id == case.mill_clerk) == 1


def test_who_may_do_what(case: Filing) -> None:
    id, project = post(case), case.approved()
    for person in (case.mill_clerk, case.guild_clerk, case.other_teacher):
        with pytest.raises(NotFound):
            answer(case, id, project, person)
    with pytest.raises(NotPermitted):
        answer(case, id, project, case.lena)
    with pytest.raises(NotFound):
        post(case, case.teacher)
    for person in (case.teacher, case.guild_clerk):
        with pytest.raises(NotFound):
            case.act(person, needs.close, need_id=id)
    # Other employers do not see it, nor does a base that asks for its own.
    assert seen(case, case.guild_clerk) == seen(case, case.guild_clerk, place="open") == []
    assert seen(case, case.teacher) == []
    for unknown in (0, -1, 10**12):
        with pytest.raises(NotFound):
            answer(case, unknown, project)
        with pytest.raises(NotFound):
            answer(case, id, unknown)


def test_a_class_that_is_not_approved_answers_nothing(case: Filing) -> None:
    id = post(case)
    with pytest.raises(Conflict, match="尚未开班"):
        answer(case, id, case.filed())
    assert case.count(NeedAnswer) == 0
    assert case.act(case.teacher, needs.get_desk).classes == []
    project = case.approved(title="已备案的培训班")
    desk = case.act(case.teacher, needs.get_desk)
    assert [value for value, _ in desk.classes] == [f"{project}"]
    assert (desk.may_post, desk.may_answer) == (False, True)
    desk = case.act(case.mill_clerk, needs.get_desk)
    assert (desk.may_post, desk.may_answer) == (True, False)


@pytest.mark.parametrize(
    ("typed", "fields"),
    [
        ({"title": "护理"}, {"title"}), ({"title": "长" * 81}, {"title"}),
        ({"subject": ""}, {"subject"}), ({"field": ""}, {"field"}),
        ({"people": "0"}, {"people"}), ({"people": "多"}, {"people"}),
        ({"wanted_by": "2020-08-01"}, {"wanted_by"}), ({"wanted_by": "明年"}, {"wanted_by"}),
        ({"note": "长" * 301}, {"note"}), ({"note": "\u202e"}, {"note"}),
        ({"title": "", "subject": "x", "people": "-1"}, {"title", "subject", "people"}),
    ],
)  # fmt: skip
def test_bad_input_names_every_field(case: Filing, typed: dict[str, str], fields: set[str]) -> None:
    with pytest.raises(Invalid) as caught:
        post(case, **typed)
    assert set(caught.value.fields) == fields
    assert case.count(TrainingNeed) == 0


def test_needs_are_paged_by_key_and_open_ones_are_limited(case: Filing) -> None:
    for place in range(30):
        post(case, title=f"第{place}项培训需求")
    with pytest.raises(Conflict, match="30项"):
        post(case, title="再来一项培训需求")
    first = case.act(case.teacher, needs.list_needs, place="open")
    rest = case.act(case.teacher, needs.list_needs, place="open", before=first.next_before)
    assert (len(first.rows), len(rest.rows), rest.next_before) == (20, 10, 0)
    assert len({row.id for row in (*first.rows, *rest.rows)}) == 30
