"""The requirements and windows of each year, kept as data so that a new year needs no code."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.errors import NotFound, NotPermitted
from rxapp.models.years import YearPolicyRow
from rxapp.rules.person_status import EXEMPT, PersonStatus
from rxapp.rules.years import YearPolicy, policy_2016_2019, policy_2020_on
from rxapp.services import audit
from rxapp.services.actors import SYSTEM, Actor

FIRST_YEAR = 2016

_SAME_NAME = (
    "year", "period", "required", "elective", "public", "professional", "total",
    "learn_from", "learn_until", "finish_grace", "makeup_from", "makeup_until",
    "claim_from", "claim_until", "beat_seconds",
)  # fmt: skip


def get_policy(session: Session, year: int) -> YearPolicy:
    """The requirements and windows of a year; NotFound before 2016 or beyond next year."""
    _require_known(year)
    return _policy(session.get(YearPolicyRow, year), session, year)


def list_policies(session: Session, years: Iterable[int]) -> dict[int, YearPolicy]:
    """The policies of several years, by year."""
    wanted = tuple(years)
    rows = session.exec(select(YearPolicyRow).where(col(YearPolicyRow.year).in_(wanted))).all()
    stored = {row.year: row for row in rows}
    return {year: _policy(stored.get(year), session, year) for year in wanted}


def list_exempt(session: Session, years: Iterable[int]) -> dict[int, frozenset[PersonStatus]]:
    """The states in which a year is not owed, by year."""
    wanted = tuple(years)
    rows = session.exec(select(YearPolicyRow).where(col(YearPolicyRow.year).in_(wanted))).all()
    stored = {
        row.year: frozenset(PersonStatus(word) for word in row.exempt.split("|") if word)
        for row in rows
    }
    return {year: stored.get(year, EXEMPT) for year in wanted}


def set_policy(session: Session, actor: Actor, policy: YearPolicy) -> None:
    """Put a year's requirements and windows in force; recorded with the new version."""
    if actor is not SYSTEM:
        raise NotPermitted()
    row = session.get(YearPolicyRow, policy.year)
    version = 1 if row is None else row.version + 1
    # Whom a year exempts is set apart from its hours, and stays.
    kept: dict[str, Any] = {} if row is None else {"exempt": row.exempt}
    session.merge(YearPolicyRow(**_columns(policy), **kept, version=version))
    session.flush()
    audit.record(
        session, actor, audit.Action.POLICY_SET, kind="year", id=policy.year, version=version
    )


def ensure_shipped(session: Session, actor: Actor) -> None:
    """Write the notice's policies from 2016 to this year where there are none yet."""
    years = range(FIRST_YEAR, clock.today().year + 1)
    stored = set(session.exec(select(YearPolicyRow.year)).all())
    for year in years:
        if year not in stored:
            # What the bureau set for the year before goes on where nobody opened the new one.
            set_policy(session, actor, _carried_on(session, year))


def _policy(row: YearPolicyRow | None, session: Session, year: int) -> YearPolicy:
    if row is None:
        return _carried_on(session, year)
    same = {name: getattr(row, name) for name in _SAME_NAME}
    gap = (row.quiz_gap_min_seconds, row.quiz_gap_max_seconds)
    return YearPolicy(**same, quiz_gap_seconds=gap)


def _carried_on(session: Session, year: int) -> YearPolicy:
    # On New Year's morning nobody has written the new year's policy yet: the last one goes on.
    _require_known(year)
    shipped = _shipped(year)
    last = session.exec(
        select(YearPolicyRow)
        .where(YearPolicyRow.year < year, col(YearPolicyRow.period).is_(None))
        .order_by(col(YearPolicyRow.year).desc())
    ).first()
    if last is None or shipped.period:
        return shipped
    before = _policy(last, session, last.year)
    asked = ("required", "elective", "public", "professional", "total", "finish_grace")
    kept = {name: getattr(before, name) for name in (*asked, "quiz_gap_seconds", "beat_seconds")}
    return replace(shipped, **kept)


def _require_known(year: int) -> None:
    if not FIRST_YEAR <= year <= clock.today().year + 1:
        raise NotFound("没有这一年度的学时要求，请核对年度。")


def _shipped(year: int) -> YearPolicy:
    return policy_2016_2019(year) if year < 2020 else policy_2020_on(year)


def _columns(policy: YearPolicy) -> dict[str, Any]:
    low, high = policy.quiz_gap_seconds
    same = {name: getattr(policy, name) for name in _SAME_NAME}
    return {**same, "quiz_gap_min_seconds": low, "quiz_gap_max_seconds": high}
