"""弹题: the questions of a lesson, typed one by one or brought in from a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.errors import Invalid, NotFound
from rxapp.models.courses import QuestionRow
from rxapp.rules import question_forms
from rxapp.rules.manifests import MAX_QUESTIONS
from rxapp.rules.permissions import Permission
from rxapp.rules.question_forms import TypedQuestion
from rxapp.services import course_content, course_scopes
from rxapp.services.actors import Actor

MOST_FAULTS = 200


@dataclass(frozen=True)
class Line:
    """One row of a table of questions, as typed; `line` counts as the spreadsheet shows it."""

    line: int
    typed: dict[str, str]


def add(session: Session, actor: Actor, *, lesson_id: int, typed: Mapping[str, str]) -> int:
    """Add a question to a lesson; the very same one again changes nothing. Returns its id."""
    _, lesson = course_scopes.open_lesson(session, actor, lesson_id)
    made = question_forms.parse(typed, length_ms=lesson.length_ms)
    known = _list(session, lesson_id)
    same = next((row for row in known if row.stem == made.question.stem), None)
    if same is not None:
        if _is_same(same, made):
            return same.id or 0
        raise Invalid({"stem": "本课时已有同样的题目，请修改题目。"})
    if len(known) >= MAX_QUESTIONS:
        raise Invalid({"stem": f"一个课时最多{MAX_QUESTIONS}道弹题。"})
    row = _row(lesson_id, made)
    session.add(row)
    session.flush()
    return row.id or 0


def change(session: Session, actor: Actor, *, question_id: int, typed: Mapping[str, str]) -> None:
    """Put a question of a draft right."""
    lesson, row = course_scopes.open_question(session, actor, question_id)
    made = question_forms.parse(typed, length_ms=lesson.length_ms)
    others = [each for each in _list(session, lesson.id or 0) if each.id != question_id]
    if any(each.stem == made.question.stem for each in others):
        raise Invalid({"stem": "本课时已有同样的题目，请修改题目。"})
    row.kind, row.stem, row.options = made.question.kind, made.question.stem, made.options
    row.review_from_ms = made.question.review_from_ms
    row.review_to_ms = made.question.review_to_ms
    session.add(row)
    session.flush()


def remove(session: Session, actor: Actor, *, question_id: int) -> None:
    """Take a question out of a draft."""
    _, row = course_scopes.open_question(session, actor, question_id)
    session.delete(row)
    session.flush()


def get_typed(session: Session, actor: Actor, *, question_id: int) -> dict[str, str]:
    """A question of one's own course as it is typed, to be put right."""
    actor.require(Permission.COURSE_MAKE)
    row = session.get(QuestionRow, question_id)
    course_scopes.require_open(session, actor, row.lesson_id if row else 0)
    if row is None:
        raise NotFound("没有找到这道题，可能已被移除。")
    # Left to the platform, the stretch stays so: nothing is shared out without a film's length.
    return question_forms.written(course_content.question_of(row, 0, 1, 0))


def take_in(
    session: Session, actor: Actor, *, lesson_id: int, name: str, lines: Sequence[Line]
) -> int:
    """Take the questions of a table in, those that are right; returns how many were added.

    What was wrong is kept with the lesson by row and column, and loses nothing of the others. A
    question that is there already is left as it is.
    """
    _, lesson = course_scopes.open_lesson(session, actor, lesson_id)
    known = {row.stem: row for row in _list(session, lesson_id)}
    added, same, faults = 0, 0, list[dict[str, Any]]()
    for each in lines:
        try:
            made = question_forms.parse(each.typed, length_ms=lesson.length_ms)
            if (there := known.get(made.question.stem)) and _is_same(there, made):
                same += 1
                continue
            _require_room(made, known)
        except Invalid as refusal:
            faults += [_fault(each.line, *pair) for pair in refusal.fields.items()]
            continue
        known[made.question.stem] = row = _row(lesson_id, made)
        session.add(row)
        session.flush()
        added += 1
    lesson.imported = {
        "name": name[:100], "at": f"{clock.local(clock.now()):%Y-%m-%d %H:%M}", "added": added,
        "same": same, "wrong": len({each["line"] for each in faults}),
        "faults": faults[:MOST_FAULTS],
    }  # fmt: skip
    session.add(lesson)
    session.flush()
    return added


def forget_faults(session: Session, actor: Actor, *, lesson_id: int) -> None:
    """Clear away what was said of the last table."""
    _, lesson = course_scopes.open_lesson(session, actor, lesson_id)
    lesson.imported = {}
    session.add(lesson)
    session.flush()


def require_open(session: Session, actor: Actor, *, lesson_id: int) -> None:
    """Refuse before a table is read whoever may not change this lesson."""
    actor.require(Permission.COURSE_MAKE)
    course_scopes.require_open(session, actor, lesson_id)


def _list(session: Session, lesson_id: int) -> list[QuestionRow]:
    rows = select(QuestionRow).where(QuestionRow.lesson_id == lesson_id)
    return list(session.exec(rows.order_by(col(QuestionRow.id))).all())


def _require_room(made: TypedQuestion, known: Mapping[str, QuestionRow]) -> None:
    if made.question.stem in known:
        raise Invalid({"stem": "与已有的题目相同而选项或答案不同，没有导入。"})
    if len(known) >= MAX_QUESTIONS:
        raise Invalid({"stem": f"一个课时最多{MAX_QUESTIONS}道弹题，没有导入。"})


def _row(lesson_id: int, made: TypedQuestion) -> QuestionRow:
    said = made.question
    return QuestionRow(
        lesson_id=lesson_id, kind=said.kind, stem=said.stem, options=made.options,
        review_from_ms=said.review_from_ms, review_to_ms=said.review_to_ms,
    )  # fmt: skip


def _is_same(row: QuestionRow, made: TypedQuestion) -> bool:
    said = made.question
    return (row.kind, row.options, row.review_from_ms, row.review_to_ms) == (
        said.kind, made.options, said.review_from_ms, said.review_to_ms,
    )  # fmt: skip


def _fault(line: int, name: str, sentence: str) -> dict[str, Any]:
    return {"line": line, "column": question_forms.LABELS.get(name, ""), "reason": sentence}
