"""What every command stands on: the console, the prepared installation."""

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from rxapp.errors import NotFound

console = Console(highlight=False)


def prepare(*, sample: bool) -> None:
    """Make the keys where there are none and bring the database up to date."""
    from rxapp import clock
    from rxapp.adapters import database, encryption, signing_keys
    from rxapp.settings import settings

    require_usable()
    encryption.ensure(settings().keys_dir)
    try:
        signing_keys.load_keys(settings().keys_dir)
    except NotFound:
        signing_keys.generate_keys(
            settings().keys_dir, common_name=settings().bureau_name, sample=sample, now=clock.now()
        )
    database.migrate()


def require_prepared() -> None:
    """Stop with a sentence where nothing was installed yet."""
    from rxapp.settings import settings

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
