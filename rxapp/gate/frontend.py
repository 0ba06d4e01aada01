"""The built pages: independent of address and port, made anew only when their sources changed."""

import hashlib
import re
from functools import cache
from pathlib import Path

from reflex_base.plugins import Plugin
from starlette.types import ASGIApp, Receive, Scope, Send

# What the pages are made from; a screen's state holds what services return, so they count too.
SOURCES = (
    "rxapp/rxapp.py", "rxapp/routes.py", "rxapp/gate/frontend.py", "rxapp/pages",
    "rxapp/components", "rxapp/state", "rxapp/services", "rxapp/handbook", "rxapp/rules",
    "assets", "reflex.lock/package-lock.json",
)  # fmt: skip
STATE_JS = "utils/state.js"
FIXED = "endpoint.hostname = frontend_hostname;"
OWN = """endpoint.host = window.location.host;
    endpoint.protocol = endpoint.protocol.replace(
      /^(http|ws)s?:/,
      window.location.protocol === "https:" ? "$1s:" : "$1:",
    );
    return endpoint;"""

# Reflex would reload a page of an older build by itself, whatever is being typed or watched in it;
# instead the page is told, and says so when it suits (assets/renewal.js).
CONNECTED = """socket.current.on("connect", async () => {
"""
TELLS_CONNECTED = """    window.rxappConnects = (window.rxappConnects ?? 0) + 1;
    window.dispatchEvent(new Event("rxapp:connected"));
"""
RELOADS = "socket.current.on(STATE_MISMATCH_EVENT, handleStateMismatch);"
TELLS_RENEWED = """socket.current.on(STATE_MISMATCH_EVENT, () =>
    window.dispatchEvent(new Event("rxapp:renewed")),
  );"""
SCRIPT = re.compile(r"/app\.js\?v=([0-9a-f]{12})")


class OwnClient(Plugin):
    """Changes Reflex's client module where it would not do what this product promises."""

    def pre_compile(self, **context) -> None:  # type: ignore[no-untyped-def]
        """Register the changes."""
        context["add_modify_task"](STATE_JS, own_client)


def own_client(module: str) -> str:
    """The client module as this product needs it; raises when Reflex changed it."""
    return told_of_renewal(same_origin(module))


def told_of_renewal(module: str) -> str:
    """The client module that tells the page of connecting and renewal, and never reloads it.

    How often it connected is kept as well: the page's own script may come after the first time.
    """
    if TELLS_RENEWED in module:
        return module
    if module.count(CONNECTED) != 1 or module.count(RELOADS) != 1:
        raise RuntimeError("Reflex's client module changed: review rxapp/gate/frontend.py")
    return module.replace(CONNECTED, CONNECTED + TELLS_CONNECTED).replace(RELOADS, TELLS_RENEWED)


def same_origin(module: str) -> str:
    """The client module with the address taken from the page; raises when Reflex changed it."""
    if OWN in module:
        return module
    if FIXED not in module:
        raise RuntimeError("Reflex's client module changed: review rxapp/gate/frontend.py")
    return module.replace(FIXED, OWN)


def fingerprint(root: Path) -> str:
    """A digest of everything the built pages are made from."""
    digest = hashlib.sha256()
    # The version is printed on the overview of the handbooks.
    sources = [root / name for name in ("rxconfig.py", "requirements.txt", "pyproject.toml")]
    for folder in SOURCES:
        found = [root / folder] if "." in folder else (root / folder).rglob("*")
        sources += sorted(path for path in found if path.suffix != ".pyc")
    for path in sources:
        if path.is_file():
            digest.update(str(path.relative_to(root)).encode() + path.read_bytes())
    return digest.hexdigest()


def script_address(root: Path) -> str:
    """The first script's address with the mark of the build, by which a page knows its own."""
    return f"/app.js?v={fingerprint(root)[:12]}"


@cache
def mark_of(build: Path) -> str:
    """The mark of the pages that lie there; empty where none were built."""
    for page in sorted(build.glob("*.html")):
        if found := SCRIPT.search(page.read_text(encoding="utf-8")):
            return found[1]
    return ""


class PlainAddresses:
    """Serves `/years` from its built file at once, without a detour to `/years/`."""

    def __init__(self, app: ASGIApp, *, build: Path) -> None:
        self.app = app
        self.pages = {f"/{path.stem}": f"/{path.name}" for path in build.glob("*.html")}
        for folder in (path for path in build.rglob("*.html") if path.parent != build):
            page = folder.relative_to(build)
            if page.name != "index.html":
                self.pages[f"/{page.with_suffix('')}"] = f"/{page}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        page = self.pages.get(scope["path"]) if scope["type"] == "http" else None
        if page is not None:
            scope = {**scope, "path": page, "raw_path": page.encode()}
        await self.app(scope, receive, send)
