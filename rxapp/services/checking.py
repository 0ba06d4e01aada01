"""Proofs the operator can run at any time: ledger, totals, claims, figures, audit chain, files."""

from dataclasses import dataclass

from sqlalchemy import Engine
from sqlmodel import Session, select

from rxapp.adapters import file_store
from rxapp.adapters.database import one_moment
from rxapp.models.certificates import Certificate
from rxapp.models.courses import Lesson
from rxapp.services import (
    audit,
    claim_checks,
    credits,
    figure_checks,
    folding,
    roster_checks,
    sealing,
)


@dataclass(frozen=True)
class Finding:
    """One thing that was proved, or not."""

    sound: bool
    sentence: str


def check_all(*, on: Engine | None = None) -> list[Finding]:
    """Prove everything; each finding is one sentence."""
    sealing.seal_all(on=on)
    folding.fold_all(on=on)
    # Beside the service sums and what they are made of must be looked at in one moment.
    with one_moment(on=on) as session:
        found = [
            _totals(session),
            *_claims(session),
            _rosters(session),
            _figures(session),
            _chain(session),
        ]
        names = _named(session)
    # Reading a city's films takes hours: not with a moment of the database held open.
    return [*found, *_files(names)]


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


def _figures(session: Session) -> Finding:
    figure = figure_checks.find_wrong_figure(session)
    if figure is not None:
        said = f"统计中人员编号{figure.person_id}的{figure.year}年度与学习档案不一致"
        return Finding(False, f"{said}，请运行 rxapp recount。")
    office = figure_checks.find_wrong_office(session)
    if office is not None:
        said = f"统计中单位编号{office}的待办数或培训班数与实际不一致"
        return Finding(False, f"{said}，请运行 rxapp recount。")
    cell = figure_checks.find_wrong_cell(session)
    if cell is not None:
        said = f"单位编号{cell.organisation_id}的{cell.year}年度统计（{cell.kind} {cell.word}）"
        return Finding(False, f"{said}与人员合计不一致，请运行 rxapp recount。")
    return Finding(True, "统计数字与学习档案一致。")


def _rosters(session: Session) -> Finding:
    unfounded = roster_checks.find_unfounded(session)
    if not unfounded:
        return Finding(True, "培训名册与学习档案一致。")
    return Finding(False, f"有{len(unfounded)}行培训名册与学习档案不一致，首行编号{unfounded[0]}。")


def _chain(session: Session) -> Finding:
    broken = audit.find_broken(session)
    if broken is None:
        return Finding(True, "操作日志完整，封存链未被改动。")
    return Finding(False, f"操作日志的封存链在第{broken}号记录处不符。")


def _named(session: Session) -> set[str]:
    names = {*session.exec(select(Lesson.video_file)), *session.exec(select(Lesson.poster_file))}
    names.discard("")  # a draft without a film yet
    return names | set(session.exec(select(Certificate.file)))


def _files(names: set[str]) -> list[Finding]:
    bad = sorted(name for name in names if not file_store.is_sound(name))
    if not bad:
        return [Finding(True, f"{len(names)}个文件齐全，内容与登记一致。")]
    return [Finding(False, f"文件缺失或内容不符：{name}") for name in bad[:20]]
