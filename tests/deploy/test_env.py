"""The file of settings says every setting once, in Chinese, with what holds when it is left out."""

from __future__ import annotations

import re

import pytest
from pydantic import ValidationError

from rxapp.settings import Settings
from tests.fronting import ROOT

ENV = ROOT / "deploy" / "rxapp.env"
LINE = re.compile(r"^(#?)(RXAPP_[A-Z0-9_]+)=(.*)$", re.MULTILINE)


def _lines() -> list[tuple[bool, str, str]]:
    return [(not off, name, said) for off, name, said in LINE.findall(ENV.read_text("utf-8"))]


def _default(name: str) -> str:
    value = Settings.model_fields[name.removeprefix("RXAPP_").lower()].get_default()
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def test_every_setting_stands_there_once() -> None:
    named = [name for _, name, _ in _lines()]
    assert sorted(named) == sorted(f"RXAPP_{name.upper()}" for name in Settings.model_fields)


def test_what_is_off_shows_what_holds_without_it() -> None:
    off = {name: said for on, name, said in _lines() if not on}
    assert off == {name: _default(name) for name in off}


def test_every_setting_is_explained_in_chinese() -> None:
    before = ""
    explained = 0
    for line in ENV.read_text("utf-8").splitlines():
        if LINE.match(line):
            assert sum("一" <= sign <= "龥" for sign in before) >= 8, line
            explained += 1
        before = line
    assert explained == len(Settings.model_fields)


def test_what_is_on_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    for on, name, said in _lines():
        monkeypatch.delenv(name, raising=False)
        if on:
            monkeypatch.setenv(name, said)
    made = Settings()
    assert made.trusted_proxy_hops == 1
    assert not made.demo
    assert made.public_url.startswith("https://")
    monkeypatch.setenv("RXAPP_WORKERS", "2")
    with pytest.raises(ValidationError):
        Settings()


def test_no_value_needs_quotes() -> None:
    assert [said for _, _, said in _lines() if said != said.strip() or '"' in said] == []
