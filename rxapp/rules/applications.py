"""What is applied for, who must act, and where each verdict leads (article 4.2)."""

from enum import StrEnum


class Kind(StrEnum):
    """What somebody asks an office to do."""

    ORGANISATION = "organisation"
    PERSON = "person"
    TRANSFER = "transfer"
    CORRECTION = "correction"

    @property
    def label(self) -> str:
        """The kind in the notice's words."""
        return _KIND_LABELS[self]


class Step(StrEnum):
    """Whose turn it is."""

    SUPERIOR = "superior"  # the level above a registering organisation
    EMPLOYER = "employer"  # the employer of a registering or corrected person
    BUREAU = "bureau"  # the bureau's word on a correction
    ACCEPT = "accept"  # the new employer of somebody who moves
    RELEASE = "release"  # the old employer, which releases by itself after a time
    DISPUTE = "dispute"  # the bureau, when the old employer objects
    APPLICANT = "applicant"  # returned: to be corrected and sent again
    DONE = "done"

    @property
    def label(self) -> str:
        """What the office is asked for."""
        return _STEP_LABELS[self]


class Status(StrEnum):
    """Where an application stands."""

    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        """The state in words."""
        return _STATUS_LABELS[self]


class Verdict(StrEnum):
    """What was done at one step."""

    SUBMIT = "submit"
    APPROVE = "approve"
    RETURN = "return"
    REJECT = "reject"
    PASS_ON = "pass_on"  # to the right office; the step stays
    OBJECT = "object"  # the old employer does not release
    LAPSE = "lapse"  # the old employer said nothing in time: released by itself
    WITHDRAW = "withdraw"

    @property
    def label(self) -> str:
        """The verdict in words."""
        return _VERDICT_LABELS[self]


_KIND_LABELS = {
    Kind.ORGANISATION: "单位注册",
    Kind.PERSON: "个人注册",
    Kind.TRANSFER: "单位变更",
    Kind.CORRECTION: "信息更正",
}
_STEP_LABELS = {
    Step.SUPERIOR: "上级单位审核",
    Step.EMPLOYER: "单位审核",
    Step.BUREAU: "人力资源社会保障局审核",
    Step.ACCEPT: "调入单位接收",
    Step.RELEASE: "调出单位确认",
    Step.DISPUTE: "人力资源社会保障局裁定",
    Step.APPLICANT: "退回修改",
    Step.DONE: "已办结",
}
_STATUS_LABELS = {
    Status.SUBMITTED: "审核中",
    Status.RETURNED: "已退回修改",
    Status.APPROVED: "已通过",
    Status.REJECTED: "未通过",
    Status.WITHDRAWN: "已撤回",
}
_VERDICT_LABELS = {
    Verdict.SUBMIT: "提交",
    Verdict.APPROVE: "通过",
    Verdict.RETURN: "退回修改",
    Verdict.REJECT: "不予通过",
    Verdict.PASS_ON: "转交",
    Verdict.OBJECT: "提出异议",
    Verdict.LAPSE: "逾期自动确认",
    Verdict.WITHDRAW: "撤回",
}

FIRST_STEP = {
    Kind.ORGANISATION: Step.SUPERIOR,
    Kind.PERSON: Step.EMPLOYER,
    Kind.TRANSFER: Step.ACCEPT,
    Kind.CORRECTION: Step.EMPLOYER,
}

_OPEN = Status.SUBMITTED
_ENDED = (Status.APPROVED, Step.DONE)

# What each verdict leads to; what is not here cannot be done.
TRANSITIONS: dict[tuple[Kind, Step, Verdict], tuple[Status, Step]] = {
    (Kind.ORGANISATION, Step.SUPERIOR, Verdict.APPROVE): _ENDED,
    (Kind.ORGANISATION, Step.SUPERIOR, Verdict.PASS_ON): (_OPEN, Step.SUPERIOR),
    (Kind.PERSON, Step.EMPLOYER, Verdict.APPROVE): _ENDED,
    (Kind.PERSON, Step.EMPLOYER, Verdict.PASS_ON): (_OPEN, Step.EMPLOYER),
    (Kind.TRANSFER, Step.ACCEPT, Verdict.APPROVE): (_OPEN, Step.RELEASE),
    (Kind.TRANSFER, Step.RELEASE, Verdict.APPROVE): _ENDED,
    (Kind.TRANSFER, Step.RELEASE, Verdict.LAPSE): _ENDED,
    (Kind.TRANSFER, Step.RELEASE, Verdict.OBJECT): (_OPEN, Step.DISPUTE),
    (Kind.TRANSFER, Step.DISPUTE, Verdict.APPROVE): _ENDED,
    (Kind.CORRECTION, Step.EMPLOYER, Verdict.APPROVE): (_OPEN, Step.BUREAU),
    (Kind.CORRECTION, Step.BUREAU, Verdict.APPROVE): _ENDED,
}
_RETURNABLE = (
    (Kind.ORGANISATION, Step.SUPERIOR), (Kind.PERSON, Step.EMPLOYER),
    (Kind.TRANSFER, Step.ACCEPT), (Kind.CORRECTION, Step.EMPLOYER), (Kind.CORRECTION, Step.BUREAU),
)  # fmt: skip
for _kind, _step in _RETURNABLE:
    TRANSITIONS[_kind, _step, Verdict.RETURN] = (Status.RETURNED, Step.APPLICANT)
    TRANSITIONS[_kind, _step, Verdict.REJECT] = (Status.REJECTED, Step.DONE)
TRANSITIONS[Kind.TRANSFER, Step.DISPUTE, Verdict.REJECT] = (Status.REJECTED, Step.DONE)
for _kind in Kind:
    TRANSITIONS[_kind, Step.APPLICANT, Verdict.SUBMIT] = (_OPEN, FIRST_STEP[_kind])
    for _step in (*(s for k, s, _ in tuple(TRANSITIONS) if k is _kind), Step.APPLICANT):
        TRANSITIONS[_kind, _step, Verdict.WITHDRAW] = (Status.WITHDRAWN, Step.DONE)

# What an applicant or the clock does; everything else is an office's word.
NOT_AN_OFFICE = frozenset({Verdict.SUBMIT, Verdict.WITHDRAW, Verdict.LAPSE})
# Without these a refusal would leave the applicant guessing.
NEEDS_REASON = frozenset({Verdict.RETURN, Verdict.REJECT, Verdict.OBJECT, Verdict.PASS_ON})


def verdicts(kind: Kind, step: Step) -> tuple[Verdict, ...]:
    """What the office whose turn it is may do, in the order of the enum."""
    return tuple(
        verdict
        for verdict in Verdict
        if (kind, step, verdict) in TRANSITIONS and verdict not in NOT_AN_OFFICE
    )
