"""Certificates: one per state of the ledger, checked by anyone, telling only what they print."""

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import date
from hashlib import sha256
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from threading import Event
from time import sleep
from urllib.parse import parse_qs, urlsplit

import pypdfium2
import pytest
from pyhanko.pdf_utils.reader import PdfFileReader
from sqlalchemy import Engine, update
from sqlmodel import Session, col, select

from rxapp.adapters import file_store
from rxapp.adapters.certificate_facts import digest
from rxapp.adapters.database import transaction
from rxapp.adapters.signing_keys import generate_keys
from rxapp.errors import Conflict, Invalid, NotFound, NotPermitted, NotSignedIn
from rxapp.models.audit import AuditEvent
from rxapp.models.certificates import Certificate, CertificateStatus
from rxapp.models.credits import YearTotal
from rxapp.models.organisations import Organisation
from rxapp.models.people import Person
from rxapp.rules import certificate_numbers, identity
from rxapp.rules.hours import Hours
from rxapp.rules.permissions import Capacity
from rxapp.rules.subjects import Subject
from rxapp.services import (
    certificate_checks,
    certificate_register,
    certificate_status,
    certificates,
    credits,
    standings,
)
from rxapp.services.actors import ANONYMOUS, SYSTEM, Actor
from rxapp.services.certificate_checks import CheckView
from rxapp.services.certificates import CertificateView, Draft
from rxapp.settings import settings
from tests.factories import Clock, at_once, make_actor, make_person, run

# What does not depend on the kind of database is tried on the embedded one only.
embedded = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

ADDRESS = "https://certificates.example.org"
SEVENTEEN = "37080219850307123"
NUMBER = SEVENTEEN + identity.identity_check_character(SEVENTEEN)
MASK = identity.mask_identity(NUMBER)

COMPLETE = (
    (Subject.PUBLIC_REQUIRED, "20", "职业道德和能力建设"),
    (Subject.PUBLIC_ELECTIVE, "10.5", "信息化及网络安全"),
    (Subject.PROFESSIONAL, "61", "装配式混凝土结构施工技术"),
)
SHORT = (*COMPLETE[:2], (Subject.PROFESSIONAL, "59.9", "装配式混凝土结构施工技术"))


@pytest.fixture(autouse=True)
def installation(tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data directory of this test's own, with real (not sample) keys."""
    monkeypatch.setenv("RXAPP_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("RXAPP_PUBLIC_URL", ADDRESS)
    settings.cache_clear()
    make_keys(clock, sample=False)
    yield tmp_path
    settings.cache_clear()


@pytest.fixture
def unprinted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages that hold their number only: drawing one takes longer than all the rest."""
    monkeypatch.setattr(certificates, "render_pdf", lambda facts: b"%PDF " + facts.number.encode())
    monkeypatch.setattr(certificates, "sign_pdf", lambda pdf, *_, **__: pdf)


@pytest.fixture
def lin(city: Engine) -> Actor:
    """A professional with a known number, hours owed from 2016 on, and none earned."""
    return make_professional(city, "林䶮样")


def make_professional(engine: Engine, name: str, **columns: object) -> Actor:
    columns = {"owes_from": 2016, "title_series": "工程技术", "title_level": "副高级"} | columns
    with transaction(write=True, on=engine) as session:
        person = make_person(session, name, **columns)
        person.identity_mask = MASK
        return make_actor(session, person)


def make_keys(clock: Clock, *, sample: bool) -> str:
    return generate_keys(
        settings().keys_dir, common_name=settings().bureau_name, sample=sample, now=clock.real
    )


def earn(
    engine: Engine, actor: Actor, subject: Subject, hours: str, title: str, year: int = 2020
) -> int:
    return run(
        engine, credits.grant, SYSTEM, person_id=actor.person_id, year=year, subject=subject,
        hours=Hours.of(hours), source_kind="course", source_key=f"course:{year}:{title}",
        title=title, rule="course/1", earned_on=date(year, 8, 1),
    )  # fmt: skip


def earn_all(engine: Engine, actor: Actor, lines: tuple = COMPLETE) -> list[int]:
    return [earn(engine, actor, *line) for line in lines]


def prepare(engine: Engine, actor: Actor, year: int = 2020) -> Draft | CertificateView:
    with transaction(on=engine) as session:
        return certificates.prepare(session, actor, year=year)


def finish(engine: Engine, actor: Actor, draft: Draft) -> CertificateView:
    file = certificates.render(draft)
    return run(engine, certificates.issue, actor, draft=draft, file=file)


def press(engine: Engine, actor: Actor, year: int = 2020) -> CertificateView:
    """The whole of one press of the button."""
    made = prepare(engine, actor, year)
    return finish(engine, actor, made) if isinstance(made, Draft) else made


def check(engine: Engine, number: str, signature: str | None = None) -> CheckView:
    with transaction(on=engine) as session:
        return certificate_checks.check(session, ANONYMOUS, number=number, signature=signature)


def stored(engine: Engine) -> list[Certificate]:
    with transaction(on=engine) as session:
        return list(session.exec(select(Certificate).order_by(col(Certificate.id))).all())


def document(engine: Engine, actor: Actor, number: str) -> bytes:
    with transaction(on=engine) as session:
        found = certificates.get_file(session, actor, number=number)
    return file_store.find(found.file).read_bytes()


def page_of(pdf: bytes) -> str:
    return "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf))


def code_of(pdf: bytes) -> str:
    """The address behind the QR code, which is a link as well."""
    links = (
        note.get_object()
        for note in PdfFileReader(BytesIO(pdf)).root["/Pages"]["/Kids"][0]["/Annots"]
    )
    return next(str(note["/A"]["/URI"]) for note in links if "/A" in note)


def reverse(engine: Engine, credit_id: int, person: Actor, year: int = 2020) -> None:
    """Take a credit back and with it what was certified, in one transaction."""

    def both(session: Session, actor: Actor) -> None:
        credits.reverse(session, actor, credit_id=credit_id, reason_code="false_claim")
        refresh(session, actor, person, year)

    run(engine, both, SYSTEM)


def refresh(session: Session, actor: Actor, person: Actor, year: int = 2020) -> int:
    return certificate_status.refresh_status(
        session, actor, person_id=person.person_id or 0, year=year
    )


def actions(engine: Engine) -> list[str]:
    with transaction(on=engine) as session:
        rows = session.exec(select(AuditEvent.action).order_by(col(AuditEvent.id))).all()
    return [action for action in rows if action.startswith("certificate:")]


def tamper(engine: Engine, number: str, **changes: object) -> None:
    with transaction(write=True, on=engine) as session:
        row = session.exec(select(Certificate).where(Certificate.number == number)).one()
        for name, value in changes.items():
            setattr(row, name, value)


def test_a_complete_year_is_certified_on_paper(city: Engine, lin: Actor) -> None:
    earn_all(city, lin)
    made = press(city, lin)
    pdf = document(city, lin, made.number)
    text = page_of(pdf)
    for expected in (
        "《济宁市专业技术人员继续教育学时证明》", "林䶮样", MASK, "工程技术 副高级", "2020年度",
        made.number, "20", "10.5", "30.5", "61", "91.5", "信息化及网络安全（在线学习）",
        "达到该年度学时要求", "济宁市人力资源和社会保障局", "2020年8月1日",
    ):  # fmt: skip
        assert expected in text
    row = stored(city)[0]
    assert sha256(pdf).hexdigest() == row.file_sha256 == row.file.removesuffix(".pdf")
    assert len(PdfFileReader(BytesIO(pdf)).embedded_signatures) == 1
    assert (row.version, row.status) == (1, CertificateStatus.VALID)
    address = urlsplit(code_of(pdf))
    assert f"{address.scheme}://{address.netloc}{address.path}" == f"{ADDRESS}/verify/{made.number}"
    assert check(city, made.number, parse_qs(address.query)["s"][0]).genuine


@embedded
def test_the_check_shows_what_the_paper_shows(city: Engine, lin: Actor) -> None:
    earn_all(city, lin)
    made = press(city, lin)
    text = "".join(page_of(document(city, lin, made.number)).split())
    view = check(city, made.number)
    assert (view.genuine, view.status, view.status_at, view.sample) == (True, "有效", "", False)
    shown = [value for label, value in view.fields if label in certificates_labels()]
    assert len(shown) == len(certificates_labels())
    shown += [part for line in view.lines for part in line[:3]]
    shown += [row.earned for row in view.sums] + [row.required for row in view.sums]
    for value in shown:
        assert "".join(value.split()) in text
    assert [row.earned for row in view.sums] == ["20", "10.5", "30.5", "61", "91.5"]
    assert [row.required for row in view.sums] == ["20", "10", "30", "60", "90"]
    assert [line[1:3] for line in view.lines] == [
        ("公需必修", "20"), ("公需选修", "10.5"), ("专业", "61"),
    ]  # fmt: skip
    assert view.issued_at == "2026年3月1日 09:00"


def certificates_labels() -> set[str]:
    return {
        "证明编号",
        "姓名",
        "身份证号",
        "工作单位",
        "职称",
        "年度",
        "完成情况",
        "发证机关",
        "证明日期",
    }


@embedded
def test_the_whole_identity_number_is_nowhere(city: Engine, lin: Actor, unprinted: None) -> None:
    earn_all(city, lin)
    made = press(city, lin)
    row, view = stored(city)[0], check(city, made.number)
    said = json.dumps([row.facts, asdict(view)], ensure_ascii=False)
    assert MASK in said
    assert not any(part in said for part in (NUMBER, NUMBER[-6:], NUMBER[6:14]))
    assert view.issued_at not in json.dumps(row.facts, ensure_ascii=False)


@embedded
def test_the_whole_identity_number_is_not_in_the_file(city: Engine, lin: Actor) -> None:
    earn_all(city, lin)
    pdf = document(city, lin, press(city, lin).number)
    assert MASK in page_of(pdf)
    for hidden in (NUMBER, NUMBER[-6:]):
        assert hidden not in page_of(pdf)
        assert hidden.encode() not in pdf


@embedded
def test_an_incomplete_year_is_refused_with_what_is_missing(
    city: Engine, lin: Actor, unprinted: None
) -> None:
    earn_all(city, lin, SHORT)
    with pytest.raises(Conflict, match=r"暂时不能打印2020年度学时证明：专业科目还差 0.1 学时。"):
        prepare(city, lin)
    with pytest.raises(NotFound):
        prepare(city, lin, 2015)
    with pytest.raises(NotFound):
        prepare(city, lin, 10**30)
    assert stored(city) == []
    earn(city, lin, Subject.PROFESSIONAL, "0.1", "最后一课")
    assert press(city, lin).version == 1


@embedded
def test_only_a_learner_has_certificates(city: Engine, lin: Actor, unprinted: None) -> None:
    earn_all(city, lin)
    draft = prepare(city, lin)
    assert isinstance(draft, Draft)
    file = certificates.render(draft)
    other = make_professional(city, "旁样例")
    with pytest.raises(NotSignedIn):
        prepare(city, ANONYMOUS)
    with pytest.raises(NotPermitted):
        run(city, certificates.issue, other, draft=draft, file=file)
    swapped = replace(file, number=certificate_numbers.make(1))
    with pytest.raises(NotPermitted):
        run(city, certificates.issue, lin, draft=draft, file=swapped)
    with pytest.raises(NotPermitted):
        run(
            city, certificate_status.revoke_for_person_year, lin, person_id=lin.person_id, year=2020
        )
    assert stored(city) == []
    assert run(city, certificates.issue, lin, draft=draft, file=file).number == file.number


def test_pressing_twice_gives_the_same_file(city: Engine, lin: Actor, unprinted: None) -> None:
    earn_all(city, lin)
    first, second = press(city, lin), press(city, lin)
    assert first == second
    assert len(stored(city)) == 1
    assert actions(city) == ["certificate:issued"]


def test_two_drafts_at_once_become_one(city: Engine, lin: Actor, unprinted: None) -> None:
    earn_all(city, lin)
    drafts = [prepare(city, lin) for _ in range(2)]
    assert drafts[0] != drafts[1]
    first, second = at_once([lambda d=d: finish(city, lin, d) for d in drafts])
    assert isinstance(first, CertificateView)
    assert first == second
    assert len(stored(city)) == 1
    assert actions(city) == ["certificate:issued"]


def test_several_presses_at_once_become_one(city: Engine, lin: Actor) -> None:
    earn_all(city, lin)
    results = at_once([lambda: press(city, lin)] * 3)
    assert {type(result) for result in results} == {CertificateView}
    assert len({result.number for result in results}) == 1
    assert len(stored(city)) == 1


@embedded
def test_a_ledger_changed_while_printing_is_not_certified(
    city: Engine, lin: Actor, unprinted: None
) -> None:
    earn_all(city, lin)
    draft = prepare(city, lin)
    assert isinstance(draft, Draft)
    earn(city, lin, Subject.PROFESSIONAL, "4", "新增课程")
    with pytest.raises(Conflict, match="请重新打印"):
        finish(city, lin, draft)
    assert stored(city) == []
    assert press(city, lin).version == 1


def test_a_later_credit_makes_a_new_version(
    city: Engine, lin: Actor, clock: Clock, unprinted: None
) -> None:
    earn_all(city, lin)
    old = press(city, lin)
    before = document(city, lin, old.number)
    earn(city, lin, Subject.PROFESSIONAL, "4", "新增课程")
    assert check(city, old.number).status == "有效"
    clock.pass_(3600)
    new = press(city, lin)
    assert (new.version, new.number == old.number) == (2, False)
    view = check(city, old.number)
    assert (view.genuine, view.status) == (True, "已更新")
    assert view.status_at == "2026年3月1日 10:00"
    assert "2026年3月1日 10:00更新" in view.sentence
    assert ("更新时间", view.status_at) in view.fields
    assert [row.earned for row in view.sums][-1] == "91.5"
    assert [row.earned for row in check(city, new.number).sums][-1] == "95.5"
    assert check(city, new.number).status == "有效"
    assert document(city, lin, old.number) == before
    assert actions(city) == ["certificate:issued", "certificate:updated", "certificate:issued"]
    with transaction(on=city) as session:
        rows = certificates.list_certificates(session, lin)
    assert [(row.version, row.status) for row in rows] == [(2, "有效"), (1, "已更新")]


def test_a_new_name_title_or_employer_makes_a_new_version(
    city: Engine, lin: Actor, unprinted: None
) -> None:
    earn_all(city, lin)
    press(city, lin)
    for name, value in (("name", "林改名"), ("title_level", "正高级")):
        with transaction(write=True, on=city) as session:
            session.execute(
                update(Person).where(col(Person.id) == lin.person_id).values({name: value})
            )
        made = press(city, lin)
    assert made.version == 3
    with transaction(write=True, on=city) as session:
        home = session.get_one(Person, lin.person_id).organisation_id
        session.get_one(Organisation, home).name = "改名后的单位"
    made = press(city, lin)
    view = check(city, made.number)
    assert (made.version, view.name) == (4, "林改名")
    assert (view.employer, view.professional_title) == ("改名后的单位", "工程技术 正高级")


@embedded
def test_who_belongs_to_the_county_bureau_has_no_employer(
    city: Engine, lin: Actor, unprinted: None
) -> None:
    earn_all(city, lin)
    assert check(city, press(city, lin).number).employer.startswith("样例单位")
    with transaction(write=True, on=city) as session:
        home = session.get_one(Person, lin.person_id).organisation_id
        bureau = frozenset({Capacity.COUNTY_BUREAU})
        session.get_one(Organisation, home).capacities = bureau
    assert check(city, press(city, lin).number).employer == "无工作单位"


def test_a_reversal_that_breaks_the_year_revokes(
    city: Engine, lin: Actor, clock: Clock, unprinted: None
) -> None:
    earned = earn_all(city, lin)
    extra = earn(city, lin, Subject.PROFESSIONAL, "4", "多学的课程")
    old = press(city, lin)
    reverse(city, extra, lin)
    assert check(city, old.number).status == "已更新"
    new = press(city, lin)
    assert [line[2] for line in check(city, new.number).lines] == ["20", "10.5", "61"]
    clock.pass_(60)
    reverse(city, earned[2], lin)
    for number in (old.number, new.number):
        view = check(city, number)
        assert (view.genuine, view.status) == (True, "已撤销")
        assert "2026年3月1日 09:01撤销" in view.sentence
    with pytest.raises(Conflict, match="专业科目还差 60 学时"):
        prepare(city, lin)
    earn(city, lin, Subject.PROFESSIONAL, "60", "重新学习")
    again = press(city, lin)
    assert (again.version, check(city, again.number).status) == (3, "有效")
    assert check(city, new.number).status == "已撤销"


def test_a_reversal_is_seen_by_who_looked_before(city: Engine, lin: Actor, unprinted: None) -> None:
    earned = earn_all(city, lin)
    made = press(city, lin)

    def look_then_reverse(session: Session, actor: Actor) -> int:
        assert standings.list_standings(session, lin.person_id or 0)[2020].certifiable
        credits.reverse(session, actor, credit_id=earned[0], reason_code="false_claim")
        return refresh(session, actor, lin)

    assert run(city, look_then_reverse, SYSTEM) == 1
    assert check(city, made.number).status == "已撤销"


def test_a_reversal_never_slips_past_a_new_certificate(
    city: Engine, lin: Actor, unprinted: None
) -> None:
    earned = earn_all(city, lin)
    draft = prepare(city, lin)
    assert isinstance(draft, Draft)
    reversing = Event()

    def reverse_slowly() -> None:
        with transaction(write=True, on=city) as session:
            credits.reverse(session, SYSTEM, credit_id=earned[2], reason_code="false_claim")
            refresh(session, SYSTEM, lin)
            reversing.set()
            sleep(0.3)

    def issue_meanwhile() -> CertificateView:
        assert reversing.wait(10)
        return finish(city, lin, draft)

    _, refused = at_once([reverse_slowly, issue_meanwhile])
    assert isinstance(refused, Conflict)
    assert "还差" in refused.message
    assert stored(city) == []


def test_a_certificate_never_slips_past_a_reversal(
    city: Engine, lin: Actor, unprinted: None
) -> None:
    earned = earn_all(city, lin)
    draft = prepare(city, lin)
    assert isinstance(draft, Draft)
    file, issuing = certificates.render(draft), Event()

    def issue_slowly() -> CertificateView:
        with transaction(write=True, on=city) as session:
            made = certificates.issue(session, lin, draft=draft, file=file)
            issuing.set()
            sleep(0.3)
            return made

    def reverse_meanwhile() -> None:
        assert issuing.wait(10)
        reverse(city, earned[2], lin)

    made, _ = at_once([issue_slowly, reverse_meanwhile])
    assert check(city, made.number).status == "已撤销"


@embedded
def test_revoking_is_for_one_person_and_year(city: Engine, lin: Actor, unprinted: None) -> None:
    other = make_professional(city, "旁样例")
    made = []
    for actor in (lin, other):
        earn_all(city, actor)
        made.append(press(city, actor))
    arguments = {"person_id": lin.person_id, "year": 2020}
    assert run(city, certificate_status.revoke_for_person_year, SYSTEM, **arguments) == 1
    assert run(city, certificate_status.revoke_for_person_year, SYSTEM, **arguments) == 0
    assert [check(city, each.number).status for each in made] == ["已撤销", "有效"]
    assert actions(city).count("certificate:revoked") == 1


def test_files_and_lists_are_the_owners_only(city: Engine, lin: Actor, unprinted: None) -> None:
    earn_all(city, lin)
    made = press(city, lin)
    other = make_professional(city, "旁样例")
    assert document(city, lin, made.number) == document(city, lin, made.number.lower())
    with pytest.raises(NotFound):
        document(city, other, made.number)
    with pytest.raises(NotFound):
        document(city, lin, "../../keys")
    with pytest.raises(NotSignedIn):
        document(city, ANONYMOUS, made.number)
    with transaction(on=city) as session:
        assert certificates.list_certificates(session, other) == []
        assert [row.number for row in certificates.list_certificates(session, lin)] == [made.number]


@embedded
def test_a_number_that_was_not_issued_is_not_confirmed(
    city: Engine, lin: Actor, unprinted: None
) -> None:
    earn_all(city, lin)
    made = press(city, lin)
    assert check(city, made.number.replace("-", " ").lower()).genuine
    with pytest.raises(NotFound, match="没有查到该编号的学时证明"):
        check(city, certificate_numbers.make(12345))
    wrong = "0" if made.number[-1] != "0" else "1"
    with pytest.raises(Invalid, match="证明编号有误"):
        check(city, made.number[:-1] + wrong)
    with pytest.raises(Invalid):
        check(city, "")


@embedded
def test_an_altered_code_is_noticed(city: Engine, lin: Actor, unprinted: None) -> None:
    earn_all(city, lin)
    made = press(city, lin)
    right = stored(city)[0].signature
    assert check(city, made.number, right).genuine
    other = make_professional(city, "旁样例")
    earn_all(city, other)
    press(city, other)
    foreign = stored(city)[1].signature
    for wrong in (right[:20] + ("A" if right[20] != "A" else "B") + right[21:], foreign, "", "x"):
        with pytest.raises(Invalid, match="二维码可能被改动"):
            check(city, made.number, wrong)


def test_an_altered_record_is_not_genuine(city: Engine, lin: Actor, unprinted: None) -> None:
    earn_all(city, lin)
    made = press(city, lin)
    row = stored(city)[0]
    assert check(city, made.number).genuine
    total = {**row.facts, "earned": {**row.facts["earned"], "total": "200"}}
    for facts in (
        {**row.facts, "name": "冒名者"}, {**row.facts, "sample": True}, total,
        {**row.facts, "issued_on": "2019-01-01"}, {**row.facts, "lines": []}, {},
        {**row.facts, "lines": ["x"]}, {**row.facts, "issued_on": "昨天"},
        {**row.facts, "foreign": "x"}, {**row.facts, "name": None},
    ):  # fmt: skip
        tamper(city, made.number, facts=facts)
        view = check(city, made.number)
        assert (view.genuine, view.status, view.name, view.lines) == (False, "不符", "", ())
        assert view.sentence == certificate_checks.NOT_GENUINE
    tamper(city, made.number, facts=row.facts)
    assert check(city, made.number).genuine


@embedded
def test_an_altered_record_with_its_digest_made_anew_is_not_genuine(
    city: Engine, lin: Actor, unprinted: None
) -> None:
    earn_all(city, lin)
    made = press(city, lin)
    row = stored(city)[0]
    facts = {**row.facts, "name": "冒名者"}
    anew = digest(certificate_register.from_stored(facts)).hex()
    assert anew != row.facts_digest
    tamper(city, made.number, facts=facts, facts_digest=anew)
    assert not check(city, made.number).genuine
    tamper(city, made.number, facts=row.facts, facts_digest=row.facts_digest, year=2021)
    assert not check(city, made.number).genuine
    tamper(city, made.number, year=2020)
    assert check(city, made.number).genuine


@embedded
def test_a_record_under_anothers_number_is_not_genuine(
    city: Engine, lin: Actor, unprinted: None
) -> None:
    other = make_professional(city, "旁样例")
    for actor in (lin, other):
        earn_all(city, actor)
        press(city, actor)
    mine, theirs = stored(city)
    copied = ("facts", "facts_digest", "signature")
    tamper(city, mine.number, **{name: getattr(theirs, name) for name in copied})
    assert not check(city, mine.number).genuine
    assert check(city, theirs.number).genuine


@embedded
def test_old_certificates_outlive_their_key_and_samples_are_replaced(
    city: Engine, lin: Actor, clock: Clock, unprinted: None
) -> None:
    clock.pass_(1)
    make_keys(clock, sample=True)
    earn_all(city, lin)
    sample = press(city, lin)
    view = check(city, sample.number)
    assert view.sample
    assert "样例" in view.sentence
    clock.pass_(1)
    make_keys(clock, sample=False)
    assert check(city, sample.number).genuine
    real = press(city, lin)
    assert real.version == 2
    assert not check(city, real.number).sample
    assert "样例" not in check(city, real.number).sentence


@embedded
def test_numbers_in_a_row_are_unrelated(city: Engine, lin: Actor, unprinted: None) -> None:
    earn_all(city, lin)
    numbers = []
    for _ in range(40):
        draft = prepare(city, lin)
        assert isinstance(draft, Draft)
        numbers.append(draft.facts.number)
    assert likeness(certificate_numbers.make(7), certificate_numbers.make(8)) >= 11
    assert len(set(numbers)) == 40
    assert max(likeness(one, other) for one, other in pairwise(numbers)) <= 6


def likeness(one: str, other: str) -> int:
    """In how many of the 12 places two numbers agree."""
    kept = zip(one.replace("-", "")[:12], other.replace("-", "")[:12], strict=True)
    return sum(a == b for a, b in kept)


@embedded
def test_a_number_in_use_is_not_drawn_again(
    city: Engine, lin: Actor, unprinted: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = iter([7, 7, 8])
    monkeypatch.setattr(certificates.secrets, "randbits", lambda _bits: next(drawn))
    other = make_professional(city, "旁样例")
    for actor in (lin, other):
        earn_all(city, actor)
    assert press(city, lin).number == certificate_numbers.make(7)
    assert press(city, other).number == certificate_numbers.make(8)


def test_the_same_number_twice_is_refused_in_the_end(
    city: Engine, lin: Actor, unprinted: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(certificates.secrets, "randbits", lambda _bits: 7)
    other = make_professional(city, "旁样例")
    drafts = []
    for actor in (lin, other):
        earn_all(city, actor)
        drafts.append(prepare(city, actor))
    finish(city, lin, drafts[0])
    with pytest.raises(Conflict):
        finish(city, other, drafts[1])
    assert len(stored(city)) == 1


@embedded
def test_a_year_of_the_period_is_certified_by_the_average(city: Engine) -> None:
    fan = make_professional(city, "范样例", owes_from=2017)
    lines = {2017: "100", 2018: "90", 2019: "79.9"}
    for year, hours in lines.items():
        earn(city, fan, Subject.PROFESSIONAL, hours, f"进修{year}", year)
    with pytest.raises(Conflict, match=r"2016—2019年度合计还差 0.1 学时"):
        prepare(city, fan, 2019)
    late = earn(city, fan, Subject.PUBLIC_REQUIRED, "0.1", "公需补学", 2019)
    made = press(city, fan, 2019)
    text = page_of(document(city, fan, made.number))
    for expected in (
        "范样例",
        "2019年度",
        "80",
        "2017—2019年度合计270学时，平均每年90学时",
        "进修2019",
    ):
        assert expected in text
    assert "进修2017" not in text
    view = check(city, made.number)
    assert (
        view.requirement
        == "2019年度完成继续教育80学时，2017—2019年度平均每年不少于90学时，达到学时要求。"
    )
    assert [row.earned for row in view.sums] == ["0.1", "0", "0.1", "79.9", "80"]
    assert {row.required for row in view.sums} == {""}
    assert ("平均学时", view.average) in view.fields
    certified = [made, press(city, fan, 2017)]
    reverse(city, late, fan, 2019)
    assert {check(city, each.number).status for each in certified} == {"已撤销"}


@embedded
def test_hours_of_another_year_of_the_period_make_a_new_version(
    city: Engine, unprinted: None
) -> None:
    fan = make_professional(city, "范样例", owes_from=2018)
    for year in (2018, 2019):
        earn(city, fan, Subject.PROFESSIONAL, "90", f"进修{year}", year)
    old = press(city, fan, 2019)
    earn(city, fan, Subject.PROFESSIONAL, "3", "另一年", 2018)
    new = press(city, fan, 2019)
    assert (new.version, check(city, old.number).status) == (2, "已更新")
    # A year before the first one owed counts to nobody's average.
    earn(city, fan, Subject.PROFESSIONAL, "8", "早年进修", 2016)
    assert press(city, fan, 2019) == new
    early = check(city, press(city, fan, 2016).number)
    assert early.requirement == "2016年度完成继续教育8学时，该年度不在应学年度内。"


@embedded
def test_a_ledger_at_odds_with_its_sums_is_not_certified(
    city: Engine, lin: Actor, unprinted: None
) -> None:
    earn_all(city, lin)
    with transaction(write=True, on=city) as session:
        session.execute(update(YearTotal).values(professional=Hours.of("62")))
    with pytest.raises(Conflict):
        prepare(city, lin)
    with transaction(write=True, on=city) as session:
        credits.rebuild_totals(session)
    assert press(city, lin).version == 1


@embedded
def test_what_is_recorded_holds_no_name(city: Engine, lin: Actor, unprinted: None) -> None:
    earn_all(city, lin)
    made = press(city, lin)
    with transaction(on=city) as session:
        event = session.exec(
            select(AuditEvent).where(AuditEvent.action == "certificate:issued")
        ).one()
    assert event.detail == {"person": lin.person_id, "year": 2020, "version": 1}
    assert (event.actor_id, event.object_id) == (lin.person_id, stored(city)[0].id)
    assert made.number not in json.dumps(event.detail)
