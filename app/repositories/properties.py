"""Statements on listings: the public page of one, the admin list, rows to change."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Select, false, func, or_, select
from sqlalchemy.orm import joinedload

from app.config.database import DirectReads, Query, ReadSession, WriteSession
from app.core.vocabulary import ListingType, LocationPrecision, PropertyType
from app.models.property import Property

AI_LABEL = "AI-enhanced photo"
AI_DISCLAIMER = "Light, lens and sharpness were improved by software; the building was not changed. See the original."


def media_url(key: str) -> str:
    """SQL for the address of a stored file; null stays null."""
    return f"'/media/' || {key}"


def _utc(column: str) -> str:
    return f"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS {column.partition(".")[2]}"""


NOT_COMPUTED = {
    "facing_widget_data": "Sun and Vastu figures are not computed yet",
    "price_comparison": "Comparables are not computed yet",
    "nearby": "Places nearby are not listed yet",
}
PRECISION_NAMES = {
    LocationPrecision.SOCIETY: "the society",
    LocationPrecision.LOCALITY: "the locality",
    LocationPrecision.SECTOR: "the sector",
}
CENTRE_OF = " ".join(f"WHEN '{precision}' THEN '{name}'" for precision, name in PRECISION_NAMES.items())

# row_to_json takes the columns' names, in their order, as the members' names (schemas/property_detail.py).
DETAIL = Query(f"""
SELECT row_to_json(detail)::text FROM (
  SELECT p.id, p.title, p.description, p.listing_type, p.property_type, p.price, p.bhk, p.bathrooms, p.balconies,
    trim_scale(p.area_sqft) AS area_sqft, p.area_basis, trim_scale(p.carpet_area_sqft) AS carpet_area_sqft,
    trim_scale(p.price_per_sqft) AS price_per_sqft,
    p.locality, sector.name AS sector, zone.name AS zone, society.name AS society, p.society_name,
    p.latitude, p.longitude, p.location_precision,
    p.entrance_facing, p.window_facing, p.furnishing, p.floor_number, p.total_floors, p.age_years, p.possession,
    p.available_from, p.ownership, p.lease_years_left, p.parking_spaces, p.maintenance_monthly, p.amenities,
    p.rera_number, p.source, {_utc("p.listed_at")}, {_utc("p.verified_at")}, {_utc("p.updated_at")},
    (SELECT coalesce(json_agg(json_build_object(
       'id', i.id, 'original_url', {media_url("i.original_key")}, 'enhanced_url', {media_url("i.enhanced_key")},
       'thumbnail_url', {media_url("i.thumbnail_key")},
       'variants', (SELECT coalesce(json_agg(json_build_object('url', {media_url("(v ->> 'key')")},
          'width', v -> 'width', 'format', v ->> 'format')), '[]') FROM jsonb_array_elements(i.variants) v),
       'width', i.width, 'height', i.height, 'image_type', i.image_type, 'is_primary', i.is_primary,
       'display_order', i.display_order, 'enhancement_status', i.enhancement_status,
       'ai_label', CASE WHEN i.enhanced_key IS NOT NULL THEN '{AI_LABEL}' END,
       'ai_disclaimer', CASE WHEN i.enhanced_key IS NOT NULL THEN '{AI_DISCLAIMER}' END
     ) ORDER BY i.is_primary DESC, i.display_order, i.id), '[]')
     FROM property_images i WHERE i.property_id = p.id) AS images,
    NULL AS facing_widget_data, NULL AS price_comparison, NULL AS nearby,
    json_build_object(
      'metro', CASE WHEN metro.id IS NOT NULL THEN json_build_object('station', metro.name,
         'distance_m', p.metro_distance_m, 'method', 'straight line', 'location_precision', p.location_precision) END,
      'rank_score', trim_scale(p.rank_score),
      'rank_parts', coalesce(p.rank_parts,
         '{{"place": null, "freshness": null, "completeness": null}}'::jsonb)) AS metrics,
    json_strip_nulls(json_build_object(
      {", ".join(f"'{part}', '{reason}'" for part, reason in NOT_COMPUTED.items())},
      'metrics.metro', CASE WHEN metro.id IS NULL THEN 'The position is not known' END,
      'price_per_sqft', CASE WHEN p.area_sqft IS NULL THEN 'The area is not given' END)) AS unknown,
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
  FROM properties p
  LEFT JOIN sectors sector ON sector.id = p.sector_id
  LEFT JOIN zones zone ON zone.id = sector.zone_id
  LEFT JOIN societies society ON society.id = p.society_id
  LEFT JOIN places metro ON metro.id = p.metro_place_id
  WHERE p.id = :id AND p.is_listed
) detail
""")  # noqa: S608 - built from constants only


async def find_detail(reads: DirectReads, property_id: UUID) -> str | None:
    """JSON text of a listed home (schemas/property_detail.py); None when there is none or it is hidden."""
    rows = await reads.fetch(DETAIL, {"id": property_id})
    return rows[0][0] if rows else None


WITH_PLACES = (joinedload(Property.sector), joinedload(Property.society))


async def find(session: ReadSession, property_id: UUID) -> Property | None:
    """One listing with its sector and society as the database has it now, deleted or not."""
    statement = select(Property).where(Property.id == property_id).options(*WITH_PLACES)
    fresh = statement.execution_options(populate_existing=True)
    return (await session.execute(fresh)).scalar_one_or_none()


async def lock(session: WriteSession, property_id: UUID) -> Property | None:
    """The same for a change: other writers of this listing wait until the transaction ends."""
    statement = select(Property).where(Property.id == property_id).options(*WITH_PLACES)
    fresh = statement.with_for_update(of=Property).execution_options(populate_existing=True)
    return (await session.execute(fresh)).scalar_one_or_none()


def add(session: WriteSession, listing: Property) -> None:
    session.add(listing)


@dataclass(frozen=True, slots=True)
class Filters:
    """What the admin list shows; None: whatever. `status` None: active and inactive, not deleted."""

    status: str | None = None
    listing_type: ListingType | None = None
    property_type: PropertyType | None = None
    bhk: int | None = None
    sector_id: int | None = None
    source: str | None = None
    price_min: int | None = None
    price_max: int | None = None
    flagged: bool | None = None
    text: str | None = None


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    by_status: dict[str | None, list[ColumnElement[bool]]] = {
        "active": [Property.is_active.is_(True), Property.deleted_at.is_(None)],
        "inactive": [Property.is_active.is_(False), Property.deleted_at.is_(None)],
        "deleted": [Property.deleted_at.is_not(None)],
        "all": [],
        None: [Property.deleted_at.is_(None)],
    }
    equal = {
        Property.listing_type: filters.listing_type,
        Property.property_type: filters.property_type,
        Property.bhk: filters.bhk,
        Property.sector_id: filters.sector_id,
        Property.source: filters.source,
    }
    conditions = [
        *by_status[filters.status],
        *(column == value for column, value in equal.items() if value is not None),
    ]
    if filters.price_min is not None:
        conditions.append(Property.price >= filters.price_min)
    if filters.price_max is not None:
        conditions.append(Property.price <= filters.price_max)
    if filters.flagged is not None:
        flags = func.cardinality(Property.review_flags)
        conditions.append(flags > 0 if filters.flagged else flags == 0)
    if filters.text is not None:
        conditions.append(_mentions(filters.text))
    return conditions


def _mentions(typed: str) -> ColumnElement[bool]:
    escaped = typed.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    columns = (Property.title, Property.locality, Property.society_name)
    return or_(*(column.ilike(f"%{escaped}%") for column in columns), _has_id(typed))


def _has_id(typed: str) -> ColumnElement[bool]:
    try:
        return Property.id == UUID(typed)
    except ValueError:
        return false()


def _ordered(statement: Select[Property], sort: str) -> Select[Property]:
    name = sort.removeprefix("-")
    column = getattr(Property, name)
    order = column.desc() if sort.startswith("-") else column.asc()
    if name == "price_per_sqft":
        order = order.nulls_last()
    return statement.order_by(order, Property.id.desc() if sort.startswith("-") else Property.id.asc())


async def count(session: ReadSession, filters: Filters) -> int:
    statement = select(func.count()).select_from(Property).where(*_conditions(filters))
    return (await session.execute(statement)).scalar_one()


async def find_page(
    session: ReadSession, filters: Filters, *, sort: str, limit: int, offset: int
) -> Sequence[Property]:
    """A page of listings with their sectors. `sort` is a column's name, with "-" before it for descending."""
    statement = select(Property).where(*_conditions(filters)).options(joinedload(Property.sector))
    return (await session.execute(_ordered(statement, sort).limit(limit).offset(offset))).scalars().all()
