"""Drawn fronts for demo listings: elevations in the look of the product, the same for the same seed.

They say "Illustration" in the ground band, so that a copy of one is not taken for a photo either.
"""

from collections.abc import Callable, Iterator
from random import Random

from app.core.vocabulary import PropertyType
from app.services.figures.svg import element, line, path, rect, words

WIDTH, HEIGHT = 640, 480
_GROUND = 424.0
# The light theme's drawing colours (the design's tokens of the same names).
_DRAW, _FAR, _PANE, _LEAF, _EARTH, _INK = "#4b3d34", "#b9ab9a", "#cfd6d3", "#6f8f6a", "#e2d5c2", "#54483f"
_SKY, _SUN = ("#dbe5e6", "#ebe9df", "#f8e6c8"), "#fbd58a"
_WALLS = (
    ("#fdfbf7", "#ece2d3"),
    ("#f6ead9", "#e6d2b8"),
    ("#eef0ea", "#d9ded3"),
    ("#f3dfd2", "#e6cbb9"),
)
_BRICKWORK = "url(#brickwork)"
_FLOORS_DRAWN = 15


class _Street:
    """What is drawn so far, and the walls of this house."""

    def __init__(self, seed: int) -> None:
        self.rng = Random(seed)
        self.wall, self.shade = self.rng.choice(_WALLS)
        self.parts: list[str] = []

    def block(self, x: float, y: float, width: float, height: float, fill: str) -> None:
        self.parts.append(rect(x, y, width, height, fill, stroke=_DRAW, stroke_width=1.25))

    def stroke(self, *points: tuple[float, float]) -> None:
        self.parts.append(line(points, _DRAW, 1.25))

    def standing(self, x: float, width: float, height: float, fill: str) -> None:
        """A block that stands on the ground."""
        self.block(x, _GROUND - height, width, height, fill)

    def neem(self, x: float, scale: float) -> None:
        crown = (
            "M-8 -44c-20 2 -30 -12 -20 -24c-8 -16 12 -30 24 -22c8 -14 32 -8 32 8c16 4 14 28 -2 32c-6 12 -26 14 -34 6z"
        )
        trunk = path([(0, 0), (0, -52)])
        self._plant(x, scale, (trunk, "none"), (crown, _LEAF))

    def ashoka(self, x: float, scale: float) -> None:
        self._plant(
            x, scale, ("M0 -4c-13 -12 -14 -62 0 -98c14 36 13 86 0 98z", _LEAF), (path([(0, 0), (0, -70)]), "none")
        )

    def _plant(self, x: float, scale: float, *shapes: tuple[str, str]) -> None:
        drawn = (element("path", d=d, fill=fill, stroke=_DRAW, stroke_width=1.25 / scale) for d, fill in shapes)
        self.parts.append(element("g", *drawn, transform=f"translate({x:g} {_GROUND:g}) scale({scale:g})"))


def facade(kind: PropertyType, floors: int, seed: int) -> str:
    """An SVG elevation of a home of this kind, WIDTH x HEIGHT; of a tower at most fifteen floors are drawn."""
    street = _Street(seed)
    _far_skyline(street)
    _DRAWN[kind](street, floors)
    return _sheet(street.parts)


def _far_skyline(street: _Street) -> None:
    points, x = [(0.0, _GROUND)], 0.0
    while x < WIDTH:
        height, width = street.rng.uniform(60, 170), street.rng.uniform(28, 64)
        points += [(x, _GROUND - height), (x + width, _GROUND - height)]
        x += width
    street.parts.append(line([*points, (x, _GROUND)], _FAR, 1))


def _tower(street: _Street, floors: int) -> None:
    shown = max(3, min(floors, _FLOORS_DRAWN))
    bays = street.rng.choice((2, 3))
    step = min(26.0, 340.0 / shown)
    height, wing, core = shown * step + 26, bays * 34 + 14.0, 56.0
    left = (WIDTH - 2 * wing - core) / 2
    street.ashoka(left - 44, 0.8)
    street.neem(left + 2 * wing + core + 52, 0.95)
    for x in (left, left + wing + core):
        street.standing(x, wing, height, street.wall)
        street.block(x - 5, _GROUND - height - 6, wing + 10, 6, street.wall)
        street.block(x + 12, _GROUND - height - 24, 22, 18, street.shade)
    street.standing(left + wing, core, height + 24, street.rng.choice((street.shade, _BRICKWORK)))
    for floor in range(shown):
        y = _GROUND - height + 10 + floor * step
        for x in (left + 8, left + wing + core + 8):
            _flat(street, x, y, step, bays)
        for column in range(2):
            street.block(left + wing + 10 + column * 21, y, 14, step * 0.45, _PANE)
    street.standing(left + wing + 11, 34, 26, street.shade)
    street.stroke((left - 12, _GROUND - 28), (left + 2 * wing + core + 12, _GROUND - 28))


def _flat(street: _Street, x: float, y: float, step: float, bays: int) -> None:
    """A wing's windows on one floor, the sunshade under them, and a balcony before the second."""
    for bay in range(bays):
        street.block(x + bay * 34, y, 24, step * 0.52, _PANE)
    street.stroke((x - 4, y + step * 0.76), (x + bays * 34 - 4, y + step * 0.76))
    rail = y + step * 0.5
    street.stroke((x + 28, y + step * 0.76), (x + 28, rail), (x + 64, rail), (x + 64, y + step * 0.76))


def _villa(street: _Street, floors: int) -> None:
    storeys = max(1, min(floors, 3))
    width, storey = street.rng.uniform(250, 310), 84.0
    height, left = storeys * storey + 14, (WIDTH - width) / 2
    stair = width * 0.28
    street.neem(left - 62, 1.5)
    street.ashoka(left + width + 40, 1.1)
    street.standing(left, width, height, street.wall)
    street.standing(left, stair, height, _BRICKWORK)
    street.block(left - 8, _GROUND - height - 9, width + 16, 9, street.wall)
    street.block(left + width - 78, _GROUND - height - 43, 62, 34, street.wall)
    street.block(left + 14, _GROUND - height - 29, 34, 20, street.shade)
    room = (width - stair) / 2
    for floor in range(storeys):
        y = _GROUND - height + 28 + floor * storey
        for column in range(2):
            street.block(left + stair + 14 + column * room, y, room - 28, 40, _PANE)
            street.stroke(
                (left + stair + 14 + column * room, y + 20), (left + stair - 14 + (column + 1) * room, y + 20)
            )
        street.stroke((left + stair + 4, y - 8), (left + width + 10, y - 8))
    street.standing(left + stair * 0.28, stair * 0.46, 62, street.shade)
    _boundary(street, left + width + 12, WIDTH - 40, 26)


def _plot(street: _Street, _floors: int) -> None:
    street.neem(130, 1.5)
    street.ashoka(540, 1.2)
    _boundary(street, 120, 520, 44)
    sign = street.rng.uniform(270, 340)
    street.stroke((sign, _GROUND - 44), (sign, _GROUND - 132))
    street.block(sign, _GROUND - 132, 84, 40, street.shade)
    y = _GROUND - 64
    street.stroke((120, y), (520, y))
    for x in (120, 520):  # a dimension line, as on a plan
        street.stroke((x - 6, y + 6), (x + 6, y - 6))


def _shops(street: _Street, floors: int) -> None:
    storeys, bays = max(2, min(floors, 6)), street.rng.choice((3, 4))
    width = bays * 104.0 + 16
    left, height = (WIDTH - width) / 2, 78 + (storeys - 1) * 52.0
    street.ashoka(left - 30, 0.8)
    street.neem(left + width + 30, 0.7)
    street.standing(left, width, height, street.wall)
    street.block(left - 6, _GROUND - height - 10, width + 12, 10, street.wall)
    for floor in range(storeys - 1):
        for column in range(bays * 2):
            street.block(left + 14 + column * 52, _GROUND - height + 12 + floor * 52, 38, 30, _PANE)
    for bay in range(bays):
        x = left + 12 + bay * 104
        street.standing(x, 88, 52, _PANE)
        street.block(x, _GROUND - 70, 88, 18, street.shade)
        awning = (
            path([(x - 4, _GROUND - 52), (x + 92, _GROUND - 52), (x + 84, _GROUND - 38), (x + 4, _GROUND - 38)]) + "z"
        )
        street.parts.append(element("path", d=awning, fill="#a9441f", stroke=_DRAW, stroke_width=1.25))


def _boundary(street: _Street, left: float, right: float, height: float) -> None:
    street.standing(left, right - left, height, _BRICKWORK)
    posts = max(1, round((right - left) / 96))
    for post in range(posts + 1):
        street.standing(left + post * (right - left) / posts - 6, 12, height + 10, street.wall)


_DRAWN: dict[PropertyType, Callable[[_Street, int], None]] = {
    PropertyType.FLAT: _tower,
    PropertyType.VILLA: _villa,
    PropertyType.PLOT: _plot,
    PropertyType.COMMERCIAL: _shops,
}


def _sheet(parts: list[str]) -> str:
    return element(
        "svg",
        element("defs", *_definitions()),
        rect(0, 0, WIDTH, HEIGHT, "url(#sky)"),
        element("circle", cx=508, cy=92, r=34, fill=_SUN),
        *parts,
        rect(0, _GROUND, WIDTH, HEIGHT - _GROUND, _EARTH),
        line([(0, _GROUND), (WIDTH, _GROUND)], _DRAW, 2),
        element("text", words("Illustration"), x=24, y=_GROUND + 36, fill=_INK, font_size=20, font_family="Mukta"),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
    )


def _definitions() -> Iterator[str]:
    stops = (element("stop", offset=place / 2, stop_color=colour) for place, colour in enumerate(_SKY))
    yield element("linearGradient", *stops, id="sky", x1=0, y1=0, x2=0, y2=1)
    yield element(
        "pattern",
        rect(0, 0, 20, 16, "#e6cbb9"),
        element("path", d="M0 0h20M0 8h20M4 0v8M14 8v8", fill="none", stroke="#a9441f", stroke_width=1),
        id="brickwork",
        width=20,
        height=16,
        patternUnits="userSpaceOnUse",
    )
