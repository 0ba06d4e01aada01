"""Finding an organisation by name, code or the initials of its pinyin; open to anyone."""

import unicodedata
from dataclasses import dataclass

from sqlalchemy import Boolean, ColumnElement, String, literal_column, or_, type_coerce
from sqlmodel import Session, col, select

from rxapp.errors import Invalid
from rxapp.models.organisations import IS_BUREAU, Organisation, OrganisationStatus
from rxapp.rules.permissions import BUREAUS, Capacity
from rxapp.services.actors import Actor

MOST = 10
SHORTEST = 2
# Of a 统一社会信用代码, which is found whole alone.
CODE_LENGTH = 18
EMPLOYERS = "employers"
SUPERIORS = "superiors"
BUREAU_ONLY = "bureaus"
# Who may be chosen: where people belong, whom an organisation can stand below, who has no employer.
_WANTED = {
    EMPLOYERS: (Capacity.EMPLOYER,),
    SUPERIORS: (Capacity.CITY_BUREAU, Capacity.COUNTY_BUREAU, Capacity.DEPARTMENT),
    BUREAU_ONLY: tuple(BUREAUS),
}


@dataclass(frozen=True)
class OrganisationChoice:
    """An organisation to choose; `above` is the name of its superior."""

    id: int
    name: str
    above: str


def find_choices(
    session: Session, _actor: Actor, *, query: str, wanted: str
) -> list[OrganisationChoice]:
    """At most ten that take part and fit; the shortest names first. Names are public."""
    typed = fold(query)
    if len(typed) < SHORTEST:
        raise Invalid({"q": "请至少输入两个字，或单位名称的拼音首字母、统一社会信用代码。"})
    return _choices(session, wanted, matches(typed))


def list_bureaus(session: Session, _actor: Actor) -> list[OrganisationChoice]:
    """The bureaus, to which people without an employer belong."""
    return _choices(session, BUREAU_ONLY, None, most=60)


def get_choice(session: Session, _actor: Actor, *, organisation_id: int) -> OrganisationChoice:
    """One organisation by its id, as it was chosen before; empty when it takes no part."""
    found = session.get(Organisation, organisation_id)
    if found is None or found.status is not OrganisationStatus.ACTIVE:
        return OrganisationChoice(0, "", "")
    return OrganisationChoice(found.id or 0, found.name, "")


def matches(typed: str) -> ColumnElement[bool]:
    """Whether an organisation is meant by what was typed (as `fold` gives it)."""
    conditions: list[ColumnElement[bool]] = [
        col(Organisation.name).contains(typed, autoescape=True)
    ]
    if typed.isascii() and typed.isalnum():
        conditions.append(col(Organisation.initials).contains(typed.lower(), autoescape=True))
        if len(typed) == CODE_LENGTH:
            conditions.append(col(Organisation.credit_code) == typed.upper())
    return or_(*conditions)


def is_bureau() -> ColumnElement[bool]:
    """Whether an organisation is the city's bureau or a county's; there is an index of them."""
    return literal_column(f"organisation.{IS_BUREAU}", Boolean)


def fold_name(typed: str) -> str:
    """A name as it is kept: no spaces between Chinese characters, brackets of one width."""
    return fold(typed[:120]) if not typed.isascii() else " ".join(typed.split())[:120]


def fold(typed: str) -> str:
    """What was typed without spaces, with the brackets and width in which names are kept."""
    narrow = unicodedata.normalize("NFKC", typed[:120])
    return "".join(narrow.split()).replace("(", "（").replace(")", "）")


def _choices(
    session: Session, wanted: str, fits: ColumnElement[bool] | None, most: int = MOST
) -> list[OrganisationChoice]:
    above = select(col(Organisation.id), col(Organisation.name)).subquery()
    kinds = [
        type_coerce(col(Organisation.capacities), String).contains(f"|{kind}|")
        for kind in _WANTED.get(wanted, ())
    ]
    # What few fulfil is asked first.
    asked = [fits] if fits is not None else []
    asked += [is_bureau()] if wanted == BUREAU_ONLY else []
    statement = (
        select(Organisation.id, Organisation.name, above.c.name)
        .join(above, above.c.id == Organisation.parent_id, isouter=True)
        .where(*asked, Organisation.status == OrganisationStatus.ACTIVE, or_(*kinds))
        .order_by(col(Organisation.name))
        .limit(most)
    )
    return [OrganisationChoice(id or 0, name, up or "") for id, name, up in session.exec(statement)]
