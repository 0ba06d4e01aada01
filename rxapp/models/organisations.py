"""The tree of personnel affiliation."""

from enum import StrEnum

from sqlmodel import Field, SQLModel

from rxapp.models.columns import CapacitySet, PathText, Word
from rxapp.rules.permissions import Capacity


class OrganisationStatus(StrEnum):
    """Whether an organisation takes part."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSED = "closed"


class Organisation(SQLModel, table=True):
    """A node of the tree; `path` ("/1/4/") holds its ancestors, so a subtree is one range."""

    __tablename__ = "organisation"  # type: ignore[assignment]

    id: int | None = Field(default=None, primary_key=True)
    parent_id: int | None = Field(default=None, foreign_key="organisation.id", index=True)
    path: str = Field(default="", sa_type=PathText, index=True)  # type: ignore[call-overload]
    name: str = Field(max_length=120, index=True)
    capacities: frozenset[Capacity] = Field(sa_type=CapacitySet)  # type: ignore[call-overload]
    credit_code: str | None = Field(default=None, max_length=18, unique=True)
    address: str = Field(default="", max_length=200)
    status: OrganisationStatus = Field(
        default=OrganisationStatus.ACTIVE,
        sa_type=Word(OrganisationStatus),  # type: ignore[call-overload]
    )
