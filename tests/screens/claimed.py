"""A claim that both levels passed, put into a running demo city; run beside the service.

`python -m tests.screens.claimed PERSON TITLE MANY` prints the id of the granted claim; MANY more
of the same person's employer wait there.
"""

import io
import sys

from PIL import Image
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.adapters import evidence_files
from rxapp.adapters.database import transaction
from rxapp.models.claims import Claim
from rxapp.models.organisations import Organisation
from rxapp.models.people import Membership, Person
from rxapp.rules.claims import POINTS, Status
from rxapp.rules.permissions import permissions_of
from rxapp.services import claim_reviews, claims
from rxapp.services.actors import Actor, Office


def learner(person_id: int) -> Actor:
    """The person as one who learns."""
    return Actor(permissions_of(frozenset(), activated=True), person_id, activated=True)


def clerk_of(session: Session, office_id: int) -> Actor:
    """Somebody who works for an office now."""
    office = session.get_one(Organisation, office_id)
    person = session.exec(
        select(Membership.person_id).where(
            Membership.organisation_id == office_id, col(Membership.ended_at).is_(None),
            col(Membership.begins_at).is_not(None),
        )
    ).first()  # fmt: skip
    place = Office(office_id, office.path, office.name, office.capacities)
    rights = permissions_of(office.capacities, activated=True)
    return Actor(rights, person, activated=True, offices=(place,))


def submit(session: Session, person_id: int, title: str) -> int:
    """A claim sent in with one proof."""
    actor = learner(person_id)
    id = claims.begin(session, actor, rule_key="qualification")
    typed = {"title": title, "earned_on": f"{clock.today().year}-01-05"}
    version = claims.save(session, actor, claim_id=id, typed=typed, version=1)
    written = io.BytesIO()
    Image.new("RGB", (40 + id, 60), "white").save(written, "PNG")
    source = written.getvalue()
    claims.keep_file(
        session, actor, claim_id=id, need="certificate", name="证书照片", source=source,
        made=evidence_files.accept(source),
    )  # fmt: skip
    claims.submit(session, actor, claim_id=id, version=version)
    return id


def pass_all(session: Session, id: int) -> None:
    """Let every level whose turn it is pass the claim."""
    row = session.get_one(Claim, id)
    while row.status is Status.SUBMITTED:
        claim_reviews.decide(
            session, clerk_of(session, row.office_id or 0), claim_id=id, act="pass",
            version=row.version, points=tuple(POINTS[row.step]),
        )  # fmt: skip
        session.refresh(row)


def main(person: str, title: str, many: str) -> None:
    """Make them and say which was granted."""
    with transaction(write=True) as session:
        id = submit(session, int(person), title)
        pass_all(session, id)
        unit = session.get_one(Person, int(person)).organisation_id
        others = session.exec(
            select(Person.id)
            .where(
                Person.organisation_id == unit, Person.id != int(person),
                col(Person.activated_at).is_not(None),
                col(Person.id).not_in(select(Membership.person_id)),
            )
            .limit(int(many))
        ).all()  # fmt: skip
        for other in others:
            submit(session, other or 0, "执业药师")
    print(id)


if __name__ == "__main__":
    main(*sys.argv[1:])
