"""完成情况: one office with all below it in one year, and the ways down to the people."""

from urllib.parse import urlencode

import reflex as rx

from rxapp import clock, routes
from rxapp.rules.charts import ChartColumn, columns
from rxapp.rules.figures import BY_FIELD, BY_LEVEL
from rxapp.rules.permissions import Permission
from rxapp.services import statistics, statistics_below, statistics_classes, statistics_parts
from rxapp.services.behind import YearChoice
from rxapp.services.statistics import Count, HoursRow, Place, Stage
from rxapp.services.statistics_below import BELOW, DEPARTMENTS, EMPLOYERS, ORDERS, BelowRow
from rxapp.services.statistics_classes import Classes
from rxapp.services.statistics_parts import GroupRow, WeekRow
from rxapp.state.handlers import Screen, handler

FIELDS, LEVELS, WEEKS = "fields", "levels", "weeks"
LISTS = (BELOW, DEPARTMENTS, EMPLOYERS)
GROUPS = {FIELDS: BY_FIELD, LEVELS: BY_LEVEL}
VIEWS = {
    BELOW: "直接下级", DEPARTMENTS: "主管部门", EMPLOYERS: "用人单位", FIELDS: "行业领域",
    LEVELS: "职称级别", WEEKS: "每周",
}  # fmt: skip


class StatisticsState(Screen, rx.State):
    """What is looked at stays in the address: the office, the year, the view and its order."""

    organisation_id: int = 0
    year: int = 0
    view: str = ""
    order: str = ""
    years: list[YearChoice] = []
    offices: list[Place] = []
    tabs: list[tuple[str, str, bool]] = []
    unit: str = ""
    label: str = ""
    crumbs: list[Place] = []
    has_below: bool = False
    stages: list[Stage] = []
    hours: list[HoursRow] = []
    total: str = ""
    own: Count = Count(0, 0, 0, 0, 0, "", 0, "")
    classes: Classes = Classes(0, 0, 0, 0, 0)
    rows: list[BelowRow] = []
    next_after: str = ""
    groups: list[GroupRow] = []
    weeks: list[WeekRow] = []
    first_week: str = ""
    last_week: str = ""
    # The highest column of each chart, in words: columns alone have no scale.
    most_complete: str = ""
    most_hours: str = ""
    hour_columns: list[ChartColumn] = []
    complete_columns: list[ChartColumn] = []
    may_supervise: bool = False

    @handler(Permission.STATISTICS)
    async def load(self) -> None:
        """Show the office named in the address, or one's own."""
        self._clear()
        self.unit, self.rows, self.groups, self.weeks = "", [], [], []
        start = await self._use(statistics.get_start)
        self.offices, self.years = start.offices, start.years
        self.may_supervise = start.may_supervise
        self.organisation_id = self._route_number("organisation") or start.organisation_id
        self.year = self._route_number("year") or clock.today().year
        word = self._route_word("order")
        self.order = word if word in ORDERS else statistics_below.BY_BEHIND
        await self._look()
        self.loaded = True

    @handler(Permission.STATISTICS)
    async def narrow(self, form: dict[str, str]) -> object:
        """Put the year and the order in the address."""
        year, order = form.get("year", "")[:4], form.get("order", "")[:10]
        return rx.redirect(self._link(self.view, year=year, order=order or self.order))

    @handler(Permission.STATISTICS)
    async def more(self) -> None:
        """Show the next offices below the ones shown."""
        if self.next_after:
            await self._append(self.next_after)

    async def _look(self) -> None:
        where = {"organisation_id": self.organisation_id, "year": self.year}
        seen = await self._use(statistics.get_overview, **where)
        self.classes = await self._use(statistics_classes.count_classes, **where)
        self.label, self.crumbs, self.has_below = seen.label, seen.crumbs, seen.has_below
        self.stages, self.hours, self.total = seen.stages, seen.hours, seen.count.hours
        self.own = seen.own
        offered = [name for name in VIEWS if seen.has_below or name not in LISTS]
        word = self._route_word("view")
        self.view = word if word in offered else offered[0]
        self.tabs = [(VIEWS[name], self._link(name), name == self.view) for name in offered]
        await self._show_view(where)
        self.unit = seen.unit

    async def _show_view(self, where: dict[str, int]) -> None:
        if self.view in LISTS:
            await self._append("")
        elif self.view in GROUPS:
            self.groups = await self._use(
                statistics_parts.list_groups, **where, kind=GROUPS[self.view]
            )
        else:
            self.weeks = await self._use(statistics_parts.list_weeks, **where)
            drawn = [week for week in self.weeks if week.label != statistics_parts.OTHER_WEEKS]
            self.first_week, self.last_week = (
                (drawn[0].label, drawn[-1].label) if drawn else ("", "")
            )
            self.most_complete = f"{max([week.complete for week in drawn], default=0)}人"
            most = max(drawn, key=lambda week: week.tenths, default=None)
            self.most_hours = f"{most.hours if most else 0}学时"
            self.hour_columns = columns([week.tenths for week in drawn])
            self.complete_columns = columns([week.complete for week in drawn])

    async def _append(self, after: str) -> None:
        page = await self._use(
            statistics_below.list_below, organisation_id=self.organisation_id, year=self.year,
            which=self.view, order=self.order, after=after,
        )  # fmt: skip
        self.rows, self.next_after = [*self.rows, *page.rows], page.next_after

    def _link(self, view: str, *, year: str = "", order: str = "") -> str:
        words = {
            "organisation": str(self.organisation_id), "year": year or str(self.year),
            "view": view, "order": order or self.order,
        }  # fmt: skip
        return f"{routes.DESK_STATISTICS}?{urlencode(words)}"
