"""课程: made, reviewed, published, followed by a newer edition, withdrawn (article 3)."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from rxapp.errors import Invalid
from rxapp.rules.hours import ZERO, Hours
from rxapp.rules.subjects import Subject

LONGEST_REASON = 200
# How many letters of each fact are kept; what is too long is told when it is sent in.
FACTS = {"title": 200, "summary": 1000, "year": 8, "subject": 40, "series": 100, "hours": 12}


class Status(StrEnum):
    """Where one edition of a course stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"

    @property
    def label(self) -> str:
        """The state as screens name it."""
        return _STATUS_LABELS[self]


class Act(StrEnum):
    """What can be done to an edition."""

    SUBMIT = "submit"
    RECALL = "recall"
    RETURN = "return"
    PUBLISH = "publish"
    WITHDRAW = "withdraw"
    SUPERSEDE = "supersede"

    @property
    def label(self) -> str:
        """The act as a history names it."""
        return _ACT_LABELS[self]


_STATUS_LABELS = {
    Status.DRAFT: "草稿", Status.SUBMITTED: "待审核", Status.RETURNED: "已退回",
    Status.PUBLISHED: "已发布", Status.WITHDRAWN: "已撤下", Status.SUPERSEDED: "已有新版",
}  # fmt: skip
_ACT_LABELS = {
    Act.SUBMIT: "提交审核", Act.RECALL: "收回修改", Act.RETURN: "退回", Act.PUBLISH: "发布",
    Act.WITHDRAW: "撤下", Act.SUPERSEDE: "由新版接替",
}  # fmt: skip
# Never back from published: what people learn is not changed behind their backs.
TRANSITIONS: dict[tuple[Status, Act], Status] = {
    (Status.DRAFT, Act.SUBMIT): Status.SUBMITTED,
    (Status.RETURNED, Act.SUBMIT): Status.SUBMITTED,
    (Status.SUBMITTED, Act.RECALL): Status.DRAFT,
    (Status.SUBMITTED, Act.RETURN): Status.RETURNED,
    (Status.SUBMITTED, Act.PUBLISH): Status.PUBLISHED,
    (Status.PUBLISHED, Act.WITHDRAW): Status.WITHDRAWN,
    (Status.PUBLISHED, Act.SUPERSEDE): Status.SUPERSEDED,
}
OPEN = frozenset({Status.DRAFT, Status.RETURNED})
# Once published: learned by somebody, perhaps.
KNOWN = frozenset({Status.PUBLISHED, Status.WITHDRAWN, Status.SUPERSEDED})
NEEDS_REASON = frozenset({Act.RETURN, Act.WITHDRAW})
_STOPPED = {
    Status.WITHDRAWN: "本课程已停止新学，已开始的可以学完，已记入的学时不变。",
    Status.SUPERSEDED: "本课程已有新版，本版已停止新学，已开始的可以学完。",
}


def stopped_sentence(status: Status) -> str:
    """Why nobody new may begin an edition; empty while anybody may."""
    return _STOPPED.get(status, "")


def parse_reason(reason: str) -> str:
    """The reason for returning or withdrawing; Invalid when it says nothing or too much."""
    said = " ".join(reason.split())
    if not 2 <= len(said) <= LONGEST_REASON:
        raise Invalid({"reason": f"请填写理由，2至{LONGEST_REASON}个字，会告知制作单位。"})
    return said


def keep_fact(name: str, value: str) -> str:
    """One typed fact as it is kept: as typed, within bounds. Invalid for what is no fact."""
    if name not in FACTS:
        raise Invalid(message="没有这一项，未作任何改动。")
    return value.replace("\0", "")[: FACTS[name]].strip()


def columns_of(typed: Mapping[str, Any]) -> dict[str, Any]:
    """As much of what was typed as can be read already, as columns to list and sort a draft by."""
    year = str(typed.get("year", ""))
    known = year.isascii() and year.isdigit() and len(year) == 4
    return {
        "title": str(typed.get("title", ""))[:120], "summary": str(typed.get("summary", ""))[:600],
        "series": str(typed.get("series", ""))[:60], "year": int(year) if known else 0,
        "subject": _subject(typed), "hours": _hours(typed),
    }  # fmt: skip


def _subject(typed: Mapping[str, Any]) -> Subject:
    word = str(typed.get("subject", ""))
    return Subject(word) if word in set(Subject) else Subject.PROFESSIONAL


def _hours(typed: Mapping[str, Any]) -> Hours:
    try:
        found = Hours.of(str(typed.get("hours", "")))
    except Invalid:
        return ZERO
    return found if found > ZERO else ZERO
