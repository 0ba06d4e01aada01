"""Which schema a database has, and whether this edition of the product knows it."""

from dataclasses import dataclass
from enum import Enum, auto, unique
from functools import cache
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

ROOT = Path(__file__).resolve().parents[2]


@unique
class Age(Enum):
    """How a database stands to this edition."""

    EMPTY = auto()
    OLDER = auto()
    CURRENT = auto()
    NEWER = auto()


@dataclass(frozen=True)
class Schema:
    """The revision of a database and what it means."""

    revision: str
    age: Age


def config() -> Config:
    """Where the steps from one revision to the next lie."""
    made = Config()
    made.set_main_option("script_location", str(ROOT / "alembic"))
    return made


@cache
def known() -> tuple[str, ...]:
    """Every revision this edition brings, the newest first."""
    steps = ScriptDirectory.from_config(config()).walk_revisions()
    return tuple(each.revision for each in steps)


def head() -> str:
    """The newest revision this edition brings."""
    return known()[0]


def of(connection: Connection) -> Schema:
    """The schema behind a connection."""
    if not inspect(connection).has_table("alembic_version"):
        return Schema("", Age.EMPTY)
    found = list(connection.execute(text("SELECT version_num FROM alembic_version")).scalars())
    if not found:
        return Schema("", Age.EMPTY)
    if set(found) - set(known()):
        return Schema("、".join(found), Age.NEWER)
    return Schema(found[0], Age.CURRENT if found == [head()] else Age.OLDER)
