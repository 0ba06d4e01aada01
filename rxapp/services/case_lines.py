"""The file of a matter line by line: what was done, by whom, on what basis, with which files."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.models.cases import CaseEntry, RectificationOrder, SupervisionCase
from rxapp.models.organisations import Organisation
from rxapp.models.people import Person
from rxapp.rules.cases import READS, Entry, Finding, Side
from rxapp.rules.hours import Hours
from rxapp.services import case_files, cases
from rxapp.services.case_files import CaseFileView


@dataclass(frozen=True)
class LineView:
    """One line; `fact` is what the act came to, in words."""

    at: str
    kind: str
    who: str
    office: str
    fact: str
    text: str
    basis: str
    late: bool
    files: list[CaseFileView]


def list_lines(session: Session, row: SupervisionCase, side: Side) -> list[LineView]:
    """What one side reads of the file of a matter, the oldest first."""
    files = case_files.list_files(session, case_id=row.id)
    if side is not Side.PERSON:
        orders = session.exec(
            select(RectificationOrder.id).where(RectificationOrder.case_id == row.id)
        ).all()
        for order in orders:
            files += case_files.list_files(session, order_id=order)
    return _lines(session, CaseEntry.case_id == row.id, side, files)


def list_of_order(session: Session, order: RectificationOrder) -> list[LineView]:
    """The lines of one order."""
    files = case_files.list_files(session, order_id=order.id)
    return _lines(session, CaseEntry.order_id == order.id, Side.ORGANISATION, files)


def _lines(session: Session, whose: Any, side: Side, files: list[CaseFileView]) -> list[LineView]:
    rows = session.exec(
        select(CaseEntry, Person.name, Organisation.name)
        .join(Person, col(Person.id) == CaseEntry.by_id, isouter=True)
        .join(Organisation, col(Organisation.id) == CaseEntry.office_id, isouter=True)
        .where(whose, col(CaseEntry.kind).in_(READS[side]))
        .order_by(col(CaseEntry.id))
    ).all()
    return [
        LineView(
            at=f"{clock.local(entry.at):%Y-%m-%d %H:%M}", kind=entry.kind.label, who=who or "系统",
            office=office or "本人", fact=_fact(session, entry), text=entry.text,
            basis=entry.basis, late=entry.late,
            files=[file for file in files if file.entry_id == entry.id],
        )
        for entry, who, office in rows
    ]  # fmt: skip


def _fact(session: Session, entry: CaseEntry) -> str:
    detail, kind = entry.detail, entry.kind
    if kind is Entry.OPENED:
        until = _day(detail, "answer_by")
        return f"发现的问题：{Finding(detail['finding']).label}。请在{until}前陈述和申辩。"
    if kind is Entry.DECIDED:
        return f"认定：{Finding(detail['found']).label}。"
    if kind is Entry.REVOKED:
        return f"撤销{Hours(tenths=detail['tenths'])}学时。"
    if kind is Entry.CORRECTED:
        before, after = Hours(tenths=detail["tenths_before"]), Hours(tenths=detail["tenths"])
        return f"由{before}学时更正为{after}学时。"
    if kind is Entry.RECORDED:
        return f"记录到{_day(detail, 'expires_on')}为止，期满自动失效。"
    if kind is Entry.EXTENDED:
        return f"由{_day(detail, 'before')}延长到{_day(detail, 'due_on')}。"
    return _fact_about_others(session, entry)


def _fact_about_others(session: Session, entry: CaseEntry) -> str:
    detail = entry.detail
    if entry.kind is Entry.HELD:
        return f"审核人：{session.get_one(Person, detail['person']).name}。"
    if entry.kind in (Entry.ORDERED, Entry.DISMISSED):
        name = session.get_one(Organisation, detail["organisation"]).name
        until = f"，期限到{_day(detail, 'due_on')}" if "due_on" in detail else ""
        return f"{name}{until}。"
    return ""


def _day(detail: dict[str, Any], key: str) -> str:
    return cases.day_text(date.fromisoformat(detail[key]))
