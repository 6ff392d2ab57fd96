"""The four property types in elevation, 80 by 64."""

from functools import cache

from markupsafe import Markup

from app.core.vocabulary import PropertyType
from app.web.drawings.pen import drawn, line, path, rect


def _flat() -> str:
    windows = (
        rect(27 + column * 10, 12 + row * 10, 6, 6, "w" if (row * 3 + column) % 4 == 1 else "w on")
        for row in range(4)
        for column in range(3)
    )
    return rect(22, 6, 36, 52, "wall") + "".join(windows) + rect(26, 1, 9, 5, "tank") + rect(36, 50, 8, 8, "door")


def _villa() -> str:
    body = rect(12, 26, 56, 32, "wall") + rect(9, 21, 62, 5, "wall") + rect(12, 26, 18, 32, "jaali")
    windows = rect(38, 32, 10, 9, "w on") + rect(53, 32, 10, 9, "w on")
    return body + windows + rect(17, 44, 8, 14, "door") + line(34, 47, 72, 47) + rect(52, 10, 16, 11, "wall")


def _plot() -> str:
    posts = "".join(rect(6 + post * 21, 42, 5, 16, "wall") for post in range(4))
    sign = path("M30 46V20h24v13H30", "l")
    return rect(8, 46, 64, 12, "jaali") + posts + sign + path("M8 12h64M4 16l8-8M68 16l8-8", "dim")


def _commercial() -> str:
    shops = "".join(
        rect(14 + shop * 19, 36, 15, 22, "shop on") + path(f"M{12 + shop * 19} 36h19l-3 6h-13z", "awn")
        for shop in range(3)
    )
    windows = "".join(rect(15 + window * 14, 22, 8, 8, "w") for window in range(4))
    return rect(10, 18, 60, 40, "wall") + rect(7, 13, 66, 5, "wall") + shops + windows


_DRAWN = {
    PropertyType.FLAT: _flat,
    PropertyType.VILLA: _villa,
    PropertyType.PLOT: _plot,
    PropertyType.COMMERCIAL: _commercial,
}


@cache
def drawing(kind: PropertyType | str) -> Markup:
    inside = _DRAWN[PropertyType(kind)]() + path("M0 58H80", "ground")
    return drawn(f'<svg class="ti" viewBox="0 0 80 64" width="80" height="64" aria-hidden="true">{inside}</svg>')
