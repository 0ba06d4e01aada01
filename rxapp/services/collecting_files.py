"""A whole file brought in by the operator at the machine itself, without the waiting list."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from sqlmodel import Session

from rxapp.adapters import sheets_in, sheets_out
from rxapp.adapters.sheets_in import Sheet
from rxapp.rules.collected import Kind
from rxapp.services import collecting, collecting_steps
from rxapp.services.actors import Actor
from rxapp.services.collecting import Fault, Sorted

Told = Callable[[int, int], object]
"""Hears how many rows are behind and how many there are."""


@dataclass
class Brought:
    """What became of a file, and where its wrong rows were written, if any."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    wrong: int = 0
    faults: list[Fault] = field(default_factory=list)
    beside: Path | None = None


def bring_in(path: Path, kind: Kind, told: Told) -> Brought:
    """Take every right row of a file in, step by step, and write the wrong ones beside it.

    The same file again changes nothing, so an interrupted one is simply brought in again.
    """
    sheet = sheets_in.open_sheet(path, name=path.name, kind=kind)
    total, behind, done = sheet.count(), 0, Brought()
    intake = collecting_steps.make_intake(kind, dry=False)
    for rows in collecting_steps.batched(sheet.rows()):
        batch = collecting_steps.take_batch(intake, intake.read(rows), _as_operator)
        _add(done, batch)
        behind += len(rows)
        told(behind, total)
    if done.faults:
        done.beside = _write_beside(path, sheet, done.faults)
    return done


def _as_operator(session: Session, batch: Sorted | None) -> Actor | None:
    return collecting.whole_city(session) if batch is None else None


def _add(done: Brought, batch: Sorted) -> None:
    done.added += len(batch.added)
    done.changed += len(batch.changed)
    done.unchanged += batch.unchanged
    done.wrong += batch.wrong
    done.faults += batch.faults


def _write_beside(path: Path, sheet: Sheet, faults: list[Fault]) -> Path:
    reasons: dict[int, list[str]] = {}
    for fault in faults:
        reasons.setdefault(fault.line, []).append(f"{fault.column}：{fault.reason}")
    beside = path.with_name(f"{path.stem}-待更正.xlsx")
    wrong = ((row, reasons[row.line]) for row in sheet.rows() if row.line in reasons)
    sheets_out.write_faults(beside, sheet.heading, wrong)
    return beside
