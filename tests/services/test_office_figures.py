"""What waits and what is taught, summed up for the offices above: always what it sums."""

import random
import threading
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text, update
from sqlmodel import Session, col, select

from alembic import command
from rxapp import clock
from rxapp.adapters import schema
from rxapp.adapters.database import migrate, transaction
from rxapp.models.claims import Claim
from rxapp.models.organisations import Organisation
from rxapp.models.projects import Project
from rxapp.models.rosters import Roster
from rxapp.models.statistics import FigureCell, OfficeFigure, OfficeMark
from rxapp.rules.claims import Status, Step
from rxapp.rules.projects import Status as Filing
from rxapp.services import (
    backlog,
    checking,
    claim_checks,
    claim_rerouting,
    claim_reviews,
    claims,
    figure_checks,
    folding,
    tree,
)
from rxapp.services.actors import SYSTEM
from tests.services.claiming import Claims

pytestmark = pytest.mark.usefixtures("installation")
YEAR = clock.today().year
Cells = dict[tuple[int, int, str, str], tuple[int, ...]]


@pytest.fixture
def case(engine: Engine) -> Claims:
    return Claims(engine)


def claim(case: Claims, place: int) -> int:
    return case.submitted(title=f"第{place}项", earned_on=f"{YEAR}-01-{place % 28 + 1:02d}")


def teach(case: Claims, office: int, ends: date, **columns: Any) -> int:
    with transaction(write=True, on=case.engine) as session:
        row = Project(
            organisation_id=office, ends_on=ends, created_at=clock.now(), saved_at=clock.now(),
            **{"status": Filing.APPROVED, **columns},
        )  # fmt: skip
        session.add(row)
        session.flush()
        return row.id or 0


def cells(case: Claims) -> Cells:
    with Session(case.engine) as session:
        rows = session.exec(
            select(FigureCell).where(col(FigureCell.kind).in_(["claims", "classes"]))
        )
        return {
            (row.organisation_id, row.year, row.kind, row.word): some
            for row in rows
            if any(
                some := (row.owing, row.activated, row.studying, row.complete, row.tenths)
            )
        }  # fmt: skip


def counted(case: Claims) -> Cells:
    """The same from the rows themselves, office by office, in the simplest way there is."""
    found: Cells = {}

    def add(path: str, *rest: Any, some: tuple[int, ...]) -> None:
        for office in path.strip("/").split("/"):
            key = (int(office), *rest)
            found[key] = tuple(a + b for a, b in zip(found.get(key, (0,) * 5), some, strict=True))

    with Session(case.engine) as session:
        paths = {row.id: row.path for row in session.exec(select(Organisation))}
        for row in session.exec(select(Claim).where(Claim.status == Status.SUBMITTED)):
            for word in ("", row.step.value):
                add(paths[row.office_id], 0, "claims", word, some=(1, 0, 0, 0, 0))
        for row in session.exec(select(Project).where(Project.status == Filing.APPROVED)):
            roster, ends = session.get(Roster, row.id), row.ends_on
            if ends is None:
                continue
            people = roster.people if roster and roster.posted_at else 0
            held, posted = int(ends < clock.today()), int(row.posted_at is not None)
            year = 2019 if 2016 <= ends.year <= 2019 else ends.year
            some = (1, held, posted, row.enrolled, people)
            add(paths[row.organisation_id], year, "classes", "", some=some)
    return {key: some for key, some in found.items() if any(some)}


def sound(case: Claims) -> bool:
    folding.fold_all(on=case.engine)
    assert cells(case) == counted(case)
    with Session(case.engine) as session:
        assert session.exec(select(OfficeMark)).first() is None
        assert figure_checks.find_wrong_office(session) is None
        assert figure_checks.find_wrong_cell(session) is None
        assert claim_checks.find_miscounted(session) == []
        for row in session.exec(select(OfficeFigure).where(OfficeFigure.kind == "claims")):
            waiting = select(Claim.waiting_since).where(
                Claim.office_id == row.office_id, Claim.status == Status.SUBMITTED,
                *([Claim.step == Step(row.word)] if row.word else []),
            )  # fmt: skip
            assert row.oldest == min(each for each in session.exec(waiting) if each)
    return True


@pytest.mark.parametrize("seed", range(2))
def test_whatever_happens_in_whatever_order_the_sums_are_what_they_sum(
    case: Claims, seed: int
) -> None:
    rand = random.Random(seed)
    town = case.town
    ids = [claim(case, place) for place in range(5)]
    classes = [
        teach(case, rand.choice((town.clinic, town.double, town.health)), date(year, 3, 4))
        for year in (2017, 2019, YEAR, YEAR + 1)
    ]
    for _ in range(25):
        rand.choice((_say, _say, _say, _age, _branch, _class, _class, _halt, _fold))(
            case, rand, ids, classes
        )
    assert sound(case)
    before = cells(case)
    assert before
    folding.recount(on=case.engine)
    assert cells(case) == before
    assert sound(case)


def _say(case: Claims, rand: random.Random, ids: list[int], _classes: list[int]) -> None:
    row, town = case.row(rand.choice(ids)), case.town
    clerk = {
        town.clinic: town.employer, town.health: town.department, town.bureau: town.city
    }.get(row.office_id or 0)  # fmt: skip
    if row.status is Status.SUBMITTED and clerk:
        case.decide(clerk, row.id or 0, rand.choice(("pass", "return", "reject")), note="如此")
    elif row.status is Status.RETURNED:
        case.send(row.id or 0)
    elif row.status is Status.REJECTED and not row.appealed:
        case.act(case.who, claims.appeal, claim_id=row.id or 0, note="请复核", version=row.version)
    elif row.status is Status.SUBMITTED:
        case.act(case.who, claims.withdraw, claim_id=row.id or 0, version=row.version)


def _age(case: Claims, rand: random.Random, ids: list[int], _classes: list[int]) -> None:
    moment = clock.now() - timedelta(days=rand.randint(1, 40))
    _change(
        case, update(Claim).where(col(Claim.id) == rand.choice(ids)).values(waiting_since=moment)
    )


def _branch(case: Claims, rand: random.Random, _ids: list[int], _classes: list[int]) -> None:
    town, moved = case.town, case.town.clinic
    with Session(case.engine) as session:
        row = session.get_one(Organisation, moved)
        to = town.school if row.parent_id == town.health else town.health
        version = row.version
    case.act(town.city, tree.move, organisation_id=moved, to_id=to, note="划转", version=version)


def _class(case: Claims, rand: random.Random, _ids: list[int], classes: list[int]) -> None:
    id, places = rand.choice(classes), (case.town.clinic, case.town.ward, case.town.double)
    values = rand.choice((
        {"enrolled": rand.randint(0, 30)}, {"ends_on": date(rand.choice((2018, YEAR)), 12, 31)},
        {"status": rand.choice((Filing.APPROVED, Filing.CANCELLED))}, {"posted_at": clock.now()},
        {"organisation_id": rand.choice(places)}, {},
    ))  # fmt: skip
    if values:
        _change(case, update(Project).where(col(Project.id) == id).values(values))
        return
    with transaction(write=True, on=case.engine) as session:
        session.merge(Roster(project_id=id, posted_at=clock.now(), people=rand.randint(1, 9)))


def _halt(case: Claims, rand: random.Random, _ids: list[int], _classes: list[int]) -> None:
    """An office that may not review any more hands up what waits there."""
    may = rand.random() < 0.7
    _change(
        case, update(Organisation).where(col(Organisation.id) == case.town.clinic)
        .values(reviews_claims=may),
    )  # fmt: skip
    with transaction(write=True, on=case.engine) as session:
        claim_rerouting.run_due(session, SYSTEM)


def _fold(case: Claims, *_: Any) -> None:
    folding.fold_all(on=case.engine)


def _change(case: Claims, statement: Any) -> None:
    with transaction(write=True, on=case.engine) as session:
        session.execute(statement)


def test_clerks_who_decide_beside_the_folder_leave_right_sums(case: Claims) -> None:
    ids = [claim(case, place) for place in range(6)]
    folding.fold_all(on=case.engine)
    done = threading.Event()

    def decide(some: list[int]) -> None:
        for id in some:
            case.act(
                case.town.employer, claim_reviews.pass_as_shown, claim_id=id,
                version=case.row(id).version,
            )  # fmt: skip

    def fold() -> None:
        while not done.is_set():
            folding.fold_once(on=case.engine)

    clerks = [threading.Thread(target=decide, args=(ids[place::2],)) for place in range(2)]
    folders = [threading.Thread(target=fold) for _ in range(2)]
    for each in (*clerks, *folders):
        each.start()
    for each in clerks:
        each.join()
    done.set()
    for each in folders:
        each.join()
    assert sound(case)
    assert cells(case)[case.town.bureau, 0, "claims", "authority"][0] == 6
    assert (case.town.bureau, 0, "claims", "employer") not in cells(case)


def test_a_sum_that_was_tampered_with_is_found_and_made_anew(case: Claims) -> None:
    claim(case, 1)
    assert sound(case)
    for change, said in (
        (update(OfficeFigure).values(owing=OfficeFigure.owing + 1), "待办数或培训班数与实际不一致"),
        (update(OfficeFigure).values(oldest=datetime(2020, 1, 1, tzinfo=clock.now().tzinfo)),
         "待办数或培训班数与实际不一致"),
        (update(FigureCell).where(col(FigureCell.kind) == "claims").values(owing=9), "与人员合计"),
    ):  # fmt: skip
        _change(case, change)
        with Session(case.engine) as session:
            found = checking._figures(session)
        assert not found.sound
        assert said in found.sentence
        folding.recount(on=case.engine)
        assert sound(case)
        with Session(case.engine) as session:
            assert checking._figures(session).sound


def test_a_step_counted_wrongly_is_found(case: Claims) -> None:
    claim(case, 1)
    with Session(case.engine) as session, session.begin():
        assert claim_checks.find_miscounted(session) == []
        session.connection().exec_driver_sql(
            "UPDATE queue_total SET waiting = 3 WHERE queue = 'claims.employer'"
        )
        assert claim_checks.find_miscounted(session) == [case.town.clinic]


def test_a_class_is_held_when_its_last_day_is_over(
    case: Claims, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = clock.today()
    teach(case, case.town.clinic, today)
    key = (case.town.bureau, today.year, "classes", "")
    assert sound(case)
    assert cells(case)[key][:2] == (1, 0)
    monkeypatch.setattr(clock, "today", lambda: today + timedelta(days=1))
    assert sound(case)
    assert cells(case)[key][:2] == (1, 1)
    # A clock that is put back takes it back.
    monkeypatch.setattr(clock, "today", lambda: today)
    assert sound(case)
    assert cells(case)[key][:2] == (1, 0)


def test_an_office_that_moved_is_shown_to_nobody_who_may_not_see_it(case: Claims) -> None:
    claim(case, 1)
    assert sound(case)
    actor, clinic = case.town.city, case.town.clinic
    assert [row.id for row in case.act(actor, backlog.list_backlog).rows] == [clinic]
    # The path is another one already, the folder has not come to it.
    _change(case, update(Organisation).where(col(Organisation.id) == clinic).values(path="/999/1/"))
    assert case.act(actor, backlog.list_backlog).rows == []


def test_an_upgrade_sums_up_what_is_there(case: Claims, database: str) -> None:
    ids = [claim(case, place) for place in range(2)]
    case.decide(case.town.employer, ids[0])
    case.decide(case.town.department, ids[0], seconds=9)
    posted = teach(case, case.town.double, date(2018, 5, 6), posted_at=clock.now(), enrolled=4)
    teach(case, case.town.clinic, date(YEAR + 1, 5, 6), status=Filing.SUBMITTED)
    with transaction(write=True, on=case.engine) as session:
        session.add(Roster(project_id=posted, posted_at=clock.now(), people=3))
    assert sound(case)
    before, later = cells(case), _later(case)
    assert len(before) > 6
    assert {kind for kind, *_ in later} == {"own", "month"}
    assert any(row[-1] for row in later if row[0] == "own")
    case.engine.dispose()
    config = schema.config()
    config.attributes["url"] = database
    command.downgrade(config, "0020")
    migrate(database)
    assert cells(case) == before
    assert _later(case) == later
    with Session(case.engine) as session:
        assert session.exec(select(OfficeMark)).first() is None
    assert sound(case)


def _later(case: Claims) -> list[tuple[Any, ...]]:
    """What the revision after fills: everybody's own organisation, and reviewers by the month."""
    own = text(
        "SELECT 'own', organisation_id, year, owing, activated, studying, complete, tenths"
        " FROM figure_cell WHERE kind = 'own' AND (owing <> 0 OR tenths <> 0) ORDER BY 2, 3"
    )
    months = text(
        "SELECT 'month', office_id, CAST(month AS VARCHAR), person_id, decisions, passes, timed,"
        " seconds FROM reviewer_month ORDER BY 2, 3, 4"
    )
    with case.engine.connect() as line:
        return [tuple(row) for asked in (own, months) for row in line.execute(asked)]
