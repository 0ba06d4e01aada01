"""折算规则, the bureau's side: drafted, looked at by its effect, published, switched on and off.

A published version is kept for good: every change, a switch too, is the next version. The one
draft of a rule is kept as typed, under version 0.
"""

import secrets
from collections.abc import Mapping

from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.errors import Conflict, Invalid, NotFound
from rxapp.models.claims import ConversionRuleRow
from rxapp.rules.conversion_bodies import as_body, from_body
from rxapp.rules.conversion_catalogue import OTHER
from rxapp.rules.conversion_forms import parse, tidy, typed_of
from rxapp.rules.conversions import ConversionRule, Method
from rxapp.rules.permissions import Permission
from rxapp.rules.subjects import Subject
from rxapp.services import audit, conversion_rules
from rxapp.services.actors import Actor

DRAFT = 0
LONGEST_NOTE, MOST_OPEN_DRAFTS = 200, 20
ELSEWHERE = "这条规则已在其他窗口或由其他人修改，请刷新后再试，刷新前填写的内容请先自行记下。"
KIND = "conversion_rule"


def begin(session: Session, actor: Actor, *, copy_of: str = "") -> str:
    """Begin a new rule, empty or with what another one says; returns its key.

    One that was begun alike and never touched is taken up again.
    """
    actor.require(Permission.POLICY_EDIT)
    base = find_base(session, copy_of) if copy_of else _blank("")
    if base.registered:
        raise Conflict("竞赛按登记折算，只有一条规则，不能复制。")
    typed = typed_of(base)
    if copy_of:
        source = find_draft(session, copy_of)
        typed |= typed_in(source) if source else {}
        typed |= {"name": f"{typed['name']}（副本）"}
    drafts = list_drafts(session)
    for each in drafts:
        if each.body["typed"] == typed and conversion_rules.find_newest(session, each.key) is None:
            return each.key
    if len(drafts) >= MOST_OPEN_DRAFTS:
        raise Conflict(f"未发布的草稿已有{len(drafts)}份，请先发布或放弃一些。")
    key = f"r{secrets.token_hex(6)}"
    body = {"typed": typed, "saved": 1, "base": as_body(base) | {"key": key}}
    _add_draft(session, actor, key, body)
    return key


def save(
    session: Session, actor: Actor, *, key: str, typed: Mapping[str, str], newest: int, saved: int
) -> int:
    """Keep what was typed as the draft, right or wrong; returns how often it was changed.

    Conflict when the rule was published, or the draft changed, since it was shown.
    """
    actor.require(Permission.POLICY_EDIT)
    row, draft = _held(session, key, newest)
    if saved_in(draft) != saved:
        raise Conflict(ELSEWHERE)
    if draft is None and row is not None:
        body = {"typed": typed_of(from_body(row.body)) | tidy(typed), "saved": 1}
        if body["typed"] == typed_of(from_body(row.body)):
            return 0
        _add_draft(session, actor, key, body)
        return 1
    if draft is None:
        raise NotFound("没有找到这条折算规则。")
    kept = typed_in(draft) | tidy(typed)
    if kept == typed_in(draft):
        return saved
    draft.body = dict(draft.body) | {"typed": kept, "saved": saved + 1}
    session.add(draft)
    session.flush()
    return saved + 1


def discard(session: Session, actor: Actor, *, key: str, saved: int) -> None:
    """Throw the draft away; what is published stays as it is."""
    actor.require(Permission.POLICY_EDIT)
    draft = find_draft(session, key, lock=True)
    if draft is None:
        return
    if saved_in(draft) != saved:
        raise Conflict(ELSEWHERE)
    audit.record(session, actor, audit.Action.RULE_DISCARDED, kind=KIND, id=draft.id, key=key)
    session.delete(draft)
    session.flush()


def publish(
    session: Session, actor: Actor, *, key: str, note: str, newest: int, saved: int
) -> int:  # fmt: skip
    """Let the draft hold from now on; returns the new version, the same for a second press.

    What was granted, and what already waits for a decision, stays under the version it was made
    under. Invalid names every wrong field.
    """
    actor.require(Permission.POLICY_EDIT)
    after = conversion_rules.find_version(session, key, newest + 1)
    if after is not None and after.published_by == actor.person_id and not find_draft(session, key):
        return after.version
    row, draft = _held(session, key, newest)
    if draft is None or saved_in(draft) != saved:
        raise Conflict(ELSEWHERE if draft else "没有需要发布的改动。")
    base = find_base(session, key)
    faults: dict[str, str] = {}
    said = _note(note, faults)
    try:
        rule = parse(typed_in(draft), base)
    except Invalid as error:
        raise Invalid(faults | error.fields) from None
    if row is not None and as_body(rule) == row.body | {"version": base.version}:
        faults["note"] = "内容与现行版本相同，没有需要发布的改动。"
    if faults:
        raise Invalid(faults)
    session.delete(draft)
    session.flush()
    is_on = row.is_on if row else True
    return _add_version(session, actor, as_body(rule), newest + 1, is_on, said)


def switch(session: Session, actor: Actor, *, key: str, on: bool, note: str, newest: int) -> int:
    """Offer a rule to new claims, or no longer; returns the new version.

    Drafts of claims are told when they are sent in; claims that wait are decided as before.
    """
    actor.require(Permission.POLICY_EDIT)
    row, _ = _held(session, key, newest, after_switch=on)
    if row is None:
        raise NotFound("没有找到这条折算规则，可能尚未发布。")
    if row.is_on == on:
        return row.version
    faults: dict[str, str] = {}
    said = _note(note, faults, name="switch_note")
    if faults:
        raise Invalid(faults)
    return _add_version(session, actor, row.body, row.version + 1, on, said)


def find_draft(session: Session, key: str, *, lock: bool = False) -> ConversionRuleRow | None:
    """The draft of a rule."""
    statement = _drafts().where(ConversionRuleRow.key == key)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session.exec(statement).first()


def list_drafts(session: Session) -> list[ConversionRuleRow]:
    """Every draft, the oldest first."""
    return list(session.exec(_drafts()))


def find_base(session: Session, key: str) -> ConversionRule:
    """The rule as it holds, else what it began from; NotFound for a rule nobody has begun."""
    row, draft = conversion_rules.find_newest(session, key), find_draft(session, key)
    if row is None and draft is None:
        raise NotFound("没有找到这条折算规则。")
    if row is not None:
        return from_body(row.body | {"version": row.version})
    return from_body(draft.body["base"]) if draft else _blank(key)


def read_draft(session: Session, actor: Actor, key: str) -> ConversionRule:
    """The rule the draft means, else the one that holds; Invalid names every wrong field."""
    actor.require(Permission.POLICY_EDIT)
    base, draft = find_base(session, key), find_draft(session, key)
    return parse(typed_in(draft), base) if draft else base


def typed_in(draft: ConversionRuleRow) -> dict[str, str]:
    """What was typed on a draft."""
    return dict(draft.body["typed"])


def saved_in(draft: ConversionRuleRow | None) -> int:
    """How often a draft was changed; 0 while there is none."""
    return int(draft.body["saved"]) if draft else 0


def _held(
    session: Session, key: str, newest: int, *, after_switch: bool | None = None
) -> tuple[ConversionRuleRow | None, ConversionRuleRow | None]:
    """The version that holds, locked, and the draft, if the version is the one that was shown."""
    row = conversion_rules.find_newest(session, key)
    if row is not None:
        # Whoever comes second waits here, and then sees what the first one added.
        session.refresh(row, with_for_update=True)
        row = conversion_rules.find_newest(session, key)
    draft = find_draft(session, key, lock=True)
    row = conversion_rules.find_newest(session, key)
    version = row.version if row else 0
    pressed_twice = row is not None and version == newest + 1 and row.is_on == after_switch
    if version != newest and not pressed_twice:
        raise Conflict(ELSEWHERE)
    return row, draft


def _add_version(
    session: Session, actor: Actor, body: Mapping[str, object], version: int, is_on: bool, note: str
) -> int:
    key = str(body["key"])
    row = ConversionRuleRow(
        key=key, version=version, body=dict(body) | {"version": version}, is_on=is_on,
        published_at=clock.now(), published_by=actor.person_id, note=note,
    )  # fmt: skip
    before = conversion_rules.find_version(session, key, version - 1)
    switched = before is not None and before.is_on != is_on
    action = audit.Action.RULE_SWITCHED if switched else audit.Action.RULE_PUBLISHED
    session.add(row)
    session.flush()
    audit.record(
        session, actor, action, kind=KIND, id=row.id, key=key, version=version, on=is_on
    )  # fmt: skip
    return version


def _add_draft(session: Session, actor: Actor, key: str, body: dict[str, object]) -> None:
    row = ConversionRuleRow(key=key, version=DRAFT, body=body, is_on=False)
    session.add(row)
    session.flush()
    audit.record(session, actor, audit.Action.RULE_DRAFTED, kind=KIND, id=row.id, key=key)


def _drafts():  # type: ignore[no-untyped-def]
    return (
        select(ConversionRuleRow)
        .where(ConversionRuleRow.version == DRAFT)
        .order_by(col(ConversionRuleRow.id))
    )


def _blank(key: str) -> ConversionRule:
    return ConversionRule(
        key, "", "", (Subject.PROFESSIONAL,), Method.FIXED, evidence=(OTHER,), reference=False
    )


def _note(note: str, faults: dict[str, str], *, name: str = "note") -> str:
    said = " ".join(note.split())
    if not 2 <= len(said) <= LONGEST_NOTE:
        faults[name] = f"请填写说明，2至{LONGEST_NOTE}个字，会和这个版本一起保存。"
    return said
