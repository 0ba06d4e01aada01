"""Pages that a small city leaves short, filled in every city before it is looked at.

A kind of claim that one in a hundred asks for, or what waits too long, fills a page in the whole
city and not in a thousandth of it; and where one county has all there is, it is less than a page.
Two pages of each lie before the offices that are looked through here, the same in both cities, so
that like is compared with like. They are copies of rows that are there.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import psycopg

from bench.city import looks
from bench.city.lists import City
from bench.city.sizes import COUNTIES, LEAST, Sizes

# What is planted is known by it: a city is planted once.
MARK = "ZZ"
NUMBERED = (
    "organisation", "person", "claim", "application", "supervision_case", "integrity_record",
    "inspection", "audit_event",
)  # fmt: skip
STEPS = {looks.EMPLOYER: "employer", looks.DEPARTMENT: "authority"}
QUEUES = """
INSERT INTO queue_total (office_id, queue, waiting)
SELECT office_id, queue, count(*) FROM (
       SELECT office_id, 'claims' AS queue FROM claim WHERE status = 'submitted'
       UNION ALL SELECT office_id, 'claims.' || step FROM claim WHERE status = 'submitted'
       UNION ALL SELECT office_id, 'applications' FROM application WHERE status = 'submitted') w
 GROUP BY 1, 2
ON CONFLICT (office_id, queue) DO UPDATE SET waiting = excluded.waiting
"""


# Offices without people stand in no list of how a year stands: each of these has somebody.
PLANTED = "样例另单位"
AT_HOME = (
    f"(SELECT id FROM organisation WHERE name LIKE '{PLANTED}%' ORDER BY id OFFSET n - 1 LIMIT 1)"
)
# Reviewers of an office, this month and the last.
MONTHS = """
INSERT INTO reviewer_month (office_id, month, person_id, decisions, passes, timed, seconds)
SELECT %s, m.month::date, p.id, 5, 4, 3, 30
  FROM (SELECT id FROM person ORDER BY id LIMIT %s) p,
       (SELECT date_trunc('month', now()) AS month
         UNION SELECT date_trunc('month', now()) - interval '1 month') m
ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True)
class Bed:
    """Copies to make: of which row, and what is another in each; `{n}` counts them from 1."""

    table: str
    like: str
    other: dict[str, str] = field(default_factory=dict)
    many: int = LEAST + 2


def plant(city: City) -> None:
    """Fill the pages of a city, unless that was done."""
    from rxapp.services import folding

    address = city.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address) as line:
        marked = f"SELECT count(*) FROM claim WHERE number LIKE '{MARK}%'"
        if line.execute(marked.encode()).fetchone() != (0,):
            return
        for serial, bed in enumerate(_beds(city)):
            _copy(line, bed, serial)
        for who in looks.BUREAUS:
            line.execute(MONTHS.encode(), (city.office(who), LEAST + 2))
        line.execute(QUEUES.encode())
        for table in NUMBERED:
            line.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'),"
                f" (SELECT max(id) FROM {table}))".encode()
            )
    with psycopg.connect(address, autocommit=True) as line:
        line.execute("VACUUM (ANALYZE)")
    folding.fold_all(on=city.engine)


def _beds(city: City) -> Iterator[Bed]:
    for who in looks.REVIEWERS:
        place = city.place(who)
        office, below = place.office, place.employer
        for target, step in ((office, STEPS.get(who, "appeal")), (below, "employer")):
            if target == below and who in (looks.EMPLOYER, looks.DEPARTMENT):
                continue
            for rule in ("patent", "qualification"):
                yield _claims(target, below, step, rule, place.somebody)
        yield Bed("application", "status = 'submitted'", {
            "office_id": f"{below}", "organisation_id": f"{below}", "number": "{code}",
            "person_id": f"{place.somebody}", "request_hash": "NULL",
            "waiting_since": "now() - interval '30 days' + {n} * interval '1 hour'",
        })  # fmt: skip
    for who in looks.ABOVE:
        yield _units(city.sizes, city.office(who), "|employer|")
    # Every city has as many counties: what is kept for each of them is one page of all.
    missing = COUNTIES - len(city.sizes.counties)
    if missing:
        yield _units(city.sizes, 1, "|county_bureau|", many=missing)
    yield Bed("person", "activated_at IS NOT NULL", {
        "organisation_id": AT_HOME, "identity_hash": "{code}",
    }, len(looks.ABOVE) * (LEAST + 2) + missing)  # fmt: skip
    for who in (looks.DEPARTMENT, looks.COUNTY):
        yield from _people(city.place(who).employer)
    for who in looks.BUREAUS:
        place = city.place(who)
        office = place.office
        ours = {"office_id": f"{office}", "request_hash": "NULL"}
        person = {"person_id": f"{place.somebody}"}
        yield Bed("audit_event", "action = 'gate:denied'", {
            "actor_id": f"{place.somebody}", "office_id": "NULL",
        })  # fmt: skip
        yield Bed("inspection", "true", ours)
        yield Bed("supervision_case", "status = 'decided'", ours | person | {
            "number": "{code}", "status": "'notified'", "answer_by": "current_date + 30",
            "decision": "''", "decided_by": "NULL", "decided_at": "NULL", "found": "NULL",
            "ended_at": "NULL",
        })  # fmt: skip
        # What is on record belongs to a matter of its own.
        yield Bed("supervision_case", "status = 'decided'", ours | person | {"number": "{code}"})
        yield Bed("integrity_record", "true", person | {
            "office_id": f"{office}",
            "case_id": f"(SELECT max(id) FROM supervision_case) - {LEAST + 2} + {{n}}",
        })  # fmt: skip


def _units(sizes: Sizes, above: int, kind: str, many: int = LEAST + 2) -> Bed:
    return Bed("organisation", f"capacities = '{kind}'", {
        "parent_id": f"{above}", "path": f"'{sizes.path(above)}' || (last.id + n) || '/'",
        "name": f"'{PLANTED}' || {above} || '号' || n", "credit_code": "{code} || 'XX'",
    }, many)  # fmt: skip


def _people(employer: int) -> Iterator[Bed]:
    here = {"organisation_id": f"{employer}", "identity_hash": "{code}"}
    yield Bed("person", "activated_at IS NOT NULL", here | {
        "name": "'王样例'", "pinyin": "'wangyangli'", "initials": "'wyl'",
        "title_series": "'暂无职称'", "title_level": "'暂无职称'",
    })  # fmt: skip
    yield Bed("person", "activated_at IS NULL", here | {"title_level": "'正高级'"})


def _claims(office: int, employer: int, step: str, rule: str, person: int) -> Bed:
    return Bed("claim", "status = 'submitted' AND step = 'employer'", {
        "office_id": f"{office}", "organisation_id": f"{employer}", "step": f"'{step}'",
        "person_id": f"{person}", "number": "{code}", "request_hash": "NULL",
        "rule_id": f"(SELECT min(id) FROM conversion_rule WHERE key = '{rule}')",
        "waiting_since": "now() - interval '40 days' + {n} * interval '1 hour'",
    })  # fmt: skip


def _copy(line: psycopg.Connection, bed: Bed, serial: int) -> None:
    names = [
        name for (name,) in line.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s"
            " AND table_schema = 'public' AND column_name <> 'id'", (bed.table,)
        ).fetchall()
    ]  # fmt: skip
    told = {"n": "n", "code": f"'{MARK}' || lpad(({serial} * 1000 + n)::text, 14, '0')"}
    values = [
        bed.other[name].format(**told) if name in bed.other else f"t.{name}" for name in names
    ]
    line.execute(
        f"INSERT INTO {bed.table} (id, {', '.join(names)}) SELECT last.id + n, {', '.join(values)}"
        f" FROM (SELECT * FROM {bed.table} WHERE {bed.like} ORDER BY id LIMIT 1) t,"
        f" (SELECT coalesce(max(id), 0) AS id FROM {bed.table}) last,"
        f" generate_series(1, {bed.many}) n".encode()
    )
