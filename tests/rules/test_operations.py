"""When a job fails or is silent, how long most took, what a use case is about."""

from datetime import UTC, datetime, timedelta

import pytest

from rxapp.rules import areas, jobs, latencies
from tests.test_house import _use_cases

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)


def test_a_job_that_fails_for_five_minutes_is_not_left_to_itself() -> None:
    assert not jobs.is_failing(None, now=NOW)
    assert not jobs.is_failing(NOW - timedelta(minutes=5), now=NOW)
    assert jobs.is_failing(NOW - timedelta(minutes=5, seconds=1), now=NOW)


@pytest.mark.parametrize("job", jobs.JOBS, ids=lambda job: job.key)
def test_a_job_is_silent_once_its_longest_round_and_two_pauses_have_passed(job: jobs.Job) -> None:
    longest = job.longest + timedelta(seconds=2 * job.every)
    assert not jobs.is_silent(job, None, now=NOW)
    assert not jobs.is_silent(job, NOW - longest, now=NOW)
    assert jobs.is_silent(job, NOW - longest - timedelta(seconds=1), now=NOW)


def test_a_fault_is_told_in_plain_words() -> None:
    assert jobs.fault_words("OperationalError ConnectionTimeout") == "数据库没有响应"
    assert jobs.fault_words("ValueError") == "程序出错"


BOUNDS = (0.1, 1.0)


@pytest.mark.parametrize(
    ("counts", "found"),
    [
        ({}, (0.0, False)),
        ({0: 95, 1: 5}, (0.1, False)),
        ({0: 94, 1: 6}, (1.0, False)),
        ({0: 94, 2: 6}, (1.0, True)),
        ({2: 1}, (1.0, True)),
    ],
)
def test_within_how_long_most_ended(counts: dict[int, int], found: tuple[float, bool]) -> None:
    assert latencies.percentile(counts, BOUNDS, 0.95) == found


def test_every_use_case_is_about_something() -> None:
    names = {f"{module}.{name}" for module, name in _use_cases()}
    assert len(names) > 100
    assert sorted(name for name in names if areas.area_of(name) == areas.OTHER) == []
    assert areas.area_of("nothing.known") == areas.OTHER
    assert areas.area_of("claim_queue.list_waiting") == "学时申报"
    assert areas.area_of("course_pages.get_course") == "课程目录"
