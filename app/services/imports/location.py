"""Where a row's home is: its sector and society, and the best coordinates there are for it, with their precision."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from app.config.database import Database
from app.core.vocabulary import City, LocationPrecision
from app.models.geography import Sector, Society
from app.services.gazetteer import read_places
from app.services.geography import PLAUSIBLE_KM, REACH_KM, Gazetteer, distance_km, inside_service_area, normalise_place
from app.services.imports import words
from app.services.imports.parsers import letters

CITIES = dict.fromkeys(("noida", "gautambuddhanagar", "gautambudhnagar", "gbnagar"), City.NOIDA) | dict.fromkeys(
    ("greaternoida", "greaternoidawest", "noidaextension", "gnoida"), City.GREATER_NOIDA
)
REGION = re.compile(r"delhi[ /-]?ncr|ncr|uttar pra?des[h]?.*|uttar pardes|u\.?p\.?|india|\d{6}", re.IGNORECASE)
ELSEWHERE = re.compile(rf"\b(?:{'|'.join(words.OTHER_CITIES)})\b(?!\s+(?:road|marg|expressway|highway))")
COORDINATES_FAR = "coordinates_far_from_sector"

Position = tuple[float, float]


class OutsideAreaError(ValueError):
    """The home is not in Noida or Greater Noida; the text says by what that is known."""


class Address(NamedTuple):
    locality: str
    city: str


def split_address(text: str) -> Address:
    """'C 206, Sector 143, Noida, Sector 143, Noida, Delhi NCR' → ('Sector 143', 'Noida').

    The last part is the city; the locality is the last part before it that does not repeat the city.
    """
    parts = [part.strip(" .") for part in text.split(",")]
    parts = [part for part in parts if part and not REGION.fullmatch(part)]
    if not parts:
        return Address("", "")
    city = parts[-1]
    before = [part for part in parts[:-1] if part.lower() != city.lower()]
    return Address(before[-1] if before else city, city)


@dataclass(frozen=True, slots=True)
class Stated:
    """What a row says about its place. `address` is everything it says, for a sector named only in passing."""

    locality: str
    city: str
    society_name: str
    address: str
    rera_number: str | None
    position: Position | None
    precision: LocationPrecision
    locality_position: Position | None


@dataclass(frozen=True, slots=True)
class Location:
    sector_id: int | None
    sector_name: str | None
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


class _Society(NamedTuple):
    id: int
    sector_id: int | None
    position: Position | None
    is_exact: bool


def outside(city_text: str, locality: str) -> str | None:
    """Say why a row is not in Noida or Greater Noida by its words, or None when they do not tell."""
    if city_text:
        return None if letters(city_text) in CITIES else f"is not Noida or Greater Noida: '{city_text}'"
    found = ELSEWHERE.search(re.sub(r"delhi[ /-]?ncr", "", locality.lower()))
    return f"is not Noida or Greater Noida: '{found[0]}'" if found else None


class Atlas:
    """The sectors and societies of the database, for placing rows. Holds no connection."""

    def __init__(self, gazetteer: Gazetteer, sectors: Iterable[Sector], societies: Iterable[Society]) -> None:
        self._gazetteer = gazetteer
        self._sectors = {
            each.id: _Sector(
                each.id,
                each.name,
                City(each.city),
                (each.latitude, each.longitude),
                REACH_KM.get(each.slug, PLAUSIBLE_KM),
            )
            for each in sectors
        }
        self._by_name: defaultdict[str, list[_Society]] = defaultdict(list)
        self._by_rera: dict[str, _Society] = {}
        for each in societies:
            pinned = each.latitude is not None and each.longitude is not None
            position = (each.latitude or 0, each.longitude or 0) if pinned else None
            society = _Society(each.id, each.sector_id, position, each.position_precision == LocationPrecision.EXACT)
            for key in {normalise_place(name) for name in (each.name, *each.aliases)}:
                self._by_name[key].append(society)
            for number in each.rera_numbers:
                self._by_rera.setdefault(number, society)

    @property
    def has_sectors(self) -> bool:
        return bool(self._sectors)

    def locate(self, stated: Stated) -> Location:
        """Place a row. Raises OutsideAreaError when its coordinates lie elsewhere (for its words see `outside`)."""
        position = stated.position if stated.position and any(stated.position) else None
        if position and not inside_service_area(*position):
            msg = f"lies outside Noida and Greater Noida ({position[0]:.5f}, {position[1]:.5f})"
            raise OutsideAreaError(msg)
        city = CITIES.get(letters(stated.city))
        sector = self._sector(stated, city, position)
        society = self._society(stated, sector)
        if sector is None and society is not None and society.sector_id:
            sector = self._sectors[society.sector_id]
        flag = None
        if position and sector and _far(position, sector):
            position, flag = None, COORDINATES_FAR
        found = self._position(stated, position, sector, society)
        return Location(
            sector_id=sector.id if sector else None,
            sector_name=sector.name if sector else None,
            city=sector.city if sector else city or City.NOIDA,
            society_id=society.id if society else None,
            position=found[0] if found else None,
            precision=found[1] if found else None,
            flag=flag,
        )

    def _sector(self, stated: Stated, city: City | None, position: Position | None) -> _Sector | None:
        latitude, longitude = position or stated.locality_position or (None, None)
        for text in dict.fromkeys((stated.locality, stated.address)):
            if text and (found := self._gazetteer.locate(text, city, latitude, longitude)) is not None:
                return self._sectors[found]
        return None

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

    @staticmethod
    def _position(
        stated: Stated, position: Position | None, sector: _Sector | None, society: _Society | None
    ) -> tuple[Position, LocationPrecision] | None:
        centroid = stated.locality_position
        if centroid and (not inside_service_area(*centroid) or (sector and _far(centroid, sector))):
            centroid = None
        if position and position != centroid:
            return position, stated.precision
        if society and society.position and society.is_exact and not (sector and _far(society.position, sector)):
            return society.position, LocationPrecision.SOCIETY
        if centroid:
            return centroid, LocationPrecision.LOCALITY
        return (sector.position, LocationPrecision.SECTOR) if sector else None


def _far(position: Position, sector: _Sector) -> bool:
    return distance_km(*position, *sector.position) > sector.reach_km


def _may_be_in(society: _Society, sector: _Sector) -> bool:
    if society.position is None:
        return society.sector_id in (None, sector.id)
    return distance_km(*society.position, *sector.position) <= PLAUSIBLE_KM


async def read_atlas(database: Database) -> Atlas:
    async with database.read() as session:
        known = await read_places(session)
    return Atlas(known.gazetteer, known.sectors, known.societies)
