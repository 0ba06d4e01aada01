"""Who and what is in the registers: people, organisations, courses, codes, clerks."""

import sys
from collections.abc import Callable
from pathlib import Path

import click

from rxapp.commands.ground import console, progress_bar, require_prepared

FAULTS_SHOWN = 50


@click.group()
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

    require_prepared()
    with console.status("正在检查课程包…"):
        package = packages.read_package(path)
    with transaction(write=True) as session:
        done = courses.add_course(session, SYSTEM, package)
    became = "已导入" if done.created else "已存在，没有改动"
    click.echo(f"课程“{done.title}”{became}。")


@click.group("import")
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


@click.group()
def people() -> None:
    """People."""


@people.command("import")
@_file_argument
def people_import(path: Path) -> None:
    """The same as `rxapp import people`."""
    _bring(path, "people")


@click.group()
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

    require_prepared()
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


@click.command()
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

    require_prepared()
    parsed = identity.parse_identity(number, today=clock.today())
    with transaction(write=True) as session:
        made = codes.issue_as_operator(session, SYSTEM, identity_number=parsed, purpose=purpose)
    click.echo(f"一次性代码：{made}（24小时内使用一次有效）")


@click.command()
@click.argument("number")
@click.argument("organisation")
def clerk(number: str, organisation: str) -> None:
    """Name a collected person clerk of an organisation; prints the code that begins the rights."""
    from rxapp import clock
    from rxapp.adapters.database import transaction
    from rxapp.rules import identity
    from rxapp.services import codes, organisations, people
    from rxapp.services.actors import SYSTEM

    require_prepared()
    parsed = identity.parse_identity(number, today=clock.today())
    with transaction(write=True) as session:
        person_id = people.find_by_number(session, parsed).id or 0
        served = organisations.find_by_name(session, organisation)
        if served is None:
            raise click.ClickException(f"没有找到唯一的单位“{organisation}”。")
        people.add_clerk(session, SYSTEM, person_id=person_id, organisation_id=served, begun=False)
        made = codes.issue_as_operator(session, SYSTEM, identity_number=parsed, purpose="staff")
    click.echo(f"已指定为管理员。管理权限启用码：{made}（本人登录后在“我的”中填写，24小时内有效）")


@click.command("forget-factor")
@click.argument("number")
def forget_factor(number: str) -> None:
    """Take away the second factor of who lost phone and recovery codes; signs out everywhere."""
    from rxapp import clock
    from rxapp.adapters.database import transaction
    from rxapp.rules import identity
    from rxapp.services import people, second_factors
    from rxapp.services.actors import SYSTEM

    require_prepared()
    parsed = identity.parse_identity(number, today=clock.today())
    with transaction(write=True) as session:
        person_id = people.find_by_number(session, parsed).id or 0
        second_factors.forget(session, SYSTEM, person_id=person_id)
    click.echo("已取消该人员的动态验证码，其所有登录已退出；登录后可重新设置。")


def _bring(path: Path, word: str) -> None:
    from rxapp.rules.collected import Kind
    from rxapp.services import collecting_files

    require_prepared()
    kind = Kind(word)
    with progress_bar() as progress:
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


COMMANDS = (course, bring, people, organisation, code, clerk, forget_factor)
