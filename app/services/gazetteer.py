"""The places of this database, held in memory: what a typed place means and which sectors lie beside it."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from app.config.database import Database, ReadSession
from app.core.vocabulary import PlaceCategory
from app.models.geography import Place, Sector, Society, Zone
from app.repositories import geography
from app.repositories.geography import ListedSociety
from app.services.geography import Gazetteer, PlaceKind, PlaceRecord, distance_km
from app.services.place_names import CITIES, normalise_place

RELOAD_AFTER_SECONDS = 300
STATION_REACH_KM = 1.5
ADJACENT_KM = 2.0
MOST_ADJACENT = 6
MOST_OF_LISTINGS = 5000  # of each kind, so that a file of nonsense does not fill the memory of every process


@dataclass(frozen=True, slots=True)
class KnownPlaces:
    gazetteer: Gazetteer
    zones: tuple[PlaceRecord, ...]
    sectors: Sequence[Sector]
    societies: Sequence[Society]
    sector_places: dict[int, PlaceRecord]
    zone_of: dict[int, PlaceRecord]
    beside: dict[int, tuple[int, ...]]
    stations: dict[str, tuple[float, float]]
    """Latitude and longitude of each metro station, by its slug."""
    fingerprint: str
    """Of all the above: an answer about a place may be shared by those who know the same places."""

    def adjacent(self, sector_ids: Iterable[int]) -> tuple[int, ...]:
        """The sectors beside these, without these."""
        inside = set(sector_ids)
        return tuple(sorted({other for sector in inside for other in self.beside.get(sector, ())} - inside))


async def read_places(session: ReadSession, *, with_listed: bool = False) -> KnownPlaces:
    """Read every zone, sector and society, and the places people name; also those that only listings know."""
    zones = await geography.read_all(session, Zone)
    sectors = await geography.read_all(session, Sector)
    societies = await geography.read_all(session, Society)
    said = await geography.read_said_places(session)
    of_listings: list[PlaceRecord] = []
    if with_listed:
        of_listings += _listed_societies(await geography.read_listed_societies(session, MOST_OF_LISTINGS))
        of_listings += _listed_localities(await geography.read_unplaced_localities(session, MOST_OF_LISTINGS))
    # A quarter of a second of work, which would hold up every other request.
    return await asyncio.to_thread(_arrange, zones, sectors, societies, said, of_listings)


def _arrange(
    zone_rows: Sequence[Zone],
    sectors: Sequence[Sector],
    societies: Sequence[Society],
    said: Sequence[Place],
    of_listings: Iterable[PlaceRecord],
) -> KnownPlaces:
    by_zone: defaultdict[int, list[int]] = defaultdict(list)
    for sector in sectors:
        by_zone[sector.zone_id].append(sector.id)
    zones = {
        zone.id: PlaceRecord(
            zone.id, PlaceKind.ZONE, zone.name, tuple(zone.aliases), zone.city, tuple(by_zone[zone.id])
        )
        for zone in zone_rows
    }
    sector_places = {
        sector.id: PlaceRecord(
            id=sector.id,
            kind=PlaceKind.SECTOR,
            name=sector.name,
            aliases=tuple(sector.aliases),
            city=sector.city,
            sector_ids=(sector.id,),
            latitude=sector.latitude,
            longitude=sector.longitude,
        )
        for sector in sectors
    }
    records = [
        *zones.values(),
        *sector_places.values(),
        *(_place(place, sectors) for place in said),
        *(
            PlaceRecord(
                id=society.id,
                kind=PlaceKind.SOCIETY,
                name=society.name,
                aliases=tuple(society.aliases),
                sector_ids=(society.sector_id,) if society.sector_id else (),
                society_id=society.id,
                latitude=society.latitude,
                longitude=society.longitude,
            )
            for society in societies
        ),
        *of_listings,
    ]
    return KnownPlaces(
        gazetteer=Gazetteer(records),
        zones=tuple(zones.values()),
        sectors=sectors,
        societies=societies,
        sector_places=sector_places,
        zone_of={sector.id: zones[sector.zone_id] for sector in sectors},
        beside=_beside([(sector.id, sector.latitude, sector.longitude) for sector in sectors]),
        stations={
            place.slug: (place.latitude, place.longitude)
            for place in said
            if place.category is PlaceCategory.METRO_STATION
        },
        fingerprint=blake2b("".join(sorted(map(repr, records))).encode(), digest_size=16).hexdigest(),
    )


def _listed_societies(listed: Iterable[ListedSociety]) -> Iterator[PlaceRecord]:
    """One record for all spellings of a name; it stands in every sector where a home of that name does."""
    spellings: defaultdict[str, list[ListedSociety]] = defaultdict(list)
    for society in listed:
        spellings[normalise_place(society.name)].append(society)
    for key, same in spellings.items():
        if key and key not in CITIES:
            yield PlaceRecord(
                id=0,
                kind=PlaceKind.SOCIETY,
                name=same[0].name,
                sector_ids=tuple(sorted({sector for society in same for sector in society.sector_ids})),
                society_names=tuple(society.name for society in same),
            )


def _listed_localities(names: Iterable[str]) -> Iterator[PlaceRecord]:
    spellings: defaultdict[str, list[str]] = defaultdict(list)
    for name in names:
        spellings[normalise_place(name)].append(name)
    for key, same in spellings.items():
        if key and key not in CITIES:
            yield PlaceRecord(id=0, kind=PlaceKind.LOCALITY, name=same[0], locality_names=tuple(same))


def _place(place: Place, sectors: Sequence[Sector]) -> PlaceRecord:
    sector_ids = (place.sector_id,) if place.sector_id else ()
    if place.category is PlaceCategory.METRO_STATION:
        # People who name a station mean a walk from it: the sectors whose middle is within reach.
        within = [
            sector.id
            for sector in sectors
            if distance_km(sector.latitude, sector.longitude, place.latitude, place.longitude) <= STATION_REACH_KM
        ]
        sector_ids = tuple(sorted({*sector_ids, *within}))
    kind = PlaceKind.STATION if place.category is PlaceCategory.METRO_STATION else PlaceKind.PLACE
    return PlaceRecord(
        id=place.id,
        kind=kind,
        name=place.name,
        aliases=tuple(place.aliases),
        sector_ids=sector_ids,
        latitude=place.latitude,
        longitude=place.longitude,
    )


def _beside(middles: Sequence[tuple[int, float, float]]) -> dict[int, tuple[int, ...]]:
    """By sector the nearest others; each has its id, latitude and longitude."""
    beside = {}
    for number, latitude, longitude in middles:
        distances = ((distance_km(latitude, longitude, lat, lon), other) for other, lat, lon in middles)
        near = sorted((km, other) for km, other in distances if km <= ADJACENT_KM and other != number)
        beside[number] = tuple(other for _, other in near[:MOST_ADJACENT])
    return beside


class Places:
    """Reads the places on first use and again when they are five minutes old; one reader at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: KnownPlaces | None = None
        self._read_at = 0.0
        self._reading: asyncio.Task[KnownPlaces] | None = None

    async def known(self) -> KnownPlaces:
        if self._known is not None and time.monotonic() - self._read_at <= RELOAD_AFTER_SECONDS:
            return self._known
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read())
        # Who comes meanwhile shares its end, good or bad: each failing in turn, the last would wait for all others.
        return await asyncio.shield(self._reading)

    async def _read(self) -> KnownPlaces:
        async with self._database.read() as session:
            self._known = await read_places(session, with_listed=True)
        self._read_at = time.monotonic()
        return self._known
