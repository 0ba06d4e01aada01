"""A page that could not be filled asks again until it is, whatever else is pressed meanwhile."""

import asyncio
import re
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from rxapp.gate import policy
from rxapp.gate.marks import fills_page
from rxapp.services import messages, standings
from tests.gate.cast import Town, sign_in
from tests.gate.tabs import ROOT, Stage, stage

HOME = f"{ROOT}.rxapp___state___hours____home_state.load"
READ_ALL = f"{ROOT}.rxapp___state___inbox____inbox_state.read_all"
AGAIN = f"{ROOT}.rxapp___gate___outage____outage_state.again"
MISSED = r'outage_state": \{[^}]*"missed_rx_state_": (true|false)'
TOLD = r'outage_state": \{"sentence_rx_state_": "([^"]*)"'
AWAY = "暂时不能"


def away(*_: Any, **_more: Any) -> None:
    raise OperationalError("", {}, Exception("gone"))


def missed(frames: str) -> list[str]:
    """What the page was told of whether it must be filled again."""
    return re.findall(MISSED, frames)


def told(frames: str) -> list[str]:
    return re.findall(TOLD, frames)


def test_every_handler_of_an_opened_page_is_known_as_one() -> None:
    from reflex_base.utils.format import format_event_handler

    from rxapp.rxapp import app

    opened = {
        format_event_handler(getattr(each, "handler", each))
        for events in app._load_events.values()
        for each in events
    }
    assert len(opened) > 50
    assert [name for name in opened if not fills_page(name)] == []
    assert not fills_page(READ_ALL)
    assert not fills_page("unloaded")


def test_a_page_whose_own_data_failed_is_filled_when_it_asks_again(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scene(made: Stage) -> None:
        tab = await made.opened(sign_in(town.lena))
        with monkeypatch.context() as patch:
            patch.setattr(standings, "get_home", away)
            heard = await tab.send(HOME, path="/")
            assert AWAY in told(heard)[-1]
            assert missed(heard) == ["true"]
        heard = await tab.send(AGAIN, {"missed": True}, path="/")
        assert '"view_rx_state_": {' in heard
        assert (told(heard)[0], missed(heard)[0]) == ("", "false")

    asyncio.run(_played(scene))


def test_what_is_pressed_meanwhile_does_not_make_it_forget(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scene(made: Stage) -> None:
        tab = await made.opened(sign_in(town.lena))
        with monkeypatch.context() as patch:
            patch.setattr(policy, "_actor", away)
            assert missed(await tab.send(HOME, path="/")) == ["true"]
            for name, payload in ((AGAIN, {"missed": True}), (READ_ALL, {})):
                heard = await tab.send(name, payload, path="/")
                assert AWAY in told(heard)[-1]
                assert missed(heard) == []

    asyncio.run(_played(scene))


def test_a_button_that_failed_says_so_where_it_is_and_fills_nothing_anew(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scene(made: Stage) -> None:
        tab = await made.opened(sign_in(town.lena))
        with monkeypatch.context() as patch:
            patch.setattr(messages, "mark_all_read", away)
            heard = await tab.send(READ_ALL)
        assert re.search(rf'inbox_state".*"error_rx_state_": "[^"]*{AWAY}', heard)
        assert missed(heard) == []

    asyncio.run(_played(scene))


async def _played(scene: Any) -> None:
    async with stage() as made:
        await scene(made)
