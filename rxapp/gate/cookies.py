"""The sign-in cookie: its name, how it is read, how it is set."""

from http.cookies import CookieError, SimpleCookie

from starlette.responses import Response

from rxapp.settings import settings

KNOWN_DEVICE_DAYS = 180


def session_cookie() -> str:
    """The cookie's name; behind HTTPS the prefix binds it to this very host."""
    return "__Host-rxapp" if _secure() else "rxapp"


def device_cookie() -> str:
    """The name of the cookie by which an owner's own device is known again."""
    return "__Host-rxdevice" if _secure() else "rxdevice"


def read(header: str | None, name: str) -> str:
    """The value of one cookie in a Cookie header, or an empty string; never raises."""
    if not header or len(header) > 8192:
        return ""
    # The last of its name counts, as everywhere in this house.
    for part in reversed(header.split(";")):
        found, _, value = part.strip().partition("=")
        if found == name:
            value = _unquoted(value) if value.startswith('"') else value
            return value if len(value) <= 200 and value.isascii() else ""
    return ""


def _unquoted(value: str) -> str:
    """Our own cookies are never quoted, and reading each header by the whole grammar is dear."""
    try:
        morsel = SimpleCookie(f"a={value}").get("a")
    except CookieError:
        return ""
    return morsel.value if morsel else ""


def set_session(response: Response, token: str, *, max_age: int) -> None:
    """Hand the sign-in to the browser, out of reach of any script."""
    response.set_cookie(
        session_cookie(), token, max_age=max_age, path="/", httponly=True,
        secure=_secure(), samesite="lax",
    )  # fmt: skip


def set_device(response: Response, token: str) -> None:
    """Let this device be known again, so that guessing elsewhere never locks its owner out."""
    response.set_cookie(
        device_cookie(), token, max_age=KNOWN_DEVICE_DAYS * 86400, path="/", httponly=True,
        secure=_secure(), samesite="lax",
    )  # fmt: skip


def clear_session(response: Response) -> None:
    """Take the sign-in away from the browser."""
    response.delete_cookie(
        session_cookie(), path="/", httponly=True, secure=_secure(), samesite="lax"
    )


def _secure() -> bool:
    return settings().address.startswith("https://")
