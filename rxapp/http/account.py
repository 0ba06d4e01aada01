"""Sign-in, activation, password and sign-out: plain posts, the cookie out of reach of scripts."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from rxapp import routes
from rxapp.adapters import metrics, passwords
from rxapp.adapters.encryption import data_keys
from rxapp.errors import Invalid, TooMany
from rxapp.gate import addresses, cookies, throttles
from rxapp.http.acting import act
from rxapp.http.forms import (
    answered,
    device_of,
    device_token,
    form_of,
    is_known_device,
    lead_to,
    number_in,
    set_session,
    wanted_path,
)
from rxapp.rules import identity, profiles
from rxapp.rules.permissions import Permission
from rxapp.services import accounts, activation, sign_ins

WRONG = "身份证号码或密码不正确，请核对后再试。首次登录的初始密码为身份证号码后6位。"

T = TypeVar("T")


@answered
async def sign_in(request: Request) -> Response:
    """Check number and password; one answer for every way of being wrong, in the same time."""
    form = await form_of(request)
    password = form.get("password", "")
    address = addresses.address_of(request.scope)
    number = number_in(form.get("identity_number", ""))
    keys = _throttle_keys(request, number, address)
    # Counted before the slow check: a hundred guesses sent at once must not all find room.
    try:
        _take(keys)
    except TooMany:
        metrics.SIGN_INS.add("throttled")
        raise
    with throttles.given_back_unless_judged(*keys):
        candidate = await act(request, accounts.find_candidate, write=False, identity_number=number)
    right = await asyncio.to_thread(passwords.check_password, password, candidate.password_hash)
    if not candidate.password_hash:
        right = accounts.initial_matches(candidate, password)
    if not right or candidate.person_id is None:
        metrics.SIGN_INS.add("wrong")
        await act(request, accounts.note_refused, person_id=candidate.person_id)
        raise Invalid({"password": WRONG})
    _give_back(keys)
    await act(request, sign_ins.end)
    token = await act(
        request, accounts.open_sign_in, person_id=candidate.person_id, device=device_of(request)
    )
    metrics.SIGN_INS.add("half" if candidate.has_factor else "right")
    initial = not candidate.password_hash
    response = lead_to(_next_page(candidate, form))
    set_session(response, token)
    # A password alone does not make a device its owner's where a second factor is asked for.
    if not initial and not candidate.has_factor:
        cookies.set_device(response, device_token(number))
    return response


@answered
async def activate(request: Request) -> Response:
    """Confirm name and mobile, complete the record, set a password."""
    form = await form_of(request)
    number = await act(request, accounts.own_number, write=False, permission=Permission.ACTIVATE)
    key = data_keys().hash(number, context="throttle")
    name, mobile, profile, password = _activation_fields(form, number)
    code = "".join(form.get("code", "").split())
    throttles.take(throttles.ACTIVATION, key)
    hashed = await asyncio.to_thread(passwords.hash_password, password)
    try:
        with throttles.given_back_unless_judged((throttles.ACTIVATION, key)):
            token = await act(
                request, activation.activate, name=name, mobile=mobile, code=code,
                profile=profile, password_hash=hashed, device=device_of(request),
            )  # fmt: skip
    except Invalid:
        await act(request, activation.note_refused, code=code)
        raise
    response = lead_to(routes.HOME)
    set_session(response, token)
    cookies.set_device(response, device_token(number))
    return response


@answered
async def change_password(request: Request) -> Response:
    """Set a new password after checking the old one; other devices are signed out."""
    form = await form_of(request)
    number = await act(request, accounts.own_number, write=False, permission=Permission.SIGNED_IN)
    account = await act(request, accounts.get_account, write=False)
    new = form.get("new_password", "")
    identity.require_strong_password(new, identity_number=number, name=account.name)
    if new != form.get("new_password_again", ""):
        raise Invalid({"new_password_again": "两次填写的新密码不一致，请重新填写。"})
    await _require_password(request, form, field="password", number=number)
    hashed = await asyncio.to_thread(passwords.hash_password, new)
    await act(request, accounts.change_password, password_hash=hashed)
    return lead_to(f"{routes.ME}?changed=1")


@answered
async def change_mobile(request: Request) -> Response:
    """Set another mobile number after checking the password."""
    form = await form_of(request)
    number = await act(request, accounts.own_number, write=False, permission=Permission.SIGNED_IN)
    mobile = identity.parse_mobile(form.get("mobile", ""))
    await _require_password(request, form, field="mobile_password", number=number)
    await act(request, accounts.change_mobile, mobile=mobile)
    return lead_to(f"{routes.ME}?changed=mobile")


async def _require_password(
    request: Request, form: dict[str, str], *, field: str, number: str
) -> None:
    """Check the current password once more; guesses are counted before the slow check."""
    key = data_keys().hash(number, context="throttle")
    current = await act(request, accounts.find_password_hash, write=False)
    throttles.take(throttles.PASSWORD, key)
    if not await asyncio.to_thread(passwords.check_password, form.get(field, ""), current):
        raise Invalid({field: "密码不正确，请核对后再试。"})
    throttles.give_back(throttles.PASSWORD, key)


@answered
async def sign_out(request: Request) -> Response:
    """End this sign-in and leave."""
    await act(request, sign_ins.end)
    response = lead_to(routes.SIGN_IN)
    cookies.clear_session(response)
    return response


ROUTES = [
    Route(routes.AUTH_SIGN_IN, sign_in, methods=["POST"]),
    Route(routes.AUTH_ACTIVATE, activate, methods=["POST"]),
    Route(routes.AUTH_PASSWORD, change_password, methods=["POST"]),
    Route(routes.AUTH_MOBILE, change_mobile, methods=["POST"]),
    Route(routes.AUTH_SIGN_OUT, sign_out, methods=["POST"]),
]


def _next_page(candidate: accounts.Candidate, form: dict[str, str]) -> str:
    if not candidate.password_hash:
        return routes.ACTIVATE
    return routes.SECOND_FACTOR if candidate.has_factor else wanted_path(form)


def _throttle_keys(
    request: Request, number: str, address: str
) -> list[tuple[throttles.Limit, str]]:
    account = data_keys().hash(number, context="throttle")
    if is_known_device(request, number):
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
