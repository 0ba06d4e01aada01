"""Hours claimed: the rules by which they are converted, the claims, every word said on them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from rxapp.models.columns import HoursColumn, Json, UtcDateTime, Word
from rxapp.rules.claims import Act, Status, Step
from rxapp.rules.hours import ZERO, Hours
from rxapp.rules.subjects import Subject


class ConversionRuleRow(SQLModel, table=True):
    """One version of one rule; a published one is never changed, only followed by the next."""

    __tablename__ = "conversion_rule"  # type: ignore[assignment]
    __table_args__ = (UniqueConstraint("key", "version"),)

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(max_length=40)
    version: int
    # `rxapp.rules.conversions.ConversionRule` as JSON.
    body: dict[str, Any] = Field(sa_type=Json)  # type: ignore[call-overload]
    # Offered to new claims: the newest published version of a key that is switched on.
    is_on: bool = True
    published_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # type: ignore[call-overload]
    published_by: int | None = Field(default=None, foreign_key="person.id")
    note: str = Field(default="", max_length=400)


class Contest(SQLModel, table=True):
    """A contest in the bureau's register: organised by an industry department and recognised."""

    __tablename__ = "contest"  # type: ignore[assignment]
    __table_args__ = (
        # A contest counts once per person: it stands in the register once.
        Index(
            "ux_contest_recognised", "name", "year", "level", unique=True,
            sqlite_where=text("status = 'recognised'"),
            postgresql_where=text("status = 'recognised'"),
        ),
    )  # fmt: skip

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=120, index=True)
    initials: str = Field(default="", max_length=120, index=True)
    level: str = Field(max_length=20)
    organiser: str = Field(max_length=120)
    year: int = Field(index=True)
    # `rxapp.rules.contests.ContestStatus`
    status: str = Field(default="proposed", max_length=20, index=True)
    proposed_by: int | None = Field(default=None, foreign_key="person.id", index=True)
    decided_by: int | None = Field(default=None, foreign_key="person.id")
    # What the proposer said, and the bureau's reason.
    note: str = Field(default="", max_length=400)
    reason: str = Field(default="", max_length=400)
    at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]
    version: int = 1


class Claim(SQLModel, table=True):
    """Hours earned elsewhere, claimed by one person for one year under one version of one rule."""

    __tablename__ = "claim"  # type: ignore[assignment]
    __table_args__ = (
        # The queue of an office: what waits there, oldest first.
        Index(
            "ix_claim_waiting", "office_id", "waiting_since", "id",
            sqlite_where=text("status = 'submitted'"),
            postgresql_where=text("status = 'submitted'"),
        ),
        # What waits too long anywhere, oldest first: for the bureau above all.
        Index(
            "ix_claim_late", "waiting_since", "id",
            sqlite_where=text("status = 'submitted'"),
            postgresql_where=text("status = 'submitted'"),
        ),
        # Since when something waits at each step of an office.
        Index(
            "ix_claim_step", "office_id", "step", "waiting_since", "id",
            sqlite_where=text("status = 'submitted'"),
            postgresql_where=text("status = 'submitted'"),
        ),
        # One kind alone, oldest first: at an office, and anywhere.
        Index(
            "ix_claim_kind", "office_id", "rule_id", "waiting_since", "id",
            sqlite_where=text("status = 'submitted'"),
            postgresql_where=text("status = 'submitted'"),
        ),
        Index(
            "ix_claim_kind_late", "rule_id", "waiting_since", "id",
            sqlite_where=text("status = 'submitted'"),
            postgresql_where=text("status = 'submitted'"),
        ),
        # What was granted at an organisation in a period: samples are drawn from it alone.
        Index(
            "ix_claim_granted", "organisation_id", "ended_at", "rule_id", "number", "id",
            sqlite_where=text("status = 'granted'"),
            postgresql_where=text("status = 'granted'"),
        ),
        Index("ix_claim_person", "person_id", "id"),
        Index("ix_claim_used", "person_id", "year", "status"),
        Index("ix_claim_proof", "proof_hash"),
        # What a clerk entered for others.
        Index(
            "ix_claim_entered", "entered_by", "id",
            sqlite_where=text("entered_by IS NOT NULL"),
            postgresql_where=text("entered_by IS NOT NULL"),
        ),
    )  # fmt: skip

    id: int | None = Field(default=None, primary_key=True)
    # The receipt number, given at the first submission: 60 random bits and a check character.
    number: str | None = Field(default=None, max_length=20, unique=True)
    person_id: int = Field(foreign_key="person.id")
    status: Status = Field(default=Status.DRAFT, sa_type=Word(Status))  # type: ignore[call-overload]
    step: Step = Field(default=Step.PERSON, sa_type=Word(Step))  # type: ignore[call-overload]
    # Who must act; while it is the person's turn, the office that spoke last.
    office_id: int | None = Field(default=None, foreign_key="organisation.id", index=True)
    # Where the person belonged when it was first submitted: claims finish where they began.
    organisation_id: int | None = Field(default=None, foreign_key="organisation.id", index=True)
    rule_id: int | None = Field(default=None, foreign_key="conversion_rule.id", index=True)
    contest_id: int | None = Field(default=None, foreign_key="contest.id", index=True)
    # What was typed, field by field, kept as typed while it is a draft.
    typed: dict[str, Any] = Field(default_factory=dict, sa_type=Json)  # type: ignore[call-overload]
    title: str = Field(default="", max_length=200)
    year: int | None = None
    earned_on: date | None = None
    subject: Subject | None = Field(default=None, sa_type=Word(Subject))  # type: ignore[call-overload]
    hours: Hours = Field(default=ZERO, sa_type=HoursColumn)  # type: ignore[call-overload]
    # Keyed hash of the certificate's number as it was typed, to see the same one twice.
    proof_hash: str = Field(default="", max_length=64)
    # Lines of one old paper certificate share their evidence: that is no duplicate.
    batch: str = Field(default="", max_length=40, index=True)
    entered_by: int | None = Field(default=None, foreign_key="person.id")
    first_submitted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # type: ignore[call-overload]
    submitted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # type: ignore[call-overload]
    waiting_since: datetime | None = Field(default=None, sa_type=UtcDateTime)  # type: ignore[call-overload]
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # type: ignore[call-overload]
    # The ledger line it brought, and how often it was granted: a reversed line never counts again.
    credit_id: int | None = Field(default=None, foreign_key="credit.id", index=True)
    grants: int = 0
    appealed: bool = False
    created_at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]
    saved_at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]
    # Of the random key a form carries: pressed twice, it is still one claim.
    request_hash: str | None = Field(default=None, max_length=64, unique=True)
    version: int = 1


class ClaimFile(SQLModel, table=True):
    """A file that proves a claim; one file may prove several lines of one paper certificate."""

    __tablename__ = "claim_file"  # type: ignore[assignment]
    __table_args__ = (UniqueConstraint("claim_id", "evidence_id"),)

    id: int | None = Field(default=None, primary_key=True)
    claim_id: int = Field(foreign_key="claim.id")
    evidence_id: int = Field(foreign_key="evidence.id", index=True)
    # What it proves: a key of the rule's evidence needs.
    need: str = Field(max_length=40)


class ClaimDecision(SQLModel, table=True):
    """One word on one claim; stays with who gave it, for which office. Append-only."""

    __tablename__ = "claim_decision"  # type: ignore[assignment]
    __table_args__ = (Index("ix_claim_decision_by", "by_id", "at"),)

    id: int | None = Field(default=None, primary_key=True)
    claim_id: int = Field(foreign_key="claim.id", index=True)
    status: Status = Field(sa_type=Word(Status))  # type: ignore[call-overload]
    step: Step = Field(sa_type=Word(Step))  # type: ignore[call-overload]
    act: Act = Field(sa_type=Word(Act))  # type: ignore[call-overload]
    # The points of the step's list that were answered for, as keys.
    points: list[str] = Field(default_factory=list, sa_type=Json)  # type: ignore[call-overload]
    # Words beside the fields they concern.
    remarks: dict[str, str] = Field(default_factory=dict, sa_type=Json)  # type: ignore[call-overload]
    hours: Hours = Field(default=ZERO, sa_type=HoursColumn)  # type: ignore[call-overload]
    note: str = Field(default="", max_length=400)
    office_id: int | None = Field(default=None, foreign_key="organisation.id")
    by_id: int | None = Field(default=None, foreign_key="person.id")
    # How long the claim was open before the reviewer; 0 when not known.
    seconds: int = 0
    at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]


class ClaimLock(SQLModel, table=True):
    """Somebody has a claim open: shown to colleagues, binding for nobody."""

    __tablename__ = "claim_lock"  # type: ignore[assignment]

    claim_id: int = Field(
        primary_key=True, foreign_key="claim.id", sa_column_kwargs={"autoincrement": False}
    )
    by_id: int = Field(foreign_key="person.id")
    since: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]
    until: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]


class SavedPhrase(SQLModel, table=True):
    """Words a reviewer uses again and again."""

    __tablename__ = "saved_phrase"  # type: ignore[assignment]

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    text: str = Field(max_length=200)
