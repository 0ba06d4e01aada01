"""How a file that was sent in is shown: its state in words, its figures, what is wrong in it."""

from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from rxapp import clock, routes
from rxapp.models.collecting import Collection, CollectionFault, CollectionStatus
from rxapp.rules import collected
from rxapp.rules.collected import Kind

SHOWN_FAULTS, SHOWN_HINTS = 100, 30

Status = CollectionStatus
UNDER_WAY = frozenset({Status.CHECKING, Status.APPLYING})
_WORDS = {
    Status.CHECKING: ("正在核对", "accent"),
    Status.CHECKED: ("已核对，待确认", "warn"),
    Status.APPLYING: ("正在导入", "accent"),
    Status.DONE: ("已完成", "good"),
    Status.FAILED: ("未导入", "bad"),
    Status.CANCELLED: ("已取消", "plain"),
}


@dataclass(frozen=True)
class RunRow:
    """One file in the list of those an office sent in."""

    id: int
    file_name: str
    kind: str
    state: str
    tone: str
    at: str
    by: str
    result: str
    href: str


@dataclass(frozen=True)
class FaultRow:
    """One thing that is wrong in the file."""

    line: int
    column: str
    reason: str


@dataclass(frozen=True)
class RunView:
    """How far one file has come, and what was found in it."""

    id: int
    file_name: str
    kind: str
    state: str
    tone: str
    at: str
    by: str
    total: int
    position: int
    percent: int
    added: int
    changed: int
    unchanged: int
    wrong: int
    reason: str
    # Being worked on; waiting for a word; may be taken in as a whole; was taken in.
    busy: bool
    waiting: bool
    whole_offered: bool
    done: bool
    has_faults: bool
    more_faults: int
    faults_href: str
    faults: list[FaultRow]
    hints: list[FaultRow]


def row_of(run: Collection, name: str | None) -> RunRow:
    """A file as a line of the list; `name` is who sent it in."""
    state, tone = _state(run)
    return RunRow(
        id=run.id or 0,
        file_name=run.file_name,
        kind=Kind(run.kind).label,
        state=state,
        tone=tone,
        at=_moment(run),
        by=name or "系统",
        result=_result(run),
        href=routes.desk_collection(run.id or 0),
    )


def view_of(session: Session, run: Collection, by: str) -> RunView:
    """A file in full, with the first of its faults."""
    state, tone = _state(run)
    faults = _list(session, run, SHOWN_FAULTS, hint=False)
    waiting = run.status is Status.CHECKED
    return RunView(
        id=run.id or 0, file_name=run.file_name, kind=Kind(run.kind).label, state=state, tone=tone,
        at=_moment(run), by=by, total=run.total, position=run.position,
        percent=min(100, run.position * 100 // run.total) if run.total else 0,
        added=run.added, changed=run.changed, unchanged=run.unchanged, wrong=run.wrong,
        reason=run.reason,
        busy=run.status in UNDER_WAY,
        waiting=waiting and run.added + run.changed > 0,
        whole_offered=waiting and not run.wrong and run.total <= collected.MOST_AT_ONCE,
        done=run.status is Status.DONE,
        has_faults=bool(faults) and run.status not in UNDER_WAY,
        more_faults=_count_faults(session, run) - len(faults),
        faults_href=f"/files/collect/{run.id}/faults.xlsx",
        faults=faults,
        hints=_list(session, run, SHOWN_HINTS, hint=True),
    )  # fmt: skip


def _list(session: Session, run: Collection, most: int, *, hint: bool) -> list[FaultRow]:
    rows = session.exec(
        select(CollectionFault)
        .where(CollectionFault.collection_id == run.id, col(CollectionFault.hint).is_(hint))
        .order_by(col(CollectionFault.line), col(CollectionFault.id))
        .limit(most)
    )
    return [FaultRow(each.line, each.column, each.reason) for each in rows]


def _state(run: Collection) -> tuple[str, str]:
    """The state in words, and its badge's colour."""
    if run.status is Status.CHECKED and not run.added + run.changed:
        return ("没有可导入的行", "bad") if run.wrong else ("没有新内容", "plain")
    return _WORDS[run.status]


def _count_faults(session: Session, run: Collection) -> int:
    return session.exec(
        select(func.count(col(CollectionFault.id))).where(
            CollectionFault.collection_id == run.id, col(CollectionFault.hint).is_(False)
        )
    ).one()


def _result(run: Collection) -> str:
    if run.status in UNDER_WAY:
        return f"{run.position} / {run.total}行"
    if run.status is Status.FAILED:
        return run.reason
    return f"新增{run.added}，变更{run.changed}，无变化{run.unchanged}，有误{run.wrong}"


def _moment(run: Collection) -> str:
    return clock.local(run.made_at).strftime("%Y-%m-%d %H:%M")
