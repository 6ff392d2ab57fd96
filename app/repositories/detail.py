"""The public page of one listing, as one statement that answers with finished JSON (schemas/property_detail.py)."""

from typing import NamedTuple
from uuid import UUID

from app.config.database import DirectReads, Query
from app.core.vocabulary import Facing, Language, PropertyType
from app.repositories.comparison import PRICE_COMPARISON_JOINS, price_comparison, price_comparison_unknown
from app.repositories.images import IMAGES
from app.repositories.nearby import NEARBY, nearby_unknown
from app.repositories.ranking import PARTS
from app.repositories.sentences import sql, sql_case, sql_day


def utc_text(column: str) -> str:
    """SQL for a moment as ISO 8601 in UTC; null stays null."""
    return f"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""


def trust(language: Language = Language.ENGLISH) -> str:
    in_register = sql("rera.in_register", language, society="s.name")
    # The table refuses a RERA number that is not well formed.
    return f"""json_build_object(
  'rera', CASE WHEN p.rera_number IS NOT NULL THEN json_build_object(
    'number', p.rera_number, 'well_formed', true, 'verified', NULL,
    'note', coalesce(
      (SELECT {in_register} FROM societies s WHERE s.id = p.society_id AND p.rera_number = ANY(s.rera_numbers)),
      {sql("rera.not_verified", language)})) END,
  'ownership', p.ownership,
  'lease_years_left', p.lease_years_left,
  'possession', p.possession,
  'last_verified_at', {utc_text("p.verified_at")},
  'registry_status', NULL)"""


def trust_unknown(language: Language = Language.ENGLISH) -> str:
    """Members for the detail's `unknown`: the reason for each part of `trust` that is null, null for the others."""
    not_given = sql("unknown.not_given", language)
    return f"""
  'trust.rera', CASE WHEN p.rera_number IS NULL THEN {sql("unknown.rera", language)} END,
  'trust.rera.verified', CASE WHEN p.rera_number IS NOT NULL THEN {sql("unknown.rera_verified", language)} END,
  'trust.ownership', CASE WHEN p.ownership IS NULL THEN {not_given} END,
  'trust.lease_years_left', CASE WHEN p.lease_years_left IS NULL THEN
    CASE WHEN p.ownership = 'freehold' THEN {sql("unknown.no_lease", language)} ELSE {not_given} END END,
  'trust.possession', CASE WHEN p.possession IS NULL THEN {not_given} END,
  'trust.last_verified_at', CASE WHEN p.verified_at IS NULL THEN {sql("unknown.not_checked", language)} END,
  'trust.registry_status', {sql("unknown.registry", language)}
"""


def _disclaimers(language: Language) -> str:
    area = sql("disclaimer.area", language, area=f"CASE p.area_basis {sql_case('area', language)} END")
    middle = sql(
        "disclaimer.position_middle", language, middle=f"CASE p.location_precision {sql_case('middle', language)} END"
    )
    return f"""array_remove(ARRAY[
      CASE WHEN p.source = 'demo' THEN {sql("disclaimer.demo", language)} END,
      CASE p.listing_type {sql_case("asked", language)} END,
      {area},
      CASE WHEN p.location_precision IS NULL THEN {sql("disclaimer.position_unknown", language)}
        WHEN p.location_precision <> 'exact' THEN {middle} END,
      CASE WHEN p.rera_number IS NOT NULL THEN {sql("disclaimer.rera", language)} END
    ], NULL)"""


def _utc(column: str) -> str:
    return f"{utc_text(column)} AS {column.partition('.')[2]}"


_NULLS = ", ".join(f"'{part}', NULL" for part in PARTS)
UNRANKED = f"jsonb_build_object({_NULLS})"


# row_to_json takes the columns' names, in their order, as the members' names (schemas/property_detail.py).
def _detail(language: Language) -> Query:
    first_seen = sql("unknown.listed_at", language, day=sql_day("p.listed_at", language))
    return Query(f"""
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
    {price_comparison(language)} AS price_comparison, {NEARBY} AS nearby,
    json_build_object(
      'metro', CASE WHEN metro.id IS NOT NULL THEN json_build_object('station', metro.name,
         'distance_m', p.metro_distance_m, 'method', 'straight line', 'location_precision', p.location_precision) END,
      'rank_score', trim_scale(p.rank_score),
      'rank_parts', coalesce(p.rank_parts, {UNRANKED})) AS metrics,
    {trust(language)} AS trust,
    {_disclaimers(language)} AS disclaimers
  ) detail),
  json_strip_nulls(json_build_object(
    {trust_unknown(language)},
    'listed_at', CASE WHEN NOT p.listed_at_is_known THEN {first_seen} END,
    'nearby', {nearby_unknown(language)},
    'metrics.metro', CASE WHEN metro.id IS NULL THEN {sql("unknown.position", language)} END,
    {price_comparison_unknown(language)},
    'price_per_sqft', CASE WHEN p.area_sqft IS NULL THEN {sql("unknown.area", language)} END))::text,
  p.property_type, p.entrance_facing, p.window_facing
FROM properties p
LEFT JOIN sectors sector ON sector.id = p.sector_id
LEFT JOIN zones zone ON zone.id = sector.zone_id
LEFT JOIN societies society ON society.id = p.society_id
LEFT JOIN places metro ON metro.id = p.metro_place_id
{PRICE_COMPARISON_JOINS}
WHERE p.id = :id AND p.is_listed
""")


DETAIL = {language: _detail(language) for language in Language}


class Detail(NamedTuple):
    """JSON texts, less what the sun says of the facings: the page, and why parts of it are unknown."""

    page: str
    unknown: str
    property_type: PropertyType
    entrance_facing: Facing | None
    window_facing: Facing | None


async def find_detail(reads: DirectReads, property_id: UUID, media_url: str, language: Language) -> Detail | None:
    """None when there is no such home or it is hidden."""
    rows = await reads.fetch(DETAIL[language], {"id": property_id, "media_url": media_url})
    return Detail(*rows[0]) if rows else None
