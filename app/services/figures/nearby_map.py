"""The map around a home, drawn without tiles: places at their true bearing and straight-line distance, north up."""

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

from app.core.language import say
from app.core.vocabulary import Facing, LocationPrecision, PlaceCategory
from app.services.figures import svg, words
from app.services.figures.placing import Box, freest
from app.services.figures.svg import Point, element, lettering, line, polar, rect
from app.services.figures.theme import Theme

CENTRE, HEIGHT = (180.0, 184.0), 364.0
EDGE, RIM, RIM_STEP = 146.0, 163.0, 26.0  # the radius of the reach, of the numbers beyond it, and their step inwards
NORTH = (180.0, 12.0)
RINGS = (2000, 1000, 500)  # metres
RING_LABEL_BEARINGS = (250, 110, 70, 290, 235, 125, 55, 305, 200, 160, 20, 340, 270, 90)
TAG_DISTANCES = (29.0, 34.0, 40.0, 50.0, 62.0, 76.0)
TAG_TURNS = (0, 30, -30, 60, -60, 90, -90, 120, -120, 150, -150, 180)

Polar = tuple[float, float]  # metres and degrees from north


@dataclass(frozen=True)
class NearbyPlace:
    category: PlaceCategory
    name: str
    distance_m: float
    bearing_deg: float
    number: int  # its row in the list
    precision: LocationPrecision


@dataclass(frozen=True)
class Nearby:
    """`precision` is that of the home's own position, None when it has none."""

    places: tuple[NearbyPlace, ...]
    metro_lines: tuple[tuple[Polar, ...], ...]
    reach_m: int
    precision: LocationPrecision | None
    position: tuple[float, float] | None = None
    """Latitude and longitude of the home; the drawing does without."""

    def is_beyond(self, place: NearbyPlace) -> bool:
        return place.distance_m > self.reach_m

    def at(self, distance_m: float, bearing_deg: float) -> Point:
        return polar(CENTRE, distance_m * EDGE / self.reach_m, bearing_deg)


def colour(category: PlaceCategory, theme: Theme) -> str:
    return {
        PlaceCategory.METRO_STATION: theme.nila,
        PlaceCategory.SCHOOL: theme.haldi,
        PlaceCategory.HOSPITAL: theme.lac,
        PlaceCategory.MARKET: theme.brick,
        PlaceCategory.PARK: theme.neem,
    }[category]


def around(figure: Nearby, theme: Theme) -> tuple[str, float]:
    """Markup and height. What stands where it is comes first; rim numbers, ring labels and tags find room between."""
    by_distance = sorted(figure.places, key=lambda place: place.distance_m)
    pins = [
        (place, figure.at(place.distance_m, place.bearing_deg)) for place in by_distance if not figure.is_beyond(place)
    ]
    taken = [Box.around(NORTH, 16, 16), *(Box.around(at, 22, 22) for at in (CENTRE, *(at for _, at in pins)))]
    # The nearest pins lie on top; a number they or the home would cover goes on a tag beside its pin.
    home = Box.around(CENTRE, *((25, 25) if figure.precision is LocationPrecision.EXACT else (36, 36)))
    above = [home, *(Box.around(at, 26, 26) for _, at in pins)]
    covered = [
        any(Box.around(at, 17, 11).overlap(other) for other in above[: index + 1]) for index, (_, at) in enumerate(pins)
    ]
    empty = (CENTRE[0], CENTRE[1] + 28)
    no_places = say(theme.language, "nearby_figure.no_places")
    if not figure.places:
        taken.append(Box.around(empty, svg.advance(no_places), 20))
    rim = [_rim_number(place, taken, theme) for place in by_distance if figure.is_beyond(place)]
    rings = [_ring_label(figure, metres, taken, theme) for metres in RINGS if metres <= figure.reach_m]
    tags = [_tag(place, at, taken, theme) for (place, at), hidden in zip(pins, covered, strict=True) if hidden]
    drawn = [
        element("g", _pin(place, theme, numbered=not hidden), transform=_to(at), class_="pin", data_number=place.number)
        for (place, at), hidden in zip(pins, covered, strict=True)
    ]
    labels = [*rim, *tags]
    body = [
        _ground(figure, theme),
        _metro(figure, theme),
        *rings,
        *(lead for lead, _ in labels),
        *reversed(drawn),
        element("g", _home(figure, theme), transform=_to(CENTRE), class_="home"),
        *(label for _, label in labels),
        lettering((NORTH[0], NORTH[1] + 5), words.short(Facing.NORTH, theme.language), theme.ink_2, strong=True),
    ]
    if not figure.places:
        body.append(lettering((empty[0], empty[1] + 5), no_places, theme.ink, halo=theme.paper))
    return "".join(body), HEIGHT


def marker(figure: Nearby, place: NearbyPlace, theme: Theme) -> str:
    """As the place is marked on the map, about the origin."""
    return _rim_circle(place, theme) if figure.is_beyond(place) else _pin(place, theme, numbered=True)


def position_unknown(theme: Theme) -> tuple[str, float]:
    """Markup and height."""
    centre = (CENTRE[0], 76.0)
    rings = "".join(
        element(
            "circle",
            cx=centre[0],
            cy=centre[1],
            r=radius,
            fill=fill,
            stroke=theme.line_strong,
            stroke_width=1,
            stroke_dasharray="4 4",
        )
        for radius, fill in ((62, "url(#nearby-hatch)"), (31, "none"))
    )
    home = element("circle", cx=centre[0], cy=centre[1], r=17, fill=theme.surface)
    sentence = lettering(
        (centre[0], 166), say(theme.language, "nearby_figure.no_position"), theme.ink, size=svg.STRONG, strong=True
    )
    house = element("g", _house(theme.surface, theme.ink_3, theme.surface), transform=_to(centre))
    return element("defs", svg.hatch("nearby-hatch", theme)) + rings + home + house + sentence, 180


def _to(at: Point) -> str:
    return f"translate({svg.number(at[0])} {svg.number(at[1])})"


def _ground(figure: Nearby, theme: Theme) -> str:
    x, y = CENTRE
    markup = ""
    for metres in RINGS:
        if metres <= figure.reach_m:
            markup += element(
                "circle",
                cx=x,
                cy=y,
                r=metres * EDGE / figure.reach_m,
                fill=theme.surface if metres == RINGS[-1] else theme.paper if metres == figure.reach_m else theme.sunk,
                fill_opacity=0.6 if RINGS[-1] < metres < figure.reach_m else None,
                stroke=theme.line_strong,
                stroke_width=1,
                stroke_dasharray="3 3" if RINGS[-1] < metres < figure.reach_m else None,
                class_="ring",
            )
    north_south, west_east = [(x, y - EDGE), (x, y + EDGE)], [(x - EDGE, y), (x + EDGE, y)]
    return markup + line(north_south, theme.line, 1) + line(west_east, theme.line, 1)


def _metro(figure: Nearby, theme: Theme) -> str:
    return "".join(
        line(run, theme.nila, 3, stroke_opacity=0.55, stroke_linejoin="round", class_="metro")
        for track in figure.metro_lines
        for run in _inside([figure.at(*point) for point in track])
    )


def _inside(points: list[Point]) -> Iterator[list[Point]]:
    """The runs of a line that lie within the reach, cut where they cross it."""
    run: list[Point] = []
    for start, end in itertools.pairwise(points):
        along = (end[0] - start[0], end[1] - start[1])
        away = (start[0] - CENTRE[0], start[1] - CENTRE[1])
        # |away + t along| = EDGE
        square = along[0] ** 2 + along[1] ** 2
        half = away[0] * along[0] + away[1] * along[1]
        root = half**2 - square * (away[0] ** 2 + away[1] ** 2 - EDGE**2)
        if square == 0 or root <= 0:
            continue
        enter, leave = max(0.0, (-half - math.sqrt(root)) / square), min(1.0, (-half + math.sqrt(root)) / square)
        if enter >= leave:
            continue
        if not run or enter > 0:
            run = [(start[0] + enter * along[0], start[1] + enter * along[1])]
        run.append((start[0] + leave * along[0], start[1] + leave * along[1]))
        if leave < 1:
            yield run
            run = []
    if run:
        yield run


def _shape(category: PlaceCategory, fill: str, stroke: str, width: float) -> str:
    drawn: dict[str, str | float] = {
        "fill": fill,
        "stroke": stroke,
        "stroke_width": width,
        "stroke_linejoin": "round",
        "class_": "shape",
    }
    match category:
        case PlaceCategory.METRO_STATION:
            return element("rect", x=-10, y=-10, width=20, height=20, rx=2, **drawn)
        case PlaceCategory.SCHOOL:
            return element("path", d="M0-13L13 0 0 13-13 0z", **drawn)
        case PlaceCategory.HOSPITAL:
            return element("path", d="M0-12L10.4-6V6L0 12-10.4 6V-6z", **drawn)
        case PlaceCategory.MARKET:
            return element("path", d="M-11.5-9.5h23l-2.5 19h-18z", **drawn)
        case PlaceCategory.PARK:
            return element("circle", r=10.8, **drawn)


def _pin(place: NearbyPlace, theme: Theme, *, numbered: bool) -> str:
    """Filled where the place is; hollow in the middle of its sector when no more is known."""
    own = colour(place.category, theme)
    exact = place.precision is LocationPrecision.EXACT
    halo = _shape(place.category, theme.surface, theme.surface, 5)
    shape = _shape(place.category, own if exact else theme.surface, own, 0 if exact else 2)
    number = lettering((0, 5), str(place.number), theme.surface if exact else own, size=svg.NOTE, strong=True)
    return halo + shape + (number if numbered else "")


def _house(fill: str, stroke: str, door: str) -> str:
    return element(
        "path", d="M-9.5 9V-2L0-11 9.5-2V9z", fill=fill, stroke=stroke, stroke_width=2.5, stroke_linejoin="round"
    ) + rect(-3, 1, 6, 6.75, door)


def _home(figure: Nearby, theme: Theme) -> str:
    if figure.precision is LocationPrecision.EXACT:
        return _house(theme.brick, theme.surface, theme.lamp)
    about = element("circle", r=16, fill=theme.surface, stroke=theme.brick, stroke_width=1.5, stroke_dasharray="3 3")
    return about + _house(theme.surface, theme.brick, theme.lamp)


def _rim_circle(place: NearbyPlace, theme: Theme) -> str:
    own = colour(place.category, theme)
    circle = element("circle", r=11, fill=theme.surface, stroke=own, stroke_width=2, stroke_dasharray="3 2")
    return circle + lettering((0, 5), str(place.number), own, size=svg.NOTE, strong=True)


def _rim_number(place: NearbyPlace, taken: list[Box], theme: Theme) -> tuple[str, str]:
    """At its bearing; where that is taken inwards or, last, along the rim, with a lead to where it would be. Lead and
    number."""
    inwards = [polar(CENTRE, RIM - RIM_STEP * step, place.bearing_deg) for step in range(4)]
    along = [polar(CENTRE, RIM, place.bearing_deg + way * turn) for turn in range(9, 100, 9) for way in (1, -1)]
    at = freest([*inwards, *along], 25, 25, taken, HEIGHT)
    taken.append(Box.around(at, 25, 25))
    lead = ""
    if at != inwards[0]:
        lead = line([at, polar(CENTRE, EDGE + 6, place.bearing_deg)], colour(place.category, theme), 1.5)
    return lead, element("g", _rim_circle(place, theme), transform=_to(at), class_="beyond", data_number=place.number)


def _ring_label(figure: Nearby, metres: int, taken: list[Box], theme: Theme) -> str:
    """On its ring; that of the outermost just inside."""
    said = words.reach(metres, theme.language)
    width = svg.advance(said, svg.NOTE) + 4
    tracks = [
        Box.around(point, 4, 4)
        for track in figure.metro_lines
        for run in _inside([figure.at(*point) for point in track])
        for point in _along(run)
    ]
    radius = EDGE - 5 - width / 2 if metres == figure.reach_m else metres * EDGE / figure.reach_m
    spots = [polar(CENTRE, radius, bearing) for bearing in RING_LABEL_BEARINGS]
    x, y = freest(spots, width, 18, [*taken, *tracks], HEIGHT)
    taken.append(Box.around((x, y), width, 18))
    return lettering((x, y + 5), said, theme.ink_2, size=svg.NOTE, halo=theme.paper)


def _along(run: list[Point]) -> Iterator[Point]:
    """Points of a line, close enough to each other to stand for it."""
    for start, end in itertools.pairwise(run):
        pieces = max(1, int(math.dist(start, end) // 6))
        for piece in range(pieces):
            share = piece / pieces
            yield start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])


def _tag(place: NearbyPlace, at: Point, taken: list[Box], theme: Theme) -> tuple[str, str]:
    """The number of a pin that is covered, beside it. Lead and number."""
    own, said = colour(place.category, theme), str(place.number)
    width, height = svg.advance(said, svg.NOTE) + 8, 18.0
    outward = math.degrees(math.atan2(at[0] - CENTRE[0], CENTRE[1] - at[1]))
    spots = [polar(at, radius, outward + turn) for radius in TAG_DISTANCES for turn in TAG_TURNS]
    spot = freest(spots, width + 3, height + 3, taken, HEIGHT)
    taken.append(Box.around(spot, width + 3, height + 3))
    left, top = spot[0] - width / 2, spot[1] - height / 2
    lead = line([at, spot], theme.surface, 4) + line([at, spot], own, 1.5)
    return lead, element(
        "g",
        rect(left, top, width, height, theme.surface, stroke=own, stroke_width=1.5, rx=2),
        lettering((spot[0], spot[1] + 5), said, own, size=svg.NOTE, strong=True),
        class_="tag",
        data_number=place.number,
    )
