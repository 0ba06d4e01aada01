"""组织单位: who organised a training that is claimed; the city's own is filed, never claimed."""

from sqlmodel import Session, col, select

from rxapp.models.claims import Claim
from rxapp.models.organisations import Organisation, OrganisationStatus
from rxapp.rules.conversion_catalogue import FILED_ONLY
from rxapp.rules.conversion_facts import asks_organiser
from rxapp.rules.conversions import ConversionRule
from rxapp.rules.permissions import Capacity
from rxapp.services import organisation_search

HOLDS_CLASSES = (
    Capacity.EMPLOYER, Capacity.DEPARTMENT, Capacity.BASE, Capacity.COUNTY_BUREAU,
    Capacity.CITY_BUREAU,
)  # fmt: skip


def find_faults(session: Session, claim: Claim, rule: ConversionRule) -> dict[str, str]:
    """What is wrong with the organiser of a claim about to be sent in, by field (article 5).

    Asked only then: what was sent in before this was asked is decided on as it is.
    """
    if not asks_organiser(rule):
        return {}
    name = organisation_search.fold_name(str(claim.typed.get("organiser", "")))
    if len(name) < 2:
        return {"organiser": "请填写组织单位，即培训通知上的举办单位全称。"}
    if _is_of_the_city(session, name):
        return {"organiser": f"{name}是本市的单位。{FILED_ONLY}"}
    return {}


def _is_of_the_city(session: Session, name: str) -> bool:
    found = session.exec(
        select(Organisation).where(
            Organisation.name == name,
            col(Organisation.status).in_([OrganisationStatus.ACTIVE, OrganisationStatus.SUSPENDED]),
        )
    ).all()
    return any(each.capacities & frozenset(HOLDS_CLASSES) for each in found)
