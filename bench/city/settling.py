"""Being an installation on one of the made cities."""

import os
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from bench.city.servers import Cluster

console = Console(highlight=False, width=110)


def name_of(scale: float) -> str:
    """What the database and the data folder of a city are called."""
    return f"city_{scale:g}".replace(".", "_").replace("-", "_")


def settle_in(folder: Path, running: Cluster, scale: float) -> None:
    """Let this process, and those it starts, be an installation on such a city."""
    name = name_of(scale)
    os.environ |= {
        # One for all cities of a folder, with the keys they share.
        "RXAPP_DATA_DIR": str(folder / "installation"),
        "RXAPP_DATABASE_URL": running.database(name),
        "RXAPP_DEMO": "1",
        "RXAPP_TODAY": f"{datetime.now(UTC).year}-12-10",
        "RXAPP_MESSAGES": "none",
        "RXAPP_CITY_NAME": "样例市",
        "RXAPP_BUREAU_NAME": "样例市人力资源和社会保障局",
    }
