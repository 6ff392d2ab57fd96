"""What the figures of a home are drawn from; a statement a figure."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from app.config.database import DirectReads, Query
from app.core.vocabulary import AreaBasis, Facing, Language, ListingType, LocationPrecision, PriceCategory, PropertyType
from app.repositories.comparison import PRICE_COMPARISON_JOINS, price_comparison_unknown, scope_label
from app.repositories.nearby import NEARBY


class Facings(NamedTuple):
    property_type: PropertyType
    entrance: Facing | None
    windows: Facing | None


FACINGS = Query("SELECT property_type, entrance_facing, window_facing FROM properties WHERE id = :id AND is_listed")


async def find_facings(reads: DirectReads, property_id: UUID) -> Facings | None:
    rows = await reads.fetch(FACINGS, {"id": property_id})
    if not rows:
        return None
    kind, entrance, windows = rows[0]
    return Facings(PropertyType(kind), entrance and Facing(entrance), windows and Facing(windows))


class Comparison(NamedTuple):
    """A home among its comparables. `prices` and `bins` are those of the segment: this home is one of them when
    `is_taken_out`; `prices` is None where they are many. Without a comparison only `unknown` is there."""

    unknown: str | None
    listing_type: ListingType
    property_type: PropertyType
    basis: AreaBasis
    price: float
    n: int
    median: float
    p25: float
    p75: float
    spread: float | None
    category: PriceCategory | None
    is_taken_out: bool
    scope: str
    duplicates: int
    outliers: int
    prices: list[float] | None
    bins_from: float
    bins_step: float
    bins: list[int]
    as_of: datetime


COMPARISON = {
    language: Query(f"""
SELECT json_build_object({price_comparison_unknown(language)}) ->> 'price_comparison', p.listing_type, p.property_type,
  p.area_basis, p.price_per_sqft::float8, market.n, market.median, market.p25, market.p75, market.spread,
  market.category, market.is_taken_out, {scope_label(language)}, segment.listings - segment.units, segment.outliers,
  segment.kept_prices, segment.bins_from, segment.bins_step, segment.bins, segment.as_of
FROM properties p LEFT JOIN sectors sector ON sector.id = p.sector_id LEFT JOIN zones zone ON zone.id = sector.zone_id
{PRICE_COMPARISON_JOINS}
WHERE p.id = :id AND p.is_listed
""")
    for language in Language
}


async def find_comparison(
    reads: DirectReads, property_id: UUID, language: Language = Language.ENGLISH
) -> Comparison | None:
    rows = await reads.fetch(COMPARISON[language], {"id": property_id})
    return Comparison(*rows[0]) if rows else None


class Surroundings(NamedTuple):
    """`places` as schemas/property_detail.py Nearby has them; all None where the position is not known."""

    latitude: float | None
    longitude: float | None
    precision: LocationPrecision | None
    places: list[dict[str, Any]] | None


SURROUNDINGS = Query(f"""
SELECT p.latitude, p.longitude, p.location_precision, ({NEARBY})::text FROM properties p
WHERE p.id = :id AND p.is_listed
""")


async def find_surroundings(reads: DirectReads, property_id: UUID) -> Surroundings | None:
    rows = await reads.fetch(SURROUNDINGS, {"id": property_id})
    if not rows:
        return None
    latitude, longitude, precision, places = rows[0]
    return Surroundings(
        latitude, longitude, precision and LocationPrecision(precision), places and orjson.loads(places)
    )
