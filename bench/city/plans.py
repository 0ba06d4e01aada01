"""Look at everything once and note how the database finds it: `python -m bench.city.plans 0.001`.

Every query of a look is explained on a connection that walks through a whole table only where no
index leads anywhere. What then still walks through one of the large tables does so at any size:
it is printed, with who looked at what. A small city is enough for that.
"""

import json
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Engine, event

from bench.city import desk_looks, lists
from bench.city.afterwards import LARGE
from bench.city.lists import City

_BRING = "SET enable_seqscan = off"


def walks(city: City) -> list[tuple[str, str, str]]:
    """Every use case, who asked, and the large table that was walked through for it."""
    found: list[tuple[str, str, str]] = []
    explained: list[tuple[str, Any]] = []
    _listen(city.engine, explained)
    for ask in desk_looks.everything():
        for who in ask.who:
            explained.clear()
            lists._look(city, ask, who)()
            tables = walked(city.engine, list(explained))
            name = f"{ask.use_case}{', ' if ask.name else ''}{ask.name}"
            found += [(name, who, table) for table in sorted(tables)]
    return found


def walked(engine: Engine, statements: Iterable[tuple[str, Any]]) -> set[str]:
    """The large tables that these statements, each with its values, would walk through."""
    return {table for plan in _plans(engine, statements) for table in _walked(plan)}


def _listen(engine: Engine, explained: list[tuple[str, Any]]) -> None:
    def note(_c: Any, _cursor: Any, statement: str, given: Any, _x: Any, many: bool) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")) and not many:
            explained.append((statement, given))

    event.listen(engine, "before_cursor_execute", note)


def _plans(engine: Engine, explained: Iterable[tuple[str, Any]]) -> Iterator[Any]:
    with engine.connect() as connection:
        line = connection.connection.cursor()
        line.execute(_BRING)
        for statement, given in explained:
            line.execute(f"EXPLAIN (FORMAT JSON) {statement}", given)
            yield line.fetchone()[0][0]["Plan"]


def _walked(node: Any) -> Iterator[str]:
    """The large tables that this plan reads from one end to the other."""
    table = node.get("Relation Name", "")
    if node["Node Type"] == "Seq Scan" and table in LARGE:
        yield table
    for below in node.get("Plans", ()):
        yield from _walked(below)


def main(scale: float) -> None:
    """Print what was walked through in the city of the environment."""
    from bench.city import acts, planting
    from bench.city.sizes import Sizes
    from rxapp import clock
    from rxapp.adapters.database import engine

    city = City(Sizes(scale), engine(), clock.today())
    planting.plant(city)
    print(json.dumps({"walked": walks(city), "done": acts.try_each(city)}))


if __name__ == "__main__":
    main(float(sys.argv[1]))
