"""A visitor finds a home: by three answers, in plain words, without scripts, by keyboard alone."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from app.tests.e2e.browser import DESKTOP, PHONE, SIZES
from app.tests.e2e.conftest import Visiting

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]
RESULTS = "/homes?property_type=flat&budget_max=20000000"
NOTHING = "/homes?property_type=villa&budget_max=100000"


def number(page: Page, selector: str) -> int:
    return int(re.sub(r"\D", "", page.locator(selector).inner_text().split("\n")[0]) or 0)


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_by_three_answers(visiting: Visiting, width: int) -> None:
    with visiting(width) as page:
        page.goto("/")
        all_flats, lit = number(page, "#said .live"), page.locator("#street .w.on").count()
        assert lit > 20
        # The slider is moved in steps people think in; the list above it says which.
        handle = page.get_by_role("slider", name="Highest budget")
        handle.focus()
        for _ in range(20):
            page.keyboard.press("ArrowLeft")
        expect(page.locator("#said .sum")).to_contain_text("Flats up to ₹")
        assert page.locator("#budget_max").input_value() != ""
        expect(page.locator("#said .live")).not_to_have_text(re.compile(f"^{all_flats}\\D"))
        assert page.locator("#street .w.on").count() < lit
        page.locator(".type", has_text="Villa").click()
        expect(page.locator("#said .sum")).to_contain_text("Villas")
        assert page.locator("#street.lit-villa").count() == 1
        page.locator(".type", has_text="Flat").click()
        page.locator(".panel-bhk .chip", has_text="3 BHK").click()
        expect(page.locator("#said .sum")).to_contain_text("3 BHK")
        promised = number(page, "#said .live")
        assert promised == number(page, "#n-bhk-3")
        page.get_by_role("button", name="Show these homes").click()
        expect(page.locator("h1")).to_have_text(re.compile(f"^{promised} flats? match"))
        assert "bhk=3" in page.url
        assert "wish" not in page.url


def test_without_scripts(visiting: Visiting) -> None:
    with visiting(PHONE, java_script_enabled=False) as page:
        page.goto("/")
        expect(page.get_by_role("slider")).to_have_count(0)
        page.locator("#budget_max").select_option(index=30)
        page.locator(".type", has_text="Flat").click()
        page.get_by_text("Place", exact=True).first.click()
        page.locator("#place").fill("greater noida west")
        page.get_by_role("button", name="Show these homes").click()
        expect(page.locator("h1")).to_have_text(re.compile(r"flats? match"))
        if page.locator(".plate input").count():
            page.locator(".plate label").first.click()
            expect(page.locator(".photo:has(:checked) .original").first).to_be_visible()
        page.goto(RESULTS)
        page.get_by_role("link", name="Next").click()
        expect(page.locator(".pages .num")).to_contain_text("Page 2 of")
        page.get_by_role("button", name="हिन्दी").click()
        expect(page.locator("html")).to_have_attribute("lang", "hi")
        expect(page.locator("h1")).to_contain_text("फ़्लैट मिले")
        page.get_by_role("button", name="गहरे रंग").click()
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        assert "page=2" in page.url


def test_in_plain_words_and_then_one_answer_changed(phone: Page) -> None:
    phone.goto("/")
    phone.locator("#words").fill("2bhk under 1.5 cr east facing")
    phone.keyboard.press("Enter")
    expect(phone.locator(".answers")).to_contain_text("Up to ₹1.5 Cr")
    expect(phone.locator(".understood")).to_contain_text("east facing")
    before = number(phone, "h1")
    phone.locator(".answers .chip", has_text="BHK").click()
    phone.locator("#change .chip", has_text="3 BHK").click()
    expect(phone.locator("#change .sum")).to_contain_text("3 BHK")
    promised = number(phone, "#change .live")
    assert promised != before
    phone.locator("#change button").last.click()
    expect(phone.locator("h1")).to_have_text(re.compile(f"^{promised} flats? match"))
    phone.locator(".answers .chip", has_text="Budget").click()
    expect(phone.locator("#change").get_by_role("slider")).to_have_count(2)


def test_the_next_homes_come_by_scrolling(desktop: Page) -> None:
    desktop.goto(RESULTS)
    expect(desktop.locator(".card")).to_have_count(20)
    desktop.locator(".more").scroll_into_view_if_needed()
    expect(desktop.locator(".card")).to_have_count(40)
    ids = desktop.locator(".card [name=id]").evaluate_all("boxes => boxes.map(box => box.value)")
    assert len(set(ids)) == 40
    desktop.locator(".card .check").first.click()
    expect(desktop.locator(".cmpbar")).to_be_visible()


def test_nothing_found_offers_a_way_on(phone: Page) -> None:
    phone.goto(NOTHING)
    expect(phone.locator("h1")).to_have_text("No villa matches these answers")
    offer = phone.locator(".sugg a").first
    promised = int(re.sub(r"\D", "", offer.locator(".n").inner_text()))
    offer.click()
    expect(phone.locator("h1")).to_have_text(re.compile(f"^{promised} "))


def test_by_keyboard_alone(desktop: Page) -> None:
    desktop.goto("/")
    desktop.keyboard.press("Tab")
    expect(desktop.locator(".skip")).to_be_focused()
    desktop.keyboard.press("Enter")
    reached = []
    for _ in range(14):
        desktop.keyboard.press("Tab")
        reached.append(desktop.evaluate("document.activeElement.name || document.activeElement.textContent.trim()"))
        if reached[-1] == "property_type":
            desktop.keyboard.press("ArrowRight")
        if reached[-1] == "bhk":
            desktop.keyboard.press("ArrowRight")
        if reached[-1] == "Show these homes":
            break
    assert {"budget_min", "budget_max", "property_type", "wish", "bhk", "q"} <= set(reached)
    desktop.keyboard.press("Enter")
    expect(desktop.locator("h1")).to_contain_text("match")
    assert "property_type=villa" in desktop.url
    assert "bhk=1" in desktop.url


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_stands_in_anyones_way(visiting: Visiting, scheme: str) -> None:
    """axe finds no violation; no page is wider than its window."""
    axe = Axe()
    for width in SIZES:
        with visiting(width, scheme, reduced_motion="reduce") as page:
            for path in ("/", RESULTS, NOTHING, "/homes?q=3bhk+xyzzy+east+facing", "/nowhere", "/admin/components"):
                page.goto(path)
                assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[width]["width"], (path, width)
                if width in {PHONE, DESKTOP}:
                    found = axe.run(page)
                    assert found.violations_count == 0, (path, width, found.generate_report())
