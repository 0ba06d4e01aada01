"""What plain forms need: reading them, answering them, the cookies that follow."""

import secrets
from collections.abc import Awaitable, Callable
from functools import wraps

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from rxapp import clock, routes
from rxapp.adapters.encryption import data_keys
from rxapp.errors import AppError, Invalid
from rxapp.gate import cookies
from rxapp.http.acting import failure, refusal_of, unexpected
from rxapp.rules import identity
from rxapp.rules.texts import plain
from rxapp.settings import settings

# The first that fits: a phone's WeChat names Safari and Chrome as well.
SYSTEMS = (
    ("iPhone", "苹果手机"),
    ("iPad", "苹果平板"),
    ("Android", "安卓手机"),
    ("Windows", "Windows 电脑"),
    ("Mac OS", "苹果电脑"),
    ("Linux", "Linux 电脑"),
)
BROWSERS = (
    ("MicroMessenger", "微信"),
    ("Edg", "Edge 浏览器"),
    ("Firefox", "火狐浏览器"),
    ("Chrome", "Chrome 浏览器"),
    ("Safari", "Safari 浏览器"),
)

log = structlog.get_logger()

Endpoint = Callable[[Request], Awaitable[Response]]


def answered(endpoint: Endpoint) -> Endpoint:
    """Turn a refusal into its sentence, for a page that sent a form."""

    @wraps(endpoint)
    async def run(request: Request) -> Response:
        try:
            return await endpoint(request)
        except AppError as error:
            log.warning("refused", path=request.url.path, error=type(error).__name__)
            return failure(error)
        except Exception as error:
            refusal = refusal_of(error, request)
            if refusal is not None:
                return failure(refusal)
            # A fault of ours: the person gets a sentence, we get the trace.
            log.exception("request failed", path=request.url.path)
            return unexpected()

    return run


async def form_of(request: Request, *, most_fields: int = 40) -> dict[str, str]:
    """The text fields of a posted form; Invalid when it cannot be read."""
    try:
        found = await request.form(max_files=0, max_fields=most_fields)
    except Exception:  # a malformed body is the sender's fault, whatever the parser calls it
        raise Invalid(message="提交的内容无法识别，请刷新页面后再试。") from None
    return {plain(key): plain(value) for key, value in found.items() if isinstance(value, str)}


def number_in(typed: str) -> str:
    """The identity number that was typed, or Invalid on its field."""
    try:
        return identity.parse_identity(typed, today=clock.today())
    except Invalid as error:
        # The shape of a number says nothing about who exists, so its fault may be told.
        raise Invalid({"identity_number": error.message}) from None


def device_token(number: str) -> str:
    """What lets a device be known again as the owner's own."""
    nonce = secrets.token_urlsafe(9)
    return f"{nonce}.{data_keys().sign(f'{nonce}:{number}', context='device')}"


def is_known_device(request: Request, number: str) -> bool:
    """Whether the owner of this number signed in on this device before."""
    value = cookies.read(request.headers.get("cookie"), cookies.device_cookie())
    nonce, _, signature = value.partition(".")
    return data_keys().signed(f"{nonce}:{number}", signature, context="device")


def wanted_path(form: dict[str, str]) -> str:
    """Where the form says to go on to, if it is a path of our own; else the home page."""
    # Only a path of our own: an address from outside could lead people astray.
    path = form.get("next", "")
    own = path.startswith("/") and not path.startswith(("//", "/\\")) and len(path) < 200
    return path if own and path.isprintable() else routes.HOME


def lead_to(path: str) -> Response:
    """The answer that lets the page go on to `path`."""
    return JSONResponse({"ok": True, "next": path}, headers={"Cache-Control": "no-store"})


def set_session(response: Response, token: str) -> None:
    """Hand the sign-in over, for as long as it may last."""
    cookies.set_session(response, token, max_age=settings().sign_in_hours * 3600)


def device_of(request: Request) -> str:
    """A device in words its owner knows it by."""
    agent = request.headers.get("user-agent", "")
    system = next((label for word, label in SYSTEMS if word in agent), "其他设备")
    browser = next((label for word, label in BROWSERS if word in agent), "浏览器")
    return f"{system} {browser}"
