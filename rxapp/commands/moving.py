"""Moving an installation's data to where it can grow."""

import sys

import click

from rxapp.commands.ground import console, progress_bar, require_prepared

FAULTS_SHOWN = 50


@click.command("move-database")
@click.option("--from", "source", default="", help="原数据库地址；默认是数据目录中的 rxapp.db")
@click.option("--to", "target", default="", help="新数据库地址；默认是 RXAPP_DATABASE_URL")
@click.option("--again", is_flag=True, help="清空上次没有迁完的目标数据库，重新迁移")
@click.option("--undo", is_flag=True, help="取消当前数据库的已迁出标记，重新使用它")
def move_database(source: str, target: str, again: bool, undo: bool) -> None:
    """Move all data into another, empty database, proved row by row; stop the service first."""
    from rxapp.services import moving
    from rxapp.settings import settings

    if undo:
        click.echo("已取消标记，可以重新使用。" if moving.undo() else "当前数据库没有已迁出标记。")
        return
    if not target and not settings().database_url:
        raise click.ClickException("请先把 RXAPP_DATABASE_URL 设为新数据库的地址，或用 --to 写明。")
    try:
        with console.status("正在迁移…") as status:
            done = moving.move(
                source=source or settings().embedded_database,
                target=target or settings().database,
                again=again,
                tell=lambda step, rows: status.update(f"{step}{f'（{rows}行）' if rows else ''}"),
            )
    except moving.Unmovable as error:
        for fault in error.faults:
            click.echo(fault, err=True)
        raise
    click.echo(f"已迁移{done.tables}张表、{done.rows}行，逐行核对一致，各项核对通过。")
    click.echo("原数据库已标为已迁出，不会再被启动；确认新数据库运行正常后再另行处理它。")
    sys.stdout.flush()


@click.command("move-files")
def move_files() -> None:
    """Bring all kept files from the data directory to the store of RXAPP_FILES_TO, each proved."""
    from rxapp.services import moving_files

    require_prepared()
    with progress_bar() as progress:
        task = progress.add_task("正在迁移文件", total=None)
        done = moving_files.move(
            lambda behind, total: progress.update(task, completed=behind, total=total)
        )
    click.echo(f"已迁移{done.moved}个文件，存储中的内容逐个核对一致，数据目录中的已删除。")
    for name in done.unsound[:FAULTS_SHOWN]:
        click.echo(f"文件内容与登记不符，没有迁移：{name}", err=True)
    if done.unsound:
        sys.exit(1)


COMMANDS = (move_database, move_files)
