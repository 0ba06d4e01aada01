"""The changes made to Reflex's client module: each once, and noticed when they no longer fit."""

import pytest

from rxapp.gate import frontend

MODULE = f"{frontend.FIXED}\n{frontend.CONNECTED}{frontend.RELOADS}\n"


def test_the_page_is_told_and_never_loaded_anew_behind_its_user() -> None:
    made = frontend.own_client(MODULE)
    assert "handleStateMismatch" not in made
    assert made.count("rxapp:connected") == made.count("rxapp:renewed") == 1
    assert frontend.own_client(made) == made


@pytest.mark.parametrize("part", [frontend.FIXED, frontend.CONNECTED, frontend.RELOADS])
def test_another_module_stops_the_build(part: str) -> None:
    with pytest.raises(RuntimeError, match="review"):
        frontend.own_client(MODULE.replace(part, ""))


def test_the_pages_say_which_build_they_are(tmp_path) -> None:
    assert frontend.mark_of(tmp_path) == ""
    frontend.mark_of.cache_clear()
    address = "/app.js?v=0123456789ab"
    (tmp_path / "index.html").write_text(f'<script type="module" src="{address}"></script>')
    assert frontend.mark_of(tmp_path) == "0123456789ab"
    frontend.mark_of.cache_clear()
