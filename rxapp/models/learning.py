"""Where a person stands in a lesson: what was watched, which quiz is due."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from rxapp.models.columns import Json, UtcDateTime, Wide


class LessonProgress(SQLModel, table=True):
    """The contiguous prefix of a lesson one person has watched, and when its next quiz falls due.

    Kept per person and lesson, not per sitting: opening the lesson again dodges no quiz.
    """

    __tablename__ = "lesson_progress"  # type: ignore[assignment]

    person_id: int = Field(primary_key=True, foreign_key="person.id")
    lesson_id: int = Field(primary_key=True, foreign_key="lesson.id", index=True)
    length_ms: int
    credited_ms: int = 0
    quiz_due_ms: int | None = None
    quizzes_passed: int = 0
    wrong_in_row: int = 0
    showing_id: int | None = None
    # An instant of the business calendar, which is the one windows are judged by.
    begun_on: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]
    wait_until: datetime | None = Field(default=None, sa_type=UtcDateTime)  # type: ignore[call-overload]
    updated_at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]
    completed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # type: ignore[call-overload]


class Watch(SQLModel, table=True):
    """The one learning session a person has; a newer one replaces it."""

    __tablename__ = "watch"  # type: ignore[assignment]

    person_id: int = Field(primary_key=True, foreign_key="person.id")
    lesson_id: int = Field(foreign_key="lesson.id")
    sign_in_id: int = Field(foreign_key="sign_in.id")
    token_hash: str = Field(max_length=64)
    last_seq: int = 0
    tick_boot: str = Field(default="", max_length=40)
    # A machine that runs for 25 days has counted further than 32 bits.
    tick_ms: int = Field(default=0, sa_type=Wide)  # type: ignore[call-overload]
    bucket_ms: int = 0
    # Of the year's policy when the sitting was opened, so that a beat need not look it up;
    # `ends_at` is an instant of the business calendar.
    beat_ms: int = 10_000
    ends_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # type: ignore[call-overload]
    opened_at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]
    beat_at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]


class Showing(SQLModel, table=True):
    """One question put to one person once; `options` maps the ids shown to the true ones."""

    __tablename__ = "showing"  # type: ignore[assignment]
    __table_args__ = (UniqueConstraint("person_id", "lesson_id", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id")
    lesson_id: int = Field(foreign_key="lesson.id")
    number: int
    question_id: int = Field(foreign_key="question.id")
    options: list[list[str]] = Field(sa_type=Json)  # type: ignore[call-overload]
    shown_at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # type: ignore[call-overload]
    chosen: list[str] | None = Field(default=None, sa_type=Json)  # type: ignore[call-overload]
    right: bool | None = None
