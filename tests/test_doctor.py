"""`rxapp doctor`: each fault is made real and found, and a sound installation has none."""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pysqlite3 import dbapi2
from redis import Redis

from rxapp import clock, server
from rxapp.adapters import certificate_fonts, data_files, font_files, signing_keys
from rxapp.rules import backup_manifest
from rxapp.services import doctor_machine
from tests import servers
from tests.installation import diagnosis, forget, install, run

JUNE, LATE = date(2026, 6, 1), date(2026, 11, 20)
Certificate = Callable[..., tuple[Path, Path]]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(tmp_path_factory.mktemp("installed"))


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A certificate that is trusted here and holds, shown by a real TLS socket."""
    folder = tmp_path_factory.mktemp("tls")
    with tls(*made(folder, days=90)) as port:
        yield f"https://localhost:{port}"


@pytest.fixture
def data(
    template: Path, shown: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """A sound installation; the environment is the service's."""
    for name in [name for name in os.environ if name.startswith("RXAPP_")]:
        monkeypatch.delenv(name)
    copied = tmp_path / "data"
    shutil.copytree(template, copied)
    copied.chmod(0o750)
    monkeypatch.setenv("RXAPP_DATA_DIR", str(copied))
    monkeypatch.setenv("RXAPP_PUBLIC_URL", shown)
    monkeypatch.setenv("RXAPP_TRUSTED_PROXY_HOPS", "1")
    monkeypatch.setenv("RXAPP_BACKUP_TO", str(tmp_path / "backups"))
    monkeypatch.setenv("RXAPP_BACKUP_KEY_FILE", str(tmp_path / "backup" / "backup.key"))
    run("backup", "key")
    tried(copied, clock.now())
    monkeypatch.setenv("SSL_CERT_FILE", str(authority(shown)))
    monkeypatch.setattr(clock, "today", lambda: JUNE)
    monkeypatch.setattr(server, "is_built", lambda: True)
    yield copied
    forget()


_trusted: dict[str, Path] = {}


def authority(address: str) -> Path:
    return _trusted[address.rpartition(":")[2]]


def made(folder: Path, *, days: int, name: str = "localhost") -> tuple[Path, Path]:
    """A certificate signed by its own key, and the key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject).issuer_name(subject).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=400))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    one, other = folder / "certificate.pem", folder / "key.pem"
    one.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    other.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )  # fmt: skip
    return one, other


@contextmanager
def tls(certificate: Path, key: Path) -> Iterator[int]:
    """A socket on 127.0.0.1 that shows a certificate to whoever comes; its port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        _trusted[str(port)] = certificate

        def greet() -> None:
            while True:
                try:
                    line, _ = listening.accept()
                except OSError:
                    return
                with line:
                    try:
                        context.wrap_socket(line, server_side=True).close()
                    except OSError:
                        continue

        threading.Thread(target=greet, daemon=True).start()
        yield port
        listening.shutdown(socket.SHUT_RDWR)


def tried(data: Path, at: datetime) -> None:
    """As if a backup made then had been restored on trial and found sound."""
    change(data, "DELETE FROM backup_run")
    change(
        data, "INSERT INTO backup_run (kind, name, began_at, ended_at, size, sound, sentence)"
        " VALUES ('tested', ?, ?, ?, 0, 1, '')",
        backup_manifest.name_of(at, "0016", "abcdef"), f"{at:%F %T}", f"{at:%F %T}",
    )  # fmt: skip


def change(data: Path, sql: str, *given: object) -> None:
    line = dbapi2.connect(str(data / "rxapp.db"))
    assert line.execute(sql, given).rowcount != 0 or sql.startswith("DELETE")
    line.commit()
    line.close()


def state(folder: Path) -> dict[str, object]:
    """Everything there is in a folder, byte by byte, and when it was last touched."""
    return {
        str(path): (
            path.stat().st_mode, path.stat().st_mtime_ns,
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "",
        )
        for path in sorted(folder.rglob("*"))
    }  # fmt: skip


def test_a_sound_installation_has_nothing_wrong(data: Path) -> None:
    assert diagnosis() == {}


def test_it_changes_nothing(data: Path) -> None:
    (data / data_files.MARK).touch()
    (data / "keys").chmod(0o755)
    before = state(data)
    assert {"place.restoring", "keys.open"} <= set(diagnosis())
    assert state(data) == before


def test_nothing_is_installed(data: Path) -> None:
    shutil.rmtree(data)
    assert set(diagnosis()) == {"place.empty"}
    assert not data.exists()


def test_it_says_how_to_mend_in_words(data: Path) -> None:
    (data / "keys" / "data.json").chmod(0o644)
    done = run("doctor")
    assert done.exit_code == 1
    assert "故障　密钥可被其他用户读取" in done.output
    assert f"chmod -R go-rwx {data / 'keys'}" in done.output
    assert "共1项故障，0项提醒。" in done.output


# --- settings


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"RXAPP_PUBLIC_URL": ""}, "settings.public_url_missing"),
        ({"RXAPP_PUBLIC_URL": "jxjy.example.cn"}, "settings.public_url_wrong"),
        ({"RXAPP_PUBLIC_URL": "https://localhost/app"}, "settings.public_url_wrong"),
        ({"RXAPP_PUBLIC_URL": "http://jxjy.example.cn"}, "settings.not_encrypted"),
        ({"RXAPP_TRUSTED_PROXY_HOPS": "0"}, "settings.hops_missing"),
        ({"RXAPP_HOST": "0.0.0.0"}, "settings.hops_open"),
        ({"RXAPP_HOST": "0.0.0.0", "RXAPP_TRUSTED_PROXY_HOPS": "0"}, "settings.listens_openly"),
        ({"RXAPP_LOG_LEVEL": "DEBUG"}, "settings.log_debug"),
        ({"RXAPP_LOG_LEVEL": "LOUD"}, "settings.log_unknown"),
        ({"RXAPP_MESSAGES": "none"}, "settings.no_messages"),
        ({"RXAPP_RESERVE_MEGABYTES": "0"}, "settings.no_reserve"),
        ({"RXAPP_DATADIR": "/srv/data"}, "settings.unknown"),
        ({"RXAPP_DEMO": "1"}, "settings.demo_real"),
        ({"RXAPP_DEMO": "1", "RXAPP_TODAY": "2020-08-01"}, "settings.today"),
        ({"RXAPP_TODAY": "2020-08-01"}, "settings.wrong"),
        ({"RXAPP_WORKERS": "4"}, "settings.wrong"),
        ({"RXAPP_PORT": "99999"}, "settings.wrong"),
        ({"REFLEX_LOGLEVEL": "debug"}, "debug"),
        ({"GRANIAN_LOG_LEVEL": "trace"}, "debug"),
        ({"PYTHONASYNCIODEBUG": "1"}, "debug"),
        ({"RXAPP_RESERVE_MEGABYTES": "1048576"}, "disk.full"),
    ],
)  # fmt: skip
def test_settings_that_do_not_go_together(
    data: Path, monkeypatch: pytest.MonkeyPatch, values: dict[str, str], code: str
) -> None:
    assert code not in diagnosis()
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    assert code in diagnosis()


def test_a_file_of_settings_is_read_in_and_must_not_be_open_to_all(
    data: Path, tmp_path: Path
) -> None:
    path = tmp_path / "rxapp.env"
    path.write_text("# settings\nRXAPP_LOG_LEVEL=DEBUG\nRXAPP_CITY_NAME='济宁市'\n")
    path.chmod(0o640)
    try:
        assert set(diagnosis("--env-file", str(path))) == {"settings.log_debug"}
        path.chmod(0o644)
        assert "settings.file_open" in diagnosis("--env-file", str(path))
        assert "settings.file_missing" in diagnosis("--env-file", str(tmp_path / "none.env"))
    finally:
        for name in ("RXAPP_LOG_LEVEL", "RXAPP_CITY_NAME"):
            os.environ.pop(name, None)


# --- keys


def test_keys_that_others_can_read(data: Path) -> None:
    pem = next((data / "keys").glob("*/keys.pem"))
    pem.chmod(0o640)
    found = diagnosis()
    assert set(found) == {"keys.open"}
    assert str(pem) in found["keys.open"]["sentence"]


def test_keys_that_are_gone_or_broken(data: Path) -> None:
    kept = data / "keys" / "data.json"
    content = kept.read_bytes()
    kept.write_bytes(content[: len(content) // 2])
    assert set(diagnosis()) == {"keys.broken"}
    kept.unlink()
    assert set(diagnosis()) == {"keys.missing"}
    kept.write_bytes(content)
    kept.chmod(0o600)
    assert diagnosis() == {}


def test_keys_of_another_installation(data: Path, tmp_path: Path) -> None:
    other = install(tmp_path / "other")
    os.environ["RXAPP_DATA_DIR"] = str(data)
    (data / "keys" / "data.json").write_bytes((other / "keys" / "data.json").read_bytes())
    assert set(diagnosis()) == {"keys.foreign"}


def test_keys_that_vouch_for_nothing(data: Path) -> None:
    folder = next((data / "keys").glob("*/about.json")).parent
    about = folder / "about.json"
    about.write_text(about.read_text().replace('"sample": false', '"sample": true'))
    assert set(diagnosis()) == {"keys.sample"}
    (folder / "keys.pem").write_bytes(b"")
    assert set(diagnosis()) == {"keys.signing_broken"}
    shutil.rmtree(folder)
    assert set(diagnosis()) == {"keys.signing_missing"}


def test_a_signing_certificate_that_ends_soon(data: Path) -> None:
    shutil.rmtree(next((data / "keys").glob("*/about.json")).parent)
    old = clock.now() - timedelta(days=3600)
    signing_keys.generate_keys(data / "keys", common_name="局", sample=False, now=old)
    assert set(diagnosis()) == {"keys.signing_ends"}


# --- the machine


def test_rights_and_owners(data: Path) -> None:
    data.chmod(0o755)
    assert set(diagnosis()) == {"place.open"}
    data.chmod(0o750)
    folder = data / "outgoing"
    folder.mkdir(mode=0o700)
    assert diagnosis() == {}
    folder.chmod(0o755)
    assert set(diagnosis()) == {"outgoing.open"}
    folder.chmod(0o700)
    waiting = folder / "2026-01-01.jsonl"
    waiting.write_text("{}\n")
    assert diagnosis() == {}
    os.utime(waiting, (1, 1))
    assert set(diagnosis()) == {"outgoing.waiting"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_that_another_user_made(data: Path) -> None:
    os.chown(data / "rxapp.db", 12345, 12345)
    found = diagnosis()
    assert set(found) == {"place.owner"}
    assert str(data / "rxapp.db") in found["place.owner"]["sentence"]


def test_a_place_where_nothing_can_be_written(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RXAPP_DATA_DIR", "/proc/rxapp")
    assert "place.read_only" in diagnosis()


def test_fonts_that_are_missing_cut_or_changed(tmp_path: Path) -> None:
    assert [each.level.value for each in doctor_machine.fonts()] == ["fine"]
    for path in certificate_fonts.FOLDER.glob("*.ttf"):
        shutil.copy(path, tmp_path)
    assert [each.level.value for each in doctor_machine.fonts(tmp_path)] == ["fine"]
    regular = tmp_path / "serif-regular.ttf"
    raw = regular.read_bytes()
    for broken in (raw[:-1000], raw[:200], b"", raw[:90_000] + b"\xff\xfe" + raw[90_002:]):
        regular.write_bytes(broken)
        assert font_files.fault_of(regular) is font_files.Fault.BROKEN
    regular.unlink()
    found = list(doctor_machine.fonts(tmp_path))
    assert [(each.code, "缺少" in each.sentence) for each in found] == [("font", True)]


def test_pages_that_were_not_built(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "is_built", lambda: False)
    assert set(diagnosis()) == {"pages.not_built"}


def test_pages_are_known_to_be_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stamp = tmp_path / "stamp"
    monkeypatch.setattr(server, "STAMP", stamp)
    monkeypatch.setattr(server, "BUILD", tmp_path)
    assert not server.is_built()
    stamp.write_text(server.fingerprint(server.ROOT))
    assert server.is_built()
    stamp.write_text("older")
    assert not server.is_built()


# --- the certificate of the public address


@pytest.mark.parametrize(
    ("days", "name", "codes"),
    [
        (-1, "localhost", {"tls.expired"}),
        (10, "localhost", {"tls.ends", "tls.untrusted"}),
        (90, "other.example.cn", {"tls.name", "tls.untrusted"}),
        (90, "localhost", {"tls.untrusted"}),
    ],
)
def test_certificates_a_browser_would_refuse(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, days: int, name: str,
    codes: set[str],
) -> None:  # fmt: skip
    with tls(*made(tmp_path, days=days, name=name)) as port:
        monkeypatch.setenv("RXAPP_PUBLIC_URL", f"https://localhost:{port}")
        assert set(diagnosis()) == codes


def test_nobody_answers_at_the_public_address(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RXAPP_PUBLIC_URL", f"https://localhost:{servers.free_port()}")
    assert set(diagnosis()) == {"tls.away"}


# --- Redis


def test_redis_without_a_password(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with servers.redis() as url:
        monkeypatch.setenv("RXAPP_REDIS_URL", url)
        assert set(diagnosis()) == {"redis.no_password"}
        with Redis.from_url(url) as line:
            line.config_set("bind", "0.0.0.0")
            # Protected, it lets nobody in from elsewhere.
            assert set(diagnosis()) == {"redis.no_password"}
            line.config_set("protected-mode", "no")
            found = diagnosis()
            line.config_set("bind", "127.0.0.1")
            assert set(found) == {"redis.exposed"}
            line.config_set("maxmemory-policy", "allkeys-lru")
            assert set(diagnosis()) == {"redis.no_password", "redis.evicts"}
    assert set(diagnosis()) == {"redis.away"}


def test_redis_with_a_password(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with servers.redis(None, "--requirepass", "geheim-77") as url:
        known = url.replace("redis://", "redis://:geheim-77@")
        monkeypatch.setenv("RXAPP_REDIS_URL", known)
        assert diagnosis() == {}
        monkeypatch.setenv("RXAPP_REDIS_URL", known.replace("geheim-77", "falsch-88"))
        assert set(diagnosis()) == {"redis.away"}
        done = run("doctor")
        assert "falsch-88" not in done.output
        assert "127.0.0.1:" in done.output


# --- backups


def test_backups_that_are_not_made_or_not_tried(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(data, "DELETE FROM backup_run")
    assert set(diagnosis()) == {"backup.first"}
    tried(data, clock.now() - timedelta(hours=25))
    assert diagnosis() == {}
    tried(data, clock.now() - timedelta(hours=27))
    found = diagnosis()
    assert set(found) == {"backup.old"}
    assert "27小时" in found["backup.old"]["sentence"]
    tried(data, clock.now())
    monkeypatch.setenv("RXAPP_BACKUP_TO", str(data / "backups"))
    assert set(diagnosis()) == {"backup.same_place"}
    monkeypatch.setenv("RXAPP_BACKUP_TO", "")
    assert set(diagnosis()) == {"backup.none"}


def test_a_key_of_backups_that_is_open_or_lies_with_the_data(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = tmp_path / "backup" / "backup.key"
    key.chmod(0o644)
    assert set(diagnosis()) == {"backup.key"}
    key.chmod(0o600)
    assert diagnosis() == {}
    shutil.move(key, data / "backup.key")
    monkeypatch.setenv("RXAPP_BACKUP_KEY_FILE", str(data / "backup.key"))
    found = diagnosis()
    assert set(found) == {"backup.key"}
    assert "数据目录" in found["backup.key"]["sentence"]


# --- the database


def test_a_database_of_another_edition(data: Path) -> None:
    change(data, "UPDATE alembic_version SET version_num = '0015'")
    assert set(diagnosis()) == {"schema.older"}
    change(data, "UPDATE alembic_version SET version_num = '9999'")
    assert set(diagnosis()) == {"schema.newer"}


def test_a_database_that_is_not_there(data: Path) -> None:
    (data / "rxapp.db").unlink()
    assert set(diagnosis()) == {"database.empty"}


def test_a_database_server_that_is_away(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    port = servers.free_port()
    url = f"postgresql://rxapp:geheim-77@127.0.0.1:{port}/rxapp"
    monkeypatch.setenv("RXAPP_DATABASE_URL", url)
    found = diagnosis()
    assert set(found) == {"database.away"}
    assert f"127.0.0.1:{port}/rxapp" in found["database.away"]["sentence"]
    assert "geheim" not in run("doctor").output


def test_a_database_server_that_may_lose_what_it_promised(
    data: Path, postgres_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (data / "installed").unlink()
    monkeypatch.setenv("RXAPP_DATABASE_URL", postgres_database)
    assert set(diagnosis()) == {"database.not_durable", "backup.first"}
    monkeypatch.setenv("RXAPP_WORKERS", "4")
    monkeypatch.setenv("RXAPP_REDIS_URL", "redis://127.0.0.1:1")
    assert set(diagnosis()) == {
        "database.not_durable",
        "database.connections",
        "redis.away",
        "backup.first",
    }


def test_a_clock_that_goes_wrong(
    data: Path, postgres_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() - timedelta(days=2))
    assert set(diagnosis()) == {"clock.back"}
    monkeypatch.setattr(clock, "now", lambda: real() + timedelta(minutes=10))
    assert diagnosis() == {}
    (data / "installed").unlink()
    monkeypatch.setenv("RXAPP_DATABASE_URL", postgres_database)
    assert set(diagnosis()) == {"database.not_durable", "clock.apart", "backup.first"}


def test_demo_accounts_in_a_real_installation(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from rxapp.adapters import encryption
    from rxapp.demo import load

    number = next(each.identity_number for each in load.demo_accounts() if each.key == "city")
    keys = encryption.load(data / "keys")
    change(
        data, "UPDATE person SET identity_hash = ?, identity_cipher = ?",
        keys.hash(number, context="identity"), keys.encrypt(number, context="identity"),
    )  # fmt: skip
    assert set(diagnosis()) == {"demo.accounts"}


def test_a_year_without_a_calendar(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change(data, "DELETE FROM working_calendar WHERE year > 2026")
    assert diagnosis() == {}
    monkeypatch.setattr(clock, "today", lambda: LATE)
    found = diagnosis()
    assert {code: each["level"] for code, each in found.items()} == {"calendar.missing": "warning"}
    assert "2027" in found["calendar.missing"]["sentence"]
    monkeypatch.setattr(clock, "today", lambda: LATE.replace(year=2027, month=3))
    assert diagnosis()["calendar.missing"]["level"] == "fault"
    change(data, "UPDATE working_calendar SET year = 2027 WHERE year = 2026")
    assert diagnosis() == {}


def test_a_look_that_fails_hides_nothing_else(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> None:
        raise RuntimeError("geheim-77")

    monkeypatch.setattr(doctor_machine, "room", fails)
    monkeypatch.setenv("RXAPP_LOG_LEVEL", "DEBUG")
    assert set(diagnosis()) == {"disk.unknown", "settings.log_debug"}
    assert "geheim" not in run("doctor").output


def test_no_secret_is_told(data: Path) -> None:
    said = run("doctor").output + run("doctor", "--json").output
    raw = (data / "keys" / "data.json").read_text()
    assert not [part for part in raw.split('"') if len(part) > 20 and part in said]
