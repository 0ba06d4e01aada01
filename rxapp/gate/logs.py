"""What the log holds: what happened and to which id, never what somebody typed or carries.

One line each for our own words and those of every library, as text or as JSON.
"""

import json
import logging
import logging.config
import sys
from collections.abc import Callable, MutableMapping
from contextlib import suppress
from typing import Any, TextIO

import structlog
from structlog.typing import Processor

from rxapp.gate import tracing
from rxapp.rules.redaction import redacted, redacted_event, redacted_trace
from rxapp.settings import settings

_PLAIN = logging.Formatter()


class _Console(logging.StreamHandler[TextIO]):
    """Writes where our own words go, wherever that is by now."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:
        return sys.stdout


def configure() -> None:
    """Set up this process's log, ours and that of every library."""
    level = logging.getLevelNamesMapping().get(settings().log_level.upper(), logging.INFO)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            _stamp(),
            _with_number,
            structlog.processors.format_exc_info,
            _redact_event,
            _renderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(file=_Lossy()),  # type: ignore[arg-type]
    )
    made = logging.getLogRecordFactory()
    if not hasattr(made, "rxapp"):
        logging.setLogRecordFactory(_redacting(made))
    logging.captureWarnings(True)
    # A line that cannot be written is lost: complaining prints it whole, with what it carried.
    logging.raiseExceptions = False
    logging.config.dictConfig(of_libraries())
    if _is_json():
        sys.excepthook = _uncaught


def of_libraries() -> dict[str, Any]:
    """How libraries log, Granian among them, which asks for it when a worker starts."""
    console = {"()": _Console, "formatter": "rxapp"}
    alone = {"handlers": ["console"], "level": "WARNING", "propagate": False}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"rxapp": {"()": _formatter}},
        "handlers": {"console": console},
        "root": {"handlers": ["console"], "level": "WARNING"},
        "loggers": {"_granian": dict(alone), "granian.access": dict(alone)},
    }


def _formatter() -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            _stamp(),
            _with_number,
            _with_trace,
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _redact_event,
            _renderer(),
        ],
    )


def _uncaught(kind: type[BaseException], error: BaseException, trace: Any) -> None:
    logging.getLogger("rxapp").critical("uncaught", exc_info=(kind, error, trace))


def _stamp() -> Processor:
    return structlog.processors.TimeStamper(fmt="iso" if _is_json() else "%Y-%m-%d %H:%M:%S")


def _is_json() -> bool:
    return settings().log_format == "json"


def _renderer() -> Processor:
    if _is_json():
        return structlog.processors.JSONRenderer(serializer=_json)
    # The usual traces print the values of variables: passwords and numbers among them.
    return structlog.dev.ConsoleRenderer(
        colors=False, exception_formatter=structlog.dev.plain_traceback
    )


def _json(event: Any, **_: Any) -> str:
    return json.dumps(event, ensure_ascii=False, default=str)


def _with_number(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    number = tracing.current()
    if number:
        event["request"] = number
    return event


def _with_trace(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """The trace that the record was given when it was made, see below."""
    trace = event["_record"].exc_text
    if trace:
        event["exception"] = trace
    return event


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


def _redact_event(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    return redacted_event(event)


def _redacting(made: Callable[..., logging.LogRecord]) -> Callable[..., logging.LogRecord]:
    def make(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = made(*args, **kwargs)
        try:
            said = record.getMessage()
        except (TypeError, ValueError):  # a message that cannot be formed says nothing
            return record
        # A library may put a whole trace into what it says.
        record.msg = redacted_trace(said) if "Traceback" in said else redacted(said)
        record.args = ()
        if record.exc_info and record.exc_info[0] is not None:
            # Written out here, so that no handler prints more of it than this.
            record.exc_text = redacted_trace(_PLAIN.formatException(record.exc_info))
            record.exc_info = None
        return record

    make.rxapp = True  # type: ignore[attr-defined]
    return make
