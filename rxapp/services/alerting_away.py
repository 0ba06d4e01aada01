"""Telling the operators that the database is away, which nothing in the database can do.

A mark beside the data says that it was told today, so that of several workers one tells it.
"""

from datetime import date
from pathlib import Path

import structlog

from rxapp import clock
from rxapp.adapters.outgoing import outlet
from rxapp.settings import settings

AWAY = (
    "数据库没有响应，平台暂时不能使用。请平台技术人员检查数据库服务；"
    "恢复后平台自动继续，不需要重新启动。"
)
BACK = "数据库已恢复响应，平台已自动继续。"

log = structlog.get_logger()


def tell() -> bool:
    """Tell that it is away, once a day; returns whether it was told now."""
    if not settings().alert_addresses:
        return False
    try:
        _mark(_today()).touch(exist_ok=False)
    except OSError:  # told already, or the disk takes nothing more, which is told apart
        return False
    _send(AWAY)
    return True


def tell_it_is_over() -> bool:
    """Tell that it is back where it had been told that it is away."""
    told = False
    for mark in settings().data_dir.glob("database-away-*"):
        if mark.suffix == ".over":
            if mark.name != _over(_mark(_today())).name:
                mark.unlink(missing_ok=True)
            continue
        try:
            # Whoever moves it tells it.
            mark.rename(_over(mark))
        except FileNotFoundError:
            continue
        told = True
    if told:
        _send(BACK)
    return told


def _send(text: str) -> None:
    out = outlet()
    for address in settings().alert_addresses if out else []:
        try:
            out.deliver("email", address, f"【继续教育平台】{text}")  # type: ignore[union-attr]
        except Exception as fault:
            log.warning("alert not delivered", fault=type(fault).__name__)


def _today() -> date:
    return clock.local(clock.now()).date()


def _mark(day: date) -> Path:
    """Nobody tells twice on a day on which it was away, came back and went away again."""
    mark = settings().data_dir / f"database-away-{day}"
    return _over(mark) if _over(mark).exists() else mark


def _over(mark: Path) -> Path:
    return mark if mark.suffix == ".over" else mark.with_name(f"{mark.name}.over")
