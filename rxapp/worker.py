"""What one worker serves."""

import gc
from typing import Any


def app() -> Any:
    """The service as an ASGI application; asked for once by each worker as it starts."""
    # What is imported stays. To look through it for garbage meanwhile takes a quarter of the time.
    gc.disable()
    try:
        from rxapp.rxapp import app as made

        return made()
    finally:
        gc.enable()
