"""A small set of line icons, drawn here so that no icon library is loaded; all decorative."""

from __future__ import annotations

import reflex as rx

# Each icon is a handful of strokes on a 24 by 24 field.
_STROKES = {
    "home": ("M4 11.5 12 4.5l8 7", "M6.5 9.8V19h11V9.8"),
    "ring": ("M12 4a8 8 0 1 1-8 8", "M12 8.5a3.5 3.5 0 1 1-3.5 3.5"),
    "book": (
        "M12 6.5C10 5 7 4.8 4 5.2v13.3c3-.4 6-.2 8 1.3 2-1.5 5-1.7 8-1.3V5.2c-3-.4-6-.2-8 1.3Z",
        "M12 6.5v13.3",
    ),
    "briefcase": (
        "M4 8.5h16v10.5H4z",
        "M9 8.5V5.8c0-.5.3-.8.8-.8h4.4c.5 0 .8.3.8.8v2.7",
        "M4 13h16",
    ),
    "claim": ("M6 3.8h8.5L18 7.3v12.9H6z", "M12 16.5v-6", "m9.4 12.9 2.6-2.6 2.6 2.6"),
    "checklist": ("m4 7 1.5 1.5L8 6", "m4 16 1.5 1.5L8 15", "M11.5 7.5H20", "M11.5 16.5H20"),
    "person": (
        "M12 12a3.8 3.8 0 1 0 0-7.6 3.8 3.8 0 0 0 0 7.6Z",
        "M4.8 20c.8-3.4 3.7-5 7.2-5s6.4 1.6 7.2 5",
    ),
    "help": (
        "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17Z",
        "M9.7 9.6c.2-1.3 1.1-2 2.4-2 1.4 0 2.4.9 2.4 2.1 0 1.7-2.4 2-2.4 3.8",
        "M12.05 16.4v.1",
    ),
    "desk": ("M4 5.5h16v10H4z", "M12 15.5V19", "M8.5 19h7"),
    "message": ("M4 6h16v12H4z", "m4.5 6.8 7.5 6 7.5-6"),
    "play": ("M8 5.5v13l10.5-6.5z",),
    "lock": ("M6 11h12v8.5H6z", "M8.7 11V8a3.3 3.3 0 0 1 6.6 0v3"),
    "check": ("m5 12.5 4.5 4.5L19 7.5",),
    "clock": ("M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17Z", "M12 7.5V12l3 2"),
    "shield": ("M12 3.5 5 6v5.5c0 4.4 3 7.4 7 9 4-1.6 7-4.6 7-9V6z", "m9 12 2.2 2.2L15.2 10"),
    "search": ("M10.8 17a6.2 6.2 0 1 0 0-12.4 6.2 6.2 0 0 0 0 12.4Z", "m15.4 15.4 4.3 4.3"),
    "arrow": ("m9.5 5.5 6.5 6.5-6.5 6.5",),
    "back": ("M14.5 5.5 8 12l6.5 6.5",),
    "print": ("M7 9V4h10v5", "M7 17H4V9h16v8h-3", "M7 14h10v6H7z"),
    "seal": (
        "M12 13.5a4.7 4.7 0 1 0 0-9.4 4.7 4.7 0 0 0 0 9.4Z",
        "m9 13-1.3 7.2L12 18l4.3 2.2L15 13",
    ),
    "info": ("M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17Z", "M12 11v5.3", "M12 7.7v.1"),
    "warn": ("M12 4 3 19.5h18z", "M12 10v4.5", "M12 17v.1"),
    "bad": ("M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17Z", "M12 7.5v5.5", "M12 16.2v.1"),
    "good": ("M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17Z", "m8.3 12.2 2.6 2.6 4.8-5.2"),
    "empty": ("M4 13.5 6.5 5h11l2.5 8.5V19H4z", "M4 13.5h4.5c.3 1.7 1.7 3 3.5 3s3.2-1.3 3.5-3H20"),
}


def icon(name: str) -> rx.Component:
    """One line icon by name, hidden from screen readers; KeyError for an unknown name."""
    strokes = [rx.el.svg.path(d=stroke) for stroke in _STROKES[name]]
    return rx.el.svg(*strokes, view_box="0 0 24 24", class_name="icon", aria_hidden="true")


def mark() -> rx.Component:
    """The product's mark: two open rings in a seal-like square, as in the favicon."""
    return rx.el.svg(
        rx.el.svg.rect(width="32", height="32", rx="7"),
        rx.el.svg.path(d="M16 5.5a10.5 10.5 0 1 1-10.5 10.5"),
        rx.el.svg.path(d="M16 10.6a5.4 5.4 0 1 1-5.4 5.4"),
        view_box="0 0 32 32",
        class_name="mark",
        aria_hidden="true",
    )
