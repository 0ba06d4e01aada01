"""Everything a person or a clerk can open, as a table: which use case, for whom, asked for what.

What bureaus open besides stands in `desk_looks`. `tests/test_bench_city.py` holds both against the
screens: what a screen uses stands here or in `desk_looks.ELSEWHERE`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
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
    # The learner who looks: somebody with a certificate.
    learner: int

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
        Ask("news.get_notice", mine, {"notice_id": 1}),
        Ask("own_export.list_sheets", mine),
        Ask("certificate_checks.check", mine, lambda p: {"number": _number(p), "signature": None}),
        Ask("organisation_search.find_choices", mine,
            lambda p: {"query": f"单位{p.employer:05d}", "wanted": "employers"}),
        Ask("organisation_search.find_choices", mine,
            {"query": "没有的单位", "wanted": "employers"}, "no such name"),
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


_CONTEST = {
    "name": "样例竞赛00010", "year": "2024", "level": "municipal", "organiser": "样例主管部门",
}  # fmt: skip


def _course(place: Place) -> int:
    from bench.city.learned import course_id
    from bench.city.life import OFFER

    return course_id(place.today.year, OFFER - 5)


def _number(place: Place) -> str:
    from bench.city.papers import number_of

    return number_of(place.learner)


def _identity(place: Place) -> str:
    from bench.city.residents import identity_number

    return identity_number(place.somebody)
