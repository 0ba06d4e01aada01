"""A bureau draws a sample, looks through it by hand, prints what was found; and the signals."""

from __future__ import annotations

import io
from collections.abc import Callable

from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect
from sqlmodel import Session

from rxapp.adapters import evidence_files
from rxapp.adapters.database import transaction
from rxapp.models.claims import Claim
from rxapp.rules.claims import POINTS
from rxapp.services import claim_reviews, claims
from tests.gate.cast import installed
from tests.screens.city import DESKTOP, TODAY, City
from tests.screens.looks import SIZES
from tests.screens.test_pages import TOO_WIDE, findings, foreign_words
from tests.services.test_tree import actor_of

Visit = Callable[..., Page]


def grant(city: City, count: int) -> None:
    """Let people of the hospital claim a qualification each, passed by both levels."""
    clerk, department = city.documented("employer").id, city.documented("department").id
    people = city.rows(
        "SELECT id FROM person WHERE activated_at IS NOT NULL AND id <> ? AND organisation_id ="
        " (SELECT organisation_id FROM person WHERE id = ?) ORDER BY id LIMIT ?",
        clerk, clerk, count,
    )  # fmt: skip
    with installed(city.data, RXAPP_TODAY=TODAY, RXAPP_DEMO="1"):
        for place, (person,) in enumerate(people):
            with transaction(write=True) as session:
                id = _claim(session, person, place)
            for reviewer in (clerk, department):
                with transaction(write=True) as session:
                    row = session.get_one(Claim, id)
                    claim_reviews.decide(
                        session, actor_of(session, reviewer), claim_id=id, act="pass",
                        version=row.version, points=tuple(POINTS[row.step]), seconds=3 + place,
                    )  # fmt: skip


def _claim(session: Session, person: int, place: int) -> int:
    who = actor_of(session, person)
    id = claims.begin(session, who, rule_key="qualification")
    typed = {"title": f"主管药师资格（第{place + 1}批）", "earned_on": f"2020-03-{place + 1:02d}"}
    claims.save(session, who, claim_id=id, typed=typed, version=1)
    source = _picture(place)
    made = evidence_files.accept(source)
    claims.keep_file(
        session, who, claim_id=id, need="certificate", name="资格证书.png", source=source, made=made
    )
    claims.submit(session, who, claim_id=id, version=session.get_one(Claim, id).version)
    return id


def _picture(place: int) -> bytes:
    sheet = Image.new("RGB", (900, 640), "white")
    draw = ImageDraw.Draw(sheet)
    draw.rectangle((24, 24, 876, 616), outline="#8a1c1c", width=6)
    for line in range(4 + place % 3):
        draw.line((80, 120 + 60 * line, 560 + 9 * place, 120 + 60 * line), fill="#555", width=3)
    written = io.BytesIO()
    sheet.save(written, "PNG")
    return written.getvalue()


def is_usable(page: Page) -> None:
    expect(page.get_by_test_id("loading")).to_have_count(0)
    assert findings(page) == []
    assert foreign_words(page) == []
    assert not page.evaluate(TOO_WIDE)


@SIZES
def test_a_sample_is_drawn_looked_through_closed_and_printed(
    own_city: City, visit: Visit, size: tuple[int, int]
) -> None:
    own_city.forget_supervision()
    grant(own_city, 5)
    page = visit(own_city, own_city.documented("city"), size, reduced_motion="reduce")
    page.goto("/desk/supervision")
    expect(page.get_by_test_id("empty")).to_be_visible()
    is_usable(page)
    page.get_by_test_id("empty-go").click()
    seen = page.get_by_test_id("preview")
    expect(seen).to_contain_text("共有5项已通过的申报，将抽取5项")
    page.get_by_test_id("draw-amount").fill("0")
    expect(page.get_by_test_id("amount-error")).to_contain_text("1至1000")
    page.get_by_test_id("draw-amount").fill("3")
    expect(seen).to_contain_text("将抽取3项")
    page.get_by_test_id("draw-by").select_option("percent")
    expect(seen).to_contain_text("将抽取1项")
    page.get_by_test_id("draw-by").select_option("number")
    narrow_to_the_hospital(page)
    page.get_by_test_id("draw-note").fill("上半年抽查")
    page.get_by_test_id("draw-amount").press("End")
    expect(seen).to_contain_text("共有5项已通过的申报，将抽取3项")
    is_usable(page)
    page.get_by_test_id("draw").dblclick()
    expect(page.get_by_test_id("work-list").locator("li")).to_have_count(3)
    assert own_city.rows("SELECT drawn, population, note FROM inspection") == [(3, 5, "上半年抽查")]
    look_through(own_city, page)
    close_and_print(own_city, page)


def narrow_to_the_hospital(page: Page) -> None:
    page.get_by_test_id("place-input").fill("妇幼")
    page.get_by_test_id("place-submit").click()
    page.get_by_test_id("place-choice").first.click()
    expect(page.get_by_test_id("preview")).to_contain_text("没有已通过的申报")
    page.get_by_test_id("place-all").click()
    expect(page.get_by_test_id("preview")).to_contain_text("共有5项")
    page.get_by_test_id("place-input").fill("第一人民医院")
    page.get_by_test_id("place-submit").click()
    page.get_by_test_id("place-choice").first.click()
    expect(page.get_by_test_id("place-chosen")).to_contain_text("第一人民医院")


def look_through(city: City, page: Page) -> None:
    title = page.get_by_test_id("item-title")
    expect(title).to_contain_text("第1项")
    expect(page.get_by_test_id("viewed")).to_have_js_property("complete", True)
    assert page.get_by_test_id("viewed").evaluate("image => image.naturalWidth") > 50
    expect(page.get_by_test_id("claim-steps")).to_contain_text("秦卫平")
    is_usable(page)
    expect(page.get_by_test_id("close")).to_be_disabled()
    page.get_by_test_id("find-in_order").dblclick()
    expect(title).to_contain_text("第2项")
    # The next one opens by itself, and is where one reads on.
    expect(title).to_be_focused()
    page.get_by_test_id("find-false").click()
    expect(page.get_by_test_id("finding-note-error")).to_contain_text("请填写理由")
    page.get_by_test_id("finding-note").fill("证书编号查无此证")
    is_usable(page)
    page.get_by_test_id("find-false").click()
    expect(title).to_contain_text("第3项")
    expect(page.get_by_test_id("finding-note")).to_have_value("")
    page.get_by_test_id("finding-note").fill("应按中级折算")
    page.get_by_test_id("right-hours").fill("99")
    page.get_by_test_id("find-wrong_hours").click()
    expect(page.get_by_test_id("right-hours-error")).to_contain_text("少于已计入的40学时")
    expect(page.get_by_test_id("finding-note")).to_have_value("应按中级折算")
    page.get_by_test_id("right-hours").fill("15")
    page.get_by_test_id("find-wrong_hours").click()
    expect(page.get_by_test_id("counts")).not_to_contain_text("尚未检查")
    kept = city.rows("SELECT place, finding, right_hours, note FROM inspection_item ORDER BY 1")
    assert kept == [
        (1, "in_order", None, ""), (2, "false", None, "证书编号查无此证"),
        (3, "wrong_hours", 150, "应按中级折算"),
    ]  # fmt: skip
    cases = page.get_by_test_id("work-list").get_by_test_id("to-case")
    expect(cases).to_have_count(2)
    item = city.rows("SELECT id FROM inspection_item WHERE place = 2")[0][0]
    expect(cases.first).to_have_attribute("href", f"/desk/cases?item={item}")
    page.get_by_test_id("narrow-false").click()
    expect(page.get_by_test_id("work-item")).to_have_count(1)
    page.get_by_test_id("work-item").click()
    expect(page.get_by_test_id("said")).to_contain_text("虚假申报")
    expect(page.get_by_test_id("finding-note")).to_have_value("证书编号查无此证")


def close_and_print(city: City, page: Page) -> None:
    page.get_by_test_id("close").click()
    result = page.get_by_test_id("result")
    expect(result).to_contain_text("证书编号查无此证")
    seed = city.rows("SELECT seed FROM inspection")[0][0]
    expect(result).to_contain_text(seed)
    is_usable(page)
    numbers = city.rows(
        "SELECT c.number FROM inspection_item i JOIN claim c ON c.id = i.claim_id ORDER BY i.place"
    )
    page.emulate_media(media="print", color_scheme="light", reduced_motion="reduce")
    expect(result.get_by_test_id("faults").locator("tbody tr")).to_have_count(2)
    expect(result.get_by_test_id("faults")).to_contain_text(numbers[1][0])
    # On paper the list of the numbers is open, in the order in which they were drawn.
    expect(result.get_by_text("　".join(each for (each,) in numbers))).to_be_visible()
    for hidden in ("item", "conclusion", "work-list", "desk-menu", "print", "close"):
        expect(page.get_by_test_id(hidden).first).to_be_hidden()
    page.emulate_media(media="screen")
    page.reload()
    expect(page.get_by_test_id("summarise")).to_be_visible()
    expect(page.get_by_test_id("close")).to_have_count(0)
    page.get_by_test_id("work-item").first.click()
    # Leaving before the title is there would make the page look for it in vain.
    expect(page.get_by_test_id("item-title")).to_be_focused()
    expect(page.get_by_test_id("find-false")).to_have_count(0)
    page.get_by_test_id("to-supervision").click()
    expect(page.get_by_test_id("inspections")).to_contain_text("已检查3/3，有问题2")
    is_usable(page)


@SIZES
def test_signals_lead_to_a_sample_of_that_reviewer(
    own_city: City, visit: Visit, size: tuple[int, int]
) -> None:
    own_city.forget_supervision()
    grant(own_city, 7)
    own_city.change("UPDATE reviewer_day SET peak = 7, peak_minute = 615")
    own_city.change(
        "INSERT INTO learner_day (person_id, day, answers, quick, hour_bits, hours)"
        " SELECT person_id, date('now', '+8 hours'), 30, 28, 1, 21 FROM claim LIMIT 1"
    )
    own_city.change(
        "INSERT INTO repeated_file (source_sha256, claim_id, organisation_id, at)"
        " SELECT 'same', id, organisation_id, ended_at FROM claim WHERE status = 'granted' LIMIT 2"
    )
    page = visit(own_city, own_city.documented("city"), size, reduced_motion="reduce")
    page.goto("/desk/supervision?part=signals")
    expect(page.get_by_test_id("reviewers")).to_contain_text("100%")
    expect(page.get_by_test_id("bursts")).to_contain_text("10:15")
    expect(page.get_by_test_id("repeats")).to_contain_text("2人的2项申报用了同一份文件")
    expect(page.get_by_test_id("learners")).to_contain_text("其中28次用时不到2秒")
    expect(page.get_by_test_id("not-stored")).to_contain_text("不是结论")
    is_usable(page)
    before = page.get_by_test_id("signals-month").locator("option").nth(1).get_attribute("value")
    page.get_by_test_id("signals-month").select_option(before)
    expect(page.get_by_text("这个月没有审核记录。")).to_be_visible()
    expect(page.get_by_test_id("reviewers")).to_have_count(0)
    # The other lists keep their days.
    expect(page.get_by_test_id("bursts")).to_contain_text("10:15")
    page.get_by_test_id("signals-month").select_option(index=0)
    expect(page.get_by_test_id("reviewers")).to_contain_text("100%")
    page.get_by_test_id("signals-first").fill("2020-01-01")
    page.get_by_test_id("signals-find").click()
    expect(page.get_by_test_id("first-error")).to_contain_text("最多查看31天")
    page.goto("/desk/supervision?part=signals")
    row = page.get_by_test_id("reviewers").locator("tbody tr", has_text="秦卫平")
    row.get_by_test_id("sample-of").click()
    expect(page.get_by_test_id("reviewer")).to_have_text("秦卫平")
    expect(page.get_by_test_id("preview")).to_contain_text("共有7项")
    is_usable(page)
    page.get_by_test_id("reviewer-all").click()
    expect(page.get_by_test_id("reviewer")).to_have_count(0)
    county = visit(own_city, own_city.documented("county"), size)
    county.goto("/desk/supervision?part=signals")
    expect(county.get_by_text("这个期间内没有。").first).to_be_visible()
    expect(county.get_by_test_id("reviewers")).to_have_count(0)


def test_a_county_is_not_shown_the_citys_sample(own_city: City, visit: Visit) -> None:
    grant(own_city, 1)
    page = visit(own_city, own_city.documented("city"), DESKTOP)
    page.goto("/desk/supervision?part=draw")
    page.get_by_test_id("draw").click()
    expect(page.get_by_test_id("item-title")).to_contain_text("第1项")
    address = page.url
    county = visit(own_city, own_city.documented("county"), DESKTOP)
    county.goto(address)
    expect(county.get_by_test_id("error-text")).to_contain_text("没有找到这次检查")
    expect(county.get_by_test_id("item-title")).to_have_count(0)
    clerk = visit(own_city, own_city.documented("employer"), DESKTOP)
    clerk.goto("/desk/supervision")
    expect(clerk.get_by_test_id("desk-menu").get_by_text("监督检查")).to_have_count(0)
    expect(clerk.get_by_test_id("inspections")).to_have_count(0)
