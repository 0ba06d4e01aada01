"""Materials of a class: added while it can be written in, seen by its organiser and the bureaus."""

import io
from datetime import timedelta

import pytest
from PIL import Image
from sqlalchemy import Engine
from sqlmodel import Session, select

from rxapp.adapters import evidence_files
from rxapp.clock import now
from rxapp.errors import Conflict, Invalid, NotFound
from rxapp.models.applications import Evidence
from rxapp.models.audit import AuditEvent
from rxapp.models.projects import Project, ProjectFile
from rxapp.services import evidence, project_beginning, project_files, project_pages
from tests.factories import Clock
from tests.services.filing import Filing

pytestmark = pytest.mark.usefixtures("installation")


@pytest.fixture
def case(engine: Engine, clock: Clock) -> Filing:
    return Filing(engine)


def uploaded(case: Filing, purpose: str = "project", size: int = 40) -> evidence.KeptEvidence:
    written = io.BytesIO()
    Image.new("RGB", (size, 40), "white").save(written, "PNG")
    source = written.getvalue()
    return case.act(
        case.teacher, evidence.keep, purpose=purpose, name="课程表.png", source=source,
        made=evidence_files.accept(source),
    )  # fmt: skip


def attach(case: Filing, id: int, ticket: str, person: int = 0) -> None:
    case.act(person or case.teacher, project_files.attach, project_id=id, ticket=ticket)


def fetched(case: Filing, person: int, file: int) -> str:
    return case.act(person, evidence.get_file, evidence_id=file, part="file").name


def test_a_material_is_added_once_and_seen_by_those_concerned(case: Filing) -> None:
    id, file = case.draft(), uploaded(case)
    for _ in range(2):
        attach(case, id, file.ticket)
    assert case.count(ProjectFile) == 1
    shown = case.act(case.teacher, project_pages.get_project, id).files
    assert [(each.name, each.href) for each in shown] == [
        ("课程表.png", f"/files/evidence/{file.id}/file")
    ]
    assert fetched(case, case.teacher, file.id)
    # A draft lies before nobody; once filed the bureau sees it.
    with pytest.raises(NotFound):
        fetched(case, case.city_clerk, file.id)
    case.submit(id)
    assert fetched(case, case.city_clerk, file.id)
    for person in (case.other_teacher, case.mill_clerk, case.lena, case.county_clerk):
        with pytest.raises(NotFound):
            fetched(case, person, file.id)


def test_what_was_filed_keeps_its_materials(case: Filing) -> None:
    id, file = case.draft(), uploaded(case)
    attach(case, id, file.ticket)
    case.submit(id)
    with pytest.raises(Conflict, match="先撤回"):
        attach(case, id, uploaded(case, size=41).ticket)
    with pytest.raises(Conflict):
        case.act(case.teacher, project_files.detach, project_id=id, file_id=file.id)
    assert case.count(ProjectFile) == 1


def test_what_lay_before_the_bureau_is_not_swapped_after_its_word(
    case: Filing, clock: Clock
) -> None:
    id, seen = case.draft(), uploaded(case)
    attach(case, id, seen.ticket)
    case.submit(id)
    case.decide(id)
    clock.real += timedelta(minutes=1)
    with pytest.raises(Conflict, match="不能移除"):
        case.act(case.teacher, project_files.detach, project_id=id, file_id=seen.id)
    assert fetched(case, case.city_clerk, seen.id)
    # A supplement comes beside it, and goes again as long as nothing rests on it.
    more = uploaded(case, size=45)
    attach(case, id, more.ticket)
    assert case.act(case.teacher, project_files.detach, project_id=id, file_id=more.id)
    with Session(case.engine) as session:
        notes = session.exec(
            select(AuditEvent.detail).where(AuditEvent.action == "project:material")
        ).all()
    assert [(note["how"], note["file"]) for note in notes] == [
        ("added", seen.id), ("added", more.id), ("removed", more.id),
    ]  # fmt: skip


def test_what_was_returned_may_have_other_materials(case: Filing) -> None:
    id, seen = case.draft(), uploaded(case)
    attach(case, id, seen.ticket)
    case.submit(id)
    case.decide(id, "return", "课程表不清楚")
    assert case.act(case.teacher, project_files.detach, project_id=id, file_id=seen.id)


def test_once_the_hours_are_posted_the_materials_stay(case: Filing) -> None:
    id = case.approved()
    file = uploaded(case)
    case.change(Project, id, posted_at=now())
    with pytest.raises(Conflict, match="已经计入"):
        attach(case, id, file.ticket)
    assert case.count(ProjectFile) == 0


def test_a_foreign_or_stale_ticket_is_refused(case: Filing) -> None:
    id, other = case.draft(), case.draft(title="另一个护理培训班")
    for ticket in ("", "x", "1-ffffffff-x", uploaded(case, "other").ticket):
        with pytest.raises(Invalid) as caught:
            attach(case, id, ticket)
        assert set(caught.value.fields) == {"project"}
    file = uploaded(case)
    attach(case, id, file.ticket)
    with pytest.raises(Invalid, match="其他项目"):
        attach(case, other, file.ticket)
    with pytest.raises(NotFound):
        attach(case, id, uploaded(case, size=42).ticket, case.other_teacher)


def test_a_material_taken_off_is_gone_and_one_in_use_is_not_swept_away(
    case: Filing, clock: Clock
) -> None:
    id, kept, gone = case.draft(), uploaded(case), uploaded(case, size=43)
    for each in (kept, gone):
        attach(case, id, each.ticket)
    files = case.act(case.teacher, project_files.detach, project_id=id, file_id=gone.id)
    assert len(files) == 2
    assert case.act(case.teacher, project_files.detach, project_id=id, file_id=gone.id) == []
    clock.real += evidence.UNCLAIMED * 2
    assert case.act(case.teacher, evidence.remove_unclaimed) == []
    assert case.count(Evidence) == 1


def test_there_is_room_for_ten(case: Filing) -> None:
    id = case.draft()
    for place in range(project_files.MOST):
        attach(case, id, uploaded(case, size=50 + place).ticket)
    with pytest.raises(Invalid, match="最多10份"):
        attach(case, id, uploaded(case, size=70).ticket)


def test_working_days_are_filled_in_by_the_calendar(case: Filing) -> None:
    id = case.act(case.teacher, project_beginning.begin, starts_on="2020-09-25")

    def fill(until: str, hours: str = "6") -> None:
        case.act(
            case.teacher, project_beginning.fill_days, project_id=id, until=until, hours=hours,
            version=case.row(id).version,
        )  # fmt: skip

    for until, hours, fields in (
        ("", "6", {"until"}), ("2020-09-25", "6", {"until"}), ("2021-09-25", "6", {"until"}),
        ("2020-10-09", "9", {"day_hours"}), ("2020-10-09", "x", {"day_hours"}),
    ):  # fmt: skip
        with pytest.raises(Invalid) as caught:
            fill(until, hours)
        assert set(caught.value.fields) == fields
    fill("2020-10-09")
    # The 27th is a Sunday worked, the first eight days of October are not.
    assert case.row(id).content["days"].split("\n") == [
        "2020-09-25 8", "2020-09-27 6", "2020-09-28 6", "2020-09-29 6", "2020-09-30 6",
        "2020-10-09 6",
    ]  # fmt: skip
