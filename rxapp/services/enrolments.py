"""个人注册: somebody who was not collected applies; the employer approves (article 4.2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.adapters import pinyin
from rxapp.adapters.encryption import data_keys
from rxapp.errors import Conflict, Invalid
from rxapp.models.applications import Application
from rxapp.models.organisations import Organisation, OrganisationStatus
from rxapp.models.people import Affiliation, Person
from rxapp.rules import identity, profiles
from rxapp.rules.applications import Kind, Verdict
from rxapp.rules.permissions import Capacity
from rxapp.services import applications, audit, messages, receipts, routing
from rxapp.services.actors import Actor
from rxapp.services.applications import Line, Onward

KNOWN = (
    "该身份证号码已在本平台登记，不能重复注册。请退回申请，请本人直接登录，"
    "忘记密码的办理密码重置，换了单位的办理单位变更。"
)
PROFILE_LABELS = {
    "field": "行业领域", "title_series": "职称系列", "title_level": "职称级别",
    "education": "学历", "post": "岗位",
}  # fmt: skip


@dataclass(frozen=True)
class Enrolment:
    """What somebody fills in to register, already checked."""

    identity_number: str
    name: str
    mobile: str
    organisation_id: int
    profile: Mapping[str, str]


@dataclass(frozen=True)
class Receipt:
    """What an applicant takes home."""

    number: str
    office: str


def parse(typed: Mapping[str, str]) -> Enrolment:
    """The form as it will be kept, or Invalid with one sentence per field that is wrong."""
    faults: dict[str, str] = {}

    def checked(check: Any, *given: Any, **named: Any) -> Any:
        try:
            return check(*given, **named)
        except Invalid as error:
            faults.update(error.fields)
            return ""

    found = Enrolment(
        identity_number=checked(
            identity.parse_identity, typed.get("identity_number", ""), today=clock.today()
        ),
        name=checked(identity.parse_name, typed.get("name", "")),
        mobile=checked(identity.parse_mobile, typed.get("mobile", "")),
        organisation_id=_number(typed.get("organisation_id", "")),
        profile=checked(profiles.parse_profile, typed) or {},
    )
    if not found.organisation_id:
        faults["organisation_id"] = "请查找并选择所在单位，没有工作单位的选择所在县（市、区）。"
    if faults:
        raise Invalid(faults)
    return found


def submit(
    session: Session, actor: Actor, *, enrolment: Enrolment, password_hash: str,
    request_key: str = "",
) -> Receipt:  # fmt: skip
    """Lay a registration before the employer, or whoever acts for it; returns the receipt.

    The answer is the same whether the identity number is known or not.
    """
    place = _require_employer(session, enrolment.organisation_id)
    office_id = routing.find_office(session, place.id or 0)
    row = applications.submit(
        session, actor, kind=Kind.PERSON, office_id=office_id, title=enrolment.name,
        data=_data(enrolment, password_hash), organisation_id=place.id,
        identity_hash=data_keys().hash(enrolment.identity_number, context="identity"),
        mobile_hash=data_keys().hash(enrolment.mobile, context="mobile"),
        request_key=request_key,
    )  # fmt: skip
    return Receipt(row.number, office_name(session, office_id))


def submit_again(
    session: Session, actor: Actor, *, number: str, mobile: str, enrolment: Enrolment,
    password_hash: str,
) -> Receipt:  # fmt: skip
    """Send a returned registration again, corrected; `mobile` is the one typed at first."""
    row = receipts.find_returned(session, number, mobile)
    if row.kind is not Kind.PERSON:
        raise Conflict("该受理编号不是个人注册申请，请核对。")
    place = _require_employer(session, enrolment.organisation_id)
    row.organisation_id, row.title = place.id, enrolment.name
    row.identity_hash = data_keys().hash(enrolment.identity_number, context="identity")
    row.mobile_hash = data_keys().hash(enrolment.mobile, context="mobile")
    session.add(row)
    session.flush()
    office_id = routing.find_office(session, place.id or 0)
    applications.move(
        session, actor, row, Verdict.SUBMIT, version=row.version, office_id=office_id,
        data=_data(enrolment, password_hash),
    )  # fmt: skip
    return Receipt(row.number, office_name(session, office_id))


def describe(session: Session, row: Application, data: dict[str, Any]) -> list[Line]:
    """What the employer sees; what only an office may know stands as a note."""
    number = identity.mask_identity(data["identity_number"])
    return [
        Line("姓名", data["name"]),
        Line("身份证号码", number, _number_note(session, row)),
        Line("手机号码", identity.mask_mobile(data["mobile"]), mobile_note(session, row)),
        Line("所在单位", office_name(session, row.organisation_id or 0)),
        *[Line(label, data["profile"].get(key, "")) for key, label in PROFILE_LABELS.items()],
    ]


def carry_out(
    session: Session, actor: Actor, row: Application, data: dict[str, Any], verdict: Verdict,
    _note: str, pass_to: int | None,
) -> Onward:  # fmt: skip
    """Approving makes the person; passing on lays it before the right employer."""
    if verdict is Verdict.PASS_ON:
        place = _require_employer(session, pass_to or 0)
        row.organisation_id = place.id
        session.add(row)
        return Onward(office_id=routing.find_office(session, place.id or 0))
    if verdict is Verdict.APPROVE:
        _enrol(session, actor, row, data)
    return Onward()


def find_person(session: Session, identity_hash: str) -> int | None:
    """The id of whoever has this number."""
    return session.exec(select(Person.id).where(Person.identity_hash == identity_hash)).first()


def mobile_note(session: Session, row: Application) -> str:
    """What an office is told when somebody else has the same mobile number."""
    others = session.exec(
        select(Person.id).where(
            Person.mobile_hash == row.mobile_hash, Person.identity_hash != row.identity_hash
        )
    ).first()
    return "该手机号码已有其他人员登记，请与本人核对。" if others else ""


def _number_note(session: Session, row: Application) -> str:
    """What an office is told when the number is known, or another office has it on its desk."""
    if row.ended_at is not None:
        return ""
    if find_person(session, row.identity_hash):
        return KNOWN
    others = session.exec(
        select(Application.id).where(
            Application.identity_hash == row.identity_hash, Application.id != row.id,
            Application.kind == Kind.PERSON, col(Application.ended_at).is_(None),
        )
    ).first()  # fmt: skip
    return "同一身份证号码另有注册申请正在办理，请与本人核对。" if others else ""


def office_name(session: Session, organisation_id: int) -> str:
    """The name of an organisation, or nothing."""
    found = session.get(Organisation, organisation_id)
    return found.name if found else ""


def make_person(
    session: Session, actor: Actor, *, data: Mapping[str, Any], organisation_id: int, how: str
) -> Person:
    """A person who chose a password while registering; Conflict when the number is known."""
    hashed = data_keys().hash(data["identity_number"], context="identity")
    if find_person(session, hashed):
        raise Conflict(KNOWN)
    now = clock.now()
    profile = {key: data.get("profile", {}).get(key, "") for key in PROFILE_LABELS}
    row = Person(
        name=data["name"], pinyin=pinyin.spelled(data["name"]),
        initials=pinyin.initials(data["name"]),
        identity_cipher=data_keys().encrypt(data["identity_number"], context="identity"),
        identity_hash=hashed, identity_mask=identity.mask_identity(data["identity_number"]),
        mobile_cipher=data_keys().encrypt(data["mobile"], context="mobile"),
        mobile_hash=data_keys().hash(data["mobile"], context="mobile"),
        mobile_mask=identity.mask_mobile(data["mobile"]),
        password_hash=data["password_hash"], activated_at=now, created_at=now,
        organisation_id=organisation_id, owes_from=clock.today().year, **profile,
    )  # fmt: skip
    session.add(row)
    session.flush()
    session.add(
        Affiliation(
            person_id=row.id or 0, organisation_id=organisation_id, begins_on=clock.today(),
            how=how,
        )
    )  # fmt: skip
    audit.record(session, actor, audit.Action.PERSON_COLLECTED, kind="person", id=row.id, how=how)
    return row


def _enrol(session: Session, actor: Actor, row: Application, data: dict[str, Any]) -> None:
    place = _require_employer(session, row.organisation_id or 0)
    person = make_person(session, actor, data=data, organisation_id=place.id or 0, how="registered")
    row.person_id = person.id
    # The password now lives with the person.
    session.add(row)
    messages.send(
        session, to=person.id or 0, title="注册已通过",
        body=f"您的注册申请已由{office_name(session, row.office_id)}审核通过，可以开始学习。",
        also_text=True,
    )  # fmt: skip


def _require_employer(session: Session, organisation_id: int) -> Organisation:
    """Where somebody can belong: an employer that takes part, or a bureau for those without."""
    found = session.get(Organisation, organisation_id)
    belongs = {Capacity.EMPLOYER, Capacity.COUNTY_BUREAU, Capacity.CITY_BUREAU}
    if found is None or not belongs & found.capacities:
        raise Invalid({"organisation_id": "没有找到所选的单位，请重新查找。"})
    if found.status is not OrganisationStatus.ACTIVE:
        raise Invalid({"organisation_id": f"{found.name}目前不能办理注册，请重新选择单位。"})
    return found


def _data(enrolment: Enrolment, password_hash: str) -> dict[str, Any]:
    return {
        "identity_number": enrolment.identity_number,
        "name": enrolment.name,
        "mobile": enrolment.mobile,
        "password_hash": password_hash,
        "profile": dict(enrolment.profile),
    }


def _number(typed: str) -> int:
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0
