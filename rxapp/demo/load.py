"""Loading the demo city: through the same functions that bring in real people and real courses."""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from rxapp import clock
from rxapp.adapters import packages, passwords
from rxapp.adapters.database import transaction
from rxapp.adapters.encryption import data_keys
from rxapp.demo import (
    accounts,
    catalogue,
    city,
    claims,
    classes,
    histories,
    making,
    news,
    offer,
    pending,
    rosters,
    supervision,
    years,
)
from rxapp.demo.accounts import DemoAccount, Part
from rxapp.demo.people import DemoPerson, generate
from rxapp.errors import AppError, Conflict
from rxapp.models.courses import Course
from rxapp.models.credits import Credit
from rxapp.models.organisations import Organisation
from rxapp.models.people import Person
from rxapp.rules.courses import Status
from rxapp.rules.manifests import CourseManifest
from rxapp.services import audit, courses, folding, people, policies
from rxapp.services.actors import SYSTEM
from rxapp.settings import settings

PEOPLE = 400
# Short clips need short stretches: 20 to 50 seconds between two quizzes.
QUIZ_GAP_SECONDS = (20, 50)
# The year the demo's courses were written for; it alone has make-up courses beside it.
WRITTEN_FOR = 2020

Told = Callable[[str, int, int], None]
"""Hears a stage, how much of it is done, and how much there is."""


@dataclass(frozen=True)
class DemoSummary:
    """What the database holds now; `created` is False when the city was there already."""

    organisations: int
    people: int
    courses: int
    credits: int
    created: bool


def load(progress: Told | None = None, *, on: Engine | None = None) -> DemoSummary:
    """Bring the demo city into a migrated database; the second time nothing changes.

    A load that was interrupted goes on with the courses that are missing; people and what they
    learned come all together or not at all. Before the business year's courses open nobody has
    learned any of them. Conflict when the database holds anything else.
    """
    told = progress or _tell_nobody
    with transaction(on=on) as session:
        loaded = is_demo(session)
        _require_room(session, loaded)
        wanted = _missing_courses(session)
    if wanted or not loaded:
        _load_courses(wanted, told, on)
    created = not loaded and _load_city(told, on)
    folding.fold_all(on=on)
    with transaction(on=on) as session:
        return _summary(session, created)


def demo_accounts() -> tuple[DemoAccount, ...]:
    """The documented accounts: role, name, number, password and what to try."""
    return accounts.demo_accounts()


def is_demo(session: Session) -> bool:
    """Whether this database holds the demo's accounts, known by the city clerk's number."""
    clerk = next(each for each in demo_accounts() if each.key == "city")
    hashed = data_keys().hash(clerk.identity_number, context="identity")
    return session.exec(select(Person.id).where(Person.identity_hash == hashed)).first() is not None


def refuse_demo_in_production(session: Session) -> None:
    """Refuse to serve demo accounts, whose password everybody can read, as a real installation."""
    if not settings().demo and is_demo(session):
        raise AppError(
            "数据库中有演示账号，其密码是公开的，不能用于正式运行。"
            "请另用空的数据目录和数据库，先运行 rxapp init；如仍要试用，请设置 RXAPP_DEMO=1。"
        )


def _require_room(session: Session, loaded: bool) -> None:
    if not loaded and session.exec(select(Organisation.id)).first() is not None:
        raise Conflict("数据库中已有机构和人员，没有装入演示数据。请另用空的数据目录。")


def _load_courses(wanted: list[CourseManifest], told: Told, on: Engine | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        made = []
        for done, manifest in enumerate(wanted, start=1):
            made.append(_package(manifest, Path(folder)))
            told("课程", done, len(wanted))
    with transaction(write=True, on=on) as session:
        _shorten_quiz_gaps(session)
        for package in made:
            courses.add_course(session, SYSTEM, package)


def _missing_courses(session: Session) -> list[CourseManifest]:
    known = set(session.exec(select(Course.code)).all())
    return [each for each in _courses_of(clock.today().year) if each.code not in known]


def _courses_of(year: int) -> list[CourseManifest]:
    every = catalogue.load_catalogue()
    if year == WRITTEN_FOR:
        return list(every)
    return [catalogue.in_year(each, year) for each in every if each.year == WRITTEN_FOR]


def _package(manifest: CourseManifest, folder: Path) -> packages.Package:
    path = folder / f"{manifest.code}.zip"
    catalogue.write_package(manifest, path)
    return packages.read_package(path, waive_length=True)


def _shorten_quiz_gaps(session: Session) -> None:
    for year in range(policies.FIRST_YEAR, clock.today().year + 1):
        policy = policies.get_policy(session, year)
        if policy.quiz_gap_seconds != QUIZ_GAP_SECONDS:
            shorter = replace(policy, quiz_gap_seconds=QUIZ_GAP_SECONDS)
            policies.set_policy(session, SYSTEM, shorter)


def _load_city(told: Told, on: Engine | None) -> bool:
    hashed = passwords.hash_password(accounts.PASSWORD)
    with transaction(write=True, on=on) as session:
        if is_demo(session):
            return False
        units = city.add_units(session, lambda done, total: told("机构", done, total))
        everybody = _load_people(session, units, hashed, told)
        setting = offer.get_setting(session)
        for done, (person_id, person) in enumerate(everybody.items(), start=1):
            histories.write_history(session, setting, person_id, person)
            told("学习档案", done, len(everybody))
        pending.write_pending(session, units, hashed)
        claims.write_claims(session, everybody)
        supervision.write_supervision(session, units)
        years.write_extension(session, units)
        news.write_news(session, units)
        classes.write_classes(session, units, everybody)
        rosters.write_rosters(session, units, everybody)
        making.write_making(session, units)
    return True


def _load_people(
    session: Session, units: Mapping[str, int], hashed: str, told: Told
) -> dict[int, DemoPerson]:
    year = clock.today().year
    parts = accounts.parts(year)
    others = generate(
        city.units(), number=PEOPLE - len(parts), year=year,
        taken=[part.person.identity_number for part in parts],
    )  # fmt: skip
    added: dict[int, DemoPerson] = {}
    for person in (*(part.person for part in parts), *others):
        added[_add_person(session, units, person, hashed)] = person
        told("人员", len(added), PEOPLE)
    _appoint_clerks(session, units, parts, added)
    return added


def _add_person(session: Session, units: Mapping[str, int], person: DemoPerson, hashed: str) -> int:
    collected = person.collected(units[person.unit])
    person_id = people.collect_person(session, SYSTEM, person=collected)
    if person_id is None:
        raise Conflict("演示人员的身份证号码已经登记，没有装入演示数据。")
    if person.activated:
        _activate(session, person_id, hashed)
    return person_id


def _activate(session: Session, person_id: int, hashed: str) -> None:
    # Without a sign-in: nobody sat at a screen, and none should be left open.
    row = session.get_one(Person, person_id)
    row.password_hash = hashed
    row.activated_at = clock.now()
    session.add(row)
    audit.record(session, SYSTEM, audit.Action.ACTIVATED, kind="person", id=person_id)


def _appoint_clerks(
    session: Session, units: Mapping[str, int], parts: tuple[Part, ...],
    added: Mapping[int, DemoPerson],
) -> None:  # fmt: skip
    ids = {person.identity_number: person_id for person_id, person in added.items()}
    for part in parts:
        if part.serves:
            person_id = ids[part.person.identity_number]
            _appoint(session, person_id, units[part.serves], begun=part.begun)
    served = {part.serves for part in parts}
    documented = {part.person for part in parts}
    for person_id, person in added.items():
        # The first colleague of every other place looks after it; documented people have one part.
        if person.unit not in served and person not in documented:
            served.add(person.unit)
            _appoint(session, person_id, units[person.unit], begun=person.activated)


def _appoint(session: Session, person_id: int, organisation_id: int, *, begun: bool) -> None:
    people.add_clerk(
        session, SYSTEM, person_id=person_id, organisation_id=organisation_id, begun=begun
    )


def _summary(session: Session, created: bool) -> DemoSummary:
    places, everybody, lines = (
        session.exec(select(func.count(col(table.id)))).one()
        for table in (Organisation, Person, Credit)
    )
    offered = select(func.count(col(Course.id))).where(Course.status == Status.PUBLISHED)
    return DemoSummary(places, everybody, session.exec(offered).one(), lines, created=created)


def _tell_nobody(stage: str, done: int, total: int) -> None:
    """Nobody waits for news."""
