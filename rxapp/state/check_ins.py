"""签到: the teacher's screen, and the phone that scanned it."""

import reflex as rx
import structlog

from rxapp import routes
from rxapp.errors import AppError, NotPermitted, NotSignedIn
from rxapp.gate import throttles
from rxapp.rules.permissions import Permission
from rxapp.services import check_ins
from rxapp.services.check_ins import DeskView, Receipt
from rxapp.state.handlers import Screen, handler

log = structlog.get_logger()


class CheckInDeskState(Screen, rx.State):
    """Whether people can check in today; the code itself is asked for by the page's script."""

    view: DeskView | None = None
    # Where the script asks, and the way back.
    source: str = ""
    back: str = ""

    @handler(Permission.PROJECT_FILE)
    async def load(self) -> None:
        """Show the check-in of the class the page's address names."""
        self._clear()
        self.view = None
        await self._look(self._route_number("project_id"))
        self.loaded = True

    @handler(Permission.PROJECT_FILE)
    async def begin(self) -> None:
        """Let people check in."""
        self._clear()
        shown = self._shown()
        await self._change(check_ins.open_day, project_id=shown)
        await self._look(shown)

    @handler(Permission.PROJECT_FILE)
    async def end(self) -> None:
        """Take no more check-ins."""
        self._clear()
        shown = self._shown()
        await self._change(check_ins.close_day, project_id=shown)
        await self._look(shown)

    async def _look(self, project_id: int) -> None:
        self.view = await self._use(check_ins.get_desk, project_id=project_id)
        self.source = routes.check_in_screen(project_id)
        self.back = routes.desk_roster(project_id)

    def _shown(self) -> int:
        return self.view.project_id if self.view else 0


class CheckInState(Screen, rx.State):
    """What somebody who scanned the code is told."""

    receipt: Receipt | None = None
    signed_out: bool = False
    unready: bool = False

    @handler(Permission.PUBLIC)
    async def load(self) -> None:
        """Check in whoever is signed in; the others are told to sign in first."""
        self._clear()
        self.receipt, self.signed_out, self.unready = None, False, False
        try:
            self.receipt = await self._arrive()
        except NotSignedIn:
            self.signed_out = True
        except NotPermitted:
            self.unready = True
        except AppError as error:
            log.warning(
                "check-in refused", project=self._route_number("project_id"),
                error=type(error).__name__, address=self._address(),
            )  # fmt: skip
            raise
        finally:
            self.loaded = True

    async def _arrive(self) -> Receipt:
        person = str(await self._use(check_ins.require_learner))
        keys = ((throttles.CHECK_IN, person), (throttles.CHECK_IN_ADDRESS, self._address()))
        for limit, key in keys:
            throttles.take(limit, key)
        receipt = await self._change(
            check_ins.arrive, project_id=self._route_number("project_id"),
            code=self._route_word("code")[:40],
        )  # fmt: skip
        # Only failures count: a whole class may stand behind one address.
        for limit, key in keys:
            throttles.give_back(limit, key)
        return receipt
