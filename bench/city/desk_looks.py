"""What bureaus open besides queues and people: figures, supervision, classes, settings."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from bench.city import looks
from bench.city.looks import (
    ABOVE,
    BASE,
    BUREAUS,
    CITY,
    DEPARTMENT,
    EMPLOYER,
    REVIEWERS,
    Ask,
    Given,
    Place,
)  # fmt: skip

# What a screen uses besides: it reads one row by its key, or answers what somebody typed.
ELSEWHERE = frozenset({
    "activation.get_activation", "case_claims.get_new", "case_pages.get_own",
    "check_ins.require_learner", "claim_entries.get_entry", "claim_entries.list_people",
    "collections.get_run", "course_lists.list_offices",
    "course_making.get_course", "course_making.get_lesson", "course_making.get_preview",
    "course_questions.get_typed", "course_reviews.is_reviewer", "inspection_draws.prepare",
    "inspection_draws.preview", "inspection_pages.get_item", "new_year.get_plan",
    "plan_reviews.get_plan", "plans.get_plan", "project_beginning.list_organisers",
    "project_dates.ask_deadline", "receipts.get_receipt", "receipts.open_again",
    "roster_files.get_file", "roster_lines.get_line", "roster_posting.get_summary",
    "rule_pages.preview", "second_factors.get_challenge", "supervision_scopes.get_reviewer",
    "year_editing.preview",
})  # fmt: skip


def everything() -> tuple[Ask, ...]:
    """All that anybody can open."""
    return (
        *looks.learners(), *looks.reviewing(), *looks.people(), *figures(), *supervision(),
        *teaching(),
    )  # fmt: skip


def figures() -> tuple[Ask, ...]:
    """How the year stands."""
    return (
        Ask("statistics.get_start", REVIEWERS),
        Ask("statistics.get_overview", REVIEWERS, _year),
        Ask("statistics_classes.count_classes", REVIEWERS, _year),
        Ask("statistics_parts.list_weeks", REVIEWERS, _year),
        *(Ask("statistics_parts.list_groups", REVIEWERS, _with(kind=kind), kind)
          for kind in ("field", "level")),
        Ask("statistics_below.list_below", ABOVE, _year, deep="after"),
        *(Ask("statistics_below.list_below", BUREAUS, _with(which="employers", order=order),
              f"employers by {order}", deep="after") for order in ("behind", "share", "name")),
        Ask("statistics_below.list_below", BUREAUS, _with(which="departments"), "departments"),
    )  # fmt: skip


def supervision() -> tuple[Ask, ...]:
    """Samples, matters, orders, signals, the log."""
    return (
        Ask("inspections.list_inspections", BUREAUS, deep="before"),
        Ask("inspection_pages.get_inspection", BUREAUS, of="inspections.list_inspections"),
        Ask("inspection_pages.list_items", BUREAUS, of="inspections.list_inspections"),
        Ask("inspection_pages.get_result", BUREAUS, of="inspections.list_inspections"),
        Ask("inspection_pages.find_next", BUREAUS, of="inspections.list_inspections"),
        Ask("case_pages.list_cases", BUREAUS, deep="before"),
        Ask("case_pages.list_cases", BUREAUS, {"status": "notified"}, "open"),
        Ask("case_pages.get_case", BUREAUS, of="case_pages.list_cases"),
        Ask("order_pages.list_orders", BUREAUS, deep="before"),
        Ask("order_pages.get_order", BUREAUS, of="order_pages.list_orders"),
        Ask("order_pages.list_responsibility", BUREAUS),
        Ask("integrity.list_records", BUREAUS, deep="before"),
        Ask("signals.list_reviewers", BUREAUS, {"typed": {}}, deep="after"),
        Ask("signals.list_reviewers", BUREAUS, _last_month, "last month"),
        Ask("signals.list_marks", BUREAUS, _period),
        Ask("supervision_scopes.find_places", BUREAUS, {"query": "单位00"}),
        Ask("audit_log.get_head", BUREAUS),
        Ask("audit_log.list_events", BUREAUS, lambda _: _logged(), deep="before"),
        Ask("audit_log.list_events", BUREAUS, lambda _: _logged(action="claim:moved"), "of a kind"),
        Ask("audit_log.list_events", BUREAUS, lambda _: _logged(action="gate:denied"), "rare"),
        Ask("audit_log.list_events", BUREAUS,
            lambda _: _logged(action="certificate:revoked"), "of a kind never seen"),
        Ask("audit_log.list_events", BUREAUS, lambda p: _logged(office=f"样例单位{p.employer:05d}"),
            "of an office"),
        Ask("audit_log.list_events", BUREAUS, lambda _: _logged(kind="lesson"), "of lessons"),
    )  # fmt: skip


def teaching() -> tuple[Ask, ...]:
    """Classes, plans, needs, rosters, courses, notices, settings."""
    teachers = (BASE, DEPARTMENT)
    held = lambda place: {"project_id": place.held}  # noqa: E731
    return (
        Ask("project_pages.list_own", teachers, deep="before"),
        Ask("project_pages.list_own", teachers, {"query": "培训班1", "status": "approved"},
            "sought"),
        Ask("project_pages.get_project", (BASE,), held),
        Ask("project_reviews.list_filings", BUREAUS, deep="after"),
        Ask("project_reviews.list_filings", BUREAUS, {"place": "decided"}, "decided"),
        Ask("project_pages.get_filing", (CITY,), of="project_reviews.list_filings"),
        Ask("project_desk.count_plans", BUREAUS),
        Ask("plan_reviews.list_waiting", BUREAUS),
        Ask("plans.list_own", teachers),
        Ask("needs.get_desk", (EMPLOYER, *teachers)),
        Ask("needs.list_needs", (EMPLOYER, *teachers), deep="before"),
        Ask("needs.list_needs", (EMPLOYER,), {"place": "own"}, "own"),
        Ask("rosters.list_classes", teachers, deep="after"),
        Ask("rosters.list_classes", BUREAUS, {"place": "reviewed"}, "reviewed", deep="after"),
        Ask("rosters.get_roster", (BASE,), held),
        Ask("roster_lines.list_lines", (BASE,), held, deep="after"),
        Ask("roster_lines.list_lines", (BASE,), lambda p: held(p) | {"query": "王"}, "sought"),
        Ask("roster_corrections.list_corrections", (BASE,), held),
        Ask("check_ins.get_desk", (BASE,), held),
        Ask("course_lists.list_own", (*BUREAUS, BASE)),
        Ask("course_lists.list_packages", (*BUREAUS, BASE)),
        Ask("course_reviews.list_queue", (CITY,)),
        Ask("notice_pages.list_notices", BUREAUS, deep="before"),
        Ask("notice_pages.get_editor", (CITY,), of="notice_pages.list_notices"),
        *(Ask(each, (CITY,)) for each in (
            "city_values.list_values", "year_editing.list_years", "extending.list_extensions",
            "extending.list_counties", "rule_pages.list_rules", "calendar_editing.get_calendar",
            "keys.list_counties", "operations.get_operations",
        )),
        Ask("year_editing.get_editor", (CITY,), lambda p: {"year": p.today.year}),
        Ask("rule_pages.get_editor", (CITY,), {"key": "qualification"}),
        Ask("keys.list_keys", (CITY,), deep="before"),
        Ask("keys.find_places", (CITY,), {"query": "单位00"}),
    )  # fmt: skip


def _year(place: Place) -> Mapping[str, Any]:
    return {"organisation_id": place.office, "year": place.today.year}


def _period(_: Place) -> Mapping[str, Any]:
    from rxapp import clock

    last = clock.local(clock.now()).date()
    return {"typed": {"first": f"{last - timedelta(days=29)}", "last": f"{last}"}}


def _last_month(_: Place) -> Mapping[str, Any]:
    from rxapp.services.supervision_scopes import list_months

    return {"typed": {"month": list_months()[1][0]}}


def _logged(**wanted: str) -> Given:
    from rxapp.services.audit_log import Wanted

    return {"wanted": Wanted(**wanted)}


def _with(**more: str) -> Callable[[Place], Mapping[str, Any]]:
    return lambda place: {**_year(place), **more}
