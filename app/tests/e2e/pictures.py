"""Pictures of pages at three sizes, light and dark.

python -m app.tests.e2e.pictures ORIGIN FOLDER PATH…
"""

import sys
from pathlib import Path

from playwright.sync_api import Browser

from app.tests.e2e.browser import SIZES, ColourScheme, chromium, visitor

SCHEMES: tuple[ColourScheme, ...] = ("light", "dark")


def take(browser: Browser, origin: str, folder: Path, name: str, path: str, width: int, scheme: ColourScheme) -> None:
    with visitor(browser, origin, width, scheme, reduced_motion="reduce") as page:
        page.goto(path)
        page.wait_for_load_state("networkidle")
        page.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=True)


def main() -> None:
    origin, folder, *paths = sys.argv[1:]
    Path(folder).mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        for path in paths:
            name = path.partition("?")[0].strip("/").replace("/", "-") or "home"
            for width in SIZES:
                for scheme in SCHEMES:
                    take(browser, origin, Path(folder), name, path, width, scheme)


if __name__ == "__main__":
    main()
