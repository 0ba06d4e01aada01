"""A course taken out as one package, so that another city can bring it in."""

from dataclasses import dataclass

from sqlmodel import Session

from rxapp.errors import Conflict
from rxapp.rules.manifests import CourseManifest
from rxapp.rules.permissions import Permission
from rxapp.services import audit, course_content, course_scopes
from rxapp.services.actors import Actor


@dataclass(frozen=True)
class Export:
    """What goes into a package: its manifest, and each film's stored file by its name inside."""

    title: str
    code: str
    edition: int
    manifest: CourseManifest
    films: dict[str, str]


def open_export(session: Session, actor: Actor, *, course_id: int) -> Export:
    """A whole course to be packed, for its makers and the bureau; recorded before it is sent."""
    actor.require(Permission.COURSE_MAKE)
    row = course_scopes.get_seen(session, actor, course_id)
    content = course_content.get_content(session, row)
    manifest, faults = course_content.read(content)
    if faults:
        raise Conflict("课程还没有填写完整，不能导出，请先按页面上的提示补充。")
    audit.record(
        session, actor, audit.Action.COURSE_EXPORTED, kind="course", id=row.id, edition=row.edition
    )
    names = {name: file for file, name in course_content.video_names(content).items()}
    return Export(row.title, row.code, row.edition, manifest, names)
