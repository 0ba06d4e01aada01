"""Making a backup while the service goes on: database, files and keys, in one encrypted box."""

import hashlib
import secrets
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from rxapp import clock
from rxapp.adapters import backup_places, backup_work, data_files, database_dump, disk
from rxapp.adapters.backup_box import BoxWriter
from rxapp.adapters.backup_key import load_key
from rxapp.adapters.backup_places import Place
from rxapp.adapters.backup_stream import BLOCK, FILE, HEAD, MANIFEST, Entry, Header
from rxapp.adapters.database import ROOT
from rxapp.adapters.database_dump import Moment
from rxapp.errors import AppError, NotFound, Unavailable
from rxapp.rules import backup_manifest
from rxapp.rules.backup_manifest import Manifest, StoreFiles, StoreSum
from rxapp.rules.backups import Kind
from rxapp.services import backup_runs
from rxapp.services.backup_runs import Run
from rxapp.settings import settings

STORE_AWAY = (
    "文件存储连接不上或拒绝了访问，没有备份完，没有留下不完整的备份。"
    "请运行 rxapp doctor 查看原因，解决后再运行。"
)
SAID = {
    StoreFiles.NONE: "",
    StoreFiles.KEPT: "，包括文件存储中的文件",
    StoreFiles.LEFT: "，不包括文件存储中的文件",
}
NO_ROOM = "数据目录所在磁盘的空间不足，放不下数据库的临时副本，没有制作备份。请清理或扩充后再运行。"


@dataclass(frozen=True)
class Made:
    """A backup that is whole and in its place."""

    name: str
    size: int
    run: Run


def make(*, noted: bool = True, quick: bool = False) -> Made:
    """Make one backup; AppError says why there is none.

    `noted=False` leaves the note to the caller. What was committed before the backup began is in
    it, with every file a row names; of what lies on an object store, unless `quick` or told not to.
    """
    began, far = clock.now(), _store_files(quick)
    key, place = load_key(), backup_places.place()
    try:
        with backup_work.alone() as scratch:
            name, size = _put(place, key, scratch, far)
    except AppError as refusal:
        if noted:
            backup_runs.note_if_possible(Run(Kind.MADE, "", began, 0, False, refusal.message))
        raise
    run = Run(
        Kind.MADE, name, began, size, True, f"已备份到{place.describe()}{SAID[far]}。"
    )  # fmt: skip
    if noted:
        backup_runs.note(run)
    return Made(name, size, run)


def version() -> str:
    """The version of the product, by its project file."""
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"])


def _store_files(quick: bool) -> StoreFiles:
    if not settings().files_to:
        return StoreFiles.NONE
    return StoreFiles.KEPT if settings().backup_store_files and not quick else StoreFiles.LEFT


def _put(place: Place, key: bytes, scratch: Path, far: StoreFiles) -> tuple[str, int]:
    _require_room(scratch)
    made_at = clock.now()
    size = 0
    with (
        _told(),
        backup_work.nothing_removed(),
        database_dump.moment(settings().database, scratch) as moment,
    ):
        name = backup_manifest.name_of(made_at, moment.revision, secrets.token_hex(3))
        begun = Manifest(version(), moment.revision, moment.kind, made_at, far)

        def fill(out: BinaryIO) -> None:
            nonlocal size
            box = BoxWriter(out, key)
            _fill(box, begun, moment)
            box.close()
            size = box.size

        place.put(name, fill)
    return name, size


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except database_dump.FAULTS as fault:
        raise AppError(
            f"数据库没有读完，没有留下不完整的备份：{fault}。请检查数据库和磁盘后再运行。"
        ) from fault
    except Unavailable as fault:
        raise AppError(STORE_AWAY) from fault


def _fill(box: BoxWriter, begun: Manifest, moment: Moment) -> None:
    _say(box, HEAD, begun)
    parts = moment.write(box)
    # Listed after the moment: a file is on the disk before the row that names it is committed.
    far = begun.store_files is StoreFiles.KEPT
    stores = write_files(box, settings().data_dir, far=far)
    _say(
        box, MANIFEST, replace(begun, parts=tuple(parts), tables=moment.tables, stores=stores)
    )  # fmt: skip


def write_files(box: BoxWriter, data_dir: Path, *, far: bool = False) -> dict[str, StoreSum]:
    """Put every file into the box, once; returns what each store came to."""
    sums, here = Sums(), set[Path]()
    for file in data_files.walk(data_dir, far=far):
        if file.far and file.place in here:
            continue
        try:
            blocks = data_files.blocks(file)
        except NotFound:
            continue
        entry = Entry(box, Header(FILE, file.path, file.store))
        for block in blocks:
            entry.write(block)
        sums.add(file.store, file.path, entry.size, entry.end())
        if far and not file.far:
            # It may lie in both: it is being brought over.
            here.add(file.place)
    return sums.stores


class Sums:
    """What the files of each store come to, one after the other, without a list of them."""

    def __init__(self) -> None:
        self._hashes: dict[str, object] = {}
        self.stores: dict[str, StoreSum] = {}

    def add(self, store: str, path: str, size: int, sha256: str) -> None:
        """One more file."""
        had = self.stores.get(store)
        made = self._hashes.setdefault(store, hashlib.sha256())
        made.update(f"{path}\0{size}\0{sha256}\n".encode())  # type: ignore[attr-defined]
        self.stores[store] = StoreSum(
            (had.count if had else 0) + 1,
            (had.size if had else 0) + size,
            made.hexdigest(),  # type: ignore[attr-defined]
        )


def _say(box: BoxWriter, kind: str, manifest: Manifest) -> None:
    entry = Entry(box, Header(kind))
    entry.write(backup_manifest.write(manifest))
    entry.end()


def _require_room(scratch: Path) -> None:
    if database_dump.kind_of(settings().database) != database_dump.SQLITE:
        return
    needed = database_dump.file_of(settings().database).stat().st_size
    if disk.free_bytes(scratch) < needed + BLOCK:
        raise AppError(NO_ROOM)
