"""A real installation of the tests' own, and the command line in it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from rxapp import clock
from rxapp.adapters import database, encryption, passwords, serving_lock
from rxapp.cli import main
from rxapp.rules import identity
from rxapp.settings import settings

Run = Callable[..., Result]
CACHES = (settings, database.engine, encryption.data_keys, clock._shift)
SEVENTEEN = "37089019800102001"
CLERK = SEVENTEEN + identity.identity_check_character(SEVENTEEN)
PASSWORD = "First-Bureau-7"
ANSWERS = f"{CLERK}\n贺运昌\n15400001111\n{PASSWORD}\n{PASSWORD}\n"


def forget() -> None:
    """Let the next command read settings, keys and database anew."""
    serving_lock.leave()
    database.forget_engine()
    for cached in CACHES:
        cached.cache_clear()


def run(*words: str, **options: Any) -> Result:
    """Type a command; the environment may have changed since the last one."""
    forget()
    return CliRunner().invoke(main, words, **options)


def install(folder: Path) -> Path:
    """`rxapp init` into an empty data directory; returns it."""
    data, cost = folder / "data", passwords.COST
    before = os.environ.get("RXAPP_DATA_DIR")
    os.environ["RXAPP_DATA_DIR"] = str(data)
    passwords.COST = 4
    try:
        done = run("init", input=ANSWERS)
    finally:
        passwords.COST = cost
        os.environ.pop("RXAPP_DATA_DIR")
        if before is not None:
            os.environ["RXAPP_DATA_DIR"] = before
        forget()
    assert done.exit_code == 0, done.output
    return data


def diagnosis(*words: str) -> dict[str, dict[str, str]]:
    """What `rxapp doctor` finds, by code; what is fine is left out."""
    done = run("doctor", "--json", *words)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    said = json.loads(done.stdout)
    found = {each["code"]: each for each in said["findings"] if each["level"] != "fine"}
    faulty = any(each["level"] == "fault" for each in found.values())
    assert done.exit_code == (1 if faulty else 0)
    assert all(each["mend"] and each["sentence"] for each in found.values())
    return found
