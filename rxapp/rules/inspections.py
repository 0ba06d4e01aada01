"""监督检查: what an inspector can find of a claim that was granted (article 4.4.3)."""

from enum import StrEnum


class Finding(StrEnum):
    """What an inspector found."""

    IN_ORDER = "in_order"
    WRONG_HOURS = "wrong_hours"
    NOT_PROVEN = "not_proven"
    FALSE = "false"

    @property
    def label(self) -> str:
        """The finding in words."""
        return _FINDING_LABELS[self]


class InspectionStatus(StrEnum):
    """Whether a sample is still being looked through."""

    OPEN = "open"
    CLOSED = "closed"

    @property
    def label(self) -> str:
        """The state in words."""
        return _STATUS_LABELS[self]


_FINDING_LABELS = {
    Finding.IN_ORDER: "符合规定",
    Finding.WRONG_HOURS: "学时有误",
    Finding.NOT_PROVEN: "证明不足",
    Finding.FALSE: "虚假申报",
}
_STATUS_LABELS = {InspectionStatus.OPEN: "检查中", InspectionStatus.CLOSED: "已办结"}

# Said with a reason, and followed up.
FAULTS = (Finding.WRONG_HOURS, Finding.NOT_PROVEN, Finding.FALSE)
