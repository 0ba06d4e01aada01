"""A limit is a limit for whoever used it up, and for nobody else."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from rxapp.errors import TooMany
from rxapp.gate import throttles
from tests.gate.cast import installed

LIMIT = throttles.Limit("sample", "3/minute", "请一分钟后再试。")
ALL = [value for value in vars(throttles).values() if isinstance(value, throttles.Limit)]


@pytest.fixture(params=["memory", "redis"])
def counted(request, tmp_path):
    url = request.getfixturevalue("redis_url") if request.param == "redis" else ""
    with installed(tmp_path, RXAPP_REDIS_URL=url):
        if url:
            import redis

            redis.Redis.from_url(url).flushdb()
        yield


def test_the_fourth_is_refused_and_others_are_not(counted) -> None:
    for _ in range(3):
        throttles.take(LIMIT, "a")
    with pytest.raises(TooMany, match="请一分钟后再试"):
        throttles.take(LIMIT, "a")
    throttles.take(LIMIT, "b")
    throttles.take(throttles.Limit("other", "3/minute", ""), "a")


def test_what_was_no_failure_is_given_back(counted) -> None:
    for _ in range(20):
        throttles.take(LIMIT, "a")
        throttles.give_back(LIMIT, "a")
    for _ in range(3):
        throttles.take(LIMIT, "a")
    with pytest.raises(TooMany):
        throttles.take(LIMIT, "a")


@pytest.mark.parametrize("counted", ["redis"], indirect=True)
def test_many_at_once_find_no_more_room(counted) -> None:
    def attempt(_: int) -> bool:
        try:
            throttles.take(LIMIT, "a")
        except TooMany:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(attempt, range(64))) == 3


def test_every_limit_has_a_name_of_its_own_and_a_sentence() -> None:
    assert len({limit.name for limit in ALL}) == len(ALL) > 5
    assert all(limit.message.endswith("。") and throttles._item(limit) for limit in ALL)
