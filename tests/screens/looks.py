"""How screens are looked at: on a phone and on a desk, by day and by night."""

from __future__ import annotations

import pytest

from tests.screens.city import DESKTOP, PHONE

SIZES = pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
# A whole journey twice, not four times; every page is seen in all four in `test_pages.py`.
CORNERS = pytest.mark.parametrize(
    ("size", "shade"), [(PHONE, "light"), (DESKTOP, "dark")], ids=["light-phone", "dark-desktop"]
)
