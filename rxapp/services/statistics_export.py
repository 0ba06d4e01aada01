"""完成情况 as a workbook: one office with all below it, one year, recorded; nobody is named."""

from sqlmodel import Session

from rxapp import clock
from rxapp.rules import figures
from rxapp.rules.permissions import Permission
from rxapp.services import (
    audit,
    statistics,
    statistics_below,
    statistics_classes,
    statistics_parts,
)
from rxapp.services.actors import Actor
from rxapp.services.exporting import Row
from rxapp.services.own_export import OwnSheet
from rxapp.services.statistics import Count
from rxapp.services.statistics_parts import GroupRow

COUNTED = ("应学人数", "已激活", "已学习", "已完成", "未完成", "完成比例", "学时合计")


def list_sheets(
    session: Session, actor: Actor, *, organisation_id: int, year: int
) -> list[OwnSheet]:
    """Every table of the screen and all offices below, recorded."""
    actor.require(Permission.EXPORT)
    where = {"organisation_id": organisation_id, "year": year}
    seen = statistics.get_overview(session, actor, **where)
    every = statistics_below.list_every(session, actor, **where)
    classes = statistics_classes.count_classes(session, actor, **where)
    taken = f"{actor.name}　{clock.business_now():%Y-%m-%d %H:%M}"
    audit.record(
        session, actor, audit.Action.LIST_EXPORTED, kind="organisation", id=organisation_id,
        count=len(every) + 1, year=year, list="statistics",
    )  # fmt: skip
    fields = statistics_parts.list_groups(session, actor, **where, kind=figures.BY_FIELD)
    levels = statistics_parts.list_groups(session, actor, **where, kind=figures.BY_LEVEL)
    weeks = statistics_parts.list_weeks(session, actor, **where)
    return [
        OwnSheet("总体", ("项目", "数字", "占应学人数"), [
            ("单位", seen.unit, ""), ("年度", seen.label, ""), ("导出", taken, ""),
            *((each.label, each.count, each.share) for each in seen.stages),
            ("学时合计", seen.count.hours, ""),
            ("已备案培训班", classes.approved, ""), ("其中已办结", classes.held, ""),
            ("其中已记学时", classes.posted, ""), ("报名人次", classes.enrolled, ""),
            ("参加并记入学时人次", classes.attended, ""),
        ]),
        OwnSheet("学时来源", ("来源", "公需必修", "公需选修", "专业", "合计"), [
            (row.label, row.required, row.elective, row.professional, row.total)
            for row in seen.hours
        ]),
        OwnSheet("单位", ("单位名称", *COUNTED, "上级单位"), [
            (*_row(seen.unit, seen.count), ""),
            *((*_row(row.name, row.count), row.above) for row in every),
        ]),
        _groups("行业领域", fields),
        _groups("职称级别", levels),
        OwnSheet("每周", ("周", "激活人数", "完成人数", "学时"), [
            (week.label, week.activated, week.complete, week.hours) for week in weeks
        ]),
    ]  # fmt: skip


def _groups(name: str, rows: list[GroupRow]) -> OwnSheet:
    return OwnSheet(name, (name, *COUNTED), [_row(row.label, row.count) for row in rows])


def _row(name: str, of: Count) -> Row:
    return (
        name, of.owing, of.activated, of.studying, of.complete, of.behind, of.share, of.hours
    )  # fmt: skip
