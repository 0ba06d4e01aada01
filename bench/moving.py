"""A city of `bench.city` moved from PostgreSQL to SQLite and back: rows a second, each compared.

`python -m bench.moving --scale 0.03`, after `python -m bench city make --scale 0.03`.
"""

import argparse
import os
import resource
import tempfile
import time
from pathlib import Path

from bench.city import servers as city_servers
from bench.city.commands import FOLDER
from bench.city.settling import name_of
from tests import servers


def main() -> None:
    """Read the command line, move there and back, and leave the city as it was."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the cities are kept")
    parser.add_argument("--scale", type=float, default=0.03)
    asked = parser.parse_args()
    folder = asked.folder.resolve()
    with (
        city_servers.cluster(folder / "postgres") as cluster,
        tempfile.TemporaryDirectory(dir=folder) as scratch,
    ):
        os.environ["RXAPP_DATA_DIR"] = scratch
        city, file = cluster.database(name_of(asked.scale)), f"sqlite:///{scratch}/moved.db"
        servers.drop_database(cluster.url, "moved")
        try:
            _move("PostgreSQL -> SQLite", city, file)
            _move("SQLite -> PostgreSQL", file, servers.create_database(cluster.url, "moved"))
        finally:
            servers.drop_database(cluster.url, "moved")
            _unmark(city)


def _move(name: str, source: str, target: str) -> None:
    from rxapp.services import checking, moving

    # Its time is that of `rxapp check`, and is measured with the city.
    checking.check_all = lambda **_: []
    at: dict[str, float] = {}
    began = time.perf_counter()

    def tell(step: str, _rows: int) -> None:
        at.setdefault(step.split()[0], time.perf_counter() - began)

    done = moving.move(source=source, target=target, again=False, tell=tell)
    took = time.perf_counter() - began
    loaded, compared = at["核对"] - at["写入"], at["核对目标数据库"] - at["核对"]
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(
        f"{name}: {done.tables} tables, {done.rows} rows in {took:.0f} s "
        f"({done.rows / took:,.0f} rows/s; loaded {done.rows / loaded:,.0f}, compared "
        f"{done.rows / compared:,.0f}), at most {most} MB of memory"
    )


def _unmark(url: str) -> None:
    from rxapp.adapters.database import make_engine
    from rxapp.services import database_marks

    engine = make_engine(url)
    database_marks.remove(engine)
    engine.dispose()


if __name__ == "__main__":
    main()
