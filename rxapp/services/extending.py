"""延长期限: a year's window is held open longer, for one county or for all, with the reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import String, type_coerce
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.errors import Conflict, Invalid, NotFound
from rxapp.models.organisations import Organisation, OrganisationStatus
from rxapp.models.people import Person
from rxapp.models.years import WindowExtension
from rxapp.rules.extensions import LONGEST_REASON, SHORTEST_REASON, parse_extension
from rxapp.rules.permissions import Capacity, Permission
from rxapp.services import audit, extensions, organisation_search, policies
from rxapp.services.actors import Actor

PAGE = 30
WHOLE_CITY = "全市"


@dataclass(frozen=True)
class ExtensionRow:
    """One extension: of what, for whom, until when, why, by whom, and whether it holds."""

    id: int
    year: str
    window: str
    area: str
    until: str
    reason: str
    by: str
    at: str
    # 有效, 已到期 or 已撤销
    state: str
    tone: str
    revoke_reason: str


@dataclass(frozen=True)
class ExtensionPage:
    """Some extensions, the newest first; `next_before` is 0 at the end."""

    rows: list[ExtensionRow]
    next_before: int


def list_extensions(session: Session, actor: Actor, *, before: int = 0) -> ExtensionPage:
    """Every extension there was, the newest first."""
    actor.require(Permission.POLICY_EDIT)
    statement = (
        select(WindowExtension, Organisation.name, Person.name)
        .join(Organisation, col(Organisation.id) == WindowExtension.county_id, isouter=True)
        .join(Person, col(Person.id) == WindowExtension.by_id, isouter=True)
        .order_by(col(WindowExtension.id).desc())
        .limit(PAGE + 1)
    )
    if before:
        statement = statement.where(col(WindowExtension.id) < before)
    found = session.exec(statement).all()
    rows = [_row(session, row, county, who) for row, county, who in found[:PAGE]]
    return ExtensionPage(rows, rows[-1].id if len(found) > PAGE else 0)


def list_counties(session: Session, actor: Actor) -> list[tuple[str, str]]:
    """The county bureaus of the city, to choose one of."""
    actor.require(Permission.POLICY_EDIT)
    return list_areas(session)


def list_areas(session: Session) -> list[tuple[str, str]]:
    """Every county that takes part: its bureau's id and name, by name."""
    rows = session.exec(
        select(Organisation.id, Organisation.name)
        .where(
            organisation_search.is_bureau(),
            type_coerce(col(Organisation.capacities), String).contains(
                f"|{Capacity.COUNTY_BUREAU}|"
            ),
            Organisation.status == OrganisationStatus.ACTIVE,
        )
        .order_by(col(Organisation.name), col(Organisation.id))
        .limit(200)
    )
    return [(str(id), name) for id, name in rows]


def extend(session: Session, actor: Actor, *, typed: Mapping[str, str]) -> str:
    """Hold a window open until a later day; pressed twice it is one extension.

    Invalid names every wrong field; nothing that was granted or refused before is touched.
    """
    actor.require(Permission.POLICY_EDIT)
    policy = policies.get_policy(session, _year(typed))
    county = _county(session, typed)
    extension, reason = parse_extension(policy, typed, today=clock.today())
    key = {
        "year": extensions.key_year(policy), "window": extension.window,
        "county_id": county.id if county else None, "until": extension.until,
    }  # fmt: skip
    known = select(WindowExtension).filter_by(**key, revoked_on=None)
    if session.exec(known).first() is None:
        made = WindowExtension(**key, reason=reason, by_id=actor.person_id, at=clock.now())
        session.add(made)
        session.flush()
        audit.record(
            session, actor, audit.Action.WINDOW_EXTENDED, kind="extension", id=made.id,
            year=made.year, window=made.window.value, county=made.county_id,
            until=made.until.isoformat(),
        )  # fmt: skip
    area = county.name if county else WHOLE_CITY
    return (
        f"{policy.label}的{extension.window.label}对{area}延长到{_day(extension.until)}，即时生效。"
    )


def revoke(session: Session, actor: Actor, *, extension_id: int, reason: str) -> str:
    """Take an extension back, with the reason: it holds until this day ends, never backwards."""
    actor.require(Permission.POLICY_EDIT)
    row = session.get(WindowExtension, extension_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound("没有找到这项延长。")
    done = "已撤销，今天24时后不再延长。此前开始的学习和提交的申报不受影响。"
    if row.revoked_on is not None:
        return done
    if row.until < clock.today():
        raise Conflict("这项延长已经到期，不需要撤销。")
    why = " ".join(reason.split())
    if not SHORTEST_REASON <= len(why) <= LONGEST_REASON:
        said = f"请填写撤销的理由，{SHORTEST_REASON}至{LONGEST_REASON}个字。"
        raise Invalid({"revoke_reason": said})
    row.revoked_on, row.revoked_by, row.revoke_reason = clock.today(), actor.person_id, why
    session.add(row)
    session.flush()
    audit.record(session, actor, audit.Action.EXTENSION_REVOKED, kind="extension", id=row.id)
    return done


def _year(typed: Mapping[str, str]) -> int:
    word = typed.get("year", "")
    if not (word.isascii() and word.isdigit() and len(word) == 4):
        raise Invalid({"year": "请选择年度。"})
    return int(word)


def _county(session: Session, typed: Mapping[str, str]) -> Organisation | None:
    """The county that was chosen; none for the whole city. Invalid for nothing or no county."""
    word = typed.get("county", "")
    if word == "all":
        return None
    found = (
        session.get(Organisation, int(word))
        if word.isascii() and word.isdigit() and len(word) < 10
        else None
    )
    if found is None or Capacity.COUNTY_BUREAU not in found.capacities:
        raise Invalid({"county": "请选择适用的范围：全市，或者一个县（市、区）。"})
    # Merged since the form was opened: its people belong to the other county now.
    return session.get_one(Organisation, extensions.county_now(session, found.id or 0))


def _row(
    session: Session, row: WindowExtension, county: str | None, who: str | None
) -> ExtensionRow:
    over = row.until < clock.today()
    state = "已撤销" if row.revoked_on else "已到期" if over else "有效"
    return ExtensionRow(
        id=row.id or 0, year=policies.get_policy(session, row.year).label,
        window=row.window.label, area=_area(session, row, county), until=_day(row.until),
        reason=row.reason, by=who or "系统", at=f"{clock.local(row.at):%Y-%m-%d %H:%M}",
        state=state, tone="good" if state == "有效" else "plain",
        revoke_reason=row.revoke_reason,
    )  # fmt: skip


def _area(session: Session, row: WindowExtension, county: str | None) -> str:
    if row.county_id is None or county is None:
        return WHOLE_CITY
    now = extensions.county_now(session, row.county_id)
    if now == row.county_id:
        return county
    return f"{county}（已并入{session.get_one(Organisation, now).name}）"


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
