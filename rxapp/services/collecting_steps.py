"""A file in steps of one transaction each, the same for the screen and the operator's command."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from rxapp.adapters.database import transaction
from rxapp.rules.collected import Kind
from rxapp.services.collecting import Intake, Sorted
from rxapp.services.collecting_organisations import Organisations
from rxapp.services.collecting_people import People

BATCH = 500
TRIES = 3

T = TypeVar("T")


def make_intake(kind: Kind, *, dry: bool) -> Intake:
    """What reads files of a kind; `dry` when nothing is let in."""
    return People() if kind is Kind.PEOPLE else Organisations(dry=dry)


def batched(rows: Iterable[T]) -> Iterator[list[T]]:
    """The rows in steps of one transaction each."""
    iterator = iter(rows)
    while batch := list(islice(iterator, BATCH)):
        yield batch


def take_batch(intake: Intake, drafts: list[Any], then: Callable[..., Any]) -> Sorted:
    """Let one batch in, in one transaction; `then` writes down in it how far that was.

    Another file may bring the same person at the same moment: then it is sorted anew.
    """
    for tries_left in range(TRIES - 1, -1, -1):
        try:
            with transaction(write=True) as session:
                return _taken(session, intake, drafts, then)
        except IntegrityError:
            if not tries_left:
                raise
    raise AssertionError


def _taken(session: Session, intake: Intake, drafts: list[Any], then: Callable[..., Any]) -> Sorted:
    actor = then(session, None)
    batch = intake.sort(session, actor, drafts)
    intake.take(session, actor, batch)
    then(session, batch)
    return batch
