"""Fill a data folder with a small city and sign its learners in: `python -m bench.seeding 600`.

Run by the bench as a process of its own, with the environment of the server that follows. Prints
what the load generator needs to know, as JSON. Signing in by password would take a fifth of a
second each, so the sign-ins are begun by the service behind it.
"""

import json
import sys
from dataclasses import asdict, dataclass, replace
from typing import Self

from sqlmodel import Session, col, select

COURSES, LESSONS_EACH = 12, 4
LESSON_MS = 45 * 60_000


@dataclass(frozen=True)
class Learner:
    """A person who is signed in, and the lesson this person watches."""

    person_id: int
    cookie: str
    lesson_id: int


@dataclass(frozen=True)
class City:
    """Who there is, and how the platform calls what is measured."""

    learners: tuple[Learner, ...]
    home_state: str
    complete: tuple[int, ...]
    watch_open: str
    watch_beat: str
    beat_seconds: int

    @classmethod
    def read(cls, text: str) -> Self:
        """What `main` printed."""
        raw = json.loads(text)
        learners = tuple(Learner(**each) for each in raw.pop("learners"))
        return cls(learners, complete=tuple(raw.pop("complete")), **raw)


def main(wanted: int) -> None:
    """Prepare the folder of RXAPP_DATA_DIR with at least so many learners."""
    from rxapp import clock, routes
    from rxapp.adapters.database import transaction
    from rxapp.commands.ground import prepare
    from rxapp.demo import load
    from rxapp.rules.years import policy_2020_on
    from rxapp.services import policies
    from rxapp.services.actors import SYSTEM
    from rxapp.state.hours import HomeState

    prepare(sample=True)
    # About six in seven of the demo's people have activated their account.
    load.PEOPLE = wanted * 5 // 4 + 50
    load.load()
    with transaction(write=True) as session:
        # The demo asks every 20 to 50 seconds; a real year asks every 5 to 12 minutes.
        year = clock.today().year
        gap = policy_2020_on(year).quiz_gap_seconds
        policy = replace(policies.get_policy(session, year), quiz_gap_seconds=gap)
        policies.set_policy(session, SYSTEM, policy)
        learners = _sign_in(session, wanted, _add_lessons(session, year))
        complete = _complete(session, year, [each.person_id for each in learners])
    city = City(
        learners=learners, home_state=HomeState.get_full_name(), complete=complete,
        watch_open=routes.WATCH_OPEN, watch_beat=routes.WATCH_BEAT,
        beat_seconds=policy.beat_seconds,
    )  # fmt: skip
    print(json.dumps(asdict(city)))


def _add_lessons(session: Session, year: int) -> list[int]:
    """Courses of whole class hours, as real ones are; their films and questions are the demo's."""
    from rxapp.models.courses import Lesson, QuestionRow

    model = session.exec(select(Lesson)).first()
    assert model is not None
    asked = session.exec(select(QuestionRow).where(QuestionRow.lesson_id == model.id)).all()
    added = []
    for course_id in _add_courses(session, year):
        for position in range(1, LESSONS_EACH + 1):
            lesson = Lesson(
                course_id=course_id, position=position, title=f"第{position}课",
                video_file=model.video_file, length_ms=LESSON_MS,
            )  # fmt: skip
            session.add(lesson)
            session.flush()
            added.append(lesson.id or 0)
            for row in asked:
                columns = row.model_dump(exclude={"id", "lesson_id"})
                session.add(QuestionRow(lesson_id=lesson.id or 0, **columns))
    return added


def _add_courses(session: Session, year: int) -> list[int]:
    from rxapp import clock
    from rxapp.models.courses import Course
    from rxapp.rules.courses import Status
    from rxapp.rules.hours import Hours
    from rxapp.rules.subjects import Subject

    courses = [
        Course(
            code=f"bench-{number}", year=year, subject=Subject.PROFESSIONAL, series="样例",
            title=f"样例课程{number}", hours=Hours.of(str(LESSONS_EACH)), status=Status.PUBLISHED,
            published_at=clock.now(),
        )
        for number in range(1, COURSES + 1)
    ]  # fmt: skip
    session.add_all(courses)
    session.flush()
    return [course.id or 0 for course in courses]


def _sign_in(session: Session, wanted: int, lessons: list[int]) -> tuple[Learner, ...]:
    from rxapp.gate import cookies
    from rxapp.models.people import Membership, Person
    from rxapp.services import sign_ins

    # A clerk of a bureau would have to show a second factor first.
    clerks = select(Membership.person_id)
    learning = (col(Person.activated_at).is_not(None), col(Person.id).not_in(clerks))
    active = select(Person).where(*learning).order_by(col(Person.id)).limit(wanted)
    people = session.exec(active).all()
    if len(people) < wanted:
        raise SystemExit(f"only {len(people)} of the demo's people are learners")
    name = cookies.session_cookie()
    return tuple(
        Learner(
            person_id=person.id or 0,
            cookie=f"{name}={sign_ins.begin(session, person, device='样例设备')}",
            lesson_id=lessons[place % len(lessons)],
        )
        for place, person in enumerate(people)
    )


def _complete(session: Session, year: int, people: list[int]) -> tuple[int, ...]:
    """Those who may have the certificate of `year` printed."""
    from rxapp.services import standings

    return tuple(
        each for each in people if standings.list_standings(session, each)[year].certifiable
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
