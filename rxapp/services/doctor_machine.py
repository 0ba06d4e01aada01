"""What a technician forgets on the machine: room, rights, owners, fonts, versions, certificate."""

import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from rxapp import clock
from rxapp.adapters import (
    certificate_fonts,
    font_files,
    machine,
    redis_facts,
    server_certificate,
    signing_keys,
)
from rxapp.errors import NotFound
from rxapp.rules.findings import Finding, fault, fine, warning
from rxapp.settings import settings

MEGABYTE = 1024 * 1024
LEAST_SHARE = 0.1
CERTIFICATE_LEFT = timedelta(days=21)
SIGNING_LEFT = timedelta(days=180)
OLDEST_PYTHON = (3, 11)
OLDEST_REDIS = (6, 2)
TAKEN_WITHIN = timedelta(days=3)


def room() -> Iterator[Finding]:
    """Whether the disk has room, and is one an embedded database may lie on."""
    folder = settings().data_dir.absolute()
    disk = machine.disk(folder)
    free, reserve = disk.free // MEGABYTE, settings().reserve_megabytes
    mend = "请清理或扩充磁盘；不再需要的备份用 rxapp backup prune 清理。"
    if free < reserve:
        said = f"数据目录所在磁盘只剩 {free} MB，少于保留的 {reserve} MB，上传已被拒绝。"
        yield fault("disk.full", said, mend)
    elif disk.free < disk.total * LEAST_SHARE:
        yield warning("disk.low", f"数据目录所在磁盘只剩 {free} MB，不到一成。", mend)
    else:
        yield fine("disk", f"磁盘空间充足，剩余 {free} MB。")
    if disk.files and disk.files_free < disk.files * LEAST_SHARE / 2:
        yield warning("disk.files", "磁盘可建的文件数快用完了。", "请清理磁盘上的小文件。")
    if disk.kind in machine.NETWORK_FILES and not settings().database_url.startswith("postgres"):
        yield fault(
            "disk.network", f"内置数据库放在网络磁盘（{disk.kind}）上，断线或多机访问会损坏数据。",
            "请把 RXAPP_DATA_DIR 设到本机磁盘，或改用 PostgreSQL。",
        )  # fmt: skip


def rights() -> Iterator[Finding]:
    """Who may read what is stored, and whether all of it is the service's own."""
    folder = settings().data_dir
    if not folder.exists():
        return
    if machine.readable_by_all(folder):
        yield warning(
            "place.open", f"数据目录 {folder.absolute()} 可被所有用户查看。",
            f"请运行 chmod 750 {folder.absolute()}。",
        )  # fmt: skip
    owner = folder.owner() if _named(folder) else str(folder.stat().st_uid)
    foreign = machine.foreign_files(folder)
    if foreign:
        yield fault(
            "place.owner", f"{foreign[0].absolute()} 等不属于数据目录的所有者，服务可能读写不了。",
            f"请运行 chown -R {owner} {folder.absolute()}；以后用同一用户运行各命令。",
        )  # fmt: skip
    yield from _outgoing(folder / "outgoing")


def _outgoing(folder: Path) -> Iterator[Finding]:
    if not folder.exists():
        return
    if machine.open_to_others(folder):
        yield fault(
            "outgoing.open", f"待发短信目录 {folder.absolute()} 可被其他用户读取，其中有手机号。",
            f"请运行 chmod -R go-rwx {folder.absolute()}。",
        )  # fmt: skip
    files = list(folder.glob("*.jsonl"))
    oldest = min((path.stat().st_mtime for path in files), default=time.time())
    if time.time() - oldest > TAKEN_WITHIN.total_seconds():
        yield warning(
            "outgoing.waiting", "有三天前的短信文件还没有被取走，短信可能没有发出。",
            f"请检查短信网关是否在读取并清理 {folder.absolute()}。",
        )  # fmt: skip


def fonts(folder: Path = certificate_fonts.FOLDER) -> Iterator[Finding]:
    """Whether the typefaces of certificates are there and whole."""
    mend = "请重新安装本程序：这些文件随程序发布（rxapp/adapters/fonts）。"
    sound = True
    for name in ("serif-regular.ttf", "serif-heading.ttf"):
        said = font_files.fault_of(folder / name)
        if said is not None:
            sound = False
            word = "缺少" if said is font_files.Fault.MISSING else "已损坏"
            yield fault("font", f"证明所用字体 {name} {word}，学时证明无法出具。", mend)
    if sound:
        yield fine("font", "证明所用字体齐全完好。")


def versions(*, built: bool) -> Iterator[Finding]:
    """Python, and whether the pages were built."""
    if sys.version_info < OLDEST_PYTHON:
        yield fault("python", "Python 版本过低。", "请安装 Python 3.11 以上版本后重新安装本程序。")
    if not built:
        yield warning(
            "pages.not_built", "页面还没有生成或不是最新，首次启动时才生成，需要几分钟。",
            "请运行 rxapp build。",
        )  # fmt: skip


def signing_certificate() -> Iterator[Finding]:
    """Whether what vouches for certificates holds long enough."""
    try:
        newest = signing_keys.load_keys(settings().keys_dir).newest
    except (NotFound, OSError, ValueError, KeyError):
        return  # told with the keys
    until = newest.certificate.not_valid_after_utc
    if until - clock.now() < SIGNING_LEFT:
        yield warning(
            "keys.signing_ends", f"证明签名证书将于 {clock.local(until):%Y-%m-%d} 到期。",
            "请在到期前安装带有新签名证书的版本。",
        )  # fmt: skip


def server_shown() -> Iterator[Finding]:
    """The certificate of the public address."""
    address = settings().public_url
    if not address.startswith("https://"):
        return
    renew = "请更新证书后重新加载 nginx：systemctl reload nginx。"
    try:
        shown = server_certificate.shown_at(address)
    except (OSError, ValueError):
        yield warning(
            "tls.away", f"从本机打不开 {address}，无法检查证书。",
            "请确认 nginx 已启动（systemctl status nginx），域名在本机可以解析。",
        )  # fmt: skip
        return
    left = shown.until - clock.now()
    day = f"{clock.local(shown.until):%Y-%m-%d}"
    if left < timedelta(0):
        yield fault("tls.expired", f"网站证书已于 {day} 过期，浏览器会拒绝打开。", renew)
    elif left < CERTIFICATE_LEFT:
        yield warning("tls.ends", f"网站证书将于 {day} 到期。", renew)
    if not shown.fits:
        said = f"网站证书不是发给 {address} 的，浏览器会拒绝打开。"
        yield fault("tls.name", said, "请换成写有这个域名的证书。")
    if not shown.trusted and left >= timedelta(0):
        yield warning(
            "tls.untrusted", "本机不信任网站证书，学员的浏览器多半也不信任。",
            "请使用受信任机构签发的证书，并在 nginx 中配置完整的证书链。",
        )  # fmt: skip
    if shown.fits and shown.trusted and left >= CERTIFICATE_LEFT:
        yield fine("tls", f"网站证书有效至 {day}。")


def redis() -> Iterator[Finding]:
    """Whoever can write to Redis can run code in the service."""
    url = settings().redis_url
    if not url:
        return
    named = redis_facts.where(url)
    facts = redis_facts.facts_of(url)
    if facts is None:
        yield fault(
            "redis.away", f"Redis {named} 连接不上，或密码不对。",
            "请确认 Redis 正在运行，并核对 RXAPP_REDIS_URL。",
        )  # fmt: skip
        return
    password = (
        "请在 redis.conf 中设置 requirepass，并写进 RXAPP_REDIS_URL：redis://:密码@主机:端口/0。"
    )
    if not facts.password and facts.known and not facts.local and not facts.guarded:
        yield fault(
            "redis.exposed", f"Redis {named} 对外监听且没有密码，任何人都能借它控制本服务。",
            f"请在 redis.conf 中设置 bind 127.0.0.1。{password}",
        )  # fmt: skip
    elif not facts.password:
        said = f"Redis {named} 没有密码，这台机器上的任何程序都能借它控制本服务。"
        yield warning("redis.no_password", said, password)
    else:
        yield fine("redis", f"Redis {named} 需要密码。")
    if facts.evicts:
        yield warning(
            "redis.evicts", "Redis 内存满时会丢弃任意内容，打开的页面会被重置。",
            "请在 redis.conf 中设置 maxmemory-policy noeviction 或 volatile-lru。",
        )  # fmt: skip
    if facts.version < OLDEST_REDIS:
        yield warning("redis.old", "Redis 版本过低。", "请升级到 6.2 或更高版本。")


def _named(folder: Path) -> bool:
    try:
        folder.owner()
    except KeyError:
        return False
    return True
