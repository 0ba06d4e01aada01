"""学时证明: one's own certificates, prepared, printed, signed, issued, listed and fetched."""

import hashlib
import secrets
from dataclasses import dataclass, replace
from typing import Protocol

from sqlalchemy import func
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from rxapp import clock, routes
from rxapp.adapters import file_store
from rxapp.adapters.certificate_facts import CertificateFacts, digest, tidied
from rxapp.adapters.certificate_pdf import render as render_pdf
from rxapp.adapters.pdf_signing import sign_pdf
from rxapp.adapters.signing_keys import sign_facts
from rxapp.errors import Conflict, Invalid, NotFound, NotPermitted
from rxapp.models.certificates import Certificate, CertificateStatus
from rxapp.rules import certificate_numbers
from rxapp.rules.permissions import Permission
from rxapp.services import (
    audit,
    certificate_contents,
    certificate_keys,
    certificate_register,
    certificate_status,
)
from rxapp.services.actors import Actor
from rxapp.services.certificate_wording import STATUS_LABELS, moment_text, status_sentence
from rxapp.settings import settings


class Keep(Protocol):
    """Keeps a file's bytes under the name it returns."""

    def __call__(self, content: bytes, /, *, suffix: str) -> str:
        """Keep them."""
        ...


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


def prepare(session: Session, actor: Actor, *, year: int) -> Draft | CertificateView:
    """Begin one's certificate of a year, or find the one that says the same already.

    NotFound for a year neither owed nor learned in; Conflict, with what is missing, while the
    year is not complete. Notice, section four (5).
    """
    person_id = actor.require(Permission.LEARN)
    said, ledger_digest = certificate_contents.compose(session, person_id, year)
    known = certificate_register.find_current(session, person_id, year, ledger_digest)
    if known is not None:
        return _view(known)
    return _draft(session, person_id, year, said, ledger_digest)


def render(draft: Draft, *, keep: Keep = file_store.put_bytes) -> RenderedFile:
    """Print and sign a draft and keep the file; takes 0.1–0.2 s and needs no database.

    Invalid, naming the field, when a character is in no font.
    """
    keys, facts = certificate_keys.load(), tidied(draft.facts)
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
        file=keep(signed, suffix=".pdf"),
        sha256=hashlib.sha256(signed).hexdigest(),
    )


def issue(session: Session, actor: Actor, *, draft: Draft, file: RenderedFile) -> CertificateView:
    """Record a printed draft as the year's certificate; the versions before it become 已更新.

    Of two presses the second gets the first's. Conflict when the ledger changed meanwhile.
    """
    person_id = actor.require(Permission.LEARN)
    if (person_id, file.number) != (draft.person_id, draft.facts.number):
        raise NotPermitted()
    certificate_register.hold(session, person_id)
    _, ledger_digest = certificate_contents.compose(session, person_id, draft.year)
    known = certificate_register.find_current(session, person_id, draft.year, ledger_digest)
    if known is not None:
        return _view(known)
    if ledger_digest != draft.ledger_digest:
        raise Conflict(certificate_contents.CHANGED)
    return _view(_keep(session, actor, draft, file))


def reissue(session: Session, actor: Actor, *, person_id: int) -> int:
    """Issue every valid certificate of a person anew, after his name or number was put right.

    Returns how many; one that cannot be issued now only becomes 已更新. Printing takes 0.1-0.2 s
    each within the transaction, so that no moment passes with the wrong words still valid.
    """
    certificate_register.hold(session, person_id)
    rows = session.exec(
        select(Certificate).where(
            Certificate.person_id == person_id, Certificate.status == CertificateStatus.VALID
        )
    ).all()
    return sum(_reissue_one(session, actor, row) for row in rows)


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
    row = certificate_register.find(session, _printed_form(number))
    if row is None or row.person_id != person_id:
        raise NotFound()
    name = f"{settings().city_name}专业技术人员继续教育学时证明（{row.year}年度）.pdf"
    return StoredFile(file=row.file, download_name=name)


def _reissue_one(session: Session, actor: Actor, row: Certificate) -> int:
    try:
        said, ledger_digest = certificate_contents.compose(session, row.person_id, row.year)
        draft = _draft(session, row.person_id, row.year, said, ledger_digest)
        file = render(draft, keep=file_store.put_near)
    except (Conflict, Invalid, NotFound):
        certificate_status.change(session, actor, row, CertificateStatus.UPDATED)
        return 0
    _keep(session, actor, draft, file)
    return 1


def _draft(
    session: Session, person_id: int, year: int, said: CertificateFacts, ledger_digest: str
) -> Draft:
    facts = replace(said, number=_draw_number(session), issued_on=clock.today())
    return Draft(person_id, year, facts, ledger_digest)


def _keep(session: Session, actor: Actor, draft: Draft, file: RenderedFile) -> Certificate:
    made = _record(session, draft, file)
    for earlier in certificate_register.list_of_year(
        session, draft.person_id, draft.year, CertificateStatus.VALID
    ):
        if earlier.id != made.id:
            certificate_status.change(session, actor, earlier, CertificateStatus.UPDATED)
    certificate_register.record_in_audit(session, actor, audit.Action.CERTIFICATE_ISSUED, made)
    return made


def _draw_number(session: Session) -> str:
    while True:
        number = certificate_numbers.make(secrets.randbits(certificate_numbers.RANDOM_BITS))
        if certificate_register.find(session, number) is None:
            return number


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
        facts=certificate_register.as_stored(draft.facts),
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
        raise Conflict(certificate_contents.CHANGED) from None
    return made


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
        sentence=status_sentence(row),
        issued_at=moment_text(row.issued_at),
        file=routes.certificate_file(row.number),
        verify=routes.verify(row.number),
    )
