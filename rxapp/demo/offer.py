"""What this year offers to learn, and until when: what every history is written against."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.models.courses import Course, Lesson
from rxapp.rules.courses import Status
from rxapp.rules.hours import Hours
from rxapp.rules.subjects import Subject
from rxapp.rules.years import YearPolicy
from rxapp.services import policies


@dataclass(frozen=True)
class Offered:
    """A course that can be learned; `lessons` are ids and lengths in milliseconds, in order."""

    code: str
    title: str
    subject: Subject
    series: str
    hours: Hours
    lessons: tuple[tuple[int, int], ...]

    @property
    def name(self) -> str:
        """The code without its year."""
        return self.code.partition("-")[2]


@dataclass(frozen=True)
class Setting:
    """What every history is written against: the courses, the years' policies and the time."""

    year: int
    offered: tuple[Offered, ...]
    policies: Mapping[int, YearPolicy]
    now: datetime
    business_now: datetime

    @property
    def gap_ms(self) -> tuple[int, int]:
        """The stretches between two quizzes this year."""
        low, high = self.policies[self.year].quiz_gap_seconds
        return low * 1000, high * 1000

    @property
    def days(self) -> tuple[date, date] | None:
        """The days on which something of this year can have been learned, if there were any."""
        window, today = self.policies[self.year].learning_days, self.business_now.date()
        if window is None or today < window[0]:
            return None
        return window[0], min(max(window[0], today - timedelta(days=1)), window[1])

    def really(self, business: datetime) -> datetime:
        """The real instant of an instant of the business calendar."""
        return self.now - (self.business_now - business)


def get_setting(session: Session) -> Setting:
    """What histories of the business year are written against, now."""
    year = clock.today().year
    return Setting(
        year=year,
        offered=_list_offered(session, year),
        policies=policies.list_policies(session, range(policies.FIRST_YEAR, year + 1)),
        now=clock.now(),
        business_now=clock.business_now(),
    )


def _list_offered(session: Session, year: int) -> tuple[Offered, ...]:
    courses = session.exec(
        select(Course)
        .where(Course.year == year, Course.status == Status.PUBLISHED)
        .order_by(col(Course.code))
    )
    return tuple(_offered(session, course) for course in courses.all())


def _offered(session: Session, course: Course) -> Offered:
    lessons = session.exec(
        select(Lesson).where(Lesson.course_id == course.id).order_by(col(Lesson.position))
    ).all()
    lengths = tuple((lesson.id or 0, lesson.length_ms) for lesson in lessons)
    return Offered(course.code, course.title, course.subject, course.series, course.hours, lengths)
