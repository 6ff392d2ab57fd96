"""The rank of every listing and the card search shows, computed in one set-based statement.

Parts are 0-1 or unknown; an unknown part is left out and the rest rescaled, it never counts as average:

- value: 1 at the lowest of its comparables, 0.5 at their median, 0 at the highest; unknown without a verdict, and
  below the fence, where a price is rather wrong than good (repositories/market.py);
- light: mean of the daylight and the coolness of the windows' wall (core/sun.py);
- place: 0.7 by the straight line to the nearest metro station (1 within 300 m, 0 from 3 km) and 0.3 by places within
  1 km (1 from six);
- picture: 0.5 for a photo of the front, 0.3 for an enhanced one, 0.2 for four photos;
- freshness: half-life 30 days since listed or last verified;
- completeness: share of the facts a visitor looks for that are given.

The card is the search result as JSON text, so that a search only concatenates what is stored. Its reasons stand in it
in English and as code and figures, for sentences in another language. They name dates, not days elapsed: a stored or
cached answer stays true.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from app.config.database import ReadSession, WriteSession
from app.config.settings import Ranking, RankWeights
from app.core import vastu
from app.core.sun import light_and_heat
from app.repositories.images import image_json
from app.repositories.reasons import REASONS

PARTS = tuple(RankWeights.model_fields)
# A card is at most half a phone's width on a screen of two pixels a point: wider variants are left out.
CARD_WIDTH = 640
_SUN = ", ".join(
    f"('{facing}', {sun.daylight_index}, {sun.heat_index}, {sun.score})" for facing, sun in light_and_heat().items()
)
_VASTU = " ".join(f"WHEN '{facing}' THEN {vastu.SCORES[band]}" for facing, band in vastu.BANDS.items())
_SCORE = " + ".join(f"coalesce(:{part} * {part}, 0)" for part in PARTS)
_WEIGHT = " + ".join(f"CASE WHEN {part} IS NULL THEN 0 ELSE :{part} END" for part in PARTS)

# Ranks the rows of a relation `asked`, which has the columns of properties (an import ranks before it inserts).
RANKED = f"""sun (facing, daylight, heat, score) AS (VALUES {_SUN}), facts AS (
  SELECT p.id, p.title, p.price, p.area_sqft, p.area_basis, p.locality, p.bhk, p.property_type, p.listing_type,
    p.floor_number, p.total_floors, p.listed_at, p.verified_at, round(p.price / p.area_sqft, 2) AS price_per_sqft,
    s.name AS sector_name, p.society_name,
    metro.id AS station_id, metro.name AS station_name, metro.distance_m,
    nearby.n AS nearby_places, nearby.are_exact,
    p.location_precision = 'exact' AS is_exact,
    -- The middle of a sector says nothing of what is a walk away.
    p.location_precision <> 'sector' AS is_near_its_position,
    greatest(CASE WHEN p.listed_at_is_known THEN p.listed_at END, p.verified_at) AS confirmed_at,
    market.n AS compared, market.category, market.difference_percentage,
    round((100 * (market.p25 / market.median - 1))::numeric, 1) AS p25_percentage,
    round((100 * (market.p75 / market.median - 1))::numeric, 1) AS p75_percentage,
    segment.scope, zone.name AS zone_name,
    CASE WHEN NOT market.is_below_fence THEN 1 - market.place_in_range END AS value,
    windows.score AS light, windows.facing AS window_facing, windows.daylight, windows.heat,
    shown_wall.daylight AS natural_light_score, shown_wall.heat AS heat_score,
    CASE p.entrance_facing {_VASTU} END AS vastu_score,
    photos.n AS photos, photos.is_enhanced,
    CASE WHEN photos.shows_front THEN 0.5 ELSE 0 END + CASE WHEN photos.is_enhanced THEN 0.3 ELSE 0 END
      + CASE WHEN photos.n >= 4 THEN 0.2 ELSE 0 END AS picture,
    -- What a visitor looks for depends on the type: a plot has no rooms, only a flat has a floor.
    ARRAY[p.area_sqft IS NOT NULL, p.description IS NOT NULL, p.ownership IS NOT NULL, p.latitude IS NOT NULL]
      || CASE WHEN p.property_type IN ('flat', 'villa') THEN
           ARRAY[p.bhk IS NOT NULL, p.bathrooms IS NOT NULL, coalesce(p.window_facing, p.entrance_facing) IS NOT NULL]
         ELSE ARRAY[p.entrance_facing IS NOT NULL] END
      || CASE WHEN p.property_type <> 'plot' THEN
           ARRAY[p.furnishing IS NOT NULL, p.possession IS NOT NULL] ELSE '{{}}' END
      || CASE WHEN p.property_type = 'flat' THEN ARRAY[p.floor_number IS NOT NULL] ELSE '{{}}' END AS given
  FROM asked p
  LEFT JOIN sectors s ON s.id = p.sector_id
  LEFT JOIN zones zone ON zone.id = s.zone_id
  LEFT JOIN sun windows ON windows.facing = p.window_facing
  -- As the compass has it: the entrance's wall stands in where a home has windows to all sides, or none yet.
  LEFT JOIN sun shown_wall ON shown_wall.facing
    = coalesce(p.window_facing, CASE WHEN p.property_type IN ('villa', 'plot') THEN p.entrance_facing END)
  LEFT JOIN market_positions market
    ON market.property_id = p.id AND market.price_per_sqft = round(p.price / p.area_sqft, 2)
  LEFT JOIN market_segments segment ON segment.key = market.segment_key
  LEFT JOIN LATERAL (
    SELECT id, name,
      round((geo_point(latitude, longitude) <-> geo_point(p.latitude, p.longitude)) * 111195)::int AS distance_m
    FROM places WHERE category = 'metro_station' AND p.latitude IS NOT NULL
    ORDER BY geo_point(latitude, longitude) <-> geo_point(p.latitude, p.longitude) LIMIT 1
  ) metro ON true
  LEFT JOIN LATERAL (
    SELECT count(*) AS n, bool_and(precision = 'exact') AS are_exact FROM places
    WHERE category <> 'metro_station' AND p.latitude IS NOT NULL
      AND geo_point(latitude, longitude) <@ circle(geo_point(p.latitude, p.longitude), 1000 / 111195.0)
  ) nearby ON true
  CROSS JOIN LATERAL (
    SELECT count(*) AS n, coalesce(bool_or(image_type = 'front_exterior'), false) AS shows_front,
      coalesce(bool_or(enhanced_key IS NOT NULL), false) AS is_enhanced
    FROM property_images WHERE property_id = p.id AND NOT is_illustration
  ) photos
), parts AS MATERIALIZED (  -- once a row: what follows names each part several times
  SELECT *,
    (0.7 * greatest(0, least(1, (3000 - distance_m) / 2700.0)) + 0.3 * least(1, nearby_places / 6.0))::float8 AS place,
    CASE WHEN confirmed_at IS NOT NULL THEN
      power(0.5, greatest(0, extract(epoch FROM now() - confirmed_at) / 86400 / 30))::float8 END AS freshness,
    cardinality(array_positions(given, true))::float8 / cardinality(given) AS completeness
  FROM facts
), ranked AS (
  SELECT *,
    (100 * ({_SCORE}) / nullif({_WEIGHT}, 0))::numeric(5, 2) AS score
  FROM parts CROSS JOIN LATERAL ({REASONS}) said
)
"""
_PART_VALUES = ", ".join(f"'{part}', round(r.{part}::numeric, 4)" for part in PARTS)
CARD_IMAGE = image_json("r.title", widest=CARD_WIDTH)
# Columns of properties that hold a rank, and their value from `ranked AS r`.
RANK_COLUMNS = {
    "rank_score": "coalesce(r.score, 0)",
    "rank_parts": f"jsonb_build_object({_PART_VALUES})",
    "metro_place_id": "r.station_id",
    "metro_distance_m": "r.distance_m",
    # row_to_json leaves no blanks between members, json_build_object does.
    "card": f"""(SELECT row_to_json(c) FROM (SELECT r.id, r.title, r.price,
    trim_scale(r.area_sqft) AS area_sqft, r.area_basis, trim_scale(r.price_per_sqft) AS price_per_sqft,
    r.locality, r.sector_name AS sector, r.society_name, r.bhk, r.floor_number, r.total_floors,
    r.property_type, r.listing_type,
    (SELECT {CARD_IMAGE} FROM property_images i WHERE i.property_id = r.id AND i.is_primary) AS primary_image,
    (SELECT row_to_json(m) FROM (SELECT r.vastu_score, r.natural_light_score, r.heat_score,
      r.category AS price_vs_market, CASE WHEN r.category IS NOT NULL THEN
        json_build_object('difference_percentage', r.difference_percentage, 'p25_percentage', r.p25_percentage,
          'p75_percentage', r.p75_percentage, 'sample_size', r.compared) END AS price_position) m) AS key_metrics,
    r.reasons, r.reason_figures) c)::text""",
}
REFRESH = text(f"""
WITH asked AS (SELECT * FROM properties WHERE id = ANY(:ids)), {RANKED}
UPDATE properties p SET {", ".join(f"{column} = {value}" for column, value in RANK_COLUMNS.items())}
FROM ranked r WHERE p.id = r.id
""")


async def refresh_ranks(session: WriteSession, property_ids: Sequence[UUID], ranking: Ranking) -> None:
    """Rank these listings again and render their cards. Call it after every write to a listing."""
    if property_ids:
        await session.execute(REFRESH, {"ids": list(property_ids), **ranking.parameters()})


async def lock(session: WriteSession, ids: Sequence[UUID]) -> None:
    """Lock these listings in one order, before any count is touched (as every other writer of listings does)."""
    await session.execute(
        text("SELECT FROM properties WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE"), {"ids": list(ids)}
    )


async def next_ids(session: ReadSession, after: UUID | None, limit: int) -> Sequence[UUID]:
    """Ids of the next listings in id order, to rank all of them in slices."""
    statement = text(
        "SELECT id FROM properties WHERE CAST(:after AS uuid) IS NULL OR id > :after ORDER BY id LIMIT :limit"
    )
    return (await session.execute(statement, {"after": after, "limit": limit})).scalars().all()
