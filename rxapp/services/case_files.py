"""What is handed in with a word in a matter: taken up by it, listed beside it."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session, col, select

from rxapp import routes
from rxapp.errors import Invalid
from rxapp.models.applications import Evidence
from rxapp.models.cases import CaseEntry, CaseFile
from rxapp.rules.cases import MOST_FILES, Side
from rxapp.services import evidence

PURPOSE = "case"
# The places of a form for files.
NAMES = tuple(f"file_{place}" for place in range(1, MOST_FILES + 1))


@dataclass(frozen=True)
class CaseFileView:
    """One file of a matter; `digest` is what the file as it was sent is known by."""

    id: int
    entry_id: int
    name: str
    pages: int
    preview: str
    file: str
    digest: str
    side: str


def take_up(session: Session, typed: Mapping[str, str], entry: CaseEntry, side: Side) -> None:
    """Give uploaded files (their tickets in the form) to a line; Invalid for a stale ticket."""
    taken: set[int] = set()
    for name in NAMES:
        if not typed.get(name):
            continue
        row = evidence.find_handed_in(session, typed[name], purpose=PURPOSE, field=name)
        known = session.exec(select(CaseFile.id).where(CaseFile.evidence_id == row.id)).first()
        if known or row.id in taken:
            raise Invalid({name: "这份材料已经提交过，请重新上传，其他已填写的内容仍在。"})
        taken.add(row.id or 0)
        session.add(
            CaseFile(
                case_id=None if entry.order_id else entry.case_id, order_id=entry.order_id,
                entry_id=entry.id or 0, evidence_id=row.id or 0, side=side,
            )
        )  # fmt: skip
    session.flush()


def list_files(
    session: Session, *, case_id: int | None = None, order_id: int | None = None
) -> list[CaseFileView]:
    """The files of a matter or of an order, in the order they came."""
    statement = select(CaseFile, Evidence).join(Evidence, col(Evidence.id) == CaseFile.evidence_id)
    whose = CaseFile.order_id == order_id if order_id else CaseFile.case_id == case_id
    rows = session.exec(statement.where(whose).order_by(col(CaseFile.id))).all()
    return [_view(link, kept) for link, kept in rows]


def _view(link: CaseFile, kept: Evidence) -> CaseFileView:
    id = kept.id or 0
    return CaseFileView(
        id, link.entry_id, kept.name, kept.pages, routes.evidence_file(id, "preview"),
        routes.evidence_file(id, "file"), kept.source_sha256, link.side.value,
    )  # fmt: skip
