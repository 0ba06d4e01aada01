"""Whose turn a claim is: the employer, then the nearest department or bureau above it.

An office that is missing, suspended or has nobody to act is skipped upwards; where only one is
left it does both in one step. Where nobody can act the claim waits with the city bureau.
"""

from dataclasses import dataclass

from sqlmodel import Session

from rxapp.models.organisations import Organisation, OrganisationStatus
from rxapp.rules.claims import Step
from rxapp.rules.permissions import BUREAUS, Capacity, Permission, permissions_of
from rxapp.services import messages, routing
from rxapp.services.routing import Besides

_BUREAUS = frozenset(BUREAUS)


@dataclass(frozen=True)
class Turn:
    """A step and the office whose turn it is."""

    step: Step
    office_id: int


def find_first(session: Session, organisation_id: int, *, besides: Besides) -> Turn:
    """Where a claim of somebody who belongs to this organisation begins."""
    line = routing.line_upwards(session, organisation_id)
    employer, above = (None, line) if _is_bureau(line[0]) else (line[0], line[1:])
    if employer is not None and _acts(session, employer, besides):
        return Turn(Step.EMPLOYER, employer.id or 0)
    return Turn(Step.JOINT, _authority(session, above or line, besides))


def find_second(session: Session, organisation_id: int, *, besides: Besides) -> Turn:
    """Who verifies after the employer."""
    line = routing.line_upwards(session, organisation_id)
    return Turn(Step.AUTHORITY, _authority(session, line[1:] or line, besides))


def find_appeal(session: Session, office_id: int, *, besides: Besides) -> Turn:
    """The level above the office that rejected."""
    return Turn(Step.APPEAL, routing.find_superior(session, office_id, besides=besides))


def tell_city(session: Session, office_id: int) -> None:
    """Tell the city bureau when a claim waits with it because nobody else can act."""
    for clerk in routing.list_clerks(session, office_id):
        messages.send(
            session, to=clerk, title="有学时申报无人办理", href="/desk/claims",
            body="有学时申报因没有可以办理的单位，转到本局，请办理或为有关单位确定管理员。",
        )  # fmt: skip


def has_reviewer(session: Session, office_id: int, *, besides: Besides) -> bool:
    """Whether somebody at an office can decide on this person's claims."""
    office = session.get_one(Organisation, office_id)
    return _acts(session, office, besides)


def _authority(session: Session, above: list[Organisation], besides: Besides) -> int:
    """The nearest department that acts, else the nearest bureau, else the city bureau."""
    able = [office for office in above if _acts(session, office, besides)]
    departments = [office for office in able if Capacity.DEPARTMENT in office.capacities]
    bureaus = [office for office in able if _is_bureau(office)]
    found = next(iter(departments or bureaus), above[-1])
    return found.id or 0


def _is_bureau(office: Organisation) -> bool:
    return bool(_BUREAUS & office.capacities)


def _acts(session: Session, office: Organisation, besides: Besides) -> bool:
    if office.status is not OrganisationStatus.ACTIVE or not office.reviews_claims:
        return False
    if Permission.REVIEW not in permissions_of(office.capacities, activated=True):
        return False
    return routing.has_other_clerk(session, office.id or 0, besides)
