"""A base makes a course, the bureau publishes it, a learner finds it; an edition, a withdrawal."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter
from playwright.sync_api import Page, expect

from rxapp.rules.question_forms import COLUMNS
from tests.films import film
from tests.screens.city import DESKTOP, PHONE, City
from tests.screens.test_pages import TOO_WIDE, findings, foreign_words

Visit = Callable[..., Page]
TITLE = "水文测验新技术"
FACTS = {"title": TITLE, "series": "水利工程", "hours": "0.1", "summary": "介绍新的测验方法。"}


def is_usable(page: Page) -> None:
    assert findings(page) == []
    assert foreign_words(page) == []
    assert not page.evaluate(TOO_WIDE)


def table_of_questions(folder: Path) -> Path:
    """Five right rows and a wrong one, as a maker fills the template in."""
    path = folder / "题库.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, [label for _, label in COLUMNS])
    for row in range(1, 6):
        sheet.write_row(row, 0, ["单选题", f"第{row}个问题是什么？", "甲", "乙", "丙"])
        sheet.write(row, 10, "A")
    sheet.write_row(6, 0, ["单选题", "没有答案的一题", "甲", "乙"])
    book.close()
    return path


def make_course(page: Page, folder: Path) -> int:
    page.goto("/desk/courses")
    page.get_by_test_id("course-new").click()
    page.wait_for_url(re.compile(r"/desk/courses/\d+$"))
    id = int(page.url.rpartition("/")[2])
    expect(page.get_by_test_id("missing")).to_be_visible()
    for name, value in FACTS.items():
        page.get_by_test_id(f"fact-{name}").fill(value)
    page.get_by_test_id("fact-subject").select_option("professional")
    expect(page.get_by_role("heading", name=TITLE)).to_be_visible()
    is_usable(page)
    page.get_by_test_id("lesson-title").fill("第一讲")
    page.get_by_test_id("lesson-add").click()
    page.wait_for_url(re.compile("lesson="))
    expect(page.get_by_test_id("lesson-panel")).to_be_visible()
    with page.expect_response("**/api/courses/finish"):
        page.get_by_test_id("film-file").set_input_files(
            {"name": "第一讲.mp4", "mimeType": "video/mp4", "buffer": film().read_bytes()}
        )
    expect(page.get_by_test_id("film")).to_be_visible(timeout=30_000)
    page.get_by_test_id("question-file").set_input_files(table_of_questions(folder))
    expect(page.get_by_test_id("imported")).to_contain_text("新增5题")
    expect(page.get_by_test_id("question-faults")).to_contain_text("第7行")
    expect(page.get_by_test_id("question")).to_have_count(5)
    is_usable(page)
    return id


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_base_makes_a_course_that_is_published_learned_renewed_and_withdrawn(
    own_city: City, visit: Visit, tmp_path: Path, size: tuple[int, int]
) -> None:
    base = visit(own_city, own_city.documented("base"), size)
    id = make_course(base, tmp_path)
    type_a_question(base)
    base.get_by_test_id("lesson-close").click()
    expect(base.get_by_test_id("whole")).to_be_visible()
    base.get_by_test_id("course-submit").click()
    expect(base.get_by_test_id("done-text")).to_contain_text("已提交")
    expect(base.get_by_test_id("course-recall")).to_be_visible()

    bureau = visit(own_city, own_city.documented("city"), size)
    bureau.goto("/desk")
    bureau.get_by_test_id("courses-waiting").click()
    expect(bureau.get_by_test_id("reviews")).to_contain_text(TITLE)
    is_usable(bureau)
    bureau.get_by_role("link", name=TITLE).click()
    expect(bureau.get_by_test_id("film")).to_be_visible()
    bureau.get_by_test_id("lesson-questions").locator("summary").first.click()
    expect(bureau.get_by_test_id("question")).to_have_count(6)
    is_usable(bureau)
    bureau.get_by_test_id("course-return").click()
    expect(bureau.get_by_test_id("reason-error")).to_contain_text("请填写理由")
    bureau.get_by_test_id("course-publish").click()
    expect(bureau.get_by_test_id("done-text")).to_contain_text("已发布")

    learner = own_city.learner()
    page = visit(own_city, learner, size)
    page.goto(f"/courses/professional?q={TITLE}")
    expect(page.get_by_text("运河市专业技术人员培训中心").first).to_be_visible()
    is_usable(page)
    page.get_by_test_id("course").click()
    page.wait_for_url(re.compile("/course/"))
    expect(page.get_by_test_id("go-learn")).to_be_visible()
    is_usable(page)
    page.get_by_test_id("go-learn").click()
    expect(page.get_by_test_id("player-big")).to_be_visible()

    base.goto(f"/desk/courses/{id}")
    base.get_by_test_id("course-renew").click()
    base.wait_for_url(re.compile(rf"/desk/courses/(?!{id}$)\d+$"))
    newer = int(base.url.rpartition("/")[2])
    base.get_by_test_id("fact-title").fill(f"{TITLE}（修订）")
    base.get_by_test_id("fact-title").blur()
    expect(base.get_by_role("heading", name="修订")).to_be_visible()
    base.get_by_test_id("course-submit").click()
    expect(base.get_by_test_id("done-text")).to_contain_text("已提交")
    bureau.goto(f"/desk/courses/{newer}/preview")
    bureau.get_by_test_id("course-publish").click()
    expect(bureau.get_by_test_id("done-text")).to_contain_text("已发布")
    page.goto(f"/course/{id}")
    expect(page.get_by_test_id("edition-note").first).to_contain_text("已有新版")
    is_usable(page)
    page.get_by_test_id("go-learn").click()
    expect(page.get_by_test_id("player-big")).to_be_visible()

    bureau.reload()
    bureau.get_by_test_id("course-reason").fill("内容有误，需要更正")
    bureau.get_by_test_id("course-withdraw").click()
    expect(bureau.get_by_test_id("done-text")).to_contain_text("已撤下")
    page.goto(f"/course/{newer}")
    expect(page.get_by_test_id("edition-note").first).to_contain_text("已停止新学")
    expect(page.get_by_test_id("go-learn")).to_have_count(0)
    lesson = own_city.rows("SELECT id FROM lesson WHERE course_id = ?", newer)[0][0]
    page.goto(f"/learn/{lesson}")
    expect(page.get_by_test_id("closed")).to_contain_text("已停止新学")
    is_usable(page)
    assert [row[0] for row in own_city.rows("SELECT status FROM course WHERE id IN (?, ?)"
            " ORDER BY id", id, newer)] == ["superseded", "withdrawn"]  # fmt: skip


def type_a_question(page: Page) -> None:
    """A question by hand: what is wrong is said beside it, and nothing typed is lost."""
    form = page.get_by_test_id("question-form")
    form.get_by_test_id("stem").fill("下列哪些是测验方法？")
    form.get_by_test_id("option-A").fill("走航式")
    form.get_by_test_id("option-B").fill("流速仪法")
    form.get_by_test_id("kind-multiple").check()
    form.get_by_test_id("right-A").check()
    form.get_by_test_id("question-save").click()
    expect(form.get_by_test_id("right-error")).to_contain_text("至少要有两个")
    expect(form.get_by_test_id("stem")).to_have_value("下列哪些是测验方法？")
    form.get_by_test_id("right-B").check()
    form.get_by_test_id("question-save").click()
    expect(page.get_by_test_id("question")).to_have_count(6)
    form.get_by_test_id("kind-true_false").check()
    form.get_by_test_id("stem").fill("这一题会移除。")
    form.get_by_test_id("truth-A").check()
    form.get_by_test_id("question-save").click()
    expect(page.get_by_test_id("question")).to_have_count(7)
    page.get_by_test_id("question-remove").last.click()
    expect(page.get_by_test_id("question")).to_have_count(6)


def test_a_film_goes_on_after_the_network_and_the_page_were_lost(
    own_city: City, visit: Visit, tmp_path: Path
) -> None:
    page = visit(own_city, own_city.documented("base"), allow=["ERR_INTERNET_DISCONNECTED",
                                                               "ERR_FAILED"])  # fmt: skip
    lesson, course = drafted(own_city)
    page.goto(f"/desk/courses/{course}?lesson={lesson}")
    large = tmp_path / "大片.mp4"
    # A free box at the end makes a small film a large file.
    filler = 9 * 1024 * 1024
    large.write_bytes(film().read_bytes() + filler.to_bytes(4, "big") + b"free" + bytes(filler - 8))
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    page.route("**/api/courses/piece?*", lambda route: route.abort()
               if "offset=4194304" in route.request.url else route.continue_())  # fmt: skip
    page.get_by_test_id("film-file").set_input_files(large)
    expect(page.get_by_test_id("film-file-told")).to_contain_text("网络中断")
    page.once("dialog", lambda dialog: dialog.accept())
    page.unroute("**/api/courses/piece?*")
    page.reload()
    expect(page.get_by_test_id("interrupted")).to_contain_text("继续上传")
    is_usable(page)
    sent.clear()
    with page.expect_response("**/api/courses/finish"):
        page.get_by_test_id("film-file").set_input_files(large)
    expect(page.get_by_test_id("film")).to_contain_text("大片", timeout=30_000)
    assert not [url for url in sent if "piece" in url and url.endswith("offset=0")]
    assert [url for url in sent if url.endswith("offset=4194304")]
    assert own_city.rows("SELECT length_ms FROM lesson WHERE id = ?", lesson) == [(300_000,)]


def test_a_question_put_right_keeps_its_answer_and_everything_typed(
    own_city: City, visit: Visit, tmp_path: Path
) -> None:
    page = visit(own_city, own_city.documented("base"))
    lesson, course = drafted(own_city)
    page.goto(f"/desk/courses/{course}?lesson={lesson}")
    table = tmp_path / "题.csv"
    table.write_text(
        "题型,题目,选项A,选项B,选项C,选项D,选项E,选项F,选项G,选项H,正确答案\n"
        "判断题,水往高处流。,错误,正确,,,,,,,错误\n"
        "单选题,第八个是哪一个？,一,二,三,四,五,六,七,八,H\n"
    )
    expect(page.get_by_test_id("question")).not_to_have_count(0)
    before = page.get_by_test_id("question").count()
    page.get_by_test_id("question-file").set_input_files(table)
    expect(page.get_by_test_id("imported")).to_contain_text("新增2题")
    expect(page.get_by_test_id("question")).to_have_count(before + 2)
    form = page.get_by_test_id("question-form")

    page.get_by_test_id("question-edit").nth(before).click()
    expect(form.get_by_test_id("stem")).to_have_value("水往高处流。")
    expect(form.get_by_test_id("truth-B")).to_be_checked()
    is_usable(page)
    form.get_by_test_id("stem").fill("江水往高处流。")
    form.get_by_test_id("question-save").click()
    expect(page.get_by_test_id("question").nth(before)).to_contain_text("江水往高处流。")
    assert stored_answer(own_city, "江水往高处流。") == [("错误", True)]

    page.get_by_test_id("question-edit").nth(before + 1).click()
    expect(form.get_by_test_id("option-H")).to_have_value("八")
    expect(form.get_by_test_id("right-H")).to_be_checked()
    # Switched away and back, and another question removed meanwhile: what is typed stays.
    form.get_by_test_id("option-G").fill("第七")
    form.get_by_test_id("kind-true_false").check()
    expect(form.get_by_test_id("option-G")).to_be_hidden()
    form.get_by_test_id("kind-single").check()
    expect(form.get_by_test_id("option-G")).to_have_value("第七")
    page.get_by_test_id("question-remove").nth(before).click()
    expect(page.get_by_test_id("question")).to_have_count(before + 1)
    expect(form.get_by_test_id("option-G")).to_have_value("第七")
    form.get_by_test_id("question-save").click()
    expect(page.get_by_test_id("question").last).to_contain_text("第七")
    assert stored_answer(own_city, "第八个是哪一个？") == [("八", True)]
    assert len(options_of(own_city, "第八个是哪一个？")) == 8


def drafted(city: City) -> tuple[int, int]:
    """A lesson of the course the base is making, and the course."""
    return city.rows(
        "SELECT l.id, c.id FROM lesson l JOIN course c ON c.id = l.course_id"
        " WHERE c.status = 'draft'"
    )[0]


def options_of(city: City, stem: str) -> list[dict[str, object]]:
    return json.loads(city.rows("SELECT options FROM question WHERE stem = ?", stem)[0][0])


def stored_answer(city: City, stem: str) -> list[tuple[object, bool]]:
    return [(each["text"], True) for each in options_of(city, stem) if each["right"]]


def test_a_film_on_its_way_is_cancelled_while_it_is_sent_and_when_it_was_left(
    own_city: City, visit: Visit, tmp_path: Path
) -> None:
    page = visit(own_city, own_city.documented("base"), allow=["ERR_FAILED"])
    lesson, course = drafted(own_city)
    page.goto(f"/desk/courses/{course}?lesson={lesson}")
    large = tmp_path / "大片.mp4"
    large.write_bytes(film().read_bytes() + bytes(9 * 1024 * 1024))
    page.route("**/api/courses/piece?*", lambda route: route.abort()
               if "offset=4194304" in route.request.url else route.continue_())  # fmt: skip
    page.get_by_test_id("film-file").set_input_files(large)
    expect(page.get_by_test_id("film-file-told")).to_contain_text("网络中断")
    page.get_by_test_id("film-file-cancel-asked").locator("summary").click()
    is_usable(page)
    with page.expect_response("**/api/courses/cancel"):
        page.get_by_test_id("film-file-cancel").click()
    expect(page.get_by_test_id("film-file-told")).to_be_hidden()
    expect(page.get_by_test_id("film-file-again")).to_be_hidden()
    expect(page.get_by_test_id("film-file-error")).to_be_empty()
    assert uploads(own_city) == [("failed", "已取消。")]

    page.get_by_test_id("film-file").set_input_files(large)
    expect(page.get_by_test_id("film-file-told")).to_contain_text("网络中断")
    page.once("dialog", lambda dialog: dialog.accept())
    page.reload()
    expect(page.get_by_test_id("interrupted")).to_contain_text("继续上传")
    # Its course is not sent in meanwhile, and says why.
    page.get_by_test_id("lesson-close").click()
    expect(page.get_by_test_id("missing")).to_contain_text("“大片”还没有上传完整")
    page.get_by_test_id("missing").get_by_role("link", name="大片").click()
    page.get_by_test_id("film-cancel-asked").locator("summary").click()
    is_usable(page)
    page.get_by_test_id("film-cancel").click()
    expect(page.get_by_test_id("interrupted")).to_have_count(0)
    assert uploads(own_city) == [("failed", "已取消。")] * 2
    expect(page.get_by_test_id("film")).to_be_visible()


def uploads(city: City) -> list[tuple[str, str]]:
    return city.rows("SELECT status, reason FROM course_upload ORDER BY id")
