"""What a technician forgets about backups: a place, a key kept apart, and whether any came back."""

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import inspect
from sqlmodel import Session

from rxapp import clock
from rxapp.adapters import backup_key, looking
from rxapp.errors import AppError
from rxapp.rules import backups
from rxapp.rules.findings import Finding, fault, fine, warning
from rxapp.services import backup_runs, ground
from rxapp.settings import settings


def examine() -> Iterator[Finding]:
    """Whether backups are made, where, under which key, and how old the last tried one is."""
    if not settings().backup_to:
        if not settings().demo and ground.is_installed():
            yield fault(
                "backup.none", "没有设置备份位置，服务器损坏时数据会全部丢失。",
                "请设置 RXAPP_BACKUP_TO 和 RXAPP_BACKUP_KEY_FILE，运行 rxapp backup key，"
                "再启用备份定时任务。",
            )  # fmt: skip
        return
    yield from _apart(settings().backup_to)
    try:
        backup_key.load_key()
    except AppError as error:
        yield fault(
            "backup.key", f"备份密钥不能使用：{error.message}",
            "请从另外保存的地方放回密钥文件；第一次使用请运行 rxapp backup key。",
        )  # fmt: skip
    yield from _age()


def _apart(place: str) -> Iterator[Finding]:
    if "://" in place or not Path(place).resolve().is_relative_to(settings().data_dir.resolve()):
        return
    yield fault(
        "backup.same_place", "备份放在数据目录里，会和数据一起丢失。",
        "请把 RXAPP_BACKUP_TO 设到数据目录以外，最好是另一块磁盘或另一台机器。",
    )  # fmt: skip


def _age() -> Iterator[Finding]:
    try:
        with looking.looking() as connection:
            if connection is None or not inspect(connection).has_table("backup_run"):
                return
            known = backup_runs.known(Session(connection))
    except looking.Away:
        return  # told with the database
    if backups.is_too_old(known, now=clock.now()):
        yield fault(
            "backup.old", backups.alarm_words(known, now=clock.now()).partition("。")[0] + "。",
            "请运行 rxapp backup make 和 rxapp backup verify，并检查定时任务："
            "systemctl list-timers 'rxapp-*'。",
        )  # fmt: skip
    elif known.tested is None:
        yield warning(
            "backup.first", "刚安装，还没有一份经过恢复核验的备份。",
            "请运行 rxapp backup make 和 rxapp backup verify。",
        )  # fmt: skip
    else:
        yield fine("backup", "最近的备份经过恢复核验。")
