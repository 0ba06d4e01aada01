"""What a technician forgets among the settings; looks at nothing but them."""

import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from rxapp.adapters import machine
from rxapp.rules.findings import Finding, fault, fine, warning
from rxapp.settings import Settings, unknown

LEVELS = frozenset({"DEBUG", "INFO", "WARNING", "ERROR"})


def examine(chosen: Settings, environment: Mapping[str, str]) -> Iterator[Finding]:
    """Everything the settings alone tell."""
    yield fine("settings.data_dir", f"数据目录：{chosen.data_dir.absolute()}。")
    yield from misspelled(environment)
    yield from _address(chosen)
    yield from _reach(chosen)
    yield from _demo(chosen)
    yield from _small(chosen)


def misspelled(names: Iterable[str]) -> Iterator[Finding]:
    """Settings that nobody reads."""
    for name in unknown(names):
        yield fault(
            "settings.unknown", f"没有名为 {name} 的设置，它不起作用。",
            "请按 docs/settings.md 更正环境文件中的名称。",
        )  # fmt: skip


def environment_file(path: Path) -> Iterator[Finding]:
    """A file of settings that everybody on the machine may read, secrets and all."""
    if not path.exists():
        yield fault(
            "settings.file_missing", f"没有环境文件 {path}。", "请核对 --env-file 后面的路径。"
        )
    elif machine.readable_by_all(path):
        yield fault(
            "settings.file_open", f"环境文件 {path} 可被所有用户读取，其中可能有密码。",
            f"请运行 chmod 640 {path}，属组设为运行服务的用户组。",
        )  # fmt: skip
    else:
        yield fine("settings.file", f"环境文件 {path} 只有管理员和服务可以读取。")


def _address(chosen: Settings) -> Iterator[Finding]:
    parts = urlsplit(chosen.public_url)
    if not chosen.public_url:
        if not chosen.demo:
            yield fault(
                "settings.public_url_missing",
                f"没有设置平台网址，证明上的二维码会指向 {chosen.address}，别人打不开。",
                "请在环境文件中设置 RXAPP_PUBLIC_URL=https://平台域名。",
            )
    elif parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query:
        yield fault(
            "settings.public_url_wrong", "RXAPP_PUBLIC_URL 不是一个完整的网址。",
            "请写成 https://平台域名，不带路径；端口不是 443 时加上端口。",
        )  # fmt: skip
    elif parts.scheme == "http" and not chosen.demo:
        yield fault(
            "settings.not_encrypted", "平台网址是 http，密码和身份证号码在网络上明文传送。",
            "请为 nginx 配置证书（见 deploy/nginx/nginx.conf），网址以 https:// 开头。",
        )  # fmt: skip
    else:
        yield fine("settings.public_url", f"平台网址：{chosen.public_url}。")


def _reach(chosen: Settings) -> Iterator[Finding]:
    local, hops = _is_local(chosen.host), chosen.trusted_proxy_hops
    if chosen.public_url.startswith("https://") and hops == 0:
        yield fault(
            "settings.hops_missing",
            "网址是 https，前面必有代理，但没有设置代理层数：所有人会被当成同一个来源一起限流。",
            "请设置 RXAPP_TRUSTED_PROXY_HOPS=1（每多一层代理加一）。",
        )
    if hops > 0 and not local:
        yield warning(
            "settings.hops_open",
            f"服务监听 {chosen.host}，又相信代理报告的来源：绕过代理直接连接的人可以冒充任何来源。",
            "请设置 RXAPP_HOST=127.0.0.1；代理在别的机器上时，用防火墙只放行代理。",
        )
    elif not local and not chosen.demo:
        yield fault(
            "settings.listens_openly",
            f"服务直接监听 {chosen.host}，前面没有代理，连接没有加密也没有限制。",
            "请设置 RXAPP_HOST=127.0.0.1，由 nginx 对外提供服务（见 deploy/nginx/nginx.conf）。",
        )


def _demo(chosen: Settings) -> Iterator[Finding]:
    if not chosen.demo:
        return
    yield warning(
        "settings.demo", "这是演示环境：账号和密码是公开的，密钥是样例。",
        "正式运行请删除 RXAPP_DEMO，另用空的数据目录运行 rxapp init。",
    )  # fmt: skip
    if chosen.today:
        yield warning(
            "settings.today", f"业务日期从 {chosen.today} 开始计算，不是今天。",
            "不再需要时请删除 RXAPP_TODAY。",
        )  # fmt: skip
    if (chosen.data_dir / "installed").exists():
        yield fault(
            "settings.demo_real", "正式安装的数据目录以演示方式运行。",
            "请立即从环境文件中删除 RXAPP_DEMO 并重启服务。",
        )  # fmt: skip


def _small(chosen: Settings) -> Iterator[Finding]:
    level = chosen.log_level.upper()
    if level == "DEBUG" and not chosen.demo:
        yield warning(
            "settings.log_debug", "日志级别是 DEBUG，日志很大，拖慢服务。",
            "请设置 RXAPP_LOG_LEVEL=INFO。",
        )  # fmt: skip
    if level not in LEVELS:
        yield warning(
            "settings.log_unknown", "没有 RXAPP_LOG_LEVEL 中写的日志级别，按 INFO 处理。",
            "请写 INFO、WARNING 或 ERROR。",
        )  # fmt: skip
    if chosen.messages == "none" and not chosen.demo:
        yield warning(
            "settings.no_messages", "短信和邮件不会发出，忘记密码的人只能到单位重置。",
            "需要时请设置 RXAPP_MESSAGES=file，由短信网关取走 outgoing 目录中的文件。",
        )  # fmt: skip
    if chosen.reserve_megabytes == 0:
        yield warning(
            "settings.no_reserve", "没有为数据库保留磁盘空间，上传可能占满磁盘。",
            "请设置 RXAPP_RESERVE_MEGABYTES=1024 或更多。",
        )  # fmt: skip


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
