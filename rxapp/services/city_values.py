"""The city's own periods: read by every rule that needs one, set by the city bureau."""

from dataclasses import dataclass

from sqlmodel import Session, select

from rxapp import clock
from rxapp.errors import Conflict, NotFound
from rxapp.models.messages import CityValueRow
from rxapp.rules.city_values import RULES, CityValue, parse
from rxapp.rules.permissions import Permission
from rxapp.services import audit
from rxapp.services.actors import Actor


@dataclass(frozen=True)
class CityValueView:
    """One period as the bureau's screen shows it."""

    key: str
    label: str
    hint: str
    value: str
    version: int


def get_value(session: Session, value: CityValue) -> int:
    """The number that holds now."""
    row = session.get(CityValueRow, value.value)
    return row.value if row else RULES[value].first


def list_values(session: Session, actor: Actor) -> list[CityValueView]:
    """Every period with its name and what it means."""
    actor.require(Permission.POLICY_EDIT)
    set_ones = {row.key: row for row in session.exec(select(CityValueRow))}
    return [_view(value, set_ones.get(value.value)) for value in CityValue]


def set_value(session: Session, actor: Actor, *, key: str, typed: str, version: int) -> None:
    """Set one period; Invalid with its limits, Conflict when somebody else set it meanwhile."""
    actor.require(Permission.POLICY_EDIT)
    value = _known(key)
    number = parse(value, typed)
    row = session.get(CityValueRow, key, with_for_update=True)
    if version != (row.version if row else 0):
        raise Conflict("该项已被其他人修改，请刷新后再试，已填写的内容仍在。")
    before = row.value if row else RULES[value].first
    row = row or CityValueRow(key=key, value=number, version=0, set_at=clock.now())
    row.value, row.version = number, row.version + 1
    row.set_by, row.set_at = actor.person_id, clock.now()
    session.add(row)
    audit.record(session, actor, audit.Action.VALUE_SET, kind=key, before=before, after=number)


def _known(key: str) -> CityValue:
    if key not in set(CityValue):
        raise NotFound()
    return CityValue(key)


def _view(value: CityValue, row: CityValueRow | None) -> CityValueView:
    rule = RULES[value]
    return CityValueView(
        key=value.value,
        label=rule.label,
        hint=f"{rule.hint}可填{rule.least}至{rule.most}{rule.unit}。",
        value=str(row.value if row else rule.first),
        version=row.version if row else 0,
    )
