"""People and organisations of a file: each row is new, changed, unchanged or wrong, and told so."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from sqlmodel import Session, col, func, select

from rxapp.adapters import database
from rxapp.adapters.database import transaction
from rxapp.adapters.sheets_in import RawRow
from rxapp.errors import NotPermitted
from rxapp.models.audit import AuditEvent
from rxapp.models.organisations import Organisation, OrganisationChange, OrganisationStatus
from rxapp.models.people import Affiliation, Membership, Person
from rxapp.rules import collected, identity
from rxapp.rules.collected import Kind
from rxapp.rules.permissions import Capacity, Permission, permissions_of
from rxapp.services import collecting, collecting_steps
from rxapp.services.actors import Actor, Office
from rxapp.services.collecting import Sorted
from tests import servers
from tests.gate.cast import Town, installed, settle


@dataclass
class Desk:
    """A town in which somebody works for one place."""

    town: Town

    def clerk(self, place: str) -> Actor:
        with transaction() as session:
            row = session.get_one(Organisation, self.town.places[place])
            office = Office(row.id or 0, row.path, row.name, row.capacities)
        rights = permissions_of(office.capacities, activated=True)
        return Actor(rights, person_id=self.town.city.id, activated=True, offices=(office,))

    def bring(self, place: str, *rows: dict[str, str], kind: Kind = Kind.PEOPLE) -> Sorted:
        """Let a file's rows in, as the clerk of a place."""
        intake = collecting_steps.make_intake(kind, dry=False)
        drafts = intake.read(raw(*rows))
        actor = self.clerk(place)
        with transaction(write=True) as session:
            batch = intake.sort(session, actor, drafts)
            intake.take(session, actor, batch)
        return batch

    def look(self, place: str, *rows: dict[str, str], kind: Kind = Kind.PEOPLE) -> Sorted:
        """Only look a file's rows through."""
        intake = collecting_steps.make_intake(kind, dry=True)
        with transaction() as session:
            return intake.sort(session, self.clerk(place), intake.read(raw(*rows)))


@pytest.fixture(params=["sqlite", "postgres"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    url = ""
    if request.param == "postgres":
        template = request.getfixturevalue("postgres_template")
        server = request.getfixturevalue("postgres_url")
        url = servers.create_database(server, f"test_{uuid4().hex}", template)
    with installed(tmp_path / "town", RXAPP_DATABASE_URL=url):
        yield Desk(settle())


def raw(*rows: dict[str, str]) -> list[RawRow]:
    return [RawRow(line, values) for line, values in enumerate(rows, start=2)]


def number(place: int, day: str = "19850101") -> str:
    base = f"370802{day}{place:03d}"
    return base + identity.identity_check_character(base)


def code(place: int) -> str:
    base = f"12370890DEM{place:05d}X"
    return base + identity.credit_check_character(base)


def person(place: int = 1, **values: str) -> dict[str, str]:
    given = {"name": "样小明", "identity_number": number(place), "organisation": "样例磨坊"}
    return given | values


def unit(**values: str) -> dict[str, str]:
    return {"name": "样例新院", "capacities": "用人单位", "superior": "样例县人社局"} | values


def said(batch: Sorted) -> list[tuple[int, str]]:
    return [(fault.line, fault.column) for fault in batch.faults]


def reason(batch: Sorted) -> str:
    (fault,) = batch.faults
    return fault.reason


def find(name: str) -> Person:
    with transaction() as session:
        return session.exec(select(Person).where(Person.name == name)).one()


def count(table: type) -> int:
    with transaction() as session:
        return session.exec(select(func.count()).select_from(table)).one()


def actions(action: str) -> int:
    with transaction() as session:
        return len(session.exec(select(AuditEvent).where(AuditEvent.action == action)).all())


def test_the_same_rows_again_change_nothing(desk: Desk) -> None:
    rows = [
        person(1, mobile="15400000001", post="磨工", field="工程建设"),
        person(2, name="样小红", owes_from="2019"),
    ]
    before = actions("person:collected")
    assert len(desk.look("mill", *rows).added) == 2
    assert count(Person) == len(desk.town.people)
    assert len(desk.bring("mill", *rows).added) == 2
    new = find("样小明")
    assert (new.owes_from, new.post, new.initials) == (2016, "磨工", "yxm")
    assert new.identity_mask == identity.mask_identity(number(1))
    assert number(1) not in repr(new)
    assert actions("person:collected") == before + 2
    with transaction() as session:
        spell = session.exec(select(Affiliation).where(Affiliation.person_id == new.id)).one()
        assert (spell.organisation_id, spell.how) == (desk.town.places["mill"], "collected")
    again = desk.bring("mill", *rows)
    assert (again.added, again.changed, again.unchanged, again.faults) == ([], [], 2, [])
    assert actions("person:collected") == before + 2
    assert actions("person:changed") == 0


def test_each_wrong_row_has_its_own_reason(desk: Desk) -> None:
    good = number(1)
    wrong_end = good[:-1] + ("1" if good[-1] != "1" else "2")
    rows = {
        "最后一位与前17位不相符": person(identity_number=wrong_end),
        "没有填写": person(3, name=""),
        "姓名中有数字": person(4, name="样1"),
        "手机号码应为11位": person(5, mobile="1540000000"),
        "没有找到唯一的单位": person(6, organisation="样例面坊"),
        "2016年以后": person(7, owes_from="1999"),
        "不在可选范围内": person(8, field="打铁"),
        "出生日期晚于今天": person(identity_number=number(1, "20990101")),
        "不能超过40个字": person(9, post="长" * 41),
        "应为18位，您填写了17位": person(identity_number=good[:-1]),
    }
    batch = desk.look("mill", *rows.values())
    assert [fault.line for fault in sorted(batch.faults, key=lambda it: it.line)] == list(
        range(2, 2 + len(rows))
    )
    reasons = {fault.line: fault.reason for fault in batch.faults}
    for line, expected in enumerate(rows, start=2):
        assert expected in reasons[line]
    assert batch.added == []


def test_old_wide_and_spaced_numbers_are_understood(desk: Desk) -> None:
    x = next(number(n) for n in range(1, 99) if number(n).endswith("X"))
    wide = "".join(chr(ord(c) + 0xFEE0) for c in number(50))
    batch = desk.look(
        "mill", person(identity_number=x.lower()),
        person(identity_number=f" {wide[:6]} {wide[6:]}"),
        person(identity_number="370802850101077"),
    )  # fmt: skip
    assert [each.draft.number for each in batch.added][:2] == [x, number(50)]
    assert len(batch.added) == 3


def test_a_number_twice_in_the_file_is_told_with_the_first_line(desk: Desk) -> None:
    batch = desk.look("mill", person(1), person(2), person(1, name="样小强"))
    assert len(batch.added) == 2
    assert said(batch) == [(4, "身份证号码")]
    assert "第2行" in reason(batch)


def test_a_rounded_number_is_refused_with_a_sentence(desk: Desk) -> None:
    row = RawRow(2, person(1), (), frozenset({"identity_number"}))
    intake = collecting_steps.make_intake(Kind.PEOPLE, dry=True)
    (draft,) = intake.read([row])
    assert "设为文本格式" in draft.faults[0].reason


def test_somebody_elsewhere_is_wrong_without_telling_where(desk: Desk) -> None:
    olga = desk.town.olga
    row = person(name=olga.name, identity_number=olga.number)
    from_mill = desk.bring("mill", row)
    assert reason(from_mill) == collecting.ELSEWHERE
    assert "铁铺" not in reason(from_mill)
    from_county = desk.bring("county", row)
    assert "样例铁铺" in reason(from_county)
    assert "单位变更" in reason(from_county)
    with transaction() as session:
        stays = session.get_one(Person, olga.id).organisation_id
    assert stays == desk.town.places["forge"]


def test_a_clerk_brings_people_to_the_own_subtree_only(desk: Desk) -> None:
    outside = person(1, organisation="样例铁铺")
    assert "不在您的管理范围内" in reason(desk.bring("mill", outside))
    assert "不在您的管理范围内" in reason(desk.bring("guild", outside))
    assert len(desk.bring("county", outside).added) == 1
    teacher = desk.clerk("school")
    assert not teacher.may(Permission.COLLECT)
    with pytest.raises(NotPermitted):
        desk.look("school", person(2))


def test_only_those_not_yet_activated_are_changed(desk: Desk) -> None:
    fresh, lena = desk.town.fresh, desk.town.lena
    for who in (fresh, lena):
        batch = desk.bring(
            "mill", person(name=who.name, identity_number=who.number, mobile="15400000009",
                           post="磨工")
        )  # fmt: skip
        assert batch.faults == []
        assert len(batch.changed) == (who is fresh)
    with transaction() as session:
        changed, kept = session.get_one(Person, fresh.id), session.get_one(Person, lena.id)
        assert (changed.post, changed.mobile_mask) == ("磨工", "154****0009")
        assert (kept.post, kept.mobile_mask) == ("", identity.mask_mobile(lena.mobile))
        event = session.exec(select(AuditEvent).where(AuditEvent.action == "person:changed")).one()
        assert event.detail["fields"] == ["mobile", "post"]
    other_name = desk.bring("mill", person(name="样大明", identity_number=lena.number))
    assert said(other_name) == [(2, "姓名")]
    renamed = desk.bring("mill", person(name="样大明", identity_number=fresh.number))
    assert len(renamed.changed) == 1
    assert find("样大明").pinyin == "yangdaming"


def test_two_people_with_one_mobile_are_told_to_the_clerk(desk: Desk) -> None:
    lena = desk.town.lena
    rows = [person(1, mobile=lena.mobile), person(2, mobile="15400000008"),
            person(3, mobile="15400000008"), person(4, mobile="15400000007")]  # fmt: skip
    for batch in (desk.look("mill", *rows), desk.bring("mill", *rows)):
        assert (len(batch.added), batch.faults) == (4, [])
        assert [fault.line for fault in batch.hints] == [2, 4]
        assert "第3行" in batch.hints[1].reason
        assert lena.name not in batch.hints[0].reason
    assert desk.bring("mill", *rows).hints == []


def test_an_employer_is_found_by_code_and_either_bracket(desk: Desk) -> None:
    with transaction(write=True) as session:
        row = session.get_one(Organisation, desk.town.places["mill"])
        row.name, row.credit_code = "样例磨坊（北）", code(7)
    for typed in ("样例磨坊（北）", "样例磨坊(北)", code(7), code(7).lower()):
        assert len(desk.look("mill", person(1, organisation=typed)).added) == 1, typed
    with transaction(write=True) as session:
        session.get_one(Organisation, desk.town.places["mill"]).status = OrganisationStatus.CLOSED
    assert "已注销" in reason(desk.look("county", person(1, organisation=code(7))))


def test_organisations_come_in_below_their_superiors(desk: Desk) -> None:
    rows = [
        unit(name="样例新局", capacities="主管部门", credit_code=code(1)),
        unit(
            name="样例新院", capacities="用人单位、继续教育基地", superior="样例新局",
            address="样例路", contact_name="样联系", contact="15400000003",
            clerk_name="样管理", clerk_number=number(60), clerk_mobile="15400000004",
        ),
        unit(name="样例新所", superior=code(1)),
    ]  # fmt: skip
    assert len(desk.look("county", *rows, kind=Kind.ORGANISATIONS).added) == 3
    batch = desk.bring("county", *rows, kind=Kind.ORGANISATIONS)
    assert (len(batch.added), batch.faults) == (3, [])
    with transaction() as session:
        found = {row.name: row for row in session.exec(select(Organisation))}
        bureau, house = found["样例新局"], found["样例新院"]
        assert house.path == f"{bureau.path}{house.id}/"
        assert bureau.path.startswith(found["样例县人社局"].path)
        assert house.capacities == {Capacity.EMPLOYER, Capacity.BASE}
        assert (house.contact_mask, house.initials) == ("154****0003", "ylxy")
        clerk = session.exec(select(Membership).where(Membership.organisation_id == house.id)).one()
        assert clerk.begins_at is None
        assert session.get_one(Person, clerk.person_id).organisation_id == house.id
        kinds = session.exec(select(OrganisationChange.kind)).all()
        assert kinds == ["registered"] * 3
    again = desk.bring("county", *rows, kind=Kind.ORGANISATIONS)
    assert (again.added, again.changed, again.unchanged, again.faults) == ([], [], 3, [])
    renamed = desk.bring("county", rows[0] | {"name": "样例新局二"}, kind=Kind.ORGANISATIONS)
    assert len(renamed.changed) == 1
    assert count(Membership) == 1 + count_town_memberships()


def count_town_memberships() -> int:
    from tests.gate.cast import CAST

    return sum(len(offices.split()) for _, _, offices in CAST.values())


def test_each_wrong_organisation_has_its_own_reason(desk: Desk) -> None:
    bad_code = code(1)[:-1] + ("0" if code(1)[-1] != "0" else "1")
    rows = {
        "不相符": unit(name="样例己院", credit_code=bad_code),
        "没有找到唯一的单位": unit(name="样例壬院", superior="没有的局"),
        "单位类别应为": unit(name="样例庚院", capacities="商店"),
        "只能由市人社局": unit(name="样例辛院", capacities="人社局"),
        "2至100个字": unit(name="长"),
        "手机号码应为11位": unit(name="样例甲院", contact="12"),
        "填了管理员就要填写": unit(name="样例乙院", clerk_name="样管理"),
        "已由其他单位登记": unit(
            name="样例丙院", clerk_name=desk.town.teacher.name,
            clerk_number=desk.town.teacher.number,
        ),
        "与该身份证号码已登记的姓名不一致": unit(
            name="样例丁院", clerk_name="样不同", clerk_number=desk.town.lena.number
        ),
        "另一个上级单位": unit(name="样例磨坊", superior="样例县人社局", credit_code=code(3)),
        "没有填写": unit(name="样例戊院", superior=""),
    }  # fmt: skip
    with transaction(write=True) as session:
        session.get_one(Organisation, desk.town.places["mill"]).credit_code = code(3)
        teacher = session.get_one(Person, desk.town.teacher.id)
        teacher.organisation_id = desk.town.places["city"]
    batch = desk.look("county", *rows.values(), kind=Kind.ORGANISATIONS)
    reasons = {fault.line: fault.reason for fault in batch.faults}
    for line, expected in enumerate(rows, start=2):
        assert expected in reasons.get(line, ""), (expected, reasons.get(line))
    assert batch.added == []


def test_organisations_outside_the_subtree_are_out_of_reach(desk: Desk) -> None:
    with transaction(write=True) as session:
        session.get_one(Organisation, desk.town.places["forge"]).credit_code = code(9)
    taken = unit(credit_code=code(9), superior="样例县工业主管部门")
    found = desk.look("guild", taken, kind=Kind.ORGANISATIONS)
    assert "不在您的管理范围内" in reason(found)
    assert "铁铺" not in reason(found)
    above = desk.look("guild", unit(superior="样例县人社局"), kind=Kind.ORGANISATIONS)
    assert said(above) == [(2, "上级单位")]
    assert len(desk.look("guild", unit(superior="样例县工业主管部门"),
                         kind=Kind.ORGANISATIONS).added) == 1  # fmt: skip
    department = unit(superior="样例县工业主管部门", capacities="主管部门")
    assert "人社局" in reason(desk.look("guild", department, kind=Kind.ORGANISATIONS))
    with pytest.raises(NotPermitted):
        desk.look("mill", unit(), kind=Kind.ORGANISATIONS)


def test_a_batch_asks_the_database_a_handful_of_times(desk: Desk) -> None:
    from sqlalchemy import event

    asked: list[str] = []
    event.listen(
        database.engine(), "before_cursor_execute",
        lambda *given: asked.append(given[2]) if given[2].startswith("SELECT") else None,
    )  # fmt: skip
    desk.bring("mill", *(person(n) for n in range(1, 200)))
    assert len([each for each in asked if "WHERE" in each]) <= 6
    with Session(database.engine()) as session:
        assert len(session.exec(select(Person).where(col(Person.name) == "样小明")).all()) == 199


def test_the_words_for_capacities_are_understood() -> None:
    for each, names in collected.CAPACITY_WORDS.items():
        for name in names:
            assert collected.parse_capacities(name) == {each}
    assert collected.parse_capacities("用人单位, 继续教育基地") == {
        Capacity.EMPLOYER,
        Capacity.BASE,
    }
