"""Searching notices for any words in them, Chinese ones too, on either database alike.

A word is looked up by every two of its characters; what comes back is compared with the folded
text, since the pairs may stand in it without standing together. The rarest pair leads: where it is
rare its notices are all there is to look at, and where every pair is common a page is soon full.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, delete, exists, false, func
from sqlmodel import Session, col, select

from rxapp.models.notices import Notice, NoticeGram
from rxapp.rules.notice_words import grams, grams_of_word

FEW = 500
AT_ONCE = 400


def write(session: Session, notice_id: int, folded: str) -> None:
    """Let a notice be found by the words of its folded text, and by no others any more."""
    forget(session, notice_id)
    found = sorted(grams(folded))
    for place in range(0, len(found), AT_ONCE):
        rows = [{"gram": gram, "notice_id": notice_id} for gram in found[place : place + AT_ONCE]]
        session.execute(NoticeGram.__table__.insert(), rows)  # type: ignore[attr-defined]


def forget(session: Session, notice_id: int) -> None:
    """Let a notice be found no more."""
    session.execute(
        delete(NoticeGram)
        .where(col(NoticeGram.notice_id) == notice_id)
        .execution_options(synchronize_session=False)
    )


def has_words(session: Session, wanted: Sequence[str]) -> ColumnElement[bool]:
    """The predicate on `Notice` that holds where every word (folded) is in it."""
    needed = sorted({gram for word in wanted for gram in grams_of_word(word)})
    if not needed:
        return false()
    counts = {gram: _count(session, gram) for gram in needed}
    rarest = min(needed, key=lambda gram: counts[gram])
    if counts[rarest] == 0:
        return false()
    inside = [col(Notice.folded).contains(word, autoescape=True) for word in wanted]
    if counts[rarest] < FEW:
        ids = session.exec(select(NoticeGram.notice_id).where(NoticeGram.gram == rarest)).all()
        return and_(col(Notice.id).in_(ids), *inside)
    return and_(*(_has(gram) for gram in needed), *inside)


def _count(session: Session, gram: str) -> int:
    some = select(NoticeGram.notice_id).where(NoticeGram.gram == gram).limit(FEW).subquery()
    return session.exec(select(func.count()).select_from(some)).one()


def _has(gram: str) -> ColumnElement[bool]:
    return exists().where(col(NoticeGram.gram) == gram, col(NoticeGram.notice_id) == Notice.id)
