"""A line on which the service's answers are late."""

from __future__ import annotations

import re

from playwright.sync_api import Page, WebSocketRoute


class Held:
    """What the service answers, held back on its way to the page while it is `on`."""

    def __init__(self, page: Page) -> None:
        self.on, self.messages = False, []
        page.route_web_socket(re.compile("/_event"), self._between)

    def _between(self, line: WebSocketRoute) -> None:
        self.line = line
        line.connect_to_server().on_message(self._heard)

    def let_go(self) -> None:
        self.on = False
        while self.messages:
            self.line.send(self.messages.pop(0))

    def _heard(self, message: str | bytes) -> None:
        if self.on:
            self.messages.append(message)
        else:
            self.line.send(message)
