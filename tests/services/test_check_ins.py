"""签到: once a day, only with a fresh code of this very class, only while it is open."""

from datetime import timedelta

import pytest
from cryptography.exceptions import InvalidTag
from sqlalchemy import Engine
from sqlmodel import Session, select

from rxapp import clock
from rxapp.adapters import encryption
from rxapp.adapters.database import transaction
from rxapp.errors import Conflict, Invalid, NotFound, NotPermitted, NotSignedIn
from rxapp.models.audit import AuditEvent
from rxapp.models.people import Person
from rxapp.models.rosters import CheckIn, CheckInDay
from rxapp.rules import rosters
from rxapp.services import check_ins, roster_taking
from rxapp.services.actors import ANONYMOUS
from tests.factories import Clock, at_once, run
from tests.services.classes import Hall, enrol

pytestmark = pytest.mark.usefixtures("installation")


class Room(Hall):
    """A class held today, and the clock on the wall."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.today = self.class_of(title="今天的班", ended=0)
        self.elsewhere = self.class_of(title="隔壁的班", ended=0)
        with transaction(write=True, on=engine) as session:
            enrol(session, self.today, self.ids[:2])

    def open(self, project: int = 0) -> None:
        self.act(self.teacher, check_ins.open_day, project_id=project or self.today)

    def close(self, project: int = 0) -> None:
        self.act(self.teacher, check_ins.close_day, project_id=project or self.today)

    def code(self, project: int = 0) -> str:
        """What the screen shows at this moment; only the server knows it."""
        project = project or self.today
        with Session(self.engine) as session:
            row = session.exec(select(CheckInDay).where(CheckInDay.project_id == project)).one()
            return rosters.code_for(
                check_ins._secret(row), project_id=project, day=row.day,
                window=rosters.window_at(clock.now().timestamp()),
            )  # fmt: skip

    def scan(self, person: int, code: str, project: int = 0) -> check_ins.Receipt:
        return self.act(person, check_ins.arrive, project_id=project or self.today, code=code)

    def seen(self, project: int = 0) -> list[tuple[int, bool]]:
        with Session(self.engine) as session:
            rows = session.exec(
                select(CheckIn)
                .where(CheckIn.project_id == (project or self.today))
                .order_by(CheckIn.id)  # type: ignore[arg-type]
            )
            return [(row.person_id, row.is_enrolled) for row in rows]


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    made.put_in_charge(monkeypatch)
    return made


@pytest.fixture
def room(engine: Engine, wall: Clock) -> Room:
    return Room(engine)


def test_whoever_is_there_is_noted_once_a_day(room: Room, wall: Clock) -> None:
    room.open()
    first = room.scan(room.ids[0], room.code())
    assert (first.title, first.is_enrolled) == ("今天的班", True)
    # Not enrolled: taken too, and said.
    assert room.scan(room.ids[5], room.code()).is_enrolled is False
    wall.pass_(300)
    # Whoever comes back with the old code is told that all is well, not that it is old.
    again = room.scan(room.ids[0], "old")
    assert again == first
    assert room.seen() == [(room.ids[0], True), (room.ids[5], False)]
    desk = room.act(room.teacher, check_ins.get_code, project_id=room.today)
    assert (desk.count, desk.not_enrolled) == (2, 1)
    taken = room.act(room.teacher, roster_taking.take_checked_in, project_id=room.today)
    assert taken == 2
    assert [line.days for line in room.lines(room.today)] == [[clock.today().isoformat()]] * 2
    wall.pass_(86_400)
    with pytest.raises(Conflict):
        room.scan(room.ids[0], "x")


@pytest.mark.parametrize(("later", "good"), [(0, True), (14, True), (16, True), (31, False),
                                             (45, False), (600, False)])  # fmt: skip
def test_a_forwarded_photograph_lives_for_half_a_minute(
    room: Room, wall: Clock, later: int, good: bool
) -> None:
    room.open()
    # The very beginning of a window.
    rest = wall.real.timestamp() % rosters.WINDOW_SECONDS
    wall.pass_(rosters.WINDOW_SECONDS - rest)
    code = room.code()
    wall.pass_(later)
    if good:
        assert room.scan(room.ids[0], code)
    else:
        with pytest.raises(Invalid, match="重新扫描"):
            room.scan(room.ids[0], code)
    assert room.scan(room.ids[1], room.code())
    assert len(room.seen()) == 1 + good


def test_the_code_of_another_class_opens_nothing(room: Room) -> None:
    room.open()
    room.open(room.elsewhere)
    with pytest.raises(Invalid):
        room.scan(room.ids[0], room.code(room.elsewhere))
    assert room.scan(room.ids[0], room.code(room.elsewhere), room.elsewhere)
    assert (room.seen(), len(room.seen(room.elsewhere))) == ([], 1)


def test_only_while_it_is_open_and_each_opening_has_a_secret_of_its_own(room: Room) -> None:
    for code in ("", "abcdefghijklmnop"):
        with pytest.raises(Conflict, match="还没有开始或已经结束"):
            room.scan(room.ids[0], code)
    room.open()
    code = room.code()
    room.open()
    assert room.code() == code
    room.close()
    room.close()
    with pytest.raises(Conflict):
        room.scan(room.ids[0], code)
    with pytest.raises(Conflict):
        room.act(room.teacher, check_ins.get_code, project_id=room.today)
    room.open()
    with pytest.raises(Invalid):
        room.scan(room.ids[0], code)
    assert room.scan(room.ids[0], room.code())
    with Session(room.engine) as session:
        said = session.exec(
            select(AuditEvent.action).where(AuditEvent.object_kind == "project")
        ).all()
    assert [each for each in said if each.startswith("check_in")] == [
        "check_in:opened", "check_in:closed", "check_in:opened", "check_in:made",
    ]  # fmt: skip


def test_only_on_a_day_of_the_class_and_only_where_hours_may_be_posted(room: Room) -> None:
    for given, says in (
        ({"ended": 3}, "培训当天"), ({"ended": -5}, "培训当天"),
        ({"ended": 0, "approved": None}, "第五条"),
    ):  # fmt: skip
        project = room.class_of(**given)
        assert says in room.act(room.teacher, check_ins.get_desk, project_id=project).refusal
        with pytest.raises(Conflict, match=says):
            room.open(project)
    assert room.act(room.teacher, check_ins.get_desk, project_id=room.today).refusal == ""
    room.open()


def test_a_check_in_that_was_forgotten_ends_with_its_day(room: Room, wall: Clock) -> None:
    room.open()
    code = room.code()
    wall.business += timedelta(days=1)
    with pytest.raises(Conflict):
        room.scan(room.ids[0], code)


def test_two_phones_of_one_person_at_once_are_one(room: Room) -> None:
    room.open()
    actor = room.actor(room.ids[0])
    code = room.code()
    scans = [
        lambda: run(room.engine, check_ins.arrive, actor, project_id=room.today, code=code)
        for _ in range(4)
    ]
    said = at_once(scans)
    assert {type(each).__name__ for each in said} == {"Receipt"}
    assert len(room.seen()) == 1


def test_the_real_clock_counts_not_the_one_of_the_demo(room: Room, wall: Clock) -> None:
    room.open()
    code = room.code()
    wall.business -= timedelta(minutes=10)
    assert room.scan(room.ids[0], code)
    wall.real += timedelta(seconds=40)
    with pytest.raises(Invalid):
        room.scan(room.ids[1], code)


def test_only_the_organiser_opens_and_only_a_learner_arrives(room: Room) -> None:
    room.open()
    for use_case in (check_ins.open_day, check_ins.close_day, check_ins.get_code,
                     check_ins.get_desk):  # fmt: skip
        for who in (room.stranger, room.inspector, room.town.city):
            with pytest.raises(NotFound):
                room.act(who, use_case, project_id=room.today)
        with pytest.raises(NotPermitted):
            room.act(room.ids[0], use_case, project_id=room.today)
    with transaction(on=room.engine) as session, pytest.raises(NotSignedIn):
        check_ins.arrive(session, ANONYMOUS, project_id=room.today, code=room.code())
    with transaction(write=True, on=room.engine) as session:
        session.get_one(Person, room.ids[3]).activated_at = None
    with pytest.raises(NotPermitted):
        room.scan(room.ids[3], room.code())
    for project in (0, -1, 10**12, 999_999):
        with pytest.raises(Conflict):
            room.act(room.ids[0], check_ins.arrive, project_id=project, code=room.code())
    assert room.seen() == []
    assert room.scan(room.ids[0], room.code())


def test_the_secret_is_kept_sealed(room: Room) -> None:
    room.open()
    with Session(room.engine) as session:
        row = session.exec(select(CheckInDay)).one()
        secret = encryption.data_keys().decrypt(row.secret_cipher, context="check-in")
        assert secret not in row.secret_cipher
        with pytest.raises(InvalidTag):
            encryption.data_keys().decrypt(row.secret_cipher, context="identity")
