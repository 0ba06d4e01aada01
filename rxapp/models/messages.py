"""站内信, and what goes out by text message or e-mail."""

from datetime import datetime

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from rxapp.models.columns import UtcDateTime


class Message(SQLModel, table=True):
    """One message to one person: what was decided, or what is to be done."""

    __tablename__ = "message"  # type: ignore[assignment]
    __table_args__ = (Index("ix_message_box", "person_id", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id")
    title: str = Field(max_length=80)
    body: str = Field(max_length=600)
    # A path of our own to go to, or nothing.
    href: str = Field(default="", max_length=120)
    at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]
    read_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # type: ignore[call-overload]


class Outgoing(SQLModel, table=True):
    """A text message or e-mail on its way; whom it goes to and what it says is encrypted."""

    __tablename__ = "outgoing"  # type: ignore[assignment]
    # What waits longest.
    __table_args__ = (
        Index(
            "ix_outgoing_late", "made_at",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
    )  # fmt: skip

    id: int | None = Field(default=None, primary_key=True)
    person_id: int | None = Field(default=None, foreign_key="person.id")
    channel: str = Field(max_length=10)
    sealed: str
    # waiting, sent, failed
    state: str = Field(default="waiting", max_length=10, index=True)
    attempts: int = 0
    next_at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]
    made_at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]


class CityValueRow(SQLModel, table=True):
    """One of the city's own periods, where the bureau set it."""

    __tablename__ = "city_value"  # type: ignore[assignment]

    key: str = Field(primary_key=True, max_length=40)
    value: int
    version: int = 1
    set_by: int | None = Field(default=None, foreign_key="person.id")
    set_at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]


class Invitation(SQLModel, table=True):
    """A person invited to be a clerk; accepted once, within its days."""

    __tablename__ = "invitation"  # type: ignore[assignment]

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    invited_by: int = Field(foreign_key="person.id")
    made_at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]
    expires_at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]
    accepted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # type: ignore[call-overload]
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # type: ignore[call-overload]
