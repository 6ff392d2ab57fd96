"""The point that stands for a geometry."""

from math import cos, pi, radians, sin
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.imports.texts import FieldProblem
from app.services.places.geometry import centre_of

SQUARE = [[77.40, 28.50], [77.42, 28.50], [77.42, 28.52], [77.40, 28.52], [77.40, 28.50]]


def of(kind: str, coordinates: Any) -> tuple[float, float]:
    return tuple(centre_of({"type": kind, "coordinates": coordinates}))  # type: ignore[return-value] # two numbers


@pytest.mark.parametrize(
    ("kind", "coordinates", "centre"),
    [
        ("Point", [77.4, 28.5], (77.4, 28.5)),
        ("Point", [77.4, 28.5, 201.5], (77.4, 28.5)),
        ("LineString", [[77.4, 28.5], [77.4, 28.5], [77.4, 28.54]], (77.4, 28.52)),
        ("LineString", [[77.4, 28.5]], (77.4, 28.5)),
        # Twice as long, twice the weight.
        ("MultiLineString", [[[77.4, 28.5], [77.4, 28.52]], [[77.4, 28.6], [77.4, 28.64]]], (77.4, 28.583333)),
        ("Polygon", [SQUARE], (77.41, 28.51)),
        ("Polygon", [SQUARE[:4]], (77.41, 28.51)),
        ("Polygon", [SQUARE[::-1]], (77.41, 28.51)),
        # An L: the big square without its north-east quarter; (3·a - b) / 2 of the halves.
        (
            "Polygon",
            [[[0, 0], [2, 0], [2, 1], [1, 1], [1, 2], [0, 2], [0, 0]]],
            (5 / 6, 5 / 6),
        ),
        # The same as a hole, wound either way.
        ("Polygon", [[[0, 0], [2, 0], [2, 2], [0, 2]], [[1, 1], [2, 1], [2, 2], [1, 2]]], (5 / 6, 5 / 6)),
        ("Polygon", [[[0, 0], [2, 0], [2, 2], [0, 2]], [[1, 2], [2, 2], [2, 1], [1, 1]]], (5 / 6, 5 / 6)),
        # By area: the square of 4 against that of 1.
        ("MultiPolygon", [[[[0, 0], [2, 0], [2, 2], [0, 2]]], [[[10, 0], [11, 0], [11, 1], [10, 1]]]], (2.9, 0.9)),
        # No area, or one that crosses itself: the middle of the outline.
        ("Polygon", [[[0, 0], [2, 0], [0, 0]]], (1, 0)),
        ("Polygon", [[[0, 0], [1, 1], [1, 0], [0, 1.000001], [0, 0]]], (0.5, 0.5)),
    ],
)
def test_the_centre(kind: str, coordinates: Any, centre: tuple[float, float]) -> None:
    assert of(kind, coordinates) == pytest.approx(centre, abs=2e-6)


@given(
    st.floats(0.0001, 0.01),
    st.floats(0.2, 1),
    st.integers(3, 40),
    st.floats(0, 2 * pi),
    st.tuples(st.floats(28.1, 28.63), st.floats(77.3, 77.68)),
)
def test_a_regular_ring_has_its_centre_in_its_middle(
    size: float, flat: float, corners: int, turn: float, middle: tuple[float, float]
) -> None:
    ring = [
        [
            middle[1] + size * cos(turn + 2 * pi * i / corners),
            middle[0] + flat * size * sin(turn + 2 * pi * i / corners),
        ]
        for i in range(corners)
    ]
    assert of("Polygon", [ring]) == pytest.approx((middle[1], middle[0]), abs=1e-9)


def test_a_line_weighs_by_metres_not_degrees() -> None:
    east, north = [[0.0, 60.0], [2.0, 60.0]], [[0.0, 60.0], [0.0, 61.0]]
    assert of("MultiLineString", [east, north]) == pytest.approx((0.5, 60.25), abs=0.001)
    assert cos(radians(60)) == pytest.approx(0.5)


broken = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["type", "coordinates"]), inner),
    max_leaves=12,
)
kinds = st.sampled_from(["Point", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "Circle"])


@given(broken | st.fixed_dictionaries({"type": kinds, "coordinates": broken}))
def test_anything_else_is_a_field_problem(geometry: Any) -> None:
    try:
        point = centre_of(geometry)
    except FieldProblem:
        return
    assert -180 <= point.latitude <= 180
    assert -180 <= point.longitude <= 180
