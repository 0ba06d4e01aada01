"""信息发布: written, published, read by whom it is for, searched, put right, taken away."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, text
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session, select

from rxapp.adapters import database, file_store
from rxapp.errors import AppError, Conflict, Invalid, NotFound, NotPermitted
from rxapp.models.audit import AuditEvent
from rxapp.models.notices import (
    Notice,
    NoticeEdition,
    NoticeFile,
    NoticeGram,
    NoticeMark,
    NoticeRead,
)
from rxapp.rules.audit_words import LABELS
from rxapp.rules.notices import MOST_FILES, Kind, Status
from rxapp.services import news, notice_files, notice_pages, notices, retention
from rxapp.services.audit import Action
from tests.factories import Clock, at_once
from tests.services.noticing import TEXT, Newsroom

pytestmark = pytest.mark.usefixtures("installation")
EVERYBODY = [
    "",
    "lena",
    "olga",
    "vera",
    "mill",
    "forge",
    "health",
    "school",
    "east",
    "west",
    "city",
    "panel",
]


@pytest.fixture
def room(engine: Engine, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Newsroom:
    monkeypatch.setattr(database, "engine", lambda: engine)
    return Newsroom(engine)


def audited(room: Newsroom) -> list[str]:
    with Session(room.engine) as session:
        return list(
            session.exec(select(AuditEvent.action).where(AuditEvent.object_kind == "notice"))
        )


def count(room: Newsroom, table) -> int:  # type: ignore[no-untyped-def]
    with Session(room.engine) as session:
        return session.exec(select(func.count()).select_from(table)).one()


def refused(error: type[AppError], call: Callable[..., object], *args: object, **given: object):
    with pytest.raises(error) as caught:
        call(*args, **given)
    return caught.value


# --- writing ---


def test_a_notice_is_written_published_and_read_by_anyone(room: Newsroom) -> None:
    id = room.draft()
    assert room.seen("") == []
    assert room.publish(id) is Status.PUBLISHED
    view = room.act("", news.get_notice, id)
    assert (view.title, view.office, view.on) == (TEXT["title"], "样例city", "2020-08-01")
    assert "<strong>尽快</strong>" in view.html
    assert (view.updated, view.files, view.unread) == ("", [], False)
    with Session(room.engine) as session:
        edition = session.exec(select(NoticeEdition)).one()
    assert (edition.body, edition.edition, edition.by_id) == (
        TEXT["body"], 1, room.person["city"],
    )  # fmt: skip
    assert "nh3" in edition.renderer
    assert audited(room) == ["notice:begun", "notice:published"]


def test_two_presses_begin_one_notice_and_publish_it_once(room: Newsroom) -> None:
    assert room.act("city", notices.begin) == room.act("city", notices.begin)
    id = room.draft()
    opened = room.row(id).version
    room.publish(id)
    given = {"notice_id": id, "version": opened}
    assert room.act("city", notices.find_published, **given)
    assert room.act("city", notices.find_published, **given | {"version": opened - 1})
    assert not room.act("city", notices.find_published, **given | {"version": opened + 2})
    refused(Conflict, room.publish, id)
    assert room.row(id).edition == 1
    # What is begun afterwards is another one.
    assert room.act("city", notices.begin) != id


def test_every_kind_of_record_has_its_words() -> None:
    assert {each.value for each in Action if each.value.startswith("notice:")} <= LABELS.keys()


def test_what_is_typed_is_kept_at_every_change_and_the_second_window_is_told(
    room: Newsroom,
) -> None:
    id = room.draft(body="", title="")
    version = room.row(id).version
    assert room.write(id, body="", title="") == version
    assert room.write(id, body="半") == version + 1
    form = room.act("city", notice_pages.get_editor, id)
    assert (form.typed["body"], form.version) == ("半", version + 1)
    late = refused(
        Conflict, room.act, "city", notices.save, notice_id=id, typed=TEXT, kinds=[], counties=[],
        version=version,
    )  # fmt: skip
    assert "请复制" in late.message
    assert room.act("city", notice_pages.get_editor, id).typed["body"] == "半"


def test_what_is_not_ready_is_kept_but_not_published(room: Newsroom) -> None:
    id = room.draft(title="", audience="")
    wrong = refused(Invalid, room.publish, id)
    assert set(wrong.fields) == {"title", "audience"}
    assert room.row(id).status is Status.DRAFT
    assert set(refused(Invalid, room.publish, room.draft(body="[a]: /b")).fields) == {"body"}
    assert count(room, NoticeEdition) == 0


def test_kinds_that_are_none_are_not_kept(room: Newsroom) -> None:
    id = room.draft(audience="some", kinds=["learner", "x" * 9999, "\0", "base", "base"])
    assert room.row(id).draft["kinds"] == ["base", "learner"]


def test_only_bureaus_write_and_only_their_own(room: Newsroom) -> None:
    for who in ("lena", "mill", "health", "school"):
        refused(NotPermitted, room.act, who, notices.begin)
    id = room.draft("east")
    for call in (
        lambda who: room.act(who, notice_pages.get_editor, id),
        lambda who: room.write(id, who),
        lambda who: room.publish(id, who),
        lambda who: room.withdraw(id, who),
        lambda who: room.act(who, notices.drop, notice_id=id, version=2),
        lambda who: room.attach(id, who),
    ):
        refused(NotFound, call, "west")
    room.publish(id, "city")
    assert room.row(id).edition == 1
    assert [row.id for row in room.act("west", notice_pages.list_notices).rows] == []
    assert [row.id for row in room.act("east", notice_pages.list_notices).rows] == [id]


def test_a_county_reaches_its_own_people_whatever_is_sent(room: Newsroom) -> None:
    id = room.published("east", counties=("west",), audience="everyone")
    assert [who for who in EVERYBODY if id in room.seen(who)] == ["lena", "mill", "east"]
    assert room.act("east", notice_pages.get_editor, id).readers == "样例东县：全部人员"


# --- whom it is for ---

AUDIENCES = [
    ((), (), EVERYBODY),
    (("learner",), (), EVERYBODY[1:]),
    (("employer",), (), ["mill", "forge"]),
    (("department",), (), ["health"]),
    (("base",), (), ["school"]),
    (("bureau",), (), ["east", "west", "city"]),
    (("panel",), (), ["panel"]),
    (("base", "department"), (), ["health", "school"]),
    ((), ("east",), ["lena", "mill", "east"]),
    ((), ("east", "west"), ["lena", "olga", "mill", "forge", "east", "west"]),
    (("employer",), ("west",), ["forge"]),
    (("bureau", "employer"), ("east",), ["mill", "east"]),
    (("base",), ("east",), []),
]


@pytest.mark.parametrize(("kinds", "counties", "readers"), AUDIENCES)
def test_a_notice_is_for_whom_it_is_for(
    room: Newsroom, kinds: tuple[str, ...], counties: tuple[str, ...], readers: list[str]
) -> None:
    audience = "some" if kinds or counties else "everyone"
    id = room.draft(audience=audience, kinds=kinds, counties=counties)
    file = room.attach(id)
    room.publish(id)
    for who in EVERYBODY:
        may = who in readers
        assert (id in room.seen(who)) == may, who
        assert (id in room.seen(who, query="集中注册")) == may, who
        if may:
            assert room.act(who, news.get_notice, id).id == id
            assert room.act(who, notice_files.get_file, file_id=file).name == "表.pdf"
            continue
        refused(NotFound, room.act, who, news.get_notice, id)
        if who not in ("city",):
            refused(NotFound, room.act, who, notice_files.get_file, file_id=file)
        if who:
            refused(NotFound, room.act, who, news.mark_read, notice_id=id)
            assert room.act(who, news.count_unread) == 0


def test_learner_here_and_clerk_there_is_both_but_not_mixed(room: Newsroom) -> None:
    """Somebody of the west who serves the mill in the east."""
    from rxapp import clock as real
    from rxapp.models.people import Membership

    with Session(room.engine) as session, session.begin():
        session.add(
            Membership(
                person_id=room.person["olga"], organisation_id=room.place["mill"],
                begins_at=real.now(),
            )
        )  # fmt: skip
    seen = {
        (kind, county): room.published(audience="some", kinds=(kind,), counties=(county,))
        for kind in ("learner", "employer") for county in ("east", "west")
    }  # fmt: skip
    read = room.seen("olga")
    assert [pair for pair, id in seen.items() if id in read] == [
        ("learner", "west"), ("employer", "east"),
    ]  # fmt: skip


def test_whoever_is_not_signed_in_is_told_that_signing_in_may_help(room: Newsroom) -> None:
    inner = room.published(audience="some", kinds=("learner",))
    told = refused(NotFound, room.act, "", news.get_notice, inner).message
    assert "登录后" in told
    # Whether there is such a notice is not told.
    assert refused(NotFound, room.act, "", news.get_notice, 999_999).message == told
    assert "登录" not in refused(NotFound, room.act, "mill", news.get_notice, 999_999).message
    assert room.act("lena", news.get_notice, inner).id == inner


def test_whoever_has_not_activated_reads_what_is_public(room: Newsroom) -> None:
    public, inner = room.published(), room.published(audience="some", kinds=("learner",))
    with Session(room.engine) as session, session.begin():
        session.execute(
            text("UPDATE person SET activated_at = NULL WHERE id = :id"),
            {"id": room.person["lena"]},
        )
    assert room.seen("lena") == [public]
    assert room.seen("olga") == [inner, public]


# --- time ---


def test_a_scheduled_one_becomes_visible_by_time_alone(room: Newsroom, clock: Clock) -> None:
    id = room.draft(publish_on="2020-08-02", publish_time="08:30")
    assert room.publish(id) is Status.SCHEDULED
    assert room.seen("lena") == room.seen("lena", query="注册") == []
    refused(NotFound, room.act, "lena", news.get_notice, id)
    form = room.act("city", notice_pages.get_editor, id)
    assert (form.state, form.when) == ("定时发布", "2020-08-02 08:30发布")
    assert (form.typed["publish_on"], form.typed["publish_time"]) == ("2020-08-02", "08:30")
    clock.business += timedelta(hours=23, minutes=29)
    assert room.seen("lena") == []
    clock.business += timedelta(minutes=1)
    assert room.seen("lena") == room.seen("lena", query="注册") == [id]
    assert room.act("lena", news.get_notice, id).updated == ""


def test_a_schedule_can_be_moved_and_called_off(room: Newsroom, clock: Clock) -> None:
    id = room.published(publish_on="2020-08-02")
    room.write(id, publish_on="2020-08-05", body="改")
    assert room.publish(id) is Status.SCHEDULED
    clock.business += timedelta(days=1)
    assert room.seen("lena") == []
    room.withdraw(id)
    clock.business += timedelta(days=9)
    assert room.seen("lena") == []
    assert room.row(id).updated_at is None


def test_a_pin_holds_to_its_last_day(room: Newsroom, clock: Clock) -> None:
    pinned = room.published(pinned_until="2020-08-03")
    later = room.published(title="后来的通知")
    assert room.seen("lena") == [pinned, later]
    clock.business += timedelta(days=2)
    assert room.seen("lena") == [pinned, later]
    clock.business += timedelta(days=1)
    assert room.seen("lena") == [later, pinned]
    # What has run out is not in the way of a change of words.
    assert room.act("city", notice_pages.get_editor, pinned).typed["pinned_until"] == ""


def test_a_pin_too_many_keeps_its_place_among_the_others(
    room: Newsroom, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(news, "MOST_PINNED", 2)
    monkeypatch.setattr(news, "PAGE", 2)
    ids = []
    for place in range(7):
        pin = "2020-12-31" if place < 4 else ""
        ids.append(room.published(title=f"第{place}条", pinned_until=pin))
        clock.business += timedelta(minutes=1)
    first, second, third, fourth, plain, newer, newest = ids
    pages, after = [], ""
    while not pages or after:
        page = room.act("lena", news.list_news, after=after)
        pages.append([row.id for row in page.rows])
        after = page.next_after
    assert pages == [[fourth, third, newest, newer], [plain, second], [first]]


# --- put right, taken away ---


def test_a_change_is_a_new_edition_and_is_said(room: Newsroom, clock: Clock) -> None:
    id = room.published()
    clock.business += timedelta(days=3)
    room.write(id, body="请于月底前办理。")
    # What is being typed is nobody's until it is published.
    assert "尽快" in room.act("lena", news.get_notice, id).html
    assert room.publish(id) is Status.PUBLISHED
    view = room.act("lena", news.get_notice, id)
    assert "月底" in view.html
    assert (view.on, view.updated) == ("2020-08-01", "已于2020-08-04更新")
    assert room.seen("lena", query="尽快") == []
    assert room.seen("lena", query="月底前") == [id]
    form = room.act("city", notice_pages.get_editor, id)
    assert [each.edition for each in form.editions] == [2, 1]
    assert "尽快" in form.editions[1].html
    assert not form.has_draft


def test_moving_only_the_pin_is_no_change_of_words(room: Newsroom, clock: Clock) -> None:
    id = room.published()
    clock.business += timedelta(days=3)
    room.write(id, pinned_until="2020-08-20")
    room.publish(id)
    assert room.act("lena", news.get_notice, id).updated == ""
    assert room.row(id).edition == 2


def test_a_withdrawn_one_is_gone_for_its_readers_and_kept_for_its_writers(room: Newsroom) -> None:
    id = room.published()
    refused(Invalid, room.withdraw, id, reason=" ")
    assert room.seen("lena") == [id]
    room.withdraw(id)
    room.withdraw(id)
    assert room.seen("lena") == room.seen("lena", query="注册") == []
    refused(NotFound, room.act, "lena", news.get_notice, id)
    form = room.act("city", notice_pages.get_editor, id)
    assert (form.state, form.reason, len(form.editions)) == ("已撤下", "日期有误", 1)
    assert count(room, NoticeGram) == 0
    assert audited(room) == ["notice:begun", "notice:published", "notice:withdrawn"]
    room.publish(id)
    assert room.seen("lena", query="注册") == [id]


def test_editions_cannot_be_changed_by_anybody(room: Newsroom) -> None:
    room.published()
    for change in ("UPDATE notice_edition SET body = 'x'", "DELETE FROM notice_edition"):
        with Session(room.engine) as session, pytest.raises(DatabaseError, match="append-only"):
            session.execute(text(change))


def test_a_draft_is_thrown_away_with_its_files(room: Newsroom) -> None:
    id = room.draft()
    room.attach(id)
    names = room.act("city", notices.drop, notice_id=id, version=room.row(id).version)
    assert len(names) == 1
    notice_files.discard(names)
    with pytest.raises(NotFound):
        file_store.find(names[0], root=notice_files.folder())
    assert (count(room, Notice), count(room, NoticeFile)) == (0, 0)


def test_changes_thrown_away_leave_what_is_in_force(room: Newsroom) -> None:
    id = room.draft()
    kept = room.attach(id)
    room.publish(id)
    room.write(id, body="改")
    room.attach(id, content=b"%PDF-2")
    names = room.act("city", notices.drop, notice_id=id, version=room.row(id).version)
    assert len(names) == 1
    form = room.act("city", notice_pages.get_editor, id)
    assert (form.typed["body"], form.has_draft) == (TEXT["body"], False)
    assert [each.id for each in form.files] == [kept]


def test_of_two_who_publish_at_once_one_is_told(room: Newsroom) -> None:
    id = room.draft()
    version = room.row(id).version

    def once() -> object:
        return room.act("city", notices.publish, notice_id=id, version=version)

    results = at_once([once, once])
    assert sorted(type(each).__name__ for each in results) == ["Conflict", "Status"]
    assert room.row(id).edition == 1


# --- attachments ---


def test_a_file_is_the_readers_only_with_the_edition_that_names_it(room: Newsroom) -> None:
    id = room.published()
    file = room.attach(id)
    refused(NotFound, room.act, "lena", notice_files.get_file, file_id=file)
    assert room.act("city", notice_files.get_file, file_id=file).media_type == "application/pdf"
    room.publish(id)
    assert room.act("lena", notice_files.get_file, file_id=file).name == "表.pdf"
    assert [each.id for each in room.act("", news.get_notice, id).files] == [file]
    room.act("city", notice_files.remove, notice_id=id, file_id=file)
    assert room.act("lena", notice_files.get_file, file_id=file)
    room.publish(id)
    refused(NotFound, room.act, "lena", notice_files.get_file, file_id=file)
    assert room.act("city", notice_files.get_file, file_id=file)


def test_the_same_file_sent_twice_is_there_once_and_ten_are_enough(room: Newsroom) -> None:
    id = room.draft()
    assert room.attach(id) == room.attach(id)
    for place in range(MOST_FILES - 1):
        room.attach(id, content=b"%%PDF-%d" % (place + 2))
    assert "最多10个" in refused(Invalid, room.attach, id, content=b"%PDF-x").message
    refused(Invalid, room.act, "city", notice_files.require_room, notice_id=id)
    assert room.act("city", notice_pages.get_editor, id).room == 0


def test_a_file_attached_by_mistake_is_gone_when_it_is_taken_off(room: Newsroom) -> None:
    id = room.published()
    mistake, good = room.attach(id, content=b"%PDF-names"), room.attach(id, content=b"%PDF-form")
    where = room.act("city", notice_files.get_file, file_id=mistake).file
    gone = room.act("city", notice_files.remove, notice_id=id, file_id=mistake)
    assert gone == [where]
    notice_files.discard(gone)
    refused(NotFound, file_store.find, where, root=notice_files.folder())
    refused(NotFound, room.act, "city", notice_files.get_file, file_id=mistake)
    assert room.act("city", notice_files.get_file, file_id=good)
    assert count(room, NoticeFile) == 1
    # Twice changes nothing, and what was published is kept for those who wrote it.
    assert room.act("city", notice_files.remove, notice_id=id, file_id=mistake) == []
    room.publish(id)
    assert room.act("city", notice_files.remove, notice_id=id, file_id=good) == []
    assert room.act("lena", notice_files.get_file, file_id=good)
    # Bytes that another notice has as well stay where they are.
    first, second = room.draft(title="甲"), room.draft("east")
    same = room.attach(first, content=b"%PDF-same")
    other = room.attach(second, "east", content=b"%PDF-same")
    assert room.act("city", notice_files.remove, notice_id=first, file_id=same) == []
    assert room.act("east", notice_files.get_file, file_id=other)


def test_keeping_words_does_not_lose_a_file_that_came_meanwhile(room: Newsroom) -> None:
    id = room.draft()
    file = room.attach(id)
    room.write(id, body="又改了")
    assert [each.id for each in room.act("city", notice_pages.get_editor, id).files] == [file]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "passwd.pdf"), ("C:\\文件\\表.exe", "表.pdf"),
        ("a\u202efdp.exe", "afdp.pdf"), ('x"; filename="y.html', "x filename=y.pdf"),
        ("\r\nSet-Cookie: a", "Set-Cookie a.pdf"), ("....", "附件.pdf"),
        ("长" * 300, "长" * 60 + ".pdf"),
    ],
)  # fmt: skip
def test_a_file_is_named_after_what_it_is(room: Newsroom, sent: str, kept: str) -> None:
    file = room.attach(room.draft(), name=sent)
    assert room.act("city", notice_files.get_file, file_id=file).name == kept


# --- unread ---


def test_a_notice_is_unread_until_it_is_opened_and_nobody_has_a_row_before(room: Newsroom) -> None:
    first, second = room.published(), room.published(title="第二条通知")
    assert room.act("lena", news.count_unread) == 2
    head = room.act("lena", news.get_headline)
    assert (head.text, head.href, head.unread) == ("第二条通知", f"/news/{second}", 2)
    assert (count(room, NoticeRead), count(room, NoticeMark)) == (0, 0)
    assert room.act("lena", news.get_notice, first).unread
    for _ in range(2):
        room.act("lena", news.mark_read, notice_id=first)
    assert count(room, NoticeRead) == 1
    rows = room.act("lena", news.list_news).rows
    assert {row.id: row.unread for row in rows} == {first: False, second: True}
    assert room.act("olga", news.count_unread) == 2
    assert not any(row.unread for row in room.act("", news.list_news).rows)


def test_everything_read_is_one_row_and_what_comes_later_is_new(
    room: Newsroom, clock: Clock
) -> None:
    for place in range(5):
        room.published(title=f"第{place}条通知")
    for _ in range(2):
        clock.business += timedelta(minutes=1)
        room.act("lena", news.mark_all_read)
    assert room.act("lena", news.count_unread) == 0
    assert (count(room, NoticeRead), count(room, NoticeMark)) == (0, 1)
    clock.business += timedelta(minutes=1)
    later = room.published()
    assert room.act("lena", news.count_unread) == 1
    assert room.act("lena", news.get_headline).href == f"/news/{later}"
    assert room.act("olga", news.count_unread) == 6


def test_what_is_old_is_not_waited_for_and_a_pin_is_shown(room: Newsroom, clock: Clock) -> None:
    id = room.published(pinned_until="2020-12-31")
    assert room.act("lena", news.get_headline).unread == 1
    clock.business += timedelta(days=61)
    head = room.act("lena", news.get_headline)
    assert (head.href, head.unread) == (f"/news/{id}", 0)


def test_who_opened_what_is_forgotten_after_half_a_year(
    room: Newsroom, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "engine", lambda: room.engine)
    old, new = room.published(), room.published()
    room.act("lena", news.mark_read, notice_id=old)
    clock.pass_(3600 * 24 * 100)
    room.act("lena", news.mark_read, notice_id=new)
    assert retention.run_once().get("notices_read", 0) == 0
    clock.pass_(3600 * 24 * 81)
    assert retention.run_once()["notices_read"] == 1
    with Session(room.engine) as session:
        assert session.exec(select(NoticeRead.notice_id)).all() == [new]


# --- the list and the search ---


def test_the_list_goes_on_by_key_without_gap_or_repeat(room: Newsroom, clock: Clock) -> None:
    pinned = room.published(title="置顶的通知", pinned_until="2020-12-31")
    made = []
    for place in range(45):
        # Several in one second, as an import would make them.
        clock.business += timedelta(seconds=place % 3)
        made.append(room.published(title=f"第{place}条通知"))
    for query, wanted in (("", [pinned, *reversed(made)]), ("条通知", list(reversed(made)))):
        seen: list[int] = []
        after = ""
        while True:
            page = room.act("lena", news.list_news, query=query, after=after)
            seen += [row.id for row in page.rows]
            after = page.next_after
            if not after:
                break
        assert seen == wanted
    for rubbish in ("x", "1-", "-1", "1-99999999999", "١-١", "1-2-3"):
        refused(Invalid, room.act, "lena", news.list_news, after=rubbish)


def test_hits_are_marked_and_all_words_must_be_there(room: Newsroom) -> None:
    id = room.published(title="关于 PDF 证明的通知", body="职称评审使用**学时证明**。<b>")
    other = room.published(title="别的通知", body="学时")
    assert room.seen("lena", query="学时") == [other, id]
    assert room.seen("lena", query="学时 证明") == [id]
    assert room.seen("lena", query="ｐｄｆ") == room.seen("lena", query="证 评") == [id]
    assert room.seen("lena", query="时职") == []
    # Pairs that stand apart do not make a word.
    assert room.seen("lena", query="评审学时") == []
    row = room.act("lena", news.list_news, query="证明 pdf").rows[0]
    assert row.title == [("关于 ", False), ("PDF", True), (" ", False), ("证明", True),
                         ("的通知", False)]  # fmt: skip
    assert ("证明", True) in row.excerpt
    # Marked in pieces of plain text: what looks like an element stays words.
    assert any("<b>" in piece for piece, _ in row.excerpt)
    assert "请输入" in refused(Invalid, room.act, "lena", news.list_news, query="，").message


def test_common_words_are_found_as_rare_ones_are(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rxapp.services import notice_search

    wanted = room.published(body="继续教育的教材")
    room.published(body="教育继续")
    for few in (1, 500):
        monkeypatch.setattr(notice_search, "FEW", few)
        assert room.seen("lena", query="继续教育") == [wanted]
        assert room.seen("lena", query="续教 教材") == [wanted]


LETTERS = st.text(alphabet="继续教育学时申报，。 PDFpdf2020“”（）", min_size=2, max_size=60)


@given(body=LETTERS, place=st.integers(0, 59), length=st.integers(2, 10))
@settings(
    max_examples=25, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
def test_a_notice_is_found_by_any_piece_of_its_text_but_only_by_its_readers(
    room: Newsroom, body: str, place: int, length: int
) -> None:
    from rxapp.rules.notice_words import words

    body = f"文{body}"
    piece = body[place : place + length]
    id = room.published(
        audience="some", kinds=("employer",), counties=("east",), body=body, title="通知"
    )
    if words(piece):
        assert id in room.seen("mill", query=piece)
    for who in ("", "lena", "forge", "east", "city"):
        assert id not in room.seen(who, query=piece if words(piece) else "文")
    room.withdraw(id)


def test_the_desk_lists_each_state_and_goes_on_by_key(room: Newsroom) -> None:
    draft, out = room.draft(title=""), room.published()
    coming, gone = room.published(publish_on="2020-08-09"), room.published()
    room.withdraw(gone)
    by_state = {
        status: [row.id for row in room.act("city", notice_pages.list_notices, status=status).rows]
        for status in (*Status, "")
    }
    assert by_state == {
        Status.DRAFT: [draft], Status.PUBLISHED: [out], Status.SCHEDULED: [coming],
        Status.WITHDRAWN: [gone], "": [gone, coming, out, draft],
    }  # fmt: skip
    row = room.act("city", notice_pages.list_notices, status="draft").rows[0]
    assert (row.title, row.state) == ("（未填写标题）", "草稿")
    refused(Invalid, room.act, "city", notice_pages.list_notices, status="rubbish")
    for _ in range(20):
        room.draft("east")
    page = room.act("city", notice_pages.list_notices)
    rest = room.act("city", notice_pages.list_notices, before=page.next_before)
    assert (len(page.rows), len(rest.rows), rest.next_before) == (20, 4, 0)


def test_the_editor_offers_the_city_its_counties_and_a_county_only_itself(room: Newsroom) -> None:
    form = room.act("city", notice_pages.get_editor, room.draft(counties=("west",)))
    assert [(each.label, each.ticked) for each in form.counties] == [
        ("样例东县", False), ("样例西县", True),
    ]  # fmt: skip
    assert [each.label for each in form.kinds] == [kind.label for kind in Kind]
    own = room.act("east", notice_pages.get_editor, room.draft("east"))
    assert (own.only_county, own.counties) == ("样例东县", [])
    tangled = room.act("city", notice_pages.get_editor, room.draft(body="[" * 2000))
    assert tangled.preview == ""
    assert "嵌套过深" in tangled.preview_fault
