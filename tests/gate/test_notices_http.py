"""Notices over plain HTTP: each route against each visitor; nothing is served as a page."""

import hashlib
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from rxapp import routes
from rxapp.adapters import file_store
from rxapp.adapters.attachments import Attachment
from rxapp.adapters.database import transaction
from rxapp.gate import cookies, throttles
from rxapp.gate.door import Door
from rxapp.http import notices as http
from rxapp.models.notices import Notice, NoticeFile
from rxapp.services import notice_files, notices, sign_ins
from tests.adapters.test_attachments import office
from tests.adapters.test_evidence_files import document, picture
from tests.gate.cast import Town, contents, installed, settle, sign_in, visits

TEXT = {"title": "样例县关于注册的通知", "body": "请**尽快**办理。", "audience": "some"}
# Who is of the county and clerk of an employer; the public sees what is for everyone.
CLERKS = {"clerk", "other_clerk"}
WRITERS = {"county"}


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with installed(tmp_path):
        yield settle()


def site(cookie: str = "") -> TestClient:
    held = {cookies.session_cookie(): cookie} if cookie else {}
    return TestClient(Door(Starlette(routes=http.ROUTES)), cookies=held)  # type: ignore[arg-type]


def as_(town: Town, key: str) -> TestClient:
    return site(sign_in(town.people[key]))


def do(town: Town, who: str, use_case: Any, **given: Any) -> Any:
    cookie = sign_in(town.people[who])
    with transaction(write=True) as session:
        return use_case(session, sign_ins.find_actor(session, cookie), **given)


def row(id: int) -> Notice:
    with transaction() as session:
        return session.get_one(Notice, id)


def drafted(town: Town, who: str = "county", **given: Any) -> int:
    id = do(town, who, notices.begin)
    typed = TEXT | {"audience": given.pop("audience", "some")}
    do(
        town, who, notices.save, notice_id=id, typed=typed, kinds=given.get("kinds", ("employer",)),
        counties=(), version=1,
    )  # fmt: skip
    return id


def attached(town: Town, id: int, who: str = "county") -> int:
    made = Attachment(office(), ".docx", http_type(".docx"))
    return do(town, who, notice_files.add, notice_id=id, name="表.docx", made=made)


def http_type(suffix: str) -> str:
    from rxapp.adapters.office_check import KINDS

    return next(kind for ending, kind, _ in KINDS.values() if ending == suffix)


def publish(town: Town, id: int, who: str = "county") -> None:
    do(town, who, notices.publish, notice_id=id, version=row(id).version)


def form(id: int, **typed: str) -> dict[str, str]:
    return TEXT | {"notice": f"{id}", "version": f"{row(id).version}", "kind-employer": "1"} | typed


# --- attachments down ---


def test_an_attachment_is_sent_to_the_audience_and_nobody_else(town: Town) -> None:
    everyone = drafted(town, "city", audience="everyone", kinds=())
    inner, hidden = drafted(town), drafted(town)
    files = {
        "everyone": attached(town, everyone, "city"), "inner": attached(town, inner),
        "hidden": attached(town, hidden),
    }  # fmt: skip
    publish(town, everyone, "city")
    publish(town, inner)
    may = {"everyone": None, "inner": CLERKS | WRITERS, "hidden": WRITERS}
    for visit in visits(town):
        for name, file in files.items():
            allowed = may[name] is None or visit.kind in (may[name] or ())
            answer = site(visit.cookie).get(routes.notice_file(file))
            assert answer.status_code == (200 if allowed else 404), (visit.kind, name)
            if not allowed:
                assert b"PK" not in answer.content
    for rubbish in ("0", "999999", "99999999999999999999"):
        assert site().get(f"/files/notice/{rubbish}").status_code == 404


def test_a_withdrawn_or_scheduled_one_keeps_its_files_back(town: Town) -> None:
    id = drafted(town)
    file = attached(town, id)
    publish(town, id)
    assert as_(town, "clerk").get(routes.notice_file(file)).status_code == 200
    do(town, "county", notices.withdraw, notice_id=id, reason="日期有误", version=row(id).version)
    assert as_(town, "clerk").get(routes.notice_file(file)).status_code == 404
    assert as_(town, "county").get(routes.notice_file(file)).status_code == 200


def test_a_file_is_saved_and_never_shown_as_a_page(town: Town) -> None:
    id = drafted(town, "city", audience="everyone", kinds=())
    made = Attachment(document(), ".pdf", "application/pdf")
    name = '<script>表\u202e"; x=1\r\nX-A: b.html'
    file = do(town, "city", notice_files.add, notice_id=id, name=name, made=made)
    publish(town, id, "city")
    answer = site().get(routes.notice_file(file))
    said = answer.headers["content-disposition"]
    assert said.startswith("attachment")
    assert said.endswith(".pdf")
    assert "\r" not in said
    assert "x-a" not in answer.headers
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert answer.headers["cache-control"] == "private, no-store"


# --- writing ---


@pytest.mark.parametrize("path", [routes.NOTICE_SAVE, routes.NOTICE_PUBLISH, routes.NOTICE_DETACH])
def test_only_its_own_bureau_changes_a_notice(town: Town, path: str) -> None:
    id = drafted(town)
    file = attached(town, id)
    for visit in visits(town):
        throttles.forget_all()
        sent = form(id, title="改过的标题", file=f"{file}")
        before = _kept()
        answer = site(visit.cookie).post(path, data=sent)
        if visit.kind in WRITERS:
            assert answer.status_code == 200
            assert _kept() != before
            continue
        assert answer.status_code in (401, 403, 404), visit.kind
        assert _kept() == before, visit.kind


def test_only_its_own_bureau_attaches(town: Town) -> None:
    id = drafted(town)
    for visit in visits(town):
        throttles.forget_all()
        before = _kept()
        answer = _send(site(visit.cookie), id, picture("PNG"), "图.png")
        if visit.kind in WRITERS:
            assert answer.status_code == 200
            continue
        assert answer.status_code in (401, 403, 404), visit.kind
        assert _kept() == before
    assert _send(as_(town, "county"), drafted(town, "city"), picture(), "x").status_code == 404
    # The city's bureau stands above the county's.
    assert _send(as_(town, "city"), id, picture("WEBP"), "图.webp").status_code == 200


def test_what_is_sent_is_kept_and_published_with_one_definite_answer(town: Town) -> None:
    id = drafted(town)
    county = as_(town, "county")
    sent = form(id, body="第一版")
    kept = county.post(routes.NOTICE_SAVE, data=sent).json()
    assert kept == {"ok": True, "version": row(id).version}
    # The same window goes on from there, another one is told.
    assert county.post(routes.NOTICE_SAVE, data=sent | {"body": "晚了"}).status_code == 409
    sent |= {"version": f"{kept['version']}", "title": ""}
    refused = county.post(routes.NOTICE_PUBLISH, data=sent)
    assert (refused.status_code, list(refused.json()["fields"])) == (422, ["title"])
    # What could not be published is kept, under the version the answer names.
    assert row(id).draft["title"] == ""
    sent |= {"version": f"{refused.json()['version']}", "title": "第一版的标题"}
    for _ in range(2):
        done = county.post(routes.NOTICE_PUBLISH, data=sent)
        assert done.json() == {"ok": True, "next": f"/desk/notices/{id}?done=1"}
    assert (row(id).edition, row(id).title) == (1, "第一版的标题")


def test_a_long_text_fits_through_the_door(town: Town) -> None:
    id = drafted(town)
    county = as_(town, "county")
    assert county.post(routes.NOTICE_SAVE, data=form(id, body="长" * 20_000)).status_code == 200
    assert county.post(routes.NOTICE_SAVE, data=form(id, body="长" * 40_000)).status_code == 413
    assert len(row(id).draft["body"]) == 20_000


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"<html><script>alert(1)</script>", "只能上传"), (b"", "空的"),
        (office(parts={"word/vbaProject.bin": b"x"}), "宏"), (office()[:-9], "损坏"),
        (document()[:200], "PDF"), (picture("PNG")[:300], "照片"),
    ],
    ids=["page", "empty", "macros", "cut", "cut pdf", "broken picture"],
)  # fmt: skip
def test_a_hostile_file_is_refused_and_nothing_is_kept(
    town: Town, content: bytes, sentence: str
) -> None:
    id = drafted(town)
    answer = _send(as_(town, "county"), id, content, "表.pdf")
    assert answer.status_code == 422
    assert sentence in answer.json()["fields"]["file"]
    assert list(notice_files.folder().rglob("*.*")) == []
    with transaction() as session:
        assert session.exec(select(NoticeFile)).all() == []


def test_what_somebody_else_removed_at_that_moment_is_there_again(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same bytes, wanted gone by whoever attached them before: nobody saw this row yet."""
    id, add = drafted(town), notice_files.add

    def add_and_lose(*args: Any, **given: Any) -> Any:
        done, made = add(*args, **given), given["made"]
        name = f"{hashlib.sha256(made.content).hexdigest()}{made.suffix}"
        file_store.remove(name, root=notice_files.folder())
        return done

    monkeypatch.setattr(notice_files, "add", add_and_lose)
    assert _send(as_(town, "county"), id, office(), "表.docx").json() == {"ok": True}
    with transaction() as session:
        kept = session.exec(select(NoticeFile)).one()
    assert file_store.is_there(kept.file, root=notice_files.folder())


def test_a_good_file_is_kept_under_a_name_that_says_nothing(town: Town) -> None:
    id = drafted(town)
    assert _send(as_(town, "county"), id, office(), "../../报名表.exe").json() == {"ok": True}
    with transaction() as session:
        kept = session.exec(select(NoticeFile)).one()
    assert kept.name == "报名表.docx"
    lying = [path for path in notice_files.folder().rglob("*") if path.is_file()]
    assert [path.name for path in lying] == [kept.file]
    assert "报名" not in kept.file
    assert zipfile.is_zipfile(io.BytesIO(lying[0].read_bytes()))


def test_what_is_too_large_is_refused_at_the_door(town: Town) -> None:
    big = b"PK\x03\x04" + b"\0" * (21 * 1024 * 1024)
    assert _send(as_(town, "county"), drafted(town), big, "表.docx").status_code == 413


def test_a_page_of_somebody_else_writes_nothing(town: Town) -> None:
    id = drafted(town)
    answer = as_(town, "county").post(
        routes.NOTICE_SAVE, data=form(id), headers={"Origin": "https://evil.example"}
    )
    assert answer.status_code == 403


def _send(client: TestClient, id: int, content: bytes, name: str) -> Any:
    return client.post(f"{routes.NOTICE_UPLOAD}?notice={id}", files={"file": (name, content)})


def _kept() -> dict[str, tuple[int, str]]:
    return {name: rows for name, rows in contents().items() if name.startswith("notice")}
