"""Listings as rows of a CSV file, in columns that an import reads again (docs/importing.md, "Our own export")."""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from app.config.database import Database, ReadSession
from app.core.csv_lines import neutral
from app.core.vocabulary import AuditEntity, City
from app.models.property import Property
from app.repositories import properties
from app.schemas.properties import PropertyFilters
from app.services import exports, listings
from app.services.audit import Actor
from app.services.gazetteer import Places
from app.services.imports.texts import amenities_cell


def _status(listing: Property) -> str:
    """As RESO's StandardStatus has it."""
    if listing.deleted_at is not None:
        return "Delete"
    return "Active" if listing.is_active else "Hold"


# Where the Data Dictionary of RESO (2.0) has a field for it, its name; else the name in our API.
COLUMNS: dict[str, str | Callable[[Property], Any]] = {
    "ListingKey": "id",
    "ListingId": "external_id",
    "source": "source",
    "StandardStatus": _status,
    "title": "title",
    "PublicRemarks": "description",
    "listing_type": "listing_type",
    "property_type": "property_type",
    "ListPrice": "price",
    "BedroomsTotal": "bhk",
    "BathroomsTotalInteger": "bathrooms",
    "balconies": "balconies",
    "area_sqft": "area_sqft",
    "area_basis": "area_basis",
    "carpet_area_sqft": "carpet_area_sqft",
    "locality": "locality",
    "sector": lambda listing: listing.sector and listing.sector.name,
    "City": lambda listing: listing.sector.city if listing.sector else City.NOIDA,
    "SubdivisionName": "society_name",
    "Latitude": "latitude",
    "Longitude": "longitude",
    "location_precision": "location_precision",
    "DirectionFaces": "entrance_facing",
    "window_facing": "window_facing",
    "Furnished": "furnishing",
    "EntryLevel": "floor_number",
    "StoriesTotal": "total_floors",
    "age_years": "age_years",
    "possession": "possession",
    "AvailabilityDate": "available_from",
    "OwnershipType": "ownership",
    "lease_years_left": "lease_years_left",
    "ParkingTotal": "parking_spaces",
    "AssociationFee": "maintenance_monthly",
    "AssociationAmenities": lambda listing: amenities_cell(listing.amenities),
    "rera_number": "rera_number",
    # Left empty where the source gives no date: an import would take it for one.
    "OnMarketTimestamp": lambda listing: listing.listed_at if listing.listed_at_is_known else None,
    "verified_at": "verified_at",
    "ModificationTimestamp": "updated_at",
}


def cells(listing: Property) -> Iterator[object]:
    for column in COLUMNS.values():
        value = getattr(listing, column) if isinstance(column, str) else column(listing)
        yield value.isoformat() if isinstance(value, date | datetime) else value


def texts(listing: Property) -> dict[str, str]:
    """The row as it is read from the file."""
    return {
        name: "" if cell is None else neutral(cell) if isinstance(cell, str) else str(cell)
        for name, cell in zip(COLUMNS, cells(listing), strict=True)
    }


async def export(database: Database, actor: Actor, places: Places, query: PropertyFilters) -> AsyncIterator[bytes]:
    """The file, newest first. Raises InvalidInputError for an unknown sector."""
    filters = await listings.filters_of(places, query)

    async def find_after(session: ReadSession, after: Property | None) -> Sequence[Property]:
        return await properties.find_after(session, filters, after, exports.AT_ONCE)

    return exports.export(database, actor, AuditEntity.PROPERTY, query, list(COLUMNS), find_after, cells)
