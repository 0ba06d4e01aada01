"""People, what they may do for an organisation, and how they sign in."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from rxapp.models.columns import UtcDateTime


class Person(SQLModel, table=True):
    """Someone who owes hours; number and mobile are encrypted, found by a keyed hash."""

    __tablename__ = "person"  # type: ignore[assignment]

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=60, index=True)
    identity_cipher: str = Field(max_length=200)
    identity_hash: str = Field(max_length=64, unique=True)
    identity_mask: str = Field(max_length=18)
    mobile_cipher: str = Field(default="", max_length=200)
    mobile_hash: str = Field(default="", max_length=64, index=True)
    mobile_mask: str = Field(default="", max_length=18)
    password_hash: str | None = Field(default=None, max_length=80)
    activated_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # type: ignore[call-overload]
    created_at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]
    # Where the person belongs: the employer, or the county bureau for those without one.
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    owes_from: int = 2016
    field: str = Field(default="", max_length=40)
    title_series: str = Field(default="", max_length=40)
    title_level: str = Field(default="", max_length=40)
    education: str = Field(default="", max_length=40)
    post: str = Field(default="", max_length=60)


class Membership(SQLModel, table=True):
    """What a person may do for an organisation; the organisation's capacities give the role."""

    __tablename__ = "membership"  # type: ignore[assignment]
    __table_args__ = (UniqueConstraint("person_id", "organisation_id"),)

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    # Staff rights begin with a single-use code from the level above.
    begins_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # type: ignore[call-overload]
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # type: ignore[call-overload]


class SignIn(SQLModel, table=True):
    """One sign-in on one device. Only the hash of its cookie is kept."""

    __tablename__ = "sign_in"  # type: ignore[assignment]

    id: int | None = Field(default=None, primary_key=True)
    token_hash: str = Field(max_length=64, unique=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    # An unactivated person's sign-in reaches nothing but activation.
    activated: bool = False
    device: str = Field(default="", max_length=60)
    created_at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]
    seen_at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]
    expires_at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # type: ignore[call-overload]


class OneTimeCode(SQLModel, table=True):
    """A code a clerk gives to one person; used once, for one purpose, within its day."""

    __tablename__ = "one_time_code"  # type: ignore[assignment]

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    purpose: str = Field(max_length=20)
    code_hash: str = Field(max_length=64)
    issued_by: int | None = Field(default=None, foreign_key="person.id")
    created_at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]
    expires_at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # type: ignore[call-overload]
    failures: int = 0
