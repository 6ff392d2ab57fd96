"""The fields of a listing as a form: which there are, what stands in them, what comes back."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from app.core.clock import INDIA, utc_now
from app.core.exceptions import InvalidInputError
from app.core.money import group_indian, in_words
from app.core.vocabulary import (
    AreaBasis,
    Facing,
    Furnishing,
    ListingType,
    LocationPrecision,
    Ownership,
    Possession,
    PropertyType,
)
from app.schemas.base import MAX_RUPEES
from app.web.admin import forms
from app.web.admin.forms import FormRefusedError, figure, filled, rupees

Kind = Literal["text", "figure", "rupees", "choice", "lines", "paragraphs", "day", "tick"]


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    label: str
    kind: Kind = "text"
    hint: str = ""
    choices: Sequence[StrEnum] = ()
    required: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    id: str
    title: str
    fields: Sequence[Field]


def _choice(name: str, label: str, of: type[StrEnum], *, hint: str = "", required: bool = False) -> Field:
    return Field(name, label, "choice", hint, list(of), required=required)


SECTIONS = (
    Section(
        "home",
        "The home",
        (
            Field("title", "Title", hint="As visitors read it: 3 BHK flat in Kachnar Court", required=True),
            _choice("listing_type", "For", ListingType, required=True),
            _choice("property_type", "Type", PropertyType, required=True),
            Field("price", "Price, ₹", "rupees", "85,00,000, 85 lakh or 1.2 crore; for rent, a month", required=True),
            Field("bhk", "BHK", "figure", "Flats and villas only"),
            Field("bathrooms", "Bathrooms", "figure"),
            Field("balconies", "Balconies", "figure"),
            Field("description", "Description", "paragraphs"),
        ),
    ),
    Section(
        "area",
        "Area",
        (
            Field("area_sqft", "Area, sq ft", "figure"),
            _choice("area_basis", "Basis", AreaBasis, hint="Never converted into another"),
            Field("carpet_area_sqft", "Carpet area, sq ft", "figure"),
        ),
    ),
    Section(
        "place",
        "Place",
        (
            Field("locality", "Locality", hint="As people say it: Sector 137", required=True),
            Field("sector", "Sector", hint="Left empty, it is recognised in the locality"),
            Field("society_name", "Society"),
            Field("latitude", "Latitude", "figure"),
            Field("longitude", "Longitude", "figure"),
            _choice("location_precision", "The coordinates are", LocationPrecision),
        ),
    ),
    Section(
        "building",
        "Light and building",
        (
            _choice("window_facing", "Main windows face", Facing, hint="For light and summer heat"),
            _choice("entrance_facing", "Entrance faces", Facing),
            Field("floor_number", "Floor", "figure"),
            Field("total_floors", "Floors in all", "figure"),
            Field("age_years", "Age, years", "figure"),
            _choice("furnishing", "Furnishing", Furnishing),
        ),
    ),
    Section(
        "papers",
        "Papers",
        (
            _choice("possession", "Possession", Possession),
            Field("available_from", "Free from", "day"),
            _choice("ownership", "Ownership", Ownership),
            Field("lease_years_left", "Years of lease left", "figure", "With leasehold only"),
            Field("rera_number", "RERA number", hint="UPRERAPRJ…"),
            Field("listed_at", "Listed since", "day", "Left empty: unchanged; now, when new"),
        ),
    ),
    Section(
        "more",
        "Costs and comforts",
        (
            Field("maintenance_monthly", "Maintenance, ₹ a month", "rupees"),
            Field("parking_spaces", "Parking spaces", "figure"),
            Field("amenities", "Amenities", "lines", "One a line"),
        ),
    ),
)
FIELDS = {field.name: field for section in SECTIONS for field in section.fields}
IN_RULES = re.compile(rf"\b({'|'.join(name for name in FIELDS if '_' in name)})\b")
AMOUNTS = [name for name, field in FIELDS.items() if field.kind == "rupees"]
# Says what is done, not what stands there, so that it is never among what was read.
DEEDS = ("verified", "is_active")


def shown(listing: Mapping[str, Any]) -> dict[str, str]:
    """What stands in the fields for a listing, an AdminProperty as JSON."""
    return {name: _text(name, listing.get(name)) for name in FIELDS}


def _text(name: str, value: Any) -> str:
    if value is None or name == "listed_at":
        return ""
    if isinstance(value, list):
        return "\n".join(value)
    if FIELDS[name].kind == "rupees":
        return group_indian(value)
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def typed(form: Mapping[str, Any]) -> dict[str, str]:
    """What came back, as it was typed, for the form to show again; amounts of money as they were understood."""
    values = {name: str(form.get(name, "")).replace("\r\n", "\n").strip() for name in (*FIELDS, *DEEDS)}
    return values | {name: group_indian(amount) for name, amount in _amounts(values).items()}


def _amounts(values: Mapping[str, str]) -> dict[str, int]:
    read = {name: rupees(values[name]) for name in AMOUNTS}
    return {name: amount for name, amount in read.items() if isinstance(amount, int) and 0 <= amount <= MAX_RUPEES}


def hints(values: Mapping[str, str]) -> dict[str, str]:
    """What stands under which field: of an amount how much it is, so that a nought too few is seen."""
    hints = {name: field.hint for name, field in FIELDS.items()}
    for name, amount in _amounts(values).items():
        number, unit = in_words(amount)
        a_month = " a month" if name != "price" or values["listing_type"] == ListingType.RENT else ""
        hints[name] = f"₹{group_indian(amount)}{f' · {number} {unit}' if unit else ''}{a_month}"
    return hints


def problems_of(refused: FormRefusedError | InvalidInputError) -> dict[str, str]:
    """What to write beside which field; a rule calls another field as the form does."""
    found = {
        name: IN_RULES.sub(lambda other: f"“{FIELDS[other[0]].label}”", rule)
        for name, rule in forms.problems_of(refused).items()
    }
    unread = [name for name in AMOUNTS if found.get(name) == forms.WORDS["int_type"]]
    return found | dict.fromkeys(unread, "must be whole rupees, such as 85,00,000, 85 lakh or 1.2 crore")


def body(values: Mapping[str, str]) -> dict[str, Any]:
    """What was typed, for PropertyInput to check."""
    given = {name: _value(FIELDS[name], text) for name, text in filled(values).items() if name in FIELDS}
    return given | {"verified": values.get("verified") == "on"}


def _value(field: Field, text: str) -> Any:
    if field.kind == "figure":
        return figure(text)
    if field.kind == "rupees":
        return rupees(text)
    if field.kind == "lines":
        return [line for line in text.split("\n") if line.strip()]
    return _listed_since(text) if field.name == "listed_at" else text


def _listed_since(text: str) -> datetime | str:
    """The day as the moment it began in Noida, or now for today; what is no day stays as it was typed."""
    try:
        return min(datetime.fromisoformat(text).replace(tzinfo=INDIA), utc_now())
    except ValueError:
        return text


@dataclass(frozen=True, slots=True)
class Difference:
    """One field in which what was typed and what is stored now do not agree."""

    field: Field
    was: str
    mine: str
    theirs: str

    @property
    def takes_theirs(self) -> bool:
        """Whether only they changed it, so that nothing of mine is lost."""
        return self.mine == self.was


def differences(was: Mapping[str, str], mine: Mapping[str, str], theirs: Mapping[str, str]) -> Iterator[Difference]:
    for name, field in FIELDS.items():
        if mine[name] != theirs[name] and not (name == "listed_at" and not mine[name]):
            yield Difference(field, was.get(name, ""), mine[name], theirs[name])
