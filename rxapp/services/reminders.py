"""提醒: whoever is behind in a year is told what is missing and until when, once in seven days."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlmodel import Session, col, select

from rxapp import routes
from rxapp.errors import Invalid
from rxapp.models.people import Person
from rxapp.rules.behind import gaps_in_words
from rxapp.rules.person_status import PersonStatus
from rxapp.rules.years import YearPolicy
from rxapp.services import audit, behind, extensions, messages
from rxapp.services.actors import Actor
from rxapp.services.behind import Line

# How many people are looked at in one transaction, and how many can be ticked.
CHUNK = 200


@dataclass(frozen=True)
class Reminded:
    """How many were reminded, how many were not and why; `next_after` is 0 at the end."""

    reminded: int = 0
    recently: int = 0
    away: int = 0
    done: int = 0
    next_after: int = 0


def remind(
    session: Session, actor: Actor, *, organisation_id: int, year: int, people: Collection[int]
) -> Reminded:
    """Tell the people who were ticked what is missing and until when."""
    behind.get_place(session, actor, organisation_id)
    if not people:
        raise Invalid(message="请先勾选要提醒的人员。")
    policy = extensions.policy_at(session, organisation_id, year)
    chosen = behind.read(session, organisation_id, policy, only=sorted(people)[:CHUNK])
    return _remind(session, actor, organisation_id, policy, list(chosen))


def remind_next(
    session: Session, actor: Actor, *, organisation_id: int, year: int, after: int
) -> Reminded:
    """Tell the next of all who are behind, beginning after a person; two hundred looked at."""
    behind.get_place(session, actor, organisation_id)
    policy = extensions.policy_at(session, organisation_id, year)
    found = session.exec(
        select(Person.id)
        .where(Person.organisation_id == organisation_id, col(Person.id) > after)
        .order_by(col(Person.id))
        .limit(CHUNK)
    )
    ids = [id for id in found if id is not None]
    lines = behind.read(session, organisation_id, policy, only=ids)
    last = ids[-1] if len(ids) == CHUNK else 0
    due = [line for line in lines if line.to_go]
    return _remind(session, actor, organisation_id, policy, due, next_after=last)


def _remind(
    session: Session, actor: Actor, organisation_id: int, policy: YearPolicy, lines: list[Line],
    next_after: int = 0,
) -> Reminded:  # fmt: skip
    _hold(session, [line.id for line in lines])
    told = behind.last_told(session, [line.id for line in lines])
    here = [line for line in lines if line.status is PersonStatus.ACTIVE]
    short = [line for line in here if line.to_go]
    due = [line for line in short if line.id not in told]
    for line in due:
        _tell(session, policy, line)
    if due:
        audit.record(
            session, actor, audit.Action.REMINDED, kind="organisation", id=organisation_id,
            count=len(due), year=policy.year,
        )  # fmt: skip
    return Reminded(
        reminded=len(due), recently=len(short) - len(due), away=len(lines) - len(here),
        done=len(here) - len(short), next_after=next_after,
    )  # fmt: skip


def _hold(session: Session, ids: list[int]) -> None:
    """Of two clerks who remind the same people at once, the second waits and finds them told."""
    session.exec(
        select(Person.id)
        .where(col(Person.id).in_(ids))
        .order_by(col(Person.id))
        .with_for_update(key_share=True)
    ).all()


def _tell(session: Session, policy: YearPolicy, line: Line) -> None:
    said = f"{policy.label}{gaps_in_words(line.standing)}。{behind.until(policy)}。"
    messages.send(
        session, to=line.id, title=behind.REMINDER, body=said, href=routes.year(policy.year),
        also_text=True,
    )  # fmt: skip
