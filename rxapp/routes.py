"""Every path of the site, as constants and builders."""

HOME = "/"
SIGN_IN = "/sign-in"
ACTIVATE = "/activate"
PUBLIC_COURSES = "/courses/public"
PROFESSIONAL_COURSES = "/courses/professional"
COURSE = "/course/[course_id]"
LEARN = "/learn/[lesson_id]"
CLAIMS = "/claims"
YEARS = "/years"
YEAR = "/years/[year]"
ME = "/me"
DESK = "/desk"
HELP = "/help"
VERIFY = "/verify"
VERIFY_NUMBER = "/verify/[number]"

AUTH_SIGN_IN = "/auth/sign-in"
AUTH_SIGN_OUT = "/auth/sign-out"
AUTH_ACTIVATE = "/auth/activate"
AUTH_PASSWORD = "/auth/password"
WATCH_OPEN = "/api/watch/open"
WATCH_BEAT = "/api/watch/beat"
WATCH_QUIZ = "/api/watch/quiz"
WATCH_ANSWER = "/api/watch/answer"
VIDEO = "/media/{lesson_id:int}/{ticket}"
CERTIFICATE_ISSUE = "/api/certificate/{year:int}"
CERTIFICATE_FILE = "/files/certificate/{number}.pdf"
API_VERIFY = "/api/verify/{number}"
HEALTH = "/healthz"


def course(course_id: int) -> str:
    """The page of one course."""
    return f"/course/{course_id}"


def learn(lesson_id: int) -> str:
    """The page on which one lesson is watched."""
    return f"/learn/{lesson_id}"


def year(number: int) -> str:
    """The page of one year's hours."""
    return f"/years/{number}"


def certificate_file(number: str) -> str:
    """The signed file of a certificate."""
    return f"/files/certificate/{number}.pdf"


def video(lesson_id: int, ticket: str) -> str:
    """The short-lived address of a lesson's video."""
    return f"/media/{lesson_id}/{ticket}"


def verify(number: str) -> str:
    """The page on which anyone checks a certificate."""
    return f"/verify/{number}"
