"""What somebody asks an office to do, every verdict on it, and the evidence that came with it."""

from datetime import date, datetime

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from rxapp.models.columns import UtcDateTime, Word
from rxapp.rules.applications import Kind, Status, Step, Verdict


class Application(SQLModel, table=True):
    """One application; what was typed lies encrypted in `sealed` (JSON), for it names people."""

    __tablename__ = "application"  # type: ignore[assignment]
    # The desk of an office: what waits there, oldest first.
    __table_args__ = (
        Index(
            "ix_application_waiting", "office_id", "waiting_since",
            sqlite_where=text("status = 'submitted'"),
            postgresql_where=text("status = 'submitted'"),
        ),
        # Those of one kind that wait, oldest first.
        Index(
            "ix_application_kind", "kind", "waiting_since",
            sqlite_where=text("status = 'submitted'"),
            postgresql_where=text("status = 'submitted'"),
        ),
        # What waits longest anywhere.
        Index(
            "ix_application_late", "waiting_since",
            sqlite_where=text("status = 'submitted'"),
            postgresql_where=text("status = 'submitted'"),
        ),
    )  # fmt: skip

    id: int | None = Field(default=None, primary_key=True)
    # The receipt number: 60 random bits and a check character, the key to asking how it stands.
    number: str = Field(max_length=20, unique=True)
    kind: Kind = Field(sa_type=Word(Kind))  # type: ignore[call-overload]
    status: Status = Field(default=Status.SUBMITTED, sa_type=Word(Status))  # type: ignore[call-overload]
    step: Step = Field(sa_type=Word(Step))  # type: ignore[call-overload]
    # Who must act; the applicant's turn keeps the office that returned it.
    office_id: int = Field(foreign_key="organisation.id", index=True)
    # The one it is about, where that is somebody or some organisation that already exists.
    person_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    organisation_id: int | None = Field(default=None, foreign_key="organisation.id", index=True)
    # Keyed hashes of the typed identity number and mobile, to see the same one twice.
    identity_hash: str = Field(default="", max_length=64, index=True)
    mobile_hash: str = Field(default="", max_length=64, index=True)
    # Of the random key a form carries: sent again after a lost answer, it is still one application.
    request_hash: str | None = Field(default=None, max_length=64, unique=True, index=True)
    # What a list shows of it: the name of the person or organisation applying.
    title: str = Field(default="", max_length=120)
    sealed: str = ""
    submitted_at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]
    waiting_since: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]
    # The business day on which the old employer's silence releases.
    lapses_on: date | None = Field(default=None, index=True)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # type: ignore[call-overload]
    version: int = 1


class Decision(SQLModel, table=True):
    """One verdict on one step; stays with who gave it, for which office. Append-only."""

    __tablename__ = "decision"  # type: ignore[assignment]

    id: int | None = Field(default=None, primary_key=True)
    application_id: int = Field(foreign_key="application.id", index=True)
    step: Step = Field(sa_type=Word(Step))  # type: ignore[call-overload]
    verdict: Verdict = Field(sa_type=Word(Verdict))  # type: ignore[call-overload]
    note: str = Field(default="", max_length=400)
    office_id: int | None = Field(default=None, foreign_key="organisation.id")
    by_id: int | None = Field(default=None, foreign_key="person.id")
    at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]


class Evidence(SQLModel, table=True):
    """One file that proves something: re-encoded, private, shown to whose turn it is."""

    __tablename__ = "evidence"  # type: ignore[assignment]

    id: int | None = Field(default=None, primary_key=True)
    # Nobody's until an application takes it up; left alone for a day it is removed.
    application_id: int | None = Field(default=None, foreign_key="application.id", index=True)
    # licence, authorisation, identity, other
    purpose: str = Field(max_length=20)
    name: str = Field(max_length=120)
    media_type: str = Field(max_length=40)
    size: int
    pages: int = 1
    # Names in the private store: what is kept and a picture of its first page.
    file: str = Field(max_length=80)
    preview: str = Field(max_length=80)
    # Of the bytes as they were sent: the same file used twice is seen by it.
    source_sha256: str = Field(max_length=64, index=True)
    uploaded_by: int | None = Field(default=None, foreign_key="person.id")
    uploaded_at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]


class QueueTotal(SQLModel, table=True):
    """How much waits for an office in one queue, kept in step with what waits."""

    __tablename__ = "queue_total"  # type: ignore[assignment]

    office_id: int = Field(
        primary_key=True, foreign_key="organisation.id", sa_column_kwargs={"autoincrement": False}
    )
    queue: str = Field(primary_key=True, max_length=20)
    waiting: int = 0
