"""The cast in a database of its own, and browsers at its plain routes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session
from starlette.applications import Starlette
from starlette.testclient import TestClient

from rxapp import routes
from rxapp.adapters import passwords
from rxapp.adapters.database import transaction
from rxapp.http.site import ROUTES
from rxapp.services import sign_ins
from rxapp.services.actors import Actor
from tests.gate.cast import PASSWORD, Inhabitant, Town, installed, settle, sign_in


@contextmanager
def inhabited(
    database: str, folder: Path, monkeypatch: pytest.MonkeyPatch, **settings: str
) -> Iterator[Town]:
    """Everybody, with passwords that are quick to check."""
    monkeypatch.setattr(passwords, "COST", 4)
    monkeypatch.setattr(passwords, "_NOBODY", "$2b$04$" + "." * 53)
    with installed(folder, RXAPP_DATABASE_URL=database, **settings):
        yield settle()


def browser(address: str = "10.0.0.1", cookie: str = "") -> TestClient:
    """A browser with cookies of its own."""
    app = Starlette(routes=ROUTES)
    client = TestClient(app, base_url="http://localhost:3000", client=(address, 5))
    if cookie:
        client.cookies.set("rxapp", cookie)
    return client


def enter(client: TestClient, person: Inhabitant, password: str = PASSWORD) -> Any:
    """Send the sign-in form."""
    form = {"identity_number": person.number, "password": password}
    return client.post(routes.AUTH_SIGN_IN, data=form)


def who(client: TestClient) -> Actor:
    """Whoever the browser's cookie stands for right now."""
    return actor_of(client.cookies.get("rxapp") or "")


def actor_of(cookie: str) -> Actor:
    """Whoever a cookie stands for right now."""
    with transaction() as session:
        return sign_ins.find_actor(session, cookie)


def acting(person: Inhabitant, *, factor: bool | None = None) -> Actor:
    """A person in a new sign-in, with the second factor where the work asks for it."""
    return actor_of(sign_in(person, factor=factor))


def do(use_case: Callable[..., Any], actor: Actor, **arguments: Any) -> Any:
    """One use case in a transaction of its own."""
    with transaction(write=True) as session:
        return use_case(session, actor, **arguments)


def found(statement: Any) -> list[Any]:
    """What the database holds."""
    with transaction() as session:
        return list(Session.exec(session, statement).all())
