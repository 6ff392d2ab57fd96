"""Comparables worked out a second time, home by home, with plain lists: what the SQL of the market must agree with."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True)
class Home:
    """A listing with what comparing it needs. `unit` is equal for listings that advertise one home twice."""

    id: object
    kind: tuple[str, str, str]
    bhk: int | None
    area: float
    price: float
    """Rupees a square foot."""
    sector: int | None
    zone: int | None
    society: str | None
    unit: object
    active: bool = True

    @property
    def rooms(self) -> int | None:
        return self.bhk if self.kind[1] in ("flat", "villa") else self.bhk or 0


class Comparison(NamedTuple):
    scope: str
    n: int
    median: float | None
    p25: float | None
    p75: float | None
    spread: float | None
    category: str | None
    duplicates: int
    inactive: int
    outliers: int


def quantile(values: Sequence[float], p: float) -> float:
    """Linear interpolation between order statistics, as spreadsheets do (Hyndman and Fan's type 7)."""
    ordered = sorted(values)
    place = p * (len(ordered) - 1)
    low = math.floor(place)
    return ordered[low] + (place - low) * (ordered[min(low + 1, len(ordered) - 1)] - ordered[low])


def fence(prices: Sequence[float]) -> tuple[float, float]:
    if len(prices) < 10:
        return 0, math.inf
    logs = [math.log(price) for price in prices]
    middle = statistics.median(logs)
    away = [abs(each - middle) for each in logs]
    spread = statistics.median(away) / 0.6745 or 1.253314 * statistics.fmean(away)
    return math.exp(middle - 3.5 * spread) * (1 - 1e-9), math.exp(middle + 3.5 * spread) * (1 + 1e-9)


def ladder(home: Home, homes: Sequence[Home]) -> list[tuple[str, list[Home]]]:
    alike = [other for other in homes if other.kind == home.kind]
    in_sector = [o for o in alike if home.sector is not None and o.sector == home.sector and o.rooms == home.rooms]
    in_zone = [o for o in alike if home.zone is not None and o.zone == home.zone and o.rooms == home.rooms]
    about = max(math.floor(home.area / 10 + 0.5), 1) * 10
    rungs = [
        ("society", [o for o in alike if home.society is not None and o.society == home.society]),
        ("similar_size", [o for o in in_sector if about * 0.8 <= o.area <= about * 1.2]),
        ("sector", in_sector),
        ("zone", in_zone),
        ("noida", alike),
    ]
    return rungs if home.rooms is not None else [rungs[0], rungs[4]]


def compare(home: Home, homes: Sequence[Home]) -> Comparison:
    for scope, members in ladder(home, homes):
        listed = [other for other in members if other.active]
        units = {other.unit: other for other in listed}
        low, high = fence([other.price for other in units.values()])
        kept = [other.price for other in units.values() if low <= other.price <= high and other.unit != home.unit]
        if len(kept) >= 8 or scope == "noida":
            break
    counts = (
        len(listed) - len(units),
        len(members) - len(listed),
        sum(not low <= other.price <= high for other in units.values()),
    )
    if not kept:
        return Comparison(scope, 0, None, None, None, None, None, *counts)
    median, p25, p75 = (quantile(kept, p) for p in (0.5, 0.25, 0.75))
    category = None
    if len(kept) >= 8:
        category = "average"
        if home.price < p25 and home.price < 0.95 * median:
            category = "below_average"
        if home.price > p75 and home.price > 1.05 * median:
            category = "above_average"
    spread = 100 * statistics.fmean(abs(price - median) for price in kept) / median
    return Comparison(scope, len(kept), median, p25, p75, spread, category, *counts)
