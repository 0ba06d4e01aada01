"""监督检查: samples drawn of what was granted, what was found, and what is kept beside them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from rxapp.models.columns import HoursColumn, Json, UtcDateTime, Word
from rxapp.rules.hours import Hours
from rxapp.rules.inspections import Finding, InspectionStatus
from rxapp.rules.sampling import Stratify


class Inspection(SQLModel, table=True):
    """One sample: how it was drawn is never changed, so that anybody can draw it again."""

    __tablename__ = "inspection"  # type: ignore[assignment]
    __table_args__ = (Index("ix_inspection_office", "office_id", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    # The bureau it belongs to.
    office_id: int = Field(foreign_key="organisation.id")
    drawn_by: int = Field(foreign_key="person.id")
    drawn_at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]
    seed: str = Field(max_length=40)
    # organisation, rule and reviewer it was narrowed to; 0 or "" for none.
    scope: dict[str, Any] = Field(default_factory=dict, sa_type=Json)  # type: ignore[call-overload]
    # The days of granting, both included.
    granted_from: date
    granted_until: date
    # What was asked for: so many, or so many per cent.
    size: int | None = None
    percent: int | None = None
    stratify: Stratify = Field(default=Stratify.NONE, sa_type=Word(Stratify))  # type: ignore[call-overload]
    # How many claims, in how many strata, it was drawn from; 0 when the strata were set aside.
    population: int
    strata: int = 0
    drawn: int
    status: InspectionStatus = Field(
        default=InspectionStatus.OPEN,
        sa_type=Word(InspectionStatus),  # type: ignore[call-overload]
    )
    note: str = Field(default="", max_length=400)
    closed_by: int | None = Field(default=None, foreign_key="person.id")
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # type: ignore[call-overload]
    # Of the random key a form carries: pressed twice, it is still one sample.
    request_hash: str | None = Field(default=None, max_length=64, unique=True)
    version: int = 1


class InspectionItem(SQLModel, table=True):
    """One claim of a sample, and what was found."""

    __tablename__ = "inspection_item"  # type: ignore[assignment]
    __table_args__ = (
        UniqueConstraint("inspection_id", "claim_id"),
        UniqueConstraint("inspection_id", "place"),
    )

    id: int | None = Field(default=None, primary_key=True)
    inspection_id: int = Field(foreign_key="inspection.id")
    # In the order of the keys, from 1.
    place: int
    claim_id: int = Field(foreign_key="claim.id", index=True)
    # An employer's or a person's id, or the key of a rule, as the sample was stratified.
    stratum: str = Field(default="", max_length=40)
    finding: Finding | None = Field(default=None, sa_type=Word(Finding))  # type: ignore[call-overload]
    right_hours: Hours | None = Field(default=None, sa_type=HoursColumn)  # type: ignore[call-overload]
    note: str = Field(default="", max_length=400)
    by_id: int | None = Field(default=None, foreign_key="person.id")
    at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # type: ignore[call-overload]
    # The case that followed: from then on the finding stands.
    case_id: int | None = None
    version: int = 1


class ReviewerDay(SQLModel, table=True):
    """What one reviewer decided for one office on one day, counted with each decision."""

    __tablename__ = "reviewer_day"  # type: ignore[assignment]
    __table_args__ = (
        Index("ix_reviewer_day_person", "person_id", "day"),
        # Bursts, the newest first, without looking at quiet days.
        Index(
            "ix_reviewer_day_burst", "day", "person_id", "office_id",
            sqlite_where=text("peak >= 6"), postgresql_where=text("peak >= 6"),
        ),
    )  # fmt: skip

    office_id: int = Field(
        primary_key=True, foreign_key="organisation.id", sa_column_kwargs={"autoincrement": False}
    )
    day: date = Field(primary_key=True)
    person_id: int = Field(
        primary_key=True, foreign_key="person.id", sa_column_kwargs={"autoincrement": False}
    )
    decisions: int = 0
    passes: int = 0
    # Of the decisions whose time is known: how many, and how long together.
    timed: int = 0
    seconds: int = 0
    # The minute of the last decision, how many fell in it, and the fullest minute of the day.
    minute: int = 0
    in_minute: int = 0
    peak: int = 0
    peak_minute: int = 0


class ReviewerMonth(SQLModel, table=True):
    """The days of one reviewer for one office in one month, summed up with each decision."""

    __tablename__ = "reviewer_month"  # type: ignore[assignment]
    __table_args__ = (
        # Who decided most first, walked from its end.
        Index("ix_reviewer_month_most", "month", "decisions", "person_id", "office_id"),
    )

    office_id: int = Field(
        primary_key=True, foreign_key="organisation.id", sa_column_kwargs={"autoincrement": False}
    )
    # Its first day.
    month: date = Field(primary_key=True)
    person_id: int = Field(
        primary_key=True, foreign_key="person.id", sa_column_kwargs={"autoincrement": False}
    )
    decisions: int = 0
    passes: int = 0
    timed: int = 0
    seconds: int = 0


class RepeatedFile(SQLModel, table=True):
    """A claim sent in with a file that another claim has too, beyond one batch."""

    __tablename__ = "repeated_file"  # type: ignore[assignment]
    __table_args__ = (UniqueConstraint("source_sha256", "claim_id"),)

    id: int | None = Field(default=None, primary_key=True)
    source_sha256: str = Field(max_length=64)
    claim_id: int = Field(foreign_key="claim.id", index=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]


class LearnerDay(SQLModel, table=True):
    """The pop quizzes one person answered on one day: how many, how quickly, in how many hours."""

    __tablename__ = "learner_day"  # type: ignore[assignment]
    __table_args__ = (
        Index(
            "ix_learner_day_odd", "day", "person_id",
            sqlite_where=text("quick >= 5 OR hours >= 20"),
            postgresql_where=text("quick >= 5 OR hours >= 20"),
        ),
    )  # fmt: skip

    person_id: int = Field(
        primary_key=True, foreign_key="person.id", sa_column_kwargs={"autoincrement": False}
    )
    day: date = Field(primary_key=True)
    answers: int = 0
    # Answered sooner than anybody can read the question.
    quick: int = 0
    # One bit per hour of the day in which a quiz was answered, and how many they are.
    hour_bits: int = 0
    hours: int = 0
