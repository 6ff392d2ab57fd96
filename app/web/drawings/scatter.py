"""Comparables as points of area against price per square foot, with the home itself as a brick."""

import math
from collections.abc import Sequence

from markupsafe import Markup

from app.core.money import group_indian
from app.services.figures.price_chart import nice_at_least
from app.services.figures.svg import number
from app.web.drawings.pen import drawn, path, rect

LEFT, RIGHT, TOP, BOTTOM = 62.0, 334.0, 12.0, 190.0
TICKS = 4  # at most

Point = tuple[float, float]


def scatter(similar: Sequence[dict[str, float]], home: Point, each: float, across: str, label: str) -> Markup:
    """`similar` is as schemas/comparison.py Point has them, `home` its square feet and rupees a square foot; they are
    drawn in units of `each` square feet, which `across` names below. Both texts come escaped."""
    points = [
        (area / each, price * each)
        for area, price in (*((of["area_sqft"], of["price_per_sqft"]) for of in similar), home)
    ]
    home = points.pop()
    (left, right), (low, high) = (_range([home[axis], *(point[axis] for point in points)]) for axis in (0, 1))

    def at(point: Point) -> Point:
        x = LEFT + (point[0] - left) / (right - left) * (RIGHT - LEFT)
        return x, BOTTOM - (point[1] - low) / (high - low) * (BOTTOM - TOP)

    body = path(f"M{number(LEFT)} {number(TOP)}V{number(BOTTOM)}H{number(RIGHT)}", "axis")
    for area in _ticks(left, right):
        body += _said(at((area, low))[0], BOTTOM + 18, area, "below")
    for price in _ticks(low, high):
        body += _said(LEFT - 8, at((left, price))[1] + 5, price, "beside")
    body += f'<text class="below" x="{number((LEFT + RIGHT) / 2)}" y="{number(BOTTOM + 38)}">{across}</text>'
    for point in points:
        x, y = at(point)
        body += f'<circle class="dot" cx="{number(x)}" cy="{number(y)}" r="4"/>'
    x, y = at(home)
    body += rect(x - 9, y - 5, 18, 10, "me", ' rx="1.5"')
    return drawn(f'<svg class="scatter" viewBox="0 0 360 234" role="img" aria-label="{label}">{body}</svg>')


def _range(values: Sequence[float]) -> tuple[float, float]:
    """A little more than from the least to the most, and never nothing."""
    least, most = min(values), max(values)
    room = (most - least) * 0.06 or most * 0.1
    return max(0.0, least - room), most + room


def _ticks(least: float, most: float) -> list[float]:
    step = nice_at_least((most - least) / TICKS)
    return [step * multiple for multiple in range(math.ceil(least / step), math.floor(most / step) + 1)]


def _said(x: float, y: float, value: float, kind: str) -> str:
    return f'<text class="{kind}" x="{number(x)}" y="{number(y)}">{group_indian(round(value))}</text>'
