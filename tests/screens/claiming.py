"""What the tests of claims share: a page to photograph, a form filled in, a claim decided on."""

from __future__ import annotations

import io

from PIL import Image
from playwright.sync_api import Page, expect

from tests.screens.city import City, Somebody

# People of the hospital who can sign in, are nobody's clerk and have claimed nothing yet.
COLLEAGUES = (
    "SELECT p.id FROM person p JOIN organisation o ON o.id = p.organisation_id"
    " WHERE o.name = '运河市第一人民医院' AND p.activated_at IS NOT NULL"
    " AND NOT EXISTS (SELECT 1 FROM membership m WHERE m.person_id = p.id)"
    " AND NOT EXISTS (SELECT 1 FROM claim c WHERE c.person_id = p.id) ORDER BY p.id"
)
# Of these, who lacks nothing but at most forty professional hours.
ALMOST = (
    "SELECT p.id FROM person p JOIN organisation o ON o.id = p.organisation_id"
    " JOIN year_total t ON t.person_id = p.id AND t.year = 2020"
    " WHERE o.name = '运河市第一人民医院' AND p.activated_at IS NOT NULL"
    " AND NOT EXISTS (SELECT 1 FROM membership m WHERE m.person_id = p.id)"
    " AND t.required >= 200 AND t.elective >= 100 AND t.professional BETWEEN 200 AND 599"
    " ORDER BY p.id"
)


def photograph(shade: int = 200, size: tuple[int, int] = (1200, 900)) -> bytes:
    """A photograph as a phone takes it, with the place it was taken at."""
    image = Image.new("RGB", size, (shade, shade, 180))
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (35.0, 24.0, 0.0), 3: "E", 4: (116.0, 35.0, 0.0)}
    written = io.BytesIO()
    image.save(written, "JPEG", exif=exif)
    return written.getvalue()


def begin(page: Page, rule: str) -> int:
    """Begin a claim under a category; returns its id."""
    page.goto("/claim/new")
    page.get_by_test_id(f"rule-{rule}").click()
    expect(page.get_by_test_id("claim-form")).to_be_visible()
    return int(page.url.rpartition("/")[2])


def fill(page: Page, **typed: str) -> None:
    """Fill fields of the form, and wait until they are kept."""
    for name, text in typed.items():
        field = page.get_by_test_id(f"claim-{name}")
        if field.evaluate("node => node.tagName") == "SELECT":
            field.select_option(text)
        else:
            field.fill(text)
    expect(page.get_by_test_id("kept")).to_contain_text("已自动保存")


def attach(page: Page, need: str, shade: int = 200, name: str = "证书照片") -> None:
    """Photograph one proof and wait until it is there."""
    place = page.get_by_test_id(f"need-{need}")
    before = place.get_by_test_id("proof-file").count()
    page.get_by_test_id(f"file-{need}").set_input_files(
        {"name": name, "mimeType": "image/jpeg", "buffer": photograph(shade)}
    )
    expect(place.get_by_test_id("proof-file")).to_have_count(before + 1)


def send(page: Page) -> None:
    """Send the claim in."""
    page.get_by_test_id("claim-submit").click()
    page.wait_for_url("**?new=1")
    expect(page.get_by_test_id("done-text")).to_contain_text("受理编号")


def open_claim(page: Page, claim_id: int) -> None:
    """Open one claim in the queue and give it the look it needs."""
    # As in a new tab: this one would show what it had open before until the page is filled.
    if page.url.startswith("http"):
        page.evaluate("sessionStorage.clear()")
    page.goto(f"/desk/claims?claim={claim_id}")
    expect(page.get_by_test_id("open-claim")).to_be_visible()
    # A press right after it opened is taken for the second press of one finger.
    page.wait_for_timeout(800)


def decide(page: Page, claim_id: int, act: str, note: str = "") -> None:
    """Open one claim and give a word on it."""
    open_claim(page, claim_id)
    if note:
        page.get_by_test_id("note").fill(note)
    page.get_by_test_id(f"decide-{act}").click()
    expect(page.get_by_test_id("done-text")).to_be_visible()


def state(city: City, claim_id: int) -> tuple[str, str]:
    """Where a claim stands: status and step."""
    return city.rows("SELECT status, step FROM claim WHERE id = ?", claim_id)[0]


def somebody(city: City, sql: str = COLLEAGUES, place: int = 0) -> Somebody:
    """A person of the hospital."""
    return city.person(city.rows(sql)[place][0])
