"""Bringing a backup back into an empty place, and proving that it is all there."""

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from rxapp import clock
from rxapp.adapters import data_files, database, database_dump, database_load, schema
from rxapp.adapters.backup_box import BoxReader
from rxapp.adapters.backup_places import Place
from rxapp.adapters.backup_stream import FILE, HEAD, MANIFEST, PART, Found, entries
from rxapp.errors import AppError, Unavailable
from rxapp.rules import backup_manifest
from rxapp.rules.backup_manifest import BadBackup, Manifest, Part
from rxapp.rules.backups import Kind
from rxapp.services import backup_checks, backup_runs
from rxapp.services.backup_making import Sums
from rxapp.services.backup_runs import Run
from rxapp.services.checking import Finding
from rxapp.settings import settings

_OUT_OF_ORDER = "备份的内容不完整或次序不对，不能使用这份备份。"
_INTERRUPTED = "恢复没有完成，已把写入的内容清除，备份没有改动："


@dataclass(frozen=True)
class Brought:
    """What was brought back: the manifest it came with, and what was proved of it."""

    manifest: Manifest
    findings: list[Finding]

    @property
    def sound(self) -> bool:
        """Whether everything was proved."""
        return all(finding.sound for finding in self.findings)


def restore(place: Place, name: str, key: bytes, *, trial: bool = False) -> Brought:
    """Bring a backup back into the data directory and database of the settings, both empty.

    Kept files go to the object store where one is set; a `trial` never touches it.

    A backup that cannot be used leaves the place as empty as it was. Until all is there the place
    bears a mark with which nobody serves it.
    """
    began = clock.now()
    data_dir, url = settings().data_dir, settings().database
    with place.open(name) as source:
        size = next((kept.size for kept in place.list() if kept.name == name), 0)
        reading = _Reading(source, key, kind=database_dump.kind_of(url))
        data_files.require_empty(data_dir)
        database_load.require_empty(url)
        far = bool(settings().files_to) and not trial
        filled = data_files.Restored(data_dir, name, far=far)
        manifest = _bring(reading, filled, url)
    database.migrate()
    findings = backup_checks.check_restored(manifest)
    data_files.finish(data_dir)
    brought = Brought(manifest, findings)
    said = "全部核对无误。" if brought.sound else "已恢复，但有核对不符之处。"
    backup_runs.note(Run(Kind.RESTORED, name, began, size, brought.sound, said))
    return brought


def head_of(place: Place, name: str, key: bytes) -> Manifest:
    """What a backup says of itself at its beginning; BadBackup when it cannot be read."""
    with place.open(name) as source:
        return _Reading(source, key, kind=database_dump.kind_of(settings().database)).head


def _bring(reading: "_Reading", filled: data_files.Restored, url: str) -> Manifest:
    loading: database_load.Loader | None = None
    try:
        loading = database_load.loader(url, reading.head.revision)
        manifest = reading.into(loading, filled)
        loading.finish()
        filled.settle()
        return manifest
    except BaseException as fault:
        # Nothing was here before, so all that is here now came from this attempt.
        if loading is not None:
            loading.abandon()
        filled.abandon(_remove)
        if isinstance(fault, (OSError, *database_dump.FAULTS)):
            raise AppError(f"{_INTERRUPTED}{fault}。") from fault
        if isinstance(fault, Unavailable):
            raise AppError(f"{_INTERRUPTED}文件存储连接不上或拒绝了访问。") from fault
        raise


class _Reading:
    """A backup being read: its head is known at once, the rest only to who takes it all."""

    def __init__(self, source: BinaryIO, key: bytes, *, kind: str) -> None:
        self._entries = entries(BoxReader(source, key))
        self.head = backup_manifest.read(self._next(HEAD).content())
        backup_manifest.require_fit(self.head, kind=kind, known=schema.known())

    def into(self, loading: database_load.Loader, filled: data_files.Restored) -> Manifest:
        """Hand everything over; the manifest once all it promises was found."""
        parts: list[Part] = []
        sums = Sums()
        for found in self._entries:
            header = found.header
            if header.kind == PART and not sums.stores:
                parts.append(loading.take(found))
            elif header.kind == FILE:
                filled.take(found)
                sums.add(header.store, header.name, found.size, found.sha256)
            elif header.kind == MANIFEST:
                return self._proved(found, tuple(parts), loading, sums)
            else:
                raise BadBackup(_OUT_OF_ORDER)
        raise BadBackup(_OUT_OF_ORDER)

    def _proved(
        self, found: Found, parts: tuple[Part, ...], loading: database_load.Loader, sums: Sums
    ) -> Manifest:
        promised = backup_manifest.read(found.content())
        if next(self._entries, None) is not None:
            raise BadBackup(_OUT_OF_ORDER)
        had = replace(self.head, parts=parts, tables=loading.tables, stores=sums.stores)
        backup_manifest.require_same(promised, had)
        return promised

    def _next(self, kind: str) -> Found:
        found = next(self._entries, None)
        if found is None or found.header.kind != kind:
            raise BadBackup(_OUT_OF_ORDER)
        return found


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()
