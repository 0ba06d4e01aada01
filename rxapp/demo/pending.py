"""What waits on the demo city's desks: registrations, a transfer, one sent back."""

import io
from collections.abc import Mapping

from PIL import Image, ImageDraw
from sqlmodel import Session

from rxapp.adapters import evidence_files
from rxapp.demo import accounts
from rxapp.models.applications import Application
from rxapp.rules.applications import Verdict
from rxapp.rules.identity import credit_check_character, identity_check_character
from rxapp.rules.permissions import LEARNER
from rxapp.services import applications, enrolments, evidence, people, registrations, transfers
from rxapp.services.actors import ANONYMOUS, SYSTEM, Actor
from rxapp.services.enrolments import Enrolment
from rxapp.services.registrations import Registration

# A region that was never given to a county: nobody can bear a number of it.
REGION = "370895"
UNIT = "湖东区水务勘测设计院"
NEWCOMER, RETURNED, UNIT_CLERK = "白露凝", "夏知秋", "季怀瑾"
_PROFILE = {
    "field": "卫生健康", "title_series": "卫生技术", "title_level": "中级",
    "education": "大学本科", "post": "药师",
}  # fmt: skip


def write_pending(session: Session, units: Mapping[str, int], password_hash: str) -> None:
    """Lay a few applications before the offices, through the doors everybody uses."""
    _enrol(session, NEWCOMER, 1, units["hospital"], password_hash)
    sent_back = _enrol(session, RETURNED, 2, units["hospital"], password_hash)
    applications.move(
        session, SYSTEM, sent_back, Verdict.RETURN, version=1,
        note="岗位请按聘用合同填写，并核对职称级别。",
    )  # fmt: skip
    _register(session, units["east"], password_hash)
    _transfer(session, units["hospital"])


def _enrol(session: Session, name: str, place: int, unit: int, hashed: str) -> Application:
    filled_in = Enrolment(_number(place), name, f"1540000007{place}", unit, _PROFILE)
    receipt = enrolments.submit(session, ANONYMOUS, enrolment=filled_in, password_hash=hashed)
    made = applications.find_by_number(session, receipt.number)
    assert made is not None
    return made


def _register(session: Session, superior: int, hashed: str) -> None:
    first = "12370895DEM00099X"
    details = {
        "name": UNIT, "credit_code": first + credit_check_character(first),
        "address": "湖东区样例路1号", "contact_name": UNIT_CLERK, "contact_phone": "0537-5550100",
    }  # fmt: skip
    tickets = {purpose: _picture(session, purpose) for purpose in registrations.NEEDED}
    registrations.submit(
        session, ANONYMOUS, password_hash=hashed,
        registration=Registration(
            details, ("employer",), superior, UNIT_CLERK, _number(3), "15400000073", tickets
        ),
    )  # fmt: skip


def _transfer(session: Session, target: int) -> None:
    complete = next(each for each in accounts.demo_accounts() if each.key == "complete")
    person = people.find_by_number(session, complete.identity_number)
    asked = Actor(LEARNER, person_id=person.id, name=person.name, activated=True)
    transfers.ask(session, asked, to_id=target, note="工作调动")


def _picture(session: Session, purpose: str) -> str:
    sheet = Image.new("RGB", (900, 640), "white")
    draw = ImageDraw.Draw(sheet)
    draw.rectangle((24, 24, 876, 616), outline="#8a1c1c", width=6)
    # Two different pictures: the same one used twice would be pointed out to the office.
    draw.ellipse((620, 380, 820, 580), outline="#c0392b", width=8 if purpose == "licence" else 14)
    for line in range(6):
        draw.line((80, 120 + 60 * line, 560, 120 + 60 * line), fill="#555555", width=3)
    written = io.BytesIO()
    sheet.save(written, "PNG")
    source = written.getvalue()
    kept = evidence.keep(
        session, ANONYMOUS, purpose=purpose, name=f"样例{purpose}.png", source=source,
        made=evidence_files.accept(source),
    )  # fmt: skip
    return kept.ticket


def _number(place: int) -> str:
    first = f"{REGION}19880808{place:03d}"
    return first + identity_check_character(first)
