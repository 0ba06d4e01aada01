"""A claim as its owner fills it in and follows it, and as a reviewer sees it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, or_
from sqlmodel import Session, col, select

from rxapp import clock, routes
from rxapp.errors import AppError, NotFound
from rxapp.models.applications import Evidence
from rxapp.models.claims import Claim, ClaimFile, ConversionRuleRow
from rxapp.models.organisations import Organisation
from rxapp.models.people import Person
from rxapp.rules.city_values import CityValue
from rxapp.rules.claims import POINTS, SENDABLE, TRANSITIONS, Act, Status, review_acts
from rxapp.rules.conversions import ConversionRule
from rxapp.rules.hours import ZERO
from rxapp.rules.permissions import Permission
from rxapp.services import (
    city_values,
    claim_forms,
    claim_moves,
    claim_reviews,
    claims,
    conversion_rules,
    queues,
    scopes,
    standings,
)
from rxapp.services.actors import Actor
from rxapp.services.claim_moves import CLAIMS

PAGE = 30
LABELS = {
    "title": "名称", "earned_on": "取得日期", "year": "计入年度", "proof_number": "证书编号",
    "subject": "计入科目", "level": "级别", "rank": "本人位次", "filed": "证明材料上的学时",
    "days": "培训天数", "contest": "竞赛", "note": "说明", "files": "证明材料",
}  # fmt: skip


@dataclass(frozen=True)
class Choice:
    """One thing to choose in a list."""

    value: str
    label: str


@dataclass(frozen=True)
class FileView:
    """One file of a claim."""

    id: int
    need: str
    label: str
    name: str
    pages: int
    preview: str
    file: str
    is_picture: bool


@dataclass(frozen=True)
class NeedView:
    """One kind of proof, and what is there of it."""

    key: str
    label: str
    required: bool
    files: list[FileView]


@dataclass(frozen=True)
class FieldView:
    """One thing that was filled in; `remark` is the reviewer's word beside it."""

    key: str
    label: str
    text: str
    remark: str


@dataclass(frozen=True)
class StepView:
    """One word on a claim: who said it, for which office, when."""

    at: str
    step: str
    act: str
    office: str
    who: str
    hours: str
    note: str


@dataclass(frozen=True)
class ClaimForm:
    """One's own claim: the form while it can be changed, and how it stands."""

    id: int
    version: int
    number: str
    status: str
    turn: str
    editable: bool
    may_withdraw: bool
    may_appeal: bool
    is_draft: bool
    name: str
    category: str
    method: str
    basis: str
    reference: bool
    advice: str
    asked: list[str]
    unit: str
    addition: str
    typed: dict[str, str]
    remarks: dict[str, str]
    reason: str
    levels: list[Choice]
    subjects: list[Choice]
    years: list[Choice]
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


@dataclass(frozen=True)
class QueueRow:
    """One claim that waits."""

    id: int
    name: str
    unit: str
    title: str
    category: str
    hours: str
    step: str
    age: str
    late: bool
    from_below: bool
    version: int


@dataclass(frozen=True)
class Queue:
    """What waits for one's offices, the oldest first; `next_after` is empty at the end."""

    rows: list[QueueRow]
    next_after: str
    waiting: int


def get_form(session: Session, actor: Actor, claim_id: int) -> ClaimForm:
    """One's own claim as its page shows it."""
    row = claims.get_own(session, actor, claim_id)
    rule = conversion_rules.get_rule(session, row.rule_id)
    words, limits, hours = claim_forms.preview(session, row, rule)
    made = claim_moves.list_decisions(session, row)
    last = made[-1][0] if made else None
    returned = row.status is Status.RETURNED and last is not None
    typed = {name: str(value) for name, value in row.typed.items()}
    editable = row.status in SENDABLE
    return ClaimForm(
        id=claim_id, version=row.version, number=row.number or "", status=row.status.label,
        turn=claims.turn_in_words(row, _office(session, row)), editable=editable,
        may_withdraw=(row.status, row.step, Act.WITHDRAW) in TRANSITIONS
        and row.status is not Status.DRAFT,
        may_appeal=row.status is Status.REJECTED and not row.appealed,
        is_draft=row.status is Status.DRAFT, name=rule.name, category=rule.category,
        method=rule.method.label, basis=rule.basis, reference=rule.reference,
        advice=rule.advice,
        asked=claim_forms.fields_for(rule), unit=rule.unit.label if rule.unit else "",
        addition=_addition(rule),
        typed={name: typed.get(name, "") for name in claim_forms.FIELDS},
        remarks=dict(last.remarks) if returned and last else {},
        reason=last.note if last and row.status in (Status.RETURNED, Status.REJECTED) else "",
        levels=[Choice(each.key, each.label) for each in rule.levels],
        subjects=[Choice(each.value, each.label) for each in rule.subjects],
        years=_years(rule, typed), needs=_needs(session, row, rule), words=words, limits=limits,
        effect=_effect(session, row, rule) if editable and hours > ZERO else "",
        warnings=claim_forms.list_warnings(session, row) if editable else [],
        lines=_lines(row, rule, {}), steps=_steps(session, row),
    )  # fmt: skip


def list_queue(session: Session, actor: Actor, *, rule_key: str = "", after: str = "") -> Queue:
    """What waits for one's offices, with what waits too long below them, the oldest first."""
    actor.require(Permission.REVIEW)
    now = clock.now()
    warn = now - timedelta(days=city_values.get_value(session, CityValue.DESK_WARN_DAYS))
    statement = (
        select(Claim, Person.name)
        .join(Organisation, col(Organisation.id) == Claim.office_id)
        .join(Person, col(Person.id) == Claim.person_id)
        .where(Claim.status == Status.SUBMITTED, claim_reviews.before(session, actor))
        .order_by(col(Claim.waiting_since), col(Claim.id))
        .limit(PAGE + 1)
    )
    if rule_key:
        versions = conversion_rules.list_versions(session, rule_key)
        statement = statement.where(col(Claim.rule_id).in_(versions))
    if after:
        statement = statement.where(_later_than(after))
    found = session.exec(statement).all()
    mine = scopes.office_ids(actor, Permission.REVIEW)
    rows = [_queue_row(session, *each, now, warn, mine) for each in found[:PAGE]]
    last = found[PAGE - 1][0] if len(found) > PAGE else None
    return Queue(
        rows=rows,
        next_after=f"{last.waiting_since.isoformat()}|{last.id}"
        if last and last.waiting_since
        else "",
        waiting=queues.count(session, mine, CLAIMS),
    )


def get_detail(session: Session, actor: Actor, claim_id: int) -> ClaimDetail:
    """One claim before one's office or below it, with its proofs and its history."""
    row = claim_reviews.find(session, actor, claim_id)
    rule = conversion_rules.get_rule(session, row.rule_id)
    person = session.get_one(Person, row.person_id)
    words, _, _ = claim_forms.preview(session, row, rule)
    return ClaimDetail(
        id=claim_id, version=row.version, number=row.number or "", status=row.status.label,
        step=row.step.label, office=_office(session, row), since=_moment(row.waiting_since),
        name=person.name, identity_mask=person.identity_mask,
        unit=_name(session, row.organisation_id),
        person_title=" ".join(p for p in (person.title_series, person.title_level) if p),
        category=rule.name, words=words, hours=str(row.hours), basis=rule.basis,
        lines=_lines(row, rule, {}), files=_files(session, row, rule),
        warnings=claim_forms.list_warnings(session, row),
        points=[Choice(key, label) for key, label in POINTS.get(row.step, {}).items()],
        acts=_acts(session, actor, row),
        may_take_back=claim_reviews.may_take_back(session, actor, row),
        effect=_effect(session, row, rule), steps=_steps(session, row),
    )  # fmt: skip


def _acts(session: Session, actor: Actor, row: Claim) -> list[Choice]:
    try:
        claim_reviews.require_turn(session, actor, row, row.version)
    except AppError:
        return []
    return [Choice(act.value, act.label) for act in review_acts(row.status, row.step)]


def _later_than(after: str):  # type: ignore[no-untyped-def]
    moment, _, last = after.partition("|")
    try:
        since, row_id = datetime.fromisoformat(moment), int(last)
    except ValueError:
        raise NotFound() from None
    same = and_(col(Claim.waiting_since) == since, col(Claim.id) > row_id)
    return or_(col(Claim.waiting_since) > since, same)


def _queue_row(
    session: Session, row: Claim, name: str, now: datetime, warn: datetime,
    mine: list[int],
) -> QueueRow:  # fmt: skip
    since = row.waiting_since or now
    rule = session.get_one(ConversionRuleRow, row.rule_id)
    return QueueRow(
        id=row.id or 0, name=name, unit=_name(session, row.organisation_id), title=row.title,
        category=str(rule.body["name"]), hours=str(row.hours), step=row.step.label,
        age=_age(now - since), late=since < warn, from_below=row.office_id not in mine,
        version=row.version,
    )  # fmt: skip


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


def _lines(row: Claim, rule: ConversionRule, remarks: dict[str, str]) -> list[FieldView]:
    labels = LABELS | ({"units": rule.unit.label} if rule.unit else {})
    labels |= {"added": rule.addition.label} if rule.addition else {}
    return [
        FieldView(key, labels.get(key, key), _text(row, rule, key), remarks.get(key, ""))
        for key in claim_forms.fields_for(rule)
        if _text(row, rule, key)
    ]


def _text(row: Claim, rule: ConversionRule, key: str) -> str:
    word = str(row.typed.get(key, ""))
    if key == "contest":
        return row.title
    if key == "level":
        return next((level.label for level in rule.levels if level.key == word), "")
    if key == "subject":
        return next((each.label for each in rule.subjects if each.value == word), "")
    return word


def _needs(session: Session, row: Claim, rule: ConversionRule) -> list[NeedView]:
    files = _files(session, row, rule)
    return [
        NeedView(need.key, need.label, need.required, [f for f in files if f.need == need.key])
        for need in rule.evidence
    ]


def _files(session: Session, row: Claim, rule: ConversionRule) -> list[FileView]:
    labels = {need.key: need.label for need in rule.evidence}
    found = session.exec(
        select(ClaimFile, Evidence)
        .join(Evidence, col(Evidence.id) == ClaimFile.evidence_id)
        .where(ClaimFile.claim_id == row.id)
        .order_by(col(ClaimFile.id))
    ).all()
    return [
        FileView(
            kept.id or 0, link.need, labels.get(link.need, "证明材料"), kept.name, kept.pages,
            routes.evidence_file(kept.id or 0, "preview"),
            routes.evidence_file(kept.id or 0, "file"), kept.media_type.startswith("image/"),
        )
        for link, kept in found
    ]  # fmt: skip


def _steps(session: Session, row: Claim) -> list[StepView]:
    return [
        StepView(
            _moment(made.at), made.step.label, made.act.label, office or "本人",
            who or "系统", f"{made.hours}学时" if made.hours > ZERO else "", made.note,
        )
        for made, office, who in claim_moves.list_decisions(session, row)
    ]  # fmt: skip


def _years(rule: ConversionRule, typed: dict[str, str]) -> list[Choice]:
    first = typed.get("earned_on", "")[:4]
    if rule.spread_years < 2 or not first.isdigit():
        return []
    last = min(int(first) + rule.spread_years - 1, clock.today().year)
    return [Choice(f"{year}", f"{year}年度") for year in range(int(first), last + 1)]


def _addition(rule: ConversionRule) -> str:
    extra = rule.addition
    return f"{extra.label}，可另加{extra.least}至{extra.most}学时" if extra else ""


def _office(session: Session, row: Claim) -> str:
    return _name(session, row.office_id)


def _name(session: Session, organisation_id: int | None) -> str:
    found = session.get(Organisation, organisation_id or 0)
    return found.name if found else ""


def _moment(at: datetime | None) -> str:
    return f"{clock.local(at):%Y-%m-%d %H:%M}" if at else ""


def _age(waited: timedelta) -> str:
    if waited.days:
        return f"已等待{waited.days}天"
    hours = waited.seconds // 3600
    return f"已等待{hours}小时" if hours else "刚刚提交"
