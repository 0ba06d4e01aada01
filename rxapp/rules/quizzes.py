"""Pop quizzes: what a question is, how it is shown, judged and followed by another.

The right answer stays on the server; what is shown carries ids that are new at every showing.
Notice, part three, section one.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from rxapp.errors import Conflict, Invalid

MAX_STEM = 500
MAX_OPTION = 200
MAX_OPTIONS = 8


class Kind(StrEnum):
    """How a question is answered: by one option, by all that are right, or by true or false."""

    SINGLE = "single"
    MULTIPLE = "multiple"
    TRUE_FALSE = "true_false"


class Option(NamedTuple):
    """One possible answer; `id` is the stored one in a question, a passing one when shown."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question of a lesson with its key and the stretch of film, in ms, that answers it."""

    id: int
    kind: Kind
    stem: str
    options: tuple[Option, ...]
    right: frozenset[str]
    review_from_ms: int
    review_to_ms: int


@dataclass(frozen=True, slots=True)
class Dealt:
    """One showing as the server remembers it: (shown id, stored id) in the order shown."""

    question_id: int
    key: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """One showing as the learner sees it: no key, no stored id."""

    kind: Kind
    stem: str
    options: tuple[Option, ...]


def check_question(question: Question, *, row: int, length_ms: int) -> None:
    """Refuses a question that could not be asked fairly, naming its row and what to correct.

    `row` is the row of the list it was read from, `length_ms` the length of its lesson.
    Raises Invalid with a sentence for each of stem, options, right and review that is wrong.
    """
    faults = {
        "stem": _stem_fault(question.stem),
        "options": _options_fault(question),
        "right": _right_fault(question),
        "review": _review_fault(question, length_ms),
    }
    fields = {name: f"第 {row} 行：{fault}" for name, fault in faults.items() if fault}
    if fields:
        raise Invalid(fields)


def deal(
    question: Question,
    *,
    new_id: Callable[[], str],
    shuffle: Callable[[list[Option]], object],
) -> Dealt:
    """Prepares one showing: the options in a new order, each under an id never used before.

    `shuffle` reorders a list in place. Raises ValueError when `new_id` repeats itself.
    """
    options = list(question.options)
    shuffle(options)
    key = tuple((new_id(), option.id) for option in options)
    shown_ids = {shown for shown, _ in key}
    if len(shown_ids) < len(key) or shown_ids & {option.id for option in options}:
        raise ValueError("new_id must give a new id every time")
    return Dealt(question.id, key)


def public_view(dealt: Dealt, question: Question) -> Shown:
    """What may leave the server of a showing. Raises Conflict when the question was changed."""
    _require_unchanged(dealt, question)
    text = dict(question.options)
    options = tuple(Option(shown, text[stored]) for shown, stored in dealt.key)
    return Shown(question.kind, question.stem, options)


def judge(dealt: Dealt, question: Question, chosen: object) -> bool:
    """Whether exactly the right options were chosen.

    `chosen` comes from the learner and should be a list of shown ids, each once. Raises Invalid
    for anything that this showing did not offer, and Conflict when the question was changed
    meanwhile; neither is an attempt.
    """
    _require_unchanged(dealt, question)
    stored = dict(dealt.key)
    picked = _picked(chosen)
    if not picked <= stored.keys():
        raise _not_offered()
    if question.kind is not Kind.MULTIPLE and len(picked) > 1:
        raise Invalid({"chosen": "这道题只能选择一个答案，请重新选择。"})
    return frozenset(stored[shown] for shown in picked) == question.right


def wait_after(wrong_in_row: int, *, base_s: int = 5, cap_s: int = 60) -> int:
    """Seconds to wait after so many wrong answers in a row: doubled each time, up to the cap."""
    if wrong_in_row < 1:
        return 0
    # The exponent is bounded because a number of attempts is not.
    return min(cap_s, base_s * 2 ** min(wrong_in_row - 1, 16))


def choose(
    question_ids: Iterable[int],
    recently_shown: Sequence[int],
    *,
    rand: Callable[[int, int], int],
) -> int:
    """The next question for a learner: never the last one again if there is another.

    `recently_shown` runs from oldest to newest; what was shown longest ago, or never, comes
    first, by lot among equals. Raises Conflict for a lesson without questions.
    """
    known = sorted(set(question_ids))
    if not known:
        raise Conflict("本课的题目还没有准备好，已计入的学习时间不变，请联系开课单位。")
    age = {question_id: place for place, question_id in enumerate(recently_shown, start=1)}
    oldest = min(age.get(question_id, 0) for question_id in known)
    equals = [question_id for question_id in known if age.get(question_id, 0) == oldest]
    return equals[rand(0, len(equals) - 1)]


def _stem_fault(stem: str) -> str | None:
    if not stem.strip():
        return "题目不能为空，请填写题目。"
    if len(stem) > MAX_STEM:
        return f"题目超过 {MAX_STEM} 个字，请缩短。"
    return None


def _options_fault(question: Question) -> str | None:
    texts = [option.text.strip() for option in question.options]
    if question.kind is Kind.TRUE_FALSE and len(texts) != 2:
        return "判断题应当有两个选项，请修改选项。"
    if not 2 <= len(texts) <= MAX_OPTIONS:
        return f"选项应当有 2 至 {MAX_OPTIONS} 个，请增减选项。"
    if not all(texts) or not all(option.id for option in question.options):
        return "有的选项没有内容，请补充或删去。"
    if max(map(len, texts)) > MAX_OPTION:
        return f"有的选项超过 {MAX_OPTION} 个字，请缩短。"
    if len(set(texts)) < len(texts) or len({o.id for o in question.options}) < len(texts):
        return "有的选项重复，请修改选项。"
    return None


def _right_fault(question: Question) -> str | None:
    if not question.right:
        return "没有标明正确答案，请标明。"
    if not question.right <= {option.id for option in question.options}:
        return "正确答案不在选项之中，请核对。"
    if question.kind is not Kind.MULTIPLE and len(question.right) > 1:
        return "单选题和判断题只能有一个正确答案，请修改。"
    return None


def _review_fault(question: Question, length_ms: int) -> str | None:
    if not 0 <= question.review_from_ms < question.review_to_ms <= length_ms:
        return "复习片段的起止时间不在本课之内，请核对。"
    return None


def _require_unchanged(dealt: Dealt, question: Question) -> None:
    if dealt.question_id != question.id:
        raise ValueError("the showing belongs to another question")
    if {stored for _, stored in dealt.key} != {option.id for option in question.options}:
        raise Conflict("这道题刚刚修改过，本次不计为答错，请重新打开本课作答。")


def _picked(chosen: object) -> frozenset[str]:
    # A bare string would pass for a sequence of its letters.
    if not isinstance(chosen, list | tuple | set | frozenset):
        raise _not_offered()
    if not chosen:
        raise Invalid({"chosen": "请选择答案后再提交。"})
    picked = frozenset(item for item in chosen if isinstance(item, str))
    if len(picked) < len(chosen):
        raise _not_offered()
    return picked


def _not_offered() -> Invalid:
    return Invalid({"chosen": "选择的答案不在这道题的选项之中，本次不计为答错，请重新选择。"})
