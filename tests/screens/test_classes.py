"""A class in the browser: filed, decided on, enrolled in, changed; what is too late refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

from playwright.sync_api import Page, expect

from rxapp.demo import load
from tests.screens.city import TODAY, City, Somebody

START = date.fromisoformat(TODAY) + timedelta(days=30)
TITLE = "农机安全操作新技术培训班"
FORM = {
    "title": TITLE, "audience": "全市农业技术人员", "capacity": "2",
    "days": f"{START} 8\n{START + timedelta(days=1)} 4", "place": "培训中心四号楼",
    "teachers": "沈样例 教授", "syllabus": "农机安全操作的新规范、新技术和现场演示。",
    "cost": "3000", "fund": "1000", "contact": "季样例", "phone": "0537-5550200",
}  # fmt: skip
CHOICES = {"subject": "professional", "field": "农业技术", "form": "face_to_face"}


def somebody(city: City, key: str) -> Somebody:
    assert any(each.key == key for each in load.demo_accounts())
    return city.documented(key)


def test_a_class_is_filed_reviewed_enrolled_in_and_changed(
    own_city: City, visit: Callable[..., Page]
) -> None:
    base = visit(own_city, somebody(own_city, "base"))
    too_late(base)
    file_it(base)
    bureau = visit(own_city, somebody(own_city, "city"))
    decide(bureau, "approve")
    assert own_city.rows("SELECT status, edition FROM project WHERE title = ?", TITLE) == [
        ("approved", 1)
    ]
    learner = visit(own_city, somebody(own_city, "last_course"))
    enrol(learner)
    assert own_city.rows("SELECT enrolled FROM project WHERE title = ?", TITLE) == [(1,)]
    change(base)
    learner.reload()
    expect(learner.get_by_test_id("facts")).to_contain_text("培训中心四号楼")
    expect(learner.get_by_test_id("facts")).not_to_contain_text("培训中心五号楼")
    bureau.goto("/desk/filings")
    bureau.get_by_test_id("filing").filter(has_text=TITLE).click()
    expect(bureau.get_by_test_id("changed")).to_have_count(1)
    expect(bureau.get_by_test_id("is-change")).to_be_visible()
    bureau.get_by_test_id("approve").click()
    expect(bureau.get_by_test_id("done")).to_contain_text("变更已备案")
    learner.reload()
    expect(learner.get_by_test_id("facts")).to_contain_text("培训中心五号楼")
    learner.get_by_test_id("leave").click()
    expect(learner.get_by_test_id("done")).to_contain_text("已取消报名")
    assert own_city.rows("SELECT enrolled, edition FROM project WHERE title = ?", TITLE) == [(0, 2)]


def too_late(page: Page) -> None:
    page.goto("/desk/project/new")
    page.get_by_test_id("starts_on").fill("2020-08-07")
    page.get_by_test_id("ask").click()
    fault = page.get_by_test_id("starts_on-error")
    expect(fault).to_contain_text("《通知》第五条")
    expect(fault).to_contain_text("最迟应于2020年7月31日备案")
    expect(page.get_by_test_id("project-begin")).to_have_count(0)
    # One day later it is just in time.
    page.get_by_test_id("starts_on").fill("2020-08-08")
    page.get_by_test_id("ask").click()
    expect(page.get_by_test_id("deadline")).to_contain_text("最迟应于2020年8月3日备案")


def file_it(page: Page) -> None:
    page.get_by_test_id("starts_on").fill(f"{START}")
    page.get_by_test_id("ask").click()
    expect(page.get_by_test_id("deadline")).to_contain_text(f"{START.year}年{START.month}月")
    page.get_by_test_id("project-begin").click()
    page.wait_for_url(re.compile(r"/desk/projects/\d+"))
    expect(page.get_by_test_id("days")).to_have_value(f"{START} 8")
    for name, value in FORM.items():
        page.locator(f"form [name={name}]").first.fill(value)
    for name, value in CHOICES.items():
        page.locator(f"form [name={name}]").first.select_option(value)
    # What was typed is kept before it is filed.
    page.reload()
    expect(page.locator("form [name=syllabus]").first).to_have_value(FORM["syllabus"])
    page.locator("form [name=phone]").first.fill("1")
    page.get_by_test_id("project-submit").click()
    expect(page.get_by_test_id("phone-error")).to_contain_text("联系电话")
    page.locator("form [name=phone]").first.fill(FORM["phone"])
    page.get_by_test_id("project-submit").click()
    expect(page.get_by_test_id("done")).to_contain_text("已报备")
    expect(page.get_by_test_id("standing")).to_contain_text("待审核")


def decide(page: Page, act: str) -> None:
    page.goto("/desk")
    expect(page.get_by_test_id("filings-waiting")).to_contain_text("2项等待")
    page.get_by_test_id("filings-waiting").click()
    page.get_by_test_id("filing").filter(has_text=TITLE).click()
    expect(page.get_by_test_id("filing-one")).to_contain_text("按2020年工作日历第1版计算")
    # To reject needs a reason.
    page.get_by_test_id("reject").click()
    expect(page.get_by_test_id("reason-error")).to_contain_text("请填写理由")
    page.get_by_test_id(act).click()
    expect(page.get_by_test_id("done")).to_contain_text("已备案")


def enrol(page: Page) -> None:
    page.goto("/")
    page.get_by_test_id("go-classes").click()
    page.get_by_test_id("by-field").select_option("农业技术")
    page.get_by_test_id("classes-find").click()
    page.get_by_test_id("class").filter(has_text=TITLE).click()
    expect(page.get_by_test_id("facts")).to_contain_text("沈样例")
    page.get_by_test_id("enrol").click()
    expect(page.get_by_test_id("done")).to_contain_text("报名成功")
    expect(page.get_by_test_id("leave")).to_be_visible()


def change(page: Page) -> None:
    page.reload()
    page.locator("form [name=place]").first.fill("培训中心五号楼")
    page.get_by_test_id("project-submit").click()
    expect(page.get_by_test_id("done")).to_contain_text("已报备")
    expect(page.get_by_test_id("standing")).to_contain_text("变更待审核")
