"""Files that prove something: kept in private, taken up by one application, shown to few."""

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import and_, or_, update
from sqlmodel import Session, col, select

from rxapp import clock, routes
from rxapp.adapters import file_store, letting_go
from rxapp.adapters.database import transaction
from rxapp.adapters.encryption import data_keys
from rxapp.adapters.evidence_files import EvidenceFile
from rxapp.errors import Invalid, NotFound
from rxapp.models.applications import Application, Evidence
from rxapp.models.cases import CaseFile, RectificationOrder, SupervisionCase
from rxapp.models.claims import Claim, ClaimFile
from rxapp.models.organisations import Organisation
from rxapp.models.people import Person
from rxapp.models.projects import Project, ProjectFile
from rxapp.rules.claims import Status
from rxapp.rules.permissions import Permission
from rxapp.services import audit, scopes
from rxapp.services.actors import Actor
from rxapp.settings import settings

PURPOSES = {
    "licence": "单位证照", "authorisation": "管理员授权书", "identity": "身份证明",
    "other": "证明材料", "claim": "学时申报证明材料",
    "case": "陈述申辩和整改材料", "project": "培训项目材料",
}  # fmt: skip
TICKET_SECONDS = 6 * 3600
UNCLAIMED = timedelta(days=1)
_CONTEXT = "evidence"
_GONE = "上传的材料已过期，请重新上传，其他已填写的内容仍在。"


@dataclass(frozen=True)
class EvidenceView:
    """One file beside a form; `preview` and `file` are paths."""

    id: int
    purpose: str
    label: str
    name: str
    pages: int
    preview: str
    file: str
    used_before: bool


@dataclass(frozen=True)
class KeptEvidence:
    """A file that was just uploaded; whoever has the ticket may hand it in."""

    id: int
    ticket: str
    name: str


@dataclass(frozen=True)
class StoredEvidence:
    """A file to be sent: its place in the store and what it is; or one page of it as a picture."""

    file: str
    media_type: str
    name: str
    page: int = 0


def keep(
    session: Session, actor: Actor, *, purpose: str, name: str, source: bytes, made: EvidenceFile
) -> KeptEvidence:
    """Keep an uploaded file that belongs to nothing yet."""
    if purpose not in PURPOSES:
        raise NotFound()
    near = {"root": folder(), "ahead": made.ahead}
    row = Evidence(
        purpose=purpose, name=_bare(name), media_type=made.media_type, size=len(made.content),
        pages=made.pages, file=file_store.put_near(made.content, suffix=made.suffix, **near),
        preview=file_store.put_near(made.preview, suffix=".jpg", **near),
        source_sha256=digest_of(source), uploaded_by=actor.person_id,
        uploaded_at=clock.now(),
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.record(session, actor, audit.Action.EVIDENCE_ADDED, kind="evidence", id=row.id)
    return KeptEvidence(row.id or 0, _ticket(row.id or 0), row.name)


def digest_of(source: bytes) -> str:
    """What a file is known by, as it was sent."""
    return hashlib.sha256(source).hexdigest()


def folder() -> Path:
    """Where evidence lies: apart from what the public may fetch."""
    return settings().data_dir / "evidence"


def take_up(session: Session, tickets: Mapping[str, str], application: Application) -> None:
    """Give uploaded files (ticket by purpose) to an application; Invalid for a stale ticket."""
    for purpose, ticket in tickets.items():
        if not ticket:
            continue
        taken = session.execute(
            update(Evidence)
            .where(
                col(Evidence.id) == _id_of(ticket, purpose),
                col(Evidence.purpose) == purpose,
                col(Evidence.application_id).is_(None),
            )
            .values(application_id=application.id)
        )
        if taken.rowcount != 1:  # type: ignore[attr-defined]
            raise Invalid({purpose: _GONE})


def find_faults(tickets: Mapping[str, str], *needed: str) -> dict[str, str]:
    """What is wrong with the evidence of a form: missing or stale, by purpose."""
    faults: dict[str, str] = {}
    for purpose in needed:
        if not tickets.get(purpose):
            faults[purpose] = f"请上传{PURPOSES[purpose]}的照片或 PDF 文件。"
        elif not _is_good(tickets[purpose]):
            faults[purpose] = _GONE
    return faults


def require_tickets(tickets: Mapping[str, str], *needed: str) -> None:
    """Refuse a form on which needed evidence is missing or stale, naming each."""
    if faults := find_faults(tickets, *needed):
        raise Invalid(faults)


def find_handed_in(session: Session, ticket: str, *, purpose: str, field: str) -> Evidence:
    """The uploaded file of a ticket, held until the transaction ends; Invalid for a stale one."""
    row = session.get(Evidence, _id_of(ticket, field), with_for_update=True, populate_existing=True)
    if row is None or row.purpose != purpose or row.application_id is not None:
        raise Invalid({field: _GONE})
    return row


def list_of(session: Session, application: Application) -> list[EvidenceView]:
    """The files that came with an application; of several for one purpose the newest."""
    rows = session.exec(
        select(Evidence).where(Evidence.application_id == application.id).order_by(col(Evidence.id))
    ).all()
    return [_view(session, row) for row in {row.purpose: row for row in rows}.values()]


def get_file(session: Session, actor: Actor, *, evidence_id: int, part: str) -> StoredEvidence:
    """A file for the office before which it lies, an office above, or the applicant himself.

    `part` is "preview", "file" or "page-1" and so on. NotFound for everybody else; the whole file
    and its first page are audited, the small picture and the further pages are not.
    """
    row = _find(session, actor, evidence_id)
    if part == "preview":
        return StoredEvidence(row.preview, "image/jpeg", "preview.jpg")
    page = _page_in(part)
    if part != "file" and not 1 <= page <= row.pages:
        raise NotFound()
    if is_audited(part):
        audit.record(session, actor, audit.Action.EVIDENCE_SHOWN, kind="evidence", id=row.id)
    label, suffix = PURPOSES[row.purpose], row.file.rpartition(".")[2]
    if page:
        return StoredEvidence(row.file, "image/jpeg", f"{label}-{page}.jpg", page)
    return StoredEvidence(row.file, row.media_type, f"{label}.{suffix}")


def is_audited(part: str) -> bool:
    """Whether showing this part of a file is written down."""
    return part in ("file", "page-1")


def remove_unclaimed(session: Session, _actor: Actor) -> list[str]:
    """Forget what nobody took up within a day.

    Returns the names of the files no row speaks of any more, for `discard` to remove once this
    transaction is safely over.
    """
    # Asked row by row along the indexes: a list of everything that was taken up fits no memory.
    taken_up = [
        select(table.id).where(table.evidence_id == Evidence.id).exists()
        for table in (ClaimFile, CaseFile, ProjectFile)
    ]
    rows = session.exec(
        select(Evidence).where(
            col(Evidence.application_id).is_(None),
            *[~each for each in taken_up],
            col(Evidence.uploaded_at) < clock.now() - UNCLAIMED,
        )
    ).all()
    return forget(session, rows)


def forget(session: Session, rows: Sequence[Evidence]) -> list[str]:
    """Remove rows; returns the names of the files no row speaks of any more, for `discard`."""
    names = {name for row in rows for name in (row.file, row.preview)}
    for row in rows:
        session.delete(row)
    session.flush()
    return sorted(name for name in names if not _is_used(session, name))


def discard(names: list[str]) -> None:
    """Remove files from the store, in no transaction; never one that a row names again by now."""
    letting_go.take_away(names, root=folder(), is_named=_is_named)


def settle(made: EvidenceFile) -> None:
    """Once the row of an upload is safe: have its files there, whoever removed the same."""
    file_store.put_again(made.content, suffix=made.suffix, root=folder())
    file_store.put_again(made.preview, suffix=".jpg", root=folder())


def _is_named(name: str) -> bool:
    with transaction() as session:
        return _is_used(session, name)


def _is_used(session: Session, name: str) -> bool:
    found = session.exec(
        select(Evidence.id).where(or_(col(Evidence.file) == name, col(Evidence.preview) == name))
    )
    return found.first() is not None


def _find(session: Session, actor: Actor, evidence_id: int) -> Evidence:
    for statement, owner in _ways(evidence_id):
        allowed = scopes.within(actor, Permission.REVIEW)
        if actor.person_id is not None and actor.activated:
            allowed = or_(allowed, col(owner) == actor.person_id)
        found = session.exec(statement.where(allowed)).first()
        if found is not None:
            return found
    for statement in (
        _entered(actor, evidence_id), _of_cases(actor, evidence_id),
        _of_projects(actor, evidence_id),
    ):  # fmt: skip
        found = session.exec(statement).first()
        if found is not None:
            return found
    raise NotFound()


def _entered(actor: Actor, evidence_id: int) -> Any:
    """A clerk sees the proofs of what he enters for his own people until they confirmed it."""
    return (
        select(Evidence)
        .join(ClaimFile, col(ClaimFile.evidence_id) == Evidence.id)
        .join(Claim, col(Claim.id) == ClaimFile.claim_id)
        .join(Person, col(Person.id) == Claim.person_id)
        .where(
            Evidence.id == evidence_id, col(Claim.entered_by).is_not(None),
            Claim.entered_by == actor.person_id,
            col(Claim.status).in_((Status.DRAFT, Status.UNCONFIRMED)),
            col(Person.organisation_id).in_(scopes.office_ids(actor, Permission.REVIEW)),
        )
    )  # fmt: skip


def _ways(evidence_id: int) -> list[tuple[Any, Any]]:
    """The ways a file can belong to somebody: by an application, or by a claim it proves."""
    by_application = (
        select(Evidence)
        .join(Application, col(Application.id) == Evidence.application_id)
        .join(Organisation, col(Organisation.id) == Application.office_id)
        .where(Evidence.id == evidence_id)
    )
    # A draft lies before no office yet: its owner alone sees it.
    by_claim = (
        select(Evidence)
        .join(ClaimFile, col(ClaimFile.evidence_id) == Evidence.id)
        .join(Claim, col(Claim.id) == ClaimFile.claim_id)
        .join(
            Organisation,
            or_(
                col(Organisation.id) == Claim.office_id,
                col(Organisation.id) == Claim.organisation_id,
            ),
            isouter=True,
        )
        # What a clerk is still entering is not yet in the person's hand: see `_entered`.
        .where(
            Evidence.id == evidence_id,
            or_(col(Claim.entered_by).is_(None), col(Claim.status) != Status.DRAFT),
        )
    )
    return [(by_application, Application.person_id), (by_claim, Claim.person_id)]


def _of_cases(actor: Actor, evidence_id: int) -> Any:
    """A file of a matter: for the bureau whose it is, the person and the organisation heard.

    A report on an order is the organisation's and the bureau's, not the person's.
    """
    served = scopes.office_ids(actor, Permission.STAFF)
    allowed = or_(
        scopes.within(actor, Permission.SUPERVISE),
        col(SupervisionCase.organisation_id).in_(served),
        col(RectificationOrder.organisation_id).in_(served),
    )
    if actor.person_id is not None and actor.activated:
        allowed = or_(allowed, col(SupervisionCase.person_id) == actor.person_id)
    offices = or_(
        col(Organisation.id) == SupervisionCase.office_id,
        col(Organisation.id) == RectificationOrder.office_id,
    )
    return (
        select(Evidence)
        .join(CaseFile, col(CaseFile.evidence_id) == Evidence.id)
        .join(SupervisionCase, col(SupervisionCase.id) == CaseFile.case_id, isouter=True)
        .join(RectificationOrder, col(RectificationOrder.id) == CaseFile.order_id, isouter=True)
        .join(Organisation, offices)
        .where(Evidence.id == evidence_id, allowed)
    )


def _of_projects(actor: Actor, evidence_id: int) -> Any:
    """Material of a class: for its organiser, and once it was filed for the bureaus above."""
    filed = and_(col(Project.number).is_not(None), scopes.within(actor, Permission.PROJECT_REVIEW))
    return (
        select(Evidence)
        .join(ProjectFile, col(ProjectFile.evidence_id) == Evidence.id)
        .join(Project, col(Project.id) == ProjectFile.project_id)
        .join(Organisation, col(Organisation.id) == Project.organisation_id)
        .where(
            Evidence.id == evidence_id,
            or_(
                col(Project.organisation_id).in_(scopes.office_ids(actor, Permission.PROJECT_FILE)),
                filed,
            ),
        )
    )


def _view(session: Session, row: Evidence) -> EvidenceView:
    elsewhere = session.exec(
        select(Evidence.id).where(
            Evidence.source_sha256 == row.source_sha256,
            col(Evidence.application_id).is_not(None),
            Evidence.application_id != row.application_id,
        )
    ).first()
    return EvidenceView(
        id=row.id or 0,
        purpose=row.purpose,
        label=PURPOSES[row.purpose],
        name=row.name,
        pages=row.pages,
        preview=routes.evidence_file(row.id or 0, "preview"),
        file=routes.evidence_file(row.id or 0, "file"),
        used_before=elsewhere is not None,
    )


def _page_in(part: str) -> int:
    word = part.removeprefix("page-")
    return int(word) if word != part and word.isascii() and word.isdigit() and len(word) < 4 else 0


def _bare(name: str) -> str:
    base = name.replace("\\", "/").rpartition("/")[2]
    return "".join(each for each in base if each.isprintable())[:100] or "未命名"


def _ticket(evidence_id: int) -> str:
    text = f"{evidence_id}-{int(time.time()) + TICKET_SECONDS:x}"
    return f"{text}-{data_keys().sign(text, context=_CONTEXT)}"


def _is_good(ticket: str) -> bool:
    if len(ticket) > 100 or not ticket.isascii():
        return False
    text, _, rest = ticket.partition("-")
    expires, _, signature = rest.partition("-")
    try:
        fresh = time.time() < int(expires, 16)
    except ValueError:
        return False
    return fresh and data_keys().signed(f"{text}-{expires}", signature, context=_CONTEXT)


def _id_of(ticket: str, purpose: str) -> int:
    if not _is_good(ticket):
        raise Invalid({purpose: _GONE})
    return int(ticket.partition("-")[0])
