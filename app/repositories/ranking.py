"""The rank of every listing and the card search shows, computed in one set-based statement.

Parts are 0-1 or unknown; an unknown part is left out and the rest rescaled, it never counts as average:

- place: 0.7 by the straight line to the nearest metro station (1 within 300 m, 0 from 3 km) and 0.3 by places within
  1 km (1 from six);
- freshness: half-life 30 days since listed or last verified;
- completeness: share of the facts a visitor looks for that are given.

The card is the search result as JSON text, so that a search only concatenates what is stored. Its reasons name
dates, not days elapsed: a stored or cached answer stays true.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from app.config.database import ReadSession, WriteSession
from app.config.settings import RankWeights

# Ranks the rows of a relation `asked`, which has the columns of properties (an import ranks before it inserts).
RANKED = """facts AS (
  SELECT p.id, p.title, p.price, p.area_sqft, p.area_basis, p.locality, p.bhk, p.property_type,
    p.listing_type, p.listed_at, p.verified_at, round(p.price / p.area_sqft, 2) AS price_per_sqft,
    s.name AS sector_name,
    metro.id AS station_id, metro.name AS station_name, metro.distance_m,
    nearby.n AS nearby_places,
    CASE WHEN p.location_precision = 'exact' THEN '' ELSE 'about ' END AS about,
    greatest(p.listed_at, p.verified_at) AS confirmed_at,
    -- What a visitor looks for depends on the type: a plot has no rooms, only a flat has a floor.
    ARRAY[p.area_sqft IS NOT NULL, p.description IS NOT NULL, p.ownership IS NOT NULL, p.latitude IS NOT NULL]
      || CASE WHEN p.property_type IN ('flat', 'villa') THEN
           ARRAY[p.bhk IS NOT NULL, p.bathrooms IS NOT NULL, coalesce(p.window_facing, p.entrance_facing) IS NOT NULL]
         ELSE ARRAY[p.entrance_facing IS NOT NULL] END
      || CASE WHEN p.property_type <> 'plot' THEN
           ARRAY[p.furnishing IS NOT NULL, p.possession IS NOT NULL] ELSE '{}' END
      || CASE WHEN p.property_type = 'flat' THEN ARRAY[p.floor_number IS NOT NULL] ELSE '{}' END AS given
  FROM asked p
  LEFT JOIN sectors s ON s.id = p.sector_id
  LEFT JOIN LATERAL (
    SELECT id, name,
      round((geo_point(latitude, longitude) <-> geo_point(p.latitude, p.longitude)) * 111195)::int AS distance_m
    FROM places WHERE category = 'metro_station' AND p.latitude IS NOT NULL
    ORDER BY geo_point(latitude, longitude) <-> geo_point(p.latitude, p.longitude) LIMIT 1
  ) metro ON true
  LEFT JOIN LATERAL (
    SELECT count(*) AS n FROM places
    WHERE category <> 'metro_station' AND p.latitude IS NOT NULL
      AND geo_point(latitude, longitude) <@ circle(geo_point(p.latitude, p.longitude), 1000 / 111195.0)
  ) nearby ON true
), parts AS MATERIALIZED (  -- once a row: what follows names each part several times
  SELECT *,
    (0.7 * greatest(0, least(1, (3000 - distance_m) / 2700.0)) + 0.3 * least(1, nearby_places / 6.0))::float8 AS place,
    power(0.5, greatest(0, extract(epoch FROM now() - confirmed_at) / 86400 / 30))::float8 AS freshness,
    cardinality(array_positions(given, true))::float8 / cardinality(given) AS completeness,
    CASE WHEN distance_m < 1000 THEN distance_m / 10 * 10 || ' m' ELSE round(distance_m / 1000.0, 1) || ' km' END
      AS distance_text
  FROM facts
), ranked AS (
  SELECT *,
    (100 * (coalesce(:place * place, 0) + :freshness * freshness + :completeness * completeness)
      / nullif((CASE WHEN place IS NULL THEN 0 ELSE :place END) + :freshness + :completeness, 0)
    )::numeric(5, 2) AS score,
    (SELECT coalesce(json_agg(reason ORDER BY strength DESC), '[]') FROM (
      SELECT reason, strength FROM (VALUES
        (CASE WHEN distance_m <= 1500 THEN about || distance_text || ' to ' || station_name END,
         :place * 0.7 * (3000 - distance_m) / 2700::float8),
        (CASE WHEN nearby_places >= 2 THEN about || nearby_places || ' schools, hospitals, markets or parks within 1 km'
         END, :place * 0.3 * nearby_places / 6::float8),
        (CASE WHEN freshness >= 0.7 THEN CASE WHEN verified_at > listed_at THEN 'Verified ' ELSE 'Listed ' END
           || to_char(confirmed_at AT TIME ZONE 'Asia/Kolkata', 'FMDD Mon YYYY') END, :freshness * freshness),
        (CASE WHEN completeness >= 0.7 THEN cardinality(array_positions(given, true)) || ' of ' || cardinality(given)
           || ' facts given' END, :completeness * completeness)
      ) AS r (reason, strength) WHERE reason IS NOT NULL ORDER BY strength DESC LIMIT 3) best) AS reasons
  FROM parts
)
"""
# Columns of properties that hold a rank, and their value from `ranked AS r`.
RANK_COLUMNS = {
    "rank_score": "coalesce(r.score, 0)",
    "rank_parts": "jsonb_build_object('place', r.place, 'freshness', r.freshness, 'completeness', r.completeness)",
    "metro_place_id": "r.station_id",
    "metro_distance_m": "r.distance_m",
    # row_to_json leaves no blanks between members, json_build_object does.
    "card": """(SELECT row_to_json(c) FROM (SELECT r.id, r.title, r.price,
    trim_scale(r.area_sqft) AS area_sqft, r.area_basis, trim_scale(r.price_per_sqft) AS price_per_sqft,
    r.locality, r.sector_name AS sector, r.bhk, r.property_type, r.listing_type, NULL AS primary_image,
    (SELECT row_to_json(m) FROM (SELECT NULL::int AS vastu_score, NULL::int AS natural_light_score,
      NULL::text AS price_vs_market) m) AS key_metrics, r.reasons) c)::text""",
}
REFRESH = text(f"""
WITH asked AS (SELECT * FROM properties WHERE id = ANY(:ids)), {RANKED}
UPDATE properties p SET {", ".join(f"{column} = {value}" for column, value in RANK_COLUMNS.items())}
FROM ranked r WHERE p.id = r.id
""")


async def refresh_ranks(session: WriteSession, property_ids: Sequence[UUID], weights: RankWeights) -> None:
    """Rank these listings again and render their cards. Call it after every write to a listing."""
    if property_ids:
        await session.execute(REFRESH, {"ids": list(property_ids), **weights.model_dump()})


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
