"""Manifests that fit and those that do not, which backups stay, and when the bureau is told."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rxapp.rules import backup_manifest, backups
from rxapp.rules.backup_manifest import BadBackup, Manifest, Part, StoreSum, kept, name_of
from rxapp.rules.backups import Known

NOW = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
HASH = "a" * 64
MANIFEST = Manifest(
    version="1.0", revision="0017", kind="sqlite", made_at=NOW,
    parts=(Part("database", 5, HASH),), tables={"person": 3},
    stores={"keys": StoreSum(1, 2, HASH)},
)  # fmt: skip


def test_a_manifest_is_read_as_it_was_written() -> None:
    assert backup_manifest.read(backup_manifest.write(MANIFEST)) == MANIFEST


@given(st.binary(max_size=300))
def test_anything_else_is_refused(content: bytes) -> None:
    with pytest.raises(BadBackup):
        backup_manifest.read(content)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"product": "other"}, "不是本平台"),
        ({"format": 2}, "格式比本版本新"),
        ({"kind": "mysql"}, "不符合格式"),
        ({"made_at": "2026-01-01T00:00:00"}, "不符合格式"),
        ({"parts": [{"name": "../x", "size": 1, "sha256": HASH}]}, "不符合格式"),
        ({"parts": [{"name": "x", "size": -1, "sha256": HASH}]}, "不符合格式"),
        ({"parts": [{"name": "x", "size": True, "sha256": HASH}]}, "不符合格式"),
        ({"parts": [{"name": "x", "size": 1, "sha256": "z" * 64}]}, "不符合格式"),
        ({"tables": {"person": "3"}}, "不符合格式"),
        ({"tables": []}, "不符合格式"),
        ({"stores": {"keys": 1}}, "不符合格式"),
        ({"revision": ""}, "不符合格式"),
    ],
)
def test_a_manifest_that_is_none_is_refused(change: dict[str, object], words: str) -> None:
    said = json.loads(backup_manifest.write(MANIFEST)) | change
    with pytest.raises(BadBackup, match=words):
        backup_manifest.read(json.dumps(said).encode())


@pytest.mark.parametrize(
    ("store", "path", "fine"),
    [
        ("files", "ab/cd.mp4", True),
        ("keys", "data.json", True),
        ("root", "installed", True),
        ("uploads", "名.part", True),
        ("root", "rxapp.db", False),
        ("files", "../keys/data.json", False),
        ("files", "/etc/passwd", False),
        ("files", "a/../../b", False),
        ("files", "./a", False),
        ("files", "a//b", False),
        ("files", "", False),
        ("files", "a\\..\\b", False),
        ("files", "a\x00b", False),
        ("files", "a\nb", False),
        ("files", "a/b/c/d", False),
        ("files", "x" * 201, False),
        ("..", "a", False),
        ("backup-work", "lock", False),
        ("", "a", False),
    ],
)
def test_a_file_lies_in_its_own_store(store: str, path: str, fine: bool) -> None:
    if fine:
        backup_manifest.require_path(store, path)
        return
    with pytest.raises(BadBackup, match="不属于平台数据目录"):
        backup_manifest.require_path(store, path)


def test_what_was_found_must_be_what_was_promised() -> None:
    backup_manifest.require_same(MANIFEST, MANIFEST)
    for word, other in (
        ("数据库", {"parts": (Part("database", 6, HASH),)}),
        ("数据表的行数", {"tables": {"person": 4}}),
        ("文件", {"stores": {}}),
        ("说明", {"revision": "0016"}),
    ):
        found = Manifest(**{**vars(MANIFEST), **other})
        with pytest.raises(BadBackup, match=f"备份中的{word}与清单不一致"):
            backup_manifest.require_same(MANIFEST, found)


def test_the_name_of_a_backup_tells_when_it_was_made() -> None:
    name = name_of(NOW, "0017", "abcdef")
    assert name == "rxapp-20260301T020000Z-0017-abcdef.rxbackup"
    assert backup_manifest.moment_of(name) == NOW
    for other in (f"{name}.part", f"../{name}", "x", name.replace("0301", "1399")):
        assert backup_manifest.moment_of(other) is None


def daily(days: int) -> list[str]:
    return [name_of(NOW - timedelta(days=day), "0017", "abcdef") for day in range(days)]


def test_seven_days_four_weeks_and_twelve_months_stay() -> None:
    staying = kept(daily(800))
    days = sorted((NOW - moment).days for name in staying if (moment := moment_of(name)))
    assert days[:7] == [0, 1, 2, 3, 4, 5, 6]
    # Sundays of the last weeks, the last days of the last months; February's is day 1.
    assert days[7:10] == [7, 14, 21]
    assert len(days) == 7 + 3 + 10
    assert 300 < days[-1] < 340


moment_of = backup_manifest.moment_of
INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(st.lists(INSTANTS, max_size=60), st.integers(0, 59))
@settings(max_examples=100, deadline=None)
def test_the_newest_and_the_tested_never_go_and_nothing_more_goes_later(
    moments: list[datetime], which: int
) -> None:
    names = sorted({name_of(moment, "0017", "abcdef") for moment in moments})
    tested = names[which % len(names)] if names else None
    staying = kept(names, tested=tested)
    assert staying <= set(names)
    assert len(staying) <= 7 + 4 + 12 + 1
    if names:
        assert {names[-1], tested} <= staying
    assert kept(staying, tested=tested) == staying


@pytest.mark.parametrize(
    ("tested", "since", "old"),
    [
        (25, 1000, False), (26, 1000, False), (27, 1000, True),
        (None, 25, False), (None, 27, True),
    ],
)  # fmt: skip
def test_a_backup_is_too_old_after_26_hours(tested, since, old: bool) -> None:
    def ago(hours: int | None) -> datetime | None:
        return None if hours is None else NOW - timedelta(hours=hours)

    known = Known(ago(tested), ago(since) or NOW)
    assert backups.is_too_old(known, now=NOW) is old


def test_the_words_say_how_old() -> None:
    known = Known(NOW - timedelta(hours=30), NOW - timedelta(days=9))
    assert "30小时以前" in backups.alarm_words(known, now=NOW)
    assert "还没有" in backups.alarm_words(Known(None, NOW), now=NOW)
