"""How the house is built: who may call upon whom, and what every door and use case looks like."""

import ast
import importlib
import inspect
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app import themed

HOUSE = Path(__file__).resolve().parents[1] / "rxapp"
LEAVES = {"errors", "clock", "routes", "settings"}
BELOW = LEAVES | {"rules", "adapters"}
# Each room and those it may call upon besides itself; `gate` and `http` stand beside `state`.
MAY_CALL = {
    "rules": {"errors"},
    "models": {"rules"},
    "adapters": {"rules", "errors", "settings", "clock"},
    "services": BELOW | {"models"},
    "gate": BELOW | {"services"},
    "http": BELOW | {"services", "gate"},
    "state": BELOW | {"services", "gate"},
    "handbook": set(),
    "components": {"routes", "state", "rules"},
    "pages": {"routes", "state", "rules", "components", "handbook"},
    "demo": BELOW | {"services", "models"},
}
# The whole house meets in these, and nobody calls upon them but the one who starts it.
FRONT = {"rxapp", "server", "worker", "cli", "commands"}
OF_THE_GATE = {"cookies", "throttles", "addresses", "marks", "tracing"}
INTERNAL = re.compile(r"reflex_base|reflex\.(app|state|middleware|istate|utils|event)\b")
DRAWING = re.compile(r"reflex_base\.vars")


def imports() -> Iterator[tuple[Path, str]]:
    """Every import of the house: the file, and the full name of what it wants."""
    for path in HOUSE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from ((path, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield from ((path, f"{node.module}.{alias.name}") for alias in node.names)


def room(path: Path) -> str:
    return path.relative_to(HOUSE).parts[0].removesuffix(".py")


def test_calls_go_one_way() -> None:
    wrong = []
    for path, name in imports():
        target = name.split(".")[1] if name.startswith("rxapp.") else None
        if target is None or room(path) in FRONT | {target}:
            continue
        if target not in MAY_CALL.get(room(path), {"settings"}):
            wrong.append(f"{path.relative_to(HOUSE)}: {name}")
    assert wrong == []


def test_only_a_few_parts_of_the_gate_are_used_inside() -> None:
    used = {(room(path), name.split(".")[2]) for path, name in imports() if "rxapp.gate." in name}
    inside = {part for where, part in used if where in ("state", "http")}
    assert inside <= OF_THE_GATE
    assert "cookies" in inside


def test_only_the_gate_knows_the_inside_of_reflex() -> None:
    wrong = [
        f"{path.relative_to(HOUSE)}: {name}"
        for path, name in imports()
        if INTERNAL.match(name) and room(path) not in {"gate", *FRONT}
        if not (room(path) == "components" and DRAWING.match(name))
    ]
    assert wrong == []
    assert any(INTERNAL.match(name) for path, name in imports() if room(path) == "gate")


@pytest.mark.parametrize("quiet", ["services", "rules", "models", "adapters"])
def test_what_lies_below_knows_no_screen(quiet: str) -> None:
    names = [name for path, name in imports() if room(path) == quiet]
    assert names
    assert not [name for name in names if re.match(r"reflex|starlette", name)]


def test_no_two_rooms_call_upon_each_other_in_a_circle() -> None:
    calls: dict[str, set[str]] = defaultdict(set)
    for path, name in imports():
        if name.startswith("rxapp.") and room(path) not in FRONT:
            calls[room(path)].add(name.split(".")[1])
    left = {each: found - {each} for each, found in calls.items()}
    while done := [each for each in left if not left[each] & left.keys()]:
        for each in done:
            del left[each]
    assert left == {}


def test_every_use_case_takes_a_session_and_an_actor_first() -> None:
    found = set(_use_cases())
    assert len(found) > 20
    for module, name in found:
        function = getattr(importlib.import_module(f"rxapp.services.{module}"), name)
        parameters = list(inspect.signature(function).parameters.values())
        assert [p.name.strip("_") for p in parameters[:2]] == ["session", "actor"], (module, name)
        plain = [p for p in parameters if p.kind is not inspect.Parameter.KEYWORD_ONLY]
        # One subject may stand without its name: `get_year(session, actor, 2020)`.
        assert len(plain) <= 3, (module, name)


def test_no_service_commits() -> None:
    wrong = [
        path.name
        for path in (HOUSE / "services").glob("*.py")
        if re.search(r"session\.(commit|rollback|close)\(", path.read_text())
    ]
    assert wrong == []


def test_every_handler_has_its_permission() -> None:
    from reflex_base.registry import RegistrationContext

    import rxapp.rxapp  # noqa: F401  (registers every screen)
    from rxapp.gate.policy import permission_of

    ours = [
        name
        for name in RegistrationContext.get().event_handlers
        if ".rxapp___" in name and not name.endswith(".setvar")
    ]
    assert len(ours) > 15
    assert [name for name in ours if permission_of(name) is None] == []


def test_nothing_is_named_after_nothing() -> None:
    within = [path.relative_to(HOUSE) for path in HOUSE.rglob("*.py")]
    names = {part.removesuffix(".py") for path in within for part in path.parts}
    assert not names & {"utils", "helpers", "common", "manager", "misc"}


def test_the_built_pages_carry_no_heavy_theme(pages: Path) -> None:
    assert list(pages.rglob("*.js"))
    assert themed(pages) == []


def test_a_heavy_theme_would_be_found(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text('import "@radix-ui/themes/styles.css"')
    (tmp_path / "b.css").write_text(".radix-themes{color:red}")
    (tmp_path / "c.css").write_text(".card{color:red}")
    assert sorted(themed(tmp_path)) == ["a.js", "b.css"]


def _use_cases() -> Iterator[tuple[str, str]]:
    """What screens and plain HTTP run: `_use(accounts.get_account)`, `act(request, …)`."""
    for folder, place in (("state", 0), ("http", 1)):
        for path in (HOUSE / folder).glob("*.py"):
            for call in ast.walk(ast.parse(path.read_text())):
                if not isinstance(call, ast.Call) or len(call.args) <= place:
                    continue
                runs = ast.unparse(call.func) in ("self._use", "self._change", "act", "run_as")
                use_case = call.args[place]
                if runs and isinstance(use_case, ast.Attribute):
                    yield ast.unparse(use_case.value), use_case.attr
