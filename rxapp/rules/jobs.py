"""What runs beside the requests, and how long each may go without having been well."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Job:
    """One kind of work in the background: its key, its name, the pause after each round."""

    key: str
    label: str
    every: float
    # A round that takes longer is taken for stuck.
    longest: timedelta


SEALING = Job("sealing", "操作日志封存", 0.7, timedelta(minutes=10))
SENDING = Job("sending", "短信和邮件发送", 3, timedelta(minutes=30))
FOLDING = Job("folding", "统计汇总", 1, timedelta(hours=2))
COLLECTING = Job("collecting", "批量导入", 1, timedelta(hours=12))
POSTING = Job("posting", "培训名册入账", 1, timedelta(hours=12))
FILMS = Job("films", "课程视频检查", 1, timedelta(hours=12))
HOUSEKEEPING = Job("housekeeping", "日常清理", 3600, timedelta(hours=2))
WATCHING_OVER = Job("alerts", "运行情况检查", 60, timedelta(minutes=10))
JOBS = (SEALING, SENDING, FOLDING, COLLECTING, POSTING, FILMS, HOUSEKEEPING, WATCHING_OVER)
BY_KEY = {job.key: job for job in JOBS}

# What went wrong, by the kind of fault, for those who do not read code.
FAULTS = {
    "OperationalError": "数据库没有响应",
    "TimeoutError": "等待超时",
    "ConnectionError": "网络连接中断",
    "OSError": "读写文件失败",
    "PermissionError": "没有读写文件的权限",
    "FileNotFoundError": "缺少文件",
    "MemoryError": "内存不足",
}
OTHER_FAULT = "程序出错"

# Below this a job that fails is left to its next rounds.
FAILING_FOR = timedelta(minutes=5)
# What is written down of a job that is well may be as old as this.
WRITTEN_EVERY = timedelta(seconds=30)


def is_silent(job: Job, ended_at: datetime | None, *, now: datetime) -> bool:
    """Whether no worker finished a round of a job for so long that none seems to be at it."""
    return ended_at is not None and now - ended_at > job.longest + timedelta(seconds=2 * job.every)


def is_failing(failing_since: datetime | None, *, now: datetime) -> bool:
    """Whether a job has failed again and again for longer than can be left to itself."""
    return failing_since is not None and now - failing_since > FAILING_FOR


def fault_words(fault: str) -> str:
    """What went wrong in plain words, from the kinds of fault as they were written down."""
    return next((FAULTS[kind] for kind in fault.split() if kind in FAULTS), OTHER_FAULT)
