"""The tree of organisations, as far as collecting it needs."""

from collections.abc import Iterable

from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.adapters import pinyin
from rxapp.errors import Conflict, Invalid, NotFound
from rxapp.models.organisations import Organisation
from rxapp.rules import identity
from rxapp.rules.permissions import Capacity
from rxapp.services import audit
from rxapp.services.actors import Actor


def add_organisation(
    session: Session, actor: Actor, *, name: str, capacities: frozenset[Capacity],
    parent_id: int | None, credit_code: str | None = None, address: str = "",
) -> int:  # fmt: skip
    """Put an organisation into the tree below its superior; returns its id.

    Raises Invalid for a bad name or code, NotFound for an unknown superior, Conflict when the code
    is taken or a second city bureau is added.
    """
    parent = _parent(session, parent_id, capacities)
    if not 2 <= len(name.strip()) <= 100:
        raise Invalid({"name": "机构名称应为2至100个字。"})
    code = identity.parse_credit_code(credit_code) if credit_code else None
    if (
        code
        and session.exec(select(Organisation.id).where(Organisation.credit_code == code)).first()
    ):
        raise Conflict("该统一社会信用代码已经登记。")
    row = Organisation(
        parent_id=parent_id,
        name=name.strip(),
        capacities=capacities,
        credit_code=code,
        address=address,
        initials=pinyin.initials(name),
        created_at=clock.now(),
    )
    session.add(row)
    session.flush()
    row.path = f"{parent.path if parent else '/'}{row.id}/"
    session.add(row)
    session.flush()
    audit.record(session, actor, audit.Action.ORGANISATION_ADDED, kind="organisation", id=row.id)
    return row.id or 0


def find_by_name(session: Session, name: str) -> int | None:
    """The id of the one organisation of exactly this name; None when there is none or several."""
    rows = session.exec(select(Organisation.id).where(Organisation.name == name.strip())).all()
    return rows[0] if len(rows) == 1 else None


def names_of(session: Session, ids: Iterable[int | None]) -> dict[int, str]:
    """The names of some organisations, by their ids."""
    wanted = {id for id in ids if id}
    rows = session.exec(
        select(Organisation.id, Organisation.name).where(col(Organisation.id).in_(wanted))
    )
    return {id: name for id, name in rows if id is not None}


def _parent(
    session: Session, parent_id: int | None, capacities: frozenset[Capacity]
) -> Organisation | None:
    if parent_id is None:
        root = session.exec(select(Organisation.id).where(Organisation.parent_id == None)).first()  # noqa: E711
        if Capacity.CITY_BUREAU not in capacities:
            raise NotFound("请先指定上级单位。")
        if root is not None:
            raise Conflict("市人力资源社会保障局已经登记。")
        return None
    parent = session.get(Organisation, parent_id)
    if parent is None:
        raise NotFound("没有找到上级单位。")
    return parent
