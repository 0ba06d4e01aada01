"""`rxapp serve` stops where data would be at risk, at once, with a sentence and its mend."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from pysqlite3 import dbapi2

from rxapp import clock
from rxapp.adapters import data_files, schema, serving_lock
from rxapp.services import safety
from tests import servers
from tests.installation import ANSWERS, forget, install, run
from tests.serving import ROOT, command

# Holds the place as a service does, with a worker of its own, and says who it is.
HOLDER = """
import os, time
from rxapp.adapters import serving_lock
assert serving_lock.take()
worker = os.fork()
if worker:
    print(worker, flush=True)
time.sleep(60)
"""
Break = Callable[[Path, pytest.MonkeyPatch], None]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(tmp_path_factory.mktemp("installed"))


@pytest.fixture
def data(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for name in [name for name in os.environ if name.startswith("RXAPP_")]:
        monkeypatch.delenv(name)
    copied = tmp_path / "data"
    shutil.copytree(template, copied)
    monkeypatch.setenv("RXAPP_DATA_DIR", str(copied))
    forget()
    yield copied
    forget()


def sql(data: Path, statement: str) -> None:
    line = dbapi2.connect(str(data / "rxapp.db"))
    line.execute(statement)
    line.commit()
    line.close()


def sample(data: Path, _: pytest.MonkeyPatch) -> None:
    about = next((data / "keys").glob("*/about.json"))
    about.write_text(about.read_text().replace('"sample": false', '"sample": true'))


def foreign(data: Path, _: pytest.MonkeyPatch) -> None:
    from rxapp.adapters import encryption

    (data / "keys" / "data.json").unlink()
    encryption.ensure(data / "keys")


def no_signing_keys(data: Path, _: pytest.MonkeyPatch) -> None:
    shutil.rmtree(next((data / "keys").glob("*/about.json")).parent)


def away(_: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("RXAPP_DATABASE_URL", f"postgresql://a:b@127.0.0.1:{servers.free_port()}/c")


def yesterday(_: Path, patch: pytest.MonkeyPatch) -> None:
    real = clock.now
    patch.setattr(clock, "now", lambda: real() - timedelta(days=1))


RISKS: dict[str, Break] = {
    "keys.missing": lambda data, _: (data / "keys" / "data.json").unlink(),
    "keys.broken": lambda data, _: (data / "keys" / "data.json").write_text("{}") and None,
    "keys.open": lambda data, _: (data / "keys" / "data.json").chmod(0o604),
    "keys.sample": sample,
    "keys.signing_missing": no_signing_keys,
    "keys.foreign": foreign,
    "schema.newer": lambda data, _: sql(data, "UPDATE alembic_version SET version_num = '9999'"),
    "database.empty": lambda data, _: (data / "rxapp.db").unlink(),
    "database.away": away,
    "place.restoring": lambda data, _: (data / data_files.MARK).touch(),
    "place.moved": lambda data, _: sql(
        data, "INSERT INTO database_mark (state, move, at) VALUES ('moved', 'm', '2026-01-01')"
    ),
    "clock.back": yesterday,
    "debug": lambda _, patch: patch.setenv("REFLEX_LOGLEVEL", "debug"),
}  # fmt: skip


def content(data: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in data.rglob("*") if path.is_file()}


@pytest.mark.parametrize("code", RISKS)
def test_what_would_put_data_at_risk_is_refused_and_changes_nothing(
    data: Path, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    RISKS[code](data, monkeypatch)
    before = content(data)
    done = run("serve")
    assert done.exit_code == 1
    assert f"code={code}" in done.output
    assert "请" in done.output.rpartition("Error: ")[2]
    assert "Traceback" not in done.output
    assert content(data) == before


def test_a_sound_installation_is_let_through(data: Path) -> None:
    safety.require_place()
    safety.require_own_keys()
    safety.require_safe({})
    assert not serving_lock.is_taken()


@pytest.mark.parametrize("words", [("init",), ("demo",), ("serve",), ("check",)])
def test_no_new_keys_are_made_for_data_that_was_locked_with_others(
    data: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    (data / "keys" / "data.json").unlink()
    if words == ("demo",):
        (data / "installed").unlink()
        monkeypatch.setenv("RXAPP_DEMO", "1")
    done = run(*words, input=ANSWERS)
    assert done.exit_code == 1
    assert "从备份中恢复密钥目录" in done.output
    assert not (data / "keys" / "data.json").exists()


def test_init_into_an_empty_place_makes_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = install(tmp_path / "new")
    assert (made / "keys" / "data.json").exists()
    assert made.stat().st_mode & 0o007 == 0


def test_a_newer_database_is_not_migrated_either(data: Path) -> None:
    sql(data, "UPDATE alembic_version SET version_num = '9999'")
    done = run("migrate")
    assert done.exit_code == 1
    assert "更新的版本" in done.output
    sql(data, f"UPDATE alembic_version SET version_num = '{schema.head()}'")
    assert run("migrate").exit_code == 0


def test_a_real_start_is_refused_within_moments(data: Path) -> None:
    (data / "keys" / "data.json").unlink()
    begun = time.monotonic()
    done = subprocess.run(
        command("-m", "rxapp.cli", "serve"), cwd=ROOT, env=dict(os.environ), check=False,
        capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60,
    )  # fmt: skip
    assert done.returncode == 1
    assert "start refused" in done.stdout
    assert "从备份中恢复密钥目录" in done.stderr
    # A second or two; more on a machine that is busy with other tests.
    assert time.monotonic() - begun < 15


def test_one_embedded_database_is_served_once_until_the_last_process_ends(data: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER], cwd=ROOT, env=dict(os.environ), stdout=subprocess.PIPE
    )
    worker = 0
    try:
        assert holder.stdout
        worker = int(holder.stdout.readline())
        refused = run("serve")
        assert refused.exit_code == 1
        assert "code=place.taken" in refused.output
        assert f"进程号{holder.pid}、{worker}" in refused.output
        assert "服务正在运行" in run("doctor").output
        # Beside the service the other commands do what they do.
        assert run("check").exit_code == 0
        assert run("migrate").exit_code == 0
        sql(data, "UPDATE alembic_version SET version_num = '0015'")
        assert "另一个服务正在使用" in run("migrate").output
        sql(data, f"UPDATE alembic_version SET version_num = '{schema.head()}'")
        holder.kill()
        holder.wait()
        # What it began still serves.
        assert "code=place.taken" in run("serve").output
    finally:
        holder.kill()
        if worker:
            os.kill(worker, signal.SIGKILL)
    forget()
    deadline = time.monotonic() + 10
    while serving_lock.is_taken() and time.monotonic() < deadline:
        time.sleep(0.02)
    safety.require_safe({})


def test_wrong_settings_are_a_sentence(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RXAPP_PORT", "geheim-77")
    done = run("serve")
    assert done.exit_code == 1
    assert "设置 RXAPP_PORT 的值不对" in done.output
    assert "geheim" not in done.output
