"""Make a city in the database of the environment: `python -m bench.city.filling 0.001`."""

import sys
from typing import Any

from bench.city.copying import address
from bench.city.make import Made, make


def fill(scale: float, *, log: Any = print) -> Made:
    """Prepare the installation of the environment, empty so far, and make a city in it."""
    from rxapp.commands.ground import prepare
    from rxapp.settings import settings

    prepare(sample=True)
    return make(scale, address(settings().database), log=log)


if __name__ == "__main__":
    fill(float(sys.argv[1]))
