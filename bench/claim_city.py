"""A city with so many claims, made by bulk insert: what was granted, what waits, its whole history.

One claim in twenty waits: three quarters of them with 15,000 employers, the rest with 300
departments, one in five of those with the first department. One in five has waited too long. The
first employer has as many waiting in a small city as in a large one, so that a page is as full.
"""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from bench.lists import PEOPLE_EACH, insert, people_rows

CLAIMS_EACH = 8
CLAIMS_PER_EMPLOYER = CLAIMS_EACH * PEOPLE_EACH
EMPLOYERS_EACH, MOST_COUNTIES = 50, 14
WAITING, WAITING_AT_THE_FIRST = 0.05, 0.3
AT_THE_EMPLOYER, AT_THE_FIRST_DEPARTMENT, LATE = 0.75, 0.2, 0.2
TITLES = ("注册测绘师", "一级建造师", "实用新型专利", "发明专利", "护士执业资格", "执业药师")
# Of what is over: granted, rejected, withdrawn.
ENDS = (("granted", 92), ("rejected", 6), ("withdrawn", 2))
_POINTS = '["kind","content","time","hours","result","truth","complete","timely"]'
_FAST = (
    "PRAGMA synchronous=OFF", "PRAGMA journal_mode=OFF", "PRAGMA cache_size=-1000000",
    "PRAGMA foreign_keys=OFF",
)  # fmt: skip
# Every word said: sent in by the person, passed by the employer, passed by the department.
_WORDS = """
INSERT INTO claim_decision (claim_id, status, step, act, points, remarks, hours, note, office_id,
                            by_id, seconds, at)
SELECT id, 'draft', 'person', 'submit', '[]', '{{}}', hours, '', NULL, person_id, 0, submitted_at
  FROM claim;
INSERT INTO claim_decision (claim_id, status, step, act, points, remarks, hours, note, office_id,
                            by_id, seconds, at)
SELECT c.id, 'submitted', 'employer', 'pass', '{points}', '{{}}', c.hours, '', c.organisation_id,
       m.person_id, 20, c.waiting_since
  FROM claim c JOIN membership m ON m.organisation_id = c.organisation_id
 WHERE c.step = 'authority' OR c.status = 'granted';
INSERT INTO claim_decision (claim_id, status, step, act, points, remarks, hours, note, office_id,
                            by_id, seconds, at)
SELECT c.id, 'submitted', 'authority', 'pass', '[]', '{{}}', c.hours, '', c.office_id,
       m.person_id, 20, c.ended_at
  FROM claim c JOIN membership m ON m.organisation_id = c.office_id
 WHERE c.status = 'granted';
INSERT INTO evidence (id, purpose, name, media_type, size, pages, file, preview, source_sha256,
                      uploaded_by, uploaded_at)
SELECT id, 'claim', '证书.jpg', 'image/jpeg', 300000, 1, printf('%064x.jpg', id),
       printf('%064x.jpg', -id), printf('%016x%048x', (id * 2654435761) % 4294967296, id),
       person_id, created_at
  FROM claim;
INSERT INTO claim_file (claim_id, evidence_id, need) SELECT id, id, 'certificate' FROM claim;
INSERT INTO credit (id, person_id, year, subject, hours, source_kind, source_key, title, rule,
                    earned_on, created_at)
SELECT id, person_id, year, subject, hours, 'claim', 'claim:' || id || ':1', title,
       'qualification@1', earned_on, ended_at
  FROM claim WHERE status = 'granted';
UPDATE claim SET credit_id = id, grants = 1 WHERE status = 'granted';
INSERT INTO year_total (person_id, year, required, elective, professional)
SELECT person_id, year, 0, 0, sum(hours) FROM credit GROUP BY person_id, year;
INSERT INTO queue_total (office_id, queue, waiting)
SELECT office_id, 'claims', count(*) FROM claim WHERE status = 'submitted' GROUP BY office_id;
INSERT INTO queue_total (office_id, queue, waiting)
SELECT office_id, 'claims.' || step, count(*) FROM claim WHERE status = 'submitted'
 GROUP BY office_id, step;
"""


def fill(raw: Any, claims: int, now: datetime, rule_ids: dict[str, int]) -> None:
    """Make the whole city through a raw connection to a migrated SQLite file."""
    for pragma in _FAST:
        raw.execute(pragma)
    indexes = _drop_indexes(raw)
    raw.execute("BEGIN")
    employers, departments = _organisations(raw, max(15, claims // CLAIMS_PER_EMPLOYER))
    people = claims // CLAIMS_EACH
    _write(raw, "person", people_rows(people, employers))
    _clerks(raw, [*employers, *departments, 1])
    _write(raw, "claim", _claims(people, employers, departments, now, rule_ids))
    raw.execute("COMMIT")
    raw.executescript("BEGIN;" + _WORDS.format(points=_POINTS) + "COMMIT;")
    for statement in indexes:
        raw.execute(statement)


def _drop_indexes(raw: Any) -> list[str]:
    found = raw.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND "
        "tbl_name IN ('person', 'claim', 'claim_decision', 'claim_file', 'evidence', 'credit')"
    ).fetchall()
    for name, _ in found:
        raw.execute(f"DROP INDEX {name}")
    return [sql for _, sql in found]


def _write(raw: Any, table: str, rows: Iterator[dict[str, Any]]) -> None:
    while chunk := list(islice(rows, 5_000)):
        raw.executemany(insert(table, chunk[0]), [tuple(row.values()) for row in chunk])


def _organisations(raw: Any, employers: int) -> tuple[list[int], list[int]]:
    """The tree: the city bureau is 1, then counties, departments, employers."""
    paths: dict[int, str] = {}

    def add(parent: int | None, name: str, capacity: str) -> int:
        id = len(paths) + 1
        paths[id] = f"{paths[parent] if parent else '/'}{id}/"
        row = {
            "id": id, "parent_id": parent, "path": paths[id], "name": name, "initials": "",
            "capacities": f"|{capacity}|", "address": "", "contact_name": "", "contact_cipher": "",
            "contact_mask": "", "status": "active", "version": 1,
        }  # fmt: skip
        raw.execute(insert("organisation", row), tuple(row.values()))
        return id

    city = add(None, "样例市人社局", "city_bureau")
    above = max(1, employers // EMPLOYERS_EACH)
    counties = [
        add(city, f"样例县{n}人社局", "county_bureau") for n in range(min(MOST_COUNTIES, above))
    ]
    departments = [
        add(counties[n % len(counties)], f"样例主管部门{n}", "department") for n in range(above)
    ]
    return [
        add(departments[n % above], f"样例单位{n:04d}", "employer") for n in range(employers)
    ], departments


def _clerks(raw: Any, offices: list[int]) -> None:
    """Person 1 works for the first office, person 2 for the second, and so on."""
    raw.executemany(
        "INSERT INTO membership (person_id, organisation_id, begins_at) "
        "VALUES (?, ?, '2026-01-01 00:00:00.000000')",
        enumerate(offices, start=1),
    )


def _claims(
    people: int, employers: list[int], departments: list[int], now: datetime, rules: dict[str, int]
) -> Iterator[dict[str, Any]]:
    drawn = random.Random(20200630)
    ends = [end for end, of in ENDS for _ in range(of)]
    clerks = len(employers) + len(departments) + 1
    for number in range(1, people * CLAIMS_EACH + 1):
        person = (number - 1) // CLAIMS_EACH + 1
        place = (person - 1) % len(employers)
        # Nobody who decides waits: whoever decides may not decide on his own.
        often = WAITING_AT_THE_FIRST if place == 0 else WAITING
        waits = person > clerks and drawn.random() < often
        first = drawn.random() < AT_THE_FIRST_DEPARTMENT
        yield _claim(
            drawn, number, person, employers[place],
            departments[0] if waits and first else departments[place % len(departments)],
            _waiting(drawn) if waits else (drawn.choice(ends), "done"), now, rules,
        )  # fmt: skip


def _waiting(drawn: random.Random) -> tuple[str, str]:
    return "submitted", "employer" if drawn.random() < AT_THE_EMPLOYER else "authority"


def _claim(
    drawn: random.Random, number: int, person: int, employer: int, department: int,
    stands: tuple[str, str], now: datetime, rules: dict[str, int],
) -> dict[str, Any]:  # fmt: skip
    status, step = stands
    waits = status == "submitted"
    days = (drawn.uniform(8, 60) if drawn.random() < LATE else drawn.uniform(0, 6)) if waits else (
        drawn.uniform(61, 2000)
    )  # fmt: skip
    since = now - timedelta(days=days)
    moment = f"{since:%Y-%m-%d %H:%M:%S.%f}"
    earned_on = f"{since - timedelta(days=40):%Y-%m-%d}"
    title = f"{drawn.choice(TITLES)}{number % CLAIMS_EACH}"
    rule = "patent" if drawn.random() < 0.01 else "qualification"
    level = '"level": "invention", "rank": "1", ' if rule == "patent" else ""
    return {
        "id": number, "number": f"SB{number:014d}", "person_id": person, "status": status,
        "step": step, "office_id": employer if step == "employer" else department,
        "organisation_id": employer, "rule_id": rules[rule],
        "typed": f'{{{level}"title": "{title}", "earned_on": "{earned_on}"}}', "title": title,
        "year": int(earned_on[:4]), "earned_on": earned_on, "subject": "professional",
        "hours": 400, "proof_hash": "", "batch": "", "first_submitted_at": moment,
        "submitted_at": moment, "waiting_since": moment, "ended_at": None if waits else moment,
        "grants": 0, "appealed": 0, "created_at": moment, "saved_at": moment, "version": 2,
    }  # fmt: skip
