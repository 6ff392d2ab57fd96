"""Where demo listings stand: the sectors of Noida, with invented societies in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, radians
from random import Random
from typing import NamedTuple

from app.core.vocabulary import City, Ownership, Possession
from app.services.demo.calibration import Calibration, Quota
from app.services.demo.texts import society_name

METRES_A_DEGREE = 111_195
LEASE_YEARS = 90  # Noida's authorities lease their land for 90 years
MONTHS_TO_GO = {Possession.UNDER_CONSTRUCTION: (4, 30), Possession.NEW_LAUNCH: (24, 48)}


class DemoSector(NamedTuple):
    id: int
    slug: str
    name: str
    city: City
    zone_slug: str
    latitude: float
    longitude: float

    @property
    def locality(self) -> str:
        """Noida goes without saying; Greater Noida has sectors of the same names."""
        outside = self.city is City.GREATER_NOIDA and "," not in self.name and self.city not in self.name
        return f"{self.name}, {self.city}" if outside else self.name


class DemoEstate(NamedTuple):
    """What is so of a whole building or plot. A plot has neither age nor possession; a building has its age once it
    stands and `ready_in_months` until then."""

    possession: Possession | None
    age: int | None
    ready_in_months: int | None
    ownership: Ownership
    lease_years_left: int


@dataclass(frozen=True, slots=True)
class DemoSociety:
    """An invented society: all of this is the same for all its flats."""

    name: str
    latitude: float
    longitude: float
    level: float
    floors: int
    maintenance_a_sqft: float
    estate: DemoEstate

    @property
    def stands(self) -> bool:
        return self.estate.possession is Possession.READY_TO_MOVE


def draw_estate(rng: Random, possession: Possession | None, ownership: Ownership, oldest: int) -> DemoEstate:
    age = rng.randint(0, oldest) if possession is Possession.READY_TO_MOVE else None
    months = rng.randint(*MONTHS_TO_GO[possession]) if possession in MONTHS_TO_GO else None
    # Land is leased some years before a building on it is finished, and plots long before they are sold on.
    leased_years_ago = (age or 0) + rng.randint(1, 6 if possession else 30)
    return DemoEstate(possession, age, months, ownership, LEASE_YEARS - leased_years_ago)


def draw_societies(
    seed: int, figures: Calibration, sectors: Sequence[DemoSector], weights: Sequence[float]
) -> list[list[DemoSociety]]:
    """Return the societies of each sector, whose weight is its share of the flats.

    A few sectors hold most flats, so that drawn possessions would miss their shares: they are dealt out.
    """
    possessions, ownerships = Quota(figures.possession_shares), Quota(figures.ownership_shares.society)
    levels = figures.societies_per_sector
    societies: list[list[DemoSociety]] = [[] for _ in sectors]
    for number in sorted(range(len(sectors)), key=lambda number: -weights[number]):
        sector = sectors[number]
        rng = Random(f"{seed}:societies:{sector.slug}")
        for place in rng.sample(range(len(levels)), len(levels)):
            latitude, longitude = near(rng, sector.latitude, sector.longitude, 350)
            estate = draw_estate(rng, possessions.deal(weights[number]), ownerships.deal(weights[number]), oldest=16)
            societies[number].append(
                DemoSociety(
                    name=society_name(number * len(levels) + place),
                    latitude=latitude,
                    longitude=longitude,
                    level=levels[place],
                    floors=rng.randint(14, 34),
                    maintenance_a_sqft=rng.uniform(1.8, 3.6),
                    estate=estate,
                )
            )
    return societies


def near(rng: Random, latitude: float, longitude: float, metres: float) -> tuple[float, float]:
    north, east = rng.gauss(0, metres), rng.gauss(0, metres)
    there = latitude + north / METRES_A_DEGREE, longitude + east / (METRES_A_DEGREE * cos(radians(latitude)))
    return round(there[0], 6), round(there[1], 6)
