"""The desk's navigation: a row for few, groups for many, never what the rights do not allow."""

import pytest

from rxapp import routes
from rxapp.pages import SITE
from rxapp.rules.permissions import Capacity, permissions_of
from rxapp.services.actors import Actor
from rxapp.state.shell import DESK_MENU, MOST_IN_A_ROW, desk_menu


def of(*capacities: Capacity):  # type: ignore[no-untyped-def]
    return desk_menu(Actor(permissions_of(frozenset(capacities), activated=True)))


def test_who_has_little_to_do_sees_all_in_one_row() -> None:
    groups, entries = of(Capacity.TITLE_PANEL)
    assert groups == []
    assert {entry.path for entry in entries} == {
        routes.DESK, routes.DESK_CASES, routes.DESK_INTEGRITY, routes.DESK_STAFF,
    }  # fmt: skip


@pytest.mark.parametrize("capacity", [each for each in Capacity if each != Capacity.TITLE_PANEL])
def test_every_entry_that_is_allowed_is_reached_and_no_other(capacity: Capacity) -> None:
    allowed = permissions_of(frozenset({capacity}), activated=True)
    groups, entries = of(capacity)
    reached = {entry.path for entry in (*groups, *entries)}
    assert reached == {path for _, needed, path, _ in DESK_MENU if needed in allowed}
    assert len(groups) <= MOST_IN_A_ROW
    named = {entry.group for entry in groups}
    assert all(not groups or entry.group in named for entry in entries)


def test_a_group_of_one_is_its_entry() -> None:
    groups, entries = of(Capacity.EMPLOYER)
    assert "处理与整改" in [head.label for head in groups]
    assert "处理与整改" not in [entry.label for entry in entries]


def test_every_entry_leads_to_a_page() -> None:
    pages = {route for _, route, _, _ in SITE}
    assert {path for _, _, path, _ in DESK_MENU} <= pages
