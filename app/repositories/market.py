"""Comparables: segments of the market, and where each listed home stands among its own.

A ladder of scopes, the closest first (core/market_rules.py): the same society; sector, BHK and similar size; sector and
BHK; zone and BHK; all of Noida. All of a listing type, property type and area basis; a basis is never converted. BHK is
left out where there is none (plots, commercial units); a flat or villa of unknown BHK is compared over all of Noida.

A segment keeps what is needed to take any one home out of it exactly (`market_summarise` in the migrations,
`_quartile`), so that thousands of homes share one pass over their segment. The fence is the segment's, this home
included; the quartiles, the ends and the spread are those of the others.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from app.config.database import WriteSession
from app.core import market_rules as rules

FAR_BELOW = "price_far_below_comparables"
KIND = "listing_type, property_type, area_basis"


def _key(scope: str, *columns: str) -> str:
    parts = ", ".join((f"'{scope}'", KIND, *columns))
    return f"hashtextextended(concat_ws('|', {parts}), 0)"


_UNIT = """row_number() OVER (
      PARTITION BY is_listed, listing_type, property_type, area_basis, bhk, area_sqft, price, floor_number,
        total_floors, bathrooms, coalesce(sector_id::text, locality),
        coalesce('#' || society_id, lower(btrim(society_name)))
      ORDER BY id) = 1"""


def _pool(in_these_sectors: str) -> str:
    """Gather the homes of some sectors, with the keys of their segments, and those elsewhere of the same societies.

    Similar size is taken round the area to the next 10 sq ft, so that homes of about one size share a segment.
    """
    columns = f"""id, is_listed, {KIND}, bhk, area_sqft, price, price_per_sqft, floor_number, total_floors, bathrooms,
    sector_id, locality, society_id, society_name"""
    return f"""
CREATE TEMP TABLE market_pool ON COMMIT DROP AS
WITH here AS MATERIALIZED (
  SELECT {columns} FROM properties WHERE is_listed AND {in_these_sectors}
  UNION ALL
  SELECT {columns} FROM properties WHERE NOT is_active AND deleted_at IS NULL AND {in_these_sectors}
), found AS (
  SELECT true AS is_here, * FROM here
  UNION ALL
  SELECT false, {columns} FROM properties
  WHERE is_listed AND society_id IN (SELECT society_id FROM here WHERE is_listed)
    AND ({in_these_sectors}) IS NOT TRUE
), told AS (
  SELECT f.id, is_here, is_listed, {KIND}, zone_id, sector_id, area_sqft::float8 AS area,
    price_per_sqft::float8 AS price, (greatest(round(area_sqft / 10), 1) * 10)::int AS about_area,
    CASE WHEN property_type IN ('flat', 'villa') THEN bhk ELSE coalesce(bhk, 0) END AS bhk,
    coalesce('#' || society_id, sector_id || ' ' || lower(btrim(society_name))) AS society,
    is_listed AND {_UNIT} AS is_unit
  FROM found f LEFT JOIN (SELECT id AS number, zone_id FROM sectors) s ON s.number = f.sector_id
  WHERE price_per_sqft IS NOT NULL
)
SELECT *,
  CASE WHEN society IS NOT NULL THEN {_key("society", "society")} END AS society_key,
  CASE WHEN sector_id IS NOT NULL AND bhk IS NOT NULL
    THEN {_key("similar_size", "sector_id", "bhk", "about_area")} END AS similar_key,
  CASE WHEN sector_id IS NOT NULL AND bhk IS NOT NULL THEN {_key("sector", "sector_id", "bhk")} END AS sector_key,
  CASE WHEN zone_id IS NOT NULL AND bhk IS NOT NULL THEN {_key("zone", "zone_id", "bhk")} END AS zone_key,
  {_key("noida")} AS noida_key
FROM told
"""


POOL = text(_pool("sector_id = ANY(:sector_ids)"))
POOL_WITHOUT_SECTOR = text(_pool("sector_id IS NULL"))
_SUMMARY = (
    *("outliers", "fence_low", "fence_high", "kept", "total", "lower_half", "q1", "q2", "q3", "lowest", "highest"),
    *("bins_from", "bins_step", "bins", "kept_prices"),
)
_COUNTED = ("listings", "units", "inactive")


def _segments(members: str) -> str:
    """Summarise the segments whose members a query gives: scope, key, kind, is_listed, is_unit, price."""
    columns = ("scope", "listing_type", "property_type", "area_basis", *_COUNTED, *_SUMMARY, "as_of")
    return f"""
INSERT INTO market_segments (key, {", ".join(columns)})
SELECT key, scope, {KIND}, listings, units, inactive, {", ".join(f"s.{name}" for name in _SUMMARY)}, now()
FROM (
  SELECT scope, key, {KIND}, count(*) FILTER (WHERE is_listed) AS listings, count(*) FILTER (WHERE is_unit) AS units,
    count(*) FILTER (WHERE NOT is_listed) AS inactive, array_agg(price ORDER BY price) FILTER (WHERE is_unit) AS prices
  FROM ({members}) m GROUP BY scope, key, {KIND}
) g CROSS JOIN LATERAL market_summarise(prices, {rules.FENCE_Z}, {rules.FENCE_FROM}) s
WHERE units > 0
ON CONFLICT (key) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in columns)}
"""


NOIDA_SEGMENTS = text(
    _segments(f"""
  SELECT 'noida' AS scope, {_key("noida")} AS key, {KIND}, price_per_sqft::float8 AS price, is_listed,
    is_listed AND {_UNIT} AS is_unit
  FROM properties WHERE deleted_at IS NULL AND price_per_sqft IS NOT NULL
""")
)
_ENOUGH = (
    f"{{s}}.kept - (t.price BETWEEN {{s}}.fence_low AND {{s}}.fence_high IS NOT FALSE)::int >= {rules.MIN_COMPARABLES}"
)
SEGMENTS = text(
    _segments(f"""
  SELECT scope, key, {KIND}, is_listed, is_unit, price FROM market_pool
  CROSS JOIN LATERAL (VALUES ('society', society_key), ('sector', sector_key), ('zone', zone_key)) AS s(scope, key)
  WHERE key IS NOT NULL AND (is_here OR scope = 'society')
""")
)
# Only round the sizes of homes whose society has too few comparables.
SIMILAR_SIZE_SEGMENTS = text(
    _segments(f"""
  SELECT 'similar_size' AS scope, w.similar_key AS key, {", ".join(f"w.{c}" for c in KIND.split(", "))},
    m.is_listed, m.is_unit, m.price
  FROM (
    SELECT DISTINCT similar_key, sector_key, about_area, {", ".join(f"t.{c}" for c in KIND.split(", "))}
    FROM market_pool t LEFT JOIN market_segments s ON s.key = t.society_key
    WHERE t.is_here AND t.is_listed AND t.similar_key IS NOT NULL
      AND ({_ENOUGH.format(s="s")}) IS NOT TRUE
  ) w JOIN market_pool m ON m.sector_key = w.sector_key AND m.is_here
    AND m.area BETWEEN w.about_area * (1 - {rules.AREA_TOLERANCE}) AND w.about_area * (1 + {rules.AREA_TOLERANCE})
""")
)

_POSITION = (
    *("segment_key", "price_per_sqft", "n", "median", "p25", "p75", "lowest", "highest", "spread"),
    *("difference_percentage", "category", "place_in_range", "is_taken_out", "is_below_fence"),
)


def _quartile(around: str, p: float) -> str:
    """Interpolate the quartile between two of three order statistics, those from place floor(p * (kept - 2)), from 0.

    With the home taken out, what stands after it moves one place down; equal prices are interchangeable, so its price
    tells all that its place would.
    """
    further = f"(floor({p} * (kept - 1)) - floor({p} * greatest(kept - 2, 0)))::int"
    lower, upper = (
        f"CASE WHEN NOT is_taken_out THEN {around}[{i} + {further}] WHEN price <= {around}[{i}] THEN {around}[{i + 1}] "
        f"ELSE {around}[{i}] END"
        for i in (1, 2)
    )
    place = f"{p} * (n - 1)"
    return f"CASE WHEN n > 0 THEN {lower} + ({place} - floor({place})) * (coalesce({upper}, {lower}) - {lower}) END"


_RUNGS = ("society", "similar", "sector", "zone")
_CHOICES = " ".join(f"WHEN {_ENOUGH.format(s=f'of_{rung}')} THEN t.{rung}_key" for rung in _RUNGS)
_CANDIDATES = " ".join(f"LEFT JOIN market_segments of_{rung} ON of_{rung}.key = t.{rung}_key" for rung in _RUNGS)
POSITIONS = text(f"""
WITH chosen AS (
  SELECT t.id, t.price, CASE {_CHOICES} ELSE t.noida_key END AS key
  FROM market_pool t {_CANDIDATES}
  WHERE t.is_here AND t.is_listed
), compared AS (
  SELECT c.id, c.price, s.*, t.is_taken_out, kept - t.is_taken_out::int AS n
  FROM chosen c JOIN market_segments s ON s.key = c.key
  CROSS JOIN LATERAL (SELECT c.price BETWEEN fence_low AND fence_high IS NOT FALSE AS is_taken_out) t
), measured AS MATERIALIZED (
  SELECT id, key, price, n, is_taken_out, total, fence_low,
    {_quartile("q1", 0.25)} AS p25, {_quartile("q2", 0.5)} AS median, {_quartile("q3", 0.75)} AS p75,
    CASE WHEN is_taken_out AND price <= lowest[1] THEN lowest[2] ELSE lowest[1] END AS lowest,
    CASE WHEN is_taken_out AND price >= highest[cardinality(highest)] THEN highest[cardinality(highest) - 1]
      ELSE highest[cardinality(highest)] END AS highest,
    floor(0.5 * (n - 1))::int + 1 AS lower_n,
    -- The segment's lower half reaches to place floor((kept - 2) / 2). With this home taken out of it, or counted in
    -- where their number is odd, the next one belongs to it.
    CASE WHEN is_taken_out THEN lower_half + CASE WHEN price <= q2[1] THEN q2[2] - price ELSE 0 END
      ELSE lower_half + CASE WHEN kept % 2 = 1 AND kept > 1 THEN q2[2] ELSE 0 END END AS lower_sum
  FROM compared
)
INSERT INTO market_positions AS p (property_id, {", ".join(_POSITION)}, is_pending)
SELECT id, key, price, n, median, p25, p75, lowest, highest,
  -- Mean distance from the median: what lies above it less what lies below it, each counted from it.
  CASE WHEN n > 0 THEN 100 / median / n
    * (total - CASE WHEN is_taken_out THEN price ELSE 0 END - 2 * lower_sum + median * (2 * lower_n - n)) END,
  100 * (price / median - 1),
  CASE WHEN n < {rules.MIN_COMPARABLES} THEN NULL
    WHEN price < p25 AND price < median * (1 - {rules.GUARD}) THEN 'below_average'
    WHEN price > p75 AND price > median * (1 + {rules.GUARD}) THEN 'above_average'
    ELSE 'average' END,
  CASE WHEN n < {rules.MIN_COMPARABLES} THEN NULL
    WHEN price <= lowest THEN 0
    WHEN price >= highest THEN 1
    WHEN price < p25 THEN 0.25 * (price - lowest) / (p25 - lowest)
    WHEN price < median THEN 0.25 + 0.25 * (price - p25) / (median - p25)
    WHEN price = median THEN 0.5
    WHEN price <= p75 THEN 0.5 + 0.25 * (price - median) / (p75 - median)
    ELSE 0.75 + 0.25 * (price - p75) / (highest - p75) END,
  is_taken_out, coalesce(price < fence_low, false), true
FROM measured
ON CONFLICT (property_id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in (*_POSITION, "is_pending"))}
WHERE ({", ".join(f"p.{name}" for name in _POSITION)})
  IS DISTINCT FROM ({", ".join(f"excluded.{name}" for name in _POSITION)})
""")


async def one_refresh_at_a_time(session: WriteSession) -> None:
    """Let other refreshes wait until this transaction ends."""
    await session.execute(text("SELECT pg_advisory_xact_lock(6034004)"))


async def refresh_noida(session: WriteSession) -> None:
    """Summarise the last rung of the ladder for every kind of listing."""
    await session.execute(NOIDA_SEGMENTS)


async def refresh_positions(session: WriteSession, sector_ids: Sequence[int] | None) -> None:
    """Summarise the segments of these sectors and place their listed homes; None: the homes of unknown sector."""
    if sector_ids is None:
        await session.execute(POOL_WITHOUT_SECTOR)
    else:
        await session.execute(POOL, {"sector_ids": list(sector_ids)})
    for statement in (text("ANALYZE market_pool"), SEGMENTS, SIMILAR_SIZE_SEGMENTS, POSITIONS):
        await session.execute(statement)


async def drop_unused_segments(session: WriteSession) -> None:
    """Forget segments that this refresh did not renew and no listing is compared with."""
    await session.execute(
        text("""
DELETE FROM market_segments s
WHERE as_of < now() AND NOT EXISTS (SELECT FROM market_positions p WHERE p.segment_key = s.key)
""")
    )


async def lock_pending(session: WriteSession, limit: int) -> Sequence[UUID]:
    """Take listings whose rank does not know their position yet; those that a refresh is just placing are left."""
    statement = text("""
SELECT property_id FROM market_positions WHERE is_pending ORDER BY property_id LIMIT :limit FOR UPDATE SKIP LOCKED
""")
    return (await session.execute(statement, {"limit": limit})).scalars().all()


async def settle(session: WriteSession, ids: Sequence[UUID]) -> None:
    """Note that these are ranked with their positions, and flag for review what lies below the fence."""
    await session.execute(
        text(f"""
UPDATE properties p SET review_flags = CASE WHEN m.is_below_fence
    THEN array_append(review_flags, '{FAR_BELOW}') ELSE array_remove(review_flags, '{FAR_BELOW}') END
FROM market_positions m WHERE m.property_id = p.id AND p.id = ANY(:ids)
  AND m.is_below_fence <> ('{FAR_BELOW}' = ANY(review_flags))
"""),
        {"ids": list(ids)},
    )
    await session.execute(
        text("UPDATE market_positions SET is_pending = false WHERE property_id = ANY(:ids)"), {"ids": list(ids)}
    )
