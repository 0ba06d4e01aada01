"""What a backup says of itself, what fits together, and which backups are kept."""

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from rxapp.errors import AppError, Invalid

FORMAT = 1
PRODUCT = "rxapp"
# Every folder of the data directory whose files are somebody's: what is not here is made anew.
STORES = ("keys", "files", "evidence", "notices", "collect", "uploads", "outgoing")
# Single files beside them, in a store of their own name.
ROOT = "root"
ROOT_FILES = ("installed",)
DAILY, WEEKLY, MONTHLY = 7, 4, 12
LONGEST_PATH, DEEPEST = 200, 3

_NAME = re.compile(r"rxapp-(\d{8}T\d{6}Z)-([0-9A-Za-z_]{1,32})-[0-9a-f]{6}\.rxbackup")
_HEX = re.compile(r"[0-9a-f]{64}")
_WORD = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_BROKEN = "备份的清单不符合格式，不能使用这份备份。"


class StoreFiles(StrEnum):
    """What a backup holds of the files that lay on an object store."""

    NONE = "none"  # there was no store
    KEPT = "kept"
    LEFT = "left"


class BadBackup(AppError):
    """A backup that cannot be used; the sentence says why."""


@dataclass(frozen=True)
class Part:
    """A piece of the database: a whole file, or the rows of one table."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class StoreSum:
    """All files of one store: how many, how large, and one digest over names, sizes and hashes."""

    count: int
    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What is in a backup; `parts`, `tables` and `stores` are known once everything was read."""

    version: str
    revision: str
    kind: str
    made_at: datetime
    store_files: StoreFiles = StoreFiles.NONE
    parts: tuple[Part, ...] = ()
    tables: Mapping[str, int] = field(default_factory=dict)
    stores: Mapping[str, StoreSum] = field(default_factory=dict)

    @property
    def head(self) -> "Manifest":
        """What was known before anything was read; it stands first in the backup."""
        return replace(self, parts=(), tables={}, stores={})


def write(manifest: Manifest) -> bytes:
    """A manifest as bytes."""
    said: dict[str, Any] = {"format": FORMAT, "product": PRODUCT, **asdict(manifest)}
    said["made_at"] = manifest.made_at.astimezone(UTC).isoformat()
    return json.dumps(said, ensure_ascii=False, sort_keys=True).encode()


def read(content: bytes) -> Manifest:
    """A manifest from its bytes; BadBackup for anything else."""
    try:
        said = json.loads(content)
        if said["product"] != PRODUCT:
            raise BadBackup("这不是本平台的备份。")
        if said["format"] != FORMAT:
            raise BadBackup("备份的格式比本版本新，请先升级平台，再恢复这份备份。")
        return _manifest(said)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise BadBackup(_BROKEN) from None


def require_fit(manifest: Manifest, *, kind: str, known: Collection[str]) -> None:
    """Refuse a backup of a newer schema than `known` revisions, or of the other database."""
    if manifest.revision not in known:
        raise BadBackup(
            f"备份的数据库结构（{manifest.revision}）比本版本新，"
            f"请先安装平台{manifest.version}或更高版本，再恢复这份备份。"
        )
    if manifest.kind != kind:
        words = {"sqlite": "内置数据库", "postgresql": "PostgreSQL 数据库"}
        raise BadBackup(
            f"备份来自{words[manifest.kind]}，而这里设置的是{words.get(kind, kind)}。"
            "请按备份的数据库种类设置 RXAPP_DATABASE_URL，恢复以后再迁移数据库。"
        )


def require_same(promised: Manifest, found: Manifest) -> None:
    """Refuse a backup in which something else was found than its manifest says."""
    for word, one, other in (
        ("数据库", promised.parts, found.parts),
        ("数据表的行数", dict(promised.tables), dict(found.tables)),
        ("文件", dict(promised.stores), dict(found.stores)),
        ("说明", promised.head, found.head),
    ):
        if one != other:
            raise BadBackup(f"备份中的{word}与清单不一致，不能使用这份备份。")


def require_path(store: str, path: str) -> None:
    """Refuse the name of a file that would lie anywhere but in its own store."""
    pieces = path.split("/")
    fine = (
        0 < len(path.encode("utf-8", "surrogatepass")) <= LONGEST_PATH
        and path.isprintable()
        and "\\" not in path
        and len(pieces) <= DEEPEST
        and all(piece and piece not in (".", "..") for piece in pieces)
        and (store in STORES or (store == ROOT and path in ROOT_FILES))
    )
    if not fine:
        raise BadBackup("备份中有不属于平台数据目录的文件名，不能使用这份备份。")


def name_of(made_at: datetime, revision: str, token: str) -> str:
    """The name of a backup: when it was made, at which revision, and a token of six hex digits."""
    name = f"rxapp-{made_at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{revision}-{token}.rxbackup"
    if not _NAME.fullmatch(name):
        raise Invalid(message="备份的名称不符合格式。")
    return name


def moment_of(name: str) -> datetime | None:
    """When a backup was made, by its name; None for the name of anything else."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    try:
        return datetime.strptime(found[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None


def kept(
    names: Iterable[str], *, tested: str | None = None, daily: int = DAILY,
    weekly: int = WEEKLY, monthly: int = MONTHLY,
) -> set[str]:  # fmt: skip
    """Which backups stay: the newest of the last days, weeks and months, and the newest tested.

    Counted are days, weeks and months that have a backup, so that nothing goes while none is made.
    """
    moments = {name: moment for name in names if (moment := moment_of(name))}
    newest_first = sorted(moments, key=lambda name: (moments[name], name), reverse=True)
    staying = {name for name in newest_first if name == tested}
    for most, period in ((daily, "%Y-%m-%d"), (weekly, "%G-%V"), (monthly, "%Y-%m")):
        seen: set[str] = set()
        for name in newest_first:
            word = moments[name].strftime(period)
            if word not in seen and len(seen) < most:
                seen.add(word)
                staying.add(name)
    return staying


def _manifest(said: dict[str, Any]) -> Manifest:
    made_at = datetime.fromisoformat(_text(said["made_at"]))
    if made_at.tzinfo is None or said["kind"] not in ("sqlite", "postgresql"):
        raise ValueError
    return Manifest(
        version=_text(said["version"]), revision=_text(said["revision"]), kind=said["kind"],
        made_at=made_at.astimezone(UTC),
        # Those that do not say it are from before any held them.
        store_files=StoreFiles(said.get("store_files", StoreFiles.LEFT)),
        parts=tuple(
            Part(_word(each["name"]), _count(each["size"]), _hash(each["sha256"]))
            for each in said["parts"]
        ),
        tables={_word(name): _count(rows) for name, rows in said["tables"].items()},
        stores={
            _word(name): StoreSum(
                _count(each["count"]), _count(each["size"]), _hash(each["sha256"])
            )
            for name, each in said["stores"].items()
        },
    )  # fmt: skip


def _text(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= 64 or not value.isprintable():
        raise ValueError
    return value


def _word(value: Any) -> str:
    if not isinstance(value, str) or not _WORD.fullmatch(value):
        raise ValueError
    return value


def _count(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError
    return value


def _hash(value: Any) -> str:
    if not isinstance(value, str) or not _HEX.fullmatch(value):
        raise ValueError
    return value
