"""Another bureau's sample, reached for over the socket: neither shown nor changed."""

from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select
from structlog.testing import capture_logs

from rxapp import clock
from rxapp.adapters.database import transaction
from rxapp.models.claims import Claim, ConversionRuleRow
from rxapp.models.supervision import Inspection, InspectionItem
from rxapp.rules.claims import Status, Step
from tests.gate.cast import Town, contents, installed, settle, sign_in
from tests.gate.tabs import Stage
from tests.gate.test_objects import named, played

PATH = "/desk/supervision/[inspection_id]"


@pytest.fixture
def town(tmp_path: Path):  # type: ignore[no-untyped-def]
    with installed(tmp_path):
        yield settle()


def drawn(town: Town) -> tuple[int, int]:
    """A sample of the city's, with one granted claim of the forge; its id and its item's."""
    with transaction(write=True) as session:
        rule = session.exec(select(ConversionRuleRow.id)).first()
        now = clock.now()
        claim = Claim(
            number="AAAA-AAAA-AAAA-A", person_id=town.olga.id, status=Status.GRANTED,
            step=Step.DONE, organisation_id=town.places["forge"], rule_id=rule, title="司徒的资格",
            typed={"title": "司徒的资格"}, created_at=now, saved_at=now, ended_at=now,
        )  # fmt: skip
        session.add(claim)
        session.flush()
        sample = Inspection(
            office_id=town.places["city"], drawn_by=town.city.id, drawn_at=now, seed="1",
            granted_from=now.date(), granted_until=now.date(), population=1, drawn=1,
        )  # fmt: skip
        session.add(sample)
        session.flush()
        item = InspectionItem(inspection_id=sample.id or 0, place=1, claim_id=claim.id or 0)
        session.add(item)
        session.flush()
        return sample.id or 0, item.id or 0


def kept() -> dict[str, Any]:
    return {name: rows for name, rows in contents().items() if name != "sign_in"}


def test_a_county_reaches_for_the_citys_sample_in_vain(town: Town) -> None:
    sample, item = drawn(town)
    presses = [
        ("InspectingState.load", {}),
        ("InspectingState.narrow", {"wanted": ""}),
        ("InspectingState.open", {"item_id": item}),
        ("InspectingState.record", {"item_id": item, "finding": "in_order", "version": 1}),
        ("InspectingState.close", {"version": 1}),
        ("InspectingState.summarise", {}),
    ]

    async def play(made: Stage) -> None:
        for who, sees in ((town.county, False), (town.city, True)):
            tab = await made.opened(sign_in(who))
            before = kept()
            said = ""
            with capture_logs() as logs:
                for handler, payload in presses:
                    said += await tab.send(named(handler), payload, PATH, inspection_id=str(sample))
            assert ("司徒的资格" in said) == sees
            assert (kept() != before) == sees
            refused = [log for log in logs if log["event"] == "refused"]
            assert bool(refused) != sees

    played(play)
