"""签到和名册: who attended a class, what was posted, and what was put right afterwards."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from rxapp.models.columns import HoursColumn, Json, UtcDateTime, Word
from rxapp.rules.hours import ZERO, Hours
from rxapp.rules.rosters import LineState, Outcome, RosterState, Source


class Roster(SQLModel, table=True):
    """The list of one class: written, being posted, or closed."""

    __tablename__ = "roster"  # type: ignore[assignment]
    __table_args__ = (
        # What is being posted, for whoever goes on with it.
        Index(
            "ix_roster_posting", "project_id",
            sqlite_where=text("state = 'posting'"),
            postgresql_where=text("state = 'posting'"),
        ),
    )  # fmt: skip

    project_id: int = Field(
        primary_key=True, foreign_key="project.id", sa_column_kwargs={"autoincrement": False}
    )
    state: RosterState = Field(default=RosterState.OPEN, sa_type=Word(RosterState))  # type: ignore[call-overload]
    # Who posted it, for which office, and how many people and hours the summary said.
    posted_by: int | None = Field(default=None, foreign_key="person.id")
    office_id: int | None = Field(default=None, foreign_key="organisation.id")
    posted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # type: ignore[call-overload]
    people: int = 0
    hours: Hours = Field(default=ZERO, sa_type=HoursColumn)  # type: ignore[call-overload]
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # type: ignore[call-overload]


class RosterLine(SQLModel, table=True):
    """One person of a class: the days attended, what they come to, and the ledger line."""

    __tablename__ = "roster_line"  # type: ignore[assignment]
    __table_args__ = (
        UniqueConstraint("project_id", "person_id"),
        Index("ix_roster_line_order", "project_id", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id")
    person_id: int = Field(foreign_key="person.id", index=True)
    # The days attended as "2020-09-01"; where only their number is known, that.
    days: list[str] = Field(default_factory=list, sa_type=Json)  # type: ignore[call-overload]
    day_count: int | None = None
    # Hours that were typed: never more than the days give.
    typed_hours: Hours | None = Field(default=None, sa_type=HoursColumn)  # type: ignore[call-overload]
    hours: Hours = Field(default=ZERO, sa_type=HoursColumn)  # type: ignore[call-overload]
    test: Outcome = Field(default=Outcome.NONE, sa_type=Word(Outcome))  # type: ignore[call-overload]
    source: Source = Field(sa_type=Word(Source))  # type: ignore[call-overload]
    note: str = Field(default="", max_length=200)
    state: LineState = Field(default=LineState.DRAFT, sa_type=Word(LineState))  # type: ignore[call-overload]
    # The ledger line it brought, and how often it was granted: a reversed line never counts again.
    credit_id: int | None = Field(default=None, foreign_key="credit.id", index=True)
    grants: int = 0
    by_id: int | None = Field(default=None, foreign_key="person.id")
    at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]
    version: int = 1


class RosterCorrection(SQLModel, table=True):
    """What was put right on a posted line, by whom, and why; none is ever changed."""

    __tablename__ = "roster_correction"  # type: ignore[assignment]

    id: int | None = Field(default=None, primary_key=True)
    line_id: int = Field(foreign_key="roster_line.id", index=True)
    before: Hours = Field(sa_type=HoursColumn)  # type: ignore[call-overload]
    after: Hours = Field(sa_type=HoursColumn)  # type: ignore[call-overload]
    reason: str = Field(max_length=200)
    by_id: int | None = Field(default=None, foreign_key="person.id")
    office_id: int | None = Field(default=None, foreign_key="organisation.id")
    at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]


class RosterFile(SQLModel, table=True):
    """A table of who attended, looked through, waiting for the clerk's word."""

    __tablename__ = "roster_file"  # type: ignore[assignment]

    id: int | None = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id", index=True)
    # Its name in the store of sealed files; empty once it was removed.
    file: str = Field(default="", max_length=80)
    file_name: str = Field(max_length=120)
    by_id: int | None = Field(default=None, foreign_key="person.id")
    at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    # What is wrong with its rows: line, column and reason of each fault.
    faults: list[Any] = Field(default_factory=list, sa_type=Json)  # type: ignore[call-overload]
    taken_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # type: ignore[call-overload]


class CheckInDay(SQLModel, table=True):
    """One day on which a class lets people check in, with the secret behind its codes."""

    __tablename__ = "check_in_day"  # type: ignore[assignment]
    __table_args__ = (UniqueConstraint("project_id", "day"),)

    id: int | None = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id")
    day: date
    secret_cipher: str = Field(max_length=200)
    opened_by: int | None = Field(default=None, foreign_key="person.id")
    opened_at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # type: ignore[call-overload]


class CheckIn(SQLModel, table=True):
    """Somebody was there on a day of a class."""

    __tablename__ = "check_in"  # type: ignore[assignment]
    __table_args__ = (
        UniqueConstraint("project_id", "person_id", "day"),
        Index("ix_check_in_day", "project_id", "day"),
    )

    id: int | None = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id")
    person_id: int = Field(foreign_key="person.id", index=True)
    day: date
    # Taken although no place was taken before.
    is_enrolled: bool = True
    at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]
