"""Another organiser's class, reached for over the socket and over plain HTTP, in vain."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from sqlmodel import select
from starlette.applications import Starlette
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from rxapp import routes
from rxapp.adapters.database import transaction
from rxapp.gate import cookies, throttles
from rxapp.gate.door import Door
from rxapp.http import exports
from rxapp.http import rosters as site
from rxapp.models.rosters import CheckIn, CheckInDay, RosterFile, RosterLine
from rxapp.services import roster_posting
from tests.gate.cast import Inhabitant, Town, contents, installed, settle, sign_in
from tests.gate.tabs import Stage
from tests.gate.test_objects import named, played
from tests.services.classes import make_class

PATH = "/desk/rosters/[project_id]"
TITLE = "进修学校的研修班"
HEADING = "姓名,身份证号码,出勤日期,学时,考核结果"
STRANGERS = ("clerk", "other_clerk", "department")


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with installed(tmp_path):
        yield settle()


def made(town: Town, **given: Any) -> int:
    with transaction(write=True) as session:
        return make_class(session, town.places["school"], title=TITLE, **given).id or 0


def browser(who: Inhabitant | None) -> TestClient:
    door: Any = Door(Starlette(routes=[*site.ROUTES, *exports.ROUTES]))
    return TestClient(door, cookies={cookies.session_cookie(): sign_in(who)} if who else {})


def row(person: Inhabitant, days: str = "全部") -> str:
    return f"{person.name},{person.number},{days},,"


def table(*rows: str) -> bytes:
    return "\n".join((HEADING, *rows)).encode()


def send(client: TestClient, project: int | str, content: bytes, name: str = "名册.csv") -> Any:
    address = f"{routes.ROSTER_UPLOAD}?project_id={project}&name={name}"
    return client.post(address, content=content)


def file_of(answer: Any) -> str:
    return answer.json()["next"].rpartition("=")[2]


def kept() -> dict[str, Any]:
    return {name: rows for name, rows in contents().items() if name != "sign_in"}


def lines() -> list[RosterLine]:
    with transaction() as session:
        return list(session.exec(select(RosterLine)))


def repacked(**parts: bytes) -> bytes:
    """An ordinary workbook with one of its parts put in place of ours, or put beside them."""
    written = io.BytesIO()
    plain = zipfile.ZipFile(io.BytesIO(workbook(["某", "1", "全部"])))
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as book:
        for name in plain.namelist():
            if name not in parts:
                book.writestr(name, plain.read(name))
        for name, content in parts.items():
            book.writestr(name, content)
    return written.getvalue()


def bombs() -> dict[str, bytes]:
    """Workbooks that would fill the memory, end the process, or act."""
    far = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        b'<sheetData><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
    )
    sheet = "xl/worksheets/sheet1.xml"
    return {
        "far.xlsx": repacked(**{sheet: far}),
        "bomb.xlsx": repacked(**{"xl/media.xml": b" " * 50_000_000}),
        "macro-inside.xlsx": repacked(**{"xl/vbaProject.bin": b"MZ"}),
        "cut.xlsx": workbook(["某", "1", "全部"])[:500],
        "no-zip.xlsx": b"PK but not really",
    }


def brought(town: Town, project: int, *people: Inhabitant) -> int:
    """Bring people onto the roster the way its clerk does; the first line's number."""
    client = browser(town.teacher)
    answer = send(client, project, table(*(row(each) for each in people)))
    assert client.post(routes.ROSTER_TAKE, data={"file": file_of(answer)}).status_code == 200
    return lines()[0].id or 0


def test_a_file_is_looked_through_first_then_taken_and_twice_is_once(town: Town) -> None:
    project, client = made(town), browser(town.teacher)
    wrong = f"{town.olga.name},{town.lena.number},全部,,"
    answer = send(client, project, table(row(town.lena), wrong, row(town.clerk, "9")))
    assert answer.status_code == 200, answer.text
    assert lines() == []
    file = file_of(answer)
    faults = client.get(routes.roster_faults(int(file)))
    assert faults.status_code == 200
    assert faults.content[:2] == b"PK"
    for _ in range(2):
        taken = client.post(routes.ROSTER_TAKE, data={"file": file})
        assert taken.json() == {"ok": True, "next": f"/desk/rosters/{project}"}
    assert [line.person_id for line in lines()] == [town.lena.id]
    # What was changed since is not brought back by a page that was left open.
    with transaction(write=True) as session:
        session.get_one(RosterLine, lines()[0].id).note = "早退"
        session.get_one(RosterLine, lines()[0].id).day_count = 1
    assert client.post(routes.ROSTER_TAKE, data={"file": file}).status_code == 200
    assert lines()[0].day_count == 1
    assert client.get(routes.ROSTER_TEMPLATE).content[:2] == b"PK"


@pytest.mark.parametrize(
    ("key", "status"),
    [("", 401), ("lena", 403), ("fresh", 403), ("former", 403), ("clerk", 404),
     ("other_clerk", 404), ("department", 404), ("county", 404), ("city", 404)],
)  # fmt: skip
def test_nobody_else_sends_takes_or_sees_a_file(town: Town, key: str, status: int) -> None:
    project = made(town)
    file = file_of(send(browser(town.teacher), project, table(row(town.lena))))
    other = browser(town.people[key] if key else None)
    before = kept()
    with capture_logs() as logs:
        answers = [
            send(other, project, table(row(town.olga))),
            other.post(routes.ROSTER_TAKE, data={"file": file}),
            other.get(routes.roster_faults(int(file))),
            other.get(routes.check_in_screen(project)),
        ]
    assert [answer.status_code for answer in answers] == [status] * 4
    assert kept() == before
    assert sum(log["event"] == "refused" for log in logs) == 4
    # What is not there looks the same.
    assert send(other, 999_999, table(row(town.olga))).json() == answers[0].json()


def test_the_list_is_for_the_organiser_and_the_bureaus_above(town: Town) -> None:
    project = made(town)
    brought(town, project, town.lena)
    data = {"project_id": str(project)}
    for key in ("", "lena", *STRANGERS):
        answer = browser(town.people[key] if key else None).post(routes.EXPORT_ROSTER, data=data)
        assert answer.status_code in (401, 403, 404), key
    for key in ("teacher", "two_offices", "county", "city"):
        answer = browser(town.people[key]).post(routes.EXPORT_ROSTER, data=data)
        assert answer.status_code == 200, key
        throttles.forget_all()


@pytest.mark.parametrize("word", ["", "x", "-1", "0", "1e3", "9" * 30, "٣", "NaN", "1.0"])
def test_rubbish_for_numbers_changes_nothing(town: Town, word: str) -> None:
    made(town)
    client = browser(town.teacher)
    before = kept()
    assert send(client, word, table(row(town.lena))).status_code == 404
    assert client.post(routes.ROSTER_TAKE, data={"file": word}).status_code == 404
    assert kept() == before


def workbook(*rows: list[Any]) -> bytes:
    written = io.BytesIO()
    with xlsxwriter.Workbook(written, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for place, cells in enumerate(([*HEADING.split(",")], *rows)):
            sheet.write_row(place, 0, cells)
    return written.getvalue()


def test_a_rounded_number_is_refused_with_its_sentence(town: Town) -> None:
    project, client = made(town), browser(town.teacher)
    answer = send(
        client, project, workbook([town.lena.name, 370802198501100070, "全部"]), "册.xlsx"
    )
    with transaction() as session:
        found = session.exec(select(RosterFile)).one()
    assert answer.status_code == 200
    assert [(line, column) for line, column, _ in found.faults] == [(2, "身份证号码")]
    assert "末几位已丢失" in found.faults[0][2]


@pytest.mark.parametrize("name", [*bombs(), "empty.csv", "photo.pdf", "macro.xlsm", "notes.csv",
                                  "nameless", "old.xls", "nul.csv", "headonly.csv"])  # fmt: skip
def test_hostile_files_are_refused_with_a_sentence(town: Town, name: str) -> None:
    project, client = made(town), browser(town.teacher)
    content = {
        "empty.csv": b"", "photo.pdf": b"%PDF", "macro.xlsm": b"PK", "notes.csv": b"a,b\n1,2",
        "nameless": b"x", "old.xls": b"\xd0\xcf", "nul.csv": b"\0" * 1000,
        "headonly.csv": f"{HEADING}\n".encode(),
    } | bombs()  # fmt: skip
    before = kept()
    answer = send(client, project, content[name], name)
    assert answer.status_code == 422, answer.text
    assert answer.json()["fields"]["file"].endswith("。")
    assert kept() == before


def test_a_file_too_large_is_not_read(town: Town) -> None:
    project, client = made(town), browser(town.teacher)
    assert send(client, project, b"x" * (8 * 1024 * 1024 + 1)).status_code == 413


def test_too_many_rows_are_refused(town: Town) -> None:
    project, client = made(town), browser(town.teacher)
    answer = send(client, project, table(*("某,1,全部,," for _ in range(10_001))))
    assert answer.status_code == 422
    assert "10000行" in answer.json()["fields"]["file"]


def test_formulas_and_markup_stay_text(town: Town) -> None:
    project, client = made(town), browser(town.teacher)
    rows = ("\"=cmd|'/c calc'!A1\",1,全部,,", "<script>,2,<b>,,")
    answer = send(client, project, table(*rows))
    assert answer.status_code == 200
    faults = client.get(routes.roster_faults(int(file_of(answer)))).content
    with zipfile.ZipFile(io.BytesIO(faults)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet


def test_a_class_that_was_not_approved_takes_no_file(town: Town) -> None:
    project, client = made(town, approved=None), browser(town.teacher)
    answer = send(client, project, table(row(town.lena)))
    assert answer.status_code == 409
    assert "第五条" in answer.json()["message"]
    assert send(client, made(town), table(row(town.lena))).status_code == 200


def presses(line: int) -> list[tuple[str, dict[str, Any]]]:
    """Everything that can be pressed on the page of a roster."""
    return [
        ("AttendanceState.load", {}),
        ("AttendanceState.open", {"line_id": line}),
        ("AttendanceState.tick", {"line_id": line, "day": "2020-01-01", "attended": "1"}),
        ("AttendanceState.search", {"form": {"q": ""}}),
        ("AttendanceState.attend_all", {}), ("AttendanceState.take_enrolled", {}),
        ("AttendanceState.take_checked_in", {}), ("AttendanceState.ask", {}),
        ("AttendanceState.add", {"form": {"name": "x", "identity_number": "x"}}),
        ("RosterListState.load", {}), ("RosterImportState.load", {}),
        ("CheckInDeskState.load", {}), ("CheckInDeskState.begin", {}),
        ("AttendanceState.open", {"line_id": line}),
        ("AttendanceState.save", {"form": {"hours": "1"}}),
        ("AttendanceState.correct", {"form": {"hours": "1", "reason": "核对有误"}}),
        ("AttendanceState.supplement", {"form": {"name": "x", "hours": "1"}}),
        ("AttendanceState.remove", {"line_id": line}),
    ]  # fmt: skip


def test_another_organiser_reaches_for_a_roster_in_vain(town: Town) -> None:
    project = made(town, ended=0)
    line = brought(town, project, town.olga)

    async def play(stage: Stage) -> None:
        for key in STRANGERS:
            tab = await stage.opened(sign_in(town.people[key]))
            before, said = kept(), ""
            with capture_logs() as logs:
                for handler, payload in presses(line):
                    throttles.forget_all()
                    said += await tab.send(named(handler), payload, PATH, project_id=str(project))
            assert TITLE not in said
            assert not any(word in said for word in town.olga.canaries)
            assert kept() == before
            assert sum(log["event"] == "refused" for log in logs) >= len(presses(line)) - 2
        tab = await stage.opened(sign_in(town.teacher))
        before, said = kept(), ""
        for handler, payload in presses(line):
            said += await tab.send(named(handler), payload, PATH, project_id=str(project))
        assert TITLE in said
        assert town.olga.name in said
        assert lines() == []
        assert kept() != before

    played(play)


def test_posted_lines_are_put_right_by_the_bureau_above_and_by_nobody_else(town: Town) -> None:
    project = made(town)
    line = brought(town, project, town.olga)
    correct = {"form": {"hours": "4", "reason": "抽查发现早退"}}
    forgotten = {
        "name": town.lena.name, "identity_number": town.lena.number, "hours": "8",
        "reason": "补交了签到表",
    }  # fmt: skip

    async def play(stage: Stage) -> None:
        tab = await stage.opened(sign_in(town.teacher))
        for handler in ("load", "ask", "post"):
            await tab.send(named(f"AttendanceState.{handler}"), {}, PATH, project_id=str(project))
        while True:
            with transaction(write=True) as session:
                if not roster_posting.write_some(session):
                    break
        assert lines()[0].hours.tenths == 160
        for key, may in (("clerk", False), ("department", False), ("county", True)):
            tab = await stage.opened(sign_in(town.people[key]))
            for handler, payload in (("load", {}), ("open", {"line_id": line}),
                                     ("correct", correct)):  # fmt: skip
                await tab.send(
                    named(f"AttendanceState.{handler}"), payload, PATH, project_id=str(project)
                )
            assert lines()[0].hours.tenths == (40 if may else 160)
            await tab.send(
                named("AttendanceState.supplement"), {"form": forgotten}, PATH,
                project_id=str(project),
            )  # fmt: skip
            assert [line.person_id for line in lines()[1:]] == ([town.lena.id] if may else [])

    played(play)


def test_a_day_ticked_while_the_line_is_open_is_nobody_elses_change(town: Town) -> None:
    project = made(town)
    line = brought(town, project, town.olga)

    async def play(stage: Stage) -> None:
        tab = await stage.opened(sign_in(town.teacher))

        async def press(handler: str, payload: dict[str, Any]) -> str:
            return await tab.send(
                named(f"AttendanceState.{handler}"), payload, PATH, project_id=str(project)
            )

        await press("load", {})
        await press("open", {"line_id": line})
        await press("tick", {"line_id": line, "day": lines()[0].days[0], "attended": ""})
        await press("save", {"form": {"hours": "3", "test": "合格", "note": "早退"}})
        assert (lines()[0].hours.tenths, lines()[0].note) == (30, "早退")
        # Somebody else's change in between is still told.
        other = await stage.opened(sign_in(town.two_offices))
        await press("open", {"line_id": line})
        await other.send(named("AttendanceState.load"), {}, PATH, project_id=str(project))
        day = {"line_id": line, "day": lines()[0].days[0], "attended": ""}
        await other.send(named("AttendanceState.tick"), day, PATH, project_id=str(project))
        await press("save", {"form": {"hours": "", "test": "合格", "note": "准时"}})
        assert lines()[0].note == "早退"

    played(play)


def test_a_phone_checks_in_with_the_code_of_the_screen(town: Town) -> None:
    project = made(town, ended=0)
    handler = named("CheckInState.load")

    def address() -> dict[str, str]:
        """What the picture on the screen says, read by the server's own rule."""
        from rxapp import clock
        from rxapp.rules import rosters
        from rxapp.services import check_ins

        with transaction() as session:
            day = session.exec(select(CheckInDay)).one()
            code = rosters.code_for(
                check_ins._secret(day), project_id=project, day=day.day,
                window=rosters.window_at(clock.now().timestamp()),
            )  # fmt: skip
        return {"project_id": str(project), "code": code}

    def there() -> list[int]:
        with transaction() as session:
            return list(session.exec(select(CheckIn.person_id)))

    async def play(stage: Stage) -> None:
        teacher = await stage.opened(sign_in(town.teacher))
        for press in ("load", "begin"):
            await teacher.send(
                named(f"CheckInDeskState.{press}"), {}, PATH, project_id=str(project)
            )
        shown = browser(town.teacher).get(routes.check_in_screen(project)).json()
        assert shown["picture"].startswith("data:image/svg")
        assert (shown["count"], 0 < shown["seconds"] <= 15) == (0, True)
        path = "/check-in/[project_id]/[code]"
        nobody = await stage.opened()
        assert "signed_out" in await nobody.send(handler, {}, path, **address())
        fresh = await stage.opened(sign_in(town.fresh))
        assert "unready" in await fresh.send(handler, {}, path, **address())
        assert there() == []
        phone = await stage.opened(sign_in(town.lena))
        with capture_logs() as logs:
            said = await phone.send(
                handler, {}, path, project_id=str(project), code="abcdefghijklmnop"
            )
        assert TITLE not in said
        assert [log["event"] for log in logs if "check-in" in log["event"]]
        assert there() == []
        assert TITLE in await phone.send(handler, {}, path, **address())
        assert there() == [town.lena.id]
        assert browser(town.teacher).get(routes.check_in_screen(project)).json()["count"] == 1
        # Guessing is cut off; whoever is right is not counted.
        guesser = await stage.opened(sign_in(town.olga))
        for _ in range(10):
            await guesser.send(handler, {}, path, project_id=str(project), code="x")
        said = await guesser.send(handler, {}, path, **address())
        assert TITLE not in said
        assert there() == [town.lena.id]

    played(play)
