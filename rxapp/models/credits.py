"""The ledger of hours and its running totals."""

from datetime import date, datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from rxapp.models.columns import HoursColumn, UtcDateTime, Word
from rxapp.rules.hours import Hours
from rxapp.rules.subjects import Subject


class Credit(SQLModel, table=True):
    """One line of the hours ledger; append-only, a reversal is a new negative line."""

    __tablename__ = "credit"  # type: ignore[assignment]
    # A course, a project, an achievement counts once per person.
    __table_args__ = (UniqueConstraint("person_id", "source_key"),)

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    year: int = Field(index=True)
    subject: Subject = Field(sa_type=Word(Subject))  # type: ignore[call-overload]
    hours: Hours = Field(sa_type=HoursColumn)  # type: ignore[call-overload]
    source_kind: str = Field(max_length=20)
    source_key: str = Field(max_length=80)
    title: str = Field(max_length=200)
    rule: str = Field(max_length=60)
    earned_on: date
    created_at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]
    reverses_id: int | None = Field(default=None, foreign_key="credit.id", unique=True)


class YearTotal(SQLModel, table=True):
    """The sum of a person's credits of one year, kept in the credit's own transaction."""

    __tablename__ = "year_total"  # type: ignore[assignment]

    person_id: int = Field(primary_key=True, foreign_key="person.id")
    year: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    required: Hours = Field(sa_type=HoursColumn)  # type: ignore[call-overload]
    elective: Hours = Field(sa_type=HoursColumn)  # type: ignore[call-overload]
    professional: Hours = Field(sa_type=HoursColumn)  # type: ignore[call-overload]
