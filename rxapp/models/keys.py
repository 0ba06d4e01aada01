"""Keys with which other systems ask for a person's standing, and every look-up."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from rxapp.models.columns import Json, UtcDateTime


class StandingKey(SQLModel, table=True):
    """A key of one organisation; only its hash is kept, so it can be shown once."""

    __tablename__ = "standing_key"  # type: ignore[assignment]

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    name: str = Field(max_length=60)
    key_hash: str = Field(max_length=64, unique=True)
    # What it may ask: which years, of which county's people (none: the whole city's), and whether
    # an integrity record stands.
    first_year: int
    last_year: int
    county_id: int | None = Field(default=None, foreign_key="organisation.id")
    integrity: bool = False
    expires_at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]
    issued_by: int = Field(foreign_key="person.id")
    issued_at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # type: ignore[call-overload]
    revoked_by: int | None = Field(default=None, foreign_key="person.id")
    revoke_reason: str = Field(default="", max_length=200)
    used: int = 0
    last_used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # type: ignore[call-overload]


class StandingLookup(SQLModel, table=True):
    """One look-up under a key; without a person when number and name did not both match."""

    __tablename__ = "standing_lookup"  # type: ignore[assignment]
    __table_args__ = (Index("ix_standing_lookup_person", "person_id", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    key_id: int = Field(foreign_key="standing_key.id", index=True)
    person_id: int | None = Field(default=None, foreign_key="person.id")
    years: list[int] = Field(default_factory=list, sa_type=Json)  # type: ignore[call-overload]
    at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]
