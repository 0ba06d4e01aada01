"""A real installation: the city bureau and its first clerk."""

from pathlib import Path

from rxapp import clock
from rxapp.adapters import passwords
from rxapp.adapters.database import transaction
from rxapp.models.people import Person
from rxapp.rules import identity
from rxapp.rules.permissions import Capacity
from rxapp.services import calendars, organisations, people, policies
from rxapp.services.actors import SYSTEM
from rxapp.settings import settings

MARK = "installed"


def install(*, number: str, name: str, mobile: str, password: str) -> None:
    """Register the bureau, the shipped year policies and the first clerk, ready to sign in."""
    parsed = identity.parse_identity(number, today=clock.today())
    clean_name = identity.parse_name(name)
    clean_mobile = identity.parse_mobile(mobile)
    identity.require_strong_password(password, identity_number=parsed, name=clean_name)
    hashed = passwords.hash_password(password)
    with transaction(write=True) as session:
        bureau = organisations.add_organisation(
            session, SYSTEM, name=settings().bureau_name, parent_id=None,
            capacities=frozenset({Capacity.CITY_BUREAU}),
        )  # fmt: skip
        policies.ensure_shipped(session, SYSTEM)
        calendars.ensure_shipped(session, SYSTEM)
        clerk = people.CollectedPerson(
            identity_number=parsed, name=clean_name, mobile=clean_mobile, organisation_id=bureau
        )
        person_id = people.collect_person(session, SYSTEM, person=clerk) or 0
        person = session.get_one(Person, person_id)
        person.password_hash = hashed
        person.activated_at = clock.now()
        session.add(person)
        people.add_clerk(session, SYSTEM, person_id=person_id, organisation_id=bureau, begun=True)
    (settings().data_dir / MARK).write_text("real\n", encoding="ascii")


def is_real(data_dir: Path) -> bool:
    """Whether a data directory holds a real installation."""
    return (data_dir / MARK).exists()
