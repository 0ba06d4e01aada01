"""A contest in a claim: from the register, once per person, in its own year (article 3.3)."""

from collections.abc import Mapping
from datetime import date

from sqlmodel import Session, col, select

from rxapp.models.claims import Claim, Contest
from rxapp.rules.claims import Status
from rxapp.rules.conversions import ConversionRule
from rxapp.services import contests


def find(
    session: Session, rule: ConversionRule, typed: Mapping[str, str], faults: dict[str, str]
) -> Contest | None:
    """The recognised contest that was chosen, where the rule asks for one."""
    if not rule.registered:
        return None
    found = contests.find_recognised(session, typed.get("contest", ""))
    if found is None:
        faults["contest"] = "请从已认可的竞赛中选择，没有的请先申请登记。"
        return None
    return found


def find_faults(
    session: Session, claim: Claim, rule: ConversionRule, contest: Contest,
    counts: tuple[Status, ...],
) -> dict[str, str]:  # fmt: skip
    """Why a recognised contest cannot be claimed here: its level, or that it counted already."""
    if all(level.key != contest.level for level in rule.levels):
        return {"contest": "这一级别的竞赛目前不折算学时，请核对。"}
    same = session.exec(
        select(Claim.number).where(
            Claim.person_id == claim.person_id, Claim.contest_id == contest.id,
            Claim.id != claim.id, col(Claim.status).in_(counts),
        )
    ).first()  # fmt: skip
    if same is None:
        return {}
    return {"contest": f"这项竞赛已经申报过（受理编号{same}），一项成果只计一次。"}


def find_year_fault(contest: Contest, earned_on: date) -> dict[str, str]:
    """Why a certificate's day does not fit; one may be handed out in the year after."""
    if contest.year <= earned_on.year <= contest.year + 1:
        return {}
    return {
        "earned_on": f"这项竞赛登记为{contest.year}年度，与填写的日期不符，"
        "请核对日期，或改选相应年度的竞赛。"
    }
