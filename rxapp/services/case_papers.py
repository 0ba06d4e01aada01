"""The whole file of a matter, set out for printing: allegation, claim, hearing, what followed."""

from sqlmodel import Session

from rxapp import clock
from rxapp.adapters.case_pdf import CasePaper, Pair, Section
from rxapp.models.cases import SupervisionCase
from rxapp.models.organisations import Organisation
from rxapp.services import case_claims, case_lines, case_pages, cases
from rxapp.services.actors import Actor
from rxapp.services.case_claims import ClaimBrief
from rxapp.services.case_files import CaseFileView
from rxapp.services.case_lines import LineView

SIDES = {"bureau": "监督检查部门", "person": "本人", "organisation": "单位", "claim": "学时申报"}


def get_paper(session: Session, actor: Actor, *, case_id: int) -> CasePaper:
    """The file as the actor may read it: the bureau all of it, who is heard the own part."""
    row, side = case_pages.get_side(session, actor, case_id)
    lines = case_lines.list_lines(session, row, side)
    brief = case_claims.find_brief(session, row)
    files = [file for line in lines for file in line.files]
    claim = (_claim(brief), _steps(brief)) if brief else ()
    proofs = [*(brief.files if brief else ()), *files]
    now = clock.now()
    return CasePaper(
        title="监督检查事项材料",
        number=row.number,
        sections=(_matter(session, row), *claim, *_words(lines), _files(proofs)),
        printed=f"{clock.local(now):%Y-%m-%d %H:%M} 生成",
        made_at=clock.local(now),
    )


def _matter(session: Session, row: SupervisionCase) -> Section:
    name, unit, mask = case_pages.subject_of(session, row)
    office = session.get_one(Organisation, row.office_id)
    about = (Pair("所在单位", unit), Pair("身份证号码", mask)) if unit else ()
    return Section(
        "事项",
        (
            Pair("办理部门", office.name),
            Pair("当事人", name),
            *about,
            Pair("立案时间", f"{clock.local(row.opened_at):%Y-%m-%d %H:%M}"),
            Pair("发现的问题", row.finding.label),
            Pair("事实", row.allegation),
            Pair("依据", row.basis),
            Pair("答复期限", cases.day_text(row.answer_by)),
            Pair("目前状态", cases.standing(row).label),
            Pair("认定结果", row.found.label if row.found else "尚未作出决定"),
        ),
    )


def _claim(brief: ClaimBrief) -> Section:
    return Section(
        "涉及的学时申报",
        (
            Pair("受理编号", brief.number),
            Pair("名称", brief.title),
            Pair("折算规则", brief.rule),
            Pair("规则依据", brief.basis),
            Pair("年度和科目", f"{brief.year}　{brief.subject}"),
            Pair("学时", brief.hours),
            Pair("申报时所在单位", brief.unit),
            Pair("目前状态", brief.status),
        ),
    )


def _steps(brief: ClaimBrief) -> Section:
    return Section(
        "申报和审核过程（谁审核，谁负责）",
        tuple(
            Pair(
                step.at,
                "　".join(
                    part
                    for part in (
                        step.step, step.act, step.office, step.who, step.hours, step.note,
                    )
                    if part
                ),
            )
            for step in brief.steps
        ),
    )  # fmt: skip


def _words(lines: list[LineView]) -> tuple[Section, ...]:
    return tuple(
        Section(
            f"{place}．{line.kind}{'（逾期）' if line.late else ''}",
            tuple(Pair(label, text) for label, text in _said(line) if text),
        )
        for place, line in enumerate(lines, start=1)
    )


def _said(line: LineView) -> tuple[tuple[str, str], ...]:
    return (
        ("时间", line.at), ("办理", f"{line.office}　{line.who}"), ("结果", line.fact),
        ("内容", line.text), ("依据", line.basis),
        ("材料", "、".join(file.name for file in line.files)),
    )  # fmt: skip


def _files(files: list[CaseFileView]) -> Section:
    if not files:
        return Section("材料清单", (Pair("", "没有提交材料。"),))
    return Section(
        "材料清单（校验值为原文件的 SHA-256）",
        tuple(
            Pair(
                SIDES[file.side],
                f"{file.name}，共{file.pages}页\n{file.digest[:32]}\n{file.digest[32:]}",
            )
            for file in files
        ),
    )
