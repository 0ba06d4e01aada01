"""Starting the service: build the pages when their sources changed, then serve them."""

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

from rxapp.adapters import counting
from rxapp.gate import logs
from rxapp.gate.frontend import fingerprint
from rxapp.settings import settings

ROOT = Path(__file__).resolve().parents[1]
STAMP = ROOT / ".web" / ".rxapp-build"
BUILD = ROOT / ".web" / "build" / "client"
LOCK = ROOT / ".build.lock"
# What one worker keeps open at once, and how many may wait to be let in.
OPEN_PAGES_EACH, WAITING_AT_THE_DOOR = 20_000, 4_096


def build(*, force: bool = False) -> bool:
    """Build the pages unless the built ones are current; returns whether it built.

    Whoever comes while another builds waits for it and finds the pages current. Where they are
    current nothing is written: the service may not be allowed to change the folder it runs from.
    """
    if not force and is_built():
        return False
    with LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _build(force)


def _build(force: bool) -> bool:
    if not force and is_built():
        return False
    wanted = fingerprint(ROOT)
    STAMP.unlink(missing_ok=True)
    # From nothing but the packages: Reflex leaves alone what looks older than its own copy,
    # whatever it holds, and what an older version of ours changed in it would not be changed anew.
    for left in (ROOT / ".web").glob("*"):
        if left.name != "node_modules":
            shutil.rmtree(left) if left.is_dir() else left.unlink()
    command = [sys.executable, "-m", "reflex", "export", "--frontend-only", "--no-zip"]
    environment = os.environ | {"REFLEX_ENV_MODE": "prod", "CI": "1"}
    # The pages are built without any data: a wrong address here would end up in every page.
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdin=subprocess.DEVNULL)
    STAMP.write_text(wanted)
    return True


def is_built() -> bool:
    """Whether the built pages are current; looks only."""
    return STAMP.exists() and STAMP.read_text() == fingerprint(ROOT) and BUILD.exists()


def prepare_environment() -> None:
    """Tell Reflex to serve the built pages itself and to compile nothing."""
    # Two leading underscores mark what Reflex sets for its own workers.
    os.environ.update(
        REFLEX_ENV_MODE="prod",
        __REFLEX_SKIP_COMPILE="1",
        __REFLEX_MOUNT_FRONTEND_COMPILED_APP="1",
        REFLEX_TELEMETRY_ENABLED="false",
    )


def serve() -> None:
    """Serve until stopped."""
    os.chdir(ROOT)
    prepare_environment()
    logs.configure()
    counting.share()
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    server = Server(
        target="rxapp.worker:app",
        factory=True,
        address=settings().host,
        port=settings().port,
        interface=Interfaces.ASGI,
        workers=settings().workers,
        log_level=LogLevels.warning,
        log_access=False,
        websockets=True,
        # An open page holds one of these as long as it is open. Left to itself the server shares
        # 1,024 among all workers, and whoever comes after waits without a word.
        backlog=WAITING_AT_THE_DOOR,
        backpressure=OPEN_PAGES_EACH,
        workers_kill_timeout=5,
        # A worker that dies must not take the others with it.
        respawn_failed_workers=True,
        log_dictconfig=logs.of_libraries(),
    )
    try:
        server.serve()
    finally:
        counting.unshare()
