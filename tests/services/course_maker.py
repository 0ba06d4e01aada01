"""A city with a base that makes courses and a bureau that publishes them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, select

from rxapp import clock
from rxapp.adapters import file_store
from rxapp.adapters.database import transaction
from rxapp.models.courses import Course, Lesson, QuestionRow
from rxapp.models.people import Membership
from rxapp.rules.permissions import Capacity
from rxapp.services import course_drafts, course_moves, course_questions, course_reviews
from rxapp.services.actors import Actor
from tests.factories import make_actor, make_organisation, make_person, run
from tests.films import film

FACTS = {
    "title": "水利工程新技术", "summary": "简介", "year": "2020", "subject": "professional",
    "series": "水利", "hours": "0.1",
}  # fmt: skip


def question(number: int, **changes: str) -> dict[str, str]:
    """A single choice whose answer is A."""
    typed = {
        "kind": "single", "stem": f"第{number}个问题是什么？", "option_A": "甲", "option_B": "乙",
        "option_C": "丙", "right": "A",
    }  # fmt: skip
    return typed | changes


@dataclass
class Maker:
    """Who is there, and the use cases as they press them."""

    engine: Engine
    people: dict[str, Actor] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)

    def do(self, who: str, use_case: Callable[..., Any], **given: Any) -> Any:
        return run(self.engine, use_case, self.people[who], **given)

    def read(self, look: Callable[[Session], Any]) -> Any:
        with transaction(on=self.engine) as session:
            return look(session)

    def course(self, id: int) -> Course:
        return self.read(lambda session: session.get_one(Course, id))

    def lessons(self, id: int) -> list[Lesson]:
        found = select(Lesson).where(Lesson.course_id == id).order_by(Lesson.position)
        return self.read(lambda session: list(session.exec(found)))

    def draft(self, who: str = "teacher", **facts: str) -> int:
        """A whole course, ready to be sent in."""
        id = self.do(who, course_drafts.begin)
        for name, value in (FACTS | facts).items():
            self.do(who, course_drafts.keep, course_id=id, name=name, value=value)
        lesson = self.do(who, course_drafts.add_lesson, course_id=id, title="第一课")
        self.give_film(lesson)
        for number in range(1, 6):
            self.do(who, course_questions.add, lesson_id=lesson, typed=question(number))
        return id

    def give_film(self, lesson_id: int, path: Path | None = None, ms: int = 300_000) -> None:
        """A film as the work behind an upload gives it to a lesson."""
        name = file_store.put(path or film(), suffix=".mp4")
        with transaction(write=True, on=self.engine) as session:
            lesson = session.get_one(Lesson, lesson_id)
            lesson.video_file, lesson.length_ms, lesson.film_name = name, ms, "片.mp4"
            session.add(lesson)

    def sent(self, who: str = "teacher", **facts: str) -> int:
        """A course that waits for the bureau."""
        id = self.draft(who, **facts)
        self.submit(id, who)
        return id

    def submit(self, id: int, who: str = "teacher") -> str:
        version = self.course(id).version
        return self.do(who, course_moves.submit, course_id=id, version=version)

    def decide(self, id: int, verdict: str, who: str = "city", reason: str = "理由充分") -> str:
        return self.do(
            who, course_reviews.decide, course_id=id, verdict=verdict, reason=reason,
            version=self.course(id).version,
        )  # fmt: skip

    def published(self, **facts: str) -> int:
        """A course that people can learn."""
        id = self.sent(**facts)
        self.decide(id, "publish")
        return id

    def edition(self, id: int) -> int:
        """The next edition of a course, still a draft."""
        return self.do("teacher", course_drafts.begin_edition, course_id=id)

    def questions(self, lesson_id: int) -> list[QuestionRow]:
        found = select(QuestionRow).where(QuestionRow.lesson_id == lesson_id)
        return self.read(lambda session: list(session.exec(found.order_by(QuestionRow.id))))


def settle(engine: Engine) -> Maker:
    """The base, another base, two clerks of the bureau, a learner and somebody of an employer."""
    made = Maker(engine)
    with transaction(write=True, on=engine) as session:
        city = make_organisation(
            session, "样例市人社局", capacities=frozenset({Capacity.CITY_BUREAU})
        )
        made.places["city"] = city.id or 0
        for key, name, capacity in (
            ("base", "样例基地", Capacity.BASE), ("other", "另一基地", Capacity.BASE),
            ("county", "样例县人社局", Capacity.COUNTY_BUREAU),
            ("mill", "样例厂", Capacity.EMPLOYER),
        ):  # fmt: skip
            unit = make_organisation(
                session, name, capacities=frozenset({capacity}), parent_id=city.id
            )
            unit.path = f"{city.path}{unit.id}/"
            session.add(unit)
            made.places[key] = unit.id or 0
        for key, place in (
            ("teacher", "base"), ("colleague", "base"), ("stranger", "other"), ("county", "county"),
            ("city", "city"), ("second", "city"), ("clerk", "mill"),
        ):  # fmt: skip
            made.people[key] = _clerk(session, key, made.places[place])
        learner = make_person(session, "学员", organisation_id=made.places["mill"])
        made.people["learner"] = make_actor(session, learner)
    return made


def _clerk(session: Session, name: str, place: int) -> Actor:
    person = make_person(session, name, organisation_id=place)
    session.add(
        Membership(
            person_id=person.id or 0, organisation_id=place, begins_at=clock.now()
        )
    )  # fmt: skip
    session.flush()
    return make_actor(session, person)
