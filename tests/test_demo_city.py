"""The demo city: as large as promised, sound in every number, and one person for every part."""

import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, update
from sqlmodel import Session, SQLModel, col
from sqlmodel import select as pick

from rxapp import clock
from rxapp.adapters import encryption
from rxapp.adapters.certificate_fonts import default_fonts
from rxapp.adapters.database import make_engine
from rxapp.adapters.passwords import check_password, hash_password
from rxapp.demo import accounts, city, histories, load, watched
from rxapp.demo.catalogue import load_catalogue
from rxapp.demo.people import Record, generate
from rxapp.errors import AppError, Conflict, Invalid
from rxapp.models.courses import Course, Lesson
from rxapp.models.credits import Credit, YearTotal
from rxapp.models.learning import LessonProgress
from rxapp.models.organisations import Organisation, OrganisationStatus
from rxapp.models.people import Membership, Person
from rxapp.rules import identity
from rxapp.rules.hours import Hours
from rxapp.rules.permissions import Capacity
from rxapp.rules.subjects import Subject
from rxapp.rules.years import Bucket, YearStanding
from rxapp.services import accounts as account_service
from rxapp.services import (
    activation,
    catalogue,
    codes,
    credits,
    organisations,
    people,
    policies,
    sign_ins,
    standings,
)
from rxapp.services.actors import ANONYMOUS, SYSTEM, Actor
from rxapp.settings import settings

pytestmark = pytest.mark.xdist_group("demo_city")

FEW = 60
CACHED = (settings, encryption.data_keys, clock._shift)


@contextmanager
def _installation(
    folder: Path, *, today: str = "2020-08-01", people: int = load.PEOPLE
) -> Iterator[pytest.MonkeyPatch]:
    """A data directory with keys of its own on a given day of the business calendar."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RXAPP_DATA_DIR", str(folder))
        patch.setenv("RXAPP_DEMO", "1")
        patch.setenv("RXAPP_TODAY", today)
        patch.setattr(load, "PEOPLE", people)
        _forget()
        encryption.ensure(settings().keys_dir)
        yield patch
    _forget()


def _forget() -> None:
    for cached in CACHED:
        cached.cache_clear()


@pytest.fixture(scope="module")
def loaded(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Engine, load.DemoSummary]]:
    """The whole city on 1 August 2020, loaded once; tests leave it as it is."""
    folder = tmp_path_factory.mktemp("city")
    shutil.copyfile(sqlite_template, folder / "rxapp.db")
    engine = make_engine(f"sqlite:///{folder / 'rxapp.db'}")
    with _installation(folder):
        began = time.perf_counter()
        summary = load.load(on=engine)
        print(f"the demo city took {time.perf_counter() - began:.1f} s")
        yield engine, summary
    engine.dispose()


@pytest.fixture
def whole(loaded: tuple[Engine, load.DemoSummary]) -> Iterator[Session]:
    """A look at the whole city; whatever a test does to it is undone."""
    with Session(loaded[0]) as session:
        yield session
        session.rollback()


@pytest.fixture
def install(tmp_path: Path) -> Iterator[Callable[..., pytest.MonkeyPatch]]:
    """Begin a small installation of this test's own: `install(today="2026-03-02")`."""
    opened = []

    def begin(today: str = "2020-08-01") -> pytest.MonkeyPatch:
        opened.append(_installation(tmp_path, today=today, people=FEW))
        return opened[-1].__enter__()

    yield begin
    for each in opened:
        each.__exit__(None, None, None)


@pytest.fixture
def small(sqlite_database: str) -> Iterator[Engine]:
    """The engine of an empty SQLite database."""
    engine = make_engine(sqlite_database)
    yield engine
    engine.dispose()


def _account(key: str) -> accounts.DemoAccount:
    return next(each for each in load.demo_accounts() if each.key == key)


def _person(session: Session, key: str) -> Person:
    return people.find_by_number(session, _account(key).identity_number)


def _actor(session: Session, key: str) -> Actor:
    candidate = account_service.find_candidate(
        session, ANONYMOUS, identity_number=_account(key).identity_number
    )
    token = account_service.open_sign_in(
        session, ANONYMOUS, person_id=candidate.person_id or 0, device="试用"
    )
    # As if a bureau's clerk had set the second factor up.
    sign_ins.pass_factor(session, sign_ins.find_actor(session, token).sign_in_id)
    return sign_ins.find_actor(session, token)


def _standing(session: Session, person_id: int | None, year: int = 2020) -> YearStanding:
    return standings.list_standings(session, person_id or 0)[year]


def _counts(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        return {
            name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in SQLModel.metadata.tables.items()
        }


# How large it is


def test_the_city_is_as_large_as_promised(
    loaded: tuple[Engine, load.DemoSummary], whole: Session
) -> None:
    summary = loaded[1]
    assert (summary.people, summary.courses, summary.created) == (400, len(load_catalogue()), True)
    rows = whole.exec(pick(Organisation)).all()
    assert len(rows) == summary.organisations
    held = Counter(capacity for row in rows for capacity in row.capacities)
    assert held == {
        Capacity.CITY_BUREAU: 1,
        Capacity.COUNTY_BUREAU: 3,
        Capacity.DEPARTMENT: 4,
        Capacity.BASE: 2,
        Capacity.EMPLOYER: 12,
        Capacity.TITLE_PANEL: 1,
    }
    assert {row.status for row in rows} == {OrganisationStatus.ACTIVE}


def test_organisations_stand_below_their_superiors_with_codes_of_their_own(whole: Session) -> None:
    rows = {row.id: row for row in whole.exec(pick(Organisation)).all()}
    codes = [identity.parse_credit_code(row.credit_code or "") for row in rows.values()]
    assert len(set(codes)) == len(codes)
    roots = [row for row in rows.values() if row.parent_id is None]
    assert [row.name for row in roots] == [settings().bureau_name]
    below = [row for row in rows.values() if row.parent_id]
    assert all(row.path == f"{rows[row.parent_id].path}{row.id}/" for row in below)
    above = {rows[row.parent_id].name for row in below if Capacity.EMPLOYER in row.capacities}
    assert len(above) == 4 + 3 + 1
    assert 40 in {len(row.name) for row in rows.values()}
    both = frozenset({Capacity.EMPLOYER, Capacity.BASE})
    assert [row.name for row in rows.values() if row.capacities == both] == ["运河职业技术学院"]


def test_the_bases_are_those_that_provide_the_courses(whole: Session) -> None:
    rows = whole.exec(pick(Organisation)).all()
    bases = {row.name for row in rows if Capacity.BASE in row.capacities}
    assert bases == set(whole.exec(pick(Course.provider)).all())


def test_people_have_valid_numbers_that_nobody_can_bear(whole: Session) -> None:
    keys, today = encryption.data_keys(), clock.today()
    rows = whole.exec(pick(Person)).all()
    numbers = [keys.decrypt(row.identity_cipher, context="identity") for row in rows]
    assert len(set(numbers)) == 400
    assert [identity.parse_identity(number, today=today) for number in numbers] == numbers
    regions = {city.CITY, city.EAST, city.NORTH, city.SOUTH}
    assert {number[:6] for number in numbers} == regions
    assert all(1960 <= identity.birth_date(number).year <= 1999 for number in numbers)
    mobiles = [keys.decrypt(r.mobile_cipher, context="mobile") for r in rows if r.mobile_cipher]
    assert [identity.parse_mobile(mobile) for mobile in mobiles] == mobiles
    assert len(set(mobiles)) == len(mobiles) > 370
    assert len(mobiles) < 400


def test_names_are_kept_and_printed_rare_ones_too(whole: Session) -> None:
    names = whole.exec(pick(Person.name)).all()
    assert [identity.parse_name(name) for name in names] == list(names)
    assert all(any(rare in name for name in names) for rare in "𬭊㛃䶮彧堃喆翯")
    assert any(len(name) > 20 and "·" in name for name in names)
    assert any(name.startswith(("欧阳", "司马")) for name in names)
    printed = "".join([*names, *whole.exec(pick(Organisation.name)).all()])
    assert default_fonts().missing(printed) == ""


def test_people_are_spread_and_owe_from_different_years(whole: Session) -> None:
    places = Counter(
        row.capacities
        for row in whole.exec(
            pick(Organisation).join(Person, col(Person.organisation_id) == Organisation.id)
        )
    )
    assert 20 <= places[frozenset({Capacity.COUNTY_BUREAU})] <= 30
    employed = pick(Person.organisation_id).distinct()
    assert len(whole.exec(employed).all()) >= 12 + 3
    assert set(whole.exec(pick(Person.owes_from)).all()) == {2016, 2017, 2018, 2019, 2020}


def test_the_same_people_are_drawn_every_time() -> None:
    one, other = (generate(city.units(), number=80, year=2020, taken=[]) for _ in range(2))
    assert one == other
    assert one != generate(city.units(), number=80, year=2026, taken=[])


# What they have learned


def test_a_third_each_is_complete_nearly_and_barely_begun(whole: Session) -> None:
    found = [_standing(whole, person_id) for person_id in whole.exec(pick(Person.id))]
    complete = sum(each.complete for each in found)
    nearly = sum(not each.complete and each.total >= Hours.of(50) for each in found)
    assert 110 <= complete <= 155
    assert 110 <= nearly <= 155
    assert sum(each.total == Hours.ZERO for each in found) > 10


def test_some_have_the_years_before_by_their_average_and_some_have_not(whole: Session) -> None:
    ids = whole.exec(pick(Person.id).where(Person.owes_from == 2016)).all()
    found = [_standing(whole, person_id, 2019) for person_id in ids]
    done = [each for each in found if each.complete]
    assert 5 < len(done) < len(found) - 5
    assert any(each.total < Hours.of(90) for each in done)


def test_every_sum_is_that_of_the_ledger(whole: Session) -> None:
    assert credits.find_wrong_totals(whole) == []
    person = _person(whole, "complete")
    change = update(YearTotal).where(col(YearTotal.person_id) == person.id)
    whole.execute(change.values(professional=Hours.of(1)))
    assert credits.find_wrong_totals(whole) != []


def test_whoever_has_a_courses_hours_has_watched_all_of_it(whole: Session) -> None:
    lessons: dict[str, set[int]] = {}
    for code, lesson_id in whole.exec(
        pick(Course.code, Lesson.id).join(Lesson, col(Lesson.course_id) == Course.id)
    ):
        lessons.setdefault(f"course:{code}", set()).add(lesson_id or 0)
    credited = whole.exec(
        pick(Credit.person_id, Credit.source_key).where(Credit.source_kind == "course")
    ).all()
    done = _watched(whole, col(LessonProgress.completed_at).is_not(None))
    assert len(credited) > 2_000
    assert all(lessons[key] <= done[person_id] for person_id, key in credited)
    had = set(credited)
    # And nobody watched a whole course for nothing.
    for person_id, finished in done.items():
        assert all((person_id, key) in had for key, ids in lessons.items() if ids <= finished)


def test_some_are_in_the_middle_of_a_lesson_with_the_next_quiz_ahead(whole: Session) -> None:
    open_ = col(LessonProgress.completed_at).is_(None)
    rows = whole.exec(pick(LessonProgress).where(open_)).all()
    assert 20 < len(rows) < 150
    assert all(0 < r.credited_ms < (r.quiz_due_ms or 0) <= r.length_ms for r in rows)
    finished = whole.exec(pick(LessonProgress).where(~open_)).all()
    assert all(r.credited_ms == r.length_ms and r.quizzes_passed for r in finished)
    opened = policies.get_policy(whole, 2020).learn_from
    assert opened
    assert all(clock.local(row.begun_on).date() >= opened for row in [*rows, *finished])


def test_the_catalogue_shows_what_was_finished(whole: Session) -> None:
    actor = _actor(whole, "complete")
    page = catalogue.list_courses(whole, actor, area="public", status=catalogue.DONE)
    required = [g for g in page.groups if g.title == Subject.PUBLIC_REQUIRED.label]
    assert sum(len(group.courses) for group in required) == 6
    assert all(course.shortened for group in page.groups for course in group.courses)
    fresh = _actor(whole, "last_course")
    left = catalogue.list_courses(whole, fresh, area="professional", status=catalogue.LEARNING)
    assert [c.title for group in left.groups for c in group.courses] == ["粮食收获与安全贮藏"]


def test_quizzes_fall_due_after_seconds_not_minutes(whole: Session) -> None:
    found = policies.list_policies(whole, range(2016, 2021))
    assert {policy.quiz_gap_seconds for policy in found.values()} == {(20, 50)}


# The documented accounts


def test_one_course_of_a_minute_completes_the_year(whole: Session) -> None:
    person = _person(whole, "last_course")
    before = _standing(whole, person.id)
    assert {gap.bucket: gap.hours for gap in before.missing} == {
        Bucket.PROFESSIONAL: Hours.of(4),
        Bucket.TOTAL: Hours.of(4),
    }
    course = whole.exec(pick(Course).where(Course.code == f"2020-{watched.LAST_COURSE}")).one()
    lessons = whole.exec(pick(Lesson).where(Lesson.course_id == course.id)).all()
    assert [lesson.length_ms for lesson in lessons] == [60_000]
    resumed = standings.get_home(whole, _actor(whole, "last_course")).resume
    assert [row.title for row in resumed] == [course.title]
    credits.grant(
        whole, SYSTEM, person_id=person.id or 0, year=2020, subject=course.subject,
        hours=course.hours, source_kind="course", source_key=f"course:{course.code}",
        title=course.title, rule="course/1", earned_on=clock.today(),
    )  # fmt: skip
    assert _standing(whole, person.id).certifiable


def test_the_complete_one_can_have_every_certificate(whole: Session) -> None:
    found = standings.list_standings(whole, _person(whole, "complete").id or 0)
    assert sorted(found) == [2016, 2017, 2018, 2019, 2020]
    assert all(each.certifiable for each in found.values())
    barely = standings.list_standings(whole, _person(whole, "no_employer").id or 0)
    assert not any(each.certifiable for each in barely.values())


STAFF = {
    "employer": {Capacity.EMPLOYER},
    "department": {Capacity.DEPARTMENT},
    "base": {Capacity.BASE},
    "county": {Capacity.COUNTY_BUREAU},
    "city": {Capacity.CITY_BUREAU},
    "panel": {Capacity.TITLE_PANEL},
}


@pytest.mark.parametrize("key", [account.key for account in load.demo_accounts()])
def test_each_documented_account_is_there_in_its_part(whole: Session, key: str) -> None:
    account, person = _account(key), _person(whole, key)
    actor = _actor(whole, key)
    assert (person.name, actor.name) == (account.name, account.name)
    assert {c for office in actor.offices for c in office.capacities} == STAFF.get(key, set())
    candidate = account_service.find_candidate(
        whole, ANONYMOUS, identity_number=account.identity_number
    )
    collected = key in ("new", "waiting")
    assert actor.activated is not collected
    assert account_service.initial_matches(candidate, account.password) is collected
    assert bool(account.mobile) is collected


def test_the_published_password_is_one_and_would_be_accepted(whole: Session) -> None:
    hashes = set(whole.exec(pick(Person.password_hash).distinct()).all())
    shared = next(each for each in hashes if each)
    assert hashes == {None, shared}
    assert check_password(accounts.PASSWORD, shared)
    for account in load.demo_accounts():
        identity.require_strong_password(
            accounts.PASSWORD, identity_number=account.identity_number, name=account.name
        )


def test_documented_people_are_the_only_ones_of_their_name() -> None:
    names = [account.name for account in load.demo_accounts()]
    others = generate(city.units(), number=389, year=2020, taken=[])
    assert len(set(names)) == len(names)
    assert not set(names) & {person.name for person in others}


def test_the_new_one_activates_with_what_is_printed(whole: Session) -> None:
    account, actor = _account("new"), _actor(whole, "new")
    profile = activation.Profile("卫生健康", "卫生技术", "中级", "大学本科", "医师")
    said = {"name": account.name, "code": "", "profile": profile, "device": "试用"}
    said["password_hash"] = hash_password("any-other-9")
    with pytest.raises(Invalid):
        activation.activate(whole, actor, mobile="15400000002", **said)
    token = activation.activate(whole, actor, mobile=account.mobile, **said)
    assert sign_ins.find_actor(whole, token).activated


def test_the_county_starts_the_waiting_clerk(whole: Session) -> None:
    waiting, county = _person(whole, "waiting"), _actor(whole, "county")
    code, name = codes.issue(whole, county, person_id=waiting.id or 0, purpose="staff")
    assert name == _account("waiting").name
    waiting.activated_at = clock.now()
    whole.add(waiting)
    whole.flush()
    actor = _actor(whole, "waiting")
    assert actor.offices == ()
    assert codes.begin_staff(whole, actor, code=code) == "湖东软件科技有限公司"
    assert _actor(whole, "waiting").offices[0].capacities == {Capacity.EMPLOYER}


def test_every_employer_has_somebody_who_looks_after_it(whole: Session) -> None:
    # That the documented learners are not among them is part of each account's own test.
    served = set(whole.exec(pick(Membership.organisation_id)).all())
    rows = whole.exec(pick(Organisation)).all()
    assert all(row.id in served for row in rows if Capacity.EMPLOYER in row.capacities)


# Loading


def test_a_second_load_changes_nothing(loaded: tuple[Engine, load.DemoSummary]) -> None:
    before = _counts(loaded[0])
    again = load.load(on=loaded[0])
    assert not again.created
    assert again == load.DemoSummary(**{**vars(loaded[1]), "created": False})
    assert _counts(loaded[0]) == before


def test_it_loads_on_either_database_and_goes_on_where_it_was_cut_off(
    engine: Engine, install: Callable[..., pytest.MonkeyPatch]
) -> None:
    install()

    def cut_off(stage: str, done: int, _total: int) -> None:
        if (stage, done) == ("学习档案", FEW // 2):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load.load(cut_off, on=engine)
    left = _counts(engine)
    assert left["course"] == len(load_catalogue())
    nothing = ("organisation", "person", "membership", "credit", "year_total", "lesson_progress")
    assert [left[name] for name in nothing] == [0] * 6
    stages: Counter[str] = Counter()
    summary = load.load(lambda stage, _done, _total: stages.update([stage]), on=engine)
    assert summary.created
    assert stages == {"机构": summary.organisations, "人员": FEW, "学习档案": FEW}
    with Session(engine) as session:
        assert credits.find_wrong_totals(session) == []
    before = _counts(engine)
    load.load(on=engine)
    assert _counts(engine) == before


def test_another_year_has_its_own_courses_and_the_same_parts(
    small: Engine, install: Callable[..., pytest.MonkeyPatch]
) -> None:
    install("2026-03-02")
    load.load(on=small)
    with Session(small) as session:
        codes = session.exec(pick(Course.code)).all()
        assert {code[:5] for code in codes} == {"2026-"}
        assert f"2026-{watched.LAST_COURSE}" in codes
        assert credits.find_wrong_totals(session) == []
        missing = _standing(session, _person(session, "last_course").id, 2026).missing
        assert {gap.hours for gap in missing} == {Hours.of(4)}
        found = standings.list_standings(session, _person(session, "complete").id or 0)
        assert sorted(found) == list(range(2016, 2027))
        assert all(each.certifiable for each in found.values())


def test_before_the_courses_open_nobody_has_learned_them(
    small: Engine, install: Callable[..., pytest.MonkeyPatch]
) -> None:
    install("2020-07-14")
    load.load(on=small)
    with Session(small) as session:
        years = Counter(session.exec(pick(Credit.year)).all())
        assert 2020 not in years
        assert years[2019]
        assert session.exec(pick(LessonProgress)).first() is None


def test_it_is_not_loaded_beside_anything_else(
    small: Engine, install: Callable[..., pytest.MonkeyPatch]
) -> None:
    install()
    with Session(small) as session, session.begin():
        organisations.add_organisation(
            session, SYSTEM, name="真实的市局", parent_id=None,
            capacities=frozenset({Capacity.CITY_BUREAU}),
        )  # fmt: skip
    before = _counts(small)
    with pytest.raises(Conflict):
        load.load(on=small)
    assert _counts(small) == before


def test_a_real_installation_refuses_demo_accounts(
    loaded: tuple[Engine, load.DemoSummary], small: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = settings().model_copy(update={"demo": False})
    with Session(loaded[0]) as city_session, Session(small) as empty:
        assert load.is_demo(city_session)
        load.refuse_demo_in_production(city_session)
        monkeypatch.setattr(load, "settings", lambda: real)
        with pytest.raises(AppError, match="演示账号"):
            load.refuse_demo_in_production(city_session)
        assert not load.is_demo(empty)
        load.refuse_demo_in_production(empty)


def test_all_but_the_last_course_are_courses() -> None:
    names = {course.code.partition("-")[2] for course in load_catalogue() if course.year == 2020}
    assert {*histories.ALL_BUT_LAST, watched.LAST_COURSE} <= names
    assert watched.LAST_COURSE not in histories.ALL_BUT_LAST
    assert Record.LAST_COURSE in {part.person.record for part in accounts.parts(2020)}


def _watched(session: Session, condition) -> dict[int, set[int]]:  # type: ignore[no-untyped-def]
    done: dict[int, set[int]] = {}
    rows = pick(LessonProgress.person_id, LessonProgress.lesson_id).where(condition)
    for person_id, lesson_id in session.exec(rows):
        done.setdefault(person_id, set()).add(lesson_id)
    return done
