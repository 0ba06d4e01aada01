"""The rows of one person: who it is, what was learned and claimed, what it comes to."""

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from bench.city import life as lives
from bench.city.copying import Copies
from bench.city.learned import SUBJECTS, Ground, Home, moment, put_learning, put_ledger
from bench.city.life import Asked, Life, Line
from bench.lists import GIVEN, GONE, SURNAMES
from rxapp.adapters import pinyin
from rxapp.adapters.encryption import data_keys
from rxapp.rules import figures, identity, profiles
from rxapp.rules.person_status import PersonStatus, Spell

PERSON = (
    "id name identity_cipher identity_hash identity_mask mobile_cipher mobile_hash mobile_mask "
    "password_hash activated_at created_at organisation_id owes_from field title_series "
    "title_level education post pinyin initials status status_on email_cipher email_mask unread "
    "version"
)
SIGN_IN = (
    "id token_hash person_id activated factor_due device created_at seen_at expires_at ended_at"
)
FIGURE = (
    "person_id year path field title_level owing activated_on studying complete complete_on "
    "hours weeks"
)
_SPELLED = {each: pinyin.spelled(each) for each in SURNAMES + GIVEN}
_SURNAMES, _WEIGHTS = list(SURNAMES), [max(1, 40 - place) for place in range(len(SURNAMES))]
_STATES = [state for state, of in GONE for _ in range(of)]
_LEVEL_WEIGHTS = (3, 12, 40, 30, 14, 1)


def put_person(out: Copies, ground: Ground, home: Home, life: Life) -> dict[int, figures.Figure]:
    """Send all rows of a person; returns what the person counts as, by year."""
    person = life.person
    lot = Random(f"{lives.SEED} {person} as a person")
    spell = _spell(lot, ground, life)
    known = _known(lot)
    since = ground.now - timedelta(days=1500 + person % 300)
    _put_record(out, ground, home, life, lot, spell, known, since)
    credits = put_ledger(out, ground, life)
    put_learning(out, ground, life)
    found = _count(ground, home, life, credits, spell, known, since)
    out.put(
        "person_figure", FIGURE,
        (
            (
                person, year, one.path, one.field, one.title_level, one.owing, one.activated_on,
                one.studying, one.complete, one.complete_on, _json(one.hours), _json(one.weeks),
            )
            for year, one in found.items()
        ),
    )  # fmt: skip
    return found


def claim_id(ground: Ground, person: int, one: Asked) -> int:
    """Everybody's first claims come first, everybody's newest last."""
    return one.place * ground.sizes.people + person


def identity_number(person: int) -> str:
    """A number of a region that was never given; nobody can bear it."""
    born = date(1960, 1, 1) + timedelta(days=person // 4 % 13_500)
    first = f"37089{person % 4}{born:%Y%m%d}{person // 54_000 + 1:03d}"
    return first + identity.identity_check_character(first)


@dataclass(frozen=True)
class _Known:
    name: str
    field: str
    series: str
    level: str
    education: str


def _known(lot: Random) -> _Known:
    name = lot.choices(_SURNAMES, _WEIGHTS)[0] + lot.choice(GIVEN) + lot.choice(GIVEN)
    return _Known(
        name, lot.choice(profiles.FIELDS), lot.choice(profiles.SERIES),
        lot.choices(profiles.LEVELS, _LEVEL_WEIGHTS)[0], lot.choice(profiles.EDUCATION),
    )  # fmt: skip


def _spell(lot: Random, ground: Ground, life: Life) -> Spell | None:
    drawn = lot.randrange(1000)
    if drawn >= len(_STATES) or life.person in ground.sizes.deciding:
        return None
    begun = ground.today - timedelta(days=lot.randint(1, 900))
    return Spell(PersonStatus(_STATES[drawn]), begun)


def _put_record(
    out: Copies, ground: Ground, home: Home, life: Life, lot: Random, spell: Spell | None,
    known: _Known, since: datetime,
) -> None:  # fmt: skip
    person, keys = life.person, data_keys()
    number, mobile = identity_number(person), f"154{person:08d}"
    unread = int(lot.random() < 0.3)
    out.put(
        "person", PERSON,
        [(
            person, known.name, keys.encrypt(number, context="identity"),
            keys.hash(number, context="identity"), identity.mask_identity(number),
            keys.encrypt(mobile, context="mobile"), keys.hash(mobile, context="mobile"),
            identity.mask_mobile(mobile), ground.password_hash if life.active else None,
            since if life.active else None, since, home.office, life.owes_from, known.field,
            known.series, known.level, known.education, "样例岗位",
            "".join(_SPELLED[each] for each in known.name),
            "".join(_SPELLED[each][0] for each in known.name),
            spell.status.value if spell else "active", spell.begins_on if spell else None, "", "",
            unread, 1,
        )],
    )  # fmt: skip
    out.put(
        "affiliation", "person_id organisation_id begins_on how",
        [(person, home.office, since.date(), "collected")],
    )  # fmt: skip
    if spell:
        out.put(
            "status_spell", "person_id status begins_on note at",
            [(person, spell.status.value, spell.begins_on, "", moment(spell.begins_on))],
        )  # fmt: skip
    if life.active:
        _put_sign_in(out, ground, person)
    out.put(
        "message", "person_id title body href at read_at",
        (
            (person, "学时申报已办结", "您的学时申报已经办结，请查看。", "/claims",
             ground.now - timedelta(days=days), None if days == 5 and unread else ground.now)
            for days in (400, 5)
        ),
    )  # fmt: skip


def _put_sign_in(out: Copies, ground: Ground, person: int) -> None:
    at = ground.now - timedelta(days=1, minutes=person % 9000)
    token = hashlib.sha256(f"{lives.SEED} {person}".encode()).hexdigest()
    ended = at + timedelta(hours=1)
    out.put(
        "sign_in", SIGN_IN,
        [(person, token, person, True, False, "样例设备", at, at, at + timedelta(hours=12), ended)],
    )  # fmt: skip


def _count(
    ground: Ground, home: Home, life: Life, credits: list[tuple[int, Line]], spell: Spell | None,
    known: _Known, since: datetime,
) -> dict[int, figures.Figure]:  # fmt: skip
    this_year = ground.today.year
    studied = life.begun or any(
        line.year == this_year and line.source == lives.COURSE for line in life.lines
    )
    facts = figures.Facts(
        path=home.path, field=known.field, title_level=known.level, owes_from=life.owes_from,
        activated_on=(since + timedelta(hours=8)).date() if life.active else None,
        spells=(spell,) if spell else (),
        lines=tuple(
            figures.Line(
                line.year, SUBJECTS[line.subject], line.tenths, line.source, line.day
            )
            for _, line in sorted(credits, key=lambda each: (each[1].day, each[0]))
            if not line.undone
        ),
        begun=frozenset({this_year} if studied else ()),
    )  # fmt: skip
    return figures.reckon(facts, ground.book)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
