"""Run inside a network of its own, in which there is nothing but this machine: the main things.

`unshare -rn python -m tests.screens.offline TEMPLATE FOLDER`; prints what was reached.
"""

from __future__ import annotations

import fcntl
import socket
import struct
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from tests import servers
from tests.screens.city import CLI, YEAR, City, environment_of, serving, sign_in
from tests.screens.lesson import open_player, play, wait_until
from tests.serving import ROOT, command

# An address that is set aside for examples: nobody is there anywhere.
OUTSIDE = ("192.0.2.1", 80)
SET_FLAGS, UP = 0x8914, 0x1


def main(template: Path, folder: Path) -> None:
    """Serve and use the city without any network."""
    _raise_loopback()
    try:
        socket.create_connection(OUTSIDE, timeout=3)
    except OSError as error:
        print(f"outside: {error.strerror}")
    with serving(template, folder, servers.free_port) as city:
        _use(city)
    environment = environment_of(folder / "data", servers.free_port())
    said = subprocess.run(
        command(*CLI, "doctor"), env=environment, cwd=ROOT, capture_output=True, text=True,
        check=False,
    ).stdout  # fmt: skip
    print(f"doctor: {said.splitlines()[-1]}")


def _use(city: City) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=servers.find_chromium(), args=list(servers.CHROMIUM_FLAGS)
        )
        page = browser.new_page(base_url=city.address)
        learner = city.learner()
        sign_in(page, city, learner)
        page.goto("/")
        expect(page.get_by_test_id("rings").locator(".ring")).to_have_count(3)
        lesson = city.unbegun_lesson(learner)
        open_player(page, lesson)
        play(page)
        wait_until(page, lambda: city.credited_ms(learner, lesson) > 1_000)
        print("lesson: credited")
        sign_in(page, city, city.documented("complete"))
        page.goto(f"/years/{YEAR}")
        page.get_by_test_id("issue-submit").click()
        with page.context.expect_event("download") as downloading:
            page.get_by_test_id("certificate-file").first.click()
        print(f"certificate: {Path(downloading.value.path()).read_bytes()[:4].decode()}")
        browser.close()


def _raise_loopback() -> None:
    """Even the way to oneself is down in a new network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SET_FLAGS, struct.pack("16sh14x", b"lo", UP))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
