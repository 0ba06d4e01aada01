"""The books of all claims, read anew from the first word: what does not follow is a fault.

And claims by the hundred, as they lie in the database when so many people have sent theirs in.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlmodel import Session, col, select

from rxapp import clock, routes
from rxapp.models.applications import Evidence, QueueTotal
from rxapp.models.audit import AuditEvent
from rxapp.models.claims import Claim, ClaimDecision, ClaimFile
from rxapp.models.credits import Credit
from rxapp.models.messages import Message
from rxapp.models.people import Person
from rxapp.rules.claims import TRANSITIONS, Act, Status, Step
from rxapp.rules.hours import Hours
from rxapp.rules.subjects import Subject
from rxapp.services import conversion_rules, credits
from rxapp.services.claim_moves import CLAIMS, STEP_QUEUES
from tests.services.claiming import Claims

FORTY = Hours.of(40)


def find_faults(session: Session) -> list[str]:
    """Everything in which claims, words, ledger, sums, counts, messages and log disagree."""
    rows = session.exec(select(Claim).order_by(col(Claim.id))).all()
    words: dict[int, list[ClaimDecision]] = {}
    for word in session.exec(select(ClaimDecision).order_by(col(ClaimDecision.id))):
        words.setdefault(word.claim_id, []).append(word)
    lines: dict[str, list[Credit]] = {}
    for line in session.exec(select(Credit).where(Credit.source_kind == "claim")):
        lines.setdefault(line.source_key.rpartition(":")[0], []).append(line)
    undone = set(session.exec(select(Credit.reverses_id)).all())
    told = Counter(session.exec(select(Message.href)).all())
    logged = Counter(
        session.exec(select(AuditEvent.object_id).where(AuditEvent.action == "claim:moved")).all()
    )
    faults = [f"wrong total {wrong}" for wrong in credits.find_wrong_totals(session)]
    for row in rows:
        said = words.get(row.id or 0, [])
        found = [
            *_of_words(row, said), *_of_ledger(row, lines.get(f"claim:{row.id}", []), undone)
        ]  # fmt: skip
        if told[routes.claim(row.id or 0)] != sum(map(_is_told, said)):
            found.append("messages")
        if logged[row.id or 0] != len(said):
            found.append("log")
        faults += [f"claim {row.id} ({row.status}/{row.step}): {each}" for each in found]
    return faults + _of_queues(session, rows)


def _of_words(row: Claim, said: Sequence[ClaimDecision]) -> list[str]:
    """Walk from draft to where it stands; the step after a word is that of the next, or its own."""
    stands: tuple[Status, Step] = (Status.DRAFT, Step.PERSON)
    for place, word in enumerate(said):
        if (word.status, word.step) != stands:
            return [f"word {place} was said at {word.status}/{word.step}, it stood at {stands}"]
        status, step = TRANSITIONS[stands[0], stands[1], word.act]
        following = said[place + 1].step if place + 1 < len(said) else row.step
        stands = (status, step or following)
    faults = [] if (row.status, row.step) == stands else [f"its words lead to {stands}"]
    return faults + ([] if row.version >= len(said) + 1 else ["version"])


def _of_ledger(row: Claim, lines: Sequence[Credit], undone: set[int | None]) -> list[str]:
    counting = [line for line in lines if line.id not in undone]
    if row.status is not Status.GRANTED:
        return ["hours count"] if counting or row.credit_id else []
    if [line.id for line in counting] != [row.credit_id]:
        return [f"{len(counting)} lines count"]
    line = counting[0]
    same = (line.person_id, line.year, line.hours) == (row.person_id, row.year, row.hours)
    return [] if same and row.grants == len(lines) else ["another line"]


def _is_told(word: ClaimDecision) -> bool:
    final = word.act is Act.PASS and word.step is not Step.EMPLOYER
    return final or word.act in (Act.RETURN, Act.REJECT, Act.TAKE_BACK)


def _of_queues(session: Session, rows: Sequence[Claim]) -> list[str]:
    waiting: Counter[tuple[int, str]] = Counter()
    for row in rows:
        if row.status is Status.SUBMITTED:
            waiting[row.office_id or 0, CLAIMS] += 1
            waiting[row.office_id or 0, STEP_QUEUES[row.step]] += 1
    kept = {
        (each.office_id, each.queue): each.waiting
        for each in session.exec(select(QueueTotal))
        if each.queue.startswith(CLAIMS)
    }
    return [
        f"queue {key}: {kept.get(key, 0)} kept, {waiting[key]} wait"
        for key in sorted(kept.keys() | waiting.keys(), key=repr)
        if kept.get(key, 0) != waiting[key]
    ]


def add_many(
    case: Claims, count: int, *, status: Status = Status.SUBMITTED, step: Step = Step.EMPLOYER
) -> list[int]:
    """So many claims of the clinic's people with a proof each and the words that led there."""
    with Session(case.engine) as session, session.begin():
        rule_id, _ = conversion_rules.get_offered(session, "qualification")
        rows = [_claim(case, n, status, step, rule_id) for n in range(count)]
        session.add_all(rows)
        session.flush()
        ids = [row.id or 0 for row in rows]
        _prove(session, ids)
        for row in rows:
            session.add_all(_words(case, row))
            session.add_all(
                AuditEvent(
                    at=clock.now(), action="claim:moved", object_kind="claim", object_id=row.id
                )
                for _ in _words(case, row)
            )
        if status is Status.SUBMITTED:
            for queue in (CLAIMS, STEP_QUEUES[step]):
                session.add(QueueTotal(office_id=_office(case, step), queue=queue, waiting=count))
        for person in session.exec(select(Person).where(col(Person.id).in_(case.ids))):
            person.activated_at = person.activated_at or clock.now()
    return ids


def _office(case: Claims, step: Step) -> int:
    return case.town.clinic if step is Step.EMPLOYER else case.town.health


def _claim(case: Claims, n: int, status: Status, step: Step, rule_id: int) -> Claim:
    now, on = clock.now(), clock.today().replace(month=1, day=1 + n % 28)
    if on > clock.today():
        on = clock.today()
    title = f"第{n}项资格"
    sent = status is Status.SUBMITTED
    return Claim(
        person_id=case.ids[n % len(case.ids)], status=status, step=step, rule_id=rule_id,
        office_id=_office(case, step) if sent else None,
        organisation_id=case.town.clinic if sent else None,
        number=f"X{n:06d}" if sent else None, typed={"title": title, "earned_on": f"{on}"},
        title=title, year=on.year if sent else None, earned_on=on if sent else None,
        subject=Subject.PROFESSIONAL if sent else None, hours=FORTY if sent else Hours(0),
        first_submitted_at=now if sent else None, submitted_at=now if sent else None,
        waiting_since=now if sent else None, created_at=now, saved_at=now, version=9,
    )  # fmt: skip


def _words(case: Claims, row: Claim) -> list[ClaimDecision]:
    if row.status is Status.DRAFT:
        return []
    common: dict[str, Any] = {"claim_id": row.id or 0, "hours": FORTY, "at": clock.now()}
    sent = ClaimDecision(
        status=Status.DRAFT, step=Step.PERSON, act=Act.SUBMIT, by_id=row.person_id, **common
    )
    passed = ClaimDecision(
        status=Status.SUBMITTED, step=Step.EMPLOYER, act=Act.PASS, by_id=case.town.employer,
        office_id=case.town.clinic, **common,
    )  # fmt: skip
    return [sent] if row.step is Step.EMPLOYER else [sent, passed]


def _prove(session: Session, ids: Sequence[int]) -> None:
    files = [
        Evidence(
            purpose="claim", name="证.png", media_type="image/jpeg", size=1, file=f"{id:064x}.jpg",
            preview=f"{id:064x}.jpg", source_sha256=hashlib.sha256(b"%d" % id).hexdigest(),
            uploaded_at=clock.now(),
        )
        for id in ids
    ]  # fmt: skip
    session.add_all(files)
    session.flush()
    session.add_all(
        ClaimFile(claim_id=id, evidence_id=file.id or 0, need="certificate")
        for id, file in zip(ids, files, strict=True)
    )
