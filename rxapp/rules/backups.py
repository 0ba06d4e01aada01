"""When the bureau is told that its backups are too old."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

OLDEST = timedelta(hours=26)


class Kind(StrEnum):
    """What was done."""

    MADE = "made"
    TESTED = "tested"
    RESTORED = "restored"


@dataclass(frozen=True)
class Known:
    """What is known of an installation's backups.

    `tested` is when the newest backup that was restored on trial and found sound was made, `since`
    when the installation began: nobody is told on its first day.
    """

    tested: datetime | None
    since: datetime


def is_too_old(known: Known, *, now: datetime) -> bool:
    """Whether the newest restore-tested backup is older than 26 hours."""
    return now - (known.tested or known.since) > OLDEST


def alarm_words(known: Known, *, now: datetime) -> str:
    """What the bureau is told."""
    if known.tested is None:
        said = "平台还没有一份经过恢复核验的备份"
    else:
        hours = int((now - known.tested).total_seconds() // 3600)
        said = f"最近一份经过恢复核验的备份已是{hours}小时以前的"
    return f"{said}，服务器损坏时会丢失此后的数据。请技术人员检查备份定时任务和备份位置。"
