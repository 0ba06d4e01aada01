"""What keeps a backup from being made, and what is kept of those there are."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from rxapp import clock
from rxapp.adapters import backup_work
from rxapp.adapters.backup_key import load_key, make_key
from rxapp.adapters.backup_places import FolderPlace, place
from rxapp.adapters.database import transaction
from rxapp.errors import AppError, Conflict, NotFound
from rxapp.models.backups import BackupRun
from rxapp.rules.backups import Kind
from rxapp.services import backup_making, backup_runs, backups
from rxapp.services.backup_runs import Run
from rxapp.settings import settings
from tests.services.backing import Machine, installed


@pytest.fixture
def small(
    sqlite_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Machine]:
    """An installation on SQLite."""
    with installed(sqlite_database, tmp_path, monkeypatch, str) as made:
        yield made


def runs() -> list[tuple[Kind, bool]]:
    with transaction() as session:
        return list(session.exec(select(BackupRun.kind, BackupRun.sound)).all())


def test_one_at_a_time(small: Machine) -> None:
    with backup_work.alone(), pytest.raises(Conflict, match="另一次备份"):
        backup_making.make()
    assert runs() == [(Kind.MADE, False)]
    assert backup_making.make().size > 0


@pytest.mark.parametrize("where", ["files", "keys"])
def test_a_link_is_neither_followed_nor_left_out(small: Machine, where: str) -> None:
    link = settings().data_dir / where / "secret"
    link.symlink_to("/etc/passwd")
    with pytest.raises(AppError, match=f"{where}/secret 不是平台的普通文件"):
        backup_making.make()
    assert place().list() == []
    link.unlink()
    assert backup_making.make().size > 0


def test_a_full_disk_leaves_no_backup(small: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = backup_making.make()
    full = Path("/dev/full")
    real = os.open

    def into_nothing(path, flags, *rest, **options):
        there = full if str(path).endswith(".rxbackup.part") else path
        return real(there, os.O_WRONLY if there is full else flags, *rest, **options)

    with monkeypatch.context() as patch:
        patch.setattr("rxapp.adapters.backup_places.os.open", into_nothing)
        with pytest.raises(AppError, match="空间不足"):
            backup_making.make()
    assert [kept.name for kept in place().list()] == [whole.name]
    assert runs() == [(Kind.MADE, True), (Kind.MADE, False)]


def test_what_a_killed_backup_left_is_no_backup_and_goes(small: Machine) -> None:
    folder = small.folder / "to"
    folder.mkdir(exist_ok=True)
    left = folder / "rxapp-20260101T000000Z-0017-abcdef.rxbackup.part"
    left.write_bytes(b"half")
    os.utime(left, (1, 1))
    # Somebody else may still be writing to this one.
    fresh = folder / "rxapp-20260102T000000Z-0017-abcdef.rxbackup.part"
    fresh.write_bytes(b"half")
    (folder / "letter.txt").write_bytes(b"mine")
    assert place().list() == []
    made = backup_making.make()
    assert sorted(p.name for p in folder.iterdir()) == ["letter.txt", fresh.name, made.name]


def test_a_key_that_others_can_have_is_refused(small: Machine) -> None:
    key = small.folder / "key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    key.chmod(0o640)
    with pytest.raises(AppError, match="chmod 600"):
        backup_making.make()
    key.chmod(0o600)
    with pytest.raises(Conflict, match="已经存在"):
        make_key()
    for name, where in (("data", "数据目录"), ("to", "备份位置")):
        small.patch.setenv("RXAPP_BACKUP_KEY_FILE", str(small.folder / name / "key"))
        settings.cache_clear()
        for act in (make_key, load_key):
            with pytest.raises(AppError, match=f"不能放在{where}之内"):
                act()
    small.patch.setenv("RXAPP_BACKUP_KEY_FILE", str(key))
    small.patch.setenv("RXAPP_BACKUP_TO", str(settings().data_dir / "backups"))
    settings.cache_clear()
    with pytest.raises(AppError, match="不能在数据目录之内"):
        backup_making.make()


def test_a_name_leads_nowhere_else(small: Machine) -> None:
    outside = small.folder / "rxapp.txt"
    outside.write_bytes(b"x")
    for name in ("../rxapp.txt", "rxapp.txt", "", "/etc/passwd"):
        with pytest.raises(NotFound):
            FolderPlace(small.folder / "to").open(name)
        with pytest.raises(NotFound):
            FolderPlace(small.folder / "to").remove(name)
    assert outside.exists()


def test_old_backups_go_but_never_the_newest_that_was_tested(small: Machine) -> None:
    folder = small.folder / "to"
    tested = backup_making.make()
    backup_runs.note(Run(Kind.TESTED, tested.name, clock.now(), 1, True, ""))
    first = folder / "rxapp-20190101T000000Z-0017-aaaaaa.rxbackup"
    days = [f"{month:02}{day:02}" for month in range(1, 13) for day in range(1, 29)]
    names = [f"rxapp-2030{day}T000000Z-0017-aaaaaa.rxbackup" for day in days]
    for name in (first.name, *names, "letter.txt"):
        (folder / name).write_bytes(b"x")
    gone = backups.prune()
    assert first.name in gone
    left = {kept.name for kept in place().list()}
    assert tested.name in left
    assert names[-1] in left
    assert 12 < len(left) <= 7 + 4 + 12 + 1
    assert (folder / "letter.txt").exists()
    assert backups.prune() == []
