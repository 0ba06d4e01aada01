"""Sign-in, activation, password and sign-out: plain posts, the cookie out of reach of scripts."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import TypeVar

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from rxapp import clock, routes
from rxapp.adapters import passwords
from rxapp.adapters.encryption import data_keys
from rxapp.errors import AppError, Invalid
from rxapp.gate import addresses, cookies, throttles
from rxapp.http.acting import act, failure
from rxapp.rules import identity, profiles
from rxapp.rules.permissions import Permission
from rxapp.services import accounts, activation, sign_ins
from rxapp.settings import settings

WRONG = "身份证号码或密码不正确，请核对后再试。首次登录的初始密码为身份证号码后6位。"

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

T = TypeVar("T")
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
        except Exception:  # a fault of ours: the person gets a sentence, we get the trace
            log.exception("request failed", path=request.url.path)
            return failure(AppError())

    return run


@answered
async def sign_in(request: Request) -> Response:
    """Check number and password; one answer for every way of being wrong, in the same time."""
    form = await _form(request)
    password = form.get("password", "")
    address = addresses.address_of(request.scope)
    number = _number(form.get("identity_number", ""))
    keys = _throttle_keys(request, number, address)
    # Counted before the slow check: a hundred guesses sent at once must not all find room.
    _take(keys)
    candidate = await act(request, accounts.find_candidate, write=False, identity_number=number)
    right = await asyncio.to_thread(passwords.check_password, password, candidate.password_hash)
    if not candidate.password_hash:
        right = accounts.initial_matches(candidate, password)
    if not right or candidate.person_id is None:
        await act(request, accounts.note_refused, person_id=candidate.person_id)
        raise Invalid({"password": WRONG})
    _give_back(keys)
    await act(request, sign_ins.end)
    token = await act(
        request, accounts.open_sign_in, person_id=candidate.person_id, device=_device(request)
    )
    initial = not candidate.password_hash
    response = _next(routes.ACTIVATE if initial else _wanted(form))
    _set_session(response, token)
    if not initial:
        cookies.set_device(response, _device_token(number))
    return response


@answered
async def activate(request: Request) -> Response:
    """Confirm name and mobile, complete the record, set a password."""
    form = await _form(request)
    number = await act(request, accounts.own_number, write=False, permission=Permission.ACTIVATE)
    keys = (data_keys().hash(number, context="throttle"),)
    name, mobile, profile, password = _activation_fields(form, number)
    code = "".join(form.get("code", "").split())
    throttles.take(throttles.ACTIVATION, *keys)
    hashed = await asyncio.to_thread(passwords.hash_password, password)
    try:
        token = await act(
            request, activation.activate, name=name, mobile=mobile, code=code,
            profile=profile, password_hash=hashed, device=_device(request),
        )  # fmt: skip
    except Invalid:
        await act(request, activation.note_refused, code=code)
        raise
    response = _next(routes.HOME)
    _set_session(response, token)
    cookies.set_device(response, _device_token(number))
    return response


@answered
async def change_password(request: Request) -> Response:
    """Set a new password after checking the old one; other devices are signed out."""
    form = await _form(request)
    number = await act(request, accounts.own_number, write=False, permission=Permission.SIGNED_IN)
    key = data_keys().hash(number, context="throttle")
    account = await act(request, accounts.get_account, write=False)
    new = form.get("new_password", "")
    identity.require_strong_password(new, identity_number=number, name=account.name)
    if new != form.get("new_password_again", ""):
        raise Invalid({"new_password_again": "两次填写的新密码不一致，请重新填写。"})
    current = await act(request, accounts.find_password_hash, write=False)
    throttles.take(throttles.PASSWORD, key)
    if not await asyncio.to_thread(passwords.check_password, form.get("password", ""), current):
        raise Invalid({"password": "原密码不正确，请核对后再试。"})
    throttles.give_back(throttles.PASSWORD, key)
    hashed = await asyncio.to_thread(passwords.hash_password, new)
    await act(request, accounts.change_password, password_hash=hashed)
    return _next(f"{routes.ME}?changed=1")


@answered
async def sign_out(request: Request) -> Response:
    """End this sign-in and leave."""
    await act(request, sign_ins.end)
    response = _next(routes.SIGN_IN)
    cookies.clear_session(response)
    return response


ROUTES = [
    Route(routes.AUTH_SIGN_IN, sign_in, methods=["POST"]),
    Route(routes.AUTH_ACTIVATE, activate, methods=["POST"]),
    Route(routes.AUTH_PASSWORD, change_password, methods=["POST"]),
    Route(routes.AUTH_SIGN_OUT, sign_out, methods=["POST"]),
]


async def _form(request: Request) -> dict[str, str]:
    try:
        found = await request.form(max_files=0, max_fields=40)
    except Exception:  # a malformed body is the sender's fault, whatever the parser calls it
        raise Invalid(message="提交的内容无法识别，请刷新页面后再试。") from None
    return {key: value for key, value in found.items() if isinstance(value, str)}


def _number(typed: str) -> str:
    try:
        return identity.parse_identity(typed, today=clock.today())
    except Invalid as error:
        # The shape of a number says nothing about who exists, so its fault may be told.
        raise Invalid({"identity_number": error.message}) from None


def _throttle_keys(
    request: Request, number: str, address: str
) -> list[tuple[throttles.Limit, str]]:
    account = data_keys().hash(number, context="throttle")
    if _known_device(request, number):
        return [(throttles.SIGN_IN_PAIR, f"{account}:own")]
    return [
        (throttles.SIGN_IN_PAIR, f"{account}:{address}"),
        (throttles.SIGN_IN_ACCOUNT, account),
        (throttles.SIGN_IN_ADDRESS, address),
    ]


def _take(keys: list[tuple[throttles.Limit, str]]) -> None:
    # The narrowest first: whoever has used it up leaves the wider ones as they are.
    for limit, key in keys:
        throttles.take(limit, key)


def _give_back(keys: list[tuple[throttles.Limit, str]]) -> None:
    for limit, key in keys:
        throttles.give_back(limit, key)


def _device_token(number: str) -> str:
    nonce = secrets.token_urlsafe(9)
    return f"{nonce}.{data_keys().sign(f'{nonce}:{number}', context='device')}"


def _known_device(request: Request, number: str) -> bool:
    value = cookies.read(request.headers.get("cookie"), cookies.device_cookie())
    nonce, _, signature = value.partition(".")
    return data_keys().signed(f"{nonce}:{number}", signature, context="device")


def _activation_fields(
    form: dict[str, str], number: str
) -> tuple[str, str, activation.Profile, str]:
    faults: dict[str, str] = {}

    def collect(check: Callable[[], T], otherwise: T) -> T:
        try:
            return check()
        except Invalid as error:
            faults.update(error.fields)
            return otherwise

    name = collect(lambda: identity.parse_name(form.get("name", "")), "")
    mobile = collect(lambda: identity.parse_mobile(form.get("mobile", "")), "")
    record = collect(lambda: profiles.parse_profile(form), {})
    password = form.get("new_password", "")
    collect(
        lambda: identity.require_strong_password(password, identity_number=number, name=name), None
    )
    if password != form.get("new_password_again", ""):
        faults["new_password_again"] = "两次填写的新密码不一致，请重新填写。"
    if faults:
        raise Invalid(faults)
    return name, mobile, activation.Profile(**record), password


def _wanted(form: dict[str, str]) -> str:
    # Only a path of our own: an address from outside could lead people astray.
    path = form.get("next", "")
    own = path.startswith("/") and not path.startswith(("//", "/\\")) and len(path) < 200
    return path if own and path.isprintable() else routes.HOME


def _next(path: str) -> Response:
    return JSONResponse({"ok": True, "next": path}, headers={"Cache-Control": "no-store"})


def _set_session(response: Response, token: str) -> None:
    cookies.set_session(response, token, max_age=settings().sign_in_hours * 3600)


def _device(request: Request) -> str:
    agent = request.headers.get("user-agent", "")
    system = next((label for word, label in SYSTEMS if word in agent), "其他设备")
    browser = next((label for word, label in BROWSERS if word in agent), "浏览器")
    return f"{system} {browser}"
