"""年度未完成: who is behind, by how much; reminded once in seven days, whoever asks."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.errors import Invalid, NotFound, NotPermitted
from rxapp.models.audit import AuditEvent
from rxapp.models.messages import Message, Outgoing
from rxapp.models.people import Person, StatusSpell
from rxapp.rules.hours import Hours
from rxapp.rules.person_status import PersonStatus
from rxapp.rules.subjects import Subject
from rxapp.services import behind, behind_export, credits, messages, reminders, standings
from rxapp.services.actors import SYSTEM
from tests.factories import at_once
from tests.services.test_people import Place

pytestmark = pytest.mark.usefixtures("installation")
YEAR = clock.today().year


@pytest.fixture
def place(engine: Engine) -> Place:
    return Place(engine)


def look(place: Place, who: int = 0, **given: Any) -> behind.BehindPage:
    given = {"organisation_id": place.town.clinic, "year": YEAR} | given
    return place.act(who or place.town.employer, behind.list_behind, **given)


def credit(place: Place, person: int, subject: Subject, hours: int, year: int = YEAR) -> None:
    with Session(place.engine) as session, session.begin():
        credits.grant(
            session, SYSTEM, person_id=person, year=year, subject=subject, hours=Hours.of(hours),
            source_kind="course", source_key=f"{person}:{year}:{subject}:{hours}", title="课",
            rule="course", earned_on=date(year, 1, 1),
        )  # fmt: skip


def complete(place: Place, person: int) -> None:
    credit(place, person, Subject.PUBLIC_REQUIRED, 20)
    credit(place, person, Subject.PUBLIC_ELECTIVE, 10)
    credit(place, person, Subject.PROFESSIONAL, 60)


def told(place: Place) -> list[Message]:
    with Session(place.engine, expire_on_commit=False) as session:
        return list(session.exec(select(Message).where(Message.title == behind.REMINDER)))


def test_who_is_behind_and_by_how_much_as_the_person_reads_it(place: Place) -> None:
    one, two = place.ids[:2]
    complete(place, one)
    credit(place, two, Subject.PUBLIC_REQUIRED, 12)
    credit(place, two, Subject.PROFESSIONAL, 100)
    pages = [look(place)]
    while pages[-1].next_after:
        pages.append(look(place, after=pages[-1].next_after))
    rows = {row.id: row for page in pages for row in page.rows}
    assert len(rows) == sum(len(page.rows) for page in pages) == pages[0].behind
    assert one not in rows
    # The clerk belongs to the clinic too, and owes hours like everybody.
    assert pages[0].owing == len(place.ids) + 1 == len(rows) + 1
    found = rows[two]
    assert (found.required, found.elective, found.professional, found.total) == (
        "8", "10", "—", "18",
    )  # fmt: skip
    with Session(place.engine) as session:
        for id, row in rows.items():
            standing = standings.list_standings(session, id)[YEAR]
            assert not standing.complete
            assert row.total != "0"
    # Whoever lacks most comes first.
    assert [row.id for page in pages for row in page.rows][-1] == two


def test_by_name_and_in_pages_nobody_is_left_out_or_shown_twice(place: Place) -> None:
    seen: list[tuple[str, int]] = []
    page = look(place, order=behind.BY_NAME)
    while True:
        seen += [(row.name, row.id) for row in page.rows]
        if not page.next_after:
            break
        page = look(place, order=behind.BY_NAME, after=page.next_after)
    assert seen == sorted(set(seen))
    assert len(seen) == page.behind
    for rubbish in ("x", "1|x", "|", "²|3"):
        with pytest.raises(NotFound):
            look(place, after=rubbish)


def test_who_is_excused_or_owes_later_is_not_behind(place: Place) -> None:
    retired, later, last_year = place.ids[:3]
    with Session(place.engine) as session, session.begin():
        now = clock.now()
        for person, begins in ((retired, date(YEAR, 1, 1)), (last_year, date(YEAR + 1, 1, 1))):
            row = session.get_one(Person, person)
            row.status, row.status_on = PersonStatus.RETIRED, begins
            session.add(
                StatusSpell(person_id=person, status=PersonStatus.RETIRED, begins_on=begins, at=now)
            )
        session.get_one(Person, later).owes_from = YEAR + 1
    everybody = all_of(place)
    assert retired not in everybody
    assert later not in everybody
    assert everybody[last_year].state == "退休"


def all_of(place: Place, **given: Any) -> dict[int, behind.BehindRow]:
    page = look(place, **given)
    rows = list(page.rows)
    while page.next_after:
        page = look(place, after=page.next_after, **given)
        rows += page.rows
    return {row.id: row for row in rows}


def test_the_old_period_is_one_sum(place: Place) -> None:
    one = place.ids[0]
    for year in (2016, 2017, 2018, 2019):
        credit(place, one, Subject.PROFESSIONAL, 89, year)
    rows = all_of(place, year=2019)
    assert rows[one].total == "4"
    assert rows[place.ids[1]].total == "360"
    credit(place, one, Subject.PROFESSIONAL, 4, 2018)
    assert one not in all_of(place, year=2019)


def test_an_office_looks_only_below_itself(place: Place) -> None:
    town = place.town
    for who in (town.employer, town.department, town.city):
        assert look(place, who).behind
    with pytest.raises(NotFound):
        look(place, town.employer, organisation_id=town.double)
    with pytest.raises(NotFound):
        look(place, town.department, organisation_id=town.double)
    assert look(place, town.city, organisation_id=town.double).behind == 1
    with pytest.raises(NotPermitted):
        look(place, place.far)


@pytest.mark.parametrize("use_case", [reminders.remind_next, reminders.remind])
def test_nobody_is_reminded_from_the_wrong_office(place: Place, use_case: Any) -> None:
    town = place.town
    more = {"after": 0} if use_case is reminders.remind_next else {"people": [place.far]}
    given = {"organisation_id": town.double, "year": YEAR} | more
    for who, refusal in ((town.employer, NotFound), (town.department, NotFound),
                         (place.far, NotPermitted)):  # fmt: skip
        with pytest.raises(refusal):
            place.act(who, use_case, **given)
    assert told(place) == []
    assert place.act(town.city, use_case, **given).reminded == 1
    # Somebody who does not belong to the organisation named is not reached through it.
    mine = {"organisation_id": town.clinic, "year": YEAR, "people": [place.far]}
    assert place.act(town.employer, reminders.remind, **mine).reminded == 0
    assert len(told(place)) == 1


def test_a_reminder_says_what_is_missing_and_comes_once_in_seven_days(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RXAPP_MESSAGES", "file")
    messages.settings.cache_clear()
    one, done, away = place.ids[:3]
    complete(place, done)
    with Session(place.engine) as session, session.begin():
        session.get_one(Person, away).status = PersonStatus.LEFT
    given = {"organisation_id": place.town.clinic, "year": YEAR, "people": [one, done, away]}
    first = place.act(place.town.employer, reminders.remind, **given)
    again = place.act(place.town.employer, reminders.remind, **given)
    assert (first.reminded, first.recently, first.away, first.done) == (1, 0, 1, 1)
    assert (again.reminded, again.recently, again.away, again.done) == (0, 1, 1, 1)
    (message,) = told(place)
    assert message.person_id == one
    for word in (f"{YEAR}年度", "公需必修还差20学时", "至少还需90学时", f"{YEAR}年12月31日"):
        assert word in message.body
    with Session(place.engine, expire_on_commit=False) as session, session.begin():
        # By text message as well.
        assert [row.person_id for row in session.exec(select(Outgoing))] == [one]
        events = session.exec(
            select(AuditEvent).where(AuditEvent.action == "person:reminded")
        ).all()
        session.get_one(Message, message.id).at -= timedelta(days=7, minutes=1)
    assert [(event.object_id, event.detail) for event in events] == [
        (place.town.clinic, {"count": 1, "year": YEAR})
    ]
    assert place.act(place.town.employer, reminders.remind, **given).reminded == 1
    assert all_of(place)[one].reminded.endswith("已提醒")


def test_all_are_reminded_in_parts_each_of_them_once(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reminders, "CHUNK", 7)
    complete(place, place.ids[3])
    given = {"organisation_id": place.town.clinic, "year": YEAR}
    after, parts, count = 0, 0, 0
    while True:
        part = place.act(place.town.employer, reminders.remind_next, after=after, **given)
        assert part.reminded <= 7
        count, parts, after = count + part.reminded, parts + 1, part.next_after
        if not after:
            break
    assert parts > 5
    whom = [message.person_id for message in told(place)]
    assert sorted(whom) == sorted({*place.ids, place.town.employer} - {place.ids[3]})
    assert count == len(whom)


def test_two_clerks_at_once_remind_once(place: Place) -> None:
    given = {"organisation_id": place.town.clinic, "year": YEAR, "after": 0}
    clerks = [place.town.employer, place.town.department, place.town.city]
    results = at_once(
        [lambda who=who: place.act(who, reminders.remind_next, **given) for who in clerks]
    )
    assert sum(result.reminded for result in results) == len(told(place)) == len(place.ids) + 1


def test_nobody_ticked_is_said(place: Place) -> None:
    with pytest.raises(Invalid):
        place.act(
            place.town.employer, reminders.remind, organisation_id=place.town.clinic, year=YEAR,
            people=[],
        )  # fmt: skip


def test_where_a_clerk_begins(place: Place) -> None:
    town = place.town
    assert place.act(town.employer, behind.get_start).organisation_id == town.clinic
    assert place.act(town.employer, behind.get_start).may_choose  # the ward below
    bureau = place.act(town.city, behind.get_start)
    assert (bureau.organisation_id, bureau.may_choose) == (0, True)
    assert bureau.years[0].value == f"{YEAR}"
    assert bureau.years[-1].label == "2016—2019年度"


def test_the_list_taken_out_is_the_list_shown(place: Place) -> None:
    complete(place, place.ids[5])
    given = {"organisation_id": place.town.clinic, "year": YEAR}
    clerk = place.town.employer
    cover = place.act(clerk, behind_export.open_list, **given)
    chunk = place.act(clerk, behind_export.list_rows, **given)
    assert cover.count == len(chunk.rows) == look(place).behind
    assert set(chunk.ids) == set(all_of(place))
    assert all(len(row) == len(cover.heading) for row in chunk.rows)
    place.act(clerk, behind_export.note_list, count=cover.count, **given)
    for use_case in (behind_export.open_list, behind_export.list_rows):
        with pytest.raises(NotFound):
            place.act(clerk, use_case, organisation_id=place.town.double, year=YEAR)
        with pytest.raises(NotPermitted):
            place.act(place.far, use_case, **given)
    with Session(place.engine) as session:
        noted = session.exec(
            select(AuditEvent)
            .where(AuditEvent.action == "list:exported")
            .order_by(col(AuditEvent.id))
        ).all()
    assert [event.detail["count"] for event in noted] == [cover.count]
