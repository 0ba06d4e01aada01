"""Every path of the site, as constants and builders."""

HOME = "/"
SIGN_IN = "/sign-in"
ACTIVATE = "/activate"
PUBLIC_COURSES = "/courses/public"
PROFESSIONAL_COURSES = "/courses/professional"
COURSE = "/course/[course_id]"
LEARN = "/learn/[lesson_id]"
CLAIMS = "/claims"
CLAIM = "/claims/[claim_id]"
CLAIM_NEW = "/claim/new"
CLAIM_OLD = "/claim/old"
CLAIM_CONTEST = "/claim/contest"
MY_CASES = "/me/cases"
MY_CASE = "/me/cases/[case_id]"
YEARS = "/years"
YEAR = "/years/[year]"
ME = "/me"
DESK = "/desk"
NEWS = "/news"
NOTICE = "/news/[notice_id]"
DESK_NOTICES = "/desk/notices"
DESK_NOTICE = "/desk/notices/[notice_id]"
HELP = "/help"
HELP_LEARNER = "/help/learner"
HELP_BASE = "/help/base"
HELP_PANEL = "/help/panel"
MESSAGES = "/messages"
SECOND_FACTOR = "/second-factor"
MY_FACTOR = "/me/second-factor"
MY_TRANSFER = "/me/transfer"
MY_CORRECTION = "/me/correction"
MY_DATA = "/me/data"
RESET = "/reset"
REGISTER = "/register"
REGISTER_ORGANISATION = "/register/organisation"
APPLICATION_STATUS = "/application"
DESK_APPLICATION = "/desk/application/[application_id]"
DESK_PEOPLE = "/desk/people"
DESK_PERSON = "/desk/people/[person_id]"
DESK_ORGANISATIONS = "/desk/organisations"
DESK_ORGANISATION = "/desk/organisations/[organisation_id]"
DESK_COLLECT = "/desk/collect"
DESK_COLLECTION = "/desk/collect/[collection_id]"
DESK_STAFF = "/desk/staff"
DESK_AUDIT = "/desk/audit"
DESK_CLAIMS = "/desk/claims"
DESK_ENTER = "/desk/enter"
DESK_RULES = "/desk/rules"
DESK_RULE = "/desk/rules/[rule_key]"
DESK_CONTESTS = "/desk/contests"
DESK_COURSES = "/desk/courses"
DESK_COURSE = "/desk/courses/[course_id]"
DESK_COURSE_PREVIEW = "/desk/courses/[course_id]/preview"
DESK_COURSE_REVIEWS = "/desk/course-reviews"
DESK_SUPERVISION = "/desk/supervision"
DESK_INSPECTION = "/desk/supervision/[inspection_id]"
DESK_CASES = "/desk/cases"
DESK_CASE = "/desk/cases/[case_id]"
DESK_INTEGRITY = "/desk/integrity"
DESK_BEHIND = "/desk/behind"
DESK_BACKLOG = "/desk/backlog"
DESK_STATISTICS = "/desk/statistics"
DESK_VALUES = "/desk/values"
DESK_YEARS = "/desk/years"
DESK_YEAR = "/desk/years/[year]"
DESK_NEW_YEAR = "/desk/new-year"
DESK_KEYS = "/desk/keys"
DESK_OPERATIONS = "/desk/operations"
DESK_PROJECTS = "/desk/projects"
DESK_PROJECT = "/desk/projects/[project_id]"
DESK_PROJECT_NEW = "/desk/project/new"
DESK_FILINGS = "/desk/filings"
DESK_PLANS = "/desk/plans"
DESK_NEEDS = "/desk/needs"
DESK_CALENDAR = "/desk/calendar"
CLASSES = "/classes"
CLASS = "/classes/[project_id]"
DESK_ROSTERS = "/desk/rosters"
DESK_ROSTER = "/desk/rosters/[project_id]"
DESK_ROSTER_IMPORT = "/desk/rosters/[project_id]/import"
DESK_ROSTER_LIST = "/desk/rosters/[project_id]/list"
DESK_CHECK_IN = "/desk/rosters/[project_id]/check-in"
CHECK_IN = "/check-in/[project_id]/[code]"
HELP_EMPLOYER = "/help/employer"
HELP_DEPARTMENT = "/help/department"
HELP_BUREAU = "/help/bureau"
VERIFY = "/verify"
VERIFY_NUMBER = "/verify/[number]"

AUTH_SIGN_IN = "/auth/sign-in"
AUTH_SIGN_OUT = "/auth/sign-out"
AUTH_ACTIVATE = "/auth/activate"
AUTH_PASSWORD = "/auth/password"
AUTH_MOBILE = "/auth/mobile"
AUTH_FACTOR = "/auth/second-factor"
AUTH_FACTOR_REMOVE = "/auth/second-factor/remove"
AUTH_RESET = "/auth/reset"
APPLY_PERSON = "/api/apply/person"
APPLY_ORGANISATION = "/api/apply/organisation"
APPLY_CORRECTION = "/api/apply/correction"
EVIDENCE_UPLOAD = "/api/evidence"
CLAIM_UPLOAD = "/api/claims/evidence"
CLAIM_SAVE = "/api/claims/save"
CLAIM_LINE_SAVE = "/api/claims/line"
CLAIM_SUBMIT = "/api/claims/submit"
CLAIM_DETACH = "/api/claims/detach"
CASE_OPEN = "/api/cases/open"
CASE_ANSWER = "/api/cases/answer"
CASE_REPLY = "/api/cases/reply"
ORDER_REPORT = "/api/cases/report"
CASE_PAPER = "/files/case/{case_id:number}.pdf"
EVIDENCE_FILE = "/files/evidence/{evidence_id:number}/{part}"
NOTICE_SAVE = "/api/notices/save"
NOTICE_PUBLISH = "/api/notices/publish"
NOTICE_UPLOAD = "/api/notices/file"
NOTICE_DETACH = "/api/notices/detach"
NOTICE_FILE = "/files/notice/{file_id:number}"
PLAN_UPLOAD = "/api/plans"
PLAN_TEMPLATE = "/files/plans/template.xlsx"
COLLECT_UPLOAD = "/api/collect"
COLLECT_TEMPLATE = "/files/collect/template/{kind}.xlsx"
COLLECT_FAULTS = "/files/collect/{collection_id:number}/faults.xlsx"
COLLECT_SAMPLE = "/files/collect/sample.xlsx"
EXPORT_PEOPLE = "/api/export/people"
EXPORT_ORGANISATIONS = "/api/export/organisations"
EXPORT_AUDIT = "/api/export/audit"
EXPORT_OWN = "/api/export/own"
EXPORT_BEHIND = "/api/export/behind"
EXPORT_STATISTICS = "/api/export/statistics"
ROSTER_UPLOAD = "/api/rosters/upload"
ROSTER_TAKE = "/api/rosters/take"
ROSTER_TEMPLATE = "/files/rosters/template.xlsx"
ROSTER_FAULTS = "/files/rosters/{file_id:number}/faults.xlsx"
EXPORT_ROSTER = "/api/export/roster"
CHECK_IN_SCREEN = "/api/check-in/{project_id:number}"
WATCH_OPEN = "/api/watch/open"
WATCH_BEAT = "/api/watch/beat"
WATCH_QUIZ = "/api/watch/quiz"
WATCH_ANSWER = "/api/watch/answer"
COURSE_UPLOAD = "/api/courses/begin"
COURSE_PIECE = "/api/courses/piece"
COURSE_ASK = "/api/courses/progress"
COURSE_FINISH = "/api/courses/finish"
COURSE_CANCEL = "/api/courses/cancel"
COURSE_QUESTIONS = "/api/courses/questions"
COURSE_POSTER = "/api/courses/poster"
COURSE_FILE = "/files/courses/{lesson_id:number}/{part}"
COURSE_TEMPLATE = "/files/courses/questions.xlsx"
COURSE_PACKAGE = "/files/courses/{course_id:number}.zip"
VIDEO = "/media/{lesson_id:number}/{ticket}"
CERTIFICATE_ISSUE = "/api/certificate/{year:number}"
CERTIFICATE_FILE = "/files/certificate/{number}.pdf"
API_VERIFY = "/api/verify/{number}"
API_STANDING = "/api/standing"
HEALTH = "/healthz"
READY = "/readyz"
METRICS = "/metrics"


def course(course_id: int) -> str:
    """The page of one course."""
    return f"/course/{course_id}"


def learn(lesson_id: int) -> str:
    """The page on which one lesson is watched."""
    return f"/learn/{lesson_id}"


def desk_course(course_id: int) -> str:
    """The page on which a course is made."""
    return f"/desk/courses/{course_id}"


def desk_course_preview(course_id: int) -> str:
    """A course as a learner would see it, with its right answers."""
    return f"/desk/courses/{course_id}/preview"


def course_file(lesson_id: int, part: str) -> str:
    """The `film` or the `poster` of a lesson, for those who make or review it."""
    return f"/files/courses/{lesson_id}/{part}"


def course_package(course_id: int) -> str:
    """A course as one file for another city."""
    return f"/files/courses/{course_id}.zip"


def claim(claim_id: int) -> str:
    """The page of one's own claim."""
    return f"/claims/{claim_id}"


def notice(notice_id: int) -> str:
    """The page of one notice."""
    return f"/news/{notice_id}"


def desk_notice(notice_id: int) -> str:
    """The page on which a bureau writes one notice."""
    return f"/desk/notices/{notice_id}"


def notice_file(file_id: int) -> str:
    """An attachment of a notice."""
    return f"/files/notice/{file_id}"


def desk_rule(key: str) -> str:
    """The page on which the bureau edits one rule of conversion."""
    return f"/desk/rules/{key}"


def desk_year(number: int) -> str:
    """The page on which the bureau edits one year."""
    return f"/desk/years/{number}"


def desk_inspection(inspection_id: int) -> str:
    """The work list of one sample."""
    return f"/desk/supervision/{inspection_id}"


def desk_case(case_id: int) -> str:
    """One matter before a bureau, with all that was said in it."""
    return f"/desk/cases/{case_id}"


def case_paper(case_id: int) -> str:
    """The whole file of a matter, to print."""
    return f"/files/case/{case_id}.pdf"


def desk_order(order_id: int) -> str:
    """One order to put things right, on the page of matters."""
    return f"{DESK_CASES}?order={order_id}"


def my_case(case_id: int) -> str:
    """A matter in which one is heard."""
    return f"/me/cases/{case_id}"


def year(number: int) -> str:
    """The page of one year's hours."""
    return f"/years/{number}"


def desk_application(application_id: int) -> str:
    """The page on which an office decides on one application."""
    return f"/desk/application/{application_id}"


def desk_person(person_id: int) -> str:
    """One person's page, for the offices above."""
    return f"/desk/people/{person_id}"


def desk_organisation(organisation_id: int) -> str:
    """One organisation's page, for itself and the offices above."""
    return f"/desk/organisations/{organisation_id}"


def desk_collection(collection_id: int) -> str:
    """How far one file has come."""
    return f"/desk/collect/{collection_id}"


def desk_roster(project_id: int, part: str = "") -> str:
    """The roster of one class, or a page beside it: `import`, `list`, `check-in`."""
    return f"/desk/rosters/{project_id}" + (f"/{part}" if part else "")


def check_in(project_id: int, code: str) -> str:
    """What the code on the teacher's screen leads to."""
    return f"/check-in/{project_id}/{code}"


def check_in_screen(project_id: int) -> str:
    """Where the teacher's screen asks for the code of the moment."""
    return f"/api/check-in/{project_id}"


def roster_faults(file_id: int) -> str:
    """The wrong rows of a table of who attended."""
    return f"/files/rosters/{file_id}/faults.xlsx"


def evidence_file(evidence_id: int, part: str) -> str:
    """A file that proves something: `preview` or `file`."""
    return f"/files/evidence/{evidence_id}/{part}"


def certificate_file(number: str) -> str:
    """The signed file of a certificate."""
    return f"/files/certificate/{number}.pdf"


def video(lesson_id: int, ticket: str) -> str:
    """The short-lived address of a lesson's video."""
    return f"/media/{lesson_id}/{ticket}"


def verify(number: str) -> str:
    """The page on which anyone checks a certificate."""
    return f"/verify/{number}"


def desk_project(project_id: int) -> str:
    """One class of one's own organisation."""
    return f"/desk/projects/{project_id}"


def class_page(project_id: int) -> str:
    """One class as learners see it."""
    return f"/classes/{project_id}"
