"""How the city stands: who is to be counted anew, what each person counts as, and the sums."""

from datetime import date
from typing import Any

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from rxapp.models.columns import Json, PathText

TOTALS = "kind = 'total' AND word = ''"
# By what offices are ordered, as the indexes have it and as PostgreSQL writes it.
VALUES = {
    "behind": "(complete - owing)",
    "share": ("(CASE\n    WHEN (owing > 0) THEN ((complete * 1000) / owing)\n    ELSE 1001\nEND)"),
}


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

    `kind` is total, field, level, hours or week; `word` says which field, level, bucket with
    source, or week. A week counts those who activated and completed in it.
    """

    __tablename__ = "figure_cell"  # type: ignore[assignment]
    # All employers of a city are listed along these, so that a page costs a page.
    __table_args__ = tuple(
        Index(
            f"ix_figure_cell_{name}", "year", text(value), "organisation_id",
            sqlite_where=text(TOTALS), postgresql_where=text(TOTALS),
        )
        for name, value in VALUES.items()
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
