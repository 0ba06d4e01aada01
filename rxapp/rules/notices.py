"""信息发布: where a notice stands, whom it is for, and what a good one is made of."""

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum

from rxapp.errors import Invalid
from rxapp.rules.permissions import Capacity

LONGEST_TITLE, LONGEST_BODY, LONGEST_REASON = 100, 20_000, 200
MOST_FILES, LARGEST_FILE = 10, 20 * 1024 * 1024
# What a writer types; whom it is for is ticked besides.
WORDS = ("title", "body", "audience", "publish_on", "publish_time", "pinned_until")
# Marks that cannot be seen, or turn letters round: they make one text look like another.
_UNSEEN = re.compile(r"[\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class Status(StrEnum):
    """Where a notice stands; scheduled is a published one whose time has not come."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        """The state as screens name it."""
        return _LABELS[self]


_LABELS = {
    Status.DRAFT: "草稿", Status.SCHEDULED: "定时发布", Status.PUBLISHED: "已发布",
    Status.WITHDRAWN: "已撤下",
}  # fmt: skip


class Act(StrEnum):
    """What a writer does with a notice."""

    PUBLISH = "publish"
    WITHDRAW = "withdraw"


# What is kept afterwards; time alone makes a published one scheduled or visible.
TRANSITIONS: dict[tuple[Status, Act], Status] = {
    (Status.DRAFT, Act.PUBLISH): Status.PUBLISHED,
    (Status.SCHEDULED, Act.PUBLISH): Status.PUBLISHED,
    (Status.PUBLISHED, Act.PUBLISH): Status.PUBLISHED,
    (Status.WITHDRAWN, Act.PUBLISH): Status.PUBLISHED,
    (Status.SCHEDULED, Act.WITHDRAW): Status.WITHDRAWN,
    (Status.PUBLISHED, Act.WITHDRAW): Status.WITHDRAWN,
}


class Kind(StrEnum):
    """A kind of people a notice can be for."""

    LEARNER = "learner"
    EMPLOYER = "employer"
    DEPARTMENT = "department"
    BASE = "base"
    BUREAU = "bureau"
    # Each stands for its place in kept sets: a new one comes last.
    PANEL = "panel"

    @property
    def label(self) -> str:
        """The kind in the notice's own words."""
        return _KIND_LABELS[self]

    @property
    def bit(self) -> int:
        """Its place in a set that is kept as one number."""
        return 1 << list(Kind).index(self)


_KIND_LABELS = {
    Kind.LEARNER: "学员", Kind.EMPLOYER: "单位管理员", Kind.DEPARTMENT: "主管部门",
    Kind.BASE: "继续教育基地", Kind.BUREAU: "人社局", Kind.PANEL: "职称评审机构",
}  # fmt: skip
_OF_CAPACITY = {
    Capacity.EMPLOYER: Kind.EMPLOYER, Capacity.DEPARTMENT: Kind.DEPARTMENT,
    Capacity.BASE: Kind.BASE, Capacity.CITY_BUREAU: Kind.BUREAU,
    Capacity.COUNTY_BUREAU: Kind.BUREAU, Capacity.TITLE_PANEL: Kind.PANEL,
}  # fmt: skip


@dataclass(frozen=True)
class Audience:
    """Whom a notice is for: of these kinds (none: any kind), in these counties (none: all)."""

    kinds: frozenset[Kind] = frozenset()
    counties: frozenset[int] = frozenset()

    @property
    def is_everyone(self) -> bool:
        """Whether it is public, also for whoever is not signed in."""
        return not self.kinds and not self.counties

    @property
    def mask(self) -> int:
        """The kinds as one number, 0 for any."""
        return sum(kind.bit for kind in self.kinds)


EVERYONE = Audience()


@dataclass(frozen=True)
class NoticeFacts:
    """A notice as it is about to be published; no `publish_at` is at once."""

    title: str
    body: str
    audience: Audience
    publish_at: datetime | None = None
    pinned_until: date | None = None
    files: tuple[int, ...] = field(default=())


def kinds_of(capacities: Collection[Capacity]) -> frozenset[Kind]:
    """The kinds a clerk of such an office is of."""
    return frozenset(_OF_CAPACITY[each] for each in capacities if each in _OF_CAPACITY)


def kinds_in(mask: int) -> frozenset[Kind]:
    """The kinds kept as one number."""
    return frozenset(kind for kind in Kind if mask & kind.bit)


def standing(kept: Status, publish_at: datetime | None, now: datetime) -> Status:
    """Where a notice stands now: what is kept, and the time."""
    if kept is Status.PUBLISHED and publish_at is not None and publish_at > now:
        return Status.SCHEDULED
    return kept


def tidy(text: str, longest: int) -> str:
    """A text as it is kept: one kind of line end, without marks that cannot be seen."""
    text = text[: longest * 2].replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    ")
    return _CONTROL.sub("", _UNSEEN.sub("", text))[: longest + 1]


def tidy_line(text: str, longest: int) -> str:
    """Likewise, in one line."""
    return " ".join(tidy(text, longest).split())


def parse(
    typed: Mapping[str, str], *, kinds: Collection[str], counties: Collection[int],
    own_county: int | None, now: datetime,
) -> NoticeFacts:  # fmt: skip
    """What a writer typed and ticked; Invalid names every wrong field.

    `own_county` is the county whose bureau writes: it reaches nobody else. None is the city's.
    """
    faults: dict[str, str] = {}
    title = tidy_line(typed.get("title", ""), LONGEST_TITLE)
    body = tidy(typed.get("body", ""), LONGEST_BODY)
    if not 2 <= len(title) <= LONGEST_TITLE:
        faults["title"] = f"请填写标题，2至{LONGEST_TITLE}个字。"
    if not body.strip():
        faults["body"] = "请填写正文。"
    if len(body) > LONGEST_BODY:
        faults["body"] = f"正文不超过{LONGEST_BODY}个字，较长的内容请放在附件中。"
    audience = _audience(typed, kinds, counties, own_county, faults)
    publish_at = _moment(typed, now, faults)
    pinned = _day(typed.get("pinned_until", ""), "pinned_until", faults)
    if pinned and pinned < (publish_at or now).date():
        faults["pinned_until"] = "置顶的最后一天不能早于发布日期；不置顶的请清空。"
    if faults:
        raise Invalid(faults)
    return NoticeFacts(title, body, audience, publish_at, pinned)


def parse_reason(typed: str) -> str:
    """Why a notice is taken away."""
    reason = tidy_line(typed, LONGEST_REASON)
    if not 2 <= len(reason) <= LONGEST_REASON:
        raise Invalid({"reason": f"请填写撤下的理由，2至{LONGEST_REASON}个字。"})
    return reason


def words_of(audience: Audience, places: Mapping[int, str]) -> str:
    """Whom a notice is for, in a sentence; `places` are the counties' names."""
    if audience.is_everyone:
        return "所有人，不登录也能查看"
    where = "、".join(places.get(each, "") for each in sorted(audience.counties))
    who = "、".join(kind.label for kind in Kind if kind in audience.kinds) or "全部人员"
    return f"{where or '全市'}：{who}"


def _audience(
    typed: Mapping[str, str], kinds: Collection[str], counties: Collection[int],
    own_county: int | None, faults: dict[str, str],
) -> Audience:  # fmt: skip
    chosen = frozenset(Kind(word) for word in kinds if word in set(Kind))
    if own_county is not None:
        return Audience(chosen, frozenset({own_county}))
    if typed.get("audience") == "everyone":
        return EVERYONE
    if typed.get("audience") != "some":
        faults["audience"] = "请选择发给谁。"
    elif not chosen and not counties:
        faults["audience"] = "请至少选择一类人员或一个县（市、区）。"
    return Audience(chosen, frozenset(counties))


def _moment(typed: Mapping[str, str], now: datetime, faults: dict[str, str]) -> datetime | None:
    day = _day(typed.get("publish_on", ""), "publish_on", faults)
    hour = unicodedata.normalize("NFKC", typed.get("publish_time", "")[:20]).strip()
    if day is None:
        if hour and "publish_on" not in faults:
            faults["publish_on"] = "填写了时间的，请同时填写发布日期；立即发布的请都清空。"
        return None
    try:
        at = time.fromisoformat(hour) if hour else time(8, 30)
    except ValueError:
        faults["publish_time"] = "时间应为时和分，例如 08:30。"
        return None
    moment = datetime.combine(day, at.replace(second=0, microsecond=0, tzinfo=None), now.tzinfo)
    if moment.year > now.year + 1:
        faults["publish_on"] = "发布日期不能晚于明年年底。"
    # A time that has passed is no schedule: it goes out at once.
    return moment if moment > now else None


def _day(typed: str, name: str, faults: dict[str, str]) -> date | None:
    word = unicodedata.normalize("NFKC", typed[:20]).strip()
    if not word:
        return None
    try:
        return date.fromisoformat(word)
    except ValueError:
        faults[name] = "日期不正确，请重新选择。"
        return None
