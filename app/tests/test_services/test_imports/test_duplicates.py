"""When two listings that have a fingerprint in common are one unit. The homes are made up."""

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.imports.duplicates import Likeness, Said

HOME: dict[str, Any] = {
    "title": "3 BHK flat in Amber Court",
    "locality": "Sector 78",
    "latitude": None,
    "longitude": None,
    "location_precision": None,
    "floor_number": 4,
    "society_id": None,
    "society_name": None,
    "balconies": None,
    "furnishing": None,
    "possession": None,
    "entrance_facing": None,
    "window_facing": None,
}
UNTOLD = {"floor_number": None}


def likeness(first: dict[str, Any], second: dict[str, Any], *addresses: str) -> Likeness:
    one, other = addresses or ("", "")
    a, b = Said.of(HOME | first, one), Said.of(HOME | second, other)
    found = a.likeness(b)
    assert b.likeness(a) is found
    assert Said.from_json(a.to_json()).likeness(Said.from_json(b.to_json())) is found
    return found


def at(latitude: float, precision: str = "exact") -> dict[str, Any]:
    return {"latitude": latitude, "longitude": 77.3854, "location_precision": precision}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"balconies": 2}, {"balconies": 3}),
        ({"furnishing": "furnished"}, {"furnishing": "unfurnished"}),
        ({"possession": "ready_to_move"}, {"possession": "under_construction"}),
        ({"entrance_facing": "east"}, {"entrance_facing": "north"}),
        (at(28.5600), at(28.5650)),
        (at(28.5600), at(28.5650, "society")),
        (at(28.5600, "locality"), at(28.5650, "locality")),
        ({"title": "Flat in tower D"}, {"title": "Flat, K tower, Sector 78"}),
        ({"title": "Block-B, Amber Court"}, {"locality": "Sector 78 A Block"}),
        ({"title": "Flat on 4th floor"}, {"title": "Flat, floor 12"}),
        ({"title": "E-611 Amber Court"}, {"title": "1207 Amber Court"}),
    ],
)
def test_what_both_say_tells_them_apart(first: dict[str, Any], second: dict[str, Any]) -> None:
    assert likeness(first, second) is Likeness.DIFFERENT
    assert likeness(first, {}) is likeness({}, second) is likeness(first, first) is Likeness.SAME


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (at(28.5600), at(28.5640)),  # 440 m
        (at(28.5600), at(28.5650, "locality")),  # the middle of its locality
        (at(28.5600), at(28.5650, "sector")),
        ({"title": "Flat in Sector 78, 1350 sq ft"}, {"title": "1,350 sqft flat, Sector 137, 85 lakh"}),
        ({"title": "Tower D, flat 305"}, {"title": "D-305"}),
    ],
)
def test_what_does_not_contradict_leaves_them_the_same(first: dict[str, Any], second: dict[str, Any]) -> None:
    assert likeness(first, second) is Likeness.SAME


@pytest.mark.parametrize("told", [{"floor_number": 0}, {"society_id": 9}, {"society_name": "Amber Court"}])
def test_enough_must_be_said(told: dict[str, Any]) -> None:
    assert likeness(UNTOLD, UNTOLD) is Likeness.UNCLEAR
    assert likeness(UNTOLD | told, UNTOLD | told) is Likeness.SAME
    assert likeness(UNTOLD, UNTOLD, "mango lane, sector 78", "mango lane, sector 78") is Likeness.SAME
    assert likeness(UNTOLD, UNTOLD, "mango lane, sector 78", "plum lane, sector 78") is Likeness.UNCLEAR
    assert likeness(UNTOLD, UNTOLD, "mango lane, sector 78", "") is Likeness.UNCLEAR
    assert likeness(UNTOLD, UNTOLD, "k tower 305, sector 78", "1207, tower d, sector 78") is Likeness.DIFFERENT


some_facts = st.fixed_dictionaries(
    {name: st.sampled_from([None, "a", "b"]) for name in ("balconies", "furnishing", "window_facing")}
    | {"title": st.sampled_from(["", "Tower A", "Tower B", "A-101", "A-102"])}
)


@given(st.lists(some_facts, min_size=3, max_size=3))
def test_silence_never_tells_apart(rows: list[dict[str, Any]]) -> None:
    silent = HOME | {"title": ""}
    for first, second, _ in permutations(rows):
        assert likeness(first, silent) is Likeness.SAME
        likeness(first, second)  # asserts that order and storing do not matter
