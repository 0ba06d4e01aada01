"""The number of an event: one for each, in every line of it and in the sentence of a failure."""

import json
import re
from typing import Any

import pytest

from rxapp.adapters import counting
from rxapp.errors import Fault
from rxapp.gate import tracing
from rxapp.services import accounts
from tests.gate.cast import Town, sign_in
from tests.gate.tabs import BOOT, ROOT, Stage
from tests.gate.test_policy import played

ACCOUNT = f"{ROOT}.rxapp___state___account____account_state.load"
ISSUE = f"{ROOT}.rxapp___state___people____people_state.issue"


def test_a_failure_nobody_expected_is_told_and_logged_under_the_event_s_number(
    town: Town, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    met: list[str] = []

    def broken(*_: Any, **__: Any) -> None:
        # In the thread of the use case.
        met.append(tracing.current())
        raise ValueError("欧阳鸢尾")

    monkeypatch.setattr(accounts, "get_account", broken)

    async def scene(made: Stage) -> None:
        tab = await made.opened(sign_in(town.lena))
        await tab.send(BOOT)
        for _ in range(2):
            frames = await tab.send(ACCOUNT)
            # What is sent may be spelled in plain letters.
            told = Fault(met[-1]).message
            assert told in frames or json.dumps(told)[1:-1] in frames
            assert "欧阳鸢尾" not in frames

    played(scene)
    assert len(set(met)) == 2
    said = capsys.readouterr().out
    for number in met:
        assert re.search(f"handler failed .*request={number}", said)
    assert "欧阳鸢尾" not in said
    assert 'rxapp_faults_total{where="event"}' in counting.text().decode()


def test_what_is_denied_is_counted_by_kind(town: Town) -> None:
    def counted() -> float:
        found = re.search(r'kind="event_permission"} (\S+)', counting.text().decode())
        return float(found[1]) if found else 0.0

    before = counted()

    async def scene(made: Stage) -> None:
        tab = await made.opened(sign_in(town.lena))
        await tab.send(BOOT)
        await tab.send(ISSUE, {"person_id": 1, "purpose": "activation"})

    played(scene)
    assert counted() > before
