"""A question as it is typed on a screen or in a row of a table, read with every fault by place."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from rxapp.errors import Invalid
from rxapp.rules.quizzes import MAX_OPTION, MAX_STEM, Kind, Option, Question
from rxapp.rules.quizzes import check_question as check

LETTERS = "ABCDEFGH"
KINDS = {Kind.SINGLE: "单选题", Kind.MULTIPLE: "多选题", Kind.TRUE_FALSE: "判断题"}
YES, NO = "正确", "错误"
# Column by column, as the template has them; a heading may leave out options it does not need.
COLUMNS = (
    ("kind", "题型"), ("stem", "题目"),
    *((f"option_{letter}", f"选项{letter}") for letter in LETTERS),
    ("right", "正确答案"), ("review_from", "复习开始"), ("review_to", "复习结束"),
)  # fmt: skip
NEEDED = ("题型", "题目", "正确答案")
LABELS = dict(COLUMNS) | {"options": "选项A", "review": "复习开始"}
FIELDS = {name: MAX_STEM + 100 if name == "stem" else MAX_OPTION + 50 for name, _ in COLUMNS}
_YES = frozenset({"正确", "对", "是", "√", "T", "TRUE", "A"})
_NO = frozenset({"错误", "错", "否", "×", "F", "FALSE", "B"})
_CLOCK = re.compile(r"(?:(\d{1,2}):)?(\d{1,3}):(\d{1,2})")


@dataclass(frozen=True, slots=True)
class TypedQuestion:
    """A question that was read, its options in order with the letters they had."""

    question: Question

    @property
    def options(self) -> list[dict[str, object]]:
        """The options as they are stored."""
        return [
            {"id": each.id, "text": each.text, "right": each.id in self.question.right}
            for each in self.question.options
        ]


def parse(typed: Mapping[str, str], *, length_ms: int) -> TypedQuestion:
    """What was typed as a question; Invalid names every field that is wrong.

    `length_ms` is that of the lesson's film, 0 while there is none. Left empty, the stretch to
    review is the platform's to choose (both ends 0).
    """
    faults: dict[str, str] = {}
    kind = _kind(typed, faults)
    options, right = _truth(typed) if kind is Kind.TRUE_FALSE else _options(typed, faults)
    begin, end = _stretch(typed, faults)
    given = (begin, end) != (0, 0)
    question = Question(
        id=0, kind=kind, stem=_folded(typed.get("stem", "")), options=options, right=right,
        review_from_ms=begin * 1000, review_to_ms=end * 1000,
    )  # fmt: skip
    most = length_ms or 10**9
    probe = question if given else Question(
        0, kind, question.stem, options, right, 0, min(1000, most)
    )  # fmt: skip
    try:
        check(probe, row=1, length_ms=most)
    except Invalid as refusal:
        for name, sentence in refusal.fields.items():
            place = "options" if name == "options" else name
            faults.setdefault(place, sentence.partition("：")[2])
    if kind is Kind.MULTIPLE and len(right) == 1 and "right" not in faults:
        faults["right"] = "多选题至少要有两个正确答案；只有一个的，请改为单选题。"
    if faults:
        raise Invalid(faults)
    return TypedQuestion(question)


def from_form(form: Mapping[str, str]) -> dict[str, str]:
    """What the form on the screen sends, as it is typed: each ticked option says its letter."""
    typed = dict(form)
    if typed.get("kind") != Kind.TRUE_FALSE:
        typed["right"] = "".join(each for each in LETTERS if form.get(f"right_{each}") == each)
    return typed


def written(question: Question) -> dict[str, str]:
    """A question as it is typed, so that it can be put right."""
    typed = {name: "" for name, _ in COLUMNS}
    typed |= {"kind": question.kind.value, "stem": question.stem}
    right = []
    for letter, option in zip(LETTERS, question.options, strict=False):
        typed[f"option_{letter}"] = option.text
        if option.id in question.right:
            right.append(letter)
    truth = question.kind is Kind.TRUE_FALSE
    typed["right"] = _said_truth(question) if truth else "".join(right)
    if question.review_to_ms:
        typed["review_from"] = clock_text(question.review_from_ms)
        typed["review_to"] = clock_text(question.review_to_ms)
    return typed


def _said_truth(question: Question) -> str:
    """正确 or 错误, whatever the order of the options; empty when they say neither."""
    for option in question.options:
        word, right = _word(option.text).upper(), option.id in question.right
        if word in _YES - {"A"}:
            return YES if right else NO
        if word in _NO - {"B"}:
            return NO if right else YES
    return ""


def clock_text(ms: int) -> str:
    """A moment of a film as minutes and seconds: 2:05."""
    minutes, seconds = divmod(ms // 1000, 60)
    return f"{minutes}:{seconds:02d}"


def _kind(typed: Mapping[str, str], faults: dict[str, str]) -> Kind:
    said = _word(typed.get("kind", ""))
    for kind, label in KINDS.items():
        if said in (kind.value, label, label[:2]):
            return kind
    faults["kind"] = "题型应为单选题、多选题或判断题。"
    return Kind.SINGLE


def _truth(typed: Mapping[str, str]) -> tuple[tuple[Option, ...], frozenset[str]]:
    said = _word(typed.get("right", "")).upper()
    # The options may have been written the other way round.
    first = _word(typed.get("option_A", "")).upper()
    texts = (NO, YES) if first in _NO - {"B"} else (YES, NO)
    options = tuple(Option(letter.lower(), text) for letter, text in zip("AB", texts, strict=True))
    by_letter = {"A": texts[0], "B": texts[1]}.get(said)
    answer = by_letter or (YES if said in _YES else NO if said in _NO else "")
    return options, frozenset(each.id for each in options if each.text == answer)


def _options(
    typed: Mapping[str, str], faults: dict[str, str]
) -> tuple[tuple[Option, ...], frozenset[str]]:
    texts = {letter: _folded(typed.get(f"option_{letter}", "")) for letter in LETTERS}
    given = [letter for letter in LETTERS if texts[letter]]
    if given and given != list(LETTERS[: len(given)]):
        faults["options"] = "选项中间有空缺，请依次填写。"
    said = _word(typed.get("right", "")).upper()
    wanted = [each for each in said if each not in " ,;、，；/"]
    unknown = [each for each in wanted if each not in given]
    if unknown:
        faults["right"] = "正确答案应填写选项的字母，例如 A 或 ABD，且选项已经填写。"
    ids = {letter: letter.lower() for letter in given}
    options = tuple(Option(ids[letter], texts[letter]) for letter in given)
    return options, frozenset(ids[each] for each in wanted if each in ids)


def _stretch(typed: Mapping[str, str], faults: dict[str, str]) -> tuple[int, int]:
    begin, end = (_word(typed.get(name, "")) for name in ("review_from", "review_to"))
    if not begin and not end:
        return 0, 0
    seconds = [_seconds(begin or "0"), _seconds(end)]
    if None in seconds:
        name = "review_from" if seconds[0] is None else "review_to"
        faults[name] = "请填写分和秒，例如 2:30；都不填的，由平台按视频长度平均分配。"
        return 0, 0
    return seconds[0] or 0, seconds[1] or 0


def _seconds(said: str) -> int | None:
    if said.isascii() and said.isdigit() and len(said) <= 6:
        return int(said)
    found = _CLOCK.fullmatch(said)
    if found is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + seconds if seconds < 60 else None


def _folded(said: str) -> str:
    return " ".join(said.replace("\0", "").split())


def _word(said: str) -> str:
    # Letters, digits and colons typed in Chinese mode mean the same.
    return _folded(unicodedata.normalize("NFKC", said[:40]))
