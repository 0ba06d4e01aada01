"""What people do, in a whole city and in a thousandth of it, in turns: each act by somebody else.

A beat, an answer to a pop quiz, a sign-in, a decision on a claim (which writes the credit), a line
of the ledger, a certificate: the use case and its commit, with fsync, as a request runs them. What
comes before (opening the lesson, drawing the document) is not in it, nor is the password's hash,
which costs the same in any city. They leave their traces in both cities.
"""

import gc
import time
from collections.abc import Callable, Iterator
from datetime import date
from statistics import median
from typing import Any

from sqlalchemy import text

from bench.city import looks
from bench.city.lists import City, Timed

TIMES, WARM = 25, 3
Act = Callable[[], Any]
_LEARNING = (
    "SELECT p.person_id, p.lesson_id FROM lesson_progress p JOIN lesson l ON l.id = p.lesson_id"
    " JOIN course c ON c.id = l.course_id WHERE p.completed_at IS NULL AND c.year = :year"
    " AND NOT EXISTS (SELECT 1 FROM membership m WHERE m.person_id = p.person_id)"
    " ORDER BY md5(p.person_id::text) LIMIT :wanted"
)
_COMPLETE = (
    "SELECT f.person_id, 0 FROM person_figure f WHERE f.year = :year AND f.complete"
    " AND NOT EXISTS (SELECT 1 FROM certificate c WHERE c.person_id = f.person_id)"
    " ORDER BY md5(f.person_id::text) LIMIT :wanted"
)


def measure(small: City, large: City) -> list[Timed]:
    """Time every act in both cities."""
    found = []
    for one, other in zip(_acts(small), _acts(large), strict=True):
        name, (first, second) = one[0], _medians(one[1], other[1])
        found.append(Timed("act", name, first, second))
    return found


def try_each(city: City) -> list[str]:
    """Do each act some times, and name them."""
    for name, acts in (found := list(_acts(city))):
        for _ in range(WARM):
            assert next(acts)() is not False, name
    return [name for name, _ in found]


def _medians(*acts: Iterator[Act]) -> list[float]:
    took: list[list[float]] = [[] for _ in acts]
    gc.disable()
    for _ in range(WARM + TIMES):
        for place, each in enumerate(acts):
            act = next(each)
            began = time.perf_counter()
            act()
            took[place].append(time.perf_counter() - began)
    gc.enable()
    return [median(each[WARM:]) for each in took]


def _acts(city: City) -> Iterator[tuple[str, Iterator[Act]]]:
    yield "one sign-in, stored", _sign_ins(city)
    yield "one beat, stored", _beats(city)
    yield "one quiz answered", _answers(city)
    for who in (looks.EMPLOYER, looks.DEPARTMENT):
        yield f"one decision of the {who}", _decisions(city, who)
    yield "one grant of credit", _grants(city)
    yield "one certificate, recorded", _certificates(city)


def _use(city: City, use_case: Callable[..., Any], *given: Any, **named: Any) -> Any:
    from rxapp.adapters.database import transaction

    with transaction(write=True, on=city.engine) as session:
        return use_case(session, *given, **named)


def _people(city: City, asked: str, year: int) -> Iterator[tuple[int, int]]:
    with city.engine.connect() as line:
        rows = line.execute(text(asked), {"year": year, "wanted": WARM + TIMES}).all()
    return iter([(row[0], row[1]) for row in rows])


def _signed_in(city: City, person: int) -> Any:
    from rxapp.services import accounts, sign_ins
    from rxapp.services.actors import ANONYMOUS

    token = _use(city, accounts.open_sign_in, ANONYMOUS, person_id=person, device="样例设备")
    return _use(city, sign_ins.find_actor, token)


def _sign_ins(city: City) -> Iterator[Act]:
    from bench.city.residents import identity_number
    from rxapp.services import accounts
    from rxapp.services.actors import ANONYMOUS

    def sign_in(number: str) -> None:
        found = _use(city, accounts.find_candidate, ANONYMOUS, identity_number=number)
        _use(city, accounts.open_sign_in, ANONYMOUS, person_id=found.person_id, device="样例设备")

    for person, _ in _people(city, _LEARNING, city.today.year):
        number = identity_number(person)
        yield lambda number=number: sign_in(number)


def _beats(city: City) -> Iterator[Act]:
    from rxapp.rules.playback import Beat
    from rxapp.services import watching

    for person, lesson in _people(city, _LEARNING, city.today.year):
        actor = _signed_in(city, person)
        opened = _use(city, watching.open, actor, lesson_id=lesson)
        said = Beat(seq=1, position_ms=opened.credited_ms + 1, playing=True)
        yield lambda actor=actor, watch=opened.watch, said=said: _use(
            city, watching.beat, actor, watch=watch, said=said
        )


def _answers(city: City) -> Iterator[Act]:
    from rxapp.services import watching

    due = text(
        "UPDATE lesson_progress SET quiz_due_ms = credited_ms, wait_until = NULL, showing_id = NULL"
        " WHERE person_id = :person AND lesson_id = :lesson"
    )
    for person, lesson in _people(city, _LEARNING, city.today.year):
        with city.engine.begin() as line:
            line.execute(due, {"person": person, "lesson": lesson})
        actor = _signed_in(city, person)
        opened = _use(city, watching.open, actor, lesson_id=lesson)
        asked = opened.quiz
        assert asked is not None, "a quiz that is due is put"
        yield lambda actor=actor, watch=opened.watch, asked=asked: _use(
            city, watching.answer, actor, watch=watch, showing=asked.showing,
            chosen=[asked.options[0].id],
        )  # fmt: skip


def _decisions(city: City, who: str) -> Iterator[Act]:
    from rxapp.rules.claims import POINTS, Step
    from rxapp.services import claim_queue, claim_reviews
    from rxapp.services.claim_queue import Wanted

    wanted = Wanted(rule_key="qualification")
    points = tuple(point for step in Step for point in POINTS.get(step, ()))
    actor = city.actor(who)
    rows, after = [], ""
    while len(rows) < WARM + TIMES:
        page = _use(city, claim_queue.list_queue, actor, wanted=wanted, after=after)
        rows, after = [*rows, *page.rows], page.next_after
        assert after or len(rows) >= WARM + TIMES, "two pages were planted"
    for row in rows:
        yield lambda row=row: _use(
            city, claim_reviews.decide, actor, claim_id=row.id, act="pass", version=row.version,
            points=points, seconds=5,
        )  # fmt: skip


def _grants(city: City) -> Iterator[Act]:
    from rxapp.rules.hours import Hours
    from rxapp.rules.subjects import Subject
    from rxapp.services import credits
    from rxapp.services.actors import SYSTEM

    for person, _ in _people(city, _LEARNING, city.today.year):
        yield lambda person=person: _use(
            city, credits.grant, SYSTEM, person_id=person, year=city.today.year,
            subject=Subject.PROFESSIONAL, hours=Hours.of(1), source_kind="course",
            source_key=f"bench:{time.time_ns()}", title="样例", rule="course/1",
            earned_on=date(city.today.year, 12, 1),
        )  # fmt: skip


def _certificates(city: City) -> Iterator[Act]:
    from rxapp.services import certificates
    from rxapp.services.certificates import Draft

    year = city.today.year - 1
    for person, _ in _people(city, _COMPLETE, year):
        actor = _signed_in(city, person)
        draft = _use(city, certificates.prepare, actor, year=year)
        assert isinstance(draft, Draft)
        file = certificates.render(draft)
        yield lambda actor=actor, draft=draft, file=file: _certify(city, actor, draft.year, file)


def _certify(city: City, actor: Any, year: int, file: Any) -> Any:
    from dataclasses import replace

    from rxapp.services import certificates

    draft = _use(city, certificates.prepare, actor, year=year)
    # Each draft draws a number of its own; the document was drawn for the first.
    facts = replace(draft.facts, number=file.number)
    return _use(city, certificates.issue, actor, draft=replace(draft, facts=facts), file=file)
