"""The demo's notices: one of each kind, each seen by whom it is for."""

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from rxapp.adapters import file_store
from rxapp.demo import city, news
from rxapp.models.notices import Notice, NoticeFile
from rxapp.models.people import Membership
from rxapp.services import news as reading
from rxapp.services import notice_files, notice_pages
from rxapp.services.actors import ANONYMOUS
from tests.factories import Clock, make_person
from tests.services.test_tree import actor_of

pytestmark = pytest.mark.usefixtures("installation")


def test_there_is_one_of_each_and_each_is_for_its_readers(engine: Engine, clock: Clock) -> None:
    with Session(engine) as session, session.begin():
        units = city.add_units(session, lambda _done, _total: None)
        clerks = {}
        for key in ("bureau", "east", "hospital"):
            clerks[key] = make_person(session, f"样例{key}", organisation_id=units[key]).id or 0
            session.add(
                Membership(person_id=clerks[key], organisation_id=units[key], begins_at=clock.real)
            )
        session.flush()
        news.write_news(session, units)
        states = {
            row.title: row.state
            for row in notice_pages.list_notices(session, actor_of(session, clerks["bureau"])).rows
        }
        assert sorted(states.values()) == [
            "定时发布", "已发布", "已发布", "已发布", "已撤下", "草稿",
        ]  # fmt: skip
        seen = {
            who: ["".join(piece for piece, _ in row.title) for row in page.rows]
            for who, page in {
                "anybody": reading.list_news(session, ANONYMOUS),
                "hospital": reading.list_news(session, actor_of(session, clerks["hospital"])),
                "east": reading.list_news(session, actor_of(session, clerks["east"])),
            }.items()
        }
        welcome = "平台开放和注册学习的安排"
        assert seen == {
            "anybody": [welcome],
            "hospital": [welcome, "请各单位核对人员名单"],
            "east": [welcome, "湖东区现场咨询的时间和地点"],
        }
        file = session.exec(select(NoticeFile)).one()
        assert file_store.is_sound(file.file, root=notice_files.folder())
        drafts = session.exec(select(Notice).where(col(Notice.edition) == 0)).all()
        assert len(drafts) == 1
