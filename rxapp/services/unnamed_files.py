"""Files that no row names: what a kill left between the file and its row, or after a refusal.

A file is on the disk before its row is committed, so whoever was killed in between leaves one that
nobody ever finds. It goes a day after it was put there; `file_store.put` says why that is safe.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import ColumnElement, and_
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.adapters import file_store, letting_go, pieces
from rxapp.adapters.database import transaction
from rxapp.models.applications import Evidence
from rxapp.models.certificates import Certificate
from rxapp.models.collecting import Collection
from rxapp.models.courses import CourseUpload, FilmLeftover, Lesson
from rxapp.models.notices import NoticeFile
from rxapp.models.rosters import RosterFile
from rxapp.services import collections, course_uploads, evidence, notice_files
from rxapp.settings import settings

PARTS = 256
# Of one folder in one hour: so many parts, so many files; the next time from another part on.
AT_ONCE, STEP = 64, 63
MOST_LOOKED_AT, MOST_REMOVED = 20_000, 200
TOGETHER = 2_000
# Fewer are not worth a line in the log.
MANY = 50

log = structlog.get_logger()


@dataclass(frozen=True)
class Store:
    """A folder of kept files, and every column that names one of them."""

    root: Path
    named_by: tuple[Any, ...]


@dataclass(frozen=True)
class Batch:
    """Files to be looked at: all old ones whose names begin with `first` up to `last`."""

    first: str
    last: str
    names: set[str]


def stores() -> tuple[Store, ...]:
    """Where files are kept under their hashes."""
    return (
        Store(
            settings().files_dir,
            # A leftover has a job of its own, and is some row's until that is over.
            (Lesson.video_file, Lesson.poster_file, Certificate.file, FilmLeftover.file),
        ),
        Store(evidence.folder(), (Evidence.file, Evidence.preview)),
        Store(notice_files.folder(), (NoticeFile.file,)),
        Store(collections.folder(), (Collection.file, RosterFile.file)),
    )


def remove_due() -> int:
    """Remove files that no row has named for a day; returns how many went."""
    gone = sum(_remove_of(store) + letting_go.clear_drafts(store.root) for store in stores())
    gone += _remove_pieces()
    if gone:
        log.info("unnamed files removed", count=gone)
    return gone


def _remove_of(store: Store) -> int:
    looked = gone = 0
    for batch in _batches(store.root):
        unnamed = _unnamed(store, batch)
        looked += len(batch.names)
        if 2 * len(unnamed) > len(batch.names):
            # That is not what kills leave: the database may be another installation's.
            if len(unnamed) > MANY:
                log.warning("files left alone", store=store.root.name, unnamed=len(unnamed))
            return gone
        gone += letting_go.let_go(sorted(unnamed)[: MOST_REMOVED - gone], root=store.root)
        if looked >= MOST_LOOKED_AT or gone >= MOST_REMOVED:
            return gone
    return gone


def _batches(root: Path) -> Iterator[Batch]:
    """Old files of a folder, of other parts of it each hour, so that all have their turn."""
    hours = int(clock.now().timestamp()) // 3600
    # The day is counted in, or whoever looks once a day would see the same part again and again.
    start = (hours + hours // 24) * STEP % PARTS
    for numbers in (range(start, min(start + AT_ONCE, PARTS)), range(start + AT_ONCE - PARTS)):
        parts = [f"{number:02x}" for number in numbers]
        first, names = "", set[str]()
        for part, old in letting_go.old_names(root, parts) if parts else ():
            first, names = first or part, names | old
            if names and (len(names) >= TOGETHER or part == parts[-1]):
                yield Batch(first, part, names)
                first, names = "", set[str]()


def _unnamed(store: Store, batch: Batch) -> set[str]:
    """Of the files those that no row names."""
    left = set(batch.names)
    with transaction() as session:
        for column in map(col, store.named_by):
            within = and_(column >= batch.first, column < f"{batch.last}g")
            left -= _found(session, column, within)
        # Asked once more and by the very names: a database may sort words in its own way.
        for some in _few_at_once(sorted(left)):
            asked = [(column, column.in_(some)) for column in map(col, store.named_by)]
            left -= set[str]().union(*(_found(session, *each) for each in asked))
    return left


def _found(session: Session, column: Any, condition: ColumnElement[bool]) -> set[str]:
    return set(session.exec(select(column).where(condition)).all())


def _few_at_once(names: list[str]) -> Iterable[list[str]]:
    return (names[place : place + 500] for place in range(0, len(names), 500))


def _remove_pieces() -> int:
    """What came in of uploads whose rows are gone; a row is there before its file begins."""
    before, root = clock.now() - file_store.GRACE, course_uploads.folder()
    old = [name for name, at in letting_go.in_folder(root) if at < before][:MOST_REMOVED]
    with transaction() as session:
        file = col(CourseUpload.file)
        named = _found(session, file, file.in_(old))
    gone = 0
    for name in sorted(set(old) - named):
        with pieces.held(root / name) as alone:
            if alone:
                (root / name).unlink(missing_ok=True)
                gone += 1
    return gone
