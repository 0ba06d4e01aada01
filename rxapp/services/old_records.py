"""原证书录入: the lines of one's old paper certificate, each a claim, proved by the same pages."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.errors import AppError, Conflict, Invalid, NotFound
from rxapp.models.claims import Claim
from rxapp.models.people import Person
from rxapp.rules.claims import Status
from rxapp.rules.conversions import ConversionRule
from rxapp.rules.hours import ZERO, Hours
from rxapp.rules.old_records import RULES, batch_of, pages_of
from rxapp.rules.permissions import Permission
from rxapp.rules.subjects import Subject
from rxapp.rules.windows import require_claim_may_be_submitted
from rxapp.services import (
    accounts,
    certificate_register,
    claim_drafts,
    claim_forms,
    claim_views,
    claims,
    conversion_rules,
    extensions,
)
from rxapp.services.actors import Actor
from rxapp.services.claim_views import NeedView

# What is open at a time; a certificate with more is sent in twice.
MOST_LINES, SHOWN_SENT = 40, 60
LAST_YEAR = 2019


@dataclass(frozen=True)
class OldLine:
    """One line that is being filled in: what was typed, and what it comes to so far."""

    id: int
    version: int
    place: int
    kind: str
    title: str
    earned_on: str
    filed: str
    days: str
    asks_days: bool
    words: str
    limits: list[str]


@dataclass(frozen=True)
class SentLine:
    """One line that was sent in, and how it stands."""

    id: int
    title: str
    detail: str
    status: str
    tone: str


@dataclass(frozen=True)
class OldBook:
    """All lines of the certificate, its pages, and what each year comes to in words."""

    lines: list[OldLine]
    sent: list[SentLine]
    kinds: list[tuple[str, str]]
    need: NeedView | None
    # The line whose files are shown and added to; the others share them.
    first: int
    sums: list[str]
    closed: str


@dataclass(frozen=True)
class LineResult:
    """What became of one line: sent in under a number, or kept with what is wrong."""

    id: int
    sent: bool
    said: str


def get_book(session: Session, actor: Actor) -> OldBook:
    """One's own certificate as its page shows it."""
    person = accounts.own_person(session, actor, Permission.LEARN)
    rows = _list(session, person)
    drafts = [row for row in rows if row.status is Status.DRAFT]
    sent = [row for row in rows if row.status is not Status.DRAFT][-SHOWN_SENT:]
    kinds = list_kinds(session)
    hours: dict[tuple[int, Subject], Hours] = {}
    lines = [_line(session, row, place, hours) for place, row in enumerate(drafts, start=1)]
    for row in sent:
        if row.year and row.subject and row.status in (Status.SUBMITTED, Status.GRANTED):
            key = row.year, row.subject
            hours[key] = hours.get(key, ZERO) + row.hours
    return OldBook(
        lines=lines, sent=[_sent(row) for row in sent], kinds=kinds,
        need=_pages(session, drafts), first=(drafts[0].id or 0) if drafts else 0,
        sums=_in_words(hours), closed=_closed(session, person.id or 0),
    )  # fmt: skip


def list_kinds(session: Session) -> list[tuple[str, str]]:
    """What a line can be: a rule with one of its subjects, and the words for it."""
    found = []
    for key in RULES:
        try:
            _, rule = conversion_rules.get_offered(session, key)
        except NotFound:
            continue
        found += [(f"{key}:{each}", f"{_words(each)}（{rule.name}）") for each in rule.subjects]
    return found


def add_line(session: Session, actor: Actor) -> int:
    """Begin one more line, with the pages that are there already; an untouched one is taken up."""
    person = accounts.own_person(session, actor, Permission.LEARN)
    # Two presses at once find each other's line.
    certificate_register.hold(session, person.id or 0)
    rows = _list(session, person)
    drafts = [row for row in rows if row.status is Status.DRAFT]
    blank = [row for row in drafts if not any(row.typed.get(name) for name in ("title", "filed"))]
    if blank:
        return blank[0].id or 0
    if len(drafts) >= MOST_LINES:
        raise Conflict(f"一次最多填写{MOST_LINES}行，请先提交已填好的，再继续填写。")
    line = _begin(session, person, drafts)
    if rows:
        claim_drafts.share_files(session, (drafts or rows)[-1], to=line)
    return line.id or 0


def save_line(
    session: Session, actor: Actor, *, claim_id: int, typed: Mapping[str, str], version: int
) -> int:
    """Keep what was typed on a line, and what kind it is; returns the new version."""
    row = _own_line(session, actor, claim_id)
    key, _, subject = typed.get("kind", "").partition(":")
    chosen = dict(typed)
    if typed.get("kind") in dict(list_kinds(session)):
        chosen["subject"] = subject
    kept = claims.save(session, actor, claim_id=claim_id, typed=chosen, version=version)
    if "subject" not in chosen:
        return kept
    rule_id, _ = conversion_rules.get_offered(session, key)
    if row.rule_id == rule_id:
        return kept
    row.rule_id, row.version = rule_id, version + 1
    session.add(row)
    session.flush()
    return row.version


def remove_line(session: Session, actor: Actor, *, claim_id: int) -> list[str]:
    """Delete a line that was not sent in; returns the files to discard."""
    _own_line(session, actor, claim_id)
    return claims.remove(session, actor, claim_id=claim_id)


def submit_all(session: Session, actor: Actor) -> list[LineResult]:
    """Send every line in, each for itself: what is wrong stays a draft with its sentence."""
    person = accounts.own_person(session, actor, Permission.LEARN)
    # Of two presses the second finds what the first left.
    certificate_register.hold(session, person.id or 0)
    drafts = [row for row in _list(session, person) if row.status is Status.DRAFT]
    if not drafts:
        raise Conflict("没有待提交的行，已提交的请看下面的列表。")
    # The days of the certificate in their order, so that a year's limit takes the later ones.
    drafts.sort(key=lambda row: (str(row.typed.get("earned_on", "")), row.id))
    return [_submit(session, actor, row) for row in drafts]


def _submit(session: Session, actor: Actor, row: Claim) -> LineResult:
    id, version = row.id or 0, row.version
    try:
        with session.begin_nested():
            number = claims.submit(session, actor, claim_id=id, version=version)
    except AppError as error:
        session.refresh(row)
        return LineResult(id, False, _fault(session, row, error))
    return LineResult(id, True, f"已提交，受理编号 {number}")


def _fault(session: Session, row: Claim, error: AppError) -> str:
    """What is wrong with a line, in one go; of its proofs only the pages are asked for here."""
    fields = error.fields if isinstance(error, Invalid) else {}
    said = [word for key, word in fields.items() if not key.startswith("file_")]
    if len(said) < len(fields):
        need = pages_of(conversion_rules.get_rule(session, row.rule_id))
        said.append(f"请上传{need.label}的照片或 PDF 文件。")
    return " ".join(dict.fromkeys(said)) or error.message


def _list(session: Session, person: Person) -> list[Claim]:
    return list(
        session.exec(
            select(Claim)
            .where(
                Claim.batch == batch_of(person.id or 0), Claim.person_id == person.id,
                col(Claim.entered_by).is_(None),
            )
            .order_by(col(Claim.id))
        )
    )  # fmt: skip


def _own_line(session: Session, actor: Actor, claim_id: int) -> Claim:
    row = claims.get_own(session, actor, claim_id)
    if row.batch != batch_of(row.person_id):
        raise NotFound("没有找到这一行，可能已被删除。")
    if row.status is not Status.DRAFT:
        raise Conflict("这一行已提交，请在“我的申报”中查看。")
    return row


def _begin(session: Session, person: Person, drafts: list[Claim]) -> Claim:
    key = RULES[0]
    typed = {"subject": Subject.PROFESSIONAL.value}
    if drafts:
        # Lines of a kind follow each other: the next begins like the last.
        key = conversion_rules.get_rule(session, drafts[-1].rule_id).key
        typed = {"subject": str(drafts[-1].typed.get("subject", ""))}
    rule_id, _ = conversion_rules.get_offered(session, key)
    now = clock.now()
    row = Claim(
        person_id=person.id or 0, rule_id=rule_id, typed=typed, created_at=now, saved_at=now,
        batch=batch_of(person.id or 0),
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def _line(
    session: Session, row: Claim, place: int, hours: dict[tuple[int, Subject], Hours]
) -> OldLine:
    rule = conversion_rules.get_rule(session, row.rule_id)
    typed = {name: str(value) for name, value in row.typed.items()}
    words, limits = "", []
    try:
        filled = claim_forms.read(session, row, rule)
    except AppError:
        pass
    else:
        words, limits = filled.conversion.words, list(filled.conversion.limits)
        key = filled.year, filled.facts.subject
        hours[key] = hours.get(key, ZERO) + filled.conversion.hours
        words = f"{filled.year}年度，{words}"
    return OldLine(
        row.id or 0, row.version, place, f"{rule.key}:{typed.get('subject', '')}",
        typed.get("title", ""), typed.get("earned_on", ""), typed.get("filed", ""),
        typed.get("days", ""), _asks_days(rule), words, limits,
    )  # fmt: skip


def _asks_days(rule: ConversionRule) -> bool:
    return "days" in claim_forms.fields_for(rule)


def _sent(row: Claim) -> SentLine:
    subject = _words(row.subject) if row.subject else ""
    return SentLine(
        row.id or 0, row.title, f"{row.year}年度，{subject}，{row.hours}学时，编号 {row.number}",
        row.status.label, claims.TONES.get(row.status, "plain"),
    )  # fmt: skip


def _pages(session: Session, drafts: list[Claim]) -> NeedView | None:
    if not drafts:
        return None
    rule = conversion_rules.get_rule(session, drafts[0].rule_id)
    need = pages_of(rule)
    return NeedView(need.key, need.label, True, claim_views.list_files(session, drafts[0], rule))


def _in_words(hours: dict[tuple[int, Subject], Hours]) -> list[str]:
    years = sorted({year for year, _ in hours})
    return [
        f"{year}年度："
        + "，".join(
            f"{_words(each)}{hours[year, each]}学时" for each in Subject if (year, each) in hours
        )
        for year in years
    ]


def _words(subject: Subject) -> str:
    return "专业科目" if subject is Subject.PROFESSIONAL else subject.label


def _closed(session: Session, person_id: int) -> str:
    """The sentence that says the window is shut, for whoever comes too early or too late."""
    policy = extensions.policy_of(session, person_id, LAST_YEAR)
    try:
        require_claim_may_be_submitted(policy, clock.business_now())
    except AppError as error:
        return error.message
    return ""
