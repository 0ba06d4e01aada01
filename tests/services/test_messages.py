"""Messages: one's own alone, the unread kept in step, what goes out delivered and not lost."""

import json
import logging
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from rxapp import clock
from rxapp.adapters import outgoing
from rxapp.adapters.database import transaction
from rxapp.errors import AppError, Invalid, NotFound
from rxapp.models.messages import Message, Outgoing
from rxapp.models.people import Person
from rxapp.rules.email import mask_email, parse_email
from rxapp.services import accounts, messages, sending
from rxapp.services.actors import Actor
from rxapp.settings import settings
from tests.gate.cast import Inhabitant, Town
from tests.services.doors import acting, do, found, inhabited


@pytest.fixture
def town(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    """Everybody, in a database of this test's own."""
    with inhabited(database, tmp_path, monkeypatch) as made:
        yield made


def tell(person: Inhabitant, title: str = "单位变更已通过", **more) -> None:
    with transaction(write=True) as session:
        messages.send(session, to=person.id, title=title, body="请查看。", **more)


def unread(person: Inhabitant) -> tuple[int, int]:
    """The number kept with the person, and the messages really unread."""
    kept = found(select(Person.unread).where(Person.id == person.id))[0]
    rows = found(select(Message).where(Message.person_id == person.id))
    return kept, sum(row.read_at is None for row in rows)


def test_messages_come_newest_first_a_page_at_a_time(town) -> None:
    for number in range(45):
        tell(town.lena, f"第{number}条")
    tell(town.olga)
    lena = acting(town.lena)
    seen, before = [], 0
    for size in (20, 20, 5):
        page = do(messages.list_messages, lena, before=before)
        assert len(page.rows) == size
        seen += [row.title for row in page.rows]
        before = page.next_before
    assert before == 0
    assert seen == [f"第{number}条" for number in reversed(range(45))]
    assert page.unread == 45


def test_reading_counts_down_once(town) -> None:
    tell(town.lena, href="/years")
    tell(town.lena)
    tell(town.lena)
    lena = acting(town.lena)
    first = do(messages.list_messages, lena).rows[-1]
    for _ in range(2):
        assert do(messages.mark_read, lena, message_id=first.id) == "/years"
        assert unread(town.lena) == (2, 2)
    with pytest.raises(NotFound):
        do(messages.mark_read, acting(town.olga), message_id=first.id)
    assert do(messages.mark_all_read, lena) == 2
    assert do(messages.mark_all_read, lena) == 0
    assert unread(town.lena) == (0, 0)


def test_a_message_that_was_not_meant_leaves_nothing_behind(town) -> None:
    with pytest.raises(AppError):
        do(_tell_and_fail, acting(town.lena))
    assert unread(town.lena) == (0, 0)
    assert found(select(Outgoing)) == []
    tell(town.lena, also_text=True)
    assert len(found(select(Outgoing))) == 1


def _tell_and_fail(session: Any, actor: Actor) -> None:
    messages.send(session, to=actor.person_id or 0, title="x", body="x", also_text=True)
    raise AppError("说到一半")


def test_what_goes_out_lies_encrypted_and_is_handed_over_once(town, caplog) -> None:
    tell(town.lena, also_text=True)
    tell(town.olga)
    row = found(select(Outgoing))[0]
    assert town.lena.mobile not in row.sealed
    with caplog.at_level(logging.DEBUG):
        assert sending.send_once() == 1
        assert sending.send_once() == 0
    lines = _lines()
    assert [(each["channel"], each["to"]) for each in lines] == [("sms", town.lena.mobile)]
    assert "单位变更已通过" in lines[0]["text"]
    row = found(select(Outgoing))[0]
    assert (row.state, row.sealed) == ("sent", "")
    assert town.lena.mobile not in caplog.text


def _lines() -> list[dict[str, str]]:
    folder = settings().data_dir / "outgoing"
    files = list(folder.iterdir())
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    return [json.loads(line) for path in files for line in path.read_text().splitlines()]


class Broken:
    """A gateway that is down, and says a number when it fails."""

    def deliver(self, channel: str, to: str, text: str) -> None:
        raise OSError(f"cannot reach {to}")


def test_a_gateway_that_is_down_is_tried_again_after_growing_waits(
    town, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    tell(town.lena, also_text=True)
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)
    monkeypatch.setattr(sending, "outlet", Broken)
    waits = []
    for _ in range(len(sending.WAITS) + 1):
        assert sending.send_once() == 0
        assert sending.send_once() == 0
        row = found(select(Outgoing))[0]
        waits.append(row.next_at - now)
        now = row.next_at
    assert tuple(waits[:-1]) == sending.WAITS
    assert (row.state, row.attempts) == ("failed", len(sending.WAITS) + 1)
    assert row.sealed
    assert town.lena.mobile not in capsys.readouterr().out


def test_what_was_taken_by_who_died_is_sent_by_another(
    town, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(town.lena, also_text=True)
    taken = found(select(Outgoing.id))[0]
    assert sending._take(taken)
    assert sending._take(taken) is None
    assert sending.send_once() == 0
    later = clock.now() + sending.TAKEN_FOR + timedelta(seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert sending.send_once() == 1
    assert len(_lines()) == 1


def test_an_e_mail_address_is_kept_encrypted_and_told_too(town) -> None:
    lena = acting(town.lena)
    do(accounts.set_email, lena, address=parse_email("lena@example.cn"))
    row = found(select(Person).where(Person.id == town.lena.id))[0]
    assert "lena" not in row.email_cipher
    assert do(accounts.get_account, lena).email_mask == "l***@example.cn"
    tell(town.lena, also_text=True)
    assert sending.send_once() == 2
    assert {each["to"] for each in _lines()} == {town.lena.mobile, "lena@example.cn"}
    do(accounts.set_email, lena, address="")
    assert do(accounts.get_account, lena).email_mask == ""


@pytest.mark.parametrize(
    "typed", ["", "x", "a@b", "a b@c", "a@b.c d@e.f", "a@-", "@x.cn", "长@x.cn"]
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(Invalid):
        parse_email(typed)


def test_an_address_is_tidied_and_masked() -> None:
    assert parse_email(" ａ.b@Example.CN ") == "a.b@Example.CN"
    assert mask_email("ab@x.cn") == "a***@x.cn"


def test_none_are_sent_where_the_installation_sends_none(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with inhabited(database, tmp_path, monkeypatch, RXAPP_MESSAGES="none") as town:
        tell(town.lena, also_text=True)
        assert found(select(Outgoing)) == []
        assert unread(town.lena) == (1, 1)
        assert outgoing.outlet() is None
        assert sending.send_once() == 0
