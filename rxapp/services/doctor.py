"""What a technician forgets, looked at all at once; nothing is changed and no secret is told.

A store of the S3 kind gets one small object, which is removed again.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from rxapp.adapters import serving_lock
from rxapp.rules.findings import Finding, fine, warning
from rxapp.services import (
    doctor_backups,
    doctor_database,
    doctor_machine,
    doctor_settings,
    doctor_store,
    ground,
    safety,
)
from rxapp.settings import settings


@dataclass(frozen=True)
class Asked:
    """What the one who asks knows and the services do not."""

    environment: Mapping[str, str]
    # The demo's city clerk, by whom a database of the demo is known.
    demo_number: str
    built: bool
    environment_file: Path | None = None


def examine(asked: Asked) -> list[Finding]:
    """Look at everything; what cannot be looked at is said and hides nothing else."""
    looks: tuple[tuple[str, Callable[[], Iterable[Finding]]], ...] = (
        ("settings", lambda: doctor_settings.examine(settings(), asked.environment)),
        ("settings.file", lambda: _file(asked.environment_file)),
        ("place", _place),
        ("keys", safety.keys),
        ("surroundings", lambda: safety.surroundings(asked.environment)),
        ("rights", doctor_machine.rights),
        ("disk", doctor_machine.room),
        ("database", lambda: doctor_database.examine(asked.demo_number)),
        ("backup", doctor_backups.examine),
        ("store", doctor_store.examine),
        ("signing", doctor_machine.signing_certificate),
        ("font", doctor_machine.fonts),
        ("versions", lambda: doctor_machine.versions(built=asked.built)),
        ("redis", doctor_machine.redis),
        ("tls", doctor_machine.server_shown),
    )
    return [finding for name, look in looks for finding in _looked(name, look)]


def _looked(name: str, look: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    try:
        yield from look()
    except Exception as error:  # a look that fails must not hide what the others see
        yield warning(
            f"{name}.unknown", f"有一项检查没有完成（{name}，{type(error).__name__}）。",
            "请用运行服务的用户再运行一次；仍如此请把这一行告诉维护人员。",
        )  # fmt: skip


def _file(path: Path | None) -> Iterator[Finding]:
    if path is not None:
        yield from doctor_settings.environment_file(path)


def _place() -> Iterator[Finding]:
    yield from safety.marks()
    if not ground.data_keys_file().exists() and not ground.is_installed():
        yield warning(
            "place.empty", f"{settings().data_dir.absolute()} 中尚未安装。",
            "请运行 rxapp init；如已在别处安装，请用 RXAPP_DATA_DIR 指明数据目录。",
        )  # fmt: skip
    if serving_lock.is_taken():
        yield fine("serving", "服务正在运行。")
