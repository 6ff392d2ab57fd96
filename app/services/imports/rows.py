"""One row of a file → the listing it describes, or everything that is wrong with it."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from app.core.vocabulary import AreaBasis, PropertyType
from app.schemas.properties import MAX_MAINTENANCE, MIN_TITLE, PropertyInput
from app.services.imports.cities import outside
from app.services.imports.duplicates import Said
from app.services.imports.fields import REASONS, REMARKS, Field, fields_of
from app.services.imports.listing import (
    ParsedListing,
    compose_title,
    content_identity,
    fingerprint,
    hash64,
    price_plausible,
)
from app.services.imports.location import (
    Atlas,
    Location,
    OutsideAreaError,
    Stated,
    UnknownPlaceError,
    is_same_pin,
    split_address,
)
from app.services.imports.problems import Reason, RowProblem, problem
from app.services.imports.profiles import Shape
from app.services.imports.reader import RawRow
from app.services.imports.texts import FieldProblem
from app.services.imports.words import MISSING

# What the admin API checks, by its names of the fields that are called otherwise here.
RULED = PropertyInput.model_fields.keys()
FIELD_OF = {"area_sqft": "area", "carpet_area_sqft": "carpet_area", "floor_number": "floor"}
RULE_START = re.compile(r"^(?:Input|String|Value error,|Decimal input|List) ")
MAX_PARKING = 20
MIN_MAINTENANCE = 100
SECTOR_UNKNOWN = "sector_unknown"
HANGING_TITLE = re.compile(r".*\b(?:in|at|for)", re.IGNORECASE)


class RowReader:
    """Reads rows of one shape. Holds no connection; not for use by two threads at once."""

    def __init__(self, shape: Shape, atlas: Atlas) -> None:
        self._shape = shape
        self._atlas = atlas
        self._fields = fields_of(shape)
        self._known_columns = shape.known_columns

    def read(self, raw: RawRow) -> ParsedListing | list[RowProblem]:
        """Return the listing, or all problems of the row (one alone when it is of another city)."""
        if raw.problem:
            return [raw.problem]
        row = _Row(self._shape, raw)
        row.take(self._fields)
        if elsewhere := row.locate(self._atlas):
            return [elsewhere]
        row.require()
        if row.problems:
            return row.problems
        values = row.values()
        return row.broken_rules(values) or row.listing(values, self._known_columns)


class _Row:
    def __init__(self, shape: Shape, raw: RawRow) -> None:
        self.shape = shape
        self.raw = raw
        self.problems: list[RowProblem] = []
        self.flags: list[str] = []
        self.found: dict[str, Any] = {}
        self.where: Location | None = None
        self.stated_place = ""
        self.full_address = ""

    def problem_at(self, field: str, reason: Reason, rule: str) -> RowProblem:
        """State a problem of the column a field was read from."""
        columns = self.shape.columns.get(field)
        names = columns.names if columns else ()
        name = next((name for name in names if self.raw.cells.get(name, "").strip()), names[0] if names else field)
        return problem(self.raw.number, name, self.raw.cells.get(name, "").strip(), reason, rule)

    def take(self, fields: Sequence[Field]) -> None:
        """Parse every field; one loop, as most of an import's time is spent here."""
        cells, found = self.raw.cells, self.found
        for name, columns, unit, values, parse, otherwise in fields:
            for column in columns:
                text = cells.get(column, "").strip()
                if values:
                    text = values.get(text, text)
                if text and text.lower() not in MISSING:
                    break
            else:
                text = otherwise
                if not text:
                    continue
            try:
                found[name] = parse(text, cells.get(unit, "").strip()) if unit else parse(text)
            except FieldProblem as error:
                if name in REMARKS:
                    self.flags.append(f"{name}_unclear")
                else:
                    self.problems.append(self.problem_at(name, REASONS.get(name, Reason.BAD_VALUE), str(error)))

    def locate(self, atlas: Atlas) -> RowProblem | None:
        """Find the place; returns the problem of a row that is of another."""
        found = self.found
        locality, city, address = found.get("locality", ""), found.get("city", ""), found.get("address", "")
        words = "address" if address else "locality"
        said = address or locality
        if address:
            locality, city, more = split_address(address)
            self.full_address = ", ".join((*more, locality)) if more else ""
        if rule := outside(city, said):
            wrong = "city" if found.get("city") and outside(city, "") else words
            return self.problem_at(wrong, Reason.OUTSIDE_AREA, rule)
        found["locality"] = locality
        society = found.get("society_name", "")
        self.stated_place = locality or society
        stated = Stated(
            locality=locality,
            city=city,
            society_name=society,
            address=address,
            rera_number=found.get("rera_number"),
            position=self._pin(),
            precision=found.get("location_precision"),
            usual_precision=self.shape.position_in_society if society else self.shape.position,
            locality_position=found.get("locality_position"),
        )
        try:
            self.where = atlas.locate(stated)
        except OutsideAreaError as error:
            return self.problem_at("latitude", Reason.OUTSIDE_AREA, str(error))
        except UnknownPlaceError as error:
            if self.stated_place:
                return self.problem_at(words if said else "society_name", Reason.UNKNOWN_PLACE, str(error))
            return None  # `require` says what is missing
        if self.where.flag:
            self.flags.append(self.where.flag)
        if self.where.sector_id is None:
            self.flags.append(SECTOR_UNKNOWN)
        return None

    def _pin(self) -> tuple[float, float] | None:
        latitude, longitude = self.found.get("latitude"), self.found.get("longitude")
        if latitude is None or longitude is None:
            return None
        pin = latitude, longitude
        return None if any(is_same_pin(pin, default) for default in self.shape.default_pins) else pin

    def require(self) -> None:
        """State what is missing, and what does not go together."""
        found, refused = self.found, {problem.column for problem in self.problems}
        if "property_type" not in found and self.shape.rooms_are and self.shape.no_rooms_are:
            has_rooms = found.get("bhk") or found.get("bathrooms")
            found["property_type"] = self.shape.rooms_are if has_rooms else self.shape.no_rooms_are
        for field, reason in (
            ("listing_type", Reason.BAD_VALUE),
            ("property_type", Reason.UNKNOWN_TYPE),
            ("price", Reason.MISSING_PRICE),
        ):
            if field not in found and (wanting := self.problem_at(field, reason, "is missing")).column not in refused:
                self.problems.append(wanting)
        if not found["locality"]:
            found["locality"] = self.stated_place or (self.where and self.where.sector_name) or ""
            if not found["locality"]:
                rule = "is missing, and no coordinates or society tell the place"
                self.problems.append(self.problem_at("locality", Reason.MISSING_LOCALITY, rule))
        basis = found.get("area_basis") or self.shape.area_basis
        if found.get("property_type") is PropertyType.PLOT:
            if found.get("area_basis", AreaBasis.PLOT) is not AreaBasis.PLOT:
                self.problems.append(self.problem_at("area_basis", Reason.BAD_AREA, "is not plot, for a plot"))
            basis = AreaBasis.PLOT
        if "area" in found and basis is None:
            rule = "is missing: an area needs its basis (carpet, built_up, super_built_up or plot)"
            if (wanting := self.problem_at("area_basis", Reason.BAD_AREA, rule)).column not in refused:
                self.problems.append(wanting)
        found["area_basis"] = basis

    def values(self) -> dict[str, Any]:
        """The columns of the listing, as JSON has them."""
        found, where = self.found, self.where
        if where is None:
            raise AssertionError
        listing_type, property_type = found["listing_type"], found["property_type"]
        is_plot = property_type is PropertyType.PLOT
        has_bhk = property_type in (PropertyType.FLAT, PropertyType.VILLA)
        area, basis, carpet = self._areas(is_plot=is_plot)
        floor, total_floors = self._floors()
        possession, available_from = found.get("possession", (None, None))
        bhk = found.get("bhk") if has_bhk else None
        locality = found["locality"]
        title = found.get("title")
        if not title or len(title) < MIN_TITLE or HANGING_TITLE.fullmatch(title):
            # A sector found by coordinates is likely, not said: the title keeps to what is.
            place = where.sector_name if where.is_named and where.sector_name else self.stated_place
            title = compose_title(listing_type, property_type, bhk, place, where.city)
        if area and not price_plausible(listing_type, found["price"], float(area)):
            self.flags.append("price_per_sqft_implausible")
        values = {
            "title": title,
            "description": found.get("description") or None,
            "listing_type": listing_type,
            "property_type": property_type,
            "price": found["price"],
            "bhk": bhk,
            "bathrooms": None if is_plot else found.get("bathrooms"),
            "balconies": None if is_plot else found.get("balconies"),
            "area_sqft": _json(area),
            "area_basis": basis,
            "carpet_area_sqft": _json(carpet),
            "locality": locality,
            "sector_id": where.sector_id,
            "society_id": where.society_id,
            "society_name": found.get("society_name") or None,
            "latitude": where.position[0] if where.position else None,
            "longitude": where.position[1] if where.position else None,
            "location_precision": where.precision,
            "entrance_facing": found.get("entrance_facing"),
            "window_facing": None if is_plot else found.get("window_facing"),
            "furnishing": None if is_plot else found.get("furnishing"),
            "floor_number": None if is_plot else floor,
            "total_floors": None if is_plot else total_floors,
            "age_years": None if is_plot else found.get("age_years"),
            "possession": possession,
            "available_from": _json(found.get("available_from") or available_from),
            "ownership": found.get("ownership"),
            "lease_years_left": found.get("lease_years_left"),
            "parking_spaces": self._bounded("parking_spaces", 0, MAX_PARKING),
            "maintenance_monthly": self._bounded(
                "maintenance_monthly", MIN_MAINTENANCE, min(found["price"], MAX_MAINTENANCE)
            ),
            "amenities": found.get("amenities", []),
            "rera_number": found.get("rera_number"),
            "listed_at": _json(found.get("listed_at")),
        }
        return values | {"review_flags": sorted(self.flags)}

    def broken_rules(self, values: Mapping[str, Any]) -> list[RowProblem]:
        """What the admin API would refuse: one set of rules, whoever brings a listing."""
        try:
            PropertyInput.model_validate({name: value for name, value in values.items() if name in RULED})
        except ValidationError as error:
            return [
                self.problem_at(field, REASONS.get(field, Reason.BAD_VALUE), RULE_START.sub("", wrong["msg"]))
                for wrong in error.errors(include_url=False)
                for field in [FIELD_OF.get(str(wrong["loc"][0]), str(wrong["loc"][0]))]
            ]
        return []

    def listing(self, values: dict[str, Any], known_columns: frozenset[str]) -> ParsedListing:
        found = self.found
        source = found.get("source", self.shape.source)
        external_id = found.get("external_id") or content_identity(self.raw.cells, known_columns)
        return ParsedListing(
            row=self.raw.number,
            source=source,
            external_id=external_id,
            values=values,
            identity_key=hash64("id", source, external_id),
            fingerprint=fingerprint(values),
            said=Said.of(values, self.full_address),
            content_hash=hash64(values),
        )

    def _areas(self, *, is_plot: bool) -> tuple[Decimal | None, AreaBasis | None, Decimal | None]:
        """Area with its basis, and carpet area. The carpet area stands in for a missing one, never converted."""
        area, basis, carpet = (self.found.get(name) for name in ("area", "area_basis", "carpet_area"))
        if is_plot:
            return area, (basis if area else None), None
        if carpet and area and carpet > area and basis is not AreaBasis.PLOT:
            self.flags.append("carpet_exceeds_area")
            carpet = None
        if area is None:
            return carpet, (AreaBasis.CARPET if carpet else None), carpet
        return area, basis, area if basis is AreaBasis.CARPET and carpet is None else carpet

    def _floors(self) -> tuple[int | None, int | None]:
        floor, total = self.found.get("floor", (None, None))
        total = total if total is not None else self.found.get("total_floors")
        if floor is not None and total is not None and floor > total:
            self.flags.append("floor_above_building")
            return None, None
        return floor, total

    def _bounded(self, name: str, low: int, high: int) -> int | None:
        value: int | None = self.found.get(name)
        if value is None or low <= value <= high:
            return value
        self.flags.append(f"{name}_unclear")
        return None


def _json(value: Decimal | date | datetime | None) -> str | None:
    if value is None:
        return None
    return str(value) if isinstance(value, Decimal) else value.isoformat()
