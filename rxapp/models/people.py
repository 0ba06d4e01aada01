"""People, what they may do for an organisation, and how they sign in."""

from datetime import date, datetime

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from rxapp.models.columns import UtcDateTime, Word
from rxapp.rules.person_status import PersonStatus


class Person(SQLModel, table=True):
    """Someone who owes hours; number and mobile are encrypted, found by a keyed hash."""

    __tablename__ = "person"  # type: ignore[assignment]
    # The first two serve an office's own list, the others what a large one looks for.
    __table_args__ = (
        Index("ix_person_organisation_order", "organisation_id", "id"),
        Index("ix_person_organisation_name", "organisation_id", "name"),
        Index("ix_person_name_order", "name", "id"),
        Index("ix_person_pinyin_order", "pinyin", "id"),
        Index("ix_person_initials_order", "initials", "id"),
        Index("ix_person_status_order", "status", "id"),
        Index("ix_person_level_order", "title_level", "id"),
        Index("ix_person_series_order", "title_series", "id"),
        # Two conditions at once.
        Index("ix_person_level_status", "title_level", "status", "id"),
        Index("ix_person_series_status", "title_series", "status", "id"),
        *(
            Index(
                f"ix_person_unactivated_{part}", f"title_{part}", "id",
                sqlite_where=text("activated_at IS NULL"),
                postgresql_where=text("activated_at IS NULL"),
            )
            for part in ("level", "series")
        ),
        # How many owe a year is counted along it.
        Index("ix_person_owes", "owes_from"),
        Index(
            "ix_person_unactivated", "id",
            sqlite_where=text("activated_at IS NULL"),
            postgresql_where=text("activated_at IS NULL"),
        ),
    )  # fmt: skip

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=60)
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
    # 林知夏 is "linzhixia" and "lzx".
    pinyin: str = Field(default="", max_length=120)
    initials: str = Field(default="", max_length=40)
    status: PersonStatus = Field(
        default=PersonStatus.ACTIVE,
        sa_type=Word(PersonStatus),  # type: ignore[call-overload]
    )
    status_on: date | None = None
    email_cipher: str = Field(default="", max_length=400)
    email_mask: str = Field(default="", max_length=80)
    # Messages not yet read, kept in step with the messages themselves.
    unread: int = 0
    pseudonymised_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # type: ignore[call-overload]
    # Counted up with every change of the record, so that of two clerks the second is told.
    version: int = 1


class StatusSpell(SQLModel, table=True):
    """A state a person was in from one day to another; an open end is today's state."""

    __tablename__ = "status_spell"  # type: ignore[assignment]

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    status: PersonStatus = Field(sa_type=Word(PersonStatus))  # type: ignore[call-overload]
    begins_on: date
    ended_on: date | None = None
    note: str = Field(default="", max_length=200)
    by_id: int | None = Field(default=None, foreign_key="person.id")
    at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]


class Affiliation(SQLModel, table=True):
    """Where a person belonged, from when until when; the open one is `Person.organisation_id`."""

    __tablename__ = "affiliation"  # type: ignore[assignment]

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    begins_on: date
    ended_on: date | None = None
    # How it began: collected, registered, transfer, merged, corrected.
    how: str = Field(default="", max_length=20)


class Disclosure(SQLModel, table=True):
    """Somebody looked at a full number: who, when, why. The person can read it."""

    __tablename__ = "disclosure"  # type: ignore[assignment]

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    # identity, mobile, or list for an export with full numbers
    what: str = Field(max_length=20)
    reason: str = Field(max_length=200)
    by_id: int | None = Field(default=None, foreign_key="person.id")
    office_id: int | None = Field(default=None, foreign_key="organisation.id")
    at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]


class Membership(SQLModel, table=True):
    """What a person may do for an organisation; the organisation's capacities give the role."""

    __tablename__ = "membership"  # type: ignore[assignment]
    # Whoever left may be named again: only one at a time is open.
    __table_args__ = (
        Index(
            "ix_membership_open", "person_id", "organisation_id", unique=True,
            sqlite_where=text("ended_at IS NULL"), postgresql_where=text("ended_at IS NULL"),
        ),
    )  # fmt: skip

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    # Staff rights begin with a single-use code from the level above.
    begins_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # type: ignore[call-overload]
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # type: ignore[call-overload]
    named_by: int | None = Field(default=None, foreign_key="person.id")
    ended_by: int | None = Field(default=None, foreign_key="person.id")


class Handover(SQLModel, table=True):
    """One clerk handed the work of an organisation over to another (交接)."""

    __tablename__ = "handover"  # type: ignore[assignment]

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    from_id: int = Field(foreign_key="person.id")
    to_id: int = Field(foreign_key="person.id")
    waiting: int = 0
    note: str = Field(default="", max_length=400)
    at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]


class SecondFactor(SQLModel, table=True):
    """The secret of somebody's authenticator; it counts once it was confirmed with a code."""

    __tablename__ = "second_factor"  # type: ignore[assignment]

    person_id: int = Field(
        primary_key=True, foreign_key="person.id", sa_column_kwargs={"autoincrement": False}
    )
    secret_cipher: str = Field(max_length=200)
    confirmed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # type: ignore[call-overload]
    # The time step of the newest code that was accepted: none is accepted twice.
    last_step: int = 0


class RecoveryCode(SQLModel, table=True):
    """A printed code for whoever lost the authenticator; each works once."""

    __tablename__ = "recovery_code"  # type: ignore[assignment]

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    code_hash: str = Field(max_length=64)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # type: ignore[call-overload]


class SignIn(SQLModel, table=True):
    """One sign-in on one device. Only the hash of its cookie is kept."""

    __tablename__ = "sign_in"  # type: ignore[assignment]

    id: int | None = Field(default=None, primary_key=True)
    token_hash: str = Field(max_length=64, unique=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    # An unactivated person's sign-in reaches nothing but activation.
    activated: bool = False
    # Where the account has a second factor: asked for, and when it was given.
    factor_due: bool = False
    factor_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # type: ignore[call-overload]
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
