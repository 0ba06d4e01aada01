"""Whose turn it is: the office an application lies before, or one above it after a time."""

from datetime import timedelta

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.errors import Conflict, NotPermitted
from rxapp.models.applications import Application
from rxapp.models.organisations import Organisation
from rxapp.models.people import Person
from rxapp.rules.applications import Status, Verdict
from rxapp.rules.city_values import CityValue
from rxapp.rules.permissions import Permission
from rxapp.services import applications, city_values, scopes
from rxapp.services.actors import Actor

REVIEW = Permission.REVIEW


def before(session: Session, actor: Actor) -> ColumnElement[bool]:
    """Addressed to one's own office, or waiting too long at one below."""
    own = col(Application.office_id).in_(scopes.office_ids(actor, REVIEW))
    return or_(own, and_(_is_late(session), scopes.within(actor, REVIEW)))


def places_before(session: Session, actor: Actor) -> list[ColumnElement[bool]]:
    """The same as conditions that exclude each other, each to be read along one index."""
    mine = scopes.office_ids(actor, REVIEW)
    found = [col(Application.office_id) == office for office in mine]
    office, few = col(Application.office_id), scopes.list_few_below(session, actor, REVIEW)
    below = scopes.is_below(actor, REVIEW, office) if few is None else office.in_(few)
    return [*found, and_(_is_late(session), below)]


def _is_late(session: Session) -> ColumnElement[bool]:
    days = city_values.get_value(session, CityValue.DESK_ESCALATE_DAYS)
    return col(Application.waiting_since) < clock.now() - timedelta(days=days)


def require_turn(session: Session, actor: Actor, row: Application, version: int) -> None:
    """Refuse whoever is not the one to decide now: who was first, whose turn it is, or why not."""
    if row.status is not Status.SUBMITTED or row.version != version:
        raise Conflict(applications.tell_who_decided(session, row))
    if _is_own(session, actor, row):
        raise NotPermitted("不能办理本人的申请，请由其他管理员或上级单位办理。")
    turn = session.exec(
        select(Application.id)
        .join(Organisation, col(Organisation.id) == Application.office_id)
        .where(Application.id == row.id, before(session, actor))
    ).first()
    if turn is None:
        raise NotPermitted("该申请目前由其他单位办理。")
    if actor.person_id in _who_decided(session, row):
        raise NotPermitted("您已在前一环节办理过该申请，请由其他管理员办理。")


def was_mine(session: Session, actor: Actor, row: Application, verdict: str, version: int) -> bool:
    """Whether the actor gave this very verdict before: the second press of one finger.

    The screen may have been drawn anew between the two, with the version the first led to.
    """
    made = applications.list_decisions(session, row)
    seen = (version + 1,) if verdict == Verdict.PASS_ON else (version, version + 1)
    if not made or row.version not in seen:
        return False
    last = made[-1][0]
    return last.by_id == actor.person_id and last.verdict.value == verdict


def _is_own(session: Session, actor: Actor, row: Application) -> bool:
    if row.person_id is not None:
        return row.person_id == actor.person_id
    # Who applies without an account is known by the identity number that was typed.
    own = session.exec(select(Person.identity_hash).where(Person.id == actor.person_id)).first()
    return bool(row.identity_hash) and row.identity_hash == own


def _who_decided(session: Session, row: Application) -> set[int | None]:
    """Who gave a verdict since it was last submitted; passing on is none."""
    who: set[int | None] = set()
    for made, _, _ in applications.list_decisions(session, row):
        if made.verdict is Verdict.SUBMIT:
            who = set()
        elif made.verdict is not Verdict.PASS_ON:
            who.add(made.by_id)
    return who
