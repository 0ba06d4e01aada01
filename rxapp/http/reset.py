"""A new password for who forgot the old one: a plain form for anyone, telling nobody anything."""

import asyncio
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from rxapp import routes
from rxapp.adapters import passwords
from rxapp.adapters.encryption import data_keys
from rxapp.errors import Invalid
from rxapp.gate import addresses, cookies, throttles
from rxapp.http.acting import act
from rxapp.http.forms import answered, form_of, lead_to, number_in
from rxapp.rules import identity
from rxapp.services import resets


@answered
async def reset(request: Request) -> Response:
    """Set a new password; one answer for every way of being wrong, in the same time."""
    form = await form_of(request)
    number, mobile, code, password = _fields(form)
    account = data_keys().hash(number, context="throttle")
    address = addresses.address_of(request.scope)
    throttles.take(throttles.RESET, f"{account}:{address}")
    throttles.take(throttles.RESET_ACCOUNT, account)
    throttles.take(throttles.RESET_ADDRESS, address)
    # Before anything is known, so that everybody waits for it.
    hashed = await asyncio.to_thread(passwords.hash_password, password)
    try:
        await act(
            request, resets.reset, identity_number=number, mobile=mobile, code=code,
            password_hash=hashed,
        )  # fmt: skip
    except Invalid:
        await act(request, resets.note_refused, identity_number=number, mobile=mobile)
        raise
    response = lead_to(f"{routes.RESET}?done=1")
    cookies.clear_session(response)
    return response


ROUTES = [Route(routes.AUTH_RESET, reset, methods=["POST"])]


def _fields(form: dict[str, str]) -> tuple[str, str, str, str]:
    faults: dict[str, str] = {}
    number = _checked(faults, lambda: number_in(form.get("identity_number", "")))
    mobile = _checked(faults, lambda: identity.parse_mobile(form.get("mobile", "")))
    code = "".join(form.get("code", "").split())[:40]
    if not code:
        faults["code"] = "请填写单位管理员提供的重置码。"
    password = form.get("new_password", "")
    _checked(faults, lambda: _strong(password, number))
    if password != form.get("new_password_again", ""):
        faults["new_password_again"] = "两次填写的新密码不一致，请重新填写。"
    if faults:
        raise Invalid(faults)
    return number, mobile, code, password


def _checked(faults: dict[str, str], check: Callable[[], str]) -> str:
    try:
        return check()
    except Invalid as error:
        faults.update(error.fields)
        return ""


def _strong(password: str, number: str) -> str:
    # The name stays out of it: whether a password holds it would tell whose number this is.
    identity.require_strong_password(password, identity_number=number or "\0" * 18, name="\0")
    return password
