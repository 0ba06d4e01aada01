"""A year's policy as it applies to one person: with the windows extended for the own county.

Whoever judges a window asks here, never the policy alone.
"""

from collections.abc import Callable, Iterable

from sqlmodel import Session, col, select

from rxapp.models.organisations import Organisation
from rxapp.models.people import Person
from rxapp.models.years import WindowExtension
from rxapp.rules.extensions import Extension, extend
from rxapp.rules.permissions import Capacity
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


def county_now(session: Session, county_id: int) -> int:
    """The county bureau a county's is today: where it was merged, the one it went into.

    Merged into the city's own it stays what it was: no window of a county becomes the city's.
    """
    row = session.get_one(Organisation, county_id)
    while row.merged_into_id is not None:
        into = session.get_one(Organisation, row.merged_into_id)
        if Capacity.COUNTY_BUREAU not in into.capacities:
            break
        row = into
    return row.id or 0


def _extended(
    session: Session, found: dict[int, YearPolicy], path_of: Callable[[], str]
) -> dict[int, YearPolicy]:
    wanted = {key_year(policy) for policy in found.values()}
    rows = session.exec(select(WindowExtension).where(col(WindowExtension.year).in_(wanted))).all()
    # Hardly ever is anything extended for one county: then nobody's county need be known.
    counties = {row.county_id for row in rows if row.county_id is not None}
    here = _ids_in(path_of()) if counties else frozenset[int]()
    here_now = {id for id in counties if county_now(session, id) in here}
    mine = [row for row in rows if row.county_id is None or row.county_id in here_now]
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
    row = session.get_one(Organisation, organisation_id)
    while row.merged_into_id is not None:
        row = session.get_one(Organisation, row.merged_into_id)
    return row.path
