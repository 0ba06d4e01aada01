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


@cache
def scripts() -> ScriptDirectory:
    """Every revision this edition brings."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "alembic"))
    return ScriptDirectory.from_config(config)


def head() -> str:
    """The newest revision this edition brings."""
    return scripts().get_current_head() or ""


def of(connection: Connection) -> Schema:
    """The schema behind a connection."""
    if not inspect(connection).has_table("alembic_version"):
        return Schema("", Age.EMPTY)
    found = list(connection.execute(text("SELECT version_num FROM alembic_version")).scalars())
    if not found:
        return Schema("", Age.EMPTY)
    known = {each.revision for each in scripts().walk_revisions()}
    if set(found) - known:
        return Schema("、".join(found), Age.NEWER)
    return Schema(found[0], Age.CURRENT if found == [head()] else Age.OLDER)
