"""A year's requirements and windows, as data."""

from datetime import date

from sqlmodel import Field, SQLModel

from rxapp.models.columns import HoursColumn
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
