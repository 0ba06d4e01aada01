"""The websocket's allow-list, piece by piece, and canaries for what it leans on."""

import asyncio
import inspect
from typing import Any

import pytest
import socketio
from structlog.testing import capture_logs

from rxapp.gate import socket
from tests.gate.cast import Town, sign_in
from tests.gate.tabs import BOOT, ROOT, stage

HOME = f"{ROOT}.rxapp___state___hours____home_state.load"


@pytest.fixture(autouse=True, scope="module")
def registered() -> None:
    import rxapp.rxapp  # noqa: F401


@pytest.mark.parametrize(
    "data",
    [
        {"name": HOME},
        {"name": HOME, "payload": {}, "router_data": {}},
        {"name": BOOT, "payload": {"hashes": ["a"]}},
        {"name": HOME, "router_data": {"pathname": "/x", "asPath": "/x?a=1", "query": {"a": "1"}}},
        {"name": HOME, "router_data": {"pathname": "/x/y", "query": {"splat": ["x", "y"]}}},
        {"name": HOME, "router_data": {"headers": {"cookie": "rxapp=x"}, "sid": "y"}},
    ],
)
def test_well_formed(data: Any) -> None:
    assert socket.well_formed(data)


@pytest.mark.parametrize(
    "data",
    [
        None, [], "x", 5, b"x", {}, {"name": None}, {"name": 5}, {"name": ["x"]},
        {"name": "x" * 10_000}, {"name": "no.such"}, {"name": f"{ROOT}.setvar"},
        {"name": "connect"}, {"name": "_redirect"}, {"name": f"{HOME} "},
        {"name": HOME, "payload": []}, {"name": HOME, "payload": None},
        {"name": HOME, "router_data": None}, {"name": HOME, "router_data": []},
        {"name": HOME, "router_data": {"pathname": 5}},
        {"name": HOME, "router_data": {"pathname": "x" * 3000}},
        {"name": HOME, "router_data": {"asPath": {"a": "b"}}},
        {"name": HOME, "router_data": {"query": "x"}},
        {"name": HOME, "router_data": {"query": {"a": {"b": 1}}}},
        {"name": HOME, "router_data": {"query": {"splat": [{"b": 1}]}}},
        {"name": HOME, "router_data": {"query": {"splat": [["x"]]}}},
        {"name": HOME, "router_data": {"query": {"splat": ["x"] * 100}}},
        {"name": HOME, "router_data": {"query": {"splat": ["x" * 3000]}}},
        {"name": HOME, "router_data": {"query": {"a": "x" * 3000}}},
        {"name": HOME, "router_data": {"query": {str(n): "" for n in range(100)}}},
    ],
)  # fmt: skip
def test_anything_else_is_not(data: Any) -> None:
    assert not socket.well_formed(data)


@pytest.mark.parametrize(
    "query",
    ["", "token=", "token=a", "token=a_b_c_d_e_f", "token=../../etc", "token=" + "a" * 65,
     "token=aaaaaaaa&token=bbbbbbbb", "token=a%00aaaaaaaa", "token=长长长长长长长长"],
)  # fmt: skip
def test_a_tab_needs_a_plain_name(query: str) -> None:
    assert not socket._names_a_tab(query)
    assert socket._names_a_tab("token=8c4ed1a0-6f0e-4a0c-9b3b-1b1b1b1b1b1b")


def test_who_asked_is_who_is_answered() -> None:
    def visitor(sid: str, cookie: str) -> dict[str, Any]:
        return {"sid": sid, "headers": {"cookie": f"rxapp={cookie}" if cookie else ""}}

    same = socket._same_visitor
    assert same(visitor("1", "a"), visitor("1", "a"))
    assert same(visitor("1", ""), visitor("1", ""))
    assert same(visitor("1", "a"), visitor("2", "a"))
    assert not same(visitor("1", "a"), visitor("2", "b"))
    assert not same(visitor("1", ""), visitor("2", ""))
    assert not same({}, visitor("2", "b"))
    assert not same(visitor("1", "a"), {})


@pytest.mark.parametrize(
    "data",
    [
        ["connect", {"asgi.scope": {}}], ["disconnect"], ["connect_error"], ["emit"],
        ["event", {}, {}], ["__class__"], [], None, "event", [None], [["event"]], [5], ["event "],
        ["new_token", "x"], ["update_ok"], ["trigger_event", "connect"],
    ],
)  # fmt: skip
def test_other_socket_events_are_refused(data: Any) -> None:
    reached: list[Any] = []

    async def handle(*arguments: Any) -> None:
        reached.append(arguments)

    guarded = socket._only_known(handle)
    with capture_logs() as logs:
        asyncio.run(guarded("e", "/_event", None, data))
    assert (reached, logs[0]["event"]) == ([], "socket event refused")
    asyncio.run(guarded("e", "/_event", None, ["event", {}]))
    assert len(reached) == 1


def test_what_the_gate_leans_on_is_still_there() -> None:
    # Whoever changes these versions looks at rxapp/gate/socket.py again.
    handle = inspect.signature(socketio.AsyncServer._handle_event)
    assert list(handle.parameters) == ["self", "eio_sid", "namespace", "id", "data"]
    source = inspect.getsource(socketio.AsyncServer._handle_eio_message)
    assert source.count("await self._handle_event(") == 2
    assert "environ" in inspect.signature(socketio.AsyncServer._handle_eio_connect).parameters
    from rxapp.rxapp import app

    assert app.sio is not None
    for guarded in (
        app.sio._handle_event,
        app.event_namespace.on_event,
        app.event_namespace.on_connect,
        app.event_namespace.on_client_error,
        app.event_namespace.emit_update,
        app.event_namespace.on_disconnect,
    ):
        assert guarded.__module__ == "rxapp.gate.socket"
    from engineio import async_socket

    assert "len(data) > self.server.max_http_buffer_size" in inspect.getsource(async_socket)
    assert app.sio.eio.max_http_buffer_size == socket.LARGEST_MESSAGE
    callable_events = {name for name in dir(app.event_namespace) if name.startswith("on_")}
    assert callable_events == {
        "on_connect",
        "on_disconnect",
        "on_event",
        "on_ping",
        "on_client_error",
    }


def test_what_a_stranger_leaves_is_dropped(town: Town) -> None:
    async def run() -> None:
        async with stage() as made:
            kept = await made.opened(sign_in(town.lena))
            await kept.close()
            before = set(made.app.state_manager.states)
            for _ in range(5):
                await (await made.opened()).close()
            await asyncio.sleep(0.05)
            assert set(made.app.state_manager.states) == before
            assert any(kept.token in key for key in before)

    asyncio.run(run())


def test_one_websocket_is_one_tab(town: Town) -> None:
    async def run() -> None:
        async with stage() as made:
            tab = made.tab(sign_in(town.lena))
            environ = {"asgi.scope": {"headers": []}, "QUERY_STRING": f"token={tab.token}"}
            assert await made.namespace.on_connect("s1", environ) is not False
            assert await made.namespace.on_connect("s2", environ) is False
            assert await made.namespace.on_connect("s1b", {"QUERY_STRING": "token=a_b"}) is False
            known = {
                record.sid for record in made.namespace._token_manager.token_to_socket.values()
            }
            assert "s1" in known
            assert not known & {"s2", "s1b"}

    asyncio.run(run())


def test_what_a_browser_reports_is_logged_without_numbers(town: Town, caplog) -> None:
    async def run() -> None:
        async with stage() as made:
            tab = await made.opened()
            made.namespace._client_error_window_count = 0
            await made.namespace.on_client_error(
                tab.sid,
                {"error_type": "boom", "message": f"at\n{town.lena.number} 号", "x": {"a": 1}},
            )
            await made.namespace.on_client_error(tab.sid, "x")
            await made.namespace.on_client_error(tab.sid)

    with caplog.at_level("ERROR"):
        told: list[str] = []
        from rxapp.rxapp import app

        handler = app.frontend_exception_handler
        app.frontend_exception_handler = lambda error: told.append(str(error))  # type: ignore[method-assign]
        try:
            asyncio.run(run())
        finally:
            app.frontend_exception_handler = handler  # type: ignore[method-assign]
    assert len(told) == 1
    assert "boom: at … 号" in told[0]
    assert town.lena.number not in told[0]
