"""Trying a backup: it is brought back into a place of its own and everything is proved there."""

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from sqlalchemy.engine import make_url

from rxapp import clock
from rxapp.adapters import backup_places, backup_work, database_load, disk
from rxapp.adapters.backup_key import load_key
from rxapp.adapters.database import ROOT
from rxapp.adapters.database_dump import POSTGRESQL, connect, kind_of
from rxapp.errors import AppError, NotFound
from rxapp.rules.backup_manifest import StoreFiles
from rxapp.rules.backups import Kind
from rxapp.services import backup_restoring, backup_runs
from rxapp.services.backup_restoring import Brought
from rxapp.services.backup_runs import Run
from rxapp.services.checking import Finding
from rxapp.settings import settings

SCHEMA = "rxapp_verify_"
_NO_SCHEMA = (
    "核验需要在数据库中临时建立一个模式（schema），现有的数据库用户没有这个权限。"
    "请由数据库管理员运行 GRANT CREATE ON DATABASE，再运行核验。"
)


def verify(name: str | None = None, *, scratch: Path | None = None) -> tuple[str, list[Finding]]:
    """Restore a backup, the newest unless named, on trial; returns its name and what was found.

    It runs in a process of its own with data directory and database of its own, and leaves nothing
    behind but the note of what came of it.
    """
    began = clock.now()
    key = load_key()
    chosen, size = _chosen(name)
    with backup_work.alone() as work, _database() as address:
        place = (scratch or work) / "trial"
        _require_room(place, size)
        try:
            findings = _tried(chosen, place, address, alone=_has_all(chosen, key))
        finally:
            backup_work.clear(place)
    wrong = [finding.sentence for finding in findings if not finding.sound]
    said = wrong[0] if wrong else "恢复核验无误。"
    backup_runs.note(Run(Kind.TESTED, chosen, began, size, not wrong, said))
    return chosen, findings


def told(brought: Brought) -> str:
    """What a trial says to the process that asked for it."""
    return json.dumps([asdict(finding) for finding in brought.findings], ensure_ascii=False)


def _chosen(name: str | None) -> tuple[str, int]:
    there = backup_places.place().list()
    if not there:
        raise NotFound("备份位置中还没有备份，请先运行 rxapp backup make。")
    for kept in there:
        if name in (None, kept.name):
            return kept.name, kept.size
    raise NotFound(f"备份位置中没有“{name}”，请用 rxapp backup list 查看。")


def _require_room(folder: Path, size: int) -> None:
    if disk.free_bytes(folder) < size:
        raise AppError(
            "磁盘空间不足，放不下恢复核验的临时内容，没有核验。"
            "请清理磁盘，或用 --scratch 指定另一块磁盘上的文件夹。"
        )


@contextmanager
def _database() -> Iterator[str]:
    """An empty database for the trial: a file beside its data, or a schema of PostgreSQL's."""
    url = settings().database
    if kind_of(url) != POSTGRESQL:
        yield ""
        return
    schema = f"{SCHEMA}{secrets.token_hex(4)}"
    with connect(url) as connection:
        database_load.drop_schemas(connection, SCHEMA)
        if not database_load.make_schema(connection, schema):
            raise AppError(_NO_SCHEMA)
        try:
            within = make_url(url).update_query_dict({"options": f"-csearch_path={schema}"})
            yield within.render_as_string(hide_password=False)
        finally:
            database_load.drop_schemas(connection, schema)


def _has_all(name: str, key: bytes) -> bool:
    """Whether nothing outside the backup is needed to prove it."""
    try:
        head = backup_restoring.head_of(backup_places.place(), name, key)
    except AppError:
        # Whoever tries it says what is wrong with it.
        return True
    return head.store_files is not StoreFiles.LEFT


def _tried(name: str, place: Path, address: str, *, alone: bool) -> list[Finding]:
    """Let another process restore into that place, so that nothing of this one is touched.

    `alone`: it knows of no object store, so that only what is in the backup counts.
    """
    environment = os.environ | {
        "RXAPP_DATA_DIR": str(place.resolve()),
        "RXAPP_DATABASE_URL": address,
        "RXAPP_BACKUP_TO": _absolute(settings().backup_to),
        "RXAPP_BACKUP_KEY_FILE": _absolute(settings().backup_key_file),
    }
    if alone:
        environment["RXAPP_FILES_TO"] = ""
    words = [sys.executable, "-m", "rxapp.cli", "restore", name, "--as-trial"]
    done = subprocess.run(
        words, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    try:
        said = json.loads(done.stdout.decode().strip().rpartition("\n")[2])
        return [Finding(**each) for each in said]
    except (ValueError, TypeError):
        last = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        return [Finding(False, last.removeprefix("Error: ") or "恢复核验的过程中断，没有结果。")]


def _absolute(path: str) -> str:
    return str(Path(path).resolve()) if path and "://" not in path else path
