"""备案: plans, classes filed before they begin, what employers need, and who enrolled."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from rxapp.models.columns import HoursColumn, Json, UtcDateTime, Word
from rxapp.rules.hours import ZERO, Hours
from rxapp.rules.projects import Form, Kind, Status
from rxapp.rules.subjects import Subject


class WorkingCalendar(SQLModel, table=True):
    """One version of a year's official calendar; the newest is in force, none is ever changed."""

    __tablename__ = "working_calendar"  # type: ignore[assignment]
    __table_args__ = (UniqueConstraint("year", "version"),)

    id: int | None = Field(default=None, primary_key=True)
    year: int
    version: int = 1
    # The days that differ from Monday to Friday: "2020-01-24" to [is it worked, its name].
    days: dict[str, Any] = Field(default_factory=dict, sa_type=Json)  # type: ignore[call-overload]
    note: str = Field(default="", max_length=400)
    set_by: int | None = Field(default=None, foreign_key="person.id")
    set_at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]


class TrainingPlan(SQLModel, table=True):
    """An organiser's classes of one year, reported at its start."""

    __tablename__ = "training_plan"  # type: ignore[assignment]
    __table_args__ = (
        UniqueConstraint("organisation_id", "year"),
        Index("ix_training_plan_office", "office_id", "status", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    # The bureau of the level, which reviews it.
    office_id: int | None = Field(default=None, foreign_key="organisation.id")
    year: int
    status: Status = Field(default=Status.DRAFT, sa_type=Word(Status))  # type: ignore[call-overload]
    note: str = Field(default="", max_length=400)
    submitted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # type: ignore[call-overload]
    submitted_by: int | None = Field(default=None, foreign_key="person.id")
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # type: ignore[call-overload]
    decided_by: int | None = Field(default=None, foreign_key="person.id")
    # What was wrong with the last table imported: line, column and sentence of each fault.
    faults: list[list[str]] = Field(default_factory=list, sa_type=Json)  # type: ignore[call-overload]
    version: int = 1


class PlanItem(SQLModel, table=True):
    """One class of a plan; it becomes a project when it is filed."""

    __tablename__ = "plan_item"  # type: ignore[assignment]

    id: int | None = Field(default=None, primary_key=True)
    plan_id: int = Field(foreign_key="training_plan.id", index=True)
    title: str = Field(max_length=120)
    subject: Subject = Field(sa_type=Word(Subject))  # type: ignore[call-overload]
    field: str = Field(default="", max_length=60)
    form: Form = Field(sa_type=Word(Form))  # type: ignore[call-overload]
    month: int
    hours: Hours = Field(sa_type=HoursColumn)  # type: ignore[call-overload]
    people: int = 0
    note: str = Field(default="", max_length=400)


class Project(SQLModel, table=True):
    """A class; the columns say what is in force, or the draft as long as nothing is."""

    __tablename__ = "project"  # type: ignore[assignment]
    __table_args__ = (
        Index("ix_project_organisation", "organisation_id", "id"),
        Index("ix_project_office", "office_id", "status", "id"),
        # The list open to learners: what begins next.
        Index("ix_project_start", "status", "starts_on", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    # The receipt number of the first filing.
    number: str | None = Field(default=None, max_length=20, unique=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    office_id: int | None = Field(default=None, foreign_key="organisation.id")
    kind: Kind = Field(default=Kind.ONE_OFF, sa_type=Word(Kind))  # type: ignore[call-overload]
    plan_item_id: int | None = Field(default=None, foreign_key="plan_item.id", unique=True)
    status: Status = Field(default=Status.DRAFT, sa_type=Word(Status))  # type: ignore[call-overload]
    title: str = Field(default="", max_length=120)
    subject: Subject | None = Field(default=None, sa_type=Word(Subject))  # type: ignore[call-overload]
    field: str = Field(default="", max_length=60)
    form: Form | None = Field(default=None, sa_type=Word(Form))  # type: ignore[call-overload]
    starts_on: date | None = None
    ends_on: date | None = None
    place: str = Field(default="", max_length=200)
    hours: Hours = Field(default=ZERO, sa_type=HoursColumn)  # type: ignore[call-overload]
    capacity: int = 0
    enrolled: int = 0
    # Everything that was typed: teachers, syllabus, cost and the rest.
    content: dict[str, Any] = Field(default_factory=dict, sa_type=Json)  # type: ignore[call-overload]
    # Which edition of the filing is in force, and since when; none: never approved.
    edition: int = 0
    first_filed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # type: ignore[call-overload]
    approved_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # type: ignore[call-overload]
    # What is said of the last decision, or why it was cancelled.
    note: str = Field(default="", max_length=400)
    # Once its hours are posted the roster is closed.
    posted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # type: ignore[call-overload]
    posted_by: int | None = Field(default=None, foreign_key="person.id")
    created_by: int | None = Field(default=None, foreign_key="person.id")
    created_at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]
    saved_at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]
    # Of the random key a form carries: pressed twice, it is still one class.
    request_hash: str | None = Field(default=None, max_length=64, unique=True)
    version: int = 1


class ProjectDay(SQLModel, table=True):
    """One day of a class as it is in force, with the hours given on it."""

    __tablename__ = "project_day"  # type: ignore[assignment]
    __table_args__ = (UniqueConstraint("project_id", "day"),)

    id: int | None = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id")
    day: date = Field(index=True)
    hours: Hours = Field(sa_type=HoursColumn)  # type: ignore[call-overload]


class ProjectEdition(SQLModel, table=True):
    """One filing of a class: the first, and one for every change after it was approved."""

    __tablename__ = "project_edition"  # type: ignore[assignment]
    __table_args__ = (
        UniqueConstraint("project_id", "edition"),
        Index("ix_project_edition_office", "office_id", "status", "id"),
        # What waits longest anywhere.
        Index(
            "ix_project_edition_late", "filed_at",
            sqlite_where=text("status = 'submitted'"),
            postgresql_where=text("status = 'submitted'"),
        ),
    )  # fmt: skip

    id: int | None = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id")
    edition: int
    status: Status = Field(default=Status.SUBMITTED, sa_type=Word(Status))  # type: ignore[call-overload]
    content: dict[str, Any] = Field(default_factory=dict, sa_type=Json)  # type: ignore[call-overload]
    starts_on: date
    filed_on: date
    filed_at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]
    filed_by: int | None = Field(default=None, foreign_key="person.id")
    # The last day it could be filed on, by which versions of the calendar ("2020" to 1, 0 where
    # the year was not yet published and counted by weekends).
    latest_on: date
    calendars: dict[str, int] = Field(default_factory=dict, sa_type=Json)  # type: ignore[call-overload]
    office_id: int | None = Field(default=None, foreign_key="organisation.id")
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # type: ignore[call-overload]
    decided_by: int | None = Field(default=None, foreign_key="person.id")
    note: str = Field(default="", max_length=400)


class ProjectFile(SQLModel, table=True):
    """Material filed with a class."""

    __tablename__ = "project_file"  # type: ignore[assignment]
    __table_args__ = (UniqueConstraint("project_id", "evidence_id"),)

    id: int | None = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id")
    evidence_id: int = Field(foreign_key="evidence.id", index=True)


class TrainingNeed(SQLModel, table=True):
    """培训需求: what training an employer's people need."""

    __tablename__ = "training_need"  # type: ignore[assignment]
    __table_args__ = (Index("ix_training_need_status", "status", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    title: str = Field(max_length=120)
    subject: Subject = Field(sa_type=Word(Subject))  # type: ignore[call-overload]
    field: str = Field(default="", max_length=60)
    people: int = 0
    wanted_by: date | None = None
    note: str = Field(default="", max_length=400)
    # open, answered, closed
    status: str = Field(default="open", max_length=20)
    created_by: int | None = Field(default=None, foreign_key="person.id")
    created_at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]
    version: int = 1


class NeedAnswer(SQLModel, table=True):
    """A class with which a base answers a need."""

    __tablename__ = "need_answer"  # type: ignore[assignment]
    __table_args__ = (UniqueConstraint("need_id", "project_id"),)

    id: int | None = Field(default=None, primary_key=True)
    need_id: int = Field(foreign_key="training_need.id")
    project_id: int = Field(foreign_key="project.id", index=True)
    by_id: int | None = Field(default=None, foreign_key="person.id")
    at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]


class Enrolment(SQLModel, table=True):
    """A place in a class that somebody took."""

    __tablename__ = "enrolment"  # type: ignore[assignment]
    __table_args__ = (
        UniqueConstraint("project_id", "person_id"),
        Index("ix_enrolment_person", "person_id", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id")
    person_id: int = Field(foreign_key="person.id")
    at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # type: ignore[call-overload]
