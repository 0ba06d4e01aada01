"""Everything a person or a clerk can open, as a table: which use case, for whom, asked for what.

`tests/test_bench_city.py` holds it against the screens: what a screen uses stands here or in
`ELSEWHERE`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from bench.city.sizes import Sizes

LEARNER, EMPLOYER, DEPARTMENT = "learner", "employer", "department"
COUNTY, CITY, BASE = "county", "city", "base"
REVIEWERS = (EMPLOYER, DEPARTMENT, COUNTY, CITY)
BUREAUS = (COUNTY, CITY)
ABOVE = (DEPARTMENT, *BUREAUS)
Given = Mapping[str, Any] | Callable[["Place"], Mapping[str, Any]]


@dataclass(frozen=True)
class Place:
    """A city and somebody in it: what the looks of this person need to name."""

    sizes: Sizes
    who: str
    office: int
    today: date

    @property
    def somebody(self) -> int:
        """A person below: the third of an employer in everybody's subtree."""
        place = 0 if self.who == EMPLOYER else self._employer
        return self.sizes.people_of(place)[2]

    @property
    def employer(self) -> int:
        return self.sizes.employers[0 if self.who == EMPLOYER else self._employer]

    @property
    def held(self) -> int:
        """A class of last year that the base held."""
        year, many = self.today.year - 1, len(self.sizes.bases) + len(self.sizes.departments)
        first = (year - 2020) * self.sizes.classes_a_year + 1
        return first + -first % many

    @property
    def _employer(self) -> int:
        """One that every office above sees: the first department's for it, a county's for it."""
        for place, employer in enumerate(self.sizes.employers):
            if f"/{self.office}/" in self.sizes.path(employer):
                return place
        return 0


@dataclass(frozen=True)
class Ask:
    """One use case, who asks, and for what."""

    use_case: str
    who: tuple[str, ...]
    given: Given = ()  # type: ignore[assignment]
    name: str = ""
    # Found by a first look, whose last row's id is named so here; the row's own field beside it.
    of: str = ""
    # Pages further on are looked at too.
    deep: str = ""


def _year(place: Place) -> Mapping[str, Any]:
    return {"organisation_id": place.office, "year": place.today.year}


def _period(_: Place) -> Mapping[str, Any]:
    from rxapp import clock

    last = clock.local(clock.now()).date()
    return {"typed": {"first": f"{last - timedelta(days=29)}", "last": f"{last}"}}


def _logged(**wanted: str) -> Given:
    from rxapp.services.audit_log import Wanted

    return {"wanted": Wanted(**wanted)}


def _waiting(**wanted: str) -> Given:
    from rxapp.services.claim_queue import Wanted

    return {"wanted": Wanted(**wanted)}


def learners() -> tuple[Ask, ...]:
    """What a learner opens."""
    mine = (LEARNER,)
    this = lambda place: {"area": "professional", "year": place.today.year}  # noqa: E731
    return (
        *(Ask(each, mine) for each in (
            "standings.get_home", "news.get_headline", "standings.list_years",
            "certificates.list_certificates", "claims.list_own",
            "messages.list_messages", "messages.count_unread", "news.find_unread",
            "own_data.get_own_data", "case_pages.list_own", "integrity.list_own",
            "integrity.list_looks", "order_pages.list_own_responsibility", "transfers.get_own",
            "corrections.get_own", "old_records.get_book", "contests.list_own", "classes.list_own",
            "accounts.get_account", "invitations.list_mine", "second_factors.get_factor",
            "conversion_rules.list_groups", "contests.search",
        )),
        Ask("standings.get_year", mine, lambda p: {"year": p.today.year}),
        Ask("catalogue.list_courses", mine, this),
        Ask("catalogue.list_courses", mine, lambda p: this(p) | {"status": "学习中"}, "begun"),
        Ask("catalogue.list_courses", mine, lambda p: this(p) | {"query": "课程4"}, "sought"),
        Ask("catalogue.list_courses", mine, lambda p: {"area": "public", "year": p.today.year},
            "public"),
        Ask("course_pages.get_course", mine, lambda p: {"course_id": _course(p)}),
        Ask("course_pages.get_lesson", mine, lambda p: {"lesson_id": _course(p) * 2}),
        Ask("classes.list_classes", mine, deep="after"),
        Ask("classes.list_classes", mine, {"query": "培训班1", "field": "卫生健康"}, "sought"),
        Ask("classes.get_class", mine, lambda p: {"project_id": p.held}),
        Ask("claim_pages.get_form", mine, of="claims.list_own"),
        Ask("contests.find", mine, {"query": "竞赛000"}),
        Ask("contests.find_similar", mine, {"typed": _CONTEST}),
        Ask("news.list_news", mine, deep="after"),
        Ask("news.list_news", mine, {"query": "人员名单"}, "words in all"),
        Ask("news.list_news", mine, {"query": "通知第17号"}, "words in few"),
        Ask("news.get_notice", mine, {"notice_id": 3}),
        Ask("own_export.list_sheets", mine),
        Ask("certificate_checks.check", mine, lambda p: {"number": _number(p), "signature": None}),
        Ask("organisation_search.find_choices", mine, {"query": "单位0001", "wanted": "employers"}),
        Ask("organisation_search.list_bureaus", mine),
        Ask("organisation_search.get_choice", mine, lambda p: {"organisation_id": p.employer}),
    )  # fmt: skip


def reviewing() -> tuple[Ask, ...]:
    """What waits, for whom, and since when."""
    return (
        *(Ask(each, REVIEWERS) for each in (
            "people.get_office", "backlog.get_summary", "statistics.get_summary",
            "project_desk.get_summary", "course_reviews.count_waiting", "deciding.may_review",
            "claim_queue.list_decided", "saved_phrases.list_phrases", "claim_entries.list_entered",
        )),
        Ask("deciding.list_waiting", REVIEWERS, deep="after"),
        Ask("deciding.get_application", (EMPLOYER,), of="deciding.list_waiting"),
        Ask("deciding.list_evidence", (EMPLOYER,), of="deciding.list_waiting"),
        Ask("claim_queue.list_queue", REVIEWERS, deep="after"),
        Ask("claim_queue.list_queue", ABOVE, lambda _: _waiting(place="below"), "late below",
            deep="after"),
        Ask("claim_queue.list_queue", REVIEWERS,
            lambda _: _waiting(rule_key="patent"), "rare kind"),
        Ask("claim_queue.list_queue", ABOVE,
            lambda _: _waiting(place="below", rule_key="patent"), "rare kind below"),
        Ask("claim_queue.list_queue", REVIEWERS,
            lambda _: _waiting(query="欧阳鸢尾"), "no such name"),
        Ask("claim_queue.list_queue", ABOVE,
            lambda _: _waiting(place="below", query="欧阳鸢尾"), "no such name below"),
        Ask("claim_queue.list_queue", REVIEWERS, lambda _: _waiting(query="王文华"), "a name"),
        Ask("claim_pages.get_detail", (EMPLOYER, DEPARTMENT), of="claim_queue.list_queue"),
        Ask("backlog.list_backlog", BUREAUS, deep="after"),
        Ask("backlog.list_backlog", BUREAUS, {"level": "employer"}, "employers"),
        Ask("people_lists.find_choices", (EMPLOYER,), {"query": "王"}),
        Ask("contest_register.list_register", (CITY,), deep="after"),
        Ask("contest_register.list_register", (CITY,), {"query": "竞赛00"}, "sought"),
        Ask("contest_register.list_register", (CITY,), {"status": "proposed"}, "waiting"),
        Ask("contest_register.get_line", (CITY,), {"contest_id": 9}),
    )  # fmt: skip


def people() -> tuple[Ask, ...]:
    """People, organisations, and who stands how."""
    sought = {
        "a whole name": {"query": "王文华"}, "a surname": {"query": "王"},
        "pinyin": {"query": "wang"}, "initials": {"query": "wwh"},
        "an employer's name": {"query": "样例单位000"}, "retired": {"status": "retired"},
        "died": {"status": "deceased"}, "at work": {"status": "active"},
        "not activated": {"status": "waiting"}, "activated": {"status": "activated"},
        "a title": {"title": "中级"}, "a rare title": {"title": "暂无职称"},
        "two at once": {"status": "waiting", "title": "正高级"},
    }  # fmt: skip
    units = {
        "a name": {"query": "单位00"},
        "departments": {"capacity": "department"},
        "suspended": {"status": "suspended"},
    }
    return (
        Ask("people.list_people", REVIEWERS, deep="after"),
        *(Ask("people.list_people", REVIEWERS, given, name) for name, given in sought.items()),
        Ask("people.list_people", REVIEWERS, lambda p: {"query": _identity(p)}, "a number"),
        Ask("person_pages.get_person", REVIEWERS, lambda p: {"person_id": p.somebody}),
        Ask("organisation_pages.list_organisations", ABOVE, deep="after"),
        *(Ask("organisation_pages.list_organisations", ABOVE, given, name)
          for name, given in units.items()),
        Ask("organisation_pages.list_pending", ABOVE),
        Ask("organisation_pages.get_organisation", REVIEWERS,
            lambda p: {"organisation_id": p.office}),
        Ask("staffing.get_staff", REVIEWERS),
        Ask("invitations.find_candidates", REVIEWERS,
            lambda p: {"organisation_id": p.office, "typed": "王文"}),
        Ask("collections.list_runs", REVIEWERS),
        Ask("exporting.describe", REVIEWERS, {"kind": "people"}, "people"),
        Ask("exporting.describe", ABOVE, {"kind": "organisations"}, "organisations"),
        Ask("exporting.list_people", REVIEWERS, {"full": False, "after": ("", 0)}),
        Ask("exporting.list_people", BUREAUS,
            lambda p: {"full": False, "after": (p.sizes.path(p.employer), 0)}, "further on"),
        Ask("exporting.list_organisations", ABOVE, {"after": ("", 0)}),
        Ask("behind.get_start", REVIEWERS),
        Ask("behind.list_behind", REVIEWERS,
            lambda p: {"organisation_id": p.employer, "year": p.today.year}, deep="after"),
        Ask("behind_export.list_rows", REVIEWERS,
            lambda p: {"organisation_id": p.employer, "year": p.today.year}),
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
        Ask("signals.list_reviewers", BUREAUS, _period, deep="after"),
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
            "keys.list_counties",
        )),
        Ask("year_editing.get_editor", (CITY,), lambda p: {"year": p.today.year}),
        Ask("rule_pages.get_editor", (CITY,), {"key": "qualification"}),
        Ask("keys.list_keys", (CITY,), deep="before"),
        Ask("keys.find_places", (CITY,), {"query": "单位00"}),
    )  # fmt: skip


def everything() -> tuple[Ask, ...]:
    """All of it."""
    return (
        *learners(), *reviewing(), *people(), *figures(), *supervision(), *teaching(),
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


_CONTEST = {
    "name": "样例竞赛00010", "year": "2024", "level": "municipal", "organiser": "样例主管部门",
}  # fmt: skip


def _with(**more: str) -> Callable[[Place], Mapping[str, Any]]:
    return lambda place: {**_year(place), **more}


def _course(place: Place) -> int:
    from bench.city.life import OFFER
    from bench.city.residents import course_id

    return course_id(place.today.year, OFFER - 5)


def _number(place: Place) -> str:
    from bench.city.papers import number_of

    return number_of(place.sizes.people_of(1)[0] // 2 * 2)


def _identity(place: Place) -> str:
    from bench.city.residents import identity_number

    return identity_number(place.somebody)
