"""What can be learned."""

from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from rxapp.models.columns import HoursColumn, Json, UtcDateTime, Word
from rxapp.rules.hours import Hours
from rxapp.rules.quizzes import Kind
from rxapp.rules.subjects import Subject


class Course(SQLModel, table=True):
    """Hours of one year and one bucket, credited when all its lessons are done."""

    __tablename__ = "course"  # type: ignore[assignment]

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(max_length=40, unique=True)
    year: int = Field(index=True)
    subject: Subject = Field(sa_type=Word(Subject))  # type: ignore[call-overload]
    series: str = Field(max_length=60)
    title: str = Field(max_length=120)
    summary: str = Field(default="", max_length=600)
    hours: Hours = Field(sa_type=HoursColumn)  # type: ignore[call-overload]
    provider: str = Field(default="", max_length=120)
    # The demo's clips are shorter than the hours they stand for; the page says so.
    shortened: bool = False
    # What the package held: the same package again changes nothing, another one is refused.
    digest: str = Field(default="", max_length=64)
    published_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # type: ignore[call-overload]


class Lesson(SQLModel, table=True):
    """One video of a course."""

    __tablename__ = "lesson"  # type: ignore[assignment]
    __table_args__ = (UniqueConstraint("course_id", "position"),)

    id: int | None = Field(default=None, primary_key=True)
    course_id: int = Field(foreign_key="course.id", index=True)
    position: int
    title: str = Field(max_length=120)
    video_file: str = Field(max_length=80)
    length_ms: int


class QuestionRow(SQLModel, table=True):
    """One question of a lesson's pop quizzes; `options` holds id, text and right."""

    __tablename__ = "question"  # type: ignore[assignment]

    id: int | None = Field(default=None, primary_key=True)
    lesson_id: int = Field(foreign_key="lesson.id", index=True)
    kind: Kind = Field(sa_type=Word(Kind))  # type: ignore[call-overload]
    stem: str = Field(max_length=500)
    options: list[dict[str, Any]] = Field(sa_type=Json)  # type: ignore[call-overload]
    review_from_ms: int
    review_to_ms: int
