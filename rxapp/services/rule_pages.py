"""折算规则 as the bureau sees them: the list, one rule with its versions, what a draft would do."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.errors import AppError
from rxapp.models.claims import Claim, ConversionRuleRow
from rxapp.models.people import Person
from rxapp.rules.conversion_bodies import from_body
from rxapp.rules.conversion_examples import compare
from rxapp.rules.conversion_forms import typed_of
from rxapp.rules.conversion_words import explain
from rxapp.rules.conversions import ConversionRule
from rxapp.rules.hours import Hours
from rxapp.rules.permissions import Permission
from rxapp.services import claim_forms, conversion_rules, rule_editing
from rxapp.services.actors import Actor
from rxapp.services.rule_editing import find_draft, saved_in, typed_in

MOST_CLAIMS, MOST_VERSIONS = 20, 100


@dataclass(frozen=True)
class RuleLine:
    """One rule in the bureau's list; `version` is 0 while it was never published."""

    key: str
    name: str
    category: str
    method: str
    words: str
    version: int
    is_on: bool
    has_draft: bool
    reference: bool


@dataclass(frozen=True)
class RuleGroup:
    """The rules of one category."""

    category: str
    rules: list[RuleLine]


@dataclass(frozen=True)
class VersionLine:
    """One version of a rule, for good."""

    version: int
    at: str
    who: str
    note: str
    is_on: bool
    name: str
    words: list[str]


@dataclass(frozen=True)
class RuleEditor:
    """A rule as its page shows it: what holds now, the form, every version.

    `newest` is the version that holds, 0 when none does; `saved` counts the draft's changes, 0
    while there is no draft.
    """

    key: str
    name: str
    newest: int
    is_on: bool
    saved: int
    registered: bool
    typed: dict[str, str]
    words: list[str]
    versions: list[VersionLine]


@dataclass(frozen=True)
class PreviewLine:
    """One example or claim under the version that holds and under the draft."""

    label: str
    before: str
    after: str
    changed: bool


@dataclass(frozen=True)
class Preview:
    """What publishing the draft would do; nothing is changed by looking."""

    words: list[str]
    examples: list[PreviewLine]
    claims: list[PreviewLine]
    changed: int


def list_rules(session: Session, actor: Actor) -> list[RuleGroup]:
    """Every rule with its newest version and whether a draft waits, by category."""
    actor.require(Permission.POLICY_EDIT)
    drafts = {row.key: row for row in rule_editing.list_drafts(session)}
    newest = conversion_rules.list_newest(session)
    lines = [_line(row, row.key in drafts) for row in newest]
    known = {row.key for row in newest}
    lines += [_unpublished(row) for key, row in drafts.items() if key not in known]
    groups: dict[str, list[RuleLine]] = {}
    for line in lines:
        groups.setdefault(line.category, []).append(line)
    return [RuleGroup(category, rules) for category, rules in groups.items()]


def get_editor(session: Session, actor: Actor, key: str) -> RuleEditor:
    """One rule to be edited; NotFound for a rule nobody has begun."""
    actor.require(Permission.POLICY_EDIT)
    rule = rule_editing.find_base(session, key)
    row, draft = conversion_rules.find_newest(session, key), find_draft(session, key)
    typed = typed_of(rule) | (typed_in(draft) if draft else {})
    return RuleEditor(
        key=key, name=rule.name or typed["name"] or "新的规则",
        newest=row.version if row else 0, is_on=bool(row and row.is_on),
        saved=saved_in(draft), registered=rule.registered, typed=typed,
        words=list(explain(rule)) if row else [], versions=_versions(session, key),
    )  # fmt: skip


def preview(session: Session, actor: Actor, key: str) -> Preview:
    """Made-up achievements and real claims under both versions; Invalid for a draft in error."""
    after = rule_editing.read_draft(session, actor, key)
    row = conversion_rules.find_newest(session, key)
    before = from_body(row.body) if row else None
    examples = [
        _preview_line(each.label, each.before, each.after) for each in compare(before, after)
    ]
    claims = [_claim_line(session, claim, before, after) for claim in _recent(session, key)]
    return Preview(
        words=list(explain(after)), examples=examples, claims=claims,
        changed=sum(line.changed for line in (*examples, *claims)),
    )  # fmt: skip


def _recent(session: Session, key: str) -> list[Claim]:
    versions = conversion_rules.list_versions(session, key)
    return list(
        session.exec(
            select(Claim)
            .where(col(Claim.rule_id).in_(versions), col(Claim.number).is_not(None))
            .order_by(col(Claim.id).desc())
            .limit(MOST_CLAIMS)
        )
    )


def _claim_line(
    session: Session, claim: Claim, before: ConversionRule | None, after: ConversionRule
) -> PreviewLine:
    name = session.get_one(Person, claim.person_id).name
    label = f"{name[:1]}{'＊' * max(1, len(name) - 1)}，{claim.year}年度，{claim.status.label}"
    return _preview_line(
        label, _hours(session, claim, before) if before else None, _hours(session, claim, after)
    )


def _hours(session: Session, claim: Claim, rule: ConversionRule) -> Hours | None:
    try:
        return claim_forms.read(session, claim, rule).conversion.hours
    except AppError:
        return None


def _preview_line(label: str, before: Hours | None, after: Hours | None) -> PreviewLine:
    said = [f"{each}学时" if each is not None else "不折算" for each in (before, after)]
    return PreviewLine(label, said[0], said[1], before != after)


def _line(row: ConversionRuleRow, has_draft: bool) -> RuleLine:
    rule = from_body(row.body)
    return RuleLine(
        rule.key, rule.name, rule.category, rule.method.label, explain(rule)[0], row.version,
        row.is_on, has_draft, rule.reference,
    )  # fmt: skip


def _unpublished(row: ConversionRuleRow) -> RuleLine:
    typed = typed_in(row)
    return RuleLine(
        row.key, typed["name"][:30] or "新的规则", typed["category"][:20] or "尚未发布", "", "", 0,
        False, True, False,
    )  # fmt: skip


def _versions(session: Session, key: str) -> list[VersionLine]:
    rows = session.exec(
        select(ConversionRuleRow, Person.name)
        .join(Person, col(Person.id) == ConversionRuleRow.published_by, isouter=True)
        .where(ConversionRuleRow.key == key, col(ConversionRuleRow.published_at).is_not(None))
        .order_by(col(ConversionRuleRow.version).desc())
        .limit(MOST_VERSIONS)
    )
    return [
        VersionLine(
            row.version, f"{clock.local(row.published_at):%Y-%m-%d %H:%M}", who or "系统预置",
            row.note, row.is_on, str(row.body["name"]), list(explain(from_body(row.body))),
        )
        for row, who in rows
        if row.published_at
    ]  # fmt: skip
