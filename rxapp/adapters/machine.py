"""What the machine says of itself: who may read what, what is free, what is switched on."""

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

# What others read over a network is not fit for an embedded database: its locks do not hold there.
NETWORK_FILES = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "glusterfs"})
# Each prints what people type, or lets somebody look into the running service.
DEBUG_SWITCHES: Mapping[str, frozenset[str]] = {
    "REFLEX_LOGLEVEL": frozenset({"debug"}),
    "LOGLEVEL": frozenset({"debug"}),
    "REFLEX_ENABLE_FULL_LOGGING": frozenset({"1", "true", "yes", "on"}),
    "REFLEX_ADD_ALL_ROUTES_ENDPOINT": frozenset({"1", "true", "yes", "on"}),
    "REFLEX_ENV_MODE": frozenset({"dev"}),
    "SQLALCHEMY_ECHO": frozenset({"1", "true", "yes", "on"}),
    "GRANIAN_LOG_LEVEL": frozenset({"debug", "trace"}),
    "GRANIAN_RELOAD": frozenset({"1", "true", "yes", "on"}),
    "PYTHONASYNCIODEBUG": frozenset({"1", "true", "yes", "on"}),
    "PYTHONDEVMODE": frozenset({"1", "true", "yes", "on"}),
    "PYTHONINSPECT": frozenset({"1", "true", "yes", "on"}),
}


@dataclass(frozen=True)
class Disk:
    """Room on the disk a folder lies on, in bytes; files that can still be made, of how many."""

    total: int
    free: int
    files: int
    files_free: int
    kind: str


def debug_switches(environment: Mapping[str, str]) -> list[str]:
    """The variables that are set so that the service says or shows too much."""
    return sorted(
        name for name, on in DEBUG_SWITCHES.items()
        if environment.get(name, "").strip().lower() in on
    )  # fmt: skip


def open_to_others(path: Path) -> bool:
    """Whether anybody but the owner may read or write it."""
    return bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))


def readable_by_all(path: Path) -> bool:
    """Whether everybody on the machine may read it."""
    return bool(path.stat().st_mode & stat.S_IROTH)


def can_write(folder: Path) -> bool:
    """Whether this process may make files in a folder, or make the folder."""
    there = folder
    while not there.exists() and there != there.parent:
        there = there.parent
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK, effective_ids=True):
        return False
    # Nothing can be made among what the system itself shows there, whatever the rights say.
    return not os.statvfs(there).f_flag & os.ST_RDONLY and kind_of(there) not in ("proc", "sysfs")


def foreign_files(folder: Path, *, most: int = 2000) -> list[Path]:
    """What lies in a folder and belongs to somebody other than the folder does."""
    owner = folder.stat().st_uid
    return [path for path in _first(folder, most) if _owner(path) not in (owner, None)]


def disk(folder: Path) -> Disk:
    """The disk a folder lies on, or would lie on."""
    there = folder.absolute()
    while not there.exists() and there != there.parent:
        there = there.parent
    room = os.statvfs(there)
    return Disk(
        total=room.f_blocks * room.f_frsize, free=room.f_bavail * room.f_frsize,
        files=room.f_files, files_free=room.f_favail, kind=kind_of(there),
    )  # fmt: skip


def kind_of(folder: Path) -> str:
    """What kind of file system a folder lies on; empty when it is not known."""
    there, best = folder.resolve(), (0, "")
    try:
        lines = Path("/proc/self/mounts").read_text(errors="replace").splitlines()
    except OSError:
        return ""
    for line in lines:
        _, mounted, kind, *_ = line.split(" ")
        place = Path(mounted.encode().decode("unicode_escape"))
        if there.is_relative_to(place) and len(place.parts) >= best[0]:
            best = (len(place.parts), kind)
    return best[1]


def _first(folder: Path, most: int) -> Iterator[Path]:
    seen = 0
    for where, folders, files in os.walk(folder):
        for name in (*folders, *files):
            seen += 1
            if seen > most:
                return
            yield Path(where) / name


def _owner(path: Path) -> int | None:
    try:
        return path.lstat().st_uid
    except OSError:  # gone meanwhile, or not to be looked at
        return None
