"""A town whose people claim: drafts filled in with proofs, decided on by whoever's turn it is."""

import io
from typing import Any

from PIL import Image
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.adapters import evidence_files
from rxapp.models.claims import Claim, ClaimDecision
from rxapp.models.credits import Credit
from rxapp.models.people import Membership, Person
from rxapp.rules.claims import POINTS
from rxapp.services import claim_reviews, claims, conversion_rules
from tests.services.test_people import Place

QUALIFIED = {"title": "注册测绘师", "earned_on": f"{clock.today().year}-01-05"}


class Claims(Place):
    """Somebody of the clinic, its clerk, the health department above, the city bureau."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.who = self.ids[0]
        with Session(engine) as session, session.begin():
            row = session.get_one(Person, self.who)
            row.activated_at = session.get_one(Person, self.town.city).activated_at

    def draft(self, key: str = "qualification", person: int = 0, **typed: str) -> int:
        """A draft with one proof of each kind that is needed."""
        who = person or self.who
        id = self.act(who, claims.begin, rule_key=key)
        self.act(
            who, claims.save, claim_id=id, typed=QUALIFIED | typed, version=self.row(id).version
        )
        with Session(self.engine) as session:
            rule = conversion_rules.get_rule(session, self.row(id).rule_id)
        for need in rule.evidence:
            if need.required:
                self.attach(id, need.key, colour=f"hsl({id * 37 % 360},50%,50%)", person=who)
        return id

    def attach(self, id: int, need: str, *, colour: str = "white", person: int = 0) -> int:
        written = io.BytesIO()
        # Of a size of its own, so that no two drafts share a file by accident.
        Image.new("RGB", (40 + id, 40 + len(need)), colour).save(written, "PNG")
        source = written.getvalue()
        return self.act(
            person or self.who, claims.keep_file, claim_id=id, need=need, name="证.png",
            source=source, made=evidence_files.accept(source),
        )  # fmt: skip

    def submitted(self, key: str = "qualification", person: int = 0, **typed: str) -> int:
        id = self.draft(key, person, **typed)
        self.send(id, person)
        return id

    def send(self, id: int, person: int = 0) -> str:
        who = person or self.who
        return self.act(who, claims.submit, claim_id=id, version=self.row(id).version)

    def decide(self, clerk: int, id: int, act: str = "pass", **given: Any) -> str:
        row = self.row(id)
        given = {"points": tuple(POINTS.get(row.step, ())), "version": row.version} | given
        return self.act(clerk, claim_reviews.decide, claim_id=id, act=act, **given)

    def row(self, id: int) -> Claim:
        with Session(self.engine, expire_on_commit=False) as session:
            return session.get_one(Claim, id)

    def ledger(self, person: int = 0) -> list[tuple[str, int]]:
        with Session(self.engine) as session:
            rows = session.exec(
                select(Credit).where(Credit.person_id == (person or self.who)).order_by(Credit.id)
            )
            return [(row.source_key, row.hours.tenths) for row in rows]

    def words(self, id: int) -> list[tuple[str, str]]:
        with Session(self.engine) as session:
            rows = session.exec(
                select(ClaimDecision)
                .where(ClaimDecision.claim_id == id)
                .order_by(col(ClaimDecision.id))
            )
            return [(row.act.value, row.step.value) for row in rows]

    def serve(self, person: int, office: int) -> None:
        with Session(self.engine) as session, session.begin():
            session.add(Membership(person_id=person, organisation_id=office, begins_at=clock.now()))

    def leave(self, person: int) -> None:
        with Session(self.engine) as session, session.begin():
            for row in session.exec(select(Membership).where(Membership.person_id == person)):
                row.ended_at = clock.now()
