"""What a certificate says: the year's standing and its counted hours in the words printed."""

import hashlib
import json
from collections.abc import Iterable
from datetime import date

from sqlmodel import Session, col, select

from rxapp.adapters.certificate_facts import BucketHours, CertificateFacts, CreditLine, digest
from rxapp.errors import Conflict, NotFound
from rxapp.models.credits import Credit
from rxapp.models.organisations import Organisation
from rxapp.models.people import Person
from rxapp.rules.hours import Hours
from rxapp.rules.permissions import Capacity
from rxapp.rules.subjects import Subject
from rxapp.rules.years import Bucket, YearPolicy, YearStanding
from rxapp.services import certificate_keys, policies, standings
from rxapp.settings import settings

NO_EMPLOYER = "无工作单位"
CHANGED = "正在出具证明时学习档案有了变动，证明没有出具，请重新打印。"
# How a line says where its hours come from, by the kind of its source.
ORIGINS = {
    "course": "在线学习",
    "claim": "学时申报",
    "project": "培训项目",
    "history": "原有学习档案",
}
_NO_DAY = date.min  # stands in until the document has a number and a day


def compose(session: Session, person_id: int, year: int) -> tuple[CertificateFacts, str]:
    """What a person's certificate of a year says, still without number and day, and its digest.

    The digest changes with the ledger and with what is printed. NotFound for a year neither owed
    nor learned in; Conflict while it is not complete, or when ledger and totals disagree.
    """
    person = session.get_one(Person, person_id)
    policy, of = _standing(session, person_id, year)
    excused = standings.excused_of(session, person, policy.period_years)
    owed = policy.owed_years(person.owes_from, excused)
    counted = _list_counted(session, person_id, {year, *owed})
    lines = [line for line in counted if line.year == year]
    # A signed document must never contradict itself.
    if Hours.total(line.hours for line in lines) != of.total:
        raise Conflict(CHANGED)
    facts = CertificateFacts(
        document_title=f"《{settings().city_name}专业技术人员继续教育学时证明》",
        number="",
        name=person.name,
        masked_identity=person.identity_mask,
        employer=_employer(session, person.organisation_id),
        professional_title=_title(person),
        year=f"{year}年度",
        earned=_earned(of),
        required=_required(of),
        requirement=_requirement(of, policy, owed),
        average=_average(of, owed),
        lines=tuple(_line(line) for line in lines),
        office=settings().bureau_name,
        issued_on=_NO_DAY,
        verify_url="",
        sample=certificate_keys.load().newest.sample,
    )
    return facts, _ledger_digest(facts, counted)


def _standing(session: Session, person_id: int, year: int) -> tuple[YearPolicy, YearStanding]:
    of = standings.list_standings(session, person_id).get(year)
    if of is None:
        raise NotFound("这一年度不在您的应学年度内，也没有学时记录，没有可以证明的学时。")
    policy = policies.get_policy(session, year)
    if not of.certifiable:
        raise Conflict(_what_is_missing(of, policy))
    return policy, of


def _what_is_missing(of: YearStanding, policy: YearPolicy) -> str:
    if of.complete:
        return f"{of.year}年度不在您的应学年度内，也没有学时记录，没有可以证明的学时。"
    whose = policy.label if of.period else ""
    gaps = "，".join(f"{gap.bucket.label}还差 {gap.hours} 学时" for gap in of.missing)
    return f"暂时不能打印{of.year}年度学时证明：{whose}{gaps}。"


def _list_counted(session: Session, person_id: int, years: Iterable[int]) -> list[Credit]:
    """The lines that count, by year, subject and day; reversed ones and reversals are left out."""
    rows = session.exec(
        select(Credit).where(Credit.person_id == person_id, col(Credit.year).in_(years))
    ).all()
    undone = {row.reverses_id for row in rows}
    counted = [row for row in rows if row.reverses_id is None and row.id not in undone]
    order = list(Subject)
    return sorted(counted, key=lambda r: (r.year, order.index(r.subject), r.earned_on, r.id or 0))


def _employer(session: Session, organisation_id: int) -> str:
    organisation = session.get_one(Organisation, organisation_id)
    # Those without an employer belong to the bureau of their county.
    only_bureau = Capacity.COUNTY_BUREAU in organisation.capacities
    is_employer = Capacity.EMPLOYER in organisation.capacities
    return NO_EMPLOYER if only_bureau and not is_employer else organisation.name


def _title(person: Person) -> str:
    parts = (person.title_series, person.title_level)
    return " ".join(dict.fromkeys(part for part in parts if part))


def _earned(of: YearStanding) -> BucketHours:
    return BucketHours(
        str(of.required), str(of.elective), str(of.public), str(of.professional), str(of.total)
    )


def _required(of: YearStanding) -> BucketHours:
    need = {r.bucket: str(r.need) if r.need else "" for r in of.requirements}
    order = (Bucket.REQUIRED, Bucket.ELECTIVE, Bucket.PUBLIC, Bucket.PROFESSIONAL, Bucket.TOTAL)
    return BucketHours(*(need.get(bucket, "") for bucket in order))


def _requirement(of: YearStanding, policy: YearPolicy, owed: tuple[int, ...]) -> str:
    done = f"{of.year}年度完成继续教育{of.total}学时"
    if not of.owed:
        return f"{done}，该年度不在应学年度内。"
    if of.period:
        span = _owed_span(owed)
        return f"{done}，{span}平均每年不少于{policy.total}学时，达到学时要求。"
    return (
        f"{done}，其中公需科目{of.public}学时、专业科目{of.professional}学时，达到该年度学时要求。"
    )


def _average(of: YearStanding, owed: tuple[int, ...]) -> str:
    if of.period_average is None:
        return ""
    span = _owed_span(owed)
    return f"{span}合计{of.period_total}学时，平均每年{of.period_average}学时"


def _owed_span(years: tuple[int, ...]) -> str:
    return f"{years[0]}年度" if len(years) == 1 else f"{years[0]}—{years[-1]}年度"


def _line(credit: Credit) -> CreditLine:
    origin = ORIGINS.get(credit.source_kind, "")
    source = f"{credit.title}（{origin}）" if origin else credit.title
    return CreditLine(credit.subject.label, source, str(credit.hours), credit.earned_on)


def _ledger_digest(facts: CertificateFacts, counted: Iterable[Credit]) -> str:
    """Changes with the counted lines and with everything that would be printed differently."""
    lines = [(line.id, line.year, line.subject.value, line.hours.tenths) for line in counted]
    text = json.dumps([digest(facts).hex(), lines], separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
