"""The README's screenshots, from a running demo: `make screenshots`.

python -m app.tests.e2e.screenshots FOLDER PORT [DATA_DIR]
"""

import sys
from pathlib import Path

import pyvips
from playwright.sync_api import Browser, Page

from app.tests.e2e.browser import DESKTOP, PHONE, ColourScheme, chromium, visitor
from devstack.plan import ADMIN_EMAIL
from devstack.state import StackState
from devstack.system import default_directory

RESULTS = "/homes?property_type=flat&bhk=3&budget_max=15000000"
QUALITY = 82


def keep(page: Page, path: str, file: Path, press: str = "") -> None:
    """What a visitor sees first on this page, or after that button, as WebP, which Playwright cannot write."""
    page.goto(path)
    if press:
        page.get_by_role("button", name=press).click()
    page.wait_for_load_state("networkidle")
    page.wait_for_function("[...document.images].every(i => i.complete || i.loading === 'lazy')")
    pyvips.Image.pngload_buffer(page.screenshot()).webpsave(str(file), Q=QUALITY, effort=6)


def log_in(page: Page, password: str) -> None:
    page.goto("/admin/login")
    page.get_by_label("E-mail").fill(ADMIN_EMAIL)
    page.get_by_label("Password", exact=True).fill(password)
    page.keyboard.press("Enter")
    page.locator(".abar").wait_for()


def enhanced_home(page: Page) -> str:
    """The path of the best match whose photo was enhanced, once nothing is being enhanced any more."""
    for _ in range(200):
        page.goto("/admin/photos")
        # Those at work have a badge of information; others in this list wait for a person.
        is_at_work = page.locator(".list .badge.info").count() > 0
        page.goto(RESULTS)
        enhanced = page.locator(".card", has=page.locator(".plate label")).locator("h2 a")
        if enhanced.count() and not is_at_work:
            return enhanced.first.get_attribute("href") or ""
        page.wait_for_timeout(3000)
    sys.exit(f"no photo of {RESULTS} was enhanced in ten minutes; see enhancer.log and worker.log")


def of_the_panel(browser: Browser, origin: str, password: str, folder: Path) -> str:
    """Returns the path of the home whose photos it showed."""
    with visitor(browser, origin, DESKTOP, reduced_motion="reduce") as page:
        log_in(page, password)
        home = enhanced_home(page)
        keep(page, "/admin?days=7", folder / "admin-today.webp")
        keep(page, "/admin/leads", folder / "admin-leads.webp")
        photos = f"/admin/listings{home.removeprefix('/homes')}/photos"
        keep(page, photos, folder / "admin-photos.webp", press="Before and after")
    return home


def main() -> None:
    folder, port, *rest = sys.argv[1:]
    origin = f"http://127.0.0.1:{port}"
    password = StackState(Path(rest[0]) if rest else default_directory()).secrets()["admin_password"]
    with chromium() as browser:
        home = of_the_panel(browser, origin, password, Path(folder))
        shots: tuple[tuple[str, str, int, ColourScheme, str], ...] = (
            ("home", "/", DESKTOP, "light", "en-IN"),
            ("results", RESULTS, DESKTOP, "dark", "en-IN"),
            ("detail", home, DESKTOP, "light", "en-IN"),
            ("phone-home", "/", PHONE, "dark", "en-IN"),
            ("phone-results", RESULTS, PHONE, "light", "hi-IN"),
            ("phone-detail", home, PHONE, "dark", "en-IN"),
        )
        for name, path, width, scheme, locale in shots:
            scale = 2 if width == PHONE else 1
            with visitor(
                browser, origin, width, scheme, locale=locale, device_scale_factor=scale, reduced_motion="reduce"
            ) as page:
                keep(page, path, Path(folder, f"{name}.webp"))


if __name__ == "__main__":
    main()
