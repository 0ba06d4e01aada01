"""What the demo city's people have learned so far, written through the ledger like all hours."""

from collections.abc import Iterator, Sequence
from datetime import date
from random import Random
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session

from rxapp.demo import watched
from rxapp.demo.offer import Offered, Setting
from rxapp.demo.people import SEED, DemoPerson, Record
from rxapp.models.learning import LessonProgress
from rxapp.rules.hours import Hours
from rxapp.rules.subjects import Subject
from rxapp.rules.years import YearPolicy
from rxapp.services import credits
from rxapp.services.actors import SYSTEM
from rxapp.services.watching import COURSE_RULE

HISTORY_RULE = "history/1"

# Four hours short of the year with these, and `watched.LAST_COURSE` brings exactly four.
ALL_BUT_LAST = (
    "gb-01", "gb-02", "gb-03", "gb-04", "gb-05", "gb-06", "gx-01", "gx-02", "gx-03", "gx-06",
    "zy-ny-01", "zy-ny-02", "zy-ws-03",
)  # fmt: skip

# How likely a year before this one was learned in full.
_DILIGENCE = {
    Record.COMPLETE: 1.0,
    Record.LAST_COURSE: 1.0,
    Record.NEARLY: 0.7,
    Record.LITTLE: 0.4,
    Record.NOTHING: 0.0,
}
# Hours that somebody learned more in the first owed year of a period and less in the last.
_SWING = 12


def write_history(session: Session, setting: Setting, person_id: int, person: DemoPerson) -> None:
    """Write what one person learned in the years before and in this one."""
    rand = Random(f"{SEED} {person.identity_number}")
    lines, lessons = list(_past_lines(setting, person, rand)), []
    if setting.days:
        this_year, lessons = _this_year(setting, person_id, person, rand)
        lines += this_year
    for line in lines:
        credits.grant(session, SYSTEM, person_id=person_id, **line)
    if lessons:
        session.execute(insert(LessonProgress), lessons)


def _past_lines(setting: Setting, person: DemoPerson, rand: Random) -> Iterator[dict[str, Any]]:
    for year in range(person.owes_from, setting.year):
        for subject, hours, what in _past(setting.policies[year], person, rand):
            yield {
                "year": year,
                "subject": subject,
                "hours": hours,
                "source_kind": "history",
                "source_key": f"history:{year}:{subject.value}",
                "title": f"{year}年度{what}",
                "rule": HISTORY_RULE,
                "earned_on": date(year, rand.randint(3, 11), rand.randint(1, 28)),
            }


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


def _this_year(
    setting: Setting, person_id: int, person: DemoPerson, rand: Random
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The ledger lines of this year's courses, and what was watched of them and of the next one."""
    learned = _learned(setting.offered, person, rand)
    moments = watched.draw_moments(setting, len(learned), rand)
    lines: list[dict[str, Any]] = []
    lessons: list[dict[str, Any]] = []
    for course, moment in zip(learned, moments, strict=True):
        lines.append(_course_line(setting, course, moment.date()))
        lessons += watched.list_finished(setting, person_id, course.lessons, moment, rand)
    return lines, lessons + watched.list_begun(setting, person_id, person, learned, rand)


def _course_line(setting: Setting, course: Offered, earned_on: date) -> dict[str, Any]:
    return {
        "year": setting.year,
        "subject": course.subject,
        "hours": course.hours,
        "source_kind": "course",
        "source_key": f"course:{course.code}",
        "title": course.title,
        "rule": COURSE_RULE,
        "earned_on": earned_on,
    }


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
