"""What an installation stands on, as it is found: its marks, its keys, what its database holds."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography.exceptions import InvalidTag
from sqlalchemy import Connection, inspect, text

from rxapp.adapters import encryption, looking, schema
from rxapp.adapters.schema import Age, Schema
from rxapp.rules.moves import MarkState
from rxapp.services import installing
from rxapp.settings import settings

KEYS = ("cipher", "lookup", "ticket")


@dataclass(frozen=True)
class Held:
    """What a database holds; `fits` is None where there is nothing to try the keys on."""

    there: bool
    schema: Schema
    people: bool = False
    certificates: bool = False
    fits: bool | None = None
    newest_record: datetime | None = None
    mark: MarkState | None = None


def is_installed() -> bool:
    """Whether `rxapp init` was completed in this data directory."""
    return installing.is_real(settings().data_dir)


def data_keys_file() -> Path:
    """Where the keys of the data lie."""
    return settings().keys_dir / "data.json"


def key_files() -> Iterator[Path]:
    """Every file that holds a secret key, and the folders they lie in."""
    folder = settings().keys_dir
    yield from (path for path in (folder, data_keys_file()) if path.exists())
    for about in sorted(folder.glob("*/about.json")):
        yield from (about.parent, about.parent / "keys.pem")


def has_signing_keys() -> bool:
    """Whether there is any key that vouches for certificates."""
    return any(settings().keys_dir.glob("*/about.json"))


def read_keys() -> encryption.DataKeys | None:
    """The keys of the data; None when they are missing or cannot be used."""
    try:
        raw = json.loads(data_keys_file().read_text(encoding="ascii"))
        sizes = {len(base64.b64decode(raw[name], validate=True)) for name in KEYS}
        return encryption.load(settings().keys_dir) if sizes == {32} else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def held() -> Held:
    """What the database holds; raises `looking.Away` when it does not answer."""
    with looking.looking() as connection:
        if connection is None:
            return Held(False, Schema("", Age.EMPTY))
        return _held(connection)


def _held(connection: Connection) -> Held:
    found = schema.of(connection)
    tables = set(inspect(connection).get_table_names())
    mark = _mark(connection) if "database_mark" in tables else None
    if "person" not in tables:
        return Held(True, found, mark=mark)
    return Held(
        True, found,
        people=_any(connection, "person"),
        certificates="certificate" in tables and _any(connection, "certificate"),
        fits=_fits(connection),
        newest_record=_newest(connection) if "audit_event" in tables else None,
        mark=mark,
    )  # fmt: skip


def _mark(connection: Connection) -> MarkState | None:
    """What a move left on the database, if it left anything."""
    said = connection.execute(text("SELECT state FROM database_mark")).scalar()
    return MarkState(said) if said else None


def _any(connection: Connection, table: str) -> bool:
    return connection.execute(text(f"SELECT 1 FROM {table} LIMIT 1")).first() is not None


def _fits(connection: Connection) -> bool | None:
    """Whether the keys open and find the first number in the database."""
    row = connection.execute(
        text("SELECT identity_cipher, identity_hash FROM person WHERE identity_cipher <> ''"
             " ORDER BY id LIMIT 1")
    ).first()  # fmt: skip
    keys = read_keys()
    if row is None or keys is None:
        return None
    try:
        number = keys.decrypt(row[0], context="identity")
    except (InvalidTag, ValueError):
        return False
    return keys.hash(number, context="identity") == row[1]


def _newest(connection: Connection) -> datetime | None:
    said = connection.execute(text("SELECT at FROM audit_event ORDER BY id DESC LIMIT 1")).scalar()
    if isinstance(said, str):
        said = datetime.fromisoformat(said)
    if not isinstance(said, datetime):
        return None
    return said if said.tzinfo else said.replace(tzinfo=UTC)
