"""A crowd at its own pace: everybody connected, the first screen loaded, a film playing.

Memory per connected learner, and how long a beat and a page take while all the others beat too.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bench import processes
from bench.load import Spread, all_at, spread
from bench.players import Player
from bench.processes import Server
from bench.seeding import City, Learner
from bench.wire import Door, Line, Socket

# A learner looks at another page now and then; a tab on the film looks at none.
PAGE_SECONDS = 15


@dataclass(frozen=True)
class Crowd:
    """What a crowd costs; memory in MB of 10^6 bytes, CPU in shares of one core."""

    connected: int
    seconds: float
    memory_mb: dict[int, float]
    memory_mb_each: float
    beat: Spread
    page: Spread
    not_credited: int
    server_cpu: float
    client_cpu: float


async def measure(server: Server, city: City, *, connected: int, seconds: float) -> Crowd:
    """Connect so many learners, half of them first, then let them learn for so long."""
    chosen = city.learners[:connected]
    await _warm(server, city, city.learners[-5:])
    memory = {0: await _settled(server)}
    sockets: dict[Learner, Socket] = {}
    for half in (chosen[: connected // 2], chosen[connected // 2 :]):
        await all_at(8, [_joining(server, city, each, sockets) for each in half])
        memory[len(sockets)] = await _settled(server)
    lines = {each: await Line.open(Door(server.port)) for each in chosen}
    players = {each: Player(each, city) for each in chosen}
    await all_at(16, [_opening(players[each], lines[each]) for each in chosen])

    beats: list[float] = []
    pages: list[float] = []
    lost = 0
    began = (time.perf_counter(), server.cpu_seconds(), processes.own_cpu_seconds())

    async def learn(learner: Learner) -> None:
        nonlocal lost
        async for sent in _every(city.beat_seconds, began[0], seconds):
            lost += bool(await players[learner].beat(lines[learner]))
            beats.append(time.perf_counter() - sent)

    async def look(learner: Learner) -> None:
        async for sent in _every(PAGE_SECONDS, began[0], seconds):
            await sockets[learner].fire(city.home_state, "load")
            pages.append(time.perf_counter() - sent)

    await asyncio.gather(*(work(each) for each in chosen for work in (learn, look)))
    wall = time.perf_counter() - began[0]
    return Crowd(
        connected=connected,
        seconds=seconds,
        memory_mb={number: round(size, 1) for number, size in memory.items()},
        memory_mb_each=round((memory[connected] - memory[0]) / connected, 3),
        beat=spread(beats),
        page=spread(pages),
        not_credited=lost,
        server_cpu=round((server.cpu_seconds() - began[1]) / wall, 2),
        client_cpu=round((processes.own_cpu_seconds() - began[2]) / wall, 2),
    )


async def _every(period: float, began: float, seconds: float):  # type: ignore[no-untyped-def]
    """The moments at which one learner acts, from a moment drawn by lot within the first period."""
    due = began + random.random() * period
    while due < began + seconds:
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        yield time.perf_counter()
        due += period


async def _warm(server: Server, city: City, learners: tuple[Learner, ...]) -> None:
    """Let the server load what it loads once, so that it is not counted as somebody's."""
    met: dict[Learner, Socket] = {}
    await all_at(1, [_joining(server, city, each, met) for each in learners])
    line = await Line.open(Door(server.port))
    for learner in learners:
        player = Player(learner, city)
        await player.open(line)
        await player.beat(line)
    line.close()
    for socket in met.values():
        socket.close()


async def _settled(server: Server) -> float:
    await asyncio.sleep(1.5)
    return server.memory_mb()


def _joining(
    server: Server, city: City, learner: Learner, sockets: dict[Learner, Socket]
) -> Callable[[], Awaitable[None]]:
    async def join() -> None:
        number = learner.person_id
        socket = await Socket.open(
            Door(server.port), token=f"crowd-{number:06d}", cookie=learner.cookie,
            address=f"10.2.{number // 250}.{number % 250 + 1}",
        )  # fmt: skip
        if '"rings"' not in await socket.fire(city.home_state, "load"):
            raise RuntimeError("the first screen did not load")
        sockets[learner] = socket

    return join


def _opening(player: Player, line: Line) -> Callable[[], Awaitable[None]]:
    async def open_one() -> None:
        await player.open(line)

    return open_one
