"""The compass, drawn: eight walls with their index around the sun paths and the plan, turned to its windows."""

import itertools
import math
from dataclasses import dataclass
from enum import StrEnum

from app.core.language import say
from app.core.vocabulary import Facing, PropertyType
from app.services.figures import svg, words
from app.services.figures.svg import Point, element, lettering, line, polar, rect
from app.services.figures.theme import Theme

CENTRE = (180.0, 180.0)
OUTER, INNER, HORIZON = 168.0, 120.0, 112.0
JOINT = 5.0  # the mortar between two walls
SIDE = 33.0  # half a side of the plan
RAMP_STEPS = (45, 58, 72, 88)  # the lowest index of the second to the fifth step

Sky = tuple[tuple[float, float], ...]  # altitude and azimuth in degrees, from rise to set


class Mode(StrEnum):
    HEAT = "heat"
    DAYLIGHT = "daylight"


class LightBasis(StrEnum):
    """What the home's own index is read from."""

    WINDOWS = "windows"
    ENTRANCE = "entrance"  # stands in for the windows of villas and plots
    NONE = "none"


@dataclass(frozen=True)
class Compass:
    """`heat` and `daylight` are indexes from 0 to 100 in the order of Facing; azimuths are degrees from north."""

    property_type: PropertyType
    windows: Facing | None
    entrance: Facing | None
    basis: LightBasis
    heat: tuple[int, ...]
    daylight: tuple[int, ...]
    mode: Mode
    month: int
    sun: Sky
    june: Sky
    december: Sky
    sunrise_azimuth: float
    sunset_azimuth: float

    @property
    def indexes(self) -> dict[Facing, int]:
        return dict(zip(Facing, self.heat if self.mode is Mode.HEAT else self.daylight, strict=True))

    @property
    def measured(self) -> Facing | None:
        """The wall whose index is this home's."""
        return {LightBasis.WINDOWS: self.windows, LightBasis.ENTRANCE: self.entrance, LightBasis.NONE: None}[self.basis]


def dial(figure: Compass, key: str, theme: Theme) -> tuple[str, float]:
    """Markup and height; `key` is that of the figure."""
    hatched = f"url(#{key}-hatch)"
    layers = (
        element("defs", svg.hatch(f"{key}-hatch", theme)),
        _ring(figure, theme),
        _sky(theme),
        _beam(figure, theme),
        _solstices(figure, theme),
        _plan(figure, theme, hatched),
        _sun(figure, theme),
        _unknown(figure, theme, hatched),
    )
    return "".join(layers), 2 * CENTRE[1]


def _step(index: int) -> int:
    return sum(index >= least for least in RAMP_STEPS)


def _ring(figure: Compass, theme: Theme) -> str:
    fills, inks = (theme.heat, theme.on_heat) if figure.mode is Mode.HEAT else (theme.light, theme.on_light)
    markup = ""
    for facing, index in figure.indexes.items():
        bearing, step = words.azimuth(facing), _step(index)
        x, y = polar(CENTRE, (OUTER + INNER) / 2, bearing)
        markup += element("path", d=_wall(bearing), fill=fills[step], class_="side")
        markup += lettering((x, y - 2), words.short(facing, theme.language), inks[step], size=svg.STRONG, strong=True)
        markup += lettering((x, y + 15), str(index), inks[step])
    if figure.measured is not None:
        stand_in = figure.basis is LightBasis.ENTRANCE
        wall = _wall(words.azimuth(figure.measured))
        markup += element("path", d=wall, fill="none", stroke=theme.surface, stroke_width=7, stroke_linejoin="round")
        markup += element(
            "path",
            d=wall,
            fill="none",
            stroke=theme.ink,
            stroke_width=3,
            stroke_linejoin="round",
            stroke_dasharray="7 5" if stand_in else None,
            class_="measured",
        )
    return markup


def _wall(bearing: float) -> str:
    """A wall of the ring; its ends run parallel to the joint, so the mortar is as wide outside as inside."""

    def end(radius: float) -> float:
        return 22.5 - math.degrees(math.asin(JOINT / 2 / radius))

    corners = [
        polar(CENTRE, radius, bearing + sign * end(radius))
        for radius, sign in ((OUTER, -1), (OUTER, 1), (INNER, 1), (INNER, -1))
    ]
    first, second, third, fourth = (f"{svg.number(x)} {svg.number(y)}" for x, y in corners)
    outer, inner = svg.number(OUTER), svg.number(INNER)
    return f"M{first}A{outer} {outer} 0 0 1 {second}L{third}A{inner} {inner} 0 0 0 {fourth}Z"


def _sky(theme: Theme) -> str:
    x, y = CENTRE
    circles = "".join(
        element("circle", cx=x, cy=y, r=HORIZON * share, fill="none", stroke=theme.line, stroke_width=1)
        for share in (1 / 3, 2 / 3)
    )
    return (
        element("circle", cx=x, cy=y, r=HORIZON, fill=theme.paper)
        + circles
        + line([(x, y - HORIZON), (x, y + HORIZON)], theme.line, 1)
        + line([(x - HORIZON, y), (x + HORIZON, y)], theme.line, 1)
        + element("circle", cx=x, cy=y, r=HORIZON, fill="none", stroke=theme.line_strong, stroke_width=1)
    )


def _beam(figure: Compass, theme: Theme) -> str:
    if figure.windows is None:
        return ""
    bearing = words.azimuth(figure.windows)
    points = [_on_plan(-21, bearing), *(polar(CENTRE, HORIZON - 1, bearing + turn) for turn in range(-24, 25, 4))]
    return element(
        "path", d=svg.path([*points, _on_plan(21, bearing)]) + "Z", fill=theme.lamp, fill_opacity=0.36, class_="beam"
    )


def _on_plan(along: float, bearing: float) -> Point:
    """A point of the wall that faces `bearing`, `along` units clockwise from its middle."""
    return polar(CENTRE, math.hypot(SIDE, along), bearing + math.degrees(math.atan2(along, SIDE)))


def _plan(figure: Compass, theme: Theme, hatched: str) -> str:
    front = figure.windows or figure.entrance
    if front is None:
        return element(
            "circle",
            cx=CENTRE[0],
            cy=CENTRE[1],
            r=SIDE + 4,
            fill=hatched,
            stroke=theme.ink_3,
            stroke_width=1.5,
            stroke_dasharray="4 4",
            class_="plan",
        )
    bearing = words.azimuth(front)
    plan = rect(
        -SIDE,
        -SIDE,
        2 * SIDE,
        2 * SIDE,
        theme.surface,
        stroke=theme.ink,
        stroke_width=2.5,
        # A plot has a boundary, no walls yet.
        stroke_dasharray="8 4" if figure.property_type is PropertyType.PLOT else None,
        class_="plan",
    )
    if figure.windows is not None:
        plan += line([(-21, -SIDE), (21, -SIDE)], theme.lamp, 6, class_="window")
    if figure.entrance is not None:
        # On the wall of the windows the door stands beside them.
        left = 16.0 if figure.entrance is figure.windows else -8.0
        door = line([(left, -SIDE), (left + 16, -SIDE)], theme.surface, 6) + element(
            "path",
            d=f"M{svg.number(left)} {svg.number(-SIDE)}v-16a16 16 0 0 1 16 16",
            fill="none",
            stroke=theme.ink,
            stroke_width=1.5,
            class_="entrance",
        )
        plan += element("g", door, transform=f"rotate({svg.number(words.azimuth(figure.entrance) - bearing)})")
    turned = f"translate({svg.number(CENTRE[0])} {svg.number(CENTRE[1])}) rotate({svg.number(bearing)})"
    return element("g", plan, transform=turned)


def _above(sky: Sky) -> list[Point]:
    """The part of a path above the horizon, as points of the drawing, cut where it meets the horizon."""
    points: list[Point] = []
    for (low, start), (high, end) in itertools.pairwise(sky):
        if low >= 0:
            points.append(_in_sky(low, start))
        if (low < 0) != (high < 0):
            points.append(_in_sky(0, start + (end - start) * low / (low - high)))
    if sky and sky[-1][0] >= 0:
        points.append(_in_sky(*sky[-1]))
    return points


def _in_sky(altitude: float, azimuth: float) -> Point:
    return polar(CENTRE, HORIZON * (90 - altitude) / 90, azimuth)


def _solstices(figure: Compass, theme: Theme) -> str:
    return "".join(
        line(_above(sky), theme.ink_3, 1.25, stroke_dasharray="1.5 4", stroke_linecap="round", class_="solstice")
        for sky in (figure.june, figure.december)
    )


def _sun(figure: Compass, theme: Theme) -> str:
    points = _above(figure.sun)
    markup = line(points, theme.brick, 2.5, stroke_linejoin="round", class_="sun")
    for azimuth in (figure.sunrise_azimuth, figure.sunset_azimuth):
        markup += _dot(_in_sky(0, azimuth), 5, theme.surface, theme.brick)
    return markup + _dot(_in_sky(*max(figure.sun)), 6.5, theme.lamp, theme.brick)  # highest, at noon


def _dot(at: Point, radius: float, fill: str, stroke: str) -> str:
    return element("circle", cx=at[0], cy=at[1], r=radius, fill=fill, stroke=stroke, stroke_width=2.25)


def _unknown(figure: Compass, theme: Theme, hatched: str) -> str:
    """In the northern sky, where the sun of Noida never is."""
    if figure.windows is not None:
        return ""
    what = say(theme.language, "compass.windows" if figure.entrance is not None else "compass.facing")
    x = CENTRE[0]
    return (
        rect(x - 22, 82, 44, 11, hatched, stroke=theme.line_strong, stroke_width=1, rx=2, class_="unknown")
        + lettering((x, 109), what, theme.ink, strong=True, halo=theme.paper)
        + lettering((x, 125), say(theme.language, "figure.not_known"), theme.ink, halo=theme.paper)
    )
