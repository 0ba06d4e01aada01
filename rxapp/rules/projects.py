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


class Act(StrEnum):
    """One thing that can be done to a filing."""

    SUBMIT = "submit"
    WITHDRAW = "withdraw"
    APPROVE = "approve"
    RETURN = "return"
    REJECT = "reject"
    CANCEL = "cancel"

    @property
    def label(self) -> str:
        """The act in words."""
        return _ACT_LABELS[self]


class Role(StrEnum):
    """Who acts: the organiser, or the bureau its filing lies before."""

    FILER = "filer"
    REVIEWER = "reviewer"


_ACT_LABELS = {
    Act.SUBMIT: "报备", Act.WITHDRAW: "撤回", Act.APPROVE: "准予备案", Act.RETURN: "退回修改",
    Act.REJECT: "不予备案", Act.CANCEL: "取消",
}  # fmt: skip
VERDICTS = (Act.APPROVE, Act.RETURN, Act.REJECT)
NEEDS_REASON = frozenset({Act.RETURN, Act.REJECT, Act.CANCEL})
# Whatever is filed as it stands and can still be written in.
WRITABLE = frozenset({Status.DRAFT, Status.RETURNED, Status.APPROVED})

# Where each act leads a class, by whose act it is; what is not here cannot be done.
TRANSITIONS: dict[tuple[Status, Act, Role], Status] = {
    (Status.DRAFT, Act.SUBMIT, Role.FILER): Status.SUBMITTED,
    (Status.RETURNED, Act.SUBMIT, Role.FILER): Status.SUBMITTED,
    (Status.SUBMITTED, Act.WITHDRAW, Role.FILER): Status.DRAFT,
    (Status.SUBMITTED, Act.APPROVE, Role.REVIEWER): Status.APPROVED,
    (Status.SUBMITTED, Act.RETURN, Role.REVIEWER): Status.RETURNED,
    (Status.SUBMITTED, Act.REJECT, Role.REVIEWER): Status.REJECTED,
    (Status.RETURNED, Act.CANCEL, Role.FILER): Status.CANCELLED,
    # One that was filed and taken back keeps its number: it is cancelled, not deleted.
    (Status.DRAFT, Act.CANCEL, Role.FILER): Status.CANCELLED,
    # A change is filed as a new edition; the approved one stays in force whatever becomes of it.
    (Status.APPROVED, Act.SUBMIT, Role.FILER): Status.APPROVED,
    (Status.APPROVED, Act.WITHDRAW, Role.FILER): Status.APPROVED,
    (Status.APPROVED, Act.APPROVE, Role.REVIEWER): Status.APPROVED,
    (Status.APPROVED, Act.RETURN, Role.REVIEWER): Status.APPROVED,
    (Status.APPROVED, Act.REJECT, Role.REVIEWER): Status.APPROVED,
    (Status.APPROVED, Act.CANCEL, Role.FILER): Status.CANCELLED,
}
# Where each act leads the edition it speaks of; a withdrawn one is cancelled.
EDITIONS: dict[Act, Status] = {
    Act.SUBMIT: Status.SUBMITTED, Act.WITHDRAW: Status.CANCELLED, Act.APPROVE: Status.APPROVED,
    Act.RETURN: Status.RETURNED, Act.REJECT: Status.REJECTED, Act.CANCEL: Status.CANCELLED,
}  # fmt: skip


def acts_of(status: Status, role: Role) -> tuple[Act, ...]:
    """What may be done to a class in this state, in the order of the enum."""
    return tuple(act for act in Act if (status, act, role) in TRANSITIONS)
