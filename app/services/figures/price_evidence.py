"""What is known about a home's price beside its comparables."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.core.vocabulary import AreaBasis, ListingType
from app.services.figures.laying import Bins

FEWEST, FEWEST_FOR_VERDICT = 5, 8  # comparables


class Verdict(StrEnum):
    BELOW_AVERAGE = "below_average"
    AVERAGE = "average"
    ABOVE_AVERAGE = "above_average"


@dataclass(frozen=True)
class PriceEvidence:
    """Prices are rupees (rents: a month) per square foot of `basis`, above 0. `bins` stand in for `values` above 60
    comparables; below five there is nothing but `n`, and the quartiles may be 0. `home` is None when its own price is
    not known."""

    listing_type: ListingType
    one: str  # "flat"
    many: str  # "flats"
    n: int
    values: tuple[float, ...]  # sorted
    bins: Bins | None
    median: float
    p25: float
    p75: float
    cod: float | None  # per cent
    duplicates_left_out: int
    outliers_left_out: int
    home: float | None
    verdict: Verdict | None
    scope: str
    basis: AreaBasis
    as_of: date
