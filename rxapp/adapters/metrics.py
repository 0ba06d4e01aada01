"""What is counted and timed for those who watch the service from outside.

Labels are words of the code (route templates, use cases, kinds) and nothing else: never an id, a
name, a path as it was asked for, an address.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rxapp.adapters.counting import OTHER, Figure

__all__ = ["OTHER"]

QUICK = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 2.5, 10.0)
LONG = (0.01, 0.1, 1.0, 10.0, 60.0, 600.0)

REFUSED = frozenset({
    "door_not_found", "door_not_plain", "door_not_allowed", "door_foreign", "door_too_large",
    "socket_foreign", "socket_packet", "socket_event", "socket_connect", "socket_answer",
    "event_rate", "event_arguments", "event_unmarked", "event_permission",
    "signed_out", "not_permitted", "not_found", "superseded", "conflict", "invalid", "too_many",
    "metrics",
})  # fmt: skip

BEATS = Figure("rxapp_beats", "Beats of learners that were counted.")
QUIZZES = Figure("rxapp_quiz_answers", "Answers to pop quizzes.", ("outcome",))
# Half: a code is still asked for.
SIGNED_IN = ("right", "half", "wrong", "throttled", "factor_right", "factor_wrong")
SIGN_INS = Figure("rxapp_sign_ins", "Sign-ins by outcome.", ("outcome",))
REFUSALS = Figure("rxapp_refusals", "What was refused, by kind.", ("kind",), REFUSED)
FAULTS = Figure("rxapp_faults", "Unexpected failures: request, event, job.", ("where",))
REQUESTS = Figure(
    "rxapp_request_seconds", "Requests by route and class of answer.", ("route", "status"),
    buckets=QUICK,
)  # fmt: skip
EVENTS = Figure("rxapp_event_seconds", "Events by handler.", ("handler",), buckets=QUICK)
USE_CASES = Figure(
    "rxapp_use_case_seconds", "Use cases with their transaction.", ("use_case",), buckets=QUICK
)
JOBS = Figure("rxapp_job_seconds", "Rounds of jobs.", ("job", "outcome"), buckets=LONG)
LAG = Figure("rxapp_event_loop_lag_seconds", "How late the event loop wakes up.", buckets=QUICK)
WORKERS = Figure("rxapp_workers", "Workers that are alive.", mode="livesum")
SOCKETS = Figure("rxapp_websockets", "Open websockets.", mode="livesum")
MEMORY_HELD = Figure("rxapp_resident_bytes", "Memory held by the workers.", mode="livesum")
OPEN_FILES = Figure("rxapp_open_files", "Open files of the workers.", mode="livesum")
THREADS = Figure("rxapp_threads", "Threads of the workers.", mode="livesum")
CPU = Figure("rxapp_cpu_seconds", "Processor time of the workers.")


def begin() -> None:
    """Let everything that has a fixed set of words stand at nought before it first happens."""
    BEATS.add(by=0)
    SOCKETS.add(by=0)
    WORKERS.stands(1)
    for figure, words in (
        (QUIZZES, ("right", "wrong")), (SIGN_INS, SIGNED_IN), (REFUSALS, sorted(REFUSED)),
        (FAULTS, ("request", "event", "job")),
    ):  # fmt: skip
        for word in words:
            figure.add(word, by=0)


@contextmanager
def timed(use_case: Callable[..., Any]) -> Iterator[None]:
    """Time a use case with its transaction, under its own name."""
    began = time.perf_counter()
    try:
        yield
    finally:
        USE_CASES.took(time.perf_counter() - began, name_of(use_case))


def name_of(use_case: Callable[..., Any]) -> str:
    """What a use case is called: the module and the function, as in `claims.submit`."""
    module = getattr(use_case, "__module__", OTHER).rpartition(".")[2]
    return f"{module}.{getattr(use_case, '__name__', OTHER)}"
