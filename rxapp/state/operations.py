"""运行情况: what the city bureau sees of the service itself."""

import reflex as rx

from rxapp.rules.permissions import Permission
from rxapp.services import operations
from rxapp.services.operations import StateRow
from rxapp.services.use_case_times import SlowRow
from rxapp.state.handlers import Screen, handler


class OperationsState(Screen, rx.State):
    """How the service is, at one moment."""

    at: str = ""
    troubles: list[str] = []
    health: list[StateRow] = []
    backups: list[StateRow] = []
    jobs: list[StateRow] = []
    queues: list[StateRow] = []
    slow: list[SlowRow] = []
    versions: list[tuple[str, str]] = []

    @handler(Permission.OPERATIONS)
    async def load(self) -> None:
        """Look now."""
        self._clear()
        seen = await self._use(operations.get_operations)
        self.at, self.troubles = seen.at, seen.troubles
        self.health, self.backups = seen.health, seen.backups
        self.jobs, self.queues = seen.jobs, seen.queues
        self.slow, self.versions = seen.slow, seen.versions
        self.loaded = True
