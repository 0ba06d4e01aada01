"""A service of the test's own: started, awaited, and ended with everything it started."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 40


class ServiceFailed(RuntimeError):
    """The service ended or stayed silent; the message ends with its log."""


def command(*words: str) -> Sequence[str]:
    """A call of this Python; a test run that is killed leaves no server behind."""
    tied = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
    return [*tied, sys.executable, *words]


@contextmanager
def running(
    *words: str, environment: Mapping[str, str], port: int, log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """The service begun with these words, once it answers; ended when the block ends."""
    with log.open("w") as said:
        service = subprocess.Popen(
            command(*words), env={**environment, "PYTHONUNBUFFERED": "1"}, cwd=ROOT,
            stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
        try:
            _wait_until_healthy(service, port, log)
            yield service
        finally:
            _end(service)


def tail(log: Path, lines: int = 60) -> str:
    """The end of what the service said."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def answers(port: int) -> bool:
    """Whether a service answers there."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


def _wait_until_healthy(service: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while service.poll() is None and time.monotonic() < deadline:
        if answers(port):
            return
        time.sleep(0.05)
    raise ServiceFailed(f"the service did not start:\n{tail(log)}")


def _end(service: subprocess.Popen[bytes]) -> None:
    # The service is one process that started others: what does not end by itself ends with them.
    for sent, group in ((signal.SIGTERM, False), (signal.SIGKILL, True)):
        if service.poll() is None:
            os.killpg(service.pid, sent) if group else service.send_signal(sent)
            try:
                service.wait(timeout=15)
            except subprocess.TimeoutExpired:
                continue
