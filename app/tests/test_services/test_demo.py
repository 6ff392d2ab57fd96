"""Demo listings without a database: the same each time, plausible, and marked as invented."""

import csv
import re
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from functools import cache
from statistics import median, quantiles
from typing import Any

import pytest

from app.core.vocabulary import AreaBasis, City, ListingType, LocationPrecision, Ownership, Possession, PropertyType
from app.services.demo.calibration import Spread, read_calibration
from app.services.demo.generator import DemoGenerator
from app.services.demo.places import LEASE_YEARS, DemoSector
from app.services.demo.texts import DISCLAIMER, MARK, SOCIETY_FIRST, SOCIETY_SECOND, society_name
from app.services.geography import distance_km, inside_service_area
from app.tests.conftest import ROOT

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
FIGURES = read_calibration()
Row = dict[str, Any]


def read_csv(name: str) -> list[dict[str, str]]:
    with (ROOT / "app/data/geography" / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@cache
def sectors() -> dict[int, DemoSector]:
    return {
        number: DemoSector(
            id=number,
            slug=row["slug"],
            name=row["name"],
            city=City(row["city"]),
            zone_slug=row["zone_slug"],
            latitude=float(row["latitude"]),
            longitude=float(row["longitude"]),
        )
        for number, row in enumerate(read_csv("sectors.csv"), 1)
    }


@cache
def rows(listings: int = 6000) -> list[Row]:
    generator = DemoGenerator(list(sectors().values()))
    return [generator.listing(number, NOW) for number in range(listings)]


def of_type(*types: PropertyType) -> list[Row]:
    return [row for row in rows() if row["property_type"] in types]


def test_a_listing_depends_only_on_the_seed_and_its_number() -> None:
    generator = DemoGenerator(list(reversed(sectors().values())))
    for number in (5999, 0, 42):
        assert generator.listing(number, NOW) == rows()[number]
    assert DemoGenerator(list(sectors().values()), seed=1).listing(42, NOW) != rows()[42]


def test_only_dates_move_with_the_time_of_loading() -> None:
    later = DemoGenerator(list(sectors().values())).listing(42, NOW + timedelta(days=7))
    changed = {name for name, value in later.items() if value != rows()[42][name]}
    assert "listed_at" in changed
    assert changed <= {"listed_at", "verified_at", "available_from"}


def test_the_calibration_names_places_that_exist() -> None:
    slugs = {sector.slug for sector in sectors().values()}
    assert FIGURES.sectors.keys() <= slugs
    assert slugs >= FIGURES.business_sectors
    assert {sector.zone_slug for sector in sectors().values()} == FIGURES.zones.keys()
    for market in (*FIGURES.sectors.values(), *FIGURES.zones.values()):
        assert market.p10 < market.median < market.p90


def test_a_spread_meets_its_three_figures() -> None:
    spread = Spread(100, 200, 800)
    assert [round(spread.at(deviations)) for deviations in (-1.2816, 0, 1.2816)] == [100, 200, 800]


def assert_shares(drawn: list[Any], expected: dict[Any, float], tolerance: float = 0.025) -> None:
    counted, total = Counter(drawn), sum(expected.values())
    assert counted.keys() == expected.keys()
    for value, share in expected.items():
        assert counted[value] / len(drawn) == pytest.approx(share / total, abs=tolerance), value


def test_shares_are_those_of_the_calibration() -> None:
    every, homes = rows(), of_type(PropertyType.FLAT, PropertyType.VILLA)
    for_sale = [row for row in homes if row["listing_type"] == ListingType.SALE]
    assert_shares([row["property_type"] for row in every], dict(FIGURES.type_shares))
    assert_shares([row["listing_type"] for row in every], {"sale": FIGURES.sale_share, "rent": 1 - FIGURES.sale_share})
    assert_shares([row["bhk"] for row in of_type(PropertyType.FLAT)], dict(FIGURES.bhk_shares.flat))
    assert_shares([row["bhk"] for row in of_type(PropertyType.VILLA)], dict(FIGURES.bhk_shares.villa), 0.06)
    assert_shares([min(row["bhk"], 5) for row in homes], {1: 0.06, 2: 0.29, 3: 0.42, 4: 0.17, 5: 0.06})
    assert_shares([row["possession"] for row in for_sale], dict(FIGURES.possession_shares))
    in_societies = [row for row in every if row["society_name"]]
    others = [row for row in every if not row["society_name"]]
    for column, listings, shares in (
        ("entrance_facing", every, FIGURES.facing_shares),
        ("furnishing", every, FIGURES.furnishing_shares),
        ("ownership", in_societies, FIGURES.ownership_shares.society),
        ("ownership", others, FIGURES.ownership_shares.other),
    ):
        assert_shares([row[column] for row in listings if row[column]], dict(shares))
    for share, expected in (
        (sum(row["entrance_facing"] is None for row in every), FIGURES.facing_unknown_share),
        (sum(row["location_precision"] == LocationPrecision.SECTOR for row in every), FIGURES.sector_precision_share),
        (sum(row["verified_at"] is not None for row in every), FIGURES.verified_share),
        (sum(not row["is_active"] for row in every), FIGURES.inactive_share),
    ):
        assert share / len(every) == pytest.approx(expected, abs=0.02)


def test_sectors_have_their_own_price_levels() -> None:
    by_sector: defaultdict[str, list[float]] = defaultdict(list)
    for row in rows(20_000):
        if row["listing_type"] == ListingType.SALE:
            by_sector[sectors()[row["sector_id"]].slug].append(row["price"] / row["area_sqft"])
    compared = {slug: prices for slug, prices in by_sector.items() if len(prices) >= 150 and slug in FIGURES.sectors}
    assert len(compared) > 15
    for slug, prices in compared.items():
        assert median(prices) == pytest.approx(FIGURES.sectors[slug].median, rel=0.15), slug


def test_areas_and_prices_resemble_the_market() -> None:
    sale = [row for row in rows() if row["listing_type"] == ListingType.SALE]
    areas, prices = quantiles([row["area_sqft"] for row in sale], n=10), [row["price"] for row in sale]
    assert areas[4] == pytest.approx(1425, rel=0.1)
    assert 600 < areas[0] < 900
    assert 2800 < areas[8] < 3900
    assert median(prices) == pytest.approx(8_800_000, rel=0.1)
    assert all(price % 50_000 == 0 for price in prices)
    rents = [row["price"] for row in rows() if row["listing_type"] == ListingType.RENT]
    assert all(rent % 500 == 0 and 5000 <= rent < 5_000_000 for rent in rents)
    assert 23_000 < median(rents) < 41_000


def test_columns_agree_with_each_other() -> None:
    for row in rows():
        kind, age, area = row["property_type"], row["age_years"], row["area_sqft"]
        assert (area is None) == (row["area_basis"] is None)
        assert (kind == PropertyType.PLOT) == (row["area_basis"] == AreaBasis.PLOT)
        assert row["carpet_area_sqft"] is None or area is None or row["carpet_area_sqft"] < area
        assert (row["bhk"] is None) == (kind in {PropertyType.PLOT, PropertyType.COMMERCIAL})
        assert row["floor_number"] is None or row["floor_number"] <= row["total_floors"]
        if kind == PropertyType.PLOT:
            assert row["listing_type"] == ListingType.SALE
            assert row["furnishing"] is row["floor_number"] is row["possession"] is age is None
        elif row["possession"] == Possession.READY_TO_MOVE:
            assert 0 <= age <= 25
        else:
            assert row["listing_type"] == ListingType.SALE
            assert age is row["furnishing"] is row["maintenance_monthly"] is None
            assert row["available_from"] > NOW.date()
        if row["lease_years_left"] is not None:
            assert row["ownership"] == Ownership.LEASEHOLD
            assert 0 < row["lease_years_left"] < LEASE_YEARS - (age or 0)
        assert NOW - timedelta(days=120) <= row["listed_at"] <= NOW
        assert row["verified_at"] is None or row["listed_at"] <= row["verified_at"] <= NOW
    recent = sum(row["listed_at"] > NOW - timedelta(days=30) for row in rows())
    assert 0.4 < recent / len(rows()) < 0.6


def test_listings_stand_in_the_area_served_near_their_sector() -> None:
    for row in rows():
        sector = sectors()[row["sector_id"]]
        away = distance_km(row["latitude"], row["longitude"], sector.latitude, sector.longitude)
        assert inside_service_area(row["latitude"], row["longitude"])
        assert (away == 0) == (row["location_precision"] == LocationPrecision.SECTOR)
        assert away < 2


def test_homes_keep_out_of_business_sectors() -> None:
    homes = of_type(PropertyType.FLAT, PropertyType.VILLA, PropertyType.PLOT)
    assert not [row for row in homes if sectors()[row["sector_id"]].slug in FIGURES.business_sectors]


def test_no_name_is_real() -> None:
    real = " ".join(f"{row['name']} {row['aliases']} {row['promoter']}" for row in read_csv("societies.csv"))
    places = " ".join(f"{row['name']} {row['aliases']}" for row in read_csv("places.csv"))
    words = set(re.findall("[a-z]+", f"{real} {places}".lower()))
    assert not words & {first.lower() for first in SOCIETY_FIRST}
    number_of_names = len(SOCIETY_FIRST) * len(SOCIETY_SECOND)
    assert len({society_name(number) for number in range(number_of_names)}) == number_of_names
    assert number_of_names >= len(sectors()) * len(FIGURES.societies_per_sector)


def test_every_text_says_that_it_is_invented() -> None:
    for row in rows():
        assert MARK in row["title"]
        assert row["description"].endswith(DISCLAIMER)
        assert row["society_name"] is None or row["society_name"].endswith(MARK)
        assert not re.search(
            r"[<>{}]|None|\b1 (bedrooms|bathrooms|balconies)\b| {2}", row["title"] + row["description"]
        )
        assert len(row["title"]) <= 200
        assert row["source"] == "demo"
        assert "rera_number" not in row
    assert len({row["title"] for row in rows()}) > len(rows()) / 2
