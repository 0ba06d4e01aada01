"""A city with two counties, whose bureaus write notices and whose people read them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from rxapp import clock
from rxapp.adapters.attachments import Attachment
from rxapp.adapters.database import transaction
from rxapp.models.notices import Notice
from rxapp.models.people import Membership
from rxapp.rules.permissions import Capacity
from rxapp.services import news, notice_files, notices, organisations
from rxapp.services.actors import ANONYMOUS, SYSTEM
from tests.factories import make_person
from tests.services.test_tree import actor_of

TEXT = {"title": "关于集中注册的通知", "body": "请**尽快**办理。", "audience": "everyone"}
PLACES = {
    "city": (None, Capacity.CITY_BUREAU), "east": ("city", Capacity.COUNTY_BUREAU),
    "west": ("city", Capacity.COUNTY_BUREAU), "health": ("city", Capacity.DEPARTMENT),
    "school": ("city", Capacity.BASE), "mill": ("east", Capacity.EMPLOYER),
    "forge": ("west", Capacity.EMPLOYER), "panel": ("city", Capacity.TITLE_PANEL),
}  # fmt: skip
NAMES = {"east": "样例东县人力资源和社会保障局", "west": "样例西县人力资源和社会保障局"}


class Newsroom:
    """Everybody by what they are: `person["east"]` is the clerk of the east's bureau."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.place: dict[str, int] = {}
        self.person: dict[str, int] = {}
        with transaction(write=True, on=engine) as session:
            for key, (above, capacity) in PLACES.items():
                self.place[key] = organisations.add_organisation(
                    session, SYSTEM, name=NAMES.get(key, f"样例{key}"),
                    capacities=frozenset({capacity}), parent_id=self.place.get(above or ""),
                )  # fmt: skip
                self.person[key] = self._person(session, key, clerk=True)
            for key, home in (("lena", "mill"), ("olga", "forge"), ("vera", "health")):
                self.person[key] = self._person(session, key, home=home)

    def _person(self, session: Session, key: str, home: str = "", clerk: bool = False) -> int:
        where = self.place[home or key]
        id = make_person(session, f"样例{key}", organisation_id=where).id or 0
        if clerk:
            session.add(Membership(person_id=id, organisation_id=where, begins_at=clock.now()))
            session.flush()
        return id

    def act(self, who: str, use_case: Any, *args: Any, **given: Any) -> Any:
        """Do something as somebody; as nobody when `who` is empty."""
        with transaction(write=True, on=self.engine) as session:
            actor = actor_of(session, self.person[who]) if who else ANONYMOUS
            return use_case(session, actor, *args, **given)

    def draft(
        self, who: str = "city", *, kinds: Sequence[str] = (), counties: Sequence[str] = (),
        **typed: str,
    ) -> int:  # fmt: skip
        id = self.act(who, notices.begin)
        self.write(id, who, kinds=kinds, counties=counties, **typed)
        return id

    def write(
        self, id: int, who: str = "city", *, kinds: Sequence[str] = (),
        counties: Sequence[str] = (), **typed: str,
    ) -> int:  # fmt: skip
        return self.act(
            who, notices.save, notice_id=id, typed=TEXT | typed, kinds=kinds,
            counties=[self.place[each] for each in counties], version=self.row(id).version,
        )  # fmt: skip

    def publish(self, id: int, who: str = "city") -> Any:
        return self.act(who, notices.publish, notice_id=id, version=self.row(id).version)

    def published(self, who: str = "city", **given: Any) -> int:
        id = self.draft(who, **given)
        self.publish(id, who)
        return id

    def withdraw(self, id: int, who: str = "city", reason: str = "日期有误") -> None:
        self.act(who, notices.withdraw, notice_id=id, reason=reason, version=self.row(id).version)

    def attach(self, id: int, who: str = "city", content: bytes = b"%PDF-1", name: str = "") -> int:
        made = Attachment(content, ".pdf", "application/pdf")
        return self.act(who, notice_files.add, notice_id=id, name=name or "表.pdf", made=made)

    def seen(self, who: str, **given: str) -> list[int]:
        return [row.id for row in self.act(who, news.list_news, **given).rows]

    def row(self, id: int) -> Notice:
        with Session(self.engine, expire_on_commit=False) as session:
            return session.get_one(Notice, id)
