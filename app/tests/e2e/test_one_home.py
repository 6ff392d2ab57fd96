"""A visitor reads a home, turns its figures, keeps and compares homes, and asks for a call."""

import re
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Request, expect

from app.tests.e2e.browser import DESKTOP, PHONE, SIZES, TABLET, tab_to
from app.tests.e2e.conftest import Visiting
from app.tests.test_devstack.waiting import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]
# Of a first visit without photos, compressed.
MOST_BYTES = 150 * 1024


def found(demo: str) -> list[dict[str, Any]]:
    answers = {"budget_min": 1_000_000, "budget_max": 500_000_000, "property_type": "flat", "per_page": 100}
    results: list[dict[str, Any]] = httpx.post(f"{demo}/api/v1/search/guided", json=answers, timeout=20).json()[
        "results"
    ]
    return results


@pytest.fixture(scope="module")
def well_known(demo: str) -> dict[str, Any]:
    """A home with an enhanced front, comparables and known windows."""
    homes: list[dict[str, Any]] = []

    def choose() -> bool:
        homes[:] = [
            home
            for home in found(demo)
            if (home["primary_image"] or {}).get("enhanced_url")
            and home["key_metrics"]["price_vs_market"]
            and home["key_metrics"]["natural_light_score"]
        ]
        return bool(homes)

    eventually(choose, seconds=120)
    return homes[0]


@pytest.fixture(scope="module")
def little_known(demo: str) -> dict[str, Any]:
    return next(
        home for home in found(demo) if not home["primary_image"] and home["key_metrics"]["natural_light_score"] is None
    )


def test_a_home_is_read_on_a_phone(phone: Page, well_known: dict[str, Any]) -> None:
    asked: list[Request] = []
    phone.on("requestfinished", lambda request: asked.append(request))  # noqa: PLW0108 - Playwright takes no method of a list
    phone.add_init_script(
        "window.shifts = 0; new PerformanceObserver(list => { for (const shift of list.getEntries())"
        " if (!shift.hadRecentInput) window.shifts += shift.value }).observe({type: 'layout-shift', buffered: true})"
    )
    phone.goto(f"/homes/{well_known['id']}")
    phone.wait_for_load_state("networkidle")
    weights = {request.url: request.sizes()["responseBodySize"] for request in asked if "/media/" not in request.url}
    assert sum(weights.values()) < MOST_BYTES, weights
    expect(phone.locator("h1")).to_have_text(well_known["title"])
    # The front before and after, with its sentence always there.
    slider = phone.get_by_role("slider", name="Show less or more of the original photo")
    slider.focus()
    slider.press("Home")
    assert phone.locator(".ba").evaluate("box => getComputedStyle(box).getPropertyValue('--x')") == "0%"
    expect(phone.locator(".ai-note")).to_contain_text("the building was not changed")
    # The month moves the sun.
    drawn = phone.locator("#sun svg .sun").first.get_attribute("d")
    month = phone.locator("#month")
    month.focus()
    month.press("Home")
    expect(phone.locator(".mwrap b").first).to_have_text("January")
    assert phone.locator("#sun svg .sun").first.get_attribute("d") != drawn
    expect(month).to_be_focused()
    phone.locator("#sun .seg-c label", has_text="Daylight").click()
    expect(phone.locator("#sun svg title").first).to_contain_text("Daylight by direction")
    expect(phone.locator("#month")).to_have_value("1")
    phone.locator("#around .seg-c label", has_text="1 km").click()
    expect(phone.locator("#nearby-1000-title")).to_be_attached()
    price = phone.locator("#costs .price")
    before = price.inner_text()
    years = phone.locator("#years")
    years.focus()
    years.press("Home")
    expect(price).not_to_have_text(before)
    # The form is one tap away.
    bar = phone.get_by_role("link", name="Ask or visit")
    bar.click()
    expect(phone.locator("#ask h2")).to_be_in_viewport()
    expect(bar).to_be_hidden()  # it gives way to the form
    assert phone.evaluate("window.shifts") < 0.02


@pytest.mark.parametrize("scripts", [True, False])
def test_asking_for_a_call_leaves_one_lead(
    visiting: Visiting, demo: str, well_known: dict[str, Any], *, scripts: bool
) -> None:
    number = "98765 43210" if scripts else "98765 43211"
    with visiting(PHONE, java_script_enabled=scripts) as page:
        page.goto(f"/homes/{well_known['id']}")
        page.locator("#ask .seg-c label", has_text="Call me").click()
        page.wait_for_timeout(2100)  # nobody types faster than the form allows
        page.get_by_role("button", name="Send").click()
        expect(page.locator("#e-full_name")).to_contain_text("Give your name")
        expect(page.get_by_label("Your name")).to_be_focused()
        page.get_by_label("Your name").fill("Asha Rao")
        page.get_by_label("Phone").fill("12345")
        page.locator("#ask [name=consent]").check()
        page.get_by_role("button", name="Send").click()
        expect(page.locator("#e-phone")).to_contain_text("An Indian number")
        page.get_by_role("button", name="हिन्दी").click()
        expect(page.get_by_label("आपका नाम")).to_have_value("Asha Rao")
        page.get_by_role("button", name="English").click()
        expect(page.get_by_label("Your name")).to_have_value("Asha Rao")
        expect(page.get_by_label("Call me")).to_be_checked()
        page.get_by_label("Phone").fill(number)
        page.get_by_role("button", name="Send").click()
        expect(page.locator("#ask")).to_contain_text(f"calls you on +91 {number}")
    again = {"property_id": well_known["id"], "full_name": "Asha Rao", "phone": number, "inquiry_type": "callback"}
    answer = httpx.post(f"{demo}/api/v1/inquiries", json=again | {"consent": True}, timeout=20)
    assert answer.status_code == 200  # known already: the lead is there


def test_two_homes_are_kept_compared_and_shared(
    visiting: Visiting, well_known: dict[str, Any], little_known: dict[str, Any]
) -> None:
    with visiting(DESKTOP) as page:
        for home in (well_known, little_known):
            page.goto(f"/homes/{home['id']}")
            page.get_by_role("button", name="Keep on the shortlist").click()
            expect(page.get_by_role("button", name="Keep on the shortlist")).to_have_attribute("aria-pressed", "true")
        expect(page.locator("#saved-count")).to_have_text("2")
        page.get_by_role("link", name="Shortlist").click()
        page.get_by_role("button", name="Compare", exact=True).click()
        expect(page.locator("h1")).to_have_text("Two homes, side by side")
        expect(page.locator(".cmp .best .word").first).to_be_visible()
        light = page.locator(".cmp tr", has_text="Natural light")
        expect(light).to_contain_text("not known")
        expect(light.locator(".best")).to_have_count(0)
        shared = page.url
    with visiting(PHONE, java_script_enabled=False) as page:
        page.goto(shared)
        expect(page.locator(".cmp thead th")).to_have_count(2)
        page.goto(f"/homes/{little_known['id']}")
        page.get_by_role("button", name="Keep on the shortlist").click()
        page.get_by_role("link", name=re.compile("Shortlist")).click()
        page.get_by_role("button", name="Remove").click()
        page.get_by_role("button", name="Undo").click()
        expect(page.locator(".card")).to_have_count(1)


@pytest.mark.parametrize("scripts", [True, False])
def test_the_box_to_share_closes_with_a_tap_beside_it(
    visiting: Visiting, well_known: dict[str, Any], *, scripts: bool
) -> None:
    with visiting(PHONE, java_script_enabled=scripts) as page:
        page.goto(f"/homes/{well_known['id']}")
        page.locator(".share summary").click()
        expect(page.locator(".share .dialog")).to_be_visible()
        page.mouse.click(180, 20)
        expect(page.locator(".share .dialog")).to_be_hidden()


def test_without_scripts_both_photos_show_and_forms_turn_the_figures(
    visiting: Visiting, well_known: dict[str, Any]
) -> None:
    with visiting(PHONE, java_script_enabled=False) as page:
        page.goto(f"/homes/{well_known['id']}")
        after, before = (page.locator(".ba img").nth(n).bounding_box() for n in (0, 1))
        assert after
        assert before
        assert before["y"] >= after["y"] + after["height"]
        page.locator("#ask").scroll_into_view_if_needed()
        bar, form = (page.locator(each).bounding_box() for each in (".askbar", "#ask"))
        assert bar
        assert form
        assert bar["y"] + bar["height"] <= form["y"]
        page.locator("#sun .seg-c label", has_text="Daylight").click()
        page.locator("#sun").get_by_role("button", name="Show", exact=True).first.click()
        expect(page.locator("#sun svg title").first).to_contain_text("Daylight by direction")
        page.locator("#sun").get_by_role("button", name="Hide").click()
        expect(page.locator(".belief")).to_have_text(re.compile(r"^\s*Vastu\s+Show\s*$"))


@pytest.mark.parametrize(("width", "number"), [(PHONE, "+91 98100 12345"), (DESKTOP, "+91 98100 12346")])
def test_a_question_is_sent_by_keyboard_alone(
    visiting: Visiting, well_known: dict[str, Any], width: int, number: str
) -> None:
    with visiting(width) as page:
        page.goto(f"/homes/{well_known['id']}")
        page.wait_for_timeout(2100)  # nobody types faster than the form allows
        tab_to(page, "inquiry_type")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowRight")
        tab_to(page, "full_name")
        page.keyboard.type("Ravi Menon")
        tab_to(page, "phone")
        page.keyboard.type(number)
        tab_to(page, "consent")
        page.keyboard.press("Space")
        tab_to(page, "Send")
        page.keyboard.press("Enter")
        expect(page.locator("#ask")).to_contain_text("fix a time for the visit")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_stands_in_anyones_way(
    visiting: Visiting, well_known: dict[str, Any], little_known: dict[str, Any], scheme: str
) -> None:
    """axe finds no violation; no page is wider than its window."""
    axe = Axe()
    both = f"/compare?id={well_known['id']}&id={little_known['id']}"
    homes = [f"/homes/{home['id']}" for home in (well_known, little_known)]
    paths = [*homes, both, f"/shortlist?{both.partition('?')[2]}", "/shortlist", "/method", "/privacy", "/about"]
    for width in SIZES:
        with visiting(width, scheme, reduced_motion="reduce") as page:
            for path in [*paths, f"{homes[0]}/asked"]:
                page.goto(path)
                assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[width]["width"], (path, width)
                if width != TABLET:
                    report = axe.run(page)
                    assert report.violations_count == 0, (path, width, report.generate_report())
