"""The operator's commands: `rxapp --help` lists them."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from rxapp.errors import AppError, NotFound

console = Console(highlight=False)
FAULTS_SHOWN = 50


class Commands(click.Group):
    """Shows a refusal as its sentence, not as a trace."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except AppError as error:
            for sentence in dict.fromkeys(getattr(error, "fields", {}).values()):
                click.echo(sentence, err=True)
            raise click.ClickException(error.message) from None


@click.group(cls=Commands)
def main() -> None:
    """专业技术人员继续教育管理服务平台"""


@main.command()
def run() -> None:
    """Prepare everything, with the demo city unless this is a real installation, and serve."""
    if "RXAPP_DEMO" not in os.environ and not _is_real():
        os.environ["RXAPP_DEMO"] = "1"
    from rxapp.settings import settings

    if settings().demo:
        _load_demo()
    _serve()


@main.command()
def serve() -> None:
    """Bring the database up to date, build the pages when needed, and serve."""
    _serve()


@main.command()
def build() -> None:
    """Build the pages when their sources changed."""
    from rxapp import server

    click.echo("页面已生成。" if server.build() else "页面已是最新。")


@main.command()
def migrate() -> None:
    """Bring the database up to date."""
    from rxapp.adapters import database

    database.migrate()
    click.echo("数据库已是最新。")


@main.command()
def demo() -> None:
    """Load the demo city into an empty database (only with RXAPP_DEMO=1)."""
    from rxapp.settings import settings

    if not settings().demo:
        raise click.ClickException("演示数据只能在演示环境中生成，请先设置 RXAPP_DEMO=1。")
    _load_demo()


@main.command()
@click.option("--number", prompt="管理员身份证号码")
@click.option("--name", prompt="管理员姓名")
@click.option("--mobile", prompt="管理员手机号码")
@click.password_option("--password", prompt="管理员密码", confirmation_prompt="再次输入密码")
def init(number: str, name: str, mobile: str, password: str) -> None:
    """Prepare a real installation: keys, the city bureau, its first clerk."""
    from rxapp.services import installing

    _prepare(sample=False)
    installing.install(number=number, name=name, mobile=mobile, password=password)
    click.echo("安装完成。请妥善备份密钥目录，然后运行 rxapp serve。")


@main.group()
def course() -> None:
    """Courses."""


@course.command("import")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def course_import(path: Path) -> None:
    """Bring one course package (zip: manifest, mp4, questions) in."""
    from rxapp.adapters import packages
    from rxapp.adapters.database import transaction
    from rxapp.services import courses
    from rxapp.services.actors import SYSTEM

    _require_prepared()
    with console.status("正在检查课程包…"):
        package = packages.read_package(path)
    with transaction(write=True) as session:
        done = courses.add_course(session, SYSTEM, package)
    became = "已导入" if done.created else "已存在，没有改动"
    click.echo(f"课程“{done.title}”{became}。")


@main.group("import")
def bring() -> None:
    """Bring people or organisations in from a file (.xlsx or .csv)."""


def _file_argument(function: Callable[..., None]) -> Callable[..., None]:
    path = click.Path(exists=True, dir_okay=False, path_type=Path)
    return click.argument("path", type=path)(function)


@bring.command("people")
@_file_argument
def import_people(path: Path) -> None:
    """Bring collected people in; wrong rows go into a workbook beside the file."""
    _bring(path, "people")


@bring.command("organisations")
@_file_argument
def import_organisations(path: Path) -> None:
    """Bring organisations in, with their clerks; wrong rows go into a workbook beside the file."""
    _bring(path, "organisations")


@main.group()
def people() -> None:
    """People."""


@people.command("import")
@_file_argument
def people_import(path: Path) -> None:
    """The same as `rxapp import people`."""
    _bring(path, "people")


@main.group()
def organisation() -> None:
    """Organisations."""


@organisation.command("add")
@click.argument("name")
@click.option("--capacity", "capacities", multiple=True, required=True)
@click.option("--parent", required=True, help="上级单位名称")
@click.option("--code", default="", help="统一社会信用代码")
def organisation_add(name: str, capacities: tuple[str, ...], parent: str, code: str) -> None:
    """Put an organisation into the tree below its superior."""
    from rxapp.adapters.database import transaction
    from rxapp.rules.permissions import Capacity
    from rxapp.services import organisations
    from rxapp.services.actors import SYSTEM

    _require_prepared()
    unknown = [word for word in capacities if word not in set(Capacity)]
    if unknown:
        raise click.ClickException(f"机构类别应为：{'、'.join(Capacity)}。")
    with transaction(write=True) as session:
        above = organisations.find_by_name(session, parent)
        if above is None:
            raise click.ClickException(f"没有找到唯一的上级单位“{parent}”。")
        organisations.add_organisation(
            session, SYSTEM, name=name, parent_id=above, credit_code=code or None,
            capacities=frozenset(Capacity(word) for word in capacities),
        )  # fmt: skip
    click.echo(f"已登记“{name}”。")


@main.command()
@click.argument("number")
@click.option(
    "--purpose", type=click.Choice(["activation", "staff", "reset"]), default="activation"
)
def code(number: str, purpose: str) -> None:
    """A one-time code for the person with an identity number, valid for a day, used once."""
    from rxapp import clock
    from rxapp.adapters.database import transaction
    from rxapp.rules import identity
    from rxapp.services import codes
    from rxapp.services.actors import SYSTEM

    _require_prepared()
    parsed = identity.parse_identity(number, today=clock.today())
    with transaction(write=True) as session:
        made = codes.issue_as_operator(session, SYSTEM, identity_number=parsed, purpose=purpose)
    click.echo(f"一次性代码：{made}（24小时内使用一次有效）")


@main.command()
@click.argument("number")
@click.argument("organisation")
def clerk(number: str, organisation: str) -> None:
    """Name a collected person clerk of an organisation; prints the code that begins the rights."""
    from rxapp import clock
    from rxapp.adapters.database import transaction
    from rxapp.rules import identity
    from rxapp.services import codes, organisations, people
    from rxapp.services.actors import SYSTEM

    _require_prepared()
    parsed = identity.parse_identity(number, today=clock.today())
    with transaction(write=True) as session:
        person_id = people.find_by_number(session, parsed).id or 0
        served = organisations.find_by_name(session, organisation)
        if served is None:
            raise click.ClickException(f"没有找到唯一的单位“{organisation}”。")
        people.add_clerk(session, SYSTEM, person_id=person_id, organisation_id=served, begun=False)
        made = codes.issue_as_operator(session, SYSTEM, identity_number=parsed, purpose="staff")
    click.echo(f"已指定为管理员。管理权限启用码：{made}（本人登录后在“我的”中填写，24小时内有效）")


@main.command("forget-factor")
@click.argument("number")
def forget_factor(number: str) -> None:
    """Take away the second factor of who lost phone and recovery codes; signs out everywhere."""
    from rxapp import clock
    from rxapp.adapters.database import transaction
    from rxapp.rules import identity
    from rxapp.services import people, second_factors
    from rxapp.services.actors import SYSTEM

    _require_prepared()
    parsed = identity.parse_identity(number, today=clock.today())
    with transaction(write=True) as session:
        person_id = people.find_by_number(session, parsed).id or 0
        second_factors.forget(session, SYSTEM, person_id=person_id)
    click.echo("已取消该人员的动态验证码，其所有登录已退出；登录后可重新设置。")


@main.command()
def retention() -> None:
    """Remove what is past its time, as docs/retention.md says; the service does it every hour."""
    from rxapp.services import retention as keeping

    _require_prepared()
    done = keeping.run_once()
    words = "，".join(f"{name} {count}" for name, count in done.items() if count)
    click.echo(f"已清理：{words}。" if words else "没有到期的内容。")


@main.command()
def check() -> None:
    """Prove the ledger, the totals, the statistics, the audit chain and the stored files."""
    from rxapp.services import checking

    _require_prepared()
    with console.status("正在核对…"):
        findings = checking.check_all()
    for finding in findings:
        word = "正常" if finding.sound else "异常"
        click.echo(f"{word}　{finding.sentence}", err=not finding.sound)
    if not all(finding.sound for finding in findings):
        sys.exit(1)


@main.command()
def recount() -> None:
    """Make the statistics anew from the ledger; the service may go on meanwhile."""
    from rxapp.services import folding

    _require_prepared()
    with console.status("正在重新统计…"):
        made = folding.recount()
    click.echo(f"统计已按学习档案重新生成，共{made}项合计。")


def _bring(path: Path, word: str) -> None:
    from rxapp.rules.collected import Kind
    from rxapp.services import collecting_files

    _require_prepared()
    kind = Kind(word)
    with _progress() as progress:
        task = progress.add_task(f"正在导入{kind.label}", total=None)
        done = collecting_files.bring_in(
            path, kind, lambda behind, total: progress.update(task, completed=behind, total=total)
        )
    unit = "人" if kind is Kind.PEOPLE else "个"
    for fault in done.faults[:FAULTS_SHOWN]:
        click.echo(f"第{fault.line}行：{fault.reason}", err=True)
    click.echo(
        f"新增{done.added}{unit}，变更{done.changed}{unit}，已存在{done.unchanged}{unit}，"
        f"有误{done.wrong}行。"
    )
    if done.beside:
        click.echo(f"有误的行和原因已写入：{done.beside}", err=True)
        sys.exit(1)


def _serve() -> None:
    from rxapp import server
    from rxapp.adapters import database
    from rxapp.adapters.database import transaction
    from rxapp.demo import load
    from rxapp.services import calendars
    from rxapp.services.actors import SYSTEM
    from rxapp.settings import settings

    _require_prepared()
    database.migrate()
    with transaction(write=True) as session:
        load.refuse_demo_in_production(session)
        # A new year's calendar comes with a new version of the product.
        calendars.ensure_shipped(session, SYSTEM)
    server.build()
    console.print(f"服务地址：{settings().address}")
    sys.stdout.flush()
    database.forget_engine()
    server.serve()


def _load_demo() -> None:
    from rxapp.demo import faulty_file, load
    from rxapp.services import collections

    _prepare(sample=True)
    with _progress() as progress:
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


def _prepare(*, sample: bool) -> None:
    from rxapp import clock
    from rxapp.adapters import database, encryption, signing_keys
    from rxapp.settings import settings

    encryption.ensure(settings().keys_dir)
    try:
        signing_keys.load_keys(settings().keys_dir)
    except NotFound:
        signing_keys.generate_keys(
            settings().keys_dir, common_name=settings().bureau_name, sample=sample, now=clock.now()
        )
    database.migrate()


def _require_prepared() -> None:
    from rxapp.settings import settings

    if not (settings().keys_dir / "data.json").exists():
        raise click.ClickException("尚未安装：请先运行 rxapp init（试用请运行 make run）。")


def _is_real() -> bool:
    """Whether this data directory was prepared by `init`; the demo leaves a mark of its own."""
    from rxapp.services import installing

    return installing.is_real(Path(os.environ.get("RXAPP_DATA_DIR", "data")))


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), console=console
    )


if __name__ == "__main__":
    main()
