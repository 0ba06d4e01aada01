"""Certificates of last year for every second person who completed it, each with its signature.

The document itself is one for all: half a million of them would take half a day to print.
"""

import json
from dataclasses import asdict
from datetime import date, timedelta

from bench.city import life as lives
from bench.city.copying import Copies
from bench.city.learned import Ground, Home
from bench.city.life import Life
from rxapp.adapters.certificate_facts import BucketHours, CertificateFacts, CreditLine, digest
from rxapp.adapters.signing_keys import SigningKeys, sign_facts
from rxapp.rules import certificate_numbers
from rxapp.rules.figures import Figure
from rxapp.rules.subjects import Subject

CERTIFICATE = (
    "id number person_id year version facts facts_digest signature ledger_digest file file_sha256 "
    "issued_at status"
)
_LABELS = {subject.value: subject.label for subject in Subject}


def put_certificate(
    out: Copies, ground: Ground, keys: SigningKeys, home: Home, life: Life,
    found: dict[int, Figure],
) -> None:  # fmt: skip
    """Send last year's certificate of a person, where there is one."""
    year = ground.today.year - 1
    figure = found.get(year)
    if life.person % 2 or figure is None or not (figure.complete and figure.hours):
        return
    facts = _facts(home, life, year)
    fingerprint = digest(facts)
    file, sha256 = ground.file
    out.put(
        "certificate", CERTIFICATE,
        [(
            life.person, facts.number, life.person, year, 1, _stored(facts), fingerprint.hex(),
            sign_facts(keys, facts.number, fingerprint), fingerprint.hex(), file, sha256,
            ground.now - timedelta(days=300 + life.person % 40), "valid",
        )],
    )  # fmt: skip


def number_of(person: int) -> str:
    """The number of somebody's certificate."""
    bits = person * 2_654_435_761_987_654_321 % (1 << certificate_numbers.RANDOM_BITS)
    return certificate_numbers.make(bits)


def _facts(home: Home, life: Life, year: int) -> CertificateFacts:
    lines = [line for line in life.lines if line.year == year and not line.undone]
    sums = {
        subject: sum(line.tenths for line in lines if line.subject == subject) // 10
        for subject in _LABELS
    }
    required, elective = sums[lives.REQUIRED], sums[lives.ELECTIVE]
    professional, total = sums[lives.PROFESSIONAL], sum(sums.values())
    earned = BucketHours(
        *(str(each) for each in (required, elective, required + elective, professional, total))
    )
    return CertificateFacts(
        document_title="《样例市专业技术人员继续教育学时证明》", number=number_of(life.person),
        name="样例", masked_identity="3708*************1", employer=f"样例单位{home.office:05d}",
        professional_title="工程技术 中级", year=f"{year}年度", earned=earned,
        requirement=f"{year}年度完成继续教育{total}学时，达到该年度学时要求。",
        office="样例市人力资源和社会保障局", issued_on=date(year + 1, 1, 20), verify_url="",
        lines=tuple(
            CreditLine(_LABELS[line.subject], "样例", str(line.tenths // 10), line.day)
            for line in lines
        ),
    )  # fmt: skip


def _stored(facts: CertificateFacts) -> str:
    printed = asdict(facts)
    for unprinted in ("verify_url", "seal_image"):
        del printed[unprinted]
    return json.dumps(printed, default=date.isoformat, ensure_ascii=False)
