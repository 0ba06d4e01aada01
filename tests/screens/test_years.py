"""Years edited, opened and extended by the bureau; keys with which other systems ask."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.screens import city as cities
from tests.screens.city import PHONE, City, Somebody
from tests.screens.looks import CORNERS
from tests.screens.test_pages import TOO_WIDE, findings, foreign_words

Visit = Callable[..., Page]


def is_usable(page: Page) -> None:
    assert findings(page) == []
    assert foreign_words(page) == []
    assert not page.evaluate(TOO_WIDE)


@pytest.fixture
def january(template: Path, tmp_path: Path, free_port: Callable[[], int]) -> Iterator[City]:
    """The city in January 2021, when the windows of 2020 have closed."""
    with cities.serving(template, tmp_path, free_port, RXAPP_TODAY="2021-01-10") as served:
        yield served


def somebody_of(city: City, county: str) -> Somebody:
    """A learner of a county who can sign in and serves no office."""
    ids = city.rows(
        "SELECT p.id FROM person p JOIN organisation o ON o.id = p.organisation_id"
        " JOIN organisation c ON o.path LIKE c.path || '_%'"
        " WHERE c.name LIKE ? AND c.capacities LIKE '%county_bureau%' AND p.status = 'active'"
        " AND p.activated_at IS NOT NULL AND p.password_hash IS NOT NULL"
        " AND p.id NOT IN (SELECT person_id FROM membership) ORDER BY p.id DESC LIMIT 1",
        f"{county}%",
    )
    return city.person(ids[0][0])


def lesson_of(city: City, year: int, who: Somebody) -> int:
    return city.rows(
        "SELECT l.id FROM lesson l JOIN course c ON c.id = l.course_id WHERE c.year = ?"
        " AND l.id NOT IN (SELECT lesson_id FROM lesson_progress WHERE person_id = ?)"
        " ORDER BY l.id LIMIT 1", year, who.id,
    )[0][0]  # fmt: skip


def test_a_county_whose_window_was_extended_goes_on_and_the_next_one_does_not(
    january: City, visit: Visit
) -> None:
    north, south = somebody_of(january, "运北"), somebody_of(january, "泗南")
    lessons = {who.id: lesson_of(january, 2020, who) for who in (north, south)}
    page = visit(january, north, PHONE)
    page.goto(f"/learn/{lessons[north.id]}")
    expect(page.get_by_test_id("closed")).to_contain_text("课程学习已于2020年12月31日结束")
    expect(page.get_by_test_id("player-big")).to_have_count(0)
    page.goto("/years")
    expect(page.get_by_test_id("closed").first).to_contain_text("依据《通知》")
    is_usable(page)

    desk = visit(january, january.documented("city"))
    desk.goto("/desk/years")
    expect(desk.get_by_test_id("unopened")).to_contain_text("2021年度还没有开启")
    desk.get_by_test_id("extend-submit").click()
    expect(desk.get_by_test_id("error-text")).to_contain_text("请选择年度")
    desk.get_by_test_id("extend-year").select_option("2020")
    desk.get_by_test_id("extend-window").select_option("learn")
    desk.get_by_test_id("extend-county").select_option(label="运北县人力资源和社会保障局")
    desk.get_by_test_id("extend-until").fill("2021-01-31")
    desk.get_by_test_id("extend-submit").click()
    # The reason is missing, and nothing that was typed is lost.
    expect(desk.get_by_test_id("reason-error")).to_contain_text("请填写延长的理由")
    expect(desk.get_by_test_id("extend-until")).to_have_value("2021-01-31")
    expect(desk.get_by_test_id("extend-year")).to_have_value("2020")
    desk.get_by_test_id("extend-reason").fill("大雪停电")
    desk.get_by_test_id("extend-submit").click()
    expect(desk.get_by_test_id("done-text")).to_contain_text("延长到2021年1月31日")
    expect(desk.get_by_test_id("extensions")).to_contain_text("大雪停电")
    is_usable(desk)

    page.goto("/courses/professional?year=2020")
    expect(page.get_by_test_id("extended")).to_contain_text("已延长到2021年1月31日")
    page.goto(f"/learn/{lessons[north.id]}")
    page.get_by_test_id("player-big").click()
    expect(page.get_by_test_id("player-big")).to_be_hidden()
    begun = "SELECT count(*) FROM lesson_progress WHERE person_id = ? AND lesson_id = ?"
    assert january.rows(begun, north.id, lessons[north.id]) == [(1,)]
    other = visit(january, south, PHONE)
    other.goto(f"/learn/{lessons[south.id]}")
    expect(other.get_by_test_id("closed")).to_contain_text("已于2020年12月31日结束")
    refused = other.request.post(
        f"{january.address}/api/watch/open", data={"lesson": lessons[south.id]},
        headers={"Origin": january.address},
    )  # fmt: skip
    assert not refused.ok
    assert january.rows(begun, south.id, lessons[south.id]) == [(0,)]

    desk.get_by_test_id("extension-choose").first.click()
    desk.get_by_test_id("revoke_reason").fill("已恢复供电")
    desk.get_by_test_id("extension-revoke").click()
    expect(desk.get_by_test_id("done-text")).to_contain_text("今天24时后不再延长")
    expect(desk.get_by_test_id("extensions")).to_contain_text("已恢复供电")


@CORNERS
def test_the_bureau_sees_what_a_change_would_do_before_it_holds(
    own_city: City, visit: Visit, size: tuple[int, int], shade: str
) -> None:
    page = visit(own_city, own_city.documented("city"), size, shade)
    page.goto("/desk/years")
    expect(page.get_by_test_id("years")).to_contain_text("2016—2019年度")
    is_usable(page)
    page.get_by_test_id("year-edit").first.click()
    expect(page.get_by_test_id("year-professional")).to_have_value("60")
    page.get_by_test_id("year-professional").fill("很多")
    page.get_by_test_id("year-claim_until").fill("2021-03-31")
    page.get_by_test_id("year-preview").click()
    expect(page.get_by_test_id("professional-error")).to_contain_text("请填写数字")
    expect(page.get_by_test_id("year-claim_until")).to_have_value("2021-03-31")
    page.get_by_test_id("year-professional").fill("72")
    page.get_by_test_id("year-preview").click()
    expect(page.get_by_test_id("changes").locator("tbody tr")).to_have_count(2)
    expect(page.get_by_test_id("effect")).to_contain_text("由已完成变为未完成")
    is_usable(page)
    assert own_city.rows("SELECT professional FROM year_policy WHERE year = 2020") == [(600,)]
    page.get_by_test_id("year-save").click()
    expect(page.get_by_test_id("note-error")).to_contain_text("请填写修改的依据")
    page.get_by_test_id("year-note").fill("按会议纪要")
    page.get_by_test_id("year-save").click()
    expect(page.get_by_test_id("done-text")).to_contain_text("已保存")
    expect(page.get_by_test_id("editions")).to_contain_text("专业科目：60 → 72")
    assert own_city.rows("SELECT professional FROM year_policy WHERE year = 2020") == [(720,)]
    page.goto("/desk/years/2016")
    expect(page.get_by_test_id("year-makeup_until")).to_have_value("2020-12-31")
    expect(page.get_by_test_id("year-public")).to_have_count(0)
    page.get_by_test_id("year-total").fill("80")
    page.get_by_test_id("year-preview").click()
    expect(page.get_by_test_id("changes")).to_contain_text("年均合计")
    page.goto("/desk/new-year")
    expect(page.get_by_test_id("not-yet")).to_contain_text("2020年11月1日起可以开启2021年度")
    is_usable(page)


def test_the_next_year_is_opened_with_the_chosen_courses(january: City, visit: Visit) -> None:
    # More than go over in one step.
    january.change(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 25)"
        " INSERT INTO course (code, edition, status, year, subject, series, title, summary, hours,"
        " provider, shortened, digest, published_at, typed, makers, note, version)"
        " SELECT '2020-many-' || i, 1, status, year, subject, series, '更多课程' || i, summary,"
        " hours, provider, shortened, '', published_at, typed, makers, note, 1 FROM n,"
        " (SELECT * FROM course WHERE year = 2020 AND status = 'published' LIMIT 1)"
    )
    page = visit(january, january.documented("city"))
    page.goto("/desk/new-year")
    ticks = page.get_by_test_id("course-tick")
    expect(ticks.first).to_be_checked()
    count = ticks.count()
    assert count > 25
    ticks.first.click()
    expect(page.get_by_test_id("chosen")).to_contain_text(f"已勾选{count - 1}门课程")
    is_usable(page)
    page.get_by_test_id("open-year").click()
    expect(page.get_by_test_id("done-text")).to_contain_text(f"本次沿用{count - 1}门课程")
    expect(page.get_by_test_id("opened")).to_be_visible()
    expect(ticks).to_have_count(1)
    made = "SELECT count(*), count(DISTINCT code) FROM course WHERE year = 2021"
    assert january.rows(made) == [(count - 1, count - 1)]
    learner = visit(january, somebody_of(january, "泗南"))
    learner.goto("/courses/professional")
    expect(learner.get_by_test_id("course").first).to_be_visible()


@CORNERS
def test_a_key_is_issued_used_seen_by_the_person_and_revoked(
    own_city: City, visit: Visit, size: tuple[int, int], shade: str
) -> None:
    page = visit(own_city, own_city.documented("city"), size, shade)
    page.goto("/desk/keys")
    expect(page.get_by_test_id("no-keys")).to_be_visible()
    is_usable(page)
    page.get_by_test_id("key-name").fill("职称评审系统")
    page.get_by_test_id("key-issue").click()
    expect(page.get_by_test_id("key-place-error")).to_contain_text("请选择使用密钥的机构")
    page.get_by_test_id("key-place-input").fill("评审")
    page.get_by_test_id("key-place-submit").click()
    page.get_by_test_id("key-place-choice").first.click()
    expect(page.get_by_test_id("key-name")).to_have_value("职称评审系统")
    page.get_by_test_id("key-issue").click()
    expect(page.get_by_test_id("only-once")).to_be_visible()
    key = page.get_by_test_id("fresh-key").inner_text()
    assert findings(page) == []
    assert not page.evaluate(TOO_WIDE)

    who = own_city.documented("complete")
    said = {"identity_number": who.number, "name": who.name, "years": [2018, 2020]}
    outside = visit(own_city)
    bearer = {"Authorization": f"Bearer {key}"}
    answer = outside.request.post(f"{own_city.address}/api/standing", data=said, headers=bearer)
    assert answer.ok, answer.text()
    assert [year["complete"] for year in answer.json()["years"]] == [True, True]
    wrong = outside.request.post(
        f"{own_city.address}/api/standing", data=said | {"name": "无名氏"}, headers=bearer
    )
    assert wrong.status == 404
    page.goto("/desk/keys")
    expect(page.get_by_test_id("keys")).to_contain_text("2次")
    expect(page.get_by_test_id("fresh")).to_have_count(0)
    is_usable(page)

    own = visit(own_city, who, size, shade)
    own.goto("/me/data")
    expect(own.get_by_test_id("lookups").locator("tbody tr")).to_have_count(1)
    expect(own.get_by_test_id("lookups")).to_contain_text(re.compile("评审.*2018、2020年度"))
    is_usable(own)
    own.get_by_test_id("lookups").scroll_into_view_if_needed()

    page.get_by_test_id("key-choose").click()
    page.get_by_test_id("revoke_reason").fill("更换密钥")
    page.get_by_test_id("key-revoke").click()
    expect(page.get_by_test_id("done-text")).to_contain_text("即时失效")
    again = outside.request.post(f"{own_city.address}/api/standing", data=said, headers=bearer)
    assert again.status == 401
