"""The yardstick: an event that adds one to a number and sends the number back."""

import reflex as rx


class Counter(rx.State):
    """One number per tab."""

    count: int = 0

    @rx.event
    async def bump(self) -> None:
        """Add one."""
        self.count += 1


def index() -> rx.Component:
    """The only page."""
    return rx.el.p(Counter.count)


app = rx.App()
app.add_page(index, route="/")
