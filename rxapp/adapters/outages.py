"""What the service stands on may be away for a while: the database, the disk, Redis.

Here alone it is decided which failures are such an outage (and no fault of ours), and what is said.
"""

import errno
import threading
from collections.abc import Callable

from redis.exceptions import RedisError
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

from rxapp.errors import Unavailable

NO_ROOM = (
    "服务器存储空间已满，暂时不能保存，已填写的内容仍在，请稍后再试；仍不成功请联系平台管理员。"
)
_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_DISK = {*_ROOM, errno.EIO, errno.EROFS, errno.EMFILE, errno.ENFILE, errno.ESTALE}
# SQLite's BUSY, LOCKED, NOMEM, READONLY, IOERR, FULL, CANTOPEN, PROTOCOL; "no such table" is none.
_SQLITE, _SQLITE_FULL = {5, 6, 7, 8, 10, 13, 14, 15}, 13
_POSTGRES_FULL = "53100"


class Away(Exception):
    """It did not answer in time, or has not since: nobody is kept waiting for it once more."""


def refusal_of(error: BaseException) -> Unavailable | None:
    """What to say when something failed because of an outage; None when it failed otherwise."""
    if isinstance(error, Unavailable):
        return error
    if isinstance(error, OSError):
        if error.errno in _ROOM:
            return Unavailable(NO_ROOM)
        return Unavailable() if error.errno in _DISK else None
    if isinstance(error, DBAPIError):
        return _of_database(error)
    return Unavailable() if isinstance(error, (Away, NoConnection, RedisError)) else None


def is_outage(error: BaseException) -> bool:
    """Whether something failed only because what it stands on was away."""
    return refusal_of(error) is not None


def _of_database(error: DBAPIError) -> Unavailable | None:
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        if code & 0xFF == _SQLITE_FULL:
            return Unavailable(NO_ROOM)
        return Unavailable() if code & 0xFF in _SQLITE else None
    if getattr(error.orig, "sqlstate", None) == _POSTGRES_FULL:
        return Unavailable(NO_ROOM)
    away = error.connection_invalidated or isinstance(error, (OperationalError, InterfaceError))
    return Unavailable() if away else None


class Watchman:
    """Remembers that something did not answer: from then on one at a time tries, nobody else waits.

    Without it everybody who asks waits as long as the first did, until no thread is left.
    """

    def __init__(self) -> None:
        self._losses = 0
        self._away = False
        self._trying = threading.Lock()

    def lost(self) -> None:
        """Note that somebody waited in vain."""
        self._losses += 1
        self._away = True

    def require(self, probe: Callable[[], object]) -> None:
        """Nothing while it is there; else try once whether it is back, Away while another tries."""
        if not self._away:
            return
        if not self._trying.acquire(blocking=False):
            raise Away
        try:
            before = self._losses
            try:
                probe()
            finally:
                # What refuses at once keeps nobody waiting.
                self._away = self._losses != before
        finally:
            self._trying.release()
