"""Marks on a database that must not be served: moved away, or not wholly moved in."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from rxapp.models.columns import UtcDateTime, Word
from rxapp.rules.moves import MarkState


class DatabaseMark(SQLModel, table=True):
    """One mark; it belongs to this very database and never moves with the rows."""

    __tablename__ = "database_mark"  # type: ignore[assignment]

    id: int | None = Field(default=None, primary_key=True)
    state: MarkState = Field(sa_type=Word(MarkState))  # type: ignore[call-overload]
    # The same on both sides of one move.
    move: str = Field(max_length=32)
    at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]
