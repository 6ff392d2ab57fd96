"""Debian's Chromium at the three sizes the pages are drawn for."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, ViewportSize, sync_playwright

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
SIZES: dict[int, ViewportSize] = {
    360: {"width": 360, "height": 740},
    768: {"width": 768, "height": 1024},
    1440: {"width": 1440, "height": 900},
}
PHONE, TABLET, DESKTOP = SIZES
ColourScheme = Literal["light", "dark"]


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@dataclass
class Watch:
    """What must not happen on any page: an error in the console (a breach of the policy is one), another host asked."""

    origin: str
    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def over(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("requestfinished", self._request)
        page.on("requestfailed", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        # The browser reports a page that was answered with an error as well; tests open such pages on purpose.
        is_page = message.text.startswith("Failed to load resource") and not urlsplit(
            message.location["url"]
        ).path.startswith("/static/")
        if message.type == "error" and not is_page:
            self.errors.append(f"{message.text} ({message.location['url']})")

    def _request(self, request: Request) -> None:
        # What the page's policy stopped did not leave the browser.
        if not request.url.startswith((self.origin, "data:", "blob:")) and request.failure != "csp":
            self.foreign.append(request.url)


@contextmanager
def visitor(
    browser: Browser,
    origin: str,
    width: int = PHONE,
    scheme: ColourScheme = "light",
    **options: Any,
) -> Iterator[Page]:
    """A page of a new visitor; fails at its end when something happened that must not. Addresses may be paths.

    `options` are Playwright's for a new context: java_script_enabled=False, locale="hi-IN".
    """
    context = browser.new_context(
        base_url=origin, viewport=SIZES[width], color_scheme=scheme, has_touch=width == PHONE, **options
    )
    watch = Watch(origin)
    context.on("page", watch.over)
    yield context.new_page()
    context.close()
    assert not watch.errors, watch.errors
    assert not watch.foreign, watch.foreign


def visibly_focused(page: Page) -> str:
    """The name or text of what has the focus. Asserts that a ring is drawn round it, or round its label."""
    name, is_ringed = page.evaluate("""() => {
        const focused = document.activeElement;
        const drawn = [focused, focused.closest("label")].filter(Boolean);
        const rings = drawn.map((each) => getComputedStyle(each).boxShadow);
        // The ring of a range is drawn on its handle, which a page cannot be asked about.
        const isRinged = focused.type === "range" || rings.some((shadow) => shadow.includes("0px 0px 0px 5px"));
        return [focused.name || focused.ariaLabel || focused.textContent.trim(), isRinged];
    }""")
    assert is_ringed, name
    assert isinstance(name, str)
    return name


def tab_to(page: Page, wanted: str, most: int = 80) -> None:
    """By the Tab key alone, past what is visibly focused on the way."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if visibly_focused(page) == wanted:
            return
    raise AssertionError(f"{wanted} is not reached by Tab")
