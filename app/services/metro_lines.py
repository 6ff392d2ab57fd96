"""The metro lines round a home, for the drawing: polylines of stations, and what of them lies within reach."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from math import atan2, cos, degrees, hypot, radians, sqrt
from typing import Literal, NamedTuple

from app.core.nearby_rules import NEARBY_RADIUS_KM

METRES_PER_DEGREE = 111_195  # as the distances to places (repositories/nearby.py)

Position = tuple[float, float]  # latitude, longitude
Plane = tuple[float, float]  # metres east and north of the home


@dataclass(frozen=True, slots=True)
class MetroLine:
    """Stations by slug, in their order. A walk joins two stations where one changes lines."""

    name: str
    kind: Literal["line", "walk"]
    stations: tuple[str, ...]

    def polyline(self, stations: Mapping[str, Position]) -> list[Position]:
        """Its positions in order; a station that is not known is passed by."""
        return [stations[slug] for slug in self.stations if slug in stations]


class TrackPoint(NamedTuple):
    """Seen from the home, the bearing clockwise from north."""

    distance_m: int
    bearing_deg: float


@dataclass(frozen=True, slots=True)
class Track:
    """An unbroken stretch of a line within reach, as a polyline."""

    name: str
    kind: Literal["line", "walk"]
    points: tuple[TrackPoint, ...]


@cache
def metro_lines() -> tuple[MetroLine, ...]:
    data = tomllib.loads((files("app.data") / "geography" / "metro_lines.toml").read_text(encoding="utf-8"))
    lines = [MetroLine(line["name"], "line", tuple(line["stations"])) for line in data["line"]]
    return (*lines, *(MetroLine(walk["name"], "walk", tuple(walk["stations"])) for walk in data["walk"]))


def tracks_near(
    latitude: float,
    longitude: float,
    stations: Mapping[str, Position],
    reach_m: float = NEARBY_RADIUS_KM * 1000,
) -> list[Track]:
    """What of each line lies within reach of a home, cut where it crosses the circle.

    `stations` are the positions by slug (KnownPlaces.stations). A line that leaves the circle and comes back is two.
    """
    tracks = []
    for line in metro_lines():
        points = [_to_plane(latitude, longitude, position) for position in line.polyline(stations)]
        stretch: list[Plane] = []
        for a, b in pairwise(points):
            inside = _cut(a, b, reach_m)
            if stretch and (inside is None or inside[0] != stretch[-1]):
                tracks.append(_track(line, stretch))
                stretch = []
            if inside:
                stretch += inside if not stretch else inside[1:]
        if stretch:
            tracks.append(_track(line, stretch))
    return tracks


def _to_plane(latitude: float, longitude: float, position: Position) -> Plane:
    narrow = cos(radians((latitude + position[0]) / 2))
    return (position[1] - longitude) * narrow * METRES_PER_DEGREE, (position[0] - latitude) * METRES_PER_DEGREE


def _cut(a: Plane, b: Plane, reach: float) -> tuple[Plane, Plane] | None:
    """The part of a straight piece inside the circle round the home; None when there is none."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    # |a + t (b - a)| = reach, solved for t
    square = dx * dx + dy * dy
    half = a[0] * dx + a[1] * dy
    under_root = half * half - square * (a[0] * a[0] + a[1] * a[1] - reach * reach)
    if not square or under_root <= 0:
        return None
    root = sqrt(under_root)
    start, end = max((-half - root) / square, 0.0), min((-half + root) / square, 1.0)
    if start >= end:
        return None
    return (
        a if start == 0 else (a[0] + start * dx, a[1] + start * dy),
        b if end == 1 else (a[0] + end * dx, a[1] + end * dy),
    )


def _track(line: MetroLine, stretch: list[Plane]) -> Track:
    points = (TrackPoint(round(hypot(x, y)), round(degrees(atan2(x, y)) % 360, 1) % 360) for x, y in stretch)
    return Track(line.name, line.kind, tuple(points))
