"""What an accepted row becomes: the columns of a listing, and the hashes by which imports recognise it."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from hashlib import blake2b
from typing import Any

import orjson

from app.core.vocabulary import City, ListingType, PropertyType
from app.schemas.properties import MAX_TITLE
from app.services.imports.duplicates import Said
from app.services.place_names import normalise_place

# Rupees per square foot (a month, for rent) outside of which a price or an area is probably mistyped. Over 9,262 real
# sale listings of Noida the sectors' p10 goes down to 1,015 and their p90 up to 39,778: half and one and a half times.
# Rents of 23,000 to 1,76,500 a month on 850 to 3,500 sq ft are 20 to 60; offices and shops go higher, sheds lower.
PLAUSIBLE_PER_SQFT = {ListingType.SALE: (500, 60_000), ListingType.RENT: (3, 500)}


@dataclass(frozen=True, slots=True)
class ParsedListing:
    """`values` are columns of the table as JSON has them; the hashes are signed 64-bit."""

    row: int
    source: str
    external_id: str
    values: dict[str, Any]
    identity_key: int
    fingerprint: int | None
    said: Said
    content_hash: int

    @property
    def identity(self) -> tuple[str, str]:
        return self.source, self.external_id


def hash64(*parts: Any) -> int:
    """Hash JSON values to a signed 64-bit integer, the same in every process."""
    digest = blake2b(orjson.dumps(parts), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def content_identity(cells: Mapping[str, str], columns: frozenset[str]) -> str:
    """Identify a row of a source without ids by what it says in these columns."""
    said = sorted((name, text) for name in columns if (text := cells.get(name, "").strip()))
    return blake2b(orjson.dumps(said), digest_size=12).hexdigest()


def fingerprint(values: Mapping[str, Any]) -> int | None:
    """Hash what two listings of one unit have in common; None without an area, when too much has.

    Rows with the same fingerprint may be the same unit (`duplicates` compares what else they say).
    """
    if values["area_sqft"] is None:
        return None
    area = f"{Decimal(values['area_sqft']):.2f}"
    place = values["sector_id"] or normalise_place(values["locality"])
    society = values["society_id"] or normalise_place(values["society_name"] or "")
    rooms, floors = (values["bhk"], area, values["price"]), (values["floor_number"], values["total_floors"])
    return hash64(
        *("unit", values["listing_type"], values["property_type"], *rooms, *floors, values["bathrooms"], place, society)
    )


def price_plausible(listing_type: ListingType, price: int, area_sqft: float) -> bool:
    low, high = PLAUSIBLE_PER_SQFT[listing_type]
    return low <= price / area_sqft <= high


def compose_title(
    listing_type: ListingType,
    property_type: PropertyType,
    bhk: int | None,
    place: str,
    city: City,
) -> str:
    """'3 BHK flat for sale in Sector 137, Noida'. `place` may be empty."""
    noun = "commercial unit" if property_type is PropertyType.COMMERCIAL else str(property_type)
    kind = f"{bhk} BHK {noun}" if bhk else noun.capitalize()
    where = place if "noida" in place.lower() else ", ".join(filter(None, (place, city)))
    return f"{kind} for {listing_type} in {where}"[:MAX_TITLE]
