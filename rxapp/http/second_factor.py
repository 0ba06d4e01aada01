"""The second factor after the password, and switching it off."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from rxapp import routes
from rxapp.adapters import metrics, passwords
from rxapp.adapters.encryption import data_keys
from rxapp.errors import Invalid
from rxapp.gate import cookies, throttles
from rxapp.http.acting import act
from rxapp.http.forms import answered, device_token, form_of, is_known_device, lead_to
from rxapp.rules.permissions import Permission
from rxapp.services import accounts, second_factors


@answered
async def answer(request: Request) -> Response:
    """Complete a sign-in with the authenticator's code or a recovery code."""
    form = await form_of(request)
    asked = Permission.SECOND_FACTOR
    number = await act(request, accounts.own_number, write=False, permission=asked)
    key = _throttle_key(request, number)
    # Counted before the check: a hundred guesses sent at once must not all find room.
    throttles.take(throttles.FACTOR, key)
    try:
        with throttles.given_back_unless_judged((throttles.FACTOR, key)):
            await act(request, second_factors.answer, code=form.get("code", ""))
    except Invalid:
        metrics.SIGN_INS.add("factor_wrong")
        await act(request, second_factors.note_refused)
        raise
    metrics.SIGN_INS.add("factor_right")
    throttles.give_back(throttles.FACTOR, key)
    response = lead_to(routes.HOME)
    cookies.set_device(response, device_token(number))
    return response


@answered
async def remove(request: Request) -> Response:
    """Switch one's own second factor off, for the password and a code."""
    form = await form_of(request)
    await act(request, second_factors.require_removable, write=False)
    number = await act(request, accounts.own_number, write=False, permission=Permission.SIGNED_IN)
    current = await act(request, accounts.find_password_hash, write=False)
    key = _throttle_key(request, number)
    throttles.take(throttles.FACTOR, key)
    if not await asyncio.to_thread(passwords.check_password, form.get("password", ""), current):
        raise Invalid({"password": "密码不正确，请核对后再试。"})
    try:
        with throttles.given_back_unless_judged((throttles.FACTOR, key)):
            await act(request, second_factors.remove, code=form.get("code", ""))
    except Invalid:
        await act(request, second_factors.note_refused)
        raise
    throttles.give_back(throttles.FACTOR, key)
    return lead_to(f"{routes.MY_FACTOR}?removed=1")


ROUTES = [
    Route(routes.AUTH_FACTOR, answer, methods=["POST"]),
    Route(routes.AUTH_FACTOR_REMOVE, remove, methods=["POST"]),
]


def _throttle_key(request: Request, number: str) -> str:
    # Whoever learned the password and guesses elsewhere does not lock the owner out.
    own = ":own" if is_known_device(request, number) else ""
    return data_keys().hash(number, context="throttle") + own
