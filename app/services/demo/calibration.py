"""What demo listings are drawn from: the figures in app/data/demo_calibration.toml and how one draws from them."""

import math
import tomllib
from bisect import bisect
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from itertools import accumulate
from random import Random
from typing import Generic, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict

from app.core.vocabulary import AreaBasis, Facing, Furnishing, Ownership, Possession, PropertyType

T = TypeVar("T")
P90 = 1.2816  # standard deviations from the median to p90


class Spread(NamedTuple):
    """A skewed distribution of positive numbers, log-normal on each side of its median."""

    p10: float
    median: float
    p90: float

    def at(self, deviations: float) -> float:
        """Return the number that many standard deviations from the median."""
        end = self.p90 if deviations > 0 else self.p10
        return self.median * math.exp(abs(deviations) / P90 * math.log(end / self.median))


class Market(NamedTuple):
    """How many listings a sector has beside the others, and its asking prices in rupees a sq ft."""

    weight: float
    p10: float
    median: float
    p90: float

    def spread(self, steepest: float) -> Spread:
        """Return the prices, neither end further from the median than this ratio."""
        median = self.median
        return Spread(max(self.p10, median / steepest), median, min(self.p90, median * steepest))


Range = tuple[float, float]


class RoomShares(BaseModel):
    flat: dict[int, float]
    villa: dict[int, float]


class Areas(BaseModel):
    flat: dict[int, Spread]
    villa: dict[int, Spread]
    commercial: dict[str, Spread]


class Yields(BaseModel):
    home: Range
    commercial: Range


class LeastRents(BaseModel):
    home: dict[int, int]
    commercial: int


class OwnershipShares(BaseModel):
    society: dict[Ownership, float]
    other: dict[Ownership, float]


class Calibration(BaseModel):
    """The table as it stands in the file, which says what each figure means."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type_shares: dict[PropertyType, float]
    sale_share: float
    inactive_share: float
    verified_share: float
    sector_precision_share: float
    widest: float
    steepest: float
    spread_kept: float
    level_by_type: dict[str, float]
    least_by_type: dict[str, float]
    society_share: float
    societies_per_sector: list[float]
    spread_inside_society: float
    rent_yield: Yields
    rent_without_area_share: float
    least_rent: LeastRents
    bhk_shares: RoomShares
    area: Areas
    plot_sqm_shares: dict[int, float]
    commercial_shares: dict[str, float]
    flat_basis_shares: dict[AreaBasis, float]
    carpet_also_share: float
    carpet_part: Range
    built_up_part: Range
    possession_shares: dict[Possession, float]
    furnishing_shares: dict[Furnishing, float]
    furnishing_unknown_share: float
    facing_shares: dict[Facing, float]
    facing_unknown_share: float
    window_facing_share: float
    ownership_shares: OwnershipShares
    ownership_unknown_share: float
    business_sectors: frozenset[str]
    business_pull: float
    sectors: dict[str, Market]
    zones: dict[str, Market]

    def market(self, sector_slug: str, zone_slug: str) -> Market:
        """Return the sector's own market, or its zone's. Raises KeyError for an unknown zone."""
        return self.sectors.get(sector_slug) or self.zones[zone_slug]


@cache
def read_calibration() -> Calibration:
    text = (files("app.data") / "demo_calibration.toml").read_text(encoding="utf-8")
    return Calibration.model_validate(tomllib.loads(text))


def chooser(shares: Mapping[T, float]) -> Callable[[Random], T]:
    """Return a function that draws one of the keys, each as often as its share of the sum."""
    values, ends = list(shares), list(accumulate(shares.values()))
    return lambda rng: values[bisect(ends, rng.random() * ends[-1])]


class Quota(Generic[T]):
    """Deals the keys out so that the weight each has got stays near its share."""

    def __init__(self, shares: Mapping[T, float]) -> None:
        self._shares = shares
        self._owed = dict.fromkeys(shares, 0.0)

    def deal(self, weight: float) -> T:
        total = sum(self._shares.values())
        for value, share in self._shares.items():
            self._owed[value] += weight * share / total
        dealt = max(self._owed, key=self._owed.__getitem__)
        self._owed[dealt] -= weight
        return dealt


def normal_within(rng: Random, widest: float) -> float:
    """Draw from the normal distribution; what lies beyond `widest` deviations is drawn again."""
    while abs(deviations := rng.gauss(0, 1)) > widest:
        pass
    return deviations
