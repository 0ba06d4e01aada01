"""折算规则: shipped once, versioned from then on; a claim keeps the version it was made under."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.errors import NotFound, NotPermitted
from rxapp.models.claims import ConversionRuleRow
from rxapp.rules.conversion_bodies import as_body, from_body
from rxapp.rules.conversion_catalogue import REFERENCE, SHIPPED
from rxapp.rules.conversion_words import explain, years_of
from rxapp.rules.conversions import ConversionRule
from rxapp.rules.permissions import Permission
from rxapp.services.actors import SYSTEM, Actor


@dataclass(frozen=True)
class RuleChoice:
    """A category to claim under, ready to show."""

    id: int
    key: str
    name: str
    category: str
    method: str
    basis: str
    reference: bool
    # What it brings, in words: “国家级30学时，省级20学时”.
    terms: str
    years: str


@dataclass(frozen=True)
class RuleGroup:
    """The rules of one category."""

    category: str
    rules: list[RuleChoice]


def list_groups(session: Session, actor: Actor) -> list[RuleGroup]:
    """What can be claimed under now, category by category, in the order of the catalogue."""
    actor.require(Permission.LEARN)
    found: dict[str, list[RuleChoice]] = {}
    for rule in list_offered(session):
        found.setdefault(rule.category, []).append(rule)
    return [RuleGroup(category, rules) for category, rules in found.items()]


def ensure_shipped(session: Session, actor: Actor) -> int:
    """Write the shipped rules that are not there in any version; returns how many were."""
    if actor is not SYSTEM:
        raise NotPermitted()
    known = set(session.exec(select(ConversionRuleRow.key)).all())
    missing = [rule for rule in SHIPPED if rule.key not in known]
    session.add_all(
        ConversionRuleRow(key=rule.key, version=1, body=as_body(rule), published_at=clock.now())
        for rule in missing
    )
    session.flush()
    return len(missing)


def list_offered(session: Session) -> list[RuleChoice]:
    """What can be claimed under now, in the order of the catalogue."""
    return [_choice(row) for row in list_newest(session) if row.is_on]


def get_offered(session: Session, key: str) -> tuple[int, ConversionRule]:
    """The newest published version of a rule that is switched on; NotFound for any other."""
    row = session.exec(
        _newest().where(col(ConversionRuleRow.is_on), ConversionRuleRow.key == key)
    ).first()
    if row is None:
        raise NotFound("没有找到该申报类别，可能已停用，请重新选择。")
    return row.id or 0, _rule(row)


def get_rule(session: Session, rule_id: int | None) -> ConversionRule:
    """One version of a rule, whether or not it is still offered."""
    row = session.get(ConversionRuleRow, rule_id or 0)
    if row is None:
        raise NotFound()
    return _rule(row)


def list_versions(session: Session, key: str) -> list[int]:
    """The ids of all versions of a rule."""
    rows = session.exec(select(ConversionRuleRow.id).where(ConversionRuleRow.key == key))
    return [id for id in rows if id is not None]


def names_of(session: Session, ids: Iterable[int | None]) -> dict[int, str]:
    """What some versions of rules are called, by their ids."""
    wanted = {id for id in ids if id is not None}
    rows = session.exec(select(ConversionRuleRow).where(col(ConversionRuleRow.id).in_(wanted)))
    return {row.id or 0: str(row.body["name"]) for row in rows}


def list_newest(session: Session) -> list[ConversionRuleRow]:
    """The newest published version of every rule, on or off, in the order of the catalogue."""
    order = {rule.key: place for place, rule in enumerate(SHIPPED)}
    rows = session.exec(_newest()).all()
    return sorted(rows, key=lambda row: (order.get(row.key, len(order)), row.key))


def find_newest(session: Session, key: str) -> ConversionRuleRow | None:
    """The newest published version of a rule, on or off."""
    return session.exec(_newest().where(ConversionRuleRow.key == key)).first()


def find_version(session: Session, key: str, version: int) -> ConversionRuleRow | None:
    """One version of a rule."""
    return session.exec(
        select(ConversionRuleRow).where(
            ConversionRuleRow.key == key, ConversionRuleRow.version == version
        )
    ).first()


def is_offered(session: Session, rule_id: int | None) -> bool:
    """Whether a version is the one offered now; a draft of another is moved to it first."""
    row = session.get(ConversionRuleRow, rule_id or 0)
    if row is None:
        return False
    newest = session.exec(_newest().where(ConversionRuleRow.key == row.key)).first()
    return newest is not None and newest.id == row.id and newest.is_on


def _newest():  # type: ignore[no-untyped-def]
    newest = (
        select(ConversionRuleRow.key, func.max(ConversionRuleRow.version).label("version"))
        .where(col(ConversionRuleRow.published_at).is_not(None))
        .group_by(ConversionRuleRow.key)
        .subquery()
    )
    return select(ConversionRuleRow).join(
        newest,
        (col(ConversionRuleRow.key) == newest.c.key)
        & (col(ConversionRuleRow.version) == newest.c.version),
    )


def _rule(row: ConversionRuleRow) -> ConversionRule:
    return from_body(row.body | {"version": row.version})


def _choice(row: ConversionRuleRow) -> RuleChoice:
    rule = _rule(row)
    return RuleChoice(
        row.id or 0, rule.key, rule.name, rule.category, rule.method.label,
        "" if rule.basis == REFERENCE else rule.basis, rule.reference,
        "".join(explain(rule)), years_of(rule),
    )  # fmt: skip
