"""站内信: what was decided and what is to be done, in the transaction that decided it."""

import json
from dataclasses import dataclass

from sqlalchemy import case, update
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.adapters.encryption import data_keys
from rxapp.errors import NotFound
from rxapp.models.messages import Message, Outgoing
from rxapp.models.people import Person
from rxapp.rules.permissions import Permission
from rxapp.services.actors import Actor
from rxapp.settings import settings

PAGE = 20


@dataclass(frozen=True)
class MessageRow:
    """One message as its owner reads it."""

    id: int
    title: str
    body: str
    href: str
    at: str
    unread: bool


@dataclass(frozen=True)
class MessagePage:
    """The newest messages first; `next_before` is 0 on the last page."""

    rows: list[MessageRow]
    next_before: int
    unread: int


def send(
    session: Session, *, to: int, title: str, body: str, href: str = "", also_text: bool = False
) -> None:
    """Leave a message for a person; `also_text` sends it to the mobile and the e-mail as well.

    Title and body name nobody else: they are read on a screen others may see.
    """
    session.add(Message(person_id=to, title=title, body=body, href=href, at=clock.now()))
    session.execute(update(Person).where(col(Person.id) == to).values(unread=Person.unread + 1))
    if also_text and settings().messages != "none":
        _queue(session, session.get_one(Person, to), f"【继续教育平台】{title}。{body}")


def mail(session: Session, *, to: str, text: str) -> None:
    """Send an e-mail to an address that is nobody's here, such as the operators'."""
    if settings().messages != "none":
        _put(session, "email", to, text, None)


def list_messages(session: Session, actor: Actor, *, before: int = 0) -> MessagePage:
    """One's own messages, twenty a page."""
    person_id = actor.require(Permission.SIGNED_IN)
    statement = (
        select(Message)
        .where(Message.person_id == person_id)
        .order_by(col(Message.id).desc())
        .limit(PAGE + 1)
    )
    if before:
        statement = statement.where(col(Message.id) < before)
    found = session.exec(statement).all()
    rows = [_row(each) for each in found[:PAGE]]
    return MessagePage(
        rows=rows,
        next_before=rows[-1].id if len(found) > PAGE else 0,
        unread=count_unread(session, actor),
    )


def count_unread(session: Session, actor: Actor) -> int:
    """How many messages wait to be read; kept with the person, never counted."""
    person_id = actor.require(Permission.SIGNED_IN)
    return session.exec(select(Person.unread).where(Person.id == person_id)).one()


def mark_read(session: Session, actor: Actor, *, message_id: int) -> str:
    """Note that one message was read; returns where it leads, and nothing new the second time."""
    person_id = actor.require(Permission.SIGNED_IN)
    href = session.exec(
        select(Message.href).where(Message.id == message_id, Message.person_id == person_id)
    ).first()
    if href is None:
        raise NotFound("没有找到这条消息。")
    _mark(session, person_id, col(Message.id) == message_id)
    return href


def mark_all_read(session: Session, actor: Actor) -> int:
    """Note that every message was read; returns how many were new."""
    return _mark(session, actor.require(Permission.SIGNED_IN))


def _mark(session: Session, person_id: int, *conditions) -> int:  # type: ignore[no-untyped-def]
    done = session.execute(
        update(Message)
        .where(col(Message.person_id) == person_id, col(Message.read_at).is_(None), *conditions)
        .values(read_at=clock.now())
    )
    count = done.rowcount  # type: ignore[attr-defined]
    left = case((col(Person.unread) > count, Person.unread - count), else_=0)
    if count:
        session.execute(update(Person).where(col(Person.id) == person_id).values(unread=left))
    return count


def _queue(session: Session, person: Person, text: str) -> None:
    for channel, cipher, context in (
        ("sms", person.mobile_cipher, "mobile"),
        ("email", person.email_cipher, "email"),
    ):
        if not cipher:
            continue
        to = data_keys().decrypt(cipher, context=context)
        _put(session, channel, to, text, person.id)


def _put(session: Session, channel: str, to: str, text: str, person_id: int | None) -> None:
    sealed = json.dumps({"to": to, "text": text}, ensure_ascii=False)
    now = clock.now()
    session.add(
        Outgoing(
            person_id=person_id, channel=channel, next_at=now, made_at=now,
            sealed=data_keys().encrypt(sealed, context="outgoing"),
        )
    )  # fmt: skip


def _row(row: Message) -> MessageRow:
    return MessageRow(
        id=row.id or 0,
        title=row.title,
        body=row.body,
        href=row.href,
        at=f"{clock.local(row.at):%Y-%m-%d %H:%M}",
        unread=row.read_at is None,
    )
