"""Everything that is kept about oneself, as sheets of a workbook to take along."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.models.audit import AuditEvent
from rxapp.models.cases import SupervisionCase
from rxapp.models.certificates import Certificate
from rxapp.models.claims import Claim
from rxapp.models.courses import Lesson
from rxapp.models.credits import Credit
from rxapp.models.learning import LessonProgress
from rxapp.models.messages import Message
from rxapp.models.people import Person, SignIn
from rxapp.models.projects import Project
from rxapp.models.rosters import RosterLine
from rxapp.rules.audit_words import LABELS
from rxapp.rules.permissions import Permission
from rxapp.services import (
    accounts,
    audit,
    cases,
    disclosures,
    integrity,
    person_pages,
    standing_lookups,
)
from rxapp.services.actors import Actor
from rxapp.services.certificate_wording import STATUS_LABELS, moment_text
from rxapp.services.credits import SOURCES
from rxapp.services.person_pages import HistoryLine

# More than anybody has; a clerk's busiest years are cut off at their old end.
MOST_LINES = 20_000

Row = tuple[str | int, ...]


@dataclass(frozen=True)
class OwnSheet:
    """One sheet: its name, the names of its columns, its rows."""

    name: str
    heading: tuple[str, ...]
    rows: list[Row]


def list_sheets(session: Session, actor: Actor) -> list[OwnSheet]:
    """All that is kept about the signed-in person, recorded; numbers stay masked.

    The workbook may lie on a shared computer, and its owner knows his own number.
    """
    person = accounts.own_person(session, actor, Permission.SIGNED_IN)
    id = person.id or 0
    history = _lines(person_pages.list_history(session, person))
    sheets = [
        _sheet("个人资料", "项目 内容", _about(session, person)),
        _sheet("年度完成情况", "年度 公需科目 专业科目 总学时 状态", _years(session, id)),
        _sheet("学习档案", "年度 科目 学时 名称 来源 取得日期", _credits(session, id)),
        _sheet("学时申报", "受理编号 名称 组织单位 年度 学时 状态 提交时间", _claims(session, id)),
        _sheet("培训出勤", "培训项目 出勤日期 学时 考核结果 状态", _classes(session, id)),
        _sheet("学时证明", "编号 年度 版本 状态 开具时间", _certificates(session, id)),
        _sheet("学习进度", "课时 已学分钟 学完时间", _progress(session, id)),
        _sheet("单位和状态", "日期 事项", history),
        _sheet("申请", "时间 事项", _lines(person_pages.list_applications(session, id))),
        _sheet("监督检查", "编号 发现的问题 事实 答复 状态 立案时间", _matters(session, id)),
        _sheet("诚信档案", "理由 依据 记录日期 到期日 状态", _records(session, id)),
        _sheet("消息", "时间 标题 内容", _messages(session, id)),
        _sheet("登录记录", "登录时间 设备 最近使用", _sign_ins(session, id)),
        _sheet("谁看过我的号码", "时间 单位 内容 理由", _looks(session, id)),
        _sheet("系统查询", "时间 单位 年度", _lookups(session, id)),
        _sheet("操作日志", "时间 操作", _audit(session, id)),
    ]
    audit.record(session, actor, audit.Action.OWN_DATA_EXPORTED, kind="person", id=id)
    return sheets


def _sheet(name: str, heading: str, rows: list[Row]) -> OwnSheet:
    return OwnSheet(name, tuple(heading.split()), rows)


def _about(session: Session, person: Person) -> list[Row]:
    unit = accounts.organisation_name(session, person.organisation_id)
    return [
        ("姓名", person.name), ("身份证号码", person.identity_mask),
        ("手机号码", person.mobile_mask or "未采集"), ("电子邮箱", person.email_mask or "未填写"),
        ("所在单位", unit), ("状态", person.status.label), ("行业领域", person.field),
        ("职称系列", person.title_series), ("职称级别", person.title_level),
        ("学历", person.education), ("岗位", person.post), ("应学起始年度", person.owes_from),
    ]  # fmt: skip


def _years(session: Session, person_id: int) -> list[Row]:
    found = person_pages.list_standings(session, person_id)
    return [(row.year, row.public, row.professional, row.total, row.state) for row in found]


def _credits(session: Session, person_id: int) -> list[Row]:
    lines = session.exec(
        select(Credit)
        .where(Credit.person_id == person_id)
        .order_by(col(Credit.year).desc(), col(Credit.id).desc())
        .limit(MOST_LINES)
    )
    return [
        (
            row.year, row.subject.label, f"{row.hours}", row.title,
            SOURCES.get(row.source_kind, row.source_kind), f"{row.earned_on}",
        )
        for row in lines
    ]  # fmt: skip


def _claims(session: Session, person_id: int) -> list[Row]:
    rows = session.exec(
        select(Claim)
        .where(Claim.person_id == person_id)
        .order_by(col(Claim.id).desc())
        .limit(MOST_LINES)
    )
    return [
        (
            row.number or "", row.title, str(row.typed.get("organiser", "")), row.year or "",
            f"{row.hours}", row.status.label,
            _moment(row.submitted_at) if row.submitted_at else "",
        )
        for row in rows
    ]  # fmt: skip


def _classes(session: Session, person_id: int) -> list[Row]:
    rows = session.exec(
        select(RosterLine, Project.title)
        .join(Project, col(Project.id) == RosterLine.project_id)
        .where(RosterLine.person_id == person_id)
        .order_by(col(RosterLine.id).desc())
        .limit(MOST_LINES)
    )
    return [
        (title, "、".join(row.days), f"{row.hours}", row.test.label, row.state.label)
        for row, title in rows
    ]


def _certificates(session: Session, person_id: int) -> list[Row]:
    rows = session.exec(
        select(Certificate)
        .where(Certificate.person_id == person_id)
        .order_by(col(Certificate.year).desc(), col(Certificate.version).desc())
    )
    return [
        (row.number, row.year, row.version, STATUS_LABELS[row.status], moment_text(row.issued_at))
        for row in rows
    ]


def _progress(session: Session, person_id: int) -> list[Row]:
    rows = session.exec(
        select(LessonProgress, Lesson.title)
        .join(Lesson, col(Lesson.id) == LessonProgress.lesson_id)
        .where(LessonProgress.person_id == person_id)
        .order_by(col(LessonProgress.lesson_id))
    )
    return [
        (title, row.credited_ms // 60_000, _moment(row.completed_at) if row.completed_at else "")
        for row, title in rows
    ]


def _matters(session: Session, person_id: int) -> list[Row]:
    rows = session.exec(
        select(SupervisionCase)
        .where(SupervisionCase.person_id == person_id)
        .order_by(col(SupervisionCase.id).desc())
        .limit(MOST_LINES)
    )
    return [
        (
            row.number, row.finding.label, row.allegation, row.answer, cases.standing(row).label,
            _moment(row.opened_at),
        )
        for row in rows
    ]  # fmt: skip


def _records(session: Session, person_id: int) -> list[Row]:
    rows = integrity.list_of(session, person_id)
    return [(row.reason, row.basis, row.decided_on, row.expires_on, row.state) for row in rows]


def _messages(session: Session, person_id: int) -> list[Row]:
    rows = session.exec(
        select(Message)
        .where(Message.person_id == person_id)
        .order_by(col(Message.id).desc())
        .limit(MOST_LINES)
    )
    return [(_moment(row.at), row.title, row.body) for row in rows]


def _sign_ins(session: Session, person_id: int) -> list[Row]:
    rows = session.exec(
        select(SignIn)
        .where(SignIn.person_id == person_id)
        .order_by(col(SignIn.id).desc())
        .limit(MOST_LINES)
    )
    return [(_moment(row.created_at), row.device, _moment(row.seen_at)) for row in rows]


def _looks(session: Session, person_id: int) -> list[Row]:
    rows = disclosures.list_of(session, person_id, limit=MOST_LINES)
    return [(row.at, row.office, row.what, row.reason) for row in rows]


def _lookups(session: Session, person_id: int) -> list[Row]:
    rows = standing_lookups.list_of(session, person_id, limit=MOST_LINES)
    return [(row.at, row.organisation, row.years) for row in rows]


def _audit(session: Session, person_id: int) -> list[Row]:
    rows = session.exec(
        select(AuditEvent)
        .where(AuditEvent.actor_id == person_id)
        .order_by(col(AuditEvent.id).desc())
        .limit(MOST_LINES)
    )
    return [(_moment(row.at), LABELS.get(row.action, row.action)) for row in rows]


def _lines(found: Iterable[HistoryLine]) -> list[Row]:
    return [(line.at, line.what) for line in found]


def _moment(at: datetime) -> str:
    return f"{clock.local(at):%Y-%m-%d %H:%M}"
