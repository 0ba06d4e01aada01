"""Films and pictures that drafts let go of: removed once nothing has used them for a day."""

from datetime import timedelta

from sqlalchemy import or_
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.adapters import letting_go
from rxapp.models.courses import FilmLeftover, Lesson
from rxapp.services.actors import Actor
from rxapp.settings import settings

KEPT = timedelta(days=1)
AT_ONCE = 200


def forget_due(session: Session, _actor: Actor) -> list[str]:
    """Forget what is past its day; returns the files to `discard` once this is over.

    What is left because the service was killed in between goes a day later, like any file that no
    row names.
    """
    rows = session.exec(
        select(FilmLeftover)
        .where(col(FilmLeftover.at) < clock.now() - KEPT)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    unused = [row.file for row in rows if not _is_used(session, row.file)]
    for row in rows:
        session.delete(row)
    session.flush()
    return unused


def discard(files: list[str]) -> int:
    """Remove files, in no transaction: they may lie on a store that is slow.

    One that was put there anew within the last day stays: somebody is about to use it.
    """
    return letting_go.let_go(files, root=settings().files_dir)


def _is_used(session: Session, file: str) -> bool:
    lessons = select(Lesson.id).where(
        or_(col(Lesson.video_file) == file, col(Lesson.poster_file) == file)
    )
    return session.exec(lessons).first() is not None
