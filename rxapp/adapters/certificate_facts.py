"""What a certificate says: the printed fields, tidied, and the digest its QR signature covers."""

import hashlib
import json
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import Any


@dataclass(frozen=True)
class BucketHours:
    """Hours of the year by bucket, as they are printed; an empty string prints a dash."""

    public_required: str = ""
    public_elective: str = ""
    public: str = ""
    professional: str = ""
    total: str = ""


@dataclass(frozen=True)
class CreditLine:
    """One line of the hours ledger: subject, what it was and where from, hours, its date."""

    subject: str
    source: str
    hours: str
    earned_on: date


@dataclass(frozen=True)
class CertificateFacts:
    """Every field of a certificate.

    `earned` and `required` are hours as text (`"30"`, `"62.5"`); `required` stays empty for years
    without a minimum per subject (2016–2019), which carry `average` instead. `requirement` is the
    sentence that says the requirement is met. `verify_url` goes into the QR code. `sample` prints
    样例 across the page; `seal_image` (PNG) takes the place of the drawn seal, which is always
    marked 样例. Notice, section 四 (五).
    """

    document_title: str
    number: str
    name: str
    masked_identity: str
    employer: str
    professional_title: str
    year: str
    earned: BucketHours
    requirement: str
    office: str
    issued_on: date
    verify_url: str
    lines: tuple[CreditLine, ...] = ()
    required: BucketHours = field(default_factory=BucketHours)
    average: str = ""
    sample: bool = True
    seal_image: bytes | None = field(default=None, repr=False)
    # Which fields the signature covers; a new printed field is a new format beside the old ones.
    format: int = 1


NAMES_OF_FIELDS = {
    "document_title": "证明名称",
    "number": "证明编号",
    "name": "姓名",
    "masked_identity": "身份证号",
    "employer": "工作单位",
    "professional_title": "职称",
    "year": "年度",
    "earned": "学时",
    "required": "学时要求",
    "requirement": "完成情况",
    "average": "平均学时",
    "office": "发证机关",
    "lines": "学习记录",
}
# What is signed, by format. Never changed once certificates of a format exist, or none of them
# would fit its signature any more. The address is checked by following it and the image by looking.
SIGNED_FIELDS = {
    1: (
        "document_title", "number", "name", "masked_identity", "employer", "professional_title",
        "year", "earned", "requirement", "office", "issued_on", "lines", "required", "average",
        "sample",
    ),
}  # fmt: skip


def digest(facts: CertificateFacts) -> bytes:
    """SHA-256 over every printed field: the same certificate always gives the same 32 bytes.

    KeyError for a format that was never issued.
    """
    clean = tidied(facts)
    printed = {name: _plain(getattr(clean, name)) for name in SIGNED_FIELDS[facts.format]}
    text = json.dumps(printed, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).digest()


def tidied(facts: CertificateFacts) -> CertificateFacts:
    """The same facts in one spelling: composed characters, single spaces, nothing invisible."""
    changes = {name: _tidy(getattr(facts, name)) for name in NAMES_OF_FIELDS}
    return replace(facts, **changes)


def printed_texts(facts: CertificateFacts) -> Iterator[tuple[str, str]]:
    """Every text with the name of the field it stands in, for checking its characters."""
    for name in NAMES_OF_FIELDS:
        for text in _texts(getattr(facts, name)):
            yield name, text


def _tidy(value: Any) -> Any:
    if isinstance(value, str):
        visible = "".join(c for c in value if unicodedata.category(c) != "Cf")
        return " ".join(unicodedata.normalize("NFC", visible).split())
    if isinstance(value, tuple):
        return tuple(_tidy(item) for item in value)
    if isinstance(value, BucketHours | CreditLine):
        return replace(value, **{f.name: _tidy(getattr(value, f.name)) for f in fields(value)})
    return value


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, BucketHours | CreditLine):
        for item in fields(value):
            yield from _texts(getattr(value, item.name))


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, BucketHours | CreditLine):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    return value
