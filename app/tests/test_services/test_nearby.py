"""The places round a home: distances, bearings and which they are, against a second reckoning; and what it costs."""

from math import asin, atan2, cos, degrees, radians, sin, sqrt
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter
from sqlalchemy import text

from app.config.database import Database
from app.core.ids import new_id
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import LocationPrecision, PlaceCategory
from app.models.geography import Place
from app.repositories.nearby import FIND, find_nearby, nearby_unknown
from app.schemas.property_detail import Nearby
from app.services.geography import inside_service_area
from app.tests.conftest import Statements
from app.tests.factories import make_properties, make_property

Position = tuple[float, float]
ORDER = list(PlaceCategory)


def haversine_m(a: Position, b: Position) -> float:
    (lat_a, lon_a), (lat_b, lon_b) = (map(radians, each) for each in (a, b))
    half = sin((lat_b - lat_a) / 2) ** 2 + cos(lat_a) * cos(lat_b) * sin((lon_b - lon_a) / 2) ** 2
    return 2 * 6_371_008.8 * asin(sqrt(half))


def bearing(a: Position, b: Position) -> float:
    """Where the great circle from a to b sets out, in degrees."""
    (lat_a, lon_a), (lat_b, lon_b) = (map(radians, each) for each in (a, b))
    east = sin(lon_b - lon_a) * cos(lat_b)
    north = cos(lat_a) * sin(lat_b) - sin(lat_a) * cos(lat_b) * cos(lon_b - lon_a)
    return degrees(atan2(east, north)) % 360


def is_about(shown: int, true: float) -> bool:
    """Within half a per cent, and half a metre of rounding."""
    return abs(shown - true) <= 0.005 * true + 0.51


def place(number: int, category: PlaceCategory, position: Position, **fields: Any) -> Place:
    return Place(
        slug=f"p{number}",
        name=f"Place {number}",
        category=category,
        latitude=position[0],
        longitude=position[1],
        **{"precision": LocationPrecision.EXACT, "source": "made up"} | fields,
    )


async def near(database: Database, home: UUID) -> list[Nearby]:
    found = await find_nearby(database.direct, home)
    assert found is not None
    return TypeAdapter(list[Nearby]).validate_json(found, strict=True)


async def store(database: Database, homes: list[dict[str, Any]], places: list[Place]) -> list[UUID]:
    async with unit_of_work(database) as session:
        await session.execute(text("TRUNCATE places CASCADE"))
        session.add_all(places)
        await session.flush()
        return [home.id for home in await make_properties(session, homes)]


positions = st.tuples(st.floats(28.10, 28.632), st.floats(77.295, 77.68)).filter(lambda at: inside_service_area(*at))
offsets = st.tuples(st.floats(-0.05, 0.05), st.floats(-0.05, 0.05))


@given(st.lists(positions, min_size=3, max_size=3), st.lists(st.tuples(st.sampled_from(ORDER), offsets), max_size=20))
@settings(max_examples=25, deadline=None, suppress_health_check=[*HealthCheck])
async def test_against_the_sphere(
    database: Database, homes: list[Position], offsets: list[tuple[PlaceCategory, Position]]
) -> None:
    spots = [(category, (homes[0][0] + dy, homes[0][1] + dx)) for category, (dy, dx) in offsets]
    spots = [spot for spot in spots if inside_service_area(*spot[1])]
    places = [place(number, *spot) for number, spot in enumerate(spots)]
    ids = await store(database, [{"latitude": at[0], "longitude": at[1]} for at in homes], places)
    for home, at in zip(ids, homes, strict=True):
        found = await near(database, home)
        assert [ORDER.index(each.category) for each in found] == sorted(ORDER.index(each.category) for each in found)
        for each in found:
            there = spots[int(each.name.removeprefix("Place "))][1]
            assert is_about(each.distance_m, haversine_m(at, there))
            if each.bearing_deg is not None:
                away = abs(each.bearing_deg - bearing(at, there)) % 360
                assert min(away, 360 - away) <= 0.6, "half a degree of rounding, and a tenth"
        for category in ORDER:
            distances = sorted(haversine_m(at, spot) for kind, spot in spots if kind is category)
            expected = [distance for distance in distances[:3] if distance <= 5000 * 0.995]
            shown = [each.distance_m for each in found if each.category is category]
            assert shown == sorted(shown)
            assert len(expected) <= len(shown) <= 3
            assert all(map(is_about, shown, expected))


async def test_each_member(database: Database, statements: Statements) -> None:
    here = (28.50, 77.40)
    places = [
        place(1, PlaceCategory.PARK, (28.51, 77.40), source="walked there"),
        place(2, PlaceCategory.METRO_STATION, (28.50, 77.41), line="Blue Line;Magenta Line"),
        place(3, PlaceCategory.SCHOOL, (28.49, 77.39), precision=LocationPrecision.SECTOR),
        place(4, PlaceCategory.HOSPITAL, here),
        place(5, PlaceCategory.MARKET, (28.50 + 5.01 / 111.195, 77.40)),
        place(6, PlaceCategory.MARKET, (28.50 + 4.99 / 111.195, 77.40)),
    ]
    at = {"latitude": here[0], "longitude": here[1]}
    exact, rough = await store(database, [at, at | {"location_precision": LocationPrecision.SECTOR}], places)
    statements.clear()
    found = await near(database, exact)
    assert len(statements) == 1
    assert [each.model_dump() for each in found[:2]] == [
        {
            "category": PlaceCategory.METRO_STATION,
            "name": "Place 2",
            "distance_m": 977,
            "bearing_deg": 90,
            "about": False,
            "precision": "exact",
            "line": "Blue Line, Magenta Line",
            "source": "made up",
            "as_of": None,
        },
        {
            "category": PlaceCategory.SCHOOL,
            "name": "Place 3",
            "distance_m": 1480,
            "bearing_deg": 221,
            "about": True,
            "precision": "sector",
            "line": None,
            "source": "made up",
            "as_of": None,
        },
    ]
    assert [(each.name, each.distance_m, each.bearing_deg) for each in found[2:]] == [
        ("Place 4", 0, None),
        ("Place 6", 4990, 0),
        ("Place 1", 1112, 0),
    ]
    assert found[4].source == "walked there"
    assert {each.about for each in await near(database, rough)} == {True}


async def test_what_is_not_known_is_null_with_its_reason_and_what_is_not_there_is_empty(database: Database) -> None:
    async with unit_of_work(database) as session:
        await session.execute(text("TRUNCATE places CASCADE"))
        empty = await make_property(session)
        lost = await make_property(session, latitude=None, longitude=None, location_precision=None)
        hidden = await make_property(session, is_active=False)
    assert await find_nearby(database.direct, empty.id) == "[]"
    assert await find_nearby(database.direct, lost.id) == "null"
    assert await find_nearby(database.direct, hidden.id) is None
    assert await find_nearby(database.direct, new_id()) is None
    async with database.read() as session:
        reasons = await session.execute(text(f"SELECT id, {nearby_unknown()} FROM properties p"))  # noqa: S608 - a constant of the app
        assert {number: reason for number, reason in reasons} == {  # noqa: C416 - rows
            empty.id: None,
            lost.id: "The position is not known",
            hidden.id: None,
        }


MANY_PLACES = text("""
INSERT INTO places (slug, name, category, latitude, longitude, precision, source)
SELECT 'many-' || n, 'Place ' || n, (ARRAY['metro_station', 'school', 'hospital', 'market', 'park'])[1 + n % 5],
  28.35 + 0.28 * ((n * 7919) % 10007) / 10007, 77.32 + 0.3 * ((n * 104729) % 10009) / 10009, 'exact', 'made up'
FROM generate_series(1::bigint, 50000) n
""")


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(inner for each in plan.get("Plans", ()) for inner in nodes(each))]


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
async def test_fifty_thousand_places_cost_three_rows_of_each_index(database: Database, mode: str) -> None:
    async with unit_of_work(database) as session:
        await session.execute(MANY_PLACES)
        home = await make_property(session)
        await session.execute(text("ANALYZE places"))
        await session.execute(text(f"SET LOCAL plan_cache_mode = {mode}"))
        await session.execute(text(f"PREPARE find AS {FIND.sql}"))
        explained = await session.execute(text(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE find('{home.id}')"))
        plan = explained.scalar_one()[0]["Plan"]
    of_places = [node for node in nodes(plan) if node.get("Relation Name") == "places"]
    assert {node["Index Name"] for node in of_places} == {
        f"ix_places_{kind}_geo" for kind in ("metro", "school", "hospital", "market", "park")
    }
    assert [(node["Node Type"], node["Actual Rows"]) for node in of_places] == [("Index Scan", 3)] * 5
    assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] < 100
    assert len(orjson.loads(await find_nearby(database.direct, home.id) or "")) == 15
