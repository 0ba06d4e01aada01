"""A year's policy as it applies to one person: with the windows extended for the own county.

Whoever judges a window asks here, never the policy alone.
"""

from collections.abc import Callable, Iterable

from sqlmodel import Session, col, select

from rxapp.models.organisations import Organisation
from rxapp.models.people import Person
from rxapp.models.years import WindowExtension
from rxapp.rules.extensions import Extension, extend
from rxapp.rules.years import YearPolicy
from rxapp.services import policies


def policy_of(session: Session, person_id: int, year: int) -> YearPolicy:
    """The policy of a year as it applies to a person; NotFound for a year without one."""
    policies.get_policy(session, year)
    return policies_of(session, person_id, (year,))[year]


def policies_of(session: Session, person_id: int, years: Iterable[int]) -> dict[int, YearPolicy]:
    """The policies of several years as they apply to a person, by year."""
    found = policies.list_policies(session, years)
    return _extended(session, found, lambda: _path_of_person(session, person_id))


def policy_at(session: Session, organisation_id: int, year: int) -> YearPolicy:
    """The policy of a year as it applies to the people of an organisation."""
    found = {year: policies.get_policy(session, year)}
    return _extended(session, found, lambda: _path_of(session, organisation_id))[year]


def key_year(policy: YearPolicy) -> int:
    """The year under which what concerns a whole period is kept: its first."""
    return policy.period_years[0] if policy.period else policy.year


def _extended(
    session: Session, found: dict[int, YearPolicy], path_of: Callable[[], str]
) -> dict[int, YearPolicy]:
    wanted = {key_year(policy) for policy in found.values()}
    rows = session.exec(select(WindowExtension).where(col(WindowExtension.year).in_(wanted))).all()
    # Hardly ever is anything extended for one county: then nobody's county need be known.
    here = _ids_in(path_of()) if any(row.county_id for row in rows) else frozenset[int]()
    mine = [row for row in rows if row.county_id is None or row.county_id in here]
    return {
        year: extend(policy, (_rule(row) for row in mine if row.year == key_year(policy)))
        for year, policy in found.items()
    }


def _rule(row: WindowExtension) -> Extension:
    return Extension(row.window, row.until, row.revoked_on)


def _ids_in(path: str) -> frozenset[int]:
    return frozenset(int(part) for part in path.split("/") if part)


def _path_of_person(session: Session, person_id: int) -> str:
    return session.exec(
        select(Organisation.path)
        .join(Person, col(Person.organisation_id) == Organisation.id)
        .where(Person.id == person_id)
    ).one()


def _path_of(session: Session, organisation_id: int) -> str:
    return session.exec(select(Organisation.path).where(Organisation.id == organisation_id)).one()
