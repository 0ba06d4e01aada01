"""What is counted for those who supervise, in the transaction of the act itself.

Each mark is a row or two found by their keys, so that no list of signals ever counts what a whole
city did. They are facts, never verdicts.
"""

from datetime import datetime

from sqlalchemy import and_, case, delete, not_
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.adapters.upserts import insert_of
from rxapp.models.applications import Evidence
from rxapp.models.claims import Claim, ClaimDecision, ClaimFile
from rxapp.models.learning import Showing
from rxapp.models.supervision import LearnerDay, RepeatedFile, ReviewerDay, ReviewerMonth
from rxapp.rules.claims import Act, Status

REVIEWED = (Act.PASS, Act.RETURN, Act.REJECT)
# Nobody reads a question and its options in so short a time.
QUICK_SECONDS = 2
# As in the indexes of `models.supervision`: what is worth showing at all.
BURST, QUICK_ANSWERS, WAKING_HOURS = 6, 5, 20
# A file in more claims than this is known well enough.
MOST_REPEATS = 50


def note_act(session: Session, made: ClaimDecision) -> None:
    """Count a reviewer's word, or look for the files of a claim that was just sent in."""
    if made.act in REVIEWED and made.by_id and made.office_id:
        _count_decision(session, made, made.by_id, made.office_id)
    elif made.act is Act.SUBMIT:
        _mark_repeats(session, made.claim_id, made.at)


def note_answer(session: Session, showing_id: int, *, at: datetime) -> None:
    """Count an answered pop quiz for the person and the day."""
    shown = session.get_one(Showing, showing_id)
    moment = clock.local(at)
    bit = 1 << moment.hour
    quick = int((at - shown.shown_at).total_seconds() < QUICK_SECONDS)
    seen = col(LearnerDay.hour_bits).op("&")(bit) != 0
    _upsert(
        session, LearnerDay, {"person_id": shown.person_id, "day": moment.date()},
        first={"answers": 1, "quick": quick, "hour_bits": bit, "hours": 1},
        then={
            "answers": LearnerDay.answers + 1,
            "quick": LearnerDay.quick + quick,
            "hour_bits": col(LearnerDay.hour_bits).op("|")(bit),
            "hours": LearnerDay.hours + case((seen, 0), else_=1),
        },
    )  # fmt: skip
    # Only the days that show something are kept beyond their end.
    session.execute(
        delete(LearnerDay).where(
            col(LearnerDay.person_id) == shown.person_id, col(LearnerDay.day) < moment.date(),
            col(LearnerDay.quick) < QUICK_ANSWERS, col(LearnerDay.hours) < WAKING_HOURS,
        )
    )  # fmt: skip


def _count_decision(session: Session, made: ClaimDecision, person_id: int, office_id: int) -> None:
    moment = clock.local(made.at)
    minute = moment.hour * 60 + moment.minute
    passed, timed = int(made.act is Act.PASS), int(made.seconds > 0)
    _upsert(
        session, ReviewerMonth,
        {"office_id": office_id, "month": moment.date().replace(day=1), "person_id": person_id},
        first={"decisions": 1, "passes": passed, "timed": timed, "seconds": made.seconds},
        then={
            "decisions": ReviewerMonth.decisions + 1,
            "passes": ReviewerMonth.passes + passed,
            "timed": ReviewerMonth.timed + timed,
            "seconds": ReviewerMonth.seconds + made.seconds,
        },
    )  # fmt: skip
    filled = case((col(ReviewerDay.minute) == minute, ReviewerDay.in_minute + 1), else_=1)
    fuller = filled > col(ReviewerDay.peak)
    _upsert(
        session, ReviewerDay,
        {"office_id": office_id, "day": moment.date(), "person_id": person_id},
        first={
            "decisions": 1, "passes": passed, "timed": timed, "seconds": made.seconds,
            "minute": minute, "in_minute": 1, "peak": 1, "peak_minute": minute,
        },
        then={
            "decisions": ReviewerDay.decisions + 1,
            "passes": ReviewerDay.passes + passed,
            "timed": ReviewerDay.timed + timed,
            "seconds": ReviewerDay.seconds + made.seconds,
            "minute": minute,
            "in_minute": filled,
            "peak": case((fuller, filled), else_=ReviewerDay.peak),
            "peak_minute": case((fuller, minute), else_=ReviewerDay.peak_minute),
        },
    )  # fmt: skip


def _mark_repeats(session: Session, claim_id: int, at: datetime) -> None:
    digests = session.exec(
        select(Evidence.source_sha256)
        .join(ClaimFile, col(ClaimFile.evidence_id) == Evidence.id)
        .where(ClaimFile.claim_id == claim_id)
    ).all()
    if not digests:
        return
    own = session.exec(select(Claim.batch, Claim.organisation_id).where(Claim.id == claim_id)).one()
    found = _list_others(session, claim_id, own[0], list(digests))
    marks = {(digest, id): place for digest, id, place in found}
    marks |= {(digest, claim_id): own[1] for digest, _, _ in found}
    rows = [
        {"source_sha256": digest, "claim_id": id, "organisation_id": place, "at": at}
        for (digest, id), place in sorted(marks.items())
        if place
    ]
    if rows:
        insert = insert_of(session)(RepeatedFile)
        session.execute(insert.values(rows).on_conflict_do_nothing())


def _list_others(
    session: Session, claim_id: int, batch: str, digests: list[str]
) -> list[tuple[str, int, int]]:
    """The claims that were sent in with one of these files.

    The lines of one paper certificate, and one achievement entered for many, share their files as
    they should: that is no repeat.
    """
    one_batch = and_(col(Claim.batch) == batch, col(Claim.batch) != "")
    rows = session.exec(
        select(Evidence.source_sha256, Claim.id, Claim.organisation_id)
        .join(ClaimFile, col(ClaimFile.evidence_id) == Evidence.id)
        .join(Claim, col(Claim.id) == ClaimFile.claim_id)
        .where(
            col(Evidence.source_sha256).in_(digests), Claim.id != claim_id,
            col(Claim.status).not_in((Status.DRAFT, Status.UNCONFIRMED)),
            not_(one_batch),
        )
        .limit(MOST_REPEATS)
    ).all()  # fmt: skip
    return [(digest, id or 0, place or 0) for digest, id, place in rows]


def _upsert(session: Session, table, key: dict, *, first: dict, then: dict) -> None:  # type: ignore[no-untyped-def,type-arg]
    statement = insert_of(session)(table).values(**key, **first)
    session.execute(statement.on_conflict_do_update(index_elements=list(key), set_=then))
