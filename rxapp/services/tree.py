"""The tree of organisations as its offices keep it: moved, merged, suspended, closed, corrected.

Nothing is forgotten: every change is a row of its own, and decisions stay with who made them.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, func, literal, update
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.adapters import pinyin
from rxapp.adapters.encryption import data_keys
from rxapp.errors import Conflict, Invalid, NotFound, NotPermitted
from rxapp.models.applications import Application
from rxapp.models.courses import Course, CourseUpload
from rxapp.models.organisations import Organisation, OrganisationChange, OrganisationStatus
from rxapp.models.people import Affiliation, Membership, Person
from rxapp.rules import identity
from rxapp.rules.applications import Status
from rxapp.rules.permissions import BUREAUS, Capacity, Permission
from rxapp.services import audit, organisation_search, queues, scopes
from rxapp.services.actors import Actor

LONGEST_NOTE = 400
_STALE = "该单位的信息已被其他人修改，请刷新后再试，已填写的内容仍在。"
_SUPERIORS = frozenset({Capacity.CITY_BUREAU, Capacity.COUNTY_BUREAU, Capacity.DEPARTMENT})


def move(
    session: Session, actor: Actor, *, organisation_id: int, to_id: int, note: str, version: int
) -> str:
    """Move an organisation with all below it under another superior, both in one's subtree.

    Who was granted what by whom stays as it was. Invalid for a superior that is closed, below the
    moved one, or no superior at all.
    """
    row = _find_below(session, actor, organisation_id, version)
    target = _find_superior(session, actor, to_id)
    if target.path.startswith(row.path):
        raise Invalid({"to": "不能移到本单位或其下级单位之下，请另选上级单位。"})
    if target.id == row.parent_id:
        raise Invalid({"to": "已经是该单位的上级，不需要移动。"})
    before = row.path
    after = f"{target.path}{row.id}/"
    _rewrite_paths(session, before, after)
    old_parent = row.parent_id
    _change(
        session, actor, row, "moved", note, audit.Action.ORGANISATION_MOVED,
        before={"parent": old_parent, "path": before}, after={"parent": target.id, "path": after},
        parent_id=target.id,
    )  # fmt: skip
    return f"{row.name}已移到{target.name}之下。"


def suspend(
    session: Session, actor: Actor, *, organisation_id: int, note: str, version: int
) -> str:
    """Suspend an organisation: its clerks' rights rest, what waits there goes upwards."""
    row = _find_below(session, actor, organisation_id, version)
    _require_status(row, OrganisationStatus.ACTIVE, "已经暂停或注销")
    _set_status(session, actor, row, OrganisationStatus.SUSPENDED, "suspended", _reason(note))
    _hand_upwards(session, row)
    return f"{row.name}已暂停。"


def resume(session: Session, actor: Actor, *, organisation_id: int, note: str, version: int) -> str:
    """Let a suspended organisation take part again."""
    row = _find_below(session, actor, organisation_id, version)
    _require_status(row, OrganisationStatus.SUSPENDED, "没有暂停")
    _set_status(session, actor, row, OrganisationStatus.ACTIVE, "resumed", note)
    return f"{row.name}已恢复。"


def close(session: Session, actor: Actor, *, organisation_id: int, note: str, version: int) -> str:
    """Close an organisation nobody belongs to any more; Conflict says what is still there."""
    row = _find_below(session, actor, organisation_id, version)
    if row.status in (OrganisationStatus.CLOSED, OrganisationStatus.MERGED):
        raise Conflict(f"{row.name}已经注销。")
    below = _count(session, Organisation.id, Organisation.parent_id == row.id, _takes_part())
    people = _count(session, Person.id, Person.organisation_id == row.id)
    if below or people:
        raise Conflict(
            f"{row.name}还有{people}名人员、{below}个下级单位，"
            "请先办理单位变更、移动或合并，再注销。"
        )
    _end_memberships(session, actor, row)
    _hand_upwards(session, row)
    _set_status(session, actor, row, OrganisationStatus.CLOSED, "closed", _reason(note))
    return f"{row.name}已注销。"


def merge(
    session: Session, actor: Actor, *, organisation_id: int, into_id: int, note: str, version: int
) -> str:
    """Merge a duplicate into another: people, what lies below, clerks and what waits come along."""
    row = _find_below(session, actor, organisation_id, version)
    target = _find_below(session, actor, into_id, None)
    if target.id == row.id or target.path.startswith(row.path):
        raise Invalid({"to": "不能并入本单位或其下级单位，请另选单位。"})
    if target.status is not OrganisationStatus.ACTIVE or row.status in (
        OrganisationStatus.MERGED, OrganisationStatus.CLOSED,
    ):  # fmt: skip
        raise Conflict("只能把未注销的单位并入正常使用的单位。")
    moved = _bring_people(session, row, target)
    for below in session.exec(select(Organisation).where(Organisation.parent_id == row.id)).all():
        _rewrite_paths(session, below.path, f"{target.path}{below.id}/")
        below.parent_id = target.id
        session.add(below)
    _bring_clerks(session, row, target)
    _bring_applications(session, row, target)
    _bring_courses(session, row, target)
    target.capacities = target.capacities | (row.capacities - BUREAUS)
    target.version += 1
    session.add(target)
    row.merged_into_id, code = target.id, row.credit_code
    row.credit_code = None
    if target.credit_code is None and code:
        session.flush()
        target.credit_code = code
    _set_status(
        session, actor, row, OrganisationStatus.MERGED, "merged", _reason(note),
        audit.Action.ORGANISATION_MERGED, into=target.id, people=moved,
    )  # fmt: skip
    _note(session, actor, target, "absorbed", note, {}, {"from": row.id, "people": moved})
    return f"{row.name}已并入{target.name}，{moved}名人员随同转入。"


def edit(
    session: Session, actor: Actor, *, organisation_id: int, typed: Mapping[str, str], version: int
) -> str:
    """Correct an organisation's name, code, address and contact; its history keeps the old ones."""
    row = _find_below(session, actor, organisation_id, version)
    parsed = parse_details(session, typed, besides=row.id)
    before = {key: getattr(row, key) for key in ("name", "credit_code", "address", "contact_name")}
    set_details(row, parsed)
    after = {key: getattr(row, key) for key in before}
    changed = {key for key in before if before[key] != after[key]} | (
        {"contact_phone"} if parsed["contact_phone"] else set()
    )
    _change(
        session, actor, row, "details", "", audit.Action.ORGANISATION_CHANGED,
        before=before, after=after, fields=sorted(changed),
    )  # fmt: skip
    return f"{row.name}的信息已保存。"


def parse_details(
    session: Session, typed: Mapping[str, str], *, besides: int | None = None
) -> dict[str, str]:
    """Name, code, address and contact as they will be kept, or Invalid naming every fault."""
    faults: dict[str, str] = {}
    name = organisation_search.fold_name(typed.get("name", ""))
    if not 2 <= len(name) <= 100:
        faults["name"] = "单位名称应为2至100个字，请按证照填写。"
    code = ""
    if typed.get("credit_code", "").strip():
        try:
            code = identity.parse_credit_code(typed["credit_code"])
        except Invalid as error:
            faults.update(error.fields)
    if code and _taken(session, Organisation.credit_code == code, besides):
        faults["credit_code"] = "该统一社会信用代码已经登记，请查找该单位，或联系上级单位。"
    if name and _taken(session, Organisation.name == name, besides):
        faults["name"] = "已有同名的单位，请查找该单位；确为不同单位的，请在名称中加以区分。"
    address = " ".join(typed.get("address", "").split())[:200]
    contact = " ".join(typed.get("contact_name", "").split())[:40]
    phone = "".join(typed.get("contact_phone", "").split())
    if phone and not (phone.replace("-", "").isdigit() and 7 <= len(phone) <= 18):
        faults["contact_phone"] = "联系电话应为手机号码或带区号的固定电话，请核对。"
    if faults:
        raise Invalid(faults)
    return {
        "name": name, "credit_code": code, "address": address, "contact_name": contact,
        "contact_phone": phone,
    }  # fmt: skip


def set_details(row: Organisation, parsed: Mapping[str, str]) -> None:
    """Write what `parse_details` gave into a row; an empty phone leaves the known one."""
    row.name, row.initials = parsed["name"], pinyin.initials(parsed["name"])
    row.credit_code = parsed["credit_code"] or None
    row.address, row.contact_name = parsed["address"], parsed["contact_name"]
    if phone := parsed["contact_phone"]:
        row.contact_cipher = data_keys().encrypt(phone, context="contact")
        row.contact_mask = f"{phone[:3]}****{phone[-3:]}"


def note_change(
    session: Session, actor: Actor, row: Organisation, kind: str, note: str = ""
) -> None:
    """Put one line into an organisation's history."""
    _note(session, actor, row, kind, note, {}, {})


def _find_below(
    session: Session, actor: Actor, organisation_id: int, version: int | None
) -> Organisation:
    actor.require(Permission.ORGANISATION_EDIT)
    row = session.exec(
        select(Organisation)
        .where(
            Organisation.id == organisation_id, scopes.within(actor, Permission.ORGANISATION_EDIT)
        )
        .with_for_update()
    ).first()
    if row is None:
        raise NotFound("没有找到该单位，可能不在您的管理范围内。")
    if version is not None and not scopes.is_above(actor, Permission.ORGANISATION_EDIT, row.path):
        raise NotPermitted("本单位的信息和状态由上级单位办理。")
    if version is not None and row.version != version:
        raise Conflict(_STALE)
    return row


def _find_superior(session: Session, actor: Actor, organisation_id: int) -> Organisation:
    row = _find_below(session, actor, organisation_id, None)
    if row.status is not OrganisationStatus.ACTIVE:
        raise Invalid({"to": f"{row.name}已暂停或注销，不能作为上级单位，请另选。"})
    if not _SUPERIORS & row.capacities:
        raise Invalid({"to": f"{row.name}不是主管部门或人社局，不能作为上级单位，请另选。"})
    return row


def _rewrite_paths(session: Session, before: str, after: str) -> None:
    path = col(Organisation.path)
    session.execute(
        update(Organisation)
        .where(path >= before, path < before[:-1] + "0")
        .values(path=literal(after).concat(func.substr(path, len(before) + 1)))
        .execution_options(synchronize_session=False)
    )
    session.expire_all()


def _bring_people(session: Session, row: Organisation, target: Organisation) -> int:
    today = clock.today()
    ids = select(Person.id).where(Person.organisation_id == row.id)
    session.execute(
        update(Affiliation)
        .where(col(Affiliation.person_id).in_(ids), col(Affiliation.ended_on).is_(None))
        .values(ended_on=today)
        .execution_options(synchronize_session=False)
    )
    session.add_all(
        Affiliation(
            person_id=id or 0, organisation_id=target.id or 0, begins_on=today, how="merged"
        )
        for id in session.exec(ids).all()
    )
    session.flush()
    done = session.execute(
        update(Person)
        .where(col(Person.organisation_id) == row.id)
        .values(organisation_id=target.id, version=Person.version + 1)
        .execution_options(synchronize_session=False)
    )
    return done.rowcount  # type: ignore[attr-defined]


def _bring_clerks(session: Session, row: Organisation, target: Organisation) -> None:
    there = set(
        session.exec(
            select(Membership.person_id).where(
                Membership.organisation_id == target.id, col(Membership.ended_at).is_(None)
            )
        )
    )
    for clerk in session.exec(
        select(Membership).where(
            Membership.organisation_id == row.id, col(Membership.ended_at).is_(None)
        )
    ).all():
        if clerk.person_id in there:
            clerk.ended_at = clock.now()
        else:
            clerk.organisation_id = target.id or 0
        session.add(clerk)


def _bring_courses(session: Session, row: Organisation, target: Organisation) -> None:
    for table in (Course, CourseUpload):
        session.execute(
            update(table)
            .where(col(table.organisation_id) == row.id)
            .values(organisation_id=target.id)
            .execution_options(synchronize_session=False)
        )


def _bring_applications(session: Session, row: Organisation, target: Organisation) -> None:
    session.execute(
        update(Application)
        .where(col(Application.organisation_id) == row.id, col(Application.ended_at).is_(None))
        .values(organisation_id=target.id)
    )
    _redirect(session, row, target.id or 0)


def _hand_upwards(session: Session, row: Organisation) -> None:
    """What waits at an office that no longer acts goes to its superior."""
    if row.parent_id is not None:
        _redirect(session, row, row.parent_id)


def _redirect(session: Session, row: Organisation, to_id: int) -> None:
    done = session.execute(
        update(Application)
        .where(col(Application.office_id) == row.id, col(Application.status) == Status.SUBMITTED)
        .values(office_id=to_id, version=Application.version + 1)
        .execution_options(synchronize_session=False)
    )
    if done.rowcount:  # type: ignore[attr-defined]
        queues.shift(session, row.id or 0, queues.APPLICATIONS, -done.rowcount)  # type: ignore[attr-defined]
        queues.shift(session, to_id, queues.APPLICATIONS, done.rowcount)  # type: ignore[attr-defined]


def _end_memberships(session: Session, actor: Actor, row: Organisation) -> None:
    session.execute(
        update(Membership)
        .where(col(Membership.organisation_id) == row.id, col(Membership.ended_at).is_(None))
        .values(ended_at=clock.now(), ended_by=actor.person_id)
    )


def _set_status(
    session: Session, actor: Actor, row: Organisation, status: OrganisationStatus, kind: str,
    note: str, action: audit.Action = audit.Action.ORGANISATION_STATUS, **detail: Any,
) -> None:  # fmt: skip
    before = row.status.value
    row.status = status
    _change(
        session, actor, row, kind, note, action, before={"status": before},
        after={"status": status.value, **detail},
    )  # fmt: skip


def _change(
    session: Session, actor: Actor, row: Organisation, kind: str, note: str, action: audit.Action,
    *, before: dict[str, Any], after: dict[str, Any], fields: list[str] | None = None,
    **columns: Any,
) -> None:  # fmt: skip
    for name, value in columns.items():
        setattr(row, name, value)
    row.version += 1
    session.add(row)
    session.flush()
    _note(session, actor, row, kind, note, before, after)
    # The log holds ids and words only; names stay in the organisation's own history.
    audit.record(
        session, actor, action, kind="organisation", id=row.id, change=kind, fields=fields or []
    )


def _note(
    session: Session, actor: Actor, row: Organisation, kind: str, note: str,
    before: dict[str, Any], after: dict[str, Any],
) -> None:  # fmt: skip
    session.add(
        OrganisationChange(
            organisation_id=row.id or 0, kind=kind, before=before, after=after,
            note=" ".join(note.split())[:LONGEST_NOTE], by_id=actor.person_id,
            office_id=actor.office_id, at=clock.now(),
        )
    )  # fmt: skip
    session.flush()


def _require_status(row: Organisation, status: OrganisationStatus, otherwise: str) -> None:
    if row.status is not status:
        raise Conflict(f"{row.name}{otherwise}，请刷新后再试。")


def _reason(note: str) -> str:
    if not note.strip():
        raise Invalid({"note": "请填写办理的理由，会保存在该单位的变更记录中。"})
    return note


def _takes_part() -> ColumnElement[bool]:
    return col(Organisation.status).in_([OrganisationStatus.ACTIVE, OrganisationStatus.SUSPENDED])


def _taken(session: Session, condition: Any, besides: int | None) -> bool:
    found = session.exec(select(Organisation.id).where(condition, _takes_part())).all()
    return any(id != besides for id in found)


def _count(session: Session, what: Any, *conditions: Any) -> int:
    return session.exec(select(func.count(what)).where(*conditions)).one()
