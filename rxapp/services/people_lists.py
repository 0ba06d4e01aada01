"""名单: people of one's own office named by a list, one a line, by number or by name."""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

from sqlmodel import Session, col, select

from rxapp import clock
from rxapp.adapters.encryption import data_keys
from rxapp.errors import Invalid, NotFound
from rxapp.models.people import Person
from rxapp.rules import identity
from rxapp.rules.permissions import Permission
from rxapp.services import people_search, scopes
from rxapp.services.actors import Actor
from rxapp.services.people_search import Sought

MOST = 100
FOUND = 10
# What is long enough to be meant as a number, with letters of any width.
_NUMBER = re.compile(r"[0-9Xx]{15,18}")
_NOBODY = "本单位没有这个人，请核对，或请本人先办理单位变更。"


@dataclass(frozen=True)
class Line:
    """One line of a list: how to call it, and whom it names, or why nobody."""

    who: str
    person: Person | None
    fault: str = ""


@dataclass(frozen=True)
class PersonChoice:
    """Somebody to choose."""

    id: int
    name: str
    identity_mask: str
    title: str


def find_choices(session: Session, actor: Actor, *, query: str) -> list[PersonChoice]:
    """At most ten people of one's own offices by name, pinyin, initials or full number."""
    actor.require(Permission.REVIEW)
    if not query.strip():
        raise Invalid({"q": "请输入姓名、拼音首字母或完整的身份证号码。"})
    found: list[PersonChoice] = []
    for office in scopes.office_ids(actor, Permission.REVIEW):
        sought = Sought(query=query[:60], organisation_id=office)
        page = people_search.find(
            session, actor, sought, after="", limit=FOUND, permission=Permission.REVIEW
        )
        found += [_choice(person) for person, _, _ in page.rows]
    return found[:FOUND]


def get_own_person(session: Session, actor: Actor, person_id: int) -> Person:
    """Somebody who belongs to an office of one's own; NotFound for anybody else."""
    actor.require(Permission.REVIEW)
    found = session.exec(
        select(Person).where(
            Person.id == person_id, col(Person.pseudonymised_at).is_(None),
            col(Person.organisation_id).in_(scopes.office_ids(actor, Permission.REVIEW)),
        )
    ).first()  # fmt: skip
    if found is None:
        raise NotFound("没有找到该人员，可能不属于本单位。")
    return found


def read(
    session: Session, actor: Actor, *, listed: str, ticked: Collection[int] = ()
) -> list[Line]:
    """Whom a pasted list and some ticks name, in their order; at most a hundred at once."""
    actor.require(Permission.REVIEW)
    typed = [line for each in listed.splitlines() if (line := " ".join(each.split()))]
    if len(typed) + len(ticked) > MOST:
        raise Invalid({"listed": f"一次最多{MOST}人，请分几次加入，已填写的内容仍在。"})
    lines = [_named(session, actor, each) for each in typed]
    return lines + [_ticked(session, actor, each) for each in ticked]


def _ticked(session: Session, actor: Actor, person_id: int) -> Line:
    person = get_own_person(session, actor, person_id)
    return Line(person.name, person)


def _named(session: Session, actor: Actor, line: str) -> Line:
    narrow = unicodedata.normalize("NFKC", line)
    number = _NUMBER.search(narrow)
    name = "".join(_NUMBER.sub("", narrow).split()).strip(",，;；、.")
    if number is None:
        return _by_name(session, actor, name or line[:30])
    return _by_number(session, actor, number[0], name)


def _by_number(session: Session, actor: Actor, typed: str, name: str) -> Line:
    who = f"{name}（{identity.mask_identity(typed)}）"
    try:
        number = identity.parse_identity(typed, today=clock.today())
    except Invalid as error:
        return Line(who, None, error.message)
    hashed = data_keys().hash(number, context="identity")
    found = _own(session, actor, col(Person.identity_hash) == hashed)
    if not found:
        return Line(who, None, _NOBODY)
    if name and not identity.same_name(found[0].name, name):
        return Line(who, None, "姓名和身份证号码不一致，请核对。")
    return Line(f"{found[0].name}（{found[0].identity_mask}）", found[0])


def _by_name(session: Session, actor: Actor, name: str) -> Line:
    try:
        name = identity.parse_name(name)
    except Invalid as error:
        return Line(name[:30], None, error.message)
    found = _own(session, actor, col(Person.name) == name)
    if not found:
        return Line(name[:30], None, _NOBODY)
    if len(found) > 1:
        return Line(name, None, "本单位有同名的人员，请改用身份证号码。")
    return Line(f"{name}（{found[0].identity_mask}）", found[0])


def _own(session: Session, actor: Actor, condition) -> list[Person]:  # type: ignore[no-untyped-def]
    return list(
        session.exec(
            select(Person)
            .where(
                condition, col(Person.pseudonymised_at).is_(None),
                col(Person.organisation_id).in_(scopes.office_ids(actor, Permission.REVIEW)),
            )
            .limit(2)
        )
    )  # fmt: skip


def _choice(person: Person) -> PersonChoice:
    titled = " ".join(part for part in (person.title_series, person.title_level) if part)
    return PersonChoice(person.id or 0, person.name, person.identity_mask, titled)
