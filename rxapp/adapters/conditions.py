"""Conditions that a database checks on its way instead of beginning with them."""

from sqlalchemy import ColumnElement, case


def checked(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """The same, but no index leads to it: for what few fulfil, behind something that leads."""
    return case((condition, 1), else_=0) == 1


def passed(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Likewise, and a planner takes it for what nearly all fulfil: it goes on walking in order."""
    return case((condition, 1)).is_not(None)
