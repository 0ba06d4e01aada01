"""Proofs the operator can run at any time: ledger, totals, claims, audit chain, files."""

from dataclasses import dataclass

from sqlmodel import Session, select

from rxapp.adapters import file_store
from rxapp.adapters.database import transaction
from rxapp.models.certificates import Certificate
from rxapp.models.courses import Lesson
from rxapp.services import audit, claim_checks, credits, sealing


@dataclass(frozen=True)
class Finding:
    """One thing that was proved, or not."""

    sound: bool
    sentence: str


def check_all() -> list[Finding]:
    """Prove everything; each finding is one sentence."""
    sealing.seal_all()
    with transaction() as session:
        return [_totals(session), *_claims(session), _chain(session), *_files(session)]


def _totals(session: Session) -> Finding:
    wrong = credits.find_wrong_totals(session)
    if not wrong:
        return Finding(True, "学时合计与学习档案一致。")
    first = wrong[0]
    return Finding(
        False,
        f"有{len(wrong)}处学时合计与学习档案不一致，首处为人员编号{first.person_id}的{first.year}年度。",
    )


def _claims(session: Session) -> list[Finding]:
    unfounded, miscounted = (
        claim_checks.find_unfounded(session),
        claim_checks.find_miscounted(session),
    )
    found = []
    if unfounded:
        said = f"有{len(unfounded)}项学时申报与学习档案不一致，首项为申报编号{unfounded[0]}。"
        found.append(Finding(False, said))
    if miscounted:
        said = f"有{len(miscounted)}个单位的待办数与实际不一致，首个为单位编号{miscounted[0]}。"
        found.append(Finding(False, said))
    return found or [Finding(True, "学时申报与学习档案一致，待办数与实际一致。")]


def _chain(session: Session) -> Finding:
    broken = audit.find_broken(session)
    if broken is None:
        return Finding(True, "操作日志完整，封存链未被改动。")
    return Finding(False, f"操作日志的封存链在第{broken}号记录处不符。")


def _files(session: Session) -> list[Finding]:
    names = {*session.exec(select(Lesson.video_file)), *session.exec(select(Lesson.poster_file))}
    names.discard("")  # a draft without a film yet
    names |= set(session.exec(select(Certificate.file)))
    bad = sorted(name for name in names if not file_store.is_sound(name))
    if not bad:
        return [Finding(True, f"{len(names)}个文件齐全，内容与登记一致。")]
    return [Finding(False, f"文件缺失或内容不符：{name}") for name in bad[:20]]
