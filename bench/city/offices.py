"""Organisations with their clerks, what is taught, and the classes that were held."""

import json
from datetime import date, timedelta

from bench.city import life as lives
from bench.city.copying import Copies
from bench.city.learned import LESSON_MS, Ground, course_code, course_id, moment
from bench.city.life import ELECTIVE, FIRST_BY_SUBJECT, LESSONS_EACH, OFFERED, REQUIRED
from rxapp.rules import identity, profiles

ORGANISATION = (
    "id parent_id path name initials capacities credit_code address contact_name contact_cipher "
    "contact_mask status reviews_claims created_at version"
)
COURSE = (
    "id code edition status year subject series title summary hours provider shortened digest "
    "published_at typed makers note version"
)
LESSON = "id course_id position code title video_file length_ms film_name poster_file imported"
QUESTION = "id lesson_id kind stem options review_from_ms review_to_ms"
PROJECT = (
    "id number organisation_id office_id kind status title subject field form starts_on ends_on "
    "place hours capacity enrolled content edition first_filed_at approved_at note posted_at "
    "created_at saved_at version"
)
EDITION = (
    "project_id edition status content starts_on filed_on filed_at latest_on calendars office_id "
    "decided_at note"
)
_OPTIONS = json.dumps(
    [{"id": "a", "text": "对", "right": True}, {"id": "b", "text": "错", "right": False}],
    ensure_ascii=False,
)
CONTENT = {
    "field": "卫生健康", "form": "face_to_face", "place": "样例楼", "audience": "相关专业技术人员",
    "teachers": "样例 教授", "syllabus": "新理论、新知识、新技术、新方法，案例讨论",
    "capacity": "120", "cost": "0", "fund": "0",
    "contact": "样例", "phone": "0537-5550200", "subject": "professional",
}  # fmt: skip


def put_organisations(out: Copies, ground: Ground) -> None:
    """Send the tree and who works for whom."""
    sizes = ground.sizes
    for id in range(1, sizes.organisations + 1):
        capacity, name = _kind(ground, id)
        code = f"12370890CTY{id:05d}X"
        out.put(
            "organisation", ORGANISATION,
            [(id, sizes.parent(id), sizes.path(id), name, "yldw", capacity,
              code + identity.credit_check_character(code), "样例路1号", "样例", "", "", "active",
              True, ground.now - timedelta(days=2000), 1)],
        )  # fmt: skip
    at = ground.now - timedelta(days=1900)
    out.put(
        "membership", "person_id organisation_id begins_at",
        ((clerk, office, at) for office, them in sizes.clerks.items() for clerk in them),
    )  # fmt: skip


def put_courses(out: Copies, ground: Ground, film: str) -> None:
    """Send every course of every year, all with one film."""
    for year in range(FIRST_BY_SUBJECT, ground.today.year + 1):
        place = 0
        for subject, (number, tenths) in OFFERED.items():
            for _ in range(number):
                place += 1
                _put_course(out, film, year, place, subject, tenths)


def put_classes(out: Copies, ground: Ground) -> None:
    """Send the classes that were held, and those that begin soon."""
    sizes, year = ground.sizes, ground.today.year
    held = (year - FIRST_BY_SUBJECT + 1) * sizes.classes_a_year
    coming = sizes.at_least(600)
    for number in range(1, held + 1):
        _put_class(out, ground, number, lives.class_day(sizes, number), "approved")
    for number in range(held + 1, held + coming + 1):
        state = "submitted" if number % 3 == 0 else "approved"
        day = ground.today + timedelta(days=20 + number % 60)
        _put_class(out, ground, number, day, state)


def _kind(ground: Ground, id: int) -> tuple[str, str]:
    sizes = ground.sizes
    if id == 1:
        return "|city_bureau|", "样例市人力资源和社会保障局"
    if id in sizes.counties:
        return "|county_bureau|", f"样例县{id:02d}人力资源和社会保障局"
    if id in sizes.departments:
        return "|department|", f"样例主管部门{id:04d}"
    return ("|base|", f"样例培训基地{id:04d}") if id in sizes.bases else (
        "|employer|", f"样例单位{id:05d}"
    )  # fmt: skip


def _put_course(out: Copies, film: str, year: int, place: int, subject: str, tenths: int) -> None:
    id, code = course_id(year, place), course_code(year, place)
    public = subject in (REQUIRED, ELECTIVE)
    series = "公需科目" if public else profiles.FIELDS[place % len(profiles.FIELDS)]
    opened = moment(date(year, 1, 2))
    out.put(
        "course", COURSE,
        [(id, code, 1, "published", year, subject, series, f"样例课程{place}", "样例", tenths,
          "样例市", True, code, opened, "{}", "[]", "", 1)],
    )  # fmt: skip
    for position in range(1, LESSONS_EACH + 1):
        lesson = (id - 1) * LESSONS_EACH + position
        out.put(
            "lesson", LESSON,
            [(lesson, id, position, f"{position}", f"第{position}课", film, LESSON_MS, "", "",
              "{}")],
        )  # fmt: skip
        out.put(
            "question", QUESTION,
            (
                ((lesson - 1) * 3 + each, lesson, "single", f"样例问题{each}", _OPTIONS,
                 LESSON_MS // 4 * (each - 1), LESSON_MS // 4 * each)
                for each in (1, 2, 3)
            ),
        )  # fmt: skip


def _put_class(out: Copies, ground: Ground, number: int, last: date, state: str) -> None:
    sizes = ground.sizes
    organisers = [*sizes.bases, *sizes.departments]
    organiser = organisers[number % len(organisers)]
    office = sizes.parent(organiser) or 1
    days = lives.class_days(last)
    first, approved = days[0], state == "approved"
    filed, posted = moment(first - timedelta(days=40)), last < ground.today
    content = CONTENT | {
        "title": f"样例培训班{number}",
        "days": "\n".join(f"{day} 7.5" for day in days),
    }
    said = json.dumps(content, ensure_ascii=False).replace("\\", "\\\\")
    held = moment(last, 10) if posted else None
    out.put(
        "project", PROJECT,
        [(number, f"PX{number:014d}", organiser, office, "one_off", state, content["title"],
          "professional", "卫生健康", "face_to_face", first, last, "样例楼", 300,
          lives.CLASSMATES, lives.CLASSMATES if posted else 0, said, int(approved), filed,
          filed if approved else None, "", held, filed, filed, 1)],
    )  # fmt: skip
    out.put("project_day", "project_id day hours", [(number, day, 75) for day in days])
    out.put(
        "project_edition", EDITION,
        [(number, 1, state, said, first, filed.date(), filed, first - timedelta(days=16), "{}",
          office, filed if approved else None, "")],
    )  # fmt: skip
    if posted:
        out.put(
            "roster", "project_id state posted_at people hours ended_at",
            [(number, "closed", held, lives.CLASSMATES, 300 * lives.CLASSMATES, held)],
        )  # fmt: skip
