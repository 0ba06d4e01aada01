"""Bringing collected people in: right rows go in, every other is named with its reason."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlmodel import Session

from rxapp import clock
from rxapp.errors import Invalid
from rxapp.rules import identity
from rxapp.services import organisations, people
from rxapp.services.actors import Actor

FIRST_YEAR = 2016


@dataclass(frozen=True)
class RowFault:
    """A row that was not taken, and why."""

    line: int
    reason: str


@dataclass(frozen=True)
class Collected:
    """What became of a batch of rows."""

    added: int
    unchanged: int
    faults: tuple[RowFault, ...]


def collect_rows(
    session: Session, actor: Actor, *, rows: Iterable[tuple[int, Mapping[str, str]]]
) -> Collected:
    """Take a batch of rows in one transaction; the same rows again change nothing."""
    added = unchanged = 0
    faults: list[RowFault] = []
    for line, values in rows:
        try:
            person = _person(session, values)
        except Invalid as error:
            faults.append(RowFault(line, "；".join(error.fields.values()) or error.message))
            continue
        if people.collect_person(session, actor, person=person) is None:
            unchanged += 1
        else:
            added += 1
    return Collected(added, unchanged, tuple(faults))


def _person(session: Session, values: Mapping[str, str]) -> people.CollectedPerson:
    number = identity.parse_identity(values.get("identity_number", ""), today=clock.today())
    mobile = values.get("mobile", "")
    organisation_id = organisations.find_by_name(session, values.get("organisation", ""))
    if organisation_id is None:
        raise Invalid({"organisation": f"没有找到唯一的单位“{values.get('organisation', '')}”"})
    return people.CollectedPerson(
        identity_number=number,
        name=identity.parse_name(values.get("name", "")),
        mobile=identity.parse_mobile(mobile) if mobile else "",
        organisation_id=organisation_id,
        owes_from=_owes_from(values.get("owes_from", "")),
        **{key: values.get(key, "")[:40] for key in
           ("field", "title_series", "title_level", "education", "post")},
    )  # fmt: skip


def _owes_from(typed: str) -> int:
    if not typed:
        return FIRST_YEAR
    if not typed.isascii() or not typed.isdigit() or not FIRST_YEAR <= int(typed) <= 2100:
        raise Invalid({"owes_from": "应学起始年度应为2016年以后的年份"})
    return int(typed)
