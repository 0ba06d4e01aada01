"""抽查: a bureau draws a random sample of what was granted in its subtree.

Drawing has two halves: `prepare` reads through the candidates without holding anything up,
`keep` writes the sample down.
"""

import hashlib
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, String, cast, exists, func, literal
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.errors import Conflict, Invalid, NotFound
from rxapp.models.claims import Claim, ClaimDecision, ConversionRuleRow
from rxapp.models.columns import Word
from rxapp.models.organisations import Organisation
from rxapp.models.supervision import Inspection, InspectionItem
from rxapp.rules import sampling
from rxapp.rules.claims import Act, Status
from rxapp.rules.permissions import Permission
from rxapp.rules.sampling import Candidate, Stratify
from rxapp.services import audit, conversion_rules, supervision_scopes
from rxapp.services.actors import Actor
from rxapp.services.supervision_scopes import Period, Place

LONGEST_NOTE = 400
LONGEST_DAYS = 366
# What can be looked through by hand.
MOST_DRAWN = 1000
# What is read through while somebody waits before the screen: about five seconds.
MOST_CANDIDATES = 1_000_000
AT_ONCE = 5000


@dataclass(frozen=True)
class Wanted:
    """What is to be drawn from, and how."""

    place: Place
    period: Period
    rule: str
    reviewer: int
    stratify: Stratify
    size: int | None
    percent: int | None
    note: str


@dataclass(frozen=True)
class Preview:
    """What a draw would come to, before anything is drawn."""

    population: int
    strata: int
    drawn: int
    sentence: str


@dataclass(frozen=True)
class Sample:
    """A sample that was drawn and not yet written down."""

    wanted: Wanted
    seed: str
    population: int
    strata: int
    drawn: list[Candidate]


def preview(session: Session, actor: Actor, *, typed: Mapping[str, str]) -> Preview:
    """How many there are and how many would be drawn; Invalid names what cannot be used."""
    wanted = _read(session, actor, typed)
    counts = _count(session, wanted)
    population = sum(counts.values())
    drawn = _size(wanted, population)
    strata = len(counts) if sampling.can_stratify(counts, drawn) else 0
    return Preview(population, strata, drawn, _sentence(wanted, population, drawn, len(counts)))


def prepare(session: Session, actor: Actor, *, typed: Mapping[str, str]) -> Sample:
    """Draw a sample under a fresh seed, without writing it down; Conflict when there is nothing."""
    wanted = _read(session, actor, typed)
    counts = _count(session, wanted)
    population = sum(counts.values())
    size = _size(wanted, population)
    if not population:
        raise Conflict("这个范围和期间内没有已通过的申报，没有抽取。请放宽条件后再抽。")
    _require_manageable(population, size)
    seed = sampling.make_seed(secrets.randbelow(sampling.SEED_BELOW))
    drawn = sampling.draw(_stream(session, wanted), counts, size, seed=seed)
    strata = len(counts) if sampling.can_stratify(counts, size) else 0
    return Sample(wanted, seed, population, strata, drawn)


def keep(session: Session, actor: Actor, *, sample: Sample, request_key: str) -> int:
    """Write a sample down as a work list; returns its id, the same for a second press."""
    person_id = actor.require(Permission.SUPERVISE)
    wanted = sample.wanted
    # The right is asked again: it may have gone since the sample was prepared.
    office = supervision_scopes.get_place(session, actor, wanted.place.id).office_id
    hashed = hashlib.sha256(f"{person_id}:{request_key}".encode()).hexdigest()
    known = session.exec(select(Inspection.id).where(Inspection.request_hash == hashed)).first()
    if known is not None:
        return known
    row = Inspection(
        office_id=office, drawn_by=person_id, drawn_at=clock.now(), seed=sample.seed,
        scope={
            "organisation": wanted.place.id, "rule": wanted.rule, "reviewer": wanted.reviewer
        },
        granted_from=wanted.period.first, granted_until=wanted.period.last, size=wanted.size,
        percent=wanted.percent, stratify=wanted.stratify, population=sample.population,
        strata=sample.strata, drawn=len(sample.drawn), note=wanted.note, request_hash=hashed,
    )  # fmt: skip
    session.add(row)
    session.flush()
    session.add_all(
        InspectionItem(
            inspection_id=row.id or 0, place=place, claim_id=each.id, stratum=each.stratum[:40]
        )
        for place, each in enumerate(sample.drawn, start=1)
    )
    audit.record(
        session, actor, audit.Action.INSPECTION_DRAWN, kind="inspection", id=row.id,
        population=sample.population, drawn=len(sample.drawn),
    )  # fmt: skip
    session.flush()
    return row.id or 0


def _read(session: Session, actor: Actor, typed: Mapping[str, str]) -> Wanted:
    actor.require(Permission.SUPERVISE)
    words = {key: word.strip() for key, word in typed.items()}
    place = supervision_scopes.get_place(session, actor, _id(words.get("organisation", "")))
    period = supervision_scopes.parse_period(
        words.get("first", ""), words.get("last", ""), longest=LONGEST_DAYS
    )
    rule, reviewer = words.get("rule", ""), _id(words.get("reviewer", ""))
    if rule and not conversion_rules.list_versions(session, rule):
        raise NotFound("没有找到该申报类别。")
    if reviewer:
        supervision_scopes.get_reviewer(session, actor, reviewer)
    if words.get("stratify", "none") not in set(Stratify):
        raise Invalid({"stratify": "请选择分层方式。"})
    note = " ".join(words.get("note", "").split())
    if len(note) > LONGEST_NOTE:
        raise Invalid({"note": f"说明不能超过{LONGEST_NOTE}个字，已填写的内容仍在。"})
    size, percent = _amount(words)
    stratify = Stratify(words.get("stratify", "none"))
    return Wanted(place, period, rule, reviewer, stratify, size, percent, note)


def _id(typed: str) -> int:
    number = supervision_scopes.parse_number(typed or "0")
    if number < 0:
        raise NotFound()
    return number


def _amount(words: Mapping[str, str]) -> tuple[int | None, int | None]:
    number = supervision_scopes.parse_number(words.get("amount", ""))
    if words.get("by") == "percent":
        if not 1 <= number <= 100:
            raise Invalid({"amount": "比例请填写1至100的整数。"})
        return None, number
    if not 1 <= number <= MOST_DRAWN:
        raise Invalid({"amount": f"数量请填写1至{MOST_DRAWN}的整数。"})
    return number, None


def _size(wanted: Wanted, population: int) -> int:
    if wanted.percent is not None:
        return sampling.percent_of(population, wanted.percent)
    return min(wanted.size or 0, population)


def _require_manageable(population: int, size: int) -> None:
    if population > MOST_CANDIDATES:
        raise Invalid({"first": _too_many(population)})
    if size > MOST_DRAWN:
        raise Invalid({"amount": f"将抽取{size}项，一次最多{MOST_DRAWN}项，请降低比例或缩小范围。"})


def _too_many(population: int) -> str:
    most = MOST_CANDIDATES // 10_000
    return f"共有{population}项已通过的申报，一次最多从{most}万项中抽取，请缩短期间或缩小范围。"


def _sentence(wanted: Wanted, population: int, drawn: int, strata: int) -> str:
    if not population:
        return "这个范围和期间内没有已通过的申报。"
    if population > MOST_CANDIDATES:
        return _too_many(population)
    said = f"共有{population}项已通过的申报，将抽取{drawn}项"
    if drawn > MOST_DRAWN:
        return f"{said}，超过一次最多{MOST_DRAWN}项，请降低比例或缩小范围。"
    if wanted.stratify is Stratify.NONE:
        return f"{said}。"
    if strata > drawn:
        return f"{said}。共{strata}层，多于抽取数量，不能每层都抽到，将不分层抽取。"
    return f"{said}，分{strata}层，每层至少一项。"


def _count(session: Session, wanted: Wanted) -> dict[str, int]:
    stratum = _stratum(wanted.stratify)
    statement = _candidates(wanted, stratum, func.count())
    if wanted.stratify is not Stratify.NONE:
        statement = statement.group_by(stratum)
    return {found or "": count for found, count in session.execute(statement) if count}


def _stream(session: Session, wanted: Wanted) -> Iterator[Row]:
    """Id, number and stratum of every candidate, a few thousand at a time."""
    statement = _candidates(wanted, col(Claim.id), col(Claim.number), _stratum(wanted.stratify))
    # Past the session, which would look at each of millions of rows.
    return iter(session.connection().execute(statement.execution_options(yield_per=AT_ONCE)))


def _candidates(wanted: Wanted, *columns: Any) -> Any:
    """What was granted to people of the place in the period, and still counts."""
    # Written out and not bound: only so does the index of what was granted fit.
    granted = literal(Status.GRANTED, Word(Status), literal_execute=True)
    statement = (
        select(*columns)  # type: ignore[call-overload]
        .select_from(Claim)
        .join(Organisation, col(Organisation.id) == Claim.organisation_id)
        .where(
            wanted.place.within, col(Claim.status) == granted,
            col(Claim.ended_at) >= wanted.period.begins, col(Claim.ended_at) < wanted.period.ends,
        )
    )  # fmt: skip
    if wanted.stratify is Stratify.CATEGORY:
        statement = statement.join(
            ConversionRuleRow, col(ConversionRuleRow.id) == col(Claim.rule_id)
        )
    if wanted.rule:
        versions = select(ConversionRuleRow.id).where(ConversionRuleRow.key == wanted.rule)
        statement = statement.where(col(Claim.rule_id).in_(versions))
    if wanted.reviewer:
        statement = statement.where(_passed_by(wanted.reviewer))
    return statement


def _passed_by(person_id: int) -> ColumnElement[bool]:
    return exists().where(
        col(ClaimDecision.claim_id) == Claim.id, col(ClaimDecision.by_id) == person_id,
        col(ClaimDecision.act) == Act.PASS,
    )  # fmt: skip


def _stratum(stratify: Stratify) -> Any:
    if stratify is Stratify.EMPLOYER:
        return cast(col(Claim.organisation_id), String).label("stratum")
    if stratify is Stratify.CATEGORY:
        return col(ConversionRuleRow.key).label("stratum")
    if stratify is Stratify.REVIEWER:
        # The last pass of a granted claim is the one that granted it.
        last = (
            select(ClaimDecision.by_id)
            .where(col(ClaimDecision.claim_id) == Claim.id, col(ClaimDecision.act) == Act.PASS)
            .order_by(col(ClaimDecision.id).desc())
            .limit(1)
            .correlate(Claim)
            .scalar_subquery()
        )
        return func.coalesce(cast(last, String), "").label("stratum")
    return literal("", String, literal_execute=True).label("stratum")
