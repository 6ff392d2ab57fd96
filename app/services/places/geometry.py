"""GeoJSON geometries → the one point that stands for them."""

from collections.abc import Sequence
from itertools import pairwise
from math import cos, hypot, radians
from typing import Any, NamedTuple

from app.services.imports.texts import FieldProblem


class Point(NamedTuple):
    """Degrees, in GeoJSON's order."""

    longitude: float
    latitude: float


class Weighed(NamedTuple):
    point: Point
    weight: float


def centre_of(geometry: Any) -> Point:
    """Return a point itself, the middle of lines by length, of polygons by area without their holes.

    Raises FieldProblem for what is no such geometry. Altitudes are dropped.
    """
    if not isinstance(geometry, dict):
        msg = "has no geometry"
        raise FieldProblem(msg)
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    try:
        if kind == "Point":
            return read_point(coordinates)
        if kind == "LineString":
            return _middle([_weigh_line(_points(coordinates))])
        if kind == "MultiLineString":
            return _middle([_weigh_line(_points(line)) for line in _filled(coordinates)])
        if kind == "Polygon":
            return _middle_of_areas([coordinates])
        if kind == "MultiPolygon":
            return _middle_of_areas(_filled(coordinates))
    except (TypeError, ValueError):
        msg = f"has coordinates that are not those of a {kind}: pairs of numbers in degrees, longitude first"
        raise FieldProblem(msg) from None
    msg = "has a geometry that is neither a point nor lines or polygons"
    raise FieldProblem(msg)


def read_point(value: Any) -> Point:
    """Raises TypeError or ValueError for what is not longitude and latitude."""
    longitude, latitude, *_ = _filled(value)
    for degrees in (longitude, latitude):
        if isinstance(degrees, bool) or not isinstance(degrees, int | float):
            raise TypeError
        if not -180 <= degrees <= 180:  # noqa: PLR2004 - of either, so that swapped ones are told apart later
            raise ValueError
    return Point(float(longitude), float(latitude))


def _filled(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError
    if not value:
        raise ValueError
    return value


def _points(value: Any) -> list[Point]:
    return [read_point(each) for each in _filled(value)]


def _middle_of_areas(polygons: Sequence[Any]) -> Point:
    polygons = [[_points(ring) for ring in _filled(polygon)] for polygon in polygons]
    areas = [
        Weighed(point, -area if is_hole else area)
        for rings in polygons
        for is_hole, (point, area) in enumerate(map(_weigh_ring, rings))
    ]
    outlines = [ring for rings in polygons for ring in rings]
    if sum(part.weight for part in areas) > 0 and _is_amid(middle := _middle(areas), outlines):
        return middle
    # A ring that crosses itself may have a centroid far away, or none; the middle of its outline is always amid it.
    return _middle([_weigh_line([*ring, ring[0]]) for ring in outlines])


def _middle(parts: Sequence[Weighed]) -> Point:
    total = sum(part.weight for part in parts)
    if not total:
        return parts[0].point
    return Point(
        sum(point.longitude * weight for point, weight in parts) / total,
        sum(point.latitude * weight for point, weight in parts) / total,
    )


def _weigh_line(points: Sequence[Point]) -> Weighed:
    narrow = cos(radians(points[0].latitude))
    pieces = [
        Weighed(
            Point((a.longitude + b.longitude) / 2, (a.latitude + b.latitude) / 2),
            hypot((b.longitude - a.longitude) * narrow, b.latitude - a.latitude),
        )
        for a, b in pairwise(points)
    ]
    length = sum(piece.weight for piece in pieces)
    return Weighed(_middle(pieces) if length else points[0], length)


def _weigh_ring(ring: Sequence[Point]) -> Weighed:
    """The centroid of what a ring encloses and its area (square degrees, always positive)."""
    x0, y0 = ring[0]  # reckoned from here: far from the origin the products would lose their digits
    twice_area = x_sum = y_sum = 0.0
    for a, b in pairwise([*ring, ring[0]]):
        ax, ay, bx, by = a.longitude - x0, a.latitude - y0, b.longitude - x0, b.latitude - y0
        cross = ax * by - bx * ay
        twice_area += cross
        x_sum += (ax + bx) * cross
        y_sum += (ay + by) * cross
    if not twice_area:
        return Weighed(ring[0], 0.0)
    return Weighed(Point(x0 + x_sum / (3 * twice_area), y0 + y_sum / (3 * twice_area)), abs(twice_area) / 2)


def _is_amid(point: Point, outlines: Sequence[Sequence[Point]]) -> bool:
    longitudes = [each.longitude for outline in outlines for each in outline]
    latitudes = [each.latitude for outline in outlines for each in outline]
    return min(longitudes) <= point.longitude <= max(longitudes) and min(latitudes) <= point.latitude <= max(latitudes)
