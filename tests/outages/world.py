"""A town in which everything goes on at once: lessons, claims, classes, files, films, messages."""

from datetime import timedelta
from io import BytesIO

import xlsxwriter
from sqlalchemy import update
from sqlmodel import select

from rxapp import clock
from rxapp.adapters import database, file_store, signing_keys
from rxapp.adapters.database import transaction
from rxapp.models.courses import Lesson
from rxapp.models.people import Person
from rxapp.models.years import YearPolicyRow
from rxapp.rules.hours import Hours
from rxapp.rules.subjects import Subject
from rxapp.services import (
    collecting_steps,
    collecting_work,
    collection_leases,
    course_drafts,
    course_work,
    credits,
    sending,
    sign_ins,
)
from rxapp.services.actors import SYSTEM
from rxapp.settings import settings
from tests.factories import make_cookie, make_course
from tests.films import film
from tests.services.claiming import Claims
from tests.services.classes import Hall
from tests.services.course_maker import FACTS
from tests.services.test_people import DIGITS, number
from tests.services.test_rosters import row

YEAR = 2020
# Time for whoever watches goes so much faster, or nobody would come to a quiz before he is killed.
FASTER = 40
LESSON_MS, COURSES = 8_000, 10
CLASSES, ON_ROSTER = 6, 24
FILMS, TABLES, ROWS = 12, 6, 30
PASSED = (
    (Subject.PUBLIC_REQUIRED, "20"), (Subject.PUBLIC_ELECTIVE, "10"), (Subject.PROFESSIONAL, "60"),
)  # fmt: skip


class World(Hall, Claims):
    """The town of the classes and of the claims, with learners, films and tables beside them."""

    def __init__(self) -> None:
        super().__init__(database.engine())
        self.learners, self.certified = self.ids[10:16], self.ids[16:20]
        self.claimants = self.ids[20:40]
        self.tables = [table(place) for place in range(TABLES)]
        self.film = film(seconds=20).read_bytes()
        kept = file_store.put(film(seconds=10), suffix=".mp4")
        with transaction(write=True) as session:
            for policy in session.exec(select(YearPolicyRow)):
                policy.quiz_gap_min_seconds, policy.quiz_gap_max_seconds = 1, 2
            for person in session.exec(select(Person)):
                person.activated_at = person.activated_at or clock.now()
            for place in range(COURSES):
                make_course(session, f"{YEAR}-K{place}", year=YEAR, length_ms=LESSON_MS)
            session.execute(update(Lesson).values(video_file=kept))
            for person in self.certified:
                for subject, hours in PASSED:
                    credits.grant(
                        session, SYSTEM, person_id=person, year=YEAR, subject=subject,
                        hours=Hours.of(hours), source_kind="course", source_key=f"course:{subject}",
                        title="样例课程", rule="course/1", earned_on=clock.today(),
                    )  # fmt: skip
        self.cookies = {person: self._cookie(person) for person in self._everybody()}
        self.lessons_to_film = self._film_lessons()
        self.classes = [self.project, *(self.class_of(title=f"第{n}班") for n in range(1, CLASSES))]
        for project in self.classes:
            self.bring(*(row(place) for place in range(ON_ROSTER)), project=project)

    def _everybody(self) -> list[int]:
        clerks = [self.town.city, self.town.department, self.town.employer, self.teacher]
        return [*self.ids, *clerks]

    def _cookie(self, person: int) -> str:
        with transaction(write=True) as session:
            cookie = make_cookie(session, session.get_one(Person, person))
            sign_ins.pass_factor(session, sign_ins.find_actor(session, cookie).sign_in_id)
        return cookie

    def _film_lessons(self) -> list[int]:
        id = self.act(self.teacher, course_drafts.begin)
        for name, value in FACTS.items():
            self.act(self.teacher, course_drafts.keep, course_id=id, name=name, value=value)
        return [
            self.act(self.teacher, course_drafts.add_lesson, course_id=id, title=f"第{place}课")
            for place in range(FILMS)
        ]


def hurry() -> None:
    """Let time go faster for those who watch, and leases end soon: whoever held one was killed."""
    real = clock.tick

    def tick() -> tuple[str, int]:
        boot, ms = real()
        return boot, ms * FASTER

    clock.tick = tick
    collecting_steps.BATCH = 5
    collection_leases.LEASE = timedelta(milliseconds=20)
    course_work.LEASE = timedelta(milliseconds=20)
    # By now it has been killed more often than anything that kills its reader may.
    course_work.MOST_TRIES = 1000
    sending.TAKEN_FOR = timedelta(milliseconds=20)
    assert collecting_work.advance is collection_leases.advance


def make_keys() -> None:
    """Keys that sign certificates."""
    signing_keys.generate_keys(
        settings().keys_dir, common_name=settings().bureau_name, sample=False, now=clock.now()
    )


def table(place: int) -> bytes:
    """A table of so many new people for the clinic."""
    written = BytesIO()
    with xlsxwriter.Workbook(written, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ("姓名", "身份证号码", "手机号码", "单位名称", "备注"))
        for line in range(ROWS):
            whose = 100 + place * ROWS + line
            name = f"公孙{DIGITS[line % 10]}"
            sheet.write_row(line + 1, 0, (name, number(whose), "", "样例市（东区）医院", ""))
    return written.getvalue()
