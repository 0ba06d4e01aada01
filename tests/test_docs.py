"""The documents say what is there: settings, links, paths, commands, demo accounts."""

import json
import re
from pathlib import Path

import click
import pytest
from pydantic_core import PydanticUndefined

from rxapp import cli
from rxapp.adapters import sheets_in
from rxapp.demo.accounts import PASSWORD, demo_accounts
from rxapp.gate import throttles
from rxapp.handbook import base, bureau, clerk, department, edition, learner, panel
from rxapp.rules import manifests
from rxapp.rules.collected import COLUMNS, Kind
from rxapp.rules.hours import Hours
from rxapp.rules.subjects import Subject
from rxapp.rules.years import policy_2020_on, standing
from rxapp.services import standing_lookups
from rxapp.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
READMES = ("README.md", "README.zh-CN.md")
DECISIONS = sorted(ROOT.glob("docs/decisions/*.md"))
DOCUMENTS = [
    *(ROOT / name for name in (*READMES, "CHANGELOG.md")), *sorted(ROOT.glob("docs/**/*.md"))
]  # fmt: skip
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(([^)#]+)[^)]*\)")
SETTING_ROW = re.compile(r"^\| `(RXAPP_\w+)` \| (?:`([^`]*)`)? ?\|", re.MULTILINE)
HOUSE_PATH = re.compile(r"`((?:rxapp|tests|docs|assets|assets_src|alembic)/[^`<>*:]*)`")
NAMED_TEST = re.compile(r"`(tests/[a-z_/0-9]+\.py)::(\w+)`")
COMMAND = re.compile(r"-m rxapp\.cli ([a-z][a-z -]*)")
STANDING_API = ("docs/standing-api.md", "docs/standing-api.zh-CN.md")


def _text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def _blocks(name: str) -> list[tuple[str, str]]:
    return BLOCK.findall(_text(name))


def _block(name: str, kind: str) -> str:
    return next(body for found, body in _blocks(name) if found == kind)


def _prose(name: str) -> str:
    return BLOCK.sub("", _text(name))


def _id(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _default(name: str) -> str:
    value = Settings.model_fields[name].get_default()
    assert value is not PydanticUndefined
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def test_the_table_lists_every_setting_once_with_its_default():
    rows = SETTING_ROW.findall(_text("docs/settings.md"))
    expected = {f"RXAPP_{name.upper()}": _default(name) for name in Settings.model_fields}
    assert len(rows) == len(dict(rows))
    assert dict(rows) == expected


@pytest.mark.parametrize("path", DOCUMENTS, ids=_id)
def test_links_lead_to_files(path: Path):
    found = LINK.findall(BLOCK.sub("", path.read_text(encoding="utf-8")))
    local = [target for target in found if "://" not in target]
    assert [target for target in local if not (path.parent / target).exists()] == []


def test_links_are_found_at_all():
    assert "docs/settings.md" in LINK.findall(_prose("README.md"))


@pytest.mark.parametrize("path", DOCUMENTS, ids=_id)
def test_named_paths_exist(path: Path):
    named = set(HOUSE_PATH.findall(path.read_text(encoding="utf-8")))
    assert [each for each in sorted(named) if not (ROOT / each).exists()] == []


def test_every_article_of_the_notice_names_a_test_that_exists():
    rows = re.findall(r"^\| \d[\d.]* \|.*$", _text("docs/notice.md"), re.MULTILINE)
    assert len(rows) >= 30
    named = [NAMED_TEST.findall(row) for row in rows]
    assert [row for row, found in zip(rows, named, strict=True) if not found] == []
    tests = {each for found in named for each in found}
    assert [each for each in sorted(tests) if not _has_test(*each)] == []


def _has_test(path: str, name: str) -> bool:
    file = ROOT / path
    return file.exists() and f"def {name}(" in file.read_text(encoding="utf-8")


def test_a_test_that_is_not_there_is_noticed():
    assert not _has_test("tests/test_docs.py", "test_nothing")
    assert not _has_test("tests/test_nothing.py", "test_nothing")


def _screens() -> set[str]:
    """What every page is called: its route, then its title."""
    source = (ROOT / "rxapp/pages/__init__.py").read_text(encoding="utf-8")
    return set(re.findall(r'routes\.[A-Z_]+,\s+"([^"]+)"', source))


def _named_where(table: str) -> set[str]:
    """The second column of a table whose third says for whom, without links."""
    rows = [line.split("|") for line in table.splitlines() if line.startswith("| ")]
    cells = [name for row in rows[1:] for name in re.split(", |、", row[2].strip())]
    return {name for name in cells if not name.startswith("[")}


def test_every_article_of_the_notice_names_a_screen_that_exists():
    rows = re.findall(r"^\| \d[\d.]* \|.*$", _text("docs/notice.md"), re.MULTILINE)
    named = {name for row in rows for name in row.split("|")[3].strip().split(", ")}
    assert len(named) >= 20
    assert named - _screens() == set()


@pytest.mark.parametrize("name", READMES)
def test_every_screen_of_the_feature_table_exists(name: str):
    text = _text(name)
    begin = text.rindex("\n", 0, text.index("\n|---|---|---|"))
    table = text[begin + 1 :].partition("\n\n")[0]
    named = _named_where(table)
    assert len(named) >= 30
    assert named - _screens() == set()


def test_a_screen_that_is_not_there_is_noticed():
    assert "学分银行" not in _screens()
    assert _named_where("| 甲 | 乙 | 丙 |\n|-|-|-|\n| x | 学分银行、[y](z) | w |") == {"学分银行"}


def test_what_the_handbooks_quote_stands_on_some_screen():
    rooms = ("pages", "components", "state", "services", "rules")
    shown = "".join(
        path.read_text(encoding="utf-8")
        for path in [
            *(path for room in rooms for path in (ROOT / "rxapp" / room).glob("*.py")),
            *(ROOT / "assets").glob("*.js"),
        ]
    )
    quoted = {
        word
        for handbook in (learner, clerk, department, base, bureau, panel)
        for part in handbook.PARTS
        for paragraph in part.paragraphs
        for word in re.findall("“([^”]+)”", paragraph)
    }
    assert len(quoted) >= 60
    assert sorted(word for word in quoted if word not in shown) == []


@pytest.mark.parametrize("kind", ["sh", "csv", "json"])
def test_both_readmes_show_the_same_blocks(kind: str):
    english, chinese = (
        [body for found, body in _blocks(name) if found == kind] for name in READMES
    )
    assert english
    assert english == chinese


def test_both_readmes_have_the_same_shape():
    english, chinese = (_text(name).splitlines() for name in READMES)
    for mark in ("## ", "### ", "|", "- ", "**", "1. ", "2. ", "3. ", "4. "):
        counts = [sum(line.startswith(mark) for line in lines) for lines in (english, chinese)]
        assert counts[0] == counts[1], mark


@pytest.mark.parametrize("name", READMES)
def test_every_command_shown_exists(name: str):
    shown = COMMAND.findall(_text(name))
    assert len(shown) >= 6
    for words in shown:
        assert _find(words.split()) is not None, words


def _find(words: list[str]) -> click.Command | None:
    command: click.Command | None = cli.main
    for word in words:
        if not isinstance(command, click.Group):
            break
        command = command.commands.get(word)
    return command


def test_a_command_that_is_not_there_is_noticed():
    assert _find(["organisation", "remove"]) is None


@pytest.mark.parametrize("name", READMES)
def test_every_make_target_shown_exists(name: str):
    targets = set(re.findall(r"^([a-z-]+):", _text("Makefile"), re.MULTILINE))
    shown = set(re.findall(r"(?:`| )make ([a-z-]+)", _text(name)))
    assert {"run", "test", "check"} <= shown <= targets


@pytest.mark.parametrize("name", READMES)
def test_the_accounts_shown_are_the_demo_s(name: str):
    text = _text(name)
    rows = re.findall(r"^\| [^|]+ \| ([^|]+) \| (\d{17}[\dX]) \|", text, re.MULTILINE)
    assert rows == [(account.name, account.identity_number) for account in demo_accounts()]
    assert PASSWORD in text
    for account in demo_accounts():
        assert account.mobile in text


@pytest.mark.parametrize("name", READMES)
def test_the_people_shown_can_be_read(name: str, tmp_path: Path):
    path = tmp_path / "people.csv"
    path.write_text(_block(name, "csv"), encoding="utf-8")
    rows = list(sheets_in.open_sheet(path, name=path.name, kind=Kind.PEOPLE).rows())
    assert [row.values["name"] for row in rows] == ["李敏"]
    assert all(rows[0].values[column.key] for column in COLUMNS[Kind.PEOPLE])


@pytest.mark.parametrize("name", READMES)
def test_the_manifest_shown_has_no_faults(name: str):
    said = json.loads(_block(name, "json"))
    assert manifests.read(said)[1] == {}
    assert manifests.read({**said, "subject": "history"})[1] != {}


def test_decisions_are_numbered_without_gaps_and_complete():
    numbers = [int(path.name[:4]) for path in DECISIONS]
    assert numbers == list(range(1, len(numbers) + 1))
    for path in DECISIONS:
        text = path.read_text(encoding="utf-8")
        assert text.startswith(f"# {path.name[:4]} ")
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == [
            "Context", "Decision", "Rejected", "Consequences",
        ]  # fmt: skip


@pytest.mark.parametrize(
    "handbook",
    [learner, clerk, department, base, bureau, panel],
    ids=["learner", "clerk", "department", "base", "bureau", "panel"],
)
def test_handbooks_are_plain_chinese(handbook):
    said = [handbook.INTRO]
    for part in handbook.PARTS:
        said += [part.title, *part.paragraphs]
    assert len(handbook.PARTS) == len({part.title for part in handbook.PARTS}) >= 4
    assert all(paragraph.endswith("。") for part in handbook.PARTS for paragraph in part.paragraphs)
    # The name of a kind of file, and what is printed on the keys of a keyboard.
    said = [re.sub(r"PDF|Excel|MP4|(?<=[，：])[JKPTRZON](?=[一-龥])", "", text) for text in said]
    assert [text for text in said if re.search(r"[a-zA-WYZ!！]", text)] == []


def test_the_handbooks_name_the_version_they_describe(tmp_path: Path):
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "1.2.0"\n')
    changes = "## [Unreleased]\n\n## [1.2.0] - 2026-05-01\n\n## [1.1.0] - 2026-01-02\n"
    (tmp_path / "CHANGELOG.md").write_text(changes)
    assert edition.read(tmp_path).words == "平台版本 1.2.0，2026-05-01"
    (tmp_path / "CHANGELOG.md").write_text("## [Unreleased]\n")
    assert edition.read(tmp_path).words == "平台版本 1.2.0，尚未正式发布"
    assert edition.read().version in _text("pyproject.toml")


@pytest.mark.parametrize("name", STANDING_API)
def test_the_standing_api_answers_as_it_is_described(name: str):
    shown = json.loads(_block(name, "json"))
    policy = policy_2020_on(2020)
    had = {Subject.PUBLIC_REQUIRED: Hours.of(20), Subject.PUBLIC_ELECTIVE: Hours.of(10),
           Subject.PROFESSIONAL: Hours.of(45)}  # fmt: skip
    of = standing(policy, had, owes_from=2016)
    assert shown["years"][-1] == standing_lookups._year(of, None)
    assert {frozenset(year) for year in shown["years"]} == {frozenset(shown["years"][-1])}


@pytest.mark.parametrize("name", STANDING_API)
def test_the_standing_api_is_limited_as_it_is_described(name: str):
    said = re.search(r"^(?:Limits: |限额：)(.*?)\n\n", _text(name), re.DOTALL | re.MULTILINE)
    assert said
    limits = (
        throttles.STANDING_KEY, throttles.STANDING_ADDRESS, throttles.STANDING_PERSON,
        throttles.STANDING_WRONG,
    )  # fmt: skip
    told = [number for number in re.findall(r"\d+", said[1]) if number != "15"]
    assert told == [limit.rate.partition("/")[0] for limit in limits]


def test_both_readmes_name_every_command_an_operator_needs():
    daily = {"build", "demo", "migrate", "run"}
    for name in READMES:
        text = _text(name)
        shown = {word.split()[0] for word in COMMAND.findall(text)}
        shown |= set(re.findall(r"`([a-z-]+)`", text))
        assert set(cli.main.commands) - daily - {"people"} <= shown, name
