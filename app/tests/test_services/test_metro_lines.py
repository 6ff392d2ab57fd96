"""The metro lines: the order of their stations, and what of them is drawn round a home."""

from itertools import pairwise
from math import cos, radians, sin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.geography import distance_km
from app.services.metro_lines import Position, Track, metro_lines, tracks_near
from app.tests.test_services.test_geography_files import FILES

STATIONS = {row["slug"]: row for row in FILES["places"] if row["category"] == "metro_station"}
POSITIONS = {slug: (float(row["latitude"]), float(row["longitude"])) for slug, row in STATIONS.items()}
LINES = {line.name: line for line in metro_lines() if line.kind == "line"}


def test_every_station_is_on_the_lines_it_names_and_on_no_other() -> None:
    for slug, row in STATIONS.items():
        assert {line.name for line in LINES.values() if slug in line.stations} == set(row["line"].split(";")), slug
    assert {slug for line in metro_lines() for slug in line.stations} == STATIONS.keys()
    assert {name: len(line.stations) for name, line in LINES.items()} == {
        "Blue Line": 12,
        "Magenta Line": 2,
        "Aqua Line": 21,
    }


@pytest.mark.parametrize("name", LINES)
def test_neighbours_on_a_line_are_neighbours_on_the_ground(name: str) -> None:
    """No station is passed over: swapping any two would make the line longer."""
    points = LINES[name].polyline(POSITIONS)
    assert len(points) == len(set(points)) == len(LINES[name].stations)

    def length(way: list[Position]) -> float:
        return sum(distance_km(*a, *b) for a, b in pairwise(way))

    for a, b in pairwise(points):
        assert 0.5 < distance_km(*a, *b) < 2.8
    for i in range(len(points)):
        for j in range(i + 1, len(points)):
            swapped = points.copy()
            swapped[i], swapped[j] = points[j], points[i]
            assert length(swapped) >= length(points), (LINES[name].stations[i], LINES[name].stations[j])


def test_interchanges() -> None:
    shared = [slug for slug in STATIONS if sum(slug in line.stations for line in LINES.values()) > 1]
    assert shared == ["botanical-garden-metro"]
    (walk,) = [line for line in metro_lines() if line.kind == "walk"]
    assert walk.stations[0] in LINES["Blue Line"].stations
    assert walk.stations[1] in LINES["Aqua Line"].stations
    a, b = walk.polyline(POSITIONS)
    assert distance_km(*a, *b) < 0.4


def test_a_home_at_a_station_sees_its_line_pass_through() -> None:
    home = POSITIONS["sector-76-metro"]
    (track,) = [each for each in tracks_near(*home, POSITIONS, 2000) if each.name == "Aqua Line"]
    first, *between, last = track.points
    assert (first.distance_m, last.distance_m) == (2000, 2000)
    assert 0 in [point.distance_m for point in between]
    assert first.bearing_deg > 340 or first.bearing_deg < 20, "to Sector 51 in the north"
    assert 150 < last.bearing_deg < 180, "to Sector 81 in the south-south-east"


def test_lines_out_of_reach_are_not_drawn_and_the_walk_is_one_of_its_own() -> None:
    assert tracks_near(28.15, 77.6, POSITIONS) == []
    assert tracks_near(*POSITIONS["depot-metro"], {}) == []
    near_walk = tracks_near(*POSITIONS["sector-52-metro"], POSITIONS, 600)
    assert {(track.name, track.kind) for track in near_walk} == {
        ("Blue Line", "line"),
        ("Aqua Line", "line"),
        ("Walk between the Blue and the Aqua Line", "walk"),
    }


def test_a_line_without_a_station_in_reach_still_passes() -> None:
    a, b = POSITIONS["sector-148-metro"], POSITIONS["knowledge-park-2-metro"]
    (track,) = tracks_near((a[0] + b[0]) / 2, (a[1] + b[1]) / 2, POSITIONS, 900)
    assert [point.distance_m for point in track.points] == [900, 900]


def test_a_line_that_comes_back_is_two_tracks() -> None:
    stations = {"sector-51-metro": (28.50, 77.40), "sector-50-metro": (28.60, 77.45), "sector-76-metro": (28.50, 77.41)}
    tracks = tracks_near(28.50, 77.405, stations, 2000)
    assert [len(track.points) for track in tracks] == [2, 2]
    assert all(track.points[i].distance_m == 2000 for track, i in zip(tracks, (-1, 0), strict=True))


def on_ground(home: Position, track: Track) -> list[Position]:
    """The points of a track as positions again."""
    return [
        (
            home[0] + point.distance_m * cos(radians(point.bearing_deg)) / 111_195,
            home[1] + point.distance_m * sin(radians(point.bearing_deg)) / 111_195 / cos(radians(home[0])),
        )
        for point in track.points
    ]


@given(st.floats(28.40, 28.64), st.floats(77.28, 77.58), st.floats(100, 8000))
def test_tracks_lie_within_reach_and_on_the_line(latitude: float, longitude: float, reach: float) -> None:
    tracks = tracks_near(latitude, longitude, POSITIONS, reach)
    for track in tracks:
        assert len(track.points) >= 2
        assert all(0 <= point.distance_m <= reach + 0.5 for point in track.points)
        assert all(0 <= point.bearing_deg < 360 for point in track.points)
        stations = next(line for line in metro_lines() if line.name == track.name).polyline(POSITIONS)
        for at in on_ground((latitude, longitude), track):
            assert min(off_the_way(at, a, b) for a, b in pairwise(stations)) < 0.03, "30 m: points are rounded"
    within = {slug for slug, at in POSITIONS.items() if distance_km(latitude, longitude, *at) * 1000 < reach - 5}
    shown = [at for track in tracks for at in on_ground((latitude, longitude), track)]
    for slug in within:
        assert min(distance_km(*POSITIONS[slug], *at) for at in shown) < 0.03, slug


def off_the_way(at: Position, a: Position, b: Position) -> float:
    """How far, in km, a point is off the straight piece between two others."""
    narrow = cos(radians(at[0]))
    ax, ay, bx, by = ((a[1] - at[1]) * narrow, a[0] - at[0], (b[1] - at[1]) * narrow, b[0] - at[0])
    dx, dy = bx - ax, by - ay
    along = max(0.0, min(1.0, -(ax * dx + ay * dy) / (dx * dx + dy * dy)))
    return float(((ax + along * dx) ** 2 + (ay + along * dy) ** 2) ** 0.5 * 111.195)
