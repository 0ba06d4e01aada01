"""年度培训计划, the organiser's side: one a year, typed or imported, reported to the bureau."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import update
from sqlmodel import Session, col, func, select

from rxapp import clock
from rxapp.errors import Conflict, Invalid, NotFound
from rxapp.models.organisations import Organisation
from rxapp.models.projects import PlanItem, Project, TrainingPlan
from rxapp.rules import plans
from rxapp.rules.hours import Hours
from rxapp.rules.permissions import Permission
from rxapp.rules.plans import LABELS, MOST_ITEMS, PlannedClass
from rxapp.rules.projects import Status
from rxapp.services import audit, queues, scopes
from rxapp.services.actors import Actor
from rxapp.services.project_moves import LARGEST_ID, PLANS, find_bureau
from rxapp.services.project_reviews import tone_of

KIND = "plan"
WRITABLE = (Status.DRAFT, Status.RETURNED)
ELSEWHERE = "计划已在其他窗口或由其他人修改，请刷新后再试，已填写的内容仍在。"
MOST_FAULTS = 100


@dataclass(frozen=True)
class ItemRow:
    """One class of a plan; `project_id` is what it became, 0 while it is none."""

    id: int
    title: str
    subject: str
    field: str
    form: str
    month: str
    hours: str
    people: str
    note: str
    project_id: int
    state: str


@dataclass(frozen=True)
class FaultRow:
    """One wrong cell of an imported table."""

    line: str
    column: str
    sentence: str


@dataclass(frozen=True)
class PlanView:
    """A plan with its classes, and what is wrong with the last table that was imported."""

    id: int
    version: int
    year: str
    organiser: str
    state: str
    tone: str
    note: str
    classes: list[ItemRow]
    faults: list[FaultRow]
    hours: str
    editable: bool
    approved: bool
    may_withdraw: bool


@dataclass(frozen=True)
class Imported:
    """What became of a table's rows: added, there already, wrong."""

    added: int
    same: int
    wrong: int

    @property
    def sentence(self) -> str:
        """The same in words."""
        parts = [f"导入{self.added}项"]
        parts += [f"{self.same}项已在计划中，没有重复导入"] if self.same else []
        parts += [f"{self.wrong}行有误，列在下方，更正后可以整份重新导入"] if self.wrong else []
        return "；".join(parts) + "。"


@dataclass(frozen=True)
class PlanChoice:
    """A plan of one's own to open."""

    id: int
    label: str
    state: str
    tone: str


def list_years() -> list[str]:
    """The years a plan can be made for: this one and the next."""
    return [f"{clock.today().year}", f"{clock.today().year + 1}"]


def list_own(session: Session, actor: Actor) -> list[PlanChoice]:
    """The plans of one's own organisations, the newest year first."""
    actor.require(Permission.PROJECT_FILE)
    found = session.exec(
        select(TrainingPlan, Organisation.name)
        .join(Organisation, col(Organisation.id) == TrainingPlan.organisation_id)
        .where(col(TrainingPlan.organisation_id).in_(_offices(actor)))
        .order_by(col(TrainingPlan.year).desc(), col(TrainingPlan.id))
        .limit(50)
    )
    return [
        PlanChoice(row.id or 0, f"{row.year}年度　{name}", row.status.label, tone_of(row.status))
        for row, name in found
    ]


def open_year(session: Session, actor: Actor, *, year: str, organisation_id: int = 0) -> int:
    """The plan of an organisation for a year, begun when there is none; returns its id."""
    actor.require(Permission.PROJECT_FILE)
    if year not in list_years():
        raise Invalid({"year": "请选择今年或明年。"})
    offices = _offices(actor)
    office = organisation_id or (offices[0] if offices else 0)
    if office not in offices:
        raise NotFound("没有找到举办单位。")
    # Of two presses the second waits for the first.
    session.get(Organisation, office, with_for_update={"key_share": True})
    found = session.exec(
        select(TrainingPlan).where(
            TrainingPlan.organisation_id == office, TrainingPlan.year == int(year)
        )
    ).first()
    if found is None:
        found = TrainingPlan(organisation_id=office, year=int(year))
        session.add(found)
        session.flush()
    return found.id or 0


def get_plan(session: Session, actor: Actor, plan_id: int) -> PlanView:
    """One plan of one's own organisation."""
    actor.require(Permission.PROJECT_FILE)
    return view_of(session, find_own(session, actor, plan_id))


def add_item(
    session: Session, actor: Actor, *, plan_id: int, typed: Mapping[str, str]
) -> None:  # fmt: skip
    """Add one class to a plan; the same class is not added twice."""
    actor.require(Permission.PROJECT_FILE)
    row = _writable(session, actor, plan_id)
    for item in _add(session, row, [plans.parse(typed)]):
        _touch(session, row)
        _record(session, actor, audit.Action.PLAN_ITEM_ADDED, item)


def remove_item(session: Session, actor: Actor, *, item_id: int) -> int:
    """Take one class out of a plan; returns the plan's id."""
    actor.require(Permission.PROJECT_FILE)
    item = session.get(PlanItem, item_id) if 0 < item_id < LARGEST_ID else None
    if item is None:
        raise NotFound("没有找到这项计划。")
    row = _writable(session, actor, item.plan_id)
    session.delete(item)
    _touch(session, row)
    _record(session, actor, audit.Action.PLAN_ITEM_REMOVED, item)
    return row.id or 0


def bring_in(
    session: Session, actor: Actor, *, plan_id: int, rows: Sequence[tuple[int, dict[str, str]]]
) -> Imported:
    """Add the good rows of a table; the wrong ones are kept with line, column and reason."""
    actor.require(Permission.PROJECT_FILE)
    row = _writable(session, actor, plan_id)
    good: list[PlannedClass] = []
    faults: list[list[str]] = []
    for line, typed in rows:
        try:
            good.append(plans.parse(typed))
        except Invalid as error:
            faults += [[f"{line}", LABELS[name], said] for name, said in error.fields.items()]
    added = len(_add(session, row, good))
    row.faults = faults[:MOST_FAULTS]
    _touch(session, row)
    audit.record(
        session, actor, audit.Action.PLAN_IMPORTED, kind=KIND, id=row.id, added=added,
        wrong=len(rows) - len(good),
    )  # fmt: skip
    return Imported(added, len(good) - added, len(rows) - len(good))


def submit(session: Session, actor: Actor, *, plan_id: int, version: int) -> None:
    """Report a plan to the bureau above; pressed twice it is reported once."""
    person_id = actor.require(Permission.PROJECT_FILE)
    row = find_own(session, actor, plan_id, lock=True)
    if row.status is Status.SUBMITTED and row.version == version + 1:
        return
    items = session.exec(
        select(func.count()).select_from(PlanItem).where(PlanItem.plan_id == row.id)
    ).one()
    if not items:
        raise Invalid(message="计划中还没有培训项目，请先添加或导入。")
    office_id = find_bureau(session, row.organisation_id, filer=person_id)
    move(
        session, row, WRITABLE, version, status=Status.SUBMITTED, office_id=office_id, note="",
        submitted_at=clock.now(), submitted_by=person_id, faults=[],
    )  # fmt: skip
    queues.shift(session, office_id, PLANS, +1)
    audit.record(session, actor, audit.Action.PLAN_FILED, kind=KIND, id=row.id)


def withdraw(session: Session, actor: Actor, *, plan_id: int, version: int) -> None:
    """Take a plan back before it is decided on."""
    actor.require(Permission.PROJECT_FILE)
    row = find_own(session, actor, plan_id, lock=True)
    office_id = row.office_id or 0
    move(session, row, (Status.SUBMITTED,), version, status=Status.DRAFT)
    queues.shift(session, office_id, PLANS, -1)
    audit.record(session, actor, audit.Action.PLAN_WITHDRAWN, kind=KIND, id=row.id)


def move(
    session: Session, row: TrainingPlan, known: Sequence[Status], version: int, **values: object
) -> None:
    """Change a plan in one of these states and of this version; Conflict otherwise."""
    changed = session.execute(
        update(TrainingPlan)
        .where(
            col(TrainingPlan.id) == row.id, col(TrainingPlan.version) == version,
            col(TrainingPlan.status).in_([each.value for each in known]),
        )
        .values({"version": version + 1} | values)
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict(ELSEWHERE)
    session.refresh(row)


def view_of(session: Session, row: TrainingPlan) -> PlanView:
    """A plan as a screen shows it."""
    found = session.exec(
        select(PlanItem, Project)
        .join(Project, col(Project.plan_item_id) == PlanItem.id, isouter=True)
        .where(PlanItem.plan_id == row.id)
        .order_by(col(PlanItem.month), col(PlanItem.id))
    ).all()
    organiser = session.exec(
        select(Organisation.name).where(Organisation.id == row.organisation_id)
    ).one()
    return PlanView(
        id=row.id or 0, version=row.version, year=f"{row.year}", organiser=organiser,
        state=row.status.label if row.status is not Status.APPROVED else "已审核",
        tone=tone_of(row.status), note=row.note, classes=[_item(*each) for each in found],
        faults=[FaultRow(*each) for each in row.faults],
        hours=f"{Hours.total(item.hours for item, _ in found)}",
        editable=row.status in WRITABLE, approved=row.status is Status.APPROVED,
        may_withdraw=row.status is Status.SUBMITTED,
    )  # fmt: skip


def find_own(session: Session, actor: Actor, plan_id: int, *, lock: bool = False) -> TrainingPlan:
    """A plan of one's own organisation; NotFound for any other."""
    statement = select(TrainingPlan).where(
        TrainingPlan.id == (plan_id if 0 < plan_id < LARGEST_ID else 0),
        col(TrainingPlan.organisation_id).in_(_offices(actor)),
    )
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    row = session.exec(statement).first()
    if row is None:
        raise NotFound("没有找到这份年度培训计划。")
    return row


def _offices(actor: Actor) -> list[int]:
    return scopes.office_ids(actor, Permission.PROJECT_FILE)


def _writable(session: Session, actor: Actor, plan_id: int) -> TrainingPlan:
    row = find_own(session, actor, plan_id, lock=True)
    if row.status not in WRITABLE:
        raise Conflict("计划已上报，不能再修改；需要修改的请先撤回，审核通过后另行“一事一报”。")
    return row


def _add(session: Session, row: TrainingPlan, wanted: list[PlannedClass]) -> list[PlanItem]:
    held = session.exec(select(PlanItem).where(PlanItem.plan_id == row.id)).all()
    known = {(item.title, item.month) for item in held}
    added = []
    for item in wanted:
        if (item.title, item.month) not in known:
            known.add((item.title, item.month))
            added.append(item)
    if len(held) + len(added) > MOST_ITEMS:
        raise Invalid({"file": f"一份计划最多{MOST_ITEMS}项，没有导入。"})
    made = [
        PlanItem(
            plan_id=row.id or 0, title=item.title, subject=item.subject, field=item.field,
            form=item.form, month=item.month, hours=item.hours, people=item.people, note=item.note,
        )
        for item in added
    ]  # fmt: skip
    session.add_all(made)
    session.flush()
    return made


def _record(session: Session, actor: Actor, action: audit.Action, item: PlanItem) -> None:
    audit.record(
        session, actor, action, kind=KIND, id=item.plan_id, item=item.id, month=item.month,
        subject=item.subject.value, hours=f"{item.hours}", people=item.people,
    )  # fmt: skip


def _touch(session: Session, row: TrainingPlan) -> None:
    row.version += 1
    session.add(row)
    session.flush()


def _item(item: PlanItem, made: Project | None) -> ItemRow:
    return ItemRow(
        id=item.id or 0, title=item.title, subject=item.subject.label, field=item.field,
        form=item.form.label, month=f"{item.month}月", hours=f"{item.hours}",
        people=f"{item.people}", note=item.note, project_id=(made.id or 0) if made else 0,
        state=made.status.label if made else "未备案",
    )  # fmt: skip
