"""The places round a home: the nearest of each category, each found through an index of its own.

Distances are straight lines in the flat projection of the ranks (geo_point), so that a page says one figure for one
station; 0.1% too long at the district's north end, 0.4% too short east to west at its south end. Bearings take the
cosine of the latitude half-way.
"""

from uuid import UUID

from app.config.database import DirectReads, Query
from app.core.nearby_rules import NEARBY_PER_CATEGORY, NEARBY_RADIUS_KM
from app.core.vocabulary import Language, LocationPrecision, PlaceCategory
from app.repositories.sentences import sql

METRES_PER_DEGREE = 111195
_AWAY = "geo_point(q.latitude, q.longitude) <-> geo_point(p.latitude, p.longitude)"


def _nearest(number: int, category: PlaceCategory) -> str:
    return f"""(SELECT {number} AS kind, q.*, {_AWAY} AS degrees FROM places q WHERE q.category = '{category}'
      ORDER BY {_AWAY} LIMIT {NEARBY_PER_CATEGORY})"""


# An SQL expression for a row `p` of properties: a JSON array (schemas/property_detail.py: Nearby) in the order of the
# categories and then by distance; null where the position is not known.
NEARBY = f"""
CASE WHEN p.latitude IS NOT NULL THEN (
  SELECT coalesce(json_agg((SELECT row_to_json(m) FROM (SELECT category, name,
      round(degrees * {METRES_PER_DEGREE})::int AS distance_m,
      CASE WHEN degrees * {METRES_PER_DEGREE} >= 0.5 THEN (360 + round(atan2d(
        (longitude - p.longitude) * cosd((latitude + p.latitude) / 2), latitude - p.latitude))::int) % 360
      END AS bearing_deg,
      p.location_precision <> '{LocationPrecision.EXACT}' OR precision <> '{LocationPrecision.EXACT}' AS about,
      precision, replace(line, ';', ', ') AS line, source, as_of) m) ORDER BY kind, degrees, id), '[]')
  FROM ({" UNION ALL ".join(_nearest(*numbered) for numbered in enumerate(PlaceCategory))}) near
  WHERE degrees * {METRES_PER_DEGREE} <= {NEARBY_RADIUS_KM * 1000}
) END"""


def nearby_unknown(language: Language = Language.ENGLISH) -> str:
    """The reason, for the same row, where that is null."""
    return f"CASE WHEN p.latitude IS NULL THEN {sql('unknown.position', language)} END"


FIND = Query(f"SELECT coalesce(({NEARBY})::text, 'null') FROM properties p WHERE p.id = :id AND p.is_listed")


async def find_nearby(reads: DirectReads, property_id: UUID) -> str | None:
    """JSON text of the places round a listed home, "null" where it stands is not known; None for no such home."""
    rows = await reads.fetch(FIND, {"id": property_id})
    return rows[0][0] if rows else None
