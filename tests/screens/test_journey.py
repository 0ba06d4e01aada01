"""What the platform is for, from the first sign-in to a certificate that a stranger checks."""

from __future__ import annotations

import io
import json
import re
import secrets
import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Download, Locator, Page, expect

from rxapp.rules import certificate_numbers
from tests.screens.city import DESKTOP, PHONE, YEAR, City, Somebody
from tests.screens.lesson import WAIT_MS, choose, open_player, pause, play, status
from tests.screens.looks import SIZES

Visit = Callable[..., Page]

# What the browser itself writes to its console when the service refuses something.
REFUSED = ["Failed to load resource"]
OFFLINE = ["ERR_INTERNET_DISCONNECTED", "ERR_NETWORK", "Failed to load resource", "WebSocket"]
PASSWORD = "Xuexi-2020-Zhiwei"
# What 林知夏 fills in, by field; the first mobile is not the one that was collected.
WRONG_MOBILE = "15400009999"
RECORD = {
    "field": "卫生健康", "title_series": "卫生技术", "title_level": "中级", "education": "大学本科",
}  # fmt: skip


@pytest.fixture
def learner(city: City) -> Somebody:
    """Somebody of this test's own."""
    return city.learner()


@SIZES
def test_a_collected_person_activates_and_sees_what_to_do_next(
    own_city: City, visit: Visit, size: tuple[int, int]
) -> None:
    new = own_city.documented("new")
    page = visit(own_city, viewport=size, allow=REFUSED)
    page.goto("/")
    fill_sign_in(page, new.number[:-1] + new.number[-1].lower(), new.number[-6:])
    page.wait_for_url("**/activate")
    only_activation_can_be_reached(page)

    typed = {"name": new.name, "mobile": WRONG_MOBILE, "post": "内科医师"}
    fill_activation(page, typed)
    page.get_by_test_id("activate-submit").click()
    fault = page.get_by_test_id("activate").locator(
        "[role=alert]", has_text=re.compile(r"手机|姓名")
    )
    expect(fault.first).to_be_visible()
    assert fault.first.inner_text().endswith("。")
    assert typed_values(page) == typed | RECORD | {
        "new_password": PASSWORD, "new_password_again": PASSWORD, "code": "",
    }  # fmt: skip

    page.get_by_test_id("mobile").fill(new.mobile)
    page.get_by_test_id("activate-submit").click()
    page.wait_for_url(own_city.address + "/")
    expect(page.get_by_test_id("rings").locator(".ring")).to_have_count(3)
    assert ring_numbers(page) == {"public": "0/30", "professional": "0/60", "total": "0/90"}
    expect(page.get_by_test_id("next-step")).to_contain_text("公需科目")
    page.get_by_test_id("next-step-go").click()
    expect(page.get_by_test_id("title")).to_have_text("公需科目培训")


@SIZES
def test_the_last_course_completes_the_year_and_a_stranger_checks_the_certificate(
    own_city: City, visit: Visit, size: tuple[int, int], tmp_path: Path
) -> None:
    who = own_city.documented("last_course")
    page = visit(own_city, viewport=size)
    page.goto("/")
    fill_sign_in(page, who.number, who.password)
    expect(page.get_by_test_id("ring-total")).to_be_visible()
    before = ring_numbers(page)
    assert before["total"] == "86/90"

    page.get_by_test_id("resume").click()
    asked = watch_to_the_end(page, own_city, who)
    assert asked >= 2, "a wrong answer brings another question"
    page.get_by_test_id("menu-ring").click()
    expect(page.get_by_test_id("ring-total").locator(".ring-number")).to_have_text("90/ 90")
    assert {said.partition("/")[0] for said in ring_numbers(page).values()} >= {"90"}
    credit = own_city.rows(
        "SELECT count(*), sum(hours) FROM credit WHERE person_id = ? AND source_key = ?",
        who.id, f"course:{YEAR}-zy-ny-04",
    )  # fmt: skip
    assert credit == [(1, 40)], "four hours, once"

    page.get_by_test_id("next-step-go").click()
    file = issue_twice(page)
    text = printed(file, tmp_path, who)
    facts = json.loads(own_city.rows("SELECT facts FROM certificate")[0][0])
    assert not [said for said in texts(facts) if squeezed(said) not in text]

    address = code_of(file, tmp_path)
    assert address.startswith(f"{own_city.address}/verify/{facts['number']}?s=")
    shown_to_a_stranger(visit(own_city, viewport=size), address, facts)
    plain_answers_to_what_is_false(visit(own_city, viewport=size, allow=REFUSED), address)
    page.get_by_test_id("certificate").scroll_into_view_if_needed()
    sign_out(page)
    back_shows_nothing(page, who)


def test_a_reload_keeps_one_signed_in_and_leaving_ends_it_everywhere_in_the_browser(
    city: City, learner: Somebody, visit: Visit
) -> None:
    page = visit(city, learner, allow=REFUSED)
    page.goto("/years")
    expect(page.get_by_test_id("year").first).to_be_visible()
    page.reload()
    expect(page.get_by_test_id("year").first).to_be_visible()
    other = page.context.new_page()
    other.goto("/me")
    expect(other.locator("main")).to_contain_text(learner.name)
    sign_out(other)
    back_shows_nothing(other, learner)
    page.reload()
    page.wait_for_url("**/sign-in**")
    expect(page.locator("body")).not_to_contain_text(learner.name)


def test_the_next_person_in_the_same_tab_sees_nothing_of_the_one_before(
    city: City, learner: Somebody, visit: Visit
) -> None:
    page, after = visit(city, learner), city.learner()
    page.goto("/me")
    expect(page.locator("main")).to_contain_text(learner.name)
    sign_out(page)
    fill_sign_in(page, after.number, after.password)
    page.wait_for_url(city.address + "/")
    for path in ("/", "/years", "/me"):
        page.goto(path)
        expect(page.get_by_test_id("menu-person")).to_contain_text(after.name)
        expect(page.locator("body")).not_to_contain_text(learner.name)


@pytest.mark.parametrize("together", [True, False], ids=["two tabs", "two devices"])
def test_the_newer_window_counts_and_the_older_says_so_and_can_take_over(
    city: City, learner: Somebody, visit: Visit, together: bool
) -> None:
    lesson = city.unbegun_lesson(learner)
    older = visit(city, learner, allow=REFUSED)
    elsewhere = None if together else visit(city, learner, PHONE, allow=REFUSED)
    newer = elsewhere or older.context.new_page()
    open_player(older, lesson)
    play(older)
    older.wait_for_timeout(2_000)
    open_player(newer, lesson)
    play(newer)
    older.get_by_test_id("player-play").click()
    replaced(older)
    newer.wait_for_timeout(2_000)
    expect(status(newer)).to_have_text("计入中")

    older.get_by_test_id("player-here").click()
    expect(status(older)).to_have_text("计入中", timeout=WAIT_MS)
    newer.get_by_test_id("player-play").click()
    replaced(newer)
    held = city.credited_ms(learner, lesson)
    older.wait_for_timeout(2_500)
    pause(older)
    assert city.credited_ms(learner, lesson) >= held + 1_500


def test_a_lost_network_pauses_at_once_says_so_and_goes_on_without_a_reload(
    city: City, learner: Somebody, visit: Visit
) -> None:
    lesson = city.unbegun_lesson(learner)
    page = visit(city, learner, PHONE, allow=OFFLINE)
    open_player(page, lesson)
    page.evaluate("window.notReloaded = true")
    play(page)
    page.wait_for_timeout(2_000)
    page.context.set_offline(True)
    expect(status(page)).to_contain_text("网络中断，视频已暂停", timeout=10_000)
    film = page.locator("video")
    stood = film.evaluate("film => [film.paused, film.currentTime]")
    page.wait_for_timeout(2_000)
    assert film.evaluate("film => [film.paused, film.currentTime]") == stood
    assert stood[0] is True
    held = city.credited_ms(learner, lesson)
    page.context.set_offline(False)
    expect(status(page)).to_have_text("计入中", timeout=WAIT_MS)
    page.wait_for_timeout(2_500)
    pause(page)
    assert city.credited_ms(learner, lesson) >= held + 3_000, "the seconds before count as well"
    assert page.evaluate("window.notReloaded")


def test_another_device_goes_on_from_what_was_credited(
    city: City, learner: Somebody, visit: Visit
) -> None:
    lesson = city.unbegun_lesson(learner)
    phone = visit(city, learner, PHONE)
    open_player(phone, lesson)
    play(phone)
    phone.wait_for_timeout(4_000)
    pause(phone)
    held = city.credited_ms(learner, lesson)
    assert held >= 3_000
    phone.close()
    desk = visit(city, learner, DESKTOP)
    desk.goto("/")
    begun = desk.get_by_test_id("resume").and_(desk.locator(f"[href='/learn/{lesson}']"))
    begun.click()
    expect(desk.get_by_test_id("player-amount")).to_contain_text(f"已学 {held // 1000}秒")
    place = desk.locator("video").evaluate("film => film.currentTime * 1000")
    assert abs(place - held) < 500
    play(desk)
    desk.wait_for_timeout(2_500)
    pause(desk)
    assert held + 1_500 <= city.credited_ms(learner, lesson) <= held + 5_000


# ---- the steps, in the order they are taken ----------------------------------------------------


def fill_sign_in(page: Page, number: str, password: str) -> None:
    page.get_by_test_id("identity_number").fill(number)
    page.get_by_test_id("password").fill(password)
    page.get_by_test_id("sign-in-submit").click()


def only_activation_can_be_reached(page: Page) -> None:
    for path in ("/", "/years", f"/years/{YEAR}", "/me", "/courses/public", "/learn/17", "/desk"):
        page.goto(path)
        page.wait_for_url("**/activate")
        expect(page.get_by_test_id("activate-submit")).to_be_visible()


def fill_activation(page: Page, typed: dict[str, str]) -> None:
    for name, said in typed.items():
        page.get_by_test_id(name).fill(said)
    for name, chosen in RECORD.items():
        page.get_by_test_id(name).select_option(chosen)
    for name in ("new_password", "new_password_again"):
        page.get_by_test_id(name).fill(PASSWORD)


def typed_values(page: Page) -> dict[str, str]:
    return page.get_by_test_id("activate").evaluate(
        "form => Object.fromEntries(new FormData(form).entries())"
    )


def ring_numbers(page: Page) -> dict[str, str]:
    return {
        kind: page.get_by_test_id(f"ring-{kind}").locator(".ring-number").inner_text()
        .replace("\n", "").replace(" ", "")
        for kind in ("public", "professional", "total")
    }  # fmt: skip


def watch_to_the_end(page: Page, where: City, who: Somebody) -> int:
    """Watch, answer the first question wrongly and every other one rightly; how many came."""
    expect(page.get_by_test_id("player-amount")).to_contain_text("共 1分", timeout=WAIT_MS)
    play(page)
    asked = 0
    while not finished(page):
        if page.get_by_test_id("quiz-submit").is_visible():
            asked += 1
            answer_right(page, where, who) if asked > 1 else answer_wrong(page, where, who)
        page.wait_for_timeout(250)
    expect(status(page)).to_have_text("已完成本课程，获得 4 学时，已自动记入学习档案")
    return asked


def finished(page: Page) -> bool:
    said = status(page).inner_text()
    # Said only when something went wrong: better now than after minutes of waiting.
    assert "停止" not in said, said
    assert "失效" not in said, said
    return "已完成" in said


def answer_wrong(page: Page, where: City, who: Somebody) -> None:
    quiz = page.get_by_test_id("quiz")
    stem = quiz.locator("legend").inner_text()
    choose(page, where.key(who)[1])
    expect(page.get_by_test_id("quiz-said")).to_contain_text("回答不正确，请回看")
    expect(page.get_by_test_id("quiz-wait")).to_contain_text("秒后回答下一题")
    assert page.locator("video").evaluate("film => film.paused")
    expect(page.get_by_test_id("quiz-submit")).to_be_visible(timeout=WAIT_MS)
    assert quiz.locator("legend").inner_text() != stem, "the same question again"


def answer_right(page: Page, where: City, who: Somebody) -> None:
    choose(page, where.key(who)[0])
    expect(page.get_by_test_id("quiz-said")).to_have_text("回答正确，继续学习")
    expect(page.get_by_test_id("quiz")).to_be_hidden()


def issue_twice(page: Page) -> bytes:
    """Have the certificate issued, press again, and fetch the file as a finger would."""
    expect(page.get_by_test_id("title")).to_have_text(f"{YEAR}年度完成情况")
    page.get_by_test_id("issue-submit").click()
    number = issued_number(page)
    page.get_by_test_id("issue-submit").click()
    page.wait_for_timeout(1_500)
    assert issued_number(page) == number
    expect(page.get_by_test_id("certificate-file")).to_have_count(1)
    with page.context.expect_event("download") as downloading:
        page.get_by_test_id("certificate-file").click()
    download: Download = downloading.value
    assert download.suggested_filename.endswith(f"学时证明（{YEAR}年度）.pdf")
    return Path(download.path()).read_bytes()


def issued_number(page: Page) -> str:
    row = page.get_by_test_id("certificates").locator("tbody tr")
    expect(row).to_have_count(1, timeout=WAIT_MS)
    return certificate_numbers.parse(row.locator("td, th").first.inner_text())


def printed(file: bytes, folder: Path, who: Somebody) -> str:
    """The words on the certificate, without spaces, after its seal and privacy were looked at."""
    path = folder / "certificate.pdf"
    path.write_bytes(file)
    said = tool("pdfsig", path)
    assert "Signature is Valid" in said
    assert "Total document signed" in said
    text = squeezed(tool("pdftotext", "-raw", path, "-"))
    for private in (who.number, who.number[6:14]):
        assert private not in text
        assert private.encode() not in file
        assert private not in tool("pdfinfo", "-meta", path)
    return text


def texts(facts: dict[str, Any]) -> list[str]:
    """Every word of a certificate's record as it is printed."""
    found: list[str] = []
    for name, said in facts.items():
        if name in ("format", "sample", "verify_url"):
            continue
        if isinstance(said, dict):
            found += said.values()
        elif isinstance(said, list):
            found += [word for line in said for word in line.values()]
        else:
            found.append(in_words(said) if name == "issued_on" else said)
    return [said for said in found if said]


def in_words(day: str) -> str:
    read = date.fromisoformat(day)
    return f"{read.year}年{read.month}月{read.day}日"


def squeezed(text: str) -> str:
    return "".join(text.split())


def code_of(file: bytes, folder: Path) -> str:
    """The address in the QR code, read from a print of 100 dots to the inch."""
    path = folder / "certificate.pdf"
    path.write_bytes(file)
    subprocess.run(
        ["pdftoppm", "-r", "100", "-png", "-singlefile", path, folder / "print"], check=True
    )
    found = zxingcpp.read_barcodes(Image.open(io.BytesIO((folder / "print.png").read_bytes())))
    assert len(found) == 1
    return found[0].text


def shown_to_a_stranger(page: Page, address: str, facts: dict[str, Any]) -> None:
    page.goto(address)
    expect(page.get_by_test_id("verdict-box")).to_contain_text("证明真实有效")
    seen = squeezed(page.locator("main").inner_text())
    # The page writes days in words, the paper's lines in figures.
    lines = [line | {"earned_on": in_words(line["earned_on"])} for line in facts["lines"]]
    assert not [said for said in texts(facts | {"lines": lines}) if squeezed(said) not in seen]
    assert re.search(r"\d{17}[\dX]", seen) is None


def plain_answers_to_what_is_false(page: Page, address: str) -> None:
    """A changed, an unknown and an unfitting certificate: one sentence each, nothing printed."""
    path, _, signature = address.partition("?s=")
    place = path.index("/verify/") + len("/verify/")
    number = path[place:]
    changed = number[:2] + ("7" if number[2] != "7" else "8") + number[3:]
    unknown = certificate_numbers.make(secrets.randbits(60))
    mended = signature[:9] + ("A" if signature[9] != "A" else "B") + signature[10:]
    for asked, answer in (
        (f"{path[:place]}{changed}", "证明编号有误"),
        (f"{path[:place]}{unknown}", "没有查到该编号的学时证明"),
        (f"{path}?s={mended}", "二维码中的签名与该编号的学时证明不符"),
    ):
        page.goto(asked)
        expect(page.get_by_test_id("error")).to_contain_text(answer)
        expect(page.get_by_test_id("facts")).to_have_count(0)
        expect(page.locator("body")).not_to_contain_text("证明真实有效")
    page.get_by_test_id("number").fill(number.lower().replace("-", " "))
    page.get_by_test_id("verify-submit").click()
    expect(page.get_by_test_id("verdict-box")).to_contain_text("证明真实有效")


def sign_out(page: Page) -> None:
    page.goto("/me")
    button: Locator = page.get_by_test_id("sign-out")
    button.click()
    page.wait_for_url("**/sign-in**")
    expect(page.get_by_test_id("sign-in-submit")).to_be_visible()


def back_shows_nothing(page: Page, who: Somebody) -> None:
    page.go_back()
    for _ in range(5):
        assert who.name not in page.locator("body").inner_text()
        page.wait_for_timeout(100)
    page.wait_for_url("**/sign-in**")
    assert who.name not in page.locator("body").inner_text()


def replaced(page: Page) -> None:
    expect(status(page)).to_have_text("已在另一窗口或设备打开，此处已停止")
    assert page.locator("video").evaluate("film => film.paused")
    expect(page.get_by_test_id("player-here")).to_be_visible()


def tool(*command: str | Path) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
