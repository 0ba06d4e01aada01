"""A demo city in which many claims wait for one employer: `python -m bench.deciding_city 120`.

Prints the cookie of the employer's clerk. The claims are copies of one that waits already, each of
another day, so that none stands in another's way.
"""

import sys
from datetime import timedelta

from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.adapters import database, encryption
from rxapp.adapters.database import transaction
from rxapp.demo import load
from rxapp.gate import cookies
from rxapp.models.claims import Claim, ClaimDecision, ClaimFile
from rxapp.models.people import Person
from rxapp.rules.claims import Status, Step
from rxapp.services import people, queues, sign_ins
from rxapp.services.claim_moves import CLAIMS, STEP_QUEUES
from rxapp.settings import settings


def main(more: int) -> None:
    """Load the demo, let so many more claims wait, sign the clerk in."""
    encryption.ensure(settings().keys_dir)
    database.migrate()
    load.load()
    clerk = next(each for each in load.demo_accounts() if each.key == "employer")
    with transaction(write=True) as session:
        person = people.find_by_number(session, clerk.identity_number)
        _copy(session, person, more)
        print(f"{cookies.session_cookie()}={sign_ins.begin(session, person, device='bench')}")


def _copy(session: Session, clerk: Person, more: int) -> None:
    waiting = select(Claim).where(
        Claim.status == Status.SUBMITTED, Claim.step == Step.EMPLOYER,
        Claim.organisation_id == clerk.organisation_id, col(Claim.contest_id).is_(None),
    )  # fmt: skip
    model = session.exec(waiting.order_by(col(Claim.id))).first()
    assert model is not None
    file = session.exec(select(ClaimFile).where(ClaimFile.claim_id == model.id)).first()
    own = {"id", "number", "title", "earned_on", "typed", "request_hash"}
    kept = {name: getattr(model, name) for name in Claim.model_fields if name not in own}
    for place in range(more):
        day = clock.today() - timedelta(days=place + 1)
        typed = dict(model.typed) | {"title": f"第{place}项", "earned_on": f"{day}"}
        row = Claim(
            **kept, typed=typed, number=f"B{place:05d}", title=f"第{place}项", earned_on=day
        )
        session.add(row)
        session.flush()
        session.add(ClaimFile(claim_id=row.id or 0, evidence_id=file.evidence_id, need=file.need))
        session.add(
            ClaimDecision(
                claim_id=row.id or 0, status=Status.DRAFT, step=Step.PERSON, act="submit",
                hours=row.hours, by_id=row.person_id, at=clock.now(),
            )
        )  # fmt: skip
    for queue in (CLAIMS, STEP_QUEUES[Step.EMPLOYER]):
        queues.shift(session, model.office_id or 0, queue, more)


if __name__ == "__main__":
    main(int(sys.argv[1]))
