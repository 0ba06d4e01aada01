"""Evidence and registrations over plain HTTP: what is let in, how much, and to whom it is shown."""

import asyncio
import io
from itertools import count
from typing import Any

import pytest
from PIL import Image
from sqlmodel import col, select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from rxapp import routes
from rxapp.adapters import evidence_files
from rxapp.adapters.database import transaction
from rxapp.gate import cookies, door, throttles
from rxapp.gate.door import BodyTooLarge, Door
from rxapp.http import apply, evidence
from rxapp.models.applications import Application, Evidence
from rxapp.models.audit import AuditEvent
from rxapp.models.people import Person
from rxapp.rules import identity
from rxapp.services import receipts
from rxapp.services.actors import ANONYMOUS
from tests.gate.cast import Inhabitant, Town, sign_in

PASSWORD = {"new_password": "Baizhu-2026", "new_password_again": "Baizhu-2026"}
PERSON = {
    "name": "濮阳天冬", "mobile": "13805379999", "field": "工程建设", "title_series": "工程技术",
    "title_level": "中级", "education": "大学本科", "post": "工程师", **PASSWORD,
}  # fmt: skip

_units = count(1)


def client(who: Inhabitant | None = None) -> TestClient:
    """A browser before the door, signed in as somebody or nobody."""
    site: Any = Door(Starlette(routes=[*evidence.ROUTES, *apply.ROUTES]))
    held = {cookies.session_cookie(): sign_in(who)} if who else {}
    return TestClient(site, cookies=held)


def photograph(colour: str = "white") -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (60, 40), colour).save(written, "JPEG")
    return written.getvalue()


def upload(browser: TestClient, content: bytes, purpose: str = "licence") -> Any:
    return browser.post(
        routes.EVIDENCE_UPLOAD, data={"purpose": purpose}, files={"file": ("证照.jpg", content)}
    )


def number(day: int) -> str:
    first = f"370802197701{day:02d}001"
    return first + identity.identity_check_character(first)


def handed_in(town: Town) -> int:
    """A licence that came with an application before the guild; its id."""
    browser, unit = client(), next(_units)
    tickets = {
        each: upload(browser, photograph(), each).json()["ticket"]
        for each in ("licence", "authorisation")
    }
    code = f"12370800MB20000{unit:02d}"
    form = {
        "name": f"样例新单位{unit}", "capacity_employer": "1",
        "credit_code": code + identity.credit_check_character(code),
        "superior_id": str(town.places["guild"]), "clerk_name": "濮阳天冬",
        "identity_number": number(9), "mobile": "13805379998", **PASSWORD, **tickets,
    }  # fmt: skip
    assert browser.post(routes.APPLY_ORGANISATION, data=form).json().get("ok")
    with transaction() as session:
        return session.exec(
            select(Evidence.id)
            .where(Evidence.purpose == "licence", col(Evidence.application_id).is_not(None))
            .order_by(col(Evidence.id).desc())
        ).first() or 0  # fmt: skip


def fetch(who: Inhabitant | None, wanted: int, part: str) -> Any:
    return client(who).get(routes.evidence_file(wanted, part))


def test_anyone_may_hand_in_a_photograph_and_gets_a_ticket(town: Town) -> None:
    said = upload(client(), photograph()).json()
    assert said["ok"] is True
    assert (said["name"], said["pages"]) == ("证照.jpg", 1)
    assert said["preview"].startswith("data:image/jpeg;base64,")
    assert said["ticket"]
    # Before it belongs to an application nobody can fetch it, not even an office.
    with transaction() as session:
        newest = session.exec(select(Evidence.id).order_by(col(Evidence.id).desc())).first() or 0
    assert fetch(town.department, newest, "preview").status_code == 404


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"<html>", "只能上传"), (photograph()[:300], "损坏"), (b"", "空的"), (b"%PDF-x", "损坏")],
)
def test_what_is_refused_is_told_why_and_kept_nowhere(
    town: Town, content: bytes, said: str
) -> None:
    with transaction() as session:
        before = len(session.exec(select(Evidence.id)).all())
    answer = upload(client(), content)
    assert answer.status_code == 422
    assert said in answer.json()["fields"]["file"]
    assert upload(client(), photograph(), "anything").status_code == 404
    assert client().post(routes.EVIDENCE_UPLOAD, data={"purpose": "licence"}).status_code == 422
    with transaction() as session:
        assert len(session.exec(select(Evidence.id)).all()) == before


def test_only_this_path_takes_more_and_too_much_is_refused_unread() -> None:
    largest = evidence_files.LARGEST
    assert _knock(routes.EVIDENCE_UPLOAD, largest) == (None, 0)
    assert _knock(routes.EVIDENCE_UPLOAD, largest + 64 * 1024) == (413, 0)
    assert _knock(routes.EVIDENCE_UPLOAD + "/", largest) == (413, 0)
    assert _knock(routes.APPLY_PERSON, door.MAX_BODY) == (None, 0)
    assert _knock(routes.APPLY_PERSON, door.MAX_BODY + 1) == (413, 0)


def test_whoever_announces_little_and_sends_much_is_cut_off() -> None:
    with pytest.raises(BodyTooLarge):
        _knock(routes.EVIDENCE_UPLOAD, 10, sends=evidence_files.LARGEST * 2)
    assert _knock(routes.EVIDENCE_UPLOAD, 10, sends=10) == (None, 10)


def test_uploads_have_an_end(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    few = throttles.Limit("upload", "2/hour", "上传过于频繁")
    monkeypatch.setattr(throttles, "UPLOAD", few)
    answers = [upload(client(), photograph()).status_code for _ in range(3)]
    assert answers == [200, 200, 429]


def test_papers_are_shown_to_the_office_and_those_above_it(town: Town) -> None:
    wanted = handed_in(town)
    for part in ("preview", "file"):
        answer = fetch(town.department, wanted, part)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "image/jpeg"
        assert "inline" in answer.headers["content-disposition"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in answer.headers["content-security-policy"]
        assert "no-store" in answer.headers["cache-control"]
    for denied in (None, town.lena, town.clerk, town.other_clerk, town.teacher, town.former):
        for part in ("preview", "file"):
            answer = fetch(denied, wanted, part)
            assert (answer.status_code, answer.headers["content-type"]) == (404, "application/json")
    with transaction() as session:
        shown = session.exec(
            select(AuditEvent).where(
                AuditEvent.action == "evidence:shown", AuditEvent.object_id == wanted
            )
        ).all()
        assert [event.actor_id for event in shown] == [town.department.id]


def test_pages_are_shown_to_whoever_may_see_the_file(town: Town) -> None:
    wanted = handed_in(town)
    answer = fetch(town.department, wanted, "page-1")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    with Image.open(io.BytesIO(answer.content)) as seen:
        assert seen.size == (60, 40)
    beyond = ("page-2", "page-0", "page-01x", "page-", "page--1", "page-٣", "page-" + "9" * 30)
    for part in beyond:
        assert fetch(town.department, wanted, part).status_code == 404
    assert fetch(town.clerk, wanted, "page-1").status_code == 404
    with transaction() as session:
        shown = session.exec(
            select(AuditEvent).where(
                AuditEvent.action == "evidence:shown", AuditEvent.object_id == wanted
            )
        ).all()
        assert [event.actor_id for event in shown] == [town.department.id]


def test_the_answer_to_a_known_number_is_like_any_other(town: Town) -> None:
    known, unknown = town.lena.number, number(11)
    answers = []
    for each in (known, unknown):
        form = {
            **PERSON, "identity_number": each, "organisation_id": str(town.places["mill"]),
        }  # fmt: skip
        answers.append(client().post(routes.APPLY_PERSON, data=form))
    with transaction() as session:
        rows = session.exec(select(Application).order_by(col(Application.id).desc())).all()[:2]
        bare = [
            answer.text.replace(row.number, "N")
            for answer, row in zip(answers, reversed(rows), strict=True)
        ]
        assert bare[0] == bare[1]
        views = [
            receipts.get_receipt(session, ANONYMOUS, number=row.number) for row in reversed(rows)
        ]
        assert (views[0].turn, views[0].status) == (views[1].turn, views[1].status)
        # Neither has an account because of it.
        hashed = {row.identity_hash for row in rows}
        found = session.exec(select(Person.id).where(col(Person.identity_hash).in_(hashed))).all()
        assert found == [town.lena.id]
    assert {answer.status_code for answer in answers} == {200}


def test_a_form_sent_again_after_a_lost_answer_is_one_application(town: Town) -> None:
    form = {
        **PERSON, "identity_number": number(14), "organisation_id": str(town.places["mill"]),
        "request_key": "k" * 32,
    }  # fmt: skip
    first, again = (client().post(routes.APPLY_PERSON, data=form) for _ in range(2))
    assert first.status_code == 200
    assert first.json() == again.json()
    other = client().post(routes.APPLY_PERSON, data=form | {"request_key": "m" * 32})
    assert other.json() != first.json()
    assert _kept_of(first) == _kept_of(other) == 1
    # A key of another kind of form finds nothing.
    assert client().post(routes.APPLY_ORGANISATION, data=form).status_code == 422


def _kept_of(answer: Any) -> int:
    receipt = answer.json()["next"].partition("?n=")[2].partition("&")[0]
    with transaction() as session:
        return len(session.exec(select(Application).where(Application.number == receipt)).all())


def test_every_fault_of_a_form_is_told_at_once(town: Town) -> None:
    form = {"identity_number": "1", "name": "", "mobile": "x", "new_password": "1"}
    answer = client().post(routes.APPLY_PERSON, data=form)
    assert answer.status_code == 422
    assert answer.json()["fields"].keys() == {
        "identity_number", "name", "mobile", "organisation_id", "field", "title_series",
        "title_level", "education", "post", "new_password", "new_password_again",
    }  # fmt: skip


def test_registrations_have_an_end(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttles, "APPLY", throttles.Limit("apply", "1/hour", "提交过于频繁"))
    form = {**PERSON, "organisation_id": str(town.places["mill"])}
    answers = [
        client().post(routes.APPLY_PERSON, data={**form, "identity_number": number(day)})
        for day in (12, 13)
    ]
    assert [answer.status_code for answer in answers] == [200, 429]


def _knock(path: str, announced: int, sends: int = 0) -> tuple[int | None, int]:
    """The refusal of a post, if any, and how much of its body was read before it."""
    sent: list[Any] = []
    reached: list[int] = []

    async def inner(_scope: Any, receive: Any, _send: Any) -> None:
        reached.append(0)
        while sends and reached[0] < sends:
            reached[0] += len((await receive())["body"])

    async def receive() -> dict[str, Any]:
        size = min(sends, 1024 * 1024)
        return {"type": "http.request", "body": b"x" * size, "more_body": True}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": "POST", "path": path, "client": ("9.9.9.9", 1),
        "headers": [(b"content-length", str(announced).encode())],
    }  # fmt: skip
    asyncio.run(Door(inner)(scope, receive, send))
    if reached:
        return None, reached[0]
    return sent[0]["status"], 0
