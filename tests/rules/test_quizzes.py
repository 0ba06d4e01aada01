"""Questions are sound, showings give nothing away, judging is exact, and another one follows."""

import itertools
import random
from dataclasses import asdict, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rxapp.errors import Conflict, Invalid
from rxapp.rules.quizzes import (
    MAX_OPTION,
    MAX_OPTIONS,
    MAX_STEM,
    Kind,
    Option,
    Question,
    check_question,
    choose,
    deal,
    judge,
    public_view,
    wait_after,
)

SEEDS = st.integers(0, 10_000)


def make_question(kind=Kind.MULTIPLE, *, options=4, right=(0, 2), **changes) -> Question:
    made = tuple(Option(f"stored-{n}", f"选项{n}") for n in range(options))
    question = Question(
        id=7,
        kind=kind,
        stem="继续教育一学时是多少分钟？",
        options=made,
        right=frozenset(made[n].id for n in right),
        review_from_ms=0,
        review_to_ms=30_000,
    )
    return replace(question, **changes)


SINGLE = make_question(Kind.SINGLE, right=(1,))
MULTIPLE = make_question()
TRUE_FALSE = make_question(Kind.TRUE_FALSE, options=2, right=(0,))
KINDS = pytest.mark.parametrize("question", [SINGLE, MULTIPLE, TRUE_FALSE], ids=lambda q: q.kind)


def dealt_by(question: Question, seed: int = 1):
    dice = random.Random(seed)
    return deal(question, new_id=lambda: f"{dice.getrandbits(64):x}", shuffle=dice.shuffle)


def shown_for(dealt, stored_ids) -> list[str]:
    return [shown for shown, stored in dealt.key if stored in stored_ids]


def faults(question: Question) -> dict[str, str]:
    with pytest.raises(Invalid) as refused:
        check_question(question, row=12, length_ms=60_000)
    return refused.value.fields


@KINDS
def test_a_sound_question_is_accepted(question):
    check_question(question, row=1, length_ms=60_000)


@pytest.mark.parametrize(
    ("field", "question"),
    [
        ("stem", replace(SINGLE, stem=" 　")),
        ("stem", replace(SINGLE, stem="长" * (MAX_STEM + 1))),
        ("options", make_question(options=1, right=(0,))),
        ("options", make_question(options=MAX_OPTIONS + 1)),
        ("options", make_question(Kind.TRUE_FALSE, options=3, right=(0,))),
        ("options", replace(SINGLE, options=(*SINGLE.options, Option("stored-9", " ")))),
        ("options", replace(SINGLE, options=(*SINGLE.options, Option("", "另一项")))),
        ("options", replace(SINGLE, options=(*SINGLE.options, Option("stored-9", "选项0 ")))),
        ("options", replace(SINGLE, options=(*SINGLE.options, Option("stored-0", "另一项")))),
        (
            "options",
            replace(SINGLE, options=(*SINGLE.options, Option("x", "长" * (MAX_OPTION + 1)))),
        ),
        ("right", replace(SINGLE, right=frozenset())),
        ("right", replace(MULTIPLE, right=frozenset())),
        ("right", replace(MULTIPLE, right=frozenset({"stored-0", "elsewhere"}))),
        ("right", make_question(Kind.SINGLE, right=(0, 1))),
        ("right", make_question(Kind.TRUE_FALSE, options=2, right=(0, 1))),
        ("review", replace(SINGLE, review_from_ms=-1)),
        ("review", replace(SINGLE, review_from_ms=30_000)),
        ("review", replace(SINGLE, review_to_ms=60_001)),
    ],
)
def test_an_unsound_question_is_refused_by_row_and_field(field, question):
    found = faults(question)
    assert list(found) == [field]
    assert found[field].startswith("第 12 行：")


def test_the_longest_texts_still_pass():
    longest = (Option("stored-1", "长" * MAX_OPTION), Option("b", "短"))
    check_question(replace(SINGLE, stem="长" * MAX_STEM, options=longest), row=1, length_ms=60_000)


def test_every_fault_is_named_at_once():
    broken = replace(SINGLE, stem="", right=frozenset(), review_to_ms=0)
    assert set(faults(broken)) == {"stem", "right", "review"}


@KINDS
@given(seed=SEEDS)
def test_what_is_shown_holds_every_text_and_no_stored_id(question, seed):
    view = public_view(dealt_by(question, seed), question)
    assert {option.text for option in view.options} == {o.text for o in question.options}
    assert not {option.id for option in view.options} & {o.id for o in question.options}
    assert set(asdict(view)) == {"kind", "stem", "options"}


def test_ids_and_order_change_between_showings():
    views = [public_view(dealt_by(MULTIPLE, seed), MULTIPLE) for seed in range(40)]
    ids = [option.id for view in views for option in view.options]
    assert len(set(ids)) == len(ids)
    assert len({tuple(option.text for option in view.options) for view in views}) > 10


def test_the_question_itself_is_not_shuffled():
    before = MULTIPLE.options
    dealt_by(MULTIPLE, 3)
    assert MULTIPLE.options == before


@pytest.mark.parametrize("ids", [["same"] * 4, ["a", "b", "c", "stored-0"]])
def test_ids_that_repeat_or_give_the_stored_one_away_are_refused(ids):
    with pytest.raises(ValueError, match="new id"):
        deal(MULTIPLE, new_id=iter(ids).__next__, shuffle=list)


@KINDS
@given(seed=SEEDS, shape=st.sampled_from([list, tuple, set, frozenset]))
def test_exactly_the_right_set_is_right(question, seed, shape):
    dealt = dealt_by(question, seed)
    right = 0
    most = len(question.options) if question.kind is Kind.MULTIPLE else 1
    for size in range(1, most + 1):
        for stored in itertools.combinations([o.id for o in question.options], size):
            verdict = judge(dealt, question, shape(shown_for(dealt, stored)))
            assert verdict is (frozenset(stored) == question.right)
            right += verdict
    assert right == 1


@KINDS
def test_what_this_showing_did_not_offer_is_no_attempt(question):
    dealt, other = dealt_by(question, 1), dealt_by(question, 2)
    good = shown_for(dealt, question.right)
    refused = [
        [],
        None,
        good[0],
        {good[0]: True},
        7,
        [*good, good[0]],
        [*good, "unknown"],
        [None],
        [7],
        [good],
        [good[0].encode()],
        list(question.right),
        shown_for(other, question.right),
    ]
    for chosen in refused:
        with pytest.raises(Invalid) as error:
            judge(dealt, question, chosen)
        assert error.value.fields["chosen"].endswith("。")
    assert judge(dealt, question, good) is True


@pytest.mark.parametrize("question", [SINGLE, TRUE_FALSE], ids=lambda q: q.kind)
def test_two_answers_where_one_is_asked_are_no_attempt(question):
    dealt = dealt_by(question)
    with pytest.raises(Invalid, match="只能选择一个"):
        judge(dealt, question, [shown for shown, _ in dealt.key][:2])


def test_a_question_changed_meanwhile_is_no_attempt():
    dealt = dealt_by(MULTIPLE)
    changed = replace(MULTIPLE, options=MULTIPLE.options[:3])
    for use in (lambda: public_view(dealt, changed), lambda: judge(dealt, changed, ["x"])):
        with pytest.raises(Conflict):
            use()
    with pytest.raises(ValueError, match="another question"):
        judge(dealt, replace(MULTIPLE, id=8), ["x"])


def test_the_wait_grows_and_stops_growing():
    assert [wait_after(n) for n in range(8)] == [0, 5, 10, 20, 40, 60, 60, 60]
    assert wait_after(10**9) == 60
    assert wait_after(3, base_s=1, cap_s=3) == 3


@given(
    ids=st.sets(st.integers(1, 12), min_size=1, max_size=8),
    shown=st.lists(st.integers(1, 12), max_size=20),
    seed=SEEDS,
)
@settings(max_examples=200)
def test_the_next_question_is_the_one_not_seen_for_longest(ids, shown, seed):
    picked = choose(ids, shown, rand=random.Random(seed).randint)
    assert picked in ids
    if len(ids) > 1 and shown:
        assert picked != shown[-1]
    since = shown[::-1].index(picked) if picked in shown else len(shown)
    assert all((shown[::-1].index(i) if i in shown else len(shown)) <= since for i in ids)


def test_questions_never_shown_are_drawn_by_lot():
    picked = [choose([1, 2, 3, 4], [4], rand=random.Random(n).randint) for n in range(200)]
    assert set(picked) == {1, 2, 3}


def test_a_lesson_with_one_question_asks_it_again_and_one_with_none_says_so():
    assert choose([5], [5, 5], rand=random.Random(1).randint) == 5
    with pytest.raises(Conflict):
        choose([], [], rand=random.Random(1).randint)
