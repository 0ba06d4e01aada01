"""学时审核 in the browser: by keys, many at once, taken back, with a colleague beside."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.screens.city import DESKTOP, City
from tests.screens.claiming import open_claim, state
from tests.screens.looks import SIZES
from tests.screens.test_claiming import is_usable

Visit = Callable[..., Page]
WAITING = (
    "SELECT c.id FROM claim c JOIN organisation o ON o.id = c.office_id"
    " WHERE c.status = 'submitted' AND o.name = '运河市第一人民医院' ORDER BY waiting_since, c.id"
)


def waiting(city: City) -> list[int]:
    return [row[0] for row in city.rows(WAITING)]


def first_key(page: Page) -> None:
    """Press J until somebody listens: what hears the keys is fetched after the page."""
    for _ in range(20):
        page.keyboard.press("j")
        page.wait_for_timeout(500)
        if page.get_by_test_id("verdict").count():
            return


def test_a_morning_by_keys_alone(own_city: City, visit: Visit) -> None:
    page = visit(own_city, own_city.documented("employer"), DESKTOP)
    before = waiting(own_city)
    assert len(before) >= 4
    page.goto("/desk/claims")
    rows = page.get_by_test_id("queue-row")
    expect(rows).to_have_count(len(before))
    first_key(page)
    expect(page.get_by_test_id("verdict")).to_be_visible()
    expect(rows.first).to_have_attribute("aria-current", "true")
    page.wait_for_timeout(800)
    page.keyboard.press("p")
    expect(page.get_by_test_id("done-text")).to_contain_text("通过，转主管部门审验")
    # The next opened by itself; a second press at once decides nothing.
    expect(rows).to_have_count(len(before) - 1)
    page.keyboard.press("p")
    page.wait_for_timeout(900)
    assert waiting(own_city) == before[1:]
    page.keyboard.press("j")
    expect(rows.nth(1)).to_have_attribute("aria-current", "true")
    page.keyboard.press("k")
    expect(rows.first).to_have_attribute("aria-current", "true")
    page.wait_for_timeout(800)
    page.keyboard.press("r")
    page.keyboard.type("不属于继续教育")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_test_id("done-text")).to_contain_text("不予通过")
    assert state(own_city, before[1]) == ("rejected", "done")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_test_id("keys").locator("dl")).to_be_visible()
    is_usable(page)


@SIZES
def test_a_proof_is_turned_zoomed_and_seen_beside_the_form(
    city: City, visit: Visit, size: tuple[int, int]
) -> None:
    page = visit(city, city.documented("employer"), size)
    open_claim(page, waiting(city)[0])
    picture = page.get_by_test_id("viewed")
    page.wait_for_function("() => document.querySelector('[data-rx-viewed]').naturalWidth > 400")
    page.get_by_test_id("view-turn").click()
    assert "rotate(90deg)" in (picture.get_attribute("style") or "")
    page.get_by_test_id("view-zoom").click()
    assert "160%" in (picture.get_attribute("style") or "")
    is_usable(page)


def test_hours_are_lowered_with_a_reason_and_points_are_answered_for(
    own_city: City, visit: Visit
) -> None:
    page = visit(own_city, own_city.documented("employer"), DESKTOP)
    claim = waiting(own_city)[0]
    open_claim(page, claim)
    page.get_by_test_id("point-truth").uncheck()
    page.get_by_test_id("decide-pass").click()
    expect(page.get_by_test_id("points-error")).to_contain_text("证明材料真实")
    page.get_by_test_id("point-truth").check()
    hours = page.locator("#hours")
    hours.fill("5")
    page.get_by_test_id("decide-pass").click()
    expect(page.get_by_test_id("note-error")).to_contain_text("核减")
    expect(hours).to_have_value("5")
    page.get_by_test_id("note").fill("按五学时认可")
    page.get_by_test_id("decide-pass").click()
    expect(page.get_by_test_id("done-text")).to_contain_text("通过")
    assert own_city.rows("SELECT hours FROM claim WHERE id = ?", claim) == [(50,)]


def test_many_at_once_each_by_the_same_guard(own_city: City, visit: Visit) -> None:
    page = visit(own_city, own_city.documented("employer"), DESKTOP)
    page.goto("/desk/claims")
    before = waiting(own_city)
    boxes = page.get_by_test_id("pick")
    expect(boxes).to_have_count(len(before))
    for place in range(3):
        boxes.nth(place).check()
    page.get_by_text("勾选多项一并通过").click()
    page.get_by_test_id("pass-many").click()
    expect(page.get_by_test_id("sure-error")).to_contain_text("请先确认")
    # A colleague was faster with one of them.
    own_city.change("UPDATE claim SET version = version + 1 WHERE id = ?", before[1])
    page.get_by_test_id("sure").check()
    page.get_by_test_id("pass-many").click()
    expect(page.get_by_test_id("results").locator("li")).to_have_count(3)
    expect(page.get_by_test_id("done-text")).to_contain_text("所选3项中，通过2项")
    assert [state(own_city, id) for id in before[:3]] == [
        ("submitted", "authority"), ("submitted", "employer"), ("submitted", "authority"),
    ]  # fmt: skip
    is_usable(page)


def test_a_word_is_taken_back_and_shown_again(own_city: City, visit: Visit) -> None:
    page = visit(own_city, own_city.documented("employer"), DESKTOP)
    claim = waiting(own_city)[0]
    open_claim(page, claim)
    page.get_by_test_id("decide-pass").click()
    expect(page.get_by_test_id("done-text")).to_contain_text("通过")
    page.get_by_text("收回刚才的意见").first.click()
    page.locator("#back").first.fill("点错了")
    page.get_by_test_id("take-back").first.click()
    expect(page.get_by_test_id("done-text")).to_contain_text("已收回")
    assert state(own_city, claim) == ("submitted", "employer")
    page.goto("/desk/claims?place=done")
    expect(page.get_by_test_id("decided-row").first).to_contain_text("收回意见")


def test_phrases_are_kept_for_next_time(own_city: City, visit: Visit) -> None:
    page = visit(own_city, own_city.documented("employer"), DESKTOP)
    open_claim(page, waiting(own_city)[0])
    page.get_by_test_id("note").fill("请补盖单位公章")
    page.get_by_text("常用语", exact=True).click()
    page.get_by_test_id("phrase-keep").click()
    phrase = page.get_by_test_id("phrase").filter(has_text="请补盖单位公章")
    expect(phrase).to_be_visible()
    page.get_by_test_id("note").fill("")
    phrase.click()
    expect(page.get_by_test_id("note")).to_have_value("请补盖单位公章")
    page.get_by_test_id("phrase-drop").click()
    expect(phrase).to_have_count(0)


def test_filters_stay_in_the_address_and_back_brings_them_back(city: City, visit: Visit) -> None:
    page = visit(city, city.documented("employer"), DESKTOP)
    page.goto("/desk/claims")
    expect(page.get_by_test_id("queue-row").first).to_be_visible()
    page.get_by_text("筛选", exact=True).click()
    page.locator("#rule").select_option("paper")
    page.get_by_test_id("narrow").click()
    page.wait_for_url("**rule=paper**")
    expect(page.get_by_test_id("queue-row")).to_have_count(1)
    page.reload()
    expect(page.locator("#rule")).to_have_value("paper")
    expect(page.get_by_test_id("queue-row")).to_have_count(1)


def test_a_colleague_who_has_it_open_is_named(own_city: City, visit: Visit) -> None:
    claim, clerk = waiting(own_city)[0], own_city.documented("employer")
    other = own_city.rows(
        "SELECT id, name FROM person WHERE id != ? AND activated_at IS NOT NULL LIMIT 1", clerk.id
    )[0]
    own_city.change(
        "INSERT INTO claim_lock (claim_id, by_id, since, until)"
        " VALUES (?, ?, datetime('now'), datetime('now', '+5 minutes'))", claim, other[0],
    )  # fmt: skip
    page = visit(own_city, clerk, DESKTOP)
    page.goto("/desk/claims")
    expect(page.get_by_test_id("queue-row").first).to_contain_text(f"{other[1]}正在查看")
    open_claim(page, claim)
    expect(page.get_by_test_id("held")).to_contain_text(other[1])
