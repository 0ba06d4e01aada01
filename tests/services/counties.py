"""A city of two counties: its bureau, theirs, an employer and somebody of it in each."""

from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, select

from rxapp.adapters.database import transaction
from rxapp.models.audit import AuditEvent
from rxapp.models.organisations import Organisation
from rxapp.models.people import Membership
from rxapp.rules.permissions import Capacity
from rxapp.services.actors import Actor
from tests.factories import make_actor, make_organisation, make_person

NORTH, SOUTH = "北县人社局", "南县人社局"


class Counties:
    """The people, their offices, and acts in their names."""

    def __init__(self, engine: Engine, *, owes_from: int = 2016) -> None:
        self.engine = engine
        with transaction(write=True, on=engine) as session:
            city = make_organisation(
                session, "市人社局", capacities=frozenset({Capacity.CITY_BUREAU})
            )
            self.panel = _below(session, city, "职称评审委员会", Capacity.TITLE_PANEL)
            self.city_office = city.id or 0
            self.county = {
                name: _below(session, city, name, Capacity.COUNTY_BUREAU) for name in (NORTH, SOUTH)
            }
            self.employer = {
                name: _below(
                    session, session.get_one(Organisation, id), f"{name}的单位", Capacity.EMPLOYER
                )
                for name, id in self.county.items()
            }
            self.north = _actor(session, "北样例", self.employer[NORTH], owes_from)
            self.south = _actor(session, "南样例", self.employer[SOUTH], owes_from)
            self.bureau = _clerk(session, "局样例", self.city_office)
            self.other_bureau = _clerk(session, "另样例", self.city_office)
            self.county_clerk = _clerk(session, "县样例", self.county[NORTH])

    def act(self, actor: Actor, use_case: Any, *args: Any, **given: Any) -> Any:
        """One use case in one transaction."""
        with transaction(write=True, on=self.engine) as session:
            return use_case(session, actor, *args, **given)

    def bureau_does(self, use_case: Any, *args: Any, **given: Any) -> Any:
        return self.act(self.bureau, use_case, *args, **given)

    def events(self, action: str) -> list[AuditEvent]:
        with transaction(on=self.engine) as session:
            rows = session.exec(select(AuditEvent).where(AuditEvent.action == action)).all()
            session.expunge_all()
            return list(rows)


def _below(session: Session, above: Organisation, name: str, capacity: Capacity) -> int:
    row = make_organisation(session, name, capacities=frozenset({capacity}), parent_id=above.id)
    row.path = f"{above.path}{row.id}/"
    session.flush()
    return row.id or 0


def _actor(session: Session, name: str, place: int, owes_from: int) -> Actor:
    return make_actor(
        session, make_person(session, name, organisation_id=place, owes_from=owes_from)
    )


def _clerk(session: Session, name: str, place: int) -> Actor:
    person = make_person(session, name, organisation_id=place, owes_from=2016)
    session.add(
        Membership(person_id=person.id or 0, organisation_id=place, begins_at=person.created_at)
    )
    session.flush()
    return make_actor(session, person)
