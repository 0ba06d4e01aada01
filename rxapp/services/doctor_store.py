"""What a technician forgets about a store of the S3 kind: tried as the service will use it."""

import ipaddress
import socket
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit

from rxapp import clock
from rxapp.adapters import object_store, store_probe
from rxapp.adapters.store_probe import Failed, Trouble
from rxapp.rules.findings import Finding, fault, fine, warning
from rxapp.settings import Settings, settings

# A store refuses whoever is a quarter of an hour off; that is told in time.
CLOCK_APART = timedelta(minutes=2)
MENDS = {
    Trouble.AWAY: (
        "连接不上",
        "请确认它正在运行、防火墙放行，RXAPP_S3_ENDPOINT 正确；https 的证书须受本机信任。",
    ),
    Trouble.BUCKET: (
        "没有这个存储桶",
        "请在存储上新建存储桶（打开版本），或更正设置中 s3:// 后面的名称。",
    ),
    Trouble.KEY: (
        "不认识访问账号，或访问密码不对",
        "请核对 RXAPP_S3_KEY_ID 和 RXAPP_S3_SECRET，或请存储的管理员新发一对。",
    ),
    Trouble.CLOCK: (
        "因为时间相差太多而拒绝访问",
        "请在两台机器上都运行 timedatectl set-ntp true，内网请配置同一个时间服务器。",
    ),
    Trouble.RIGHTS: (
        "不允许这个账号{step}",
        "请存储的管理员给这个账号列出、读取、写入、删除这个存储桶的权限，别的不给。",
    ),
    Trouble.CHANGED: (
        "交回的内容与存入的不一致（{step}时）",
        "请检查本机与存储之间的代理和缓存：它们不能改动或保留内容。",
    ),
}


def examine() -> Iterator[Finding]:
    """Whether the stores of the settings take, give and remove, at the same time as here."""
    said = settings()
    places = {"文件存储": said.files_to, "备份存储": said.backup_to}
    far = {word: place for word, place in places.items() if place.startswith("s3://")}
    if not far:
        yield from _unused(said)
        return
    yield from _line(said.s3_endpoint)
    yield from _redirect(said)
    for word, place in far.items():
        yield _tried(word, place)
    yield from _clock(said.s3_endpoint)
    yield from _second_copy(said)


def _unused(said: Settings) -> Iterator[Finding]:
    if said.s3_endpoint or said.s3_key_id or said.s3_secret:
        yield warning(
            "store.unused", "填写了 RXAPP_S3_ 的设置，但没有用到：文件仍放在数据目录。",
            "要使用文件存储，请再设置 RXAPP_FILES_TO=s3://存储桶；不使用请删除这些设置。",
        )  # fmt: skip


def _line(endpoint: str) -> Iterator[Finding]:
    if endpoint.startswith("http://") and not _is_near(urlsplit(endpoint).hostname or ""):
        yield fault(
            "store.plain", "与文件存储之间是不加密的 http，而它不在内网：证明材料会被人看到。",
            "请把 RXAPP_S3_ENDPOINT 改为 https:// 开头的地址。",
        )  # fmt: skip


def _redirect(said: Settings) -> Iterator[Finding]:
    if said.files_to and said.internal_redirect and not said.s3_endpoint.startswith("http://"):
        yield warning(
            "store.redirect", "随附的 nginx 以 http 访问存储，而存储使用 https，视频可能打不开。",
            "请去掉 RXAPP_INTERNAL_REDIRECT；nginx 已改为以 https 访问存储的，不必理会。",
        )  # fmt: skip


def _tried(word: str, place: str) -> Finding:
    failed = store_probe.try_out(object_store.open_bucket(place))
    if failed is None:
        return fine("store", f"{word} {place} 能写入、读取、列出和删除。")
    return _told(word, place, failed)


def _told(word: str, place: str, failed: Failed) -> Finding:
    what, mend = MENDS[failed.trouble]
    said = f"{word} {place} {what.format(step=failed.step)}。"
    return fault(f"store.{failed.trouble}", said, mend)


def _clock(endpoint: str) -> Iterator[Finding]:
    there = store_probe.clock_of(endpoint) if endpoint else None
    apart = abs(there - clock.now()) if there else timedelta(0)
    if apart > CLOCK_APART:
        what, mend = MENDS[Trouble.CLOCK]
        said = f"本机与文件存储的时间相差 {int(apart.total_seconds())} 秒，再多就会{what[2:]}。"
        yield warning("store.clock_apart", said, mend)


def _second_copy(said: Settings) -> Iterator[Finding]:
    if not said.files_to:
        return
    if not said.backup_store_files:
        yield warning(
            "store.left_out", "备份不包括文件存储中的文件（RXAPP_BACKUP_STORE_FILES 为 0）。",
            "请在存储上打开版本，并在另一处另存一份存储桶；文件不太多时请删除这项设置。",
        )  # fmt: skip
    if object_store.bucket_of(said.backup_to)[0] == object_store.bucket_of(said.files_to)[0]:
        yield warning(
            "store.one_bucket", "备份和文件放在同一个存储桶，这个存储桶损坏或被删时会一起丢失。",
            "请把 RXAPP_BACKUP_TO 改到另一个存储上，或另一台机器的文件夹。",
        )  # fmt: skip


def _is_near(host: str) -> bool:
    try:
        found = {each[4][0] for each in socket.getaddrinfo(host, None)}
    except OSError:
        return True  # told as away
    return all(ipaddress.ip_address(str(each).partition("%")[0]).is_private for each in found)
