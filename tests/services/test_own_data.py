"""我的信息: one's own record put right, what is kept told truly, all of it taken along."""

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from rxapp.adapters.encryption import data_keys
from rxapp.errors import Conflict, Invalid, NotPermitted, NotSignedIn
from rxapp.models.audit import AuditEvent
from rxapp.models.messages import Message
from rxapp.models.people import Person
from rxapp.services import accounts, disclosures, own_data, own_export
from rxapp.services.actors import ANONYMOUS
from rxapp.services.audit import Action
from tests.services.test_people import Place, number

pytestmark = pytest.mark.usefixtures("installation")

RECORD = {
    "field": "卫生健康", "title_series": "卫生技术", "title_level": "副高级",
    "education": "硕士研究生", "post": "主任医师",
}  # fmt: skip


class Owner(Place):
    """Somebody of the clinic with an account."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.who = self.ids[0]
        with Session(engine) as session, session.begin():
            row = session.get_one(Person, self.who)
            row.activated_at = session.get_one(Person, self.town.city).activated_at

    def person(self) -> Person:
        with Session(self.engine, expire_on_commit=False) as session:
            return session.get_one(Person, self.who)

    def save(self, **changes: str) -> None:
        self.act(
            self.who, own_data.change_record, typed=RECORD | changes, version=self.person().version
        )


@pytest.fixture
def owner(engine: Engine) -> Owner:
    return Owner(engine)


def test_the_own_record_is_put_right_and_recorded(owner: Owner) -> None:
    owner.save()
    row = owner.person()
    assert {key: getattr(row, key) for key in RECORD} == RECORD
    with Session(owner.engine) as session:
        events = session.exec(
            select(AuditEvent).where(AuditEvent.action == Action.PERSON_CHANGED.value)
        ).all()
    assert [(event.object_id, event.detail) for event in events] == [
        (owner.who, {"what": "education,field,post,title_level,title_series"})
    ]
    # Saved once more as it is: nothing changes, nothing is recorded.
    owner.save()
    assert owner.person().version == row.version


def test_a_wrong_record_names_every_field_and_changes_nothing(owner: Owner) -> None:
    with pytest.raises(Invalid) as caught:
        owner.save(field="魔法", title_level="", post="")
    assert set(caught.value.fields) == {"field", "title_level", "post"}
    assert owner.person().field == ""


def test_of_two_windows_the_second_is_told(owner: Owner) -> None:
    old = owner.person().version
    owner.save()
    with pytest.raises(Conflict, match="已填写的内容仍在"):
        owner.act(owner.who, own_data.change_record, typed=RECORD | {"post": "护士"}, version=old)
    assert owner.person().post == "主任医师"


def test_what_is_kept_is_counted_for_the_owner_alone(owner: Owner) -> None:
    owner.act(
        owner.town.employer, disclosures.show_number, person_id=owner.who, what="identity",
        reason="核对职称材料",
    )  # fmt: skip
    mine = owner.act(owner.who, own_data.get_own_data)
    kept = {line.what: line.count for line in mine.kept}
    assert (kept["号码被查看的记录"], kept["消息"], len(mine.looks)) == ("1条", "1条", 1)
    with Session(owner.engine) as session, session.begin():
        session.get_one(Person, owner.ids[1]).activated_at = owner.person().activated_at
    other = owner.act(owner.ids[1], own_data.get_own_data)
    assert {line.what: line.count for line in other.kept}["消息"] == "0条"
    assert other.looks == []


def test_the_workbook_has_all_of_it_and_no_full_number(owner: Owner) -> None:
    owner.save()
    sheets = owner.act(owner.who, own_export.list_sheets)
    by_name = {sheet.name: sheet for sheet in sheets}
    assert ("岗位", "主任医师") in by_name["个人资料"].rows
    assert [row[1] for row in by_name["操作日志"].rows] == ["修改个人资料"]
    assert number(0) not in str(sheets)
    assert all(len(row) == len(sheet.heading) for sheet in sheets for row in sheet.rows)
    with Session(owner.engine) as session:
        event = session.exec(
            select(AuditEvent).where(AuditEvent.action == Action.OWN_DATA_EXPORTED.value)
        ).one()
    assert event.object_id == owner.who


@pytest.mark.parametrize("use_case", [own_data.get_own_data, own_export.list_sheets])
def test_nobody_else_has_own_data(owner: Owner, use_case) -> None:  # type: ignore[no-untyped-def]
    with Session(owner.engine) as session, pytest.raises((NotSignedIn, NotPermitted)):
        use_case(session, ANONYMOUS)


def test_another_mobile_is_kept_encrypted_and_told(owner: Owner) -> None:
    owner.act(owner.who, accounts.change_mobile, mobile="15400999999")
    row = owner.person()
    assert data_keys().decrypt(row.mobile_cipher, context="mobile") == "15400999999"
    assert row.mobile_mask == "154****9999"
    with Session(owner.engine) as session:
        told = session.exec(select(Message).where(Message.person_id == owner.who)).one()
    assert "154****9999" in told.body
    # The same number again is no change.
    owner.act(owner.who, accounts.change_mobile, mobile="15400999999")
    assert owner.person().version == row.version
