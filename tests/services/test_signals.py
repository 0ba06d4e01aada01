"""Signals: counted with the act itself, shown inside one's own subtree, never a verdict."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from rxapp import clock as clocks
from rxapp.errors import Conflict, Invalid, NotFound, NotPermitted
from rxapp.models.applications import Evidence
from rxapp.models.claims import ClaimFile
from rxapp.models.learning import Showing
from rxapp.models.people import Person
from rxapp.models.supervision import LearnerDay, RepeatedFile, ReviewerDay, ReviewerMonth
from rxapp.services import signal_marks, signals
from rxapp.services import supervision_scopes as where
from tests.factories import Clock, lesson_ids, make_course
from tests.services.test_inspections import Supervised
from tests.services.test_watching import make_viewer

pytestmark = pytest.mark.usefixtures("installation")

MOMENT = datetime(2026, 11, 5, 2, 0, 5, tzinfo=UTC)  # ten in the morning in the city


class Watched(Supervised):
    """A clock of one's own to decide by, and what a bureau is shown."""

    def __init__(self, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
        self.moment = MOMENT
        monkeypatch.setattr(clocks, "now", lambda: self.moment)
        super().__init__(engine)

    def later(self, **span: float) -> None:
        self.moment += timedelta(**span)

    def days(self) -> list[ReviewerDay]:
        with Session(self.engine, expire_on_commit=False) as session:
            return list(session.exec(select(ReviewerDay).order_by(ReviewerDay.person_id)))  # type: ignore[arg-type]

    def reviewers(self, who: int = 0, **typed: str) -> list[signals.ReviewerRow]:
        return self.act(who or self.town.city, signals.list_reviewers, typed=typed).rows

    def marks(self, who: int = 0, **typed: str) -> signals.Marks:
        return self.act(who or self.town.city, signals.list_marks, typed=typed)


@pytest.fixture
def case(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Watched:
    return Watched(engine, monkeypatch)


def test_every_decision_is_counted_once_with_its_seconds(case: Watched) -> None:
    ids = [case.submitted(title=f"第{n}项") for n in range(3)]
    for id, seconds in zip(ids, (4, 8, 30), strict=True):
        case.decide(case.town.employer, id, seconds=seconds)
    # The second press of one finger is no second decision; nor is one that was refused.
    version = case.row(ids[0]).version - 1
    case.decide(case.town.employer, ids[0], version=version, seconds=4)
    with pytest.raises((Conflict, NotPermitted)):
        case.decide(case.town.employer, ids[1], "reject", note="x")
    case.decide(case.town.department, ids[0], "return", note="日期不清", seconds=0)
    case.decide(case.town.department, ids[1], seconds=10)
    rows = {
        (row.person_id, row.decisions, row.passes, row.timed, row.seconds) for row in case.days()
    }
    assert rows == {(case.town.employer, 3, 3, 3, 42), (case.town.department, 2, 1, 1, 10)}
    seen = {row.person_id: row for row in case.reviewers()}
    clerk, above = seen[case.town.employer], seen[case.town.department]
    assert (clerk.decisions, clerk.pass_rate, clerk.mean, clerk.median) == (
        "3", "100%", "14秒", "8秒",
    )  # fmt: skip
    assert (above.decisions, above.pass_rate, above.mean) == ("2", "50%", "10秒")
    assert clerk.sample_href == f"/desk/supervision?part=draw&reviewer={case.town.employer}"
    assert [row.person_id for row in case.reviewers()] == [case.town.employer, case.town.department]


def test_a_decision_that_fails_is_not_counted(
    case: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = case.submitted()
    from rxapp.services import audit

    def fails(*_: Any, **__: Any) -> None:
        raise OSError("the disk is gone")

    with monkeypatch.context() as broken:
        broken.setattr(audit, "record", fails)
        with pytest.raises(OSError, match="disk"):
            case.decide(case.town.employer, id)
    assert case.days() == []
    case.decide(case.town.employer, id)
    assert [row.decisions for row in case.days()] == [1]


def test_many_decisions_within_a_minute_are_a_burst(case: Watched) -> None:
    ids = [case.submitted(title=f"第{n}项") for n in range(8)]
    for place, id in enumerate(ids[:5]):
        case.decide(case.town.employer, id)
        case.later(seconds=10 if place < 4 else 20)
    assert case.marks().bursts == []
    case.later(minutes=3)
    at = clocks.local(case.moment)
    for id in ids[5:]:
        case.decide(case.town.employer, id)
    assert [row.peak for row in case.days()] == [5]
    more = [case.submitted(title=f"又第{n}项") for n in range(3)]
    for id in more:
        case.decide(case.town.employer, id)
    case.later(minutes=5)
    case.decide(case.town.employer, case.submitted(title="后来的一项"))
    (burst,) = case.marks().bursts
    assert (burst.count, burst.decisions, burst.at) == ("6", "12", f"{at:%Y-%m-%d %H:%M}")
    assert burst.person_id == case.town.employer
    yesterday = f"{where.today() - timedelta(days=1)}"
    assert case.marks(first=yesterday, last=yesterday).bursts == []


def shared(case: Watched, id: int, other: int) -> None:
    """Let the other claim's file be the very file of the first."""
    with Session(case.engine) as session, session.begin():
        files = [
            session.get_one(
                Evidence,
                session.exec(select(ClaimFile.evidence_id).where(ClaimFile.claim_id == each)).one(),
            )
            for each in (id, other)
        ]
        files[1].source_sha256 = files[0].source_sha256


def test_one_file_in_the_claims_of_several_people(case: Watched) -> None:
    with Session(case.engine) as session, session.begin():
        session.get_one(Person, case.ids[1]).activated_at = clocks.now()
    first = case.submitted()
    other = case.draft(person=case.ids[1])
    shared(case, first, other)
    # A draft is nobody's business yet.
    assert case.marks().repeats == []
    case.send(other, case.ids[1])
    repeats = case.marks().repeats
    assert {row.others for row in repeats} == {"2人的2项申报用了同一份文件"}
    assert len(repeats) == 2
    version = case.row(first).version
    case.decide(case.town.employer, first, "return", note="请补充", version=version)
    case.send(first)
    # Sent in again it is still the same two.
    assert len(case.marks().repeats) == 2
    assert case.marks(case.sheriff).repeats == []
    assert len(case.marks(organisation=f"{case.town.clinic}").repeats) == 2
    assert case.marks(organisation=f"{case.town.double}").repeats == []


def test_lines_of_one_paper_certificate_are_no_repeat(case: Watched) -> None:
    from rxapp.models.claims import Claim

    one, two, three = case.draft(), case.draft(title="第二行"), case.draft(title="另一本")
    shared(case, one, two)
    shared(case, one, three)
    with Session(case.engine) as session, session.begin():
        session.get_one(Claim, one).batch = session.get_one(Claim, two).batch = "paper-1"
        session.get_one(Claim, three).batch = "paper-2"
    case.send(one)
    case.send(two)
    assert case.marks().repeats == []
    case.send(three)
    with Session(case.engine) as session:
        marked = {row.claim_id for row in session.exec(select(RepeatedFile))}
    assert marked == {one, two, three}


def test_one_achievement_entered_for_many_is_no_repeat(case: Watched) -> None:
    from rxapp.models.claims import Claim

    with Session(case.engine) as session, session.begin():
        session.get_one(Person, case.ids[1]).activated_at = clocks.now()
    one, other = case.draft(), case.draft(person=case.ids[1])
    shared(case, one, other)
    with Session(case.engine) as session, session.begin():
        session.get_one(Claim, one).batch = session.get_one(Claim, other).batch = "many-1"
    case.send(one)
    case.send(other, case.ids[1])
    assert case.marks().repeats == []


def answer(case: Watched, person: int, lesson: int, number: int, seconds: float) -> None:
    with Session(case.engine) as session, session.begin():
        from rxapp.models.courses import QuestionRow

        question = session.exec(select(QuestionRow.id)).first() or 0
        row = Showing(
            person_id=person, lesson_id=lesson, number=number, question_id=question, options=[],
            shown_at=case.moment - timedelta(seconds=seconds),
        )  # fmt: skip
        session.add(row)
        session.flush()
        signal_marks.note_answer(session, row.id or 0, at=case.moment)


def test_answers_too_quick_to_be_read_and_days_without_sleep(case: Watched) -> None:
    with Session(case.engine) as session, session.begin():
        lesson = lesson_ids(session, make_course(session))[0]
    robot, tireless, honest = case.ids[:3]
    case.moment = MOMENT.replace(hour=16)  # midnight in the city
    for number in range(21):
        answer(case, tireless, lesson, number, 15)
        if number < 6:
            answer(case, robot, lesson, number, 0.9 if number else 30)
        if number < 19:
            answer(case, honest, lesson, number, 9)
        case.later(hours=1)
    said = {row.person_id: row.why for row in case.marks().learners}
    assert said == {
        robot: "回答弹题6次，其中5次用时不到2秒",
        tireless: "当天有21个小时在回答弹题",
    }
    assert case.marks(case.sheriff).learners == []
    # The next day forgets a quiet one, and keeps those that showed something.
    case.later(days=1)
    for person in (robot, honest):
        answer(case, person, lesson, 100, 9)
    with Session(case.engine) as session:
        kept = session.exec(select(LearnerDay.person_id, LearnerDay.answers)).all()
    assert sorted(kept) == sorted([(robot, 6), (robot, 1), (tireless, 21), (honest, 1)])


@pytest.mark.usefixtures("city")
def test_an_answered_quiz_is_counted_where_it_is_answered(engine: Engine, clock: Clock) -> None:
    viewer = make_viewer(engine, clock).open()
    quiz = viewer.until_quiz()
    clock.pass_(1)
    viewer.answer_rightly(quiz)
    # Answered again it is the same answer.
    viewer.answer_rightly(quiz)
    with Session(engine) as session:
        row = session.exec(select(LearnerDay)).one()
    assert (row.answers, row.quick, row.hours) == (1, 1, 1)
    assert row.day == clocks.local(clock.real).date()


@pytest.mark.parametrize("few", [0, 200], ids=["walked in order", "asked one by one"])
def test_reviewers_follow_each_other_without_gap_or_repeat(
    case: Watched, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(signals, "PAGE", 2)
    monkeypatch.setattr(signals.scopes, "FEW", few)
    month = where.today().replace(day=1)
    with Session(case.engine) as session, session.begin():
        for place, person in enumerate(case.ids[:7]):
            session.add(
                ReviewerMonth(
                    office_id=case.town.clinic, month=month, person_id=person, passes=1,
                    decisions=1 + place // 3,
                )
            )  # fmt: skip
        for office, first, decisions in (
            (case.mill, month, 9), (case.town.clinic, where.parse_month("2026-10").first, 77),
        ):  # fmt: skip
            session.add(
                ReviewerMonth(
                    office_id=office, month=first, person_id=case.ids[0], decisions=decisions,
                    passes=9,
                )
            )  # fmt: skip
    seen, after = [], ""
    while True:
        page = case.act(case.town.city, signals.list_reviewers, typed={}, after=after)
        seen += [(row.decisions, row.person_id, row.office) for row in page.rows]
        if not (after := page.next_after):
            break
    assert len(seen) == len(set(seen)) == 8
    assert [row[0] for row in seen] == ["9", "3", "2", "2", "2", "1", "1", "1"]
    assert [row.office for row in case.reviewers(case.sheriff)] == ["样例县磨坊"]
    assert [row.decisions for row in case.reviewers(month="2026-10")] == ["77"]
    for rubbish in ("x", "1|2", "1|2|x", "-1|2|3"):
        with pytest.raises(NotFound):
            case.act(case.town.city, signals.list_reviewers, typed={}, after=rubbish)


def test_a_month_is_the_sum_of_its_days(case: Watched) -> None:
    ids = [case.submitted(title=f"第{n}项") for n in range(5)]
    case.moment = datetime(2026, 11, 30, 15, 59, tzinfo=UTC)  # a minute before December
    case.decide(case.town.employer, ids[0], seconds=5)
    case.decide(case.town.employer, ids[1], "return", note="看不清", seconds=0)
    case.later(minutes=2)
    for id in ids[2:]:
        case.decide(case.town.employer, id, seconds=7)
    with Session(case.engine) as session:
        months = {
            f"{row.month}": (row.decisions, row.passes, row.timed, row.seconds)
            for row in session.exec(select(ReviewerMonth))
        }
    assert months == {"2026-11-01": (2, 1, 1, 5), "2026-12-01": (3, 3, 3, 21)}
    assert [row.decisions for row in case.reviewers()] == ["3"]
    (before,) = case.reviewers(month="2026-11")
    assert (before.decisions, before.pass_rate, before.median) == ("2", "50%", "5秒")
    for rubbish in ("2027-01", "2020-01", "2026-13", "x", "2026-11-01", "１"):
        with pytest.raises(Invalid, match="月份"):
            case.reviewers(month=rubbish)


def test_signals_are_for_bureaus_and_their_own_subtree(case: Watched) -> None:
    for use_case in (signals.list_reviewers, signals.list_marks):
        for visitor in (case.who, case.town.employer, case.town.department):
            with pytest.raises(NotPermitted):
                case.act(visitor, use_case, typed={})
        for place in (case.town.bureau, case.town.clinic):
            with pytest.raises(NotFound):
                case.act(case.sheriff, use_case, typed={"organisation": f"{place}"})
        for word in ("x", "-1", "1" * 30):
            with pytest.raises(NotFound):
                case.act(case.town.city, use_case, typed={"organisation": word})
        assert case.act(case.sheriff, use_case, typed={"organisation": f"{case.mill}"})
    for typed in (
        {"first": "2000-01-01", "last": f"{where.today()}"}, {"first": "x", "last": "y"},
        {"first": f"{where.today()}"},
    ):  # fmt: skip
        with pytest.raises(Invalid):
            case.act(case.town.city, signals.list_marks, typed=typed)
