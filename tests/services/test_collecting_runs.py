"""A file from its upload to its end: looked through, confirmed, interrupted, taken up again."""

import threading
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import xlsxwriter
from sqlmodel import Session, func, select

from rxapp import clock
from rxapp.adapters import sealed_files, sheets_in, sheets_out
from rxapp.adapters.database import transaction
from rxapp.errors import Conflict, Invalid, NotFound, NotPermitted
from rxapp.models.audit import AuditEvent
from rxapp.models.collecting import Collection, CollectionFault, CollectionStatus
from rxapp.models.messages import Message
from rxapp.models.people import Person
from rxapp.rules import collected, identity
from rxapp.rules.collected import Kind
from rxapp.services import collecting_steps, collecting_work, collections, sign_ins
from rxapp.services.actors import Actor
from rxapp.services.collection_views import RunView
from tests import servers
from tests.factories import at_once
from tests.gate.cast import Town, end_membership, installed, settle, sign_in

HEADING = ("姓名", "身份证号码", "手机号码", "单位名称", "备注")
STEP = 5


@pytest.fixture(params=["sqlite", "postgres"])
def town(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Town]:
    """A town, and steps so small that a short file takes several."""
    monkeypatch.setattr(collecting_steps, "BATCH", STEP)
    url = ""
    if request.param == "postgres":
        template = request.getfixturevalue("postgres_template")
        server = request.getfixturevalue("postgres_url")
        url = servers.create_database(server, f"test_{uuid4().hex}", template)
    with installed(tmp_path / "town", RXAPP_DATABASE_URL=url):
        yield settle()


class Clerk:
    """Somebody at the desk, pressing buttons."""

    def __init__(self, town: Town, key: str = "clerk") -> None:
        self.cookie = sign_in(town.people[key])

    def do(self, use_case: Any, **arguments: Any) -> Any:
        with transaction(write=True) as session:
            actor: Actor = sign_ins.find_actor(session, self.cookie)
            return use_case(session, actor, **arguments)

    def send(self, content: bytes, name: str = "人员.xlsx", kind: str = "people") -> int:
        file = collections.seal(content, file_name=name)
        return self.do(collections.begin, kind=kind, file=file, file_name=name)

    def see(self, run_id: int) -> RunView:
        return self.do(collections.get_run, run_id=run_id)


def number(place: int) -> str:
    base = f"37080219850101{place:03d}"
    return base + identity.identity_check_character(base)


def row(place: int, **values: str) -> tuple[str, ...]:
    given = {
        "name": "样小明",
        "number": number(place),
        "mobile": "",
        "unit": "样例磨坊",
        "note": "",
    }
    return tuple((given | values).values())


def book(folder: Path, rows: Sequence[Sequence[str]]) -> bytes:
    path = folder / f"{uuid4().hex}.xlsx"
    made = xlsxwriter.Workbook(str(path))
    table = made.add_worksheet()
    for line, cells in enumerate([HEADING, *rows]):
        table.write_row(line, 0, cells)
    made.close()
    return path.read_bytes()


def people() -> int:
    with transaction() as session:
        return session.exec(select(func.count()).select_from(Person)).one()


def stored(run_id: int) -> Collection:
    with transaction() as session:
        return session.get_one(Collection, run_id)


def work() -> None:
    while collecting_work.work_once("worker"):
        pass


def test_a_file_is_looked_through_confirmed_and_taken_in(town: Town, tmp_path: Path) -> None:
    clerk, before = Clerk(town), people()
    rows = [*(row(n) for n in range(1, 13)), row(13, unit="没有的单位", note="请核对"), row(1)]
    run_id = clerk.send(book(tmp_path, rows))
    assert clerk.see(run_id).busy
    work()
    seen = clerk.see(run_id)
    assert (seen.added, seen.changed, seen.unchanged, seen.wrong) == (12, 0, 0, 2)
    assert (seen.total, seen.position, seen.percent) == (14, 14, 100)
    assert seen.waiting
    assert not seen.whole_offered
    assert [(each.line, each.column) for each in seen.faults] == [
        (14, "单位名称"), (15, "身份证号码"),
    ]  # fmt: skip
    assert people() == before, "a dry run lets nobody in"

    clerk.do(collections.confirm, run_id=run_id, whole=False)
    work()
    done = clerk.see(run_id)
    assert (done.done, done.added, done.wrong, len(done.faults)) == (True, 12, 2, 2)
    assert people() == before + 12
    with transaction() as session:
        actions = session.exec(
            select(AuditEvent.action).where(AuditEvent.object_kind == "collection")
        ).all()
        assert actions == ["import:checked", "import:started", "import:ended"]
        message = session.exec(select(Message)).one()
        assert (message.person_id, "新增12" in message.body) == (town.clerk.id, True)
    again = clerk.send(book(tmp_path, rows))
    work()
    seen = clerk.see(again)
    assert (seen.added, seen.unchanged, seen.wrong, seen.waiting) == (0, 12, 2, False)
    with pytest.raises(Conflict):
        clerk.do(collections.confirm, run_id=again, whole=False)


def test_pressing_twice_takes_in_once(town: Town, tmp_path: Path) -> None:
    clerk, before = Clerk(town), people()
    run_id = clerk.send(book(tmp_path, [row(1), row(2)]))
    work()
    for _ in range(2):
        clerk.do(collections.confirm, run_id=run_id, whole=False)
    work()
    clerk.do(collections.confirm, run_id=run_id, whole=False)
    work()
    assert people() == before + 2
    assert clerk.see(run_id).added == 2


@pytest.mark.parametrize("dies_at", [1, 2, 3])
def test_a_killed_worker_s_run_goes_on_without_doubling(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dies_at: int
) -> None:
    clerk, before = Clerk(town), people()
    rows = [*(row(n) for n in range(1, 18)), row(2), row(18, unit="没有的单位")]
    run_id = clerk.send(book(tmp_path, rows))
    _killed(monkeypatch, dies_at)
    assert stored(run_id).status is CollectionStatus.CHECKING
    assert not collecting_work.work_once("other"), "the lease still holds"
    _pass_lease(run_id)
    work()
    seen = clerk.see(run_id)
    assert (seen.added, seen.wrong, seen.total) == (17, 2, 19)
    clerk.do(collections.confirm, run_id=run_id, whole=False)
    _killed(monkeypatch, dies_at)
    assert people() == before + (dies_at - 1) * STEP
    assert stored(run_id).position == (dies_at - 1) * STEP
    _pass_lease(run_id)
    work()
    done = clerk.see(run_id)
    assert (done.done, done.added, done.unchanged, done.wrong) == (True, 17, 0, 2)
    assert len(done.faults) == 2
    assert people() == before + 17


class Killed(BaseException):
    """As when the power goes: nothing is tidied up."""


def _killed(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    real, steps = collecting_work._step, []

    def dying(*given: Any) -> None:
        steps.append(1)
        real(*given)
        if len(steps) == step:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(collecting_work, "_step", dying)
        with pytest.raises(Killed):
            collecting_work.work_once("worker")


def _pass_lease(run_id: int) -> None:
    with transaction(write=True) as session:
        held = session.get_one(Collection, run_id)
        held.lease_until = clock.now() - timedelta(seconds=1)


def test_one_run_is_held_by_one_worker(town: Town, tmp_path: Path) -> None:
    clerk, before = Clerk(town), people()
    run_id = clerk.send(book(tmp_path, [row(n) for n in range(1, 20)]))
    work()
    clerk.do(collections.confirm, run_id=run_id, whole=False)
    took = at_once([lambda n=n: collecting_work.work_once(f"worker{n}") for n in range(4)])
    assert sum(took) == 1
    work()
    assert people() == before + 19
    assert clerk.see(run_id).added == 19


def test_a_worker_whose_run_was_taken_over_changes_nothing(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk, before = Clerk(town), people()
    run_id = clerk.send(book(tmp_path, [row(n) for n in range(1, 12)]))
    work()
    clerk.do(collections.confirm, run_id=run_id, whole=False)
    real = collecting_work.advance

    def slowly(session: Session, run: Any, **values: Any) -> None:
        if run.worker == "slow":
            values = dict(values)
            run = type(run)(**{**run.__dict__, "worker": "lost"})
        real(session, run, **values)

    monkeypatch.setattr(collecting_work, "advance", slowly)
    assert collecting_work.work_once("slow")
    assert people() == before
    work()
    assert people() == before + 11


def test_all_or_nothing_is_one_piece(town: Town, tmp_path: Path) -> None:
    clerk, before = Clerk(town), people()
    rows = [row(n) for n in range(1, 13)]
    run_id = clerk.send(book(tmp_path, rows))
    work()
    assert clerk.see(run_id).whole_offered
    # Somebody else registers the last one in the meantime.
    other = Clerk(town, "other_clerk")
    other_run = other.send(book(tmp_path, [row(12, unit="样例铁铺")]))
    work()
    other.do(collections.confirm, run_id=other_run, whole=False)
    work()
    assert people() == before + 1
    clerk.do(collections.confirm, run_id=run_id, whole=True)
    work()
    failed = clerk.see(run_id)
    assert (failed.state, failed.added) == ("未导入", 0)
    assert "没有导入任何一行" in failed.reason
    assert [each.line for each in failed.faults] == [13]
    assert people() == before + 1
    fine = clerk.send(book(tmp_path, rows[:-1]))
    work()
    clerk.do(collections.confirm, run_id=fine, whole=True)
    work()
    assert clerk.see(fine).done
    assert people() == before + 12


def test_all_or_nothing_is_for_sound_and_short_files(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk, before = Clerk(town), people()
    wrong = clerk.send(book(tmp_path, [row(1), row(1)]))
    long = clerk.send(book(tmp_path, [row(n) for n in range(1, 8)]))
    work()
    with pytest.raises(Conflict, match="1行有误"):
        clerk.do(collections.confirm, run_id=wrong, whole=True)
    monkeypatch.setattr(collected, "MOST_AT_ONCE", 6)
    assert not clerk.see(long).whole_offered
    with pytest.raises(Invalid, match="导入正确的行"):
        clerk.do(collections.confirm, run_id=long, whole=True)
    work()
    assert people() == before


def test_cancelling_stops_and_keeps_what_is_in(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk, before = Clerk(town), people()
    run_id = clerk.send(book(tmp_path, [row(n) for n in range(1, 18)]))
    work()
    clerk.do(collections.confirm, run_id=run_id, whole=False)
    real = collecting_work._require_going
    steps: list[int] = []

    def cancelled(stop: threading.Event) -> None:
        steps.append(1)
        if len(steps) == 3:
            clerk.do(collections.cancel, run_id=run_id)
        real(stop)

    monkeypatch.setattr(collecting_work, "_require_going", cancelled)
    work()
    assert people() == before + 2 * STEP
    seen = clerk.see(run_id)
    assert (seen.state, seen.added) == ("已取消", 2 * STEP)


def test_a_stop_gives_the_run_back_at_once(town: Town, tmp_path: Path) -> None:
    clerk = Clerk(town)
    run_id = clerk.send(book(tmp_path, [row(1)]))
    stop = threading.Event()
    stop.set()
    assert collecting_work.work_once("worker", stop)
    held = stored(run_id)
    assert (held.worker, held.lease_until) == ("", None)
    work()
    assert clerk.see(run_id).waiting


def test_a_file_that_is_no_table_fails_with_its_sentence(town: Town, tmp_path: Path) -> None:
    clerk = Clerk(town)
    found = {
        "不是有效的 Excel": clerk.send(b"PK nonsense"),
        "旧版": clerk.send(b"x", "a.xls"),
        "不像是人员表": clerk.send("课程,学时\n公需,4\n".encode(), "a.csv"),
        "没有内容": clerk.send(book(tmp_path, [])),
    }
    work()
    for said, run_id in found.items():
        seen = clerk.see(run_id)
        assert (seen.state, said in seen.reason) == ("未导入", True), seen.reason
    with pytest.raises(Invalid):
        clerk.send(b"x", "a.pdf")
    with pytest.raises(Invalid):
        clerk.send(b"x", "a.csv", "animals")


def test_a_right_taken_away_ends_the_run(town: Town, tmp_path: Path) -> None:
    clerk, before = Clerk(town), people()
    run_id = clerk.send(book(tmp_path, [row(1)]))
    work()
    clerk.do(collections.confirm, run_id=run_id, whole=False)
    end_membership(town.clerk, ended=True)
    work()
    held = stored(run_id)
    assert (held.status, "权限" in held.reason) == (CollectionStatus.FAILED, True)
    assert people() == before


def test_a_run_is_seen_by_the_office_that_sent_it_only(town: Town, tmp_path: Path) -> None:
    clerk, other = Clerk(town), Clerk(town, "other_clerk")
    run_id = clerk.send(book(tmp_path, [row(1), row(1)]))
    work()
    assert [each.id for each in clerk.do(collections.list_runs)[0]] == [run_id]
    assert other.do(collections.list_runs) == ([], False)
    for use_case, more in (
        (collections.get_run, {}), (collections.confirm, {"whole": False}),
        (collections.cancel, {}), (collections.get_faults, {}),
    ):  # fmt: skip
        with pytest.raises(NotFound):
            other.do(use_case, run_id=run_id, **more)
        with pytest.raises(NotPermitted):
            Clerk(town, "teacher").do(use_case, run_id=run_id, **more)
    assert clerk.do(collections.get_faults, run_id=run_id).reasons
    with pytest.raises(NotPermitted):
        clerk.send(b"x", "a.csv", "organisations")
    with pytest.raises(NotPermitted):
        Clerk(town, "lena").send(b"x", "a.csv")


def test_the_wrong_rows_come_back_as_they_were_and_go_in_once_corrected(
    town: Town, tmp_path: Path
) -> None:
    clerk, before = Clerk(town), people()
    run_id = clerk.send(
        book(tmp_path, [row(1), row(2, unit="样例面坊", note="夜班"), row(3, name="样1")])
    )
    work()
    found = clerk.do(collections.get_faults, run_id=run_id)
    path = tmp_path / "faults.xlsx"
    with sealed_files.opened(found.file, root=collections.folder(), context="collect") as source:
        sheet = sheets_in.open_sheet(source, name=found.file_name, kind=found.kind)
        wrong = [(each, found.reasons[each.line]) for each in sheet.rows()
                 if each.line in found.reasons]  # fmt: skip
        assert sheets_out.write_faults(path, sheet.heading, wrong) == 2
    back = sheets_in.open_sheet(path, name="f.xlsx", kind=Kind.PEOPLE)
    assert back.heading == (*HEADING, "原行号", "错误原因")
    first, second = back.rows()
    assert first.cells[:6] == (*row(2, unit="样例面坊", note="夜班"), "3")
    assert "没有找到唯一的单位" in first.cells[6]
    assert "姓名" in second.cells[6]
    corrected = [(*cells.cells[:1], *cells.cells[1:3], "样例磨坊", "") for cells in (first,)]
    again = clerk.send(book(tmp_path, corrected))
    work()
    clerk.do(collections.confirm, run_id=again, whole=True)
    work()
    assert people() == before + 1


def test_numbers_lie_nowhere_in_the_clear(town: Town, tmp_path: Path) -> None:
    clerk = Clerk(town)
    content = f"{','.join(HEADING)}\n{','.join(row(7, unit='没有'))}\n".encode()
    run_id = clerk.send(content, "人员.csv")
    work()
    assert clerk.see(run_id).wrong == 1
    kept = [path for path in collections.folder().rglob("*") if path.is_file()]
    assert len(kept) == 1
    assert number(7).encode() not in kept[0].read_bytes()
    with transaction() as session:
        assert number(7) not in repr(session.exec(select(CollectionFault)).all())
        assert number(7) not in repr(session.exec(select(AuditEvent)).all())
