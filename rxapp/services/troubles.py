"""What is amiss now, each with a sentence that says what to do and whom to call.

A part of the house that can be amiss adds a function to `SOURCES`: it gets a session and the
moment, and gives one `Cause` for each thing that needs somebody. The page of operations shows
them, and `alerting` tells the city bureau's clerks and the operators.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

from sqlmodel import Session

from rxapp import clock
from rxapp.adapters import disk
from rxapp.rules import backups, jobs
from rxapp.rules.alerts import Cause
from rxapp.rules.city_values import CityValue
from rxapp.services import (
    backup_runs,
    city_values,
    job_log,
    outside,
    readiness,
    store_watch,
)
from rxapp.services.audit import SEALED_WITHIN
from rxapp.settings import settings

Source = Callable[[Session, datetime], Iterable[Cause]]

CALL = "请告知平台技术人员"
# Work of people is spoken of a week after it has gone up to the level above.
GRACE = timedelta(days=7)
OF_PEOPLE = {"claims": "学时申报", "applications": "注册和变更申请", "filings": "培训项目备案"}
WHERE = {"claims": "“审核进度”", "applications": "工作台", "filings": "“备案审核”"}
SENT_WITHIN = timedelta(minutes=30)
GIGABYTE, MEGABYTE = 1024**3, 1024**2


def list_troubles(session: Session) -> list[Cause]:
    """Everything that is amiss now."""
    now = clock.now()
    return [cause for source in SOURCES for cause in source(session, now)]


def of_jobs(session: Session, now: datetime) -> Iterator[Cause]:
    """Jobs that fail again and again, or that nobody seems to do."""
    runs = job_log.list_runs(session)
    for job in jobs.JOBS:
        run = runs.get(job.key)
        if run is None:
            continue
        if jobs.is_failing(run.failing_since, now=now):
            yield Cause(
                f"job:{job.key}",
                f"后台任务“{job.label}”自{moment(run.failing_since)}起连续失败，"
                f"原因是{jobs.fault_words(run.fault)}。{CALL}，并提供编号 {run.number}。",
            )
        elif run.failing_since is None and jobs.is_silent(job, run.ended_at, now=now):
            yield Cause(
                f"job:{job.key}",
                f"后台任务“{job.label}”自{moment(run.ended_at)}后没有运行。{CALL}。",
            )


def of_disk(_session: Session, _now: datetime) -> Iterator[Cause]:
    """A disk that has come to its reserve."""
    free = disk.free_bytes(settings().data_dir)
    reserve = disk.reserve()
    if free < reserve:
        yield Cause(
            "disk",
            f"服务器存储空间只剩{size(free)}，低于预留的{size(reserve)}，上传会被拒绝。"
            f"{CALL}，清理或扩充存储空间。",
        )


def of_queues(session: Session, now: datetime) -> Iterator[Cause]:
    """What waits far longer than it should."""
    days = city_values.get_value(session, CityValue.DESK_ESCALATE_DAYS)
    for key, since in outside.ages(session).items():
        waited = now - since if since else timedelta(0)
        if key in OF_PEOPLE and waited > timedelta(days=days) + GRACE:
            yield Cause(
                f"queue:{key}",
                f"{OF_PEOPLE[key]}中最早的一件已等待{waited.days}天，上报期限为{days}天。"
                f"请在{WHERE[key]}查看，督促有关单位办理。",
            )
        elif key == "messages" and waited > SENT_WITHIN and settings().messages != "none":
            yield Cause(
                "queue:messages",
                f"短信和邮件自{moment(since)}起没有发出。{CALL}，检查短信和邮件的发送。",
            )
        elif key == "unsealed" and waited > SEALED_WITHIN:
            yield Cause(
                "queue:unsealed", f"操作日志自{moment(since)}起没有封存。{CALL}。"
            )  # fmt: skip


# What is needed, where the rest of the house can still say so.
WORDS = {
    ("database", "other_schema"): "数据库的版本与程序不一致，平台可能正在升级或升级没有完成",
    ("redis", "away"): "缓存服务没有响应，页面可能无法操作",
    ("jobs", "stuck"): "有后台任务长时间没有结束",
}


def of_readiness(_session: Session, _now: datetime) -> Iterator[Cause]:
    """What this process needs and does not find."""
    for what, word in readiness.look().words.items():
        if (what, word) in WORDS:
            yield Cause(f"ready:{what}", f"{WORDS[what, word]}。{CALL}。")


def moment(at: datetime | None) -> str:
    """A moment as people in the city read it."""
    if at is None:
        return ""
    there = clock.local(at)
    return f"{there.month}月{there.day}日{there:%H:%M}"


def size(count: float) -> str:
    """So many bytes in words."""
    if count >= GIGABYTE:
        return f"{count / GIGABYTE:.1f}吉字节"
    return f"{count / MEGABYTE:.0f}兆字节"


def of_backups(session: Session, now: datetime) -> Iterator[Cause]:
    """Backups of which none that is young enough was restored on trial."""
    known = backup_runs.known(session)
    if backup_runs.is_watched() and backups.is_too_old(known, now=now):
        yield Cause("backups", backups.alarm_words(known, now=now))


def of_store(_session: Session, _now: datetime) -> Iterator[Cause]:
    """A store of kept files that does not answer, or refuses."""
    absence = store_watch.absence()
    if absence is not None:
        what = "拒绝访问" if absence.refused else "连接不上"
        yield Cause(
            "store:away",
            f"文件存储自{moment(absence.since)}起{what}，课程视频和证明材料不能打开和上传；"
            f"已收下的视频会在恢复后自动继续。{CALL}，运行 rxapp doctor 查看原因。",
        )


SOURCES: tuple[Source, ...] = (of_backups, of_readiness, of_disk, of_store, of_jobs, of_queues)
