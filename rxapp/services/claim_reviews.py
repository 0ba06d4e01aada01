"""审核和审验: an office decides on what lies before it, point by point, and answers for it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import Session, col, select

from rxapp import clock, routes
from rxapp.errors import Conflict, Invalid, NotFound, NotPermitted
from rxapp.models.claims import Claim, ClaimDecision
from rxapp.models.organisations import Organisation
from rxapp.rules.city_values import CityValue
from rxapp.rules.claims import NEEDS_REASON, POINTS, TRANSITIONS, Act, Status, review_acts
from rxapp.rules.hours import ZERO, Hours
from rxapp.rules.permissions import Permission
from rxapp.services import (
    certificate_register,
    city_values,
    claim_forms,
    claim_grants,
    claim_moves,
    claim_routing,
    messages,
    scopes,
)
from rxapp.services.actors import Actor
from rxapp.services.claim_moves import Word

LONGEST_NOTE = 400
MOST_SECONDS = 24 * 3600
# A round begins when a claim is sent in, or sent up once more.
BEGINS_A_ROUND = (Act.SUBMIT, Act.APPEAL)
REVIEWED = (Act.PASS, Act.RETURN, Act.REJECT)


def decide(
    session: Session, actor: Actor, *, claim_id: int, act: str, version: int, note: str = "",
    points: Sequence[str] = (), hours: str = "", remarks: Mapping[str, str] | None = None,
    seconds: int = 0,
) -> str:  # fmt: skip
    """Pass, return or reject; returns the sentence to show, the same for a second press.

    Passing answers for every point of the step and may lower the hours with a reason. Conflict for
    whoever comes second, NotPermitted on one's own claim or one decided on before.
    """
    row = find(session, actor, claim_id, lock=True)
    if _was_mine(session, actor, row, act, version):
        return _sentence(row, Act(act))
    require_turn(session, actor, row, version)
    given = _parse_act(row, act)
    word = _read(row, given, note, points, hours, remarks or {}, seconds)
    if given is Act.PASS:
        _pass(session, actor, row, version, word)
    else:
        claim_moves.move(session, actor, row, given, version=version, word=word)
        _tell(session, row, f"“{row.title}”{given.label}：{word.note}")
    return _sentence(row, given)


def pass_as_shown(session: Session, actor: Actor, *, claim_id: int, version: int) -> str:
    """Pass a claim as it was filled in, answering for every point of its step."""
    row = find(session, actor, claim_id)
    points = tuple(POINTS.get(row.step, ()))
    return decide(session, actor, claim_id=claim_id, act=Act.PASS, version=version, points=points)


def take_back(session: Session, actor: Actor, *, claim_id: int, note: str) -> str:
    """Take one's own decision back, before the next level acts or a certificate shows it."""
    actor.require(Permission.REVIEW)
    row = _find_decided(session, actor, claim_id)
    session.refresh(row, with_for_update=True)
    last = claim_moves.list_decisions(session, row)[-1][0]
    if last.by_id != actor.person_id or last.act not in REVIEWED:
        raise Conflict("只能收回本人刚给出的意见；之后已有其他办理的，不能收回。")
    reason = _reason(note, Act.TAKE_BACK)
    if (row.status, row.step, Act.TAKE_BACK) not in TRANSITIONS:
        raise Conflict("下一环节已经办理，不能收回。")
    if row.status is Status.RETURNED and row.saved_at > last.at:
        # What was judged is no longer what lies there; the corrected claim comes by itself.
        raise Conflict("本人已经开始修改，不能收回，修改后会再次提交。")
    if row.status is Status.GRANTED:
        certificate_register.hold(session, row.person_id)
        if claim_grants.is_certified(session, row):
            raise Conflict("已开具包含这项学时的学时证明，不能收回，可由人力资源社会保障局撤销。")
        claim_grants.take_away(session, row, reason="taken_back")
    turn = claim_routing.Turn(last.step, last.office_id or row.office_id or 0)
    claim_moves.move(
        session, actor, row, Act.TAKE_BACK, version=row.version, turn=turn, word=Word(note=reason)
    )
    _tell(session, row, f"“{row.title}”的审核意见已收回，正在重新审核。")
    return f"已收回对“{row.title}”的意见。"


def find(session: Session, actor: Actor, claim_id: int, *, lock: bool = False) -> Claim:
    """A claim of one's own people, or before an office of one's own; NotFound for any other."""
    actor.require(Permission.REVIEW)
    inside = scopes.within(actor, Permission.REVIEW)
    places = select(Organisation.id).where(inside)
    statement = select(Claim).where(
        Claim.id == claim_id,
        col(Claim.status).not_in((Status.DRAFT, Status.UNCONFIRMED)),
        # Where it lies, or where the person belonged: an employer follows its people's claims up.
        or_(col(Claim.office_id).in_(places), col(Claim.organisation_id).in_(places)),
    )
    found = session.exec(statement.with_for_update(of=Claim) if lock else statement).first()
    if found is None:
        raise NotFound("没有找到这项申报，可能已转到其他单位或不在您的管理范围内。")
    if lock:
        session.refresh(found)
    return found


def before(session: Session, actor: Actor) -> ColumnElement[bool]:
    """Addressed to one's own office, or waiting too long at one below."""
    own = col(Claim.office_id).in_(scopes.office_ids(actor, Permission.REVIEW))
    return or_(own, and_(is_late(session), scopes.within(actor, Permission.REVIEW)))


def is_late(session: Session) -> ColumnElement[bool]:
    """Waiting so long that the offices above may act as well."""
    days = city_values.get_value(session, CityValue.DESK_ESCALATE_DAYS)
    return col(Claim.waiting_since) < clock.now() - timedelta(days=days)


def require_turn(session: Session, actor: Actor, row: Claim, version: int) -> None:
    """Refuse whoever is not the one to decide now: who was first, whose turn it is, or why not."""
    if row.status is not Status.SUBMITTED or row.version != version:
        raise Conflict(claim_moves.tell_who_was_first(session, row))
    if row.person_id == actor.person_id:
        raise NotPermitted("不能办理本人的申报，请由其他管理员或上级单位办理。")
    if row.entered_by == actor.person_id:
        raise NotPermitted("不能办理本人代为填报的申报，请由其他管理员或上级单位办理。")
    turn = session.exec(
        select(Claim.id)
        .join(Organisation, col(Organisation.id) == Claim.office_id)
        .where(Claim.id == row.id, before(session, actor))
    ).first()
    if turn is None:
        raise NotPermitted("这项申报目前由其他单位办理。")
    if actor.person_id in _who_decided(session, row):
        raise NotPermitted("您已在前一环节办理过这项申报，请由其他管理员办理。")


def may_take_back(session: Session, actor: Actor, row: Claim) -> bool:
    """Whether the last word is one's own and can still be taken back."""
    made = claim_moves.list_decisions(session, row)
    if not made or (row.status, row.step, Act.TAKE_BACK) not in TRANSITIONS:
        return False
    last = made[-1][0]
    mine = last.by_id == actor.person_id and last.act in REVIEWED
    certified = row.status is Status.GRANTED and claim_grants.is_certified(session, row)
    return mine and not certified


def _pass(session: Session, actor: Actor, row: Claim, version: int, word: Word) -> None:
    final = TRANSITIONS[row.status, row.step, Act.PASS][0] is Status.GRANTED
    turn = None
    if not final:
        place = row.organisation_id or row.office_id or 0
        turn = claim_routing.find_second(session, place, besides=claim_moves.parties(row))
    claim_moves.move(
        session, actor, row, Act.PASS, version=version, word=word, turn=turn, hours=word.hours
    )
    if final:
        claim_grants.grant(session, row, word.hours)
    elif turn and not claim_routing.has_reviewer(
        session, turn.office_id, besides=claim_moves.parties(row)
    ):
        claim_routing.tell_city(session, turn.office_id)


def _read(
    row: Claim, act: Act, note: str, points: Sequence[str], hours: str,
    remarks: Mapping[str, str], seconds: int,
) -> Word:  # fmt: skip
    reason = _reason(note, act)
    if act is not Act.PASS:
        told = {
            key: " ".join(said.split())[:200]
            for key, said in remarks.items()
            if said.strip() and key in (*claim_forms.FIELDS, "files")
        }
        return Word(note=reason, remarks=told, hours=row.hours, seconds=_seconds(seconds))
    missing = [label for key, label in POINTS[row.step].items() if key not in points]
    if missing:
        raise Invalid({"points": f"请逐项核对并勾选：{'、'.join(missing)}。"})
    lowered = _hours(row, hours)
    if lowered < row.hours and not reason:
        raise Invalid({"note": f"核减为{lowered}学时，请填写理由，本人会看到。"})
    return Word(reason, tuple(POINTS[row.step]), hours=lowered, seconds=_seconds(seconds))


def _reason(note: str, act: Act) -> str:
    reason = " ".join(note.split())
    if act in NEEDS_REASON and not reason:
        raise Invalid({"note": f"请填写{act.label}的理由，本人会看到。"})
    if len(reason) > LONGEST_NOTE:
        raise Invalid({"note": f"理由不能超过{LONGEST_NOTE}个字，已填写的内容仍在。"})
    return reason


def _hours(row: Claim, typed: str) -> Hours:
    if not typed.strip():
        return row.hours
    try:
        found = Hours.of(typed.strip())
    except Invalid:
        raise Invalid({"hours": "学时请填写数字，最多一位小数，例如 20 或 1.5。"}) from None
    if not ZERO < found <= row.hours:
        raise Invalid({"hours": f"只能核减，应大于零且不超过{row.hours}学时。"})
    return found


def _seconds(seconds: int) -> int:
    return min(max(seconds, 0), MOST_SECONDS)


def _parse_act(row: Claim, act: str) -> Act:
    for each in review_acts(row.status, row.step):
        if each.value == act:
            return each
    raise Conflict("这项申报目前不能这样办理，请刷新后再试，已填写的内容仍在。")


def _was_mine(session: Session, actor: Actor, row: Claim, act: str, version: int) -> bool:
    """Whether the actor gave this very word before: the second press of one finger."""
    made = claim_moves.list_decisions(session, row)
    if not made or row.version != version + 1:
        return False
    last = made[-1][0]
    return last.by_id == actor.person_id and last.act.value == act


def _who_decided(session: Session, row: Claim) -> set[int | None]:
    """Who gave a word in this round and did not take it back."""
    who: list[int | None] = []
    for made, _, _ in claim_moves.list_decisions(session, row):
        if made.act in BEGINS_A_ROUND:
            # Who rejected does not decide on the appeal; a new submission is a new round.
            who = who if made.act is Act.APPEAL else []
        elif made.act is Act.TAKE_BACK and who:
            who.pop()
        elif made.act in REVIEWED:
            who.append(made.by_id)
    return set(who)


def _find_decided(session: Session, actor: Actor, claim_id: int) -> Claim:
    """A claim one gave a word on, wherever it has gone since."""
    found = session.exec(
        select(Claim)
        .join(ClaimDecision, col(ClaimDecision.claim_id) == Claim.id)
        .where(Claim.id == claim_id, ClaimDecision.by_id == actor.person_id)
    ).first()
    if found is None:
        raise NotFound("没有找到这项申报，可能已转到其他单位或不在您的管理范围内。")
    return found


def _tell(session: Session, row: Claim, sentence: str) -> None:
    messages.send(
        session, to=row.person_id, title="学时申报", body=sentence[:600],
        href=routes.claim(row.id or 0),
    )  # fmt: skip


def _sentence(row: Claim, given: Act) -> str:
    led = "，学时已计入" if row.status is Status.GRANTED else ""
    step = f"，转{row.step.label}" if row.status is Status.SUBMITTED else ""
    return f"“{row.title}”：{given.label}{step}{led}。"
