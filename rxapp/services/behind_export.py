"""年度未完成名单 as a workbook: one employer, one year, numbers masked, recorded."""

from sqlmodel import Session

from rxapp import clock
from rxapp.rules.hours import ZERO
from rxapp.rules.permissions import Permission
from rxapp.rules.years import Bucket
from rxapp.services import audit, behind, policies
from rxapp.services.actors import Actor
from rxapp.services.behind import Line
from rxapp.services.exporting import Chunk, Cover, Row

SHORT_OF = (Bucket.REQUIRED, Bucket.ELECTIVE, Bucket.PROFESSIONAL, Bucket.TOTAL, Bucket.PERIOD)
HEADING = (
    "姓名", "身份证号码", "公需必修还差", "公需选修还差", "专业科目还差", "总学时还差",
    "2016—2019年合计还差", "至少还需", "状态", "账号",
)  # fmt: skip


def open_list(session: Session, actor: Actor, *, organisation_id: int, year: int) -> Cover:
    """The head of the list: which employer, which year, how many."""
    actor.require(Permission.EXPORT)
    place = behind.get_place(session, actor, organisation_id)
    policy = policies.get_policy(session, year)
    count = len(_list_short(session, organisation_id, year))
    taken = f"{place.name}　{actor.name}　{clock.business_now():%Y-%m-%d %H:%M}"
    return Cover(f"{policy.label}学时未完成人员（号码已隐去中间各位）", count, taken, HEADING)


def list_rows(session: Session, actor: Actor, *, organisation_id: int, year: int) -> Chunk:
    """Everybody of the list, whoever lacks most first."""
    actor.require(Permission.EXPORT)
    behind.get_place(session, actor, organisation_id)
    lines = _list_short(session, organisation_id, year)
    return Chunk([_row(line) for line in lines], [line.id for line in lines], None)


def note_list(
    session: Session, actor: Actor, *, organisation_id: int, year: int, count: int
) -> None:
    """Record that the list was taken out."""
    actor.require(Permission.EXPORT)
    audit.record(
        session, actor, audit.Action.LIST_EXPORTED, kind="organisation", id=organisation_id,
        count=count, year=year,
    )  # fmt: skip


def _list_short(session: Session, organisation_id: int, year: int) -> list[Line]:
    policy = policies.get_policy(session, year)
    found = [line for line in behind.read(session, organisation_id, policy) if line.to_go]
    return sorted(found, key=lambda line: (-line.to_go.tenths, line.id))


def _row(line: Line) -> Row:
    gaps = {gap.bucket: gap.hours for gap in line.standing.missing}
    short = [str(gaps.get(bucket, ZERO)) for bucket in SHORT_OF]
    account = "已激活" if line.activated else "未激活"
    return (line.name, line.identity_mask, *short, str(line.to_go), line.status.label, account)
