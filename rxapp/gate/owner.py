"""Whose screen this is: which sign-in the browser's tab was given to."""

import reflex as rx


class OwnerState(rx.State):
    """The sign-in a tab's state belongs to; never sent to the browser."""

    _owner: str = ""
    _bound: bool = False
