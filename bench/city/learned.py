"""What one person learned, as rows: the ledger with its sums, attendance, films and quizzes."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from bench.city import life as lives
from bench.city.copying import Copies
from bench.city.life import Life, Line
from bench.city.sizes import Sizes
from rxapp.rules import figures
from rxapp.rules.subjects import Subject

CREDIT = (
    "id person_id year subject hours source_kind source_key title rule earned_on created_at "
    "reverses_id"
)
PROGRESS = (
    "person_id lesson_id length_ms credited_ms quiz_due_ms quizzes_passed wrong_in_row begun_on "
    "updated_at completed_at"
)
SHOWING = "id person_id lesson_id number question_id options shown_at answered_at chosen right"
ROSTER_LINE = (
    "project_id person_id days day_count hours test source note state credit_id grants at version"
)
LINES_A_YEAR, SHOWINGS_EACH = 16, 32
LESSON_MS = 45 * 60_000
# A quiz comes after 5 to 12 minutes; somebody met in between has this much ahead at most.
MOST_TO_QUIZ_S = 510
SUBJECTS = {subject.value: subject for subject in Subject}


@dataclass(frozen=True)
class Ground:
    """What every row of a city is made from."""

    sizes: Sizes
    today: date
    now: datetime
    password_hash: str
    book: figures.Book
    rules: dict[str, int]
    file: tuple[str, str]


@dataclass(frozen=True)
class Home:
    """Where somebody belongs: the office, its path, whether it is the first employer."""

    office: int
    path: str
    first: bool
    joint: bool


def put_ledger(out: Copies, ground: Ground, life: Life) -> list[tuple[int, Line]]:
    """Send every line with the sums of the years; returns each line with its id."""
    credits = credit_ids(ground, life)
    sums: dict[int, dict[str, int]] = {}
    for id, line in credits:
        rows = [_credit(ground, life.person, id, line)]
        if line.undone:
            rows.append(_reversal(life.person, id, line))
        else:
            of_year = sums.setdefault(line.year, dict.fromkeys(SUBJECTS, 0))
            of_year[line.subject] += line.tenths
        out.put("credit", CREDIT, rows, part=line.year)
        if line.undone:
            sums.setdefault(line.year, dict.fromkeys(SUBJECTS, 0))
        if line.source == lives.PROJECT:
            _put_attendance(out, life.person, id, line)
    out.put(
        "year_total", "person_id year required elective professional",
        ((life.person, year, *of_year.values()) for year, of_year in sorted(sums.items())),
    )  # fmt: skip
    return credits


def _credit(ground: Ground, person: int, id: int, line: Line) -> tuple[object, ...]:
    key, title, rule = _source(ground, person, line)
    return (
        id, person, line.year, line.subject, line.tenths, line.source, key, title, rule, line.day,
        moment(line.day), None,
    )  # fmt: skip


def _reversal(person: int, id: int, line: Line) -> tuple[object, ...]:
    day = line.undone or line.day
    return (
        id + 1, person, line.year, line.subject, -line.tenths, lives.REVERSAL, f"reversal:{id}",
        lives.TITLES[0], "case", day, moment(day), id,
    )  # fmt: skip


def _source(ground: Ground, person: int, line: Line) -> tuple[str, str, str]:
    if line.source == lives.COURSE:
        return f"course:{course_code(line.year, line.place)}", f"样例课程{line.place}", "course/1"
    if line.source == lives.CLAIM:
        claim = line.place * ground.sizes.people + person
        return f"claim:{claim}:1", lives.TITLES[0], "qualification@1"
    if line.source == lives.PROJECT:
        return f"project:{line.place}", f"样例培训班{line.place}", "project/1"
    return f"history:{line.year}:{line.subject}", f"{line.year}年度培训", "history/1"


def _put_attendance(out: Copies, person: int, credit: int, line: Line) -> None:
    days = [f"{day}" for day in lives.class_days(line.day)]
    at = moment(line.day, 9)
    out.put(
        "roster_line", ROSTER_LINE,
        [(line.place, person, json.dumps(days), None, line.tenths, "passed", "check_in", "",
          "posted", credit, 1, at, 1)],
    )  # fmt: skip
    out.put("enrolment", "project_id person_id at", [(line.place, person, moment(line.day, 1))])


def put_learning(out: Copies, ground: Ground, life: Life) -> None:
    """Send what was watched and answered of this year's courses."""
    year = ground.today.year
    done = [
        (course_id(year, line.place), moment(line.day))
        for line in life.lines
        if line.year == year and line.source == lives.COURSE
    ]
    lessons = [
        ((course - 1) * lives.LESSONS_EACH + place, at)
        for course, at in done
        for place in range(1, lives.LESSONS_EACH + 1)
    ]
    out.put(
        "lesson_progress", PROGRESS,
        (
            (life.person, lesson, LESSON_MS, LESSON_MS, None, 4, 0, at, at, at)
            for lesson, at in lessons
        ),
    )  # fmt: skip
    out.put(
        "showing", SHOWING,
        (
            (life.person * SHOWINGS_EACH + place, life.person, lesson, 1, (lesson - 1) * 3 + 1,
             '[["1","a"],["2","b"]]', at, at + timedelta(seconds=20), '["1"]', True)
            for place, (lesson, at) in enumerate(lessons)
        ),
    )  # fmt: skip
    if life.begun:
        _put_begun(out, ground, life)


def _put_begun(out: Copies, ground: Ground, life: Life) -> None:
    """The lesson that is under way: at every place of it somebody is, a quiz ahead of everybody."""
    lesson = (course_id(ground.today.year, life.begun) - 1) * lives.LESSONS_EACH + 1
    credited = life.person * 7_919 % (LESSON_MS // 1000 - 1) * 1000
    quiz = credited + (1 + life.person * 104_729 % MOST_TO_QUIZ_S) * 1000
    out.put(
        "lesson_progress", PROGRESS,
        [(life.person, lesson, LESSON_MS, credited, quiz if quiz < LESSON_MS else None, 0, 0,
          moment(ground.today, 1), ground.now, None)],
    )  # fmt: skip


def course_id(year: int, place: int) -> int:
    """The course at a place of a year's list, from 1."""
    return (year - lives.FIRST_BY_SUBJECT) * lives.OFFER + place


def course_code(year: int, place: int) -> str:
    """What the ledger knows such a course by."""
    return f"city-{year}-{place:02d}"


def credit_ids(ground: Ground, life: Life) -> list[tuple[int, Line]]:
    """Each line with its id: year by year, as they came in."""
    taken: dict[int, int] = {}
    found = []
    for line in life.lines:
        place = taken[line.year] = taken.get(line.year, 0) + 1
        of_year = (line.year - lives.FIRST_YEAR) * ground.sizes.people + life.person - 1
        found.append((of_year * LINES_A_YEAR + place, line))
        taken[line.year] += line.undone is not None
    return found


def moment(day: date, hour: int = 4) -> datetime:
    """An instant of a day's noon in the city."""
    return datetime.combine(day, time(hour), UTC)
