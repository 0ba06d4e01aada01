"""What only one worker does at a time keeps away its like, and nothing else."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine

from rxapp.adapters.database import transaction
from rxapp.adapters.locks import Lock, is_alone, wait_for


@pytest.mark.parametrize("lock", Lock)
def test_each_kind_of_work_keeps_away_its_like_alone(engine: Engine, lock: Lock) -> None:
    with transaction(on=engine) as first, transaction(on=engine) as second:
        assert is_alone(first, lock)
        kept_away = {other for other in Lock if not is_alone(second, other)}
        # On SQLite whoever writes is alone already.
        assert kept_away == ({lock} if engine.dialect.name == "postgresql" else set())
    with transaction(on=engine) as third:
        wait_for(third, lock)
        assert is_alone(third, lock), "what one holds oneself is no hindrance"


def test_statements_are_planned_for_who_asks(
    postgres_database: str, engines: Callable[[str], Engine]
) -> None:
    with engines(postgres_database).connect() as connection:
        mode = connection.exec_driver_sql("SHOW plan_cache_mode").scalar_one()
    assert mode == "force_custom_plan"
