"""Files of people and organisations: sent in, looked through, taken in on the clerk's word."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.adapters import file_store, sealed_files
from rxapp.errors import Conflict, Invalid, NotFound
from rxapp.models.collecting import Collection, CollectionFault, CollectionStatus
from rxapp.models.people import Person
from rxapp.rules import collected
from rxapp.rules.collected import Kind
from rxapp.rules.permissions import Permission
from rxapp.services import audit, collecting, scopes
from rxapp.services.actors import Actor
from rxapp.services.collection_views import UNDER_WAY, RunRow, RunView, row_of, view_of
from rxapp.settings import settings

CONTEXT = "collect"
LISTED = 30
LONGEST_FILE_NAME = 120

Status = CollectionStatus
OPEN = UNDER_WAY | {Status.CHECKED}


@dataclass(frozen=True)
class FaultFile:
    """What is needed to write the wrong rows down again."""

    kind: Kind
    file: str
    file_name: str
    reasons: dict[int, list[str]]


def require_sender(_session: Session, actor: Actor, *, kind: str) -> int:
    """Whoever may send in a file of this kind, asked before anything of it is read or kept."""
    person_id = actor.require(Permission.COLLECT)
    collecting.require_right(actor, collected.parse_kind(kind))
    return person_id


def seal(content: bytes, *, file_name: str) -> str:
    """Keep a file's bytes encrypted, in no transaction; returns its name in the store."""
    suffix = Path(_bare(file_name)).suffix.lower()
    if suffix not in (".xlsx", ".csv", ".xls", ".xlsm"):
        raise Invalid({"file": "只能导入 .xlsx 或 .csv 文件，请另存后再上传。"})
    if len(content) > collected.MOST_BYTES:
        raise Invalid({"file": "文件超过32兆字节，请分成几个文件导入。"})
    return sealed_files.put(content, suffix=suffix, root=folder(), context=CONTEXT)


def begin(session: Session, actor: Actor, *, kind: str, file: str, file_name: str) -> int:
    """Note a sealed file; it is looked through in the background. Returns its number."""
    by_id = require_sender(session, actor, kind=kind)
    row = Collection(
        kind=collected.parse_kind(kind).value,
        by_id=by_id,
        office_id=scopes.office_ids(actor, Permission.COLLECT)[0],
        file=file,
        file_name=_shortened(_bare(file_name)),
        made_at=clock.now(),
    )
    session.add(row)
    session.flush()
    return row.id or 0


def discard(file: str) -> None:
    """Remove a sealed file that no row came to name."""
    file_store.remove(file, root=folder())


def list_runs(session: Session, actor: Actor) -> tuple[list[RunRow], bool]:
    """The files one's own offices sent in, the newest first; whether organisations may be too."""
    actor.require(Permission.COLLECT)
    rows = session.exec(
        select(Collection, Person.name)
        .join(Person, col(Person.id) == Collection.by_id, isouter=True)
        .where(_mine(actor))
        .order_by(col(Collection.id).desc())
        .limit(LISTED)
    )
    may = actor.may(collecting.ALSO_NEEDED[Kind.ORGANISATIONS])
    return [row_of(run, name) for run, name in rows], may


def get_run(session: Session, actor: Actor, *, run_id: int) -> RunView:
    """One file of one's own offices: how far it has come and what is wrong in it."""
    actor.require(Permission.COLLECT)
    run = _own(session, actor, run_id)
    by = session.exec(select(Person.name).where(Person.id == run.by_id)).first()
    return view_of(session, run, by or "系统")


def confirm(session: Session, actor: Actor, *, run_id: int, whole: bool) -> RunView:
    """Have what is right taken in, or (`whole`) everything in one piece or nothing.

    Said once: whoever presses again, or later, is shown how far it is.
    """
    actor.require(Permission.COLLECT)
    run = _own(session, actor, run_id)
    collecting.require_right(actor, Kind(run.kind))
    if run.status is Status.CHECKED:
        _require_sense(run, whole)
        _set_going(session, run, whole)
        audit.record(
            session, actor, audit.Action.IMPORT_STARTED, kind="collection", id=run.id,
            rows=run.total, whole=whole,
        )  # fmt: skip
    return get_run(session, actor, run_id=run_id)


def cancel(session: Session, actor: Actor, *, run_id: int) -> RunView:
    """Stop a file; what was taken in already stays."""
    actor.require(Permission.COLLECT)
    run = _own(session, actor, run_id)
    done = session.execute(
        update(Collection)
        .where(col(Collection.id) == run.id, col(Collection.status).in_(OPEN))
        .values(status=Status.CANCELLED, ended_at=clock.now(), lease_until=None, worker="")
        .execution_options(synchronize_session=False)
    )
    if done.rowcount == 1:  # type: ignore[attr-defined]
        audit.record(
            session, actor, audit.Action.IMPORT_ENDED, kind="collection", id=run.id, how="cancelled"
        )
    session.expire_all()
    return get_run(session, actor, run_id=run_id)


def get_faults(session: Session, actor: Actor, *, run_id: int) -> FaultFile:
    """The wrong lines of one's own file with their reasons."""
    actor.require(Permission.COLLECT)
    run = _own(session, actor, run_id)
    return FaultFile(Kind(run.kind), run.file, run.file_name, reasons_of(session, run.id or 0))


def get_sample(_session: Session, actor: Actor) -> Path:
    """The demo's faulty file; there is none in a real installation."""
    actor.require(Permission.COLLECT)
    if not (settings().demo and sample_file().is_file()):
        raise NotFound("没有试用文件。")
    return sample_file()


def sample_file() -> Path:
    """Where the demo keeps its faulty file."""
    return folder() / "sample.xlsx"


def reasons_of(session: Session, run_id: int) -> dict[int, list[str]]:
    """What is wrong in each line of a file."""
    reasons: dict[int, list[str]] = {}
    rows = session.exec(
        select(CollectionFault)
        .where(CollectionFault.collection_id == run_id, col(CollectionFault.hint).is_(False))
        .order_by(col(CollectionFault.line), col(CollectionFault.id))
    )
    for row in rows:
        reasons.setdefault(row.line, []).append(f"{row.column}：{row.reason}")
    return reasons


def folder() -> Path:
    """Where files that were sent in lie."""
    return settings().data_dir / "collect"


def _mine(actor: Actor) -> Any:
    return col(Collection.office_id).in_(scopes.office_ids(actor, Permission.COLLECT))


def _own(session: Session, actor: Actor, run_id: int) -> Collection:
    run = session.exec(select(Collection).where(Collection.id == run_id, _mine(actor))).first()
    if run is None:
        raise NotFound("没有找到这个导入文件，可能不是本单位上传的。")
    return run


def _require_sense(run: Collection, whole: bool) -> None:
    if run.added + run.changed == 0:
        raise Conflict("文件中没有可以导入的新内容，未作任何改动。")
    if not whole:
        return
    if run.wrong:
        raise Conflict(f"有{run.wrong}行有误，按“全部导入”不能进行，请更正后重新上传。")
    if run.total > collected.MOST_AT_ONCE:
        raise Invalid(
            message=f"超过{collected.MOST_AT_ONCE}行的文件不能一次性全部导入，请选择“导入正确的行”。"
        )


def _set_going(session: Session, run: Collection, whole: bool) -> None:
    session.execute(delete(CollectionFault).where(col(CollectionFault.collection_id) == run.id))
    session.execute(
        update(Collection)
        .where(col(Collection.id) == run.id, col(Collection.status) == Status.CHECKED)
        .values(
            status=Status.APPLYING, all_or_nothing=whole, position=0, added=0, changed=0,
            unchanged=0, wrong=0, lease_until=None, worker="",
        )
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    session.expire_all()


def _bare(file_name: str) -> str:
    return " ".join(file_name.replace("\\", "/").rpartition("/")[2].split())


def _shortened(name: str) -> str:
    suffix = Path(name).suffix
    return name if len(name) <= LONGEST_FILE_NAME else name[: 110 - len(suffix)] + "…" + suffix
