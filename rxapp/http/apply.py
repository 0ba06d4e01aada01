"""Registering over plain HTTP: people and organisations apply without an account."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from rxapp import routes
from rxapp.adapters import passwords
from rxapp.errors import Invalid
from rxapp.gate import addresses, throttles
from rxapp.http.acting import act
from rxapp.http.forms import answered, form_of, lead_to
from rxapp.rules import identity
from rxapp.rules.applications import Kind
from rxapp.services import applications, corrections, enrolments, registrations


@answered
async def apply_person(request: Request) -> Response:
    """Take a person's registration; the answer never tells whether the number is known."""
    form = await form_of(request)
    if sent := await _sent(request, form, Kind.PERSON):
        return sent
    faults: dict[str, str] = {}
    try:
        enrolment = enrolments.parse(form)
        number, name = enrolment.identity_number, enrolment.name
    except Invalid as error:
        faults |= error.fields
        enrolment, number, name = None, "", ""
    hashed = await _password(request, form, number, name, faults)
    if enrolment is None:
        raise Invalid(faults)
    if form.get("number"):
        receipt = await act(
            request, enrolments.submit_again, number=form["number"],
            mobile=form.get("first_mobile", ""), enrolment=enrolment, password_hash=hashed,
        )  # fmt: skip
    else:
        receipt = await act(
            request, enrolments.submit, enrolment=enrolment, password_hash=hashed,
            request_key=form.get("request_key", ""),
        )  # fmt: skip
    return _receipt(receipt.number)


@answered
async def apply_organisation(request: Request) -> Response:
    """Take an organisation's registration with its evidence and its clerk."""
    form = await form_of(request)
    if sent := await _sent(request, form, Kind.ORGANISATION):
        return sent
    again = bool(form.get("number"))
    faults: dict[str, str] = {}
    registration, number, name = None, "", ""
    try:
        registration = await act(
            request, registrations.parse, write=False, typed=form, evidence_needed=not again
        )
        number, name = registration.clerk_number, registration.clerk_name
    except Invalid as error:
        faults |= error.fields
    hashed = await _password(request, form, number, name, faults)
    if registration is None:
        raise Invalid(faults)
    if again:
        receipt = await act(
            request, registrations.submit_again, number=form["number"],
            mobile=form.get("first_mobile", ""), registration=registration, password_hash=hashed,
        )  # fmt: skip
    else:
        receipt = await act(
            request, registrations.submit, registration=registration, password_hash=hashed,
            request_key=form.get("request_key", ""),
        )  # fmt: skip
    return _receipt(receipt.number)


@answered
async def apply_correction(request: Request) -> Response:
    """Take the request of somebody signed in to have a name or number put right."""
    form = await form_of(request)
    throttles.take(throttles.APPLY, addresses.address_of(request.scope))
    await act(request, corrections.ask, typed=form)
    return lead_to(f"{routes.MY_CORRECTION}?new=1")


ROUTES: list[Route] = [
    Route(routes.APPLY_CORRECTION, apply_correction, methods=["POST"]),
    Route(routes.APPLY_PERSON, apply_person, methods=["POST"]),
    Route(routes.APPLY_ORGANISATION, apply_organisation, methods=["POST"]),
]


async def _password(
    request: Request, form: dict[str, str], number: str, name: str, faults: dict[str, str]
) -> str:
    """The hash of the chosen password; what is wrong with it is said beside all other faults."""
    password = form.get("new_password", "")
    try:
        identity.require_strong_password(
            password, identity_number=number or "\0" * 18, name=name or "\0"
        )
    except Invalid as error:
        faults |= error.fields
    if password != form.get("new_password_again", ""):
        faults["new_password_again"] = "两次填写的密码不一致，请重新填写。"
    if faults:
        raise Invalid(faults)
    throttles.take(throttles.APPLY, addresses.address_of(request.scope))
    return await asyncio.to_thread(passwords.hash_password, password)


async def _sent(request: Request, form: dict[str, str], kind: Kind) -> Response | None:
    """The answer that was lost on its way, when the same form comes once more."""
    key = form.get("request_key", "")
    number = await act(request, applications.find_sent, write=False, kind=kind, request_key=key)
    return _receipt(number) if number else None


def _receipt(number: str) -> Response:
    return lead_to(f"{routes.APPLICATION_STATUS}?n={number}&new=1")
