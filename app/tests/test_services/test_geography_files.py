"""The reference data keeps its promises: whole, unambiguous, inside the area served."""

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from itertools import product
from pathlib import Path

import pytest

from app.core.vocabulary import City, PlaceCategory
from app.services.geography import REACH_KM, distance_km, inside_service_area
from app.services.place_names import normalise_place

FOLDER = Path(__file__).parents[2] / "data" / "geography"
RERA = re.compile(r"UPRERAPRJ\d{1,7}(/\d{2}/\d{4})?")
ZONE_STEP_KM = {"yamuna-expressway": 4.1}
STEP_KM = 2.0

Row = dict[str, str]


def rows(name: str) -> list[Row]:
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


FILES = {name: rows(name) for name in ("zones", "sectors", "societies", "places")}
SECTORS = {row["slug"]: row for row in FILES["sectors"]}
ZONES = {row["slug"] for row in FILES["zones"]}


def many(cell: str) -> list[str]:
    return cell.split(";") if cell else []


def test_areas_that_stand_as_sectors_reach_to_every_sector_of_their_zone() -> None:
    for slug, reach in REACH_KM.items():
        area = SECTORS[slug]
        for row in SECTORS.values():
            if row["zone_slug"] == area["zone_slug"]:
                assert distance_km(*position(area), *position(row)) <= reach, row["slug"]


def position(row: Row) -> tuple[float, float]:
    return float(row["latitude"]), float(row["longitude"])


def km_between(a: Row, b: Row) -> float:
    return distance_km(*position(a), *position(b))


def names_of(row: Row) -> Iterator[str]:
    yield from (row["name"], *many(row["aliases"]))


@pytest.mark.parametrize("name", FILES)
def test_slugs_are_unique_and_cells_are_trimmed(name: str) -> None:
    slugs = Counter(row["slug"] for row in FILES[name])
    assert [slug for slug, count in slugs.items() if count > 1] == []
    assert [slug for slug in slugs if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug)] == []
    for row in FILES[name]:
        assert None not in row, row["slug"]
        assert all(cell == " ".join(cell.split()) for cell in row.values()), row["slug"]
        assert row["name"], row["slug"]
        assert "" not in row["aliases"].split(";")[1:], row["slug"]


@pytest.mark.parametrize("name", ["sectors", "societies", "places"])
def test_sources_are_named(name: str) -> None:
    assert [row["slug"] for row in FILES[name] if not row["source"]] == []


@pytest.mark.parametrize("name", ["sectors", "societies", "places"])
def test_foreign_slugs_exist(name: str) -> None:
    for row in FILES[name]:
        assert row.get("sector_slug", "") in {"", *SECTORS}, row["slug"]
        assert row.get("zone_slug", "") in {"", *ZONES}, row["slug"]


@pytest.mark.parametrize("name", ["sectors", "societies", "places"])
def test_positions_lie_in_the_area_served(name: str) -> None:
    for row in FILES[name]:
        if row["latitude"] or row["longitude"] or name != "societies":
            assert inside_service_area(*position(row)), row["slug"]


def test_every_sector_has_a_zone_of_its_city() -> None:
    city_of = {zone["slug"]: zone["city"] for zone in FILES["zones"]}
    for sector in FILES["sectors"]:
        assert City(sector["city"]) == city_of[sector["zone_slug"]], sector["slug"]
        assert sector["confidence"] in {"high", "medium", "low"}
    assert {sector["zone_slug"] for sector in FILES["sectors"]} == ZONES


@pytest.mark.parametrize("zone", sorted(ZONES))
def test_a_zone_hangs_together(zone: str) -> None:
    members = [sector for sector in FILES["sectors"] if sector["zone_slug"] == zone]
    step = ZONE_STEP_KM.get(zone, STEP_KM)
    reached, left = members[:1], members[1:]
    while near := [b for b in left if any(km_between(a, b) <= step for a in reached)]:
        reached += near
        left = [sector for sector in left if sector not in near]
    assert [sector["slug"] for sector in left] == []


@pytest.mark.parametrize("name", FILES)
def test_a_name_or_alias_means_one_row(name: str) -> None:
    meanings: defaultdict[str, set[str]] = defaultdict(set)
    for row in FILES[name]:
        for said in names_of(row):
            assert normalise_place(said), said
            meanings[re.sub(r"[^a-z0-9]+", "", said.casefold())].add(row["slug"])
            meanings[normalise_place(said)].add(row["slug"])
    assert {said: slugs for said, slugs in meanings.items() if len(slugs) > 1} == {}


def test_zones_sectors_and_stations_share_no_name_but_of_two_areas() -> None:
    stations = [row for row in FILES["places"] if row["category"] == PlaceCategory.METRO_STATION]
    said = Counter(
        key
        for kind in (FILES["zones"], FILES["sectors"], stations)
        for key in {normalise_place(name) for row in kind for name in names_of(row)}
    )
    assert {key for key, count in said.items() if count > 1} == {"greater noida west", "yamuna expressway"}


def test_societies() -> None:
    numbers = Counter(number for row in FILES["societies"] for number in many(row["rera_number"]))
    assert numbers.total() == len(numbers)
    assert all(RERA.fullmatch(number) for number in numbers)
    for row in FILES["societies"]:
        assert re.fullmatch(r"(20[0-4]\d-(0[1-9]|1[0-2]))?", row["possession"]), row["slug"]
        assert (row["position_precision"] == "unknown") == (row["latitude"] == ""), row["slug"]
        assert row["position_precision"] in {"exact", "sector", "unknown"}
        assert all(0.5 <= float(bhk) <= 10 for bhk in many(row["bhk_types"])), row["slug"]
        figures = [row[column] for column in ("total_units", "towers", "land_area_acres")]
        assert all(float(figure) > 0 for figure in figures if figure), row["slug"]


def test_the_sector_of_a_pinned_society_is_near_and_in_its_zone() -> None:
    for row in FILES["societies"]:
        if row["sector_slug"]:
            sector = SECTORS[row["sector_slug"]]
            assert row["zone_slug"] == sector["zone_slug"], row["slug"]
            assert km_between(row, sector) <= 1.51, row["slug"]


def test_places() -> None:
    counts = Counter(row["category"] for row in FILES["places"])
    assert set(counts) == set(PlaceCategory)
    assert counts["metro_station"] == 34
    for row in FILES["places"]:
        assert date.fromisoformat(row["as_of"]) <= date(2026, 11, 23)
        assert bool(row["line"]) == (row["category"] == "metro_station"), row["slug"]
        assert row["precision"] in {"exact", "sector"}
        if row["precision"] == "sector":
            assert position(row) == position(SECTORS[row["sector_slug"]]), row["slug"]


def test_no_place_is_listed_twice() -> None:
    exact = [row for row in FILES["places"] if row["precision"] == "exact"]
    close = [
        (a["slug"], b["slug"])
        for a, b in product(exact, exact)
        if a["slug"] < b["slug"] and a["category"] == b["category"] and km_between(a, b) < 0.1
    ]
    assert close == []
