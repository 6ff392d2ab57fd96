"""The coarse steps of price in which demand is told. A band goes from its price, exclusive, to the next, inclusive.

So "up to 1 crore" and a home at exactly 1 crore stand in the same band.
"""

from app.core.money import CRORE, LAKH
from app.core.vocabulary import ListingType

BANDS: dict[ListingType, tuple[int, ...]] = {
    ListingType.SALE: (
        *(0, 25 * LAKH, 50 * LAKH, 75 * LAKH),
        *(CRORE, 3 * CRORE // 2, 2 * CRORE, 3 * CRORE, 5 * CRORE, 10 * CRORE),
    ),
    ListingType.RENT: (0, 10_000, 15_000, 20_000, 30_000, 50_000, LAKH, 2 * LAKH),
}


def band_end(listing_type: ListingType, start: int) -> int | None:
    """Where the band that begins there ends; None for the last."""
    bands = BANDS[listing_type]
    after = bands.index(start) + 1
    return bands[after] if after < len(bands) else None
