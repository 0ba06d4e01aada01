"""What keeps an installation from starting: only what would put data at risk, each with its mend.

The same findings are what `rxapp doctor` shows; `rxapp serve` stops at the first.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta

import structlog

from rxapp import clock
from rxapp.adapters import data_files, looking, machine, serving_lock, signing_keys
from rxapp.adapters.schema import Age, head
from rxapp.errors import AppError, NotFound
from rxapp.rules.findings import Finding, fault
from rxapp.services import ground
from rxapp.services.ground import Held
from rxapp.settings import settings

# A record may have been written a moment ago by a machine whose clock is a little ahead.
CLOCK_BACK = timedelta(minutes=5)

log = structlog.get_logger()


class Refused(AppError):
    """Starting would put data at risk; the sentence says why and how to mend it."""

    def __init__(self, finding: Finding) -> None:
        self.finding = finding
        super().__init__(f"{finding.sentence}{finding.mend}")


def require_place() -> None:
    """Refuse every command where what lies here is half-restored or was moved away."""
    _refuse(_marks())


def require_own_keys() -> None:
    """Refuse to make keys where something was written under others, now missing."""
    _refuse(_marks())
    if not ground.data_keys_file().exists():
        _refuse(_of_database(keys_missing))
    _refuse(_of_database(database))


def require_known_schema() -> None:
    """Refuse to change a database that a newer edition wrote, or one that a service is using."""
    _refuse(_marks())
    _refuse(_of_database(schema_newer))
    with looking.looking() as connection:
        behind = connection is not None and ground.held().schema.age is Age.OLDER
    if behind and serving_lock.is_taken():
        _refuse(taken())


def require_safe(environment: Mapping[str, str]) -> None:
    """Refuse to serve where data would be at risk; afterwards the place is this process's own."""
    _refuse(_marks())
    _refuse(_of_database(keys_missing))
    _refuse(keys())
    _refuse(surroundings(environment))
    _refuse(_of_database(database))
    if not serving_lock.take():
        _refuse(taken())


def _marks() -> Iterator[Finding]:
    yield from marks()
    yield from _of_database(moved)


def marks() -> Iterator[Finding]:
    """A place that was restored by halves."""
    folder = settings().data_dir.absolute()
    if data_files.is_half_restored(folder):
        yield fault(
            "place.restoring", f"数据目录 {folder} 的恢复没有完成，其中的数据不完整。",
            "请清空该目录（和要恢复到的数据库），再运行 rxapp restore。",
        )  # fmt: skip


def moved(held: Held) -> Iterator[Finding]:
    """A database that was moved away, or not wholly moved in."""
    if held.mark is not None:
        yield fault("place.moved", *held.mark.told)


def keys_missing(held: Held) -> Iterator[Finding]:
    """Keys that are gone while what they lock is there: new ones would lock it for good."""
    if ground.data_keys_file().exists() or not (held.people or ground.is_installed()):
        return
    yield fault(
        "keys.missing",
        f"已有数据，但数据密钥 {ground.data_keys_file().absolute()} 不在：没有它，"
        "身份证号码、手机号和证明材料都无法读出。",
        "请从备份中恢复密钥目录，不要运行 rxapp init 生成新密钥。",
    )


def keys() -> Iterator[Finding]:
    """Keys that cannot be used, that others may read, or that vouch for nothing."""
    if not ground.data_keys_file().exists():
        return
    folder = settings().keys_dir.absolute()
    shown = [path for path in ground.key_files() if machine.open_to_others(path)]
    if shown:
        yield fault(
            "keys.open", f"密钥可被其他用户读取或改写：{shown[0].absolute()}。",
            f"请运行 chmod -R go-rwx {folder}，并检查这台机器上还有谁的账号。",
        )  # fmt: skip
    if ground.read_keys() is None:
        yield fault(
            "keys.broken", f"数据密钥 {ground.data_keys_file().absolute()} 读不出或不完整。",
            "请从备份中恢复这个文件，并确认运行服务的用户可以读取它。",
        )  # fmt: skip
    yield from _signing_keys()


def _signing_keys() -> Iterator[Finding]:
    folder = settings().keys_dir.absolute()
    try:
        newest = signing_keys.load_keys(settings().keys_dir).newest
    except NotFound:
        yield fault(
            "keys.signing_missing",
            f"密钥目录 {folder} 中没有证明签名密钥，学时证明无法出具和核验。",
            "请从备份中恢复整个密钥目录。",
        )  # fmt: skip
        return
    except (OSError, ValueError, KeyError):
        yield fault(
            "keys.signing_broken", f"密钥目录 {folder} 中的证明签名密钥读不出或不完整。",
            "请从备份中恢复整个密钥目录，并确认运行服务的用户可以读取它。",
        )  # fmt: skip
        return
    if newest.sample and not settings().demo:
        yield fault(
            "keys.sample", "证明签名密钥是演示用的样例，用它签出的学时证明没有效力。",
            "请另用空的数据目录和数据库运行 rxapp init；如只是试用，请设置 RXAPP_DEMO=1。",
        )  # fmt: skip


def surroundings(environment: Mapping[str, str]) -> Iterator[Finding]:
    """A data directory nothing can be written to, and switches that print what people type."""
    folder = settings().data_dir.absolute()
    if not machine.can_write(folder):
        yield fault(
            "place.read_only", f"数据目录 {folder} 不可写，任何内容都保存不了。",
            f"请确认磁盘没有以只读方式挂载，并把目录交给运行服务的用户：chown -R 用户名 {folder}。",
        )  # fmt: skip
    switches = machine.debug_switches(environment)
    if switches and not settings().demo:
        yield fault(
            "debug", f"调试开关已打开：{'、'.join(switches)}，填写的内容可能写进日志。",
            "请从环境文件和服务的设置中删除这些变量。",
        )  # fmt: skip


def database(held: Held) -> Iterator[Finding]:
    """A database that is missing, newer, of another installation, or from the future."""
    if ground.is_installed() and not held.people:
        yield fault(
            "database.empty",
            f"这里已经安装过，但数据库 {looking.where()} 不在或是空的。",
            "请核对 RXAPP_DATA_DIR 和 RXAPP_DATABASE_URL 以及磁盘是否已挂载；数据丢失时请用"
            " rxapp restore 从备份恢复。",
        )
    yield from schema_newer(held)
    if held.fits is False:
        yield fault(
            "keys.foreign", "密钥与数据库不属于同一次安装，数据库中的身份证号码无法读出。",
            "请核对 RXAPP_DATA_DIR 和 RXAPP_DATABASE_URL，或从备份中恢复与该数据库一起的密钥目录。",
        )  # fmt: skip
    if held.newest_record and held.newest_record - clock.now() > CLOCK_BACK:
        last = clock.local(held.newest_record)
        yield fault(
            "clock.back",
            f"服务器时间比最近一条操作日志（{last:%Y-%m-%d %H:%M}）还早，期限和学时会算错。",
            "请校准时间：timedatectl set-ntp true，或用 date -s 设置正确的时间后再启动。",
        )


def schema_newer(held: Held) -> Iterator[Finding]:
    """A database that a newer edition wrote."""
    if held.schema.age is Age.NEWER:
        yield fault(
            "schema.newer",
            f"数据库由更新的版本写成（结构{held.schema.revision}，本程序只到{head()}）。",
            "请安装不低于原来的版本后再启动；要退回旧版本，请用升级前的备份运行 rxapp restore。",
        )


def taken() -> Iterator[Finding]:
    """Another service that already uses this embedded database."""
    who = "、".join(str(pid) for pid in serving_lock.holders())
    yield fault(
        "place.taken",
        f"另一个服务正在使用数据库 {looking.where()}" + (f"（进程号{who}）。" if who else "。"),
        "请先停止它：systemctl stop rxapp，或 kill 该进程；一个内置数据库同时只能由一个服务使用。",
    )


def _of_database(look: Callable[[Held], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from look(ground.held())
    except looking.Away as away:
        yield fault(
            "database.away", f"数据库 {away} 连接不上。",
            "请确认它正在运行、网络可达、RXAPP_DATABASE_URL 中的用户和密码正确。",
        )  # fmt: skip


def _refuse(findings: Iterator[Finding]) -> None:
    for finding in findings:
        log.error("start refused", code=finding.code, sentence=finding.sentence)
        raise Refused(finding)
