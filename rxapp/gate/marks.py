"""The mark a handler carries: the one permission it needs. Unmarked means nobody."""

from collections.abc import Callable
from typing import Any

from rxapp.rules.permissions import Permission

_MARK = "rxapp_permission"


def mark(function: Callable[..., Any], permission: Permission) -> None:
    """Put the mark on a handler's function."""
    setattr(function, _MARK, permission)


def permission_on(function: Callable[..., Any]) -> Permission | None:
    """The mark a function carries, None when it has none."""
    return getattr(function, _MARK, None)
