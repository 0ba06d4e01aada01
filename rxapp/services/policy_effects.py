"""What a changed year would do: how many owe it, and some of those whose standing would turn."""

from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import Session, col, select

from rxapp.models.credits import YearTotal
from rxapp.models.organisations import Organisation
from rxapp.models.people import Person
from rxapp.rules.hours import Hours
from rxapp.rules.subjects import Subject
from rxapp.rules.years import YearPolicy, YearStanding, owed_total, standing

# Looked at for examples, however large the city is; and how many of them are named.
LOOKED_AT, NAMED = 500, 5


@dataclass(frozen=True)
class Effect:
    """For whom a change is: how many owe the year, and what it does to those looked at."""

    owing: str
    sentence: str
    examples: list[str]


def judge(session: Session, before: YearPolicy, after: YearPolicy) -> Effect:
    """Hold some people, evenly spread over the city, against both policies."""
    last = max(before.period_years, default=before.year)
    owing = session.exec(
        select(func.count()).select_from(Person).where(col(Person.owes_from) <= last)
    ).one()
    looked, gained, lost, examples = 0, 0, 0, []
    for person, unit, held in _some(session, before, last):
        was, becomes = (_complete(policy, person, held) for policy in (before, after))
        looked += 1
        gained += becomes and not was
        lost += was and not becomes
        if was != becomes and len(examples) < NAMED:
            turned = "由未完成变为已完成" if becomes else "由已完成变为未完成"
            examples.append(f"{person.name}（{unit}）：{turned}")
    return Effect(f"{owing}", _sentence(looked, gained, lost), examples)


def _sentence(looked: int, gained: int, lost: int) -> str:
    if not looked:
        return "目前没有应学这一年度的人员。"
    if not gained and not lost:
        return f"抽看了其中{looked}人，完成情况都没有变化。"
    return f"抽看了其中{looked}人：{gained}人由未完成变为已完成，{lost}人由已完成变为未完成。"


def _some(
    session: Session, policy: YearPolicy, last: int
) -> list[tuple[Person, str, dict[int, dict[Subject, Hours]]]]:
    newest = session.exec(select(func.max(Person.id))).one() or 0
    ids = {1 + place * newest // LOOKED_AT for place in range(LOOKED_AT)}
    people = session.exec(
        select(Person, Organisation.name)
        .join(Organisation, col(Organisation.id) == Person.organisation_id)
        .where(col(Person.id).in_(ids), col(Person.owes_from) <= last)
        .order_by(col(Person.id))
    ).all()
    held = _held(session, [person.id or 0 for person, _ in people], policy)
    return [(person, unit, held.get(person.id or 0, {})) for person, unit in people]


def _held(
    session: Session, ids: list[int], policy: YearPolicy
) -> dict[int, dict[int, dict[Subject, Hours]]]:
    years = list(policy.period_years) or [policy.year]
    rows = session.exec(
        select(YearTotal).where(
            col(YearTotal.person_id).in_(ids), col(YearTotal.year).in_(years)
        )
    )  # fmt: skip
    found: dict[int, dict[int, dict[Subject, Hours]]] = {}
    for row in rows:
        found.setdefault(row.person_id, {})[row.year] = {
            Subject.PUBLIC_REQUIRED: row.required, Subject.PUBLIC_ELECTIVE: row.elective,
            Subject.PROFESSIONAL: row.professional,
        }  # fmt: skip
    return found


def _complete(policy: YearPolicy, person: Person, held: dict[int, dict[Subject, Hours]]) -> bool:
    return _standing(policy, person.owes_from, held).complete


def _standing(
    policy: YearPolicy, owes_from: int, held: dict[int, dict[Subject, Hours]]
) -> YearStanding:
    sums = {year: Hours.total(each.values()) for year, each in held.items()}
    total = owed_total(policy, sums, owes_from=owes_from) if policy.period else None
    return standing(policy, held.get(policy.year, {}), owes_from=owes_from, period_total=total)
