"""信息发布 in the browser: written, looked at, scheduled, published, read, found, taken away."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.adapters.test_attachments import office
from tests.screens.city import DESKTOP, City
from tests.screens.looks import SIZES
from tests.screens.test_pages import NARROWEST, TOO_WIDE, findings, foreign_words

Visit = Callable[..., Page]
TITLE = "关于秋季集中学习的通知"
FORM = office()
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def is_usable(page: Page) -> None:
    assert findings(page) == []
    # The ending of an attachment's name.
    assert set(foreign_words(page)) <= {"docx"}
    assert not page.evaluate(TOO_WIDE)
    seen = page.viewport_size
    assert seen
    page.set_viewport_size({"width": NARROWEST[0], "height": NARROWEST[1]})
    assert not page.evaluate(TOO_WIDE), "at 200 percent"
    page.set_viewport_size(seen)


def is_kept(page: Page) -> None:
    expect(page.get_by_test_id("kept")).to_contain_text("已自动保存")


@SIZES
def test_a_notice_is_written_scheduled_published_read_found_and_taken_away(
    own_city: City, visit: Visit, size: tuple[int, int]
) -> None:
    own_city.change("UPDATE notice SET pinned_until = NULL")
    # What is not ready, or no attachment, is answered so.
    bureau = visit(own_city, own_city.documented("city"), size, allow=["status of 422"])
    bureau.goto("/desk/notices")
    expect(bureau.get_by_test_id("notices")).to_be_visible()
    bureau.get_by_test_id("notice-begin").click()
    expect(bureau.get_by_test_id("notice-form")).to_be_visible()
    bureau.get_by_test_id("notice-title").fill(TITLE)
    _write(bureau)
    expect(bureau.get_by_test_id("preview").locator("strong")).to_have_text("月底以前")
    expect(bureau.get_by_test_id("preview").locator("h2")).to_have_text("小标题")
    is_kept(bureau)
    # Not yet said whom it is for: the sentence stands beside the choice, what was typed stays.
    bureau.get_by_test_id("notice-publish").click()
    expect(bureau.get_by_test_id("audience-error")).to_contain_text("请选择发给谁")
    bureau.get_by_test_id("audience-some").check()
    bureau.get_by_test_id("kind-learner").check()
    _attach(bureau)
    is_usable(bureau)
    bureau.get_by_test_id("publish_on").fill("2020-08-05")
    bureau.get_by_test_id("notice-publish").click()
    expect(bureau.get_by_test_id("done-text")).to_contain_text("将于2020-08-05 08:30")
    learner = visit(own_city, own_city.documented("last_course"), size)
    learner.goto("/news")
    expect(learner.get_by_test_id("news")).to_be_visible()
    expect(learner.get_by_text(TITLE)).to_have_count(0)
    # Another thought: at once.
    bureau.get_by_test_id("publish_on").fill("")
    bureau.get_by_test_id("publish_time").fill("")
    bureau.get_by_test_id("notice-publish").click()
    expect(bureau.get_by_test_id("notice-standing")).to_contain_text("已发布")
    _read(learner)
    stranger = visit(own_city, None, size)
    stranger.goto("/news")
    expect(stranger.get_by_test_id("news")).to_be_visible()
    expect(stranger.get_by_text(TITLE)).to_have_count(0)
    expect(stranger.get_by_test_id("news-unread")).to_have_count(0)
    bureau.get_by_test_id("withdraw-reason").fill("日期有误")
    bureau.get_by_test_id("notice-withdraw").click()
    expect(bureau.get_by_test_id("notice-standing")).to_contain_text("已撤下")
    is_usable(bureau)
    learner.reload()
    expect(learner.get_by_test_id("error-text")).to_contain_text("没有找到这条通知")
    learner.goto("/news?q=集中学习")
    expect(learner.get_by_test_id("nothing-found")).to_be_visible()


def _write(page: Page) -> None:
    body = page.get_by_test_id("notice-body")
    body.fill("请在月底以前完成。")
    body.evaluate("(area) => area.setSelectionRange(2, 6)")
    page.get_by_test_id("mark-bold").click()
    expect(body).to_have_value("请在**月底以前**完成。")
    body.evaluate("(area) => area.setSelectionRange(area.value.length, area.value.length)")
    page.get_by_test_id("mark-heading").click()
    expect(body).to_have_value("请在**月底以前**完成。\n\n## 小标题")


def _attach(page: Page) -> None:
    attach = page.get_by_test_id("notice-attach")
    attach.set_input_files({"name": "假的.docx", "mimeType": WORD, "buffer": b"<html>"})
    expect(page.get_by_test_id("file-error")).to_contain_text("假的.docx：只能上传")
    attach.set_input_files({"name": "报名表.docx", "mimeType": WORD, "buffer": FORM})
    expect(page.get_by_test_id("attached-file")).to_have_text("报名表.docx")
    expect(page.get_by_test_id("file-error")).to_be_empty()


def _read(page: Page) -> None:
    page.goto("/")
    expect(page.get_by_test_id("headline")).to_have_text(TITLE)
    before = int(page.get_by_test_id("headline-unread").inner_text().removesuffix("条未读"))
    is_usable(page)
    page.get_by_test_id("headline-unread").click()
    row = page.get_by_test_id("news-row").filter(has_text=TITLE)
    expect(row).to_contain_text("未读")
    is_usable(page)
    row.get_by_test_id("notice").click()
    expect(page.get_by_test_id("text").locator("strong")).to_have_text("月底以前")
    with page.expect_download() as download:
        page.get_by_test_id("notice-file").click()
    assert download.value.suggested_filename == "报名表.docx"
    assert download.value.path().read_bytes() == FORM
    is_usable(page)
    page.goto("/news?q=集中学习")
    row = page.get_by_test_id("news-row")
    expect(row).to_have_count(1)
    expect(row.locator("mark")).to_have_text("集中学习")
    expect(row).not_to_contain_text("未读")
    page.get_by_test_id("news-search-input").fill("月底")
    page.get_by_test_id("news-search-submit").click()
    expect(row.locator("mark")).to_have_text("月底")
    if before > 1:
        expect(page.get_by_test_id("news-unread")).to_have_text(f"{before - 1}条未读")
        page.get_by_test_id("news-read-all").click()
    expect(page.get_by_test_id("news-unread")).to_have_count(0)
    row.get_by_test_id("notice").click()
    expect(page.get_by_test_id("notice-facts")).to_be_visible()


def test_what_is_typed_without_a_network_is_said_and_kept_afterwards(
    own_city: City, visit: Visit
) -> None:
    page = visit(
        own_city, own_city.documented("county"), DESKTOP, allow=["ERR_INTERNET_DISCONNECTED"]
    )
    page.goto("/desk/notices")
    page.get_by_test_id("notice-begin").click()
    page.get_by_test_id("notice-title").fill("湖东区的通知")
    is_kept(page)
    expect(page.get_by_test_id("only-county")).to_contain_text("湖东区")
    page.context.set_offline(True)
    page.get_by_test_id("notice-body").fill("断网时写的")
    expect(page.get_by_test_id("kept")).to_contain_text("网络中断")
    page.get_by_test_id("notice-publish").click()
    expect(page.get_by_test_id("notice-message")).to_contain_text("没有发布，已填写的内容仍在")
    page.context.set_offline(False)
    is_kept(page)
    expect(page.get_by_test_id("preview")).to_contain_text("断网时写的", timeout=15_000)
    page.reload()
    expect(page.get_by_test_id("notice-body")).to_have_value("断网时写的")
    page.get_by_test_id("notice-drop").click()
    expect(page.get_by_test_id("notice-begin")).to_be_visible()
    drafts = "SELECT count(*) FROM notice WHERE edition = 0 AND office_id IN"
    counties = "(SELECT id FROM organisation WHERE capacities LIKE '%county%')"
    assert own_city.rows(f"{drafts} {counties}") == [(0,)]


def test_a_changed_notice_says_so_and_keeps_what_it_said_before(
    own_city: City, visit: Visit
) -> None:
    page = visit(own_city, own_city.documented("city"), DESKTOP)
    page.goto("/desk/notices?status=published")
    page.get_by_test_id("notice-row").filter(has_text="平台开放").click()
    page.get_by_test_id("notice-body").fill("换了的话。")
    is_kept(page)
    expect(page.get_by_test_id("changed")).to_be_visible()
    page.get_by_test_id("notice-publish").click()
    expect(page.get_by_test_id("edition")).to_have_count(2)
    is_usable(page)
    page.get_by_test_id("notice-see").click()
    expect(page.get_by_test_id("notice-facts")).to_contain_text("已于2020-08-03更新")
    expect(page.get_by_test_id("text")).to_have_text("换了的话。")
    page.emulate_media(media="print")
    expect(page.get_by_test_id("text")).to_be_visible()
    expect(page.get_by_test_id("print")).to_be_hidden()
