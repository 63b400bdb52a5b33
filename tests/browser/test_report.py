"""The report in a headless Chromium: drawn, readable for everybody, and asking nothing of anybody."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from regulars.report.pages import PAGES
from regulars.report.site import Site
from tests.made_up_version import made_up_version

PICTURES = Path(__file__).parents[1] / "output" / "report"
WIDE, NARROW = 1100, 360
Scheme = Literal["light", "dark"]
Open = Callable[..., Page]
NAMES = [page.name for page in PAGES]
CHARTS = {page.name: sum(section.chart is not None for section in page.sections) for page in PAGES}
# what grows above the page's own width, but for what may be scrolled by itself
WIDER = "document.documentElement.scrollWidth - window.innerWidth"
MARKS = "svg g:is(.mark-rect, .mark-line, .mark-symbol).role-mark path"
# it would ask for the style sheet once more, which the page forbids
OFFLINE = {"resultTypes": ["violations"], "preload": False}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The site of a version that has rows for every chart."""
    folder = tmp_path_factory.mktemp("made_up")
    site = Site(folder / "reports", "The Corner Shop", "EUR")
    site.write(made_up_version(folder / "versions"))
    return site


@pytest.fixture
def visit(site: Site, browser: Browser) -> Iterator[Open]:
    """Opens a page of the site; whatever it complains of or asks of others fails the test."""
    complaints: list[str] = []
    requested: list[str] = []
    contexts = []

    def open_page(name: str, width: int = WIDE, scheme: Scheme = "light", *, scripts: bool = True) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            java_script_enabled=scripts,
            timezone_id="America/Los_Angeles",
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: requested.append(request.url))
        page.goto((site.link / f"{name}.html").as_uri())
        if scripts:
            expect(page.locator(".drawn svg")).to_have_count(CHARTS[name])
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []
    assert [url for url in requested if not url.startswith((site.link.as_uri(), "data:"))] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_chart_is_drawn_with_marks_and_no_page_has_faults_for_those_who_see_or_move_otherwise(
    visit: Open, name: str
) -> None:
    page = visit(name)
    for chart in page.locator(".drawn").all():
        assert chart.locator(MARKS).count() > 0
    page.screenshot(path=PICTURES / f"{name}.png", full_page=True)
    found = Axe().run(page, options=OFFLINE).response["violations"]
    grave = [fault for fault in found if fault["impact"] in {"serious", "critical"}]
    assert [(fault["id"], fault["nodes"][0]["html"]) for fault in grave] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_phone_shows_every_page_without_scrolling_sideways_also_in_the_dark(visit: Open, name: str) -> None:
    page = visit(name, NARROW, "dark")
    assert page.evaluate(WIDER) <= 0
    page.screenshot(path=PICTURES / f"{name}_phone_dark.png", full_page=True)
    found = Axe().run(page, options=OFFLINE | {"runOnly": ["color-contrast"]}).response["violations"]
    assert [fault["nodes"][0]["html"] for fault in found] == []


def test_charts_have_the_colours_of_the_page_and_follow_it_into_the_dark(visit: Open) -> None:
    page = visit("index")
    bar = page.locator(".drawn .mark-line path").first
    light = bar.get_attribute("stroke")
    page.emulate_media(color_scheme="dark")
    expect(bar).not_to_have_attribute("stroke", str(light))


def test_days_are_those_of_the_store_wherever_the_reader_is(visit: Open) -> None:
    page = visit("quality")
    labels = page.locator(".drawn svg text").all_text_contents()
    assert "May 12" in labels


def test_the_reader_chooses_a_model_and_a_pointer_tells_figures(visit: Open) -> None:
    page = visit("models")
    gains = page.locator("section", has=page.locator("#gains"))
    points = gains.locator(".mark-symbol.role-mark path")
    expect(points).to_have_count(11)
    gains.get_by_role("combobox").select_option("lifetime_value_90d")
    expect(points).to_have_count(6)
    points.last.hover()
    expect(page.locator("#vg-tooltip-element")).to_contain_text("found100%")


def test_the_keyboard_skips_to_the_content_and_opens_tables(visit: Open) -> None:
    page = visit("segments")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to the content")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_contain_text("Table of Customers in each segment")
    page.keyboard.press("Enter")
    expect(page.get_by_role("table").first).to_be_visible()


def test_a_reader_without_javascript_has_the_tables(visit: Open) -> None:
    page = visit("decisions", scripts=False)
    expect(page.locator("noscript").first).to_be_attached()
    page.locator("summary").first.click()
    expect(page.get_by_role("table").first).to_be_visible()
