"""A claim as its owner fills it in and follows it, and as a reviewer sees it."""

from dataclasses import dataclass

from sqlmodel import Session

from rxapp import clock
from rxapp.errors import AppError
from rxapp.models.claims import Claim
from rxapp.models.people import Person
from rxapp.rules.claims import POINTS, SENDABLE, TRANSITIONS, Act, Status, review_acts
from rxapp.rules.conversions import ConversionRule
from rxapp.rules.hours import ZERO
from rxapp.services import (
    claim_drafts,
    claim_forms,
    claim_moves,
    claim_reviews,
    claim_views,
    claims,
    contests,
    conversion_rules,
    standings,
)
from rxapp.services.actors import Actor
from rxapp.services.claim_views import Choice, FieldView, FileView, NeedView, StepView


@dataclass(frozen=True)
class ClaimForm:
    """One's own claim: the form while it can be changed, and how it stands."""

    id: int
    version: int
    number: str
    status: str
    turn: str
    since: str
    editable: bool
    may_withdraw: bool
    may_appeal: bool
    is_draft: bool
    # A clerk entered it, and the person has not confirmed it yet.
    to_confirm: bool
    name: str
    category: str
    method: str
    basis: str
    reference: bool
    advice: str
    # The chosen contest in words, "" for none.
    contest: str
    asked: list[str]
    unit: str
    addition: str
    typed: dict[str, str]
    remarks: dict[str, str]
    reason: str
    # To choose from: value and label each.
    levels: list[tuple[str, str]]
    subjects: list[tuple[str, str]]
    years: list[tuple[str, str]]
    needs: list[NeedView]
    words: str
    limits: list[str]
    effect: str
    warnings: list[str]
    lines: list[FieldView]
    steps: list[StepView]


@dataclass(frozen=True)
class ClaimDetail:
    """All a reviewer needs to decide."""

    id: int
    version: int
    number: str
    status: str
    step: str
    office: str
    since: str
    name: str
    identity_mask: str
    unit: str
    person_title: str
    category: str
    words: str
    hours: str
    basis: str
    lines: list[FieldView]
    files: list[FileView]
    warnings: list[str]
    points: list[Choice]
    acts: list[Choice]
    may_take_back: bool
    effect: str
    steps: list[StepView]


def get_form(session: Session, actor: Actor, claim_id: int) -> ClaimForm:
    """One's own claim as its page shows it."""
    row = claim_drafts.find_entered(session, actor, claim_id)
    row = row or claims.get_own(session, actor, claim_id)
    rule = conversion_rules.get_rule(session, row.rule_id)
    words, limits, hours = claim_forms.preview(session, row, rule)
    made = claim_moves.list_decisions(session, row)
    last = made[-1][0] if made else None
    returned = row.status is Status.RETURNED and last is not None
    typed = {name: str(value) for name, value in row.typed.items()}
    editable = row.status in SENDABLE
    return ClaimForm(
        id=claim_id, version=row.version, number=row.number or "", status=row.status.label,
        turn=claims.turn_in_words(row, claim_views.name_of(session, row.office_id)),
        since=claim_views.moment(row.waiting_since), editable=editable,
        may_withdraw=(row.status, row.step, Act.WITHDRAW) in TRANSITIONS
        and row.status is not Status.DRAFT,
        may_appeal=row.status is Status.REJECTED and not row.appealed,
        is_draft=row.status is Status.DRAFT, to_confirm=row.status is Status.UNCONFIRMED,
        name=rule.name, category=rule.category,
        method=rule.method.label, basis=rule.basis, reference=rule.reference,
        advice=rule.advice,
        contest=_contest(session, typed), asked=claim_forms.fields_for(rule),
        unit=rule.unit.label if rule.unit else "",
        addition=_addition(rule),
        typed={name: typed.get(name, "") for name in claim_forms.FIELDS},
        remarks=dict(last.remarks) if returned and last else {},
        reason=last.note if last and row.status in (Status.RETURNED, Status.REJECTED) else "",
        levels=[(each.key, each.label) for each in rule.levels],
        subjects=[(each.value, each.label) for each in rule.subjects],
        years=_years(rule, typed), needs=claim_views.list_needs(session, row, rule),
        words=words, limits=limits,
        effect=_effect(session, row, rule) if editable and hours > ZERO else "",
        warnings=claim_forms.list_warnings(session, row) if editable else [],
        lines=claim_views.list_lines(row, rule), steps=claim_views.list_steps(session, row),
    )  # fmt: skip


def get_detail(session: Session, actor: Actor, claim_id: int) -> ClaimDetail:
    """One claim before one's office or below it, with its proofs and its history."""
    row = claim_reviews.find(session, actor, claim_id)
    rule = conversion_rules.get_rule(session, row.rule_id)
    person = session.get_one(Person, row.person_id)
    words, _, _ = claim_forms.preview(session, row, rule)
    return ClaimDetail(
        id=claim_id, version=row.version, number=row.number or "", status=row.status.label,
        step=row.step.label, office=claim_views.name_of(session, row.office_id),
        since=claim_views.moment(row.waiting_since),
        name=person.name, identity_mask=person.identity_mask,
        unit=claim_views.name_of(session, row.organisation_id),
        person_title=" ".join(p for p in (person.title_series, person.title_level) if p),
        category=rule.name, words=words, hours=str(row.hours), basis=rule.basis,
        lines=claim_views.list_lines(row, rule), files=claim_views.list_files(session, row, rule),
        warnings=claim_forms.list_warnings(session, row),
        points=[Choice(key, label) for key, label in POINTS.get(row.step, {}).items()],
        acts=_acts(session, actor, row),
        may_take_back=claim_reviews.may_take_back(session, actor, row),
        effect=_effect(session, row, rule), steps=claim_views.list_steps(session, row),
    )  # fmt: skip


def _acts(session: Session, actor: Actor, row: Claim) -> list[Choice]:
    try:
        claim_reviews.require_turn(session, actor, row, row.version)
    except AppError:
        return []
    return [Choice(act.value, act.label) for act in review_acts(row.status, row.step)]


def _effect(session: Session, row: Claim, rule: ConversionRule) -> str:
    """What it does to the year: “2020年度专业科目由40增至60学时”."""
    try:
        filled = claim_forms.read(session, row, rule)
    except AppError:
        return ""
    found = standings.list_standings(session, row.person_id).get(filled.year)
    public = filled.facts.subject.is_public
    have = ZERO if found is None else found.public if public else found.professional
    bucket = "公需科目" if public else "专业科目"
    if row.status is Status.GRANTED:
        return f"{filled.year}年度{bucket}现有{have}学时"
    return f"{filled.year}年度{bucket}由{have}增至{have + filled.conversion.hours}学时"


def _contest(session: Session, typed: dict[str, str]) -> str:
    word = typed.get("contest", "")
    found = contests.get_choice(session, int(word) if word.isascii() and word.isdigit() else 0)
    return f"{found.name}（{found.level_label}，{found.year}年）" if found.id else ""


def _years(rule: ConversionRule, typed: dict[str, str]) -> list[tuple[str, str]]:
    first = typed.get("earned_on", "")[:4]
    if rule.spread_years < 2 or not first.isdigit():
        return []
    last = min(int(first) + rule.spread_years - 1, clock.today().year)
    return [(f"{year}", f"{year}年度") for year in range(int(first), last + 1)]


def _addition(rule: ConversionRule) -> str:
    extra = rule.addition
    return f"{extra.label}，可另加{extra.least}至{extra.most}学时" if extra else ""
