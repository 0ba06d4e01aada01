"""The built pages: independent of address and port, made anew only when their sources changed."""

import hashlib
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


class SameOrigin(Plugin):
    """Lets the pages talk to the address they were loaded from, so one build serves any port."""

    def pre_compile(self, **context) -> None:  # type: ignore[no-untyped-def]
        """Register the one change to Reflex's client module."""
        context["add_modify_task"](STATE_JS, same_origin)


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
