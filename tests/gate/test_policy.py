"""Every handler against every visitor: who may, may; who may not, changes and sees nothing."""

import asyncio
import json
import math
import threading
from collections.abc import Awaitable, Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
from structlog.testing import capture_logs

from rxapp.gate import arguments, policy, throttles
from rxapp.rules.permissions import Permission
from tests.gate.cast import (
    Inhabitant,
    Town,
    contents,
    end_membership,
    sign_in,
    spoil,
    visits,
)
from tests.gate.tabs import BOOT, ROOT, Stage, Tab, handlers, stage, unmarked

HOME = f"{ROOT}.rxapp___state___hours____home_state.load"
SHELL = f"{ROOT}.rxapp___state___shell____shell_state.load"
ACCOUNT = f"{ROOT}.rxapp___state___account____account_state.load"
DESK = f"{ROOT}.rxapp___state___people____people_state.load"
ISSUE = f"{ROOT}.rxapp___state___people____people_state.issue"
HYDRATE = f"{ROOT}.hydrate"
RUBBISH: tuple[Any, ...] = (
    {"a": {"b": 1}}, [], None, math.nan, math.inf, 10**22, -(10**22), 1.5, True, "长" * 100_000,
    "\0", b"bytes", {"a": None}, {"a": "长" * 100_000}, {str(n): "" for n in range(1000)},
)  # fmt: skip


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the handlers that were really run."""
    from reflex_base.event.processor import base_state_processor as processor
    from reflex_base.utils.format import format_event_handler

    names: list[str] = []
    process = processor.process_event

    async def noting(handler: Any, **rest: Any) -> None:
        names.append(format_event_handler(handler))
        await process(handler=handler, **rest)

    monkeypatch.setattr(processor, "process_event", noting)
    return names


def played(play: Callable[[Stage], Awaitable[None]]) -> None:
    """Run one scene on the stage."""

    async def run() -> None:
        async with stage() as made:
            await play(made)

    asyncio.run(run())


def test_every_handler_meets_every_visitor(town: Town, ran: list[str]) -> None:
    known = list(handlers())
    assert {permission for _, permission in known} == set(Permission)

    async def play(made: Stage) -> None:
        for visit in visits(town):
            tab = await made.opened(visit.cookie)
            for name, permission in known:
                may = permission in visit.permissions
                await _meet(tab, name, town.olga, ran, may=may)

    played(play)


async def _meet(tab: Tab, name: str, other: Inhabitant, ran: list[str], *, may: bool) -> None:
    ran.clear()
    throttles.forget_all()
    rows, screens = contents(), await _screens(tab)
    with capture_logs() as logs:
        answer = await tab.send(name, _fitting(name, other))
    denials = [log["why"] for log in logs if log["event"] == "event denied"]
    if may:
        assert (ran[:1], denials) == ([name], [])
        return
    assert denials == ["permission"], (name, tab.cookie, logs)
    assert (ran, contents(), await _screens(tab)) == ([], rows, screens)
    assert _only_leads_away(answer)


def test_a_denial_shows_on_an_allowed_visit_what_it_kept_back(town: Town) -> None:
    async def play(made: Stage) -> None:
        seen = await (await made.opened(sign_in(town.clerk))).send(DESK)
        kept = await (await made.opened(sign_in(town.lena))).send(DESK)
        assert town.fresh.name in seen
        assert town.fresh.name not in kept

    played(play)


def test_rubbish_reaches_no_handler(town: Town, ran: list[str]) -> None:
    async def play(made: Stage) -> None:
        for visit in visits(town):
            if visit.kind not in ("clerk", "fresh"):
                continue
            tab = await made.opened(visit.cookie)
            known = [(n, p) for n, p in handlers() if p in visit.permissions]
            for name, _ in known:
                await _refuses_rubbish(tab, name, town, ran)

    played(play)


async def _refuses_rubbish(tab: Tab, name: str, town: Town, ran: list[str]) -> None:
    rows, screens = contents(), await _screens(tab)
    ran.clear()
    for payload in _spoilt(_fitting(name, town.olga)):
        throttles.forget_all()
        assert await tab.force(name, payload) == "", (name, payload)
    assert (ran, contents(), await _screens(tab)) == ([], rows, screens), name
    await tab.force(name, _fitting(name, town.olga))
    assert ran[:1] == [name]


def _spoilt(good: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield {**good, "self": 1}
    yield {**good, "extra": "x"}
    for key, value in good.items():
        yield {k: v for k, v in good.items() if k != key}
        for other in RUBBISH:
            if type(other) is not type(value) or other == "长" * 100_000 or abs_too_large(other):
                yield {**good, key: other}


def abs_too_large(value: Any) -> bool:
    return isinstance(value, int) and abs(value) > arguments.LARGEST


def test_a_form_of_rubbish_is_refused(town: Town, ran: list[str]) -> None:
    search = f"{ROOT}.rxapp___state___people____people_state.search"

    async def play(made: Stage) -> None:
        tab = await made.opened(sign_in(town.clerk))
        for form in ({"q": None}, {"q": {"a": 1}}, {"q": ["x"]}, {"q": "x" * 100_000}, {1: "x"},
                     {str(n): "" for n in range(1000)}):  # fmt: skip
            assert await tab.force(search, {"form": form}) == ""
        assert search not in ran
        assert quote(town.fresh.name) in await tab.send(search, {"form": {"q": town.fresh.name}})
        assert search in ran

    played(play)


def test_names_without_a_mark_are_nobodys(town: Town, ran: list[str]) -> None:
    names = [name for name in unmarked() if name not in policy.FRAMEWORK]
    assert sum(name.endswith(".setvar") for name in names) > 10

    async def play(made: Stage) -> None:
        tab = await made.opened(sign_in(town.city))
        ran.clear()
        rows, screens = contents(), await _screens(tab)
        for name in (*names, "no.such.handler", f"{ROOT}.__init__", f"{HOME}x", "", "_redirect"):
            payload = {"var_name": "loaded", "value": False}
            assert await tab.send(name, payload) == ""
            if name in names:
                assert await tab.force(name, payload) == ""
        assert (ran, contents(), await _screens(tab)) == ([], rows, screens)

    played(play)


def test_only_reflexs_own_few_are_let_through_unmarked() -> None:
    assert set(policy.FRAMEWORK) <= set(unmarked())
    others = {name.rpartition(".")[2] for name in unmarked() if name not in policy.FRAMEWORK}
    assert others == {"setvar", "handle_frontend_exception", "update_vars_internal"}


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        (BOOT, {"vars": {f"{ROOT}.is_hydrated": True}}),
        (BOOT, {"hashes": 5}),
        (BOOT, {"hashes": [1]}),
        (HYDRATE, {"vars": {}}),
        (f"{ROOT}.set_is_hydrated", {"value": "x" * 60_000}),
        (f"{ROOT}.set_is_hydrated", {"value": {"a": 1}}),
    ],
)
def test_reflexs_own_bring_nothing_in(town: Town, ran: list[str], name: str, payload: Any) -> None:
    async def play(made: Stage) -> None:
        tab = await made.opened()
        ran.clear()
        assert await tab.send(name, payload) == ""
        assert ran == []
        assert await tab.send(HYDRATE) != ""

    played(play)


@pytest.mark.parametrize("first", [BOOT, HYDRATE, SHELL, HOME, f"{ROOT}.set_is_hydrated"])
@pytest.mark.parametrize("heir", ["olga", ""])
def test_a_tab_that_changes_hands_shows_nothing_of_the_first(
    town: Town, first: str, heir: str
) -> None:
    async def play(made: Stage) -> None:
        owner = await _well_used(made, town)
        await owner.close()
        other = made.tab(sign_in(town.people[heir]) if heir else "", owner.token)
        await other.open()
        await other.send(first, {"value": True} if first.endswith("set_is_hydrated") else {})
        for name in (BOOT, HYDRATE, SHELL, HOME, ACCOUNT):
            await other.send(name)
        assert other.frames
        assert not _shown(other, town.clerk, town.fresh)
        assert bool(heir) == _shown(other, town.olga)

    played(play)


def test_a_name_in_use_is_not_given_twice(town: Town) -> None:
    async def play(made: Stage) -> None:
        owner = await _well_used(made, town)
        thief = made.tab("", owner.token)
        await thief.open({"event": {"name": BOOT, "payload": {}, "router_data": {}}})
        await thief.send(HYDRATE)
        assert "is_hydrated" in "".join(thief.frames)
        assert not _shown(thief, town.clerk, town.fresh)
        assert town.fresh.name in await owner.send(DESK)

    played(play)


@pytest.mark.parametrize("name", [HYDRATE, BOOT, SHELL])
def test_a_tab_whose_sign_in_was_ended_gets_nothing_more(town: Town, name: str) -> None:
    async def play(made: Stage) -> None:
        tab = await _well_used(made, town)
        before = await tab.send(HYDRATE)
        assert town.fresh.name in before
        spoil(tab.cookie, ended_at=policy.sign_ins.clock.now())
        seen = len(tab.frames)
        for each in (name, HYDRATE, SHELL, DESK):
            await tab.send(each)
        after = "".join(tab.frames[seen:])
        assert after
        assert not any(word in after for word in (*town.clerk.canaries, *town.fresh.canaries))

    played(play)


def test_a_right_taken_away_takes_what_it_showed(town: Town) -> None:
    async def play(made: Stage) -> None:
        tab = await _well_used(made, town)
        end_membership(town.clerk, ended=True)
        try:
            after = await tab.send(HYDRATE) + await tab.send(DESK)
        finally:
            end_membership(town.clerk, ended=False)
        assert after
        assert town.fresh.name not in after
        assert town.fresh.name in await tab.send(DESK)

    played(play)


@pytest.mark.parametrize(("heir", "sees"), [("olga", False), ("", False), ("lena", True)])
def test_an_answer_that_comes_late_finds_only_who_asked(
    town: Town, monkeypatch: pytest.MonkeyPatch, heir: str, sees: bool
) -> None:
    began, go_on = threading.Event(), threading.Event()

    from rxapp.services import accounts

    real = accounts.get_account

    def slowly(session: Any, actor: Any) -> Any:
        began.set()
        assert go_on.wait(5)
        return real(session, actor)

    async def play(made: Stage) -> None:
        cookie = sign_in(town.lena)
        owner = await made.opened(cookie)
        monkeypatch.setattr(accounts, "get_account", slowly)
        asking = asyncio.create_task(owner.send(ACCOUNT))
        await asyncio.to_thread(began.wait, 5)
        await owner.close()
        other_cookie = cookie if heir == "lena" else sign_in(town.people[heir]) if heir else ""
        other = made.tab(other_cookie, owner.token)
        opening = asyncio.create_task(other.open({"event": {"name": BOOT}}))
        await asyncio.sleep(0.02)
        go_on.set()
        await asyncio.gather(asking, opening)
        assert _shown(other, town.lena) == sees

    played(play)


def test_a_database_that_fails_lets_nobody_in(
    town: Town, ran: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def play(made: Stage) -> None:
        tab = await made.opened(sign_in(town.clerk))
        assert town.fresh.name in await tab.send(DESK)
        ran.clear()

        def fails(*_: Any) -> None:
            raise OSError("the disk is gone")

        monkeypatch.setattr(policy.sign_ins, "find_actor", fails)
        answer = await tab.send(DESK) + await tab.send(HYDRATE)
        assert ran == []
        assert town.fresh.name not in answer

    played(play)


def test_a_flood_is_cut_off_reflexs_own_events_too(
    town: Town, ran: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttles, "EVENTS", throttles.Limit("events", "30/minute", "慢"))

    async def play(made: Stage) -> None:
        tab = await made.opened()
        ran.clear()
        for _ in range(40):
            await tab.send(HYDRATE)
        assert 10 < ran.count(HYDRATE) < 30
        other = await made.opened(sign_in(town.lena))
        assert town.lena.name in await other.send(ACCOUNT)

    played(play)


def test_the_store_in_redis_is_wiped_whole(
    town: Town, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from redis.asyncio import Redis
    from reflex.istate.manager.redis import StateManagerRedis

    from rxapp.rxapp import app

    async def run() -> None:
        store = StateManagerRedis(redis=Redis.from_url(redis_url))
        monkeypatch.setattr(app, "_state_manager", store)
        async with stage() as made:
            owner = await _well_used(made, town)
            assert town.fresh.name in await owner.send(HYDRATE)
            await owner.close()
            other = made.tab(sign_in(town.olga), owner.token)
            await other.open()
            # Redis hands over the one screen this event needs; the next event asks for them all.
            await other.send(HOME)
            await other.send(HYDRATE)
            await other.send(ACCOUNT)
            assert _shown(other, town.olga)
            assert not _shown(other, town.clerk, town.fresh)
        await store.close()

    asyncio.run(run())


async def _well_used(made: Stage, town: Town) -> Tab:
    """A clerk's tab that has looked at everything and holds a one-time code."""
    tab = await made.opened(sign_in(town.clerk))
    for name, permission in handlers():
        if permission is not Permission.ACTIVATE:
            await tab.send(name, _fitting(name, town.fresh))
    await tab.send(DESK)
    await tab.send(ISSUE, {"person_id": town.fresh.id, "purpose": "activation"})
    assert _shown(tab, town.clerk)
    assert _shown(tab, town.fresh)
    return tab


def _shown(tab: Tab, *people: Inhabitant) -> bool:
    sent = "\n".join(tab.frames)
    return any(canary in sent for person in people for canary in person.canaries if canary)


def _fitting(name: str, other: Inhabitant) -> dict[str, Any]:
    examples = {int: other.id, str: "activation", bool: True, dict[str, str]: {"q": "样例"}}
    declared, _ = arguments._declared(policy._function(name))
    return {key: examples[kind] for key, kind in declared.items()}


def _only_leads_away(answer: str) -> bool:
    updates = [json.loads(line) for line in answer.splitlines()]
    events = [event["name"] for update in updates for event in update.pop("events", [])]
    return set(events) <= {"_redirect"} and not any(update.get("delta") for update in updates)


async def _screens(tab: Tab) -> str:
    from reflex.istate.manager.token import BaseStateToken
    from reflex.state import State

    token = BaseStateToken(ident=tab.token, cls=State)
    root = await tab.stage.app.state_manager.get_state(token)
    return repr({k: v for k, v in sorted(root.dict().items()) if "rxapp" in k})
