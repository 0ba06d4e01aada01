"""One module per route, composition only; `register` is the site map."""

import reflex as rx

from rxapp import routes
from rxapp.components.shell import PRODUCT
from rxapp.pages import (
    activate,
    application_status,
    catalogue,
    check_in,
    claim,
    claim_contest,
    claim_new,
    claim_old,
    claims,
    classes,
    course,
    desk,
    desk_application,
    desk_audit,
    desk_backlog,
    desk_behind,
    desk_calendar,
    desk_case,
    desk_cases,
    desk_check_in,
    desk_claims,
    desk_collect,
    desk_collection,
    desk_contests,
    desk_course,
    desk_course_preview,
    desk_course_reviews,
    desk_courses,
    desk_enter,
    desk_filings,
    desk_inspection,
    desk_integrity,
    desk_keys,
    desk_needs,
    desk_new_year,
    desk_notice,
    desk_notices,
    desk_operations,
    desk_organisation,
    desk_organisations,
    desk_people,
    desk_person,
    desk_plans,
    desk_project,
    desk_projects,
    desk_roster,
    desk_roster_import,
    desk_roster_list,
    desk_rosters,
    desk_rule,
    desk_rules,
    desk_staff,
    desk_statistics,
    desk_supervision,
    desk_values,
    desk_year,
    desk_years,
    help,
    home,
    inbox,
    learn,
    me,
    missing,
    my_cases,
    my_correction,
    my_data,
    my_factor,
    my_transfer,
    news,
    register_organisation,
    register_person,
    reset,
    second_factor,
    sign_in,
    verify,
    year,
    years,
)
from rxapp.state.account import AccountState, ActivationState
from rxapp.state.applying import ApplyingState, StatusState
from rxapp.state.auditing import AuditState, ValuesState
from rxapp.state.backlog import BacklogState
from rxapp.state.behind import BehindState
from rxapp.state.calendar import CalendarState
from rxapp.state.cases import CasesState, CaseState
from rxapp.state.check_ins import CheckInDeskState, CheckInState
from rxapp.state.claiming import ClaimNewState, ClaimsState, ClaimState
from rxapp.state.classes import ClassesState, ClassState
from rxapp.state.collecting import CollectingState, CollectionState
from rxapp.state.contests import ContestsState, RegisterState
from rxapp.state.corrections import CorrectionState
from rxapp.state.course_making import CourseMakingState, CoursesState
from rxapp.state.course_reviews import CoursePreviewState, CourseReviewsState
from rxapp.state.courses import CatalogueState, CourseState, LessonState
from rxapp.state.deciding import DecidingState
from rxapp.state.desk import DeskState
from rxapp.state.entering import EnteringState
from rxapp.state.filings import FilingsState
from rxapp.state.hearing import MyCasesState, MyCaseState
from rxapp.state.hours import HomeState, YearsState, YearState
from rxapp.state.inbox import InboxState
from rxapp.state.inspecting import InspectingState
from rxapp.state.integrity import IntegrityState
from rxapp.state.keys import KeysState
from rxapp.state.needs import NeedsState
from rxapp.state.news import NewsState, NoticeState
from rxapp.state.notices import NoticeEditState, NoticesState
from rxapp.state.old_records import OldRecordsState
from rxapp.state.operations import OperationsState
from rxapp.state.organisations import OrganisationsState, OrganisationState
from rxapp.state.own_data import OwnDataState
from rxapp.state.people import PeopleState, PersonState
from rxapp.state.plans import PlansState
from rxapp.state.projects import ProjectNewState, ProjectsState, ProjectState
from rxapp.state.reviewing import QueueState
from rxapp.state.rosters import (
    AttendanceState,
    RosterImportState,
    RosterListState,
    RostersState,
)
from rxapp.state.rule_editing import RulesState, RuleState
from rxapp.state.security import ChallengeState, MyFactorState, ResetState
from rxapp.state.shell import ShellState
from rxapp.state.staff import StaffState
from rxapp.state.statistics import StatisticsState
from rxapp.state.supervising import SupervisionState
from rxapp.state.transfers import TransferState
from rxapp.state.verify import VerifyState
from rxapp.state.years import NewYearState, YearDeskState, YearsDeskState

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
    (claims.page, routes.CLAIMS, "学时申报", ClaimsState.load),
    (claim_new.page, routes.CLAIM_NEW, "选择申报类别", ClaimNewState.load),
    (claim.page, routes.CLAIM, "学时申报", ClaimState.load),
    (claim_contest.page, routes.CLAIM_CONTEST, "竞赛登记", ContestsState.load),
    (years.page, routes.YEARS, "年度完成情况", YearsState.load),
    (year.page, routes.YEAR, "年度完成情况", YearState.load),
    (me.page, routes.ME, "我的", AccountState.load),
    (desk.page, routes.DESK, "工作台", DeskState.load),
    (desk_claims.page, routes.DESK_CLAIMS, "学时审核", QueueState.load),
    (desk_organisations.page, routes.DESK_ORGANISATIONS, "单位", OrganisationsState.load),
    (desk_organisation.page, routes.DESK_ORGANISATION, "单位", OrganisationState.load),
    (desk_collect.page, routes.DESK_COLLECT, "批量导入", CollectingState.load),
    (desk_collection.page, routes.DESK_COLLECTION, "导入文件", CollectionState.load),
    (desk_people.page, routes.DESK_PEOPLE, "人员", PeopleState.load),
    (desk_person.page, routes.DESK_PERSON, "人员", PersonState.load),
    (desk_behind.page, routes.DESK_BEHIND, "年度未完成", BehindState.load),
    (claim_old.page, routes.CLAIM_OLD, "录入原证书", OldRecordsState.load),
    (desk_enter.page, routes.DESK_ENTER, "代为填报", EnteringState.load),
    (desk_backlog.page, routes.DESK_BACKLOG, "审核进度", BacklogState.load),
    (desk_statistics.page, routes.DESK_STATISTICS, "完成情况", StatisticsState.load),
    (desk_supervision.page, routes.DESK_SUPERVISION, "监督检查", SupervisionState.load),
    (desk_inspection.page, routes.DESK_INSPECTION, "监督检查", InspectingState.load),
    (desk_audit.page, routes.DESK_AUDIT, "操作日志", AuditState.load),
    (desk_cases.page, routes.DESK_CASES, "处理与整改", CasesState.load),
    (desk_case.page, routes.DESK_CASE, "监督检查事项", CaseState.load),
    (desk_integrity.page, routes.DESK_INTEGRITY, "诚信档案", IntegrityState.load),
    (my_cases.page, routes.MY_CASES, "监督检查", MyCasesState.load),
    (my_cases.case_page, routes.MY_CASE, "监督检查事项", MyCaseState.load),
    (desk_projects.page, routes.DESK_PROJECTS, "培训项目", ProjectsState.load),
    (desk_projects.new_page, routes.DESK_PROJECT_NEW, "新的培训项目", ProjectNewState.load),
    (desk_project.page, routes.DESK_PROJECT, "培训项目", ProjectState.load),
    (desk_filings.page, routes.DESK_FILINGS, "备案审核", FilingsState.load),
    (desk_plans.page, routes.DESK_PLANS, "年度培训计划", PlansState.load),
    (desk_needs.page, routes.DESK_NEEDS, "培训需求", NeedsState.load),
    (desk_calendar.page, routes.DESK_CALENDAR, "工作日历", CalendarState.load),
    (classes.page, routes.CLASSES, "培训班", ClassesState.load),
    (classes.class_page, routes.CLASS, "培训班", ClassState.load),
    (desk_values.page, routes.DESK_VALUES, "期限设置", ValuesState.load),
    (desk_years.page, routes.DESK_YEARS, "年度设置", YearsDeskState.load),
    (desk_year.page, routes.DESK_YEAR, "年度设置", YearDeskState.load),
    (desk_new_year.page, routes.DESK_NEW_YEAR, "开启新年度", NewYearState.load),
    (desk_keys.page, routes.DESK_KEYS, "查询密钥", KeysState.load),
    (desk_operations.page, routes.DESK_OPERATIONS, "运行情况", OperationsState.load),
    (desk_rules.page, routes.DESK_RULES, "折算规则", RulesState.load),
    (desk_rule.page, routes.DESK_RULE, "折算规则", RuleState.load),
    (desk_contests.page, routes.DESK_CONTESTS, "竞赛登记", RegisterState.load),
    (desk_notices.page, routes.DESK_NOTICES, "信息发布", NoticesState.load),
    (desk_notice.page, routes.DESK_NOTICE, "通知", NoticeEditState.load),
    (news.page, routes.NEWS, "信息发布", NewsState.load),
    (news.notice_page, routes.NOTICE, "通知", NoticeState.load),
    (desk_rosters.page, routes.DESK_ROSTERS, "培训名册", RostersState.load),
    (desk_roster.page, routes.DESK_ROSTER, "培训名册", AttendanceState.load),
    (desk_roster_import.page, routes.DESK_ROSTER_IMPORT, "导入名册", RosterImportState.load),
    (desk_roster_list.page, routes.DESK_ROSTER_LIST, "打印名册", RosterListState.load),
    (desk_check_in.page, routes.DESK_CHECK_IN, "签到", CheckInDeskState.load),
    (check_in.page, routes.CHECK_IN, "培训签到", CheckInState.load),
    (desk_courses.page, routes.DESK_COURSES, "课程制作", CoursesState.load),
    (desk_course.page, routes.DESK_COURSE, "课程制作", CourseMakingState.load),
    (
        desk_course_preview.page,
        routes.DESK_COURSE_PREVIEW,
        "课程预览",
        CoursePreviewState.load,
    ),
    (
        desk_course_reviews.page,
        routes.DESK_COURSE_REVIEWS,
        "课程审核",
        CourseReviewsState.load,
    ),
    (my_transfer.page, routes.MY_TRANSFER, "单位变更", TransferState.load),
    (my_correction.page, routes.MY_CORRECTION, "信息更正", CorrectionState.load),
    (my_data.page, routes.MY_DATA, "我的信息", OwnDataState.load),
    (desk_application.page, routes.DESK_APPLICATION, "办理", DecidingState.load),
    (register_person.page, routes.REGISTER, "个人注册", ApplyingState.load_person),
    (
        register_organisation.page,
        routes.REGISTER_ORGANISATION,
        "单位注册",
        ApplyingState.load_organisation,
    ),
    (application_status.page, routes.APPLICATION_STATUS, "查询申请", StatusState.load),
    (desk_staff.page, routes.DESK_STAFF, "管理员", StaffState.load),
    (inbox.page, routes.MESSAGES, "消息", InboxState.load),
    (my_factor.page, routes.MY_FACTOR, "动态验证码", MyFactorState.load),
    (second_factor.page, routes.SECOND_FACTOR, "填写动态验证码", ChallengeState.load),
    (reset.page, routes.RESET, "忘记密码", ResetState.load),
    (help.employer, routes.HELP_EMPLOYER, "单位管理员手册", None),
    (help.for_department, routes.HELP_DEPARTMENT, "主管部门手册", None),
    (help.for_bureau, routes.HELP_BUREAU, "人力资源社会保障局手册", None),
    (help.for_base, routes.HELP_BASE, "继续教育基地手册", None),
    (help.for_panel, routes.HELP_PANEL, "职称评审手册", None),
    (help.for_learner, routes.HELP_LEARNER, "学员手册", None),
    (help.page, routes.HELP, "操作手册", None),
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
