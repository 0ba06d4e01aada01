"""监督检查处理: a matter, who is heard in it, what may follow from it, and until when (4.4)."""

from datetime import date
from enum import StrEnum

from rxapp.errors import Invalid

LONGEST_TEXT, LONGEST_REASON, LONGEST_BASIS = 2000, 400, 200
MOST_FILES = 3
# An order to put things right is for days or months, never open-ended.
MOST_ORDER_DAYS = 365
INTEGRITY_YEARS = 3
BASIS = "《专业技术人员继续教育规定》；继续教育工作通知第四条第四项（谁审核，谁负责）"


class Status(StrEnum):
    """Where a matter stands."""

    NOTIFIED = "notified"
    ANSWERED = "answered"
    EXPIRED = "expired"  # the date passed without an answer; never stored, always read off
    DECIDED = "decided"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        """The state in words."""
        return _STATUS_LABELS[self]


class Act(StrEnum):
    """One thing that moves a matter."""

    ANSWER = "answer"
    DECIDE = "decide"
    CLOSE = "close"
    WITHDRAW = "withdraw"


class Finding(StrEnum):
    """What was found; the last two are those of an organisation (article 4.4)."""

    IN_ORDER = "in_order"
    WRONG_HOURS = "wrong_hours"
    NOT_PROVEN = "not_proven"
    FALSE = "false"
    CARELESS = "careless"
    AGAINST_RULES = "against_rules"

    @property
    def label(self) -> str:
        """The finding in the notice's words."""
        return _FINDING_LABELS[self]


class Entry(StrEnum):
    """One line in the file of a matter or of an order."""

    OPENED = "opened"
    ANSWERED = "answered"
    DECIDED = "decided"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    REVOKED = "revoked"
    CORRECTED = "corrected"
    DISMISSED = "dismissed"
    ORDERED = "ordered"
    REPORTED = "reported"
    EXTENDED = "extended"
    LIFTED = "lifted"
    RECORDED = "recorded"  # in the integrity archive
    CANCELLED = "cancelled"
    HELD = "held"  # responsible: the reviewer

    @property
    def label(self) -> str:
        """The line's kind in words."""
        return _ENTRY_LABELS[self]


class Side(StrEnum):
    """Who speaks."""

    BUREAU = "bureau"
    PERSON = "person"
    ORGANISATION = "organisation"


class OrderStatus(StrEnum):
    """Where an order to put things right stands."""

    ISSUED = "issued"
    REPORTED = "reported"
    EXTENDED = "extended"
    LIFTED = "lifted"

    @property
    def label(self) -> str:
        """The state in words."""
        return _ORDER_LABELS[self]


class OrderAct(StrEnum):
    """One thing that moves an order."""

    REPORT = "report"
    EXTEND = "extend"
    LIFT = "lift"


_STATUS_LABELS = {
    Status.NOTIFIED: "待答复",
    Status.ANSWERED: "已答复",
    Status.EXPIRED: "逾期未答复",
    Status.DECIDED: "已作出决定",
    Status.CLOSED: "已办结",
    Status.WITHDRAWN: "已撤回",
}
_FINDING_LABELS = {
    Finding.IN_ORDER: "未发现问题",
    Finding.WRONG_HOURS: "学时不符",
    Finding.NOT_PROVEN: "证明不足",
    Finding.FALSE: "弄虚作假",
    Finding.CARELESS: "不认真履行审核职责",
    Finding.AGAINST_RULES: "违规审核",
}
_ENTRY_LABELS = {
    Entry.OPENED: "立案并告知",
    Entry.ANSWERED: "陈述和申辩",
    Entry.DECIDED: "处理决定",
    Entry.CLOSED: "办结",
    Entry.WITHDRAWN: "撤回",
    Entry.REVOKED: "撤销学时",
    Entry.CORRECTED: "更正学时",
    Entry.DISMISSED: "驳回待审核的申报",
    Entry.ORDERED: "责令限期整改",
    Entry.REPORTED: "整改报告",
    Entry.EXTENDED: "延长整改期限",
    Entry.LIFTED: "解除整改",
    Entry.RECORDED: "记入诚信档案",
    Entry.CANCELLED: "撤销诚信档案记录",
    Entry.HELD: "追究审核责任",
}
_ORDER_LABELS = {
    OrderStatus.ISSUED: "整改中",
    OrderStatus.REPORTED: "已报告，待核查",
    OrderStatus.EXTENDED: "已延期，整改中",
    OrderStatus.LIFTED: "已解除",
}

# What a claim can be found to be, and what an organisation can.
OF_CLAIMS = (Finding.WRONG_HOURS, Finding.NOT_PROVEN, Finding.FALSE)
OF_ORGANISATIONS = (Finding.FALSE, Finding.CARELESS, Finding.AGAINST_RULES)
# What each side reads of a matter. Who answers for a review is told to the reviewer and to the
# offices above, and what an organisation must put right is not the business of the person heard.
_OF_OTHERS = frozenset(
    {
        Entry.DISMISSED, Entry.ORDERED, Entry.REPORTED, Entry.EXTENDED, Entry.LIFTED, Entry.HELD,
    }
)  # fmt: skip
READS = {
    Side.BUREAU: frozenset(Entry),
    Side.PERSON: frozenset(Entry) - _OF_OTHERS,
    Side.ORGANISATION: frozenset(Entry) - {Entry.HELD},
}

# What each act leads to; what is not here cannot be done. Before the date only an answer decides.
TRANSITIONS: dict[tuple[Status, Act], Status] = {
    (Status.NOTIFIED, Act.ANSWER): Status.ANSWERED,
    (Status.EXPIRED, Act.ANSWER): Status.ANSWERED,
    (Status.ANSWERED, Act.ANSWER): Status.ANSWERED,  # more is said, until it is decided
    (Status.ANSWERED, Act.DECIDE): Status.DECIDED,
    (Status.EXPIRED, Act.DECIDE): Status.DECIDED,
    (Status.DECIDED, Act.CLOSE): Status.CLOSED,
    (Status.NOTIFIED, Act.WITHDRAW): Status.WITHDRAWN,
    (Status.ANSWERED, Act.WITHDRAW): Status.WITHDRAWN,
    (Status.EXPIRED, Act.WITHDRAW): Status.WITHDRAWN,
}
ORDER_TRANSITIONS: dict[tuple[OrderStatus, OrderAct], OrderStatus] = {
    (status, act): leads_to
    for status in (OrderStatus.ISSUED, OrderStatus.REPORTED, OrderStatus.EXTENDED)
    for act, leads_to in (
        (OrderAct.REPORT, OrderStatus.REPORTED),
        (OrderAct.EXTEND, OrderStatus.EXTENDED),
        (OrderAct.LIFT, OrderStatus.LIFTED),
    )
}


def status_on(status: Status, answer_by: date, today: date) -> Status:
    """Where a matter stands on a day: without an answer it expires when its last day is over."""
    if status is Status.NOTIFIED and today > answer_by:
        return Status.EXPIRED
    return status


def expires_on(decided_on: date) -> date:
    """The last day of an integrity record: the same day three years on, 28 for a 29 February."""
    try:
        return decided_on.replace(year=decided_on.year + INTEGRITY_YEARS)
    except ValueError:
        return date(decided_on.year + INTEGRITY_YEARS, 2, 28)


def is_in_force(last_day: date, today: date, *, cancelled: bool) -> bool:
    """Whether an integrity record still holds; it expires by itself."""
    return not cancelled and today <= last_day


def parse_text(typed: str, field: str, what: str, most: int = LONGEST_TEXT) -> str:
    """What was written, lines kept; Invalid when it is empty or too long."""
    lines = [" ".join(line.split()) for line in typed.strip().splitlines()]
    found = "\n".join(line for line in lines if line)
    if not found:
        raise Invalid({field: f"请填写{what}。"})
    if len(found) > most:
        raise Invalid({field: f"{what}不能超过{most}个字，已填写的内容仍在。"})
    return found


def parse_grounds(reason: str, basis: str) -> tuple[str, str]:
    """The reason and the legal basis of an act; Invalid names each that is missing."""
    faults: dict[str, str] = {}
    parsed = ["", ""]
    for place, (typed, field, what, most) in enumerate(
        ((reason, "reason", "理由", LONGEST_REASON), (basis, "basis", "依据", LONGEST_BASIS))
    ):
        try:
            parsed[place] = parse_text(typed, field, what, most)
        except Invalid as error:
            faults |= error.fields
    if faults:
        raise Invalid(faults)
    return parsed[0], parsed[1]


def parse_due(typed: str, today: date, *, after: date | None = None) -> date:
    """The last day of an order: after today (and after the old one), within a year."""
    try:
        found = date.fromisoformat(typed.strip())
    except ValueError:
        raise Invalid({"due_on": "请填写整改期限，例如2020-09-01。"}) from None
    first = max(today, after) if after else today
    if found <= first or (found - today).days > MOST_ORDER_DAYS:
        than = "原期限" if after and after >= today else "今天"
        raise Invalid({"due_on": f"整改期限应晚于{than}，且不超过一年。"})
    return found
