"""我的信息: what is kept about oneself, put right where one may, and taken along as a workbook."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import Session, col, select

from rxapp.errors import Conflict
from rxapp.models.applications import Application
from rxapp.models.audit import AuditEvent
from rxapp.models.certificates import Certificate
from rxapp.models.credits import Credit
from rxapp.models.keys import StandingLookup
from rxapp.models.learning import LessonProgress, Showing
from rxapp.models.messages import Message
from rxapp.models.people import Affiliation, Disclosure, Person, SignIn
from rxapp.rules import profiles
from rxapp.rules.permissions import Permission
from rxapp.services import accounts, audit, disclosures, standing_lookups
from rxapp.services.actors import Actor
from rxapp.services.disclosures import DisclosureRow
from rxapp.services.standing_lookups import LookupRow

SECOND = "您的信息已在别处修改，请刷新后再试，已填写的内容仍在。"


@dataclass(frozen=True)
class OwnRecord:
    """What a person may put right himself, as it stands."""

    field: str
    title_series: str
    title_level: str
    education: str
    post: str
    version: int


@dataclass(frozen=True)
class KeptLine:
    """One kind of thing that is kept: how much of it there is, and for how long."""

    what: str
    count: str
    term: str


@dataclass(frozen=True)
class OwnData:
    """The record, what is kept beside it, who looked at a full number or asked for the hours."""

    record: OwnRecord
    kept: list[KeptLine]
    looks: list[DisclosureRow]
    lookups: list[LookupRow]


def get_own_data(session: Session, actor: Actor) -> OwnData:
    """All that the page 我的信息 shows."""
    person = accounts.own_person(session, actor, Permission.SIGNED_IN)
    return OwnData(
        record=_record_of(person),
        kept=[
            KeptLine(what, f"{count(session, person.id or 0)}条", term)
            for what, count, term in KEPT
        ],
        looks=disclosures.list_of(session, person.id or 0),
        lookups=standing_lookups.list_of(session, person.id or 0),
    )


def change_record(
    session: Session, actor: Actor, *, typed: Mapping[str, str], version: int
) -> OwnRecord:
    """Put one's own record right; Invalid names every wrong field, Conflict after another change.

    Name and number are not among them: those take a proof (信息更正).
    """
    person = accounts.own_person(session, actor, Permission.SIGNED_IN)
    record = profiles.parse_profile(typed)
    changed = sorted(key for key, value in record.items() if getattr(person, key) != value)
    if not changed:
        return _record_of(person)
    # Two windows at once: the second waits here and then sees the first one's version.
    session.refresh(person, with_for_update=True)
    if person.version != version:
        raise Conflict(SECOND)
    for key, value in record.items():
        setattr(person, key, value)
    person.version += 1
    session.add(person)
    session.flush()
    audit.record(
        session, actor, audit.Action.PERSON_CHANGED, kind="person", id=person.id,
        what=",".join(changed),
    )  # fmt: skip
    return _record_of(person)


def _record_of(person: Person) -> OwnRecord:
    return OwnRecord(
        field=person.field,
        title_series=person.title_series,
        title_level=person.title_level,
        education=person.education,
        post=person.post,
        version=person.version,
    )


def _counted(table: type, owner: object) -> Callable[[Session, int], int]:
    def count(session: Session, person_id: int) -> int:
        return session.exec(
            select(func.count()).select_from(table).where(col(owner) == person_id)  # type: ignore[arg-type]
        ).one()

    return count


LASTING = "长期保存"
# What is kept, where it is counted, for how long: the words of docs/retention.md.
KEPT = (
    ("学习档案", _counted(Credit, Credit.person_id), LASTING),
    ("学时证明", _counted(Certificate, Certificate.person_id), LASTING),
    ("学习进度", _counted(LessonProgress, LessonProgress.person_id), LASTING),
    ("弹题作答", _counted(Showing, Showing.person_id), LASTING),
    ("所在单位的变动", _counted(Affiliation, Affiliation.person_id), LASTING),
    ("提交的申请", _counted(Application, Application.person_id), "办结2年后清空填写的内容"),
    ("消息", _counted(Message, Message.person_id), "读过的保存3年"),
    ("登录记录", _counted(SignIn, SignIn.person_id), "失效后保存180天"),
    ("号码被查看的记录", _counted(Disclosure, Disclosure.person_id), LASTING),
    ("系统查询的记录", _counted(StandingLookup, StandingLookup.person_id), LASTING),
    ("本人的操作日志", _counted(AuditEvent, AuditEvent.actor_id), LASTING),
)
