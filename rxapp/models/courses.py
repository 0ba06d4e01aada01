"""What can be learned."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from rxapp.models.columns import HoursColumn, Json, UtcDateTime, Word
from rxapp.rules.courses import Act, Status
from rxapp.rules.hours import Hours
from rxapp.rules.quizzes import Kind
from rxapp.rules.subjects import Subject


class Course(SQLModel, table=True):
    """One edition of a course: hours of one year and one bucket, credited when all is learned.

    The editions of one code are one family, which counts once per person.
    """

    __tablename__ = "course"  # type: ignore[assignment]
    __table_args__ = (
        UniqueConstraint("code", "edition"),
        Index("ix_course_status", "status", "id"),
        Index("ix_course_organisation", "organisation_id", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(max_length=40)
    edition: int = 1
    status: Status = Field(default=Status.DRAFT, sa_type=Word(Status))  # type: ignore[call-overload]
    # Who teaches; none: the city bureau's own, brought in by its operator.
    organisation_id: int | None = Field(default=None, foreign_key="organisation.id")
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
    # What the makers typed, as typed; the columns above say what could be read of it.
    typed: dict[str, Any] = Field(default_factory=dict, sa_type=Json)  # type: ignore[call-overload]
    # Everybody who made some of it: none of them publishes it.
    makers: list[int] = Field(default_factory=list, sa_type=Json)  # type: ignore[call-overload]
    # The office that reviews it.
    office_id: int | None = Field(default=None, foreign_key="organisation.id")
    # Why it was returned or withdrawn.
    note: str = Field(default="", max_length=400)
    created_by: int | None = Field(default=None, foreign_key="person.id")
    saved_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # type: ignore[call-overload]
    submitted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # type: ignore[call-overload]
    submitted_by: int | None = Field(default=None, foreign_key="person.id")
    version: int = 1


class CourseStep(SQLModel, table=True):
    """One act in the life of an edition; kept for good."""

    __tablename__ = "course_step"  # type: ignore[assignment]

    id: int | None = Field(default=None, primary_key=True)
    course_id: int = Field(foreign_key="course.id", index=True)
    act: Act = Field(sa_type=Word(Act))  # type: ignore[call-overload]
    note: str = Field(default="", max_length=400)
    # Published by one of its makers, because the bureau had nobody else.
    own: bool = False
    by_id: int | None = Field(default=None, foreign_key="person.id")
    office_id: int | None = Field(default=None, foreign_key="organisation.id")
    at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]


class Lesson(SQLModel, table=True):
    """One video of a course."""

    __tablename__ = "lesson"  # type: ignore[assignment]
    __table_args__ = (UniqueConstraint("course_id", "position"),)

    id: int | None = Field(default=None, primary_key=True)
    course_id: int = Field(foreign_key="course.id", index=True)
    position: int
    # What a package calls it; the same in every edition.
    code: str = Field(default="", max_length=40)
    title: str = Field(max_length=120)
    # Empty while a draft has no film yet.
    video_file: str = Field(max_length=80)
    length_ms: int
    # What the maker's file was called.
    film_name: str = Field(default="", max_length=100)
    poster_file: str = Field(default="", max_length=80)
    # What became of the last table of questions: counts, and the rows that were wrong.
    imported: dict[str, Any] = Field(default_factory=dict, sa_type=Json)  # type: ignore[call-overload]


class QuestionRow(SQLModel, table=True):
    """One question of a lesson's pop quizzes; `options` holds id, text and right."""

    __tablename__ = "question"  # type: ignore[assignment]

    id: int | None = Field(default=None, primary_key=True)
    lesson_id: int = Field(foreign_key="lesson.id", index=True)
    kind: Kind = Field(sa_type=Word(Kind))  # type: ignore[call-overload]
    stem: str = Field(max_length=500)
    options: list[dict[str, Any]] = Field(sa_type=Json)  # type: ignore[call-overload]
    # Both zero in a draft: the maker leaves it to the platform to share the film out evenly.
    review_from_ms: int
    review_to_ms: int


class CourseUpload(SQLModel, table=True):
    """A film or a package on its way in: received piece by piece, then looked at."""

    __tablename__ = "course_upload"  # type: ignore[assignment]
    __table_args__ = (Index("ix_course_upload_status", "status", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    # film, package
    kind: str = Field(max_length=20)
    organisation_id: int | None = Field(default=None, foreign_key="organisation.id", index=True)
    # Of a film; of a package: the course it became.
    course_id: int | None = Field(default=None, foreign_key="course.id", index=True)
    lesson_id: int | None = Field(default=None, foreign_key="lesson.id", index=True)
    name: str = Field(default="", max_length=100)
    # Of the first and last bytes, so that another file of the same size is not taken for it.
    mark: str = Field(default="", max_length=40)
    size: int = Field(sa_type=BigInteger)
    received: int = Field(default=0, sa_type=BigInteger)
    file: str = Field(max_length=80)
    # receiving, checking, done, failed
    status: str = Field(default="receiving", max_length=20)
    reason: str = Field(default="", max_length=400)
    faults: list[str] = Field(default_factory=list, sa_type=Json)  # type: ignore[call-overload]
    worker: str = Field(default="", max_length=40)
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)  # type: ignore[call-overload]
    tries: int = 0
    by_id: int = Field(foreign_key="person.id")
    begun_at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]
    touched_at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]


class FilmLeftover(SQLModel, table=True):
    """A stored film or picture that a draft let go of; removed after a day if nothing uses it."""

    __tablename__ = "film_leftover"  # type: ignore[assignment]

    file: str = Field(max_length=80, primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]
