"""The units and the installer: their commands, users and folders are those that are there."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import click
import pytest

from rxapp import cli, server
from tests.fronting import ROOT

UNITS = ROOT / "deploy" / "systemd"
SERVICES = sorted(UNITS.glob("*.service"))
TIMERS = sorted(UNITS.glob("*.timer"))
PYTHON = "/opt/rxapp/current/.venv/bin/python"
HARDENED = {
    "ProtectSystem": "strict", "PrivateTmp": "yes", "NoNewPrivileges": "yes", "ProtectHome": "yes",
    "PrivateDevices": "yes", "CapabilityBoundingSet": "", "RestrictNamespaces": "yes",
    "SystemCallFilter": "@system-service", "UMask": "0027", "User": "rxapp", "LimitCORE": "0",
    "EnvironmentFile": "/etc/rxapp/rxapp.env", "WorkingDirectory": "/opt/rxapp/current",
}  # fmt: skip
# Above this systemd's own rating calls a service exposed.
EXPOSED = 25


def _said(unit: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in unit.read_text(encoding="utf-8").splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


def _command(words: list[str]) -> click.Command | None:
    command: click.Command | None = cli.main
    for word in words:
        if not isinstance(command, click.Group):
            return None
        command = command.commands.get(word)
    return command


def _verify(folder: Path) -> subprocess.CompletedProcess[str]:
    # The folder of the program is a made-up one; only that is put right before systemd looks.
    return subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *map(str, sorted(folder.iterdir()))],
        env={"PATH": os.environ["PATH"], "SYSTEMD_UNIT_PATH": f"{folder}:"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def _readied(folder: Path) -> Path:
    for unit in UNITS.iterdir():
        text = unit.read_text(encoding="utf-8").replace(PYTHON, "/bin/true")
        (folder / unit.name).write_text(text, encoding="utf-8")
    return folder


def test_systemd_understands_every_unit(tmp_path: Path) -> None:
    done = _verify(_readied(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    wrong = tmp_path / "rxapp.service"
    wrong.write_text(wrong.read_text().replace("ProtectSystem=strict", "ProtectSytem=strict"))
    assert "ProtectSytem" in _verify(tmp_path).stderr


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_each_unit_runs_a_command_that_exists_behind_walls(unit: Path) -> None:
    said = _said(unit)
    program, module, name, *words = said["ExecStart"][0].split()
    assert (program, module, name) == (PYTHON, "-m", "rxapp.cli")
    assert _command(words) is not None, words
    assert {name: said.get(name) for name in HARDENED} == {
        name: [value] for name, value in HARDENED.items()
    }
    assert said["ReadWritePaths"] == ["/var/lib/rxapp", "-/var/backups/rxapp"]
    assert "MemoryMax" in said
    assert _command(["backup", "undo"]) is None


def test_the_service_is_little_exposed(tmp_path: Path) -> None:
    unit = _readied(tmp_path) / "rxapp.service"
    rated = ["systemd-analyze", "security", "--offline=yes", f"--threshold={EXPOSED}"]
    assert subprocess.run([*rated, str(unit)], capture_output=True, check=False).returncode == 0
    kept = [line for line in unit.read_text().splitlines() if not line.startswith("Protect")]
    unit.write_text("\n".join(kept))
    assert subprocess.run([*rated, str(unit)], capture_output=True, check=False).returncode != 0


def test_the_service_comes_back_and_is_given_time_to_end() -> None:
    said = _said(UNITS / "rxapp.service")
    assert said["Restart"] == ["always"]
    assert said["KillMode"] == ["mixed"]
    assert int(said["TimeoutStopSec"][0]) >= 30
    assert said["WantedBy"] == ["multi-user.target"]


def test_every_timer_has_its_service_and_its_hour() -> None:
    assert [timer.stem for timer in TIMERS] == ["rxapp-backup", "rxapp-prune", "rxapp-verify"]
    hours = {}
    for timer in TIMERS:
        assert (UNITS / f"{timer.stem}.service").exists()
        said = _said(timer)
        assert said["Persistent"] == ["true"]
        hours[timer.stem] = said["OnCalendar"][0]
    # Checked and cleared away on the day it was made.
    assert hours["rxapp-backup"] < hours["rxapp-verify"] < hours["rxapp-prune"]


def test_current_pages_are_served_from_a_folder_nobody_can_write_to(
    pages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "LOCK", tmp_path / "nothing" / "lock")
    assert server.build() is False
    with pytest.raises(FileNotFoundError):
        server.build(force=True)


def test_the_installer_puts_everything_in_place_and_keeps_what_was_set(
    pages: Path, tmp_path: Path
) -> None:
    _install(tmp_path)
    here = {
        "/etc/rxapp/rxapp.env": 0o600, "/etc/nginx/rxapp/here-http.conf": 0o644,
        "/etc/nginx/rxapp/here-server.conf": 0o644,
    }  # fmt: skip
    replaced = {
        "/usr/local/bin/rxapp": ROOT / "deploy/rxapp",
        "/etc/nginx/nginx.conf": ROOT / "deploy/nginx/nginx.conf",
        "/etc/nginx/rxapp/paths.conf": ROOT / "deploy/nginx/rxapp/paths.conf",
        **{f"/etc/systemd/system/{unit.name}": unit for unit in UNITS.iterdir()},
    }
    for path, mode in here.items():
        assert _mode(tmp_path, path) == mode, path
        _in(tmp_path, path).write_text("set by hand")
    for path in replaced:
        _in(tmp_path, path).write_text("an older version")
    _install(tmp_path)
    assert {_in(tmp_path, path).read_text() for path in here} == {"set by hand"}
    for path, shipped in replaced.items():
        assert _in(tmp_path, path).read_text() == shipped.read_text(), path
    assert _in(tmp_path, "/opt/rxapp/current").resolve() == ROOT
    modes = {"/var/lib/rxapp": 0o711, "/var/lib/rxapp/files": 0o2750, "/var/backups/rxapp": 0o700,
             "/etc/rxapp/tls": 0o700, "/etc/rxapp/backup": 0o700}  # fmt: skip
    assert {path: _mode(tmp_path, path) for path in modes} == modes


def test_the_command_reads_settings_as_they_stand(tmp_path: Path) -> None:
    settings = tmp_path / "rxapp.env"
    settings.write_text(
        "# comment\n#RXAPP_PORT=1\nRXAPP_CITY_NAME=a $(touch x) 'b\" c\nRXAPP_DATA_DIR=\n"
        "PATH=/nowhere\nRXAPP_BUREAU_NAME=last line"
    )
    told = tmp_path / ".venv" / "bin" / "python"
    told.parent.mkdir(parents=True)
    told.write_text('#!/bin/sh\nprintf "%s|" "$RXAPP_CITY_NAME" "$RXAPP_BUREAU_NAME" "$@"\n')
    told.chmod(0o755)
    done = subprocess.run(
        [str(ROOT / "deploy/rxapp"), "import", "people", "a b.csv"], capture_output=True, text=True,
        env={**os.environ, "RXAPP_ENV": str(settings), "RXAPP_HOME": str(tmp_path)}, check=True,
    )  # fmt: skip
    assert done.stdout == "a $(touch x) 'b\" c|last line|-m|rxapp.cli|import|people|a b.csv|"
    refused = subprocess.run(
        [str(ROOT / "deploy/rxapp"), "check"], capture_output=True, text=True, check=False,
        env={**os.environ, "RXAPP_ENV": str(tmp_path / "none")},
    )  # fmt: skip
    assert refused.returncode == 1
    assert re.search("root 或 sudo", refused.stderr)


def _install(root: Path) -> None:
    subprocess.run(
        [str(ROOT / "deploy/install"), "--into", str(root)], check=True, capture_output=True
    )


def _in(root: Path, path: str) -> Path:
    return root / path.lstrip("/")


def _mode(root: Path, path: str) -> int:
    return _in(root, path).stat().st_mode & 0o7777
