"""What was typed on a claim, read against its rule; what it comes to, what stands against it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.adapters.encryption import data_keys
from rxapp.errors import AppError, Invalid
from rxapp.models.applications import Evidence
from rxapp.models.claims import Claim, ClaimFile, ConversionRuleRow
from rxapp.models.credits import Credit
from rxapp.rules.claims import Status
from rxapp.rules.conversion_facts import asks_organiser, fields_of, parse_facts
from rxapp.rules.conversions import (
    Conversion,
    ConversionRule,
    Facts,
    Used,
    convert,
    missing_evidence,
)
from rxapp.rules.hours import Hours
from rxapp.rules.windows import require_claim_may_be_submitted
from rxapp.services import claim_contests, conversion_rules, extensions, policies

LONGEST_TITLE, LONGEST_NOTE, LONGEST_NUMBER = 120, 400, 60
# Every field a form can have, and the longest it may be.
FIELDS = {
    "title": LONGEST_TITLE, "earned_on": 10, "year": 4, "proof_number": LONGEST_NUMBER,
    "subject": 20, "level": 20, "rank": 4, "units": 12, "filed": 12, "days": 4, "added": 12,
    "contest": 12, "organiser": LONGEST_TITLE, "note": LONGEST_NOTE,
}  # fmt: skip
COUNTS = (Status.SUBMITTED, Status.GRANTED)
FIRST_DAY = date(2000, 1, 1)


@dataclass(frozen=True)
class Filled:
    """A claim that was read without a fault."""

    title: str
    earned_on: date
    year: int
    facts: Facts
    conversion: Conversion
    contest_id: int | None
    proof_hash: str


def tidy(typed: Mapping[str, str]) -> dict[str, str]:
    """Only known fields, each within its length, with blanks taken off."""
    return {
        name: " ".join(str(value).split())[:most]
        for name, most in FIELDS.items()
        if (value := typed.get(name)) is not None
    }


def fields_for(rule: ConversionRule) -> list[str]:
    """The fields a form asks for under a rule, in their order."""
    asked = list(fields_of(rule))
    if rule.registered:
        asked.remove("level")  # the register says it
    spread = ["year"] if rule.spread_years > 1 else []
    first = ["contest"] if rule.registered else ["title"]
    first += ["organiser"] if asks_organiser(rule) else []
    return [*first, "earned_on", *spread, *asked, "proof_number", "note"]


def read(
    session: Session, claim: Claim, rule: ConversionRule, *, counts: tuple[Status, ...] = COUNTS
) -> Filled:
    """Read a claim as it would be submitted now; Invalid names every field that is wrong.

    Caps are judged beside the person's other claims in the states of `counts`.
    """
    typed = {name: str(value) for name, value in claim.typed.items()}
    faults: dict[str, str] = {}
    contest = claim_contests.find(session, rule, typed, faults)
    if contest is not None:
        typed |= {"title": contest.name, "level": contest.level}
        faults |= claim_contests.find_faults(session, claim, rule, contest, counts)
    title = typed.get("title", "")
    if not rule.registered and not 2 <= len(title) <= LONGEST_TITLE:
        faults["title"] = f"请填写名称，2至{LONGEST_TITLE}个字。"
    earned_on = _day(typed, faults)
    year = _year(rule, typed, earned_on, faults)
    if contest and earned_on:
        faults |= claim_contests.find_year_fault(contest, earned_on)
    facts = None
    try:
        facts = parse_facts(rule, typed)
    except Invalid as error:
        hidden = {"level"} if rule.registered else set[str]()  # the register says it
        faults |= {key: said for key, said in error.fields.items() if key not in hidden}
    if faults or facts is None or earned_on is None or year is None:
        raise Invalid(faults)
    proof = typed.get("proof_number", "")
    used = used_beside(session, claim, rule, year, title, earned_on, counts=counts)
    return Filled(
        title, earned_on, year, facts, convert(rule, facts, used), contest.id if contest else None,
        data_keys().hash(proof.upper(), context="proof") if proof else "",
    )  # fmt: skip


def require_window(session: Session, claim: Claim, year: int) -> None:
    """Refuse outside the year's window; a returned claim is judged by its first submission."""
    first = None
    if claim.first_submitted_at is not None:
        # Kept as a real instant; windows are judged on the business calendar.
        first = claim.first_submitted_at + (clock.business_now() - clock.now())
    # What was sent in once stays with its office, whatever the person's office is today.
    place = claim.organisation_id
    policy = (
        extensions.policy_at(session, place, year)
        if place is not None
        else extensions.policy_of(session, claim.person_id, year)
    )
    require_claim_may_be_submitted(policy, clock.business_now(), first_submitted_at=first)


def used_beside(
    session: Session, claim: Claim, rule: ConversionRule, year: int, title: str, earned_on: date,
    *, counts: tuple[Status, ...] = COUNTS,
) -> Used:  # fmt: skip
    """What the same person has that counts, or waits to, beside this claim."""
    others = [each for each in _others(session, claim) if each.status in counts]
    keys = dict(
        session.exec(
            select(ConversionRuleRow.id, ConversionRuleRow.key).where(
                col(ConversionRuleRow.id).in_({each.rule_id for each in others})
            )
        ).all()
    )
    of_year = [each for each in others if each.year == year]
    same = [each for each in of_year if keys.get(each.rule_id) == rule.key]
    kind = [each for each in of_year if _category(session, each) == rule.category]
    achieved = [each for each in others if each.title == title and each.earned_on == earned_on]
    return Used(_sum(same), _sum(kind), _sum(achieved))


def list_missing(session: Session, claim: Claim, rule: ConversionRule) -> dict[str, str]:
    """The kinds of proof a claim still lacks, by their key."""
    there = set(session.exec(select(ClaimFile.need).where(ClaimFile.claim_id == claim.id)).all())
    return {
        f"file_{need.key}": f"请上传{need.label}的照片或 PDF 文件。"
        for need in missing_evidence(rule, there)
    }


def list_warnings(session: Session, claim: Claim) -> list[str]:
    """What looks like a claim made twice; shown before submitting, and to the reviewer."""
    found = []
    if same_file := len(count_uses(session, claim)):
        found.append(f"有{same_file}份证明材料在其他申报中用过，请核对是否重复申报。")
    if claim.proof_hash and _same_proof(session, claim):
        found.append("同一证书编号已用于其他申报，请核对是否重复申报。")
    if _same_credit(session, claim):
        found.append("同名的课程或培训已经记入学习档案，请核对是否重复申报。")
    if _same_title(session, claim):
        found.append("名称和日期相同的申报已有一项，请核对是否重复申报。")
    return found


def preview(session: Session, claim: Claim, rule: ConversionRule) -> tuple[str, list[str], Hours]:
    """What the claim comes to as far as it is filled in: words, what ends it, hours."""
    try:
        filled = read(session, claim, rule)
    except AppError:
        return "", [], Hours(0)
    return filled.conversion.words, list(filled.conversion.limits), filled.conversion.hours


def _others(session: Session, claim: Claim) -> list[Claim]:
    return list(
        session.exec(
            select(Claim).where(
                Claim.person_id == claim.person_id, Claim.id != claim.id,
                col(Claim.status).in_(COUNTS),
            )
        )
    )  # fmt: skip


def _category(session: Session, claim: Claim) -> str:
    return conversion_rules.get_rule(session, claim.rule_id).category


def _sum(claims: list[Claim]) -> Hours:
    return Hours.total(each.hours for each in claims)


def count_uses(session: Session, claim: Claim) -> dict[str, int]:
    """How many other claims use the files of this one, by the files' hash.

    Lines of one paper certificate share their pages: that is not counted.
    """
    mine = (
        select(Evidence.source_sha256)
        .join(ClaimFile, col(ClaimFile.evidence_id) == Evidence.id)
        .where(ClaimFile.claim_id == claim.id)
    )
    other = (
        select(Evidence.source_sha256, func.count(func.distinct(Claim.id)))
        .join(ClaimFile, col(ClaimFile.evidence_id) == Evidence.id)
        .join(Claim, col(Claim.id) == ClaimFile.claim_id)
        .where(
            col(Evidence.source_sha256).in_(mine), Claim.id != claim.id,
            col(Claim.status).in_((*COUNTS, Status.RETURNED, Status.REJECTED)),
        )
        .group_by(Evidence.source_sha256)
    )  # fmt: skip
    if claim.batch:
        other = other.where(Claim.batch != claim.batch)
    return dict(session.exec(other).all())


def _same_proof(session: Session, claim: Claim) -> bool:
    return (
        session.exec(
            select(Claim.id).where(
                Claim.proof_hash == claim.proof_hash, Claim.id != claim.id,
                col(Claim.status).in_(COUNTS),
            )
        ).first()
        is not None
    )  # fmt: skip


def _same_title(session: Session, claim: Claim) -> bool:
    return any(
        each.title == claim.title and each.earned_on == claim.earned_on and claim.title
        for each in _others(session, claim)
    )


def _same_credit(session: Session, claim: Claim) -> bool:
    """Whether hours of the same name were recorded from a course or a class already."""
    line = select(Credit.id).where(
        Credit.person_id == claim.person_id, Credit.title == claim.title,
        col(Credit.source_kind).in_(("course", "project")),
    )  # fmt: skip
    return bool(claim.title) and session.exec(line).first() is not None


def _day(typed: Mapping[str, str], faults: dict[str, str]) -> date | None:
    try:
        found = date.fromisoformat(typed.get("earned_on", ""))
    except ValueError:
        faults["earned_on"] = "请填写证明材料上的日期。"
        return None
    if not FIRST_DAY <= found <= clock.today():
        faults["earned_on"] = "日期不能晚于今天，也不能早于2000年，请核对证明材料。"
        return None
    return found


def _year(
    rule: ConversionRule, typed: Mapping[str, str], earned_on: date | None, faults: dict[str, str]
) -> int | None:
    if earned_on is None:
        return None
    year = earned_on.year
    if rule.spread_years > 1 and typed.get("year"):
        word = typed["year"]
        year = int(word) if word.isascii() and word.isdigit() else 0
        last = earned_on.year + rule.spread_years - 1
        if not earned_on.year <= year <= min(last, clock.today().year):
            faults["year"] = f"可计入{earned_on.year}至{last}年度，不能晚于今年。"
            return None
    if year < policies.FIRST_YEAR:
        faults["earned_on"] = "2016年以前取得的，不在申报范围内。"
        return None
    if not (rule.earned_from or 0) <= year <= (rule.earned_until or 9999):
        faults["earned_on"] = _out_of_years(rule)
        return None
    return year


def _out_of_years(rule: ConversionRule) -> str:
    if rule.earned_until and rule.earned_from:
        return f"{rule.name}只能申报{rule.earned_from}至{rule.earned_until}年度。"
    return f"{rule.name}只能申报{rule.earned_from}年及以后。"
