"""What a handler may be given: Reflex does not hold a client to the type hints, so this does."""

import inspect
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, get_type_hints

from reflex_base.utils.form import FORM_DATA_ENTRIES_KEY

LONGEST_TEXT = 2000
LONGEST_NAME = 60
MOST_FIELDS = 60
LARGEST = 2**53
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")


def accepted(function: Callable[..., Any], payload: Mapping[str, Any]) -> bool:
    """Whether a payload has exactly the declared arguments, each of the declared kind and size."""
    declared, needed = _declared(function)
    if not needed <= payload.keys() <= declared.keys():
        return False
    return all(_fits(value, declared[name]) for name, value in payload.items())


def storable(value: Any) -> Any:
    """Text without what no database keeps: zeros and halves of characters; all else as it is."""
    if isinstance(value, str):
        return _UNSTORABLE.sub("", value)
    if isinstance(value, dict):
        return {storable(name): storable(text) for name, text in value.items()}
    return value


@cache
def _declared(function: Callable[..., Any]) -> tuple[dict[str, Any], frozenset[str]]:
    hints = get_type_hints(function)
    parameters = list(inspect.signature(function).parameters.values())[1:]
    declared = {parameter.name: hints.get(parameter.name) for parameter in parameters}
    needed = frozenset(p.name for p in parameters if p.default is inspect.Parameter.empty)
    return declared, needed


def _fits(value: Any, kind: Any) -> bool:
    if kind is bool:
        return isinstance(value, bool)
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST
    if kind is str:
        return isinstance(value, str) and len(value) <= LONGEST_TEXT
    if kind in (dict[str, str], dict[str, Any], dict):
        return _is_form(value)
    return False  # a kind nobody has thought about is not let through


def _is_form(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    # A page sends a form as a list of pairs under Reflex's own key, and nothing beside it.
    entries = value[FORM_DATA_ENTRIES_KEY] if value.keys() == {FORM_DATA_ENTRIES_KEY} else None
    pairs = list(value.items()) if entries is None else entries
    return isinstance(pairs, list) and len(pairs) <= MOST_FIELDS and all(map(_is_entry, pairs))


def _is_entry(pair: Any) -> bool:
    if not isinstance(pair, list | tuple) or len(pair) != 2:
        return False
    name, text = pair
    if not isinstance(name, str) or not isinstance(text, str):
        return False
    return len(name) <= LONGEST_NAME and len(text) <= LONGEST_TEXT
