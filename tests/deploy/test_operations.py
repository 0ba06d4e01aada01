"""The operator's guide says what is there: commands, settings, places; in both languages."""

from __future__ import annotations

import re

import click
import pytest

from rxapp import cli
from rxapp.settings import Settings
from tests.fronting import ROOT

GUIDES = ("docs/operations.md", "docs/operations.zh-CN.md")
SETTINGS = {f"RXAPP_{name.upper()}" for name in Settings.model_fields}
UNITS = {unit.name for unit in (ROOT / "deploy/systemd").iterdir()}
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
CODE = re.compile(r"`([^`\n]+)`")
# What leads from one heading to another.
ANCHOR = re.compile(r"\]\(#([^)]+)\)")
OPERATORS = {"init", "backup", "restore", "doctor", "check", "recount", "move-database",
             "forget-factor"}  # fmt: skip


def _text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def _shown(name: str) -> list[str]:
    """Everything that is set as code, in blocks and in sentences."""
    text = _text(name)
    lines = [line for _, body in BLOCK.findall(text) for line in body.splitlines()]
    return [*lines, *CODE.findall(BLOCK.sub("", text))]


def _commands(name: str) -> set[tuple[str, ...]]:
    found = [re.findall(r"(?:^|&& |rxapp\.cli |run --rm app |^)(?:rxapp )([a-z][a-z -]*)", each)
             for each in _shown(name)]  # fmt: skip
    inside = [re.findall(r"(?:rxapp\.cli|--rm app) ([a-z][a-z -]*)", each) for each in _shown(name)]
    return {tuple(words.split()) for group in (*found, *inside) for words in group if words.split()}


def _exists(words: tuple[str, ...]) -> bool:
    command: click.Command | None = cli.main
    for word in words:
        if not isinstance(command, click.Group):
            # What follows a whole command is its argument.
            return True
        command = command.commands.get(word)
        if command is None:
            return False
    return True


def test_both_guides_show_the_same_steps_under_the_same_headings() -> None:
    english, chinese = (_text(name) for name in GUIDES)
    assert BLOCK.findall(english) == BLOCK.findall(chinese)
    assert len(BLOCK.findall(english)) >= 15
    for mark in ("## ", "### ", "|", "- ", "1. ", "2. ", "3. ", "4. ", "5. ", "**"):
        counts = [sum(line.startswith(mark) for line in text.splitlines())
                  for text in (english, chinese)]  # fmt: skip
        assert counts[0] == counts[1] > 0, mark
    named = [sorted({each for each in CODE.findall(BLOCK.sub("", text)) if each.isascii()})
             for text in (english, chinese)]  # fmt: skip
    assert named[0] == named[1]


@pytest.mark.parametrize("name", GUIDES)
def test_every_command_is_one_that_exists(name: str) -> None:
    commands = _commands(name)
    assert {words[0] for words in commands} >= OPERATORS
    assert [words for words in sorted(commands) if not _exists(words)] == []
    assert not _exists(("backup", "undo"))


@pytest.mark.parametrize("name", GUIDES)
def test_every_setting_is_one_that_exists(name: str) -> None:
    named = set(re.findall(r"RXAPP_[A-Z0-9_]+", _text(name)))
    assert named - SETTINGS == set()
    assert len(named) >= 10


@pytest.mark.parametrize("name", GUIDES)
def test_every_unit_script_and_file_is_one_that_exists(name: str) -> None:
    text = _text(name)
    timers = set(re.findall(r"rxapp-\w+\.timer", text))
    assert timers == {unit for unit in UNITS if unit.endswith(".timer")}
    started = {word for line in re.findall(r"systemctl start (.+)", text) for word in line.split()}
    assert {f"{word.strip('`')}.service" for word in started} <= UNITS
    for path in ("scripts/bootstrap", "deploy/install"):
        assert path in text
        assert (ROOT / path).exists()
    for path in re.findall(r"(?<![\w/])container/[\w./-]+", text):
        if not path.endswith(("rxapp.env", "/tls", "/backup")):
            assert (ROOT / "deploy" / path).exists(), path
    for path in re.findall(r"/etc/nginx/rxapp/([\w.-]+)", text):
        assert (ROOT / "deploy/nginx/rxapp" / path).exists(), path


@pytest.mark.parametrize("name", GUIDES)
def test_every_place_is_one_the_installer_makes(name: str) -> None:
    made = (ROOT / "deploy/install").read_text() + (ROOT / "deploy/rxapp.env").read_text()
    places = re.findall(r"(?:/var/lib/rxapp|/var/backups/rxapp|/etc/rxapp/[a-z.]+)", _text(name))
    assert len(places) >= 8
    assert [place for place in places if place not in made] == []


@pytest.mark.parametrize("name", GUIDES)
def test_what_leads_to_another_part_finds_it(name: str) -> None:
    headings = re.findall(r"^#+ (.+)$", BLOCK.sub("", _text(name)), re.MULTILINE)
    anchors = {re.sub(r"[^\w\s-]", "", heading.lower()).replace(" ", "-") for heading in headings}
    assert [each for each in ANCHOR.findall(_text(name)) if each not in anchors] == []
    assert len(ANCHOR.findall(_text(name))) >= 4


@pytest.mark.parametrize("name", GUIDES)
def test_the_hours_of_the_timers_are_those_of_the_units(name: str) -> None:
    told = dict(re.findall(r"^\| (\d\d:\d\d) \|.*`(rxapp-\w+\.timer)`", _text(name), re.MULTILINE))
    assert len(told) == 3
    for hour, timer in told.items():
        unit = (ROOT / "deploy/systemd" / timer).read_text(encoding="utf-8")
        assert f"OnCalendar=*-*-* {hour}:00" in unit
