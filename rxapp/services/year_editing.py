"""年度设置: each year's requirements and windows, looked at, previewed and changed by the bureau.

A change holds for what comes: no credit, decision or issued certificate is touched by it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import update
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.errors import Conflict, Invalid, NotFound
from rxapp.models.people import Person
from rxapp.models.years import PolicyEdition, YearPolicyRow
from rxapp.rules import year_forms
from rxapp.rules.permissions import Permission
from rxapp.rules.years import YearPolicy
from rxapp.services import audit, extensions, policies, policy_effects
from rxapp.services.actors import Actor
from rxapp.services.policy_effects import Effect

SHORTEST_NOTE, LONGEST_NOTE, MOST_EDITIONS = 2, 200, 50
SAME = "内容与现行设置相同，没有需要保存的改动。"


@dataclass(frozen=True)
class YearLine:
    """One year, or the period that stands for several, in a few words."""

    year: int
    label: str
    asks: str
    learning: str
    claiming: str
    version: int


@dataclass(frozen=True)
class EditionRow:
    """One change that was made."""

    version: int
    at: str
    by: str
    note: str
    changes: list[str]


@dataclass(frozen=True)
class YearEditor:
    """A year's form as it holds, and how it came to be so."""

    year: int
    label: str
    period: bool
    labels: dict[str, str]
    typed: dict[str, str]
    version: int
    editions: list[EditionRow]


@dataclass(frozen=True)
class YearPreview:
    """What would change, and for whom; nothing holds yet."""

    changes: list[tuple[str, str, str]]
    effect: Effect


def list_years(session: Session, actor: Actor) -> list[YearLine]:
    """Every year with a policy, the newest first; the years of a period are one."""
    actor.require(Permission.POLICY_EDIT)
    rows = session.exec(select(YearPolicyRow).order_by(col(YearPolicyRow.year).desc())).all()
    found = policies.list_policies(session, [row.year for row in rows])
    shown = [row for row in rows if row.year == extensions.key_year(found[row.year])]
    return [_line(found[row.year], row.version) for row in shown]


def get_editor(session: Session, actor: Actor, year: int) -> YearEditor:
    """One year's form; NotFound for a year that was not opened."""
    actor.require(Permission.POLICY_EDIT)
    row, policy = _row(session, year)
    return YearEditor(
        year=row.year, label=policy.label, period=policy.period is not None,
        labels=year_forms.labels_of(policy), typed=year_forms.typed_of(policy),
        version=row.version, editions=_editions(session, row.year),
    )  # fmt: skip


def preview(session: Session, actor: Actor, *, year: int, typed: Mapping[str, str]) -> YearPreview:
    """What the form would change and for whom; Invalid names every wrong field."""
    actor.require(Permission.POLICY_EDIT)
    _, before = _row(session, year)
    after = year_forms.parse(before, typed)
    changes = year_forms.changes(before, after)
    if not changes:
        raise Invalid(message=SAME)
    return YearPreview(changes, policy_effects.judge(session, before, after))


def save(
    session: Session, actor: Actor, *, year: int, typed: Mapping[str, str], note: str, version: int
) -> int:
    """Let a year's form hold from now on; returns the new version.

    Invalid names every wrong field, Conflict says that somebody else was first.
    """
    actor.require(Permission.POLICY_EDIT)
    row, before = _row(session, year)
    said = _note(note)
    after = year_forms.parse(before, typed)
    changes = year_forms.changes(before, after)
    if row.version != version:
        raise Conflict(_who_was_first(session, row.year))
    if not changes:
        raise Invalid(message=SAME)
    years = list(before.period_years) or [before.year]
    _write(session, after, years, version)
    edition = PolicyEdition(
        year=row.year, version=version + 1, changes=[list(each) for each in changes], note=said,
        by_id=actor.person_id, at=clock.now(),
    )  # fmt: skip
    session.add(edition)
    audit.record(
        session, actor, audit.Action.POLICY_SET, kind="year", id=row.year, version=version + 1,
        fields=len(changes),
    )  # fmt: skip
    session.flush()
    return version + 1


def _row(session: Session, year: int) -> tuple[YearPolicyRow, YearPolicy]:
    row = session.get(YearPolicyRow, year, populate_existing=True)
    if row is None:
        raise NotFound("这一年度还没有开启，没有可以修改的设置。")
    policy = policies.get_policy(session, year)
    if year != extensions.key_year(policy):
        return _row(session, extensions.key_year(policy))
    return row, policy


def _write(session: Session, policy: YearPolicy, years: list[int], version: int) -> None:
    low, high = policy.quiz_gap_seconds
    names = [name for name in year_forms.labels_of(policy) if hasattr(policy, name)]
    columns = {name: getattr(policy, name) for name in names}
    columns |= {"quiz_gap_min_seconds": low, "quiz_gap_max_seconds": high}
    done = session.execute(
        update(YearPolicyRow)
        .where(col(YearPolicyRow.year) == years[0], col(YearPolicyRow.version) == version)
        .values(**columns, version=version + 1)
    )
    if not done.rowcount:  # type: ignore[attr-defined]
        raise Conflict(_who_was_first(session, years[0]))
    session.execute(
        update(YearPolicyRow)
        .where(col(YearPolicyRow.year).in_(years[1:]))
        .values(**columns, version=YearPolicyRow.version + 1)
    )
    session.expire_all()


def _who_was_first(session: Session, year: int) -> str:
    last = _editions(session, year)[:1]
    who = f"{last[0].by}于{last[0].at}" if last else "其他人"
    return f"{who}已修改过这一年度的设置，请刷新后再试，已填写的内容仍在。"


def _note(note: str) -> str:
    said = " ".join(note.split())
    if not SHORTEST_NOTE <= len(said) <= LONGEST_NOTE:
        text = f"请填写修改的依据，{SHORTEST_NOTE}至{LONGEST_NOTE}个字，会和这次修改一起保存。"
        raise Invalid({"note": text})
    return said


def _editions(session: Session, year: int) -> list[EditionRow]:
    rows = session.exec(
        select(PolicyEdition, Person.name)
        .join(Person, col(Person.id) == PolicyEdition.by_id, isouter=True)
        .where(PolicyEdition.year == year)
        .order_by(col(PolicyEdition.version).desc())
        .limit(MOST_EDITIONS)
    )
    return [
        EditionRow(
            row.version, f"{clock.local(row.at):%Y-%m-%d %H:%M}", who or "系统", row.note,
            [f"{label}：{was} → {now}" for label, was, now in row.changes],
        )
        for row, who in rows
    ]  # fmt: skip


def _line(policy: YearPolicy, version: int) -> YearLine:
    if policy.period:
        asks = f"年均不少于{policy.total}学时"
    else:
        asks = f"公需{policy.public}、专业{policy.professional}、合计{policy.total}学时"
    days = policy.learning_days
    learning = f"{days[0]}至{days[1]}" if days else "未开放"
    until = str(policy.claim_until) if policy.claim_until else "另行通知"
    claiming = f"{policy.claim_from}至{until}" if policy.claim_from else "未开放"
    return YearLine(extensions.key_year(policy), policy.label, asks, learning, claiming, version)
