"""The mark a handler carries: the one permission it needs. Unmarked means nobody."""

import re
from collections.abc import Callable
from typing import Any

from rxapp.rules.permissions import Permission

_MARK = "rxapp_permission"
# What pages run when they open is called so.
_FILLS = re.compile(r"load(_[a-z]+)*|lead_on")


def mark(function: Callable[..., Any], permission: Permission) -> None:
    """Put the mark on a handler's function."""
    setattr(function, _MARK, permission)


def permission_on(function: Callable[..., Any]) -> Permission | None:
    """The mark a function carries, None when it has none."""
    return getattr(function, _MARK, None)


def fills_page(name: str) -> bool:
    """Whether a handler of this name, or full name, fills a page that is opened."""
    return _FILLS.fullmatch(name.rpartition(".")[2]) is not None
