"""Which two records are one place."""

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.vocabulary import LocationPrecision, PlaceCategory
from app.services.geography import distance_km
from app.services.places.same_place import PlaceIndex, are_similar, say

KM_NORTH = 1 / 111.195


class Spot(NamedTuple):
    name: str
    category: PlaceCategory = PlaceCategory.SCHOOL
    latitude: float = 28.51
    longitude: float = 77.41
    precision: str = LocationPrecision.EXACT
    aliases: tuple[str, ...] = ()


def are_same(a: Spot, b: Spot) -> bool:
    index: PlaceIndex[Spot] = PlaceIndex()
    index.add(a)
    back: PlaceIndex[Spot] = PlaceIndex()
    back.add(b)
    assert [bool(index.same_as(b))] == [bool(back.same_as(a))]
    return bool(index.same_as(b))


@pytest.mark.parametrize(
    ("category", "a", "b"),
    [
        (PlaceCategory.METRO_STATION, "Sector 15 metro", "Noida Sector 15"),
        (PlaceCategory.METRO_STATION, "Knowledge Park 2 metro", "KNOWLEDGE PARK II"),
        (PlaceCategory.METRO_STATION, "Depot metro", "Depot Station"),
        (PlaceCategory.HOSPITAL, "Kailash Hospital", "Kailash Hospital, Noida"),
        (PlaceCategory.HOSPITAL, "Yatharth Super Speciality Hospital", "Yatharth Superspeciality Hospital"),
        (PlaceCategory.HOSPITAL, "Kailash Hospital", "Kailash Hospital & Heart Institute"),
        (PlaceCategory.HOSPITAL, "Prakash Hospital", "Prakaash Hospital"),
        (PlaceCategory.SCHOOL, "St. Mary's School", "St Marys School"),
        (PlaceCategory.SCHOOL, "D.P.S.", "DPS"),
        (PlaceCategory.SCHOOL, "Amity International School", "Amity International School, Sector 44"),
        (PlaceCategory.SCHOOL, "Govt. Girls School", "Government Girls School"),
        (PlaceCategory.MARKET, "City Center", "City Centre"),
        (PlaceCategory.PARK, "बुद्ध पार्क", "बुद्ध पार्क"),
    ],
)
def test_one_place_under_two_names(category: PlaceCategory, a: str, b: str) -> None:
    assert are_same(Spot(a, category), Spot(b, category, latitude=28.51 + 0.2 * KM_NORTH))
    assert not are_same(Spot(a, category), Spot(b, category, latitude=28.51 + 1.6 * KM_NORTH))


@pytest.mark.parametrize(
    ("category", "a", "b"),
    [
        (PlaceCategory.METRO_STATION, "Sector 51 metro", "Sector 52 metro"),
        (PlaceCategory.PARK, "A Block Park", "B Block Park"),
        (PlaceCategory.PARK, "Park", "Bulbul Park"),
        (PlaceCategory.PARK, "Central Park 1", "Central Park"),
        (PlaceCategory.PARK, "बुद्ध पार्क 1", "बाल पार्क 1"),
        (PlaceCategory.SCHOOL, "Government Boys Inter College", "Government Girls Inter College"),
        (PlaceCategory.SCHOOL, "Amity School", "Amity Junior School"),
        (PlaceCategory.SCHOOL, "Public School", "Delhi Public School"),
        (PlaceCategory.SCHOOL, "Genesis Global School", "Step by Step School"),
        (PlaceCategory.MARKET, "Sector 50 Market", "Sector 51 Market"),
        (PlaceCategory.MARKET, "Sector 50 Market", "Market"),
        (PlaceCategory.MARKET, "Market Sector 50", "Market Sector 51"),
    ],
)
def test_two_places_with_names_alike(category: PlaceCategory, a: str, b: str) -> None:
    assert not are_same(Spot(a, category), Spot(b, category))


def test_how_far_apart_one_place_may_be_told() -> None:
    school = Spot("Bulbul School")
    for km, precision, category, expected in (
        (0.24, "exact", PlaceCategory.SCHOOL, True),
        (0.26, "exact", PlaceCategory.SCHOOL, False),
        (1.4, "sector", PlaceCategory.SCHOOL, True),
        (1.6, "sector", PlaceCategory.SCHOOL, False),
        (0.9, "exact", PlaceCategory.METRO_STATION, True),
        (1.1, "exact", PlaceCategory.METRO_STATION, False),
    ):
        here = school._replace(category=category)
        there = here._replace(latitude=28.51 + km * KM_NORTH, precision=precision)
        assert are_same(here, there) is expected, (km, precision, category)
    assert not are_same(school, school._replace(category=PlaceCategory.PARK))
    assert not are_same(school, Spot("Bulbul Nest School", latitude=28.51 + 1.0 * KM_NORTH, precision="sector"))


def test_other_names_count_and_the_likeliest_comes_first() -> None:
    index: PlaceIndex[Spot] = PlaceIndex()
    spots = [
        Spot("Bulbul Nest School"),
        Spot("Bulbul School", latitude=28.51 + 0.1 * KM_NORTH),
        Spot("Bulbul School", latitude=28.51 - 0.2 * KM_NORTH),
        Spot("Kite Academy", aliases=("Old Name", "Bulbul School"), latitude=28.51 + 0.15 * KM_NORTH),
        Spot("Other School"),
    ]
    for spot in spots:
        index.add(spot)
    assert [spot for _, spot in index.same_as(Spot("Bulbul School"))] == [spots[1], spots[3], spots[2], spots[0]]


names = st.sampled_from(["Bulbul School", "Bulbul Nest School", "Kite School", "Kite School 2", "School"])
degrees = st.floats(-0.02, 0.02)
spots = st.builds(
    lambda name, dy, dx, precision: Spot(name, PlaceCategory.SCHOOL, 28.51 + dy, 77.41 + dx, precision),
    names,
    degrees,
    degrees,
    st.sampled_from(["exact", "sector"]),
)


@given(st.lists(spots, max_size=12), spots)
def test_cells_hide_nobody(stored: list[Spot], place: Spot) -> None:
    """The index finds what a look at every pair finds."""
    index: PlaceIndex[Spot] = PlaceIndex()
    for spot in stored:
        index.add(spot)
    expected = set()
    for spot in stored:
        a, b = (say(each.category, each.name) for each in (spot, place))
        km = distance_km(spot.latitude, spot.longitude, place.latitude, place.longitude)
        reach = 1.5 if "sector" in (spot.precision, place.precision) else 0.25
        if (a.key == b.key and km <= reach) or (are_similar(a, b) and km <= 0.25):
            expected.add(spot)
    assert {spot for _, spot in index.same_as(place)} == expected
