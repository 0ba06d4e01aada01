"""The built pages: independent of address and port, made anew only when their sources changed."""

import hashlib
from pathlib import Path

from reflex_base.plugins import Plugin
from starlette.types import ASGIApp, Receive, Scope, Send

STATE_JS = "utils/state.js"
FIXED = "endpoint.hostname = frontend_hostname;"
OWN = """endpoint.host = window.location.host;
    endpoint.protocol = endpoint.protocol.replace(
      /^(http|ws)s?:/,
      window.location.protocol === "https:" ? "$1s:" : "$1:",
    );
    return endpoint;"""


class SameOrigin(Plugin):
    """Lets the pages talk to whatever address they were loaded from, so one build serves any port."""

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
    sources = [root / "rxconfig.py", root / "requirements.txt"]
    for folder, pattern in (
        ("rxapp/pages", "*.py"), ("rxapp/components", "*.py"), ("rxapp/state", "*.py"),
        ("rxapp/gate", "frontend.py"), ("rxapp", "rxapp.py"), ("rxapp", "routes.py"), ("assets", "*"),
        ("reflex.lock", "*"), ("rxapp/handbook", "*"), ("rxapp/rules", "profiles.py"),
    ):  # fmt: skip
        sources += sorted(path for path in (root / folder).rglob(pattern) if path.is_file())
    for path in sources:
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(str(path.relative_to(root)).encode() + path.read_bytes())
    return digest.hexdigest()


class PlainAddresses:
    """Serves `/years` from its built file at once, without sending the browser to `/years/` first."""

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
