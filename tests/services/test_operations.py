"""How the service stands: its jobs, its queues, how long it took, and who is told what is amiss."""

import json
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine, delete
from sqlalchemy.exc import OperationalError
from sqlmodel import select

from rxapp import clock as house_clock
from rxapp.adapters import disk, object_store
from rxapp.adapters.database import transaction
from rxapp.adapters.encryption import data_keys
from rxapp.adapters.outages import Away
from rxapp.errors import NotPermitted, NotSignedIn
from rxapp.models.messages import Message, Outgoing
from rxapp.models.operations import Alert, JobRun, UseCaseTime
from rxapp.models.statistics import FigureMark
from rxapp.rules import jobs
from rxapp.rules.alerts import Cause
from rxapp.rules.backups import Kind
from rxapp.services import (
    alerting,
    alerting_away,
    audit,
    backup_runs,
    job_log,
    operations,
    outside,
    readiness,
    troubles,
    use_case_times,
)
from rxapp.services.actors import ANONYMOUS
from rxapp.services.backup_runs import Run
from rxapp.services.job_log import Round
from rxapp.settings import settings
from tests.factories import Clock, make_policies
from tests.relay import Relay
from tests.servers import Bucket
from tests.services.counties import Counties

pytestmark = pytest.mark.usefixtures("installation")

FULL = Cause("disk", "服务器存储空间只剩1兆字节。")


@pytest.fixture
def place(engine: Engine, clock: Clock, installation: object) -> Counties:
    with transaction(write=True, on=engine) as session:
        make_policies(session)
    made = Counties(engine)
    # What the jobs would have done by now.
    with transaction(write=True, on=engine) as session:
        audit.seal(session)
        session.execute(delete(FigureMark))
    return made


def ran(engine: Engine, fault: str = "", number: str = "", job: jobs.Job = jobs.SEALING) -> None:
    with transaction(write=True, on=engine) as session:
        job_log._write(session, Round(job, house_clock.now(), timedelta(seconds=2), fault, number))


def run_of(engine: Engine, key: str = "sealing") -> JobRun:
    with transaction(on=engine) as session:
        return session.exec(select(JobRun).where(JobRun.name == key)).one()


def seen(place: Counties) -> operations.OperationsView:
    with transaction(on=place.engine) as session:
        return operations.get_operations(session, place.bureau)


def told(engine: Engine) -> list[tuple[str, str]]:
    with transaction(on=engine) as session:
        return [(row.title, row.body) for row in session.exec(select(Message).order_by("id"))]


def mailed(engine: Engine) -> list[str]:
    with transaction(on=engine) as session:
        rows = session.exec(select(Outgoing).order_by("id")).all()
        return [
            json.loads(data_keys().decrypt(row.sealed, context="outgoing"))["to"] for row in rows
        ]


def test_a_job_s_faults_are_counted_until_it_is_well(engine: Engine, clock: Clock) -> None:
    ran(engine)
    assert (run_of(engine).failures, run_of(engine).failing_since) == (0, None)
    well = run_of(engine).ok_at
    clock.pass_(10)
    ran(engine, "OperationalError", "AB12CD34")
    first = run_of(engine).failing_since
    clock.pass_(60)
    ran(engine, "ValueError", "EF56GH78")
    row = run_of(engine)
    assert (row.failures, row.failing_since, row.ok_at) == (2, first, well)
    assert (row.fault, row.number, row.took_ms) == ("ValueError", "EF56GH78", 2000)
    clock.pass_(1)
    ran(engine)
    row = run_of(engine)
    assert (row.failures, row.failing_since, row.fault) == (0, None, "ValueError")
    assert row.ok_at is not None
    assert well is not None
    assert row.ok_at > well


def test_what_is_well_is_written_down_twice_a_minute_and_a_change_at_once(
    monkeypatch: pytest.MonkeyPatch, clock: Clock, installation: object
) -> None:
    written: list[str] = []
    monkeypatch.setattr(job_log, "_write", lambda _session, round: written.append(round.fault))
    monkeypatch.setattr(job_log, "_written", {})

    def ended(fault: str = "", after: float = 0.7) -> None:
        clock.pass_(after)
        job_log.ended(Round(jobs.SEALING, clock_now(), timedelta(0), fault))

    for _ in range(40):
        ended()
    assert written == [""]
    ended(after=5)
    assert written == ["", ""]
    ended("OperationalError")
    ended("OperationalError")
    ended()
    assert written == ["", "", "OperationalError", ""]


def clock_now() -> Any:
    return house_clock.now()


def test_a_fault_is_kept_without_what_it_says() -> None:
    error = OperationalError("INSERT 张三", {}, ValueError("张三 37080219850210107X"))
    assert job_log.kind_of(error) == "OperationalError ValueError"


def test_only_the_city_bureau_sees_it(place: Counties) -> None:
    with transaction(on=place.engine) as session:
        assert operations.get_operations(session, place.bureau).at
        with pytest.raises(NotPermitted):
            operations.get_operations(session, place.north)
        with pytest.raises(NotSignedIn):
            operations.get_operations(session, ANONYMOUS)


def test_on_the_first_start_nothing_is_amiss(place: Counties, well: None) -> None:
    view = seen(place)
    assert view.troubles == []
    assert {row.state for row in view.jobs} == {"尚未运行"}
    assert {row.state for row in view.queues} == {"没有等待"}
    assert view.slow == []
    assert [row.tone for row in view.health if row.tone == "bad"] == []


def test_a_job_that_fails_is_a_trouble_with_a_number_to_say(
    place: Counties, clock: Clock, well: None
) -> None:
    ran(place.engine, "OperationalError", "AB12CD34")
    assert seen(place).troubles == []
    clock.pass_(303)
    ran(place.engine, "OperationalError", "AB12CD35")
    (sentence,) = seen(place).troubles
    assert "操作日志封存" in sentence
    assert "数据库没有响应" in sentence
    assert "编号 AB12CD35" in sentence
    row = next(row for row in seen(place).jobs if row.key == "sealing")
    assert (row.state, row.tone) == ("失败", "bad")
    ran(place.engine)
    assert seen(place).troubles == []


def test_a_job_that_nobody_does_is_a_trouble(place: Counties, clock: Clock, well: None) -> None:
    ran(place.engine)
    clock.pass_(60)
    assert seen(place).troubles == []
    clock.pass_(3600)
    assert "没有运行" in seen(place).troubles[0]


def test_a_full_disk_is_a_trouble(place: Counties, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "free_bytes", lambda _folder: 3 * 1024**2)
    assert "只剩3兆字节，低于预留的1.0吉字节" in seen(place).troubles[0]
    monkeypatch.setattr(disk, "free_bytes", lambda _folder: 3 * 1024**3)
    assert seen(place).troubles == []


def test_what_waits_too_long_is_a_trouble(place: Counties, clock: Clock, well: None) -> None:
    with transaction(write=True, on=place.engine) as session:
        session.add(
            Outgoing(channel="sms", sealed="x", next_at=clock_now(), made_at=clock_now())
        )  # fmt: skip
    assert seen(place).troubles == []
    clock.pass_(1801)
    assert "短信和邮件" in seen(place).troubles[0]
    with transaction(on=place.engine) as session:
        (queue,) = [each for each in outside.queues(session) if each.key == "messages"]
    assert queue.since is not None


def test_the_times_of_all_workers_are_added_and_forgotten(place: Counties, clock: Clock) -> None:
    def add(use_case: str, bucket: int, count: int) -> None:
        slot = use_case_times._slot(clock_now())
        row = {"slot": slot, "use_case": use_case, "bucket": bucket, "count": count}
        with transaction(write=True, on=place.engine) as session:
            use_case_times._add(session, [row])

    add("claims.submit", 0, 90)
    add("claims.submit", 0, 5)
    add("claim_queue.list_waiting", 8, 5)
    add("people.list_people", 11, 1)
    (slow, fine) = seen(place).slow
    assert (slow.area, slow.count, slow.within, slow.tone) == ("人员", 1, "超过10秒", "bad")
    assert (fine.area, fine.count, fine.within, fine.tone) == (
        "学时申报",
        100,
        "2毫秒以内",
        "plain",
    )
    clock.pass_(3600 + 600)
    assert seen(place).slow == []
    clock.pass_(3600)
    add("claims.submit", 0, 1)
    with transaction(on=place.engine) as session:
        assert len(session.exec(select(UseCaseTime)).all()) == 1


def test_backups_that_are_too_old_are_seen(place: Counties, clock: Clock, well: None) -> None:
    def done(kind: Kind, sound: bool = True) -> None:
        run = Run(kind, "", house_clock.now(), 3 * 1024**2, sound, "备份文件已损坏。")
        with transaction(write=True, on=place.engine) as session:
            backup_runs.add(session, run)

    assert [row.state for row in seen(place).backups] == ["没有记录", "没有记录"]
    done(Kind.MADE)
    done(Kind.TESTED)
    assert [row.state for row in seen(place).backups] == ["正常", "正常"]
    assert "大小3兆字节" in seen(place).backups[0].detail
    assert seen(place).troubles == []
    clock.pass_(27 * 3600)
    assert [row.state for row in seen(place).backups] == ["时间过久", "时间过久"]
    assert "备份" in seen(place).troubles[0]
    done(Kind.TESTED, sound=False)
    assert "备份文件已损坏。" in seen(place).backups[1].detail


@pytest.fixture
def well(monkeypatch: pytest.MonkeyPatch) -> None:
    fine = dict.fromkeys(("database", "disk", "jobs"), "ok") | {"redis": "unused"}
    monkeypatch.setattr(readiness, "look", lambda: readiness.Readiness(fine))
    monkeypatch.setattr(disk, "free_bytes", lambda _folder: 50 * 1024**3)


@pytest.fixture
def operators(monkeypatch: pytest.MonkeyPatch, installation: object) -> Any:
    monkeypatch.setenv("RXAPP_ALERTS_TO", "yunwei@example.cn, zhiban@example.cn")
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()


def look(engine: Engine, *found: Cause) -> int:
    with transaction(write=True, on=engine) as session:
        return alerting.tell(session, list(found))


def test_the_bureau_and_the_operators_are_told_once_a_day_and_when_it_is_over(
    place: Counties, clock: Clock, operators: None
) -> None:
    before = len(told(place.engine))
    assert [look(place.engine, FULL) for _ in range(3)] == [1, 0, 0]
    # Two clerks answer for the bureau.
    assert told(place.engine)[before:] == 2 * [("平台运行需要处理", FULL.sentence)]
    assert mailed(place.engine) == ["yunwei@example.cn", "zhiban@example.cn"]
    clock.pass_(86400)
    assert look(place.engine, FULL) == 1
    assert look(place.engine) == 1
    assert told(place.engine)[-1] == ("平台运行已恢复", f"已恢复正常：{FULL.sentence}")
    assert look(place.engine) == 0
    # It comes and goes on the same day: nobody is told of it.
    assert [look(place.engine, FULL), look(place.engine)] == [0, 0]
    with transaction(on=place.engine) as session:
        (row,) = session.exec(select(Alert)).all()
        assert row.ended_at is not None


def test_without_addresses_the_bureau_alone_is_told(place: Counties) -> None:
    assert look(place.engine, FULL) == 1
    assert mailed(place.engine) == []
    assert told(place.engine)[-1][1] == FULL.sentence


def test_what_may_pass_by_itself_is_told_after_two_minutes(
    monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    monkeypatch.setattr(alerting, "_first_seen", {})
    passing = Cause("ready:redis", "缓存服务没有响应。")
    assert alerting._lasting([passing, FULL]) == [FULL]
    clock.pass_(119)
    assert alerting._lasting([passing]) == []
    clock.pass_(1)
    assert alerting._lasting([passing]) == [passing]
    alerting._lasting([])
    assert alerting._lasting([passing]) == []


def test_a_part_that_is_away_is_a_trouble(place: Counties, monkeypatch: pytest.MonkeyPatch) -> None:
    found = readiness.Readiness({"database": "ok", "redis": "away", "disk": "ok", "jobs": "ok"})
    monkeypatch.setattr(readiness, "look", lambda: found)
    with transaction(on=place.engine) as session:
        assert [each.key for each in troubles.list_troubles(session)] == ["ready:redis"]


def sent() -> list[str]:
    lines = [
        line
        for path in sorted((settings().data_dir / "outgoing").glob("*.jsonl"))
        for line in path.read_text().splitlines()
    ]
    return [json.loads(line)["text"] for line in lines]


@pytest.mark.parametrize(
    "fault", [OperationalError("SELECT 1", {}, OSError()), Away()], ids=["refused", "silent"]
)
def test_a_database_that_is_away_is_told_past_it_once_and_when_it_is_back(
    fault: Exception, monkeypatch: pytest.MonkeyPatch, clock: Clock, operators: None
) -> None:
    monkeypatch.setattr(alerting, "_first_seen", {})

    def away(*_: Any) -> list[Cause]:
        raise fault

    monkeypatch.setattr(troubles, "list_troubles", away)
    for seconds in (0, 60, 60, 60):
        clock.pass_(seconds)
        with pytest.raises(type(fault)):
            alerting.look_once()
    assert len(sent()) == 2
    assert all(alerting_away.AWAY in text for text in sent())
    assert alerting_away.tell_it_is_over()
    assert not alerting_away.tell_it_is_over()
    assert alerting_away.BACK in sent()[-1]
    # Away once more on the same day: told already.
    assert not alerting_away.tell()
    assert len(sent()) == 4


def test_a_store_that_is_away_is_told_and_when_it_is_back(
    bucket: Bucket, place: Counties, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = Relay(int(bucket.endpoint.rpartition(":")[2]))
    monkeypatch.setattr(object_store, "TRIES", 0)
    monkeypatch.setenv("RXAPP_S3_ENDPOINT", f"http://127.0.0.1:{line.port}")
    settings.cache_clear()
    object_store._store.cache_clear()
    monkeypatch.setattr(alerting, "transaction", partial(transaction, on=place.engine))

    def look() -> dict[str, str]:
        alerting.look_once()
        return {row.key: row.state for row in seen(place).health}

    def titles() -> list[str]:
        """To whichever clerk of the bureau."""
        said = told(place.engine)
        return list(dict.fromkeys(title for title, body in said if "文件存储" in body))

    assert look()["store"] == "正常"
    line.cut()
    assert look()["store"] == "没有响应"
    # What passes by itself is nobody's trouble.
    assert titles() == []
    clock.pass_(180)
    look()
    assert titles() == ["平台运行需要处理"]
    assert "连接不上" in told(place.engine)[-1][1]
    line.mend()
    assert look()["store"] == "正常"
    assert titles() == ["平台运行需要处理", "平台运行已恢复"]
    monkeypatch.setenv("RXAPP_S3_SECRET", "wrong")
    settings.cache_clear()
    object_store._store.cache_clear()
    assert look()["store"] == "拒绝访问"
    monkeypatch.setenv("RXAPP_FILES_TO", "")
    settings.cache_clear()
    object_store._store.cache_clear()
    assert "store" not in look()
    line.cut()
