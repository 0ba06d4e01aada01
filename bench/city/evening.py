"""People of a December evening over the real wires: watching, answering, deciding, signing in."""

import asyncio
import json
import random
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any
from urllib.parse import urlencode

from bench.city import december
from bench.city.seating import Clerk, Seats, Watcher
from bench.wire import Door, Line, Lost, Socket
from rxapp.rules.claims import POINTS, Step

WATCH_OPEN, WATCH_BEAT, WATCH_ANSWER = "/api/watch/open", "/api/watch/beat", "/api/watch/answer"
SIGN_IN, DESK_CLAIMS, RIGHT = "/auth/sign-in", "/desk/claims", "对"
EVERY_POINT = tuple(point for step in Step for point in POINTS.get(step, ()))
LONGEST_BEAT_MS = 9_900
# Whoever is not let in by then comes again later, as any browser does.
JOINING_SECONDS = 30
# How long somebody looks at a question before answering.
THINKING = (6, 20)


class Evening:
    """Everybody at one server; `took` holds the seconds of each kind of act."""

    def __init__(self, door: Door, seats: Seats, password: str) -> None:
        self._door, self._seats, self._password = door, seats, password
        self._numbers = iter(seats.numbers)
        self._tasks: set[asyncio.Task[None]] = set()
        self._joining = asyncio.Semaphore(8)
        self.watching = self.deciding = 0
        self.took: dict[str, list[float]] = defaultdict(list)
        self.wrong: Counter[str] = Counter()

    async def grow(self, watchers: int) -> None:
        """Let people come until so many watch and as many clerks decide as belong to them."""
        joined: list[asyncio.Future[None]] = []
        for one in self._seats.watchers[self.watching : watchers]:
            joined.append(self._begin(lambda seated, one=one: self._watch(one, seated)))
        for clerk in self._seats.clerks[self.deciding : december.clerks(watchers)]:
            joined.append(self._begin(lambda seated, clerk=clerk: self._decide(clerk, seated)))
        self.deciding = max(self.deciding, december.clerks(watchers))
        if not self.watching:
            self._spawn(self._come(december.SIGN_IN_SECONDS, self._sign_in))
            self._spawn(self._come(december.VISIT_SECONDS, self._visit))
        self.watching = watchers
        await asyncio.gather(*joined)

    def forget(self) -> None:
        """Begin to count anew."""
        self.took, self.wrong = defaultdict(list), Counter()

    async def end(self) -> None:
        """Send everybody home."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _begin(self, play: Callable[[Any], Coroutine[Any, Any, None]]) -> asyncio.Future[None]:
        seated = asyncio.get_running_loop().create_future()
        self._spawn(self._again(play, seated))
        return seated

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _again(
        self, play: Callable[[Any], Coroutine[Any, Any, None]], seated: asyncio.Future[None]
    ) -> None:
        """A person whose connection breaks comes back, as a browser does."""
        while True:
            try:
                await play(seated)
            except Exception as error:  # whatever it was is counted, and nobody waits for it
                self.wrong[f"{type(error).__name__} {error}"[:80]] += 1
                if not seated.done():
                    seated.set_result(None)
                await asyncio.sleep(5)

    async def _watch(self, one: Watcher, seated: asyncio.Future[None]) -> None:
        high, low = divmod(one.person_id, 250)
        address = f"10.{3 + high // 250}.{high % 250}.{low + 1}"
        async with self._joining, asyncio.timeout(JOINING_SECONDS):
            socket = await self._timed("websocket and first page", Socket.open(
                self._door, token=f"city-{one.person_id:08d}", cookie=one.cookie, address=address,
            ))  # fmt: skip
            line = await Line.open(self._door, address)
            player = _Player(self, one, line)
            await player.open(one.lesson_id)
        if not seated.done():
            seated.set_result(None)
        try:
            await asyncio.sleep(random.random() * december.BEAT_SECONDS)
            while True:
                began = time.perf_counter()
                await player.beat()
                if random.random() < december.BEAT_SECONDS / december.PAGE_SECONDS:
                    await self._timed("page", socket.fire(self._seats.home, "load"))
                spent = time.perf_counter() - began
                await asyncio.sleep(max(0.0, december.BEAT_SECONDS - spent))
        finally:
            line.close()
            socket.close()

    async def _decide(self, clerk: Clerk, seated: asyncio.Future[None]) -> None:
        review = self._seats.review
        async with self._joining, asyncio.timeout(JOINING_SECONDS):
            socket = await Socket.open(
                self._door, token=f"desk-{clerk.person_id:08d}", cookie=clerk.cookie,
                address=f"10.2.{clerk.person_id // 250 % 250}.{clerk.person_id % 250 + 1}",
                page=DESK_CLAIMS,
            )  # fmt: skip
        if not seated.done():
            seated.set_result(None)
        try:
            while True:
                rows = _told(await socket.fire(review, "load"), review, "rows")
                if not rows:
                    return await asyncio.sleep(3600)
                shown = await self._timed(
                    "claim opened", socket.fire(review, "open", claim_id=rows[0]["id"])
                )
                view = _told(shown, review, "view")
                while view:
                    await asyncio.sleep(december.CLERK_SECONDS * (0.5 + random.random()))
                    view = await self._pass(socket, view)
        finally:
            socket.close()

    async def _pass(self, socket: Socket, view: dict[str, Any]) -> dict[str, Any] | None:
        review = self._seats.review
        form = {"claim": f"{view['id']}", "version": f"{view['version']}", "act": "pass"}
        form |= {f"point_{point}": "1" for point in EVERY_POINT}
        said = await self._timed("decision", socket.fire(review, "decide", form=form))
        if refused := _told(said, review, "error"):
            self.wrong[f"decision: {refused}"[:80]] += 1
            return None
        return _told(said, review, "view")

    async def _sign_in(self) -> None:
        number = next(self._numbers, None)
        if number is None:
            return
        place = random.randrange(60_000)
        line = await Line.open(self._door, f"10.1.{place // 250}.{place % 250 + 1}")
        form = urlencode({"identity_number": number, "password": self._password}).encode()
        try:
            answer = await self._timed(
                "sign-in", line.send(SIGN_IN, "", form, "application/x-www-form-urlencoded")
            )
        finally:
            line.close()
        found = answer.head.decode("latin-1").partition(f"{self._seats.cookie}=")[2]
        if answer.status != 200 or not found:
            self.wrong[f"sign-in {answer.status}"] += 1
            return
        await self._look(f"{self._seats.cookie}={found.partition(';')[0]}", f"new-{number[-8:-1]}")

    async def _visit(self) -> None:
        one = random.choice(self._seats.watchers)
        await self._look(one.cookie, f"look-{random.getrandbits(40):010x}")

    async def _look(self, cookie: str, token: str) -> None:
        """The first page, then the page of years, for a minute."""
        socket = await self._timed(
            "websocket and first page", Socket.open(self._door, token=token, cookie=cookie)
        )
        await asyncio.sleep(5)
        await self._timed("page", socket.fire(self._seats.years, "load"))
        await asyncio.sleep(60)
        socket.close()

    async def _come(self, seconds: float, act: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Let somebody come now and then, as often as belongs to those who watch."""
        while True:
            await asyncio.sleep(random.expovariate(max(1, self.watching) / seconds))
            self._spawn(self._once(act))

    async def _once(self, act: Callable[[], Coroutine[Any, Any, None]]) -> None:
        try:
            await act()
        except (Lost, OSError) as error:
            self.wrong[f"{type(error).__name__} {error}"[:80]] += 1

    async def _timed(self, kind: str, work: Awaitable[Any]) -> Any:
        began = time.perf_counter()
        done = await work
        self.took[kind].append(time.perf_counter() - began)
        return done

    async def post(
        self, kind: str, line: Line, path: str, cookie: str, said: dict[str, Any]
    ) -> Any:
        """One timed post of JSON; what was refused is counted and comes back empty."""
        answer = await self._timed(kind, line.post(path, cookie, said))
        if answer.status != 200:
            self.wrong[f"{kind} {answer.status} {answer.json().get('error', '')}"[:80]] += 1
            return {}
        return answer.json()


class _Player:
    """A learner's window on a lesson: honest, and answering what it is asked."""

    def __init__(self, evening: Evening, one: Watcher, line: Line) -> None:
        self._evening, self._one, self._line = evening, one, line
        self._watch, self._seq, self._credited, self._said_at = "", 0, 0, 0.0
        self._quiz: dict[str, Any] | None = None
        self._lesson = 0

    async def open(self, lesson: int) -> None:
        """Begin or go on with a lesson."""
        said = await self._post("lesson opened", WATCH_OPEN, lesson_id=lesson)
        if said:
            self._lesson, self._watch, self._seq = lesson, said["watch"], 0
            self._credited, self._quiz = said["credited_ms"], said["quiz"]
        self._said_at = time.monotonic()

    async def beat(self) -> None:
        """Say where the film is; answer first where a question waits."""
        if self._quiz:
            return await self._answer(self._quiz)
        now = time.monotonic()
        played = min(LONGEST_BEAT_MS, int(1000 * (now - self._said_at)))
        self._seq, self._said_at = self._seq + 1, now
        said = await self._post(
            "beat", WATCH_BEAT, watch=self._watch, seq=self._seq, playing=True,
            position_ms=self._credited + played,
        )  # fmt: skip
        if not said:
            return await self.open(self._lesson)
        self._credited, self._quiz = said["credited_ms"], said["quiz"]
        if said["verdict"] not in ("credited", "quiz_due", "finished"):
            self._evening.wrong[f"beat: {said['verdict']}"] += 1
        if said["completed"]:
            # Every course of the city has two lessons.
            await self.open(self._lesson + 1)
        return None

    async def _answer(self, quiz: dict[str, Any]) -> None:
        await asyncio.sleep(random.uniform(*THINKING))
        chosen = [each["id"] for each in quiz["options"] if each["text"] == RIGHT]
        said = await self._post(
            "answer", WATCH_ANSWER, watch=self._watch, showing=quiz["showing"], chosen=chosen
        )
        self._quiz, self._said_at = None, time.monotonic()
        if said and not said["right"]:
            self._evening.wrong["answer: not right"] += 1

    async def _post(self, kind: str, path: str, **said: Any) -> Any:
        return await self._evening.post(kind, self._line, path, self._one.cookie, said)


def _told(frame: str, state: str, name: str) -> Any:
    """A variable of a state in an update."""
    update = json.loads(frame.partition(",")[2])[1]
    return update["delta"][state].get(f"{name}_rx_state_")
