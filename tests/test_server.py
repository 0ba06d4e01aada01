"""How the service is started: what the server under it is told."""

from typing import Any

import granian.server
import pytest

from rxapp import server


def test_a_city_may_have_its_pages_open(monkeypatch: pytest.MonkeyPatch) -> None:
    told: dict[str, Any] = {}

    class Recorder:
        def __init__(self, **given: Any) -> None:
            told.update(given)

        def serve(self) -> None:
            """Nothing is served."""

    monkeypatch.setattr(granian.server, "Server", Recorder)
    server.serve()
    # By default 1,024 for all workers together: the next page would wait for ever.
    assert told["backpressure"] >= 20_000
    assert told["websockets"]
