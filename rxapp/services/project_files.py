"""Materials filed with a class: private to the organiser and the bureaus above it."""

from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from rxapp import routes
from rxapp.errors import Conflict, Invalid
from rxapp.models.applications import Evidence
from rxapp.models.projects import Project, ProjectEdition, ProjectFile
from rxapp.rules.permissions import Permission
from rxapp.rules.projects import WRITABLE
from rxapp.services import audit, evidence
from rxapp.services.actors import Actor
from rxapp.services.project_moves import KIND, find_editions, find_own

PURPOSE, MOST = "project", 10


@dataclass(frozen=True)
class ProjectFileView:
    """One material: its name and where it is fetched."""

    id: int
    name: str
    pages: int
    href: str


def attach(session: Session, actor: Actor, *, project_id: int, ticket: str) -> None:
    """Add an uploaded file to a class that can still be written in; pressed twice it is one.

    Beside what was approved it is a supplement, seen by the bureau and recorded.
    """
    actor.require(Permission.PROJECT_FILE)
    row = _writable(session, actor, project_id)
    if not ticket:
        raise Invalid({PURPOSE: "请先选择要添加的材料。"})
    found = evidence.find_handed_in(session, ticket, purpose=PURPOSE, field=PURPOSE)
    known = session.exec(select(ProjectFile).where(ProjectFile.evidence_id == found.id)).first()
    if known is not None:
        if known.project_id == row.id:
            return
        raise Invalid({PURPOSE: "这份材料已用于其他项目，请重新上传。"})
    held = session.exec(
        select(func.count()).select_from(ProjectFile).where(ProjectFile.project_id == row.id)
    ).one()
    if held >= MOST:
        raise Invalid({PURPOSE: f"一个项目最多{MOST}份材料，请先移除一些。"})
    session.add(ProjectFile(project_id=row.id or 0, evidence_id=found.id or 0))
    session.flush()
    _note(session, actor, row, "added", found.id or 0)


def detach(session: Session, actor: Actor, *, project_id: int, file_id: int) -> list[str]:
    """Take a file off a class; returns the names of files to discard.

    Conflict for what lay before the bureau when it approved the class: its word rests on it.
    """
    actor.require(Permission.PROJECT_FILE)
    row = _writable(session, actor, project_id)
    link = session.exec(
        select(ProjectFile).where(
            ProjectFile.project_id == row.id, ProjectFile.evidence_id == file_id
        )
    ).first()
    if link is None:
        return []
    if _was_filed(session, row, link):
        raise Conflict("已随备案审核的材料不能移除，需要更正的请另外添加新的材料。")
    _note(session, actor, row, "removed", link.evidence_id)
    return _drop(session, [link])


def drop_all(session: Session, row: Project) -> list[str]:
    """Take every file off a class."""
    links = session.exec(select(ProjectFile).where(ProjectFile.project_id == row.id)).all()
    return _drop(session, list(links))


def list_of(session: Session, row: Project) -> list[ProjectFileView]:
    """The materials of a class, as they were added."""
    rows = session.exec(
        select(Evidence)
        .join(ProjectFile, col(ProjectFile.evidence_id) == Evidence.id)
        .where(ProjectFile.project_id == row.id)
        .order_by(col(ProjectFile.id))
    )
    return [
        ProjectFileView(
            each.id or 0, each.name, each.pages, routes.evidence_file(each.id or 0, "file")
        )
        for each in rows
    ]


def _writable(session: Session, actor: Actor, project_id: int) -> Project:
    row = find_own(session, actor, project_id, lock=True)
    if row.status not in WRITABLE or find_editions(session, row).pending is not None:
        raise Conflict("已报备的材料不能更改，需要更改的请先撤回。")
    if row.posted_at is not None:
        raise Conflict("这个项目的学时已经计入，材料不能再更改。")
    return row


def _was_filed(session: Session, row: Project, link: ProjectFile) -> bool:
    """Whether a file was there when a class that is in force was filed last."""
    if row.edition == 0:
        return False
    filed = session.exec(
        select(func.max(col(ProjectEdition.filed_at))).where(ProjectEdition.project_id == row.id)
    ).one()
    return filed is not None and session.get_one(Evidence, link.evidence_id).uploaded_at <= filed


def _note(session: Session, actor: Actor, row: Project, how: str, file_id: int) -> None:
    audit.record(
        session, actor, audit.Action.PROJECT_MATERIAL, kind=KIND, id=row.id, how=how, file=file_id
    )


def _drop(session: Session, links: list[ProjectFile]) -> list[str]:
    ids = [link.evidence_id for link in links]
    for link in links:
        session.delete(link)
    session.flush()
    rows = session.exec(select(Evidence).where(col(Evidence.id).in_(ids))).all()
    return evidence.forget(session, rows)
