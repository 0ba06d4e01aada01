"""How the city stands: who is to be counted anew, what each person counts as, and the sums."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from rxapp.models.columns import Json, PathText, UtcDateTime

TOTALS = "kind = 'total' AND word = ''"
# By how many offices are behind, as their index has it.
BEHIND = "(complete - owing)"
# Which part is complete, in thousandths; where nobody owes anything there is nothing to do.
SHARE = "(COALESCE(complete * 1000 / NULLIF(owing, 0), 1001))"


class FigureMark(SQLModel, table=True):
    """Something changed on which a person's figures depend; written by the database itself.

    Only ever added and taken away, never raised: of two who change something nobody waits.
    """

    __tablename__ = "figure_mark"  # type: ignore[assignment]

    id: int | None = Field(default=None, primary_key=True)
    # No foreign key: a mark must cost as little as a line in a list.
    person_id: int = Field(index=True)


class FigureSweep(SQLModel, table=True):
    """Everybody is to be counted anew, beginning after `after_id`: a year's policy changed."""

    __tablename__ = "figure_sweep"  # type: ignore[assignment]

    id: int | None = Field(default=None, primary_key=True)
    after_id: int = 0


class FigureYear(SQLModel, table=True):
    """The business year up to which everybody was counted; one row."""

    __tablename__ = "figure_year"  # type: ignore[assignment]

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    year: int


class PersonFigure(SQLModel, table=True):
    """What one person counts as in one year, as it was last put into the sums.

    2016 to 2019 are one, under 2019.
    """

    __tablename__ = "person_figure"  # type: ignore[assignment]

    person_id: int = Field(primary_key=True, foreign_key="person.id")
    year: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    # The organisation's own, so with all above it: a moved organisation moves its people's sums.
    path: str = Field(sa_type=PathText)  # type: ignore[call-overload]
    field: str = Field(default="", max_length=40)
    title_level: str = Field(default="", max_length=40)
    owing: bool = False
    activated_on: date | None = None
    studying: bool = False
    complete: bool = False
    complete_on: date | None = None
    # Tenths of an hour: "public_required:course" to 200, and "2026-07-13" (a Monday) to 45.
    hours: dict[str, Any] = Field(default_factory=dict, sa_type=Json)  # type: ignore[call-overload]
    weeks: dict[str, Any] = Field(default_factory=dict, sa_type=Json)  # type: ignore[call-overload]


class FigureCell(SQLModel, table=True):
    """One sum over everybody of an organisation and all below it in a year.

    `kind` is total, field, level, hours or week, or own (of those who belong to it and to no one
    below); `word` says which field, level, bucket with source, or week. A week counts those who
    activated and completed in it. What offices count as (`OfficeFigure`) is summed up here as
    well, its amounts in the same columns.
    """

    __tablename__ = "figure_cell"  # type: ignore[assignment]
    # All employers of a city are listed along it, so that a page costs a page.
    __table_args__ = (
        Index(
            "ix_figure_cell_behind", "year", text(BEHIND), "organisation_id",
            sqlite_where=text(TOTALS), postgresql_where=text(TOTALS),
        ),
        Index(
            "ix_figure_cell_share", "year", text(SHARE), "organisation_id",
            sqlite_where=text(TOTALS), postgresql_where=text(TOTALS),
        ),
    )  # fmt: skip

    organisation_id: int = Field(primary_key=True, foreign_key="organisation.id")
    year: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    kind: str = Field(primary_key=True, max_length=10)
    word: str = Field(primary_key=True, max_length=60)
    owing: int = 0
    activated: int = 0
    studying: int = 0
    complete: int = 0
    tenths: int = 0


class OfficeMark(SQLModel, table=True):
    """Something changed on which an office's figures depend; written by the database itself."""

    __tablename__ = "office_mark"  # type: ignore[assignment]

    id: int | None = Field(default=None, primary_key=True)
    office_id: int = Field(index=True)


class OfficeDay(SQLModel, table=True):
    """The business day up to which classes were counted as held; one row."""

    __tablename__ = "office_day"  # type: ignore[assignment]

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    day: date


class OfficeFigure(SQLModel, table=True):
    """What one office counts as by itself, as it was last put into the sums of all above it.

    Of kind claims the first amount is what waits (`word` says at which step, or "" for all) and
    `oldest` since when, the year is 0; of kind classes the amounts are those approved, held and
    posted, the places taken and the people posted.
    """

    __tablename__ = "office_figure"  # type: ignore[assignment]
    __table_args__ = (
        # The offices at which something waits, the longest wait first.
        Index("ix_office_figure_oldest", "kind", "word", "oldest", "office_id", "path"),
    )

    office_id: int = Field(
        primary_key=True, foreign_key="organisation.id", sa_column_kwargs={"autoincrement": False}
    )
    year: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    kind: str = Field(primary_key=True, max_length=10)
    word: str = Field(primary_key=True, max_length=60)
    path: str = Field(sa_type=PathText, index=True)  # type: ignore[call-overload]
    owing: int = 0
    activated: int = 0
    studying: int = 0
    complete: int = 0
    tenths: int = 0
    oldest: datetime | None = Field(default=None, sa_type=UtcDateTime)  # type: ignore[call-overload]
