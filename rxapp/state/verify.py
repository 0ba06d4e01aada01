"""证明核验: anyone checks a certificate."""

import reflex as rx

from rxapp import routes
from rxapp.errors import Invalid
from rxapp.gate import throttles
from rxapp.rules import certificate_numbers
from rxapp.rules.permissions import Permission
from rxapp.services import certificate_checks
from rxapp.services.certificate_checks import CheckView
from rxapp.state.handlers import Screen, handler


class VerifyState(Screen, rx.State):
    """What a certificate's number leads to."""

    view: CheckView | None = None
    typed: str = ""

    @handler(Permission.PUBLIC)
    async def load(self) -> None:
        """Check the number named in the address, with the code's signature when there is one."""
        self.view = None
        self.typed = self._route_word("number")
        throttles.take(throttles.VERIFY, self._address())
        self.view = await self._use(
            certificate_checks.check, number=self.typed, signature=self._route_word("s") or None
        )
        self._clear()
        self.loaded = True

    @handler(Permission.PUBLIC)
    async def look_up(self, form: dict[str, str]) -> object:
        """Lead to the page of the number typed, or say what is wrong with it."""
        self.typed = form.get("number", "")[:60]
        try:
            number = certificate_numbers.parse(self.typed)
        except Invalid as error:
            raise Invalid({"number": error.message}) from None
        self._clear()
        return rx.redirect(routes.verify(str(number)))
