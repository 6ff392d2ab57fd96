"""When two records are the same place: one kind, as good as one name, close by."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Generic, NamedTuple, Protocol, TypeVar

from app.core.vocabulary import LocationPrecision, PlaceCategory
from app.services.geography import distance_km
from app.services.spelling import CORRECTED_FROM, one_edit_apart

NEAR_KM = 0.25  # a campus: its gate in one source, its middle in another
STATION_KM = 1.0  # no two stations share a name
SECTOR_KM = 1.5  # one of them stands on its sector's centroid
# Cells so large (333 m and 2.2 km of latitude, 12% less of longitude) that NEAR_KM and SECTOR_KM end in the next one.
CELL, WIDE_CELL = 0.003, 0.02
WORD = re.compile("[a-z]+|[0-9]+")
NUMERALS = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5"}
SPELLINGS = NUMERALS | {"center": "centre", "govt": "government", "sr": "senior", "jr": "junior", "sec": "sector"}
LEFT_OUT = {"the", "and", "of", "at", "in", "noida", "greater"}
SAY_THE_KIND = {PlaceCategory.METRO_STATION: {"metro", "station"}}
# Words that do not tell one place from another.
COMMON = {
    *("school", "public", "college", "institute", "academy", "international", "government", "hospital", "medical"),
    *("clinic", "park", "garden", "market", "mall", "shopping", "complex", "centre", "plaza", "sector", "block"),
}
# Words of which both names have the same, or mean two places.
TELLING = {
    *("boys", "girls", "junior", "senior", "primary", "nursery", "old", "new", "north", "south", "east", "west"),
    *("phase", "extension"),
}


class Located(Protocol):
    """What the two records have in common."""

    @property
    def category(self) -> PlaceCategory: ...
    @property
    def name(self) -> str: ...
    @property
    def aliases(self) -> Sequence[str]: ...
    @property
    def latitude(self) -> float: ...
    @property
    def longitude(self) -> float: ...
    @property
    def precision(self) -> str: ...


class Said(NamedTuple):
    """A name as it is compared. `key` holds its letters and digits; `telling` numbers, single letters, TELLING."""

    key: str
    words: frozenset[str]
    telling: frozenset[str]


class Closeness(NamedTuple):
    """The smaller, the likelier to be the same: equal names first, then the nearer."""

    is_only_similar: bool
    km: float


T = TypeVar("T", bound=Located)


@lru_cache(maxsize=16_384)
def say(category: PlaceCategory, name: str) -> Said:
    plain = "".join(c for c in unicodedata.normalize("NFKD", name.lower()) if not unicodedata.combining(c))
    if any(c.isalpha() and not c.isascii() for c in plain):  # another script: compared as a whole
        return Said("".join(plain.split()), frozenset(), frozenset())
    words = [SPELLINGS.get(word, word) for word in WORD.findall(re.sub("['’.]", "", plain))]  # noqa: RUF001 - typed so
    left_out = LEFT_OUT | SAY_THE_KIND.get(category, set())
    kept = [word for word in words if word not in left_out] or words
    kept = _without_address(kept)
    telling = {word for word in kept if len(word) == 1 or word.isdigit() or word in TELLING}
    return Said("".join(kept), frozenset(kept), frozenset(telling))


def _without_address(words: list[str]) -> list[str]:
    """Drop "sector 44" from the end of "Amity International School, Sector 44", but not from "Sector 50 Market"."""
    at = next((i for i, word in enumerate(words) if word == "sector" and i), len(words))
    head, tail = words[:at], words[at + 1 :]
    is_address = 0 < len(tail) <= 2 and tail[0].isdigit()  # noqa: PLR2004 - a number, and a letter after it
    return head if is_address and set(head) - COMMON else words


def are_similar(a: Said, b: Said) -> bool:
    """Every word of the shorter name is in the longer one, give or take a letter, and one of them is no common word.

    Numbers, initials and words such as "boys" are the same in both.
    """
    if a.telling != b.telling:
        return False
    fewer, more = sorted((a.words, b.words), key=len)
    return bool(fewer - COMMON - a.telling) and all(_is_among(word, more) for word in fewer)


def _is_among(word: str, words: frozenset[str]) -> bool:
    return word in words or (
        len(word) >= CORRECTED_FROM
        and any(len(other) >= CORRECTED_FROM and one_edit_apart(word, other) for other in words)
    )


class PlaceIndex(Generic[T]):
    """Places by name and by cell, to find those that a record may be the same as."""

    def __init__(self) -> None:
        self._by_name: defaultdict[tuple[str, int, int], list[T]] = defaultdict(list)
        self._by_cell: defaultdict[tuple[int, int], list[T]] = defaultdict(list)

    def add(self, place: T) -> None:
        for key in {said.key for said in _names(place)}:
            self._by_name[key, *_cell(place, WIDE_CELL)].append(place)
        self._by_cell[_cell(place, CELL)].append(place)

    def same_as(self, place: Located) -> list[tuple[Closeness, T]]:
        """The places that may be this one, the likeliest first."""
        names = list(_names(place))
        equal = {
            id(other): other
            for cell in _cells_round(place, WIDE_CELL)
            for said in names
            for other in self._by_name.get((said.key, *cell), ())
            if other.category is place.category and _km(place, other) <= _reach(place, other)
        }
        similar = [
            other
            for cell in _cells_round(place, CELL)
            for other in self._by_cell.get(cell, ())
            if other.category is place.category
            and id(other) not in equal
            and _km(place, other) <= NEAR_KM
            and any(are_similar(said, its) for said in names for its in _names(other))
        ]
        found = [
            *((Closeness(is_only_similar=False, km=_km(place, other)), other) for other in equal.values()),
            *((Closeness(is_only_similar=True, km=_km(place, other)), other) for other in similar),
        ]
        return sorted(found, key=lambda each: each[0])


def _names(place: Located) -> Iterator[Said]:
    return (say(place.category, name) for name in (place.name, *place.aliases))


def _cell(place: Located, size: float) -> tuple[int, int]:
    return int(place.latitude // size), int(place.longitude // size)


def _cells_round(place: Located, size: float) -> list[tuple[int, int]]:
    row, column = _cell(place, size)
    return [(i, j) for i in (row - 1, row, row + 1) for j in (column - 1, column, column + 1)]


def _km(a: Located, b: Located) -> float:
    return distance_km(a.latitude, a.longitude, b.latitude, b.longitude)


def _reach(a: Located, b: Located) -> float:
    if LocationPrecision.SECTOR in (a.precision, b.precision):
        return SECTOR_KM
    return STATION_KM if a.category is PlaceCategory.METRO_STATION else NEAR_KM
