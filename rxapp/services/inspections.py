"""监督检查: a sample is looked through claim by claim; each finding has who answers for it."""

from dataclasses import dataclass

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.errors import Conflict, Invalid, NotFound, NotPermitted
from rxapp.models.claims import Claim, ClaimDecision
from rxapp.models.organisations import Organisation
from rxapp.models.people import Person
from rxapp.models.supervision import Inspection, InspectionItem
from rxapp.rules.claims import Act
from rxapp.rules.hours import ZERO, Hours
from rxapp.rules.inspections import FAULTS, Finding, InspectionStatus
from rxapp.rules.permissions import Permission
from rxapp.services import audit, scopes
from rxapp.services.actors import Actor

PAGE = 20
LONGEST_NOTE = 400
ELSEWHERE = "这次检查已在别处修改，请刷新后再试，已填写的内容仍在。"


@dataclass(frozen=True)
class InspectionRow:
    """One sample in the list."""

    id: int
    title: str
    office: str
    drawn_at: str
    by: str
    status: str
    is_open: bool
    found: int
    faults: int
    drawn: int


@dataclass(frozen=True)
class InspectionPage:
    """Some samples, the newest first; `next_before` is 0 at the end."""

    rows: list[InspectionRow]
    next_before: int


def list_inspections(session: Session, actor: Actor, *, before: int = 0) -> InspectionPage:
    """The samples of one's own bureau and of those below it."""
    actor.require(Permission.SUPERVISE)
    statement = (
        select(Inspection, Organisation.name, Person.name)
        .join(Organisation, col(Organisation.id) == Inspection.office_id)
        .join(Person, col(Person.id) == Inspection.drawn_by)
        .where(scopes.within(actor, Permission.SUPERVISE))
        .order_by(col(Inspection.id).desc())
        .limit(PAGE + 1)
    )
    if before:
        statement = statement.where(col(Inspection.id) < before)
    found = session.exec(statement).all()
    tallies = count_findings(session, [row.id or 0 for row, _, _ in found[:PAGE]])
    rows = [_row(row, office, who, tallies[row.id or 0]) for row, office, who in found[:PAGE]]
    return InspectionPage(rows, rows[-1].id if len(found) > PAGE else 0)


def find(session: Session, actor: Actor, inspection_id: int) -> Inspection:
    """A sample of one's own bureau or of one below it; NotFound for any other."""
    actor.require(Permission.SUPERVISE)
    row = session.exec(
        select(Inspection)
        .join(Organisation, col(Organisation.id) == Inspection.office_id)
        .where(Inspection.id == inspection_id, scopes.within(actor, Permission.SUPERVISE))
    ).first()
    if row is None:
        raise NotFound("没有找到这次检查，可能不在您的管理范围内。")
    return row


def find_item(session: Session, actor: Actor, item_id: int) -> tuple[Inspection, InspectionItem]:
    """One claim of a sample; NotFound where the sample may not be seen."""
    actor.require(Permission.SUPERVISE)
    item = session.get(InspectionItem, item_id)
    if item is None:
        raise NotFound("没有找到这次检查，可能不在您的管理范围内。")
    return find(session, actor, item.inspection_id), item


def record(
    session: Session, actor: Actor, *, item_id: int, finding: str, note: str = "",
    right_hours: str = "", version: int,
) -> str:  # fmt: skip
    """Say what was found; returns the sentence to show, the same for a second press.

    A fault needs its reason. It may be changed until a case follows from it or the inspection is
    closed; Conflict tells whoever comes second who was first. NotPermitted on a claim of one's
    own or one that one passed.
    """
    inspection, item = find_item(session, actor, item_id)
    session.refresh(inspection, with_for_update=True)
    session.refresh(item)
    claim = session.get_one(Claim, item.claim_id)
    given = _parse(finding)
    reason, hours = _reason(given, note), _right_hours(given, right_hours, claim.hours)
    if _was_mine(actor, item, given, reason, hours, version):
        return _sentence(item, given)
    _require_open(session, inspection, item, version)
    _require_impartial(session, actor, claim)
    changed = session.execute(
        update(InspectionItem)
        .where(
            col(InspectionItem.id) == item_id, col(InspectionItem.version) == version,
            col(InspectionItem.case_id).is_(None),
        )
        .values(
            finding=given, right_hours=hours, note=reason, by_id=actor.person_id, at=clock.now(),
            version=version + 1,
        )
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    session.refresh(item)
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict(_tell_who_was_first(session, item))
    audit.record(
        session, actor, audit.Action.INSPECTION_FOUND, kind="inspection", id=inspection.id,
        item=item_id, claim=item.claim_id, finding=given.value,
    )  # fmt: skip
    return _sentence(item, given)


def close(session: Session, actor: Actor, *, inspection_id: int, version: int) -> str:
    """End an inspection in which every claim has its finding; pressed twice it is closed once."""
    row = find(session, actor, inspection_id)
    session.refresh(row, with_for_update=True)
    if row.status is InspectionStatus.CLOSED:
        return f"这次检查已于{_moment(row)}办结。"
    if row.version != version:
        raise Conflict(ELSEWHERE)
    tally = count_findings(session, [inspection_id])[inspection_id]
    left = row.drawn - sum(tally.values())
    if left:
        raise Conflict(f"还有{left}项没有检查结论，全部检查后才能办结。")
    row.status, row.closed_by, row.closed_at = (
        InspectionStatus.CLOSED, actor.person_id, clock.now(),
    )  # fmt: skip
    row.version += 1
    session.add(row)
    audit.record(
        session, actor, audit.Action.INSPECTION_CLOSED, kind="inspection", id=inspection_id,
        counts={finding.value: count for finding, count in tally.items()},
    )  # fmt: skip
    session.flush()
    return "已办结，结论不再改动。"


def follow_up(session: Session, actor: Actor, *, item_id: int, case_id: int) -> None:
    """Note the case that follows from a finding, which stands from then on.

    Conflict when another case was first, or when nothing wrong was found.
    """
    _, item = find_item(session, actor, item_id)
    taken = session.execute(
        update(InspectionItem)
        .where(
            col(InspectionItem.id) == item_id, col(InspectionItem.case_id).is_(None),
            col(InspectionItem.finding).in_(FAULTS),
        )
        .values(case_id=case_id, version=InspectionItem.version + 1)
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    session.refresh(item)
    if taken.rowcount != 1 and item.case_id != case_id:  # type: ignore[attr-defined]
        raise Conflict("这项检查结论已转入处理，或没有发现问题。")


def count_findings(session: Session, ids: list[int]) -> dict[int, dict[Finding, int]]:
    """How many of each finding the samples have; what is still open is left out."""
    tallies: dict[int, dict[Finding, int]] = {id: dict.fromkeys(Finding, 0) for id in ids}
    rows = session.exec(
        select(InspectionItem.inspection_id, InspectionItem.finding, func.count())
        .where(col(InspectionItem.inspection_id).in_(ids))
        .group_by(col(InspectionItem.inspection_id), col(InspectionItem.finding))
    )
    for id, finding, count in rows:
        if finding is not None:
            tallies[id][Finding(finding)] = count
    return tallies


def _parse(finding: str) -> Finding:
    for each in Finding:
        if each.value == finding:
            return each
    raise Invalid({"finding": "请选择检查结论。"})


def _reason(finding: Finding, note: str) -> str:
    reason = " ".join(note.split())
    if finding in FAULTS and not reason:
        raise Invalid({"note": f"结论为{finding.label}，请填写理由，已填写的内容仍在。"})
    if len(reason) > LONGEST_NOTE:
        raise Invalid({"note": f"理由不能超过{LONGEST_NOTE}个字，已填写的内容仍在。"})
    return reason


def _right_hours(finding: Finding, typed: str, granted: Hours) -> Hours | None:
    if finding is not Finding.WRONG_HOURS:
        return None
    try:
        found = Hours.of(typed.strip())
    except Invalid:
        raise Invalid({"right_hours": "应为学时请填写数字，最多一位小数，例如20或1.5。"}) from None
    if not ZERO < found < granted:
        raise Invalid({"right_hours": f"应为学时应大于零且少于已计入的{granted}学时。"})
    return found


def _was_mine(
    actor: Actor, item: InspectionItem, finding: Finding, note: str, hours: Hours | None,
    version: int,
) -> bool:  # fmt: skip
    """Whether the actor said just this before: the second press of one finger."""
    same = (item.finding, item.note, item.right_hours) == (finding, note, hours)
    return same and item.by_id == actor.person_id and item.version == version + 1


def _require_open(
    session: Session, inspection: Inspection, item: InspectionItem, version: int
) -> None:
    if item.case_id is not None:
        raise Conflict("这项检查结论已转入处理，不能再改。")
    if inspection.status is InspectionStatus.CLOSED:
        raise Conflict(f"这次检查已于{_moment(inspection)}办结，结论不再改动。")
    if item.version != version:
        raise Conflict(_tell_who_was_first(session, item))


def _require_impartial(session: Session, actor: Actor, claim: Claim) -> None:
    if claim.person_id == actor.person_id:
        raise NotPermitted("不能检查本人的申报，请由其他管理员或上级单位检查。")
    passed = session.exec(
        select(ClaimDecision.id).where(
            ClaimDecision.claim_id == claim.id, ClaimDecision.by_id == actor.person_id,
            ClaimDecision.act == Act.PASS,
        )
    ).first()  # fmt: skip
    if passed is not None:
        raise NotPermitted("您审核过这项申报，不能再检查，请由其他管理员或上级单位检查。")


def _tell_who_was_first(session: Session, item: InspectionItem) -> str:
    who = session.get(Person, item.by_id or 0)
    if who is None or item.at is None or item.finding is None:
        return ELSEWHERE
    at = f"{clock.local(item.at):%Y-%m-%d %H:%M}"
    return f"{who.name}已于{at}记录为“{item.finding.label}”，请刷新后查看，已填写的内容仍在。"


def _sentence(item: InspectionItem, finding: Finding) -> str:
    return f"第{item.place}项：{finding.label}。"


def _moment(row: Inspection) -> str:
    return f"{clock.local(row.closed_at):%Y-%m-%d %H:%M}" if row.closed_at else ""


def _row(row: Inspection, office: str, who: str, tally: dict[Finding, int]) -> InspectionRow:
    return InspectionRow(
        id=row.id or 0,
        title=f"{clock.local(row.drawn_at):%Y-%m-%d}抽查：{row.granted_from}至{row.granted_until}通过的申报",
        office=office,
        drawn_at=f"{clock.local(row.drawn_at):%Y-%m-%d %H:%M}",
        by=who,
        status=row.status.label,
        is_open=row.status is InspectionStatus.OPEN,
        found=sum(tally.values()),
        faults=sum(tally[finding] for finding in FAULTS),
        drawn=row.drawn,
    )
