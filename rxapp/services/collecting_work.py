"""The work behind a file: look it through, then take it in, in steps that survive a power cut.

What a step did and how far it came are written in one transaction. A run belongs to whoever holds
its lease; when the lease runs out, any process goes on where the last step ended.
"""

import threading
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from sqlalchemy import update
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col

from rxapp import clock, routes
from rxapp.adapters import outages, sealed_files, sheets_in
from rxapp.adapters.database import transaction
from rxapp.adapters.sheets_in import RawRow, Sheet
from rxapp.errors import AppError, Invalid, Unavailable
from rxapp.models.collecting import Collection, CollectionFault, CollectionStatus
from rxapp.services import audit, collecting, collections, messages
from rxapp.services.actors import Actor
from rxapp.services.collecting import Fault, Intake, Sorted
from rxapp.services.collecting_steps import batched, make_intake, take_batch
from rxapp.services.collection_leases import Run, Stopped, advance, claim, let_go, waiting

BROKEN = "处理文件时出现故障，已导入的行保留，其余未导入。请重新上传同一文件，已导入的行不会重复。"

Status = CollectionStatus


class _Unwanted(Exception):
    """A row is wrong where everything or nothing was asked for."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__()
        self.faults = faults


def work_once(worker: str, stop: threading.Event | None = None) -> bool:
    """Take up one run that waits and bring its pass to the end; False when none waits."""
    with transaction() as session:
        if session.exec(waiting().limit(1)).first() is None:
            return False
    with transaction(write=True) as session:
        run = claim(session, worker)
    if run is None:
        return False
    _go(run, stop or threading.Event())
    return True


def _go(run: Run, stop: threading.Event) -> None:
    try:
        with sealed_files.opened(
            run.file, root=collections.folder(), context=collections.CONTEXT
        ) as path:
            sheet = sheets_in.open_sheet(path, name=run.file_name, kind=run.kind)
            _pass(run, sheet, stop)
    except Stopped:
        let_go(run)
    except Unavailable:
        # The files were away: whoever comes after the lease tries again.
        raise
    except AppError as error:
        _fail(run, _sentence(error))
    except Exception as error:
        # The database or the disk was away: whoever comes after the lease tries again.
        if not isinstance(error, DBAPIError) and not outages.is_outage(error):
            _fail(run, BROKEN)
        raise


def _pass(run: Run, sheet: Sheet, stop: threading.Event) -> None:
    if run.status is Status.CHECKING:
        _check(run, sheet, stop)
    elif run.whole:
        _take_whole(run, sheet)
    else:
        _take_right(run, sheet, stop)


def _check(run: Run, sheet: Sheet, stop: threading.Event) -> None:
    total = sheet.count()
    if not total:
        raise Invalid(message="表头之下没有内容，请填写后再上传。")
    with transaction(write=True) as session:
        advance(session, run, total=total)
    intake = make_intake(run.kind, dry=True)
    rows = sheet.rows()
    _catch_up(run, intake, rows)
    for rows_of_step in batched(rows):
        _require_going(stop)
        drafts = intake.read(rows_of_step)
        # Looked up in a reading transaction: nobody who writes waits for a dry run.
        with transaction() as session:
            batch = intake.sort(session, _actor(session, run), drafts)
        with transaction(write=True) as session:
            _step(session, run, batch, len(drafts))
    with transaction(write=True) as session:
        _end(session, run, Status.CHECKED, audit.Action.IMPORT_CHECKED)


def _catch_up(run: Run, intake: Intake, rows: Iterator[RawRow]) -> None:
    """Let the intake meet again what lies behind, so that it knows what it has seen."""
    if not run.position:
        return
    with transaction() as session:
        wrong = collections.reasons_of(session, run.id)
    for batch in batched(islice(rows, run.position)):
        intake.recall(intake.read([row for row in batch if row.line not in wrong]))


def _take_right(run: Run, sheet: Sheet, stop: threading.Event) -> None:
    intake = make_intake(run.kind, dry=False)
    rows = sheet.rows()
    _catch_up(run, intake, rows)
    for rows_of_step in batched(rows):
        _require_going(stop)
        drafts = intake.read(rows_of_step)
        take_batch(intake, drafts, _noting(run, len(drafts)))
    with transaction(write=True) as session:
        _end(session, run, Status.DONE, audit.Action.IMPORT_ENDED)


def _noting(run: Run, count: int) -> Callable[[Session, Sorted | None], Any]:
    def note(session: Session, batch: Sorted | None) -> Any:
        return _actor(session, run) if batch is None else _step(session, run, batch, count)

    return note


def _take_whole(run: Run, sheet: Sheet) -> None:
    intake = make_intake(run.kind, dry=False)
    try:
        with transaction(write=True) as session:
            actor = _actor(session, run)
            for rows in batched(sheet.rows()):
                batch = intake.sort(session, actor, intake.read(rows))
                if batch.faults:
                    raise _Unwanted(batch.faults)
                intake.take(session, actor, batch)
                _step(session, run, batch, len(rows))
            _end(session, run, Status.DONE, audit.Action.IMPORT_ENDED)
    except _Unwanted as unwanted:
        with transaction(write=True) as session:
            _note_faults(session, run, unwanted.faults)
        wrong = len({fault.line for fault in unwanted.faults})
        _fail(run, f"有{wrong}行有误，按“全部导入”的选择，没有导入任何一行，请更正后重新上传。")


def _actor(session: Session, run: Run) -> Actor:
    """Who sent the file in, with the rights held now."""
    if run.by_id is None:
        return collecting.whole_city(session)
    return collecting.find_clerk(session, run.by_id)


def _require_going(stop: threading.Event) -> None:
    if stop.is_set():
        raise Stopped


def _step(session: Session, run: Run, batch: Sorted, count: int) -> None:
    _note_faults(session, run, batch.faults)
    _note_faults(session, run, batch.hints, hint=True)
    advance(
        session, run, position=Collection.position + count,
        added=Collection.added + len(batch.added),
        changed=Collection.changed + len(batch.changed),
        unchanged=Collection.unchanged + batch.unchanged,
        wrong=Collection.wrong + batch.wrong,
    )  # fmt: skip


def _note_faults(session: Session, run: Run, faults: list[Fault], *, hint: bool = False) -> None:
    session.add_all(
        CollectionFault(
            collection_id=run.id, line=each.line, column=each.column[:40],
            reason=each.reason[:300], hint=hint,
        )
        for each in faults
    )  # fmt: skip


def _end(session: Session, run: Run, status: CollectionStatus, action: audit.Action) -> None:
    ended = clock.now() if status is Status.DONE else None
    advance(session, run, status=status, ended_at=ended, worker="")
    session.execute(update(Collection).where(col(Collection.id) == run.id).values(lease_until=None))
    row = session.get_one(Collection, run.id, populate_existing=True)
    audit.record(
        session, _actor(session, run), action, kind="collection", id=run.id, added=row.added,
        changed=row.changed, unchanged=row.unchanged, wrong=row.wrong,
    )  # fmt: skip
    if status is Status.DONE and run.by_id is not None:
        messages.send(
            session, to=run.by_id, title=f"{run.kind.label}导入完成",
            body=f"新增{row.added}，变更{row.changed}，无变化{row.unchanged}，有误{row.wrong}行。",
            href=routes.desk_collection(run.id),
        )  # fmt: skip


def _fail(run: Run, sentence: str) -> None:
    with transaction(write=True) as session:
        done = session.execute(
            update(Collection)
            .where(
                col(Collection.id) == run.id,
                col(Collection.worker) == run.worker,
                col(Collection.status) == run.status,
            )
            .values(
                status=Status.FAILED, reason=sentence[:400], ended_at=clock.now(), worker="",
                lease_until=None,
            )
            .execution_options(synchronize_session=False)
        )  # fmt: skip
        if done.rowcount == 1:  # type: ignore[attr-defined]
            audit.record(
                session, _actor(session, run), audit.Action.IMPORT_ENDED, kind="collection",
                id=run.id, how="failed",
            )  # fmt: skip


def _sentence(error: AppError) -> str:
    fields = getattr(error, "fields", {})
    return next(iter(fields.values()), error.message)
