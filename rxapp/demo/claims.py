"""Claims in every state, laid before the demo city's offices through the doors everybody uses."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from PIL import Image, ImageDraw, ImageFont
from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.adapters import evidence_files
from rxapp.adapters.certificate_fonts import FOLDER
from rxapp.demo import accounts
from rxapp.demo.people import DemoPerson, Record
from rxapp.models.claims import Claim, Contest
from rxapp.models.organisations import Organisation
from rxapp.models.people import Membership, Person
from rxapp.rules.claims import POINTS, Act, Step
from rxapp.rules.contests import ContestFacts, ContestStatus
from rxapp.rules.permissions import LEARNER, permissions_of
from rxapp.services import (
    claim_entering,
    claim_reviews,
    claims,
    contests,
    conversion_rules,
    people,
    policies,
)
from rxapp.services.actors import Actor, Office

CONTESTS = (
    ("全省职业技能大赛护理赛项", "provincial", "省卫生健康主管部门"),
    ("全市农业技术技能竞赛", "municipal", "运河市农业农村局"),
    ("全国数学教学比武", "national", "全国教育行业主管部门"),
)
# The page a picture of is drawn; large enough to try the zoom on.
PAGE = (1240, 880)


@dataclass(frozen=True)
class Sample:
    """One claim: under which rule, what is typed, and what offices said (act and reason)."""

    rule: str
    typed: Mapping[str, str]
    said: tuple[tuple[str, str], ...] = ()
    sent: bool = True
    withdrawn: bool = False


def write_claims(session: Session, everybody: Mapping[int, DemoPerson]) -> None:
    """Lay claims before the hospital, its department and a bureau; some have gone all the way."""
    _register_contests(session)
    opens = policies.get_policy(session, clock.today().year).claim_from
    if opens is None or clock.today() < opens:
        return
    colleagues = _colleagues(everybody)
    for place, sample in enumerate(_hospital(session) if colleagues else []):
        _write(session, colleagues[place % len(colleagues)], sample, place)
    for place, sample in enumerate(_of_one(), start=100):
        _write(session, _documented(session, "last_course"), sample, place)
    _write(session, _documented(session, "no_employer"), _other_training(), 200)
    # One that the bureau will dismiss with all that its organisation has pending.
    for person_id in _of(everybody, "maternity")[:1]:
        _write(session, person_id, Sample("qualification", {"title": "母婴保健技术考核"}), 300)
    if colleagues:
        _enter(session, colleagues[0], 400)


def _of(everybody: Mapping[int, DemoPerson], unit: str) -> list[int]:
    return [id for id, each in everybody.items() if each.unit == unit and each.activated]


def _enter(session: Session, person_id: int, place: int) -> None:
    """A claim the hospital's clerk filled in, that its owner has yet to confirm."""
    office = session.get_one(Person, person_id).organisation_id
    clerk = acting_for(session, office)
    claim_id = claim_entering.begin(
        session, clerk, person_id=person_id, rule_key="qualification"
    )  # fmt: skip
    row = session.get_one(Claim, claim_id)
    typed = {"title": "护理管理岗位资格", "earned_on": f"{_day(place)}"}
    claims.save(session, clerk, claim_id=claim_id, typed=typed, version=row.version)
    _attach(session, clerk, row, place)
    claim_entering.hand_over(session, clerk, claim_id=claim_id, version=row.version)


def _colleagues(everybody: Mapping[int, DemoPerson]) -> list[int]:
    """People of the hospital who have learned little and have no part of their own."""
    documented = {part.person for part in accounts.parts(clock.today().year)}
    return [
        id
        for id in _of(everybody, "hospital")
        if everybody[id].record is Record.LITTLE and everybody[id] not in documented
    ]


def _hospital(session: Session) -> list[Sample]:
    contest = str(session.exec(select(Contest.id).order_by(col(Contest.id))).first())
    passed = ("pass", "")
    return [
        Sample("qualification", {"title": "执业药师职业资格", "proof_number": "样例20200518001"}),
        Sample("paper", {"title": "基层慢性病随访管理的实践", "level": "provincial", "rank": "1"}),
        Sample("contest", {"contest": contest}),
        Sample("lecture", {"title": "急诊护理专题讲座", "units": "4"}),
        Sample("degree", {"title": "护理学本科（函授）", "units": "2"}),
        Sample("patent", {"title": "一种输液报警装置", "level": "utility", "rank": "2"}, (passed,)),
        Sample("book", {"title": "社区护理手册", "units": "30000", "rank": "2"}, (passed,)),
        Sample("teaching", {"title": "实习生带教课程", "units": "6"}, (passed, passed)),
        Sample("qualification", {"title": "护士执业资格"}, (passed, passed)),
        Sample("report", {"title": "社区用药情况调研", "level": "county", "rank": "1"},
               (("return", "请补充报告的采用证明。"),)),
        Sample("award", {"title": "优质服务奖", "level": "municipal", "rank": "1"},
               (passed, ("reject", "奖项由社会团体评选，不在规定的范围内。"))),
        Sample("qualification", {"title": "健康管理师资格"}, withdrawn=True),
    ]  # fmt: skip


def _of_one() -> list[Sample]:
    return [
        Sample("paper", {"title": "小麦赤霉病综合防治"}, sent=False),
        Sample("project", {"title": "旱作节水技术研究", "level": "provincial", "rank": "2"}),
        Sample("conference", {"title": "全省作物学会学术年会", "level": "provincial"},
               (("return", "会议通知上没有日期，请补充盖章的通知。"),)),
    ]  # fmt: skip


def _other_training() -> Sample:
    typed = {
        "title": "市外农技推广培训", "organiser": "样例省农业技术推广总站", "filed": "16",
        "days": "2",
    }  # fmt: skip
    return Sample("other_training", typed)


def _write(session: Session, person_id: int, sample: Sample, place: int) -> None:
    person = Actor(LEARNER, person_id=person_id, activated=True)
    claim_id = claims.begin(session, person, rule_key=sample.rule)
    typed = {"earned_on": f"{_day(place)}", **sample.typed}
    row = session.get_one(Claim, claim_id)
    claims.save(session, person, claim_id=claim_id, typed=typed, version=row.version)
    _attach(session, person, row, place)
    if not sample.sent:
        return
    claims.submit(session, person, claim_id=claim_id, version=row.version)
    for act, note in sample.said:
        _decide(session, row, act, note)
    if sample.withdrawn:
        claims.withdraw(session, person, claim_id=claim_id, version=row.version)


def _decide(session: Session, row: Claim, act: str, note: str) -> None:
    clerk = acting_for(session, row.office_id or 0)
    claim_reviews.decide(
        session, clerk, claim_id=row.id or 0, act=act, version=row.version, note=note,
        points=tuple(POINTS[Step(row.step)]) if act == Act.PASS else (), seconds=25,
    )  # fmt: skip


def _attach(session: Session, person: Actor, row: Claim, place: int) -> None:
    rule = conversion_rules.get_rule(session, row.rule_id)
    for number, need in enumerate(need for need in rule.evidence if need.required):
        source = _page(f"样例{need.label}", str(row.typed.get("title", rule.name)), place, number)
        claims.keep_file(
            session, person, claim_id=row.id or 0, need=need.key, name=f"样例{need.label}",
            source=source, made=evidence_files.accept(source),
        )  # fmt: skip


def _page(heading: str, title: str, place: int, number: int) -> bytes:
    """A page that looks like a certificate, no two alike: the same one twice would be told."""
    sheet = Image.new("RGB", PAGE, "#fffdf6")
    draw = ImageDraw.Draw(sheet)
    draw.rectangle((30, 30, PAGE[0] - 30, PAGE[1] - 30), outline="#8a1c1c", width=8)
    large = ImageFont.truetype(str(FOLDER / "serif-heading.ttf"), 64)
    small = ImageFont.truetype(str(FOLDER / "serif-regular.ttf"), 36)
    draw.text((PAGE[0] / 2, 160), heading, font=large, fill="#8a1c1c", anchor="mm")
    draw.text((130, 330), title, font=small, fill="#222222")
    draw.text((130, 420), f"编号：样例{place:04d}—{number + 1}", font=small, fill="#222222")
    draw.ellipse((860, 560, 1090, 790), outline="#c0392b", width=10)
    draw.text((975, 675), "样例", font=small, fill="#c0392b", anchor="mm")
    written = io.BytesIO()
    sheet.save(written, "JPEG", quality=80)
    return written.getvalue()


def _day(place: int) -> date:
    """A day of this year that has come already; each claim of its own day where there is room."""
    today = clock.today()
    return min(today, date(today.year, 2 + place % 5, 1 + place % 27))


def _register_contests(session: Session) -> None:
    for name, level, organiser in CONTESTS:
        facts = ContestFacts(name, level, organiser, clock.today().year, "")
        contests.add_row(session, facts, ContestStatus.RECOGNISED)


def _documented(session: Session, key: str) -> int:
    found = next(each for each in accounts.demo_accounts() if each.key == key)
    return people.find_by_number(session, found.identity_number).id or 0


def acting_for(session: Session, office_id: int) -> Actor:
    """Whoever looks after an office, with its rights."""
    office = session.get_one(Organisation, office_id)
    clerk = session.exec(
        select(Membership.person_id).where(
            Membership.organisation_id == office_id, col(Membership.begins_at).is_not(None)
        )
    ).first()
    rights = permissions_of(office.capacities, activated=True)
    place = Office(office_id, office.path, office.name, office.capacities)
    return Actor(rights, person_id=clerk, activated=True, offices=(place,))
