"""Serve the yardstick with the very server settings of `rxapp.server.serve`, pages left out."""

import os
import sys
from pathlib import Path


def main(port: int) -> None:
    """Serve on 127.0.0.1 until stopped."""
    os.chdir(Path(__file__).parent)
    os.environ.update(
        REFLEX_ENV_MODE="prod", __REFLEX_SKIP_COMPILE="1", REFLEX_TELEMETRY_ENABLED="false"
    )
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    Server(
        target="trivial.trivial:app",
        factory=True,
        address="127.0.0.1",
        port=port,
        interface=Interfaces.ASGI,
        workers=1,
        log_level=LogLevels.warning,
        log_access=False,
        websockets=True,
        workers_kill_timeout=5,
    ).serve()


if __name__ == "__main__":
    main(int(sys.argv[1]))
