"""单位注册: an organisation that was not collected applies; the level above approves (4.2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, select

from rxapp import clock
from rxapp.adapters.encryption import data_keys
from rxapp.errors import Conflict, Invalid
from rxapp.models.applications import Application
from rxapp.models.organisations import Organisation, OrganisationStatus
from rxapp.models.people import Membership, Person
from rxapp.rules import identity
from rxapp.rules.applications import Kind, Verdict
from rxapp.rules.permissions import CAPACITY_LABELS, Capacity
from rxapp.services import (
    applications,
    audit,
    enrolments,
    evidence,
    messages,
    organisations,
    receipts,
    routing,
    tree,
)
from rxapp.services.actors import Actor
from rxapp.services.applications import Line, Onward
from rxapp.services.enrolments import Receipt

# What one may register as; bureaus are never registered, they are installed.
OFFERED = (Capacity.EMPLOYER, Capacity.DEPARTMENT, Capacity.BASE, Capacity.TITLE_PANEL)
NEEDED = ("licence", "authorisation")
_SUPERIORS = frozenset({Capacity.CITY_BUREAU, Capacity.COUNTY_BUREAU, Capacity.DEPARTMENT})


@dataclass(frozen=True)
class Registration:
    """What an organisation fills in, already checked; the clerk comes with it."""

    details: Mapping[str, str]
    capacities: tuple[str, ...]
    superior_id: int
    clerk_name: str
    clerk_number: str
    clerk_mobile: str
    tickets: Mapping[str, str]


def parse(
    session: Session, _actor: Actor, *, typed: Mapping[str, str], evidence_needed: bool = True
) -> Registration:
    """The form as it will be kept, or Invalid with one sentence per field that is wrong."""
    faults: dict[str, str] = {}

    def checked(check: Any, *given: Any, **named: Any) -> Any:
        try:
            return check(*given, **named)
        except Invalid as error:
            # The organisation and its clerk both have a name: the clerk's has a field of its own.
            own = check is identity.parse_name
            faults.update({"clerk_name" if own else k: v for k, v in error.fields.items()})
            return ""

    capacities = tuple(c.value for c in OFFERED if typed.get(f"capacity_{c.value}"))
    if not capacities:
        faults["capacity_employer"] = "请至少选择一项单位类别。"
    if not typed.get("credit_code", "").strip():
        faults["credit_code"] = "请填写统一社会信用代码，见单位证照。"
    superior = typed.get("superior_id", "")
    superior_id = int(superior) if superior.isascii() and superior.isdigit() else 0
    if not superior_id:
        faults["superior_id"] = "请查找并选择上级单位。"
    details = checked(tree.parse_details, session, typed) or {}
    name = checked(identity.parse_name, typed.get("clerk_name", ""))
    number = checked(identity.parse_identity, typed.get("identity_number", ""), today=clock.today())
    mobile = checked(identity.parse_mobile, typed.get("mobile", ""))
    tickets = {purpose: typed.get(purpose, "") for purpose in NEEDED if typed.get(purpose)}
    if evidence_needed:
        checked(evidence.require_tickets, tickets, *NEEDED)
    if faults:
        raise Invalid(faults)
    return Registration(details, capacities, superior_id, name, number, mobile, tickets)


def submit(
    session: Session, actor: Actor, *, registration: Registration, password_hash: str,
    request_key: str = "",
) -> Receipt:  # fmt: skip
    """Lay a registration before the superior, or whoever acts for it; returns the receipt."""
    superior = _require_superior(session, registration.superior_id)
    office_id = routing.find_office(session, superior.id or 0)
    row = applications.submit(
        session, actor, kind=Kind.ORGANISATION, office_id=office_id,
        title=registration.details["name"], data=_data(registration, password_hash),
        identity_hash=data_keys().hash(registration.clerk_number, context="identity"),
        mobile_hash=data_keys().hash(registration.clerk_mobile, context="mobile"),
        request_key=request_key,
    )  # fmt: skip
    evidence.take_up(session, dict(registration.tickets), row)
    return Receipt(row.number, enrolments.office_name(session, office_id))


def submit_again(
    session: Session, actor: Actor, *, number: str, mobile: str, registration: Registration,
    password_hash: str,
) -> Receipt:  # fmt: skip
    """Send a returned registration again, corrected; new evidence is added to the old."""
    row = receipts.find_returned(session, number, mobile)
    if row.kind is not Kind.ORGANISATION:
        raise Conflict("该受理编号不是单位注册申请，请核对。")
    superior = _require_superior(session, registration.superior_id)
    row.title, row.organisation_id = registration.details["name"], None
    row.identity_hash = data_keys().hash(registration.clerk_number, context="identity")
    row.mobile_hash = data_keys().hash(registration.clerk_mobile, context="mobile")
    session.add(row)
    session.flush()
    office_id = routing.find_office(session, superior.id or 0)
    applications.move(
        session, actor, row, Verdict.SUBMIT, version=row.version, office_id=office_id,
        data=_data(registration, password_hash),
    )  # fmt: skip
    evidence.take_up(session, dict(registration.tickets), row)
    return Receipt(row.number, enrolments.office_name(session, office_id))


def describe(session: Session, row: Application, data: dict[str, Any]) -> list[Line]:
    """What the superior sees."""
    details = data["details"]
    known = row.ended_at is None and enrolments.find_person(session, row.identity_hash)
    same = session.exec(
        select(Organisation.name).where(Organisation.credit_code == details["credit_code"])
    ).first()
    note = f"该代码已由{same}登记。" if same and row.ended_at is None else ""
    return [
        Line("单位名称", details["name"]),
        Line("单位类别", "、".join(CAPACITY_LABELS[Capacity(c)] for c in data["capacities"])),
        Line("统一社会信用代码", details["credit_code"], note),
        Line("地址", details["address"]),
        Line("联系人", details["contact_name"]),
        Line("联系电话", details["contact_phone"]),
        Line("申请的上级单位", enrolments.office_name(session, data["superior_id"])),
        Line("管理员姓名", data["name"]),
        Line(
            "管理员身份证号码",
            identity.mask_identity(data["identity_number"]),
            "该人员已登记，通过后沿用原账号，管理权限须另行启用。" if known else "",
        ),
        Line(
            "管理员手机号码",
            identity.mask_mobile(data["mobile"]),
            enrolments.mobile_note(session, row),
        ),
    ]


def carry_out(
    session: Session, actor: Actor, row: Application, data: dict[str, Any], verdict: Verdict,
    note: str, pass_to: int | None,
) -> Onward:  # fmt: skip
    """Approving puts it into the tree with its clerk; passing on asks another superior."""
    if verdict is Verdict.PASS_ON:
        superior = _require_superior(session, pass_to or 0)
        # Until it stands in the tree itself this is where it is to stand.
        row.organisation_id = superior.id
        session.add(row)
        return Onward(office_id=routing.find_office(session, superior.id or 0))
    if verdict is Verdict.APPROVE:
        _register(session, actor, row, data, note)
    return Onward()


def _register(
    session: Session, actor: Actor, row: Application, data: dict[str, Any], note: str
) -> None:
    superior = _require_superior(session, row.organisation_id or data["superior_id"])
    made_id = organisations.add_organisation(
        session, actor, name=data["details"]["name"], parent_id=superior.id,
        capacities=frozenset(Capacity(each) for each in data["capacities"]),
        credit_code=data["details"]["credit_code"],
    )  # fmt: skip
    made = session.get_one(Organisation, made_id)
    tree.set_details(made, data["details"])
    session.add(made)
    tree.note_change(session, actor, made, "registered", note)
    row.organisation_id = made_id
    session.add(row)
    _appoint(session, actor, row, data, made)


def _appoint(
    session: Session, actor: Actor, row: Application, data: dict[str, Any], made: Organisation
) -> None:
    known = enrolments.find_person(session, row.identity_hash)
    person_id = known or _new_clerk(session, actor, data, made).id or 0
    session.add(
        Membership(
            person_id=person_id, organisation_id=made.id or 0, named_by=actor.person_id,
            # A known account was not checked against the authorisation's password: it gets a code.
            begins_at=None if known else clock.now(),
        )
    )  # fmt: skip
    audit.record(
        session, actor, audit.Action.CLERK_NAMED if known else audit.Action.STAFF_BEGUN,
        kind="person", id=person_id, organisation=made.id,
    )  # fmt: skip
    text = (
        "请用原账号登录，向上级单位领取启用码后启用管理权限。"
        if known
        else "请用身份证号码和注册时设置的密码登录，进入工作台。"
    )
    messages.send(
        session, to=person_id, title="单位注册已通过", body=f"{made.name}的注册已通过。{text}",
        also_text=True,
    )  # fmt: skip


def _new_clerk(session: Session, actor: Actor, data: dict[str, Any], made: Organisation) -> Person:
    return enrolments.make_person(
        session, actor, data=data, organisation_id=made.id or 0, how="registered"
    )


def _require_superior(session: Session, organisation_id: int) -> Organisation:
    found = session.get(Organisation, organisation_id)
    if found is None or not _SUPERIORS & found.capacities:
        raise Invalid({"superior_id": "没有找到所选的上级单位，请重新查找。"})
    if found.status is not OrganisationStatus.ACTIVE:
        raise Invalid({"superior_id": f"{found.name}已暂停或注销，请另选上级单位。"})
    return found


def _data(registration: Registration, password_hash: str) -> dict[str, Any]:
    return {
        "details": dict(registration.details),
        "capacities": list(registration.capacities),
        "superior_id": registration.superior_id,
        "name": registration.clerk_name,
        "identity_number": registration.clerk_number,
        "mobile": registration.clerk_mobile,
        "password_hash": password_hash,
    }
