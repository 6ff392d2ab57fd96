"""Where a row's home is: its sector and society, and the best coordinates there are for it, with their precision.

What is written goes before coordinates: portals pin many homes to the middle of their locality or of the city.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from math import floor
from typing import NamedTuple

from app.config.database import Database
from app.core.vocabulary import City, LocationPrecision
from app.models.geography import Sector, Society
from app.services.gazetteer import read_places
from app.services.geography import (
    PLAUSIBLE_KM,
    REACH_KM,
    Gazetteer,
    distance_km,
    inside_service_area,
)
from app.services.imports.cities import REGION, SERVED, names_noida
from app.services.imports.parsers import letters
from app.services.place_names import normalise_place

SAME_PIN_KM = 0.05  # what rounding moves a pin, and how far a source's default pins scatter
CELL_DEGREES = 0.001  # wider than SAME_PIN_KM both ways, so that a pin's own cell and those round it hold all so near
CENTRES = {LocationPrecision.LOCALITY, LocationPrecision.SECTOR}
COORDINATES_FAR = "coordinates_far_from_sector"

Position = tuple[float, float]
Cell = tuple[int, int]


class PlaceError(ValueError):
    """The home cannot be listed where it is said to be. Its text is the rule broken, to stand after the value."""


class OutsideAreaError(PlaceError):
    """It is not in Noida or Greater Noida."""


class UnknownPlaceError(PlaceError):
    """Nothing that is said of its place shows it to be in Noida or Greater Noida."""


class Address(NamedTuple):
    """`more`: the other parts, each once, in lower case."""

    locality: str
    city: str
    more: tuple[str, ...]


def split_address(text: str) -> Address:
    """'D 41, Sector 143, Noida, Sector 143, Noida, Delhi NCR' → ('Sector 143', 'Noida', ('d 41',)).

    The last part is the city; the locality is the last part before it that does not repeat the city.
    """
    parts = [part.strip(" .") for part in text.split(",")]
    parts = [part for part in parts if part and not REGION.fullmatch(part)]
    if not parts:
        return Address("", "", ())
    city = parts[-1]
    before = [part for part in parts[:-1] if part.lower() != city.lower()]
    locality = before[-1] if before else city
    more = dict.fromkeys(part.lower() for part in before)
    more.pop(locality.lower(), None)
    return Address(locality, city, tuple(more))


@dataclass(frozen=True, slots=True)
class Stated:
    """What a row says about its place. `address` is everything it says, for a sector named only in passing.

    `precision` is what the row itself says of its coordinates, `usual_precision` what its source's mostly are.
    """

    locality: str
    city: str
    society_name: str
    address: str
    rera_number: str | None
    position: Position | None
    precision: LocationPrecision | None
    usual_precision: LocationPrecision
    locality_position: Position | None


@dataclass(frozen=True, slots=True)
class Location:
    """`is_named`: the sector is named in words; else it was found by a society or coordinates."""

    sector_id: int | None
    sector_name: str | None
    is_named: bool
    city: City
    society_id: int | None
    position: Position | None
    precision: LocationPrecision | None
    flag: str | None


class _Sector(NamedTuple):
    id: int
    name: str
    city: City
    position: Position
    reach_km: float
    """How far from its centroid homes of the sector may lie."""

    def is_far_from(self, position: Position) -> bool:
        return distance_km(*position, *self.position) > self.reach_km


class _Society(NamedTuple):
    id: int
    sector_id: int | None
    position: Position | None
    is_exact: bool


class Atlas:
    """The sectors and societies of the database, for placing rows. Holds no connection."""

    def __init__(self, gazetteer: Gazetteer, sectors: Iterable[Sector], societies: Iterable[Society]) -> None:
        self._gazetteer = gazetteer
        self._sectors: dict[int, _Sector] = {}
        self._centroids: defaultdict[Cell, list[_Sector]] = defaultdict(list)
        for each in sectors:
            reach = REACH_KM.get(each.slug, PLAUSIBLE_KM)
            sector = _Sector(each.id, each.name, City(each.city), (each.latitude, each.longitude), reach)
            self._sectors[sector.id] = sector
            for cell in _cells_round(sector.position):
                self._centroids[cell].append(sector)
        self._by_name: defaultdict[str, list[_Society]] = defaultdict(list)
        self._by_rera: dict[str, _Society] = {}
        for known in societies:
            pinned = known.latitude is not None and known.longitude is not None
            position = (known.latitude or 0, known.longitude or 0) if pinned else None
            society = _Society(known.id, known.sector_id, position, known.position_precision == LocationPrecision.EXACT)
            for key in {normalise_place(name) for name in (known.name, *known.aliases)}:
                self._by_name[key].append(society)
            for number in known.rera_numbers:
                self._by_rera.setdefault(number, society)

    @property
    def has_sectors(self) -> bool:
        return bool(self._sectors)

    def locate(self, stated: Stated) -> Location:
        """Place a home whose words name no other city (for which see `cities.outside`).

        Raises OutsideAreaError when its coordinates lie elsewhere, and UnknownPlaceError when neither they, nor its
        city, nor a place that it names and that is known here, show it to be in the area.
        """
        position = stated.position if stated.position and any(stated.position) else None
        centre = stated.locality_position
        if centre and not inside_service_area(*centre):
            centre = None
        city = SERVED.get(letters(stated.city))
        is_outside = position is not None and not inside_service_area(*position)
        near = centre if is_outside else position or centre
        named = self._named_sector(stated, city, near)
        if position and is_outside and not (named and centre):  # with both against it, the pin is wrong
            msg = f"lies outside Noida and Greater Noida ({position[0]:.5f}, {position[1]:.5f})"
            raise OutsideAreaError(msg)
        sector = named or self._nearest_sector(near)
        society = self._society(stated, sector)
        if named is None and society is not None and society.sector_id:
            sector = self._sectors[society.sector_id]
        if not (near or named or society or city or self._is_here(stated)):
            msg = "names no place that is known in Noida or Greater Noida; give the city as well, or coordinates"
            raise UnknownPlaceError(msg)
        flag = None
        if position and (is_outside or (sector and sector.is_far_from(position))):
            position, flag = None, COORDINATES_FAR
        found = self._position(stated, position, sector, society)
        return Location(
            sector_id=sector.id if sector else None,
            sector_name=sector.name if sector else None,
            is_named=named is not None,
            city=sector.city if sector else city or City.NOIDA,
            society_id=society.id if society else None,
            position=found[0] if found else None,
            precision=found[1] if found else None,
            flag=flag,
        )

    def _named_sector(self, stated: Stated, city: City | None, near: Position | None) -> _Sector | None:
        for text in dict.fromkeys((stated.locality, stated.address)):
            if text and (found := self._gazetteer.locate(text, city, *(near or (None, None)))) is not None:
                return self._sectors[found]
        return None

    def _is_here(self, stated: Stated) -> bool:
        text = f"{stated.locality}, {stated.address}"
        known = self._gazetteer.named(stated.locality)
        return names_noida(text) or (known is not None and not known.is_of_listings)

    def _nearest_sector(self, near: Position | None) -> _Sector | None:
        found = self._gazetteer.nearest_sector(*near) if near else None
        return None if found is None else self._sectors[found]

    def _society(self, stated: Stated, sector: _Sector | None) -> _Society | None:
        if stated.rera_number and (society := self._by_rera.get(stated.rera_number)):
            return society
        named = self._by_name.get(normalise_place(stated.society_name), []) if stated.society_name else []
        here = [society for society in named if sector and society.sector_id == sector.id]
        if here:
            return here[0]
        # Names repeat across the district, so one that is not in this sector must at least not be in another.
        near = [society for society in named if sector is None or _may_be_in(society, sector)]
        return near[0] if len(near) == 1 else None

    def _position(
        self, stated: Stated, position: Position | None, sector: _Sector | None, society: _Society | None
    ) -> tuple[Position, LocationPrecision] | None:
        centre = stated.locality_position
        if centre and (not inside_service_area(*centre) or (sector and sector.is_far_from(centre))):
            centre = None
        if position:
            precision = stated.precision or self._precision_of_pin(position, stated, sector)
            if stated.precision or precision not in CENTRES:
                return position, precision
        if society and society.position and society.is_exact and not (sector and sector.is_far_from(society.position)):
            return society.position, LocationPrecision.SOCIETY
        if position:
            return (sector.position if sector and precision is LocationPrecision.SECTOR else position), precision
        if centre:
            return centre, LocationPrecision.LOCALITY
        return (sector.position, LocationPrecision.SECTOR) if sector else None

    def _precision_of_pin(self, pin: Position, stated: Stated, sector: _Sector | None) -> LocationPrecision:
        """What the pin is: the middle of something when it lies on a known middle, whatever the source's pins are."""
        if stated.locality_position and is_same_pin(pin, stated.locality_position):
            return LocationPrecision.LOCALITY
        there = [each for each in self._centroids.get(_cell(pin), ()) if is_same_pin(pin, each.position)]
        if sector in there:
            return LocationPrecision.SECTOR
        return LocationPrecision.LOCALITY if there else stated.usual_precision


def is_same_pin(one: Position, other: Position) -> bool:
    return distance_km(*one, *other) <= SAME_PIN_KM


def _cell(position: Position) -> Cell:
    return floor(position[0] / CELL_DEGREES), floor(position[1] / CELL_DEGREES)


def _cells_round(position: Position) -> Iterator[Cell]:
    latitude, longitude = _cell(position)
    return product(range(latitude - 1, latitude + 2), range(longitude - 1, longitude + 2))


def _may_be_in(society: _Society, sector: _Sector) -> bool:
    if society.position is None:
        return society.sector_id in (None, sector.id)
    return not sector.is_far_from(society.position)


async def read_atlas(database: Database) -> Atlas:
    async with database.read() as session:
        known = await read_places(session)
    return Atlas(known.gazetteer, known.sectors, known.societies)
