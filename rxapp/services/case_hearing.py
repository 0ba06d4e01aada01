"""陈述和申辩: who is heard answers, with files, until the matter is decided."""

from collections.abc import Mapping

from sqlmodel import Session, select

from rxapp import clock, routes
from rxapp.errors import Conflict
from rxapp.models.cases import CaseEntry, SupervisionCase
from rxapp.rules.cases import TRANSITIONS, Act, Entry, Side, parse_text
from rxapp.services import case_files, cases
from rxapp.services.actors import Actor


def answer(session: Session, actor: Actor, *, typed: Mapping[str, str]) -> int:
    """The person's own word on what is held against him, with files; late ones are marked."""
    row = cases.find_own(session, actor, cases.number_of(typed.get("case", "")))
    return _answer(session, actor, row, Side.PERSON, typed)


def reply(session: Session, actor: Actor, *, typed: Mapping[str, str]) -> int:
    """The word of an organisation, given by its clerk, likewise."""
    row = cases.find_of_office(session, actor, cases.number_of(typed.get("case", "")))
    return _answer(session, actor, row, Side.ORGANISATION, typed)


def _answer(
    session: Session, actor: Actor, row: SupervisionCase, side: Side, typed: Mapping[str, str]
) -> int:
    key = cases.hold_request(session, actor, typed)
    if key and session.exec(select(CaseEntry.id).where(CaseEntry.request_hash == key)).first():
        return row.id or 0
    session.refresh(row, with_for_update=True)
    if (cases.standing(row), Act.ANSWER) not in TRANSITIONS:
        raise Conflict("这件事项已作出决定或已撤回，不能再答复，已填写的内容仍在。")
    said = parse_text(typed.get("text", ""), "text", "陈述和申辩的内容")
    late = clock.today() > row.answer_by
    cases.move(session, row, Act.ANSWER, row.version, answer=said, answered_at=clock.now())
    entry = cases.add_entry(
        session, actor, Entry.ANSWERED, case=row, text=said, side=side, late=late, request=key,
        office_id=row.organisation_id,
    )  # fmt: skip
    case_files.take_up(session, typed, entry, side)
    cases.record_move(session, actor, row, Act.ANSWER, late=late)
    cases.tell_office(
        session, row.office_id, "监督检查事项已答复", f"编号 {row.number} 的事项收到陈述和申辩。",
        routes.desk_case(row.id or 0),
    )  # fmt: skip
    return row.id or 0
