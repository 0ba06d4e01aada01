"""证明核验: by its number anyone learns what a certificate says and whether it holds."""

from dataclasses import dataclass, replace

from sqlmodel import Session

from rxapp.adapters.certificate_facts import CertificateFacts, digest
from rxapp.adapters.signing_keys import SigningKeys, verify_facts
from rxapp.errors import Invalid, NotFound, NotPermitted
from rxapp.models.certificates import Certificate
from rxapp.rules import certificate_numbers
from rxapp.rules.permissions import Permission
from rxapp.services import certificate_keys, certificate_register
from rxapp.services.actors import Actor
from rxapp.services.certificate_wording import STATUS_LABELS, day_text, moment_text, status_sentence

ALTERED = "不符"
UNKNOWN = (
    "没有查到该编号的学时证明，请对照证明核对编号；编号无误仍查不到的，该证明不是由本平台出具的。"
)
WRONG_CODE = (
    "二维码中的签名与该编号的学时证明不符，二维码可能被改动，不能据此认定证明真实；"
    "请按证明上印的编号重新查询，并逐项核对。"
)
NOT_GENUINE = "该编号登记的内容与签发时的签名不符，可能被改动，不能作为凭证，请联系发证机关核实。"


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


def check(
    session: Session, actor: Actor, *, number: str, signature: str | None = None
) -> CheckView:
    """What a certificate says and whether it still holds, for anyone who has its number.

    `signature` is the QR code's. Invalid for a mistyped number or a signature that does not fit,
    NotFound for a number that was never issued.
    """
    if not actor.may(Permission.PUBLIC):
        raise NotPermitted()
    row = certificate_register.find(session, certificate_numbers.parse(number))
    if row is None:
        raise NotFound(UNKNOWN)
    keys = certificate_keys.load()
    facts = _genuine_facts(row, keys)
    if facts is None:
        return CheckView(row.number, genuine=False, status=ALTERED, sentence=NOT_GENUINE)
    if signature is not None and not verify_facts(keys, row.number, digest(facts), signature):
        raise Invalid({"signature": WRONG_CODE})
    return _checked(row, facts)


def _genuine_facts(row: Certificate, keys: SigningKeys) -> CertificateFacts | None:
    """The printed fields, if they are those that were signed under this number."""
    try:
        facts = certificate_register.from_stored(row.facts)
        fingerprint = digest(facts)
    except (AttributeError, KeyError, TypeError, ValueError):
        return None
    signed = verify_facts(keys, row.number, fingerprint, row.signature)
    # The number and the year are kept twice; a row moved to another certificate is no certificate.
    same = (facts.number, facts.year) == (row.number, f"{row.year}年度")
    return facts if signed and same and fingerprint.hex() == row.facts_digest else None


def _checked(row: Certificate, facts: CertificateFacts) -> CheckView:
    made = CheckView(
        number=row.number,
        genuine=True,
        status=STATUS_LABELS[row.status],
        sentence=_check_sentence(row, facts),
        status_at=moment_text(row.status_at) if row.status_at else "",
        issued_at=moment_text(row.issued_at),
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
        issued_on=day_text(facts.issued_on),
        lines=tuple(
            (line.source, line.subject, line.hours, day_text(line.earned_on))
            for line in facts.lines
        ),
    )
    return replace(made, fields=_fields(made))


def _check_sentence(row: Certificate, facts: CertificateFacts) -> str:
    sample = "样例，仅供试用，不作证明使用。" if facts.sample else ""
    return f"{status_sentence(row)}{sample}"


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
