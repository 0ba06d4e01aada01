"""The claim a matter is about: its rule, its proofs, every word on it and who gave it."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from rxapp import clock, routes
from rxapp.errors import NotFound
from rxapp.models.applications import Evidence
from rxapp.models.cases import SupervisionCase
from rxapp.models.claims import Claim, ClaimFile, ConversionRuleRow
from rxapp.models.organisations import Organisation
from rxapp.models.people import Person
from rxapp.rules.cases import OF_CLAIMS
from rxapp.rules.hours import ZERO
from rxapp.rules.permissions import Permission
from rxapp.services import case_measures, claim_moves, conversion_rules, inspected, scopes
from rxapp.services.actors import Actor
from rxapp.services.case_files import CaseFileView
from rxapp.services.claim_pages import StepView


@dataclass(frozen=True)
class ClaimBrief:
    """A claim beside the matter."""

    id: int
    number: str
    title: str
    category: str
    rule: str
    basis: str
    year: str
    subject: str
    hours: str
    status: str
    unit: str
    files: list[CaseFileView]
    steps: list[StepView]


@dataclass(frozen=True)
class NewCase:
    """What the form of a new matter begins with."""

    claim: int = 0
    item: int = 0
    number: str = ""
    about: str = ""
    organisation: str = ""
    finding: str = ""
    allegation: str = ""


def find_brief(session: Session, row: SupervisionCase) -> ClaimBrief | None:
    """The claim of a matter, if it is about one."""
    claim = session.get(Claim, row.claim_id or 0)
    if claim is None:
        return None
    stored = session.get_one(ConversionRuleRow, claim.rule_id)
    rule = conversion_rules.get_rule(session, claim.rule_id)
    unit = session.get(Organisation, claim.organisation_id or 0)
    return ClaimBrief(
        id=claim.id or 0, number=claim.number or "", title=claim.title, category=rule.name,
        rule=f"{rule.name}（第{stored.version}版）", basis=rule.basis,
        year=f"{claim.year}年度" if claim.year else "",
        subject=claim.subject.label if claim.subject else "", hours=f"{claim.hours}学时",
        status=claim.status.label, unit=unit.name if unit else "",
        files=_files(session, claim), steps=_steps(session, claim),
    )  # fmt: skip


def list_words(session: Session, row: SupervisionCase) -> list[tuple[str, str]]:
    """Who passed the claim, to choose who answers for it."""
    made = case_measures.list_words(session, row)
    names = dict(
        session.exec(
            select(Person.id, Person.name).where(col(Person.id).in_({m.by_id for m in made}))
        ).all()
    )
    offices = dict(
        session.exec(
            select(Organisation.id, Organisation.name).where(
                col(Organisation.id).in_({m.office_id for m in made})
            )
        ).all()
    )
    return [
        (
            str(word.id),
            f"{names.get(word.by_id, '')}（{offices.get(word.office_id, '')}，{word.step.label}，"
            f"{clock.local(word.at):%Y-%m-%d}）",
        )
        for word in made
    ]


def get_new(
    session: Session, actor: Actor, *, claim_id: int = 0, item_id: int = 0,
    organisation_id: int = 0,
) -> NewCase:  # fmt: skip
    """What a new matter begins with: a claim, a line of a sample, or an organisation.

    NotFound for what does not lie in one's subtree.
    """
    actor.require(Permission.SUPERVISE)
    item = inspected.find_item(session, actor, item_id)
    inside = scopes.within(actor, Permission.SUPERVISE)
    if organisation_id:
        place = session.exec(
            select(Organisation).where(Organisation.id == organisation_id, inside)
        ).first()
        return NewCase(organisation=_known(place).name)
    wanted = item.claim_id if item else claim_id
    if not wanted:
        return NewCase()
    found = session.exec(
        select(Claim, Person.name)
        .join(Organisation, col(Organisation.id) == Claim.organisation_id)
        .join(Person, col(Person.id) == Claim.person_id)
        .where(Claim.id == wanted, inside)
    ).first()
    claim, name = _known(found)
    known = item.finding if item and item.finding in OF_CLAIMS else ""
    return NewCase(
        claim=claim.id or 0, item=item_id if item else 0, number=claim.number or "",
        about=f"{name}：{claim.title}，{claim.hours}学时，{claim.status.label}", finding=known,
        allegation=item.note if item else "",
    )  # fmt: skip


def _known(found):  # type: ignore[no-untyped-def]
    if found is None:
        raise NotFound("没有找到这项申报或单位，可能不在您的管理范围内。")
    return found


def _files(session: Session, claim: Claim) -> list[CaseFileView]:
    rows = session.exec(
        select(ClaimFile, Evidence)
        .join(Evidence, col(Evidence.id) == ClaimFile.evidence_id)
        .where(ClaimFile.claim_id == claim.id)
        .order_by(col(ClaimFile.id))
    ).all()
    return [
        CaseFileView(
            kept.id or 0, 0, kept.name, kept.pages, routes.evidence_file(kept.id or 0, "preview"),
            routes.evidence_file(kept.id or 0, "file"), kept.source_sha256, "claim",
        )
        for _, kept in rows
    ]  # fmt: skip


def _steps(session: Session, claim: Claim) -> list[StepView]:
    return [
        StepView(
            f"{clock.local(made.at):%Y-%m-%d %H:%M}", made.step.label, made.act.label,
            office or "本人", who or "系统", f"{made.hours}学时" if made.hours > ZERO else "",
            made.note,
        )
        for made, office, who in claim_moves.list_decisions(session, claim)
    ]  # fmt: skip
