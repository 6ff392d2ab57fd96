"""Where a listing typed by an admin stands: the rules of imports (imports/location.py), refusing where those flag."""

from app.core.exceptions import InvalidInputError
from app.core.vocabulary import LocationPrecision
from app.models.geography import Sector
from app.schemas.properties import PropertyInput
from app.services.gazetteer import KnownPlaces
from app.services.geography import PlaceKind, inside_service_area
from app.services.imports.cities import outside
from app.services.imports.location import Atlas, Location, Stated, UnknownPlaceError
from app.services.place_names import normalise_place

SUGGESTIONS = 3
# Coordinates of these came from the society or sector, so that they are looked up again, never kept.
DERIVED = {LocationPrecision.SOCIETY, LocationPrecision.SECTOR}


def named_sector(known: KnownPlaces, typed: str, *, location: str = "body") -> Sector:
    """The sector of this name, alias or slug. Raises InvalidInputError that offers similar names."""
    key = normalise_place(typed)
    for sector in known.sectors:
        if key and key in {normalise_place(name) for name in (sector.name, sector.slug, *sector.aliases)}:
            return sector
    similar = [match.place for match in known.gazetteer.suggest(typed, limit=SUGGESTIONS * 3)]
    names = [place.name for place in similar if place.kind is PlaceKind.SECTOR][:SUGGESTIONS]
    hint = f"; did you mean {', '.join(names)}?" if names else ""
    raise InvalidInputError("sector", f"is not a sector of Noida or Greater Noida{hint}", location=location)


def place_listing(known: KnownPlaces, body: PropertyInput) -> Location:
    """Find sector, society and coordinates. Raises InvalidInputError where they lie elsewhere or contradict."""
    sector = named_sector(known, body.sector) if body.sector else None
    if reason := outside("", body.locality):
        raise InvalidInputError("locality", reason)
    position = None
    if body.latitude is not None and body.longitude is not None:
        position = (body.latitude, body.longitude)
        if not inside_service_area(*position):
            raise InvalidInputError("latitude", "the coordinates lie outside Noida and Greater Noida")
    stated = Stated(
        locality=sector.name if sector else body.locality,
        city=sector.city if sector else "",
        society_name=body.society_name or "",
        address="",
        rera_number=body.rera_number,
        position=None if body.location_precision in DERIVED else position,
        precision=body.location_precision,
        usual_precision=LocationPrecision.EXACT,
        locality_position=None,
    )
    try:
        found = Atlas(known.gazetteer, known.sectors, known.societies).locate(stated)
    except UnknownPlaceError as error:
        raise InvalidInputError("locality", str(error)) from None
    if found.flag or (sector is not None and found.sector_id != sector.id):
        name = sector.name if sector else found.sector_name
        raise InvalidInputError("latitude", f"the coordinates are not in or near {name}")
    return found
