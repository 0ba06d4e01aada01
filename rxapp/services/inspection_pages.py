"""A sample as its work list shows it, one claim of it with its proofs, and the printed result."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from rxapp import clock, routes
from rxapp.errors import NotFound
from rxapp.models.claims import Claim, ConversionRuleRow
from rxapp.models.organisations import Organisation
from rxapp.models.people import Person
from rxapp.models.supervision import Inspection, InspectionItem
from rxapp.rules.inspections import FAULTS, Finding, InspectionStatus
from rxapp.rules.permissions import Permission
from rxapp.rules.sampling import METHOD, Stratify
from rxapp.services import claim_pages, inspections
from rxapp.services.actors import Actor
from rxapp.services.claim_pages import ClaimDetail

PAGE = 50
OPEN = "open"


@dataclass(frozen=True)
class Pair:
    """A term and what it is."""

    label: str
    text: str


@dataclass(frozen=True)
class InspectionView:
    """How a sample was drawn, and how far it is looked through."""

    id: int
    version: int
    is_open: bool
    status: str
    facts: list[Pair]
    method: str
    # A finding, how many, and what is counted.
    counts: list[tuple[str, str, str]]
    drawn: int
    found: int
    percent: int


@dataclass(frozen=True)
class ItemRow:
    """One claim of the work list."""

    id: int
    place: int
    title: str
    detail: str
    stratum: str
    finding: str
    tone: str
    case_href: str


@dataclass(frozen=True)
class ItemPage:
    """Some of the work list in its order; `next_after` is 0 at the end."""

    rows: list[ItemRow]
    next_after: int


@dataclass(frozen=True)
class ItemView:
    """One claim before the inspector; `claim` is None when it lies elsewhere by now."""

    id: int
    version: int
    place: int
    stratum: str
    finding: str
    note: str
    right_hours: str
    said: str
    may_find: bool
    case_href: str
    claim: ClaimDetail | None


@dataclass(frozen=True)
class ResultLine:
    """One fault as it is printed."""

    place: int
    number: str
    name: str
    unit: str
    title: str
    finding: str
    hours: str
    note: str
    who: str


@dataclass(frozen=True)
class Result:
    """What is printed: every fault, and the numbers drawn in their order."""

    lines: list[ResultLine]
    numbers: list[str]


def get_inspection(session: Session, actor: Actor, inspection_id: int) -> InspectionView:
    """One sample of one's own bureau or of one below it."""
    row = inspections.find(session, actor, inspection_id)
    tally = inspections.count_findings(session, [inspection_id])[inspection_id]
    found = sum(tally.values())
    counts = [(finding.label, f"{count}", "项") for finding, count in tally.items()]
    if found < row.drawn:
        counts.append(("尚未检查", f"{row.drawn - found}", "项"))
    return InspectionView(
        id=inspection_id, version=row.version, is_open=row.status is InspectionStatus.OPEN,
        status=row.status.label, facts=_facts(session, row), method=METHOD, counts=counts,
        drawn=row.drawn, found=found, percent=found * 100 // row.drawn if row.drawn else 100,
    )  # fmt: skip


def list_items(
    session: Session, actor: Actor, *, inspection_id: int, wanted: str = "", after: int = 0
) -> ItemPage:
    """The work list; `wanted` is a finding, `open` for what has none, or empty for all."""
    row = inspections.find(session, actor, inspection_id)
    statement = (
        select(InspectionItem, Claim, Person.name)
        .join(Claim, col(Claim.id) == InspectionItem.claim_id)
        .join(Person, col(Person.id) == Claim.person_id)
        .where(InspectionItem.inspection_id == inspection_id, InspectionItem.place > after)
        .order_by(col(InspectionItem.place))
        .limit(PAGE + 1)
    )
    if wanted == OPEN:
        statement = statement.where(col(InspectionItem.finding).is_(None))
    elif wanted in set(Finding):
        statement = statement.where(InspectionItem.finding == Finding(wanted))
    found = session.exec(statement).all()
    labels = _strata(session, row.stratify, [item.stratum for item, _, _ in found])
    rows = [_item_row(item, claim, name, labels) for item, claim, name in found[:PAGE]]
    return ItemPage(rows, rows[-1].place if len(found) > PAGE else 0)


def get_item(session: Session, actor: Actor, *, inspection_id: int, item_id: int) -> ItemView:
    """One claim of a sample, with all a reviewer saw of it."""
    row, item = inspections.find_item(session, actor, item_id)
    if row.id != inspection_id:
        raise NotFound()
    who = session.get(Person, item.by_id or 0)
    said = f"{who.name}，{clock.local(item.at):%Y-%m-%d %H:%M}" if who and item.at else ""
    return ItemView(
        id=item_id, version=item.version, place=item.place,
        stratum=_strata(session, row.stratify, [item.stratum]).get(item.stratum, ""),
        finding=item.finding.label if item.finding else "", note=item.note,
        right_hours=str(item.right_hours) if item.right_hours is not None else "", said=said,
        may_find=row.status is InspectionStatus.OPEN and item.case_id is None,
        case_href=_case_href(item), claim=_claim(session, actor, item.claim_id),
    )  # fmt: skip


def find_next(session: Session, actor: Actor, *, inspection_id: int, after: int = 0) -> int:
    """The next claim without a finding: after a place, else from the beginning; 0 for none."""
    inspections.find(session, actor, inspection_id)
    open_ones = (
        select(InspectionItem.id)
        .where(
            InspectionItem.inspection_id == inspection_id,
            col(InspectionItem.finding).is_(None),
        )
        .order_by(col(InspectionItem.place))
        .limit(1)
    )
    later = session.exec(open_ones.where(InspectionItem.place > after)).first()
    return later or session.exec(open_ones).first() or 0


def get_result(session: Session, actor: Actor, inspection_id: int) -> Result:
    """The result of a sample, to be printed: it is as long as the sample and no longer."""
    inspections.find(session, actor, inspection_id)
    rows = session.exec(
        select(InspectionItem, Claim, Person.name, Organisation.name)
        .join(Claim, col(Claim.id) == InspectionItem.claim_id)
        .join(Person, col(Person.id) == Claim.person_id)
        .join(Organisation, col(Organisation.id) == Claim.organisation_id, isouter=True)
        .where(InspectionItem.inspection_id == inspection_id)
        .order_by(col(InspectionItem.place))
    ).all()
    inspectors = _names(session, [item.by_id for item, _, _, _ in rows])
    lines = [
        _line(item, claim, name, unit or "", inspectors)
        for item, claim, name, unit in rows
        if item.finding in FAULTS
    ]
    return Result(lines, [claim.number or "" for _, claim, _, _ in rows])


def _facts(session: Session, row: Inspection) -> list[Pair]:
    asked = f"{row.percent}%" if row.percent is not None else f"{row.size}项"
    layers = f"{row.stratify.label}，共{row.strata}层" if row.strata else "未分层"
    facts = [
        ("检查单位", _name(session, row.office_id)),
        ("抽取", _who(session, row.drawn_by, f"{clock.local(row.drawn_at):%Y-%m-%d %H:%M}")),
        ("随机种子", row.seed),
        ("范围", _scope(session, row)),
        ("通过日期", f"{row.granted_from}至{row.granted_until}"),
        ("总体", f"{row.population}项"),
        ("样本", f"{row.drawn}项（要求{asked}）"),
        ("分层", layers if row.stratify is not Stratify.NONE else row.stratify.label),
        ("说明", row.note),
    ]
    if row.closed_by and row.closed_at:
        at = f"{clock.local(row.closed_at):%Y-%m-%d %H:%M}"
        facts.append(("办结", _who(session, row.closed_by, at)))
    return [Pair(label, text) for label, text in facts if text]


def _scope(session: Session, row: Inspection) -> str:
    place = int(row.scope.get("organisation") or 0)
    parts = [_name(session, place) if place else "本局管理范围"]
    if row.scope.get("rule"):
        key = str(row.scope["rule"])
        parts.append(_strata(session, Stratify.CATEGORY, [key]).get(key, ""))
    if row.scope.get("reviewer"):
        reviewer = int(row.scope["reviewer"])
        parts.append(f"审核人{_names(session, [reviewer]).get(reviewer, '')}")
    return "，".join(part for part in parts if part)


def _strata(session: Session, stratify: Stratify, keys: Sequence[str]) -> dict[str, str]:
    """What the strata are called, by their keys."""
    if stratify is Stratify.CATEGORY:
        rows = session.exec(
            select(ConversionRuleRow).where(col(ConversionRuleRow.key).in_(set(keys)))
        )
        return {rule.key: str(rule.body["name"]) for rule in rows}
    ids = {int(key) for key in keys if key.isdigit()}
    if stratify is Stratify.EMPLOYER:
        rows = session.exec(
            select(Organisation.id, Organisation.name).where(col(Organisation.id).in_(ids))
        )
        return {str(id): name for id, name in rows}
    if stratify is Stratify.REVIEWER:
        return {str(id): name for id, name in _names(session, list(ids)).items()}
    return {}


def _item_row(item: InspectionItem, claim: Claim, name: str, labels: dict[str, str]) -> ItemRow:
    tone = "plain" if item.finding is None else "bad" if item.finding in FAULTS else "good"
    return ItemRow(
        id=item.id or 0, place=item.place, title=claim.title,
        detail=f"{name}，{claim.hours}学时，{claim.year}年度",
        stratum=labels.get(item.stratum, ""),
        finding=item.finding.label if item.finding else "尚未检查", tone=tone,
        case_href=_case_href(item),
    )  # fmt: skip


def _case_href(item: InspectionItem) -> str:
    if item.finding not in FAULTS:
        return ""
    if item.case_id:
        return routes.desk_case(item.case_id)
    return f"{routes.DESK_CASES}?item={item.id}"


def _claim(session: Session, actor: Actor, claim_id: int) -> ClaimDetail | None:
    if not actor.may(Permission.REVIEW):
        return None
    try:
        return claim_pages.get_detail(session, actor, claim_id)
    except NotFound:
        # Its organisation was moved to another bureau since it was drawn.
        return None


def _line(
    item: InspectionItem, claim: Claim, name: str, unit: str, inspectors: dict[int, str]
) -> ResultLine:
    right = f"，应为{item.right_hours}学时" if item.right_hours is not None else ""
    return ResultLine(
        place=item.place, number=claim.number or "", name=name, unit=unit, title=claim.title,
        finding=item.finding.label if item.finding else "", hours=f"{claim.hours}学时{right}",
        note=item.note, who=inspectors.get(item.by_id or 0, ""),
    )  # fmt: skip


def _names(session: Session, ids: Sequence[int | None]) -> dict[int, str]:
    wanted = {id for id in ids if id}
    rows = session.exec(select(Person.id, Person.name).where(col(Person.id).in_(wanted)))
    return {id or 0: name for id, name in rows}


def _who(session: Session, person_id: int, at: str) -> str:
    return f"{_names(session, [person_id]).get(person_id, '')}，{at}"


def _name(session: Session, organisation_id: int) -> str:
    found = session.get(Organisation, organisation_id)
    return found.name if found else ""
