"""A year's requirements and windows, as data."""

from datetime import date, datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from rxapp.models.columns import HoursColumn, Json, UtcDateTime, Word
from rxapp.rules.extensions import Window
from rxapp.rules.hours import Hours


class YearPolicyRow(SQLModel, table=True):
    """The policy of one year; `rxapp.rules.years.YearPolicy` is made from it."""

    __tablename__ = "year_policy"  # type: ignore[assignment]

    year: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    version: int = 1
    period: str | None = Field(default=None, max_length=20)
    required: Hours = Field(sa_type=HoursColumn)  # type: ignore[call-overload]
    elective: Hours = Field(sa_type=HoursColumn)  # type: ignore[call-overload]
    public: Hours = Field(sa_type=HoursColumn)  # type: ignore[call-overload]
    professional: Hours = Field(sa_type=HoursColumn)  # type: ignore[call-overload]
    total: Hours = Field(sa_type=HoursColumn)  # type: ignore[call-overload]
    # None where the year itself is not taught: its make-up window is then the only one.
    learn_from: date | None = None
    learn_until: date | None = None
    finish_grace: int = 120
    makeup_from: date | None = None
    makeup_until: date | None = None
    claim_from: date | None = None
    claim_until: date | None = None
    quiz_gap_min_seconds: int = 300
    quiz_gap_max_seconds: int = 720
    beat_seconds: int = 10
    # Who is in one of these states on the year's last day does not owe the year.
    exempt: str = Field(default="left|retired|abroad|deceased", max_length=80)


class PolicyEdition(SQLModel, table=True):
    """One change of a year's requirements or windows: what it was, what it became, and why.

    A period is changed as one and stands under its first year; nothing here is ever changed.
    """

    __tablename__ = "policy_edition"  # type: ignore[assignment]
    __table_args__ = (UniqueConstraint("year", "version"),)

    id: int | None = Field(default=None, primary_key=True)
    year: int
    version: int
    # Each what it is called, what it was, what it became.
    changes: list[list[str]] = Field(default_factory=list, sa_type=Json)  # type: ignore[call-overload]
    note: str = Field(default="", max_length=200)
    by_id: int | None = Field(default=None, foreign_key="person.id")
    at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]


class WindowExtension(SQLModel, table=True):
    """A year's window held open longer, for one county or for all (延长期限).

    Taken back, it still holds on the day itself: what was begun or sent in under it stays.
    """

    __tablename__ = "window_extension"  # type: ignore[assignment]

    id: int | None = Field(default=None, primary_key=True)
    # The first year of a period stands for all of it.
    year: int = Field(index=True)
    window: Window = Field(sa_type=Word(Window))  # type: ignore[call-overload]
    # The county's bureau; none is the whole city.
    county_id: int | None = Field(default=None, foreign_key="organisation.id")
    until: date
    reason: str = Field(max_length=200)
    by_id: int | None = Field(default=None, foreign_key="person.id")
    at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]
    # A day of the business calendar, as windows are.
    revoked_on: date | None = None
    revoked_by: int | None = Field(default=None, foreign_key="person.id")
    revoke_reason: str = Field(default="", max_length=200)


class YearOpening(SQLModel, table=True):
    """A year that was opened by copying the one before; its windows were moved once, here."""

    __tablename__ = "year_opening"  # type: ignore[assignment]

    year: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    by_id: int | None = Field(default=None, foreign_key="person.id")
    at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]
