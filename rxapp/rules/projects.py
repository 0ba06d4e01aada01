"""备案: what a class is, and where its filing stands (article 5)."""

from enum import StrEnum


class Kind(StrEnum):
    """Whether a class was in the year's plan or is filed by itself."""

    PLAN = "plan"
    ONE_OFF = "one_off"

    @property
    def label(self) -> str:
        """The kind in the notice's own words."""
        return {Kind.PLAN: "年度培训计划内", Kind.ONE_OFF: "一事一报"}[self]


class Form(StrEnum):
    """How a class is held (article 3.2)."""

    REMOTE = "remote"
    FACE_TO_FACE = "face_to_face"
    FIELD_VISIT = "field_visit"

    @property
    def label(self) -> str:
        """The form in the notice's own words."""
        return {
            Form.REMOTE: "远程教育", Form.FACE_TO_FACE: "集中面授", Form.FIELD_VISIT: "实地观摩",
        }[self]  # fmt: skip


class Status(StrEnum):
    """Where a project, or one edition of its filing, stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    REJECTED = "rejected"
    APPROVED = "approved"
    CANCELLED = "cancelled"

    @property
    def label(self) -> str:
        """The state as screens name it."""
        return _STATUS_LABELS[self]


_STATUS_LABELS = {
    Status.DRAFT: "草稿", Status.SUBMITTED: "待审核", Status.RETURNED: "已退回",
    Status.REJECTED: "未予备案", Status.APPROVED: "已备案", Status.CANCELLED: "已取消",
}  # fmt: skip
