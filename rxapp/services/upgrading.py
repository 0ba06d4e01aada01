"""Before the schema moves forward a backup is made, so that there is a way back."""

from rxapp.adapters import database, schema
from rxapp.errors import AppError
from rxapp.services import backup_making, backup_runs
from rxapp.settings import settings

NEWER = (
    "数据库由更新版本的平台写入（结构{found}），本版本不能使用它，没有作任何改动。"
    "请安装较新的版本；要退回旧版本，请从升级前的备份恢复。"
)
NO_WAY_BACK = (
    "数据库需要升级，升级前要先备份，但还没有设置备份位置，没有作任何改动。"
    "请设置 RXAPP_BACKUP_TO 和 RXAPP_BACKUP_KEY_FILE，运行 rxapp backup key，再重新启动；"
    "已另行备份的，可运行 rxapp migrate --without-backup。"
)


def upgrade(*, without_backup: bool = False) -> str | None:
    """Bring the database up to date; returns the name of the backup that was made before, if any.

    A new database and a demo without a place for backups need none. AppError, and nothing changed,
    where a backup is needed and cannot be made.
    """
    found = database.revision_of()
    if found is not None and found not in schema.known():
        raise AppError(NEWER.format(found=found))
    made = None
    if found not in (None, schema.head()) and not without_backup and _wanted():
        made = backup_making.make(noted=False, quick=True)
    database.migrate()
    if made is not None:
        backup_runs.note(made.run)
    return made.name if made else None


def _wanted() -> bool:
    if settings().backup_to:
        return True
    if settings().demo:
        return False
    raise AppError(NO_WAY_BACK)
