"""查询密钥: with which another system asks for a person's standing; issued, shown once, revoked."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.errors import Conflict, Invalid, NotFound
from rxapp.models.keys import StandingKey
from rxapp.models.organisations import Organisation, OrganisationStatus
from rxapp.rules.keys import LONGEST_REASON, parse_terms
from rxapp.rules.permissions import Capacity, Permission
from rxapp.services import audit, organisation_search, scopes
from rxapp.services.actors import Actor
from rxapp.services.extending import WHOLE_CITY, list_areas
from rxapp.services.organisation_search import OrganisationChoice
from rxapp.services.sign_ins import token_hash

PAGE = 30
VALID, RESTING = "有效", "机构已暂停或注销"


@dataclass(frozen=True)
class KeyRow:
    """A key as the bureau sees it; the key itself is nowhere."""

    id: int
    organisation: str
    name: str
    scope: str
    expires_on: str
    used: str
    # 有效, 机构已暂停或注销, 已过期 or 已撤销
    state: str
    # Whether it opens anything, now or once its organisation takes part again.
    may_revoke: bool
    tone: str
    issued: str
    revoke_reason: str


@dataclass(frozen=True)
class KeyPage:
    """Some keys, the newest first; `next_before` is 0 at the end."""

    rows: list[KeyRow]
    next_before: int


@dataclass(frozen=True)
class IssuedKey:
    """A key at the only moment it is known."""

    id: int
    key: str
    organisation: str


def list_keys(session: Session, actor: Actor, *, before: int = 0) -> KeyPage:
    """Every key there was, the newest first."""
    actor.require(Permission.KEY_ISSUE)
    statement = (
        select(StandingKey, Organisation)
        .join(Organisation, col(Organisation.id) == StandingKey.organisation_id)
        .order_by(col(StandingKey.id).desc())
        .limit(PAGE + 1)
    )
    if before:
        statement = statement.where(col(StandingKey.id) < before)
    found = session.exec(statement).all()
    rows = [_row(session, row, place) for row, place in found[:PAGE]]
    return KeyPage(rows, rows[-1].id if len(found) > PAGE else 0)


def list_counties(session: Session, actor: Actor) -> list[tuple[str, str]]:
    """The counties a key can be narrowed to."""
    actor.require(Permission.KEY_ISSUE)
    return list_areas(session)


def find_places(session: Session, actor: Actor, *, query: str) -> list[OrganisationChoice]:
    """At most ten organisations that take part and fit, to issue a key to."""
    actor.require(Permission.KEY_ISSUE)
    typed = organisation_search.fold(query)
    if len(typed) < organisation_search.SHORTEST:
        raise Invalid({"q": "请至少输入机构名称的两个字。"})
    rows = session.exec(
        select(Organisation.id, Organisation.name)
        .where(
            Organisation.status == OrganisationStatus.ACTIVE,
            scopes.within(actor, Permission.KEY_ISSUE), organisation_search.matches(typed),
        )
        .order_by(col(Organisation.name), col(Organisation.id))
        .limit(organisation_search.MOST)
    )  # fmt: skip
    return [OrganisationChoice(id or 0, name, "") for id, name in rows]


def issue(
    session: Session, actor: Actor, *, organisation_id: int, typed: Mapping[str, str]
) -> IssuedKey:
    """Issue a key to an organisation; it is known now and never again.

    Pressed twice, the second finds the first by its name: Conflict. Invalid names every wrong
    field.
    """
    issuer = actor.require(Permission.KEY_ISSUE)
    place = _place(session, actor, organisation_id)
    county = _county(session, typed.get("county", ""))
    # A key ends by the real clock, as sign-ins do; years are those of the business calendar.
    today = clock.local(clock.now()).date()
    terms = parse_terms(typed, today=today, this_year=clock.today().year)
    # Of two presses the second waits here.
    session.refresh(place, with_for_update={"key_share": True})
    _require_new(session, place, terms.name)
    key = secrets.token_urlsafe(32)
    row = StandingKey(
        organisation_id=organisation_id, name=terms.name, key_hash=token_hash(key),
        first_year=terms.first_year, last_year=terms.last_year, county_id=county,
        integrity=terms.integrity, issued_by=issuer, issued_at=clock.now(),
        expires_at=datetime.combine(
            terms.last_day + timedelta(days=1), time.min, clock.SHANGHAI
        ),
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.record(
        session, actor, audit.Action.KEY_ISSUED, kind="standing_key", id=row.id,
        organisation=organisation_id, county=county, years=[row.first_year, row.last_year],
        integrity=row.integrity,
    )  # fmt: skip
    return IssuedKey(row.id or 0, key, place.name)


def revoke(session: Session, actor: Actor, *, key_id: int, reason: str) -> str:
    """Take a key back at once, with the reason; pressed twice it is taken back once."""
    actor.require(Permission.KEY_ISSUE)
    row = session.get(StandingKey, key_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound("没有找到这个密钥。")
    if row.revoked_at is None:
        why = " ".join(reason.split())
        if not 2 <= len(why) <= LONGEST_REASON:
            raise Invalid({"revoke_reason": f"请填写撤销的理由，2至{LONGEST_REASON}个字。"})
        row.revoked_at, row.revoked_by, row.revoke_reason = clock.now(), actor.person_id, why
        session.add(row)
        session.flush()
        audit.record(session, actor, audit.Action.KEY_REVOKED, kind="standing_key", id=row.id)
    return "密钥已撤销，即时失效。"


def _place(session: Session, actor: Actor, organisation_id: int) -> Organisation:
    found = session.exec(
        select(Organisation).where(
            Organisation.id == organisation_id, scopes.within(actor, Permission.KEY_ISSUE),
            Organisation.status == OrganisationStatus.ACTIVE,
        )
    ).first()  # fmt: skip
    if found is None:
        raise Invalid({"organisation": "请选择使用密钥的机构，暂停或注销的机构不能使用。"})
    return found


def _county(session: Session, word: str) -> int | None:
    if word == "all":
        return None
    id = int(word) if word.isascii() and word.isdigit() and len(word) < 10 else 0
    found = session.get(Organisation, id)
    if found is None or Capacity.COUNTY_BUREAU not in found.capacities:
        raise Invalid({"county": "请选择可查询的范围：全市，或者一个县（市、区）。"})
    return id


def _require_new(session: Session, place: Organisation, name: str) -> None:
    held = select(StandingKey.id).where(
        StandingKey.organisation_id == place.id, StandingKey.name == name,
        col(StandingKey.revoked_at).is_(None), StandingKey.expires_at > clock.now(),
    )  # fmt: skip
    if session.exec(held).first() is not None:
        raise Conflict(f"{place.name}已有用途相同的有效密钥，请换一个用途名称，或先撤销原来的。")


def _row(session: Session, row: StandingKey, place: Organisation) -> KeyRow:
    county = session.get(Organisation, row.county_id) if row.county_id else None
    archive = "，含诚信档案" if row.integrity else ""
    years = f"{row.first_year}—{row.last_year}年度"
    ended = "已撤销" if row.revoked_at else "已过期" if row.expires_at <= clock.now() else ""
    state = ended or (VALID if place.status is OrganisationStatus.ACTIVE else RESTING)
    last = f"，最近{clock.local(row.last_used_at):%Y-%m-%d %H:%M}" if row.last_used_at else ""
    expires = clock.local(row.expires_at) - timedelta(days=1)
    return KeyRow(
        id=row.id or 0, organisation=place.name, name=row.name,
        scope=f"{county.name if county else WHOLE_CITY}，{years}{archive}",
        expires_on=f"{expires:%Y-%m-%d}", used=f"{row.used}次{last}", state=state,
        tone={VALID: "good", RESTING: "warn"}.get(state, "plain"), may_revoke=not ended,
        issued=f"{clock.local(row.issued_at):%Y-%m-%d}", revoke_reason=row.revoke_reason,
    )  # fmt: skip
