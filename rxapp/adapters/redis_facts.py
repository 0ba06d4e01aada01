"""What a Redis server says of itself: who may come in, and what it does when it is full."""

import ipaddress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import redis

SECONDS = 3
SETTINGS = ("bind", "protected-mode", "maxmemory-policy")


@dataclass(frozen=True)
class RedisFacts:
    """How a Redis server is set up; `known` is False where it does not tell its settings."""

    version: tuple[int, ...]
    password: bool
    known: bool
    local: bool
    guarded: bool
    evicts: bool


def facts_of(url: str) -> RedisFacts | None:
    """What the server at an address says of itself; None when it does not answer or let us in."""
    try:
        with redis.Redis.from_url(
            url, socket_timeout=SECONDS, socket_connect_timeout=SECONDS
        ) as line:
            return _facts(line, url)
    except (redis.RedisError, OSError, ValueError):
        return None


def where(url: str) -> str:
    """The server as it may be named in a sentence, without its password."""
    parts = urlsplit(url)
    return f"{parts.hostname or 'localhost'}:{parts.port or 6379}"


def _facts(line: redis.Redis, url: str) -> RedisFacts:
    about = line.info("server")
    version = tuple(int(part) for part in str(about["redis_version"]).split(".")[:2])  # type: ignore[index]
    try:
        # One by one: before Redis 7 nobody may ask for several.
        said = {name: _setting(line, name) for name in SETTINGS}
    except redis.RedisError:  # a user that may not ask
        return RedisFacts(version, not _lets_in(url), False, False, True, False)
    bound = {each.lstrip("-") for each in said["bind"].split()}
    return RedisFacts(
        version=version, password=not _lets_in(url), known=True,
        local=bool(bound) and all(_is_local(each) for each in bound),
        guarded=said["protected-mode"] == "yes",
        evicts=said["maxmemory-policy"].startswith("allkeys"),
    )  # fmt: skip


def _setting(line: redis.Redis, name: str) -> str:
    said: Any = line.config_get(name)
    return {_plain(key): _plain(value) for key, value in said.items()}.get(name, "")


def _plain(said: str | bytes) -> str:
    return said.decode() if isinstance(said, bytes) else said


def _is_local(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"


def _lets_in(url: str) -> bool:
    """Whether anybody is let in without a password."""
    parts = urlsplit(url)
    bare = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    try:
        with redis.Redis.from_url(
            bare, socket_timeout=SECONDS, socket_connect_timeout=SECONDS
        ) as line:
            return bool(line.ping())
    except (redis.RedisError, OSError):
        return False
