"""What the log holds: what happened and to which id, never what somebody typed or carries."""

import logging
import re
import sys
from collections.abc import Callable, MutableMapping
from contextlib import suppress
from typing import Any

import structlog

from rxapp.settings import settings

# Identity and mobile numbers, and what our cookies hold.
_NUMBER = re.compile(
    r"(?<![0-9A-Za-z])(?:[0-9]{17}[0-9Xx]|[0-9]{15}|1[3-9][0-9]{9})(?![0-9A-Za-z])"
)
_COOKIE = re.compile(r"(rx(?:app|device)=)[^;\s'\"]+")
_PLAIN = logging.Formatter()


def configure() -> None:
    """Set up this process's log, ours and that of every library."""
    level = logging.getLevelNamesMapping().get(settings().log_level.upper(), logging.INFO)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S"),
            structlog.processors.format_exc_info,
            _redact_event,
            # The usual traces print the values of variables: passwords and numbers among them.
            structlog.dev.ConsoleRenderer(
                colors=False, exception_formatter=structlog.dev.plain_traceback
            ),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(file=_Lossy()),  # type: ignore[arg-type]
    )
    made = logging.getLogRecordFactory()
    if not hasattr(made, "rxapp"):
        logging.setLogRecordFactory(_redacting(made))


class _Lossy:
    """Standard output, whose disk may be full: a line is lost then, what it is about goes on."""

    def write(self, text: str) -> None:
        """Write, if it can be written."""
        with suppress(OSError):
            sys.stdout.write(text)

    def flush(self) -> None:
        """Have it written, if it can be."""
        with suppress(OSError):
            sys.stdout.flush()


def redacted(text: str) -> str:
    """The text without people's numbers and without what our cookies hold."""
    return _COOKIE.sub(r"\1…", _NUMBER.sub("…", text))


def _redact_event(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = redacted(value)
    return event


def _redacting(made: Callable[..., logging.LogRecord]) -> Callable[..., logging.LogRecord]:
    def make(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = made(*args, **kwargs)
        try:
            record.msg, record.args = redacted(record.getMessage()), ()
        except (TypeError, ValueError):  # a message that cannot be formed says nothing
            return record
        if record.exc_info and record.exc_info[0] is not None:
            # Written out here, so that no handler prints more of it than this.
            record.exc_text = redacted(_PLAIN.formatException(record.exc_info))
            record.exc_info = None
        return record

    make.rxapp = True  # type: ignore[attr-defined]
    return make
