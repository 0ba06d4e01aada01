"""The first load as a phone sees it: bytes on the wire and the first paint, in Chromium.

`python -m bench.first_load 3000 rxapp=… 5` prints it as JSON. Nothing is in the browser's cache;
the slow phone is Chromium's own emulation: 1.6 Mbit/s, 150 ms to each first byte, CPU ÷ 4.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page, ViewportSize, sync_playwright

from tests.servers import CHROMIUM_FLAGS, find_chromium

PHONE = ViewportSize(width=390, height=844)
SLOW = {
    "offline": False, "latency": 150, "downloadThroughput": 1_600_000 / 8,
    "uploadThroughput": 750_000 / 8,
}  # fmt: skip
SLOWER_CPU = 4
_FIRST_PAINT = """() => performance.getEntriesByType("paint")
    .find((entry) => entry.name === "first-contentful-paint")?.startTime"""
_LARGEST_PAINT = """() => new Promise((tell) => {
    new PerformanceObserver((list) => tell(list.getEntries().at(-1).startTime))
        .observe({ type: "largest-contentful-paint", buffered: true });
    setTimeout(() => tell(null), 500);
})"""


@dataclass(frozen=True)
class Sent:
    """One file as it came over the wire, headers included."""

    path: str
    bytes: int
    encoding: str


@dataclass
class Wire:
    """What came over the wire, heard from the browser itself."""

    answers: dict[str, tuple[str, str]] = field(default_factory=dict)
    files: list[Sent] = field(default_factory=list)
    socket_bytes: int = 0


@dataclass(frozen=True)
class FirstLoad:
    """One page, loaded cold so many times; paints are medians in seconds."""

    path: str
    loads: int
    kilobytes: float
    files: int
    socket_kilobytes: float
    largest: list[Sent]
    first_paint: float
    largest_paint: float
    content: float
    first_paints: list[float]


def main(port: int, cookie: str, loads: int) -> None:
    """Load the learner's first screen and the sign-in page."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), args=list(CHROMIUM_FLAGS)
        )
        origin = f"http://127.0.0.1:{port}"
        pages = [
            _measure(browser, origin, "/", cookie, "[data-testid=rings]", loads),
            _measure(browser, origin, "/sign-in", "", "form", loads),
        ]
        browser.close()
    print(json.dumps([asdict(page) for page in pages]))


def _measure(
    browser: Browser, origin: str, path: str, cookie: str, awaited: str, loads: int
) -> FirstLoad:
    with _page(browser, origin, cookie) as (page, cdp):
        wire = _listen(cdp)
        page.goto(origin + path)
        page.wait_for_selector(awaited)
        page.wait_for_timeout(1500)
    times = [_slowly(browser, origin, path, cookie, awaited) for _ in range(loads)]
    first, largest, content = zip(*times, strict=True)
    return FirstLoad(
        path=path,
        loads=loads,
        kilobytes=round(sum(each.bytes for each in wire.files) / 1000, 1),
        files=len(wire.files),
        socket_kilobytes=round(wire.socket_bytes / 1000, 1),
        largest=sorted(wire.files, key=lambda each: -each.bytes)[:12],
        first_paint=round(median(first), 2),
        largest_paint=round(median(largest), 2),
        content=round(median(content), 2),
        first_paints=[round(each, 2) for each in first],
    )


def _slowly(
    browser: Browser, origin: str, path: str, cookie: str, awaited: str
) -> tuple[float, float, float]:
    with _page(browser, origin, cookie) as (page, cdp):
        cdp.send("Network.emulateNetworkConditions", SLOW)
        cdp.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER_CPU})
        page.goto(origin + path, wait_until="commit")
        page.wait_for_selector(awaited, timeout=30_000)
        content = page.evaluate("() => performance.now()")
        page.wait_for_timeout(500)
        first = page.evaluate(_FIRST_PAINT)
        return first / 1000, (page.evaluate(_LARGEST_PAINT) or first) / 1000, content / 1000


@contextmanager
def _page(browser: Browser, origin: str, cookie: str) -> Iterator[tuple[Page, CDPSession]]:
    context = browser.new_context(viewport=PHONE, is_mobile=True, has_touch=True, locale="zh-CN")
    if cookie:
        name, _, value = cookie.partition("=")
        context.add_cookies([{"name": name, "value": value, "url": origin}])
    page = context.new_page()
    cdp = context.new_cdp_session(page)
    cdp.send("Network.enable")
    yield page, cdp
    context.close()


def _listen(cdp: CDPSession) -> Wire:
    wire = Wire()

    def answered(event: dict[str, Any]) -> None:
        response = event["response"]
        headers = {name.lower(): value for name, value in response["headers"].items()}
        path = "/" + response["url"].split("/", 3)[-1].split("?")[0]
        wire.answers[event["requestId"]] = path, headers.get("content-encoding", "")

    def loaded(event: dict[str, Any]) -> None:
        path, encoding = wire.answers.get(event["requestId"], ("?", ""))
        if event["encodedDataLength"]:
            wire.files.append(Sent(path, int(event["encodedDataLength"]), encoding))

    def heard(event: dict[str, Any]) -> None:
        wire.socket_bytes += len(event["response"]["payloadData"].encode())

    cdp.on("Network.responseReceived", answered)
    cdp.on("Network.loadingFinished", loaded)
    cdp.on("Network.webSocketFrameReceived", heard)
    return wire


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
