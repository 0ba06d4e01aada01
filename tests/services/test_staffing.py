"""The clerks of an organisation: invited, named from above, removed, handing over."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from rxapp import clock
from rxapp.adapters.database import transaction
from rxapp.errors import AppError, Conflict, Invalid, NotFound, NotPermitted
from rxapp.models.audit import AuditEvent
from rxapp.models.messages import Invitation, Message
from rxapp.models.organisations import Organisation, OrganisationStatus
from rxapp.models.people import Handover, Membership, Person
from rxapp.rules.permissions import LEARNER, Permission
from rxapp.rules.person_status import PersonStatus
from rxapp.services import invitations, people, queues, staffing
from rxapp.services.actors import Actor
from tests.factories import at_once
from tests.gate.cast import Inhabitant, Town, sign_in
from tests.services.doors import acting, actor_of, do, found, inhabited


@pytest.fixture
def town(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    """Everybody, in a database of this test's own."""
    with inhabited(database, tmp_path, monkeypatch) as made:
        yield made


def invited(town: Town, by: Inhabitant, who: Inhabitant, place: str = "mill") -> int:
    do(invitations.invite, acting(by), organisation_id=town.places[place], person_id=who.id)
    return found(select(Invitation.id).order_by(Invitation.id.desc()))[0]  # type: ignore[union-attr]


def view(by: Inhabitant, **more: Any) -> staffing.StaffView:
    return do(staffing.get_staff, acting(by), **more)


def membership(person: Inhabitant) -> int:
    rows = found(select(Membership).where(Membership.person_id == person.id))
    return next(row.id for row in rows if row.ended_at is None)


def change(table: Any, id: int, **columns: Any) -> None:
    with transaction(write=True) as session:
        row = session.get_one(table, id)
        for name, value in columns.items():
            setattr(row, name, value)


def test_whoever_accepts_an_invitation_may_act_on_the_next_press(town) -> None:
    cookie = sign_in(town.lena)
    made = invited(town, town.clerk, town.lena)
    assert actor_of(cookie).permissions == LEARNER
    told = found(select(Message).where(Message.person_id == town.lena.id))
    assert [each.title for each in told] == ["邀请您担任管理员"]
    mine = do(invitations.list_mine, actor_of(cookie))
    assert [(each.id, each.organisation) for each in mine] == [(made, "样例磨坊")]
    assert do(invitations.accept, actor_of(cookie), invitation_id=made) == "样例磨坊"
    assert actor_of(cookie).may(Permission.PEOPLE_READ)
    assert {row.name for row in view(town.clerk).clerks} >= {town.lena.name, town.clerk.name}
    words = {row.action for row in found(select(AuditEvent))}
    assert {"account:clerk_invited", "account:staff_begun"} <= words


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        ("twice", "已经用过"), ("expired", "已经过期"), ("withdrawn", "已撤回"),
        ("moved", "不是样例磨坊的人员"), ("left", "不再有效"),
    ],
)  # fmt: skip
def test_an_invitation_that_no_longer_holds_says_why(town, spoil: str, says: str) -> None:
    made = invited(town, town.clerk, town.lena)
    lena = acting(town.lena)
    if spoil == "twice":
        do(invitations.accept, lena, invitation_id=made)
        with transaction(write=True) as session:
            for row in session.exec(select(Membership).where(Membership.person_id == town.lena.id)):
                row.ended_at = clock.now()
    elif spoil == "expired":
        change(Invitation, made, expires_at=clock.now() - timedelta(seconds=1))
    elif spoil == "withdrawn":
        do(invitations.withdraw, acting(town.clerk), invitation_id=made)
    elif spoil == "moved":
        change(Person, town.lena.id, organisation_id=town.places["forge"])
    else:
        change(Person, town.lena.id, status=PersonStatus.LEFT)
    with pytest.raises(Conflict, match=says):
        do(invitations.accept, lena, invitation_id=made)
    assert acting(town.lena).permissions == LEARNER


def test_an_invitation_is_for_one_person(town) -> None:
    made = invited(town, town.clerk, town.lena)
    for other in (town.olga, town.clerk):
        with pytest.raises(NotFound):
            do(invitations.accept, acting(other), invitation_id=made)
    assert do(invitations.accept, acting(town.lena), invitation_id=made)


def test_one_finger_pressing_twice_accepts_once(town) -> None:
    made = invited(town, town.clerk, town.lena)
    lena = acting(town.lena)
    results = at_once([lambda: do(invitations.accept, lena, invitation_id=made)] * 2)
    assert sorted(isinstance(each, AppError) for each in results) == [False, True]
    rows = found(select(Membership).where(Membership.person_id == town.lena.id))
    assert len(rows) == 1


def test_who_may_invite_whom_where(town) -> None:
    for by, who, place, why in (
        (town.clerk, town.olga, "mill", NotFound),  # of another organisation
        (town.other_clerk, town.lena, "mill", NotFound),  # not one's own
        (town.clerk, town.county, "county", NotFound),  # above
        (town.teacher, town.lena, "mill", NotFound),  # a base names no clerks of employers
        (town.teacher, town.lena, "school", NotFound),
        (town.lena, town.lena, "mill", NotPermitted),
        (town.clerk, town.fresh, "mill", Conflict),  # not activated
        (town.clerk, town.pending, "mill", Conflict),
        (town.clerk, town.clerk, "mill", Conflict),
    ):  # fmt: skip
        with pytest.raises(why):
            invited(town, by, who, place)
    assert found(select(Invitation)) == []
    assert invited(town, town.county, town.lena)
    with pytest.raises(Conflict, match="已邀请"):
        invited(town, town.department, town.lena)
    assert invited(town, town.department, town.former)


def test_a_clerk_without_the_second_factor_looks_after_nobody(town) -> None:
    bare = acting(town.county, factor=False)
    with pytest.raises(NotPermitted):
        do(staffing.get_staff, bare, organisation_id=town.places["mill"])
    assert view(town.county, organisation_id=town.places["mill"]).organisation == "样例磨坊"


def test_people_are_found_by_name_and_by_the_full_number(town) -> None:
    clerk, mill = acting(town.clerk), town.places["mill"]

    def names(typed: str, by: Actor = clerk, place: int = mill) -> list[str]:
        rows = do(invitations.find_candidates, by, organisation_id=place, typed=typed)
        return [row.name for row in rows]

    assert names(town.lena.name[:2]) == [town.lena.name]
    assert names(town.lena.number) == [town.lena.name]
    assert names(town.olga.number) == names(town.olga.name) == names("%%") == []
    assert names(town.lena.name, acting(town.county)) == [town.lena.name]
    assert names(town.lena.name, acting(town.teacher), town.places["school"]) == []
    for typed in ("", "欧", town.lena.number[:-1]):
        with pytest.raises(Invalid):
            names(typed)


def test_a_right_taken_away_is_gone_at_the_next_press(town) -> None:
    made = invited(town, town.clerk, town.lena)
    do(invitations.accept, acting(town.lena), invitation_id=made)
    cookie = sign_in(town.lena)
    assert do(people.list_people, actor_of(cookie)).rows
    waiting = invited(town, town.lena, town.former)
    said = do(staffing.remove, acting(town.clerk), membership_id=membership(town.lena))
    assert town.lena.name in said
    with pytest.raises(NotPermitted):
        do(people.list_people, actor_of(cookie))
    assert actor_of(cookie).may(Permission.LEARN)
    assert found(select(Message).where(Message.person_id == town.lena.id))[-1].title == (
        "管理权限已停止"
    )
    with pytest.raises(Conflict, match="撤回"):
        do(invitations.accept, acting(town.former), invitation_id=waiting)
    again = invited(town, town.clerk, town.lena)
    do(invitations.accept, acting(town.lena), invitation_id=again)
    assert do(people.list_people, actor_of(cookie)).rows


def test_nobody_removes_himself_or_the_last_one_but_the_level_above(town) -> None:
    mine = membership(town.clerk)
    with pytest.raises(NotPermitted, match="交接"):
        do(staffing.remove, acting(town.clerk), membership_id=mine)
    for stranger in (town.other_clerk, town.teacher):
        with pytest.raises(NotFound):
            do(staffing.remove, acting(stranger), membership_id=mine)
    with pytest.raises(NotPermitted):
        do(staffing.remove, acting(town.lena), membership_id=mine)
    assert do(staffing.remove, acting(town.department), membership_id=mine)
    assert acting(town.clerk).permissions == LEARNER
    with pytest.raises(Conflict, match="已被移除"):
        do(staffing.remove, acting(town.department), membership_id=mine)


def test_two_who_remove_each_other_leave_one(town) -> None:
    made = invited(town, town.clerk, town.lena)
    do(invitations.accept, acting(town.lena), invitation_id=made)
    clerk, lena = acting(town.clerk), acting(town.lena)
    pairs = ((clerk, membership(town.lena)), (lena, membership(town.clerk)))
    calls = [
        lambda by=by, target=target: do(staffing.remove, by, membership_id=target)
        for by, target in pairs
    ]
    results = at_once(calls)
    assert sorted(isinstance(each, AppError) for each in results) == [False, True]
    assert len([row for row in view(town.department, organisation_id=town.places["mill"]).clerks
                if row.state == "在任"]) == 1  # fmt: skip


def test_handing_over_to_a_colleague_moves_the_rights_at_once(town) -> None:
    made = invited(town, town.clerk, town.lena)
    do(invitations.accept, acting(town.lena), invitation_id=made)
    with transaction(write=True) as session:
        queues.shift(session, town.places["mill"], queues.APPLICATIONS, 7)
    do(
        staffing.hand_over, acting(town.clerk), organisation_id=town.places["mill"],
        to_id=town.lena.id, note="  章在  抽屉里 ",
    )  # fmt: skip
    assert acting(town.clerk).permissions == LEARNER
    assert acting(town.lena).may(Permission.STAFF_MANAGE)
    rows = view(town.lena).handovers
    assert [(each.giver, each.taker, each.waiting, each.note) for each in rows] == [
        (town.clerk.name, town.lena.name, 7, "章在 抽屉里")
    ]


def test_handing_over_to_somebody_new_waits_for_the_acceptance(town) -> None:
    clerk = acting(town.clerk)
    do(
        staffing.hand_over, clerk, organisation_id=town.places["mill"], to_id=town.lena.id, note=""
    )  # fmt: skip
    assert acting(town.clerk).permissions == acting(town.lena).permissions == LEARNER
    with pytest.raises(NotPermitted):
        do(staffing.hand_over, clerk, organisation_id=town.places["mill"], to_id=town.lena.id,
           note="")  # fmt: skip
    made = do(invitations.list_mine, acting(town.lena))[0].id
    do(invitations.accept, acting(town.lena), invitation_id=made)
    assert acting(town.lena).may(Permission.STAFF_MANAGE)
    assert len(found(select(Handover))) == 1


def test_what_cannot_be_handed_over(town) -> None:
    mill = town.places["mill"]
    for by, to, why in (
        (town.clerk, town.clerk, Conflict), (town.clerk, town.olga, NotFound),
        (town.department, town.lena, NotPermitted), (town.other_clerk, town.olga, NotFound),
        (town.clerk, town.fresh, Conflict),
    ):  # fmt: skip
        with pytest.raises(why):
            do(staffing.hand_over, acting(by), organisation_id=mill, to_id=to.id, note="")
    assert acting(town.clerk).may(Permission.STAFF)
    assert found(select(Handover)) == []


def test_a_closed_organisation_gets_no_clerks(town) -> None:
    made = invited(town, town.clerk, town.lena)
    change(Organisation, town.places["mill"], status=OrganisationStatus.SUSPENDED)
    with pytest.raises(Conflict):
        do(invitations.accept, acting(town.lena), invitation_id=made)
    with pytest.raises(Conflict, match="未启用"):
        invited(town, town.county, town.former)
    change(Organisation, town.places["mill"], status=OrganisationStatus.ACTIVE)
    assert do(invitations.accept, acting(town.lena), invitation_id=made)
