"""Props that may be plain values or Reflex vars, treated alike.

A page composes the same piece with a constant or with what a state holds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import reflex as rx

# A str or a var of one; rx.cond and rx.match are typed as if they could be components.
Text = Any
Flag = bool | rx.Var
Number = int | rx.Var
Items = Sequence[Any] | rx.Var


def either(condition: Any, then: Any, otherwise: Any = None) -> Any:
    """`then` when the condition holds, else `otherwise` (nothing when left out)."""
    if isinstance(condition, rx.Var):
        return rx.cond(condition, then, rx.fragment() if otherwise is None else otherwise)
    return then if condition else (rx.fragment() if otherwise is None else otherwise)


def filled(text: Any, then: Any, otherwise: Any = None) -> Any:
    """`then` when the text is not empty."""
    # Not compared with "": what a dict of errors does not hold is undefined, and empty too.
    return either(text, then, otherwise)


def each(items: Items, render: Callable[[Any], rx.Component]) -> Any:
    """One rendered piece per item."""
    if isinstance(items, rx.Var):
        return rx.foreach(items, render)
    return rx.fragment(*[render(item) for item in items])


def classes(*names: Text) -> Any:
    """A class list, leaving out the empty names."""
    return " ".join(f"{name}" for name in names if isinstance(name, rx.Var) or name)
