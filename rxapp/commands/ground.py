"""What every command stands on: the console, the prepared installation."""

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from rxapp.errors import NotFound

console = Console(highlight=False)


def prepare(*, sample: bool) -> None:
    """Make the keys where there are none and bring the database up to date."""
    from rxapp import clock
    from rxapp.adapters import encryption, signing_keys
    from rxapp.services import upgrading
    from rxapp.settings import settings

    require_whole()
    require_usable()
    encryption.ensure(settings().keys_dir)
    try:
        signing_keys.load_keys(settings().keys_dir)
    except NotFound:
        signing_keys.generate_keys(
            settings().keys_dir, common_name=settings().bureau_name, sample=sample, now=clock.now()
        )
    upgrading.upgrade()


def upgrade(*, without_backup: bool) -> None:
    """Bring the database up to date, with a backup of what it was before."""
    from rxapp.services import upgrading

    if made := upgrading.upgrade(without_backup=without_backup):
        click.echo(f"升级前已备份：{made}")


def require_whole() -> None:
    """Stop with a sentence where a restore began and did not end."""
    from rxapp.adapters import data_files
    from rxapp.settings import settings

    if data_files.is_half_restored(settings().data_dir):
        raise click.ClickException(
            "上次恢复没有完成，数据不完整，不能使用。"
            "请清空数据目录（和数据库），再运行 rxapp restore。"
        )


def require_prepared() -> None:
    """Stop with a sentence where nothing was installed yet, or only half brought back."""
    from rxapp.settings import settings

    require_whole()
    if not (settings().keys_dir / "data.json").exists():
        raise click.ClickException("尚未安装：请先运行 rxapp init（试用请运行 make run）。")
    require_usable()


def require_usable() -> None:
    """Stop with a sentence where the database was moved away, or not wholly moved in."""
    from rxapp.adapters import database
    from rxapp.services import database_marks

    database_marks.require_usable(database.engine())


def progress_bar() -> Progress:
    """A bar for work that takes a while."""
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), console=console
    )
