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


def remove_due(session: Session, _actor: Actor) -> int:
    """Remove what is past its day; returns how many files went.

    The row is held while the file goes, so that whoever keeps the same film anew at this moment
    waits, finds it gone, and keeps it again. One that was put there anew within the day stays.
    """
    rows = session.exec(
        select(FilmLeftover)
        .where(col(FilmLeftover.at) < clock.now() - KEPT)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    gone = 0
    for row in rows:
        if not _is_used(session, row.file):
            gone += letting_go.let_go([row.file], root=settings().files_dir)
        session.delete(row)
    session.flush()
    return gone


def _is_used(session: Session, file: str) -> bool:
    lessons = select(Lesson.id).where(
        or_(col(Lesson.video_file) == file, col(Lesson.poster_file) == file)
    )
    return session.exec(lessons).first() is not None
