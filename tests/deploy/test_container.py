"""The image and the composition are kept in step with settings, files and commands."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from rxapp import cli, server
from rxapp.settings import Settings
from tests.fronting import ROOT, lay_out

DEPLOY = ROOT / "deploy"
SETTINGS = {f"RXAPP_{name.upper()}" for name in Settings.model_fields}
# An image named with a host would be fetched from there alone.
HOST = re.compile(r"^[^/]+\.[^/]+/|^localhost[:/]")


def _steps() -> list[tuple[str, str]]:
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    joined = re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE))
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in joined.splitlines() if line]


def _all(word: str) -> list[str]:
    return [said for name, said in _steps() if name == word]


def _compose() -> dict[str, Any]:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))


def _given() -> set[str]:
    text = (DEPLOY / "container" / "compose.env.example").read_text(encoding="utf-8")
    return set(re.findall(r"^([A-Z_]+)=", text, re.MULTILINE))


def test_every_copied_file_exists_and_the_pages_are_made_of_nothing_else() -> None:
    copied = [said.split()[:-1] for said in _all("COPY") if not said.startswith("--from")]
    names = {name for group in copied for name in group}
    assert [name for name in sorted(names) if not (ROOT / name).exists()] == []
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert not names & set(ignored)
    from rxapp.gate.frontend import SOURCES

    wanted = {"rxconfig.py", "requirements.txt", "pyproject.toml", "alembic", "scripts/bootstrap",
              *(source.partition("/")[0] for source in SOURCES)}  # fmt: skip
    assert wanted - names == set()
    assert server.ROOT == ROOT


def test_the_image_runs_as_nobody_special_and_starts_what_exists() -> None:
    assert _all("USER") == ["rxapp"]
    assert _steps().index(("USER", "rxapp")) > [name for name, _ in _steps()].index("ENV")
    program, *words = json.loads(_all("ENTRYPOINT")[0])
    assert (program, words) == (".venv/bin/python", ["-m", "rxapp.cli"])
    assert json.loads(_all("CMD")[-1])[0] in cli.main.commands
    assert _all("RUN")[2].startswith(".venv/bin/python -m rxapp.cli build")
    assert "build" in cli.main.commands
    assert "/healthz" in _all("HEALTHCHECK")[0]


def test_the_image_asks_no_network_once_it_is_made() -> None:
    last = [name for name, _ in _steps()].count("FROM")
    assert last == 2
    after = _steps()[[name for name, _ in _steps()].index("USER") :]
    assert not [said for name, said in after if name == "RUN"]
    assert _compose()["networks"]["inside"] == {"internal": True}
    assert _compose()["services"]["app"]["networks"] == ["inside"]


def test_every_setting_that_is_named_exists() -> None:
    named = set(re.findall(r"RXAPP_[A-Z0-9_]+(?==)", "\n".join(_all("ENV"))))
    environment = set(_compose()["services"]["app"]["environment"])
    assert {"RXAPP_HOST", "RXAPP_DATA_DIR"} <= named
    assert (named | environment) - SETTINGS == set()
    assert "RXAPP_NOTHING" not in SETTINGS


def test_every_word_that_is_filled_in_is_given_by_the_example() -> None:
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    filled = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", text))
    assert filled == _given()
    # Without a password of one's own nothing starts.
    for name in ("RXAPP_DB_PASSWORD", "RXAPP_REDIS_PASSWORD", "RXAPP_PUBLIC_URL"):
        assert f"${{{name}:?" in text


@pytest.mark.parametrize("service", ["postgres", "redis", "app", "nginx"])
def test_each_service_is_watched_restarted_and_held(service: str) -> None:
    said = _compose()["services"][service]
    watched = "healthcheck" in said or bool(_all("HEALTHCHECK"))
    assert watched
    assert service == "app" or "healthcheck" in said
    assert said["restart"] == "unless-stopped"
    assert "no-new-privileges:true" in said["security_opt"]
    assert not HOST.match(said["image"])
    assert HOST.match("registry.example/redis:7")


def test_only_nginx_can_be_reached_from_outside() -> None:
    services = _compose()["services"]
    assert [name for name, said in services.items() if "ports" in said] == ["nginx"]
    assert [name for name, said in services.items() if "outside" in said["networks"]] == ["nginx"]
    assert "--requirepass" in " ".join(services["redis"]["command"])
    assert services["redis"]["user"] == "redis"
    for name in ("app", "redis"):
        assert services[name]["cap_drop"] == ["ALL"]
        assert services[name]["read_only"] is True


def test_every_file_that_is_put_in_exists_and_volumes_are_kept() -> None:
    services, volumes = _compose()["services"], _compose()["volumes"]
    filled_in = {"./container/tls", "./container/backup"}
    used = set()
    for said in services.values():
        for mount in said.get("volumes", []):
            source, target, *_ = mount.split(":")
            if source.startswith("./"):
                assert source in filled_in or (DEPLOY / source).exists(), mount
            else:
                used.add(source)
            assert target.startswith("/")
    assert used == set(volumes)
    kept = json.loads(_all("VOLUME")[0])
    mounted = {mount.split(":")[1] for mount in services["app"]["volumes"]}
    assert set(kept) <= mounted
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8")
    for each in ("/deploy/.env", "/deploy/container/rxapp.env", "/deploy/container/tls/"):
        assert each in ignored


def test_the_containers_nginx_differs_in_the_service_alone(tmp_path: Path) -> None:
    lay_out(tmp_path, upstream=9, port=8, plain_port=7, files=tmp_path)
    for name, differs in (("here-http.conf", {"server app:3000 max_fails=0;"}),
                          ("here-server.conf", set())):  # fmt: skip
        ours, theirs = (
            {line.strip() for line in path.read_text().splitlines() if not line.startswith("#")}
            for path in (DEPLOY / "container/nginx" / name, DEPLOY / "nginx/rxapp" / name)
        )
        assert ours - theirs == differs
