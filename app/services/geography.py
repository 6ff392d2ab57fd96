"""Places as people say them: the record a text means, and the area that is served."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from math import cos, hypot, inf, radians
from typing import NamedTuple

from app.core.vocabulary import City
from app.services.place_names import CITIES, NUMBERED, RULE_WORDS, SPELLINGS, WORD, normalise_place
from app.services.spelling import SpellingIndex

SIMILAR = 0.45  # least trigram similarity that counts as a spelling of the name
NEARLY = 0.7  # a whole name this similar means more than a shorter name inside the text
SIMILAR_IN_PASSING = 0.6  # for imports, where a wrong sector is worse than none
WORTH_SUGGESTING = 0.4
NEAREST_KM = 1.5  # sectors are about 1 km across
PLAUSIBLE_KM = 6.0  # centroids of long sectors and loose map pins; homonyms lie at least 8 km apart
# Areas that stand as sectors: Greater Noida West ends with its farthest sectors and registered projects; the Yamuna
# Expressway is long, from the edge of Greater Noida to where Jewar begins.
REACH_KM = {"greater-noida-west": 5.5, "yamuna-expressway": 15.0}


class PlaceKind(StrEnum):
    CITY = "city"
    ZONE = "zone"
    SECTOR = "sector"
    STATION = "station"
    SOCIETY = "society"
    PLACE = "place"
    LOCALITY = "locality"


PRECEDENCE = {kind: number for number, kind in enumerate(PlaceKind)}  # where names collide


class PlaceRecord(NamedTuple):
    """What a text may name. `sector_ids`: those of a city or zone or round a station, a sector itself, else one."""

    id: int
    kind: PlaceKind
    name: str
    aliases: tuple[str, ...] = ()
    city: str | None = None
    sector_ids: tuple[int, ...] = ()
    society_id: int | None = None
    latitude: float | None = None
    longitude: float | None = None
    society_names: tuple[str, ...] = ()
    """How listings spell a society that is not registered: it is known from them alone."""
    locality_names: tuple[str, ...] = ()
    """How listings of an unknown sector spell their locality, which is known from them alone."""

    @property
    def is_of_listings(self) -> bool:
        return bool(self.society_names or self.locality_names)


class PlaceMatch(NamedTuple):
    """`score`: 1 when named exactly or inside the text, else the trigram similarity (0-1)."""

    place: PlaceRecord
    score: float


class Box(NamedTuple):
    south: float
    west: float
    north: float
    east: float


NOIDA_BOX = Box(28.10, 77.295, 28.632, 77.68)
# Clockwise from the DND bridge, (latitude, longitude). The Yamuna divides the district from Delhi and
# Faridabad, the NH-24 and Crossings Republik's edge from Ghaziabad; east and south it runs wide, in fields.
SERVICE_AREA = (
    *((28.5840, 77.3005), (28.5905, 77.3075), (28.5970, 77.3110), (28.5975, 77.3230)),  # Vasundhara Enclave
    *((28.6015, 77.3340), (28.6085, 77.3395), (28.6215, 77.3400), (28.6250, 77.3520)),  # Ghaziabad: Khora
    *((28.6300, 77.3660), (28.6305, 77.3850), (28.6290, 77.4050)),  # NH-24, south of Indirapuram
    *((28.6240, 77.4150), (28.6230, 77.4450), (28.6150, 77.4750)),  # south of Crossings Republik
    *((28.6050, 77.5000), (28.5900, 77.5500), (28.5700, 77.6300)),  # Dadri
    *((28.4300, 77.6400), (28.2500, 77.6800), (28.1000, 77.6800), (28.1000, 77.4900)),  # to Jewar
    *((28.2500, 77.5000), (28.3300, 77.4900), (28.3900, 77.4700), (28.4300, 77.4450)),  # Yamuna: Faridabad
    *((28.4700, 77.4150), (28.4850, 77.3850), (28.5000, 77.3450), (28.5300, 77.3280)),
    *((28.5480, 77.3080), (28.5700, 77.2980)),  # Yamuna: Okhla barrage, Delhi
)


@lru_cache(maxsize=16_384)  # portals give many homes the same pin
def inside_service_area(latitude: float, longitude: float) -> bool:
    """Whether a point in degrees lies in Noida, Greater Noida or along the Yamuna Expressway to Jewar."""
    if not (NOIDA_BOX.south <= latitude <= NOIDA_BOX.north and NOIDA_BOX.west <= longitude <= NOIDA_BOX.east):
        return False
    inside = False
    for (south, west), (north, east) in pairwise((*SERVICE_AREA, SERVICE_AREA[0])):
        if (south > latitude) != (north > latitude):
            crossing = west + (east - west) * (latitude - south) / (north - south)
            inside ^= longitude < crossing
    return inside


SPACED = re.compile(r"\bsector [0-9](?: [0-9])+$")  # one number or several: not clear
# What a visitor says for short, and a listing hardly ever: "137", "S-137", "16b, Greater Noida".
BARE_NUMBER = re.compile(r"\A\s*(?:s\W*)?(?=[0-9]{1,3}(?:\W?[a-d])?\W*(?:$|(?:g\w*\W+)?noida\b))", re.IGNORECASE)


def distance_km(lat_a: float, lon_a: float, lat_b: float, lon_b: float) -> float:
    """Straight-line distance between points in degrees; flat, good to 0.1% over the district."""
    return 111.195 * hypot(lat_a - lat_b, (lon_a - lon_b) * cos(radians((lat_a + lat_b) / 2)))


def _groups(sectors: Collection[PlaceRecord]) -> Iterator[PlaceRecord]:
    """The cities, and the families that people name without a number: "Alpha" is Alpha 1 and Alpha 2."""
    aliases = {City.NOIDA: ("Noida City",)}  # a zone is called Greater Noida City
    for city in City:
        if inside := tuple(sector.id for sector in sectors if sector.city == city):
            yield PlaceRecord(0, PlaceKind.CITY, city.value, aliases.get(city, ()), city.value, inside)
    families: dict[str, list[int]] = defaultdict(list)
    for sector in sectors:
        families[sector.name.rstrip("0123456789 ")].append(sector.id)
    for name, members in families.items():
        if len(members) > 1 and name != "Sector":
            yield PlaceRecord(0, PlaceKind.ZONE, name, sector_ids=tuple(members))


class Gazetteer:
    """Finds the place a text means. Built once from records; holds no connection and may be shared."""

    def __init__(self, records: Iterable[PlaceRecord]) -> None:
        """Where names collide, cities and families win, numbered sectors, the order of PlaceKind, of the records."""
        ordered = sorted(records, key=lambda record: PRECEDENCE[record.kind])
        self._sectors = {record.id: record for record in ordered if record.kind is PlaceKind.SECTOR}
        self._numbered: dict[str, list[PlaceRecord]] = defaultdict(list)
        for sector in sorted(self._sectors.values(), key=lambda record: record.city != City.NOIDA):
            if number := NUMBERED.fullmatch(normalise_place(sector.name)):
                self._numbered[number[1]].append(sector)
        self._narrow = {number: sectors[0] for number, sectors in self._numbered.items()}
        for record in ordered:
            for key in _keys(record):
                self._narrow.setdefault(key, record)
        # Inside a longer text these say nothing: "Delta 4" is not Delta, "Unknown Heights, Noida" not all of Noida.
        self._names = self._narrow | {key: group for group in _groups(self._sectors.values()) for key in _keys(group)}
        self._sector_of = self._sectors_by_name(ordered)
        self._broad = {key for record in ordered if record.kind is PlaceKind.ZONE for key in _keys(record)}
        self._index = SpellingIndex(self._narrow)
        self._sector_index = SpellingIndex(self._sector_of)
        self._mentions = lru_cache(maxsize=16_384)(self._find_mentions)
        written = (name.lower() for record in ordered for name in (record.name, *record.aliases))
        self._words = {*SPELLINGS, *RULE_WORDS, *WORD.findall(" ".join(written)), *" ".join(self._names).split()}

    def resolve(self, text: str) -> PlaceMatch | None:
        """Return the place a visitor typed, tolerating small misspellings; None when unknown or not clear."""
        spellings = list(_spellings(self._index, _typed(text)))
        if SPACED.search(spellings[0]):
            return None
        for spelling in spellings:
            if found := self._names.get(spelling):
                return PlaceMatch(found, 1.0)
            if sectors := next(self._numbers(spelling), None):
                return PlaceMatch(sectors[0], 1.0)
        likeliest = spellings[:2][-1]
        similar = self._index.best(likeliest, SIMILAR)
        is_part_of_several = len(self._index.holding(likeliest)) > 1  # such as "park" or "jaypee"
        if similar and similar.score >= NEARLY and not (is_part_of_several and " " not in likeliest):
            return PlaceMatch(*similar)
        if not is_part_of_several and (found := _longest_phrase(likeliest, self._narrow, self._broad)):
            return PlaceMatch(found, 1.0)
        return PlaceMatch(*similar) if similar and not is_part_of_several else None

    def named(self, text: str) -> PlaceRecord | None:
        """Return the place that the whole text names, with at most a slip in its long words."""
        found = map(self._names.get, _spellings(self._index, normalise_place(text)))
        return next(filter(None, found), None)

    def means(self, text: str, place: PlaceRecord) -> bool:
        """Whether a visitor who types the text is understood to mean exactly this place."""
        match = self.resolve(text)
        return match is not None and match.place == place

    def also_meant(self, text: str, place: PlaceRecord) -> list[PlaceRecord]:
        """Return what else a text understood as `place` may mean: members of the family, sectors of the same number."""
        others: Iterable[PlaceRecord] = ()
        if place.kind is PlaceKind.ZONE and place.city is None:
            others = [self._sectors[number] for number in place.sector_ids]
        elif number := NUMBERED.fullmatch(_typed(text)):
            others = self._numbered[number[1]][1:] if not number[2] else ()
        return [other for other in others if self.means(other.name, other)]

    def has_word(self, word: str) -> bool:
        """Whether a text with this lower-case word can name a place; False for most words of a sentence."""
        return word in self._words or next(self._index.corrections(word), None) is not None

    def suggest(self, text: str, limit: int = 3) -> list[PlaceMatch]:
        """Return up to `limit` places to ask "did you mean": names that the text is a part of, then similar ones."""
        key = SPACED.sub(lambda spaced: f"sector {spaced[0][7:].replace(' ', '')}", _typed(text))
        key = next(map(normalise_place, self._index.corrections(key)), key)
        holding = self._index.holding(key)
        ranked = [PlaceMatch(*spelled) for spelled in self._index.ranked(key, 0 if holding else WORTH_SUGGESTING)]
        parts = [match for match in ranked if match.place in holding]
        parts.sort(key=lambda match: (key not in normalise_place(match.place.name), PRECEDENCE[match.place.kind]))
        close = [match for match in ranked if match.place not in holding and match.score >= WORTH_SUGGESTING]
        return [*parts, *close][:limit]

    def locate(
        self,
        text: str,
        city: str | None = None,
        latitude: float | None = None,
        longitude: float | None = None,
    ) -> int | None:
        """Return the id of the sector a listing's locality names, or None.

        Of homonyms the one the text qualifies is taken, else the one near the coordinates, else the one in
        `city`, else Noida's. Coordinates outside the area served tell nothing.
        """
        mentions = self._mentions(text)
        if not mentions:
            return None
        if latitude is not None and longitude is not None and inside_service_area(latitude, longitude):
            named = [sector for group in mentions for sector in group]
            if (near := _nearest(named, latitude, longitude, PLAUSIBLE_KM)) is not None:
                return near
        group, wanted = mentions[0], (city or "").strip().casefold()
        return next((sector.id for sector in group if (sector.city or "").casefold() == wanted), group[0].id)

    def nearest_sector(self, latitude: float, longitude: float) -> int | None:
        """Return the id of the sector with the nearest centroid, no farther than NEAREST_KM, or None."""
        if not inside_service_area(latitude, longitude):
            return None
        return _nearest(self._sectors.values(), latitude, longitude, NEAREST_KM)

    def _sectors_by_name(self, ordered: list[PlaceRecord]) -> dict[str, PlaceRecord]:
        names: dict[str, PlaceRecord] = {}
        for record in sorted(ordered, key=lambda record: record.kind is not PlaceKind.SECTOR):
            if record.kind is PlaceKind.ZONE:  # listings that say no more have a sector of its name
                sector = names.get(normalise_place(record.name))
            elif record.is_of_listings:  # where one listing stands is no fact for another
                sector = None
            else:
                sector = self._own_sector(record)
            if sector is not None:
                for key in _keys(record):
                    names.setdefault(key, sector)
        return names

    def _own_sector(self, record: PlaceRecord) -> PlaceRecord | None:
        sectors = [self._sectors[number] for number in record.sector_ids if number in self._sectors]
        if len(sectors) > 1 and record.latitude is not None and record.longitude is not None:
            nearest = _nearest(sectors, record.latitude, record.longitude, inf)
            return self._sectors[nearest] if nearest is not None else None
        return sectors[0] if sectors else None

    def _numbers(self, key: str) -> Iterator[tuple[PlaceRecord, ...]]:
        """Yield the sectors that each number in the text may mean, the last number first."""
        for number in reversed(list(NUMBERED.finditer(key))):
            if (exact := self._names.get(number[0])) and number[2]:
                yield (exact,)
            elif sectors := self._numbered.get(number[1]):
                yield tuple(sectors)

    def _find_mentions(self, text: str) -> tuple[tuple[PlaceRecord, ...], ...]:
        key = normalise_place(text)
        if key in CITIES:
            return ()
        for spelling in _spellings(self._sector_index, key):
            if numbers := tuple(self._numbers(spelling)):
                return numbers
            sector = self._sector_of.get(spelling)
            if sector := sector or _longest_phrase(spelling, self._sector_of, self._broad):
                return ((sector,),)
        similar = self._sector_index.best(key, SIMILAR_IN_PASSING)
        return ((similar.meaning,),) if similar else ()


def _typed(text: str) -> str:
    return normalise_place(BARE_NUMBER.sub("sector ", text))


def _spellings(index: SpellingIndex[PlaceRecord], key: str) -> Iterator[str]:
    yield key
    yield from map(normalise_place, index.corrections(key))


def _keys(record: PlaceRecord) -> Iterator[str]:
    return filter(None, map(normalise_place, (record.name, *record.aliases)))


def _longest_phrase(key: str, names: dict[str, PlaceRecord], broad: set[str]) -> PlaceRecord | None:
    """The longest name in the text, the rightmost of equals; a zone only if nothing in it is named as well.

    One word alone does not name a society: too many are called by a common word. Nor do a listing's own words.
    """
    words = key.split()
    zone = None
    for length in range(min(len(words), 6), 0, -1):
        for start in range(len(words) - length, -1, -1):
            name = " ".join(words[start : start + length])
            record = names.get(name)
            if not record or record.is_of_listings:
                continue
            if length > 1 or record.kind in (PlaceKind.ZONE, PlaceKind.SECTOR):
                if name not in broad:
                    return record
                zone = zone or record
    return zone


def _nearest(sectors: Iterable[PlaceRecord], latitude: float, longitude: float, limit: float) -> int | None:
    distances = (
        (distance_km(latitude, longitude, sector.latitude, sector.longitude), sector.id)
        for sector in sectors
        if sector.latitude is not None and sector.longitude is not None
    )
    distance, sector_id = min(distances, default=(inf, None))
    return sector_id if distance <= limit else None
