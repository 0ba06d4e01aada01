"""名册: brought in, ticked, posted once, put right; the ledger's sums stay right."""

import random
import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from rxapp import clock
from rxapp.adapters.database import transaction
from rxapp.errors import Conflict, Invalid, NotFound, NotPermitted, NotSignedIn
from rxapp.models.audit import AuditEvent
from rxapp.models.certificates import Certificate, CertificateStatus
from rxapp.models.credits import Credit
from rxapp.models.messages import CityValueRow
from rxapp.models.projects import ProjectEdition
from rxapp.models.rosters import RosterCorrection
from rxapp.rules.hours import Hours
from rxapp.rules.projects import Status
from rxapp.rules.rosters import LineState, Outcome, RosterState, Source
from rxapp.rules.subjects import Subject
from rxapp.services import (
    credits,
    roster_checks,
    roster_classes,
    roster_corrections,
    roster_export,
    roster_files,
    roster_imports,
    roster_lines,
    roster_posting,
    roster_taking,
    rosters,
)
from rxapp.services.actors import ANONYMOUS
from rxapp.services.exporting import START
from tests.factories import at_once, run
from tests.services.classes import Hall, days_ago, enrol
from tests.services.test_people import DIGITS, number

pytestmark = pytest.mark.usefixtures("installation")
YEARS_BACK = timedelta(days=6 * 365)


@pytest.fixture
def hall(engine: Engine) -> Hall:
    return Hall(engine)


def row(place: int, days: str = "全部", hours: str = "", test: str = "", name: str = "") -> str:
    return f"{name or '褚' + DIGITS[place % 10]},{number(place)},{days},{hours},{test}"


def test_a_file_becomes_lines_and_the_same_again_changes_nothing(hall: Hall) -> None:
    first, second = hall.days()
    looked = hall.bring(
        row(0), row(1, f"{first.month}月{first.day}日", test="合格"), row(2, "", "5"),
        row(3, "1"), row(4, test="不合格"),
    )  # fmt: skip
    assert (looked.added, looked.changed, looked.unchanged, looked.faults) == (5, 0, 0, [])
    lines = hall.lines()
    assert [str(line.hours) for line in lines] == ["16", "8", "5", "8", "16"]
    assert {line.source for line in lines} == {Source.IMPORT}
    assert (lines[1].days, lines[1].test) == ([first.isoformat()], Outcome.PASSED)
    again = hall.bring(row(0), row(1, f"{first.month}月{first.day}日"), row(3, f"{second}"))
    assert (again.added, again.changed, again.unchanged) == (0, 1, 2)
    after = hall.lines()
    assert [line.id for line in after] == [line.id for line in lines]
    # An empty cell says nothing: the result that was known stays.
    assert after[1].test is Outcome.PASSED
    assert after[3].days == [second.isoformat()]


def test_a_wrong_row_says_where_and_loses_nothing_of_the_others(hall: Hall) -> None:
    looked = hall.bring(
        row(0), row(1, name="褚错"), f"褚二,{number(999)},全部,,", row(3, "9"), row(4, "", ""),
        row(5, "全部", "17"), row(6, test="好"), row(0), "褚八,3.70890E+17,全部,,", row(9),
    )  # fmt: skip
    assert [(fault.line, fault.column) for fault in looked.faults] == [
        (3, "身份证号码"), (4, "身份证号码"), (5, "出勤日期"), (6, "出勤日期"), (7, "学时"),
        (8, "考核结果"), (9, "身份证号码"), (10, "身份证号码"),
    ]  # fmt: skip
    reasons = {fault.line: fault.reason for fault in looked.faults}
    # Nobody is told which of the two is wrong.
    assert reasons[3] == reasons[4] == "姓名与身份证号码不一致或未登记"
    assert "最多可认定16学时" in reasons[7]
    assert reasons[9] == "与本文件第2行的身份证号码重复"
    assert "数字格式" in reasons[10]
    assert [line.person_id for line in hall.lines()] == [hall.ids[0], hall.ids[9]]


def test_a_file_that_was_looked_through_is_kept_sealed_until_the_next(hall: Hall) -> None:
    offered = hall.act(hall.teacher, roster_imports.open_class, project_id=hall.project)
    sealed = [roster_files.seal(b"x", name="a.csv"), roster_files.seal(b"y", name="b.csv")]
    ids = []
    for place, file in enumerate(sealed):
        looked = roster_imports.Looked(added=place)
        id, gone = hall.act(
            hall.teacher, roster_files.keep, project_id=hall.project, file=file,
            file_name=f"{place}.csv", looked=looked,
        )  # fmt: skip
        ids.append(id)
    assert gone == [sealed[0]]
    with pytest.raises(NotFound):
        hall.act(hall.teacher, roster_files.get_kept, file_id=ids[0])
    assert hall.act(hall.teacher, roster_files.get_kept, file_id=ids[1]).file == sealed[1]
    for who in (hall.stranger, hall.town.city, hall.inspector):
        with pytest.raises(NotFound):
            hall.act(who, roster_files.get_file, file_id=ids[1])
    assert offered.most == Hours.of(16)
    with transaction(write=True, on=hall.engine) as session:
        assert roster_files.forget(session) == []
    with Session(hall.engine) as session, session.begin():
        session.get_one(roster_files.RosterFile, ids[1]).at = days_ago(31)
    with transaction(write=True, on=hall.engine) as session:
        assert roster_files.forget(session) == [sealed[1]]


def test_enrolled_and_checked_in_become_lines_once(hall: Hall) -> None:
    with transaction(write=True, on=hall.engine) as session:
        enrol(session, hall.project, hall.ids[:4])
    assert hall.act(hall.teacher, roster_taking.take_enrolled, project_id=hall.project) == 4
    assert hall.act(hall.teacher, roster_taking.take_enrolled, project_id=hall.project) == 0
    lines = hall.lines()
    assert [(line.person_id, line.hours.tenths, line.source) for line in lines] == [
        (person, 0, Source.ENROLMENT) for person in hall.ids[:4]
    ]
    first = hall.days()[0]
    with transaction(write=True, on=hall.engine) as session:
        from rxapp.models.rosters import CheckIn

        for person in (hall.ids[0], hall.ids[7]):
            session.add(
                CheckIn(project_id=hall.project, person_id=person, day=first, at=clock.now())
            )
    assert hall.act(hall.teacher, roster_taking.take_checked_in, project_id=hall.project) == 2
    assert hall.act(hall.teacher, roster_taking.take_checked_in, project_id=hall.project) == 0
    assert [str(line.hours) for line in hall.lines()] == ["8", "0", "0", "0", "8"]
    assert hall.line(hall.ids[7]).source is Source.CHECK_IN
    # Everybody of whom nothing is noted yet was there on every day; nothing else changes.
    assert hall.act(hall.teacher, roster_lines.attend_all, project_id=hall.project) == 3
    assert [str(line.hours) for line in hall.lines()] == ["8", "16", "16", "16", "8"]


def test_whoever_was_not_there_is_not_made_to_have_been(hall: Hall) -> None:
    with transaction(write=True, on=hall.engine) as session:
        enrol(session, hall.project, hall.ids[:1])
    hall.act(hall.teacher, roster_taking.take_enrolled, project_id=hall.project)
    hall.bring(row(1, "0"))
    assert hall.act(hall.teacher, roster_lines.attend_all, project_id=hall.project) == 1
    assert [str(line.hours) for line in hall.lines()] == ["16", "0"]


def test_ticks_and_typed_hours(hall: Hall) -> None:
    hall.bring(row(0))
    line = hall.lines()[0]
    first, second = (day.isoformat() for day in hall.days())

    def tick(day: str, attended: bool) -> str:
        return hall.act(
            hall.teacher, roster_lines.set_day, line_id=line.id, day=day, attended=attended
        ).hours

    assert tick(first, False) == "8"
    assert tick(first, False) == "8"
    with pytest.raises(NotFound):
        tick("2001-01-01", True)

    def save(version: int, **typed: str) -> roster_lines.LineRow:
        return hall.act(
            hall.teacher, roster_lines.save_line, line_id=line.id, typed=typed, version=version
        )

    with pytest.raises(Invalid, match="最多可认定8学时"):
        save(hall.lines()[0].version, hours="8.1")
    kept = save(hall.lines()[0].version, hours="3.5", test="合格", note="早退")
    assert (kept.hours, kept.test_label, kept.note) == ("3.5", "合格", "早退")
    # What was typed is shown again, so that the next saving does not lose it unseen.
    assert kept.typed_hours == "3.5"
    with pytest.raises(Conflict, match="已在别处改动"):
        save(1, hours="4")
    # Another day does not give more than was typed; without what was typed it does.
    assert tick(first, True) == "3.5"
    assert save(hall.lines()[0].version, hours="", test="合格", note="早退").hours == "16"
    assert second in hall.lines()[0].days


def test_one_person_by_hand_and_off_again(hall: Hall) -> None:
    typed = {"name": "褚一", "identity_number": number(0)}
    assert hall.act(
        hall.teacher, roster_lines.add_line, project_id=hall.project, typed=typed
    ) == "褚一"  # fmt: skip
    hall.act(hall.teacher, roster_lines.add_line, project_id=hall.project, typed=typed)
    assert [line.source for line in hall.lines()] == [Source.TYPED]
    answers = set()
    for wrong in ({"name": "褚九"}, {"identity_number": number(998)}):
        with pytest.raises(Invalid) as refused:
            hall.act(
                hall.teacher, roster_lines.add_line, project_id=hall.project, typed=typed | wrong
            )
        answers.add(str(refused.value.fields))
    assert len(answers) == 1
    hall.act(hall.teacher, roster_lines.remove_line, line_id=hall.lines()[0].id)
    assert hall.lines() == []


def test_the_citys_limit_and_the_classs_own_hours_hold(hall: Hall) -> None:
    long = hall.class_of(a_day="11", length=3, hours="20")
    hall.bring(row(0), row(1, "1"), project=long)
    assert [str(line.hours) for line in hall.lines(long)] == ["20", "8"]
    with transaction(write=True, on=hall.engine) as session:
        session.add(CityValueRow(key="class_day_hours", value=6, version=1, set_at=clock.now()))
    # Counted anew when it is posted.
    hall.post(long)
    hall.write()
    assert hall.ledger(hall.ids[0]) == [(f"project:{long}", 180)]
    assert hall.ledger(hall.ids[1]) == [(f"project:{long}", 60)]


def test_a_large_class_has_more_hours_in_all_than_one_person_may_type(hall: Hall) -> None:
    large = hall.class_of(length=60, approved=100)
    hall.bring(*(row(place) for place in range(25)), project=large)
    hall.post(large)
    hall.write()
    assert hall.roster(large).hours == Hours(25 * 4800)
    assert hall.ledger(hall.ids[24]) == [(f"project:{large}", 4800)]


def test_the_other_class_of_the_same_day_is_shown_and_does_not_refuse(hall: Hall) -> None:
    other = hall.class_of(title="同日的班")
    later = hall.class_of(title="后来的班", ended=3)
    hall.bring(row(0), row(1), project=other)
    hall.bring(row(0), project=later)
    first = hall.days()[0]
    hall.bring(row(0), row(1, f"{first}"), row(2))
    shown = hall.act(hall.teacher, roster_lines.list_lines, project_id=hall.project).rows
    assert "同日的班" in shown[0].overlaps
    assert shown[0].overlaps.count("另有") == 2
    assert shown[1].overlaps.count("另有") == 1
    assert shown[2].overlaps == ""
    assert "后来的班" not in shown[0].overlaps
    summary = hall.act(hall.teacher, roster_posting.get_summary, project_id=hall.project)
    assert summary.overlapping == 2
    hall.post()
    hall.write()
    assert hall.ledger(hall.ids[0]) == [(f"project:{hall.project}", 160)]


def test_posting_says_first_what_it_will_do_and_then_does_it_once(hall: Hall) -> None:
    hall.bring(row(0), row(1, "1"), row(2, "0"), row(3, test="不合格"))
    summary = hall.act(hall.teacher, roster_posting.get_summary, project_id=hall.project)
    assert (summary.people, summary.hours) == (2, "24")
    assert (summary.without, summary.failed, summary.own) == (["褚三"], ["褚四"], "")
    told = hall.post()
    assert "共2人" in told
    assert hall.roster().state is RosterState.POSTING
    # Closed from this moment, though nothing stands in the ledger yet.
    with pytest.raises(Conflict, match="名册已关闭"):
        hall.act(hall.teacher, roster_lines.attend_all, project_id=hall.project)
    with pytest.raises(Invalid):
        hall.bring(row(5))
    assert hall.ledger(hall.ids[0]) == []
    hall.write()
    assert hall.roster().state is RosterState.CLOSED
    assert hall.ledger(hall.ids[0]) == [(f"project:{hall.project}", 160)]
    assert hall.ledger(hall.ids[1]) == [(f"project:{hall.project}", 80)]
    assert hall.ledger(hall.ids[2]) == hall.ledger(hall.ids[3]) == []
    assert [line.state for line in hall.lines()] == [
        LineState.POSTED, LineState.POSTED, LineState.DRAFT, LineState.DRAFT,
    ]  # fmt: skip
    last = hall.days()[-1]
    with Session(hall.engine) as session:
        line = session.exec(select(Credit).where(Credit.person_id == hall.ids[0])).one()
        assert (line.year, line.earned_on, line.subject) == (last.year, last, Subject.PROFESSIONAL)
        assert (line.source_kind, line.rule, line.title) == ("project", "project@1", "样例培训班")
        by = session.exec(select(AuditEvent).where(AuditEvent.action == "roster:posted")).one()
        assert (by.actor_id, by.detail["people"], by.detail["own"]) == (hall.teacher, 2, False)
        assert credits.find_wrong_totals(session) == []
    assert any("已计入" in message for message in hall.told(hall.ids[0]))
    assert hall.told(hall.ids[2]) == []
    # Pressed once more, by the same and by another.
    assert "共2人" in hall.act(
        hall.teacher, roster_posting.post, project_id=hall.project, stamp=summary.stamp
    )
    with pytest.raises(Conflict, match="澹台茯苓"):
        hall.act(hall.second, roster_posting.post, project_id=hall.project, stamp=summary.stamp)
    hall.write()
    assert len(hall.ledger(hall.ids[0])) == 1


def test_more_people_than_places_were_filed_are_shown_and_recorded(hall: Hall) -> None:
    hall.bring(row(0), row(1), row(2))
    summary = hall.act(hall.teacher, roster_posting.get_summary, project_id=hall.project)
    assert summary.beyond == 0
    hall.change(capacity=2)
    summary = hall.act(hall.teacher, roster_posting.get_summary, project_id=hall.project)
    assert summary.beyond == 1
    hall.post()
    with Session(hall.engine) as session:
        by = session.exec(select(AuditEvent).where(AuditEvent.action == "roster:posted")).one()
        assert by.detail["beyond"] == 1


def test_the_clerks_own_line_is_posted_and_marked(hall: Hall) -> None:
    hall.bring(row(0))
    with transaction(write=True, on=hall.engine) as session:
        session.add(
            roster_lines.RosterLine(
                project_id=hall.project, person_id=hall.teacher, source=Source.TYPED,
                days=[day.isoformat() for day in hall.days()], hours=Hours.of(16), at=clock.now(),
            )
        )  # fmt: skip
    summary = hall.act(hall.teacher, roster_posting.get_summary, project_id=hall.project)
    assert summary.own == "16"
    assert hall.act(hall.second, roster_posting.get_summary, project_id=hall.project).own == ""
    hall.post()
    with Session(hall.engine) as session:
        by = session.exec(select(AuditEvent).where(AuditEvent.action == "roster:posted")).one()
        assert by.detail["own"] is True


def test_a_roster_that_changed_since_it_was_looked_at_is_not_posted(hall: Hall) -> None:
    hall.bring(row(0))
    seen = hall.act(hall.teacher, roster_posting.get_summary, project_id=hall.project)
    hall.bring(row(1), by=hall.second)
    with pytest.raises(Conflict, match="有改动"):
        hall.act(hall.teacher, roster_posting.post, project_id=hall.project, stamp=seen.stamp)
    assert "共2人" in hall.post()


def test_one_person_put_in_the_place_of_another_is_a_change(hall: Hall) -> None:
    hall.bring(row(0), row(1))
    seen = hall.act(hall.teacher, roster_posting.get_summary, project_id=hall.project)
    hall.act(hall.second, roster_lines.remove_line, line_id=hall.lines()[1].id)
    hall.bring(row(2), by=hall.second)
    with pytest.raises(Conflict, match="有改动"):
        hall.act(hall.teacher, roster_posting.post, project_id=hall.project, stamp=seen.stamp)
    assert "共2人" in hall.post()


def test_an_empty_roster_is_not_posted(hall: Hall) -> None:
    hall.bring(row(0, "0"))
    with pytest.raises(Invalid, match="没有可以登记学时的人员"):
        hall.post()
    assert hall.roster().state is RosterState.OPEN


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"approved": None}, "《通知》第五条，事前不备案"),
        ({"approved": 5}, "《通知》第五条，事前不备案"),
        ({"approved": 11}, "《通知》第五条，事前不备案"),
        ({"status": Status.RETURNED}, "《通知》第五条，事前不备案"),
        ({"status": Status.CANCELLED}, "《通知》第五条，没有备案"),
    ],
)
def test_what_was_not_approved_before_it_began_is_refused_at_the_roster(
    hall: Hall, given: dict, says: str
) -> None:
    project = hall.class_of(**given)
    seen = hall.act(hall.teacher, rosters.get_roster, project)
    assert says in seen.refusal
    assert not seen.may_write
    typed = {"name": "褚一", "identity_number": number(0)}
    for use_case, more in (
        (roster_imports.open_class, {}), (roster_taking.take_enrolled, {}),
        (roster_taking.take_checked_in, {}), (roster_lines.attend_all, {}),
        (roster_lines.add_line, {"typed": typed}), (roster_posting.get_summary, {}),
        (roster_posting.post, {"stamp": "0.0.0"}),
    ):  # fmt: skip
        with pytest.raises(Conflict, match=says):
            hall.act(hall.teacher, use_case, project_id=project, **more)
    assert hall.lines(project) == []
    # The same with a class that was approved in time.
    good = hall.class_of(approved=12)
    assert hall.act(hall.teacher, rosters.get_roster, good).refusal == ""
    assert hall.act(hall.teacher, roster_lines.add_line, project_id=good, typed=typed)


def test_a_change_approved_during_the_class_does_not_take_the_first_approval_away(
    hall: Hall,
) -> None:
    project = hall.class_of(approved=5, edition=2)
    assert hall.act(hall.teacher, rosters.get_roster, project).refusal
    with transaction(write=True, on=hall.engine) as session:
        day = clock.today() - timedelta(days=30)
        session.add(
            ProjectEdition(
                project_id=project, edition=1, status=Status.APPROVED, starts_on=day,
                filed_on=day, filed_at=days_ago(30), latest_on=day, decided_at=days_ago(28),
            )
        )  # fmt: skip
    assert hall.act(hall.teacher, rosters.get_roster, project).refusal == ""


@pytest.mark.parametrize(("day", "may"), [(8, True), (9, False), (10, False)])
def test_with_the_calendar_of_a_demo_the_day_of_approval_is_still_looked_at(
    hall: Hall, monkeypatch: pytest.MonkeyPatch, day: int, may: bool
) -> None:
    # The business calendar stands years back, as `RXAPP_TODAY` lets it.
    monkeypatch.setattr(clock, "business_now", lambda: clock.local(clock.now()) - YEARS_BACK)
    monkeypatch.setattr(clock, "today", lambda: clock.business_now().date())
    project = hall.class_of(approved=None, status=Status.APPROVED, edition=1)
    began = hall.days(project)[0] - timedelta(days=9)
    hall.change(
        project, approved_at=clock.business_now() + timedelta(days=day - 20), edition=1,
        starts_on=began + timedelta(days=9),
    )  # fmt: skip
    assert (hall.act(hall.teacher, rosters.get_roster, project).refusal == "") is may


@pytest.mark.parametrize("ended", [0, -1, -3])
def test_before_the_class_has_ended_it_is_not_posted(hall: Hall, ended: int) -> None:
    project = hall.class_of(ended=ended)
    hall.bring(row(0), project=project)
    assert "起可以登记学时" in hall.act(hall.teacher, rosters.get_roster, project).too_early
    with pytest.raises(Conflict, match="起可以登记学时"):
        hall.post(project)
    assert len(hall.lines(project)) == 1
    with transaction(write=True, on=hall.engine) as session:
        from rxapp.models.projects import Project, ProjectDay

        for day in session.exec(select(ProjectDay).where(ProjectDay.project_id == project)):
            day.day -= timedelta(days=10)
        row_ = session.get_one(Project, project)
        assert row_.ends_on
        row_.ends_on -= timedelta(days=10)
    assert "共" in hall.act(hall.teacher, roster_posting.get_summary, project_id=project).stamp or 1


def test_two_clerks_at_once_post_it_once(hall: Hall) -> None:
    hall.bring(*(row(place) for place in range(12)))
    clerks = [hall.actor(hall.teacher), hall.actor(hall.second)]
    stamp = hall.act(hall.teacher, roster_posting.get_summary, project_id=hall.project).stamp
    said = at_once(
        [
            lambda clerk=clerk: run(
                hall.engine, roster_posting.post, clerk, project_id=hall.project, stamp=stamp
            )
            for clerk in clerks
        ]
    )
    assert sorted(type(each).__name__ for each in said) == ["Conflict", "str"]

    def write() -> int:
        batches = 0
        while True:
            with transaction(write=True, on=hall.engine) as session:
                if not roster_posting.write_some(session, most=3):
                    return batches
            batches += 1

    at_once([write, write, write])
    hall.write()
    for person in hall.ids[:12]:
        assert hall.ledger(person) == [(f"project:{hall.project}", 160)]
        assert len(hall.told(person)) == 1
    with Session(hall.engine) as session:
        assert credits.find_wrong_totals(session) == []


def test_posting_that_was_interrupted_goes_on_where_it_was(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    hall.bring(*(row(place) for place in range(12)))
    hall.post()
    drawn = random.Random(5)
    real = credits.grant

    def breaking(*given, **more):  # type: ignore[no-untyped-def]
        if drawn.random() < 0.2:
            raise OSError("the power went")
        return real(*given, **more)

    monkeypatch.setattr(credits, "grant", breaking)
    broken = 0
    for _ in range(200):
        try:
            with transaction(write=True, on=hall.engine) as session:
                if not roster_posting.write_some(session, most=4):
                    break
        except OSError:
            broken += 1
            seen = [line for line in hall.lines() if line.state is LineState.POSTED]
            # Nothing half done: what is posted stands in the ledger, what is not does not.
            assert {line.person_id for line in seen} == {
                person for person in hall.ids[:12] if hall.ledger(person)
            }
    assert broken
    assert hall.roster().state is RosterState.CLOSED
    assert all(len(hall.ledger(person)) == 1 for person in hall.ids[:12])
    with Session(hall.engine) as session:
        assert credits.find_wrong_totals(session) == []


def test_two_rosters_that_share_people_do_not_wait_crosswise(hall: Hall) -> None:
    other = hall.class_of(title="另一个班", ended=20, approved=40)
    hall.bring(*(row(place) for place in range(20)))
    hall.bring(*(row(place) for place in reversed(range(20))), project=other)
    hall.post()
    hall.post(other)

    def write() -> None:
        while True:
            with transaction(write=True, on=hall.engine) as session:
                if not roster_posting.write_some(session, most=5):
                    return

    at_once([write, write])
    hall.write()
    assert all(len(hall.ledger(person)) == 2 for person in hall.ids[:20])


def test_the_background_work_ends_by_itself(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    from rxapp.adapters import database

    monkeypatch.setattr(database, "engine", lambda: hall.engine)
    assert roster_posting.work_once() is False
    hall.bring(row(0))
    hall.post()
    stopped = threading.Event()
    stopped.set()
    assert roster_posting.work_once(stopped) is True
    assert hall.ledger(hall.ids[0]) == []
    assert roster_posting.work_once() is True
    assert hall.ledger(hall.ids[0]) == [(f"project:{hall.project}", 160)]
    assert roster_posting.work_once() is False


def test_a_roster_that_cannot_go_on_keeps_no_other_waiting(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rxapp.adapters import database

    monkeypatch.setattr(database, "engine", lambda: hall.engine)
    other = hall.class_of(title="另一个班", ended=20, approved=40)
    hall.bring(row(0))
    hall.bring(row(1), project=other)
    hall.post()
    hall.post(other)
    subject = Subject.PROFESSIONAL
    hall.change(subject=None)
    assert roster_posting.work_once() is True
    assert hall.ledger(hall.ids[1]) == [(f"project:{other}", 160)]
    assert (hall.roster().state, hall.ledger(hall.ids[0])) == (RosterState.POSTING, [])
    # Put right, it is written in the next round.
    hall.change(subject=subject)
    assert roster_posting.work_once() is True
    assert hall.ledger(hall.ids[0]) == [(f"project:{hall.project}", 160)]
    assert roster_posting.work_once() is False


def posted(hall: Hall, *rows: str) -> None:
    hall.bring(*rows)
    hall.post()
    hall.write()


def put_right(hall: Hall, person: int, hours: str, by: int = 0, **given: object) -> str:
    line = hall.line(person)
    said = {"reason": "出勤表核对有误", "version": line.version} | given
    return hall.act(
        by or hall.teacher, roster_corrections.correct, line_id=line.id, hours=hours, **said
    ).hours


def test_a_correction_is_a_reversal_and_one_new_line(hall: Hall) -> None:
    posted(hall, row(0))
    person, key = hall.ids[0], f"project:{hall.project}"
    first = hall.line(person).credit_id
    assert put_right(hall, person, "8") == "8"
    assert hall.ledger(person) == [(key, 160), (f"reversal:{first}", -160), (f"{key}:2", 80)]
    second = hall.line(person).credit_id
    assert put_right(hall, person, "0", by=hall.town.city) == "0"
    assert hall.line(person).state is LineState.REVERSED
    assert hall.ledger(person)[3:] == [(f"reversal:{second}", -80)]
    # And once more, for whoever was wronged by the last word.
    assert put_right(hall, person, "16") == "16"
    assert hall.ledger(person)[4:] == [(f"{key}:3", 160)]
    assert sum(tenths for _, tenths in hall.ledger(person)) == 160
    told = hall.told(person)
    assert [message.split()[0] for message in told] == [
        "培训学时已登记", "培训学时已更正", "培训学时已撤销", "培训学时已更正",
    ]  # fmt: skip
    with Session(hall.engine) as session:
        assert credits.find_wrong_totals(session) == []
        kept = session.exec(select(RosterCorrection).order_by(RosterCorrection.id)).all()  # type: ignore[arg-type]
        assert [(row.before.tenths, row.after.tenths, row.by_id) for row in kept] == [
            (160, 80, hall.teacher), (80, 0, hall.town.city), (0, 160, hall.teacher),
        ]  # fmt: skip
        events = session.exec(
            select(AuditEvent).where(AuditEvent.action == "roster:corrected")
        ).all()
        assert len(events) == 3
        assert "出勤表" not in str([event.detail for event in events])
    shown = hall.act(hall.teacher, roster_corrections.list_corrections, project_id=hall.project)
    assert (shown[0].name, shown[0].reason) == ("褚一", "出勤表核对有误")


@pytest.mark.parametrize(
    "spoil",
    ["UPDATE roster_line SET credit_id = NULL", "UPDATE roster_line SET hours = 10",
     "UPDATE roster_line SET state = 'draft'"],
)  # fmt: skip
def test_what_does_not_agree_with_the_ledger_is_found(hall: Hall, spoil: str) -> None:
    posted(hall, row(0), row(1))
    put_right(hall, hall.ids[0], "8")
    put_right(hall, hall.ids[1], "0")
    with Session(hall.engine) as session:
        assert roster_checks.find_unfounded(session) == []
        session.connection().exec_driver_sql(f"{spoil} WHERE state = 'posted'")
        assert roster_checks.find_unfounded(session) == [hall.line(hall.ids[0]).id]


def test_who_failed_or_was_forgotten_may_be_put_right_afterwards(hall: Hall) -> None:
    posted(hall, row(0), row(1, test="不合格"))
    assert put_right(hall, hall.ids[1], "16") == "16"
    assert hall.ledger(hall.ids[1]) == [(f"project:{hall.project}", 160)]


def test_whoever_was_forgotten_is_put_on_a_closed_roster_with_a_reason(hall: Hall) -> None:
    person, key = hall.ids[1], f"project:{hall.project}"
    good = {
        "name": "褚二", "identity_number": number(1), "hours": "8", "reason": "补交了签到表",
    }  # fmt: skip

    def put(by: int = 0, **other: Any) -> roster_lines.LineRow:
        return hall.act(
            by or hall.teacher, roster_corrections.supplement, project_id=hall.project,
            typed=good | other,
        )  # fmt: skip

    hall.bring(row(0))
    with pytest.raises(Conflict, match="还没有登记完毕"):
        put()
    hall.post()
    hall.write()
    for wrong, says in (
        ({"name": "褚九"}, "不一致"), ({"hours": "16.5"}, "最多可认定16学时"),
        ({"hours": ""}, "更正后的学时"), ({"hours": "0"}, "没有更正"), ({"reason": "漏"}, "理由"),
        ({"name": "褚一", "identity_number": number(0)}, "已在名册中"),
    ):  # fmt: skip
        with pytest.raises(Invalid, match=says):
            put(**wrong)
    for who in (hall.stranger, hall.inspector, hall.town.employer):
        with pytest.raises(NotFound):
            put(who)
    with pytest.raises(NotPermitted):
        put(hall.ids[1])
    assert (len(hall.lines()), hall.ledger(person), hall.told(person)) == (1, [], [])
    assert put().hours == "8"
    assert put().hours == "8", "a finger that pressed twice"
    for other in ({"hours": "4"}, {"reason": "另一个理由"}, {"by": hall.town.city}):
        with pytest.raises(Invalid, match="已在名册中"):
            put(**other)
    assert hall.ledger(person) == [(key, 80)]
    assert [said.split()[0] for said in hall.told(person)] == ["培训学时已更正"]
    assert put(hall.town.city, name="褚三", identity_number=number(2)).hours == "8"
    shown = hall.act(hall.teacher, roster_corrections.list_corrections, project_id=hall.project)
    assert [(each.name, each.change) for each in shown] == [
        ("褚三", "0学时改为8学时"), ("褚二", "0学时改为8学时"),
    ]  # fmt: skip
    with Session(hall.engine) as session:
        assert roster_checks.find_unfounded(session) == []
        assert credits.find_wrong_totals(session) == []


def test_a_correction_needs_a_reason_and_changes_something(hall: Hall) -> None:
    posted(hall, row(0))
    person = hall.ids[0]
    for hours, given, says in (
        ("", {}, "撤销的填0"), (" ", {}, "撤销的填0"),
        ("8", {"reason": "错"}, "理由"), ("16", {}, "没有更正"), ("17", {}, "最多可认定16学时"),
        ("-1", {}, "不能小于0"), ("x", {}, "数字"),
    ):  # fmt: skip
        with pytest.raises(Invalid, match=says):
            put_right(hall, person, hours, **given)
    with pytest.raises(Conflict, match="已在别处改动"):
        put_right(hall, person, "8", version=1)
    assert hall.ledger(person) == [(f"project:{hall.project}", 160)]


def test_of_two_who_put_the_same_right_at_once_one_counts(hall: Hall) -> None:
    posted(hall, row(0))
    line = hall.line(hall.ids[0])
    clerks = [hall.actor(hall.teacher), hall.actor(hall.town.city)]
    said = at_once(
        [
            lambda clerk=clerk, hours=hours: run(
                hall.engine, roster_corrections.correct, clerk, line_id=line.id, hours=hours,
                reason="核对有误", version=line.version,
            )
            for clerk, hours in zip(clerks, ("8", "4"), strict=True)
        ]
    )  # fmt: skip
    assert sum(isinstance(each, Conflict) for each in said) == 1
    total = sum(tenths for _, tenths in hall.ledger(hall.ids[0]))
    assert total in (80, 40)
    with Session(hall.engine) as session:
        assert credits.find_wrong_totals(session) == []


def test_a_certificate_that_shows_the_hours_says_so(hall: Hall) -> None:
    posted(hall, row(0))
    year = hall.days()[-1].year
    with transaction(write=True, on=hall.engine) as session:
        session.add(
            Certificate(
                number="AAAA-BBBB-CCCC-D", person_id=hall.ids[0], year=year, version=1,
                status=CertificateStatus.VALID, issued_at=clock.now(), status_at=clock.now(),
                ledger_digest="x", facts={}, facts_digest="", signature="", file="", file_sha256="",
            )
        )  # fmt: skip
    put_right(hall, hall.ids[0], "8")
    with Session(hall.engine) as session:
        assert session.exec(select(Certificate.status)).one() is not CertificateStatus.VALID


def test_only_while_closed_and_only_by_the_organiser_or_above(hall: Hall) -> None:
    hall.bring(row(0))
    with pytest.raises(Conflict, match="还没有登记完毕"):
        put_right(hall, hall.ids[0], "8")
    hall.post()
    with pytest.raises(Conflict, match="还没有登记完毕"):
        put_right(hall, hall.ids[0], "8")
    hall.write()
    for who in (hall.stranger, hall.inspector, hall.town.department):
        with pytest.raises(NotFound):
            put_right(hall, hall.ids[0], "8", by=who)
    with pytest.raises(NotPermitted):
        put_right(hall, hall.ids[0], "8", by=hall.ids[1])
    assert len(hall.ledger(hall.ids[0])) == 1
    assert put_right(hall, hall.ids[0], "8", by=hall.second) == "8"
    assert put_right(hall, hall.ids[0], "4", by=hall.town.city) == "4"


def test_nobody_else_reads_or_writes_a_roster(hall: Hall) -> None:
    hall.bring(row(0))
    line = hall.lines()[0].id
    reads = [
        (rosters.get_roster, {"project_id": hall.project}),
        (roster_lines.list_lines, {"project_id": hall.project}),
        (roster_lines.get_line, {"line_id": line}),
        (roster_export.open_list, {"project_id": hall.project}),
    ]
    writes = [
        (roster_imports.open_class, {"project_id": hall.project}),
        (roster_lines.attend_all, {"project_id": hall.project}),
        (roster_lines.remove_line, {"line_id": line}),
        (roster_lines.set_day, {"line_id": line, "day": "2020-01-01", "attended": True}),
        (roster_taking.take_enrolled, {"project_id": hall.project}),
        (roster_posting.get_summary, {"project_id": hall.project}),
        (roster_posting.post, {"project_id": hall.project, "stamp": ""}),
    ]
    for use_case, given in reads + writes:
        for who in (hall.stranger, hall.inspector, hall.town.employer):
            with pytest.raises(NotFound):
                hall.act(who, use_case, **given)
        with pytest.raises(NotPermitted):
            hall.act(hall.ids[1], use_case, **given)
        with transaction(on=hall.engine) as session, pytest.raises(NotSignedIn):
            use_case(session, ANONYMOUS, **given)
    # The bureau above reads, and writes nothing that is still the organiser's.
    for use_case, given in reads:
        hall.act(hall.town.city, use_case, **given)
    for use_case, given in writes:
        with pytest.raises(NotFound):
            hall.act(hall.town.city, use_case, **given)
    assert len(hall.lines()) == 1


def test_lists_page_by_key_and_an_office_sees_its_own(hall: Hall) -> None:
    made = [hall.class_of(title=f"第{place}班") for place in range(35)]
    hall.class_of(hall.other_base, title="别人的班")
    hall.class_of(approved=None)
    page = hall.act(hall.teacher, rosters.list_classes)
    assert [row.id for row in page.rows] == list(reversed(made))[:30]
    rest = hall.act(hall.teacher, rosters.list_classes, after=page.next_after)
    assert [row.id for row in rest.rows] == [*reversed(made[:5]), hall.project]
    assert (rest.next_after, page.may_review) == (0, False)
    assert hall.act(hall.stranger, rosters.list_classes).rows[0].title == "别人的班"
    # A bureau has none of its own, and all those that it approved.
    assert hall.act(hall.town.city, rosters.list_classes).rows == []
    reviewed = hall.act(hall.town.city, rosters.list_classes, place="reviewed")
    assert reviewed.rows[0].title == "别人的班"
    assert hall.act(hall.teacher, rosters.list_classes, place="reviewed").rows == page.rows


def test_lines_page_by_key_and_are_found_by_name(hall: Hall) -> None:
    hall.bring(*(row(place) for place in range(40)))
    page = hall.act(hall.teacher, roster_lines.list_lines, project_id=hall.project, most=25)
    rest = hall.act(
        hall.teacher, roster_lines.list_lines, project_id=hall.project, most=25,
        after=page.next_after,
    )  # fmt: skip
    assert [row.person_id for row in (*page.rows, *rest.rows)] == hall.ids
    assert rest.next_after == 0
    found = hall.act(hall.teacher, roster_lines.list_lines, project_id=hall.project, query="褚三")
    assert {row.name for row in found.rows} == {"褚三"}
    assert len(found.rows) == 4


def test_the_list_is_taken_out_masked_and_recorded(hall: Hall) -> None:
    hall.bring(row(0), row(1, "1"))
    cover = hall.act(hall.teacher, roster_export.open_list, project_id=hall.project)
    chunk = hall.act(hall.teacher, roster_export.list_rows, project_id=hall.project, after=START)
    hall.act(hall.teacher, roster_export.note_list, project_id=hall.project, count=2)
    assert (cover.count, len(chunk.rows), chunk.next) == (2, 2, None)
    assert chunk.rows[1][3:5] == ("1天", "8")
    assert number(0) not in str(chunk.rows)
    with Session(hall.engine) as session:
        event = session.exec(select(AuditEvent).where(AuditEvent.action == "list:exported")).one()
        assert (event.object_kind, event.object_id) == ("project", hall.project)


def test_the_person_sees_the_hours_with_their_source(hall: Hall) -> None:
    posted(hall, row(0))
    year = hall.days()[-1].year
    seen = hall.act(hall.ids[0], credits.list_credits, year=year)
    assert [(line.title, line.hours, line.source) for line in seen] == [
        ("样例培训班", "16", "备案的培训项目")
    ]


def test_a_class_cancelled_at_that_moment_is_not_posted(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    hall.bring(row(0))
    # As if the cancellation came between the look and the word.
    monkeypatch.setattr(roster_classes, "refusal_of", lambda *_: "")
    stamp = hall.act(hall.teacher, roster_posting.get_summary, project_id=hall.project).stamp
    hall.change(status=Status.CANCELLED)
    with pytest.raises(Conflict, match="刚刚有变动"):
        hall.act(hall.teacher, roster_posting.post, project_id=hall.project, stamp=stamp)
    assert hall.roster().state is RosterState.OPEN
