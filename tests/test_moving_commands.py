"""One machine's city moved by the command line, rows and files, and used where it is now."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from sqlmodel import select

from rxapp import routes
from rxapp.adapters import database, file_store, object_store, passwords, serving_lock
from rxapp.adapters.database import transaction
from rxapp.models.courses import Lesson
from rxapp.models.people import Person
from rxapp.services import notice_files
from rxapp.settings import settings
from tests import servers
from tests.gate.cast import Town, installed, settle
from tests.services.doors import browser, enter, found, who
from tests.serving import ROOT, command


def rxapp(*words: str, **also: str) -> subprocess.CompletedProcess[str]:
    """One of the operator's commands, in a process of its own."""
    return subprocess.run(
        command("-m", "rxapp.cli", *words), cwd=ROOT, env=os.environ | also, text=True,
        stdin=subprocess.DEVNULL, capture_output=True, check=False,
    )  # fmt: skip


def people() -> list[tuple[str, str]]:
    return sorted((row.name, row.identity_hash) for row in found(select(Person)))


def near() -> list[str]:
    return [path.name for path in settings().data_dir.rglob("*.bin")]


def store_of(bucket: servers.Bucket) -> dict[str, str]:
    return {
        "RXAPP_FILES_TO": f"s3://{bucket.name}/{uuid4().hex}",
        "RXAPP_S3_ENDPOINT": bucket.endpoint, "RXAPP_S3_KEY_ID": bucket.key_id,
        "RXAPP_S3_SECRET": bucket.secret,
    }  # fmt: skip


def refused(tried: Callable[[], subprocess.CompletedProcess[str]]) -> None:
    """Nothing moves as long as somebody serves, and it is said why."""
    before, files = people(), near()
    done = tried()
    assert done.returncode == 1
    assert "服务正在运行，没有迁移任何内容" in done.stderr
    assert "Traceback" not in done.stderr
    assert (people(), near()) == (before, files)


def test_rows_and_files_move_and_people_go_on_where_they_are_now(
    tmp_path: Path, postgres_url: str, object_server: servers.Bucket,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(passwords, "COST", 4)
    name = f"moved_{uuid4().hex}"
    target, store = servers.create_database(postgres_url, name), store_of(object_server)
    data = tmp_path / "town"

    def move_files() -> subprocess.CompletedProcess[str]:
        return rxapp("move-files", **store)

    def move_database() -> subprocess.CompletedProcess[str]:
        return rxapp("move-database", RXAPP_DATABASE_URL=target, **store)

    with installed(data):
        town = settle()
        kept = [
            (root, file_store.put_bytes(os.urandom(2000), suffix=".bin", root=root))
            for root in (settings().files_dir, notice_files.folder())
        ]
        with transaction(write=True) as session:
            for lesson in session.exec(select(Lesson)):
                lesson.video_file = lesson.poster_file = kept[0][1]
        before = people()
        # As the service does, for as long as it lives.
        assert serving_lock.take()
        try:
            refused(move_files)
            refused(move_database)
        finally:
            serving_lock.leave()
        done = move_files()
        assert (done.returncode, done.stdout.count("已迁移2个文件")) == (0, 1), done.stderr
        assert near() == []
        database.forget_engine()
        done = move_database()
        assert (done.returncode, "逐行核对一致" in done.stdout) == (0, True), done.stderr
        # The old one is not used by accident.
        done = rxapp("check")
        assert (done.returncode, "已经迁到另一个数据库" in done.stderr) == (1, True)
    with installed(data, RXAPP_DATABASE_URL=target, **store):
        object_store._store.cache_clear()
        assert people() == before
        assert _seen(town) == file_store.read(kept[0][1])
        assert all(file_store.is_sound(file, root=root) for root, file in kept)
        done = rxapp("check")
        assert done.returncode == 0, done.stdout + done.stderr
    object_store._store.cache_clear()
    servers.drop_database(postgres_url, name)


def _seen(town: Town) -> bytes:
    """What somebody gets who signs in with the old password and opens a lesson's picture."""
    client = browser()
    assert enter(client, town.people["lena"], "nicht-das-richtige").status_code == 422
    assert enter(client, town.people["lena"]).status_code == 200
    assert who(client).person_id == town.people["lena"].id
    (lesson,) = found(select(Lesson.id))
    return client.get(routes.course_file(lesson, "poster")).content
