"""How comparables are laid in bricks: which column each falls in, and which stand behind a break of the axis."""

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

COLUMNS, FEWEST_COLUMNS = 11, 7
ROWS = 12  # of bricks that stand for several homes
FINEST_SHARE = 0.005  # a column is never finer than this share of the median
FENCE = 3.0  # quartile ranges beyond P25 and P75; a comparable farther out stands behind a break
LEAST_RANGE_SHARE = 0.1  # of the median, taken for the quartile range when prices are nearly alike
FAR_SHARE = 0.6  # a home farther out than this share of the comparables' range stands behind a break
LEAST_REACH_SHARE = 0.15  # of the median, taken for that distance when it is less


@dataclass(frozen=True)
class Bins:
    """Comparables counted in columns of `step` rupees from `start`; `middle` are the ranks, from 0 and half open, that
    lie within P25 to P75."""

    start: float
    step: float
    counts: tuple[int, ...]
    middle: tuple[int, int]


@dataclass(frozen=True)
class Brick:
    inside: bool  # P25 to P75
    share: float = 1.0  # of a whole brick; the last of a column may be cut


@dataclass(frozen=True)
class Wall:
    """Columns of bricks, bottom up, each `step` rupees wide from `start`. `below` and `above` are the comparables
    behind a break of the axis, one brick each; a home outside start to end is behind a break too."""

    start: float
    step: float
    columns: tuple[tuple[Brick, ...], ...]
    homes_per_brick: int = 1
    below: tuple[float, ...] = ()
    above: tuple[float, ...] = ()

    @property
    def end(self) -> float:
        return self.start + self.step * len(self.columns)

    def column_of(self, price: float) -> int:
        """-1 and the number of columns are behind the breaks."""
        if price < self.start:
            return -1
        if price > self.end:
            return len(self.columns)
        return min(len(self.columns) - 1, math.floor((price - self.start) / self.step))

    def standing(self, column: int) -> int:
        """Comparables' bricks in a column."""
        if column < 0:
            return len(self.below)
        return len(self.above if column == len(self.columns) else self.columns[column])


def lay_values(values: tuple[float, ...], p25: float, p75: float, median: float, home: float | None) -> Wall:
    """One brick a value; `home`, when it is not far from them, widens the wall. The median is amid a column."""
    fence = FENCE * max(p75 - p25, LEAST_RANGE_SHARE * median)
    near = [value for value in values if p25 - fence <= value <= p75 + fence]
    low, high = near[0], near[-1]
    if home is not None and not _is_far(home, low, high, median):
        low, high = min(low, home), max(high, home)
    step = max((high - low) / COLUMNS, FINEST_SHARE * median)
    first, last = round((low - median) / step), round((high - median) / step)
    columns: list[list[Brick]] = [[] for _ in range(first, last + 1)]
    for value in values:
        if low <= value <= high:
            columns[round((value - median) / step) - first].append(Brick(p25 <= value <= p75))
    start, padded = _padded(median + (first - 0.5) * step, step, columns)
    return Wall(
        start,
        step,
        padded,
        below=tuple(value for value in values if value < low),
        above=tuple(value for value in values if value > high),
    )


def lay_bins(bins: Bins, median: float, home: float | None) -> Wall:
    """One brick for several values that lie beside each other; the last of a column is cut to what is left."""
    filled = [index for index, count in enumerate(bins.counts) if count]
    start, end = bins.start + filled[0] * bins.step, bins.start + (filled[-1] + 1) * bins.step
    counts = list(bins.counts[filled[0] : filled[-1] + 1])
    if home is not None and not _is_far(home, start, end, median):
        before = max(0, math.ceil((start - home) / bins.step))
        after = max(0, math.floor((home - end) / bins.step) + 1)
        counts = [0] * before + counts + [0] * after
        start -= before * bins.step
    merged = -(-len(counts) // COLUMNS)
    counts = [sum(counts[index : index + merged]) for index in range(0, len(counts), merged)]
    homes = _homes_per_brick(max(counts))
    ranks = itertools.accumulate(counts, initial=0)
    columns = [[*_bricks(rank, count, homes, bins.middle)] for rank, count in zip(ranks, counts, strict=False)]
    start, padded = _padded(start, bins.step * merged, columns)
    return Wall(start, bins.step * merged, padded, homes)


def _is_far(home: float, low: float, high: float, median: float) -> bool:
    reach = max(FAR_SHARE * (high - low), LEAST_REACH_SHARE * median)
    return not low - reach <= home <= high + reach


def _homes_per_brick(most: int) -> int:
    """2, 5, 10, 20, 50 …: the least that keeps the highest column within ROWS."""
    powers = [int(10**power) for power in range(len(str(most)))]
    return next(nice * power for power in powers for nice in (2, 5, 10) if most <= nice * power * ROWS)


def _bricks(rank: int, count: int, homes: int, middle: tuple[int, int]) -> Iterator[Brick]:
    """A brick is inside when the middle one of its homes is."""
    for first in range(rank, rank + count, homes):
        size = min(homes, rank + count - first)
        yield Brick(middle[0] <= first + (size - 1) / 2 < middle[1], size / homes)


def _padded(start: float, step: float, columns: list[list[Brick]]) -> tuple[float, tuple[tuple[Brick, ...], ...]]:
    """At least FEWEST_COLUMNS, the empty ones at both ends but not below a price of 0."""
    missing = max(0, FEWEST_COLUMNS - len(columns))
    before = min(missing // 2, max(0, math.floor(start / step)))
    padded = [*([] for _ in range(before)), *columns, *([] for _ in range(missing - before))]
    return start - before * step, tuple(map(tuple, padded))
