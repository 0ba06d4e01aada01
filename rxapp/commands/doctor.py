"""Looking at the installation: doctor."""

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

import click
from pydantic import ValidationError

from rxapp.commands.ground import console
from rxapp.rules.findings import Finding, Level, fault, worst

COLOURS = {Level.FAULT: "red", Level.WARNING: "yellow", Level.FINE: "green"}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="供监控程序读取")
@click.option("--env-file", type=click.Path(path_type=Path), help="先读入服务的环境文件")
def doctor(as_json: bool, env_file: Path | None) -> None:
    """Look at settings, keys, rights, disk, database and certificate; says how to mend each."""
    if env_file is not None:
        _read_in(env_file)
    findings = _examine(env_file)
    if as_json:
        said = {"level": worst(findings).value, "findings": [asdict(each) for each in findings]}
        click.echo(json.dumps(said, ensure_ascii=False, indent=2))
    else:
        _print(findings)
    if worst(findings) is Level.FAULT:
        sys.exit(1)


def _examine(env_file: Path | None) -> list[Finding]:
    from rxapp import settings

    try:
        settings.settings()
    except ValidationError as error:
        mend = "请按 docs/settings.md 更正环境文件，再运行一次 rxapp doctor 检查其余各项。"
        return [fault("settings.wrong", said, mend) for said in settings.faults(error)]
    from rxapp.demo import load
    from rxapp.services.doctor import Asked, examine

    number = next(each.identity_number for each in load.demo_accounts() if each.key == "city")
    return examine(Asked(dict(os.environ), number, _is_built(), env_file))


def _is_built() -> bool:
    from rxapp import server

    return server.is_built()


def _read_in(path: Path) -> None:
    """The lines `NAME=value` of a file as systemd reads it; what is already set stays."""
    from rxapp import settings

    if not path.is_file():
        return
    for line in path.read_text(encoding="utf-8").splitlines():
        name, sign, value = line.strip().partition("=")
        if sign and not name.startswith("#"):
            os.environ.setdefault(name.strip(), value.strip().strip("\"'"))
    settings.settings.cache_clear()


def _print(findings: list[Finding]) -> None:
    for each in sorted(findings, key=lambda each: list(Level).index(each.level)):
        console.print(f"[{COLOURS[each.level]}]{each.level.label}[/]　", end="")
        console.print(each.sentence, markup=False, soft_wrap=True)
        if each.mend:
            console.print(f"　　　→ {each.mend}", markup=False, soft_wrap=True)
    faults = sum(each.level is Level.FAULT for each in findings)
    warnings = sum(each.level is Level.WARNING for each in findings)
    console.print(f"共{faults}项故障，{warnings}项提醒。", soft_wrap=True)


COMMANDS = (doctor,)
