"""A small town in a database of its own: everybody has a name and a number nobody else has."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from sqlmodel import Session, select

from rxapp import clock
from rxapp.adapters import database, encryption, passwords
from rxapp.adapters.database import transaction
from rxapp.gate import throttles
from rxapp.models.people import Membership, Person, SecondFactor, SignIn
from rxapp.rules import identity
from rxapp.rules.permissions import (
    BUREAUS,
    HALF_SIGNED_IN,
    NOBODY,
    Capacity,
    Permission,
    permissions_of,
)
from rxapp.services import organisations, people, sign_ins
from rxapp.services.actors import SYSTEM
from rxapp.settings import settings
from tests.factories import make_course, make_policies

PASSWORD = "Wutong-2020-xia"
# What the authenticator of the one with a second factor holds.
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
CACHES = (settings, encryption.data_keys, database.engine, clock._shift)

# Who lives here: name, where, offices served ("-" the right has ended, "?" it waits for a code).
CAST = {
    "lena": ("欧阳鸢尾", "mill", ""),
    "olga": ("司徒木槿", "forge", ""),
    "fresh": ("上官忍冬", "mill", ""),
    "no_mobile": ("诸葛半夏", "mill", ""),
    "fresh_clerk": ("东方白芷", "mill", "mill?"),
    "pending": ("慕容连翘", "mill", "mill?"),
    "clerk": ("皇甫青黛", "mill", "mill"),
    "other_clerk": ("尉迟苍术", "forge", "forge"),
    "former": ("公孙杜若", "mill", "-mill"),
    "department": ("夏侯泽兰", "guild", "guild"),
    "county": ("端木菖蒲", "county", "county"),
    "city": ("轩辕辛夷", "city", "city"),
    "teacher": ("澹台茯苓", "school", "school"),
    "guarded": ("百里重楼", "county", "county"),
    "two_offices": ("独孤紫菀", "forge", "school forge"),
}
UNACTIVATED = {"fresh", "no_mobile", "fresh_clerk"}
PLACES = {
    "city": ("样例市人社局", None, Capacity.CITY_BUREAU),
    "county": ("样例县人社局", "city", Capacity.COUNTY_BUREAU),
    "guild": ("样例县工业主管部门", "county", Capacity.DEPARTMENT),
    "school": ("样例进修学校", "guild", Capacity.BASE),
    "mill": ("样例磨坊", "school", Capacity.EMPLOYER),
    "forge": ("样例铁铺", "county", Capacity.EMPLOYER),
}


@dataclass(frozen=True)
class Inhabitant:
    """One person and all that only this person may see."""

    key: str
    id: int
    name: str
    number: str
    mobile: str
    capacities: frozenset[Capacity] = frozenset()

    @property
    def activated(self) -> bool:
        return self.key not in UNACTIVATED

    @property
    def canaries(self) -> tuple[str, ...]:
        """What may be shown to nobody else without a reason."""
        return (self.name, ascii(self.name)[1:-1], self.number, self.mobile)


@dataclass
class Town:
    """Who is there, and where."""

    people: dict[str, Inhabitant] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)

    def __getattr__(self, key: str) -> Inhabitant:
        try:
            return self.people[key]
        except KeyError:
            raise AttributeError(key) from None


@dataclass(frozen=True)
class Visit:
    """A kind of visitor: the cookie it carries and what it may do."""

    kind: str
    cookie: str
    permissions: frozenset[Permission]
    person: Inhabitant | None = None


@contextmanager
def installed(folder: Path, **variables: str) -> Iterator[None]:
    """This process and those it starts live in `folder`, with keys of their own."""
    wanted = {"RXAPP_DATA_DIR": str(folder), **variables}
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    _forget()
    try:
        encryption.ensure(settings().keys_dir)
        yield
    finally:
        database.engine().dispose()
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
        _forget()


def settle() -> Town:
    """Bring the cast into an empty database, through the same functions as real people."""
    database.migrate()
    town = Town()
    hashed = passwords.hash_password(PASSWORD)
    with transaction(write=True) as session:
        make_policies(session)
        make_course(session, year=clock.today().year)
        for key, (name, above, capacity) in PLACES.items():
            town.places[key] = organisations.add_organisation(
                session, SYSTEM, name=name, capacities=frozenset({capacity}),
                parent_id=town.places[above] if above else None,
            )  # fmt: skip
        for place, key in enumerate(CAST, start=1):
            town.people[key] = _move_in(session, town, key, place, hashed)
    guard(town.guarded)
    return town


def visits(town: Town) -> list[Visit]:
    """Every kind of identity there is, each with a sign-in of its own."""
    found = [Visit("nobody", "", NOBODY), Visit("rubbish", "x" * 43, NOBODY)]
    for key in (
        "fresh",
        "lena",
        "clerk",
        "other_clerk",
        "former",
        "department",
        "teacher",
        "pending",
        "county",
    ):
        person = town.people[key]
        rights = permissions_of(person.capacities, activated=person.activated)
        found.append(Visit(key, sign_in(person), rights, person))
    bare = permissions_of(frozenset(), activated=True)
    found.append(Visit("bureau_bare", sign_in(town.city, factor=False), bare, town.city))
    half = sign_in(town.guarded, factor=False)
    found.append(Visit("half", half, HALF_SIGNED_IN, town.guarded))
    past = clock.now() - timedelta(days=2)
    for kind, column in (("ended", "ended_at"), ("idle", "seen_at"), ("expired", "expires_at")):
        cookie = sign_in(town.clerk)
        spoil(cookie, **{column: past})
        found.append(Visit(kind, cookie, NOBODY, town.clerk))
    return found


def sign_in(person: Inhabitant, *, factor: bool | None = None) -> str:
    """The cookie of a new sign-in; with the second factor where the work asks for it."""
    with transaction(write=True) as session:
        cookie = sign_ins.begin(session, session.get_one(Person, person.id), device="样例设备")
    given = bool(person.capacities & BUREAUS) if factor is None else factor
    if given:
        spoil(cookie, factor_at=clock.now())
    return cookie


def guard(person: Inhabitant, secret: str = SECRET) -> None:
    """Give a person a second factor that is asked for from now on."""
    with transaction(write=True) as session:
        session.add(
            SecondFactor(
                person_id=person.id, confirmed_at=clock.now(),
                secret_cipher=encryption.data_keys().encrypt(secret, context="factor"),
            )
        )  # fmt: skip


def spoil(cookie: str, **columns: object) -> None:
    """Change a sign-in behind its owner's back."""
    with transaction(write=True) as session:
        hashed = sign_ins.token_hash(cookie)
        row = session.exec(select(SignIn).where(SignIn.token_hash == hashed)).one()
        for name, value in columns.items():
            setattr(row, name, value)


def end_membership(person: Inhabitant, *, ended: bool) -> None:
    """Take a clerk's rights away, or give them back."""
    with transaction(write=True) as session:
        for row in session.exec(select(Membership).where(Membership.person_id == person.id)):
            row.ended_at = clock.now() if ended else None


def contents() -> dict[str, tuple[int, str]]:
    """How many rows each table has, and a digest of them all."""
    import hashlib

    found = {}
    with transaction() as session:
        connection = session.connection()
        for table in connection.exec_driver_sql(
            "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
        ).scalars():
            rows = sorted(map(repr, connection.exec_driver_sql(f'SELECT * FROM "{table}"')))
            found[table] = (len(rows), hashlib.sha256("\n".join(rows).encode()).hexdigest())
    return found


def _move_in(session: Session, town: Town, key: str, place: int, hashed: str) -> Inhabitant:
    name, home, offices = CAST[key]
    base = f"3708021985{place % 12 + 1:02d}{place + 9:02d}{place * 7:03d}"
    number = base + identity.identity_check_character(base)
    mobile = "" if key == "no_mobile" else f"1380537{place:02d}{place * 3:02d}"
    collected = people.CollectedPerson(
        identity_number=number, name=name, mobile=mobile, organisation_id=town.places[home],
        owes_from=2020,
    )  # fmt: skip
    id = people.collect_person(session, SYSTEM, person=collected) or 0
    if key not in UNACTIVATED:
        row = session.get_one(Person, id)
        row.password_hash, row.activated_at = hashed, clock.now()
    held = [office for office in offices.split() if office.isalpha()]
    for office in offices.split():
        people.add_clerk(
            session, SYSTEM, person_id=id, organisation_id=town.places[office.strip("-?")],
            begun=not office.endswith("?"),
        )  # fmt: skip
    session.flush()
    if offices.startswith("-"):
        for row in session.exec(select(Membership).where(Membership.person_id == id)):
            row.ended_at = clock.now()
    capacities = frozenset(PLACES[office][2] for office in held)
    return Inhabitant(key, id, name, number, mobile, capacities)


def _forget() -> None:
    for cached in CACHES:
        cached.cache_clear()
    throttles.forget_all()
