"""Words a reviewer uses again and again, kept for each reviewer."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from rxapp.errors import Conflict, Invalid, NotFound
from rxapp.models.claims import SavedPhrase
from rxapp.rules.permissions import Permission
from rxapp.services.actors import Actor

MOST, LONGEST = 20, 200
# What stands there before a reviewer has kept any of his own.
FIRST = (
    "证明材料不清晰，请重新拍照上传。",
    "缺少单位证明，请补充后再提交。",
    "填写的日期与证明材料不一致，请核对。",
    "学时与证明材料不一致，请核对。",
)


@dataclass(frozen=True)
class Phrase:
    """One phrase; those that stand there from the beginning have the id 0."""

    id: int
    text: str


def list_phrases(session: Session, actor: Actor) -> list[Phrase]:
    """One's own phrases, and those that stand there from the beginning."""
    person_id = actor.require(Permission.REVIEW)
    rows = session.exec(
        select(SavedPhrase).where(SavedPhrase.person_id == person_id).order_by(col(SavedPhrase.id))
    ).all()
    return [*(Phrase(row.id or 0, row.text) for row in rows), *(Phrase(0, text) for text in FIRST)]


def keep(session: Session, actor: Actor, *, text: str) -> None:
    """Keep a phrase for next time; the same one is kept once."""
    person_id = actor.require(Permission.REVIEW)
    bare = " ".join(text.split())
    if not 2 <= len(bare) <= LONGEST:
        raise Invalid({"note": f"常用语应为2至{LONGEST}个字，请先填写理由再保存。"})
    known = session.exec(select(SavedPhrase.text).where(SavedPhrase.person_id == person_id)).all()
    if bare in (*known, *FIRST):
        return
    if len(known) >= MOST:
        raise Conflict(f"常用语最多保存{MOST}条，请先删除不用的。")
    session.add(SavedPhrase(person_id=person_id, text=bare))
    session.flush()


def remove(session: Session, actor: Actor, *, phrase_id: int) -> None:
    """Take one of one's own phrases away."""
    person_id = actor.require(Permission.REVIEW)
    row = session.exec(
        select(SavedPhrase).where(SavedPhrase.id == phrase_id, SavedPhrase.person_id == person_id)
    ).first()
    if row is None:
        raise NotFound("没有找到这条常用语，可能已删除。")
    session.delete(row)
    session.flush()
