"""A window extended for one county, so that the screen of the years has something to show."""

from collections.abc import Mapping
from datetime import date

from sqlmodel import Session

from rxapp import clock
from rxapp.demo.claims import acting_for
from rxapp.rules.extensions import Window
from rxapp.services import extending


def write_extension(session: Session, units: Mapping[str, int]) -> None:
    """Let the people of one county learn this year's courses a fortnight longer."""
    year = clock.today().year
    extending.extend(
        session, acting_for(session, units["bureau"]),
        typed={
            "year": f"{year}", "window": Window.LEARN, "county": f"{units['east']}",
            "until": date(year + 1, 1, 15).isoformat(), "reason": "汛期部分乡镇停电停网",
        },
    )  # fmt: skip
