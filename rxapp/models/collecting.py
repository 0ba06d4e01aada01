"""Files of people and organisations on their way in."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel

from rxapp.models.columns import UtcDateTime, Word


class CollectionStatus(StrEnum):
    """How far a file has come."""

    CHECKING = "checking"  # the dry run is under way
    CHECKED = "checked"  # waits for a clerk's word
    APPLYING = "applying"
    DONE = "done"
    FAILED = "failed"  # the file as a whole could not be used
    CANCELLED = "cancelled"


class Collection(SQLModel, table=True):
    """One file to bring in: where it lies, how far it is, what was found in it."""

    __tablename__ = "collection"  # type: ignore[assignment]

    id: int | None = Field(default=None, primary_key=True)
    # people or organisations
    kind: str = Field(max_length=20)
    by_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    office_id: int | None = Field(default=None, foreign_key="organisation.id", index=True)
    file: str = Field(max_length=80)
    file_name: str = Field(max_length=120)
    # Nothing at all is taken when one row is wrong.
    all_or_nothing: bool = False
    status: CollectionStatus = Field(
        default=CollectionStatus.CHECKING,
        sa_type=Word(CollectionStatus),  # type: ignore[call-overload]
    )
    total: int = 0
    # Rows behind us, in the pass under way: an interrupted one goes on from here.
    position: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    wrong: int = 0
    # Why the file as a whole could not be used.
    reason: str = Field(default="", max_length=400)
    # Who works on it and until when others leave it alone.
    worker: str = Field(default="", max_length=40)
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)  # type: ignore[call-overload]
    made_at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # type: ignore[call-overload]


class CollectionFault(SQLModel, table=True):
    """A row that was not taken: its line and column in the file, and why.

    A `hint` is only worth knowing: the row itself is right.
    """

    __tablename__ = "collection_fault"  # type: ignore[assignment]

    id: int | None = Field(default=None, primary_key=True)
    collection_id: int = Field(foreign_key="collection.id", index=True)
    line: int
    column: str = Field(default="", max_length=40)
    reason: str = Field(max_length=300)
    hint: bool = False
