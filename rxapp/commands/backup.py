"""Backups: the key, making, trying, listing, letting go, and bringing one back."""

import sys
import time
from pathlib import Path

import click

from rxapp.commands.ground import console, require_prepared

MEGABYTE = 1024 * 1024


@click.group()
def backup() -> None:
    """Backups of everything: database, files, keys; encrypted."""


@backup.command("key")
def backup_key() -> None:
    """Make the key that opens the backups; keep copies of it away from this machine."""
    from rxapp.adapters import backup_key as keys

    path, id = keys.make_key()
    click.echo(f"备份密钥已生成：{path}（编号{id[:8]}）")
    click.echo("请立即把这个文件抄写或复制到别处妥善保存：没有它，任何备份都无法恢复。")


@backup.command("make")
def backup_make() -> None:
    """Make a backup; the service may go on meanwhile."""
    from rxapp.services import backup_making

    require_prepared()
    began = time.monotonic()
    with console.status("正在备份…"):
        made = backup_making.make()
    click.echo(f"{made.run.sentence}{made.name}，{_pace(made.size, began)}")


@backup.command("verify")
@click.argument("name", required=False)
@click.option("--scratch", type=click.Path(file_okay=False, path_type=Path), help="临时文件夹")
def backup_verify(name: str | None, scratch: Path | None) -> None:
    """Restore a backup on trial, the newest unless named, and prove everything in it."""
    from rxapp.services import backup_testing

    require_prepared()
    began = time.monotonic()
    with console.status("正在恢复核验…"):
        chosen, findings = backup_testing.verify(name, scratch=scratch)
    _tell(findings)
    if not all(finding.sound for finding in findings):
        raise click.ClickException(f"备份 {chosen} 没有通过恢复核验。")
    click.echo(f"备份 {chosen} 通过恢复核验，用时{time.monotonic() - began:.1f}秒。")


@backup.command("list")
def backup_list() -> None:
    """List the backups, the newest first."""
    from rxapp import clock
    from rxapp.services import backups

    require_prepared()
    words = {None: "未核验", True: "已核验", False: "核验不符"}
    rows = backups.list_backups()
    for row in rows:
        made = f"{clock.local(row.made_at):%Y-%m-%d %H:%M}"
        click.echo(f"{row.name}　{made}　{row.size / MEGABYTE:.1f}MB　{words[row.tested]}")
    if not rows:
        click.echo("备份位置中还没有备份。")


@backup.command("prune")
def backup_prune() -> None:
    """Remove old backups: 7 days, 4 weeks and 12 months are kept, and the newest verified one."""
    from rxapp.services import backups

    require_prepared()
    gone = backups.prune()
    for name in gone:
        click.echo(f"已删除：{name}")
    click.echo(f"共删除{len(gone)}份旧备份。" if gone else "没有需要删除的旧备份。")


@click.command()
@click.argument("name")
@click.option("--as-trial", is_flag=True, hidden=True)
def restore(name: str, as_trial: bool) -> None:
    """Bring a backup (a name from `backup list`, or a file) back into an empty data directory."""
    from rxapp.adapters import backup_places
    from rxapp.adapters.backup_key import load_key
    from rxapp.services import backup_restoring, backup_testing

    key = load_key()
    if Path(name).name == name:
        place = backup_places.place()
    else:
        place, name = backup_places.of_file(Path(name))
    began = time.monotonic()
    with console.status("正在恢复…"):
        brought = backup_restoring.restore(place, name, key, trial=as_trial)
    if as_trial:
        click.echo(backup_testing.told(brought))
        return
    _tell(brought.findings)
    click.echo(f"已恢复 {name}，用时{time.monotonic() - began:.1f}秒。")
    if not brought.sound:
        click.echo("有核对不符之处，请先查明原因，再决定是否启动服务。", err=True)
        sys.exit(1)
    click.echo("可以运行 rxapp serve 启动服务。")


def _tell(findings: list) -> None:  # type: ignore[type-arg]
    for finding in findings:
        word = "正常" if finding.sound else "异常"
        click.echo(f"{word}　{finding.sentence}", err=not finding.sound)


def _pace(size: int, began: float) -> str:
    seconds = max(time.monotonic() - began, 0.001)
    return f"{size / MEGABYTE:.1f}MB，用时{seconds:.1f}秒。"


COMMANDS = (backup, restore)
