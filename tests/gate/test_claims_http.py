"""Claims over plain HTTP: kept, sent in, files taken off, by their owner and nobody else."""

import io
from itertools import count
from typing import Any

import pytest
from PIL import Image
from sqlmodel import select
from starlette.applications import Starlette
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from rxapp import clock, routes
from rxapp.adapters.database import transaction
from rxapp.gate import cookies
from rxapp.gate.door import Door
from rxapp.http import claims as site
from rxapp.http import evidence
from rxapp.models.claims import Claim, ClaimDecision, ClaimFile
from rxapp.rules.claims import Status
from rxapp.rules.permissions import LEARNER
from rxapp.services import claims
from rxapp.services.actors import Actor
from tests.gate.cast import Inhabitant, Town, contents, sign_in, spoil

TYPED = {"title": "样例职业资格", "earned_on": f"{clock.today().year}-01-05"}
RUBBISH = ("", "x", "-1", "1e22", "9" * 30, "٣", "1.0", "null", "NaN")
_shades = count(1)


def client(who: Inhabitant | None = None, cookie: str = "") -> TestClient:
    """A browser before the door, signed in as somebody or nobody."""
    door: Any = Door(Starlette(routes=[*site.ROUTES, *evidence.ROUTES]))
    token = cookie or (sign_in(who) if who else "")
    return TestClient(door, cookies={cookies.session_cookie(): token} if token else {})


def draft(who: Inhabitant) -> int:
    with transaction(write=True) as session:
        person = Actor(LEARNER, person_id=who.id, activated=True)
        return claims.begin(session, person, rule_key="qualification")


def version(claim: int) -> int:
    with transaction() as session:
        return session.get_one(Claim, claim).version


def photograph() -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (60, 40 + next(_shades)), "white").save(written, "JPEG")
    return written.getvalue()


def upload(browser: TestClient, claim: int | str, need: str = "certificate") -> Any:
    address = f"{routes.CLAIM_UPLOAD}?claim={claim}&need={need}"
    return browser.post(
        address, data={"purpose": "claim"}, files={"file": ("证.jpg", photograph())}
    )


def save(browser: TestClient, claim: int | str, at: int | str, **typed: str) -> Any:
    form = {"claim": str(claim), "version": str(at), **typed}
    return browser.post(routes.CLAIM_SAVE, data=form)


def submit(browser: TestClient, claim: int | str, at: int | str, **typed: str) -> Any:
    form = {"claim": str(claim), "version": str(at), **typed}
    return browser.post(routes.CLAIM_SUBMIT, data=form)


def test_its_owner_keeps_proves_and_sends_a_claim(town: Town) -> None:
    browser, claim = client(town.lena), draft(town.lena)
    kept = save(browser, claim, 1, **TYPED)
    assert kept.json() == {"ok": True, "version": 2}
    assert upload(browser, claim).json() == {"ok": True}
    sent = submit(browser, claim, 2, **TYPED)
    assert sent.json() == {"ok": True, "next": f"/claims/{claim}?new=1"}
    # The answer was lost: the same press again is the same claim.
    assert submit(browser, claim, 2, **TYPED).json() == sent.json()
    with transaction() as session:
        row = session.get_one(Claim, claim)
        said = session.exec(select(ClaimDecision).where(ClaimDecision.claim_id == claim)).all()
    assert (row.status, len(said)) == (Status.SUBMITTED, 1)
    late = save(browser, claim, row.version, title="改名")
    assert (late.status_code, version(claim)) == (409, row.version)


def test_what_was_typed_is_kept_although_it_cannot_be_sent(town: Town) -> None:
    browser, claim = client(town.olga), draft(town.olga)
    answer = submit(browser, claim, 1, title="只有名称")
    assert answer.status_code == 422
    assert {"earned_on", "file_certificate"} <= answer.json()["fields"].keys()
    assert answer.json()["version"] == 2
    with transaction() as session:
        assert session.get_one(Claim, claim).typed == {"title": "只有名称"}


def test_of_two_windows_the_second_changes_nothing(town: Town) -> None:
    browser, claim = client(town.olga), draft(town.olga)
    at = version(claim)
    assert save(browser, claim, at, title="第一").json()["ok"]
    second = save(browser, claim, at, title="第二")
    assert second.status_code == 409
    assert "已在别处修改" in second.json()["message"]
    with transaction() as session:
        assert session.get_one(Claim, claim).typed["title"] == "第一"


@pytest.mark.parametrize(
    ("key", "status"),
    [("", 401), ("olga", 404), ("clerk", 404), ("department", 404), ("city", 404),
     ("fresh", 403), ("ended", 401)],
)  # fmt: skip
def test_nobody_else_reaches_a_draft(town: Town, key: str, status: int) -> None:
    claim = draft(town.lena)
    own = client(town.lena)
    assert upload(own, claim).json()["ok"]
    with transaction() as session:
        file = session.exec(select(ClaimFile.evidence_id).where(ClaimFile.claim_id == claim)).one()
    if key == "ended":
        cookie = sign_in(town.lena)
        spoil(cookie, ended_at=clock.now())
        other = client(cookie=cookie)
    else:
        other = client(town.people[key] if key else None)
    before = contents()
    with capture_logs() as logs:
        answers = [
            save(other, claim, version(claim), title="别人"), submit(other, claim, version(claim)),
            upload(other, claim),
            other.post(routes.CLAIM_DETACH, data={"claim": str(claim), "evidence": str(file)}),
        ]  # fmt: skip
    assert [answer.status_code for answer in answers] == [status] * 4
    assert contents() == before
    assert sum(log["event"] == "refused" for log in logs) == 4
    # What is not there looks the same as what is somebody else's.
    missing = save(other, 999_999, 1, title="没有")
    assert (missing.status_code, missing.json()) == (status, answers[0].json())
    taken = own.post(routes.CLAIM_DETACH, data={"claim": str(claim), "evidence": str(file)})
    assert taken.json() == {"ok": True}
    assert contents() != before


@pytest.mark.parametrize("word", RUBBISH)
def test_rubbish_for_numbers_changes_nothing(town: Town, word: str) -> None:
    browser, claim = client(town.lena), draft(town.lena)
    before = contents()
    for answer in (
        save(browser, word, 1, title="x"), save(browser, claim, word, title="x"),
        submit(browser, word, 1), upload(browser, word), upload(browser, claim, need=word),
        browser.post(routes.CLAIM_DETACH, data={"claim": word, "evidence": "1"}),
    ):  # fmt: skip
        assert answer.status_code in (404, 409, 422), answer.text
    assert contents() == before


@pytest.mark.parametrize("hours", ["1e22", "NaN", "-5", "", "1.25", "0", "999999999999"])
def test_hours_over_the_wire_are_hours_or_refused(town: Town, hours: str) -> None:
    with transaction(write=True) as session:
        person = Actor(LEARNER, person_id=town.lena.id, activated=True)
        claim = claims.begin(session, person, rule_key="other_training")
    answer = submit(client(town.lena), claim, version(claim), **TYPED, filed=hours, days="1")
    assert answer.status_code == 422
    assert "filed" in answer.json()["fields"], answer.json()


def test_a_foreign_page_sends_nothing(town: Town) -> None:
    browser, claim = client(town.lena), draft(town.lena)
    before = contents()
    answer = browser.post(
        routes.CLAIM_SAVE, data={"claim": str(claim), "version": "1", "title": "x"},
        headers={"Origin": "https://example.com"},
    )  # fmt: skip
    assert (answer.status_code, contents()) == (403, before)
