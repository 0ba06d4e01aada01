"""Where a request comes from, believing a proxy only when told how many there are."""

from collections.abc import Mapping

from starlette.types import Scope

from rxapp.settings import settings


def address_of(scope: Scope) -> str:
    """The address of the client of an ASGI request or websocket."""
    client = scope.get("client")
    own = client[0] if client else "unknown"
    hops = settings().trusted_proxy_hops
    if not hops:
        return own
    return behind_proxy(headers_of(scope), own, hops)


def behind_proxy(headers: Mapping[str, str], own: str, hops: int) -> str:
    """The address the innermost trusted proxy saw; our own peer when the header is too short."""
    seen = [part.strip() for part in headers.get("x-forwarded-for", "").split(",") if part.strip()]
    return seen[-hops] if len(seen) >= hops else own


def headers_of(scope: Scope) -> dict[str, str]:
    """The request's headers as text; of repeated ones the last counts."""
    return {
        name.decode("latin-1").lower(): value.decode("latin-1")
        for name, value in scope.get("headers", [])
    }


def noted(headers: Mapping[str, str]) -> str:
    """The client's address as Reflex noted it at connect."""
    own = headers.get("asgi-scope-client", "unknown")
    hops = settings().trusted_proxy_hops
    return behind_proxy(headers, own, hops) if hops else own
