"""A visitor finds a home: by three answers, in plain words, without scripts, by keyboard alone."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect

from app.tests.e2e.browser import DESKTOP, PHONE, SIZES, tab_to, visibly_focused
from app.tests.e2e.conftest import Stack, Visiting
from devstack.plan import ADMIN_EMAIL

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


@pytest.mark.parametrize("scripts", [True, False])
def test_nothing_found_says_why_and_offers_ways_on(visiting: Visiting, *, scripts: bool) -> None:
    with visiting(PHONE, java_script_enabled=scripts) as page:
        for ways in (".none a", ".sugg a"):
            page.goto(NOTHING)
            expect(page.locator("h1")).to_have_text("No villa matches these answers")
            expect(page.locator(".none h2")).to_have_text("It is the upper limit that leaves nothing")
            way = page.locator(ways).first
            promised = int(re.sub(r"\D", "", way.locator(".num").inner_text()))
            way.click()
            expect(page.locator("h1")).to_have_text(re.compile(f"^{promised} "))


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_by_keyboard_alone(visiting: Visiting, width: int) -> None:
    with visiting(width) as page:
        page.goto("/")
        page.keyboard.press("Tab")
        expect(page.locator(".skip")).to_be_focused()
        page.keyboard.press("Enter")
        tab_to(page, "Lowest budget")
        page.keyboard.press("ArrowRight")
        tab_to(page, "Highest budget")
        page.keyboard.press("PageDown")
        tab_to(page, "property_type")
        page.keyboard.press("ArrowRight")
        tab_to(page, "bhk")
        page.keyboard.press("ArrowRight")
        expect(page.locator("#said .live")).not_to_have_text(re.compile(r"^0\D"))
        tab_to(page, "Show these homes")
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_contain_text("match")
        for answer in ("property_type=villa", "bhk=1", "budget_min=", "budget_max="):
            assert answer in page.url


def drag(page: Page, y: float, begin: float, end: float) -> None:
    """A finger that comes to rest at `end`, a frame for each step: browsers foretell where a fast one is going.

    The page keeps in `touched` where it saw the finger.
    """
    page.evaluate(
        "window.touched = []; addEventListener('touchmove',"
        " ({target, touches}) => touched.push([target.dataset.for, touches[0].clientX]), true)"
    )
    finger = page.context.new_cdp_session(page)
    steps = [begin + (end - begin) * part / 8 for part in range(1, 9)]
    for kind, x in [("touchStart", begin), *(("touchMove", x) for x in [*steps, end + 2, end + 1, end])]:
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
        page.evaluate("new Promise(requestAnimationFrame)")
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_the_handles_stand_on_the_steps_of_the_lists(phone: Page) -> None:
    phone.goto("/")
    low, high = (phone.get_by_role("slider", name=name) for name in ("Lowest budget", "Highest budget"))
    prices = phone.locator("#budget_max option").evaluate_all("options => options.map(each => each.value)")
    high.press("Home")
    expect(phone.locator("#budget_max")).to_have_value(prices[0])
    high.press("ArrowRight")
    expect(phone.locator("#budget_max")).to_have_value(prices[1])
    assert re.fullmatch(r"₹[\d.]+\sL", high.get_attribute("aria-valuetext") or "")
    low.press("End")  # not beyond the other
    expect(phone.locator("#budget_min")).to_have_value(prices[0])
    low.press("Home")
    # The count may move what stands below it: no finger is on the page before it came.
    with phone.expect_response(lambda response: "/count?" in response.url and "budget_max=&" in response.url):
        high.press("End")
    expect(phone.locator("#budget_max")).to_have_value("")
    # A finger on the handle: half way along the slider.
    phone.locator("[data-slider]").evaluate("track => track.scrollIntoView({block: 'center'})")
    track = phone.locator("[data-slider]").bounding_box()
    assert track
    drag(phone, track["y"] + track["height"] / 2, track["x"] + track["width"], track["x"] + track["width"] / 2)
    reached = prices.index(phone.locator("#budget_max").input_value()) / len(prices)
    assert 0.4 < reached < 0.6, phone.evaluate("touched")
    expect(phone.locator("#said .sum")).to_contain_text("Flats up to ₹")


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_a_press_beside_the_handles_brings_the_nearer_one(visiting: Visiting, width: int) -> None:
    with visiting(width) as page:
        page.goto("/")
        track = page.locator("[data-slider]")
        track.evaluate("track => track.scrollIntoView({block: 'center'})")
        box = track.bounding_box()
        assert box
        prices = page.locator("#budget_max option").evaluate_all("options => options.map(each => each.value)")
        left, across, y = box["x"], box["width"] / len(prices), box["y"] + box["height"] / 2
        press = page.touchscreen.tap if width == PHONE else page.mouse.click
        ends = {"budget_min": "", "budget_max": ""}
        low, high = len(prices) // 5, len(prices) * 4 // 5
        for step, moved in (
            (low, "budget_min"),
            (high, "budget_max"),
            (high - 5, "budget_max"),
            (low + 5, "budget_min"),
        ):
            press(left + step * across, y)
            ends[moved] = prices[step - 1]
            for name, price in ends.items():
                expect(page.locator(f"#{name}")).to_have_value(price)
        expect(page.locator("#said .sum")).to_contain_text("Flats from ₹")


def test_a_drag_that_ends_beside_its_handle_is_no_press(desktop: Page) -> None:
    desktop.goto("/")
    prices = desktop.locator("#budget_max option").evaluate_all("options => options.map(each => each.value)")
    middle = len(prices) // 2
    desktop.goto(f"/?budget_max={prices[middle - 1]}")
    track = desktop.locator("[data-slider]")
    track.evaluate("track => track.scrollIntoView({block: 'center'})")
    box = track.bounding_box()
    assert box
    y = box["y"] + box["height"] / 2
    desktop.mouse.move(box["x"], y)
    desktop.mouse.down()
    desktop.mouse.move(box["x"] + box["width"] * 0.8, y, steps=4)
    desktop.mouse.up()
    expect(desktop.locator("#budget_min")).to_have_value(prices[middle - 2])
    expect(desktop.locator("#budget_max")).to_have_value(prices[middle - 1])


def test_a_count_that_arrives_leaves_the_handle_in_the_hand(desktop: Page) -> None:
    desktop.goto("/")
    prices = desktop.locator("#budget_max option").evaluate_all("options => options.map(each => each.value)")
    track = desktop.locator("[data-slider]")
    track.evaluate("track => track.scrollIntoView({block: 'center'})")
    box = track.bounding_box()
    assert box
    y = box["y"] + box["height"] / 2
    desktop.get_by_role("slider", name="Lowest budget").press("ArrowRight")
    desktop.mouse.move(box["x"] + box["width"], y)
    desktop.mouse.down()
    expect(desktop.locator("#said .sum")).to_contain_text("Flats from ₹")
    desktop.mouse.move(box["x"] + box["width"] / 2, y, steps=4)
    desktop.mouse.up()
    reached = prices.index(desktop.locator("#budget_max").input_value()) / len(prices)
    assert 0.4 < reached < 0.6


def test_the_count_follows_what_is_typed(phone: Page) -> None:
    phone.goto("/")
    phone.locator(".tab-place").click()
    everywhere = number(phone, "#said .live")
    phone.locator("#place").press_sequentially("greater noida west")
    expect(phone.locator("#said .sum")).to_contain_text("Greater Noida West")
    assert 0 < number(phone, "#said .live") < everywhere
    phone.locator("#words").press_sequentially("3bhk under 2 cr")
    expect(phone.locator("#in-words-said")).to_contain_text("3 BHK")
    promised, _, _ = phone.locator("#in-words-said").inner_text().partition(":")
    phone.keyboard.press("Enter")
    expect(phone.locator("h1")).to_have_text(promised)


def test_renting_is_chosen_without_leaving_the_question(phone: Page) -> None:
    phone.goto("/")
    phone.locator(".tab-purpose").click()
    rent = phone.locator("#purpose-rent")
    rent.evaluate("link => link.scrollIntoView({block: 'center'})")
    before = phone.evaluate("scrollY")
    rent.click()
    expect(phone.locator("#said .sum")).to_contain_text("Flats to rent")
    expect(phone.locator("#purpose-rent")).to_be_focused()
    assert abs(phone.evaluate("scrollY") - before) < 8
    expect(phone.get_by_role("slider")).to_have_count(2)
    promised = number(phone, "#said .live")
    phone.get_by_role("button", name="Show these homes").click()
    expect(phone.locator("h1")).to_have_text(re.compile(f"^{promised} flats? match"))


def test_back_from_a_home_the_list_stands_where_it_was_left(phone: Page) -> None:
    phone.goto(RESULTS)
    phone.locator(".more").scroll_into_view_if_needed()
    expect(phone.locator(".card")).to_have_count(40)
    # Far from the end, which would bring the next page.
    phone.locator(".card").nth(30).scroll_into_view_if_needed()
    title = phone.locator(".card h2").nth(30).inner_text()
    phone.locator(".card h2 a").nth(30).click()
    expect(phone.locator("h1")).to_have_text(title)
    phone.go_back()
    expect(phone.locator(".card h2").nth(30)).to_be_in_viewport()
    expect(phone.locator(".card")).to_have_count(40)
    # By the home's own link too, which knows the results after another colour was chosen there.
    phone.locator(".card h2 a").nth(30).click()
    phone.locator("header button.to-dark").click()
    expect(phone.locator("html")).to_have_attribute("data-theme", "dark")
    phone.get_by_role("link", name="The homes you found").click()
    expect(phone.locator(".card")).to_have_count(40)
    expect(phone.locator(".card h2").nth(30)).to_be_in_viewport()
    # And in another language the list stands where it stood.
    phone.locator("button[name=language]").first.evaluate("button => button.click()")
    expect(phone.locator("html")).to_have_attribute("lang", "hi")
    expect(phone.locator(".card h2").nth(30)).to_be_in_viewport()


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_four_homes_are_chosen_and_a_fifth_is_refused(visiting: Visiting, width: int) -> None:
    with visiting(width) as page:
        page.goto(RESULTS)
        for number in range(5):
            page.locator(".card .check").nth(number).click()
        expect(page.locator(".hint")).to_have_text("Four fit side by side. Take one out to add another.")
        expect(page.locator(".card :checked")).to_have_count(4)
        page.get_by_role("button", name="Take out").first.click()
        expect(page.locator(".picks button")).to_have_count(3)
        expect(page.locator(".hint")).to_be_empty()
        page.get_by_role("button", name="Compare", exact=True).click()
        expect(page.locator("h1")).to_have_text("Three homes, side by side")
        page.go_back()
        expect(page.locator(".picks button")).to_have_count(3)


def test_chosen_homes_stay_chosen_on_the_other_pages_of_a_search(phone: Page) -> None:
    phone.goto(RESULTS)
    compare = phone.get_by_role("button", name="Compare", exact=True)
    phone.locator(".card .check").nth(1).click()
    expect(phone.locator(".hint")).to_have_text("Choose one more to compare.")
    expect(compare).to_be_disabled()
    phone.reload()
    expect(phone.locator(".picks button")).to_have_count(1)
    expect(phone.locator(".card .check :checked")).to_have_count(1)
    phone.goto(f"{RESULTS}&page=2")
    expect(phone.locator(".picks button")).to_have_count(1)
    phone.locator(".card .check").nth(2).click()
    expect(phone.locator(".hint")).to_be_empty()
    compare.click()
    expect(phone.locator("h1")).to_have_text("Two homes, side by side")
    phone.go_back()
    phone.get_by_role("button", name="Take out").first.click()
    phone.goto(RESULTS)
    expect(phone.locator(".picks button")).to_have_count(1)
    expect(phone.locator(".card .check :checked")).to_have_count(0)
    # Another search begins anew.
    phone.goto(f"{RESULTS}&bhk=3")
    expect(phone.locator(".cmpbar")).to_be_hidden()


def test_one_home_alone_is_not_compared_without_scripts_either(visiting: Visiting) -> None:
    with visiting(PHONE, java_script_enabled=False) as page:
        page.goto(RESULTS)
        page.locator(".card .check").first.click()
        page.get_by_role("button", name="Compare", exact=True).click()
        expect(page.locator("main")).to_contain_text("A comparison needs two to four")


def test_the_unit_is_switched_without_scripts(visiting: Visiting) -> None:
    with visiting(PHONE, java_script_enabled=False) as page:
        page.goto(RESULTS)
        page.locator(".rhead").get_by_role("button", name="sq m").click()
        expect(page.locator(".card .ppsf").first).to_contain_text("/\u00a0sq\u00a0m")
        page.locator(".card h2 a").first.click()
        expect(page.locator(".facts dd").first).to_contain_text("sq\u00a0m")


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_the_panel_is_entered_by_keyboard_alone(visiting: Visiting, stack: Stack, width: int) -> None:
    with visiting(width) as page:
        page.goto("/admin/login")
        for field, typed in (("email", ADMIN_EMAIL), ("password", stack.admin_password)):
            if visibly_focused(page) != field:
                tab_to(page, field)
            page.keyboard.type(typed)
        page.keyboard.press("Enter")
        expect(page.get_by_role("navigation", name="Admin")).to_be_visible()


def test_long_words_small_windows_and_large_letters_break_nothing(visiting: Visiting) -> None:
    """320 px are also 640 at 200 %."""
    paths = ("/", RESULTS, NOTHING, "/shortlist", "/homes?q=3bhk+xyzzy+east+facing")
    with visiting(PHONE, locale="hi-IN", reduced_motion="reduce") as page:
        page.set_viewport_size({"width": 320, "height": 640})
        for path in paths:
            page.goto(path)
            assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
        page.goto("/")
        assert page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--base').trim()") == "1ms"


DRAWN = "() => new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))"
WATCH_SHIFTS = """window.moved = 0;
new PerformanceObserver(list => list.getEntries().forEach(each => { moved += each.value; }))
    .observe({type: "layout-shift", buffered: true});"""


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_letters_that_come_late_move_nothing(visiting: Visiting, width: int) -> None:
    """Cumulative layout shift, of which 0.1 is called good."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    for path in ("/", RESULTS):
        held.clear()
        with visiting(width) as page:
            page.add_init_script(WATCH_SHIFTS)
            page.route("**/*.woff2", hold)
            page.goto(path, wait_until="domcontentloaded")
            page.evaluate(DRAWN)
            assert len(held) >= 3
            for route in held:
                route.continue_()
            page.evaluate("() => document.fonts.ready.then(() => {})")
            page.evaluate(DRAWN)
            assert page.evaluate("moved") < 0.1, path


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
