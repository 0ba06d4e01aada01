"""One module per route, composition only; `register` is the site map."""

import reflex as rx

from rxapp import routes
from rxapp.components.shell import PRODUCT
from rxapp.pages import (
    activate,
    catalogue,
    claims,
    course,
    desk,
    help,
    home,
    learn,
    me,
    missing,
    sign_in,
    verify,
    year,
    years,
)
from rxapp.state.account import AccountState, ActivationState
from rxapp.state.courses import CatalogueState, CourseState, LessonState
from rxapp.state.desk import DeskState
from rxapp.state.hours import HomeState, YearsState, YearState
from rxapp.state.shell import ShellState
from rxapp.state.verify import VerifyState

# Page, route, title, and what is loaded besides the frame.
SITE = (
    (home.page, routes.HOME, "我的学时", HomeState.load),
    (catalogue.public, routes.PUBLIC_COURSES, "公需科目培训", CatalogueState.load_public),
    (
        catalogue.professional,
        routes.PROFESSIONAL_COURSES,
        "专业科目培训",
        CatalogueState.load_professional,
    ),
    (course.page, routes.COURSE, "课程", CourseState.load),
    (learn.page, routes.LEARN, "学习", LessonState.load),
    (claims.page, routes.CLAIMS, "学时申报", ShellState.require_sign_in),
    (years.page, routes.YEARS, "年度完成情况", YearsState.load),
    (year.page, routes.YEAR, "年度完成情况", YearState.load),
    (me.page, routes.ME, "我的", AccountState.load),
    (desk.page, routes.DESK, "工作台", DeskState.load),
    (help.page, routes.HELP, "学员手册", None),
    (activate.page, routes.ACTIVATE, "激活账号", ActivationState.load),
    (sign_in.page, routes.SIGN_IN, "登录", ShellState.lead_on),
    (verify.page, routes.VERIFY, "证明核验", None),
    (verify.number_page, routes.VERIFY_NUMBER, "证明核验", VerifyState.load),
)


def register(app: rx.App) -> None:
    """Put every page on its route."""
    for page, route, title, load in SITE:
        on_load = [ShellState.load] if load is None else [ShellState.load, load]
        app.add_page(page, route=route, title=f"{title} · {PRODUCT}", on_load=on_load)
    app.add_page(
        missing.page, route="404", title=f"没有这个页面 · {PRODUCT}", on_load=[ShellState.load]
    )
