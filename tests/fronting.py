"""nginx as it is shipped, in front of any service: only addresses, folders and names are put in."""

from __future__ import annotations

import datetime
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests import servers

ROOT = Path(__file__).resolve().parents[1]
SHIPPED = ROOT / "deploy" / "nginx"
NAME = "localhost"
START_SECONDS = 15
UPSTREAM = "server 127.0.0.1:3000 "
# The listening sockets and what belongs to root are the machine's; everything else stays.
IPV6 = ("listen [::]:80 default_server;", "listen [::]:443 ssl default_server;", "listen [::]:80;",
        "listen [::]:443 ssl http2;")  # fmt: skip


@dataclass(frozen=True)
class Front:
    """A running nginx: where it answers, its certificate, what it logged."""

    port: int
    plain_port: int
    folder: Path
    process: subprocess.Popen[bytes]

    @property
    def address(self) -> str:
        """What people type."""
        return f"https://{NAME}:{self.port}"

    @property
    def certificate(self) -> Path:
        """What the clients of a test trust."""
        return self.folder / "chain.pem"

    def trust(self) -> ssl.SSLContext:
        """A client's TLS that believes this front alone."""
        return ssl.create_default_context(cafile=str(self.certificate))

    def logged(self, name: str = "error.log") -> str:
        """What nginx wrote so far."""
        path = self.folder / name
        return path.read_text(encoding="utf-8") if path.exists() else ""


def line_to(front: Front) -> ssl.SSLSocket:
    """A connection on which a test writes what no client would."""
    plain = socket.create_connection(("127.0.0.1", front.port), timeout=10)
    return front.trust().wrap_socket(plain, server_hostname=NAME)


def certificate(folder: Path) -> None:
    """A certificate of our own for this machine's name, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "chain.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )  # fmt: skip


def lay_out(
    folder: Path, *, upstream: int, port: int, plain_port: int, files: Path,
    store: int = 9, also: Mapping[str, str] | None = None,
) -> Path:  # fmt: skip
    """The shipped files with a test's ports, folders and certificate; the main one comes back."""
    shutil.copytree(SHIPPED, folder, dirs_exist_ok=True)
    for name in ("mime.types",):
        shutil.copy(Path("/etc/nginx") / name, folder / name)
    certificate(folder)
    put = {
        "nginx.conf": {
            "user www-data;": "user root;",
            "pid /run/nginx.pid;": f"pid {folder}/nginx.pid;",
            "error_log /var/log/nginx/error.log": f"error_log {folder}/error.log",
            "/var/log/nginx/access.log rxapp buffer=64k flush=5s": f"{folder}/access.log rxapp",
            "worker_processes auto;": "worker_processes 1;\ndaemon off;",
            "listen 80 default_server;": f"listen 127.0.0.1:{plain_port} default_server;",
            "listen 443 ssl default_server;": f"listen 127.0.0.1:{port} ssl default_server;",
            "listen 80;": f"listen 127.0.0.1:{plain_port};",
            "listen 443 ssl http2;": f"listen 127.0.0.1:{port} ssl http2;",
            **dict.fromkeys(IPV6, ""),
            "    log_format rxapp ": _temporary(folder) + "    log_format rxapp ",
        },
        "rxapp/here-http.conf": {
            UPSTREAM: f"server 127.0.0.1:{upstream} ",
            "server 127.0.0.1:9000 ": f"server 127.0.0.1:{store} ",
            "default 127.0.0.1:9000;": f"default 127.0.0.1:{store};",
            "/var/lib/nginx/rxapp": f"{folder}/kept",
        },
        "rxapp/here-server.conf": {
            "server_name rxapp.example;": f"server_name {NAME};",
            "/etc/rxapp/tls/fullchain.pem": f"{folder}/chain.pem",
            "/etc/rxapp/tls/privkey.pem": f"{folder}/key.pem",
            "/var/lib/rxapp/files": str(files),
        },
    }
    for file, words in put.items():
        _put(folder / file, words)
    for file, words in (also or {}).items():
        _put(folder / file.partition(":")[0], {file.partition(":")[2]: words})
    return folder / "nginx.conf"


@contextmanager
def front(
    folder: Path, *, upstream: int, files: Path, store: int = 9,
    also: Mapping[str, str] | None = None, port: int = 0,
) -> Iterator[Front]:  # fmt: skip
    """nginx in front of a port, until the block ends."""
    port, plain_port = port or servers.free_port(), servers.free_port()
    main = lay_out(
        folder, upstream=upstream, port=port, plain_port=plain_port, files=files, store=store,
        also=also,
    )  # fmt: skip
    # A test run that is killed leaves no server behind.
    tied = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
    process = subprocess.Popen(
        [*tied, str(servers.find_nginx()), "-p", str(folder), "-c", str(main)],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        _wait(process, port, folder)
        yield Front(port, plain_port, folder, process)
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _temporary(folder: Path) -> str:
    kinds = ("client_body", "proxy", "fastcgi", "scgi", "uwsgi")
    return "".join(f"    {kind}_temp_path {folder}/temp-{kind};\n" for kind in kinds)


def _put(path: Path, words: Mapping[str, str]) -> None:
    text = path.read_text(encoding="utf-8")
    for old, new in words.items():
        # A line that was renamed would otherwise leave the machine's own path in the test.
        assert text.count(old) == 1 or old in ("listen 80;", UPSTREAM), f"{path.name}: {old!r}"
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")


def _wait(process: subprocess.Popen[bytes], port: int, folder: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as line:
            if line.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    said = process.stderr.read().decode() if process.poll() is not None and process.stderr else ""
    log = folder / "error.log"
    raise servers.StartFailed(
        f"nginx did not start: {said}{log.read_text() if log.exists() else ''}"
    )
