"""A backup made, tried and brought back, against a plain copy of the same bytes made safe.

`python -m bench.backups 100` prints it as JSON, for about so many megabytes in the database and
half as many in files.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

WORDS = "学时已登记，请在学习档案中查看。" * 12
FILE = 4_000_000


@dataclass(frozen=True)
class Backups:
    """Seconds for each step, and megabytes a second of making and bringing back."""

    megabytes: float
    copied: float
    made: float
    tried: float
    restored: float
    made_per_second: float
    restored_per_second: float


def main(megabytes: int) -> None:
    """Make the data, then measure."""
    from rxapp.adapters import backup_key
    from rxapp.services import backup_making, backup_testing
    from rxapp.settings import settings

    data = settings().data_dir
    beside = data.parent
    _surround(beside)
    settings.cache_clear()
    _fill(data, megabytes)
    backup_key.make_key()
    copied = _timed(lambda: _copy(data, beside / "copy"))
    shutil.rmtree(beside / "copy")
    made = _timed(lambda: backup_making.make())
    (kept,) = (beside / "backups").iterdir()
    tried = _timed(lambda: _require_sound(backup_testing.verify()[1]))
    restored = _timed(lambda: _restore(kept, beside / "restored"))
    size = kept.stat().st_size / 1e6
    said = Backups(
        round(size, 1), copied, made, tried, restored, round(size / made), round(size / restored)
    )
    print(json.dumps(asdict(said)))


def _surround(beside: Path) -> None:
    os.environ["RXAPP_BACKUP_TO"] = str(beside / "backups")
    os.environ["RXAPP_BACKUP_KEY_FILE"] = str(beside / "backup.key")


def _fill(data: Path, megabytes: int) -> None:
    from sqlalchemy import text

    from rxapp.adapters import encryption, file_store
    from rxapp.adapters.database import forget_engine, migrate, transaction

    encryption.ensure(data / "keys")
    migrate()
    with transaction(write=True) as session:
        _people(session)
        session.execute(
            text(
                "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :most)"
                " INSERT INTO message (person_id, title, body, href, at)"
                " SELECT id, '样例', :words || i, '', '2026-01-01' FROM n, person"
            ),
            {"most": megabytes * 1_000_000 // (len(WORDS.encode()) + 70), "words": WORDS},
        )
    forget_engine()
    for _ in range(max(megabytes * 500_000 // FILE, 1)):
        file_store.put_bytes(os.urandom(FILE), suffix=".bin", root=data / "files")


def _people(session) -> None:  # type: ignore[no-untyped-def]
    from rxapp import clock
    from rxapp.adapters.encryption import data_keys
    from rxapp.models.organisations import Organisation
    from rxapp.models.people import Person
    from rxapp.rules.permissions import Capacity

    held = frozenset({Capacity.EMPLOYER})
    session.add(Organisation(id=1, path="/1/", name="样例", capacities=held))
    session.flush()
    session.add(
        Person(
            name="样例", identity_cipher=data_keys().encrypt("1", context="identity"),
            identity_hash="h", identity_mask="", organisation_id=1, created_at=clock.now(),
            owes_from=2020,
        )
    )  # fmt: skip
    session.flush()


def _copy(data: Path, target: Path) -> None:
    """The same bytes, copied as plainly as can be, and on the disk."""
    shutil.copytree(data, target)
    os.sync()


def _restore(kept: Path, target: Path) -> None:
    words = [sys.executable, "-m", "rxapp.cli", "restore", str(kept)]
    environment = os.environ | {"RXAPP_DATA_DIR": str(target)}
    subprocess.run(words, env=environment, check=True, stdout=subprocess.DEVNULL)


def _require_sound(findings: list) -> None:  # type: ignore[type-arg]
    if wrong := [each.sentence for each in findings if not each.sound]:
        raise SystemExit(wrong[0])


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return round(time.perf_counter() - began, 2)


if __name__ == "__main__":
    main(int(sys.argv[1]))
