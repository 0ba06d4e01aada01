"""What was printed, signed and can be checked by anyone."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from rxapp.models.columns import Json, UtcDateTime, Word


class CertificateStatus(StrEnum):
    """What the check page says of a certificate."""

    VALID = "valid"
    UPDATED = "updated"
    REVOKED = "revoked"


class Certificate(SQLModel, table=True):
    """One signed document; the file is stored and served again as it was."""

    __tablename__ = "certificate"  # type: ignore[assignment]
    __table_args__ = (UniqueConstraint("person_id", "year", "version"),)

    id: int | None = Field(default=None, primary_key=True)
    number: str = Field(max_length=20, unique=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    year: int
    version: int
    # Every printed field, so that the check page shows what the paper shows.
    facts: dict[str, Any] = Field(sa_type=Json)  # type: ignore[call-overload]
    facts_digest: str = Field(max_length=64)
    signature: str = Field(max_length=160)
    # The ledger's fingerprint at issue: a changed one allows a new version.
    ledger_digest: str = Field(max_length=64)
    file: str = Field(max_length=80)
    file_sha256: str = Field(max_length=64)
    issued_at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]
    status: CertificateStatus = Field(
        default=CertificateStatus.VALID,
        sa_type=Word(CertificateStatus),  # type: ignore[call-overload]
    )
    status_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # type: ignore[call-overload]
