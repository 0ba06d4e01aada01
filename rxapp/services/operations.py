"""运行情况: how the service is, so that one look tells whether all is well and whom to call."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlmodel import Session

from rxapp import clock
from rxapp.adapters import disk, schema
from rxapp.models.backups import BackupRun
from rxapp.models.operations import JobRun
from rxapp.rules import jobs
from rxapp.rules.backups import OLDEST, Kind
from rxapp.rules.jobs import Job
from rxapp.rules.permissions import Permission
from rxapp.services import (
    backup_runs,
    job_log,
    outside,
    readiness,
    store_watch,
    troubles,
    use_case_times,
)
from rxapp.services.actors import Actor
from rxapp.services.troubles import moment, size
from rxapp.services.use_case_times import SlowRow
from rxapp.settings import settings

QUEUES = {
    "claims": "学时申报（等待审核）", "applications": "注册和变更申请（等待审核）",
    "filings": "培训项目备案（等待审核）", "messages": "短信和邮件（等待发出）",
    "unsealed": "操作日志（等待封存）", "unfolded": "统计（等待汇总）",
}  # fmt: skip
UNITS = {"unsealed": "条", "unfolded": "人"}
READY = {
    "ok": ("正常", "good"), "unused": ("未使用", "plain"), "away": ("没有响应", "bad"),
    "other_schema": ("版本与程序不一致", "bad"), "full": ("已到预留", "bad"),
    "stuck": ("有任务没有结束", "bad"),
}  # fmt: skip
NAMES = {"database": "数据库", "redis": "缓存服务", "disk": "存储空间", "jobs": "后台任务"}


@dataclass(frozen=True)
class StateRow:
    """Something the service needs or does: how it stands in one word, and what is to be said."""

    key: str
    label: str
    state: str
    tone: str
    detail: str = ""


@dataclass(frozen=True)
class OperationsView:
    """Everything of one look; `troubles` is empty where all is well."""

    at: str
    troubles: list[str]
    health: list[StateRow]
    backups: list[StateRow]
    jobs: list[StateRow]
    queues: list[StateRow]
    slow: list[SlowRow]
    versions: list[tuple[str, str]]


def get_operations(session: Session, actor: Actor) -> OperationsView:
    """How the service is now, over all of its workers."""
    actor.require(Permission.OPERATIONS)
    now = clock.now()
    runs = job_log.list_runs(session)
    return OperationsView(
        at=f"{clock.local(now):%H:%M:%S}",
        troubles=[each.sentence for each in troubles.list_troubles(session)],
        health=_health(runs, now),
        backups=_backups(session, now),
        jobs=[_job(job, runs.get(job.key), now) for job in jobs.JOBS],
        queues=[_queue(each, now) for each in outside.queues(session)],
        slow=use_case_times.list_slow(session),
        versions=_versions(session),
    )


def _health(runs: dict[str, JobRun], now: datetime) -> list[StateRow]:
    words = readiness.look().words
    failing = sum(jobs.is_failing(run.failing_since, now=now) for run in runs.values())
    details = {
        "disk": f"剩余{size(disk.free_bytes(settings().data_dir))}，预留{size(disk.reserve())}",
        "jobs": f"{failing}项连续失败" if failing else f"共{len(jobs.JOBS)}项",
    }
    rows = [
        StateRow(key, NAMES[key], *READY[word], details.get(key, "")) for key, word in words.items()
    ]
    if store_watch.is_used():
        away = store_watch.absence()
        word = ("拒绝访问" if away.refused else "没有响应", "bad") if away else ("正常", "good")
        rows.append(StateRow("store", "文件存储", *word))
    return [
        StateRow("jobs", row.label, "有失败", "bad", row.detail)
        if row.key == "jobs" and failing and row.tone == "good"
        else row
        for row in rows
    ]


def _backups(session: Session, now: datetime) -> list[StateRow]:
    newest = [
        (label, backup_runs.newest(session, kind))
        for label, kind in (("最近一次备份", Kind.MADE), ("最近一次恢复核验", Kind.TESTED))
    ]
    return [_backup(label, run, now) for label, run in newest]


def _backup(label: str, run: BackupRun | None, now: datetime) -> StateRow:
    if run is None:
        return StateRow(label, label, "没有记录", "warn" if backup_runs.is_watched() else "plain")
    when = f"{moment(run.ended_at)}，{_age(now - run.ended_at)}前"
    if not run.sound:
        return StateRow(label, label, "失败", "bad", f"{when}。{run.sentence}")
    old = backup_runs.is_watched() and now - run.ended_at > OLDEST
    return StateRow(
        label, label, "时间过久" if old else "正常", "bad" if old else "good",
        f"{when}，大小{size(run.size)}" if run.size else when,
    )  # fmt: skip


def _job(job: Job, run: JobRun | None, now: datetime) -> StateRow:
    if run is None:
        return StateRow(job.key, job.label, "尚未运行", "plain", "启动后还没有运行过。")
    last = f"最近运行{moment(run.ended_at)}，用时{_took(run.took_ms)}"
    if run.failing_since is not None:
        why = f"原因是{jobs.fault_words(run.fault)}，编号 {run.number}"
        tone = "bad" if jobs.is_failing(run.failing_since, now=now) else "warn"
        detail = f"{last}。自{moment(run.failing_since)}起连续失败{run.failures}次，{why}。"
        return StateRow(job.key, job.label, "失败", tone, detail)
    if jobs.is_silent(job, run.ended_at, now=now):
        return StateRow(job.key, job.label, "没有运行", "bad", f"{last}。")
    before = (
        f"。曾失败，原因是{jobs.fault_words(run.fault)}，编号 {run.number}" if run.number else ""
    )
    return StateRow(job.key, job.label, "正常", "good", f"{last}{before}。")


def _queue(queue: outside.Queue, now: datetime) -> StateRow:
    label = QUEUES[queue.key]
    how_many = f"{queue.waiting}{UNITS.get(queue.key, '项')}" if queue.waiting >= 0 else ""
    if queue.since is None and queue.waiting <= 0:
        return StateRow(queue.key, label, "没有等待", "plain")
    detail = (
        f"最早的自{moment(queue.since)}起，已等待{_age(now - queue.since)}" if queue.since else ""
    )
    return StateRow(queue.key, label, how_many or "有等待", "plain", detail)


def _versions(session: Session) -> list[tuple[str, str]]:
    own = session.get_bind().dialect.name == "sqlite"
    asked = "SELECT sqlite_version()" if own else "SHOW server_version"
    number = f"{session.execute(text(asked)).scalar()}".split()[0]
    return [
        ("数据库", f"{'内置数据库' if own else '独立数据库'} {number}"),
        ("数据结构", schema.head()),
        ("工作进程", f"{settings().workers}个"),
    ]


def _took(milliseconds: int) -> str:
    if milliseconds < 1000:
        return f"{milliseconds}毫秒"
    seconds = milliseconds // 1000
    return f"{seconds}秒" if seconds < 120 else f"{seconds // 60}分钟"


def _age(waited: timedelta) -> str:
    seconds = int(waited.total_seconds())
    for length, unit in ((86400, "天"), (3600, "小时"), (60, "分钟")):
        if seconds >= length:
            return f"{seconds // length}{unit}"
    return f"{max(seconds, 0)}秒"
