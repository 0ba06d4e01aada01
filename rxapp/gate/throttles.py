"""Rate limits, in memory or in Redis: per address and account, sparing an owner's own device."""

import threading
import time
from dataclasses import dataclass
from functools import cache

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage, RedisStorage, Storage
from limits.strategies import FixedWindowRateLimiter

from rxapp.errors import TooMany
from rxapp.settings import settings


@dataclass(frozen=True)
class Limit:
    """So many in so long, and the sentence for whoever exceeds it."""

    name: str
    rate: str
    message: str


SIGN_IN_PAIR = Limit("sign-in-pair", "6/15minutes", "尝试次数过多，请15分钟后再试。")
SIGN_IN_ACCOUNT = Limit(
    "sign-in-account", "30/hour", "尝试次数过多，请一小时后再试，或在常用设备上登录。"
)
SIGN_IN_ADDRESS = Limit(
    "sign-in-address", "120/15minutes", "当前网络尝试次数过多，请15分钟后再试。"
)
ACTIVATION = Limit("activation", "6/15minutes", "核对未通过的次数过多，请15分钟后再试。")
PASSWORD = Limit("password", "6/15minutes", "尝试次数过多，请15分钟后再试。")
FACTOR = Limit("factor", "6/15minutes", "动态验证码填错的次数过多，请15分钟后再试。")
CODE = Limit("code", "6/15minutes", "尝试次数过多，请15分钟后再试。")
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
APPLY_ASK = Limit("apply-ask", "60/15minutes", "查询过于频繁，请15分钟后再试。")
FINDING = Limit("finding", "600/15minutes", "查找过于频繁，请稍后再试。")
RESET = Limit("reset", "6/15minutes", "尝试次数过多，请15分钟后再试，已填写的内容仍在。")
RESET_ACCOUNT = Limit(
    "reset-account", "30/hour", "尝试次数过多，请一小时后再试，已填写的内容仍在。"
)
RESET_ADDRESS = Limit(
    "reset-address", "60/15minutes", "当前网络尝试次数过多，请15分钟后再试，已填写的内容仍在。"
)
COLLECTING = Limit("collecting", "60/hour", "上传过于频繁，请一小时后再试。")
CHECK_IN = Limit("check-in", "10/15minutes", "扫码未通过的次数过多，请15分钟后再试。")
# A whole class stands behind one address, and may scan at the same moment.
CHECK_IN_ADDRESS = Limit(
    "check-in-address", "600/15minutes", "当前网络扫码未通过的次数过多，请15分钟后再试。"
)
CHECK_IN_SCREEN = Limit("check-in-screen", "240/minute", "操作过于频繁，请稍后再试。")
COURSE_UPLOADS = Limit(
    "course-uploads", "300/hour", "上传过于频繁，请一小时后再试，已填写的内容仍在。"
)
# Ten gigabytes an hour and a half, in pieces of four megabytes.
COURSE_PIECES = Limit(
    "course-pieces", "12000/hour", "上传过于频繁，请一小时后继续，已上传的部分仍在。"
)
INTEGRITY = Limit("integrity", "60/hour", "查询过于频繁，请一小时后再试。")
EXPORTS = Limit("exports", "30/hour", "导出过于频繁，请一小时后再试。")
STANDING_ADDRESS = Limit("standing-address", "600/minute", "查询过于频繁，请一分钟后再试。")
STANDING_WRONG = Limit("standing-wrong", "60/15minutes", "密钥不正确的次数过多，请15分钟后再试。")
STANDING_KEY = Limit("standing-key", "120/minute", "该密钥查询过于频繁，请一分钟后再试。")
# One number under one key: nobody finds a name by trying.
STANDING_PERSON = Limit(
    "standing-person", "20/hour", "同一身份证号码查询过于频繁，请一小时后再试。"
)
METRICS_WRONG = Limit("metrics-wrong", "60/15minutes", "密钥不正确的次数过多，请15分钟后再试。")
WATCHING = Limit("watching", "600/minute", "操作过于频繁，请稍后再试。")


def take(limit: Limit, *keys: str) -> None:
    """Count one, or refuse with TooMany when the limit is used up."""
    if not _limiter().hit(_item(limit), limit.name, *keys):
        raise TooMany(limit.message)


def give_back(limit: Limit, *keys: str) -> None:
    """Take back one that was counted beforehand and turned out to be no failure."""
    _limiter().hit(_item(limit), limit.name, *keys, cost=-1)


def forget_all() -> None:
    """Start counting anew; for tests."""
    _limiter.cache_clear()


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
    storage: Storage = RedisStorage(url) if url else Counts()
    return FixedWindowRateLimiter(storage)


@cache
def _item(limit: Limit) -> RateLimitItem:
    return parse(limit.rate)
