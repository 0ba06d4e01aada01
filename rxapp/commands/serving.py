"""Preparing and serving: run, serve, build, migrate, demo, init."""

import os
import sys
from pathlib import Path

import click

from rxapp.commands.ground import (
    console,
    prepare,
    progress_bar,
    require_prepared,
    upgrade,
)

WITHOUT_BACKUP = click.option(
    "--without-backup", is_flag=True, help="数据库升级前不自动备份（已另行备份时使用）"
)


@click.command()
def run() -> None:
    """Prepare everything, with the demo city unless this is a real installation, and serve."""
    if "RXAPP_DEMO" not in os.environ and not _is_real():
        os.environ["RXAPP_DEMO"] = "1"
    from rxapp.settings import settings

    if settings().demo:
        _load_demo()
    _serve()


@click.command()
@WITHOUT_BACKUP
def serve(without_backup: bool) -> None:
    """Bring the database up to date, build the pages when needed, and serve."""
    _serve(without_backup=without_backup)


@click.command()
def build() -> None:
    """Build the pages when their sources changed."""
    from rxapp import server

    click.echo("页面已生成。" if server.build() else "页面已是最新。")


@click.command()
@WITHOUT_BACKUP
def migrate(without_backup: bool) -> None:
    """Bring the database up to date; what it was before is backed up first."""
    from rxapp.services import safety

    safety.require_known_schema()
    upgrade(without_backup=without_backup)
    click.echo("数据库已是最新。")


@click.command()
def demo() -> None:
    """Load the demo city into an empty database (only with RXAPP_DEMO=1)."""
    from rxapp.settings import settings

    if not settings().demo:
        raise click.ClickException("演示数据只能在演示环境中生成，请先设置 RXAPP_DEMO=1。")
    _load_demo()


@click.command()
@click.option("--number", prompt="管理员身份证号码")
@click.option("--name", prompt="管理员姓名")
@click.option("--mobile", prompt="管理员手机号码")
@click.password_option("--password", prompt="管理员密码", confirmation_prompt="再次输入密码")
def init(number: str, name: str, mobile: str, password: str) -> None:
    """Prepare a real installation: keys, the city bureau, its first clerk."""
    from rxapp.services import installing

    prepare(sample=False)
    installing.install(number=number, name=name, mobile=mobile, password=password)
    click.echo("安装完成。请妥善备份密钥目录，然后运行 rxapp serve。")


def _serve(*, without_backup: bool = False) -> None:
    from rxapp.gate import logs
    from rxapp.services import safety

    logs.configure()
    require_prepared()
    # Before anything is loaded that takes its time: who is refused is told at once.
    safety.require_safe(os.environ)
    from rxapp import server
    from rxapp.adapters import database
    from rxapp.adapters.database import transaction
    from rxapp.demo import load
    from rxapp.services import calendars
    from rxapp.services.actors import SYSTEM
    from rxapp.settings import settings

    upgrade(without_backup=without_backup)
    with transaction(write=True) as session:
        load.refuse_demo_in_production(session)
        # A new year's calendar comes with a new version of the product.
        calendars.ensure_shipped(session, SYSTEM)
    server.build()
    _tell(settings().address, as_json=settings().log_format == "json")
    database.forget_engine()
    server.serve()


def _tell(address: str, *, as_json: bool) -> None:
    if as_json:
        # Whoever collects the log reads every line as JSON.
        import structlog

        structlog.get_logger().info("serving", address=address)
    else:
        console.print(f"服务地址：{address}")
    sys.stdout.flush()


def _load_demo() -> None:
    from rxapp.demo import faulty_file, load
    from rxapp.services import collections

    prepare(sample=True)
    with progress_bar() as progress:
        tasks: dict[str, object] = {}

        def tell(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = progress.add_task(stage, total=total)
            progress.update(tasks[stage], completed=done, total=total)  # type: ignore[arg-type]

        load.load(tell)
    faulty_file.write(collections.sample_file())
    _print_accounts()


def _print_accounts() -> None:
    from rxapp.demo import load

    click.echo("演示账号（仅供试用）：")
    for account in load.demo_accounts():
        parts = (account.role, account.name, account.identity_number, account.password)
        click.echo("  " + "　".join(parts))
        click.echo(f"      {account.hint}")


def _is_real() -> bool:
    """Whether this data directory was prepared by `init`; the demo leaves a mark of its own."""
    from rxapp.services import installing

    return installing.is_real(Path(os.environ.get("RXAPP_DATA_DIR", "data")))


COMMANDS = (run, serve, build, migrate, demo, init)
