"""学时申报: its states, whose turn it is, and where each act leads (articles 3.3, 4.3 and 4.4)."""

from enum import StrEnum

from rxapp.rules.permissions import Capacity


class Status(StrEnum):
    """Where a claim stands."""

    DRAFT = "draft"
    UNCONFIRMED = "unconfirmed"  # entered by a clerk; the person has not yet confirmed it
    SUBMITTED = "submitted"
    RETURNED = "returned"
    DISMISSED = "dismissed"  # with all its office had pending; may come again once that is lifted
    GRANTED = "granted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    REVOKED = "revoked"

    @property
    def label(self) -> str:
        """The state in words."""
        return _STATUS_LABELS[self]


class Step(StrEnum):
    """Whose turn it is."""

    PERSON = "person"
    EMPLOYER = "employer"  # 审核
    AUTHORITY = "authority"  # 审验
    JOINT = "joint"  # both in one, where there is no employer to act
    APPEAL = "appeal"  # the level above whoever rejected
    DONE = "done"

    @property
    def label(self) -> str:
        """What is done at the step."""
        return _STEP_LABELS[self]


class Act(StrEnum):
    """One thing that can be done to a claim."""

    HAND_OVER = "hand_over"  # a clerk who entered it, to the person who confirms or refuses
    SUBMIT = "submit"
    WITHDRAW = "withdraw"
    PASS = "pass"
    RETURN = "return"
    REJECT = "reject"
    TAKE_BACK = "take_back"  # one's own decision, before the next level acts
    APPEAL = "appeal"
    DISMISS = "dismiss"
    REVOKE = "revoke"

    @property
    def label(self) -> str:
        """The act in words."""
        return _ACT_LABELS[self]


_STATUS_LABELS = {
    Status.DRAFT: "草稿",
    Status.UNCONFIRMED: "待本人确认",
    Status.SUBMITTED: "审核中",
    Status.RETURNED: "已退回修改",
    Status.DISMISSED: "已驳回",
    Status.GRANTED: "已通过",
    Status.REJECTED: "未通过",
    Status.WITHDRAWN: "已撤回",
    Status.REVOKED: "已撤销",
}
_STEP_LABELS = {
    Step.PERSON: "本人填报",
    Step.EMPLOYER: "单位审核",
    Step.AUTHORITY: "主管部门审验",
    Step.JOINT: "审核和审验",
    Step.APPEAL: "复核",
    Step.DONE: "已办结",
}
_ACT_LABELS = {
    Act.HAND_OVER: "代为填报",
    Act.SUBMIT: "提交",
    Act.WITHDRAW: "撤回",
    Act.PASS: "通过",
    Act.RETURN: "退回修改",
    Act.REJECT: "不予通过",
    Act.TAKE_BACK: "收回意见",
    Act.APPEAL: "申请复核",
    Act.DISMISS: "驳回",
    Act.REVOKE: "撤销",
}

# The steps at which an office decides.
REVIEWS = (Step.EMPLOYER, Step.AUTHORITY, Step.JOINT, Step.APPEAL)
# What the person does; what a bureau does by a measure of its own; the rest is a reviewer's word.
BY_THE_PERSON = frozenset({Act.SUBMIT, Act.WITHDRAW, Act.APPEAL})
NOT_A_REVIEW = BY_THE_PERSON | {Act.HAND_OVER, Act.DISMISS, Act.REVOKE}
NEEDS_REASON = frozenset({Act.RETURN, Act.REJECT, Act.TAKE_BACK, Act.DISMISS, Act.REVOKE})
# Who sends it in, and from where: the step that follows is for the chain of offices to say.
SENDABLE = (Status.DRAFT, Status.UNCONFIRMED, Status.RETURNED, Status.DISMISSED)

# What each act leads to; what is not here cannot be done. A step of None is the next of the chain.
TRANSITIONS: dict[tuple[Status, Step, Act], tuple[Status, Step | None]] = {
    (Status.SUBMITTED, Step.EMPLOYER, Act.PASS): (Status.SUBMITTED, Step.AUTHORITY),
    (Status.SUBMITTED, Step.AUTHORITY, Act.PASS): (Status.GRANTED, Step.DONE),
    (Status.SUBMITTED, Step.JOINT, Act.PASS): (Status.GRANTED, Step.DONE),
    (Status.SUBMITTED, Step.APPEAL, Act.PASS): (Status.GRANTED, Step.DONE),
    (Status.REJECTED, Step.DONE, Act.APPEAL): (Status.SUBMITTED, Step.APPEAL),
    (Status.GRANTED, Step.DONE, Act.REVOKE): (Status.REVOKED, Step.DONE),
    (Status.DRAFT, Step.PERSON, Act.HAND_OVER): (Status.UNCONFIRMED, Step.PERSON),
}
for _status in SENDABLE:
    TRANSITIONS[_status, Step.PERSON, Act.SUBMIT] = (Status.SUBMITTED, None)
    TRANSITIONS[_status, Step.PERSON, Act.WITHDRAW] = (Status.WITHDRAWN, Step.DONE)
for _step in REVIEWS:
    TRANSITIONS[Status.SUBMITTED, _step, Act.REJECT] = (Status.REJECTED, Step.DONE)
    TRANSITIONS[Status.SUBMITTED, _step, Act.DISMISS] = (Status.DISMISSED, Step.PERSON)
    if _step is not Step.APPEAL:
        TRANSITIONS[Status.SUBMITTED, _step, Act.RETURN] = (Status.RETURNED, Step.PERSON)
# Until the first decision: whoever is asked to decide at all is asked first.
for _step in (Step.EMPLOYER, Step.JOINT):
    TRANSITIONS[Status.SUBMITTED, _step, Act.WITHDRAW] = (Status.WITHDRAWN, Step.DONE)
# A decision is taken back from where it led; the step it was given at is that of the decision.
for _status, _step in (
    (Status.SUBMITTED, Step.AUTHORITY), (Status.GRANTED, Step.DONE), (Status.REJECTED, Step.DONE),
    (Status.RETURNED, Step.PERSON),
):  # fmt: skip
    TRANSITIONS[_status, _step, Act.TAKE_BACK] = (Status.SUBMITTED, None)

# What each level answers for, point by point (article 4.4).
EMPLOYER_POINTS = {
    "kind": "继续教育的种类属实",
    "content": "内容属实",
    "time": "时间属实",
    "hours": "学时属实",
    "result": "考试考核结果属实（没有考核的，视为符合）",
    "truth": "证明材料真实",
    "complete": "证明材料完整",
    "timely": "证明材料在有效期内",
}
AUTHORITY_POINTS = {
    "filled": "学时如实填写",
    "evidence": "按要求上传了证明材料",
    "computed": "学时按规定的办法计算",
}
POINTS: dict[Step, dict[str, str]] = {
    Step.EMPLOYER: EMPLOYER_POINTS,
    Step.AUTHORITY: AUTHORITY_POINTS,
    Step.JOINT: EMPLOYER_POINTS | AUTHORITY_POINTS,
    Step.APPEAL: EMPLOYER_POINTS | AUTHORITY_POINTS,
}

# Who can stand above an employer in the second step: a department, or else a bureau.
AUTHORITIES = frozenset({Capacity.DEPARTMENT, Capacity.COUNTY_BUREAU, Capacity.CITY_BUREAU})


def review_acts(status: Status, step: Step) -> tuple[Act, ...]:
    """What the office whose turn it is may do, in the order of the enum."""
    return tuple(
        act
        for act in Act
        if (status, step, act) in TRANSITIONS
        and act not in NOT_A_REVIEW
        and act is not Act.TAKE_BACK
    )
