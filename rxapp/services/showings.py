"""Pop quizzes as they are put to one person: shown once, answered once, followed by another."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from rxapp.errors import NotFound
from rxapp.models.courses import QuestionRow
from rxapp.models.learning import Showing
from rxapp.rules.quizzes import Dealt, Option, Question, choose, deal, judge, public_view
from rxapp.services.sittings import Sitting

_lot = secrets.SystemRandom()


@dataclass(frozen=True)
class QuizOption:
    """One option under the id it has in this showing only."""

    id: str
    text: str


@dataclass(frozen=True)
class QuizView:
    """A question as it is shown: never its key, never when the next one comes."""

    showing: int
    kind: str
    stem: str
    options: tuple[QuizOption, ...]


@dataclass(frozen=True)
class Review:
    """The stretch of the lesson that answers a question."""

    from_ms: int
    to_ms: int


@dataclass(frozen=True)
class Outcome:
    """What became of a showing; `first` when this very answer decided it."""

    right: bool
    review: Review
    first: bool


def draw(low: int, high: int) -> int:
    """A whole number between two bounds, both included, that nobody can foresee."""
    return _lot.randint(low, high)


def get_open(session: Session, sitting: Sitting) -> QuizView:
    """The question the person was shown and has not answered, with the ids it was shown with."""
    row = _find(session, sitting, sitting.showing_id or 0)
    return _view(row, _question(session, row.question_id))


def show_another(session: Session, sitting: Sitting, *, at: datetime) -> QuizView:
    """Put a question to the person that was not the last one, its options under new ids."""
    shown = session.exec(
        select(Showing.question_id)
        .where(Showing.person_id == sitting.person_id, Showing.lesson_id == sitting.lesson_id)
        .order_by(col(Showing.number))
    ).all()
    chosen = choose(_list_fair(session, sitting), shown, rand=draw)
    question = _question(session, chosen)
    dealt = deal(question, new_id=lambda: secrets.token_hex(4), shuffle=_lot.shuffle)
    row = Showing(
        person_id=sitting.person_id,
        lesson_id=sitting.lesson_id,
        number=len(shown) + 1,
        question_id=chosen,
        options=[list(pair) for pair in dealt.key],
        shown_at=at,
    )
    session.add(row)
    session.flush()
    return _view(row, question)


def decide(
    session: Session, sitting: Sitting, showing_id: int, chosen: object, *, at: datetime
) -> Outcome:
    """Judge an answer once: whoever answers again is told what the first answer came to.

    NotFound for a showing of another person or lesson; Invalid for options it did not offer.
    """
    row = _find(session, sitting, showing_id)
    question = _question(session, row.question_id)
    review = Review(question.review_from_ms, question.review_to_ms)
    if row.answered_at is not None:
        return Outcome(bool(row.right), review, first=False)
    right = judge(_dealt(row), question, chosen)
    done = session.execute(
        update(Showing)
        .where(col(Showing.id) == showing_id, col(Showing.answered_at).is_(None))
        .values(answered_at=at, chosen=list(chosen), right=right)  # type: ignore[call-overload]
        .execution_options(synchronize_session=False)
    )
    if done.rowcount != 1:  # type: ignore[attr-defined]
        session.refresh(row)
        return Outcome(bool(row.right), review, first=False)
    return Outcome(right, review, first=True)


def _list_fair(session: Session, sitting: Sitting) -> list[int]:
    """The lesson's questions on what was already seen; all of them while there are not two such."""
    rows = session.exec(
        select(QuestionRow.id, QuestionRow.review_to_ms)
        .where(QuestionRow.lesson_id == sitting.lesson_id)
        .order_by(col(QuestionRow.id))
    ).all()
    seen = [id for id, to_ms in rows if id and to_ms <= sitting.progress.credited_ms]
    return seen if len(seen) > 1 else [id for id, _ in rows if id]


def _find(session: Session, sitting: Sitting, showing_id: int) -> Showing:
    row = session.exec(
        select(Showing).where(
            Showing.id == showing_id,
            Showing.person_id == sitting.person_id,
            Showing.lesson_id == sitting.lesson_id,
        )
    ).first()
    if row is None:
        raise NotFound("没有找到这道题，可能已换成另一道，请以屏幕上显示的题目为准。")
    return row


def _question(session: Session, question_id: int) -> Question:
    row = session.get_one(QuestionRow, question_id)
    return Question(
        id=question_id,
        kind=row.kind,
        stem=row.stem,
        options=tuple(Option(option["id"], option["text"]) for option in row.options),
        right=frozenset(option["id"] for option in row.options if option["right"]),
        review_from_ms=row.review_from_ms,
        review_to_ms=row.review_to_ms,
    )


def _dealt(row: Showing) -> Dealt:
    return Dealt(row.question_id, tuple((shown, stored) for shown, stored in row.options))


def _view(row: Showing, question: Question) -> QuizView:
    shown = public_view(_dealt(row), question)
    options = tuple(QuizOption(option.id, option.text) for option in shown.options)
    return QuizView(row.id or 0, shown.kind.value, shown.stem, options)
