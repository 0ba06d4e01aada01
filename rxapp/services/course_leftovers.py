"""Films and pictures that drafts let go of: removed once nothing has used them for a day."""

from datetime import timedelta

from sqlalchemy import delete, or_
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.adapters import file_store
from rxapp.models.courses import GOING, FilmLeftover, Lesson
from rxapp.services.actors import Actor

KEPT = timedelta(days=1)
AT_ONCE = 200


def let_go(session: Session, _actor: Actor) -> list[str]:
    """Mark what is past its day as going; returns the files to remove once this is over.

    Whoever keeps the same film anew meanwhile is told to come again (`course_drafts.hold`). What a
    run that was killed had marked is among them.
    """
    rows = session.exec(
        select(FilmLeftover)
        .where(col(FilmLeftover.at) < clock.now() - KEPT)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    gone = []
    for row in rows:
        if _is_used(session, row.file):
            session.delete(row)
            continue
        row.at = GOING
        session.add(row)
        gone.append(row.file)
    session.flush()
    return gone


def discard(files: list[str]) -> None:
    """Remove files, in no transaction: they may lie on a store that is slow."""
    for name in files:
        file_store.remove(name)


def forget(session: Session, _actor: Actor, *, files: list[str]) -> None:
    """Their files are gone: forget the rows too."""
    session.execute(
        delete(FilmLeftover)
        .where(col(FilmLeftover.file).in_(files), col(FilmLeftover.at) == GOING)
        .execution_options(synchronize_session=False)
    )


def _is_used(session: Session, file: str) -> bool:
    lessons = select(Lesson.id).where(
        or_(col(Lesson.video_file) == file, col(Lesson.poster_file) == file)
    )
    return session.exec(lessons).first() is not None
