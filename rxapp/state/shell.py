"""The frame around every page."""

from dataclasses import dataclass, field

import reflex as rx
from sqlmodel import Session

from rxapp import routes
from rxapp.rules.permissions import Permission
from rxapp.services import messages
from rxapp.services.actors import Actor
from rxapp.settings import settings
from rxapp.state.handlers import Screen, handler


@dataclass(frozen=True)
class MenuEntry:
    """Where an entry of the desk's navigation leads, what it is called, and its group."""

    path: str
    label: str
    group: str


class ShellState(Screen, rx.State):
    """Who is signed in, and whether there is a desk to go to."""

    name: str = ""
    signed_in: bool = False
    is_staff: bool = False
    # Messages not yet read.
    unread: int = 0
    # The desk's own navigation, of what the rights allow; no groups where all fits in a row.
    desk_groups: list[MenuEntry] = []
    desk_menu: list[MenuEntry] = []
    # Rights of a bureau that wait until the second factor is set up.
    needs_factor: bool = False
    demo: bool = False
    # The address the page was filled for last.
    place: str = ""

    @handler(Permission.PUBLIC)
    async def load(self) -> None:
        """Show the signed-in person's name, or nobody's."""
        self.place = self._place()
        seen = await self._use(_who)
        self.name, self.signed_in, self.is_staff = seen.name, seen.signed_in, seen.is_staff
        self.desk_groups, self.desk_menu = seen.desk_groups, seen.desk_menu
        self.unread, self.needs_factor = seen.unread, seen.needs_factor
        self.demo = settings().demo
        self.loaded = True

    @handler(Permission.PUBLIC)
    async def lead_on(self) -> object:
        """Lead whoever is signed in already away from the sign-in page."""
        where = await self._use(_where)
        return rx.redirect(where) if where else None


@dataclass(frozen=True)
class _Seen:
    name: str = ""
    signed_in: bool = False
    is_staff: bool = False
    unread: int = 0
    needs_factor: bool = False
    desk_groups: list[MenuEntry] = field(default_factory=list)
    desk_menu: list[MenuEntry] = field(default_factory=list)


# In the order of a clerk's day; each entry stands in a group, which is named where it has several.
DESK_MENU = (
    ("", Permission.STAFF, routes.DESK, "待办事项"),
    ("审核", Permission.REVIEW, routes.DESK_CLAIMS, "学时审核"),
    ("审核", Permission.REVIEW, routes.DESK_ENTER, "代为填报"),
    ("审核", Permission.SUPERVISE, routes.DESK_BACKLOG, "审核进度"),
    ("培训", Permission.PROJECT_REVIEW, routes.DESK_FILINGS, "备案审核"),
    ("培训", Permission.COURSE_PUBLISH, routes.DESK_COURSE_REVIEWS, "课程审核"),
    ("培训", Permission.PROJECT_FILE, routes.DESK_PROJECTS, "培训项目"),
    ("培训", Permission.PROJECT_FILE, routes.DESK_ROSTERS, "培训名册"),
    ("培训", Permission.PROJECT_FILE, routes.DESK_PLANS, "年度培训计划"),
    ("培训", Permission.PROJECT_FILE, routes.DESK_NEEDS, "培训需求"),
    ("培训", Permission.COURSE_MAKE, routes.DESK_COURSES, "课程制作"),
    ("完成情况", Permission.STATISTICS, routes.DESK_STATISTICS, "完成情况"),
    ("完成情况", Permission.PEOPLE_READ, routes.DESK_BEHIND, "年度未完成"),
    ("人员和单位", Permission.PEOPLE_READ, routes.DESK_PEOPLE, "人员"),
    ("人员和单位", Permission.ORGANISATION_READ, routes.DESK_ORGANISATIONS, "单位"),
    ("人员和单位", Permission.COLLECT, routes.DESK_COLLECT, "批量导入"),
    ("人员和单位", Permission.STAFF_MANAGE, routes.DESK_STAFF, "管理员"),
    ("监督检查", Permission.SUPERVISE, routes.DESK_SUPERVISION, "监督检查"),
    ("监督检查", Permission.STAFF, routes.DESK_CASES, "处理与整改"),
    ("监督检查", Permission.INTEGRITY_READ, routes.DESK_INTEGRITY, "诚信档案"),
    ("监督检查", Permission.AUDIT_READ, routes.DESK_AUDIT, "操作日志"),
    ("信息发布", Permission.NOTICE_WRITE, routes.DESK_NOTICES, "信息发布"),
    ("设置", Permission.POLICY_EDIT, routes.DESK_YEARS, "年度设置"),
    ("设置", Permission.POLICY_EDIT, routes.DESK_RULES, "折算规则"),
    ("设置", Permission.POLICY_EDIT, routes.DESK_CONTESTS, "竞赛登记"),
    ("设置", Permission.POLICY_EDIT, routes.DESK_CALENDAR, "工作日历"),
    ("设置", Permission.POLICY_EDIT, routes.DESK_VALUES, "期限设置"),
    ("设置", Permission.KEY_ISSUE, routes.DESK_KEYS, "查询密钥"),
    ("设置", Permission.OPERATIONS, routes.DESK_OPERATIONS, "运行情况"),
)
DESK_GROUPS = {path: group for group, _, path, _ in DESK_MENU}
# More than this many at once are a wall: then the groups come first.
MOST_IN_A_ROW = 9


def desk_menu(actor: Actor) -> tuple[list[MenuEntry], list[MenuEntry]]:
    """The groups of the desk's navigation, none where all fits in a row, and its entries.

    A group of one is that entry itself, and has no second row.
    """
    allowed = [entry for entry in DESK_MENU if actor.may(entry[1])]
    if len(allowed) <= MOST_IN_A_ROW:
        return [], [MenuEntry(path, label, group) for group, _, path, label in allowed]
    groups: dict[str, list[MenuEntry]] = {}
    for group, _, path, label in allowed:
        groups.setdefault(group, []).append(MenuEntry(path, label, group))
    heads = [
        each[0] if len(each) == 1 else MenuEntry(each[0].path, group, group)
        for group, each in groups.items()
    ]
    return heads, [entry for each in groups.values() if len(each) > 1 for entry in each]


def _who(session: Session, actor: Actor) -> _Seen:
    if not actor.activated:
        return _Seen()
    unread = messages.count_unread(session, actor)
    # The way to the desk is shown to a clerk whose rights still wait: it leads to the set-up.
    is_staff = actor.may(Permission.STAFF) or actor.needs_factor
    return _Seen(actor.name, True, is_staff, unread, actor.needs_factor, *desk_menu(actor))


def _where(_session: Session, actor: Actor) -> str:
    if actor.person_id is None:
        return ""
    if actor.may(Permission.SECOND_FACTOR):
        return routes.SECOND_FACTOR
    return routes.HOME if actor.activated else routes.ACTIVATE
