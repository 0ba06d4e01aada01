"""Proofs of claims over plain HTTP: hostile files, and every identity at every part of every file.

Beside each denial stands the same request by whoever may; what is not yours is answered like what
does not exist, byte for byte.
"""

import hashlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

import pikepdf
import pytest
from PIL import Image
from sqlmodel import Session, col, select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from rxapp import clock, routes
from rxapp.adapters import file_store
from rxapp.adapters.database import transaction
from rxapp.gate import cookies
from rxapp.gate.door import Door
from rxapp.gate.headers import SecurityHeaders
from rxapp.http import claims as claims_http
from rxapp.http import evidence as evidence_http
from rxapp.models.applications import Evidence
from rxapp.models.claims import Claim, ClaimFile
from rxapp.models.people import Person
from rxapp.rules import identity
from rxapp.rules.claims import POINTS, Status, Step
from rxapp.rules.permissions import Capacity
from rxapp.services import claim_reviews, claims, evidence, organisations, people, sign_ins
from rxapp.services.actors import SYSTEM
from tests import hostile
from tests.gate.cast import Inhabitant, Town, sign_in, spoil
from tests.hostile import Hostile

NEED = "certificate"
NOT_THERE = 999_999
PARTS = ("preview", "file", "page-1")
# Who else lives in the town: name, where, in what capacity.
MORE = {
    "colleague": ("宇文商陆", "mill", None),
    "other_department": ("长孙半枝", "other_guild", Capacity.DEPARTMENT),
    "other_county": ("公冶川芎", "other_county", Capacity.COUNTY_BUREAU),
    "panel": ("漆雕当归", "panel", Capacity.TITLE_PANEL),
}

_colours = count(1)


@pytest.fixture(scope="module")
def wide(town: Town) -> Town:
    """The town with a second county, a second department and those who review titles."""
    with transaction(write=True) as session:
        for key, above, capacity in (
            ("other_guild", "county", Capacity.DEPARTMENT),
            ("other_county", "city", Capacity.COUNTY_BUREAU),
            ("panel", "city", Capacity.TITLE_PANEL),
        ):
            town.places[key] = organisations.add_organisation(
                session, SYSTEM, name=f"样例{key}", capacities=frozenset({capacity}),
                parent_id=town.places[above],
            )  # fmt: skip
        for place, (key, (name, home, capacity)) in enumerate(MORE.items()):
            town.people[key] = _settled(session, town, key, place, name, home, capacity)
    return town


def _settled(
    session: Session, town: Town, key: str, place: int, name: str, home: str,
    capacity: Capacity | None,
) -> Inhabitant:  # fmt: skip
    first = f"37080219660{place + 1}1500{place}"
    number = first + identity.identity_check_character(first)
    collected = people.CollectedPerson(
        identity_number=number, name=name, mobile=f"1540001000{place}",
        organisation_id=town.places[home], owes_from=2020,
    )  # fmt: skip
    id = people.collect_person(session, SYSTEM, person=collected) or 0
    session.get_one(Person, id).activated_at = clock.now()
    if capacity is not None:
        people.add_clerk(
            session, SYSTEM, person_id=id, organisation_id=town.places[home], begun=True
        )
    held = frozenset({capacity}) if capacity else frozenset()
    return Inhabitant(key, id, name, number, "", held)


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return tmp_path_factory.mktemp("client")


@pytest.fixture
def knock(build: Any) -> Callable[[str], TestClient]:
    """A browser before the whole front of the house, with a sign-in or none."""

    def come(cookie: str) -> TestClient:
        inner = Door(Starlette(routes=[*evidence_http.ROUTES, *claims_http.ROUTES]))
        site: Any = SecurityHeaders(inner, build=build)
        return TestClient(site, cookies={cookies.session_cookie(): cookie} if cookie else {})

    return come


def use(who: Inhabitant, use_case: Any, **given: Any) -> Any:
    cookie = sign_in(who)
    with transaction(write=True) as session:
        return use_case(session, sign_ins.find_actor(session, cookie), **given)


def row_of(id: int) -> Claim:
    with transaction() as session:
        return session.get_one(Claim, id)


def photograph() -> bytes:
    """A picture that was never sent before."""
    return hostile.encoded(Image.new("RGB", (60 + next(_colours), 40), "white"), "PNG")


def upload(browser: TestClient, claim: int, content: bytes, name: str = "证.png") -> Any:
    return browser.post(
        f"{routes.CLAIM_UPLOAD}?claim={claim}&need={NEED}",
        data={"purpose": "claim"}, files={"file": (name, content)},
    )  # fmt: skip


def detach(browser: TestClient, claim: int, file: int) -> Any:
    return browser.post(routes.CLAIM_DETACH, data={"claim": f"{claim}", "evidence": f"{file}"})


def newest(claim: int) -> Evidence | None:
    with transaction() as session:
        return session.exec(
            select(Evidence)
            .join(ClaimFile, col(ClaimFile.evidence_id) == Evidence.id)
            .where(ClaimFile.claim_id == claim)
            .order_by(col(Evidence.id).desc())
        ).first()


def draft(owner: Inhabitant, title: str) -> int:
    id = use(owner, claims.begin, rule_key="qualification")
    typed = {"title": title, "earned_on": f"{clock.today().year}-01-05"}
    use(owner, claims.save, claim_id=id, typed=typed, version=row_of(id).version)
    return id


# Hostile files


@pytest.fixture(scope="module")
def receiving(wide: Town) -> int:
    """A draft that is sent everything."""
    return draft(wide.lena, "收件")


def require_safe(answer: Any, media_type: str) -> None:
    """Shown in place, as what it is, with nothing allowed in it."""
    assert answer.status_code == 200
    assert answer.headers.get_list("content-type") == [media_type]
    assert answer.headers.get_list("content-security-policy") == ["default-src 'none'; sandbox"]
    assert answer.headers.get_list("x-content-type-options") == ["nosniff"]
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["cache-control"] == "private, no-store"
    begins = {"image/jpeg": b"\xff\xd8\xff", "application/pdf": b"%PDF-"}[media_type]
    assert answer.content.startswith(begins)
    assert hostile.SCRIPT not in answer.content


@pytest.mark.parametrize("sent", hostile.FILES, ids=[each.key for each in hostile.FILES])
def test_no_hostile_file_is_taken_or_served_as_a_page(
    wide: Town, knock: Any, receiving: int, sent: Hostile
) -> None:
    browser = knock(sign_in(wide.lena))
    answer = upload(browser, receiving, sent.make(), sent.name)
    if sent.refusal == hostile.LARGE:
        # The door does not even read it.
        assert answer.status_code == 413
        assert newest(receiving) is None
        return
    if sent.refusal:
        assert answer.status_code == 422
        assert answer.json()["fields"]["file"].startswith(sent.refusal)
        assert newest(receiving) is None
        return
    assert answer.json() == {"ok": True}
    kept = newest(receiving)
    assert kept is not None
    file = kept.id or 0
    require_safe(browser.get(routes.evidence_file(file, "preview")), "image/jpeg")
    whole = browser.get(routes.evidence_file(file, "file"))
    require_safe(whole, kept.media_type)
    assert whole.headers["content-disposition"].startswith("inline; filename*=utf-8''")
    for page in {1, kept.pages}:
        require_safe(browser.get(routes.evidence_file(file, f"page-{page}")), "image/jpeg")
    assert browser.get(routes.evidence_file(file, f"page-{kept.pages + 1}")).status_code == 404
    assert detach(browser, receiving, file).json() == {"ok": True}
    # Taken off, it is gone from the disk as well.
    assert not list(evidence.folder().glob(f"*/{kept.file}"))


def test_what_somebody_else_removed_at_that_moment_is_there_again(
    wide: Town, knock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same bytes, wanted gone by whoever sent them before: nobody saw this row yet."""
    id = draft(wide.lena, "再传一次的")
    keep = evidence.keep

    def keep_and_lose(*args: Any, **given: Any) -> Any:
        kept, made = keep(*args, **given), given["made"]
        for content, suffix in ((made.content, made.suffix), (made.preview, ".jpg")):
            name = f"{hashlib.sha256(content).hexdigest()}{suffix}"
            file_store.remove(name, root=evidence.folder())
        return kept

    monkeypatch.setattr(evidence, "keep", keep_and_lose)
    assert upload(knock(sign_in(wide.lena)), id, photograph()).json() == {"ok": True}
    licence = {"purpose": "licence"}, {"file": ("证照.png", photograph())}
    sent = knock("").post(routes.EVIDENCE_UPLOAD, data=licence[0], files=licence[1])
    assert sent.status_code == 200
    with transaction() as session:
        rows = session.exec(select(Evidence).order_by(col(Evidence.id).desc()).limit(2)).all()
    names = [name for row in rows for name in (row.file, row.preview)]
    assert len(names) == 4
    assert all(file_store.is_there(name, root=evidence.folder()) for name in names)


@pytest.mark.parametrize("name", hostile.NAMES, ids=range(len(hostile.NAMES)))
def test_a_name_is_a_name_and_nothing_else(
    wide: Town, receiving: int, knock: Any, name: str
) -> None:
    source = photograph()
    made = evidence_http.evidence_files.accept(source)
    file = use(
        wide.lena, claims.keep_file, claim_id=receiving, need=NEED, name=name, source=source,
        made=made,
    )  # fmt: skip
    kept = newest(receiving)
    assert kept is not None
    assert kept.name == hostile.NAMES[name]
    # It lies under the digest of its bytes, whatever it was called.
    assert file_store.is_sound(kept.file, root=evidence.folder())
    said = knock(sign_in(wide.lena)).get(routes.evidence_file(file, "file")).headers
    assert said["content-disposition"].count(";") == 1
    assert "passwd" not in said["content-disposition"]
    assert "set-cookie" not in said
    detach(knock(sign_in(wide.lena)), receiving, file)


def test_the_same_file_twice_is_told_and_kept_once(wide: Town, knock: Any, receiving: int) -> None:
    browser, content = knock(sign_in(wide.lena)), photograph()
    assert upload(browser, receiving, content).json() == {"ok": True}
    again = upload(browser, receiving, content, "另一个名字.png")
    assert again.status_code == 409
    assert "已经上传过" in again.json()["message"]
    kept = newest(receiving)
    assert kept is not None
    assert detach(browser, receiving, kept.id or 0).json() == {"ok": True}
    assert newest(receiving) is None


def test_nine_files_and_no_more(wide: Town, knock: Any) -> None:
    id, browser = draft(wide.lena, "九份材料"), knock(sign_in(wide.lena))
    answers = [upload(browser, id, photograph()) for _ in range(claims.MOST_FILES + 1)]
    assert [each.status_code for each in answers] == [200] * claims.MOST_FILES + [409]
    assert "最多上传9份" in answers[-1].json()["message"]
    with transaction() as session:
        links = session.exec(select(ClaimFile).where(ClaimFile.claim_id == id)).all()
    assert len(links) == claims.MOST_FILES


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 404), ("claim=1e3&need=certificate", 404), ("claim=-1&need=certificate", 404),
        ("claim=٣&need=certificate", 404), ("claim=" + "9" * 40 + "&need=certificate", 404),
        ("claim={id}&need=", 404), ("claim={id}&need=..%2F..", 404),
        ("claim={id}&need=" + "x" * 900, 404), ("claim={id}&need=other", 200),
    ],
)  # fmt: skip
def test_a_file_for_what_there_is_not_finds_no_place(
    wide: Town, knock: Any, receiving: int, query: str, status: int
) -> None:
    browser = knock(sign_in(wide.lena))
    asked = f"{routes.CLAIM_UPLOAD}?{query.format(id=receiving)}"
    given = {"data": {"purpose": "claim"}, "files": {"file": ("证.png", photograph())}}
    assert browser.post(asked, **given).status_code == status
    if status == 200:
        kept = newest(receiving)
        assert kept is not None
        detach(browser, receiving, kept.id or 0)
    assert newest(receiving) is None


# Every identity at every part of every file


@dataclass(frozen=True)
class Proved:
    """A claim and its file."""

    claim: int
    file: int


def _at(town: Town, knock: Any, status: str) -> Proved:
    id = draft(town.lena, f"{status}的一项")
    assert upload(knock(sign_in(town.lena)), id, photograph()).status_code == 200
    kept = newest(id)
    assert kept is not None
    if status in ("entered", "unconfirmed"):
        with transaction(write=True) as session:
            row = session.get_one(Claim, id)
            row.status, row.entered_by = STANDS[status][0], town.clerk.id
    elif status != "draft":
        use(town.lena, claims.submit, claim_id=id, version=row_of(id).version)
    decides = {"authority": [town.clerk], "granted": [town.clerk, town.department]}
    for clerk in decides.get(status, []):
        row = row_of(id)
        use(
            clerk, claim_reviews.decide, claim_id=id, act="pass", version=row.version,
            points=tuple(POINTS[row.step]),
        )  # fmt: skip
    if status == "returned":
        use(
            town.clerk, claim_reviews.decide, claim_id=id, act="return", note="看不清",
            version=row_of(id).version,
        )  # fmt: skip
    if status == "withdrawn":
        use(town.lena, claims.withdraw, claim_id=id, version=row_of(id).version)
    return Proved(id, kept.id or 0)


STANDS = {
    "draft": (Status.DRAFT, Step.PERSON), "entered": (Status.DRAFT, Step.PERSON),
    "unconfirmed": (Status.UNCONFIRMED, Step.PERSON),
    "employer": (Status.SUBMITTED, Step.EMPLOYER), "authority": (Status.SUBMITTED, Step.AUTHORITY),
    "returned": (Status.RETURNED, Step.PERSON), "granted": (Status.GRANTED, Step.DONE),
    "withdrawn": (Status.WITHDRAWN, Step.DONE),
}  # fmt: skip
# In whose hand it can be changed: one that a clerk enters is not yet the person's.
EDITORS = {"draft": "lena", "entered": "clerk", "unconfirmed": "lena", "returned": "lena"}
# Who sees the proofs of what was not yet sent in.
SEEN_BEFORE = {"draft": {"lena"}, "entered": {"clerk"}, "unconfirmed": {"lena", "clerk"}}
# Who sees the proofs of what was sent in, beside the owner: whoever answers for it, and above.
OFFICES = ("clerk", "department", "county", "city")
# Who never does.
STRANGERS = (
    "colleague", "other_clerk", "other_department", "other_county", "panel", "teacher", "former",
    "two_offices", "city_bare",
)  # fmt: skip
# Who has no sign-in that counts, and what a form says to them.
NOBODIES = {"nobody": 401, "half": 403, "ended": 401, "owner_ended": 401, "rubbish": 401}


def _cookies(town: Town) -> Iterator[tuple[str, str]]:
    for key in ("lena", *OFFICES, *STRANGERS):
        if key != "city_bare":
            yield key, sign_in(town.people[key])
    yield "city_bare", sign_in(town.city, factor=False)
    yield "half", sign_in(town.guarded, factor=False)
    for key, person in (("ended", town.clerk), ("owner_ended", town.lena)):
        cookie = sign_in(person)
        spoil(cookie, ended_at=clock.now())
        yield key, cookie
    yield from (("nobody", ""), ("rubbish", "x" * 43))


def _bare(answer: Any) -> tuple[int, bytes, dict[str, str]]:
    """All of an answer that could tell one refusal from another."""
    return answer.status_code, answer.content, dict(answer.headers)


@pytest.mark.parametrize("status", STANDS)
def test_files_are_for_the_owner_and_whoever_answers_for_them(
    wide: Town, knock: Any, status: str
) -> None:
    proved = _at(wide, knock, status)
    stands = row_of(proved.claim)
    assert (stands.status, stands.step) == STANDS[status]
    seen = SEEN_BEFORE.get(status, {"lena", *OFFICES})
    for key, cookie in _cookies(wide):
        browser = knock(cookie)
        for part in PARTS:
            answer = browser.get(routes.evidence_file(proved.file, part))
            if key in seen:
                require_safe(answer, "image/jpeg")
                continue
            assert answer.status_code == 404, (key, part)
            assert answer.headers["content-type"] == "application/json"
            assert _bare(answer) == _bare(browser.get(routes.evidence_file(NOT_THERE, part)))


@pytest.mark.parametrize("status", STANDS)
def test_files_are_added_and_taken_off_by_the_owner_alone(
    wide: Town, knock: Any, status: str
) -> None:
    proved = _at(wide, knock, status)
    before, editor = _files(proved.claim), EDITORS.get(status, "lena")
    for key, cookie in _cookies(wide):
        browser = knock(cookie)
        # The owner of another claim reaches no further with a file that is not of it.
        for ask in (
            lambda claim, browser=browser: upload(browser, claim, photograph()),
            lambda claim, browser=browser: detach(browser, claim, proved.file),
        ):
            if key == editor:
                continue
            answer = ask(proved.claim)
            assert answer.status_code == NOBODIES.get(key, 404), (key, answer.text)
            assert _bare(answer) == _bare(ask(NOT_THERE))
        assert _files(proved.claim) == before
    owner, allowed = knock(sign_in(wide.people[editor])), status in EDITORS
    assert upload(owner, proved.claim, photograph()).status_code == (200 if allowed else 409)
    assert len(_files(proved.claim)) == len(before) + allowed
    assert detach(owner, proved.claim, proved.file).status_code == (200 if allowed else 409)
    assert (proved.file in _files(proved.claim)) is not allowed
    gone = owner.get(routes.evidence_file(proved.file, "file"))
    assert gone.status_code == (404 if allowed else 200)


def _files(claim: int) -> list[int]:
    with transaction() as session:
        return list(
            session.exec(select(ClaimFile.evidence_id).where(ClaimFile.claim_id == claim)).all()
        )


def test_a_file_of_one_claim_is_not_taken_off_by_way_of_another(wide: Town, knock: Any) -> None:
    proved = _at(wide, knock, "draft")
    own = draft(wide.olga, "自己的一项")
    assert detach(knock(sign_in(wide.olga)), own, proved.file).json() == {"ok": True}
    assert _files(proved.claim) == [proved.file]
    browser = knock(sign_in(wide.lena))
    assert browser.get(routes.evidence_file(proved.file, "file")).status_code == 200


def test_pages_of_a_document_are_for_whoever_may_see_it(wide: Town, knock: Any) -> None:
    id, owner = draft(wide.lena, "三页的一项"), knock(sign_in(wide.lena))
    assert upload(owner, id, hostile.saved(hostile.pages(3)), "三页.pdf").json() == {"ok": True}
    kept = newest(id)
    assert kept is not None
    pages = [owner.get(routes.evidence_file(kept.id or 0, f"page-{n}")) for n in (1, 2, 3)]
    assert len({page.content for page in pages}) == 3
    for page in pages:
        require_safe(page, "image/jpeg")
    for odd in ("page-4", "page-0", "page-٣", "page-1e1", "page--1", "page-1000", "pages", "x"):
        assert owner.get(routes.evidence_file(kept.id or 0, odd)).status_code == 404
    with pikepdf.open(io.BytesIO(owner.get(routes.evidence_file(kept.id or 0, "file")).content)):
        pass
