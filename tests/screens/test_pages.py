"""Every page as everybody must be able to use it: both sizes, light and dark, keyboard, zoom."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from rxapp.components.shell import PRODUCT
from rxapp.server import BUILD
from tests.screens.city import DESKTOP, PHONE, YEAR, City, Somebody, sign_in

Visit = Callable[..., Page]

# A page of 640 pixels at 200 percent.
NARROWEST = (320, 640)
FIRST_LOAD_BYTES = 190_000
# What is called so by everybody, and the shape of a certificate's number in a hint.
LATIN_NAMES = {
    "Windows",
    "Linux",
    "Chrome",
    "Edge",
    "Safari",
    "PDF",
    "Excel",
    "CSV",
    "XXXX",
    "X",
    "SHA",
}
# What is printed on the keys of a keyboard.
LATIN_NAMES |= {"Ctrl", *"JKPTRZON"}
# What a film is made of, as every converter names it; the letters of a question's options.
LATIN_NAMES |= {"MP", "AAC", "GB", *"ABCDEFGH"}
CREDIT_CODE = re.compile(r"\b[0-9A-Z]{18}\b")
DIGEST = re.compile(r"\b[0-9a-f]{64}\b")
CERTIFICATE_NUMBER = re.compile(r"\b(?:[0-9A-Z]{4}-){3}[0-9A-Z]\b")
WORDS = """() => {
  const said = ["alt", "aria-label", "aria-description", "aria-valuetext", "placeholder", "title"];
  const inside = [...document.body.querySelectorAll("*")].filter((node) => node.checkVisibility());
  const names = inside.flatMap((node) => said.map((name) => node.getAttribute(name) ?? ""));
  return [document.title, document.body.innerText, ...names].join("\\n");
}"""
# Whether the page's script has taken the button over from the page as it was sent.
TAKEN_OVER = """() => Object.keys(
  document.querySelector("[data-testid=sign-in-submit]")
).some((key) => key.startsWith("__reactProps"))"""
TOO_WIDE = """() => {
  const room = document.documentElement.clientWidth;
  const past = [...document.body.querySelectorAll("*")].filter((node) => {
    const box = node.getBoundingClientRect();
    return box.right > room + 1 && box.width > 1 && node.checkVisibility()
      && getComputedStyle(node).position !== "fixed";
  });
  const over = document.scrollingElement.scrollWidth - room;
  const named = past.slice(-3).map((node) => node.outerHTML.slice(0, 200));
  return over > 0 ? [`${over}px`, ...named] : [];
}"""
# What can be reached with the tabulator, in the order of the page.
CONTROLS = """() => [...document.querySelectorAll(
    "a[href], button, input, select, textarea, summary, [tabindex='0']")]
  .filter((node) => !node.disabled && node.type !== "hidden" && node.tabIndex >= 0)
  .filter((node) => node.checkVisibility({ visibilityProperty: true }))
  .map((node) => node.dataset.testid || node.getAttribute("href") || node.id || node.outerHTML)
"""
FOCUSED = """() => {
  const node = document.activeElement;
  if (!node || node === document.body) return null;
  const box = node.getBoundingClientRect();
  // A card or row whose link is focused is marked as a whole.
  const framed = [node, node.closest("article, li")].filter(Boolean);
  const outlined = framed.map((each) => getComputedStyle(each)).some(
    (style) => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2);
  return {
    name: node.dataset.testid || node.getAttribute("href") || node.id || node.outerHTML,
    marked: outlined,
    seen: box.width > 1 && box.height > 1 && box.bottom > 0 && box.top < innerHeight,
  };
}"""
SMALL = """() => [...document.querySelectorAll("button, .btn, nav a, select, input")]
  .filter((node) => node.checkVisibility())
  .map((node) => [node.outerHTML.slice(0, 120), node.getBoundingClientRect()])
  .filter(([, box]) => box.width < 24 || box.height < 24)
  .map(([name]) => name)
"""
MOVING = """() => [...document.querySelectorAll("*")].filter((node) => {
  const style = getComputedStyle(node);
  const times = `${style.transitionDuration},${style.animationDuration}`.split(",");
  return times.some((time) => parseFloat(time) > 0.05);
}).length"""


@dataclass(frozen=True)
class Screen:
    """A page to look at: whose it is, where it is, and what shows that it is there."""

    name: str
    who: str
    path: str
    shows: str


NOBODY, EMPTY = "", "empty"
SCREENS = (
    Screen("sign-in", NOBODY, "/sign-in", "sign-in-submit"),
    Screen("help", NOBODY, "/help", "books"),
    Screen("help-learner", NOBODY, "/help/learner", "title"),
    Screen("help-base", "base", "/help/base", "title"),
    Screen("help-panel", "panel", "/help/panel", "title"),
    Screen("news", NOBODY, "/news", "news"),
    Screen("news-signed-in", "employer", "/news", "news-unread"),
    Screen("news-found", "last_course", "/news?q=学时", "news"),
    Screen("news-none", NOBODY, "/news?q=没有这个词", "nothing-found"),
    Screen("notice", NOBODY, "/news/{news}", "text"),
    Screen("notice-missing", NOBODY, "/news/999999", "onward"),
    Screen("desk-notices", "city", "/desk/notices", "notices"),
    Screen("desk-notices-none", "county", "/desk/notices?status=scheduled", "no-notices"),
    Screen("desk-notice", "city", "/desk/notices/{news}", "editions"),
    Screen("desk-notice-draft", "city", "/desk/notices/{unsent}", "notice-form"),
    Screen("verify", NOBODY, "/verify", "verify-submit"),
    Screen("verify-valid", NOBODY, "/verify/{valid}", "facts"),
    Screen("verify-revoked", NOBODY, "/verify/{revoked}", "facts"),
    Screen("verify-mistyped", NOBODY, "/verify/0000-0000-0000-1", "error-text"),
    Screen("register", NOBODY, "/register", "register-submit"),
    Screen("register-unit", NOBODY, "/register/organisation", "register-organisation-submit"),
    Screen("application", NOBODY, "/application", "ask"),
    Screen("application-known", NOBODY, "/application?n={receipt}", "title"),
    Screen("desk-application", "employer", "/desk/application/{waiting}", "lines"),
    Screen("missing", NOBODY, "/no-such-page", "empty-go"),
    Screen("activate", "new", "/activate", "activate-submit"),
    Screen("home-complete", "complete", "/", "rings"),
    Screen("home-nearly", "last_course", "/", "resume"),
    Screen("home-empty", EMPTY, "/", "rings"),
    Screen("public", "last_course", "/courses/public", "course"),
    Screen("public-filtered", "last_course", "/courses/public?status=已完成&q=网络", "course"),
    Screen("public-none", "last_course", "/courses/public?q=没有这门课", "empty"),
    Screen("professional", "last_course", "/courses/professional", "course"),
    Screen("professional-series", EMPTY, "/courses/professional?series=农业技术", "course"),
    Screen("course-begun", "last_course", "/course/{begun}", "go-learn"),
    Screen("course-done", "last_course", "/course/{done}", "done"),
    Screen("lesson", "last_course", "/learn/{lesson}", "player-big"),
    Screen("lesson-missing", "last_course", "/learn/999999", "error-text"),
    Screen("claims", "last_course", "/claims", "claim-row"),
    Screen("claims-empty", "complete", "/claims", "empty-go"),
    Screen("claim-new", "last_course", "/claim/new", "groups"),
    Screen("claim-draft", "last_course", "/claims/{draft}", "claim-form"),
    Screen("claim-returned", "last_course", "/claims/{returned}", "reason"),
    Screen("claim-waiting", "last_course", "/claims/{sent}", "standing"),
    Screen("claim-missing", "last_course", "/claims/999999", "onward"),
    Screen("desk-claims", "employer", "/desk/claims", "waiting-claims"),
    Screen("desk-claims-none", "employer", "/desk/claims?q=没有这个人", "nothing-waits"),
    Screen("desk-claims-below", "city", "/desk/claims?place=below", "nothing-waits"),
    Screen("desk-claims-done", "department", "/desk/claims?place=done", "decided"),
    Screen("desk-claim", "employer", "/desk/claims?claim={queued}", "verdict"),
    Screen("years-complete", "complete", "/years", "year"),
    Screen("years-empty", EMPTY, "/years", "no-certificates"),
    Screen("year-complete", "complete", f"/years/{YEAR}", "issue-submit"),
    Screen("year-period", "complete", "/years/2018", "credits"),
    Screen("year-empty", EMPTY, f"/years/{YEAR}", "not-yet"),
    Screen("me", "complete", "/me", "devices"),
    Screen("help-signed-in", "employer", "/help", "title"),
    Screen("desk-employer", "employer", "/desk/people", "people"),
    Screen("desk-department", "department", "/desk", "title"),
    Screen("desk-base", "base", "/desk", "title"),
    Screen("desk-county", "county", "/desk/people", "people"),
    Screen("desk-city", "city", "/desk/people", "people"),
    Screen("desk-panel", "panel", "/desk", "title"),
    Screen("second-factor", "city", "/me/second-factor", "factor-begin"),
    Screen("staff", "employer", "/desk/staff", "clerk-list"),
    Screen("messages", "complete", "/messages", "empty"),
    Screen("reset", NOBODY, "/reset", "reset-submit"),
    Screen("collect", "employer", "/desk/collect", "collect"),
    Screen("desk-search", "city", "/desk/people?q=没有这个人", "empty"),
    Screen("desk", "employer", "/desk", "waiting"),
    Screen("desk-audit", "city", "/desk/audit", "events"),
    Screen("desk-rules", "city", "/desk/rules", "rule-paper"),
    Screen("desk-rule", "city", "/desk/rules/project", "rule-form"),
    Screen("desk-contests", "city", "/desk/contests", "register-search"),
    Screen("desk-courses", "base", "/desk/courses", "courses"),
    Screen("desk-course", "base", "/desk/courses/{made}", "lessons"),
    Screen("desk-course-lesson", "base", "/desk/courses/{made}?lesson={made_lesson}", "questions"),
    Screen("desk-course-preview", "city", "/desk/courses/{sent_course}/preview", "verdict"),
    Screen("desk-course-reviews", "city", "/desk/course-reviews", "reviews"),
    Screen("claim-contest", "last_course", "/claim/contest", "contest-form"),
    Screen("desk-projects", "base", "/desk/projects", "projects"),
    Screen("desk-projects-none", "base", "/desk/projects?q=没有这个项目", "empty-go"),
    Screen("desk-project-new", "base", "/desk/project/new", "ask-form"),
    Screen("desk-project-draft", "base", "/desk/projects/{unfiled}", "project-form"),
    Screen("desk-project-approved", "base", "/desk/projects/{class}", "filed"),
    Screen("desk-project-missing", "base", "/desk/projects/999999", "onward"),
    Screen("desk-filings", "city", "/desk/filings", "filings"),
    Screen("desk-filing", "city", "/desk/filings?filing={filing}", "verdict"),
    Screen("desk-filings-done", "city", "/desk/filings?place=done", "filings"),
    Screen("desk-filings-plans", "city", "/desk/filings?place=plans", "nothing-waits"),
    Screen("desk-plans", "base", "/desk/plans", "plan-list"),
    Screen("desk-plan", "base", "/desk/plans?plan={plan}", "plan-items"),
    Screen("desk-needs-open", "base", "/desk/needs", "needs"),
    Screen("desk-needs", "employer", "/desk/needs", "need-form"),
    Screen("desk-calendar", "city", "/desk/calendar", "month"),
    Screen("desk-calendar-none", "city", "/desk/calendar?year=2019", "onward"),
    Screen("classes", "last_course", "/classes", "class"),
    Screen("classes-none", "last_course", "/classes?q=没有这个班", "empty-go"),
    Screen("class", "last_course", "/classes/{class}", "enrol"),
    Screen("class-missing", "last_course", "/classes/999999", "onward"),
    Screen("desk-values", "city", "/desk/values", "transfer_release_days-form"),
    Screen("desk-statistics", "city", "/desk/statistics", "below"),
    Screen("desk-statistics-period", "county", "/desk/statistics?year=2019", "stages"),
    Screen("desk-statistics-weeks", "employer", "/desk/statistics?view=weeks", "weeks"),
    Screen("desk-statistics-missing", "employer", "/desk/statistics?organisation=1", "error-text"),
    Screen("desk-years", "city", "/desk/years", "extend-form"),
    Screen("desk-year", "city", "/desk/years/2020", "year-form"),
    Screen("desk-year-period", "city", "/desk/years/2018", "year-form"),
    Screen("desk-new-year", "city", "/desk/new-year", "not-yet"),
    Screen("desk-operations", "city", "/desk/operations", "well"),
    Screen("desk-keys", "city", "/desk/keys", "key-form"),
    Screen("desk-cases", "city", "/desk/cases", "case"),
    Screen("desk-cases-none", "city", "/desk/cases?status=closed", "no-cases"),
    Screen("desk-case", "city", "/desk/cases/{case}", "case-lines"),
    Screen("desk-cases-new", "city", "/desk/cases?open=1", "new-case-submit"),
    Screen("desk-cases-employer", "employer", "/desk/cases", "no-cases"),
    Screen("desk-integrity", "panel", "/desk/integrity", "look-up"),
    Screen("my-cases", "complete", "/me/cases", "no-cases"),
    Screen("desk-organisations", "city", "/desk/organisations", "organisations"),
    Screen("desk-organisation", "city", "/desk/organisations/5", "organisation-edit"),
    Screen("desk-person", "city", "/desk/people/30", "standings"),
    Screen("transfer", "last_course", "/me/transfer", "to-employer"),
    Screen("correction", "last_course", "/me/correction", "correction"),
    Screen("own-data", "last_course", "/me/data", "no-lookups"),
    Screen("desk-rosters", "base", "/desk/rosters", "roster"),
    Screen("desk-rosters-none", "employer", "/desk/rosters", "no-rosters"),
    Screen("desk-rosters-reviewed", "city", "/desk/rosters?place=reviewed", "roster"),
    Screen("desk-roster", "base", "/desk/rosters/{roster}", "lines"),
    Screen("desk-roster-above", "city", "/desk/rosters/{roster}", "lines"),
    Screen("desk-roster-import", "base", "/desk/rosters/{roster}/import", "collect"),
    Screen("desk-roster-list", "base", "/desk/rosters/{roster}/list", "printed"),
    Screen("desk-roster-missing", "base", "/desk/rosters/999999", "onward"),
    Screen("desk-check-in", "base", "/desk/rosters/{roster}/check-in", "refusal"),
    Screen("check-in", NOBODY, "/check-in/{roster}/abcdefghijklmnop", "to-sign-in"),
    Screen("check-in-old", "complete", "/check-in/{roster}/abcdefghijklmnop", "error-text"),
    Screen("help-employer", "employer", "/help/employer", "title"),
    Screen("help-department", "department", "/help/department", "title"),
    Screen("help-bureau", "city", "/help/bureau", "title"),
)
EVERY_SCREEN = pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
SIZES = pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])


@pytest.fixture(scope="session")
def addresses(city: City, browser: Any) -> dict[str, str]:
    """What the addresses of some pages are made of; two certificates, one of them revoked."""
    context = browser.new_context(base_url=city.address)
    page = context.new_page()
    sign_in(page, city, city.documented("complete"))
    numbers = {year: issued(page, city, year) for year in (YEAR, 2018)}
    context.close()
    city.change(
        "UPDATE certificate SET status = 'revoked', status_at = issued_at WHERE number = ?",
        numbers[2018],
    )
    lesson, begun = city.rows(
        "SELECT l.id, c.id FROM lesson l JOIN course c ON c.id = l.course_id WHERE c.code = ?",
        f"{YEAR}-zy-ny-04",
    )[0]
    done = city.rows("SELECT id FROM course WHERE code = ?", f"{YEAR}-gb-01")[0][0]
    waiting, receipt = city.rows(
        "SELECT id, number FROM application WHERE kind = 'person' AND status = 'submitted'"
    )[0]
    claims = {
        status: city.rows(
            "SELECT id FROM claim WHERE person_id = ? AND status = ?",
            city.documented("last_course").id, status,
        )[0][0]
        for status in ("draft", "returned", "submitted")
    }  # fmt: skip
    case = city.rows("SELECT id FROM supervision_case WHERE status = 'decided' ORDER BY id")[0][0]
    news = "SELECT id FROM notice WHERE"
    queued = city.rows(
        "SELECT c.id FROM claim c JOIN membership m ON m.organisation_id = c.office_id"
        " WHERE c.status = 'submitted' AND m.person_id = ?", city.documented("employer").id,
    )[0][0]  # fmt: skip
    roster = city.rows(
        "SELECT p.id FROM project p JOIN organisation o ON o.id = p.organisation_id"
        " WHERE p.posted_at IS NULL AND p.status = 'approved' AND o.name LIKE '%培训中心'"
        " ORDER BY p.ends_on LIMIT 1"
    )[0][0]  # fmt: skip
    made, made_lesson = city.rows(
        "SELECT c.id, l.id FROM course c JOIN lesson l ON l.course_id = c.id"
        " WHERE c.status = 'draft'"
    )[0]
    sent_course = city.rows("SELECT id FROM course WHERE status = 'submitted'")[0][0]
    offered, unfiled = (
        city.rows("SELECT id FROM project WHERE title = ?", title)[0][0]
        for title in ("急诊护理新技术培训班", "会计准则解读培训班")
    )
    filing = city.rows("SELECT id FROM project_edition WHERE status = 'submitted'")[0][0]
    plan = city.rows("SELECT id FROM training_plan")[0][0]
    return {
        "class": str(offered), "unfiled": str(unfiled), "filing": str(filing), "plan": str(plan),
        "made": str(made), "made_lesson": str(made_lesson), "sent_course": str(sent_course),
        "roster": str(roster),
        "draft": str(claims["draft"]), "returned": str(claims["returned"]),
        "case": str(case),
        "news": str(city.rows(f"{news} pinned_until IS NOT NULL AND status = 'published'")[0][0]),
        "unsent": str(city.rows(f"{news} edition = 0")[0][0]),
        "sent": str(claims["submitted"]), "queued": str(queued),
        "waiting": str(waiting), "receipt": receipt,
        "valid": numbers[YEAR], "revoked": numbers[2018],
        "lesson": str(lesson), "begun": str(begun), "done": str(done),
    }  # fmt: skip


@pytest.fixture(scope="session")
def signed_in(city: City, browser: Any) -> Callable[[str], Any]:
    """The cookies of a person who signed in once for all tests of this worker."""

    @cache
    def cookies(who: str) -> Any:
        context = browser.new_context(base_url=city.address)
        somebody = whose(city, who)
        if somebody:
            sign_in(context.new_page(), city, somebody)
        kept = context.storage_state()
        context.close()
        return kept

    return cookies


@pytest.fixture
def show(
    city: City, addresses: dict[str, str], signed_in: Callable[[str], Any], visit: Visit
) -> Callable[..., Page]:
    """Open a screen as whose it is, and wait until it is all there."""

    def open_screen(screen: Screen, size: tuple[int, int], **options: Any) -> Page:
        if screen.name == "missing":
            options["allow"] = ["status of 404"]
        page = visit(city, None, size, storage_state=signed_in(screen.who), **options)
        page.goto(screen.path.format(**addresses))
        expect(page.get_by_test_id(screen.shows).first).to_be_visible(timeout=15_000)
        expect(page.get_by_test_id("loading")).to_have_count(0)
        return page

    return open_screen


@EVERY_SCREEN
def test_everybody_can_use_the_page(show: Callable[..., Page], screen: Screen) -> None:
    page = show(screen, PHONE, reduced_motion="reduce")
    assert page.locator("html").get_attribute("lang") == "zh-CN"
    assert page.title().endswith(f" · {PRODUCT}")
    paper = ground(page)
    is_usable(page)
    assert ground(page) != paper
    page.set_viewport_size({"width": NARROWEST[0], "height": NARROWEST[1]})
    assert not page.evaluate(TOO_WIDE), "at 200 percent"
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})
    assert ground(page) == paper
    is_usable(page)


def is_usable(page: Page) -> None:
    """By day with every rule, and by night: nothing is wrong; the page is left by night."""
    assert page.locator("h1:visible").count() == 1
    assert page.locator("h1:visible").inner_text().strip()
    assert not foreign_words(page)
    assert not page.evaluate(TOO_WIDE)
    assert not findings(page)
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    # Only colours differ in the dark.
    assert not findings(page, "color-contrast", "link-in-text-block")


def test_a_fault_on_a_page_is_found(city: City, visit: Visit) -> None:
    page = visit(city)
    page.goto("/sign-in")
    # Changed any earlier, the page would find itself unlike what was sent and mend itself.
    page.wait_for_function(TAKEN_OVER)
    page.evaluate("""() => {
      document.querySelector("main li").style.color = "#e4e0d8";
      document.querySelector("label").textContent = "Identity number";
      const wide = document.createElement("p");
      wide.style.width = "3000px";
      wide.textContent = "宽";
      document.querySelector("main").append(wide);
    }""")
    assert {finding["id"] for finding in findings(page)} >= {"color-contrast"}
    assert foreign_words(page) == ["Identity", "number"]
    assert page.evaluate(TOO_WIDE)


@SIZES
@pytest.mark.parametrize(
    "screen", [each for each in SCREENS if each.name in ("sign-in", "home-nearly")],
    ids=lambda screen: screen.name,
)  # fmt: skip
def test_the_keyboard_reaches_every_control_in_order_and_shows_where_it_is(
    show: Callable[..., Page], screen: Screen, size: tuple[int, int]
) -> None:
    page = show(screen, size)
    wanted = page.evaluate(CONTROLS)
    assert wanted[0] == "skip"
    assert len(wanted) >= 7
    reached = list(tabbed(page, len(wanted)))
    assert [each["name"] for each in reached] == wanted
    assert not [each["name"] for each in reached if not each["marked"]]
    assert not [each["name"] for each in reached if not each["seen"]]


@pytest.mark.parametrize("name", ["sign-in", "home-complete", "public"])
def test_the_skip_link_leads_past_the_menu(show: Callable[..., Page], name: str) -> None:
    page = show(screen_of(name), DESKTOP)
    page.keyboard.press("Tab")
    expect(page.get_by_test_id("skip")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")
    assert page.evaluate("document.activeElement !== document.querySelector('main')")


def test_one_signs_in_and_goes_to_a_course_by_keyboard_alone(city: City, visit: Visit) -> None:
    page, who = visit(city), city.documented("last_course")
    page.goto("/sign-in")
    expect(page.get_by_test_id("sign-in-submit")).to_be_visible()
    tab_to(page, "identity_number")
    page.keyboard.type(who.number)
    tab_to(page, "password")
    page.keyboard.type(who.password)
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("rings")).to_be_visible()
    tab_to(page, "resume")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("player-big")).to_be_visible(timeout=15_000)


@pytest.mark.parametrize("name", ["home-nearly", "lesson", "public"])
def test_nothing_moves_for_those_who_asked_for_stillness(
    show: Callable[..., Page], name: str
) -> None:
    still = show(screen_of(name), PHONE, reduced_motion="reduce")
    assert still.evaluate(MOVING) == 0


def test_something_moves_for_the_others(show: Callable[..., Page]) -> None:
    assert show(screen_of("home-nearly"), PHONE).evaluate(MOVING) > 0


def test_the_menu_is_below_on_a_phone_and_beside_on_a_desktop(show: Callable[..., Page]) -> None:
    phone = show(screen_of("home-nearly"), PHONE).get_by_test_id("menu").bounding_box()
    desktop = show(screen_of("home-nearly"), DESKTOP).get_by_test_id("menu").bounding_box()
    assert phone
    assert desktop
    assert phone["y"] + phone["height"] == pytest.approx(PHONE[1], abs=2)
    assert (phone["width"], desktop["x"]) == (PHONE[0], pytest.approx(0, abs=200))
    assert desktop["height"] > desktop["width"]


@SIZES
def test_what_a_finger_presses_is_large_enough(
    show: Callable[..., Page], size: tuple[int, int]
) -> None:
    page = show(screen_of("home-nearly"), size)
    assert not page.evaluate(SMALL)


def test_the_first_page_is_light_on_the_wire(city: City, visit: Visit) -> None:
    page = visit(city, city.documented("last_course"), PHONE)
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    line.send("Network.setCacheDisabled", {"cacheDisabled": True})
    sizes: list[int] = []
    line.on("Network.loadingFinished", lambda said: sizes.append(said["encodedDataLength"]))
    page.goto("/")
    expect(page.get_by_test_id("rings")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert len(sizes) > 5, "the page and what it is made of"
    assert sum(sizes) <= FIRST_LOAD_BYTES


def test_the_frameworks_own_look_is_not_in_the_build() -> None:
    found = [path for path in BUILD.rglob("*") if path.suffix in (".js", ".css", ".html")]
    assert len(found) > 10
    # The mark of its style sheet and of its components, whatever their files are called.
    marks = (b"@radix-ui/themes", b"radix-themes", b"rt-Button", b"tailwind")
    assert not [path.name for path in found if any(mark in path.read_bytes() for mark in marks)]


def issued(page: Page, where: City, year: int) -> str:
    answer = page.request.post(
        f"{where.address}/api/certificate/{year}", headers={"Origin": where.address}
    )
    return answer.json()["number"]


def whose(where: City, who: str) -> Somebody | None:
    if who == EMPTY:
        return where.empty_handed()
    return where.documented(who) if who else None


def screen_of(name: str) -> Screen:
    return next(screen for screen in SCREENS if screen.name == name)


def foreign_words(page: Page) -> list[str]:
    """Latin words that a reader of Chinese would meet."""
    text = CREDIT_CODE.sub("", CERTIFICATE_NUMBER.sub("", page.evaluate(WORDS)))
    text = DIGEST.sub("", text)
    return sorted({word for word in re.findall(r"[A-Za-z]+", text) if word not in LATIN_NAMES})


def ground(page: Page) -> str:
    return page.evaluate("getComputedStyle(document.documentElement).backgroundColor")


SETTLED = """() => document.getAnimations().every(
    (each) => each.playState !== "running"
        || each.effect.getComputedTiming().iterations === Infinity
)"""


def findings(page: Page, *rules: str) -> list[dict[str, Any]]:
    """What axe finds by all its rules or by some, shortened to what one needs to mend it."""
    # Colours on their way from one to another are neither.
    page.wait_for_function(SETTLED)
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = {"type": "rule", "values": list(rules)}
    violations = axe().run(page, options=options).response["violations"]
    return [
        {"id": each["id"], "help": each["help"], "where": [n["html"][:160] for n in each["nodes"]]}
        for each in violations
    ]


@cache
def axe() -> Axe:
    return Axe()


def tabbed(page: Page, times: int) -> Iterator[dict[str, Any]]:
    for _ in range(times):
        page.keyboard.press("Tab")
        yield page.evaluate(FOCUSED) or {"name": None, "marked": False, "seen": False}


def tab_to(page: Page, testid: str) -> None:
    for each in tabbed(page, 60):
        if each["name"] == testid:
            return
    raise AssertionError(f"the tabulator never reaches {testid}")
