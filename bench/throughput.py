"""Full load: accepted beats and learners' first screens against trivial Reflex events.

The rounds take turns, so that a machine that grows slower or is shared grows slower for all three.
"""

import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.load import Act, Round, Spread, all_at, full_load, spread
from bench.players import Player, seat
from bench.processes import Server
from bench.seeding import City
from bench.wire import Door, Line, Socket

HANDS = 100
COUNTER = "reflex___state____state.trivial___trivial____counter"


@dataclass(frozen=True)
class Kind:
    """One thing done under full load, round by round, and alone.

    `ratio` is of the rates, against the trivial; `cpu_ratio` is the same of what each costs the
    server's processor, which says more when others use the machine.
    """

    rounds: list[Round]
    per_second: float
    ratio: float
    server_ms_each: float
    cpu_ratio: float
    alone: Spread


@dataclass(frozen=True)
class Throughput:
    """The three kinds; `forgotten` are learners whose acknowledged credit a crash lost."""

    hands: int
    learners: int
    trivial: Kind
    beat: Kind
    home: Kind
    acknowledged: int
    forgotten: int


async def measure(
    trivial: Server, platform: Server, city: City, data: Path, *, rounds: int, seconds: float
) -> Throughput:
    """Load both servers in turns; ends by killing the platform to see what is stored."""
    players = [Player(learner, city) for learner in city.learners]
    lines = [await Line.open(Door(platform.port)) for _ in range(HANDS)]
    hands = {
        trivial: await _bumping(trivial),
        platform: await seat(players, lines),
    }
    loading = await _loading(platform, city)
    plan: list[tuple[Server, Sequence[Act]]] = [
        (trivial, hands[trivial]), (platform, hands[platform]), (platform, loading),
    ]  # fmt: skip
    for server, acts in plan:
        await full_load(server, acts, 1)
    alone = [await _alone(acts[0]) for _, acts in plan]
    found = [[await full_load(*each, seconds) for each in plan] for _ in range(rounds)]
    platform.kill()
    kinds = [_kind(number, found, alone[number]) for number in range(len(plan))]
    return Throughput(
        HANDS, len(players), *kinds, acknowledged=len(players), forgotten=_forgotten(players, data)
    )


async def _bumping(server: Server) -> list[Act]:
    sockets = await _sockets(server.port, [""] * HANDS)
    return [_firing(socket, COUNTER, "bump", '"count_rx_state_"') for socket in sockets]


async def _loading(server: Server, city: City) -> list[Act]:
    sockets = await _sockets(server.port, [each.cookie for each in city.learners[:HANDS]])
    return [_firing(socket, city.home_state, "load", '"rings"') for socket in sockets]


async def _sockets(port: int, cookies: Sequence[str]) -> list[Socket]:
    found: list[Socket] = []

    def opening(number: int, cookie: str):  # type: ignore[no-untyped-def]
        async def open_one() -> None:
            address = f"10.1.{number // 250}.{number % 250 + 1}"
            token = f"full-{number:05d}"
            found.append(await Socket.open(Door(port), token=token, cookie=cookie, address=address))

        return open_one

    await all_at(8, [opening(*pair) for pair in enumerate(cookies)])
    return found


def _firing(socket: Socket, state: str, handler: str, part: str) -> Act:
    async def fire() -> str:
        return "" if part in await socket.fire(state, handler) else "something else"

    return fire


async def _alone(hand: Act, times: int = 200) -> Spread:
    """One hand, nobody else: what a single learner waits for on an idle machine."""
    took = []
    for _ in range(times):
        sent = time.perf_counter()
        await hand()
        took.append(time.perf_counter() - sent)
    return spread(took)


def _kind(number: int, found: list[list[Round]], alone: Spread) -> Kind:
    mine = [row[number] for row in found]
    # Each round against the trivial one just before it.
    ratios = [row[number].per_second / row[0].per_second for row in found]
    cpu_ratios = [row[0].server_ms_each / row[number].server_ms_each for row in found]
    return Kind(
        rounds=mine,
        per_second=median(each.per_second for each in mine),
        ratio=round(median(ratios), 3),
        server_ms_each=median(each.server_ms_each for each in mine),
        cpu_ratio=round(median(cpu_ratios), 3),
        alone=alone,
    )


def _forgotten(players: Sequence[Player], data: Path) -> int:
    """How many learners' last acknowledged credit is not in the database after the crash."""
    with sqlite3.connect(data / "rxapp.db") as connection:
        rows = connection.execute("SELECT person_id, lesson_id, credited_ms FROM lesson_progress")
        stored = {(person, lesson): credited for person, lesson, credited in rows}
    return sum(
        stored.get((each.learner.person_id, each.learner.lesson_id), 0) < each.credited_ms
        for each in players
    )
