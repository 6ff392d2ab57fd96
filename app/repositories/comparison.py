"""One home beside its comparables: the parts of the detail statement that say so, the comparables themselves, and
what was asked before.

The parts belong to a statement with `properties p`, `sectors sector`, `zones zone` (repositories/properties.py).
"""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from app.config.database import DirectReads, Query
from app.core import market_rules as rules
from app.core.vocabulary import Language, MarketScope
from app.repositories.sentences import sql

# A position tells of the price it was made for; what another price would be is for the next refresh to say.
PRICE_COMPARISON_JOINS = """LEFT JOIN market_positions market
    ON market.property_id = p.id AND market.price_per_sqft = p.price_per_sqft
  LEFT JOIN market_segments segment ON segment.key = market.segment_key AND segment.area_basis = p.area_basis"""


def scope_label(language: Language = Language.ENGLISH) -> str:
    place = "CASE segment.scope WHEN 'zone' THEN zone.name ELSE sector.name END"
    place = f"coalesce({sql('market.rooms', language, place=place, bhk='p.bhk')}, {place})"
    same_size = sql("market.same_size", language, place=place)
    return f"""CASE segment.scope WHEN 'noida' THEN {sql("market.all_noida", language)}
    WHEN 'society' THEN p.society_name WHEN 'similar_size' THEN {same_size} ELSE {place} END"""


# What lies in each bar, less this home itself where it is one of them.
_HISTOGRAM = """(SELECT json_agg(json_build_object(
      'price_from', segment.bins_from + segment.bins_step * (bar - 1),
      'price_to', segment.bins_from + segment.bins_step * bar,
      'count', listings - (market.is_taken_out
        AND floor((p.price_per_sqft::float8 - segment.bins_from) / segment.bins_step) = bar - 1)::int) ORDER BY bar)
    FROM unnest(segment.bins) WITH ORDINALITY AS bars (listings, bar))"""


def _rupees(column: str) -> str:
    return f"trim_scale(round(market.{column}::numeric, 2))"


def price_comparison(language: Language = Language.ENGLISH) -> str:
    return f"""CASE WHEN market.n >= {rules.MIN_RANGE} THEN json_build_object(
      'property_price_per_sqft', trim_scale(p.price_per_sqft), 'area_basis', p.area_basis,
      'median', {_rupees("median")}, 'p25', {_rupees("p25")}, 'p75', {_rupees("p75")},
      'lowest', {_rupees("lowest")}, 'highest', {_rupees("highest")},
      'difference_percentage', trim_scale(round(market.difference_percentage::numeric, 2)),
      'category', market.category, 'sample_size', market.n,
      'scope', segment.scope, 'scope_label', {scope_label(language)},
      'spread_percentage', trim_scale(round(market.spread::numeric, 1)),
      'left_out', json_build_object('duplicates', segment.listings - segment.units, 'inactive', segment.inactive,
        'outliers', segment.outliers),
      'caution', CASE WHEN market.is_below_fence
        THEN {sql("market.caution", language)} END,
      'as_of', segment.as_of, 'histogram', {_HISTOGRAM}) END"""


def price_comparison_unknown(language: Language = Language.ENGLISH) -> str:
    no_verdict = sql("unknown.no_verdict", language, n="market.n", needed=f"'{rules.MIN_COMPARABLES}'")
    return f"""'price_comparison', CASE WHEN p.area_sqft IS NULL THEN {sql("unknown.area", language)}
        WHEN segment.key IS NULL THEN {sql("unknown.not_compared", language)}
        WHEN market.n < {rules.MIN_RANGE} THEN {sql("unknown.too_few", language, n="market.n")} END,
      'price_comparison.category', CASE WHEN market.n >= {rules.MIN_RANGE} AND market.n < {rules.MIN_COMPARABLES}
        THEN {no_verdict} END"""


SCOPE = Query(f"""
SELECT segment.scope, {scope_label()}, market.n, segment.as_of,
  (SELECT reason FROM json_each_text(json_build_object({price_comparison_unknown()})) AS u (part, reason)
   WHERE part = 'price_comparison')
FROM properties p LEFT JOIN sectors sector ON sector.id = p.sector_id LEFT JOIN zones zone ON zone.id = sector.zone_id
  {PRICE_COMPARISON_JOINS}
WHERE p.id = :id AND p.is_listed
""")


class Compared(NamedTuple):
    """On which rung of the ladder a home is compared; without one, `unknown` says why."""

    scope: MarketScope | None
    label: str | None
    n: int | None
    as_of: datetime | None
    unknown: str | None


async def find_scope(reads: DirectReads, property_id: UUID) -> Compared | None:
    """None when there is no such listed home."""
    rows = await reads.fetch(SCOPE, {"id": property_id})
    return Compared(*rows[0]) if rows else None


_ALIKE = """is_listed AND listing_type = me.listing_type AND property_type = me.property_type
    AND area_basis = me.area_basis"""
_ROOMS = "coalesce(bhk, 0) = coalesce(me.bhk, 0)"
_ABOUT = "greatest(round(me.area_sqft / 10), 1) * 10"
_IN_SCOPE = {
    MarketScope.SOCIETY: """(society_id = me.society_id OR me.society_id IS NULL AND society_id IS NULL
      AND sector_id = me.sector_id AND lower(btrim(society_name)) = lower(btrim(me.society_name)))""",
    MarketScope.SIMILAR_SIZE: f"""sector_id = me.sector_id AND {_ROOMS} AND area_sqft
      BETWEEN {_ABOUT} * (1 - {rules.AREA_TOLERANCE}) AND {_ABOUT} * (1 + {rules.AREA_TOLERANCE})""",
    MarketScope.SECTOR: f"sector_id = me.sector_id AND {_ROOMS}",
    MarketScope.ZONE: f"""{_ROOMS} AND sector_id IN (SELECT id FROM sectors WHERE zone_id
      = (SELECT zone_id FROM sectors WHERE id = me.sector_id))""",
}
_COLUMNS = "id, card, price, area_sqft, price_per_sqft, bhk, floor_number, total_floors, bathrooms, society_name"


def _members(scope: MarketScope) -> str:
    if scope is MarketScope.NOIDA:  # too many to look at each: those nearest in price
        alike = f"SELECT {_COLUMNS} FROM properties WHERE {_ALIKE}"
        below, above = (
            f"({alike} AND price {side} me.price ORDER BY price {way} LIMIT 500)"
            for side, way in (("<=", "DESC"), (">", "ASC"))
        )
        return f"{below} UNION ALL {above}"
    return f"SELECT {_COLUMNS} FROM properties WHERE {_ALIKE} AND {_IN_SCOPE[scope]}"


def _comparables(scope: MarketScope) -> Query:
    unit = "price, area_sqft, bhk, floor_number, total_floors, bathrooms, lower(btrim({row}society_name))"
    return Query(f"""
WITH me AS (
  SELECT p.*, coalesce(s.fence_low, 0) AS fence_low, coalesce(s.fence_high, 'infinity') AS fence_high
  FROM properties p JOIN market_positions m ON m.property_id = p.id JOIN market_segments s ON s.key = m.segment_key
  WHERE p.id = :id
), units AS (
  SELECT DISTINCT ON ({unit.format(row="c.")}) c.*,
    abs(ln(c.area_sqft / me.area_sqft)) + abs(ln(c.price_per_sqft / me.price_per_sqft)) AS unlike
  FROM me CROSS JOIN LATERAL ({_members(scope)}) c
  WHERE c.id <> me.id AND c.price_per_sqft BETWEEN me.fence_low AND me.fence_high
    AND (c.price, c.area_sqft, c.bhk, c.floor_number, c.total_floors, c.bathrooms, lower(btrim(c.society_name)))
      IS DISTINCT FROM (me.price, me.area_sqft, me.bhk, me.floor_number, me.total_floors, me.bathrooms,
        lower(btrim(me.society_name)))
  ORDER BY {unit.format(row="c.")}, c.id
)
SELECT
  (SELECT string_agg(card, ',' ORDER BY unlike, id) FROM (SELECT * FROM units ORDER BY unlike, id LIMIT :cards) best),
  (SELECT json_agg(json_build_object('id', id, 'area_sqft', trim_scale(area_sqft),
      'price_per_sqft', trim_scale(price_per_sqft)) ORDER BY area_sqft, id)::text
   FROM (SELECT * FROM units ORDER BY hashtextextended(id::text, 0), id LIMIT :points) chosen)
""")


COMPARABLES = {scope: _comparables(scope) for scope in MarketScope}


class Comparables(NamedTuple):
    """JSON texts: cards joined by commas, the most alike first, and an array of points, evenly chosen where many."""

    cards: str
    points: str


async def find_comparables(
    reads: DirectReads, property_id: UUID, scope: MarketScope, *, cards: int, points: int
) -> Comparables:
    rows = await reads.fetch(COMPARABLES[scope], {"id": property_id, "cards": cards, "points": points})
    return Comparables(rows[0][0] or "", rows[0][1] or "[]")


PRICES = Query(f"""
SELECT json_build_object(
  'history', (SELECT coalesce(json_agg(json_build_object('price', price, 'recorded_at', recorded_at)
     ORDER BY recorded_at, id), '[]') FROM price_history WHERE property_id = me.id),
  'trend_scope', sector.name || CASE WHEN me.bhk IS NOT NULL THEN ', ' || me.bhk || ' BHK' ELSE '' END,
  'area_basis', me.area_basis,
  'trend', (SELECT json_agg(json_build_object('month', to_char(month, 'YYYY-MM'),
      'median_price_per_sqft', trim_scale(round(median::numeric, 2)), 'sample_size', n) ORDER BY month)
   FROM (
     SELECT date_trunc('month', h.recorded_at AT TIME ZONE 'Asia/Kolkata') AS month, count(DISTINCT c.id) AS n,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY (h.price / c.area_sqft)::float8) AS median
     FROM properties c JOIN price_history h ON h.property_id = c.id
     WHERE (c.is_listed OR NOT c.is_active AND c.deleted_at IS NULL) AND c.sector_id = me.sector_id
       AND c.listing_type = me.listing_type AND c.property_type = me.property_type AND c.area_basis = me.area_basis
       AND coalesce(c.bhk, 0) = coalesce(me.bhk, 0) AND h.recorded_at >= (
         date_trunc('month', now() AT TIME ZONE 'Asia/Kolkata') - interval '24 months') AT TIME ZONE 'Asia/Kolkata'
     GROUP BY 1 HAVING count(DISTINCT c.id) >= {rules.MIN_COMPARABLES}) months))::text
FROM properties me LEFT JOIN sectors sector ON sector.id = me.sector_id
WHERE me.id = :id AND me.is_listed
""")


async def find_prices(reads: DirectReads, property_id: UUID) -> str | None:
    """JSON text (schemas/comparison.py Prices); None when there is no such listed home."""
    rows = await reads.fetch(PRICES, {"id": property_id})
    return rows[0][0] if rows else None


INSTEAD = Query("""
SELECT other.card FROM properties me LEFT JOIN LATERAL (
  SELECT card FROM properties o WHERE o.is_listed AND o.sector_id = me.sector_id AND o.property_type = me.property_type
    AND o.listing_type = me.listing_type ORDER BY abs(o.price - me.price), o.id LIMIT :most) other ON true
WHERE me.id = :id
""")


async def find_instead(reads: DirectReads, property_id: UUID, most: int) -> list[str] | None:
    """JSON texts of the cards of homes like one that is no longer offered; None when there never was such a home."""
    rows = await reads.fetch(INSTEAD, {"id": property_id, "most": most})
    return [card for (card,) in rows if card] if rows else None
