"""The price scale people think in: buckets for counting, for the slider and for its histogram.

Sale: 1 lakh steps below 50 lakh, 5 lakh to 2 crore, 25 lakh to 10 crore, 1 crore to 100 crore.
Rent: 1,000 steps below 1 lakh, 5,000 to 5 lakh, 25,000 to 20 lakh. What is dearer shares the last bucket.
The database has the same scale as the function `price_bucket`; a test holds the two together.
"""

from dataclasses import dataclass
from itertools import pairwise

from app.core.money import CRORE, LAKH
from app.core.vocabulary import ListingType

# (price from which the step holds, step), closed by the price where the last bucket begins.
SCALES: dict[ListingType, tuple[list[tuple[int, int]], int]] = {
    ListingType.SALE: ([(0, LAKH), (50 * LAKH, 5 * LAKH), (2 * CRORE, 25 * LAKH), (10 * CRORE, CRORE)], 100 * CRORE),
    ListingType.RENT: ([(0, 1000), (LAKH, 5000), (5 * LAKH, 25_000)], 20 * LAKH),
}


def _lower_bounds(listing_type: ListingType) -> list[int]:
    steps, end = SCALES[listing_type]
    starts = [*steps, (end, 0)]
    bounds = [price for (start, step), (stop, _) in pairwise(starts) for price in range(start, stop, step)]
    return [*bounds, end]


LOWER_BOUNDS = {listing_type: _lower_bounds(listing_type) for listing_type in ListingType}


def price_bucket(listing_type: ListingType, price: int) -> int:
    """Number of the bucket a price in rupees falls in, from 0."""
    steps, end = SCALES[listing_type]
    if price >= end:
        return len(LOWER_BOUNDS[listing_type]) - 1
    bucket = 0
    for (start, step), (stop, _) in pairwise([*steps, (end, 0)]):
        if price < stop:
            return bucket + (price - start) // step
        bucket += (stop - start) // step
    raise AssertionError(price)


@dataclass(frozen=True, slots=True)
class Budget:
    """A budget cut along the bucket scale: whole buckets (summed) and two edges (counted by index).

    Bounds are inclusive; a range whose low is above its high is empty.
    """

    low: int
    high: int
    first_bucket: int
    last_bucket: int
    low_edge: tuple[int, int]
    high_edge: tuple[int, int]


def cut_budget(listing_type: ListingType, low: int, high: int) -> Budget:
    """Cut the inclusive budget [low, high], in rupees, into whole buckets and edges."""
    bounds = LOWER_BOUNDS[listing_type]
    first, last = price_bucket(listing_type, low), price_bucket(listing_type, high)
    low_is_whole = bounds[first] == low
    high_is_whole = last < len(bounds) - 1 and bounds[last + 1] - 1 == high
    if first == last and not (low_is_whole and high_is_whole):
        return Budget(low, high, first + 1, first, (low, high), (1, 0))
    low_edge = (1, 0) if low_is_whole else (low, bounds[first + 1] - 1)
    high_edge = (1, 0) if high_is_whole else (bounds[last], high)
    return Budget(low, high, first + (not low_is_whole), last - (not high_is_whole), low_edge, high_edge)
