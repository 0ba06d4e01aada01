"""Who did what, when, to what; sealed into a chain."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from rxapp.models.columns import Json, UtcDateTime


class AuditEvent(SQLModel, table=True):
    """One thing somebody did. Append-only; ids only, never names or numbers."""

    __tablename__ = "audit_event"  # type: ignore[assignment]
    # The newest of a kind are walked along these.
    __table_args__ = (
        Index("ix_audit_event_action_order", "action", "id"),
        Index("ix_audit_event_kind_order", "object_kind", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime, index=True)  # type: ignore[call-overload]
    actor_id: int | None = Field(default=None, index=True)
    # The office the actor served; the first when several.
    office_id: int | None = Field(default=None, index=True)
    action: str = Field(max_length=60)
    object_kind: str = Field(default="", max_length=40)
    object_id: int | None = Field(default=None, index=True)
    detail: dict[str, Any] = Field(default_factory=dict, sa_type=Json)  # type: ignore[call-overload]


class AuditSeal(SQLModel, table=True):
    """One link of the chain over committed events, in the order the sealer found them."""

    __tablename__ = "audit_seal"  # type: ignore[assignment]

    position: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    event_id: int = Field(unique=True)
    digest: str = Field(max_length=64)
