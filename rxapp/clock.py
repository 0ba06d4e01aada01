"""The only source of "now" and "today".

Stored instants are UTC. The business calendar (dates, deadlines, years) is that of Asia/Shanghai
and is the only thing `RXAPP_TODAY` shifts, by whole days; sign-ins, throttles, watching and
signatures always use the real clock.
"""

import time
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from rxapp.settings import settings

SHANGHAI = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """The real instant, aware, in UTC."""
    return datetime.now(UTC)


def business_now() -> datetime:
    """The instant of the business calendar, aware, in Asia/Shanghai."""
    return datetime.now(SHANGHAI) + _shift()


def today() -> date:
    """The date of the business calendar."""
    return business_now().date()


def local(instant: datetime) -> datetime:
    """A stored instant as people in the city read it."""
    return instant.astimezone(SHANGHAI)


def tick() -> tuple[str, int]:
    """A reading of the machine's own clock that nobody can set: boot id and milliseconds."""
    return _boot_id(), time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000


@cache
def _shift() -> timedelta:
    wanted = settings().today
    if wanted is None:
        return timedelta(0)
    return timedelta(days=(wanted - datetime.now(SHANGHAI).date()).days)


@cache
def _boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
