"""Keeping the data in order: check, recount, retention."""

import sys

import click

from rxapp.commands.ground import console, require_prepared


@click.command()
def retention() -> None:
    """Remove what is past its time, as docs/retention.md says; the service does it every hour."""
    from rxapp.services import retention as keeping

    require_prepared()
    done = keeping.run_once()
    words = "，".join(f"{name} {count}" for name, count in done.items() if count)
    click.echo(f"已清理：{words}。" if words else "没有到期的内容。")


@click.command()
def check() -> None:
    """Prove the ledger, the totals, the statistics, the audit chain and the stored files."""
    from rxapp.services import checking

    require_prepared()
    with console.status("正在核对…"):
        findings = checking.check_all()
    for finding in findings:
        word = "正常" if finding.sound else "异常"
        click.echo(f"{word}　{finding.sentence}", err=not finding.sound)
    if not all(finding.sound for finding in findings):
        sys.exit(1)


@click.command()
def recount() -> None:
    """Make the statistics anew from the ledger; the service may go on meanwhile."""
    from rxapp.services import folding

    require_prepared()
    with console.status("正在重新统计…"):
        made = folding.recount()
    click.echo(f"统计已按学习档案重新生成，共{made}项合计。")


COMMANDS = (retention, check, recount)
