"""The key that opens the backups: 32 random bytes in a file of its own, apart from everything."""

import base64
import os
import stat
from pathlib import Path

from rxapp.adapters.backup_box import KEY_BYTES, key_id
from rxapp.errors import AppError, Conflict
from rxapp.settings import settings

NO_KEY = (
    "还没有设置备份密钥：请把 RXAPP_BACKUP_KEY_FILE 设为数据目录和备份位置以外的文件，"
    "再运行 rxapp backup key。"
)


def make_key() -> tuple[Path, str]:
    """Make the key where the setting says; returns its path and its id. Never overwrites one."""
    path = _path()
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError:
        raise Conflict(f"备份密钥已经存在，没有改动：{path}") from None
    except OSError as fault:
        raise AppError(f"不能在这里写入备份密钥：{path}（{fault.strerror}）。") from None
    key = os.urandom(KEY_BYTES)
    with os.fdopen(handle, "wb") as file:
        file.write(base64.b64encode(key) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return path, key_id(key)


def load_key() -> bytes:
    """The key; AppError when there is none, or one that others could have."""
    path = _path()
    try:
        with path.open("rb") as file:
            mode, content = os.fstat(file.fileno()).st_mode, file.read(1024)
    except FileNotFoundError:
        raise AppError(f"没有找到备份密钥：{path}。第一次使用请运行 rxapp backup key。") from None
    except OSError as fault:
        raise AppError(f"不能读取备份密钥：{path}（{fault.strerror}）。") from None
    if stat.S_IMODE(mode) & 0o077:
        raise AppError(f"备份密钥能被其他用户读取，请先运行 chmod 600 {path}。")
    try:
        key = base64.b64decode(content.strip(), validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise AppError(f"备份密钥文件的内容不对：{path}。请换成当时保存的密钥文件。")
    return key


def _path() -> Path:
    wanted = settings().backup_key_file
    if not wanted:
        raise AppError(NO_KEY)
    path = Path(wanted).resolve()
    for folder, name in ((settings().data_dir, "数据目录"), (settings().backup_to, "备份位置")):
        if folder and path.is_relative_to(Path(folder).resolve()):
            raise AppError(
                f"备份密钥不能放在{name}之内：得到其中一处的人就能解开备份。"
                "请把 RXAPP_BACKUP_KEY_FILE 改到别处。"
            )
    return path
