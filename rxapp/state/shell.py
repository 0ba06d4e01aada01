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


class ShellState(Screen, rx.State):
    """Who is signed in, and whether there is a desk to go to."""

    name: str = ""
    signed_in: bool = False
    is_staff: bool = False
    # Messages not yet read.
    unread: int = 0
    # The desk's own navigation: address and label of what the rights allow.
    desk_menu: list[tuple[str, str]] = []
    # Rights of a bureau that wait until the second factor is set up.
    needs_factor: bool = False
    demo: bool = False

    @handler(Permission.PUBLIC)
    async def load(self) -> None:
        """Show the signed-in person's name, or nobody's."""
        seen = await self._use(_who)
        self.name, self.signed_in, self.is_staff = seen.name, seen.signed_in, seen.is_staff
        self.desk_menu = seen.desk_menu
        self.unread, self.needs_factor = seen.unread, seen.needs_factor
        self.demo = settings().demo
        self.loaded = True

    @handler(Permission.SIGNED_IN)
    async def require_sign_in(self) -> None:
        """Lead whoever is not signed in away from a page without data of its own."""

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
    desk_menu: list[tuple[str, str]] = field(default_factory=list)


# In the order of a clerk's day.
DESK_MENU = (
    (Permission.STAFF, routes.DESK, "待办事项"),
    (Permission.REVIEW, routes.DESK_CLAIMS, "学时审核"),
    (Permission.REVIEW, routes.DESK_ENTER, "代为填报"),
    (Permission.PROJECT_REVIEW, routes.DESK_FILINGS, "备案审核"),
    (Permission.PROJECT_FILE, routes.DESK_PROJECTS, "培训项目"),
    (Permission.PROJECT_FILE, routes.DESK_PLANS, "年度培训计划"),
    (Permission.PROJECT_FILE, routes.DESK_NEEDS, "培训需求"),
    (Permission.PROJECT_FILE, routes.DESK_ROSTERS, "培训名册"),
    (Permission.PEOPLE_READ, routes.DESK_BEHIND, "年度未完成"),
    (Permission.SUPERVISE, routes.DESK_BACKLOG, "审核进度"),
    (Permission.STATISTICS, routes.DESK_STATISTICS, "完成情况"),
    (Permission.STAFF, routes.DESK_CASES, "处理与整改"),
    (Permission.INTEGRITY_READ, routes.DESK_INTEGRITY, "诚信档案"),
    (Permission.PEOPLE_READ, routes.DESK_PEOPLE, "人员"),
    (Permission.ORGANISATION_READ, routes.DESK_ORGANISATIONS, "单位"),
    (Permission.COLLECT, routes.DESK_COLLECT, "批量导入"),
    (Permission.STAFF_MANAGE, routes.DESK_STAFF, "管理员"),
    (Permission.COURSE_MAKE, routes.DESK_COURSES, "课程制作"),
    (Permission.COURSE_PUBLISH, routes.DESK_COURSE_REVIEWS, "课程审核"),
    (Permission.SUPERVISE, routes.DESK_SUPERVISION, "监督检查"),
    (Permission.NOTICE_WRITE, routes.DESK_NOTICES, "信息发布"),
    (Permission.AUDIT_READ, routes.DESK_AUDIT, "操作日志"),
    (Permission.POLICY_EDIT, routes.DESK_RULES, "折算规则"),
    (Permission.POLICY_EDIT, routes.DESK_CONTESTS, "竞赛登记"),
    (Permission.POLICY_EDIT, routes.DESK_CALENDAR, "工作日历"),
    (Permission.POLICY_EDIT, routes.DESK_VALUES, "期限设置"),
    (Permission.POLICY_EDIT, routes.DESK_YEARS, "年度设置"),
    (Permission.KEY_ISSUE, routes.DESK_KEYS, "查询密钥"),
)


def _who(session: Session, actor: Actor) -> _Seen:
    if not actor.activated:
        return _Seen()
    unread = messages.count_unread(session, actor)
    # The way to the desk is shown to a clerk whose rights still wait: it leads to the set-up.
    is_staff = actor.may(Permission.STAFF) or actor.needs_factor
    menu = [(path, label) for needed, path, label in DESK_MENU if actor.may(needed)]
    return _Seen(actor.name, True, is_staff, unread, actor.needs_factor, menu)


def _where(_session: Session, actor: Actor) -> str:
    if actor.person_id is None:
        return ""
    if actor.may(Permission.SECOND_FACTOR):
        return routes.SECOND_FACTOR
    return routes.HOME if actor.activated else routes.ACTIVATE
