"""The city's own periods: what they are called, what they are at first, how far they may go."""

from dataclasses import dataclass
from enum import StrEnum

from rxapp.errors import Invalid


class CityValue(StrEnum):
    """A whole number of days that the city bureau may set."""

    TRANSFER_RELEASE_DAYS = "transfer_release_days"
    DESK_WARN_DAYS = "desk_warn_days"
    DESK_ESCALATE_DAYS = "desk_escalate_days"
    INVITATION_DAYS = "invitation_days"
    PSEUDONYM_DAYS = "pseudonym_days"
    CASE_ANSWER_DAYS = "case_answer_days"
    CLASS_DAY_HOURS = "class_day_hours"


@dataclass(frozen=True)
class ValueRule:
    """The name and the limits of one value."""

    label: str
    hint: str
    first: int
    least: int
    most: int


RULES = {
    CityValue.TRANSFER_RELEASE_DAYS: ValueRule(
        "单位变更自动确认天数", "调出单位在此期限内没有答复的，自动确认调出。", 15, 1, 90
    ),
    CityValue.DESK_WARN_DAYS: ValueRule(
        "待办提醒天数", "待办事项超过此天数，在工作台上提醒。", 3, 1, 30
    ),
    CityValue.DESK_ESCALATE_DAYS: ValueRule(
        "待办上报天数", "待办事项超过此天数，同时显示在上级单位的工作台。", 7, 1, 60
    ),
    CityValue.INVITATION_DAYS: ValueRule(
        "管理员邀请有效天数", "邀请超过此天数未接受的，自动失效。", 7, 1, 30
    ),
    CityValue.PSEUDONYM_DAYS: ValueRule(
        "去世人员信息隐去天数",
        "登记为去世超过此天数的，自动隐去姓名和号码，学时和日志保留。",
        1095,
        365,
        3650,
    ),
    CityValue.CASE_ANSWER_DAYS: ValueRule(
        "陈述申辩天数", "监督检查中告知本人或单位后，在此天数内答复，再作决定。", 10, 3, 60
    ),
    CityValue.CLASS_DAY_HOURS: ValueRule(
        "培训每日学时上限", "每天认定的学时不超过此数。", 8, 1, 12
    ),
}


def parse(value: CityValue, typed: str) -> int:
    """The number that was typed, or Invalid with the limits."""
    rule = RULES[value]
    bare = typed.strip()
    if not (bare.isascii() and bare.isdigit() and rule.least <= int(bare[:6]) <= rule.most):
        raise Invalid({value.value: f"{rule.label}应为{rule.least}至{rule.most}之间的整数。"})
    return int(bare)
