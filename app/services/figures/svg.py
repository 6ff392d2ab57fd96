"""SVG as text.

Everything is styled by presentation attributes: the policy (CSP) of the API's answers and of the pages refuses <style>
and style="", and an inlined <style> would reach the whole page.
"""

import math
import re
import unicodedata
from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

from app.services.figures.theme import Theme

WIDTH, MARGIN = 360.0, 12.0
NOTE, LABEL, STRONG = 14.5, 15.0, 16.0  # text sizes in units; on a narrow phone a unit is a pixel
TEXT_FAMILY = "Mukta, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif"
DISPLAY_FAMILY = "'Brygada 1918', Brygada, Georgia, serif"

Point = tuple[float, float]

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# Advances in em: about the wider of Mukta's and Arial's, so that words keep their room where Mukta is missing.
_ADVANCES = {
    **dict.fromkeys(" \u00a0!',.:;ijlI|\u2019·", 0.28),
    **dict.fromkeys('ftr()[]{}-"*°\\/`', 0.385),
    **dict.fromkeys("cksvxyzJ", 0.51),
    **dict.fromkeys("ABEFKPSTVXYZ&#+~<>=", 0.67),
    **dict.fromkeys("CDGHNOQRUw", 0.745),
    **dict.fromkeys("mM%", 0.89),
    **dict.fromkeys("W@\u2014…", 0.98),
}
_OTHER_ADVANCE, _FOREIGN_ADVANCE = 0.58, 0.9
# Of Devanagari: letters, signs beside them, and signs over or under them, which take no room.
_DEVANAGARI_ADVANCES = {"Lo": 0.68, "Mc": 0.27, "Mn": 0.0}
_DISPLAY_FACTOR = 1.02  # Brygada 1918 is wider


def number(value: float) -> str:
    """Two decimals at most. Raises ValueError for what is no coordinate."""
    if not math.isfinite(value):
        raise ValueError(f"not a coordinate: {value}")
    digits = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if digits == "-0" else digits


def element(name: str, *children: str, **attributes: str | float | None) -> str:
    """`children` are markup. Attributes are escaped; None leaves one out, class_ is class and x_y is x-y."""
    parts = [name]
    for key, value in attributes.items():
        if value is not None:
            said = _NOT_XML.sub("", value) if isinstance(value, str) else number(value)
            parts.append(f"{key.rstrip('_').replace('_', '-')}={quoteattr(said)}")
    opening = " ".join(parts)
    return f"<{opening}>{''.join(children)}</{name}>" if children else f"<{opening}/>"


def words(content: str) -> str:
    """Text as markup."""
    return escape(_NOT_XML.sub("", content))


def lettering(
    at: Point,
    content: str,
    fill: str,
    *,
    size: float = LABEL,
    strong: bool = False,
    anchor: str = "middle",
    halo: str | None = None,
) -> str:
    return element(
        "text",
        words(content),
        x=at[0],
        y=at[1],
        fill=fill,
        font_size=size,
        font_weight="600" if strong else None,
        text_anchor=None if anchor == "start" else anchor,
        stroke=halo,
        stroke_width=halo and 4.5,
        stroke_linejoin=halo and "round",
        paint_order=halo and "stroke",
    )


def rect(x: float, y: float, width: float, height: float, fill: str, **attributes: str | float | None) -> str:
    return element("rect", x=x, y=y, width=width, height=height, fill=fill, **attributes)


def line(points: Iterable[Point], stroke: str, width: float, **attributes: str | float | None) -> str:
    """An open path through `points`."""
    return element("path", d=path(points), fill="none", stroke=stroke, stroke_width=width, **attributes)


def path(points: Iterable[Point]) -> str:
    return "M" + "L".join(f"{number(x)} {number(y)}" for x, y in points)


def polar(centre: Point, radius: float, bearing_deg: float) -> Point:
    """Bearings run clockwise from north, which is up."""
    angle = math.radians(bearing_deg)
    return centre[0] + radius * math.sin(angle), centre[1] - radius * math.cos(angle)


def hatch(key: str, theme: Theme) -> str:
    """The pattern of the unknown; fill with url(#key)."""
    return element(
        "pattern",
        element("path", d="M0 0V5", stroke=theme.line_strong, stroke_width=2),
        id=key,
        width=5,
        height=5,
        patternUnits="userSpaceOnUse",
        patternTransform="rotate(45)",
    )


def advance(content: str, size: float = LABEL, *, display: bool = False) -> float:
    """About how wide `content` runs, in units."""
    ems = sum(_ADVANCES.get(character) or _advance_of(character) for character in content)
    return ems * size * (_DISPLAY_FACTOR if display else 1)


def _advance_of(character: str) -> float:
    if character.isascii() or character in "₹\u2013±":
        return _OTHER_ADVANCE
    if "\u0900" <= character <= "\u097f":
        return _DEVANAGARI_ADVANCES.get(unicodedata.category(character), _FOREIGN_ADVANCE)
    return _FOREIGN_ADVANCE


def fit(content: str, width: float, size: float = LABEL, *, display: bool = False) -> str:
    """`content`, cut with an ellipsis where it would run past `width`."""
    if advance(content, size, display=display) <= width:
        return content
    while content and advance(content + "…", size, display=display) > width:
        content = content[:-1]
    return content.rstrip() + "…"


def document(key: str, height: float, theme: Theme, *, title: str, description: str, body: str) -> str:
    """A whole figure on the theme's surface; `key` keeps its ids apart from those of other figures in a page."""
    return element(
        "svg",
        element("title", words(title), id=f"{key}-title"),
        element("desc", words(description), id=f"{key}-desc"),
        rect(0, 0, WIDTH, height, theme.surface),
        body,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {number(WIDTH)} {number(height)}",
        width=WIDTH,
        height=height,
        role="img",
        aria_labelledby=f"{key}-title {key}-desc",
        lang=theme.language,
        font_family=TEXT_FAMILY,
    )
