"""学时证明: what is printed, numbered, signed, kept as it was, and checked by anyone."""

import hashlib
import json
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import func
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from rxapp import clock, routes
from rxapp.adapters import file_store
from rxapp.adapters.certificate_facts import (
    BucketHours,
    CertificateFacts,
    CreditLine,
    digest,
    tidied,
)
from rxapp.adapters.certificate_pdf import render as render_pdf
from rxapp.adapters.pdf_signing import sign_pdf
from rxapp.adapters.signing_keys import SigningKeys, load_keys, sign_facts, verify_facts
from rxapp.errors import Conflict, Invalid, NotFound, NotPermitted
from rxapp.models.certificates import Certificate, CertificateStatus
from rxapp.models.credits import Credit
from rxapp.models.organisations import Organisation
from rxapp.models.people import Person
from rxapp.rules import certificate_numbers
from rxapp.rules.hours import Hours
from rxapp.rules.permissions import Capacity, Permission
from rxapp.rules.subjects import Subject
from rxapp.rules.years import Bucket, YearPolicy, YearStanding
from rxapp.services import audit, policies, standings
from rxapp.services.actors import SYSTEM, Actor
from rxapp.settings import settings

NO_EMPLOYER = "无工作单位"
ALTERED = "不符"
CHANGED = "正在出具证明时学习档案有了变动，证明没有出具，请重新打印。"
UNKNOWN = (
    "没有查到该编号的学时证明，请对照证明核对编号；编号无误仍查不到的，该证明不是由本平台出具的。"
)
WRONG_CODE = (
    "二维码中的签名与该编号的学时证明不符，二维码可能被改动，不能据此认定证明真实；"
    "请按证明上印的编号重新查询，并逐项核对。"
)
NOT_GENUINE = "该编号登记的内容与签发时的签名不符，可能被改动，不能作为凭证，请联系发证机关核实。"
STATUS_LABELS = {
    CertificateStatus.VALID: "有效",
    CertificateStatus.UPDATED: "已更新",
    CertificateStatus.REVOKED: "已撤销",
}
# How a line says where its hours come from, by the kind of its source.
ORIGINS = {
    "course": "在线学习",
    "claim": "学时申报",
    "project": "培训项目",
    "history": "原有学习档案",
}

_NO_DAY = date.min  # stands in until the document has a number and a day


@dataclass(frozen=True)
class Draft:
    """What a certificate will say; nothing is printed, signed or recorded yet."""

    person_id: int
    year: int
    facts: CertificateFacts
    ledger_digest: str


@dataclass(frozen=True)
class RenderedFile:
    """The signed document of a draft, kept in the file store under `file`."""

    number: str
    facts_digest: str
    signature: str
    file: str
    sha256: str


@dataclass(frozen=True)
class CertificateView:
    """One issued certificate; `file` is the path it is fetched from."""

    number: str
    year: int
    version: int
    file: str


@dataclass(frozen=True)
class CertificateRow:
    """One's own certificate in a list; `status` is 有效, 已更新 or 已撤销."""

    number: str
    year: int
    version: int
    status: str
    sentence: str
    issued_at: str
    file: str
    verify: str


@dataclass(frozen=True)
class StoredFile:
    """A signed document in the file store and the name it is saved under."""

    file: str
    download_name: str


@dataclass(frozen=True)
class SumRow:
    """Hours of one bucket as printed; `required` is empty where there is no minimum."""

    key: str
    label: str
    earned: str
    required: str


@dataclass(frozen=True)
class CheckView:
    """What anyone may know of a certificate: the printed fields and whether they still hold.

    `status` is 有效, 已更新, 已撤销 or, when the record does not fit its signature, 不符: then
    `genuine` is False and no printed field is shown. `fields` are pairs of label and text,
    `lines` are title, subject, hours and date.
    """

    number: str
    genuine: bool
    status: str
    sentence: str
    status_at: str = ""
    issued_at: str = ""
    sample: bool = False
    document_title: str = ""
    name: str = ""
    masked_identity: str = ""
    employer: str = ""
    professional_title: str = ""
    year: str = ""
    sums: tuple[SumRow, ...] = ()
    requirement: str = ""
    average: str = ""
    office: str = ""
    issued_on: str = ""
    lines: tuple[tuple[str, str, str, str], ...] = ()
    fields: tuple[tuple[str, str], ...] = ()


def prepare(session: Session, actor: Actor, *, year: int) -> Draft | CertificateView:
    """Begin one's certificate of a year, or find the one that says the same already.

    NotFound for a year neither owed nor learned in; Conflict, with what is missing, while the
    year is not complete. Notice, section four (5).
    """
    person_id = actor.require(Permission.LEARN)
    said, ledger_digest = _to_say(session, person_id, year)
    known = _find_current(session, person_id, year, ledger_digest)
    if known is not None:
        return _view(known)
    facts = replace(said, number=_draw_number(session), issued_on=clock.today())
    return Draft(person_id, year, facts, ledger_digest)


def render(draft: Draft) -> RenderedFile:
    """Print and sign a draft and keep the file; takes 0.1–0.2 s and needs no database.

    Invalid, naming the field, when a character is in no font.
    """
    keys, facts = _keys(), tidied(draft.facts)
    fingerprint = digest(facts)
    signature = sign_facts(keys, facts.number, fingerprint)
    address = f"{settings().address}{routes.verify(facts.number)}?s={signature}"
    signed = sign_pdf(
        render_pdf(replace(facts, verify_url=address)), keys, reason="出具继续教育学时证明",
        location=settings().city_name, signing_time=clock.now(),
    )  # fmt: skip
    return RenderedFile(
        number=facts.number,
        facts_digest=fingerprint.hex(),
        signature=signature,
        file=file_store.put_bytes(signed, suffix=".pdf"),
        sha256=hashlib.sha256(signed).hexdigest(),
    )


def issue(session: Session, actor: Actor, *, draft: Draft, file: RenderedFile) -> CertificateView:
    """Record a printed draft as the year's certificate; the versions before it become 已更新.

    Of two presses the second gets the first's. Conflict when the ledger changed meanwhile.
    """
    person_id = actor.require(Permission.LEARN)
    if (person_id, file.number) != (draft.person_id, draft.facts.number):
        raise NotPermitted()
    _hold(session, person_id)
    _, ledger_digest = _to_say(session, person_id, draft.year)
    known = _find_current(session, person_id, draft.year, ledger_digest)
    if known is not None:
        return _view(known)
    if ledger_digest != draft.ledger_digest:
        raise Conflict(CHANGED)
    made = _record(session, draft, file)
    for earlier in _list_of_year(session, person_id, draft.year, CertificateStatus.VALID):
        if earlier.id != made.id:
            _change_status(session, actor, earlier, CertificateStatus.UPDATED)
    _audit(session, actor, audit.Action.CERTIFICATE_ISSUED, made)
    return _view(made)


def revoke_for_person_year(session: Session, actor: Actor, *, person_id: int, year: int) -> int:
    """Revoke every certificate of a person's year; returns how many were not revoked before."""
    if actor is not SYSTEM:
        raise NotPermitted()
    _hold(session, person_id)
    # An updated one is revoked too: its holder must not be sent to a newer one that is void.
    unrevoked = (CertificateStatus.VALID, CertificateStatus.UPDATED)
    rows = _list_of_year(session, person_id, year, *unrevoked)
    for row in rows:
        _change_status(session, actor, row, CertificateStatus.REVOKED)
    return len(rows)


def refresh_status(session: Session, actor: Actor, *, person_id: int, year: int) -> int:
    """After a reversal, no certificate that shows it stays valid; returns how many changed.

    What is no longer earned is 已撤销, what is still earned but printed otherwise 已更新. In a
    period the average is shared: a reversal in one year shows in the certificates of the others.
    """
    if actor is not SYSTEM:
        raise NotPermitted()
    _hold(session, person_id)
    shared = policies.get_policy(session, year).period_years
    found = standings.list_standings(session, person_id)
    changed = 0
    for each in sorted({year, *shared}):
        if each in found and found[each].certifiable:
            changed += _outdate(session, actor, person_id, each)
        else:
            changed += revoke_for_person_year(session, actor, person_id=person_id, year=each)
    return changed


def list_certificates(session: Session, actor: Actor) -> list[CertificateRow]:
    """One's own certificates, the newest year and version first."""
    person_id = actor.require(Permission.LEARN)
    rows = session.exec(
        select(Certificate)
        .where(Certificate.person_id == person_id)
        .order_by(col(Certificate.year).desc(), col(Certificate.version).desc())
    ).all()
    return [_row(row) for row in rows]


def get_file(session: Session, actor: Actor, *, number: str) -> StoredFile:
    """The signed document of one's own certificate; NotFound for anybody else's."""
    person_id = actor.require(Permission.LEARN)
    row = _find(session, _printed_form(number))
    if row is None or row.person_id != person_id:
        raise NotFound()
    name = f"{settings().city_name}专业技术人员继续教育学时证明（{row.year}年度）.pdf"
    return StoredFile(file=row.file, download_name=name)


def check(
    session: Session, actor: Actor, *, number: str, signature: str | None = None
) -> CheckView:
    """What a certificate says and whether it still holds, for anyone who has its number.

    `signature` is the QR code's. Invalid for a mistyped number or a signature that does not fit,
    NotFound for a number that was never issued.
    """
    if not actor.may(Permission.PUBLIC):
        raise NotPermitted()
    row = _find(session, certificate_numbers.parse(number))
    if row is None:
        raise NotFound(UNKNOWN)
    keys = _keys()
    facts = _genuine_facts(row, keys)
    if facts is None:
        return CheckView(row.number, genuine=False, status=ALTERED, sentence=NOT_GENUINE)
    if signature is not None and not verify_facts(keys, row.number, digest(facts), signature):
        raise Invalid({"signature": WRONG_CODE})
    return _checked(row, facts)


def _to_say(session: Session, person_id: int, year: int) -> tuple[CertificateFacts, str]:
    """What a person's certificate of a year says, still without number and day, and its digest."""
    person = session.get_one(Person, person_id)
    policy, of = _standing(session, person_id, year)
    counted = _list_counted(session, person_id, {year, *policy.owed_years(person.owes_from)})
    lines = [line for line in counted if line.year == year]
    # A signed document must never contradict itself.
    if Hours.total(line.hours for line in lines) != of.total:
        raise Conflict(CHANGED)
    facts = CertificateFacts(
        document_title=f"《{settings().city_name}专业技术人员继续教育学时证明》",
        number="",
        name=person.name,
        masked_identity=person.identity_mask,
        employer=_employer(session, person.organisation_id),
        professional_title=_title(person),
        year=f"{year}年度",
        earned=_earned(of),
        required=_required(of),
        requirement=_requirement(of, policy, person.owes_from),
        average=_average(of, policy, person.owes_from),
        lines=tuple(_line(line) for line in lines),
        office=settings().bureau_name,
        issued_on=_NO_DAY,
        verify_url="",
        sample=_keys().newest.sample,
    )
    return facts, _ledger_digest(facts, counted)


def _standing(session: Session, person_id: int, year: int) -> tuple[YearPolicy, YearStanding]:
    of = standings.list_standings(session, person_id).get(year)
    if of is None:
        raise NotFound("这一年度不在您的应学年度内，也没有学时记录，没有可以证明的学时。")
    policy = policies.get_policy(session, year)
    if not of.certifiable:
        raise Conflict(_what_is_missing(of, policy))
    return policy, of


def _what_is_missing(of: YearStanding, policy: YearPolicy) -> str:
    if of.complete:
        return f"{of.year}年度不在您的应学年度内，也没有学时记录，没有可以证明的学时。"
    whose = policy.label if of.period else ""
    gaps = "，".join(f"{gap.bucket.label}还差 {gap.hours} 学时" for gap in of.missing)
    return f"暂时不能打印{of.year}年度学时证明：{whose}{gaps}。"


def _list_counted(session: Session, person_id: int, years: Iterable[int]) -> list[Credit]:
    """The lines that count, by year, subject and day; reversed ones and reversals are left out."""
    rows = session.exec(
        select(Credit).where(Credit.person_id == person_id, col(Credit.year).in_(years))
    ).all()
    undone = {row.reverses_id for row in rows}
    counted = [row for row in rows if row.reverses_id is None and row.id not in undone]
    order = list(Subject)
    return sorted(counted, key=lambda r: (r.year, order.index(r.subject), r.earned_on, r.id or 0))


def _ledger_digest(facts: CertificateFacts, counted: Iterable[Credit]) -> str:
    """Changes with the counted lines and with everything that would be printed differently."""
    lines = [(line.id, line.year, line.subject.value, line.hours.tenths) for line in counted]
    text = json.dumps([digest(facts).hex(), lines], separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _employer(session: Session, organisation_id: int) -> str:
    organisation = session.get_one(Organisation, organisation_id)
    # Those without an employer belong to the bureau of their county.
    only_bureau = Capacity.COUNTY_BUREAU in organisation.capacities
    is_employer = Capacity.EMPLOYER in organisation.capacities
    return NO_EMPLOYER if only_bureau and not is_employer else organisation.name


def _title(person: Person) -> str:
    parts = (person.title_series, person.title_level)
    return " ".join(dict.fromkeys(part for part in parts if part))


def _earned(of: YearStanding) -> BucketHours:
    return BucketHours(
        str(of.required), str(of.elective), str(of.public), str(of.professional), str(of.total)
    )


def _required(of: YearStanding) -> BucketHours:
    need = {r.bucket: str(r.need) if r.need else "" for r in of.requirements}
    order = (Bucket.REQUIRED, Bucket.ELECTIVE, Bucket.PUBLIC, Bucket.PROFESSIONAL, Bucket.TOTAL)
    return BucketHours(*(need.get(bucket, "") for bucket in order))


def _requirement(of: YearStanding, policy: YearPolicy, owes_from: int) -> str:
    done = f"{of.year}年度完成继续教育{of.total}学时"
    if not of.owed:
        return f"{done}，该年度不在应学年度内。"
    if of.period:
        span = _owed_span(policy, owes_from)
        return f"{done}，{span}平均每年不少于{policy.total}学时，达到学时要求。"
    return (
        f"{done}，其中公需科目{of.public}学时、专业科目{of.professional}学时，达到该年度学时要求。"
    )


def _average(of: YearStanding, policy: YearPolicy, owes_from: int) -> str:
    if of.period_average is None:
        return ""
    span = _owed_span(policy, owes_from)
    return f"{span}合计{of.period_total}学时，平均每年{of.period_average}学时"


def _owed_span(policy: YearPolicy, owes_from: int) -> str:
    years = policy.owed_years(owes_from)
    return f"{years[0]}年度" if len(years) == 1 else f"{years[0]}—{years[-1]}年度"


def _line(credit: Credit) -> CreditLine:
    origin = ORIGINS.get(credit.source_kind, "")
    source = f"{credit.title}（{origin}）" if origin else credit.title
    return CreditLine(credit.subject.label, source, str(credit.hours), credit.earned_on)


def _draw_number(session: Session) -> str:
    while True:
        number = certificate_numbers.make(secrets.randbits(certificate_numbers.RANDOM_BITS))
        if _find(session, number) is None:
            return number


def _keys() -> SigningKeys:
    # Read anew each time (0.3 ms), so that a key made by the operator is known at once everywhere.
    return load_keys(settings().keys_dir)


def _hold(session: Session, person_id: int) -> None:
    # Issuing and revoking for one person take turns: a reversal never slips past a new certificate.
    session.get_one(Person, person_id, with_for_update={"key_share": True}, populate_existing=True)


def _find(session: Session, number: str) -> Certificate | None:
    return session.exec(select(Certificate).where(Certificate.number == number)).first()


def _find_current(
    session: Session, person_id: int, year: int, ledger_digest: str
) -> Certificate | None:
    valid = _list_of_year(session, person_id, year, CertificateStatus.VALID)
    return next((row for row in valid if row.ledger_digest == ledger_digest), None)


def _list_of_year(
    session: Session, person_id: int, year: int, *statuses: CertificateStatus
) -> list[Certificate]:
    asked = select(Certificate).where(
        Certificate.person_id == person_id,
        Certificate.year == year,
        col(Certificate.status).in_(statuses),
    )
    return list(session.exec(asked.order_by(col(Certificate.version))).all())


def _record(session: Session, draft: Draft, file: RenderedFile) -> Certificate:
    last = session.exec(
        select(func.max(Certificate.version)).where(
            Certificate.person_id == draft.person_id, Certificate.year == draft.year
        )
    ).one()
    made = Certificate(
        number=file.number,
        person_id=draft.person_id,
        year=draft.year,
        version=(last or 0) + 1,
        facts=_as_stored(draft.facts),
        facts_digest=file.facts_digest,
        signature=file.signature,
        ledger_digest=draft.ledger_digest,
        file=file.file,
        file_sha256=file.sha256,
        issued_at=clock.now(),
    )
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:
        # The number was drawn twice in all of time: the document would have to be printed again.
        raise Conflict(CHANGED) from None
    return made


def _change_status(
    session: Session, actor: Actor, row: Certificate, status: CertificateStatus
) -> None:
    row.status, row.status_at = status, clock.now()
    session.add(row)
    revoked = status is CertificateStatus.REVOKED
    action = audit.Action.CERTIFICATE_REVOKED if revoked else audit.Action.CERTIFICATE_UPDATED
    _audit(session, actor, action, row)


def _outdate(session: Session, actor: Actor, person_id: int, year: int) -> int:
    rows = _list_of_year(session, person_id, year, CertificateStatus.VALID)
    for row in rows:
        _change_status(session, actor, row, CertificateStatus.UPDATED)
    return len(rows)


def _audit(session: Session, actor: Actor, action: audit.Action, row: Certificate) -> None:
    audit.record(
        session, actor, action, kind="certificate", id=row.id, at=clock.now(),
        person=row.person_id, year=row.year, version=row.version,
    )  # fmt: skip


def _as_stored(facts: CertificateFacts) -> dict[str, Any]:
    printed = asdict(tidied(facts))
    for unprinted in ("verify_url", "seal_image"):
        del printed[unprinted]
    return json.loads(json.dumps(printed, default=date.isoformat))


def _from_stored(stored: dict[str, Any]) -> CertificateFacts:
    lines = [
        CreditLine(**{**line, "earned_on": date.fromisoformat(line["earned_on"])})
        for line in stored["lines"]
    ]
    parsed = {
        "earned": BucketHours(**stored["earned"]),
        "required": BucketHours(**stored["required"]),
        "lines": tuple(lines),
        "issued_on": date.fromisoformat(stored["issued_on"]),
        "verify_url": "",
    }
    return CertificateFacts(**{**stored, **parsed})


def _genuine_facts(row: Certificate, keys: SigningKeys) -> CertificateFacts | None:
    """The printed fields, if they are those that were signed under this number."""
    try:
        facts = _from_stored(row.facts)
        fingerprint = digest(facts)
    except (AttributeError, KeyError, TypeError, ValueError):
        return None
    signed = verify_facts(keys, row.number, fingerprint, row.signature)
    # The number and the year are kept twice; a row moved to another certificate is no certificate.
    same = (facts.number, facts.year) == (row.number, f"{row.year}年度")
    return facts if signed and same and fingerprint.hex() == row.facts_digest else None


def _printed_form(number: str) -> str:
    try:
        return certificate_numbers.parse(number)
    except Invalid:
        raise NotFound() from None


def _view(row: Certificate) -> CertificateView:
    return CertificateView(row.number, row.year, row.version, routes.certificate_file(row.number))


def _row(row: Certificate) -> CertificateRow:
    return CertificateRow(
        number=row.number,
        year=row.year,
        version=row.version,
        status=STATUS_LABELS[row.status],
        sentence=_status_sentence(row),
        issued_at=_moment(row.issued_at),
        file=routes.certificate_file(row.number),
        verify=routes.verify(row.number),
    )


def _checked(row: Certificate, facts: CertificateFacts) -> CheckView:
    made = CheckView(
        number=row.number,
        genuine=True,
        status=STATUS_LABELS[row.status],
        sentence=_check_sentence(row, facts),
        status_at=_moment(row.status_at) if row.status_at else "",
        issued_at=_moment(row.issued_at),
        sample=facts.sample,
        document_title=facts.document_title,
        name=facts.name,
        masked_identity=facts.masked_identity,
        employer=facts.employer,
        professional_title=facts.professional_title,
        year=facts.year,
        sums=_sums(facts),
        requirement=facts.requirement,
        average=facts.average,
        office=facts.office,
        issued_on=_day(facts.issued_on),
        lines=tuple(
            (line.source, line.subject, line.hours, _day(line.earned_on)) for line in facts.lines
        ),
    )
    return replace(made, fields=_fields(made))


def _sums(facts: CertificateFacts) -> tuple[SumRow, ...]:
    labels = {
        "public_required": "公需必修",
        "public_elective": "公需选修",
        "public": "公需合计",
        "professional": "专业",
        "total": "累计",
    }
    return tuple(
        SumRow(key, label, getattr(facts.earned, key), getattr(facts.required, key))
        for key, label in labels.items()
    )


def _fields(view: CheckView) -> tuple[tuple[str, str], ...]:
    """Every printed field but the lines, as pairs; what the paper leaves out is left out."""
    pairs = (
        ("证明编号", view.number),
        ("姓名", view.name),
        ("身份证号", view.masked_identity),
        ("工作单位", view.employer),
        ("职称", view.professional_title),
        ("年度", view.year),
        *((row.label, _sum_text(row)) for row in view.sums),
        ("完成情况", view.requirement),
        ("平均学时", view.average),
        ("发证机关", view.office),
        ("证明日期", view.issued_on),
        ("签发时间", view.issued_at),
        (f"{view.status.removeprefix('已')}时间", view.status_at),
    )
    return tuple((label, text) for label, text in pairs if text)


def _sum_text(row: SumRow) -> str:
    asked = f"（不少于{row.required}学时）" if row.required else ""
    return f"{row.earned}学时{asked}"


def _check_sentence(row: Certificate, facts: CertificateFacts) -> str:
    sample = "样例，仅供试用，不作证明使用。" if facts.sample else ""
    return f"{_status_sentence(row)}{sample}"


def _status_sentence(row: Certificate) -> str:
    if row.status is CertificateStatus.VALID or row.status_at is None:
        return "内容与签发时一致，请与手中的证明逐项核对。"
    when = _moment(row.status_at)
    if row.status is CertificateStatus.UPDATED:
        return f"本证明已于{when}更新，请以该年度最新出具的学时证明为准。"
    return f"本证明已于{when}撤销，不再有效。"


def _moment(instant: datetime) -> str:
    here = clock.local(instant)
    return f"{_day(here.date())} {here:%H:%M}"


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
