"""The tree of personnel affiliation."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from rxapp.models.columns import CapacitySet, Json, PathText, UtcDateTime, Word
from rxapp.rules.permissions import Capacity

# The few bureaus of a city, as their index has it.
IS_BUREAU = "capacities LIKE '%bureau|%'"


class OrganisationStatus(StrEnum):
    """Whether an organisation takes part. One that registers is an application until approved."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    MERGED = "merged"
    CLOSED = "closed"


class Organisation(SQLModel, table=True):
    """A node of the tree; `path` ("/1/4/") holds its ancestors, so a subtree is one range."""

    __tablename__ = "organisation"  # type: ignore[assignment]
    __table_args__ = (
        Index("ix_organisation_status_order", "status", "path"),
        Index(
            "ix_organisation_bureau", "name",
            sqlite_where=text(IS_BUREAU),
            postgresql_where=text(IS_BUREAU),
        ),
    )  # fmt: skip

    id: int | None = Field(default=None, primary_key=True)
    parent_id: int | None = Field(default=None, foreign_key="organisation.id", index=True)
    path: str = Field(default="", sa_type=PathText, index=True)  # type: ignore[call-overload]
    name: str = Field(max_length=120, index=True)
    # The initials of the name's pinyin, small: 运河市实验中学 is "yhssyzx".
    initials: str = Field(default="", max_length=120, index=True)
    capacities: frozenset[Capacity] = Field(sa_type=CapacitySet)  # type: ignore[call-overload]
    credit_code: str | None = Field(default=None, max_length=18, unique=True)
    address: str = Field(default="", max_length=200)
    contact_name: str = Field(default="", max_length=60)
    contact_cipher: str = Field(default="", max_length=200)
    contact_mask: str = Field(default="", max_length=18)
    status: OrganisationStatus = Field(
        default=OrganisationStatus.ACTIVE,
        sa_type=Word(OrganisationStatus),  # type: ignore[call-overload]
    )
    merged_into_id: int | None = Field(default=None, foreign_key="organisation.id")
    # Under an order to put things right its claims are reviewed by the level above.
    reviews_claims: bool = True
    created_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # type: ignore[call-overload]
    # Counted up with every change, so that of two clerks the second is told.
    version: int = 1


class OrganisationChange(SQLModel, table=True):
    """One change of an organisation: what it was and what it became."""

    __tablename__ = "organisation_change"  # type: ignore[assignment]

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    # registered, details, moved, merged, absorbed, suspended, resumed, closed
    kind: str = Field(max_length=20)
    before: dict[str, Any] = Field(default_factory=dict, sa_type=Json)  # type: ignore[call-overload]
    after: dict[str, Any] = Field(default_factory=dict, sa_type=Json)  # type: ignore[call-overload]
    note: str = Field(default="", max_length=400)
    by_id: int | None = Field(default=None, foreign_key="person.id")
    office_id: int | None = Field(default=None, foreign_key="organisation.id")
    at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]
