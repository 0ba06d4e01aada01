"""What the demo city's people have learned so far: written through the ledger like everything else."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.demo.people import SEED, DemoPerson, Record
from rxapp.models.courses import Course, Lesson
from rxapp.models.learning import LessonProgress
from rxapp.rules import playback
from rxapp.rules.hours import Hours
from rxapp.rules.subjects import Subject
from rxapp.rules.years import YearPolicy
from rxapp.services import credits, policies
from rxapp.services.actors import SYSTEM
from rxapp.services.watching import COURSE_RULE

HISTORY_RULE = "history/1"

# Four hours short of the year with these, and the last course brings exactly four.
LAST_COURSE = "zy-ny-04"
ALL_BUT_LAST = (
    "gb-01", "gb-02", "gb-03", "gb-04", "gb-05", "gb-06", "gx-01", "gx-02", "gx-03", "gx-06",
    "zy-ny-01", "zy-ny-02", "zy-ws-03",
)  # fmt: skip
# Begun, so that the first screen offers to go on with it; no quiz comes this early.
_LAST_COURSE_BEGUN_MS = 6_000

# How likely a year before this one was learned in full.
_DILIGENCE = {
    Record.COMPLETE: 1.0,
    Record.LAST_COURSE: 1.0,
    Record.NEARLY: 0.7,
    Record.LITTLE: 0.4,
    Record.NOTHING: 0.0,
}
_IN_THE_MIDDLE = {Record.NEARLY: 0.3, Record.LITTLE: 0.5}
# Hours that somebody learned more in the first owed year of a period and less in the last.
_SWING = 12


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


def write_history(session: Session, setting: Setting, person_id: int, person: DemoPerson) -> None:
    """Write what one person learned in the years before and in this one."""
    rand = Random(f"{SEED} {person.identity_number}")
    _write_past(session, setting, person_id, person, rand)
    if setting.days:
        _write_this_year(session, setting, person_id, person, rand)


def _list_offered(session: Session, year: int) -> tuple[Offered, ...]:
    courses = session.exec(select(Course).where(Course.year == year).order_by(col(Course.code)))
    return tuple(_offered(session, course) for course in courses.all())


def _offered(session: Session, course: Course) -> Offered:
    lessons = session.exec(
        select(Lesson).where(Lesson.course_id == course.id).order_by(col(Lesson.position))
    ).all()
    lengths = tuple((lesson.id or 0, lesson.length_ms) for lesson in lessons)
    return Offered(course.code, course.title, course.subject, course.series, course.hours, lengths)


def _write_past(
    session: Session, setting: Setting, person_id: int, person: DemoPerson, rand: Random
) -> None:
    for year in range(person.owes_from, setting.year):
        for subject, hours, what in _past(setting.policies[year], person, rand):
            credits.grant(
                session, SYSTEM, person_id=person_id, year=year, subject=subject, hours=hours,
                source_kind="history", source_key=f"history:{year}:{subject.value}",
                title=f"{year}年度{what}", rule=HISTORY_RULE,
                earned_on=date(year, rand.randint(3, 11), rand.randint(1, 28)),
            )  # fmt: skip


def _past(
    policy: YearPolicy, person: DemoPerson, rand: Random
) -> Sequence[tuple[Subject, Hours, str]]:
    trade = f"{person.profile.field}专业科目培训"
    if rand.random() < _DILIGENCE[person.record]:
        return _full_year(policy, person, trade)
    if person.activated and rand.random() < 0.5:
        return [(Subject.PROFESSIONAL, Hours.of(rand.randrange(12, 49, 6)), trade)]
    return []


def _full_year(
    policy: YearPolicy, person: DemoPerson, trade: str
) -> Sequence[tuple[Subject, Hours, str]]:
    if not policy.period:
        return [
            (Subject.PUBLIC_REQUIRED, Hours.of(20), "公需科目必修课培训"),
            (Subject.PUBLIC_ELECTIVE, Hours.of(10), "公需科目选修课培训"),
            (Subject.PROFESSIONAL, Hours.of(60), trade),
        ]
    owed = policy.owed_years(person.owes_from)
    more = {owed[-1]: -_SWING, owed[0]: _SWING} if len(owed) > 1 else {}
    professional = Hours.of(60 + more.get(policy.year, 0))
    return [
        (Subject.PUBLIC_REQUIRED, Hours.of(30), "公需科目培训"),
        (Subject.PROFESSIONAL, professional, trade),
    ]


def _write_this_year(
    session: Session, setting: Setting, person_id: int, person: DemoPerson, rand: Random
) -> None:
    learned = _learned(setting.offered, person, rand)
    moments = _moments(setting, len(learned), rand)
    rows: list[dict[str, Any]] = []
    for course, moment in zip(learned, moments, strict=True):
        _grant_course(session, setting, person_id, course, moment.date())
        rows += _finished(setting, person_id, course.lessons, moment, rand)
    rows += _begun(setting, person_id, person, learned, rand)
    if rows:
        session.execute(insert(LessonProgress), rows)


def _grant_course(
    session: Session, setting: Setting, person_id: int, course: Offered, earned_on: date
) -> None:
    credits.grant(
        session, SYSTEM, person_id=person_id, year=setting.year, subject=course.subject,
        hours=course.hours, source_kind="course", source_key=f"course:{course.code}",
        title=course.title, rule=COURSE_RULE, earned_on=earned_on,
    )  # fmt: skip


def _learned(offered: Sequence[Offered], person: DemoPerson, rand: Random) -> list[Offered]:
    """The courses of this year a person has finished, in the order of learning."""
    if person.record is Record.LAST_COURSE:
        return [course for course in offered if course.name in ALL_BUT_LAST]
    enough = _enough(offered, person.profile.field, rand)
    rand.shuffle(enough)
    if person.record is Record.COMPLETE:
        return enough
    if person.record is Record.NEARLY:
        return _without_one(enough, rand)
    return enough[: rand.randint(0, 3)] if person.activated else []


def _enough(offered: Sequence[Offered], field: str, rand: Random) -> list[Offered]:
    """Courses that together are what a year asks for, chosen as people choose."""
    required = [course for course in offered if course.subject is Subject.PUBLIC_REQUIRED]
    elective = [course for course in offered if course.subject is Subject.PUBLIC_ELECTIVE]
    trade = [
        course
        for course in offered
        if course.subject is Subject.PROFESSIONAL and course.series == field
    ]
    rand.shuffle(elective)
    return required + _until(elective, Hours.of(10)) + _until(trade, Hours.of(60))


def _until(courses: Sequence[Offered], wanted: Hours) -> list[Offered]:
    chosen: list[Offered] = []
    for course in courses:
        if Hours.total(each.hours for each in chosen) < wanted:
            chosen.append(course)
    return chosen


def _without_one(courses: list[Offered], rand: Random) -> list[Offered]:
    # Any required or professional course is needed; among the electives one might be to spare.
    needed = [each for each in courses if each.subject is not Subject.PUBLIC_ELECTIVE]
    left_out = rand.choice(needed)
    return [course for course in courses if course is not left_out]


def _moments(setting: Setting, number: int, rand: Random) -> list[datetime]:
    """So many business instants within the learning days, one after the other."""
    return sorted(_moment(setting, rand) for _ in range(number))


def _moment(setting: Setting, rand: Random) -> datetime:
    assert setting.days
    first, last = setting.days
    day = first + timedelta(days=rand.randint(0, (last - first).days))
    at = datetime.combine(day, time(rand.randint(9, 21), rand.randint(0, 59)), clock.SHANGHAI)
    return min(at, setting.business_now)


def _finished(
    setting: Setting, person_id: int, lessons: Sequence[tuple[int, int]], moment: datetime,
    rand: Random,
) -> Iterator[dict[str, Any]]:  # fmt: skip
    for lesson_id, length in lessons:
        yield {
            "person_id": person_id,
            "lesson_id": lesson_id,
            "length_ms": length,
            "credited_ms": length,
            "quiz_due_ms": None,
            "quizzes_passed": _quizzes_in(length, setting.gap_ms, rand),
            "begun_on": moment - timedelta(milliseconds=length),
            "updated_at": setting.really(moment),
            "completed_at": setting.really(moment),
        }


def _begun(
    setting: Setting, person_id: int, person: DemoPerson, learned: Sequence[Offered], rand: Random
) -> list[dict[str, Any]]:
    """A course somebody is in the middle of: lessons before are finished, the next quiz lies ahead."""
    if person.record is Record.LAST_COURSE:
        last = next(course for course in setting.offered if course.name == LAST_COURSE)
        return [_middle(setting, person_id, last.lessons[0], _LAST_COURSE_BEGUN_MS, rand)]
    if rand.random() >= _IN_THE_MIDDLE.get(person.record, 0):
        return []
    course = rand.choice([each for each in setting.offered if each not in learned])
    place = rand.randrange(len(course.lessons))
    before = _finished(setting, person_id, course.lessons[:place], _moment(setting, rand), rand)
    return [*before, _middle(setting, person_id, course.lessons[place], None, rand)]


def _middle(
    setting: Setting, person_id: int, lesson: tuple[int, int], credited_ms: int | None, rand: Random
) -> dict[str, Any]:
    lesson_id, length = lesson
    begun = playback.begin_lesson(length, gap_ms=setting.gap_ms, rand=rand.randint)
    moment = _moment(setting, rand)
    return {
        "person_id": person_id,
        "lesson_id": lesson_id,
        "length_ms": length,
        "credited_ms": credited_ms or rand.randint(1_000, (begun.quiz_due_ms or length) - 1),
        "quiz_due_ms": begun.quiz_due_ms,
        "quizzes_passed": 0,
        "begun_on": moment,
        "updated_at": setting.really(moment),
        "completed_at": None,
    }


def _quizzes_in(length_ms: int, gap_ms: tuple[int, int], rand: Random) -> int:
    due: int | None = playback.first_due(length_ms, gap_ms=gap_ms, rand=rand.randint)
    passed = 0
    while due is not None:
        passed += 1
        due = playback.next_due(due, length_ms, gap_ms=gap_ms, rand=rand.randint)
    return passed
