"""学时申报, the person's side: drafted, kept at every change, submitted, withdrawn, followed."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session, col, select

from rxapp import clock, routes
from rxapp.adapters.evidence_files import EvidenceFile
from rxapp.errors import Conflict, Invalid, NotFound
from rxapp.models.applications import Evidence
from rxapp.models.claims import Claim, ClaimFile
from rxapp.models.organisations import Organisation
from rxapp.models.people import Person
from rxapp.rules import receipts
from rxapp.rules.claims import SENDABLE, TRANSITIONS, Act, Status, Step
from rxapp.rules.conversions import ConversionRule
from rxapp.rules.hours import Hours
from rxapp.rules.permissions import Permission
from rxapp.services import (
    accounts,
    certificate_register,
    claim_drafts,
    claim_forms,
    claim_moves,
    claim_organisers,
    claim_routing,
    conversion_rules,
    evidence,
    messages,
    rectification_status,
)
from rxapp.services.actors import Actor
from rxapp.services.claim_moves import Word

PAGE = 20
MOST_DRAFTS, MOST_FILES = 50, 9
TONES = {
    Status.GRANTED: "good", Status.RETURNED: "warn", Status.UNCONFIRMED: "warn",
    Status.DISMISSED: "bad", Status.REJECTED: "bad", Status.REVOKED: "bad",
    Status.SUBMITTED: "accent",
}  # fmt: skip
ELSEWHERE = "这项申报已在别处修改，请刷新后再试。"


@dataclass(frozen=True)
class ClaimRow:
    """A claim in the person's own list."""

    id: int
    number: str
    title: str
    category: str
    year: str
    hours: str
    status: str
    # How the state is coloured: good, warn, bad or plain.
    tone: str
    turn: str
    since: str
    # Whether it waits for the person's own hand.
    to_do: bool


@dataclass(frozen=True)
class ClaimPage:
    """Some of one's claims, the newest first; `next_before` is 0 at the end."""

    rows: list[ClaimRow]
    next_before: int


def begin(session: Session, actor: Actor, *, rule_key: str) -> int:
    """Begin a draft under a category; an untouched one of the same category is taken up again."""
    person = accounts.own_person(session, actor, Permission.LEARN)
    rule_id, _ = conversion_rules.get_offered(session, rule_key)
    drafts = session.exec(
        select(Claim).where(
            Claim.person_id == person.id, Claim.status == Status.DRAFT, Claim.batch == ""
        )
    ).all()
    blank = [each for each in drafts if each.rule_id == rule_id and not each.typed]
    if blank:
        return blank[0].id or 0
    if len(drafts) >= MOST_DRAFTS:
        raise Conflict(f"未提交的草稿已有{len(drafts)}项，请先提交或删除一些。")
    return _add(session, person, rule_id, {})


def copy(session: Session, actor: Actor, *, claim_id: int) -> int:
    """Begin a new draft with what an old claim says, without its files and its number."""
    old = get_own(session, actor, claim_id)
    person = accounts.own_person(session, actor, Permission.LEARN)
    rule = conversion_rules.get_rule(session, old.rule_id)
    rule_id, _ = conversion_rules.get_offered(session, rule.key)
    typed = {key: value for key, value in old.typed.items() if key != "proof_number"}
    return _add(session, person, rule_id, typed)


def save(
    session: Session, actor: Actor, *, claim_id: int, typed: Mapping[str, str], version: int
) -> int:
    """Keep what was typed; returns the new version. Conflict when another window was first."""
    row = _editable(session, actor, claim_id)
    session.refresh(row, with_for_update=True)
    if row.version != version:
        raise Conflict(ELSEWHERE)
    kept = dict(row.typed) | claim_forms.tidy(typed)
    if kept == row.typed:
        return row.version
    row.typed, row.saved_at, row.version = kept, clock.now(), version + 1
    row.title = kept.get("title", "")[:200]
    session.add(row)
    session.flush()
    return row.version


def require_room(session: Session, actor: Actor, *, claim_id: int, need: str) -> Claim:
    """A draft that can take one more file; Conflict beyond nine, NotFound for an unknown kind."""
    row = _editable(session, actor, claim_id)
    rule = conversion_rules.get_rule(session, row.rule_id)
    if need not in {each.key for each in rule.evidence}:
        raise NotFound()
    if len(list_files(session, row)) >= MOST_FILES:
        raise Conflict(f"每项申报最多上传{MOST_FILES}份材料，请合并后再上传。")
    return row


def keep_file(
    session: Session, actor: Actor, *, claim_id: int, need: str, name: str, source: bytes,
    made: EvidenceFile,
) -> int:  # fmt: skip
    """Keep an uploaded file and give it to the draft; the same file twice is a Conflict."""
    row = require_room(session, actor, claim_id=claim_id, need=need)
    # Two files at once share the room: the second counts after the first.
    session.refresh(row, with_for_update=True)
    require_room(session, actor, claim_id=claim_id, need=need)
    digest = evidence.digest_of(source)
    for link in list_files(session, row):
        if session.get_one(Evidence, link.evidence_id).source_sha256 == digest:
            raise Conflict("这份文件已经上传过，请勿重复上传。")
    kept = evidence.keep(session, actor, purpose="claim", name=name, source=source, made=made)
    claim_drafts.add_file(session, row, evidence_id=kept.id, need=need)
    return kept.id


def detach(session: Session, actor: Actor, *, claim_id: int, evidence_id: int) -> list[str]:
    """Take a file off a draft; returns the files to discard once this is safely over."""
    row = _editable(session, actor, claim_id)
    return claim_drafts.take_file(session, row, evidence_id=evidence_id)


def remove(session: Session, actor: Actor, *, claim_id: int) -> list[str]:
    """Delete a draft that was never submitted; returns the files to discard."""
    row = _editable(session, actor, claim_id)
    if row.status is not Status.DRAFT:
        raise Conflict("已提交过的申报不能删除，可以撤回。")
    files = claim_drafts.drop_files(session, row)
    session.delete(row)
    session.flush()
    return files


def find_sent(session: Session, actor: Actor, *, claim_id: int, version: int) -> str:
    """The receipt number, when this very form was sent in before and the answer was lost."""
    row = get_own(session, actor, claim_id)
    # Keeping what was typed and sending it in count one each.
    seen = (version, version + 1, version + 2)
    sent = row.status is Status.SUBMITTED and row.version in seen
    return (row.number or "") if sent else ""


def submit(session: Session, actor: Actor, *, claim_id: int, version: int) -> str:
    """Send a claim in; returns its receipt number, the same for a second press.

    Invalid names every field and every proof that is missing; NotPermitted outside the window.
    """
    row = get_own(session, actor, claim_id)
    person = accounts.own_person(session, actor, Permission.LEARN)
    # Of two presses, and of two claims that share a cap, the second waits for the first.
    certificate_register.hold(session, person.id or 0)
    session.refresh(row)
    if number := find_sent(session, actor, claim_id=claim_id, version=version):
        return number
    if row.status is Status.DISMISSED:
        rectification_status.require_lifted(session, row)
    rule = move_to_offered(session, row, version)
    filled = read_whole(session, row, rule)
    claim_forms.require_window(session, row, filled.year)
    place = row.organisation_id or person.organisation_id
    besides = claim_moves.parties(row)
    turn = claim_routing.find_first(session, place, besides=besides)
    now = clock.now()
    claim_moves.move(
        session, actor, row, Act.SUBMIT, version=version, turn=turn,
        word=Word(hours=filled.conversion.hours), number=row.number or _draw(session),
        organisation_id=place, title=filled.title, year=filled.year, earned_on=filled.earned_on,
        subject=filled.facts.subject, hours=filled.conversion.hours,
        proof_hash=filled.proof_hash, contest_id=filled.contest_id, submitted_at=now,
        first_submitted_at=row.first_submitted_at or now,
    )  # fmt: skip
    if not claim_routing.has_reviewer(session, turn.office_id, besides=besides):
        claim_routing.tell_city(session, turn.office_id)
    return row.number or ""


def withdraw(session: Session, actor: Actor, *, claim_id: int, version: int) -> None:
    """Take a claim back, until the first decision; a draft of it can be made by copying."""
    row = get_own(session, actor, claim_id)
    if row.status is Status.WITHDRAWN and row.version == version + 1:
        return
    if (row.status, row.step, Act.WITHDRAW) not in TRANSITIONS:
        raise Conflict("已经有审核意见，不能撤回。")
    unconfirmed = row.status is Status.UNCONFIRMED
    claim_moves.move(session, actor, row, Act.WITHDRAW, version=version)
    if unconfirmed and row.entered_by:
        messages.send(
            session, to=row.entered_by, title="代为填报的学时申报未获确认", href=routes.DESK_ENTER,
            body=f"您代为填报的“{row.title}”，本人认为不属实，未予确认。",
        )  # fmt: skip


def appeal(session: Session, actor: Actor, *, claim_id: int, note: str, version: int) -> None:
    """Ask the next level to look once more at a rejected claim; once only."""
    row = get_own(session, actor, claim_id)
    reason = " ".join(note.split())[:400]
    if not reason:
        raise Invalid({"appeal": "请填写申请复核的理由。"})
    if row.appealed:
        raise Conflict("复核只能申请一次，这项申报已经复核过。")
    turn = claim_routing.find_appeal(session, row.office_id or 0, besides=claim_moves.parties(row))
    claim_moves.move(
        session, actor, row, Act.APPEAL, version=version, turn=turn, word=Word(note=reason),
        appealed=True,
    )  # fmt: skip


def list_own(session: Session, actor: Actor, *, before: int = 0) -> ClaimPage:
    """One's own claims, the newest first."""
    person_id = actor.require(Permission.LEARN)
    statement = (
        select(Claim, Organisation.name)
        .join(Organisation, col(Organisation.id) == Claim.office_id, isouter=True)
        .where(Claim.person_id == person_id, claim_drafts.is_in_own_hand())
        .order_by(col(Claim.id).desc())
        .limit(PAGE + 1)
    )
    if before:
        statement = statement.where(col(Claim.id) < before)
    found = session.exec(statement).all()
    rows = [_row(session, row, office or "") for row, office in found[:PAGE]]
    return ClaimPage(rows, rows[-1].id if len(found) > PAGE else 0)


def get_own(session: Session, actor: Actor, claim_id: int) -> Claim:
    """One's own claim; NotFound for anybody else's."""
    person_id = actor.require(Permission.LEARN)
    row = session.exec(
        select(Claim).where(
            Claim.id == claim_id, Claim.person_id == person_id, claim_drafts.is_in_own_hand()
        )
    ).first()
    if row is None:
        raise NotFound("没有找到这项申报，可能已被删除。")
    return row


def list_files(session: Session, row: Claim) -> list[ClaimFile]:
    """The files of a claim, in the order they came."""
    return list(
        session.exec(
            select(ClaimFile).where(ClaimFile.claim_id == row.id).order_by(col(ClaimFile.id))
        )
    )


def turn_in_words(row: Claim, office: str) -> str:
    """Who must act now."""
    if row.status is Status.DRAFT:
        return "尚未提交"
    if row.status is Status.UNCONFIRMED:
        return "由单位管理员代为填报，请核对后确认"
    if row.step is Step.PERSON:
        return "请修改后再次提交"
    return "已办结" if row.step is Step.DONE else f"{row.step.label}：{office}"


def move_to_offered(session: Session, row: Claim, version: int) -> ConversionRule:
    """The rule as it is offered now; a draft of an older version is moved to it and shown anew."""
    if row.status not in SENDABLE or row.version != version:
        raise Conflict(claim_moves.tell_who_was_first(session, row))
    rule = conversion_rules.get_rule(session, row.rule_id)
    if row.first_submitted_at is not None or conversion_rules.is_offered(session, row.rule_id):
        return rule
    # Raises when the rule was switched off while the draft waited.
    row.rule_id, newer = conversion_rules.get_offered(session, rule.key)
    session.add(row)
    session.flush()
    return newer


def read_whole(session: Session, row: Claim, rule: ConversionRule) -> claim_forms.Filled:
    missing = claim_forms.list_missing(session, row, rule)
    missing |= claim_organisers.find_faults(session, row, rule)
    try:
        filled = claim_forms.read(session, row, rule)
    except Invalid as error:
        raise Invalid(error.fields | missing) from None
    if missing:
        raise Invalid(missing)
    if filled.conversion.hours <= Hours(0):
        said = "；".join(filled.conversion.limits) or "折算结果为零学时"
        raise Invalid(message=f"{said}，没有可以申报的学时，已填写的内容仍在。")
    return filled


def _editable(session: Session, actor: Actor, claim_id: int) -> Claim:
    row = claim_drafts.find_entered(session, actor, claim_id)
    row = row or get_own(session, actor, claim_id)
    if row.status not in SENDABLE:
        raise Conflict("这项申报已提交，不能再修改。")
    return row


def _add(session: Session, person: Person, rule_id: int, typed: dict[str, str]) -> int:
    now = clock.now()
    row = Claim(
        person_id=person.id or 0, rule_id=rule_id, typed=typed, title=typed.get("title", ""),
        created_at=now, saved_at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row.id or 0


def _draw(session: Session) -> str:
    while True:
        number = receipts.make(secrets.randbits(receipts.RANDOM_BITS))
        if session.exec(select(Claim.id).where(Claim.number == number)).first() is None:
            return number


def _row(session: Session, row: Claim, office: str) -> ClaimRow:
    rule = conversion_rules.get_rule(session, row.rule_id)
    at = row.waiting_since or row.saved_at
    return ClaimRow(
        id=row.id or 0,
        number=row.number or "",
        title=row.title or "未填写名称",
        category=rule.name,
        year=f"{row.year}年度" if row.year else "",
        hours=str(row.hours) if row.number else "",
        status=row.status.label,
        tone=TONES.get(row.status, "plain"),
        turn=turn_in_words(row, office),
        since=f"{clock.local(at):%Y-%m-%d %H:%M}",
        to_do=row.status in SENDABLE,
    )
