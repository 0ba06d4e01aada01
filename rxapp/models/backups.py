"""What was done about backups, as the operations page and the alarm read it."""

from datetime import datetime

from sqlalchemy import BigInteger, Index
from sqlmodel import Field, SQLModel

from rxapp.models.columns import UtcDateTime, Word
from rxapp.rules.backups import Kind


class BackupRun(SQLModel, table=True):
    """One backup made, tested or brought back; sound or not."""

    __tablename__ = "backup_run"  # type: ignore[assignment]
    __table_args__ = (Index("ix_backup_run_kind", "kind", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    kind: Kind = Field(sa_type=Word(Kind))  # type: ignore[call-overload]
    name: str = Field(max_length=100)
    began_at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]
    ended_at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]
    # Bytes of the backup.
    size: int = Field(default=0, sa_type=BigInteger)
    sound: bool
    sentence: str = Field(max_length=400)
