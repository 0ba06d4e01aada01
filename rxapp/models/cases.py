"""Matters of supervision: what was found, everything said, and what followed from it."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from rxapp.models.columns import Json, UtcDateTime, Word
from rxapp.rules.cases import Entry, Finding, OrderStatus, Side, Status


class SupervisionCase(SQLModel, table=True):
    """One matter: a person about one claim, or an organisation; heard before it is decided."""

    __tablename__ = "supervision_case"  # type: ignore[assignment]
    __table_args__ = (
        Index("ix_supervision_case_office", "office_id", "id"),
        Index("ix_supervision_case_status", "status", "id"),
        Index("ix_supervision_case_person", "person_id", "id"),
        Index("ix_supervision_case_organisation", "organisation_id", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    # 60 random bits and a check character.
    number: str = Field(max_length=20, unique=True)
    # The bureau whose matter it is.
    office_id: int = Field(foreign_key="organisation.id")
    opened_by: int = Field(foreign_key="person.id")
    opened_at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]
    # Who is heard: one of the two.
    person_id: int | None = Field(default=None, foreign_key="person.id")
    organisation_id: int | None = Field(default=None, foreign_key="organisation.id")
    claim_id: int | None = Field(default=None, foreign_key="claim.id", index=True)
    # The line of a sample it began with.
    item_id: int | None = Field(default=None, index=True)
    finding: Finding = Field(sa_type=Word(Finding))  # type: ignore[call-overload]
    allegation: str = Field(max_length=2000)
    basis: str = Field(max_length=200)
    status: Status = Field(default=Status.NOTIFIED, sa_type=Word(Status))  # type: ignore[call-overload]
    answer_by: date
    # The newest answer; every one stands in the file.
    answer: str = Field(default="", max_length=2000)
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # type: ignore[call-overload]
    # What the hearing left of the finding.
    found: Finding | None = Field(default=None, sa_type=Word(Finding))  # type: ignore[call-overload]
    decision: str = Field(default="", max_length=2000)
    decided_by: int | None = Field(default=None, foreign_key="person.id")
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # type: ignore[call-overload]
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # type: ignore[call-overload]
    # Of the random key a form carries: pressed twice, it is still one matter.
    request_hash: str | None = Field(default=None, max_length=64, unique=True)
    version: int = 1


class CaseEntry(SQLModel, table=True):
    """One line of a file: who said or did what, when, on what basis. Append-only."""

    __tablename__ = "case_entry"  # type: ignore[assignment]

    id: int | None = Field(default=None, primary_key=True)
    case_id: int | None = Field(default=None, foreign_key="supervision_case.id", index=True)
    order_id: int | None = Field(default=None, foreign_key="rectification_order.id", index=True)
    kind: Entry = Field(sa_type=Word(Entry))  # type: ignore[call-overload]
    side: Side = Field(sa_type=Word(Side))  # type: ignore[call-overload]
    text: str = Field(default="", max_length=2000)
    basis: str = Field(default="", max_length=200)
    # Ids, counts and days that belong to it.
    detail: dict[str, Any] = Field(default_factory=dict, sa_type=Json)  # type: ignore[call-overload]
    # Said after the day that was set for it.
    late: bool = False
    by_id: int | None = Field(default=None, foreign_key="person.id")
    office_id: int | None = Field(default=None, foreign_key="organisation.id")
    at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]
    request_hash: str | None = Field(default=None, max_length=64, unique=True)


class CaseFile(SQLModel, table=True):
    """A file that was handed in with a line of the file of a matter or of an order."""

    __tablename__ = "case_file"  # type: ignore[assignment]

    id: int | None = Field(default=None, primary_key=True)
    case_id: int | None = Field(default=None, foreign_key="supervision_case.id", index=True)
    # Of a report on an order: for the organisation and the bureau, not for the person heard.
    order_id: int | None = Field(default=None, foreign_key="rectification_order.id", index=True)
    entry_id: int = Field(foreign_key="case_entry.id", index=True)
    evidence_id: int = Field(foreign_key="evidence.id", unique=True)
    side: Side = Field(sa_type=Word(Side))  # type: ignore[call-overload]


class CaseDismissal(SQLModel, table=True):
    """All that an organisation had pending is dismissed, in steps; done once `done_at` is set."""

    __tablename__ = "case_dismissal"  # type: ignore[assignment]
    __table_args__ = (UniqueConstraint("case_id", "organisation_id"),)

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="supervision_case.id")
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    reason: str = Field(max_length=400)
    basis: str = Field(max_length=200)
    by_id: int = Field(foreign_key="person.id")
    office_id: int = Field(foreign_key="organisation.id")
    # What was submitted later is not meant.
    at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]
    count: int = 0
    done_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # type: ignore[call-overload]


class RectificationOrder(SQLModel, table=True):
    """责令限期整改: until it is lifted the organisation reviews no claims."""

    __tablename__ = "rectification_order"  # type: ignore[assignment]
    __table_args__ = (
        # One at a time.
        Index(
            "ix_rectification_order_open", "organisation_id", unique=True,
            sqlite_where=text("status <> 'lifted'"), postgresql_where=text("status <> 'lifted'"),
        ),
        Index("ix_rectification_order_organisation", "organisation_id", "id"),
    )  # fmt: skip

    id: int | None = Field(default=None, primary_key=True)
    number: str = Field(max_length=20, unique=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    case_id: int | None = Field(default=None, foreign_key="supervision_case.id", index=True)
    office_id: int = Field(foreign_key="organisation.id")
    reason: str = Field(max_length=400)
    basis: str = Field(max_length=200)
    due_on: date
    status: OrderStatus = Field(default=OrderStatus.ISSUED, sa_type=Word(OrderStatus))  # type: ignore[call-overload]
    ordered_by: int = Field(foreign_key="person.id")
    ordered_at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]
    # How much of its queue went to the level above.
    moved: int = 0
    report: str = Field(default="", max_length=2000)
    reported_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # type: ignore[call-overload]
    lifted_by: int | None = Field(default=None, foreign_key="person.id")
    lifted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # type: ignore[call-overload]
    version: int = 1


class IntegrityRecord(SQLModel, table=True):
    """诚信档案: a false claim, on record for three years; expires by itself."""

    __tablename__ = "integrity_record"  # type: ignore[assignment]

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    case_id: int = Field(foreign_key="supervision_case.id", unique=True)
    claim_id: int | None = Field(default=None, foreign_key="claim.id")
    office_id: int = Field(foreign_key="organisation.id")
    reason: str = Field(max_length=400)
    basis: str = Field(max_length=200)
    decided_by: int = Field(foreign_key="person.id")
    decided_at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]
    decided_on: date
    expires_on: date
    cancelled_by: int | None = Field(default=None, foreign_key="person.id")
    cancelled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # type: ignore[call-overload]
    cancel_reason: str = Field(default="", max_length=400)


class ResponsibilityRecord(SQLModel, table=True):
    """谁审核，谁负责: a reviewer answers for a word that should not have been given."""

    __tablename__ = "responsibility_record"  # type: ignore[assignment]
    __table_args__ = (UniqueConstraint("case_id", "decision_id"),)

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    # The office for which the word was given.
    office_id: int = Field(foreign_key="organisation.id", index=True)
    case_id: int = Field(foreign_key="supervision_case.id")
    claim_id: int = Field(foreign_key="claim.id")
    decision_id: int = Field(foreign_key="claim_decision.id")
    reason: str = Field(max_length=400)
    basis: str = Field(max_length=200)
    decided_by: int = Field(foreign_key="person.id")
    decided_at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]
