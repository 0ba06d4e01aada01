"""The sums of the city: moved by whatever changes, and always those of the ledger."""

import random
import threading
from collections.abc import Callable
from datetime import date, timedelta
from itertools import count

import pytest
from sqlalchemy import Engine, delete, func, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.adapters import database
from rxapp.adapters.database import transaction
from rxapp.models.courses import Course
from rxapp.models.credits import Credit
from rxapp.models.learning import LessonProgress
from rxapp.models.organisations import Organisation
from rxapp.models.people import Affiliation, Person, StatusSpell
from rxapp.models.statistics import FigureCell, FigureMark, PersonFigure
from rxapp.models.years import YearPolicyRow
from rxapp.rules.figures import FIRST_YEAR
from rxapp.rules.hours import Hours
from rxapp.rules.person_status import PersonStatus
from rxapp.rules.subjects import Subject
from rxapp.services import checking, credits, figure_checks, figures, folding, standings, tree
from rxapp.services.actors import SYSTEM
from tests.factories import lesson_ids, make_course, make_person, make_policies
from tests.services.test_tree import Town, actor_of

pytestmark = pytest.mark.usefixtures("installation")
YEAR = clock.today().year
SOURCES = ("course", "claim", "project", "history", "somewhere")


class City:
    """A town with some people, and a ledger to write into."""

    def __init__(self, engine: Engine, people: int = 6) -> None:
        self.engine, self.keys = engine, count(1)
        with transaction(write=True, on=engine) as session:
            make_policies(session)
            self.town = Town(session)
            self.ids = [
                make_person(
                    session, f"褚{n}", owes_from=FIRST_YEAR + n, activated_at=None,
                    organisation_id=(self.town.clinic, self.town.ward, self.town.double)[n % 3],
                ).id or 0
                for n in range(people)
            ]  # fmt: skip
            course = make_course(session, "X1", year=YEAR, lessons=3)
            self.lessons = lesson_ids(session, course)

    def do(self, change: Callable[[Session], object]) -> object:
        with transaction(write=True, on=self.engine) as session:
            return change(session)

    def grant(self, person: int, subject: Subject, hours: int, year: int = YEAR, **line) -> int:  # type: ignore[no-untyped-def]
        line = {"source_kind": "course", "earned_on": date(year, 3, 4)} | line
        return self.do(  # type: ignore[return-value]
            lambda session: credits.grant(
                session, SYSTEM, person_id=person, year=year, subject=subject,
                hours=Hours.of(hours), source_key=f"k:{next(self.keys)}", title="课", rule="r/1",
                **line,
            )
        )  # fmt: skip

    def complete(self, person: int, **line) -> list[int]:  # type: ignore[no-untyped-def]
        wanted = (
            (Subject.PUBLIC_REQUIRED, 20), (Subject.PUBLIC_ELECTIVE, 10), (Subject.PROFESSIONAL, 60)
        )  # fmt: skip
        return [self.grant(person, subject, hours, **line) for subject, hours in wanted]

    def fold(self) -> None:
        folding.fold_all(on=self.engine)

    def total(self, office: int, year: int = YEAR) -> tuple[int, int, int, int, int]:
        return self.cell(office, "total", "", year)

    def cell(self, office: int, kind: str, word: str, year: int = YEAR):  # type: ignore[no-untyped-def]
        with Session(self.engine) as session:
            row = session.get(FigureCell, (office, year, kind, word))
            if row is None:
                return (0, 0, 0, 0, 0)
            return (row.owing, row.activated, row.studying, row.complete, row.tenths)

    def sound(self) -> bool:
        """Nothing is marked, everybody counts as the ledger says, and the sums are theirs."""
        with Session(self.engine) as session:
            assert session.exec(select(FigureMark)).first() is None
            assert figure_checks.find_wrong_figure(session) is None
            assert figure_checks.find_wrong_cell(session) is None
            _as_standings(session)
            _as_ledger(session, self.town.bureau)
        return True


def _as_standings(session: Session) -> None:
    """Each figure says what the person's own standing says."""
    for person in session.exec(select(Person)).all():
        found = standings.list_standings(session, person.id or 0)
        rows = session.exec(select(PersonFigure).where(PersonFigure.person_id == person.id)).all()
        kept = {row.year: row for row in rows}
        for year in range(2019, YEAR + 1):
            of_period = [found[each] for each in range(2016, 2020) if each in found]
            those = of_period if year == 2019 else [found[year]] if year in found else []
            owing = any(one.owed for one in those) and person.pseudonymised_at is None
            row = kept.get(year)
            assert (row is not None and row.owing) == owing, (person.id, year)
            if owing:
                # Of a period every year says the same.
                judged = next(one for one in those if one.owed)
                assert row is not None
                assert row.complete == judged.complete


def _as_ledger(session: Session, bureau: int) -> None:
    """The whole city's hours are those of all lines, reversals included."""
    lines = session.exec(select(Credit)).all()
    for year in range(2019, YEAR + 1):
        years = range(2016, 2020) if year == 2019 else (year,)
        of_year = [line for line in lines if line.year in years]
        row = session.get(FigureCell, (bureau, year, "total", ""))
        assert (row.tenths if row else 0) == sum(line.hours.tenths for line in of_year)
        for kind in ("hours", "week", "field", "level"):
            found = session.exec(
                select(func.sum(FigureCell.tenths)).where(
                    FigureCell.organisation_id == bureau, FigureCell.year == year,
                    FigureCell.kind == kind,
                )
            ).one()  # fmt: skip
            assert (found or 0) == (row.tenths if row else 0), kind


@pytest.fixture
def city(engine: Engine) -> City:
    return City(engine)


def test_hours_arrive_in_every_sum_of_the_person_and_of_all_above(city: City) -> None:
    city.fold()
    clinic = city.total(city.town.clinic)
    one = city.ids[0]
    city.do(
        lambda session: session.execute(
            update(Person)
            .where(col(Person.id) == one)
            .values(field="卫生健康", title_level="中级", activated_at=clock.now())
        )
    )
    city.complete(one)
    assert city.total(city.town.clinic) == clinic, "nothing moves before it is folded"
    city.fold()
    for office in (city.town.clinic, city.town.health, city.town.bureau):
        assert city.cell(office, "field", "卫生健康") == (1, 1, 1, 1, 900)
        assert city.cell(office, "level", "中级") == (1, 1, 1, 1, 900)
        assert city.cell(office, "hours", "professional:course") == (0, 0, 0, 0, 600)
        monday = date(YEAR, 3, 4) - timedelta(days=date(YEAR, 3, 4).weekday())
        assert city.cell(office, "week", f"{monday}")[3:] == (1, 900)
    assert city.total(city.town.clinic)[1:] == (clinic[1] + 1, clinic[2] + 1, clinic[3] + 1, 900)
    assert city.total(city.town.double)[4] == 0
    assert city.sound()


def test_a_reversal_takes_out_of_the_source_and_week_it_came_from(city: City) -> None:
    lines = city.complete(city.ids[0], source_kind="claim")
    city.fold()
    assert city.total(city.town.bureau)[3:] == (1, 900)
    city.do(lambda session: credits.reverse(session, SYSTEM, credit_id=lines[2], reason_code="x"))
    city.fold()
    assert city.total(city.town.bureau)[2:] == (1, 0, 300)
    assert city.cell(city.town.bureau, "hours", "professional:claim") == (0, 0, 0, 0, 0)
    assert city.sound()


def test_whoever_moves_takes_everything_along(city: City) -> None:
    city.complete(city.ids[0])
    city.complete(city.ids[3], year=2021)
    city.fold()
    city.do(
        lambda session: session.execute(
            update(Person)
            .where(col(Person.id) == city.ids[0])
            .values(organisation_id=city.town.double)
        )
    )
    city.fold()
    assert city.total(city.town.clinic)[3:] == (0, 0)
    assert city.total(city.town.health)[3:] == (0, 0)
    assert city.total(city.town.school)[3:] == (1, 900)
    # The clinic as a whole goes to the other department, and is then merged into its school.
    city.do(lambda session: tree.move(
        session, actor_of(session, city.town.city), organisation_id=city.town.clinic,
        to_id=city.town.school, note="划转", version=1,
    ))  # fmt: skip
    city.fold()
    assert city.total(city.town.school, 2021)[3:] == (1, 900)
    # Its one clerk is all that is left at the department.
    assert city.total(city.town.health, 2021) == (1, 1, 0, 0, 0)
    assert city.sound()
    city.do(lambda session: tree.merge(
        session, actor_of(session, city.town.city), organisation_id=city.town.clinic,
        into_id=city.town.double, note="重复", version=2,
    ))  # fmt: skip
    city.fold()
    assert city.total(city.town.clinic, 2021) == (0, 0, 0, 0, 0)
    assert city.total(city.town.double, 2021)[3:] == (1, 900)
    assert city.sound()


def test_a_state_a_policy_and_being_forgotten_count_too(city: City) -> None:
    one, two = city.ids[0], city.ids[3]
    city.complete(one)
    city.complete(two)
    city.fold()
    before = city.total(city.town.bureau)
    assert before[3] == 2

    def retire(session: Session) -> None:
        row = session.get_one(Person, one)
        row.status, row.status_on = PersonStatus.RETIRED, date(YEAR, 1, 2)
        session.add(
            StatusSpell(
                person_id=one, status=row.status, begins_on=date(YEAR, 1, 2), at=clock.now()
            )
        )

    city.do(retire)
    city.fold()
    # The hours are there still, the person no longer owes the year.
    assert city.total(city.town.bureau)[0] == before[0] - 1
    assert city.total(city.town.bureau)[3:] == (1, 1800)
    city.do(
        lambda session: session.execute(
            update(YearPolicyRow)
            .where(col(YearPolicyRow.year) == YEAR)
            .values(professional=Hours.of(61))
        )
    )
    city.fold()
    assert city.total(city.town.bureau)[3] == 0
    city.do(
        lambda session: session.execute(
            update(Person).where(col(Person.id) == two).values(pseudonymised_at=clock.now())
        )
    )
    city.fold()
    assert city.total(city.town.bureau)[0] == before[0] - 2
    assert city.total(city.town.bureau)[4] == 1800
    assert city.sound()


def test_a_lesson_begun_is_studying(city: City) -> None:
    city.fold()
    assert city.total(city.town.bureau)[2] == 0
    city.do(lambda session: _begin(session, city.ids[1], city.lessons[0]))
    city.fold()
    assert city.total(city.town.bureau)[2] == 1
    assert city.sound()


def _begin(session: Session, person: int, lesson: int) -> None:
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    # Of two who begin the same lesson at the same moment one does.
    session.execute(
        insert(LessonProgress)
        .values(
            person_id=person, lesson_id=lesson, length_ms=1, credited_ms=0, quizzes_passed=0,
            wrong_in_row=0, begun_on=clock.now(), updated_at=clock.now(),
        )
        .on_conflict_do_nothing()
    )  # fmt: skip


def test_what_is_taken_away_by_hand_counts_too(city: City) -> None:
    city.do(lambda session: _begin(session, city.ids[1], city.lessons[0]))
    city.fold()
    city.do(lambda session: session.execute(update(Course).values(year=YEAR - 1)))
    city.fold()
    assert (city.total(city.town.bureau)[2], city.total(city.town.bureau, YEAR - 1)[2]) == (0, 1)
    city.do(lambda session: session.execute(delete(LessonProgress)))
    city.fold()
    assert city.total(city.town.bureau, YEAR - 1)[2] == 0
    city.complete(city.ids[0])
    city.do(
        lambda session: session.execute(
            update(YearPolicyRow)
            .where(col(YearPolicyRow.year) == YEAR)
            .values(professional=Hours.of(61))
        )
    )
    city.fold()
    assert city.total(city.town.bureau)[3] == 0
    # Without a row of its own a year goes on as the one before.
    city.do(
        lambda session: session.execute(
            delete(YearPolicyRow).where(col(YearPolicyRow.year) == YEAR)
        )
    )
    city.fold()
    assert city.total(city.town.bureau)[3] == 1
    assert city.sound()


def test_a_new_year_is_owed_by_everybody(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    city.fold()
    assert city.total(city.town.bureau, YEAR + 1)[0] == 0
    monkeypatch.setattr(clock, "today", lambda: date(YEAR + 1, 1, 1))
    city.fold()
    assert city.total(city.town.bureau, YEAR + 1)[0] == city.total(city.town.bureau)[0] > 0
    with Session(city.engine) as session:
        assert figure_checks.find_wrong_figure(session) is None


def test_a_kill_in_the_middle_loses_nothing(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    city.fold()
    city.complete(city.ids[0])
    before = city.total(city.town.bureau)
    really = figures.move

    def killed(session: Session, moved) -> None:  # type: ignore[no-untyped-def]
        really(session, moved)
        raise KeyboardInterrupt

    monkeypatch.setattr(figures, "move", killed)
    with pytest.raises(KeyboardInterrupt):
        city.fold()
    assert city.total(city.town.bureau) == before
    with Session(city.engine) as session:
        assert session.exec(select(FigureMark.person_id)).all()
    monkeypatch.setattr(figures, "move", really)
    city.fold()
    assert city.total(city.town.bureau)[3] == before[3] + 1
    assert city.sound()


def test_a_sum_that_was_tampered_with_is_found_and_made_anew(city: City) -> None:
    city.complete(city.ids[0])
    city.fold()
    city.do(
        lambda session: session.execute(
            update(FigureCell)
            .where(
                col(FigureCell.organisation_id) == city.town.health, col(FigureCell.year) == YEAR,
                col(FigureCell.kind) == "total",
            )
            .values(complete=7)
        )
    )  # fmt: skip
    with Session(city.engine) as session:
        found = figure_checks.find_wrong_cell(session)
    assert found is not None
    assert (found.organisation_id, found.year) == (city.town.health, YEAR)
    city.do(
        lambda session: session.execute(
            update(PersonFigure)
            .where(col(PersonFigure.person_id) == city.ids[0], col(PersonFigure.year) == YEAR)
            .values(complete=False)
        )
    )
    with Session(city.engine) as session:
        wrong = figure_checks.find_wrong_figure(session)
    assert wrong is not None
    assert (wrong.person_id, wrong.year) == (city.ids[0], YEAR)
    folding.recount(on=city.engine)
    assert city.sound()


def test_the_check_beside_the_service_looks_at_one_moment(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hours that arrive between two looks of the check are no fault."""
    monkeypatch.setattr(database, "engine", lambda: city.engine)
    city.complete(city.ids[0])
    really = figure_checks._sums
    arrived: list[int] = []

    def and_then_hours_arrive(session: Session):  # type: ignore[no-untyped-def]
        found = really(session)
        if not arrived:
            arrived.append(city.grant(city.ids[1], Subject.PROFESSIONAL, 12))
            city.fold()
        return found

    monkeypatch.setattr(figure_checks, "_sums", and_then_hours_arrive)
    # The films of the made-up course are nowhere, and stay out of this.
    said = {each.sentence: each.sound for each in checking.check_all()}
    assert said["统计数字与学习档案一致。"]
    assert arrived
    assert city.total(city.town.bureau)[4] == 900 + 120


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_in_whatever_order_the_sums_are_the_ledgers(
    engine: Engine, seed: int
) -> None:
    city = City(engine, people=8)
    rand = random.Random(seed)
    chances = [_grant] * 4 + [_finish] * 2 + [_reverse] * 2 + [_fold] * 3
    chances += [_place, _office, _state, _profile, _owe, _lesson, _half, _policy]
    chances += [_unlearn, _unstate, _reyear]
    for _ in range(70):
        rand.choice(chances)(city, rand)
    # Whatever is asked by now, somebody is done.
    for id in city.ids:
        city.complete(id)
    city.fold()
    assert city.sound()
    # Made anew from nothing it is the same.
    before = _cells(city)
    folding.recount(on=engine)
    assert _cells(city) == before
    assert any(row[3] for row in before.values())


def _cells(city: City) -> dict[tuple[object, ...], tuple[int, ...]]:
    with Session(city.engine) as session:
        return {
            (row.organisation_id, row.year, row.kind, row.word): (
                row.owing, row.activated, row.studying, row.complete, row.tenths,
            )
            for row in session.exec(select(FigureCell))
            if row.owing or row.activated or row.studying or row.complete or row.tenths
        }  # fmt: skip


def _grant(city: City, rand: random.Random) -> None:
    year = rand.choice((2016, 2017, 2019, 2020, YEAR - 1, YEAR, YEAR, YEAR))
    day = date(min(YEAR, year + rand.randint(0, 1)), rand.randint(1, 12), rand.randint(1, 28))
    city.grant(
        rand.choice(city.ids), rand.choice(list(Subject)), rand.choice((10, 30, 60)), year,
        source_kind=rand.choice(SOURCES), earned_on=day,
    )  # fmt: skip


def _finish(city: City, rand: random.Random) -> None:
    city.complete(rand.choice(city.ids), year=rand.choice((2019, YEAR)))


def _reverse(city: City, rand: random.Random) -> None:
    def change(session: Session) -> None:
        undone = select(Credit.reverses_id).where(col(Credit.reverses_id).is_not(None))
        open_ones = session.exec(
            select(Credit.id).where(
                col(Credit.reverses_id).is_(None), col(Credit.id).not_in(undone)
            )
        ).all()
        if open_ones:
            line = rand.choice(open_ones) or 0
            credits.reverse(session, SYSTEM, credit_id=line, reason_code="x")

    city.do(change)


def _place(city: City, rand: random.Random) -> None:
    to = rand.choice((city.town.clinic, city.town.ward, city.town.double, city.town.bureau))

    def change(session: Session) -> None:
        person = session.get_one(Person, rand.choice(city.ids))
        person.organisation_id = to
        session.add(
            Affiliation(
                person_id=person.id or 0, organisation_id=to, begins_on=clock.today(), how="x"
            )
        )

    city.do(change)


def _office(city: City, rand: random.Random) -> None:
    def change(session: Session) -> None:
        row = session.get_one(Organisation, city.town.clinic)
        other = city.town.school if row.parent_id == city.town.health else city.town.health
        tree.move(
            session, actor_of(session, city.town.city), organisation_id=city.town.clinic,
            to_id=other, note="划转", version=row.version,
        )  # fmt: skip

    city.do(change)


def _state(city: City, rand: random.Random) -> None:
    def change(session: Session) -> None:
        person = session.get_one(Person, rand.choice(city.ids))
        day = date(rand.choice((2018, YEAR - 1, YEAR)), 5, 6)
        person.status = rand.choice(list(PersonStatus))
        person.status_on = day
        session.add(
            StatusSpell(
                person_id=person.id or 0, status=person.status, begins_on=day, at=clock.now()
            )
        )

    city.do(change)


def _profile(city: City, rand: random.Random) -> None:
    def change(session: Session) -> None:
        person = session.get_one(Person, rand.choice(city.ids))
        person.field = rand.choice(("卫生健康", "教育教学", ""))
        person.title_level = rand.choice(("中级", "员级"))
        person.activated_at = clock.now() - timedelta(days=rand.randint(0, 40))

    city.do(change)


def _owe(city: City, rand: random.Random) -> None:
    def change(session: Session) -> None:
        session.get_one(Person, rand.choice(city.ids)).owes_from = rand.randint(2015, YEAR + 1)

    city.do(change)


def _lesson(city: City, rand: random.Random) -> None:
    city.do(lambda session: _begin(session, rand.choice(city.ids), rand.choice(city.lessons)))


def _unlearn(city: City, rand: random.Random) -> None:
    """What no use case does, and an operator may."""
    person = rand.choice(city.ids)
    city.do(
        lambda session: session.execute(
            delete(LessonProgress).where(col(LessonProgress.person_id) == person)
        )
    )


def _unstate(city: City, rand: random.Random) -> None:
    person = rand.choice(city.ids)
    city.do(
        lambda session: session.execute(
            delete(StatusSpell).where(col(StatusSpell.person_id) == person)
        )
    )


def _reyear(city: City, rand: random.Random) -> None:
    year = rand.choice((2020, YEAR - 1, YEAR))
    city.do(lambda session: session.execute(update(Course).values(year=year)))


def _policy(city: City, rand: random.Random) -> None:
    # The years of a period ask for the same.
    years = rand.choice(((2016, 2017, 2018, 2019), (2020,), (YEAR,)))
    city.do(
        lambda session: session.execute(
            update(YearPolicyRow)
            .where(col(YearPolicyRow.year).in_(years))
            .values(total=Hours.of(rand.choice((30, 60, 90))), required=Hours.of(10))
        )
    )


def _fold(city: City, rand: random.Random) -> None:
    folding.fold_once(on=city.engine)


def _half(city: City, rand: random.Random) -> None:
    """A folder that is killed before its transaction is through."""

    def killed(session: Session) -> None:
        figures.spread(session)
        figures.count_next(session, after=rand.randint(0, 4))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        city.do(killed)


def test_while_others_write_folders_fold(city: City) -> None:
    """Several write and several fold at the same time; in the end the sums are the ledger's."""
    stop = threading.Event()
    failed: list[BaseException] = []

    def folder() -> None:
        while not stop.is_set():
            try:
                folding.fold_once(on=city.engine)
            except BaseException as error:
                failed.append(error)
                return

    def writer(seed: int) -> None:
        rand = random.Random(seed)
        try:
            for _ in range(15):
                rand.choice((_grant, _grant, _place, _profile, _lesson))(city, rand)
        except BaseException as error:
            failed.append(error)

    folders = [threading.Thread(target=folder) for _ in range(2)]
    writers = [threading.Thread(target=writer, args=(seed,)) for seed in range(3)]
    for each in (*folders, *writers):
        each.start()
    for each in writers:
        each.join()
    stop.set()
    for each in folders:
        each.join()
    assert failed == []
    city.fold()
    assert city.sound()
