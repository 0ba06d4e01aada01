"""Decisions through the real screen: a clerk's browser, P pressed as soon as the queue allows it.

`python -m bench.deciding 3000 COOKIE 100` prints it as JSON. The screen refuses a word on a claim
that has been open for less than 0.7 s; what the platform adds to that is what is measured.
"""

import json
import sys
import time
from dataclasses import asdict, dataclass
from statistics import median

from playwright.sync_api import Page, sync_playwright

from tests.servers import CHROMIUM_FLAGS, find_chromium

DESKTOP = {"width": 1280, "height": 800}
LOOK_MS = 720
_OPEN = "() => document.querySelector('[data-rx-verdict] [name=claim]')?.value ?? ''"
_NEXT = (
    "before => { const now = document.querySelector('[data-rx-verdict] [name=claim]')?.value;"
    " return now && now !== before; }"
)


@dataclass(frozen=True)
class Deciding:
    """So many claims passed one after the other; milliseconds from the press to the next claim."""

    decisions: int
    per_minute: float
    median_ms: float
    p95_ms: float
    look_ms: int = LOOK_MS


def main(port: int, cookie: str, decisions: int) -> None:
    """Pass so many claims by the key and nothing else."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), args=list(CHROMIUM_FLAGS)
        )
        context = browser.new_context(viewport=DESKTOP, locale="zh-CN")  # type: ignore[arg-type]
        name, _, value = cookie.partition("=")
        context.add_cookies([
            {"name": name, "value": value, "url": f"http://localhost:{port}"}
        ])  # fmt: skip
        page = context.new_page()
        page.goto(f"http://localhost:{port}/desk/claims")
        page.locator("[data-rx-row]").first.click()
        page.wait_for_selector("[data-rx-verdict]")
        page.wait_for_timeout(1500)
        began, took = time.perf_counter(), [_pass(page) for _ in range(decisions)]
        minutes = (time.perf_counter() - began) / 60
        browser.close()
    took.sort()
    found = Deciding(
        decisions, round(decisions / minutes, 1), round(median(took)),
        round(took[int(len(took) * 0.95)]),
    )  # fmt: skip
    print(json.dumps(asdict(found)))


def _pass(page: Page) -> float:
    before = page.evaluate(_OPEN)
    page.wait_for_timeout(LOOK_MS)
    pressed = time.perf_counter()
    page.keyboard.press("p")
    page.wait_for_function(_NEXT, arg=before, polling=10)
    return (time.perf_counter() - pressed) * 1000


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
