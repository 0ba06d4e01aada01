"""What lies on desks besides claims: applications, samples, matters, orders, needs, notices."""

import json
from datetime import timedelta
from random import Random

from bench.city.copying import Copies
from bench.city.learned import Ground
from bench.city.life import SEED
from bench.city.sizes import CLAIMS_EACH
from rxapp.adapters.encryption import data_keys

APPLICATION = (
    "id number kind status step office_id person_id organisation_id identity_hash mobile_hash "
    "title sealed submitted_at waiting_since ended_at version"
)
INSPECTION = (
    "id office_id drawn_by drawn_at seed scope granted_from granted_until percent stratify "
    "population strata drawn status note version"
)
CASE = (
    "id number office_id opened_by opened_at person_id claim_id finding allegation basis status "
    "answer_by answer found decision decided_by decided_at version"
)
ORDER = (
    "id number organisation_id office_id reason basis due_on status ordered_by ordered_at moved "
    "report version"
)
RECORD = "id person_id case_id claim_id office_id reason basis decided_by decided_at decided_on " \
    "expires_on cancel_reason"  # fmt: skip
NEED = "id organisation_id title subject field people note status created_by created_at version"
CONTEST = "id name initials level organiser year status proposed_by note reason at version"
ITEMS_EACH = 20
BASIS = "《通知》第四条第（四）项第3目"


def put_desks(out: Copies, ground: Ground) -> None:
    """Send what waits on desks and what was done there."""
    desk = _Desk(out, ground)
    desk.applications()
    desk.samples()
    desk.matters()
    desk.orders()
    desk.needs()
    desk.contests()
    desk.own()


class _Desk:
    def __init__(self, out: Copies, ground: Ground) -> None:
        self._put, self._ground, self._sizes = out.put, ground, ground.sizes
        self._now, self._lot = ground.now, Random(f"{SEED} desks")
        self._bureaus = [1, 1, 1, *self._sizes.counties]

    def applications(self) -> None:
        """Changes of employer: two in three are over, the rest waits with the new employer."""
        many = len(self._sizes.employers)
        rows = []
        for id in range(1, self._sizes.at_least(60_000) + 1):
            person = self._lot.randrange(self._sizes.people) + 1
            # The first employer's desk is full in every city.
            place = 0 if id <= 60 else self._lot.randrange(many)
            employer = self._sizes.employers[place]
            waits = id <= 60 or id % 3 == 0
            at = self._now - timedelta(days=self._lot.uniform(0, 20 if waits else 900))
            said = {"from": self._sizes.employers[-1], "to": employer}
            rows.append((
                id, f"YY{id:014d}", "transfer", "submitted" if waits else "approved",
                "accept" if waits else "done", employer, person, employer, "", "", "样例人员",
                data_keys().encrypt(json.dumps(said), context="application"),
                at, at, None if waits else at, 1,
            ))  # fmt: skip
        self._put("application", APPLICATION, rows)
        self._put(
            "decision",
            "application_id step verdict note office_id by_id at",
            ((row[0], "accept", "submit", "", None, row[6], row[12]) for row in rows),
        )

    def samples(self) -> None:
        today = self._ground.today
        for id in range(1, self._sizes.at_least(2_000) + 1):
            office, at = self._office(id), self._now - timedelta(days=id % 700)
            self._put(
                "inspection", INSPECTION,
                [(id, office, self._clerk(office), at, f"{id:032x}", "{}",
                  today - timedelta(days=400), today - timedelta(days=300), 5, "none", 400, 1,
                  ITEMS_EACH, "open" if id % 4 == 0 else "closed", "样例", 1)],
            )  # fmt: skip
            self._put(
                "inspection_item",
                "inspection_id place claim_id stratum finding note version",
                (
                    (id, place, claim, "", None if id % 4 == 0 else "in_order", "", 1)
                    for place, claim in enumerate(self._claims(ITEMS_EACH), start=1)
                ),
            )

    def matters(self) -> None:
        for id in range(1, self._sizes.at_least(5_000) + 1):
            office, at = self._office(id), self._now - timedelta(days=id % 900)
            claim, by = self._claim(), self._clerk(office)
            person = (claim - 1) % self._sizes.people + 1
            over, answer_by = id % 5 != 0, at.date() + timedelta(days=15)
            self._put(
                "supervision_case", CASE,
                [(id, f"AJ{id:014d}", office, by, at, person, claim, "not_proven", "样例", BASIS,
                  "decided" if over else "notified", answer_by, "",
                  "not_proven" if over else None, "样例" if over else "",
                  by if over else None, at if over else None, 1)],
            )  # fmt: skip
            self._put(
                "case_entry",
                "case_id kind side text basis detail late by_id office_id at",
                [
                    (
                        id,
                        "opened",
                        "bureau",
                        "样例",
                        BASIS,
                        json.dumps({"answer_by": f"{answer_by}", "finding": "not_proven"}),
                        False,
                        by,
                        office,
                        at,
                    )
                ],
            )
            if over and id % 2:
                self._put(
                    "integrity_record", RECORD,
                    [(id, person, id, claim, office, "样例", BASIS, by, at, at.date(),
                      at.date() + timedelta(days=1095), "")],
                )  # fmt: skip

    def orders(self) -> None:
        employers = self._sizes.employers
        for id in range(1, self._sizes.at_least(900) + 1):
            at = self._now - timedelta(days=30 + id % 700)
            self._put(
                "rectification_order", ORDER,
                [(id, f"ZG{id:014d}", employers[id % len(employers)], self._office(id), "样例",
                  BASIS, at.date() + timedelta(days=30), "lifted", self._clerk(1), at, 0, "样例",
                  1)],
            )  # fmt: skip

    def needs(self) -> None:
        employers = self._sizes.employers
        for id in range(1, self._sizes.at_least(6_000) + 1):
            employer = employers[id % len(employers)]
            self._put(
                "training_need", NEED,
                [(id, employer, f"样例需求{id}", "professional", "卫生健康", 20, "",
                  "closed" if id % 3 == 0 else "open", self._clerk(employer),
                  self._now - timedelta(hours=id % 9000), 1)],
            )  # fmt: skip

    def contests(self) -> None:
        words = ("recognised",) * 8 + ("proposed", "refused")
        for id in range(1, self._sizes.at_least(3_000) + 1):
            year = self._ground.today.year - id % 6
            person = self._lot.randrange(self._sizes.people) + 1
            self._put(
                "contest", CONTEST,
                [(id, f"样例竞赛{id:05d}", "yljs", "municipal", "样例主管部门", year,
                  words[id % len(words)], person, "", "", self._now - timedelta(hours=id), 1)],
            )  # fmt: skip

    def own(self) -> None:
        """Numbers that were looked at, keys of other systems, and look-ups with them."""
        keys, people = self._sizes.at_least(200), self._sizes.people
        far = self._now + timedelta(days=700)
        clerk, year = self._clerk(1), self._ground.today.year
        self._put(
            "disclosure", "person_id what reason by_id office_id at",
            (
                (self._lot.randrange(people) + 1, "identity", "核对", clerk, 1,
                 self._now - timedelta(hours=each % 9000))
                for each in range(self._sizes.at_least(50_000))
            ),
        )  # fmt: skip
        self._put(
            "standing_key",
            "id organisation_id name key_hash first_year last_year integrity expires_at issued_by "
            "issued_at revoke_reason used",
            (
                (id, 1, f"样例系统{id}", f"{id:064x}", 2016, year, False, far, clerk, self._now,
                 "", 100)
                for id in range(1, keys + 1)
            ),
        )  # fmt: skip
        self._put(
            "standing_lookup", "key_id person_id years at",
            (
                (each % keys + 1, self._lot.randrange(people) + 1, "[2025]",
                 self._now - timedelta(minutes=each))
                for each in range(self._sizes.at_least(300_000))
            ),
        )  # fmt: skip

    def _office(self, id: int) -> int:
        return self._bureaus[id % len(self._bureaus)]

    def _clerk(self, office: int) -> int:
        return self._sizes.clerks[office][0]

    def _claim(self) -> int:
        """A claim that was begun long enough ago to be over."""
        person = self._lot.randrange(self._sizes.people) + 1
        while not self._sizes.is_active(person):
            person = self._lot.randrange(self._sizes.people) + 1
        return self._lot.randrange(CLAIMS_EACH - 1) * self._sizes.people + person

    def _claims(self, number: int) -> list[int]:
        """So many different ones."""
        found: dict[int, None] = {}
        while len(found) < number:
            found[self._claim()] = None
        return list(found)
