"""The states of a course, the manifest of its package, and questions as they are typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rxapp.errors import Invalid
from rxapp.rules import film_lengths, manifests, question_forms
from rxapp.rules.courses import (
    FACTS,
    KNOWN,
    OPEN,
    TRANSITIONS,
    Act,
    Status,
    columns_of,
    keep_fact,
    parse_reason,
    stopped_sentence,
)
from rxapp.rules.hours import Hours
from rxapp.rules.manifests import CourseManifest, LessonManifest
from rxapp.rules.quizzes import Kind, Option, Question
from rxapp.rules.subjects import Subject

# What people type: no control characters, no blanks at the ends.
words = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=30)
codes = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,20}", fullmatch=True)


@st.composite
def questions(draw: st.DrawFn) -> Question:
    kind = draw(st.sampled_from(Kind))
    count = 2 if kind is Kind.TRUE_FALSE else draw(st.integers(2, 8))
    texts = draw(st.lists(words, min_size=count, max_size=count, unique=True))
    ids = "abcdefgh"[:count]
    most = count if kind is Kind.MULTIPLE else 1
    right = draw(st.sets(st.sampled_from(ids), min_size=1, max_size=most))
    begin = draw(st.integers(0, 500))
    return Question(
        0, kind, draw(words),
        tuple(Option(id, text) for id, text in zip(ids, texts, strict=True)),
        frozenset(right), begin * 1000, draw(st.integers(begin + 1, 600)) * 1000,
    )  # fmt: skip


@st.composite
def courses(draw: st.DrawFn) -> CourseManifest:
    names = draw(st.lists(codes, min_size=1, max_size=4, unique=True))
    lessons = tuple(
        LessonManifest(
            name, draw(words), f"lessons/{place:03d}.mp4",
            tuple(draw(st.lists(questions(), min_size=1, max_size=4))),
        )
        for place, name in enumerate(names)
    )  # fmt: skip
    return CourseManifest(
        code=draw(codes), title=draw(words), year=draw(st.integers(2016, 2100)),
        subject=draw(st.sampled_from(Subject)), series=draw(words),
        hours=Hours(draw(st.integers(1, 900))), provider=draw(words),
        summary=draw(st.just("") | words), lessons=lessons,
    )  # fmt: skip


@given(courses())
def test_what_is_written_is_read_again_equal(course: CourseManifest) -> None:
    again, faults = manifests.read(manifests.write(course))
    assert (again, faults) == (course, {})


@given(st.integers(1, 500), st.integers(1000, 4 * 3600 * 1000))
def test_questions_share_a_film_out_in_order_and_within_it(count: int, length_ms: int) -> None:
    stretches = [film_lengths.shared_out(place, count, length_ms) for place in range(count)]
    assert all(0 <= begin < end <= length_ms for begin, end in stretches)
    assert all(begin % 1000 == end % 1000 == 0 for begin, end in stretches)
    assert stretches == sorted(stretches)


@given(st.integers(1, 24))
def test_every_ten_minutes_begun_need_five_questions(stretches: int) -> None:
    minute = 60_000
    assert film_lengths.questions_needed(stretches * 10 * minute) == stretches * 5
    assert film_lengths.questions_needed((stretches * 10 - 9) * minute) == stretches * 5


def test_every_act_leads_somewhere_and_nothing_leads_back_from_published() -> None:
    assert {act for _, act in TRANSITIONS} == set(Act)
    for (status, act), after in TRANSITIONS.items():
        assert status is not after
        if status in KNOWN:
            assert after in KNOWN, act
    ends = set(Status) - {status for status, _ in TRANSITIONS}
    assert ends == {Status.WITHDRAWN, Status.SUPERSEDED}
    assert not OPEN & KNOWN
    assert all(each.label for each in (*Status, *Act))


def test_only_what_ended_says_that_it_ended() -> None:
    assert {status for status in Status if stopped_sentence(status)} == {
        Status.WITHDRAWN, Status.SUPERSEDED,
    }  # fmt: skip


@given(st.dictionaries(st.sampled_from(sorted(FACTS)), st.text(max_size=50)))
def test_whatever_is_typed_makes_columns(typed: dict[str, str]) -> None:
    columns = columns_of({name: keep_fact(name, value) for name, value in typed.items()})
    assert isinstance(columns["hours"], Hours)
    assert len(columns["title"]) <= 120
    with pytest.raises(Invalid):
        keep_fact("status", "published")


def test_a_reason_says_something() -> None:
    assert parse_reason("  内容 过时 ") == "内容 过时"
    for wrong in ("", " ", "短", "长" * 201):
        with pytest.raises(Invalid):
            parse_reason(wrong)


@given(questions())
def test_a_question_that_is_written_out_is_read_again(asked: Question) -> None:
    if asked.kind is Kind.TRUE_FALSE:
        options = (Option("a", "正确"), Option("b", "错误"))
        asked = Question(
            0, asked.kind, asked.stem, options, asked.right, asked.review_from_ms,
            asked.review_to_ms,
        )  # fmt: skip
    if asked.kind is Kind.MULTIPLE and len(asked.right) == 1:
        return
    read = question_forms.parse(question_forms.written(asked), length_ms=600_000)
    assert read.question == asked


@pytest.mark.parametrize(
    ("right", "first", "answer"),
    [
        ("对", "", "正确"), ("错误", "", "错误"), ("×", "", "错误"), ("A", "", "正确"),
        ("A", "错误", "错误"), ("Ｂ", "", "错误"), ("√", "正确", "正确"),
    ],
)  # fmt: skip
def test_true_and_false_are_read_however_they_are_written(
    right: str, first: str, answer: str
) -> None:
    typed = {"kind": "判断题", "stem": "题", "right": right, "option_A": first}
    read = question_forms.parse(typed, length_ms=0).question
    assert [each.text for each in read.options if each.id in read.right] == [answer]


def test_letters_of_answers_may_be_set_apart() -> None:
    typed = {
        "kind": "多选", "stem": "题", "right": "a、Ｃ", "option_A": "一", "option_B": "二",
        "option_C": "三",
    }  # fmt: skip
    assert question_forms.parse(typed, length_ms=0).question.right == {"a", "c"}


@pytest.mark.parametrize("words", [("正确", "错误"), ("错误", "正确"), ("错", "对"), ("√", "×")])
@pytest.mark.parametrize("right", ["a", "b"])
def test_a_judgement_keeps_its_answer_when_it_is_put_right(
    words: tuple[str, str], right: str
) -> None:
    options = (Option("a", words[0]), Option("b", words[1]))
    asked = Question(0, Kind.TRUE_FALSE, "题", options, frozenset(right), 0, 0)
    said = "正确" if words["ab".index(right)] in ("正确", "对", "√") else "错误"
    typed = question_forms.written(asked)
    assert typed["right"] == said
    # The form sends the answer alone, in the words of its two choices.
    sent = {"kind": typed["kind"], "stem": typed["stem"], "right": typed["right"]}
    read = question_forms.parse(sent, length_ms=0).question
    assert [each.text for each in read.options if each.id in read.right] == [said]


def test_a_judgement_in_other_words_is_asked_for_again() -> None:
    options = (Option("a", "合格"), Option("b", "不合格"))
    asked = Question(0, Kind.TRUE_FALSE, "题", options, frozenset("a"), 0, 0)
    assert question_forms.written(asked)["right"] == ""
