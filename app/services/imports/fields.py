"""The fields a row may give, each with its parser, and where a profile finds them."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import Any, NamedTuple

from app.core.vocabulary import LocationPrecision
from app.schemas.properties import MAX_TITLE
from app.services.imports import parsers, texts
from app.services.imports.problems import Reason
from app.services.imports.profiles import Columns, Shape
from app.services.imports.texts import FieldProblem

SOURCE = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)


def _parse_source(text: str) -> str:
    if not SOURCE.fullmatch(text):
        msg = "is not a source name: up to 40 of a-z, 0-9 and _, starting with a letter"
        raise FieldProblem(msg)
    return text


def _parse_precision(text: str) -> LocationPrecision:
    try:
        return LocationPrecision(text.lower())
    except ValueError:
        msg = "is not exact, society, locality or sector"
        raise FieldProblem(msg) from None


def _parse_position(text: str) -> tuple[float, float]:
    latitude, comma, longitude = text.partition(",")
    if not comma:
        msg = "is not a pair of coordinates: latitude,longitude"
        raise FieldProblem(msg)
    return parsers.parse_coordinate(latitude, 90), parsers.parse_coordinate(longitude, 180)


def _text(limit: int) -> Callable[[str], str]:
    return partial(texts.parse_text, limit=limit)


# Columns repeat few values, so that most are parsed once.
_remember = lru_cache(maxsize=8192)
PARSERS: dict[str, Callable[..., Any]] = {
    "external_id": _text(80),
    "source": _parse_source,
    "title": _text(MAX_TITLE),
    "description": texts.parse_description,
    "listing_type": parsers.parse_listing_type,
    "property_type": parsers.parse_property_type,
    "price": _remember(parsers.parse_price),
    "bhk": _remember(parsers.parse_bhk),
    "bathrooms": _remember(parsers.parse_count),
    "balconies": _remember(parsers.parse_count),
    "area": _remember(parsers.parse_area),
    "area_basis": parsers.parse_area_basis,
    "carpet_area": _remember(parsers.parse_area),
    "locality": _remember(_text(160)),
    "city": _remember(_text(80)),
    "address": _remember(_text(1000)),
    "society_name": _remember(_text(160)),
    "latitude": partial(parsers.parse_coordinate, limit=90),
    "longitude": partial(parsers.parse_coordinate, limit=180),
    "locality_position": _remember(_parse_position),
    "location_precision": _parse_precision,
    "entrance_facing": parsers.parse_facing,
    "window_facing": parsers.parse_facing,
    "furnishing": parsers.parse_furnishing,
    "floor": _remember(parsers.parse_floor),
    "total_floors": _remember(parsers.parse_total_floors),
    "age_years": _remember(parsers.parse_years),
    "possession": _remember(parsers.parse_possession),
    "available_from": _remember(parsers.parse_date),
    "ownership": parsers.parse_ownership,
    "lease_years_left": _remember(parsers.parse_years),
    "parking_spaces": _remember(parsers.parse_parking),
    "maintenance_monthly": _remember(parsers.parse_maintenance),
    "amenities": texts.parse_amenities,
    "rera_number": _remember(parsers.parse_rera),
    "listed_at": parsers.parse_listed_at,
}
REASONS = {
    "price": Reason.BAD_PRICE,
    "area": Reason.BAD_AREA,
    "carpet_area": Reason.BAD_AREA,
    "area_basis": Reason.BAD_AREA,
    "property_type": Reason.UNKNOWN_TYPE,
}
# Side remarks whose column portals misuse (slot numbers, charges per sq ft): left out and flagged, not refused.
REMARKS = {"parking_spaces", "maintenance_monthly"}


class Field(NamedTuple):
    name: str
    columns: tuple[str, ...]
    unit: str | None
    values: Mapping[str, str]
    parse: Callable[..., Any]
    otherwise: str


def fields_of(shape: Shape) -> list[Field]:
    nowhere = Columns((), None, {})
    read = {name: shape.columns.get(name, nowhere) for name in PARSERS}
    return [
        Field(name, columns.names, columns.unit, columns.values, PARSERS[name], shape.constants.get(name, ""))
        for name, columns in read.items()
        if columns is not nowhere or name in shape.constants
    ]
