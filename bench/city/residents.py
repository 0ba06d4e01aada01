"""The rows of one person: who it is, what was learned and claimed, what it comes to."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from bench.city import life as lives
from bench.city.copying import Copies
from bench.city.life import Asked, Life, Line
from bench.city.sizes import Sizes
from bench.lists import GIVEN, GONE, SURNAMES
from rxapp.adapters import pinyin
from rxapp.adapters.encryption import data_keys
from rxapp.rules import figures, identity, profiles
from rxapp.rules.person_status import PersonStatus, Spell
from rxapp.rules.subjects import Subject

PERSON = (
    "id name identity_cipher identity_hash identity_mask mobile_cipher mobile_hash mobile_mask "
    "password_hash activated_at created_at organisation_id owes_from field title_series "
    "title_level education post pinyin initials status status_on email_cipher email_mask unread "
    "version"
)
SIGN_IN = (
    "id token_hash person_id activated factor_due device created_at seen_at expires_at ended_at"
)
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
FIGURE = (
    "person_id year path field title_level owing activated_on studying complete complete_on "
    "hours weeks"
)
LINES_A_YEAR, SHOWINGS_EACH = 16, 32
_SUBJECTS = {subject.value: subject for subject in Subject}
_SPELLED = {each: pinyin.spelled(each) for each in SURNAMES + GIVEN}
_SURNAMES, _WEIGHTS = list(SURNAMES), [max(1, 40 - place) for place in range(len(SURNAMES))]
_STATES = [state for state, of in GONE for _ in range(of)]
_LEVEL_WEIGHTS = (3, 12, 40, 30, 14, 1)
LESSON_MS = 45 * 60_000
# A quiz comes after 5 to 12 minutes; somebody met in between has this much ahead at most.
MOST_TO_QUIZ_S = 510


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


def put_person(out: Copies, ground: Ground, home: Home, life: Life) -> dict[int, figures.Figure]:
    """Send all rows of a person; returns what the person counts as, by year."""
    person = life.person
    lot = Random(f"{lives.SEED} {person} as a person")
    spell = _spell(lot, ground, life)
    known = _known(lot)
    since = ground.now - timedelta(days=1500 + person % 300)
    _put_record(out, ground, home, life, lot, spell, known, since)
    credits = _put_ledger(out, ground, life)
    _put_learning(out, ground, life)
    found = _count(ground, home, life, credits, spell, known, since)
    out.put(
        "person_figure", FIGURE,
        (
            (
                person, year, one.path, one.field, one.title_level, one.owing, one.activated_on,
                one.studying, one.complete, one.complete_on, _json(one.hours), _json(one.weeks),
            )
            for year, one in found.items()
        ),
    )  # fmt: skip
    return found


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


def claim_id(ground: Ground, person: int, one: Asked) -> int:
    """Everybody's first claims come first, everybody's newest last."""
    return one.place * ground.sizes.people + person


def moment(day: date, hour: int = 4) -> datetime:
    """An instant of a day's noon in the city."""
    return datetime.combine(day, time(hour), UTC)


def identity_number(person: int) -> str:
    """A number of a region that was never given; nobody can bear it."""
    born = date(1960, 1, 1) + timedelta(days=person // 4 % 13_500)
    first = f"37089{person % 4}{born:%Y%m%d}{person // 54_000 + 1:03d}"
    return first + identity.identity_check_character(first)


@dataclass(frozen=True)
class _Known:
    name: str
    field: str
    series: str
    level: str
    education: str


def _known(lot: Random) -> _Known:
    name = lot.choices(_SURNAMES, _WEIGHTS)[0] + lot.choice(GIVEN) + lot.choice(GIVEN)
    return _Known(
        name, lot.choice(profiles.FIELDS), lot.choice(profiles.SERIES),
        lot.choices(profiles.LEVELS, _LEVEL_WEIGHTS)[0], lot.choice(profiles.EDUCATION),
    )  # fmt: skip


def _spell(lot: Random, ground: Ground, life: Life) -> Spell | None:
    drawn = lot.randrange(1000)
    if drawn >= len(_STATES) or life.person in ground.sizes.deciding:
        return None
    begun = ground.today - timedelta(days=lot.randint(1, 900))
    return Spell(PersonStatus(_STATES[drawn]), begun)


def _put_record(
    out: Copies, ground: Ground, home: Home, life: Life, lot: Random, spell: Spell | None,
    known: _Known, since: datetime,
) -> None:  # fmt: skip
    person, keys = life.person, data_keys()
    number, mobile = identity_number(person), f"154{person:08d}"
    unread = int(lot.random() < 0.3)
    out.put(
        "person", PERSON,
        [(
            person, known.name, keys.encrypt(number, context="identity"),
            keys.hash(number, context="identity"), identity.mask_identity(number),
            keys.encrypt(mobile, context="mobile"), keys.hash(mobile, context="mobile"),
            identity.mask_mobile(mobile), ground.password_hash if life.active else None,
            since if life.active else None, since, home.office, life.owes_from, known.field,
            known.series, known.level, known.education, "样例岗位",
            "".join(_SPELLED[each] for each in known.name),
            "".join(_SPELLED[each][0] for each in known.name),
            spell.status.value if spell else "active", spell.begins_on if spell else None, "", "",
            unread, 1,
        )],
    )  # fmt: skip
    out.put(
        "affiliation", "person_id organisation_id begins_on how",
        [(person, home.office, since.date(), "collected")],
    )  # fmt: skip
    if spell:
        out.put(
            "status_spell", "person_id status begins_on note at",
            [(person, spell.status.value, spell.begins_on, "", moment(spell.begins_on))],
        )  # fmt: skip
    if life.active:
        _put_sign_in(out, ground, person)
    out.put(
        "message", "person_id title body href at read_at",
        (
            (person, "学时申报已办结", "您的学时申报已经办结，请查看。", "/claims",
             ground.now - timedelta(days=days), None if days == 5 and unread else ground.now)
            for days in (400, 5)
        ),
    )  # fmt: skip


def _put_sign_in(out: Copies, ground: Ground, person: int) -> None:
    at = ground.now - timedelta(days=1, minutes=person % 9000)
    token = hashlib.sha256(f"{lives.SEED} {person}".encode()).hexdigest()
    ended = at + timedelta(hours=1)
    out.put(
        "sign_in", SIGN_IN,
        [(person, token, person, True, False, "样例设备", at, at, at + timedelta(hours=12), ended)],
    )  # fmt: skip


def _put_ledger(out: Copies, ground: Ground, life: Life) -> list[tuple[int, Line]]:
    credits = credit_ids(ground, life)
    sums: dict[int, dict[str, int]] = {}
    for id, line in credits:
        rows = [_credit(ground, life.person, id, line)]
        if line.undone:
            rows.append(_reversal(life.person, id, line))
        else:
            of_year = sums.setdefault(line.year, dict.fromkeys(_SUBJECTS, 0))
            of_year[line.subject] += line.tenths
        out.put("credit", CREDIT, rows, part=line.year)
        if line.undone:
            sums.setdefault(line.year, dict.fromkeys(_SUBJECTS, 0))
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


def _put_learning(out: Copies, ground: Ground, life: Life) -> None:
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


def _count(
    ground: Ground, home: Home, life: Life, credits: list[tuple[int, Line]], spell: Spell | None,
    known: _Known, since: datetime,
) -> dict[int, figures.Figure]:  # fmt: skip
    this_year = ground.today.year
    studied = life.begun or any(
        line.year == this_year and line.source == lives.COURSE for line in life.lines
    )
    facts = figures.Facts(
        path=home.path, field=known.field, title_level=known.level, owes_from=life.owes_from,
        activated_on=(since + timedelta(hours=8)).date() if life.active else None,
        spells=(spell,) if spell else (),
        lines=tuple(
            figures.Line(
                line.year, _SUBJECTS[line.subject], line.tenths, line.source, line.day
            )
            for _, line in sorted(credits, key=lambda each: (each[1].day, each[0]))
            if not line.undone
        ),
        begun=frozenset({this_year} if studied else ()),
    )  # fmt: skip
    return figures.reckon(facts, ground.book)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
