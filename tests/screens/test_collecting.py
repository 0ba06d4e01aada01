"""A clerk brings people in from a file: told what is wrong, corrects it, and takes a list out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import python_calamine
from playwright.sync_api import Download, Page, expect

from tests.screens.city import DESKTOP, PHONE, City
from tests.screens.test_pages import findings

Visit = Callable[..., Page]
WAIT_MS = 30_000
REFUSED = ["Failed to load resource"]


def kept(page: Page, testid: str) -> tuple[str, bytes]:
    """What comes down when something is pressed: its name and its bytes."""
    with page.context.expect_event("download") as downloading:
        page.get_by_test_id(testid).click()
    download: Download = downloading.value
    return download.suggested_filename, Path(download.path()).read_bytes()


def rows(content: bytes, folder: Path) -> list[list[Any]]:
    path = folder / "table.xlsx"
    path.write_bytes(content)
    return python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()


def send(page: Page, name: str, content: bytes) -> None:
    page.goto("/desk/collect")
    page.get_by_test_id("file").set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    )
    page.get_by_test_id("collect-submit").click()


def figures(page: Page) -> dict[str, str]:
    return dict(
        zip(
            page.get_by_test_id("figures").locator("dt").all_inner_texts(),
            page.get_by_test_id("figures").locator("b").all_inner_texts(),
            strict=True,
        )
    )


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_faulty_file_is_corrected_and_taken_in(
    own_city: City, visit: Visit, size: tuple[int, int], tmp_path: Path
) -> None:
    clerk = own_city.documented("employer")
    page = visit(own_city, clerk, size, allow=REFUSED)
    before = own_city.rows("SELECT count(*) FROM person")[0][0]
    page.goto("/desk/collect")
    page.get_by_test_id("collect-submit").click()
    expect(page.get_by_test_id("file-error")).to_have_text("请选择要导入的文件。")
    name, sample = kept(page, "sample")
    assert name == "人员试用文件.xlsx"

    send(page, "采集.xlsx", sample)
    page.wait_for_url("**/desk/collect/*")
    expect(page.get_by_test_id("take-right")).to_be_visible(timeout=WAIT_MS)
    assert figures(page) == {"新增": "8", "变更": "0", "无变化": "0", "有误": "9"}
    expect(page.get_by_test_id("faults").locator("tbody tr")).to_have_count(9)
    expect(page.get_by_test_id("faults")).to_contain_text("设为文本格式")
    expect(page.get_by_test_id("take-whole")).to_have_count(0)
    expect(page.get_by_test_id("hints").locator("tbody tr")).to_have_count(1)
    assert findings(page) == []
    page.reload()
    page.get_by_test_id("take-right").click()
    expect(page.get_by_test_id("finished")).to_be_visible(timeout=WAIT_MS)
    assert figures(page)["新增"] == "8"
    assert own_city.rows("SELECT count(*) FROM person")[0][0] == before + 8

    name, faults = kept(page, "faults-file")
    assert name == "采集-待更正.xlsx"
    heading, *wrong = rows(faults, tmp_path)
    assert heading[-2:] == ["原行号", "错误原因"]
    assert len(wrong) == 9
    mended = next(row for row in wrong if row[0] == "魏白露")
    mended[2] = "15400000077"
    text = "\n".join(",".join(str(cell) for cell in row) for row in (heading, mended))
    send(page, "更正.csv", text.encode("gb18030"))
    expect(page.get_by_test_id("take-whole")).to_be_visible(timeout=WAIT_MS)
    page.get_by_test_id("take-whole").click()
    expect(page.get_by_test_id("finished")).to_be_visible(timeout=WAIT_MS)
    assert own_city.rows("SELECT count(*) FROM person")[0][0] == before + 9
    page.get_by_test_id("back-to-runs").click()
    expect(page.get_by_test_id("runs").locator("tbody tr")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_progress_goes_on_by_itself_and_survives_a_reload(own_city: City, visit: Visit) -> None:
    clerk = own_city.documented("employer")
    page = visit(own_city, clerk)
    lines = ["姓名,身份证号码,单位名称", *("样小明,1,运河市第一人民医院" for _ in range(30_000))]
    send(page, "很多.csv", "\n".join(lines).encode())
    page.wait_for_url("**/desk/collect/*")
    expect(page.get_by_test_id("run-progress")).to_be_visible(timeout=WAIT_MS)
    page.reload()
    expect(page.get_by_test_id("run-progress")).to_be_visible(timeout=WAIT_MS)
    expect(page.get_by_test_id("figures")).to_be_visible(timeout=2 * WAIT_MS)
    assert figures(page)["有误"] == "30000"
    expect(page.get_by_test_id("take-right")).to_have_count(0)
    expect(page.get_by_test_id("refresh")).to_have_count(0)


def test_a_file_that_is_no_table_says_so_and_nothing_is_lost(own_city: City, visit: Visit) -> None:
    page = visit(own_city, own_city.documented("employer"), allow=REFUSED)
    send(page, "照片.pdf", b"x")
    expect(page.get_by_test_id("file-error")).to_contain_text("只能导入")
    send(page, "课程.csv", "课程,学时\n公需,4\n".encode())
    page.wait_for_url("**/desk/collect/*")
    expect(page.get_by_test_id("reason")).to_contain_text("不像是人员表", timeout=WAIT_MS)


def test_a_list_is_taken_out_masked_or_with_a_reason(
    own_city: City, visit: Visit, tmp_path: Path
) -> None:
    clerk = own_city.documented("employer")
    page = visit(own_city, clerk, allow=REFUSED)
    page.goto("/desk/people")
    page.get_by_test_id("export-open").click()
    expect(page.get_by_test_id("export-summary")).to_contain_text("号码隐去中间各位")
    assert findings(page) == []
    name, masked = kept(page, "export-submit")
    assert name.startswith("人员名单")
    title, taken, _heading, *listed = rows(masked, tmp_path)
    assert "隐去" in title[0]
    assert f"共{len(listed)}行" in taken[0]
    assert clerk.name in taken[0]
    assert clerk.number not in str(listed)

    page.get_by_test_id("export-full").check()
    page.get_by_test_id("export-submit").click()
    expect(page.get_by_test_id("reason-error")).to_contain_text("要填写理由")
    page.get_by_test_id("export-reason").fill("年度核对学时需要")
    _, full = kept(page, "export-submit")
    assert clerk.number in str(rows(full, tmp_path))
    told = own_city.rows("SELECT count(*) FROM disclosure WHERE what = 'list'")
    assert told == [(len(listed),)]

    page.goto("/desk/organisations")
    page.get_by_test_id("export-open").click()
    name, units = kept(page, "export-submit")
    assert name.startswith("单位名单")
    assert len(rows(units, tmp_path)) == 4


def test_who_is_no_clerk_reaches_none_of_it(city: City, visit: Visit) -> None:
    page = visit(city, city.learner(), allow=REFUSED)
    page.goto("/desk/collect")
    page.wait_for_url(city.address + "/")
    answer = page.request.get(f"{city.address}/files/collect/template/people.xlsx")
    assert answer.status == 403
