"""Whose clerks one looks after: one's own organisation's, and those of what lies below."""

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import Session, col, select

from rxapp.errors import NotFound
from rxapp.models.organisations import Organisation
from rxapp.rules.permissions import Permission
from rxapp.services import scopes
from rxapp.services.actors import Actor


def find_organisation(
    session: Session, actor: Actor, organisation_id: int, *, lock: bool = False
) -> Organisation:
    """An organisation whose clerks one looks after (0: one's own); else NotFound.

    `lock` lets one at a time change its clerks.
    """
    wanted = organisation_id or actor.office_id or 0
    statement = select(Organisation).where(Organisation.id == wanted, _looked_after(actor))
    found = session.exec(statement.with_for_update() if lock else statement).first()
    if found is None:
        raise NotFound("没有找到该单位，可能不在您的管理范围内。")
    return found


def is_above(actor: Actor, here: Organisation) -> bool:
    """Whether one serves an office above that looks after its people."""
    return scopes.is_above(actor, Permission.CODE_ISSUE, here.path)


def subtree(here: Organisation) -> ColumnElement[bool]:
    """An organisation and all below it, as one range."""
    path = col(Organisation.path)
    return and_(path >= here.path, path < here.path[:-1] + "0")


def _looked_after(actor: Actor) -> ColumnElement[bool]:
    # A base trains people of organisations that happen to stand below it: their clerks are not its.
    own = col(Organisation.id).in_(scopes.office_ids(actor, Permission.STAFF_MANAGE))
    return or_(own, scopes.within(actor, Permission.CODE_ISSUE))
