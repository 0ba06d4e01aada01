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
    from rxapp.services import safety, upgrading
    from rxapp.settings import settings

    safety.require_own_keys()
    # Not for everybody's eyes, whatever the machine's habit is.
    settings().data_dir.mkdir(mode=0o750, parents=True, exist_ok=True)
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


def require_prepared() -> None:
    """Stop with a sentence where nothing was installed yet, or what lies here is not to be used."""
    from rxapp.services import ground, safety
    from rxapp.settings import settings

    safety.require_place()
    if not ground.data_keys_file().exists():
        safety.require_own_keys()
        folder = settings().data_dir.absolute()
        raise click.ClickException(
            f"{folder} 中尚未安装：请先运行 rxapp init（试用请运行 make run）；"
            "如已在别处安装，请用 RXAPP_DATA_DIR 指明数据目录。"
        )


def progress_bar() -> Progress:
    """A bar for work that takes a while."""
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), console=console
    )
