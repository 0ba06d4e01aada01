"""信息发布: notices with every edition, their attachments, the words in them, who has read them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from rxapp.models.columns import Json, UtcDateTime, Word
from rxapp.rules.notices import Status


class Notice(SQLModel, table=True):
    """A notice; the columns say what is in force, `draft` what is being typed."""

    __tablename__ = "notice"  # type: ignore[assignment]
    __table_args__ = (
        # The public list: the newest first.
        Index("ix_notice_public", "status", "publish_at", "id"),
        Index("ix_notice_pinned", "pinned_until"),
        Index("ix_notice_office", "office_id", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    # The bureau that writes it.
    office_id: int = Field(foreign_key="organisation.id")
    # draft, published, withdrawn: that a published one is still to come is a matter of time.
    status: Status = Field(default=Status.DRAFT, sa_type=Word(Status))  # type: ignore[call-overload]
    # The edition in force, 0 before the first.
    edition: int = 0
    title: str = Field(default="", max_length=100)
    # Safe HTML, made when it was published from the edition's source.
    html: str = ""
    # The words of the body, line by line, and of title and body folded for the search.
    words: str = ""
    folded: str = ""
    # Kinds of people as bits, 0 for any; whether only some counties.
    kinds: int = 0
    in_counties: bool = False
    files: list[int] = Field(default_factory=list, sa_type=Json)  # type: ignore[call-overload]
    publish_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # type: ignore[call-overload]
    pinned_until: date | None = None
    # When a later edition took the place of one that could be read.
    updated_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # type: ignore[call-overload]
    reason: str = Field(default="", max_length=200)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # type: ignore[call-overload]
    # What is typed for the next edition; empty when nothing differs from the one in force.
    draft: dict[str, Any] = Field(default_factory=dict, sa_type=Json)  # type: ignore[call-overload]
    created_by: int | None = Field(default=None, foreign_key="person.id")
    created_at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]
    # Counted up with every change, so that of two windows the second is told.
    version: int = 1


class NoticeEdition(SQLModel, table=True):
    """What a notice said from some moment on; never changed."""

    __tablename__ = "notice_edition"  # type: ignore[assignment]
    __table_args__ = (UniqueConstraint("notice_id", "edition"),)

    id: int | None = Field(default=None, primary_key=True)
    notice_id: int = Field(foreign_key="notice.id")
    edition: int
    title: str = Field(max_length=100)
    # The source as it was typed, and what made the HTML of it.
    body: str
    html: str
    renderer: str = Field(max_length=120)
    # Audience, times and attachments as they were then.
    content: dict[str, Any] = Field(default_factory=dict, sa_type=Json)  # type: ignore[call-overload]
    by_id: int | None = Field(default=None, foreign_key="person.id")
    at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]


class NoticeCounty(SQLModel, table=True):
    """A county, by its bureau, that a notice is for."""

    __tablename__ = "notice_county"  # type: ignore[assignment]

    notice_id: int = Field(foreign_key="notice.id", primary_key=True)
    county_id: int = Field(foreign_key="organisation.id", primary_key=True, index=True)


class NoticeFile(SQLModel, table=True):
    """An attachment; readers get it when the edition in force names it."""

    __tablename__ = "notice_file"  # type: ignore[assignment]

    id: int | None = Field(default=None, primary_key=True)
    notice_id: int = Field(foreign_key="notice.id", index=True)
    name: str = Field(max_length=100)
    media_type: str = Field(max_length=100)
    size: int
    # Where it lies in the store.
    file: str = Field(max_length=80, index=True)
    added_by: int | None = Field(default=None, foreign_key="person.id")
    added_at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]


class NoticeGram(SQLModel, table=True):
    """A character, or two that stand together, in a notice that is in force."""

    __tablename__ = "notice_gram"  # type: ignore[assignment]

    gram: str = Field(max_length=4, primary_key=True)
    notice_id: int = Field(foreign_key="notice.id", primary_key=True, index=True)


class NoticeRead(SQLModel, table=True):
    """Somebody has opened a notice."""

    __tablename__ = "notice_read"  # type: ignore[assignment]

    person_id: int = Field(foreign_key="person.id", primary_key=True)
    notice_id: int = Field(foreign_key="notice.id", primary_key=True, index=True)
    at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]


class NoticeMark(SQLModel, table=True):
    """Up to when somebody took everything as read."""

    __tablename__ = "notice_mark"  # type: ignore[assignment]

    person_id: int = Field(foreign_key="person.id", primary_key=True)
    read_until: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]
