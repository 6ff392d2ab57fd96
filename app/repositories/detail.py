"""The public page of one listing, as one statement that answers with finished JSON (schemas/property_detail.py)."""

from typing import NamedTuple
from uuid import UUID

from app.config.database import DirectReads, Query
from app.core.vocabulary import Facing, LocationPrecision, PropertyType
from app.repositories.comparison import PRICE_COMPARISON, PRICE_COMPARISON_JOINS, PRICE_COMPARISON_UNKNOWN
from app.repositories.images import IMAGES
from app.repositories.nearby import NEARBY, NEARBY_UNKNOWN
from app.repositories.ranking import PARTS


def utc_text(column: str) -> str:
    """SQL for a moment as ISO 8601 in UTC; null stays null."""
    return f"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""


# The table refuses a RERA number that is not well formed.
TRUST = f"""json_build_object(
  'rera', CASE WHEN p.rera_number IS NOT NULL THEN json_build_object(
    'number', p.rera_number, 'well_formed', true, 'verified', NULL,
    'note', coalesce(
      (SELECT 'Well-formed; our copy of the UP-RERA register gives it to ' || s.name || ', not verified for this home'
       FROM societies s WHERE s.id = p.society_id AND p.rera_number = ANY(s.rera_numbers)),
      'Well-formed, not verified: look it up at up-rera.in')) END,
  'ownership', p.ownership,
  'lease_years_left', p.lease_years_left,
  'possession', p.possession,
  'last_verified_at', {utc_text("p.verified_at")},
  'registry_status', NULL)"""
# Members for the detail's `unknown`: the reason for each part of TRUST that is null, null for the others.
TRUST_UNKNOWN = """
  'trust.rera', CASE WHEN p.rera_number IS NULL THEN 'The listing gives no RERA number' END,
  'trust.rera.verified', CASE WHEN p.rera_number IS NOT NULL THEN 'Nobody has looked it up at up-rera.in' END,
  'trust.ownership', CASE WHEN p.ownership IS NULL THEN 'The listing does not give it' END,
  'trust.lease_years_left', CASE WHEN p.lease_years_left IS NULL THEN
    CASE WHEN p.ownership = 'freehold' THEN 'Freehold: there is no lease' ELSE 'The listing does not give it' END END,
  'trust.possession', CASE WHEN p.possession IS NULL THEN 'The listing does not give it' END,
  'trust.last_verified_at', CASE WHEN p.verified_at IS NULL THEN 'Nobody has checked it since it was listed' END,
  'trust.registry_status',
    'Ask the seller before you pay a token amount: whether the deed can be registered is not known'
"""


def _utc(column: str) -> str:
    return f"{utc_text(column)} AS {column.partition('.')[2]}"


PRECISION_NAMES = {
    LocationPrecision.SOCIETY: "the society",
    LocationPrecision.LOCALITY: "the locality",
    LocationPrecision.SECTOR: "the sector",
}
CENTRE_OF = " ".join(f"WHEN '{precision}' THEN '{name}'" for precision, name in PRECISION_NAMES.items())

_NULLS = ", ".join(f"'{part}', NULL" for part in PARTS)
UNRANKED = f"jsonb_build_object({_NULLS})"

# row_to_json takes the columns' names, in their order, as the members' names (schemas/property_detail.py).
DETAIL = Query(f"""
SELECT (SELECT row_to_json(detail)::text FROM (
  SELECT p.id, p.title, p.description, p.listing_type, p.property_type, p.price, p.bhk, p.bathrooms, p.balconies,
    trim_scale(p.area_sqft) AS area_sqft, p.area_basis, trim_scale(p.carpet_area_sqft) AS carpet_area_sqft,
    trim_scale(p.price_per_sqft) AS price_per_sqft,
    p.locality, sector.name AS sector, zone.name AS zone, society.name AS society, p.society_name,
    p.latitude, p.longitude, p.location_precision,
    p.entrance_facing, p.window_facing, p.furnishing, p.floor_number, p.total_floors, p.age_years, p.possession,
    p.available_from, p.ownership, p.lease_years_left, p.parking_spaces, p.maintenance_monthly, p.amenities,
    p.rera_number, p.source, CASE WHEN p.listed_at_is_known THEN {utc_text("p.listed_at")} END AS listed_at,
    {_utc("p.verified_at")}, {_utc("p.updated_at")},
    {IMAGES} AS images,
    {PRICE_COMPARISON} AS price_comparison, {NEARBY} AS nearby,
    json_build_object(
      'metro', CASE WHEN metro.id IS NOT NULL THEN json_build_object('station', metro.name,
         'distance_m', p.metro_distance_m, 'method', 'straight line', 'location_precision', p.location_precision) END,
      'rank_score', trim_scale(p.rank_score),
      'rank_parts', coalesce(p.rank_parts, {UNRANKED})) AS metrics,
    {TRUST} AS trust,
    array_remove(ARRAY[
      CASE WHEN p.source = 'demo' THEN 'Demonstration data: this listing is made up.' END,
      CASE p.listing_type
        WHEN 'rent' THEN 'The rent is what the advertiser asks; maintenance and deposit may come on top.'
        ELSE 'The price is what the advertiser asks; stamp duty, registration and other charges come on top.' END,
      'The area is the ' || replace(replace(p.area_basis, 'built_up', 'built-up'), '_', ' ')
        || ' area as the source gives it; it was not measured.',
      CASE WHEN p.location_precision IS NULL THEN 'The position is not known.'
        WHEN p.location_precision <> 'exact' THEN 'The position shown is that of '
          || CASE p.location_precision {CENTRE_OF} END || ', not of the home; distances are about right only.' END,
      CASE WHEN p.rera_number IS NOT NULL
        THEN 'The RERA number has the right form; it was not checked against the UP-RERA register.' END
    ], NULL) AS disclaimers
  ) detail),
  json_strip_nulls(json_build_object(
    {TRUST_UNKNOWN},
    'listed_at', CASE WHEN NOT p.listed_at_is_known THEN 'The source gives no date; first seen here on '
      || to_char(p.listed_at AT TIME ZONE 'Asia/Kolkata', 'FMDD Mon YYYY') END,
    'nearby', {NEARBY_UNKNOWN},
    'metrics.metro', CASE WHEN metro.id IS NULL THEN 'The position is not known' END,
    {PRICE_COMPARISON_UNKNOWN},
    'price_per_sqft', CASE WHEN p.area_sqft IS NULL THEN 'The area is not given' END))::text,
  p.property_type, p.entrance_facing, p.window_facing
FROM properties p
LEFT JOIN sectors sector ON sector.id = p.sector_id
LEFT JOIN zones zone ON zone.id = sector.zone_id
LEFT JOIN societies society ON society.id = p.society_id
LEFT JOIN places metro ON metro.id = p.metro_place_id
{PRICE_COMPARISON_JOINS}
WHERE p.id = :id AND p.is_listed
""")


class Detail(NamedTuple):
    """JSON texts, less what the sun says of the facings: the page, and why parts of it are unknown."""

    page: str
    unknown: str
    property_type: PropertyType
    entrance_facing: Facing | None
    window_facing: Facing | None


async def find_detail(reads: DirectReads, property_id: UUID, media_url: str) -> Detail | None:
    """None when there is no such home or it is hidden."""
    rows = await reads.fetch(DETAIL, {"id": property_id, "media_url": media_url})
    return Detail(*rows[0]) if rows else None
