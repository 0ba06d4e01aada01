"""Why a database must not be served, and what then to do."""

from enum import StrEnum, unique

# So many rows are read and written at once.
AT_ONCE = 2000
BUSY = "原数据库正在使用中，没有迁移。请先停止服务（systemctl stop rxapp）和其他连接，再试一次。"
# Who serves knows the old place only: what leaves it would be missing on every page.
SERVED = "服务正在运行，没有迁移任何内容。请先停止服务（systemctl stop rxapp），再运行一次。"


@unique
class MarkState(StrEnum):
    """What was done with a database that left it unusable."""

    LOADING = "loading"
    UNUSABLE = "unusable"
    MOVED = "moved"

    @property
    def told(self) -> tuple[str, str]:
        """What the operator is told who wants to use it, and what then to do."""
        return TOLD[self]

    @property
    def sentence(self) -> str:
        """Both in one."""
        return "".join(self.told)


TOLD = {
    MarkState.LOADING: (
        "这个数据库的迁入没有完成，不能使用。",
        "请运行 rxapp move-database --again 清空后重新迁入，"
        "或者把 RXAPP_DATABASE_URL 改回原来的数据库。",
    ),
    MarkState.UNUSABLE: (
        "这个数据库迁入后的核对没有通过，不能使用。",
        "请按核对结果处理后运行 rxapp move-database --again，"
        "或者把 RXAPP_DATABASE_URL 改回原来的数据库。",
    ),
    MarkState.MOVED: (
        "这个数据库的数据已经迁到另一个数据库，不能再由它提供服务。",
        "请把 RXAPP_DATABASE_URL 设为新的数据库；确实要回到这个数据库时，先停用新的数据库，"
        "把 RXAPP_DATABASE_URL 改回来，再运行 rxapp move-database --undo。",
    ),
}
