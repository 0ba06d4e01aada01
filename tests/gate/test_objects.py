"""The right role in the wrong office: what belongs to another is neither shown nor changed.

Every handler that names an object, in an argument or in its address, stands in one of the tables;
a new one without an entry fails. Beside each denial the same is done by whom it belongs to.
"""

import asyncio
import io
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlmodel import select
from starlette.applications import Starlette
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from rxapp import clock, routes
from rxapp.adapters import evidence_files
from rxapp.adapters.database import transaction
from rxapp.gate import arguments, cookies, policy, throttles
from rxapp.http import collect, evidence
from rxapp.models.claims import SavedPhrase
from rxapp.models.collecting import Collection
from rxapp.models.messages import Invitation, Message
from rxapp.models.people import Membership
from rxapp.models.projects import PlanItem, ProjectEdition
from rxapp.services import (
    claim_entering,
    claims,
    collections,
    corrections,
    enrolments,
    invitations,
    messages,
    needs,
    notices,
    old_records,
    plans,
    project_beginning,
    projects,
    saved_phrases,
    sign_ins,
    transfers,
)
from rxapp.services import evidence as evidence_service
from rxapp.services.actors import ANONYMOUS, Actor
from tests.gate.cast import Inhabitant, Town, contents, installed, settle, sign_in
from tests.gate.tabs import Stage, Tab, handlers, stage
from tests.services.filing import FORM

NOTICED = "只给单位管理员的通知"
CLAIMED, FILED, PLANNED = "铁铺职业资格", "铁铺安全生产培训班", "铁铺计划内培训班"
CSV = "姓名,身份证号码,手机号码,单位名称\n".encode()
# Reads the page's address; what it leads to is in the tables below.
BY_ADDRESS = {
    "PersonState.load", "OrganisationState.load", "DecidingState.load", "CollectionState.load",
    "PeopleState.load", "StaffState.load", "ClaimState.load",
    "QueueState.load", "BehindState.load", "EnteringState.load", "StatisticsState.load",
    "NoticeState.load", "NoticeEditState.load",
    "ProjectState.load", "FilingsState.load", "PlansState.load",
}  # fmt: skip
# The names of organisations and courses are for everybody; these only pick one that was found, and
# what is done with it is asked again by the use case behind.
PUBLIC_OBJECTS = {
    "ApplyingState.choose", "DecidingState.choose", "OrganisationState.choose",
    "TransferState.choose", "DecidingState.decide", "StaffState.choose_leaving",
    "StaffState.choose_taker", "SupervisionState.choose_place", "InspectingState.open",
    "InspectingState.record", "InspectingState.close", "BehindState.tick", "EnteringState.choose",
    "IntegrityState.choose", "RegisterState.choose", "YearsDeskState.choose",
    "NewYearState.toggle", "KeysState.choose", "KeysState.choose_place",
    "ProjectState.detach",
    # Reached for in test_roster_objects.py.
    "AttendanceState.tick", "AttendanceState.open", "AttendanceState.remove",
    # Of courses, whose names are nobody's yet: see test_course_objects.
    "CourseMakingState.move", "CourseMakingState.remove_lesson",
    "CourseMakingState.edit_question", "CourseMakingState.remove_question",
}  # fmt: skip


@dataclass(frozen=True)
class Reach:
    """One handler reaching for one object: who may not, who may, and what shows that it worked."""

    handler: str
    stranger: str
    owner: str
    payload: dict[str, Any]
    address: dict[str, str]
    shows: str = ""
    path: str = "/help"


@dataclass(frozen=True)
class Things:
    """One of everything, each at the forge (and nothing of it the mill's)."""

    olga_sign_in: int
    invitation: int
    message: int
    membership: int
    run: int
    application: int
    receipt_title: str
    line: int
    entered: int
    claim: int
    phrase: int
    notice: int
    project: int
    filing: int
    plan: int
    item: int
    need: int


def actor_of(person: Inhabitant) -> Actor:
    cookie = sign_in(person)
    with transaction() as session:
        return sign_ins.find_actor(session, cookie)


def do(use_case: Callable[..., Any], who: Inhabitant, **given: Any) -> Any:
    actor = actor_of(who)
    with transaction(write=True) as session:
        return use_case(session, actor, **given)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """A town of each test's own: what is done here would be in the way of others."""
    with installed(tmp_path):
        yield settle()


@pytest.fixture
def things(town: Town) -> Things:
    """Made anew for each test, by the forge's own people."""
    cookie = sign_in(town.olga)
    with transaction(write=True) as session:
        olga_sign_in = sign_ins.find_actor(session, cookie).sign_in_id or 0
        messages.send(session, to=town.olga.id, title="给铁铺的", body="只给一个人看")
        message = session.exec(select(Message.id).where(Message.person_id == town.olga.id)).all()
    membership = _first(Membership, Membership.person_id == town.other_clerk.id)
    do(invitations.invite, town.other_clerk, organisation_id=0, person_id=town.olga.id)
    file = collections.seal(CSV, file_name="铁铺.csv")
    run = do(collections.begin, town.other_clerk, kind="people", file=file, file_name="铁铺.csv")
    application, title = _apply(town)
    return Things(
        olga_sign_in=olga_sign_in,
        invitation=_first(Invitation, Invitation.person_id == town.olga.id),
        message=message[-1] or 0, membership=membership, run=run, application=application,
        receipt_title=title, line=do(old_records.add_line, town.olga),
        entered=do(
            claim_entering.begin, town.other_clerk, person_id=town.olga.id,
            rule_key="qualification",
        ),
        claim=_claim(town), phrase=_phrase(town), notice=_notice(town), **_classes(town),
    )  # fmt: skip


def _notice(town: Town) -> int:
    """A notice of the city's bureau for clerks of employers."""
    id = do(notices.begin, town.city)
    typed = {"title": NOTICED, "body": "请办理。", "audience": "some"}
    given = {"notice_id": id, "typed": typed, "kinds": ["employer"], "counties": []}
    version = do(notices.save, town.city, **given, version=1)
    do(notices.publish, town.city, notice_id=id, version=version)
    return id


def _claim(town: Town) -> int:
    """A claim of somebody at the forge, sent in."""
    picture = io.BytesIO()
    Image.new("RGB", (50, 30), "white").save(picture, "PNG")
    typed = {"title": CLAIMED, "earned_on": f"{clock.today().year}-01-05"}
    id = do(claims.begin, town.olga, rule_key="qualification")
    do(claims.save, town.olga, claim_id=id, typed=typed, version=1)
    do(
        claims.keep_file, town.olga, claim_id=id, need="certificate", name="证.png",
        source=picture.getvalue(), made=evidence_files.accept(picture.getvalue()),
    )  # fmt: skip
    do(claims.submit, town.olga, claim_id=id, version=2)
    return id


def _classes(town: Town) -> dict[str, int]:
    """A class of the forge's that was filed, a plan being written, a need."""
    day = clock.today() + timedelta(days=40)
    project = do(project_beginning.begin, town.other_clerk, starts_on=f"{day}")
    typed = FORM | {"title": FILED, "days": f"{day} 8"}
    do(projects.save, town.other_clerk, project_id=project, typed=typed, version=1)
    do(projects.submit, town.other_clerk, project_id=project, version=2)
    plan = do(plans.open_year, town.other_clerk, year=f"{clock.today().year}")
    item = {
        "title": PLANNED, "subject": "professional", "field": "工程建设",
        "form": "face_to_face", "month": "9", "hours": "16", "people": "60",
    }  # fmt: skip
    do(plans.add_item, town.other_clerk, plan_id=plan, typed=item)
    need = {"title": "铁铺需要的培训", "subject": "public_elective", "people": "9"}
    return {
        "project": project, "plan": plan,
        "filing": _first(ProjectEdition, ProjectEdition.project_id == project),
        "item": _first(PlanItem, PlanItem.plan_id == plan),
        "need": do(needs.post, town.other_clerk, typed=need),
    }  # fmt: skip


def _phrase(town: Town) -> int:
    do(saved_phrases.keep, town.other_clerk, text="铁铺的常用语")
    return _first(SavedPhrase, SavedPhrase.person_id == town.other_clerk.id)


def _first(table: Any, condition: Any) -> int:
    with transaction() as session:
        return session.exec(select(table.id).where(condition).order_by(table.id.desc())).first()


def _apply(town: Town) -> tuple[int, str]:
    typed = {
        "identity_number": "370892199003071234"[:17], "name": "濮阳天冬", "mobile": "15400009999",
        "field": "工程建设", "title_series": "工程技术", "title_level": "中级",
        "education": "大学本科", "post": "工程师", "organisation_id": str(town.places["forge"]),
    }  # fmt: skip
    from rxapp.rules.identity import identity_check_character

    typed["identity_number"] += identity_check_character(typed["identity_number"])
    from rxapp.models.applications import Application

    with transaction(write=True) as session:
        receipt = enrolments.submit(
            session, ANONYMOUS, enrolment=enrolments.parse(typed), password_hash="x"
        )
        row = session.exec(select(Application).where(Application.number == receipt.number)).one()
        return row.id or 0, row.title


def reaches(town: Town, made: Things) -> list[Reach]:
    """Every handler that names an object."""
    lena, clerk, forge = "lena", "clerk", "other_clerk"
    olga, unit = town.olga, town.places["forge"]
    return [
        Reach("AccountState.end_one", lena, "olga", {"sign_in_id": made.olga_sign_in}, {}),
        Reach("AccountState.accept", lena, "olga", {"invitation_id": made.invitation}, {}),
        Reach("InboxState.read", lena, "olga", {"message_id": made.message}, {}),
        Reach("PeopleState.issue", clerk, forge, {"person_id": olga.id, "purpose": "reset"}, {}),
        Reach(
            "PersonState.load", clerk, forge, {}, {"person_id": str(olga.id)}, olga.name,
            "/desk/people/[person_id]",
        ),
        Reach(
            "OrganisationState.load", clerk, forge, {}, {"organisation_id": str(unit)}, "样例铁铺",
            "/desk/organisations/[organisation_id]",
        ),
        Reach(
            "DecidingState.load", clerk, forge, {}, {"application_id": str(made.application)},
            made.receipt_title, "/desk/application/[application_id]",
        ),
        Reach(
            "CollectionState.load", clerk, forge, {}, {"collection_id": str(made.run)}, "铁铺.csv",
            "/desk/collect/[collection_id]",
        ),
        Reach(
            "PeopleState.load", clerk, forge, {}, {"organisation": str(unit)}, olga.name,
            "/desk/people",
        ),
        Reach(
            "StaffState.load", clerk, forge, {}, {"organisation": str(unit)},
            town.other_clerk.name, "/desk/staff",
        ),
        Reach("StaffState.invite", clerk, "", {"person_id": olga.id}, {}),
        Reach("StaffState.withdraw", clerk, forge, {"invitation_id": made.invitation}, {}),
        Reach("StaffState.remove", clerk, "county", {"membership_id": made.membership}, {}),
        Reach(
            "ClaimState.load", lena, "olga", {}, {"claim_id": str(made.claim)}, CLAIMED,
            "/claims/[claim_id]",
        ),
        Reach(
            "QueueState.load", clerk, forge, {}, {"claim": str(made.claim)}, CLAIMED, "/desk/claims"
        ),
        Reach("QueueState.open", clerk, forge, {"claim_id": made.claim}, {}, CLAIMED),
        Reach("QueueState.drop_phrase", clerk, forge, {"phrase_id": made.phrase}, {}),
        Reach("OldRecordsState.remove_line", lena, "olga", {"claim_id": made.line}, {}),
        Reach("EnteringState.remove", clerk, forge, {"claim_id": made.entered}, {}),
        Reach(
            "EnteringState.load", clerk, forge, {}, {"claim": str(made.entered)}, olga.name,
            "/desk/enter",
        ),
        Reach(
            "BehindState.load", clerk, forge, {}, {"organisation": str(unit)}, olga.name,
            "/desk/behind",
        ),
        Reach(
            "StatisticsState.load", clerk, forge, {}, {"organisation": str(unit)}, "样例铁铺",
            "/desk/statistics",
        ),
        Reach(
            "NoticeState.load", lena, clerk, {}, {"notice_id": str(made.notice)}, NOTICED,
            "/news/[notice_id]",
        ),
        Reach(
            "NoticeEditState.load", "county", "city", {}, {"notice_id": str(made.notice)}, NOTICED,
            "/desk/notices/[notice_id]",
        ),
        Reach(
            "ProjectState.load", clerk, forge, {}, {"project_id": str(made.project)}, FILED,
            "/desk/projects/[project_id]",
        ),
        # It lies before the county, so not even the city sees it on its own desk.
        Reach(
            "FilingsState.load", "city", "county", {}, {"filing": str(made.filing)}, FILED,
            "/desk/filings",
        ),
        Reach(
            "PlansState.load", clerk, forge, {}, {"plan": str(made.plan)}, PLANNED, "/desk/plans"
        ),
        Reach("PlansState.remove", clerk, forge, {"item_id": made.item}, {}),
        Reach("NeedsState.close", clerk, forge, {"need_id": made.need}, {}),
    ]  # fmt: skip


def named(handler: str) -> str:
    """The full name of a handler, as it goes over the wire."""
    wanted = handler.replace("State.", "_state.").lower()
    found = [
        name
        for name, _ in handlers()
        if name.rpartition("____")[2].replace("_", "") == wanted.replace("_", "")
    ]
    assert len(found) == 1, (handler, found)
    return found[0]


def played(play: Callable[[Stage], Awaitable[None]]) -> None:
    async def run() -> None:
        async with stage() as made:
            await play(made)

    asyncio.run(run())


def kept() -> dict[str, tuple[int, str]]:
    """Everything but what notes that somebody is there."""
    return {name: rows for name, rows in contents().items() if name != "sign_in"}


def test_every_handler_that_names_an_object_is_in_a_table(town: Town, things: Things) -> None:
    known = {each.handler for each in reaches(town, things)} | PUBLIC_OBJECTS
    for name, _ in handlers():
        declared, _ = arguments._declared(policy._function(name))
        if any(kind is int for kind in declared.values()):
            short = name.rpartition("____")[2].replace("_", "")
            assert any(short == each.replace("State.", "state.").lower().replace("_", "")
                       for each in known), name  # fmt: skip
    assert known >= BY_ADDRESS


def test_what_belongs_to_another_is_neither_shown_nor_changed(town: Town, things: Things) -> None:
    async def play(made: Stage) -> None:
        for reach in reaches(town, things):
            tab = await made.opened(sign_in(town.people[reach.stranger]))
            throttles.forget_all()
            before = kept()
            with capture_logs() as logs:
                answer = await _reach(tab, reach)
            assert kept() == before, reach
            for secret in (
                *town.olga.canaries,
                "给铁铺的",
                "濮阳天冬",
                "铁铺.csv",
                CLAIMED,
                NOTICED,
                FILED,
                PLANNED,
            ):
                assert secret not in answer, (reach, secret)
            refused = [log for log in logs if log["event"] == "refused"]
            # To end a device that is not there is no reach for anything: it had ended already.
            assert refused or reach.handler == "AccountState.end_one", reach

    played(play)


# One at a time: what one of them takes away, the next could not reach for.
@pytest.mark.parametrize("place", range(29))
def test_whom_it_belongs_to_can(town: Town, things: Things, place: int) -> None:
    everything = reaches(town, things)
    assert len(everything) == 29
    reach = everything[place]
    if not reach.owner:
        return

    async def play(made: Stage) -> None:
        tab = await made.opened(sign_in(town.people[reach.owner]))
        before = contents()
        with capture_logs() as logs:
            answer = await _reach(tab, reach)
        assert [log for log in logs if log["event"] == "refused"] == []
        if reach.shows:
            assert reach.shows in answer
        else:
            assert contents() != before

    played(play)


async def _reach(tab: Tab, reach: Reach) -> str:
    return await tab.send(named(reach.handler), reach.payload, reach.path, **reach.address)


def test_a_clerk_cannot_invite_somebody_elses_people(town: Town, things: Things) -> None:
    with transaction() as session:
        before = len(session.exec(select(Invitation)).all())

    async def play(made: Stage) -> None:
        tab = await made.opened(sign_in(town.clerk))
        await tab.send(named("StaffState.invite"), {"person_id": town.olga.id})
        await tab.send(named("StaffState.invite"), {"person_id": town.lena.id})

    played(play)
    with transaction() as session:
        made = session.exec(select(Invitation)).all()
    assert [row.person_id for row in made[before:]] == [town.lena.id]


# --- plain HTTP ---


def browser(who: Inhabitant | None) -> TestClient:
    site = Starlette(routes=[*evidence.ROUTES, *collect.ROUTES])
    return TestClient(site, cookies={cookies.session_cookie(): sign_in(who)} if who else {})


def test_files_of_another_office_are_not_sent(town: Town, things: Things) -> None:
    path = routes.COLLECT_FAULTS.replace("{collection_id:number}", str(things.run))
    for who in (None, town.lena, town.clerk, town.former, town.teacher):
        assert browser(who).get(path).status_code in (401, 403, 404)
    assert browser(town.other_clerk).get(path).status_code == 200
    with transaction() as session:
        assert session.get_one(Collection, things.run).by_id == town.other_clerk.id


def test_evidence_is_for_whose_turn_it_is(town: Town) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (40, 40), "white").save(picture, "PNG")
    source = picture.getvalue()
    with transaction(write=True) as session:
        file = evidence_service.keep(
            session, ANONYMOUS, purpose="identity", name="证.png", source=source,
            made=evidence_files.accept(source),
        )  # fmt: skip
    do(corrections.ask, town.olga, typed={"identity": file.ticket, "name": "司徒木香"})
    path = routes.evidence_file(file.id, "file")
    for who in (None, town.lena, town.clerk, town.department, town.teacher, town.former):
        assert browser(who).get(path).status_code in (401, 404)
    for who in (town.olga, town.other_clerk, town.county, town.city):
        answer = browser(who).get(path)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("image/")


def test_a_transfer_is_the_business_of_its_two_offices(town: Town) -> None:
    do(transfers.ask, town.olga, to_id=town.places["mill"], note="")
    from rxapp.models.applications import Application

    row = _first(Application, Application.person_id == town.olga.id)

    async def play(made: Stage) -> None:
        for who, sees in ((town.clerk, True), (town.other_clerk, False), (town.teacher, False)):
            tab = await made.opened(sign_in(who))
            answer = await tab.send(
                named("DecidingState.load"), {}, "/desk/application/[application_id]",
                application_id=str(row),
            )  # fmt: skip
            assert (town.olga.name in answer) == sees

    played(play)
