"""Whether this process can work, in words only: for a load balancer and the operations page."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import redis
from sqlalchemy import text

from rxapp.adapters import disk, schema
from rxapp.adapters.database import transaction
from rxapp.services import job_log
from rxapp.settings import settings

FRESH_SECONDS = 2.0
REDIS_SECONDS = 2.0
FINE = frozenset({"ok", "unused"})


@dataclass(frozen=True)
class Readiness:
    """A word for each thing that is needed: `ok`, `unused`, or what is wrong with it."""

    words: dict[str, str]

    @property
    def is_ready(self) -> bool:
        """Whether nothing is wrong."""
        return all(word in FINE for word in self.words.values())


def look() -> Readiness:
    """Look at everything that is needed (blocking)."""
    found = {
        "database": _word(_database),
        "redis": _word(_redis),
        "disk": _word(_disk),
        "jobs": "stuck" if job_log.stuck() else "ok",
    }
    return Readiness(found)


def away() -> Readiness:
    """What is said where even looking takes too long."""
    return Readiness({"database": "slow"})


def _word(look_at: Callable[[], str]) -> str:
    try:
        return look_at()
    except Exception:  # whatever it is called, it is not there
        return "away"


def _database() -> str:
    with transaction() as session:
        found = session.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
    return "ok" if set(found) == {schema.head()} else "other_schema"


def _redis() -> str:
    if not settings().redis_url:
        return "unused"
    _client().ping()
    return "ok"


def _disk() -> str:
    free = disk.free_bytes(settings().data_dir)
    return "ok" if free >= disk.reserve() else "full"


@cache
def _client() -> redis.Redis:
    return redis.Redis.from_url(
        settings().redis_url, socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS
    )
