"""What the people at the real service do, each with a memory of their own."""

from __future__ import annotations

import hashlib
import itertools
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from PIL import Image

from rxapp import clock, routes
from rxapp.adapters import file_store, passwords
from rxapp.adapters.database import transaction
from rxapp.http.acting import run_as
from rxapp.models.claims import Claim
from rxapp.models.people import Person
from rxapp.rules.hours import Hours
from rxapp.rules.subjects import Subject
from rxapp.services import claims, credits, messages, sign_ins
from rxapp.services.actors import SYSTEM
from tests.factories import right_options
from tests.gate.cast import PASSWORD
from tests.gate.tabs import ROOT
from tests.outages.people_deeds import ALL_POINTS, _next_lesson
from tests.outages.visitors import Visitor, expect, said
from tests.outages.world import YEAR, World
from tests.services.test_people import number

SIGNING_IN = (37, 38, 39)
DECIDE = f"{ROOT}.rxapp___state___reviewing____queue_state.decide"
READ_ALL = f"{ROOT}.rxapp___state___inbox____inbox_state.read_all"
PIECES = 4


def visits(world: World) -> dict[str, Callable[[Visitor], object]]:
    """Everybody who comes, by what they come for."""
    with transaction(write=True) as session:
        for place in SIGNING_IN:
            row = session.get_one(Person, world.ids[place])
            row.password_hash = passwords.hash_password(PASSWORD)
    desk: deque[int] = deque()
    people = itertools.cycle(world.claimants)
    learners = {
        f"learner {place}": Learner(world, person).act
        for place, person in enumerate(world.learners[:2])
    }
    return {
        **learners,
        "sign-in": SignIn(itertools.cycle(map(number, SIGNING_IN))).act,
        "claimant": Claimant(world, people, desk).act,
        "clerk": Clerk(world, desk).act,
        "reader": Reader(world.learners[3], world.cookies[world.learners[3]]).act,
        "certificate": Printing(world).act,
        "teacher": Teacher(world).act,
    }


@dataclass
class SignIn:
    """Signs in, always anew."""

    numbers: Iterator[str]

    def act(self, who: Visitor) -> None:
        form = {"identity_number": next(self.numbers), "password": PASSWORD}
        answer = who.ask("POST", routes.AUTH_SIGN_IN, data=form)
        if expect(answer, 429):
            hashed = sign_ins.token_hash(answer.cookies["rxapp"])
            who.tell(f"sign_in WHERE token_hash = '{hashed}'")
        who.street.rest(0.3)


@dataclass
class Learner:
    """Watches lesson after lesson and answers what is asked."""

    world: World
    person: int
    watch: str = ""
    lesson: int = 0
    seq: int = 0
    credited: int = 0
    at: float = 0

    def act(self, who: Visitor) -> None:
        if not self.watch:
            self._open(who)
        who.street.rest(0.3)
        self.seq += 1
        position = self.credited + int((time.monotonic() - self.at) * 1000)
        beat = {"watch": self.watch, "seq": self.seq, "position_ms": position, "playing": True}
        view = self._post(who, routes.WATCH_BEAT, beat)
        if view is None:
            return
        self.credited, self.at = view["credited_ms"], time.monotonic()
        who.tell(self._fact(self.credited))
        if view["quiz"]:
            self._answer(who, view["quiz"]["showing"])
        if view["completed"]:
            self.watch = ""

    def _open(self, who: Visitor) -> None:
        self.lesson = _next_lesson(self.person) or self.lesson
        view = self._post(who, routes.WATCH_OPEN, {"lesson_id": self.lesson})
        assert view is not None
        self.watch, self.seq, self.credited = view["watch"], 0, view["credited_ms"]
        self.at = time.monotonic()
        cookie = self.world.cookies[self.person]
        film = who.ask("GET", view["video"], cookie=cookie, headers={"Range": "bytes=100-2099"})
        assert film.status_code == 206
        assert film.content == self._film()[100:2100]

    def _film(self) -> bytes:
        from rxapp.models.courses import Lesson

        with transaction() as session:
            return file_store.read(session.get_one(Lesson, self.lesson).video_file)

    def _answer(self, who: Visitor, showing: int) -> None:
        with transaction() as session:
            chosen = right_options(session, showing)
        given = {"watch": self.watch, "showing": showing, "chosen": chosen}
        if self._post(who, routes.WATCH_ANSWER, given) is not None:
            who.tell(f"showing WHERE id = {showing} AND answered_at IS NOT NULL")

    def _post(self, who: Visitor, path: str, body: dict[str, Any]) -> dict[str, Any] | None:
        answer = who.ask("POST", path, cookie=self.world.cookies[self.person], json=body)
        if expect(answer, 409):
            return answer.json()
        self.watch = ""
        return None

    def _fact(self, credited: int) -> str:
        return (
            f"lesson_progress WHERE person_id = {self.person} AND lesson_id = {self.lesson}"
            f" AND credited_ms >= {credited}"
        )


@dataclass
class Claimant:
    """Fills a claim in, sends its proof, hands it in."""

    world: World
    people: Iterator[int]
    desk: deque[int]

    def act(self, who: Visitor) -> None:
        cookie = self.world.cookies[next(self.people)]
        id = run_as(cookie, claims.begin, True, rule_key="qualification")
        typed = {"title": f"第{id}项资格", "earned_on": f"{YEAR}-01-{id % 28 + 1:02d}"}
        form = {"claim": f"{id}", "version": f"{version(id)}"} | typed
        answer = who.ask("POST", routes.CLAIM_SAVE, cookie=cookie, data=form)
        if expect(answer):
            who.tell(f"claim WHERE id = {id} AND version >= {answer.json()['version']}")
        written = BytesIO()
        Image.new("RGB", (40 + id, 40), "teal").save(written, "PNG")
        sent = {"file": ("证.png", written.getvalue(), "image/png")}
        query = f"?claim={id}&need=certificate"
        path = routes.CLAIM_UPLOAD + query
        if expect(who.ask("POST", path, cookie=cookie, files=sent, data={"purpose": "claim"})):
            who.tell(f"claim_file WHERE claim_id = {id}")
        form["version"] = f"{version(id)}"
        if expect(who.ask("POST", routes.CLAIM_SUBMIT, cookie=cookie, data=form)):
            who.tell(f"claim WHERE id = {id} AND status <> 'draft'")
        self.desk.append(id)
        who.street.rest(0.3)


@dataclass
class Clerk:
    """Passes what comes to the desk, by the websocket."""

    world: World
    desk: deque[int]

    def act(self, who: Visitor) -> None:
        if not self.desk:
            return
        id = self.desk.popleft()
        with transaction() as session:
            row = session.get_one(Claim, id)
        if row.status != "submitted" or row.step != "employer":
            return
        points = {f"point_{point}": "on" for point in ALL_POINTS}
        form = {"claim": f"{id}", "version": f"{row.version}", "act": "pass", **points}
        cut = who.street.cut_off[who.name]
        heard = who.press(
            self.world.cookies[self.world.town.employer], routes.DESK_CLAIMS, DECIDE,
            {"form": form}, r'queue_state".*"(done|error)_rx_state_":\s*"[^"]',
        )  # fmt: skip
        done, refused = said(heard, "queue_state", "done"), said(heard, "queue_state", "error")
        # Pressed again after a lost answer: it was done already.
        assert done or (refused and who.street.cut_off[who.name] > cut), heard[-600:]
        who.tell(f"claim WHERE id = {id} AND version > {row.version}")


@dataclass
class Reader:
    """Gets a message now and then and notes them all as read, by the websocket."""

    person: int
    cookie: str
    count: Iterator[int] = field(default_factory=itertools.count)

    def act(self, who: Visitor) -> None:
        title = f"通知{next(self.count)}"
        with transaction(write=True) as session:
            messages.send(session, to=self.person, title=title, body="请查看。")
        # Of the messages a page knows nothing before it is filled, nor after it lost its line.
        shown = rf'inbox_state".*"rows_rx_state_".*{title}"'
        who.press(self.cookie, routes.MESSAGES, READ_ALL, {}, shown)
        who.tell(
            f"message WHERE person_id = {self.person} AND title = '{title}' AND read_at IS NOT NULL"
        )
        who.street.rest(0.2)


@dataclass
class Printing:
    """Learns a little more, has the certificate printed anew, fetches it."""

    world: World
    turn: Iterator[int] = field(default_factory=itertools.count)

    def act(self, who: Visitor) -> None:
        turn = next(self.turn)
        person = self.world.certified[turn % len(self.world.certified)]
        with transaction(write=True) as session:
            credits.grant(
                session, SYSTEM, person_id=person, year=YEAR, subject=Subject.PROFESSIONAL,
                hours=Hours.of("1"), source_kind="course", source_key=f"course:more-{turn}",
                title="样例课程", rule="course/1", earned_on=clock.today(),
            )  # fmt: skip
        cookie = self.world.cookies[person]
        answer = who.ask("POST", f"/api/certificate/{YEAR}", cookie=cookie)
        if expect(answer, 429):
            printed = who.ask("GET", answer.json()["file"], cookie=cookie)
            assert printed.status_code == 200
            digest = hashlib.sha256(printed.content).hexdigest()
            numbered = answer.json()["number"]
            who.tell(f"certificate WHERE number = '{numbered}' AND file_sha256 = '{digest}'")
        who.street.rest(0.6)


@dataclass
class Teacher:
    """Sends films piece by piece."""

    world: World
    turn: Iterator[int] = field(default_factory=itertools.count)

    def act(self, who: Visitor) -> None:
        turn = next(self.turn)
        lesson, film = self.world.lessons_to_film[turn % 8], self.world.film
        begun = self._post(
            who, routes.COURSE_UPLOAD,
            data={
                "kind": "film", "target": f"{lesson}", "name": "片.mp4", "size": f"{len(film)}",
                "mark": f"m{turn}",
            },
        )  # fmt: skip
        if begun is None:
            return
        upload, received = begun["upload"], begun["received"]
        who.tell(f"course_upload WHERE id = {upload}")
        while received < len(film):
            piece = film[received : received + len(film) // PIECES + 1]
            query = f"?upload={upload}&offset={received}"
            answer = who.ask(
                "POST", routes.COURSE_PIECE + query, content=piece, cookie=self._cookie()
            )
            # A piece whose answer was lost is there: one goes on from where the service says.
            assert expect(answer) or "received" in answer.json(), answer.text
            received = answer.json()["received"]
            who.tell(f"course_upload WHERE id = {upload} AND received >= {received}")
        if self._post(who, routes.COURSE_FINISH, data={"upload": f"{upload}"}):
            who.tell(f"course_upload WHERE id = {upload} AND status <> 'receiving'")

    def _post(self, who: Visitor, path: str, **given: Any) -> dict[str, Any] | None:
        answer = who.ask("POST", path, cookie=self._cookie(), **given)
        # The film before is still looked at.
        return answer.json() if expect(answer, 409, 422) else None

    def _cookie(self) -> str:
        return self.world.cookies[self.world.teacher]


def version(claim: int) -> int:
    """A draft's version, as its page knows it."""
    with transaction() as session:
        return session.get_one(Claim, claim).version
