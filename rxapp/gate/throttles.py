"""Rate limits, in memory or in Redis: per address and account, sparing an owner's own device."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from typing import Any

import structlog
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage, RedisStorage, Storage
from limits.strategies import FixedWindowRateLimiter
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.retry import Retry

from rxapp.errors import TooMany, Unavailable
from rxapp.settings import settings

ANSWER_SECONDS, REST_SECONDS = 0.5, 4.0
UNCOUNTED = "平台暂时不能核对，已填写的内容仍在，请稍后再试。"

log = structlog.get_logger()


@dataclass(frozen=True)
class Limit:
    """So many in so long, and the sentence for whoever exceeds it."""

    name: str
    rate: str
    message: str
    # Whether it keeps somebody from guessing: then nobody tries while nobody can count.
    guards: bool = False


SIGN_IN_PAIR = Limit("sign-in-pair", "6/15minutes", "尝试次数过多，请15分钟后再试。", guards=True)
SIGN_IN_ACCOUNT = Limit(
    "sign-in-account", "30/hour", "尝试次数过多，请一小时后再试，或在常用设备上登录。", guards=True
)
SIGN_IN_ADDRESS = Limit(
    "sign-in-address", "120/15minutes", "当前网络尝试次数过多，请15分钟后再试。", guards=True
)
ACTIVATION = Limit(
    "activation", "6/15minutes", "核对未通过的次数过多，请15分钟后再试。", guards=True
)
PASSWORD = Limit("password", "6/15minutes", "尝试次数过多，请15分钟后再试。", guards=True)
FACTOR = Limit("factor", "6/15minutes", "动态验证码填错的次数过多，请15分钟后再试。", guards=True)
CODE = Limit("code", "6/15minutes", "尝试次数过多，请15分钟后再试。", guards=True)
VERIFY = Limit("verify", "60/minute", "查询过于频繁，请一分钟后再试。")
EVENTS = Limit("events", "1200/minute", "操作过于频繁，请稍后再试。")
CONNECTS = Limit("connects", "600/minute", "连接过于频繁，请稍后再试。")
CERTIFICATE = Limit("certificate", "20/minute", "操作过于频繁，请一分钟后再试。")
UPLOAD = Limit("upload", "120/hour", "上传过于频繁，请一小时后再试，已填写的内容仍在。")
UPLOADS_OF_ALL = Limit(
    "uploads-of-all", "1200/hour", "当前上传的人较多，请稍后再试，已填写的内容仍在。"
)
# Of one sign-in: a whole employer may sit behind one address.
DRAFTS = Limit("drafts", "240/minute", "保存过于频繁，请稍后再试，已填写的内容仍在。")
CLAIM_UPLOAD = Limit("claim-upload", "200/hour", "上传过于频繁，请一小时后再试，已填写的内容仍在。")
APPLY = Limit("apply", "120/hour", "提交过于频繁，请一小时后再试，已填写的内容仍在。")
APPLY_ASK = Limit("apply-ask", "60/15minutes", "查询过于频繁，请15分钟后再试。", guards=True)
FINDING = Limit("finding", "600/15minutes", "查找过于频繁，请稍后再试。")
RESET = Limit(
    "reset", "6/15minutes", "尝试次数过多，请15分钟后再试，已填写的内容仍在。", guards=True
)
RESET_ACCOUNT = Limit(
    "reset-account", "30/hour", "尝试次数过多，请一小时后再试，已填写的内容仍在。", guards=True
)
RESET_ADDRESS = Limit(
    "reset-address",
    "60/15minutes",
    "当前网络尝试次数过多，请15分钟后再试，已填写的内容仍在。",
    guards=True,
)
COLLECTING = Limit("collecting", "60/hour", "上传过于频繁，请一小时后再试。")
CHECK_IN = Limit("check-in", "10/15minutes", "扫码未通过的次数过多，请15分钟后再试。", guards=True)
# A whole class stands behind one address, and may scan at the same moment.
CHECK_IN_ADDRESS = Limit(
    "check-in-address",
    "600/15minutes",
    "当前网络扫码未通过的次数过多，请15分钟后再试。",
    guards=True,
)
CHECK_IN_SCREEN = Limit("check-in-screen", "240/minute", "操作过于频繁，请稍后再试。")
COURSE_UPLOADS = Limit(
    "course-uploads", "300/hour", "上传过于频繁，请一小时后再试，已填写的内容仍在。"
)
# Ten gigabytes an hour and a half, in pieces of four megabytes.
COURSE_PIECES = Limit(
    "course-pieces", "12000/hour", "上传过于频繁，请一小时后继续，已上传的部分仍在。"
)
INTEGRITY = Limit("integrity", "60/hour", "查询过于频繁，请一小时后再试。", guards=True)
EXPORTS = Limit("exports", "30/hour", "导出过于频繁，请一小时后再试。")
STANDING_ADDRESS = Limit("standing-address", "600/minute", "查询过于频繁，请一分钟后再试。")
STANDING_WRONG = Limit(
    "standing-wrong", "60/15minutes", "密钥不正确的次数过多，请15分钟后再试。", guards=True
)
STANDING_KEY = Limit("standing-key", "120/minute", "该密钥查询过于频繁，请一分钟后再试。")
# One number under one key: nobody finds a name by trying.
STANDING_PERSON = Limit(
    "standing-person", "20/hour", "同一身份证号码查询过于频繁，请一小时后再试。", guards=True
)
METRICS_WRONG = Limit("metrics-wrong", "60/15minutes", "密钥不正确的次数过多，请15分钟后再试。")
WATCHING = Limit("watching", "600/minute", "操作过于频繁，请稍后再试。")


def take(limit: Limit, *keys: str) -> None:
    """Count one, or refuse with TooMany when the limit is used up.

    While Redis is away every worker counts for itself; what keeps people from guessing is refused
    with Unavailable instead, so that nobody gets more tries than he should.
    """
    if not _hit(limit, keys):
        raise TooMany(limit.message)


def give_back(limit: Limit, *keys: str) -> None:
    """Take back one that was counted beforehand and turned out to be no failure."""
    with suppress(RedisError):
        _limiter().hit(_item(limit), limit.name, *keys, cost=-1)


@contextmanager
def given_back_unless_judged(*taken: tuple[Limit, str]) -> Iterator[None]:
    """Give back what was counted when nobody could look: an outage uses up nobody's tries."""
    try:
        yield
    except Unavailable:
        for limit, key in taken:
            give_back(limit, key)
        raise


def _hit(limit: Limit, keys: tuple[str, ...]) -> bool:
    if _redis.may_ask():
        try:
            return _limiter().hit(_item(limit), limit.name, *keys)
        except RedisError as error:
            _redis.rest()
            log.warning("redis away", fault=type(error).__name__)
    if limit.guards:
        raise Unavailable(UNCOUNTED)
    return _own_limiter().hit(_item(limit), limit.name, *keys)


def forget_all() -> None:
    """Start counting anew; for tests."""
    _limiter.cache_clear()
    _own_limiter.cache_clear()
    _redis.wake()


class Rest:
    """Whether to ask: whoever did not answer is left alone for a while, for all wait meanwhile."""

    def __init__(self) -> None:
        self._until = 0.0

    def may_ask(self) -> bool:
        """Whether it is time to ask (again)."""
        return time.monotonic() >= self._until

    def rest(self) -> None:
        """Ask nothing for a while."""
        self._until = time.monotonic() + REST_SECONDS

    def wake(self) -> None:
        """Ask again at once."""
        self._until = 0.0


_redis = Rest()


class Counts(MemoryStorage):
    """Counts in memory, swept once a minute: the library's own looks through all of them a hundred
    times a second, which twenty thousand learners would feel.
    """

    def __init__(self) -> None:
        super().__init__()
        self._counts: dict[str, tuple[int, float]] = {}
        self._sweep_at = 0.0
        self._lock = threading.Lock()

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count, in a window that begins with its first event."""
        with self._lock:
            now = time.time()
            if now > self._sweep_at:
                self._counts = {k: v for k, v in self._counts.items() if v[1] > now}
                self._sweep_at = now + 60
            count, ends = self._counts.get(key, (0, 0.0))
            if ends <= now:
                count, ends = 0, now + expiry
            self._counts[key] = count + amount, ends
            return count + amount

    def get(self, key: str) -> int:
        """The count of a window that is still open."""
        count, ends = self._counts.get(key, (0, 0.0))
        return count if ends > time.time() else 0


@cache
def _limiter() -> FixedWindowRateLimiter:
    url = settings().redis_url
    storage: Storage = RedisStorage(url, **_impatient()) if url else Counts()
    return FixedWindowRateLimiter(storage)


@cache
def _own_limiter() -> FixedWindowRateLimiter:
    return FixedWindowRateLimiter(Counts())


def _impatient() -> dict[str, Any]:
    """Everybody waits while Redis is asked: briefly; a connection it closed is opened once more."""
    return {
        "socket_timeout": ANSWER_SECONDS, "socket_connect_timeout": ANSWER_SECONDS,
        "retry": Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
    }  # fmt: skip


@cache
def _item(limit: Limit) -> RateLimitItem:
    return parse(limit.rate)
