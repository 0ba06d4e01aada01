"""A process that builds a town and forks workers who act in it until they are killed.

`python -m tests.outages.nursery SEED`, with the settings of an installation. It says `built`; then
each line on standard input, `[deed, n]`, asks for one worker. It says `pid N`; the worker presses
the deed again if there is one, then goes on and says `try` before and `told` after each deed, with
facts that hold from then on. The n-th (if it is not null) it does and dies before it tells. `gone`.
"""

import json
import os
import signal
import sys
from random import Random
from typing import Any

from rxapp.adapters import database
from rxapp.errors import AppError
from rxapp.services import collecting_work
from tests.outages.deeds import DEEDS, Deed, at_least
from tests.outages.people_deeds import PEOPLE
from tests.outages.world import World, hurry, make_keys

ALL: dict[str, Deed] = DEEDS | PEOPLE
WARM = 60


def main(seed: int) -> None:
    """Fork one worker for each line that is read, and wait until it is gone."""
    hurry()
    make_keys()
    world = World()
    # Some of everything to begin with, so that the workers find every statement already made.
    work(world, Random(seed), least=WARM)
    database.engine().dispose()
    say("built")
    for place, line in enumerate(sys.stdin, start=1):
        child = os.fork()
        if child == 0:
            try:
                deed, silent = json.loads(line)
                tell_within_a_run()
                again(world, deed)
                work(world, Random(f"{seed}/{place}"), silent=silent)
            except BaseException as fault:  # the driver decides what it means
                say("fault", f"{type(fault).__name__}: {fault}"[:400])
            finally:
                os._exit(0)
        say("pid", child)
        os.waitpid(child, 0)
        say("gone")


def say(*words: Any) -> None:
    """One line, in one write, so that a kill never leaves half of one."""
    os.write(1, (json.dumps(words) + "\n").encode())


def work(
    world: World, drawn: Random, *, least: int = 0, silent: int | None = None
) -> None:  # fmt: skip
    """One deed after the other, for ever, or until there were so many."""
    names, weights = list(ALL), [deed.weight for deed in ALL.values()]
    done = 0
    while not least or done < least:
        name = drawn.choices(names, weights)[0]
        chosen = ALL[name].choose(world, drawn)
        if chosen is not None:
            do(world, name, *chosen, dies=done == silent)
            done += 1


def do(
    world: World, name: str, given: dict[str, Any], facts: list[str], *, dies: bool
) -> None:  # fmt: skip
    """Do it, saying so before and after; or die when it is done and nobody was told."""
    say("try", name, given, facts)
    more = ALL[name].do(world, **given)
    if dies:
        os.kill(os.getpid(), signal.SIGKILL)
    say("told", name, [*facts, *more])


def again(world: World, deed: list[Any] | None) -> None:
    """Press again what was interrupted: it is done now, or the answer is that it was."""
    if deed is None:
        return
    name, given, facts = deed
    try:
        say("again", name, [*facts, *ALL[name].do(world, **given)])
    except AppError as refusal:
        say("refused", name, facts, type(refusal).__name__, refusal.message)


def tell_within_a_run() -> None:
    """A table is taken in by many transactions: tell after each what is there by now."""
    real = collecting_work._require_going

    def tell(stop: Any) -> None:
        say("told", "step of a table", [at_least("person WHERE name LIKE '公孙%'")])
        real(stop)

    collecting_work._require_going = tell


if __name__ == "__main__":
    main(int(sys.argv[1]))
