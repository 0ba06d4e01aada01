"""How the service itself is: its jobs, how long its use cases took lately, what is amiss."""

from datetime import date, datetime

from sqlmodel import Field, SQLModel

from rxapp.models.columns import UtcDateTime


class JobRun(SQLModel, table=True):
    """How a job stands over all workers; what went wrong is kept without anybody's data."""

    __tablename__ = "job_run"  # type: ignore[assignment]

    name: str = Field(primary_key=True, max_length=40)
    began_at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]
    ended_at: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]
    took_ms: int = 0
    ok_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # type: ignore[call-overload]
    failing_since: datetime | None = Field(default=None, sa_type=UtcDateTime)  # type: ignore[call-overload]
    failures: int = 0
    # The kind of the last fault, in the words of the code.
    fault: str = Field(default="", max_length=120)
    # What finds its lines in the log.
    number: str = Field(default="", max_length=20)
    worker: str = Field(default="", max_length=80)


class UseCaseTime(SQLModel, table=True):
    """How often a use case took about so long in some ten minutes."""

    __tablename__ = "use_case_time"  # type: ignore[assignment]

    slot: datetime = Field(primary_key=True, sa_type=UtcDateTime)  # type: ignore[call-overload]
    use_case: str = Field(primary_key=True, max_length=100)
    # Which of the buckets of `metrics.QUICK`.
    bucket: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    count: int = 0


class Alert(SQLModel, table=True):
    """Something that needs somebody: told once a day until it is well again."""

    __tablename__ = "alert"  # type: ignore[assignment]

    cause: str = Field(primary_key=True, max_length=60)
    sentence: str = Field(max_length=400)
    since: datetime = Field(sa_type=UtcDateTime)  # type: ignore[call-overload]
    told_on: date
    # It came again on the day it had been told: nobody was told of that.
    quiet: bool = False
    # Empty as long as it lasts.
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # type: ignore[call-overload]
