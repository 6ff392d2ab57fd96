"""Whether two listings with the same fingerprint are one unit, by what else they say.

Only what both say can tell them apart: a listing posted again often leaves out the furnishing.
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from enum import Enum
from functools import lru_cache
from typing import Any, NamedTuple, Self

import orjson

from app.core.vocabulary import LocationPrecision
from app.services.geography import distance_km

POSSIBLE_DUPLICATE = "possible_duplicate"
APART_KM = 0.5
FACTS = ("balconies", "furnishing", "possession", "entrance_facing", "window_facing")

# Numbers that say something else than which home it is.
OTHER_NUMBERS = re.compile(r"\bsector\W{0,3}\d+|\b\d[\d,.]*\s?(?:sq|sft|gaj|bhk|bed|bath|rk|la|cr)", re.ASCII)
KINDS = "tower|block|wing|pocket|floor"
MARK = re.compile(
    rf"\b(?P<kind>{KINDS})\W{{0,3}}(?:no\W{{0,2}})?(?P<after>[a-z]\d{{0,2}}|\d{{1,2}})\b"
    rf"|\b(?P<before>[a-z]\d{{0,2}}|\d{{1,2}})(?:st|nd|rd|th)?[ -]?(?P<kind_after>{KINDS})\b"
    r"|\b(?:[a-z]{1,2}[ -]?)?(?P<number>\d{3,4})\b",
    re.ASCII,
)


class Likeness(Enum):
    SAME = "same"
    UNCLEAR = "unclear"
    DIFFERENT = "different"


class Said(NamedTuple):
    """What a listing says of its unit beyond the fingerprint; None or empty where it says nothing."""

    facts: list[Any]
    pin: list[float] | None
    centre: list[float] | None
    """The coordinates, when they are the middle of a locality. Another listing's pin says nothing against them."""
    marks: dict[str, list[str]]
    """Towers, blocks, floors and numbers of homes in its texts, by kind."""
    address: str
    is_told: bool
    """Whether it names its floor or society."""

    @classmethod
    def of(cls, values: Mapping[str, Any], address: str = "") -> Self:
        """`values` by column; `address`: the full one, where the listing gives more than a locality."""
        position, precision = [values["latitude"], values["longitude"]], values["location_precision"]
        return cls(
            facts=[values[name] for name in FACTS],
            pin=position if precision in (LocationPrecision.EXACT, LocationPrecision.SOCIETY) else None,
            centre=position if precision == LocationPrecision.LOCALITY else None,
            marks=_marks(f"{values['title']}, {values['locality']}, {address}"),
            address=address,
            is_told=any(values[name] is not None for name in ("floor_number", "society_id", "society_name")),
        )

    @classmethod
    def from_json(cls, text: str) -> Self:
        return cls(*orjson.loads(text))

    def to_json(self) -> str:
        return orjson.dumps([*self]).decode()

    def likeness(self, other: "Said") -> Likeness:
        if self._contradicts(other):
            return Likeness.DIFFERENT
        is_same_address = self.address != "" and self.address == other.address
        return Likeness.SAME if self.is_told or is_same_address else Likeness.UNCLEAR

    def _contradicts(self, other: "Said") -> bool:
        return (
            any(None not in pair and pair[0] != pair[1] for pair in zip(self.facts, other.facts, strict=True))
            or _are_apart(self.pin, other.pin)
            or _are_apart(self.centre, other.centre)
            or any(set(self.marks[kind]).isdisjoint(other.marks[kind]) for kind in self.marks.keys() & other.marks)
        )


def _are_apart(one: list[float] | None, other: list[float] | None) -> bool:
    return one is not None and other is not None and distance_km(*one, *other) > APART_KM


@lru_cache(maxsize=8192)
def _marks(text: str) -> dict[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for match in MARK.finditer(OTHER_NUMBERS.sub(" ", text.lower())):
        kind = match["kind"] or match["kind_after"] or "number"
        found[kind].append(match["after"] or match["before"] or match["number"])
    return found
