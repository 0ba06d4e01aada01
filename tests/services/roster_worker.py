"""A process that forks workers who write posted rosters into the ledger until they are killed.

`python -m tests.services.roster_worker URL`; each line on standard input asks for one worker. It
says `pid N`, then the worker `wrote 1` after each commit, then `gone`.
"""

import os
import sys
from typing import Any

from sqlmodel import Session

from rxapp.adapters.database import make_engine, transaction
from rxapp.models.rosters import Roster
from rxapp.services import roster_posting

MOST = 3


def main(url: str) -> None:
    """Fork one worker for each line that is read, and wait until it is gone."""
    engine = make_engine(url)
    with Session(engine) as session:
        session.get(Roster, 0)
    engine.dispose()
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                while _write(engine):
                    _say("wrote 1")
            finally:
                os._exit(0)
        _say(f"pid {child}")
        os.waitpid(child, 0)
        _say("gone")


def _write(engine: Any) -> bool:
    with transaction(write=True, on=engine) as session:
        return roster_posting.write_some(session, most=MOST)


def _say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


if __name__ == "__main__":
    main(sys.argv[1])
