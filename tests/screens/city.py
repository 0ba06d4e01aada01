"""The demo city as the real service serves it, and what its database knows, for the browser tests.

Built and loaded once for a test run; every worker serves a copy of its own.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pysqlite3 import dbapi2

from rxapp.adapters import encryption
from rxapp.demo import accounts, city, load
from rxapp.demo.people import Record, generate
from tests.serving import ROOT, ServiceFailed, command, running, tail

if TYPE_CHECKING:
    from playwright.sync_api import Page

CLI = ("-m", "rxapp.cli")
# After the 15th of July, when the courses of 2020 open, and long before they close.
TODAY = "2020-08-03"
YEAR = int(TODAY[:4])
# Building may change the lock files it is judged by; then it is built once more.
BUILDS_AT_MOST = 3
SERVES_BUREAU = (
    "SELECT m.id FROM membership m JOIN organisation o ON o.id = m.organisation_id"
    " WHERE m.person_id = ? AND o.capacities LIKE '%bureau%'"
)
SUPERVISION = (
    "inspection_item", "inspection", "reviewer_day", "reviewer_month", "repeated_file",
    "learner_day", "case_file",
    "case_dismissal", "case_entry", "integrity_record", "responsibility_record",
    "rectification_order", "supervision_case",
)  # fmt: skip
PHONE, DESKTOP = (390, 844), (1280, 800)


@dataclass(frozen=True)
class Somebody:
    """A person of the demo city, with what is needed to sign in."""

    id: int
    name: str
    number: str
    password: str
    mobile: str = ""


@dataclass(frozen=True)
class City:
    """A running service: where it is, where its data lies, what it said."""

    address: str
    data: Path
    log: Path
    _unused: list[str] = field(default_factory=list, repr=False)

    def rows(self, sql: str, *given: Any) -> list[tuple[Any, ...]]:
        """What the database holds at this moment."""
        with closing(self._database()) as line:
            return line.execute(sql, given).fetchall()

    def change(self, sql: str, *given: Any) -> None:
        """Change the database behind the service's back; fails when nothing was changed."""
        with closing(self._database()) as line:
            assert line.execute(sql, given).rowcount > 0, sql
            line.commit()

    def documented(self, key: str) -> Somebody:
        """One of the accounts a newcomer is told about."""
        said = next(each for each in load.demo_accounts() if each.key == key)
        return self._somebody(said.identity_number, said.password, said.mobile)

    def forget_supervision(self) -> None:
        """Take away what the demo's bureau has sampled, heard and granted: a test does it anew."""
        with closing(self._database()) as line:
            kept = line.execute(
                "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?",
                ("case_entry",),
            ).fetchall()
            for name, _ in kept:
                line.execute(f"DROP TRIGGER {name}")
            for table in SUPERVISION:
                line.execute(f"DELETE FROM {table}")
            for _, sql in kept:
                line.execute(sql)
            line.execute("UPDATE organisation SET reviews_claims = 1")
            line.execute("UPDATE claim SET status = 'withdrawn' WHERE status = 'granted'")
            line.commit()

    def person(self, id: int) -> Somebody:
        """Anybody of the city who has activated, by id."""
        cipher = self.rows("SELECT identity_cipher FROM person WHERE id = ?", id)[0][0]
        number = encryption.load(self.data / "keys").decrypt(cipher, context="identity")
        return self._somebody(number, accounts.PASSWORD, "")

    def learner(self) -> Somebody:
        """A person barely begun whom no other test of this worker has used."""
        if not self._unused:
            self._unused.extend(_barely_begun())
        return self._somebody(self._unused.pop(), accounts.PASSWORD, "")

    def empty_handed(self) -> Somebody:
        """A person who has signed in before and has learned nothing at all."""
        learned = {row[0] for row in self.rows("SELECT person_id FROM credit")}
        learned |= {row[0] for row in self.rows("SELECT person_id FROM lesson_progress")}
        people = (self._somebody(each, accounts.PASSWORD, "") for each in _barely_begun())
        return next(person for person in people if person.id not in learned)

    def unbegun_lesson(self, *people: Somebody) -> int:
        """A lesson of one minute that none of these people has opened yet."""
        ids = [person.id for person in people]
        return self.rows(
            "SELECT id FROM lesson WHERE length_ms = 60000 AND id NOT IN (SELECT lesson_id"
            f" FROM lesson_progress WHERE person_id IN ({', '.join('?' * len(ids))}))"
            " ORDER BY id LIMIT 1",
            *ids,
        )[0][0]

    def credited_ms(self, person: Somebody, lesson: int) -> int:
        """How much of a lesson counts for a person."""
        found = self.rows(
            "SELECT credited_ms FROM lesson_progress WHERE person_id = ? AND lesson_id = ?",
            person.id, lesson,
        )  # fmt: skip
        return found[0][0] if found else 0

    def bring_quiz(self, person: Somebody, lesson: int, *, due_ms: int) -> None:
        """Let the next quiz of a begun lesson fall due at a moment the test can wait for."""
        self.change(
            "UPDATE lesson_progress SET quiz_due_ms = ? WHERE person_id = ? AND lesson_id = ?",
            due_ms, person.id, lesson,
        )  # fmt: skip

    def key(self, person: Somebody) -> tuple[list[str], list[str]]:
        """A right and a wrong answer, in shown ids, to the question that waits."""
        shown, options = self.rows(
            "SELECT s.options, q.options FROM showing s JOIN question q ON q.id = s.question_id"
            " WHERE s.person_id = ? AND s.answered_at IS NULL ORDER BY s.id DESC LIMIT 1",
            person.id,
        )[0]
        right = {option["id"] for option in json.loads(options) if option["right"]}
        pairs = json.loads(shown)
        good = [showed for showed, stored in pairs if stored in right]
        others = [showed for showed, stored in pairs if stored not in right]
        # Where everything is right, to leave something out is wrong.
        return good, others[:1] or good[:1]

    def _database(self) -> Any:
        return dbapi2.connect(str(self.data / "rxapp.db"), timeout=20)  # pyright: ignore

    def _somebody(self, number: str, password: str, mobile: str) -> Somebody:
        hashed = encryption.load(self.data / "keys").hash(number, context="identity")
        id, name = self.rows("SELECT id, name FROM person WHERE identity_hash = ?", hashed)[0]
        return Somebody(id, name, number, password, mobile)


def prepare(folder: Path) -> Path:
    """The data directory every copy is made of; whoever comes second waits for the first."""
    template = folder / "city"
    with (folder / "city.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "city.ready").exists():
            _build()
            load_city(template)
            (folder / "city.ready").touch()
    return template


def load_city(data: Path, **settings: str) -> None:
    """Load the demo city into an empty data directory, and the database the settings name."""
    done = subprocess.run(
        command(*CLI, "demo"), env=environment_of(data, 3000) | settings, cwd=ROOT,
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise ServiceFailed(f"loading the demo city failed:\n{done.stdout}{done.stderr}")


@contextmanager
def serving(
    template: Path, folder: Path, free_port: Callable[[], int], **settings: str
) -> Iterator[City]:
    """A copy of the city, served until the block ends; a crash of the service fails the test."""
    data = folder / "data"
    shutil.copytree(template, data)
    port, log = free_port(), folder / "service.log"
    environment = environment_of(data, port) | settings
    with running(*CLI, "serve", environment=environment, port=port, log=log):
        yield City(f"http://localhost:{port}", data, log)
    assert "Traceback" not in log.read_text(), f"the service reported a fault:\n{tail(log)}"


def sign_in(page: Page, where: City, who: Somebody) -> None:
    """Get the sign-in cookie the way the page's form does, without looking at the form."""
    answer = page.request.post(
        f"{where.address}/auth/sign-in",
        form={"identity_number": who.number, "password": who.password},
        headers={"Origin": where.address},
    )
    assert answer.ok, f"{who.name} cannot sign in: {answer.text()}"
    if where.rows(SERVES_BUREAU, who.id):
        # As if the second factor had been given too; setting it up has a test of its own.
        where.change("UPDATE sign_in SET factor_at = created_at WHERE person_id = ?", who.id)


def _barely_begun() -> list[str]:
    """The numbers of people who can sign in and have learned little, the same in every run."""
    documented = accounts.parts(YEAR)
    people = generate(
        city.units(), number=load.PEOPLE - len(documented), year=YEAR,
        taken=[part.person.identity_number for part in documented],
    )  # fmt: skip
    return [each.identity_number for each in people if each.record is Record.LITTLE]


def _build() -> None:
    from rxapp import server

    for _ in range(BUILDS_AT_MOST):
        if not server.build():
            return
    raise ServiceFailed("the pages are never current: building changes what they are made from")


def environment_of(data: Path, port: int) -> dict[str, str]:
    """The settings of the demo city on the day the tests live in."""
    plain = {name: said for name, said in os.environ.items() if not name.startswith("RXAPP_")}
    return plain | {
        "RXAPP_DATA_DIR": str(data),
        "RXAPP_PORT": str(port),
        "RXAPP_DEMO": "1",
        "RXAPP_TODAY": TODAY,
    }
