"""Classes in every state, a plan, a need with an answer: laid through the doors everybody uses."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import Session, select

from rxapp import clock
from rxapp.demo.claims import acting_for
from rxapp.demo.people import DemoPerson
from rxapp.models.projects import Project, ProjectDay, ProjectEdition
from rxapp.rules.permissions import LEARNER
from rxapp.rules.project_forms import ClassDay, read_days, write_days
from rxapp.rules.projects import Status
from rxapp.services import (
    calendars,
    class_places,
    needs,
    plan_reviews,
    plans,
    project_beginning,
    project_reviews,
    projects,
)
from rxapp.services.actors import SYSTEM, Actor
from rxapp.services.project_moves import find_editions

# Far enough away to be filed in time whatever holiday lies before it.
FIRST = 28
BASE, COLLEGE, HOSPITAL, BUREAU = "training", "college", "hospital", "bureau"
TEACHERS = "沈样例 教授\n顾样例 高级工程师"


@dataclass(frozen=True)
class Sample:
    """One class: who files it, what it is, how far it has come, and who has a place."""

    unit: str
    title: str
    field: str
    place: str
    till: str = "approve"
    note: str = ""
    enrolled: tuple[str, ...] = ()
    begins: int = FIRST
    form: str = "face_to_face"


SAMPLES = (
    Sample(BASE, "急诊护理新技术培训班", "卫生健康", "培训中心一号楼报告厅",
           enrolled=("hospital", "maternity")),
    Sample(BASE, "基层慢性病随访管理远程培训", "卫生健康", "运河培训网络课堂", begins=FIRST + 7,
           form="remote"),
    Sample(COLLEGE, "装配式建筑施工现场观摩", "工程建设", "运河建工样例工地",
           enrolled=("builder",), begins=FIRST + 10, form="field_visit"),
    Sample(COLLEGE, "中小学信息化教学能力提升班", "教育教学", "学院三号楼机房", till="submit",
           begins=FIRST + 14),
    Sample(HOSPITAL, "静脉输液规范院内培训", "卫生健康", "门诊楼九层会议室", till="return",
           note="请写明每位教师的职称，并补充课程表。", begins=FIRST + 9),
    Sample(BASE, "会计准则解读培训班", "会计审计", "培训中心二号楼", till="draft",
           begins=FIRST + 20),
)  # fmt: skip
PAST = Sample(
    BASE, "临床用药安全培训班", "卫生健康", "培训中心一号楼报告厅",
    enrolled=("hospital", "maternity", "clinic"),
)  # fmt: skip


def write_classes(
    session: Session, units: Mapping[str, int], everybody: Mapping[int, DemoPerson]
) -> None:
    """File classes, decide on some, let people enrol; one has begun a few days ago."""
    calendars.ensure_shipped(session, SYSTEM)
    for sample in SAMPLES:
        _write(session, units, everybody, sample)
    past = _write(session, units, everybody, PAST)
    if past is not None:
        _let_it_begin(session, past)
    _plan(session, units)
    _need(session, units)


def _write(
    session: Session, units: Mapping[str, int], everybody: Mapping[int, DemoPerson], sample: Sample
) -> Project | None:
    clerk = acting_for(session, units[sample.unit])
    if clerk.person_id is None:
        return None  # in a very small city nobody looks after it
    day = clock.today() + timedelta(days=sample.begins)
    id = project_beginning.begin(session, clerk, starts_on=f"{day}")
    row = session.get_one(Project, id)
    projects.save(session, clerk, project_id=id, typed=_form(sample, day), version=row.version)
    if sample.till == "draft":
        return row
    projects.submit(session, clerk, project_id=id, version=row.version)
    if sample.till != "submit":
        _decide(session, units, row, sample)
    for unit in sample.enrolled:
        for person in _of(everybody, unit):
            learner = Actor(LEARNER, person_id=person, activated=True)
            class_places.enrol(session, learner, project_id=id)
    session.refresh(row)
    return row


def _form(sample: Sample, day: date) -> dict[str, str]:
    return {
        "title": sample.title, "subject": "professional", "field": sample.field,
        "form": sample.form, "days": f"{day} 8\n{day + timedelta(days=1)} 8",
        "place": sample.place, "audience": "全市相关专业技术人员", "teachers": TEACHERS,
        "syllabus": f"{sample.title}：新理论、新知识、新技术、新方法，案例讨论和现场操作。",
        "capacity": "40", "cost": "12000", "fund": "8000", "contact": "季样例",
        "phone": "0537-5550200",
    }  # fmt: skip


def _decide(
    session: Session, units: Mapping[str, int], row: Project, sample: Sample
) -> None:  # fmt: skip
    edition = find_editions(session, row).pending
    assert edition is not None
    bureau = acting_for(session, edition.office_id or units[BUREAU])
    project_reviews.decide(
        session, bureau, edition_id=edition.id or 0, act=sample.till, note=sample.note
    )


def _of(everybody: Mapping[int, DemoPerson], unit: str) -> list[int]:
    return [id for id, each in everybody.items() if each.unit == unit and each.activated][:8]


def _let_it_begin(session: Session, row: Project) -> None:
    """Move a class, with all that was said of it, back to where it began three days ago."""
    back = timedelta(days=FIRST + 3)
    edition = session.exec(select(ProjectEdition).where(ProjectEdition.project_id == row.id)).one()
    days = tuple(
        ClassDay(each.day - back, each.hours) for each in read_days(row.content["days"])[0]
    )
    moved = dict(row.content) | {"days": write_days(days)}
    row.content, row.starts_on, row.ends_on = moved, days[0].day, days[-1].day
    edition.content, edition.starts_on = moved, days[0].day
    edition.filed_on -= back
    edition.latest_on -= back
    for at in ("filed_at", "decided_at"):
        setattr(edition, at, (getattr(edition, at) or clock.now()) - back)
    row.first_filed_at = edition.filed_at
    row.approved_at = clock.business_now() - back
    for place, each in enumerate(
        session.exec(
            select(ProjectDay).where(ProjectDay.project_id == row.id).order_by(ProjectDay.day)  # type: ignore[arg-type]
        ).all()
    ):
        each.day = days[place].day
    assert row.status is Status.APPROVED
    session.flush()


def _plan(session: Session, units: Mapping[str, int]) -> None:
    clerk, bureau = acting_for(session, units[BASE]), acting_for(session, units[BUREAU])
    year = f"{clock.today().year}"
    plan = plans.open_year(session, clerk, year=year)
    for month, title in ((9, "财务管理实务培训班"), (10, "农产品质量安全培训班"),
                         (11, "网络安全专题培训班")):  # fmt: skip
        item = {
            "title": title, "subject": "professional", "field": "其他", "form": "face_to_face",
            "month": f"{month}", "hours": "16", "people": "60", "note": "",
        }  # fmt: skip
        plans.add_item(session, clerk, plan_id=plan, typed=item)
    plans.submit(session, clerk, plan_id=plan, version=_version(session, clerk, plan))
    plan_reviews.decide(
        session, bureau, plan_id=plan, act="approve", note="",
        version=_version(session, clerk, plan),
    )  # fmt: skip


def _version(session: Session, clerk: Actor, plan: int) -> int:
    return plans.get_plan(session, clerk, plan).version


def _need(session: Session, units: Mapping[str, int]) -> None:
    """The hospital asks, the base answers with what it has."""
    clerk, base = acting_for(session, units[HOSPITAL]), acting_for(session, units[BASE])
    need = needs.post(
        session, clerk,
        typed={
            "title": "急诊分诊和心肺复苏培训", "subject": "professional", "field": "卫生健康",
            "people": "30", "wanted_by": "", "note": "希望有现场操作。",
        },
    )  # fmt: skip
    project = session.exec(select(Project.id).where(Project.title == SAMPLES[0].title)).first()
    needs.answer(session, base, need_id=need, project_id=project or 0)
    builder = acting_for(session, units["builder"])
    if builder.person_id is None:
        return
    needs.post(
        session, builder,
        typed={
            "title": "高处作业安全管理培训", "subject": "professional", "field": "工程建设",
            "people": "50", "wanted_by": "", "note": "",
        },
    )  # fmt: skip
