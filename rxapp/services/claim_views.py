"""A claim's parts as a screen shows them: what was filled in, its files, every word on it."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath

from sqlmodel import Session, col, select

from rxapp import clock, routes
from rxapp.models.applications import Evidence
from rxapp.models.claims import Claim, ClaimFile
from rxapp.models.organisations import Organisation
from rxapp.rules.conversions import ConversionRule
from rxapp.rules.hours import ZERO
from rxapp.services import claim_forms, claim_moves

LABELS = {
    "title": "名称", "organiser": "组织单位", "earned_on": "取得日期", "year": "计入年度",
    "proof_number": "证书编号", "subject": "计入科目", "level": "级别", "rank": "本人位次",
    "filed": "证明材料上的学时", "days": "培训天数", "contest": "竞赛", "note": "说明",
    "files": "证明材料",
}  # fmt: skip


@dataclass(frozen=True)
class Choice:
    """One thing to choose in a list."""

    value: str
    label: str


@dataclass(frozen=True)
class FileView:
    """One file of a claim."""

    id: int
    need: str
    label: str
    name: str
    pages: int
    preview: str
    file: str
    is_picture: bool
    # The address of a page as a picture, its number to be put behind.
    file_page: str
    # In how many other claims the same file was used, those of one paper certificate apart.
    used_elsewhere: int


@dataclass(frozen=True)
class NeedView:
    """One kind of proof, and what is there of it."""

    key: str
    label: str
    required: bool
    files: list[FileView]


@dataclass(frozen=True)
class FieldView:
    """One thing that was filled in."""

    key: str
    label: str
    text: str


@dataclass(frozen=True)
class StepView:
    """One word on a claim: who said it, for which office, when."""

    at: str
    step: str
    act: str
    office: str
    who: str
    hours: str
    note: str


def list_lines(row: Claim, rule: ConversionRule) -> list[FieldView]:
    """What was filled in, field by field, as text."""
    labels = LABELS | ({"units": rule.unit.label} if rule.unit else {})
    labels |= {"added": rule.addition.label} if rule.addition else {}
    return [
        FieldView(key, labels.get(key, key), _text(row, rule, key))
        for key in claim_forms.fields_for(rule)
        if _text(row, rule, key)
    ]


def _text(row: Claim, rule: ConversionRule, key: str) -> str:
    word = str(row.typed.get(key, ""))
    if key == "contest":
        return row.title
    if key == "level":
        return next((level.label for level in rule.levels if level.key == word), "")
    if key == "subject":
        return next((each.label for each in rule.subjects if each.value == word), "")
    return word


def list_needs(session: Session, row: Claim, rule: ConversionRule) -> list[NeedView]:
    """Every kind of proof a rule asks for, with what is there of it."""
    files = list_files(session, row, rule)
    return [
        NeedView(need.key, need.label, need.required, [f for f in files if f.need == need.key])
        for need in rule.evidence
    ]


def list_files(session: Session, row: Claim, rule: ConversionRule) -> list[FileView]:
    """The files of a claim, in the order they came."""
    labels = {need.key: need.label for need in rule.evidence}
    uses = claim_forms.count_uses(session, row)
    found = session.exec(
        select(ClaimFile, Evidence)
        .join(Evidence, col(Evidence.id) == ClaimFile.evidence_id)
        .where(ClaimFile.claim_id == row.id)
        .order_by(col(ClaimFile.id))
    ).all()
    return [
        FileView(
            kept.id or 0, link.need, labels.get(link.need, "证明材料"),
            PurePath(kept.name).stem, kept.pages,
            routes.evidence_file(kept.id or 0, "preview"),
            routes.evidence_file(kept.id or 0, "file"), kept.media_type.startswith("image/"),
            routes.evidence_file(kept.id or 0, "page-"), uses.get(kept.source_sha256, 0),
        )
        for link, kept in found
    ]  # fmt: skip


def list_steps(session: Session, row: Claim) -> list[StepView]:
    """Every word on a claim, the oldest first: who said it, for which office, when."""
    return [
        StepView(
            moment(made.at), made.step.label, made.act.label, office or "本人",
            who or "系统", f"{made.hours}学时" if made.hours > ZERO else "", made.note,
        )
        for made, office, who in claim_moves.list_decisions(session, row)
    ]  # fmt: skip


def name_of(session: Session, organisation_id: int | None) -> str:
    """An organisation's name; nothing for none."""
    found = session.get(Organisation, organisation_id or 0)
    return found.name if found else ""


def moment(at: datetime | None) -> str:
    """A moment of this place, to the minute."""
    return f"{clock.local(at):%Y-%m-%d %H:%M}" if at else ""
