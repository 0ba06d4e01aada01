"""在岗、离职、退休、出国（境）、去世: a person's states with dates; hours follow the policy."""

from datetime import date

from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.errors import Conflict, Invalid
from rxapp.models.people import Person, StatusSpell
from rxapp.rules.permissions import Permission
from rxapp.rules.person_status import SERVES_NOBODY, PersonStatus, Spell
from rxapp.services import audit, codes, scopes, sign_ins, staffing
from rxapp.services.actors import Actor


def set_status(
    session: Session, actor: Actor, *, person_id: int, status: str, begins_on: str, note: str,
    version: int,
) -> str:  # fmt: skip
    """Give a person another state from a day on; returns the sentence to show.

    Invalid for a day in the future or before the last change, Conflict for whoever comes second.
    """
    actor.require(Permission.PEOPLE_EDIT)
    person = scopes.get_person(session, actor, Permission.PEOPLE_EDIT, person_id)
    if person.id == actor.person_id:
        raise Conflict("本人的状态由其他管理员或上级单位办理。")
    if person.pseudonymised_at is not None:
        raise Conflict("该人员的个人信息已经隐去，不能再登记状态。")
    if person.version != version:
        raise Conflict("该人员的信息已被其他人修改，请刷新后再试，已填写的内容仍在。")
    wanted, day = _parse(status, begins_on)
    if wanted is person.status:
        raise Invalid({"status": f"该人员已经是“{wanted.label}”，不需要办理。"})
    _begin_spell(session, actor, person, wanted, day, " ".join(note.split())[:200])
    person.status, person.status_on, person.version = wanted, day, version + 1
    session.add(person)
    _end_service(session, actor, person_id, wanted)
    if wanted is PersonStatus.DECEASED:
        sign_ins.end_all(session, actor, person_id=person_id, except_id=None)
    audit.record(
        session, actor, audit.Action.PERSON_STATUS, kind="person", id=person_id,
        status=wanted.value, begins_on=day.isoformat(),
    )  # fmt: skip
    return f"{person.name}已登记为“{wanted.label}”，自{day:%Y-%m-%d}起。"


def _end_service(session: Session, actor: Actor, person_id: int, wanted: PersonStatus) -> None:
    """Who works for nobody any longer is nobody's clerk; an office elsewhere is asked first."""
    if wanted not in SERVES_NOBODY:
        return
    served = codes.list_served(session, [person_id]).get(person_id, [])
    mine = [office.path for office in actor.offices if actor.may(Permission.STAFF_MANAGE)]
    if not all(office.path.startswith(tuple(mine)) for office in served):
        raise Conflict("该人员还担任其他单位的管理员，请先由该单位或其上级移除管理权限。")
    staffing.end_all_of(session, actor, person_id)


def list_spells(session: Session, person_id: int) -> list[StatusSpell]:
    """Every state a person was in, the oldest first."""
    return list(
        session.exec(
            select(StatusSpell)
            .where(StatusSpell.person_id == person_id)
            .order_by(col(StatusSpell.begins_on), col(StatusSpell.id))
        )
    )


def spells_of(session: Session, person_id: int) -> tuple[Spell, ...]:
    """The states as the rules read them."""
    return tuple(
        Spell(row.status, row.begins_on, row.ended_on) for row in list_spells(session, person_id)
    )


def _parse(status: str, begins_on: str) -> tuple[PersonStatus, date]:
    faults = {}
    if status not in set(PersonStatus):
        faults["status"] = "请选择状态。"
    try:
        day = date.fromisoformat(begins_on)
    except ValueError:
        day = clock.today()
        faults["begins_on"] = "请填写开始的日期。"
    if day > clock.today():
        faults["begins_on"] = "日期不能晚于今天，到期后再办理。"
    if faults:
        raise Invalid(faults)
    return PersonStatus(status), day


def _begin_spell(
    session: Session, actor: Actor, person: Person, status: PersonStatus, day: date, note: str
) -> None:
    known = list_spells(session, person.id or 0)
    open_one = next((row for row in known if row.ended_on is None), None)
    if open_one is not None and day <= open_one.begins_on:
        raise Invalid({"begins_on": f"日期应晚于上次登记的{open_one.begins_on:%Y-%m-%d}，请核对。"})
    if open_one is not None:
        open_one.ended_on = date.fromordinal(day.toordinal() - 1)
        session.add(open_one)
    session.add(
        StatusSpell(
            person_id=person.id or 0, status=status, begins_on=day, note=note,
            by_id=actor.person_id, at=clock.now(),
        )
    )  # fmt: skip
    session.flush()
