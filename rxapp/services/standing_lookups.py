"""What another system is told of one person's years, with a key; the person sees each look-up.

Whether the number is unknown, the name another one or the person beyond the key's county, the
answer is the same, and the same work is done for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.adapters.encryption import data_keys
from rxapp.errors import Invalid, NotPermitted, NotSignedIn
from rxapp.models.cases import IntegrityRecord
from rxapp.models.certificates import Certificate, CertificateStatus
from rxapp.models.keys import StandingKey, StandingLookup
from rxapp.models.organisations import Organisation, OrganisationStatus
from rxapp.models.people import Person
from rxapp.rules import identity
from rxapp.rules.cases import is_in_force
from rxapp.rules.keys import Question, parse_question, require_years
from rxapp.rules.permissions import NOBODY, Permission
from rxapp.rules.years import YearStanding
from rxapp.services import audit, standings
from rxapp.services.actors import Actor, Office
from rxapp.services.sign_ins import token_hash

PAGE = 50
MISSED = "没有姓名和身份证号码都相符的人员。"
WRONG_KEY = "密钥不正确，请在 Authorization 中写明 Bearer 和密钥。"


@dataclass(frozen=True)
class KeyHolder:
    """A key that holds: its id and what it may ask."""

    key_id: int
    first_year: int
    last_year: int
    county_id: int | None
    integrity: bool
    issued_by: int


@dataclass(frozen=True)
class LookupRow:
    """One look-up as the person sees it."""

    at: str
    organisation: str
    years: str


def find_holder(session: Session, actor: Actor, *, key: str) -> KeyHolder:
    """The key that was sent, if it holds now; NotSignedIn says why not."""
    if not actor.may(Permission.PUBLIC):
        raise NotPermitted()
    row = session.exec(
        select(StandingKey).where(StandingKey.key_hash == token_hash(key))
    ).first()  # fmt: skip
    if row is None:
        raise NotSignedIn(WRONG_KEY)
    # Whoever has the key may be told what became of it.
    if row.revoked_at is not None:
        raise NotSignedIn("密钥已被撤销，请与市人力资源社会保障局联系。")
    if row.expires_at <= clock.now():
        raise NotSignedIn("密钥已过期，请向市人力资源社会保障局申请新的密钥。")
    place = session.get_one(Organisation, row.organisation_id)
    if place.status is not OrganisationStatus.ACTIVE:
        raise NotSignedIn("使用该密钥的机构已暂停或注销，密钥不能使用。")
    return KeyHolder(
        row.id or 0, row.first_year, row.last_year, row.county_id, row.integrity,
        row.issued_by,
    )  # fmt: skip


def read(holder: KeyHolder, said: Mapping[str, Any]) -> Question:
    """What was asked, if the key may ask it; the person is not looked for yet."""
    question = parse_question(said, this_year=clock.today().year)
    require_years(question, first=holder.first_year, last=holder.last_year)
    try:
        number = identity.parse_identity(question.number, today=clock.today())
    except Invalid as error:
        # The shape of a number says nothing about who exists, so its fault may be told.
        raise Invalid({"identity_number": error.message}) from None
    return Question(number, question.name, question.years)


def look_up(
    session: Session, actor: Actor, *, key: str, question: Question
) -> dict[str, Any] | None:
    """The years that were asked for, or None for no such person; recorded either way.

    It never raises for a miss, so that the record of it is kept.
    """
    holder = find_holder(session, actor, key=key)
    if not set(question.years) <= set(range(holder.first_year, holder.last_year + 1)):
        raise NotPermitted()
    person_id, name, path = _find(session, question)
    hit = (
        person_id is not None
        and identity.same_name(name, question.name)
        and (holder.county_id is None or f"/{holder.county_id}/" in path)
    )
    # For nobody the same is worked out of somebody else, and thrown away.
    looked_at = person_id if person_id is not None else holder.issued_by
    answer = _answer(session, looked_at, question.years, integrity=holder.integrity)
    _record(session, holder, question.years, person_id=looked_at if hit else None)
    return answer if hit else None


def list_own(session: Session, actor: Actor) -> list[LookupRow]:
    """Which systems looked oneself up, when, and which years; the newest first."""
    return list_of(session, actor.require(Permission.SIGNED_IN))


def list_of(session: Session, person_id: int, *, limit: int = PAGE) -> list[LookupRow]:
    """The newest look-ups of a person."""
    rows = session.exec(
        select(StandingLookup, Organisation.name)
        .join(StandingKey, col(StandingKey.id) == StandingLookup.key_id)
        .join(Organisation, col(Organisation.id) == StandingKey.organisation_id)
        .where(StandingLookup.person_id == person_id)
        .order_by(col(StandingLookup.id).desc())
        .limit(limit)
    ).all()
    return [
        LookupRow(
            f"{clock.local(row.at):%Y-%m-%d %H:%M}", name,
            "、".join(f"{year}" for year in row.years) + "年度",
        )
        for row, name in rows
    ]  # fmt: skip


def _find(session: Session, question: Question) -> tuple[int | None, str, str]:
    """Whose number it is: id, name and the path of the organisation; nothing is kept loaded."""
    hashed = data_keys().hash(question.number, context="identity")
    found = session.exec(
        select(Person.id, Person.name, Organisation.path)
        .join(Organisation, col(Organisation.id) == Person.organisation_id)
        .where(Person.identity_hash == hashed)
    ).first()
    return found if found is not None else (None, "", "")


def _answer(
    session: Session, person_id: int, years: tuple[int, ...], *, integrity: bool
) -> dict[str, Any]:
    found = standings.list_standings(session, person_id, besides=years)
    numbers = _certificates(session, person_id, years)
    said: dict[str, Any] = {
        "years": [_year(found[year], numbers.get(year)) for year in years],
        "period": _period(found, years),
    }
    if integrity:
        said["integrity_record"] = _has_record(session, person_id)
    return said


def _year(of: YearStanding, certificate: str | None) -> dict[str, Any]:
    return {
        "year": of.year, "owed": of.owed, "complete": of.complete, "required": str(of.required),
        "elective": str(of.elective), "public": str(of.public),
        "professional": str(of.professional), "total": str(of.total),
        # In a period the hours are missing of all its years together.
        "missing": [
            {"bucket": gap.bucket.value, "label": gap.bucket.label, "hours": str(gap.hours)}
            for gap in of.missing
        ],
        "period": of.period, "certificate": certificate,
    }  # fmt: skip


def _period(found: dict[int, YearStanding], years: tuple[int, ...]) -> dict[str, Any] | None:
    of = next((found[year] for year in years if found[year].period), None)
    if of is None:
        return None
    need = of.requirements[0].need
    return {
        "period": of.period, "total": str(of.period_total or 0), "needed": str(need),
        "average": str(of.period_average) if of.period_average is not None else None,
        "complete": of.complete,
    }  # fmt: skip


def _certificates(session: Session, person_id: int, years: tuple[int, ...]) -> dict[int, str]:
    rows = session.exec(
        select(Certificate.year, Certificate.number).where(
            Certificate.person_id == person_id, col(Certificate.year).in_(years),
            Certificate.status == CertificateStatus.VALID,
        )
    )  # fmt: skip
    return dict(rows.all())


def _has_record(session: Session, person_id: int) -> bool:
    rows = session.exec(select(IntegrityRecord).where(IntegrityRecord.person_id == person_id))
    today = clock.today()
    return any(
        is_in_force(row.expires_on, today, cancelled=row.cancelled_at is not None) for row in rows
    )


def _record(
    session: Session, holder: KeyHolder, years: tuple[int, ...], *, person_id: int | None
) -> None:
    now = clock.now()
    session.add(
        StandingLookup(key_id=holder.key_id, person_id=person_id, years=list(years), at=now)
    )
    session.execute(
        update(StandingKey)
        .where(col(StandingKey.id) == holder.key_id)
        .values(used=StandingKey.used + 1, last_used_at=now)
    )
    audit.record(
        session, _as_actor(session, holder), audit.Action.STANDING_LOOKED_UP,
        kind="person" if person_id else "standing_key", id=person_id or holder.key_id,
        hit=person_id is not None, key=holder.key_id, years=list(years),
    )  # fmt: skip


def _as_actor(session: Session, holder: KeyHolder) -> Actor:
    """The office the key was given to: a machine has no person behind it."""
    key = session.get_one(StandingKey, holder.key_id)
    place = session.get_one(Organisation, key.organisation_id)
    office = Office(place.id or 0, place.path, place.name, place.capacities)
    return Actor(permissions=NOBODY, offices=(office,))
